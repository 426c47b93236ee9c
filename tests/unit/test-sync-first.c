/* The first update that an instance ever gets (invariant 5), and what a new life gives before it has read HR (invariant 1). */

#include "world-private.h"

static const WorldOptions unproven = { .unproven = true };

static void open_unproven(World *w, const WorldOptions *options, unsigned n) {
        world_open(w, options);
        hr_hire_many(w, 'P', 0, n);
        for (size_t i = 0; i < w->n_rows; i++)
                hr_set(w->rows[i].phone, sizeof(w->rows[i].phone), "4930");
        world_settle(w);
        world_assert_converged(w, "at first");
        world_forget_log(w);
}

static void change_all(World *w, const char *dept) {
        for (size_t i = 0; i < w->n_rows; i++)
                hr_set(w->rows[i].dept, sizeof(w->rows[i].dept), dept);
}

static int64_t stage_of(World *w) {
        int64_t stage = -1;

        assert_true(state_get_number(w->state, "first_update", &stage, NULL) >= 0);
        return stage;
}

/* Time goes by in which Lockt answers no read. */
static void run_without_reads(World *w, int64_t usec) {
        w->read_fault = FAULT_DOWN;
        world_run(w, usec);
        w->read_fault = FAULT_NONE;
}

/* HR is read and all else is answered, until the first write is under way. */
static void until_writing(World *w, const char *key) {
        world_notify(w, key);
        for (unsigned i = 0; i < 100 && !w->writing; i++) {
                world_pump(w, NULL);
                if (!w->writing && !world_read_hr(w, key[0] ? SYNC_KEYS : SYNC_PEOPLE))
                        (void) world_answer_lockt_read(w);
        }
        assert_true(w->writing);
        assert_int_equal(w->n_log, 1);
}

static void test_first_update_goes_alone(void **data) {
        World *w = *data;

        open_unproven(w, &unproven, 300);
        assert_int_equal(stage_of(w), 0);
        change_all(w, "sec");
        world_settle(w);
        assert_int_equal(w->n_log, 4);
        assert_int_equal(w->log[0].n, 1);
        assert_int_equal(w->log[1].n, 100);
        assert_int_equal(stage_of(w), 2);
        world_assert_converged(w, "300 changes");
        world_assert_quiet(w, "300 changes");
}

static void test_nothing_follows_before_it_was_read(void **data) {
        World *w = *data;

        open_unproven(w, &unproven, 10);
        change_all(w, "sec");
        until_writing(w, "");
        assert_true(world_answer_write(w));
        run_without_reads(w, 10 * MINUTE);
        assert_int_equal(w->n_log, 1);
        assert_int_equal(stage_of(w), 1);
        world_run(w, 30 * MINUTE);
        assert_int_equal(stage_of(w), 2);
        world_assert_converged(w, "read at last");
}

/* With the whole record sent, and with what changed alone. */
static void test_what_should_not_change_stops_delivery(void **data) {
        World *w = *data;

        for (unsigned put = 0; put < 2; put++) {
                WorldOptions options = { .unproven = true, .put = put };
                SyncStatus status;
                void *fresh;

                assert_int_equal(world_setup(&fresh), 0);
                w = fresh;
                open_unproven(w, &options, 10);
                w->update_clears = PROPERTY_BIT(PROPERTY_PHONE);
                change_all(w, "sec");
                world_run(w, 10 * MINUTE);
                assert_int_equal(w->n_log, 1);
                assert_int_equal(w->news[NEWS_FIRST_UPDATE_BAD], 1);
                assert_int_equal(stage_of(w), 3);
                world_status(w, &status);
                assert_true(status.first_update_bad);
                assert_true(sync_idle(w->sync) && !sync_clean(w->sync));

                /* Leavers are revoked one by one; nobody is created, nobody changed. */
                world_forget_log(w);
                hr_leave(w, "P0003");
                hr_leave(w, "P0004");
                hr_hire(w, "Q0001");
                world_settle(w);
                assert_false(lockt_opens(w, "P0003") || lockt_opens(w, "P0004"));
                assert_null(lockt_user(w, "Q0001"));
                assert_int_equal(w->n_log, 2);

                /* Also after a restart, which says it again. */
                world_forget_log(w);
                world_restart(w, FAULT_NONE);
                world_settle(w);
                assert_int_equal(w->n_log, 0);
                assert_int_equal(w->news[NEWS_FIRST_UPDATE_BAD], 1);

                w->update_clears = 0;
                must(sync_resync(w->sync, w->now, true, error));
                world_run(w, 10 * MINUTE);
                assert_int_equal(stage_of(w), 2);
                world_assert_converged(w, "accepted");
                world_status(w, &status);
                assert_false(status.first_update_bad);
                world_assert_quiet(w, "accepted");
                world_teardown(&fresh);
        }
}

static void test_levels_that_go_astray_stop_delivery(void **data) {
        World *w = *data;

        open_unproven(w, &unproven, 10);
        w->update_clears = PROPERTY_BIT(PROPERTY_ACCESSLEVELS);
        for (size_t i = 0; i < w->n_rows; i++)
                hr_set(w->rows[i].phone, sizeof(w->rows[i].phone), "4711");
        world_settle(w);
        assert_int_equal(w->n_log, 1);
        assert_int_equal(stage_of(w), 3);
}

static void test_who_moves_waits_while_delivery_is_stopped(void **data) {
        World *w = *data;

        open_unproven(w, &unproven, 10);
        w->update_clears = PROPERTY_BIT(PROPERTY_PHONE);
        hr_change(w, "P0001", dept, "sec");
        world_settle(w);
        assert_int_equal(stage_of(w), 3);
        w->update_clears = 0;
        world_forget_log(w);
        hr_change(w, "P0002", card, "4711");
        world_run(w, 5 * MINUTE);
        assert_int_equal(w->n_log, 0);
        must(sync_resync(w->sync, w->now, true, error));
        world_settle(w);
        world_assert_converged(w, "accepted");
}

static void test_leavers_wait_for_no_reading(void **data) {
        World *w = *data;

        open_unproven(w, &unproven, 10);
        hr_leave(w, "P0001");
        hr_leave(w, "P0002");
        hr_leave(w, "P0003");
        run_without_reads(w, 90 * SECOND);
        assert_int_equal(w->n_log, 3);
        assert_false(lockt_opens(w, "P0001") || lockt_opens(w, "P0002") || lockt_opens(w, "P0003"));
        assert_int_equal(stage_of(w), 1);
        world_run(w, 20 * MINUTE);
        assert_int_equal(stage_of(w), 2);
        world_assert_converged(w, "read at last");
}

/* Whose first update was a gift, and who leaves before it was read: what is read then is the revocation. */
static void test_the_first_one_leaves_meanwhile(void **data) {
        World *w = *data;

        open_unproven(w, &unproven, 10);
        hr_change(w, "P0001", dept, "sec");
        until_writing(w, "P0001");
        assert_true(world_answer_write(w));
        world_pump(w, NULL);
        assert_int_equal(w->lockt_call, SYNC_GET_USER);
        hr_leave(w, "P0001");
        world_notify(w, "P0001");
        world_pump(w, NULL);
        assert_true(world_read_hr(w, SYNC_KEYS));
        world_pump(w, NULL);
        assert_true(w->writing);
        lockt_carry_out(w, &w->write, NULL);
        /* The look that was begun before shows the revocation already. */
        assert_true(world_answer_lockt_read(w));
        assert_int_equal(stage_of(w), 1);
        assert_true(world_answer_write(w));
        world_settle(w);
        assert_int_equal(w->news[NEWS_FIRST_UPDATE_BAD], 0);
        assert_int_equal(stage_of(w), 2);
        assert_false(lockt_opens(w, "P0001"));
}

static void test_lost_answer_is_read_back_too(void **data) {
        static const Fault faults[] = { FAULT_LOST_BEFORE, FAULT_LOST_AFTER, FAULT_COUNTS, FAULT_503, FAULT_REFUSED };
        World *w = *data;

        for (size_t i = 0; i < ELEMENTS(faults); i++) {
                void *fresh;

                assert_int_equal(world_setup(&fresh), 0);
                w = fresh;
                open_unproven(w, &unproven, 10);
                w->write_fault = faults[i];
                w->write_faults = 1;
                change_all(w, "sec");
                world_run(w, 10 * MINUTE);
                assert_int_equal(w->log[0].n, 1);
                assert_int_equal(stage_of(w), 2);
                assert_int_equal(w->news[NEWS_FIRST_UPDATE_BAD], 0);
                must(sync_resync(w->sync, w->now, false, error));
                world_settle(w);
                world_teardown(&fresh);
        }
}

static void test_lost_answer_hides_no_harm(void **data) {
        World *w = *data;

        open_unproven(w, &unproven, 10);
        w->update_clears = PROPERTY_BIT(PROPERTY_PHONE);
        w->write_fault = FAULT_LOST_AFTER;
        w->write_faults = 1;
        change_all(w, "sec");
        world_run(w, 10 * MINUTE);
        assert_int_equal(w->n_log, 1);
        assert_int_equal(stage_of(w), 3);
}

static void test_crash_before_it_was_read(void **data) {
        static const Fault fates[] = { FAULT_NONE, FAULT_LOST_BEFORE };
        World *w = *data;

        for (size_t i = 0; i < ELEMENTS(fates); i++)
                for (unsigned harm = 0; harm < 2; harm++) {
                        void *fresh;

                        assert_int_equal(world_setup(&fresh), 0);
                        w = fresh;
                        open_unproven(w, &unproven, 10);
                        w->update_clears = harm ? PROPERTY_BIT(PROPERTY_PHONE) : 0;
                        change_all(w, "sec");
                        until_writing(w, "");
                        world_restart(w, fates[i]);
                        world_run(w, 10 * MINUTE);
                        assert_int_equal(stage_of(w), harm ? 3 : 2);
                        assert_int_equal(w->news[NEWS_FIRST_UPDATE_BAD], harm);
                        world_teardown(&fresh);
                }
}

/* What it did is not known as long as nothing came of it. */
static void test_updates_that_do_nothing_go_one_by_one(void **data) {
        World *w = *data;

        open_unproven(w, &unproven, 4);
        w->updates_vanish = true;
        change_all(w, "sec");
        world_settle(w);
        assert_true(w->n_log > 1);
        assert_int_equal(stage_of(w), 0);
        w->updates_vanish = false;
        world_run(w, 20 * MINUTE);
        assert_int_equal(stage_of(w), 2);
        world_assert_converged(w, "they work now");
}

static void test_forms_of_its_own_are_no_harm(void **data) {
        World *w = *data;

        world_open(w, &unproven);
        hr_hire_many(w, 'P', 0, 10);
        world_settle(w);
        w->echo_folds = true;
        hr_change(w, "P0001", dept, "sec");
        world_settle(w);
        assert_int_equal(w->news[NEWS_FIRST_UPDATE_BAD], 0);
        assert_int_equal(stage_of(w), 2);
}

static void test_creations_are_no_updates(void **data) {
        World *w = *data;

        world_open(w, &unproven);
        hr_hire_many(w, 'P', 0, 250);
        world_settle(w);
        assert_int_equal(w->n_log, 3);
        assert_int_equal(stage_of(w), 0);
        world_restart(w, FAULT_NONE);
        assert_int_equal(stage_of(w), 0);
}

/* A state file of yesterday, an HR that has changed its mind since and can't be reached: a gift of then is none. */
static void test_new_life_gives_nothing_before_it_has_read_hr(void **data) {
        World *w = *data;

        world_open(w, NULL);
        hr_hire_many(w, 'P', 0, 10);
        world_settle(w);
        hr_change(w, "P0001", dept, "sec");
        hr_hire(w, "Q0001");
        hr_leave(w, "P0002");
        w->write_fault = FAULT_DOWN;
        world_settle(w);
        assert_true(world_queued(w, "P0001") && world_queued(w, "Q0001") && world_queued(w, "P0002"));

        hr_change(w, "P0001", dept, "");
        hr_remove(w, "Q0001");
        world_restart(w, FAULT_NONE);
        world_forget_log(w);
        w->hr_fault = HR_NO_CONNECTION;
        w->write_fault = FAULT_NONE;
        world_run(w, HOUR);
        /* What takes does not wait for HR. */
        assert_int_equal(w->n_log, 1);
        assert_false(lockt_opens(w, "P0002"));
        assert_false(lockt_has_level(w, "P0001", SECURITY));
        assert_null(lockt_user(w, "Q0001"));

        w->hr_fault = HR_WELL;
        world_run(w, 20 * MINUTE);
        assert_false(lockt_has_level(w, "P0001", SECURITY));
        world_assert_converged(w, "HR was read");
        world_assert_quiet(w, "HR was read");
}

static void test_new_life_gives_what_hr_says_still(void **data) {
        World *w = *data;

        world_open(w, NULL);
        hr_hire_many(w, 'P', 0, 10);
        world_settle(w);
        hr_change(w, "P0001", dept, "sec");
        w->write_fault = FAULT_DOWN;
        world_settle(w);
        world_restart(w, FAULT_NONE);
        w->write_fault = FAULT_NONE;
        world_run(w, 5 * MINUTE);
        assert_true(lockt_has_level(w, "P0001", SECURITY));
        world_assert_converged(w, "HR was read");
}

/* A complete read that ends badly is no word of HR. */
static void test_new_life_believes_no_broken_read(void **data) {
        static const HrFault faults[] = { HR_CUT, HR_EMPTY, HR_LOADING };
        World *w = *data;

        for (size_t i = 0; i < ELEMENTS(faults); i++) {
                void *fresh;

                assert_int_equal(world_setup(&fresh), 0);
                w = fresh;
                world_open(w, NULL);
                hr_hire_many(w, 'P', 0, 10);
                world_settle(w);
                hr_change(w, "P0001", dept, "sec");
                w->write_fault = FAULT_DOWN;
                world_settle(w);
                world_restart(w, FAULT_NONE);
                w->write_fault = FAULT_NONE;
                w->hr_fault = faults[i];
                world_run(w, 5 * MINUTE);
                assert_false(lockt_has_level(w, "P0001", SECURITY));
                w->hr_fault = HR_WELL;
                world_run(w, 20 * MINUTE);
                assert_true(lockt_has_level(w, "P0001", SECURITY));
                world_teardown(&fresh);
        }
}

/* Read by his key he may be given what HR says now; the others wait for the complete read, which takes long. */
static void test_keyed_read_speaks_for_its_keys(void **data) {
        World *w = *data;

        world_open(w, NULL);
        hr_hire_many(w, 'P', 0, 10);
        world_settle(w);
        hr_change(w, "P0001", dept, "sec");
        hr_change(w, "P0002", dept, "sec");
        w->write_fault = FAULT_DOWN;
        world_settle(w);
        world_restart(w, FAULT_NONE);
        w->write_fault = FAULT_NONE;
        hr_change(w, "P0001", dept, "lab");
        world_notify(w, "P0001");
        for (unsigned i = 0; i < 100; i++) {
                world_pump(w, NULL);
                if (!world_answer_write(w) && !world_answer_lockt_read(w) && !world_read_hr(w, SYNC_KEYS))
                        world_pass(w, SECOND);
        }
        assert_true(lockt_has_level(w, "P0001", LAB));
        assert_false(lockt_has_level(w, "P0002", SECURITY));
        world_run(w, 5 * MINUTE);
        world_assert_converged(w, "everybody was read");
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                world_test(test_first_update_goes_alone),
                world_test(test_nothing_follows_before_it_was_read),
                world_test(test_what_should_not_change_stops_delivery),
                world_test(test_levels_that_go_astray_stop_delivery),
                world_test(test_who_moves_waits_while_delivery_is_stopped),
                world_test(test_leavers_wait_for_no_reading),
                world_test(test_the_first_one_leaves_meanwhile),
                world_test(test_lost_answer_is_read_back_too),
                world_test(test_lost_answer_hides_no_harm),
                world_test(test_crash_before_it_was_read),
                world_test(test_updates_that_do_nothing_go_one_by_one),
                world_test(test_forms_of_its_own_are_no_harm),
                world_test(test_creations_are_no_updates),
                world_test(test_new_life_gives_nothing_before_it_has_read_hr),
                world_test(test_new_life_gives_what_hr_says_still),
                world_test(test_new_life_believes_no_broken_read),
                world_test(test_keyed_read_speaks_for_its_keys),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
