/* Who leaves loses access; who only seems to have left keeps it (invariants 3, 8 and 13 of the product). */

#include "world.h"

static void open_with(World *w, const WorldOptions *options, unsigned n) {
        world_open(w, options);
        hr_hire_many(w, 'P', 0, n);
        world_settle(w);
        world_assert_converged(w, "at first");
        world_forget_log(w);
}

static void test_first_sync_then_quiet(void **data) {
        World *w = *data;

        open_with(w, NULL, 10);
        world_assert_quiet(w, "after a first sync");
        hr_leave(w, "P0003");
        world_settle(w);
        assert_false(lockt_opens(w, "P0003"));
        assert_int_equal(w->news[NEWS_REVOKED], 1);
        assert_int_equal(w->news[NEWS_REVOCATION_CONFIRMED], 1);
        world_assert_converged(w, "one left");
        world_assert_quiet(w, "after a leaver");
}

static void test_notified_leaver_goes_at_once(void **data) {
        World *w = *data;

        open_with(w, NULL, 10);
        hr_leave(w, "P0003");
        world_notify(w, "P0003");
        world_run(w, SECOND);
        assert_false(lockt_opens(w, "P0003"));
        assert_int_equal(w->reads, 0);
}

static void test_keyed_read_without_row_only_starts_a_complete_one(void **data) {
        World *w = *data;

        open_with(w, NULL, 10);
        hr_remove(w, "P0003");
        world_notify(w, "P0003");
        world_run(w, SECOND);
        assert_int_equal(w->keyed_reads, 1);
        assert_int_equal(w->reads, 1);
        assert_true(lockt_opens(w, "P0003"));
        assert_int_equal(w->n_log, 0);
}

static void test_absent_once_is_not_enough(void **data) {
        World *w = *data;

        open_with(w, NULL, 10);
        hr_remove(w, "P0003");
        world_run(w, 14 * MINUTE);
        assert_true(lockt_opens(w, "P0003"));
        world_run(w, 3 * MINUTE);
        assert_false(lockt_opens(w, "P0003"));
        world_assert_converged(w, "absent for long");
        world_assert_quiet(w, "after an absence");
}

static void test_absence_that_was_interrupted_counts_anew(void **data) {
        World *w = *data;
        HrRow row;

        open_with(w, NULL, 10);
        row = *hr_row(w, "P0003");
        hr_remove(w, "P0003");
        world_run(w, 14 * MINUTE);
        *hr_hire(w, "P0003") = row;
        world_settle(w);
        hr_remove(w, "P0003");
        world_run(w, 14 * MINUTE);
        assert_true(lockt_opens(w, "P0003"));
}

static void test_absence_is_measured_by_the_steady_clock(void **data) {
        World *w = *data;

        open_with(w, NULL, 10);
        hr_remove(w, "P0003");
        world_settle(w);
        world_step_clock(w, 2 * HOUR);
        world_run(w, 5 * MINUTE);
        assert_true(lockt_opens(w, "P0003"));
        world_step_clock(w, -3 * HOUR);
        world_run(w, 5 * MINUTE);
        assert_true(lockt_opens(w, "P0003"));
        world_run(w, 7 * MINUTE);
        assert_false(lockt_opens(w, "P0003"));
}

static void test_absence_survives_a_restart_and_does_not_count_the_pause(void **data) {
        World *w = *data;

        open_with(w, NULL, 10);
        hr_remove(w, "P0003");
        world_run(w, 8 * MINUTE);
        world_step_clock(w, HOUR);
        world_restart(w, FAULT_LOST_BEFORE);
        world_run(w, 3 * MINUTE);
        assert_true(lockt_opens(w, "P0003"));
        world_run(w, 8 * MINUTE);
        assert_false(lockt_opens(w, "P0003"));
}

static void test_bad_keys_prove_no_absence(void **data) {
        World *w = *data;

        open_with(w, NULL, 10);
        hr_hire(w, "");
        hr_remove(w, "P0003");
        hr_leave(w, "P0004");
        world_run(w, 40 * MINUTE);
        assert_true(lockt_opens(w, "P0003"));
        assert_false(lockt_opens(w, "P0004"));
        assert_int_equal(w->news[NEWS_HR_KEYS], 1);

        hr_remove(w, "");
        *hr_hire(w, "P0005") = *hr_row(w, "P0005");
        world_run(w, 40 * MINUTE);
        assert_true(lockt_opens(w, "P0003"));
        hr_remove(w, "P0005");
        world_run(w, 20 * MINUTE);
        assert_false(lockt_opens(w, "P0003"));
        assert_int_equal(w->news[NEWS_HR_KEYS_END], 1);
}

static void test_doubled_rows(void **data) {
        World *w = *data;
        HrRow row;

        open_with(w, NULL, 10);
        row = *hr_row(w, "P0001");
        *hr_hire(w, "P0001") = row;
        row = *hr_row(w, "P0002");
        *hr_hire(w, "P0002") = row;
        hr_leave(w, "P0002");
        world_settle(w);
        /* One row in, one out, or two in: parked, and access stays. */
        assert_true(world_parked(w, "P0001", NULL));
        assert_true(world_parked(w, "P0002", NULL));
        assert_true(lockt_opens(w, "P0001") && lockt_opens(w, "P0002"));
        for (size_t i = 0; i < w->n_rows; i++)
                if (strcmp(w->rows[i].id, "P0002") == 0)
                        hr_set(w->rows[i].status, sizeof(w->rows[i].status), "out");
        world_settle(w);
        assert_false(lockt_opens(w, "P0002"));
        assert_true(lockt_opens(w, "P0001"));
}

static void test_failed_reads_take_from_nobody(void **data) {
        static const HrFault faults[] = { HR_NO_CONNECTION, HR_CUT, HR_EMPTY, HR_LOADING };
        World *w = *data;

        open_with(w, NULL, 10);
        for (size_t i = 0; i < ELEMENTS(faults); i++) {
                w->hr_fault = faults[i];
                world_run(w, 40 * MINUTE);
                for (size_t k = 0; k < w->n_rows; k++)
                        assert_true(lockt_opens(w, w->rows[k].id));
                assert_int_equal(w->n_log, 0);
                w->hr_fault = HR_WELL;
                world_run(w, 20 * MINUTE);
        }
        world_assert_quiet(w, "after failed reads");
}

static void test_explicit_leaver_in_a_cut_read_waits_for_a_whole_one(void **data) {
        World *w = *data;

        open_with(w, NULL, 10);
        hr_leave(w, "P0000");
        w->hr_fault = HR_CUT;
        world_run(w, 5 * MINUTE);
        assert_true(lockt_opens(w, "P0000"));
        w->hr_fault = HR_WELL;
        world_run(w, 16 * MINUTE);
        assert_false(lockt_opens(w, "P0000"));
}

static void test_unclear_status_parks_and_keeps_access(void **data) {
        World *w = *data;
        ParkKind kind;

        open_with(w, NULL, 10);
        hr_change(w, "P0001", status, "");
        hr_change(w, "P0002", status, "maybe");
        hr_change(w, "P0002", last, "Changed");
        world_settle(w);
        assert_true(world_parked(w, "P0001", &kind));
        assert_int_equal(kind, PARK_STATUS);
        assert_true(world_parked(w, "P0002", &kind));
        assert_true(lockt_opens(w, "P0001") && lockt_opens(w, "P0002"));
        assert_int_equal(w->n_log, 0);
        hr_change(w, "P0001", status, "in");
        hr_leave(w, "P0002");
        world_settle(w);
        assert_false(world_parked(w, "P0001", NULL));
        assert_false(lockt_opens(w, "P0002"));
        assert_false(world_parked(w, "P0002", NULL));
}

static void test_leaver_with_broken_values_in_hr(void **data) {
        World *w = *data;

        open_with(w, NULL, 10);
        hr_change(w, "P0001", card, "A8914");
        hr_change(w, "P0001", email, "nobody at all");
        world_settle(w);
        assert_true(world_parked(w, "P0001", NULL));
        hr_leave(w, "P0001");
        world_settle(w);
        assert_false(lockt_opens(w, "P0001"));
}

static void test_leaver_with_a_broken_value_in_lockt(void **data) {
        World *w = *data;

        open_with(w, NULL, 10);
        lockt_set(lockt_user(w, "P0001"), PROPERTY_EMAIL, "no mail");
        w->refuse_bad_mail = true;
        must(sync_resync(w->sync, w->now, false, error));
        hr_leave(w, "P0001");
        hr_leave(w, "P0002");
        world_run(w, 2 * MINUTE);
        assert_false(lockt_opens(w, "P0001"));
        assert_false(lockt_opens(w, "P0002"));
        world_assert_quiet(w, "after a leaver without e-mail");
}

static void test_refused_leaver_is_tried_for_ever(void **data) {
        World *w = *data;

        open_with(w, NULL, 10);
        hr_set(w->refused_id, sizeof(w->refused_id), "P0001");
        w->refused_whole = true;
        hr_leave(w, "P0001");
        hr_leave(w, "P0002");
        hr_hire(w, "Q0001");
        world_run(w, 3 * HOUR);
        assert_false(lockt_opens(w, "P0002"));
        assert_true(lockt_opens(w, "Q0001"));
        assert_true(lockt_opens(w, "P0001"));
        w->refused_id[0] = '\0';
        world_run(w, 16 * MINUTE);
        assert_false(lockt_opens(w, "P0001"));
}

static void test_end_of_access_acts_at_its_instant(void **data) {
        World *w = *data;
        int64_t instant = (BEGINNING + 30 * MINUTE) / SECOND;

        open_with(w, NULL, 10);
        assert_int_equal(instant_format_api(instant, "UTC", hr_row(w, "P0001")->until), 0);
        assert_int_equal(instant_format_api(instant, "UTC", hr_row(w, "P0002")->until), 0);
        world_settle(w);
        assert_true(lockt_user(w, "P0001")->user.access_expires == instant);
        world_forget_log(w);
        world_run(w, instant * SECOND - w->now.real_usec - SECOND);
        assert_int_equal(w->n_log, 0);
        world_run(w, 2 * SECOND);
        assert_int_equal(w->n_log, 1);
        assert_int_equal(w->log[0].n, 2);
        assert_false(lockt_user(w, "P0001")->user.enabled);
        world_assert_converged(w, "two have ended");
        world_assert_quiet(w, "after ends");
}

static void test_end_of_access_during_a_pause(void **data) {
        World *w = *data;
        int64_t instant = (BEGINNING + 30 * MINUTE) / SECOND;

        open_with(w, NULL, 10);
        assert_int_equal(instant_format_api(instant, "UTC", hr_row(w, "P0001")->until), 0);
        world_settle(w);
        world_step_clock(w, 50 * MINUTE);
        world_restart(w, FAULT_LOST_BEFORE);
        world_run(w, 5 * SECOND);
        assert_false(lockt_user(w, "P0001")->user.enabled);
}

static void test_leaver_who_was_never_here(void **data) {
        World *w = *data;

        open_with(w, NULL, 3);
        hr_hire(w, "Q0001");
        hr_leave(w, "Q0001");
        world_settle(w);
        assert_null(lockt_user(w, "Q0001"));
        hr_remove(w, "Q0001");
        world_run(w, 20 * MINUTE);
        assert_int_equal(w->n_log, 0);
        assert_false(world_queued(w, "Q0001"));
}

static void test_starter_is_sent_ahead(void **data) {
        World *w = *data;

        open_with(w, NULL, 3);
        hr_hire(w, "Q0001");
        hr_change(w, "Q0001", from, "2030-01-01 00:00:00");
        hr_hire(w, "Q0002");
        hr_change(w, "Q0002", until, "infinity");
        hr_hire(w, "Q0003");
        hr_change(w, "Q0003", until, "9999-12-31");
        world_settle(w);
        assert_non_null(lockt_user(w, "Q0001"));
        assert_true(lockt_user(w, "Q0002")->user.access_expires == INSTANT_NONE);
        assert_true(lockt_user(w, "Q0003")->user.access_expires == INSTANT_NONE);
        world_assert_quiet(w, "after starters");
}

static void test_rehire(void **data) {
        World *w = *data;

        open_with(w, NULL, 5);
        hr_leave(w, "P0001");
        world_settle(w);
        assert_true(lockt_user(w, "P0001")->user.access_expires != INSTANT_NONE);
        hr_change(w, "P0001", status, "in");
        world_settle(w);
        assert_true(lockt_opens(w, "P0001"));
        assert_true(lockt_user(w, "P0001")->user.access_expires == INSTANT_NONE);
        assert_int_equal(w->n_users, 5);
        world_assert_converged(w, "rehired");
        world_assert_quiet(w, "after a rehire");
}

/* Whatever the mapping says of `enabled` and of ends, what locktsync took at a leave comes back at a return. */
static void test_rehire_under_other_policies(void **data) {
        static const char user[] = "  email: email\n  card_num: card\n  phone: phone\n";
        static const struct {
                const char *title, *leavers, *user;
                bool absent;
        } cases[] = {
                { "absent, nothing of status or ends is mapped", NULL, user, true },
                { "expired only", "  disable: false\n  remove_access_levels: false", NULL, false },
                { "levels only", "  disable: false\n  expire: never", NULL, false },
                { "disabled only", "  remove_access_levels: false\n  expire: never", NULL, false },
                { "expired only, absent, ends not mapped", "  disable: false\n  remove_access_levels: false", user, true },
        };
        void *inner;

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                WorldOptions options = { .leavers = cases[i].leavers, .user = cases[i].user };
                World *w;
                HrRow row;

                assert_int_equal(world_setup(&inner), 0);
                w = inner;
                open_with(w, &options, 5);
                row = *hr_row(w, "P0001");
                if (cases[i].absent)
                        hr_remove(w, "P0001");
                else
                        hr_leave(w, "P0001");
                world_run(w, 20 * MINUTE);
                if (lockt_opens(w, "P0001"))
                        fail_msg("%s: not revoked", cases[i].title);
                world_assert_quiet(w, cases[i].title);
                if (cases[i].absent)
                        *hr_hire(w, "P0001") = row;
                else
                        hr_change(w, "P0001", status, "in");
                world_settle(w);
                if (!lockt_opens(w, "P0001"))
                        fail_msg("%s: not back", cases[i].title);
                world_assert_converged(w, cases[i].title);
                world_assert_quiet(w, cases[i].title);
                world_teardown(&inner);
        }
        (void) data;
}

static void test_leaver_who_vanished_is_no_worry(void **data) {
        World *w = *data;

        open_with(w, NULL, 5);
        lockt_delete(w, "P0001");
        hr_leave(w, "P0001");
        world_settle(w);
        must(sync_resync(w->sync, w->now, false, error));
        world_settle(w);
        assert_false(world_parked(w, "P0001", NULL));
        world_assert_quiet(w, "after a leaver who vanished");
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                world_test(test_first_sync_then_quiet),
                world_test(test_notified_leaver_goes_at_once),
                world_test(test_keyed_read_without_row_only_starts_a_complete_one),
                world_test(test_absent_once_is_not_enough),
                world_test(test_absence_that_was_interrupted_counts_anew),
                world_test(test_absence_is_measured_by_the_steady_clock),
                world_test(test_absence_survives_a_restart_and_does_not_count_the_pause),
                world_test(test_bad_keys_prove_no_absence),
                world_test(test_doubled_rows),
                world_test(test_failed_reads_take_from_nobody),
                world_test(test_explicit_leaver_in_a_cut_read_waits_for_a_whole_one),
                world_test(test_unclear_status_parks_and_keeps_access),
                world_test(test_leaver_with_broken_values_in_hr),
                world_test(test_leaver_with_a_broken_value_in_lockt),
                world_test(test_refused_leaver_is_tried_for_ever),
                world_test(test_end_of_access_acts_at_its_instant),
                world_test(test_end_of_access_during_a_pause),
                world_test(test_leaver_who_was_never_here),
                world_test(test_starter_is_sent_ahead),
                world_test(test_rehire),
                world_test(test_rehire_under_other_policies),
                world_test(test_leaver_who_vanished_is_no_worry),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
