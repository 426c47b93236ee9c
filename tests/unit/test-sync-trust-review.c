/* Sequences that an attacker, or bad luck, would choose: what was never shown opens nothing (invariants 1, 4 and 5). */

#include "world-crowd.h"
#include "world-hand.h"
#include "world-private.h"

#include "lib/sync/revert.h"

static void assert_gate(World *w, const char *part) {
        SyncStatus status;

        world_status(w, &status);
        if (part ? !strstr(status.gate, part) : status.gate[0] != '\0')
                fail_msg("the gate says '%s', not '%s'", status.gate, part ? part : "");
}

#define NO_LIMITS "  max_revoked: 100%\n  max_restored: 100%\n  max_granted: 4000\n  max_changed: 100%\n"
#define BY_DEPT "    - when: { dept: sec }\n      grant: Security\n    - when: { dept: lab }\n      grant: Lab\n"

static const WorldOptions plain = { .careful = true, .safety = NO_LIMITS };
static const WorldOptions pool_too = { .careful = true, .safety = NO_LIMITS,
        .levels = "  rules:\n    - grant: [Cardholder, Pool]\n" BY_DEPT };
static const WorldOptions lab_too = { .careful = true, .safety = NO_LIMITS,
        .levels = "  rules:\n    - grant: [Cardholder, Lab]\n" BY_DEPT };
/* Nobody's wish changes by it. */
static const WorldOptions a_rule_for_nobody = { .careful = true, .safety = NO_LIMITS,
        .levels = "  rules:\n    - grant: Cardholder\n" BY_DEPT "    - when: { dept: pool }\n      grant: Pool\n" };

static void open_with(World *w, const WorldOptions *options, unsigned n) {
        WorldOptions first = *options;

        first.careful = false;
        world_open(w, &first);
        hr_hire_many(w, 'P', 0, n);
        world_settle(w);
        world_assert_converged(w, "at first");
        w->options.careful = true;
        world_forget_log(w);
}

static void test_a_digest_of_one_mapping_opens_nothing_for_another(void **data) {
        World *w = *data;
        HoldGroup shown;

        open_with(w, &plain, 20);
        world_reconfigure(w, &pool_too);
        world_settle(w);
        assert_true(world_held(w, HOLD_PLAN, &shown));
        assert_int_equal(shown.n, 20);
        world_reconfigure(w, &lab_too);
        (void) world_approve(w, shown.digest, NULL);
        world_settle(w);
        world_settle(w);
        assert_int_equal(count_level(w, LAB), 0);
        assert_int_equal(count_level(w, POOL), 0);
        assert_gate(w, "the mapping has changed");

        assert_true(world_held(w, HOLD_PLAN, &shown));
        assert_int_equal(world_approve(w, shown.digest, NULL), 20);
        world_settle(w);
        assert_int_equal(count_level(w, LAB), 20);
        assert_gate(w, NULL);
        world_assert_quiet(w, "approved");
}

/* HR tells of one person while everybody is still being read for the first time. */
static void test_one_person_is_not_the_first_plan(void **data) {
        World *w = *data;
        HoldGroup shown;

        world_open(w, &plain);
        hr_hire_many(w, 'P', 0, 30);
        world_notify(w, "P0003");
        for (unsigned i = 0; i < 40; i++) {
                world_pump(w, NULL);
                if (!world_answer_lockt_read(w))
                        (void) world_read_hr(w, SYNC_KEYS);
        }
        assert_true(world_held(w, HOLD_PLAN, &shown));
        assert_int_equal(shown.n, 1);
        (void) world_approve(w, shown.digest, NULL);
        world_settle(w);
        assert_gate(w, "this ledger is new");
        assert_true(lockt_opens(w, "P0003"));
        assert_int_equal(w->n_users, 1);
        assert_int_equal(n_held(w, HOLD_PLAN), 29);
}

/* Without a deadline: the approval of one digest after the other ends at an open gate. */
static void test_after_the_whole_plan_is_approved_the_gate_is_open(void **data) {
        World *w = *data;
        HoldGroup shown;

        open_with(w, &plain, 20);
        world_reconfigure(w, &pool_too);
        world_settle(w);
        assert_true(world_held(w, HOLD_PLAN, &shown));
        world_restart(w, FAULT_NONE);
        (void) world_approve(w, shown.digest, NULL);
        world_run(w, 10 * MINUTE);
        assert_gate(w, NULL);
        assert_int_equal(count_level(w, POOL), 20);
        assert_int_equal(n_held(w, HOLD_PLAN), 0);
}

static void queue_gifts(World *w, unsigned n) {
        w->write_fault = FAULT_DOWN;
        w->write_faults = 0;
        set_dept(w, 0, n, "sec");
        world_settle(w);
        assert_int_equal(count_level(w, SECURITY), 0);
}

static void test_a_crash_while_a_gate_closes_leaves_no_gift_in_the_queue(void **data) {
        World *w = *data;
        SyncAction action;

        open_with(w, &plain, 600);
        queue_gifts(w, 600);
        world_reconfigure(w, &a_rule_for_nobody);
        must(sync_next(w->sync, w->now, &action, error));
        world_restart(w, FAULT_DOWN);
        w->write_fault = FAULT_NONE;
        world_run(w, 10 * MINUTE);
        assert_gate(w, "the mapping has changed");
        assert_int_equal(count_level(w, SECURITY), 0);
        assert_int_equal(n_held(w, HOLD_PLAN), 600);
}

static void test_what_follows_a_take_waits_for_the_plan_as_well(void **data) {
        World *w = *data;
        HoldGroup shown;

        open_with(w, &plain, 10);
        set_dept(w, 0, 3, "sec");
        world_settle(w);
        assert_int_equal(count_level(w, SECURITY), 3);
        w->write_fault = FAULT_DOWN;
        set_dept(w, 0, 3, "lab");
        world_settle(w);
        world_reconfigure(w, &a_rule_for_nobody);
        world_settle(w);
        w->write_fault = FAULT_NONE;
        world_run(w, HOUR);
        assert_gate(w, "the mapping has changed");
        assert_int_equal(count_level(w, LAB), 0);
        assert_int_equal(count_level(w, SECURITY), 0);

        assert_true(world_held(w, HOLD_PLAN, &shown));
        assert_int_equal(shown.n, 3);
        (void) world_approve(w, shown.digest, NULL);
        world_settle(w);
        assert_int_equal(count_level(w, LAB), 3);
        world_assert_quiet(w, "approved");
}

/* He was to move to the lab, and is no longer in HR: whether he left is not decided, that he gets more is. */
static void test_somebody_held_as_absent_gains_nothing_that_he_was_to_have(void **data) {
        static const WorldOptions five = { .careful = true, .safety = "  max_revoked: 5\n  window: 1h\n" };
        World *w = *data;
        char id[24];

        open_with(w, &five, 40);
        set_dept(w, 0, 1, "sec");
        world_settle(w);
        w->write_fault = FAULT_DOWN;
        set_dept(w, 0, 1, "lab");
        world_run(w, 2 * HOUR);
        for (unsigned i = 0; i < 10; i++)
                hr_remove(w, key_of(id, i));
        world_run(w, HOUR);
        assert_int_equal(n_held(w, HOLD_REVOKED), 10);
        w->write_fault = FAULT_NONE;
        world_run(w, HOUR);
        assert_false(lockt_has_level(w, "P0000", SECURITY));
        assert_false(lockt_has_level(w, "P0000", LAB));
}

/* What takes goes first (invariant 2), however much was approved just now. */
static void test_a_revocation_does_not_wait_for_a_long_approval(void **data) {
        World *w = *data;
        SyncAction action;
        HoldGroup shown;

        open_with(w, &plain, 2000);
        world_reconfigure(w, &pool_too);
        world_settle(w);
        assert_true(world_held(w, HOLD_PLAN, &shown));
        (void) world_approve(w, shown.digest, NULL);
        (void) hand_lock(w, "P0003", "lost his temper");
        must(sync_next(w->sync, w->now, &action, error));
        assert_int_equal(action.kind, SYNC_WRITE);
        assert_int_equal(action.n_users, 1);
        assert_int_equal(n_held(w, HOLD_PLAN), 2000 - 256 - 1);
}

/* One read is being applied when the other comes: together they keep within the limit. */
static void test_two_reads_at_once_have_one_limit(void **data) {
        static const WorldOptions five = { .careful = true,
                .safety = "  max_revoked: 5\n  max_granted: 4000\n  max_changed: 100%\n" };
        World *w = *data;
        SyncAction action;
        unsigned out = 0;
        char id[24];

        open_with(w, &five, 600);
        for (unsigned i = 0; i < 5; i++)
                world_notify(w, key_of(id, i));
        sync_poll(w->sync);
        world_pump(w, NULL);
        set_dept(w, 5, 590, "sec");
        for (unsigned i = 595; i < 600; i++)
                hr_leave(w, key_of(id, i));
        assert_true(world_begin_hr(w, SYNC_PEOPLE));
        assert_true(world_end_hr(w, SYNC_PEOPLE));
        for (unsigned i = 0; i < 3; i++) {
                must(sync_next(w->sync, w->now, &action, error));
                assert_int_equal(action.kind, SYNC_AGAIN);
        }
        for (unsigned i = 0; i < 5; i++)
                hr_leave(w, key_of(id, i));
        assert_true(world_begin_hr(w, SYNC_KEYS));
        assert_true(world_end_hr(w, SYNC_KEYS));
        world_settle(w);
        world_settle(w);
        for (unsigned i = 0; i < 600; i++)
                out += !lockt_opens(w, key_of(id, i));
        assert_int_equal(out, 5);
        assert_int_equal(n_held(w, HOLD_REVOKED), 5);
        assert_int_equal(count_level(w, SECURITY), 590);
}

static void ignore(void *userdata, const char *key, const char *what, const char *refused) {
        (void) userdata, (void) key, (void) what, (void) refused;
}

static void plan_way_back(World *w, SyncRevert *revert) {
        int r;

        do
                r = sync_revert(w->sync, w->now, revert, ignore, NULL, NULL);
        while (r == 1);
        assert_int_equal(r, 0);
}

static void set_back(World *w, const char *key, int64_t cycle) {
        SyncRevert revert = { .cycle = cycle, .by = "the scenario" };

        plan_way_back(w, &revert);
        (void) world_approve(w, revert.group.digest, key);
        world_settle(w);
}

static int64_t newest_cycle(World *w, const char *key) {
        HistoryEntry entry = { 0 };
        int64_t cycle;

        assert_int_equal(history_previous(w->state, key, 0, &entry, NULL), 0);
        cycle = entry.cycle;
        history_entry_deinit(&entry);
        return cycle;
}

/* "What HR says decides what he gets": not what somebody set back before he was locked. */
static void test_unlocked_is_unlocked_for_somebody_who_was_set_back(void **data) {
        World *w = *data;
        Told told;

        open_with(w, &plain, 5);
        hr_hire(w, "P0005");
        world_settle(w);
        assert_true(lockt_opens(w, "P0005"));
        set_back(w, "P0005", newest_cycle(w, "P0005"));
        assert_false(lockt_opens(w, "P0005"));
        (void) hand_lock(w, "P0005", "lost his temper");
        world_settle(w);
        told = hand_unlock(w, "P0005");
        hand_assert_says(&told, 0, "what it says decides");
        world_run(w, HOUR);
        assert_true(lockt_opens(w, "P0005"));
        world_assert_converged(w, "unlocked");
}

/* Nobody wanted it after all: there is no command that says so, and no other way back while it waits. */
static void test_a_way_back_that_nobody_approves_lapses(void **data) {
        SyncRevert first = { .by = "the scenario" }, second = first;
        World *w = *data;

        open_with(w, &plain, 300);
        set_dept(w, 0, 300, "sec");
        world_settle(w);
        first.cycle = newest_cycle(w, "P0003");
        set_dept(w, 0, 1, "lab");
        world_settle(w);
        second.cycle = newest_cycle(w, "P0000");
        plan_way_back(w, &first);
        assert_true(n_held(w, HOLD_REVERT) >= 299);
        world_run(w, 23 * HOUR);
        assert_true(n_held(w, HOLD_REVERT) >= 299);
        world_run(w, 2 * HOUR);
        assert_int_equal(n_held(w, HOLD_REVERT), 0);
        assert_int_equal(count_level(w, SECURITY), 299);
        plan_way_back(w, &second);
        assert_int_equal(n_held(w, HOLD_REVERT), 1);
}

/* An end takes access as a flag does: who is back from a backup of HR counts as restored. */
static void test_who_was_expired_counts_as_restored(void **data) {
        static const WorldOptions options = { .careful = true, .leavers = "  disable: false\n",
                .safety = "  max_revoked: 100%\n  max_granted: 100%\n  max_restored: 5\n" };
        World *w = *data;
        char id[24];

        open_with(w, &options, 40);
        for (unsigned i = 0; i < 10; i++)
                hr_leave(w, key_of(id, i));
        world_settle(w);
        assert_false(lockt_opens(w, "P0003"));
        for (unsigned i = 0; i < 10; i++)
                hr_change(w, key_of(id, i), status, "in");
        world_settle(w);
        assert_false(lockt_opens(w, "P0003"));
        assert_int_equal(n_held(w, HOLD_RESTORED), 10);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                world_test(test_a_digest_of_one_mapping_opens_nothing_for_another),
                world_test(test_one_person_is_not_the_first_plan),
                world_test(test_after_the_whole_plan_is_approved_the_gate_is_open),
                world_test(test_a_crash_while_a_gate_closes_leaves_no_gift_in_the_queue),
                world_test(test_what_follows_a_take_waits_for_the_plan_as_well),
                world_test(test_somebody_held_as_absent_gains_nothing_that_he_was_to_have),
                world_test(test_a_revocation_does_not_wait_for_a_long_approval),
                world_test(test_two_reads_at_once_have_one_limit),
                world_test(test_unlocked_is_unlocked_for_somebody_who_was_set_back),
                world_test(test_a_way_back_that_nobody_approves_lapses),
                world_test(test_who_was_expired_counts_as_restored),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
