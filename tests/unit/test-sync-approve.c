/* What is held is let go by whoever was shown it (invariant 4). */

#include <errno.h>

#include "world-crowd.h"
#include "world-private.h"

/* What answers sync_approve() where nobody may be let go. */
static int try_approve(World *w, const char *digest, char *sentence, size_t size) {
        SyncApproval approval = { .by = "the scenario" };
        Error error = ERROR_INIT;
        int r;

        r = sync_approve(w->sync, w->now, digest, &approval, &error);
        (void) snprintf(sentence, size, "%s", error_message(&error));
        error_clear(&error);
        return r;
}

static const WorldOptions five = { .safety = "  max_revoked: 5\n  window: 24h\n" };

static void drip(World *w, unsigned from, unsigned n) {
        char id[24];

        for (unsigned i = from; i < from + n; i++) {
                hr_leave(w, key_of(id, i));
                world_notify(w, id);
                world_run(w, 10 * SECOND);
        }
}

static void test_a_digest_lasts_an_hour_from_when_it_was_shown(void **data) {
        World *w = *data;
        char sentence[200];
        HoldGroup group;

        crowd_open(w, &five, 40);
        set_status(w, 0, 20, "out");
        world_settle(w);
        assert_true(world_held(w, HOLD_REVOKED, &group));
        world_run(w, HOUR);
        assert_int_equal(try_approve(w, group.digest, sentence, sizeof(sentence)), -ENOENT);
        assert_non_null(strstr(sentence, "`locktsyncctl held`"));
        assert_int_equal(count_held(w), 16);
        /* Looking again is enough. */
        assert_true(world_held(w, HOLD_REVOKED, &group));
        world_run(w, 59 * MINUTE);
        assert_int_equal(world_approve(w, group.digest, NULL), 16);
        world_settle(w);
        assert_int_equal(count_open(w, 0, 40), 20);
}

/* What the group has become meanwhile was shown to nobody, and can't be guessed. */
static void test_a_digest_that_nobody_was_shown_approves_nothing(void **data) {
        World *w = *data;
        char sentence[200], prefix[HOLD_DIGEST_SIZE];
        HoldGroup group = { 0 };

        crowd_open(w, &five, 40);
        set_status(w, 0, 20, "out");
        world_settle(w);
        set_status(w, 20, 3, "out");
        world_settle(w);
        must(hold_next_group(w->state, -1, 0, &group, error));
        assert_int_equal(group.n, 19);
        assert_int_equal(try_approve(w, group.digest, sentence, sizeof(sentence)), -ENOENT);
        assert_int_equal(try_approve(w, "000000000000", sentence, sizeof(sentence)), -ENOENT);
        assert_int_equal(try_approve(w, "", sentence, sizeof(sentence)), -ENOENT);
        assert_int_equal(try_approve(w, "%", sentence, sizeof(sentence)), -ENOENT);
        assert_true(world_held(w, HOLD_REVOKED, &group));
        (void) snprintf(prefix, sizeof(prefix), "%.5s", group.digest);
        assert_int_equal(try_approve(w, prefix, sentence, sizeof(sentence)), -ENOENT);
        (void) snprintf(prefix, sizeof(prefix), "%.6s", group.digest);
        assert_int_equal(world_approve(w, prefix, NULL), 19);
}

static void test_only_some_are_approved(void **data) {
        World *w = *data;
        HoldGroup group;

        crowd_open(w, &five, 40);
        set_status(w, 0, 20, "out");
        world_settle(w);
        assert_true(world_held(w, HOLD_REVOKED, &group));
        assert_int_equal(world_approve(w, group.digest, "P0010"), 1);
        assert_int_equal(world_approve(w, group.digest, "P0030"), 0);
        assert_int_equal(world_approve(w, group.digest, "P0000"), 0);
        world_settle(w);
        assert_false(lockt_opens(w, "P0010"));
        assert_true(lockt_opens(w, "P0011") && lockt_opens(w, "P0030"));
        assert_int_equal(count_held(w), 15);
}

/* What was approved and is not wanted any more is not done; nor is anything else in its place. */
static void test_an_approval_is_of_what_is_still_wanted(void **data) {
        World *w = *data;
        HoldGroup group;

        crowd_open(w, &five, 40);
        set_status(w, 0, 20, "out");
        world_settle(w);
        assert_true(world_held(w, HOLD_REVOKED, &group));
        set_status(w, 10, 5, "in");
        hr_change(w, "P0015", status, "in");
        hr_change(w, "P0015", dept, "lab");
        world_approve(w, group.digest, NULL);
        world_settle(w);
        assert_int_equal(count_open(w, 0, 40), 26);
        assert_int_equal(count_open(w, 10, 6), 6);
        assert_int_equal(count_held(w), 0);
        world_assert_converged(w, "approved");
        /* And it is used up: the same again is held again. */
        set_status(w, 10, 6, "out");
        world_settle(w);
        assert_true(count_held(w) > 0);
}

/* HR commits every second: rows change, others leave. Those who were shown go, and nobody else. */
static void test_approval_while_hr_changes_every_second(void **data) {
        World *w = *data;
        HoldGroup group;
        char id[24];

        crowd_open(w, &five, 120);
        set_status(w, 0, 40, "out");
        world_settle(w);
        assert_true(world_held(w, HOLD_REVOKED, &group));
        assert_int_equal(group.n, 36);
        for (unsigned i = 0; i < 30; i++) {
                hr_leave(w, key_of(id, 40 + i));
                world_notify(w, id);
                hr_change(w, key_of(id, 100 + i % 10), phone, i % 2 ? "1" : "2");
                world_notify(w, id);
                /* A held one's name changes, too: he has left all the same. */
                hr_change(w, key_of(id, 10 + i % 5), last, i % 2 ? "Neu" : "Alt");
                world_notify(w, id);
                if (i == 15)
                        assert_int_equal(world_approve(w, group.digest, NULL), 36);
                world_run(w, SECOND);
        }
        world_settle(w);
        assert_int_equal(count_open(w, 0, 40), 0);
        assert_int_equal(count_open(w, 40, 30), 29);
        assert_int_equal(count_held(w), 29);
        assert_int_equal(count_open(w, 70, 50), 50);
}

/* Six hundred are let go in pieces, and the machine stops after the first: the others wait for another word. */
static void test_a_crash_in_the_middle_of_an_approval(void **data) {
        World *w = *data;
        SyncAction action;
        HoldGroup group;
        unsigned left;

        crowd_open(w, &five, 700);
        set_status(w, 0, 600, "out");
        world_settle(w);
        assert_true(world_held(w, HOLD_REVOKED, &group));
        assert_int_equal(group.n, 596);
        world_approve(w, group.digest, NULL);
        must(sync_next(w->sync, w->now, &action, error));
        assert_int_equal(action.kind, SYNC_AGAIN);
        world_restart(w, FAULT_NONE);
        world_settle(w);
        world_settle(w);
        left = count_open(w, 0, 600);
        assert_in_range(left, 1, 595);
        assert_int_equal(count_held(w), left);
        assert_int_equal(count_open(w, 600, 100), 100);

        assert_int_equal(approve_kind(w, HOLD_REVOKED), left);
        world_settle(w);
        world_settle(w);
        assert_int_equal(count_open(w, 0, 600), 0);
        assert_int_equal(count_open(w, 600, 100), 100);
        assert_int_equal(count_held(w), 0);
        world_assert_converged(w, "approved twice");
}

static void test_who_approved_what_when_and_why_is_in_the_history(void **data) {
        World *w = *data;
        _cleanup_(history_entry_deinit) HistoryEntry entry = { 0 };
        HistoryFilter filter = HISTORY_ALL;
        HoldGroup group;
        int64_t before = 0, at;
        int r;

        crowd_open(w, &five, 40);
        set_status(w, 0, 20, "out");
        world_settle(w);
        assert_true(world_held(w, HOLD_REVOKED, &group));
        at = w->now.real_usec;
        world_approve(w, group.digest, NULL);
        do {
                history_entry_deinit(&entry);
                r = history_find(w->state, &filter, &before, &entry, NULL);
        } while (r == HISTORY_AGAIN || (r == 0 && strcmp(entry.action, "approved") != 0));
        assert_int_equal(r, 0);
        assert_int_equal(entry.at_usec, at);
        assert_non_null(strstr(entry.detail, "\"by\":\"the scenario\""));
        assert_non_null(strstr(entry.detail, "\"reason\":\"it was looked at\""));
        assert_non_null(strstr(entry.detail, "\"kind\":\"revoked\""));
        assert_non_null(strstr(entry.detail, "\"shown\":16"));
        assert_non_null(strstr(entry.detail, group.digest));
}

/* What is let go by an approval does not use up the limit of the day. */
static void test_approved_changes_do_not_count(void **data) {
        World *w = *data;

        crowd_open(w, &five, 60);
        set_status(w, 0, 20, "out");
        world_settle(w);
        approve_kind(w, HOLD_REVOKED);
        world_settle(w);
        assert_int_equal(count_open(w, 0, 60), 40);
        drip(w, 20, 3);
        assert_int_equal(count_open(w, 0, 60), 39);     /* four of the twenty counted, and one of these */
        assert_int_equal(count_held(w), 2);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                world_test(test_a_digest_lasts_an_hour_from_when_it_was_shown),
                world_test(test_a_digest_that_nobody_was_shown_approves_nothing),
                world_test(test_only_some_are_approved),
                world_test(test_an_approval_is_of_what_is_still_wanted),
                world_test(test_approval_while_hr_changes_every_second),
                world_test(test_a_crash_in_the_middle_of_an_approval),
                world_test(test_who_approved_what_when_and_why_is_in_the_history),
                world_test(test_approved_changes_do_not_count),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
