/* Who leaves loses access; who only seems to have left keeps it (invariants 1, 2, 3, 8, 13). */

#include "world.h"

static void opens(World *w) {
        world_open(w, NULL);
        hr_hire_many(w, 'P', 0, 10);
        world_settle(w);
        world_assert_converged(w, "ten people");
        world_forget_log(w);
}

static void test_first_sync(void **data) {
        World *w = *data;

        opens(w);
        world_assert_quiet(w, "after a first sync");
        hr_leave(w, "P0003");
        world_settle(w);
        assert_false(lockt_opens(w, "P0003"));
        world_assert_converged(w, "one left");
        world_assert_quiet(w, "after a leaver");
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                world_test(test_first_sync),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
