/* How many may lose, gain and get back access, and whom that holds (invariant 4). */

#include "world-crowd.h"
#include "world-private.h"

#define DAY (24 * HOUR)

static const WorldOptions five = { .safety = "  max_revoked: 5\n  window: 24h\n" };

static void drip(World *w, unsigned from, unsigned n) {
        char id[24];

        for (unsigned i = from; i < from + n; i++) {
                hr_leave(w, key_of(id, i));
                world_notify(w, id);
                world_run(w, 10 * SECOND);
        }
}

static void test_the_window_outlasts_restarts(void **data) {
        World *w = *data;

        crowd_open(w, &five, 40);
        drip(w, 0, 3);
        world_restart(w, FAULT_NONE);
        world_settle(w);
        drip(w, 3, 4);
        assert_int_equal(count_open(w, 0, 40), 35);
        world_restart(w, FAULT_NONE);
        world_settle(w);
        drip(w, 7, 2);
        assert_int_equal(count_open(w, 0, 40), 35);
        assert_int_equal(count_held(w), 4);
}

static void test_the_window_slides_by_the_time_of_each(void **data) {
        World *w = *data;

        crowd_open(w, &five, 40);
        drip(w, 0, 3);
        world_run(w, 12 * HOUR);
        drip(w, 3, 2);
        assert_int_equal(count_open(w, 0, 40), 35);
        /* The first three are a day old, the other two are not. */
        world_run(w, 12 * HOUR + MINUTE);
        drip(w, 5, 4);
        assert_int_equal(count_open(w, 0, 40), 32);
        assert_int_equal(count_held(w), 1);
}

/* Neither is a day over because somebody set the clock, nor does it last for ever. */
static void test_the_window_keeps_its_length_when_the_clock_is_set(void **data) {
        static const int64_t steps[] = { 3 * DAY, -3 * DAY };
        World *w = *data;

        for (size_t i = 0; i < ELEMENTS(steps); i++) {
                void *fresh;

                assert_int_equal(world_setup(&fresh), 0);
                w = fresh;
                crowd_open(w, &five, 40);
                drip(w, 0, 5);
                world_step_clock(w, steps[i]);
                world_settle(w);
                drip(w, 5, 1);
                assert_int_equal(count_open(w, 0, 40), 35);
                world_run(w, DAY + HOUR);
                drip(w, 6, 1);
                assert_int_equal(count_open(w, 0, 40), 34);
                assert_int_equal(count_held(w), 1);
                world_teardown(&fresh);
        }
}

/* Half of the others are gone at midnight; the reserve is for who is fired at nine. */
static void test_somebody_fired_at_nine_while_many_are_held_since_midnight(void **data) {
        static const WorldOptions options = { .safety = "  max_revoked: 5%\n  window: 24h\n" };
        World *w = *data;
        char id[24];

        for (unsigned explicit = 0; explicit < 2; explicit++) {
                void *fresh;

                assert_int_equal(world_setup(&fresh), 0);
                w = fresh;
                crowd_open(w, &options, 400);
                for (unsigned i = 0; i < 150; i++) {
                        key_of(id, i);
                        if (explicit)
                                hr_leave(w, id);
                        else
                                hr_remove(w, id);
                }
                world_run(w, 9 * HOUR);
                assert_int_equal(count_held(w), explicit ? 132 : 150);
                hr_leave(w, "P0399");
                world_notify(w, "P0399");
                world_run(w, SECOND);
                assert_false(lockt_opens(w, "P0399"));
                assert_int_equal(count_held(w), explicit ? 132 : 150);
                world_teardown(&fresh);
        }
}

/* All but a few reappear: those few are held as before, though they would be within the limit by themselves. */
static void test_held_absences_do_not_clear_by_becoming_few(void **data) {
        World *w = *data;
        char id[24];

        crowd_open(w, &five, 40);
        for (unsigned i = 0; i < 10; i++)
                hr_remove(w, key_of(id, i));
        world_run(w, HOUR);
        assert_int_equal(n_held(w, HOLD_REVOKED), 10);
        for (unsigned i = 0; i < 8; i++)
                hr_hire(w, key_of(id, i));
        world_run(w, 3 * DAY);
        assert_int_equal(n_held(w, HOLD_REVOKED), 2);
        assert_int_equal(count_open(w, 0, 40), 40);
        hr_hire(w, "P0008");
        world_settle(w);
        assert_int_equal(n_held(w, HOLD_REVOKED), 1);
        approve_kind(w, HOLD_REVOKED);
        world_settle(w);
        assert_int_equal(count_held(w), 0);
        assert_int_equal(count_open(w, 0, 40), 39);
        assert_false(lockt_opens(w, "P0009"));
        world_assert_converged(w, "nobody is held");
        world_assert_quiet(w, "nobody is held");
}

/* Who is held as absent, and of whom a row then says that he left, is one more who leaves. */
static void test_better_evidence_counts_anew(void **data) {
        World *w = *data;
        char id[24];

        crowd_open(w, &five, 40);
        for (unsigned i = 0; i < 10; i++)
                hr_remove(w, key_of(id, i));
        world_run(w, HOUR);
        assert_int_equal(count_held(w), 10);
        hr_hire(w, "P0003");
        hr_leave(w, "P0003");
        world_notify(w, "P0003");
        world_run(w, SECOND);
        assert_false(lockt_opens(w, "P0003"));
        assert_int_equal(count_held(w), 9);
}

/* Twenty move from one department to another: what they lose, and what they gain, each has its own limit. */
static void test_gains_that_are_held_do_not_hold_losses(void **data) {
        static const WorldOptions options = { .safety = "  max_granted: 10\n  max_revoked: 20\n" };
        World *w = *data;

        crowd_open(w, &options, 0);
        hr_hire_many(w, 'P', 0, 40);
        set_dept(w, 0, 40, "sec");
        world_settle(w);
        assert_int_equal(count_level(w, SECURITY), 40);

        set_dept(w, 0, 20, "lab");
        world_settle(w);
        assert_int_equal(count_level(w, SECURITY), 20);
        assert_int_equal(count_level(w, LAB), 0);
        assert_int_equal(n_held(w, HOLD_GRANTED), 20);
        assert_int_equal(count_open(w, 0, 40), 40);
        world_forget_log(w);
        world_restart(w, FAULT_NONE);
        world_run(w, 30 * MINUTE);
        assert_int_equal(w->n_log, 0);

        assert_int_equal(approve_kind(w, HOLD_GRANTED), 20);
        world_settle(w);
        assert_int_equal(count_level(w, LAB), 20);
        assert_int_equal(count_held(w), 0);
        world_assert_converged(w, "moved");
        world_assert_quiet(w, "moved");
}

/* More lose than may: those beyond are held whole, gains and all. */
static void test_a_move_beyond_the_limit_of_losses_is_held_whole(void **data) {
        World *w = *data;

        crowd_open(w, &five, 0);
        hr_hire_many(w, 'P', 0, 40);
        set_dept(w, 0, 40, "sec");
        world_settle(w);
        set_dept(w, 0, 20, "lab");
        world_settle(w);
        assert_int_equal(count_level(w, SECURITY), 36);
        assert_int_equal(count_level(w, LAB), 4);
        assert_int_equal(n_held(w, HOLD_REVOKED), 16);
        approve_kind(w, HOLD_REVOKED);
        world_settle(w);
        assert_int_equal(count_level(w, SECURITY), 20);
        assert_int_equal(count_level(w, LAB), 20);
        world_assert_converged(w, "moved");
}

/* Whose gain is held, and who leaves: out at once, and held no more. */
static void test_who_is_held_can_leave(void **data) {
        static const WorldOptions options = { .safety = "  max_granted: 5\n" };
        World *w = *data;

        crowd_open(w, &options, 0);
        hr_hire_many(w, 'P', 0, 5);
        world_settle(w);
        set_dept(w, 0, 5, "lab");
        hr_hire_many(w, 'P', 5, 20);
        world_settle(w);
        assert_int_equal(count_held(w), 25);
        hr_leave(w, "P0000");
        hr_leave(w, "P0005");
        world_notify(w, "P0000");
        world_notify(w, "P0005");
        world_run(w, 2 * SECOND);
        assert_false(lockt_opens(w, "P0000"));
        assert_null(lockt_user(w, "P0005"));
        assert_int_equal(count_held(w), 23);
        approve_kind(w, HOLD_GRANTED);
        world_settle(w);
        world_assert_converged(w, "approved");
        assert_null(lockt_user(w, "P0005"));
}

static void test_a_level_has_a_limit_of_its_own(void **data) {
        static const WorldOptions options = { .safety = "  max_granted: 20%\n" };
        World *w = *data;
        HoldGroup group;
        char id[24];

        crowd_open(w, &options, 100);
        /* Six for a level that nobody holds, and five for another. */
        set_dept(w, 0, 6, "sec");
        set_dept(w, 10, 5, "lab");
        world_settle(w);
        assert_int_equal(count_level(w, SECURITY), 0);
        assert_int_equal(count_level(w, LAB), 5);
        assert_true(world_held(w, HOLD_GRANTED, &group));
        assert_int_equal(group.level, SECURITY);
        assert_int_equal(group.n, 6);
        world_approve(w, group.digest, NULL);
        world_settle(w);
        assert_int_equal(count_level(w, SECURITY), 6);
        assert_false(world_held(w, HOLD_GRANTED, &group));
        /* The sixth of the other level, an hour later. */
        world_run(w, HOUR);
        hr_change(w, key_of(id, 20), dept, "lab");
        world_settle(w);
        assert_true(world_held(w, HOLD_GRANTED, &group));
        assert_int_equal(group.level, LAB);
}

/* Last week's rows: whoever left since has a row that says "in" again. */
static void test_many_who_left_and_are_back_are_held(void **data) {
        static const WorldOptions options = { .safety = "  max_restored: 2%\n" };
        World *w = *data;

        crowd_open(w, &options, 100);
        set_status(w, 0, 20, "out");
        world_settle(w);
        assert_int_equal(count_open(w, 0, 100), 80);
        set_status(w, 0, 20, "in");
        world_settle(w);
        assert_int_equal(count_open(w, 0, 100), 80);
        assert_int_equal(n_held(w, HOLD_RESTORED), 20);
        /* HR is put right. */
        set_status(w, 0, 20, "out");
        world_settle(w);
        assert_int_equal(count_open(w, 0, 100), 80);
        assert_int_equal(count_held(w), 0);
        assert_int_equal(w->news[NEWS_HELD_END], 1);
}

/* A few at a time do not open the doors of all either. */
static void test_a_drip_of_those_who_are_back_is_held(void **data) {
        static const WorldOptions options = { .safety = "  max_restored: 2%\n" };
        World *w = *data;
        char id[24];

        crowd_open(w, &options, 100);
        set_status(w, 0, 20, "out");
        world_settle(w);
        for (unsigned i = 0; i < 20; i++) {
                hr_change(w, key_of(id, i), status, "in");
                world_notify(w, id);
                world_run(w, 10 * SECOND);
        }
        assert_int_equal(count_open(w, 0, 100), 85);
        assert_int_equal(n_held(w, HOLD_RESTORED), 15);
}

static void test_changes_have_a_limit_too(void **data) {
        static const WorldOptions options = { .safety = "  max_changed: 50%\n" };
        World *w = *data;

        crowd_open(w, &options, 40);
        for (unsigned i = 0; i < 30; i++)
                hr_set(w->rows[i].phone, sizeof(w->rows[i].phone), "4711");
        world_settle(w);
        assert_int_equal(w->n_log, 0);
        assert_int_equal(n_held(w, HOLD_CHANGED), 30);
        approve_kind(w, HOLD_CHANGED);
        world_settle(w);
        world_assert_converged(w, "approved");
}

/* Ends that were announced do not count again, however many come at once. */
static void test_announced_ends_at_midnight_are_not_held(void **data) {
        World *w = *data;
        char id[24];

        world_open(w, &five);
        hr_hire_many(w, 'P', 0, 250);
        for (unsigned i = 0; i < 200; i++)
                hr_change(w, key_of(id, i), until, "2023-11-15 00:00:00");
        world_settle(w);
        assert_int_equal(count_open(w, 0, 250), 250);
        world_forget_log(w);
        world_run(w, 106 * MINUTE);     /* to 00:01:20 */
        assert_int_equal(count_open(w, 0, 250), 50);
        assert_int_equal(count_held(w), 0);
        for (unsigned i = 0; i < 200; i++)
                assert_false(lockt_user(w, key_of(id, i))->user.enabled);
        world_assert_converged(w, "the new day");
        world_assert_quiet(w, "the new day");
}

/* Announced to all at once, the announcements are what counts. */
static void test_many_announcements_at_once_are_held(void **data) {
        World *w = *data;
        char id[24];

        crowd_open(w, &five, 40);
        for (unsigned i = 0; i < 20; i++)
                hr_change(w, key_of(id, i), until, "2023-11-16 00:00:00");
        world_settle(w);
        assert_int_equal(n_held(w, HOLD_REVOKED), 16);
        world_run(w, 3 * DAY);
        /* Who was not told of in time has left all the same, and counts when he does. */
        assert_true(count_open(w, 0, 20) > 0);
        assert_true(count_held(w) > 0);
        approve_kind(w, HOLD_REVOKED);
        world_settle(w);
        assert_int_equal(count_open(w, 0, 40), 20);
        world_assert_converged(w, "approved");
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                world_test(test_the_window_outlasts_restarts),
                world_test(test_the_window_slides_by_the_time_of_each),
                world_test(test_the_window_keeps_its_length_when_the_clock_is_set),
                world_test(test_somebody_fired_at_nine_while_many_are_held_since_midnight),
                world_test(test_held_absences_do_not_clear_by_becoming_few),
                world_test(test_better_evidence_counts_anew),
                world_test(test_gains_that_are_held_do_not_hold_losses),
                world_test(test_a_move_beyond_the_limit_of_losses_is_held_whole),
                world_test(test_who_is_held_can_leave),
                world_test(test_a_level_has_a_limit_of_its_own),
                world_test(test_many_who_left_and_are_back_are_held),
                world_test(test_a_drip_of_those_who_are_back_is_held),
                world_test(test_changes_have_a_limit_too),
                world_test(test_announced_ends_at_midnight_are_not_held),
                world_test(test_many_announcements_at_once_are_held),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
