/*
 * The next write is gathered while one is on the wire, and leaves before that one is recorded. It must not overtake
 * anything that came meanwhile, nor be sent after an answer that leaves a question open.
 */

#include "world-private.h"

static size_t count_flights(World *w) {
        _cleanup_(freep) char *after = NULL;

        for (size_t n = 0;; n++) {
                Flight flight = FLIGHT_INIT;
                int r = flight_next(w->state, after, &flight, NULL);

                assert_true(r >= 0);
                if (r == STATE_NONE)
                        return n;
                free(after);
                after = steal(flight.key);
                flight_deinit(&flight);
        }
}

/* Three hundred changes; the first hundred are on the wire, and the second is gathered. */
static void open_writing(World *w) {
        world_open(w, NULL);
        hr_hire_many(w, 'P', 0, 300);
        world_settle(w);
        for (size_t i = 0; i < w->n_rows; i++)
                hr_set(w->rows[i].dept, sizeof(w->rows[i].dept), "sec");
        world_forget_log(w);
        world_notify(w, "");
        for (unsigned i = 0; i < 100 && !w->writing; i++) {
                world_pump(w, NULL);
                if (!w->writing && !world_read_hr(w, SYNC_PEOPLE))
                        (void) world_answer_lockt_read(w);
        }
        assert_true(w->writing);
        assert_int_equal(w->write.n, 100);
        world_pump(w, NULL);
        assert_int_equal(count_flights(w), 100);
}

static void ask(World *w, SyncAction *ret) {
        must(sync_next(w->sync, w->now, ret, error));
        if (ret->kind == SYNC_WRITE)
                lockt_start_write(w, ret);
}

/* The answer, and what the engine does first of all. */
static void answer_and_ask(World *w, SyncAction *ret) {
        assert_true(world_answer_write(w));
        ask(w, ret);
}

static void read_key(World *w, const char *key) {
        world_notify(w, key);
        world_pump(w, NULL);
        assert_true(world_read_hr(w, SYNC_KEYS));
        world_pump(w, NULL);
}

static bool is_in_write(const World *w, const char *key) {
        for (size_t i = 0; w->writing && i < w->write.n; i++)
                if (strcmp(user_text(&w->write.users[i], PROPERTY_ID_NUM), key) == 0)
                        return true;
        return false;
}

static void test_next_write_leaves_before_the_last_is_recorded(void **data) {
        World *w = *data;
        SyncAction action;

        open_writing(w);
        answer_and_ask(w, &action);
        assert_int_equal(action.kind, SYNC_WRITE);
        assert_int_equal(action.n_users, 100);
        assert_int_equal(count_flights(w), 200);
        assert_int_equal(w->news[NEWS_CHANGED], 0);
        world_pump(w, NULL);
        assert_int_equal(count_flights(w), 100);
        assert_int_equal(w->news[NEWS_CHANGED], 100);
        world_run(w, 20 * SECOND);
        assert_int_equal(w->n_log, 3);
        world_assert_converged(w, "300 changes");
        world_assert_quiet(w, "300 changes");
}

/* An answer that is there before the one before it was recorded. */
static void test_answers_are_faster_than_the_recording(void **data) {
        World *w = *data;
        SyncAction action;

        open_writing(w);
        answer_and_ask(w, &action);
        answer_and_ask(w, &action);
        assert_int_equal(w->news[NEWS_CHANGED], 200);
        world_run(w, 20 * SECOND);
        assert_int_equal(w->n_log, 3);
        assert_int_equal(w->news[NEWS_CHANGED], 300);
        world_assert_converged(w, "300 changes");
}

static void test_crash_with_two_writes_marked(void **data) {
        static const Fault fates[] = { FAULT_NONE, FAULT_LOST_BEFORE };
        World *w = *data;

        for (size_t i = 0; i < ELEMENTS(fates); i++) {
                SyncAction action;
                void *fresh;

                assert_int_equal(world_setup(&fresh), 0);
                w = fresh;
                open_writing(w);
                answer_and_ask(w, &action);
                assert_int_equal(count_flights(w), 200);
                for (size_t k = 0; k < w->n_rows; k++)
                        if (k % 3 == 0)
                                hr_set(w->rows[k].status, sizeof(w->rows[k].status), "out");
                world_restart(w, fates[i]);
                assert_int_equal(count_flights(w), 0);
                world_run(w, 30 * MINUTE);
                world_assert_converged(w, "after the crash");
                world_teardown(&fresh);
        }
}

static void test_answer_that_is_not_recorded_is_unknown(void **data) {
        World *w = *data;
        SyncAction action;

        open_writing(w);
        answer_and_ask(w, &action);
        w->faulted = w->fail_commits = 1;
        world_pump(w, NULL);
        assert_int_equal(w->faulted, 2);
        assert_int_equal(count_flights(w), 200);
        world_run(w, 20 * MINUTE);
        assert_int_equal(count_flights(w), 0);
        world_assert_converged(w, "the state works again");
        world_assert_quiet(w, "the state works again");
}

static void test_write_that_can_not_be_marked_does_not_leave(void **data) {
        World *w = *data;
        SyncAction action = { .kind = SYNC_WAIT };
        Error error = ERROR_INIT;

        open_writing(w);
        assert_true(world_answer_write(w));
        w->faulted = 1;
        w->fail_commits = 1;
        assert_true(sync_next(w->sync, w->now, &action, &error) < 0);
        error_clear(&error);
        assert_false(w->writing);
        world_run(w, 5 * MINUTE);
        assert_int_equal(w->news[NEWS_CHANGED], 300);
        world_assert_converged(w, "marked at last");
}

static void test_revocation_goes_before_what_was_gathered(void **data) {
        World *w = *data;
        SyncAction action;

        open_writing(w);
        hr_leave(w, "P0250");
        read_key(w, "P0250");
        answer_and_ask(w, &action);
        world_pump(w, NULL);
        assert_true(w->writing);
        assert_int_equal(w->write.n, 1);
        assert_true(is_in_write(w, "P0250") && w->write.takes);
        world_settle(w);
        world_assert_converged(w, "a leaver among changes");
}

/* P0150 is gathered: what HR says of him meanwhile is what is sent. */
static void test_newer_word_replaces_what_was_gathered(void **data) {
        World *w = *data;

        open_writing(w);
        hr_change(w, "P0150", dept, "");
        read_key(w, "P0150");
        assert_true(world_answer_write(w));
        for (unsigned i = 0; i < 20 && (w->writing || i == 0); i++) {
                world_pump(w, NULL);
                for (size_t k = 0; w->writing && k < w->write.n; k++)
                        if (strcmp(user_text(&w->write.users[k], PROPERTY_ID_NUM), "P0150") == 0)
                                assert_false(user_has_level(&w->write.users[k], SECURITY));
                (void) world_answer_write(w);
        }
        world_settle(w);
        assert_false(lockt_has_level(w, "P0150", SECURITY));
        world_assert_converged(w, "he changed his mind");
}

/* P0050 was answered and is not recorded yet when HR says that he has left. */
static void test_leaver_whose_gift_is_not_recorded_yet(void **data) {
        World *w = *data;
        SyncAction action;

        open_writing(w);
        hr_leave(w, "P0050");
        world_notify(w, "P0050");
        world_pump(w, NULL);
        assert_true(world_begin_hr(w, SYNC_KEYS));
        answer_and_ask(w, &action);
        assert_int_equal(action.kind, SYNC_WRITE);
        assert_true(world_end_hr(w, SYNC_KEYS));
        world_run(w, 10 * SECOND);
        assert_false(lockt_opens(w, "P0050"));
        world_settle(w);
        world_assert_converged(w, "he has left");
}

static void test_who_may_not_write_sends_nothing_that_was_gathered(void **data) {
        World *w = *data;
        SyncAction action;

        open_writing(w);
        assert_true(world_answer_write(w));
        sync_set_leader(w->sync, false);
        ask(w, &action);
        world_run(w, 20 * SECOND);
        assert_int_equal(w->n_log, 1);
        assert_int_equal(w->news[NEWS_CHANGED], 100);
        sync_set_leader(w->sync, true);
        world_settle(w);
        world_assert_converged(w, "it leads again");
}

static void test_another_configuration_drops_what_was_gathered(void **data) {
        static const WorldOptions put = { .put = true };
        World *w = *data;

        open_writing(w);
        world_reconfigure(w, &put);
        assert_true(world_answer_write(w));
        world_settle(w);
        assert_int_equal(w->log[0].kind, LOCKT_UPDATE);
        for (size_t i = 1; i < w->n_log; i++)
                assert_int_equal(w->log[i].kind, LOCKT_UPDATE_PUT);
        world_assert_converged(w, "by PUT");
}

static void test_old_is_gathered_anew(void **data) {
        World *w = *data;
        SyncAction action;

        open_writing(w);
        world_pass(w, 61 * SECOND);
        answer_and_ask(w, &action);
        assert_int_not_equal(action.kind, SYNC_WRITE);
        world_settle(w);
        world_assert_converged(w, "a slow answer");
}

static void test_after_an_answer_with_a_flaw_nothing_goes_ahead(void **data) {
        static const Fault faults[] = {
                FAULT_LOST_AFTER, FAULT_DOWN, FAULT_503, FAULT_BUSY, FAULT_401, FAULT_REFUSED, FAULT_COUNTS, FAULT_NONE,
        };
        World *w = *data;

        for (size_t i = 0; i < ELEMENTS(faults); i++) {
                SyncAction action;
                void *fresh;

                assert_int_equal(world_setup(&fresh), 0);
                w = fresh;
                open_writing(w);
                w->write_fault = faults[i];
                w->write_faults = 1;
                if (faults[i] == FAULT_NONE)
                        hr_set(w->refused_id, sizeof(w->refused_id), "P0042");
                assert_true(world_answer_write(w));
                assert_int_equal(count_flights(w), 0);
                w->refused_id[0] = '\0';
                ask(w, &action);
                assert_true(count_flights(w) <= 100);
                world_run(w, 20 * MINUTE);
                if (faults[i] == FAULT_NONE)
                        assert_true(world_parked(w, "P0042", NULL));
                else
                        world_assert_converged(w, "after a flaw");
                world_teardown(&fresh);
        }
}

/* Two who are to have one e-mail are no plain records. */
static void test_contested_values_are_never_gathered_ahead(void **data) {
        World *w = *data;

        world_open(w, NULL);
        hr_hire_many(w, 'P', 0, 300);
        world_settle(w);
        for (size_t i = 0; i < w->n_rows; i++) {
                hr_set(w->rows[i].dept, sizeof(w->rows[i].dept), "sec");
                if (i % 100 > 97)
                        (void) snprintf(w->rows[i].email, sizeof(w->rows[i].email), "one@example.org");
        }
        world_run(w, 5 * MINUTE);
        world_assert_converged(w, "one e-mail for six");
        world_assert_quiet(w, "one e-mail for six");
}

static void test_many_leavers_go_one_batch_after_the_other(void **data) {
        World *w = *data;

        world_open(w, NULL);
        hr_hire_many(w, 'P', 0, 300);
        world_settle(w);
        world_forget_log(w);
        for (size_t i = 0; i < w->n_rows; i++)
                hr_set(w->rows[i].status, sizeof(w->rows[i].status), "out");
        world_run(w, 5 * MINUTE);
        assert_int_equal(w->n_log, 3);
        assert_int_equal(w->news[NEWS_REVOKED], 300);
        assert_int_equal(w->news[NEWS_REVOCATION_CONFIRMED], 300);
        world_assert_converged(w, "300 leavers");
        world_assert_quiet(w, "300 leavers");
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                world_test(test_next_write_leaves_before_the_last_is_recorded),
                world_test(test_answers_are_faster_than_the_recording),
                world_test(test_crash_with_two_writes_marked),
                world_test(test_answer_that_is_not_recorded_is_unknown),
                world_test(test_write_that_can_not_be_marked_does_not_leave),
                world_test(test_revocation_goes_before_what_was_gathered),
                world_test(test_newer_word_replaces_what_was_gathered),
                world_test(test_leaver_whose_gift_is_not_recorded_yet),
                world_test(test_who_may_not_write_sends_nothing_that_was_gathered),
                world_test(test_another_configuration_drops_what_was_gathered),
                world_test(test_old_is_gathered_anew),
                world_test(test_after_an_answer_with_a_flaw_nothing_goes_ahead),
                world_test(test_contested_values_are_never_gathered_ahead),
                world_test(test_many_leavers_go_one_batch_after_the_other),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
