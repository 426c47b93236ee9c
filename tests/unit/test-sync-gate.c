/* What goes before a plan is approved, and what an HR that is not the former one may do (invariant 5). */

#include "world-crowd.h"
#include "world-private.h"

static const WorldOptions careful = { .careful = true };

static void assert_gate(World *w, const char *part) {
        SyncStatus status;

        world_status(w, &status);
        if (part ? !strstr(status.gate, part) : status.gate[0] != '\0')
                fail_msg("the gate says '%s', not '%s'", status.gate, part ? part : "");
}

static void test_a_new_ledger_changes_nobody_before_its_plan_is_approved(void **data) {
        World *w = *data;

        world_open(w, &careful);
        lockt_stranger(w, "P0001", "Last P0001", "p1@example.org", "815");
        lockt_stranger(w, "P0002", "Last P0002", "p2@example.org", "816");
        hr_hire_many(w, 'P', 0, 20);
        hr_leave(w, "P0002");
        world_run(w, 2 * HOUR);
        world_restart(w, FAULT_NONE);
        world_run(w, 2 * HOUR);
        assert_int_equal(w->n_log, 0);
        assert_true(lockt_opens(w, "P0002"));
        assert_gate(w, "this ledger is new");
        assert_int_equal(n_held(w, HOLD_PLAN), 20);
        assert_false(world_linked(w, "P0001"));

        assert_int_equal(approve_kind(w, HOLD_PLAN), 20);
        world_settle(w);
        assert_gate(w, NULL);
        assert_int_equal(count_held(w), 0);
        assert_false(lockt_opens(w, "P0002"));
        world_assert_converged(w, "approved");
        world_assert_quiet(w, "approved");
}

static void test_a_changed_mapping_waits_and_leavers_do_not(void **data) {
        WorldOptions other = { .careful = true, .levels = "  rules:\n    - grant: Cardholder\n"
                                                          "    - when: { dept: sec }\n      grant: Lab\n" };
        World *w = *data;

        world_open(w, NULL);
        hr_hire_many(w, 'P', 0, 20);
        set_dept(w, 0, 10, "sec");
        world_settle(w);
        world_forget_log(w);

        world_reconfigure(w, &other);
        world_settle(w);
        assert_int_equal(w->n_log, 0);
        assert_gate(w, "the mapping has changed");
        assert_int_equal(n_held(w, HOLD_PLAN), 10);
        hr_leave(w, "P0003");
        hr_hire(w, "P0020");
        world_notify(w, "P0003");
        world_run(w, 2 * MINUTE);
        assert_false(lockt_opens(w, "P0003"));
        assert_null(lockt_user(w, "P0020"));
        assert_int_equal(w->n_log, 1);
        /* Restarts change nothing about it. */
        world_restart(w, FAULT_NONE);
        world_settle(w);
        assert_gate(w, "the mapping has changed");
        assert_int_equal(w->n_log, 1);

        approve_kind(w, HOLD_PLAN);
        world_settle(w);
        assert_gate(w, NULL);
        assert_int_equal(count_level(w, LAB), 9);
        assert_int_equal(count_level(w, SECURITY), 0);
        assert_non_null(lockt_user(w, "P0020"));
        world_assert_quiet(w, "approved");
}

static void test_the_former_mapping_put_back_ends_the_wait(void **data) {
        WorldOptions other = { .careful = true, .levels = "  rules:\n    - grant: Pool\n" };
        World *w = *data;

        crowd_open(w, NULL, 20);
        world_reconfigure(w, &other);
        world_settle(w);
        assert_int_equal(n_held(w, HOLD_PLAN), 20);
        hr_hire(w, "P0020");
        world_settle(w);
        assert_int_equal(w->n_log, 0);
        world_reconfigure(w, &careful);
        world_settle(w);
        assert_gate(w, NULL);
        assert_int_equal(count_held(w), 0);
        assert_int_equal(count_level(w, POOL), 0);
        world_assert_converged(w, "as before");
        assert_int_equal(w->n_log, 1);
}

static void test_a_mapping_may_change_at_once_where_the_file_says_so(void **data) {
        WorldOptions other = { .careful = true, .safety = "  mapping_change: go\n",
                               .levels = "  rules:\n    - grant: Cardholder\n    - grant: Pool\n" };
        World *w = *data;

        crowd_open(w, NULL, 20);
        world_reconfigure(w, &other);
        world_settle(w);
        assert_gate(w, NULL);
        assert_int_equal(count_level(w, POOL), 20);
}

/* The limits hold where the gate does not. */
static void test_a_mapping_that_goes_at_once_is_held_by_the_limits(void **data) {
        WorldOptions other = { .careful = true, .safety = "  mapping_change: go\n  max_granted: 5\n",
                               .levels = "  rules:\n    - grant: Cardholder\n    - grant: Pool\n" };
        World *w = *data;

        crowd_open(w, NULL, 20);
        world_reconfigure(w, &other);
        world_settle(w);
        assert_int_equal(count_level(w, POOL), 0);
        assert_int_equal(n_held(w, HOLD_GRANTED), 20);
}

/* Another cluster: its rows are a plan, its positions and ages are its own, its leavers are out. */
static void test_another_hr_database_waits_and_its_leavers_do_not(void **data) {
        World *w = *data;
        char id[24];

        world_open(w, NULL);
        hr_hire_many(w, 'P', 0, 20);
        world_settle(w);
        w->options.careful = true;
        world_forget_log(w);
        (void) snprintf(w->system_identifier, sizeof(w->system_identifier), "7400000000000000002");
        w->lsn = 3;
        for (unsigned i = 10; i < 15; i++)
                hr_remove(w, key_of(id, i));
        set_dept(w, 0, 5, "sec");
        hr_leave(w, "P0007");
        world_run(w, HOUR);
        assert_int_equal(w->n_log, 1);
        assert_false(lockt_opens(w, "P0007"));
        assert_int_equal(count_open(w, 10, 5), 5);
        assert_gate(w, "another database");
        assert_int_equal(n_held(w, HOLD_PLAN), 10);

        approve_kind(w, HOLD_PLAN);
        world_settle(w);
        assert_gate(w, NULL);
        assert_int_equal(count_open(w, 10, 5), 0);
        assert_int_equal(count_level(w, SECURITY), 5);
        world_assert_converged(w, "approved");
        world_assert_quiet(w, "approved");
}

/* The connection was wrong for an hour. */
static void test_the_former_hr_database_put_back_ends_the_wait(void **data) {
        World *w = *data;

        crowd_open(w, NULL, 20);
        w->options.careful = true;
        (void) snprintf(w->system_identifier, sizeof(w->system_identifier), "7400000000000000002");
        set_dept(w, 0, 5, "sec");
        world_run(w, HOUR);
        assert_int_equal(n_held(w, HOLD_PLAN), 5);
        set_dept(w, 0, 5, "");
        (void) snprintf(w->system_identifier, sizeof(w->system_identifier), "7300000000000000001");
        world_settle(w);
        assert_gate(w, NULL);
        assert_int_equal(count_held(w), 0);
        assert_int_equal(w->n_log, 0);
        world_assert_quiet(w, "as before");
}

/* A standby that lags catches up; until then it opens no door. */
static void test_a_standby_that_lags_gives_nothing_until_it_has_caught_up(void **data) {
        World *w = *data;
        uint64_t ahead;

        crowd_open(w, NULL, 20);
        hr_leave(w, "P0001");
        world_settle(w);
        ahead = w->lsn;
        w->standby = true;
        w->lsn = ahead / 2;
        hr_change(w, "P0001", status, "in");
        hr_change(w, "P0002", dept, "sec");
        hr_leave(w, "P0003");
        hr_remove(w, "P0004");
        world_run(w, 30 * MINUTE);
        assert_false(lockt_opens(w, "P0001") || lockt_opens(w, "P0003"));
        assert_int_equal(count_level(w, SECURITY), 0);
        assert_true(lockt_opens(w, "P0004"));
        assert_int_equal(w->news[NEWS_HR_REFUSED], 1);
        hr_leave(w, "P0001");
        w->lsn = ahead + 1;
        world_run(w, 30 * MINUTE);
        assert_int_equal(w->news[NEWS_HR_REFUSED_END], 1);
        world_assert_converged(w, "caught up");
}

/* A primary that goes backwards was restored: when its position is past the former one, that is another history. */
static void test_a_restored_primary_gives_nothing_however_far_it_gets(void **data) {
        World *w = *data;
        SyncStatus status;
        uint64_t ahead;

        crowd_open(w, NULL, 20);
        hr_leave(w, "P0001");
        world_settle(w);
        ahead = w->lsn;
        w->lsn = ahead / 2;
        hr_change(w, "P0001", status, "in");
        hr_remove(w, "P0002");
        world_settle(w);
        w->lsn = ahead + 1000;
        hr_leave(w, "P0003");
        world_run(w, HOUR);
        world_restart(w, FAULT_NONE);
        world_run(w, HOUR);
        assert_false(lockt_opens(w, "P0001"));
        assert_true(lockt_opens(w, "P0002"));
        assert_false(lockt_opens(w, "P0003"));
        world_status(w, &status);
        assert_true(status.hr_refused);
        assert_non_null(strstr(status.refused, "`locktsyncctl resync --accept`"));

        must(sync_resync(w->sync, w->now, true, error));
        world_run(w, HOUR);
        assert_int_equal(w->news[NEWS_HR_REFUSED_END], 1);
        world_assert_converged(w, "accepted");
        world_restart(w, FAULT_NONE);
        world_settle(w);
        world_status(w, &status);
        assert_false(status.hr_refused);
}

/* A read that began before somebody accepted does not use the acceptance up. */
static void test_an_acceptance_outlasts_a_read_that_was_under_way(void **data) {
        World *w = *data;

        crowd_open(w, NULL, 20);
        w->lsn = 5;
        world_settle(w);
        sync_poll(w->sync);
        world_pump(w, NULL);
        while (!w->people.begun) {
                world_pump(w, NULL);
                if (!world_answer_lockt_read(w))
                        (void) world_begin_hr(w, SYNC_PEOPLE);
        }
        must(sync_resync(w->sync, w->now, true, error));
        assert_true(world_end_hr(w, SYNC_PEOPLE));
        hr_hire(w, "P0020");
        world_settle(w);
        assert_true(lockt_opens(w, "P0020"));
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                world_test(test_a_new_ledger_changes_nobody_before_its_plan_is_approved),
                world_test(test_a_changed_mapping_waits_and_leavers_do_not),
                world_test(test_the_former_mapping_put_back_ends_the_wait),
                world_test(test_a_mapping_may_change_at_once_where_the_file_says_so),
                world_test(test_a_mapping_that_goes_at_once_is_held_by_the_limits),
                world_test(test_another_hr_database_waits_and_its_leavers_do_not),
                world_test(test_the_former_hr_database_put_back_ends_the_wait),
                world_test(test_a_standby_that_lags_gives_nothing_until_it_has_caught_up),
                world_test(test_a_restored_primary_gives_nothing_however_far_it_gets),
                world_test(test_an_acceptance_outlasts_a_read_that_was_under_way),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
