/* What the engine does for its own state: the history does not grow for ever. */

#include "tests/unit/world.h"

static int64_t count_history(World *w) {
        int64_t before = 0, n = 0;

        for (;;) {
                HistoryEntry entry = { 0 };
                int r = history_previous(w->state, NULL, before, &entry, NULL);

                assert_true(r >= 0);
                if (r == STATE_NONE)
                        return n;
                before = entry.id;
                n++;
                history_entry_deinit(&entry);
        }
}

static void test_history_is_kept_as_long_as_it_is_to_be(void **data) {
        World *w = *data;
        HistoryCheck check = { 0 };

        world_open(w, &(WorldOptions) { .rest = "history:\n  keep: 2d\n" });
        hr_hire_many(w, 'P', 0, 5);
        world_settle(w);
        assert_int_equal(count_history(w), 6);          /* the approval of the plan, and five creations */

        world_run(w, 24 * HOUR);
        hr_leave(w, "P0001");
        world_settle(w);
        assert_int_equal(count_history(w), 8);          /* revoked, and seen to be */

        world_run(w, 25 * HOUR);
        assert_int_equal(count_history(w), 2);
        assert_int_equal(history_check(w->state, &check, 1000, NULL), 0);
        assert_int_equal(check.n, 2);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                world_test(test_history_is_kept_as_long_as_it_is_to_be),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
