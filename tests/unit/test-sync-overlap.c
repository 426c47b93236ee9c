/* A read of somebody while a write of the same person is under way: it may show either, so it proves nothing. */

#include "tests/unit/world.h"

/* HR's news of one person, until the engine has a write under way. */
static void until_writing(World *w, const char *key) {
        world_notify(w, key);
        for (unsigned i = 0; i < 100 && !w->writing; i++) {
                world_pump(w, NULL);
                if (!w->writing && !world_read_hr(w, SYNC_KEYS))
                        (void) world_answer_lockt_read(w);
        }
        assert_true(w->writing);
}

/* Somebody loses a level; while that is looked at, he is given another, and the look shows the gift already. */
static void test_look_during_a_gift_is_no_alarm(void **data) {
        World *w = *data;

        world_open(w, NULL);
        hr_hire_many(w, 'P', 0, 10);
        hr_change(w, "P0001", dept, "sec");
        world_settle(w);
        assert_true(lockt_has_level(w, "P0001", SECURITY));

        hr_change(w, "P0001", dept, "");
        until_writing(w, "P0001");
        assert_true(world_answer_write(w));
        assert_false(lockt_has_level(w, "P0001", SECURITY));
        world_pump(w, NULL);
        assert_int_equal(w->lockt_call, SYNC_GET_USER);

        hr_change(w, "P0001", dept, "lab");
        world_notify(w, "P0001");
        world_pump(w, NULL);
        assert_true(world_read_hr(w, SYNC_KEYS));
        world_pump(w, NULL);
        assert_true(w->writing);
        lockt_carry_out(w, &w->write, NULL);
        assert_true(lockt_has_level(w, "P0001", LAB));
        assert_true(world_answer_lockt_read(w));
        assert_int_equal(w->news[NEWS_REVOCATION_UNDONE], 0);

        assert_true(world_answer_write(w));
        world_settle(w);
        assert_int_equal(w->news[NEWS_REVOCATION_UNDONE], 0);
        assert_int_equal(w->news[NEWS_REVOCATION_CONFIRMED], 1);
        world_assert_converged(w, "after the move");
}

/* A mover: what he gains leaves right after what he lost was taken; he is looked at when both are done. */
static void test_nobody_is_looked_at_while_he_is_written_to(void **data) {
        World *w = *data;

        world_open(w, NULL);
        hr_hire_many(w, 'P', 0, 10);
        hr_change(w, "P0001", dept, "sec");
        world_settle(w);

        hr_change(w, "P0001", dept, "lab");
        until_writing(w, "P0001");
        assert_true(world_answer_write(w));
        world_pump(w, NULL);
        assert_true(w->writing);
        assert_int_equal(w->lockt_call, SYNC_WAIT);

        assert_true(world_answer_write(w));
        world_pump(w, NULL);
        assert_int_equal(w->lockt_call, SYNC_GET_USER);
        world_settle(w);
        assert_int_equal(w->news[NEWS_REVOCATION_CONFIRMED], 1);
        world_assert_converged(w, "after the move");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                world_test(test_look_during_a_gift_is_no_alarm),
                world_test(test_nobody_is_looked_at_while_he_is_written_to),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
