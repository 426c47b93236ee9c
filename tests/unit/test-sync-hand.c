/* What somebody decides himself: locks, and blocks made in Lockt that are lifted (invariants 2 and 6). */

#include "tests/unit/world-hand.h"

static int64_t count_locked(World *w) {
        SyncStatus status;

        world_status(w, &status);
        return status.locked;
}

static void test_who_is_locked_goes_at_once_and_stays_out(void **data) {
        World *w = *data;
        Told told;

        hand_open(w, NULL, 5);
        w->hr_fault = HR_NO_CONNECTION;
        told = hand_lock(w, "P0002", "badge stolen");
        hand_assert_says(&told, 0, "on its way");
        assert_false(told.ineffective);
        assert_int_equal(told.lockt_id, lockt_user(w, "P0002")->user.id);
        world_run(w, SECOND);
        assert_false(lockt_opens(w, "P0002"));
        assert_int_equal(w->news[NEWS_REVOKED], 1);
        assert_int_equal(w->news[NEWS_REVOCATION_CONFIRMED], 1);
        hand_assert_history(w, "P0002", "locked", "badge stolen");
        hand_assert_history(w, "P0002", "locked", OFFICER);
        hand_assert_history(w, "P0002", "revoked", "locked: badge stolen");

        w->hr_fault = HR_WELL;
        hr_change(w, "P0002", phone, "030 1");
        hr_change(w, "P0002", dept, "lab");
        world_notify(w, "P0002");
        world_settle(w);
        hand_relist(w);
        world_restart(w, FAULT_NONE);
        world_settle(w);
        assert_false(lockt_opens(w, "P0002"));
        assert_true(lockt_opens(w, "P0001"));
        assert_int_equal(count_locked(w), 1);
        world_assert_quiet(w, "one is locked");
}

static void test_who_is_unlocked_gets_what_hr_says(void **data) {
        World *w = *data;
        Told told;

        hand_open(w, NULL, 5);
        hr_change(w, "P0002", dept, "lab");
        world_settle(w);
        (void) hand_lock(w, "P0002", "badge stolen");
        world_settle(w);

        w->hr_fault = HR_NO_CONNECTION;
        world_settle(w);
        told = hand_unlock(w, "P0002");
        hand_assert_says(&told, 0, "HR can't be read at the moment");
        assert_int_equal(count_locked(w), 0);
        world_run(w, 5 * MINUTE);
        assert_false(lockt_opens(w, "P0002"));

        w->hr_fault = HR_WELL;
        world_run(w, 20 * MINUTE);
        assert_true(lockt_opens(w, "P0002"));
        assert_true(lockt_has_level(w, "P0002", LAB));
        hand_assert_history(w, "P0002", "unlocked", OFFICER);
        world_assert_converged(w, "unlocked");
        world_assert_quiet(w, "unlocked");
        told = hand_unlock(w, "P0002");
        hand_assert_says(&told, SYNC_REFUSED, "neither locked nor");
}

static void test_who_left_while_he_was_locked_stays_out_when_he_is_unlocked(void **data) {
        World *w = *data;

        hand_open(w, NULL, 5);
        (void) hand_lock(w, "P0002", "x");
        world_settle(w);
        hr_leave(w, "P0002");
        world_settle(w);
        assert_int_equal(hand_unlock(w, "P0002").outcome, 0);
        world_settle(w);
        assert_false(lockt_opens(w, "P0002"));
        world_assert_converged(w, "left");
}

/* A drop of the guard's limits is no reason to wait, and neither is a hold that he was in. */
static void test_no_limit_and_no_hold_stops_a_lock(void **data) {
        static const WorldOptions options = { .safety = "  max_revoked: 1\n" };
        World *w = *data;

        hand_open(w, &options, 10);
        for (unsigned i = 0; i < 6; i++)
                hr_leave(w, w->rows[i].id);
        world_settle(w);
        assert_true(lockt_opens(w, "P0004"));
        (void) hand_lock(w, "P0004", "x");
        (void) hand_lock(w, "P0008", "x");
        world_run(w, SECOND);
        assert_false(lockt_opens(w, "P0004"));
        assert_false(lockt_opens(w, "P0008"));
        world_settle(w);
        assert_false(lockt_opens(w, "P0004"));
        assert_true(lockt_opens(w, "P0005"));
}

static void test_lock_before_the_first_plan_is_approved(void **data) {
        static const WorldOptions options = { .careful = true };
        World *w = *data;
        HoldGroup plan;
        Told told;

        world_open(w, &options);
        hr_hire_many(w, 'P', 0, 3);
        world_settle(w);
        told = hand_lock(w, "P0001", "x");
        hand_assert_says(&told, 0, "no user of Lockt is linked");
        assert_true(told.ineffective);
        assert_true(world_held(w, HOLD_PLAN, &plan));
        assert_int_equal(world_approve(w, plan.digest, NULL), 2);
        world_settle(w);
        assert_true(lockt_opens(w, "P0000"));
        assert_null(lockt_user(w, "P0001"));
        assert_int_equal(hand_unlock(w, "P0001").outcome, 0);
        world_settle(w);
        assert_true(lockt_opens(w, "P0001"));
}

static void test_lock_of_somebody_who_is_not_linked_says_so(void **data) {
        World *w = *data;
        LocktUser *user;
        Told told;
        char id[32];

        hand_open(w, NULL, 3);
        user = lockt_stranger(w, "X9", "Other", "", "");
        hand_relist(w);
        told = hand_lock(w, "X9", "x");
        (void) snprintf(id, sizeof(id), "link X9 %jd", (intmax_t) user->user.id);
        hand_assert_says(&told, 0, id);
        assert_true(told.ineffective);
        told = hand_lock(w, "X8", "x");
        hand_assert_says(&told, 0, "is it the right one?");
        told = hand_lock(w, "P0001", "");
        hand_assert_says(&told, SYNC_REFUSED, "1 to 500 bytes");
        told = hand_lock(w, "P0001", "a\nb");
        hand_assert_says(&told, SYNC_REFUSED, "without control characters");
        world_settle(w);
        assert_int_equal(w->n_log, 0);
        assert_true(user->user.enabled);

        /* Once he is linked, the lock reaches him. */
        hr_hire(w, "X9");
        assert_int_equal(hand_link(w, "X9", user->user.id).outcome, 0);
        world_run(w, SECOND);
        assert_false(lockt_opens(w, "X9"));
}

/* A gift under way when he is locked, whatever becomes of it. */
static void test_lock_while_a_gift_is_under_way(void **data) {
        static const Fault faults[] = { FAULT_NONE, FAULT_LOST_AFTER, FAULT_LOST_BEFORE, FAULT_LATE };
        World *w = *data;

        hand_open(w, NULL, 5);
        for (size_t i = 0; i < ELEMENTS(faults); i++) {
                const char *id = w->rows[i].id;

                hr_change(w, id, dept, "lab");
                world_notify(w, id);
                hand_until_writing(w);
                (void) hand_lock(w, id, "x");
                w->write_fault = faults[i];
                w->write_faults = 1;
                w->late_usec = 30 * SECOND;
                world_run(w, 3 * MINUTE);
                assert_false(lockt_opens(w, id));
                w->write_fault = FAULT_NONE;
        }
        world_run(w, 30 * MINUTE);
        for (size_t i = 0; i < ELEMENTS(faults); i++)
                assert_false(lockt_opens(w, w->rows[i].id));
        assert_true(lockt_opens(w, "P0004"));
}

/* His creation got no answer, and comes true when he is locked already. */
static void test_lock_while_he_is_being_created(void **data) {
        World *w = *data;

        hand_open(w, NULL, 3);
        hr_hire(w, "N1");
        world_notify(w, "N1");
        hand_until_writing(w);
        w->write_fault = FAULT_LATE;
        w->write_faults = 1;
        w->late_usec = 20 * SECOND;
        assert_true(world_answer_write(w));
        (void) hand_lock(w, "N1", "x");
        w->hr_fault = HR_NO_CONNECTION;
        world_run(w, 10 * MINUTE);
        assert_non_null(lockt_user(w, "N1"));
        assert_false(lockt_opens(w, "N1"));
}

/* Somebody enabled him in Lockt since he was seen last: that he seems to be out is not believed. */
static void test_lock_of_somebody_who_seems_to_be_out(void **data) {
        World *w = *data;
        Told told;

        hand_open(w, NULL, 3);
        hr_leave(w, "P0001");
        world_settle(w);
        lockt_user(w, "P0001")->user.enabled = true;
        lockt_user(w, "P0001")->user.access_expires = INSTANT_NONE;
        assert_int_equal(user_add_level(&lockt_user(w, "P0001")->user, CARDHOLDER), 0);
        told = hand_lock(w, "P0001", "x");
        hand_assert_says(&told, 0, "looked at again");
        world_run(w, SECOND);
        assert_false(lockt_opens(w, "P0001"));
}

static void test_excluded_people_are_not_locked(void **data) {
        static const WorldOptions options = { .rest = "exclude: { id_num: [\"FIRE*\"] }\n" };
        World *w = *data;
        Told told;

        hand_open(w, &options, 3);
        told = hand_lock(w, "FIRE1", "x");
        hand_assert_says(&told, SYNC_REFUSED, "exclude");
        assert_int_equal(count_locked(w), 0);
}

static void test_report_mode_says_that_nothing_is_written(void **data) {
        static const WorldOptions report = { .rest = "mode: report\n" };
        World *w = *data;
        Told told;

        hand_open(w, NULL, 3);
        world_reconfigure(w, &report);
        told = hand_lock(w, "P0001", "x");
        hand_assert_says(&told, 0, "mode is report");
        assert_true(told.ineffective);
        world_run(w, MINUTE);
        assert_int_equal(w->n_log, 0);
}

/* ---- Blocked in Lockt by hand ---- */

static void test_block_made_in_lockt_is_listed_and_lifted(void **data) {
        World *w = *data;
        Blocked blocked = { 0 };
        int64_t after = 0;
        Told told;

        hand_open(w, NULL, 5);
        hr_leave(w, "P0003");
        world_settle(w);
        lockt_user(w, "P0001")->user.enabled = false;
        hand_relist(w);
        assert_false(lockt_user(w, "P0001")->user.enabled);
        must(sync_next_blocked(w->sync, w->now, &after, &blocked, error));
        assert_string_equal(blocked.key, "P0001");
        assert_int_equal(blocked.lockt_id, lockt_user(w, "P0001")->user.id);
        blocked_deinit(&blocked);
        assert_int_equal(sync_next_blocked(w->sync, w->now, &after, &blocked, NULL), STATE_NONE);

        told = hand_unlock(w, "P0001");
        hand_assert_says(&told, 0, "was disabled there by hand");
        world_settle(w);
        assert_true(lockt_opens(w, "P0001"));
        after = 0;
        assert_int_equal(sync_next_blocked(w->sync, w->now, &after, &blocked, NULL), STATE_NONE);
        world_assert_converged(w, "lifted");
        /* It was once, and is no leave for the next time. */
        lockt_user(w, "P0001")->user.enabled = false;
        hand_relist(w);
        assert_false(lockt_user(w, "P0001")->user.enabled);
}

static void test_locked_and_blocked(void **data) {
        World *w = *data;
        Told told;

        hand_open(w, NULL, 5);
        lockt_user(w, "P0001")->user.enabled = false;
        hand_relist(w);
        (void) hand_lock(w, "P0001", "x");
        world_settle(w);
        told = hand_unlock(w, "P0001");
        hand_assert_says(&told, 0, "is unlocked. User");
        world_settle(w);
        assert_true(lockt_opens(w, "P0001"));
}

/* What HR says of somebody locked raises the fence like a leaver's row: nothing older than it gives to him again. */
static void test_a_row_of_somebody_locked_is_a_leavers(void **data) {
        _cleanup_(person_row_deinit) PersonRow person = PERSON_ROW_INIT;
        World *w = *data;
        Told told;

        hand_open(w, NULL, 5);
        told = hand_lock(w, "P0001", "a lost badge");
        assert_int_equal(told.outcome, 0);
        world_settle(w);
        hr_change(w, "P0001", dept, "sec");
        world_settle(w);
        must(person_get(w->state, "P0001", &person, error));
        assert_true(person.read > 0);
        assert_int_equal(person.revoked_read, person.read);
        assert_false(lockt_opens(w, "P0001"));
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                world_test(test_who_is_locked_goes_at_once_and_stays_out),
                world_test(test_who_is_unlocked_gets_what_hr_says),
                world_test(test_who_left_while_he_was_locked_stays_out_when_he_is_unlocked),
                world_test(test_no_limit_and_no_hold_stops_a_lock),
                world_test(test_lock_before_the_first_plan_is_approved),
                world_test(test_lock_of_somebody_who_is_not_linked_says_so),
                world_test(test_lock_while_a_gift_is_under_way),
                world_test(test_lock_while_he_is_being_created),
                world_test(test_lock_of_somebody_who_seems_to_be_out),
                world_test(test_excluded_people_are_not_locked),
                world_test(test_report_mode_says_that_nothing_is_written),
                world_test(test_block_made_in_lockt_is_listed_and_lifted),
                world_test(test_locked_and_blocked),
                world_test(test_a_row_of_somebody_locked_is_a_leavers),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
