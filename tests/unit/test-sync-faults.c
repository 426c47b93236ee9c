/* Answers that are lost, late, refused or wrong (invariants 1, 2, 8, 9 and 11 of the product). */

#include "world.h"

static void open_with(World *w, const WorldOptions *options, unsigned n) {
        world_open(w, options);
        hr_hire_many(w, 'P', 0, n);
        world_settle(w);
        world_assert_converged(w, "at first");
        world_forget_log(w);
}

/* Until a write is under way that nobody has answered. */
static void until_write(World *w, const char *key) {
        for (unsigned i = 0; i < 300 && !w->writing; i++) {
                world_pump(w, NULL);
                if (w->writing)
                        break;
                if (!world_answer_lockt_read(w) && !world_read_hr(w, SYNC_KEYS) && !world_read_hr(w, SYNC_PEOPLE)) {
                        w->now.real_usec += SECOND;
                        w->now.steady_usec += SECOND;
                }
        }
        assert_true(w->writing);
        if (key)
                assert_string_equal(user_text(&w->write.users[0], PROPERTY_ID_NUM), key);
}

static void fail_writes(World *w, Fault fault, unsigned n) {
        w->write_fault = fault;
        w->write_faults = n;
}

/* ---- Invariant 1: never resurrect ---- */

typedef struct LateCase {
        const char *title;
        int64_t late_usec;
} LateCase;

static const LateCase lates[] = {
        { "before the first look again", 30 * SECOND },
        { "before the second", 3 * MINUTE },
        { "before the third", 10 * MINUTE },
};

/* A rehire's write whose answer is lost arrives when his next revocation has been acknowledged and seen. */
static void test_late_rehire_is_revoked_again(void **data) {
        World *w = *data;

        open_with(w, NULL, 5);
        for (size_t i = 0; i < ELEMENTS(lates); i++) {
                hr_leave(w, "P0001");
                world_settle(w);
                world_run(w, 20 * MINUTE);
                hr_change(w, "P0001", status, "in");
                w->late_usec = lates[i].late_usec;
                fail_writes(w, FAULT_LATE, 1);
                world_notify(w, "P0001");
                until_write(w, "P0001");
                hr_leave(w, "P0001");
                world_answer_write(w);
                world_notify(w, "P0001");
                world_run(w, lates[i].late_usec - 10 * SECOND);
                assert_false(lockt_opens(w, "P0001"));
                assert_int_equal(w->n_late, 1);
                world_deliver_late(w, true);
                assert_true(lockt_opens(w, "P0001"));
                world_run(w, 12 * MINUTE);
                if (lockt_opens(w, "P0001"))
                        fail_msg("%s: access was resurrected", lates[i].title);
                world_run(w, 20 * MINUTE);
                world_assert_converged(w, lates[i].title);
        }
        world_assert_quiet(w, "after late writes");
}

/* A change of a telephone number carries the whole record: it gives to somebody revoked meanwhile. */
static void test_late_change_is_revoked_again(void **data) {
        World *w = *data;

        open_with(w, NULL, 5);
        hr_change(w, "P0001", phone, "4930777");
        w->late_usec = 40 * SECOND;
        fail_writes(w, FAULT_LATE, 1);
        world_notify(w, "P0001");
        until_write(w, "P0001");
        hr_leave(w, "P0001");
        world_answer_write(w);
        world_notify(w, "P0001");
        world_run(w, 20 * SECOND);
        assert_false(lockt_opens(w, "P0001"));
        world_deliver_late(w, true);
        assert_true(lockt_opens(w, "P0001"));
        world_run(w, 2 * MINUTE);
        assert_false(lockt_opens(w, "P0001"));
}

/* So does the part of a move that takes. */
static void test_late_take_of_a_mover_is_revoked_again(void **data) {
        World *w = *data;

        open_with(w, NULL, 5);
        hr_change(w, "P0001", dept, "sec");
        world_settle(w);
        hr_change(w, "P0001", dept, "lab");
        w->late_usec = 40 * SECOND;
        fail_writes(w, FAULT_LATE, 1);
        world_notify(w, "P0001");
        until_write(w, "P0001");
        hr_leave(w, "P0001");
        world_answer_write(w);
        world_notify(w, "P0001");
        world_run(w, 20 * SECOND);
        assert_false(lockt_opens(w, "P0001"));
        world_deliver_late(w, true);
        assert_true(lockt_opens(w, "P0001"));
        world_run(w, 2 * MINUTE);
        assert_false(lockt_opens(w, "P0001"));
}

/* A creation whose answer is lost, for somebody who leaves before it is known: nobody is linked yet. */
static void test_lost_creation_of_somebody_who_left(void **data) {
        static const struct {
                const char *title;
                Fault fault;
                bool removed;
        } cases[] = {
                { "lost, left", FAULT_LOST_AFTER, false },
                { "late, left", FAULT_LATE, false },
                { "lost, no row any more", FAULT_LOST_AFTER, true },
                { "late, no row any more", FAULT_LATE, true },
                { "counts that do not add up, left", FAULT_COUNTS, false },
                { "never arrived, left", FAULT_LOST_BEFORE, false },
        };
        World *w = *data;
        char id[8];

        open_with(w, NULL, 5);
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                (void) snprintf(id, sizeof(id), "Q%04zu", i);
                hr_hire(w, id);
                w->late_usec = 30 * SECOND;
                fail_writes(w, cases[i].fault, 1);
                world_notify(w, id);
                until_write(w, id);
                if (cases[i].removed)
                        hr_remove(w, id);
                else
                        hr_leave(w, id);
                w->read_fault = FAULT_DOWN;
                world_answer_write(w);
                world_notify(w, id);
                world_run(w, 5 * SECOND);
                w->read_fault = FAULT_NONE;
                world_run(w, 30 * MINUTE);
                if (lockt_opens(w, id))
                        fail_msg("%s: has access", cases[i].title);
                assert_false(world_parked(w, id, NULL));
        }
        world_assert_quiet(w, "after creations of leavers");
}

static void test_answer_after_the_values_changed(void **data) {
        static const struct {
                const char *title;
                Fault fault;
        } cases[] = {
                { "acknowledged", FAULT_NONE }, { "lost before", FAULT_LOST_BEFORE }, { "lost after", FAULT_LOST_AFTER },
                { "unavailable", FAULT_503 },   { "refused", FAULT_REFUSED },
        };
        World *w = *data;

        open_with(w, NULL, 5);
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                /* A rehire is under way; HR takes it back before the answer. */
                hr_leave(w, "P0001");
                world_run(w, 2 * MINUTE);
                hr_change(w, "P0001", status, "in");
                fail_writes(w, cases[i].fault, 1);
                world_notify(w, "P0001");
                until_write(w, "P0001");
                hr_leave(w, "P0001");
                world_notify(w, "P0001");
                world_pump(w, NULL);
                assert_true(world_read_hr(w, SYNC_KEYS));
                world_pump(w, NULL);
                world_answer_write(w);
                world_settle(w);
                if (lockt_opens(w, "P0001"))
                        fail_msg("%s: has access", cases[i].title);
                world_run(w, 30 * MINUTE);

                /* A telephone number changes and changes back. */
                hr_change(w, "P0002", phone, "1");
                fail_writes(w, cases[i].fault, 1);
                world_notify(w, "P0002");
                until_write(w, "P0002");
                hr_change(w, "P0002", phone, "");
                world_notify(w, "P0002");
                world_pump(w, NULL);
                assert_true(world_read_hr(w, SYNC_KEYS));
                world_pump(w, NULL);
                world_answer_write(w);
                world_run(w, 2 * MINUTE);
                world_assert_converged(w, cases[i].title);

                /* A level comes and goes: it is not mistaken for one that was given by hand. */
                hr_change(w, "P0003", dept, "sec");
                fail_writes(w, cases[i].fault, 1);
                world_notify(w, "P0003");
                until_write(w, "P0003");
                hr_change(w, "P0003", dept, "");
                world_notify(w, "P0003");
                world_pump(w, NULL);
                assert_true(world_read_hr(w, SYNC_KEYS));
                world_pump(w, NULL);
                world_answer_write(w);
                world_run(w, 2 * MINUTE);
                world_assert_converged(w, cases[i].title);
        }
        world_run(w, 20 * MINUTE);
        world_assert_quiet(w, "after changes of mind");
}

/* Only what differs is sent (ruling 30): what is not known to be so already must be named. */
static void test_leaver_by_put_after_an_unknown_outcome(void **data) {
        static const WorldOptions options = { .put = true };
        World *w = *data;

        open_with(w, &options, 5);
        hr_leave(w, "P0001");
        world_run(w, 2 * MINUTE);
        lockt_user(w, "P0001")->user.access_expires = INSTANT_NONE;
        assert_int_equal(user_add_level(&lockt_user(w, "P0001")->user, POOL), 0);
        hr_change(w, "P0001", status, "in");
        fail_writes(w, FAULT_LOST_AFTER, 1);
        world_notify(w, "P0001");
        until_write(w, "P0001");
        world_answer_write(w);
        assert_true(lockt_opens(w, "P0001"));
        hr_leave(w, "P0001");
        world_notify(w, "P0001");
        w->read_fault = FAULT_DOWN;
        world_run(w, 8 * SECOND);
        w->read_fault = FAULT_NONE;
        world_run(w, 20 * MINUTE);
        assert_false(lockt_opens(w, "P0001"));
        world_assert_quiet(w, "by PUT");
}

static void test_unknown_outcome_is_read_back_when_hr_changes_its_mind(void **data) {
        World *w = *data;

        open_with(w, NULL, 5);
        hr_leave(w, "P0001");
        world_run(w, 2 * MINUTE);
        hr_change(w, "P0001", status, "in");
        fail_writes(w, FAULT_LOST_AFTER, 1);
        world_notify(w, "P0001");
        until_write(w, "P0001");
        world_answer_write(w);
        hr_leave(w, "P0001");
        assert_true(lockt_opens(w, "P0001"));
        world_notify(w, "P0001");
        world_run(w, 10 * SECOND);
        assert_false(lockt_opens(w, "P0001"));
        world_run(w, 30 * MINUTE);

        hr_change(w, "P0002", phone, "1");
        fail_writes(w, FAULT_LOST_AFTER, 1);
        world_notify(w, "P0002");
        until_write(w, "P0002");
        world_answer_write(w);
        hr_change(w, "P0002", phone, "");
        world_notify(w, "P0002");
        world_run(w, MINUTE);
        world_assert_converged(w, "changed its mind");
}

/* ---- Invariant 9: stops at any instant ---- */

static void test_restart_with_a_write_in_flight(void **data) {
        static const struct {
                const char *title;
                Fault fate;             /* FAULT_NONE: it was carried out */
                const char *change;
        } cases[] = {
                { "a revocation that was carried out", FAULT_NONE, "leave" },
                { "a revocation that was not", FAULT_LOST_BEFORE, "leave" },
                { "a change that was carried out", FAULT_NONE, "phone" },
                { "a change that was not", FAULT_LOST_BEFORE, "phone" },
                { "a level that was given", FAULT_NONE, "level" },
                { "a level that was not", FAULT_LOST_BEFORE, "level" },
                { "a creation that was carried out", FAULT_NONE, "hire" },
                { "a creation that was not", FAULT_LOST_BEFORE, "hire" },
                { "a creation that comes late", FAULT_LATE, "hire" },
        };
        World *w = *data;

        open_with(w, NULL, 30);
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                for (unsigned reverted = 0; reverted < 2; reverted++) {
                        char id[8];
                        HrRow before;

                        (void) snprintf(id, sizeof(id), "%c%04zu", strcmp(cases[i].change, "hire") == 0 ? 'R' : 'P',
                                        2 * i + reverted);
                        if (strcmp(cases[i].change, "hire") == 0)
                                hr_hire(w, id);
                        before = *hr_row(w, id);
                        if (strcmp(cases[i].change, "leave") == 0)
                                hr_leave(w, id);
                        else if (strcmp(cases[i].change, "phone") == 0)
                                hr_change(w, id, phone, "5");
                        else if (strcmp(cases[i].change, "level") == 0)
                                hr_change(w, id, dept, "sec");
                        world_notify(w, id);
                        until_write(w, id);
                        w->late_usec = 2 * MINUTE;
                        world_restart(w, cases[i].fate);
                        if (reverted) {
                                *hr_row(w, id) = before;
                                if (strcmp(cases[i].change, "hire") == 0)
                                        hr_leave(w, id);
                        }
                        world_run(w, 20 * MINUTE);
                        world_assert_converged(w, cases[i].title);
                        assert_false(world_parked(w, id, NULL));
                }
        }
        world_assert_quiet(w, "after restarts");
        for (size_t i = 0; i < w->n_users; i++)
                for (size_t k = 0; k < i; k++)
                        assert_string_not_equal(user_text(&w->users[i].user, PROPERTY_ID_NUM),
                                                user_text(&w->users[k].user, PROPERTY_ID_NUM));
}

static void test_state_that_fails_while_an_answer_is_recorded(void **data) {
        static const char *const changes[] = { "leave", "phone", "hire" };
        World *w = *data;

        open_with(w, NULL, 10);
        for (size_t i = 0; i < ELEMENTS(changes); i++) {
                char id[8];

                (void) snprintf(id, sizeof(id), "P%04zu", i);
                if (i == 2) {
                        hr_set(id, sizeof(id), "R0001");
                        hr_hire(w, id);
                } else if (i == 0)
                        hr_leave(w, id);
                else
                        hr_change(w, id, phone, "99");
                world_notify(w, id);
                until_write(w, id);
                w->fail_commits = 3;
                world_answer_write(w);
                assert_int_equal(w->fail_commits, 2);
                world_run(w, 20 * SECOND);
                w->fail_commits = 0;
                world_run(w, 20 * MINUTE);
                world_assert_converged(w, changes[i]);
        }
        world_assert_quiet(w, "after a full disk");
}

static void test_state_that_fails_anywhere(void **data) {
        World *w = *data;

        open_with(w, NULL, 10);
        w->faulted = 1;
        for (unsigned i = 0; i < 60; i++) {
                char id[8];

                (void) snprintf(id, sizeof(id), "P%04u", i % 10);
                hr_change(w, id, status, i / 10 % 2 ? "in" : "out");
                hr_change(w, id, phone, i % 3 ? "1" : "2");
                world_run(w, (int64_t) (i * 7) % 90 * SECOND + 2000 * (int64_t) i);
                w->fail_commits = i % 4;
        }
        w->fail_commits = 0;
        world_run(w, 30 * MINUTE);
        world_assert_converged(w, "after a disk that was full now and then");
        world_assert_quiet(w, "after a disk that was full now and then");
}

/* ---- Invariants 2, 7, 8: the service as a whole, and single records ---- */

static void test_unauthorized_pauses_and_parks_nobody(void **data) {
        World *w = *data;
        SyncStatus status;

        open_with(w, NULL, 5);
        w->write_fault = w->read_fault = FAULT_401;
        hr_leave(w, "P0001");
        hr_hire(w, "Q0001");
        world_run(w, HOUR);
        world_status(w, &status);
        assert_true(status.unauthorized);
        assert_int_equal(status.parked, 0);
        assert_int_equal(w->news[NEWS_LOCKT_UNAUTHORIZED], 1);
        w->write_fault = w->read_fault = FAULT_NONE;
        sync_credentials_renewed(w->sync, w->now);
        world_run(w, 5 * SECOND);
        assert_false(lockt_opens(w, "P0001"));
        assert_true(lockt_opens(w, "Q0001"));
        assert_int_equal(w->news[NEWS_LOCKT_AUTHORIZED], 1);
}

static void test_revocation_is_the_probe(void **data) {
        World *w = *data;

        open_with(w, NULL, 5);
        w->write_fault = w->read_fault = FAULT_503;
        hr_hire(w, "Q0001");
        world_run(w, 2 * HOUR);
        hr_leave(w, "P0001");
        world_notify(w, "P0001");
        world_forget_log(w);
        world_run(w, MINUTE);
        /* Every retry.first. */
        assert_in_range(w->n_log, 9, 13);
        w->write_fault = FAULT_NONE;
        world_run(w, 5 * SECOND + 100000);
        assert_false(lockt_opens(w, "P0001"));
}

static void test_failing_revocation_does_not_stop_the_rest(void **data) {
        World *w = *data;

        open_with(w, NULL, 5);
        hr_set(w->refused_id, sizeof(w->refused_id), "P0001");
        hr_leave(w, "P0001");
        hr_change(w, "P0002", phone, "1");
        hr_hire(w, "Q0001");
        world_settle(w);
        assert_true(lockt_opens(w, "Q0001"));
        assert_string_equal(user_text(&lockt_user(w, "P0002")->user, PROPERTY_PHONE), "1");
}

static void test_three_equal_refusals_pause_and_nobody_is_parked(void **data) {
        World *w = *data;
        SyncStatus status;

        open_with(w, NULL, 8);
        w->write_fault = FAULT_REFUSED;
        for (unsigned i = 0; i < 8; i++) {
                char id[8];

                (void) snprintf(id, sizeof(id), "P%04u", i);
                hr_change(w, id, phone, "1");
        }
        world_run(w, 20 * MINUTE);
        world_status(w, &status);
        assert_int_equal(status.parked, 0);
        assert_true(status.service_fault);
        assert_true(w->n_log < 60);
        w->write_fault = FAULT_NONE;
        world_run(w, 20 * MINUTE);
        world_status(w, &status);
        assert_false(status.service_fault);
        world_assert_converged(w, "the service thought better of it");
        world_assert_quiet(w, "the service thought better of it");
}

/* The memory of who was refused is older than what HR says now: it must not come back. */
static void test_suspects_do_not_bring_back_old_values(void **data) {
        World *w = *data;

        open_with(w, NULL, 8);
        w->write_fault = FAULT_REFUSED;
        hr_change(w, "P0001", phone, "1");
        world_notify(w, "P0001");
        world_run(w, 20 * SECOND);
        assert_true(world_parked(w, "P0001", NULL));
        /* Now he leaves, and the revocation waits. */
        hr_leave(w, "P0001");
        world_notify(w, "P0001");
        world_run(w, 2 * SECOND);
        hr_change(w, "P0002", phone, "1");
        world_notify(w, "P0002");
        world_run(w, 20 * SECOND);
        hr_change(w, "P0003", phone, "1");
        world_notify(w, "P0003");
        world_run(w, 20 * SECOND);
        w->write_fault = FAULT_NONE;
        world_run(w, 20 * MINUTE);
        assert_false(lockt_opens(w, "P0001"));
        world_assert_converged(w, "nothing old came back");
}

static void test_bad_record_is_isolated(void **data) {
        static const bool whole[] = { true, false };
        World *w = *data;
        ParkKind kind;

        open_with(w, NULL, 300);
        for (size_t i = 0; i < ELEMENTS(whole); i++) {
                for (unsigned k = 0; k < 300; k++)
                        hr_set(w->rows[k].phone, sizeof(w->rows[k].phone), i ? "7" : "8");
                w->refused_whole = whole[i];
                hr_set(w->refused_id, sizeof(w->refused_id), "P0042");
                world_forget_log(w);
                world_settle(w);
                assert_true(world_parked(w, "P0042", &kind));
                assert_int_equal(kind, PARK_REFUSED);
                assert_string_equal(user_text(&lockt_user(w, "P0041")->user, PROPERTY_PHONE), i ? "7" : "8");
                assert_string_equal(user_text(&lockt_user(w, "P0299")->user, PROPERTY_PHONE), i ? "7" : "8");
                /* Three full ones; halving costs twice the logarithm. */
                assert_in_range(w->n_log, 3, whole[i] ? 3 + 16 : 3);
                world_assert_quiet(w, "with one parked");
                w->refused_id[0] = '\0';
                hr_change(w, "P0042", last, i ? "Mended" : "Repaired");
                world_settle(w);
                assert_false(world_parked(w, "P0042", NULL));
                world_assert_converged(w, "mended");
        }
}

static void test_refusal_of_old_values_does_not_touch_the_new(void **data) {
        World *w = *data;

        open_with(w, NULL, 5);
        hr_change(w, "P0001", phone, "1");
        hr_set(w->refused_id, sizeof(w->refused_id), "P0001");
        world_notify(w, "P0001");
        until_write(w, "P0001");
        hr_leave(w, "P0001");
        world_notify(w, "P0001");
        world_pump(w, NULL);
        assert_true(world_read_hr(w, SYNC_KEYS));
        world_pump(w, NULL);
        world_answer_write(w);
        w->refused_id[0] = '\0';
        world_run(w, 20 * SECOND);
        assert_false(lockt_opens(w, "P0001"));
}

static void test_batch_limit_shrinks_and_persists(void **data) {
        World *w = *data;
        SyncStatus status;

        open_with(w, NULL, 5);
        w->limit = 25;
        hr_hire_many(w, 'Q', 0, 100);
        world_settle(w);
        world_status(w, &status);
        assert_int_equal(status.batch_limit, 25);
        assert_int_equal(w->n_log, 1 + 4);
        world_assert_converged(w, "25 at a time");
        world_restart(w, FAULT_LOST_BEFORE);
        world_settle(w);
        world_forget_log(w);
        hr_hire_many(w, 'R', 0, 100);
        world_settle(w);
        assert_int_equal(w->n_log, 4);
}

static void test_counts_that_do_not_add_up(void **data) {
        World *w = *data;

        open_with(w, NULL, 5);
        fail_writes(w, FAULT_COUNTS, 1);
        hr_hire_many(w, 'Q', 0, 10);
        world_run(w, 5 * MINUTE);
        assert_int_equal(w->n_users, 15);
        assert_int_equal(w->n_log, 1);
        world_assert_converged(w, "counted wrong");
        world_assert_quiet(w, "counted wrong");
}

static void test_lost_creation_exists_once(void **data) {
        static const Fault faults[] = { FAULT_LOST_AFTER, FAULT_LOST_BEFORE, FAULT_LATE };
        World *w = *data;

        open_with(w, NULL, 5);
        for (size_t i = 0; i < ELEMENTS(faults); i++) {
                w->late_usec = 20 * SECOND;
                fail_writes(w, faults[i], 3);
                hr_hire_many(w, 'Q', (unsigned) i * 10, 3);
                world_run(w, 10 * MINUTE);
                assert_int_equal(w->n_users, 5 + 3 * (i + 1));
                world_assert_converged(w, "created once");
        }
        world_assert_quiet(w, "created once");
}

static void test_creation_that_is_ignored(void **data) {
        World *w = *data;
        ParkKind kind;

        open_with(w, NULL, 5);
        /* Nobody has listed this one. */
        lockt_stranger(w, "", "Stranger", "Q0001@example.org", "");
        hr_hire_many(w, 'Q', 0, 3);
        world_run(w, 5 * MINUTE);
        assert_true(lockt_opens(w, "Q0000") && lockt_opens(w, "Q0002"));
        assert_true(world_parked(w, "Q0001", &kind));
        assert_null(lockt_user(w, "Q0001"));
        assert_in_range(w->n_log, 1, 3);
        world_assert_quiet(w, "with one ignored");
}

/* Somebody has made a user of that number by hand: it is not the one whose creation was ignored, whatever becomes of that. */
static void test_stranger_is_not_taken_for_an_ignored_creation(void **data) {
        World *w = *data;
        LocktUser *stranger;

        open_with(w, NULL, 5);
        stranger = lockt_stranger(w, "Q0001", "Stranger", "somebody@example.org", "");
        hr_hire_many(w, 'Q', 1, 1);
        world_notify(w, "Q0001");
        world_run(w, 5 * SECOND);
        must(sync_resync(w->sync, w->now, false, error));
        world_run(w, 20 * MINUTE);
        assert_false(world_linked(w, "Q0001"));
        assert_true(world_parked(w, "Q0001", NULL));
        stranger = lockt_user(w, "Q0001");
        assert_string_equal(user_text(&stranger->user, PROPERTY_LAST_NAME), "Stranger");

        /* Nor when the person has left before. */
        hr_leave(w, "Q0001");
        world_run(w, 20 * MINUTE);
        assert_true(lockt_opens(w, "Q0001"));
        world_assert_quiet(w, "with a stranger of that number");
}

static void test_service_that_answers_400_to_lists(void **data) {
        World *w = *data;

        open_with(w, NULL, 5);
        w->read_fault = FAULT_REFUSED;
        must(sync_resync(w->sync, w->now, false, error));
        w->answers = 0;
        world_run(w, HOUR);
        assert_true(w->answers < 60);
        hr_leave(w, "P0001");
        world_run(w, 2 * MINUTE);
        assert_false(lockt_opens(w, "P0001"));
}

static void test_clock_that_is_stepped_back(void **data) {
        World *w = *data;

        open_with(w, NULL, 30);
        hr_leave(w, "P0001");
        hr_change(w, "P0002", dept, "sec");
        world_run(w, 61 * SECOND);
        world_step_clock(w, -HOUR);
        hr_leave(w, "P0003");
        hr_change(w, "P0004", dept, "lab");
        hr_change(w, "P0002", dept, "lab");
        hr_hire(w, "Q0001");
        world_run(w, 3 * MINUTE);
        world_assert_converged(w, "an hour back");
        world_assert_quiet(w, "an hour back");

        /* And while nothing runs. */
        hr_leave(w, "P0005");
        world_run(w, 61 * SECOND);
        world_step_clock(w, -2 * HOUR);
        world_restart(w, FAULT_LOST_BEFORE);
        hr_change(w, "P0006", dept, "lab");
        hr_change(w, "P0004", dept, "sec");
        world_run(w, 3 * MINUTE);
        world_assert_converged(w, "two hours back");
        world_assert_quiet(w, "two hours back");
}

static void test_too_large_for_no_reason(void **data) {
        World *w = *data;

        open_with(w, NULL, 5);
        hr_hire_many(w, 'Q', 0, 4);
        w->limit = 1;
        world_settle(w);
        world_assert_converged(w, "one at a time");
        assert_in_range(w->n_log, 4, 6);
}

/* One revocation gets no answer, ever: the others go on. */
static void test_revocation_that_never_gets_an_answer(void **data) {
        World *w = *data;

        open_with(w, NULL, 8);
        hr_set(w->lost_id, sizeof(w->lost_id), "P0001");
        hr_leave(w, "P0001");
        hr_leave(w, "P0002");
        hr_leave(w, "P0003");
        hr_hire(w, "Q0001");
        world_run(w, 20 * MINUTE);
        assert_false(lockt_opens(w, "P0002"));
        assert_false(lockt_opens(w, "P0003"));
        assert_true(lockt_opens(w, "Q0001"));
        assert_true(lockt_opens(w, "P0001"));
        w->lost_id[0] = '\0';
        world_run(w, 2 * MINUTE);
        assert_false(lockt_opens(w, "P0001"));
}

/* The service refuses him for his e-mail, and does not say so. */
static void test_leaver_refused_without_a_word(void **data) {
        World *w = *data;

        open_with(w, NULL, 5);
        lockt_set(lockt_user(w, "P0001"), PROPERTY_EMAIL, "no mail");
        w->refuse_bad_mail = w->refuse_silently = true;
        must(sync_resync(w->sync, w->now, false, error));
        hr_leave(w, "P0001");
        world_run(w, 2 * MINUTE);
        assert_false(lockt_opens(w, "P0001"));
}

/* The verification after 1, 5 and 15 minutes is not hurried by a clock that is set forward. */
static void test_clock_that_is_set_forward_hurries_no_look(void **data) {
        World *w = *data;

        open_with(w, NULL, 5);
        hr_change(w, "P0001", phone, "4930777");
        w->late_usec = 4 * HOUR;
        fail_writes(w, FAULT_LATE, 1);
        world_notify(w, "P0001");
        until_write(w, "P0001");
        hr_leave(w, "P0001");
        world_answer_write(w);
        world_notify(w, "P0001");
        world_run(w, 20 * SECOND);
        assert_false(lockt_opens(w, "P0001"));
        world_step_clock(w, 2 * HOUR);
        world_run(w, 3 * MINUTE);
        world_deliver_late(w, true);
        assert_true(lockt_opens(w, "P0001"));
        world_run(w, 15 * MINUTE);
        assert_false(lockt_opens(w, "P0001"));
}

static void test_read_that_hides_levels(void **data) {
        World *w = *data;

        open_with(w, NULL, 5);
        w->levels_hidden = true;
        must(sync_resync(w->sync, w->now, false, error));
        world_settle(w);
        world_forget_log(w);
        hr_leave(w, "P0001");
        hr_change(w, "P0002", phone, "1");
        hr_hire(w, "Q0001");
        world_run(w, 10 * MINUTE);
        assert_false(lockt_opens(w, "P0001"));
        assert_true(lockt_has_level(w, "P0002", CARDHOLDER));
        assert_true(w->gets < 60);
        w->levels_hidden = false;
        must(sync_resync(w->sync, w->now, false, error));
        world_run(w, 3 * MINUTE);
        world_assert_converged(w, "levels are told again");
        world_assert_quiet(w, "levels are told again");
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                world_test(test_late_rehire_is_revoked_again),
                world_test(test_late_change_is_revoked_again),
                world_test(test_late_take_of_a_mover_is_revoked_again),
                world_test(test_lost_creation_of_somebody_who_left),
                world_test(test_answer_after_the_values_changed),
                world_test(test_leaver_by_put_after_an_unknown_outcome),
                world_test(test_unknown_outcome_is_read_back_when_hr_changes_its_mind),
                world_test(test_restart_with_a_write_in_flight),
                world_test(test_state_that_fails_while_an_answer_is_recorded),
                world_test(test_state_that_fails_anywhere),
                world_test(test_unauthorized_pauses_and_parks_nobody),
                world_test(test_revocation_is_the_probe),
                world_test(test_failing_revocation_does_not_stop_the_rest),
                world_test(test_three_equal_refusals_pause_and_nobody_is_parked),
                world_test(test_suspects_do_not_bring_back_old_values),
                world_test(test_bad_record_is_isolated),
                world_test(test_refusal_of_old_values_does_not_touch_the_new),
                world_test(test_batch_limit_shrinks_and_persists),
                world_test(test_counts_that_do_not_add_up),
                world_test(test_lost_creation_exists_once),
                world_test(test_creation_that_is_ignored),
                world_test(test_stranger_is_not_taken_for_an_ignored_creation),
                world_test(test_service_that_answers_400_to_lists),
                world_test(test_clock_that_is_stepped_back),
                world_test(test_too_large_for_no_reason),
                world_test(test_revocation_that_never_gets_an_answer),
                world_test(test_leaver_refused_without_a_word),
                world_test(test_clock_that_is_set_forward_hurries_no_look),
                world_test(test_read_that_hides_levels),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
