/* What somebody decides himself: locks, blocks that are lifted, and which user a person is (invariants 2 and 6). */

#include "lib/state/hand.h"
#include "lib/state/hold.h"
#include "lib/sync/hand.h"
#include "tests/unit/world.h"

#define OFFICER "user id 7"

static void open_with(World *w, const WorldOptions *options, unsigned n) {
        world_open(w, options);
        hr_hire_many(w, 'P', 0, n);
        world_settle(w);
        world_assert_converged(w, "at first");
        world_forget_log(w);
}

static void relist(World *w) {
        must(sync_resync(w->sync, w->now, false, error));
        world_settle(w);
}

/* What was answered, or the sentence of a refusal. */
typedef struct Told {
        int outcome;
        int64_t lockt_id;
        bool ineffective;
        char text[512];
} Told;

static void tell(Told *told, int r, HandAnswer *answer, Error *error) {
        if (r < 0)
                fail_msg("%d: %s", r, error_message(error));
        told->outcome = r;
        told->lockt_id = answer->lockt_id;
        told->ineffective = answer->ineffective;
        (void) snprintf(told->text, sizeof(told->text), "%s", r == 0 ? answer->text : error_message(error));
        hand_answer_deinit(answer);
        error_clear(error);
}

static Told lock(World *w, const char *key, const char *reason) {
        HandAnswer answer = { 0 };
        Error error = ERROR_INIT;
        Told told = { 0 };

        tell(&told, sync_lock(w->sync, w->now, key, reason, OFFICER, &answer, &error), &answer, &error);
        return told;
}

static Told unlock(World *w, const char *key) {
        HandAnswer answer = { 0 };
        Error error = ERROR_INIT;
        Told told = { 0 };

        tell(&told, sync_unlock(w->sync, w->now, key, OFFICER, &answer, &error), &answer, &error);
        return told;
}

static Told undo_link(World *w, const char *key) {
        HandAnswer answer = { 0 };
        Error error = ERROR_INIT;
        Told told = { 0 };

        tell(&told, sync_unlink(w->sync, w->now, key, OFFICER, &answer, &error), &answer, &error);
        return told;
}

typedef struct Complaints {
        size_t n, wishes[8];
        char text[512];
} Complaints;

static void complain(void *userdata, size_t wish, const char *sentence) {
        Complaints *complaints = userdata;

        assert_true(complaints->n < ELEMENTS(complaints->wishes));
        complaints->wishes[complaints->n++] = wish;
        (void) snprintf(complaints->text, sizeof(complaints->text), "%s", sentence);
}

static Told link_to(World *w, const char *key, int64_t id) {
        LinkWish wish = { .key = key, .lockt_id = id };
        Complaints complaints = { 0 };
        HandAnswer answer = { 0 };
        Error error = ERROR_INIT;
        Told told = { 0 };
        int r;

        r = sync_link(w->sync, w->now, &wish, 1, OFFICER, complain, &complaints, &answer, &error);
        tell(&told, r, &answer, &error);
        if (r == SYNC_REFUSED)
                (void) snprintf(told.text, sizeof(told.text), "%s", complaints.text);
        return told;
}

static void assert_says(const Told *told, int outcome, const char *words) {
        if (told->outcome != outcome || !strstr(told->text, words))
                fail_msg("%d: %s", told->outcome, told->text);
}

static void assert_history(World *w, const char *key, const char *action, const char *words) {
        int64_t before = 0;

        for (;;) {
                HistoryEntry entry = { 0 };
                bool fits;
                int r;

                r = history_previous(w->state, key, before, &entry, NULL);
                if (r != 0)
                        fail_msg("the history has no '%s' of %s with '%s'", action, key, words);
                before = entry.id;
                fits = strcmp(entry.action, action) == 0 && strstr(entry.detail, words);
                history_entry_deinit(&entry);
                if (fits)
                        return;
        }
}

static int64_t count_locked(World *w) {
        SyncStatus status;

        world_status(w, &status);
        return status.locked;
}

/* Somebody who was made by hand: the same name, another e-mail. */
static LocktUser *stranger_like(World *w, const char *id_num, const HrRow *row) {
        char email[40];
        LocktUser *user;

        (void) snprintf(email, sizeof(email), "%.20s@old.example", row->id);
        user = lockt_stranger(w, id_num, row->last, email, "");
        lockt_set(user, PROPERTY_FIRST_NAME, row->first);
        return user;
}

/* ---- Locks ---- */

static void test_who_is_locked_goes_at_once_and_stays_out(void **data) {
        World *w = *data;
        Told told;

        open_with(w, NULL, 5);
        w->hr_fault = HR_NO_CONNECTION;
        told = lock(w, "P0002", "badge stolen");
        assert_says(&told, 0, "on its way");
        assert_false(told.ineffective);
        assert_int_equal(told.lockt_id, lockt_user(w, "P0002")->user.id);
        world_run(w, SECOND);
        assert_false(lockt_opens(w, "P0002"));
        assert_int_equal(w->news[NEWS_REVOKED], 1);
        assert_int_equal(w->news[NEWS_REVOCATION_CONFIRMED], 1);
        assert_history(w, "P0002", "locked", "badge stolen");
        assert_history(w, "P0002", "locked", OFFICER);
        assert_history(w, "P0002", "revoked", "locked: badge stolen");

        w->hr_fault = HR_WELL;
        hr_change(w, "P0002", phone, "030 1");
        hr_change(w, "P0002", dept, "lab");
        world_notify(w, "P0002");
        world_settle(w);
        relist(w);
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

        open_with(w, NULL, 5);
        hr_change(w, "P0002", dept, "lab");
        world_settle(w);
        (void) lock(w, "P0002", "badge stolen");
        world_settle(w);

        w->hr_fault = HR_NO_CONNECTION;
        world_settle(w);
        told = unlock(w, "P0002");
        assert_says(&told, 0, "HR can't be read at the moment");
        assert_int_equal(count_locked(w), 0);
        world_run(w, 5 * MINUTE);
        assert_false(lockt_opens(w, "P0002"));

        w->hr_fault = HR_WELL;
        world_run(w, 20 * MINUTE);
        assert_true(lockt_opens(w, "P0002"));
        assert_true(lockt_has_level(w, "P0002", LAB));
        assert_history(w, "P0002", "unlocked", OFFICER);
        world_assert_converged(w, "unlocked");
        world_assert_quiet(w, "unlocked");
        told = unlock(w, "P0002");
        assert_says(&told, SYNC_REFUSED, "neither locked nor");
}

static void test_who_left_while_he_was_locked_stays_out_when_he_is_unlocked(void **data) {
        World *w = *data;

        open_with(w, NULL, 5);
        (void) lock(w, "P0002", "x");
        world_settle(w);
        hr_leave(w, "P0002");
        world_settle(w);
        assert_int_equal(unlock(w, "P0002").outcome, 0);
        world_settle(w);
        assert_false(lockt_opens(w, "P0002"));
        world_assert_converged(w, "left");
}

/* A drop of the guard's limits is no reason to wait, and neither is a hold that he was in. */
static void test_no_limit_and_no_hold_stops_a_lock(void **data) {
        static const WorldOptions options = { .safety = "  max_revoked: 1\n" };
        World *w = *data;

        open_with(w, &options, 10);
        for (unsigned i = 0; i < 6; i++)
                hr_leave(w, w->rows[i].id);
        world_settle(w);
        assert_true(lockt_opens(w, "P0004"));
        (void) lock(w, "P0004", "x");
        (void) lock(w, "P0008", "x");
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
        told = lock(w, "P0001", "x");
        assert_says(&told, 0, "no user of Lockt is linked");
        assert_true(told.ineffective);
        assert_true(world_held(w, HOLD_PLAN, &plan));
        assert_int_equal(world_approve(w, plan.digest, NULL), 2);
        world_settle(w);
        assert_true(lockt_opens(w, "P0000"));
        assert_null(lockt_user(w, "P0001"));
        assert_int_equal(unlock(w, "P0001").outcome, 0);
        world_settle(w);
        assert_true(lockt_opens(w, "P0001"));
}

static void test_lock_of_somebody_who_is_not_linked_says_so(void **data) {
        World *w = *data;
        LocktUser *user;
        Told told;
        char id[32];

        open_with(w, NULL, 3);
        user = lockt_stranger(w, "X9", "Other", "", "");
        relist(w);
        told = lock(w, "X9", "x");
        (void) snprintf(id, sizeof(id), "link X9 %jd", (intmax_t) user->user.id);
        assert_says(&told, 0, id);
        assert_true(told.ineffective);
        told = lock(w, "X8", "x");
        assert_says(&told, 0, "is it the right one?");
        told = lock(w, "P0001", "");
        assert_says(&told, SYNC_REFUSED, "1 to 500 bytes");
        told = lock(w, "P0001", "a\nb");
        assert_says(&told, SYNC_REFUSED, "without control characters");
        world_settle(w);
        assert_int_equal(w->n_log, 0);
        assert_true(user->user.enabled);

        /* Once he is linked, the lock reaches him. */
        hr_hire(w, "X9");
        assert_int_equal(link_to(w, "X9", user->user.id).outcome, 0);
        world_run(w, SECOND);
        assert_false(lockt_opens(w, "X9"));
}

/* A gift under way when he is locked, whatever becomes of it. */
static void test_lock_while_a_gift_is_under_way(void **data) {
        static const Fault faults[] = { FAULT_NONE, FAULT_LOST_AFTER, FAULT_LOST_BEFORE, FAULT_LATE };
        World *w = *data;

        open_with(w, NULL, 5);
        for (size_t i = 0; i < ELEMENTS(faults); i++) {
                const char *id = w->rows[i].id;

                hr_change(w, id, dept, "lab");
                world_notify(w, id);
                for (unsigned k = 0; k < 100 && !w->writing; k++) {
                        world_pump(w, NULL);
                        if (!w->writing && !world_read_hr(w, SYNC_KEYS))
                                (void) world_answer_lockt_read(w);
                }
                assert_true(w->writing);
                (void) lock(w, id, "x");
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

        open_with(w, NULL, 3);
        hr_hire(w, "N1");
        world_notify(w, "N1");
        for (unsigned k = 0; k < 100 && !w->writing; k++) {
                world_pump(w, NULL);
                if (!w->writing)
                        (void) world_read_hr(w, SYNC_KEYS);
        }
        assert_true(w->writing);
        w->write_fault = FAULT_LATE;
        w->write_faults = 1;
        w->late_usec = 20 * SECOND;
        assert_true(world_answer_write(w));
        (void) lock(w, "N1", "x");
        w->hr_fault = HR_NO_CONNECTION;
        world_run(w, 10 * MINUTE);
        assert_non_null(lockt_user(w, "N1"));
        assert_false(lockt_opens(w, "N1"));
}

/* Somebody enabled him in Lockt since he was seen last: that he seems to be out is not believed. */
static void test_lock_of_somebody_who_seems_to_be_out(void **data) {
        World *w = *data;
        Told told;

        open_with(w, NULL, 3);
        hr_leave(w, "P0001");
        world_settle(w);
        lockt_user(w, "P0001")->user.enabled = true;
        lockt_user(w, "P0001")->user.access_expires = INSTANT_NONE;
        assert_int_equal(user_add_level(&lockt_user(w, "P0001")->user, CARDHOLDER), 0);
        told = lock(w, "P0001", "x");
        assert_says(&told, 0, "looked at again");
        world_run(w, SECOND);
        assert_false(lockt_opens(w, "P0001"));
}

static void test_excluded_people_are_not_locked(void **data) {
        static const WorldOptions options = { .rest = "exclude: { id_num: [\"FIRE*\"] }\n" };
        World *w = *data;
        Told told;

        open_with(w, &options, 3);
        told = lock(w, "FIRE1", "x");
        assert_says(&told, SYNC_REFUSED, "exclude");
        assert_int_equal(count_locked(w), 0);
}

static void test_report_mode_says_that_nothing_is_written(void **data) {
        static const WorldOptions report = { .rest = "mode: report\n" };
        World *w = *data;
        Told told;

        open_with(w, NULL, 3);
        world_reconfigure(w, &report);
        told = lock(w, "P0001", "x");
        assert_says(&told, 0, "mode is report");
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

        open_with(w, NULL, 5);
        hr_leave(w, "P0003");
        world_settle(w);
        lockt_user(w, "P0001")->user.enabled = false;
        relist(w);
        assert_false(lockt_user(w, "P0001")->user.enabled);
        must(sync_next_blocked(w->sync, w->now, &after, &blocked, error));
        assert_string_equal(blocked.key, "P0001");
        assert_int_equal(blocked.lockt_id, lockt_user(w, "P0001")->user.id);
        blocked_deinit(&blocked);
        assert_int_equal(sync_next_blocked(w->sync, w->now, &after, &blocked, NULL), STATE_NONE);

        told = unlock(w, "P0001");
        assert_says(&told, 0, "was disabled there by hand");
        world_settle(w);
        assert_true(lockt_opens(w, "P0001"));
        after = 0;
        assert_int_equal(sync_next_blocked(w->sync, w->now, &after, &blocked, NULL), STATE_NONE);
        world_assert_converged(w, "lifted");
        /* It was once, and is no leave for the next time. */
        lockt_user(w, "P0001")->user.enabled = false;
        relist(w);
        assert_false(lockt_user(w, "P0001")->user.enabled);
}

static void test_locked_and_blocked(void **data) {
        World *w = *data;
        Told told;

        open_with(w, NULL, 5);
        lockt_user(w, "P0001")->user.enabled = false;
        relist(w);
        (void) lock(w, "P0001", "x");
        world_settle(w);
        told = unlock(w, "P0001");
        assert_says(&told, 0, "is unlocked. User");
        world_settle(w);
        assert_true(lockt_opens(w, "P0001"));
}

/* ---- Links ---- */

static void test_link_of_somebody_whom_no_rule_matched(void **data) {
        World *w = *data;
        LocktUser *user;
        Told told;

        open_with(w, NULL, 3);
        hr_hire(w, "N1");
        user = stranger_like(w, "", hr_row(w, "N1"));
        relist(w);
        assert_true(world_parked(w, "N1", NULL));
        assert_non_null(strstr(w->last_parked, "has the same name"));
        assert_int_equal(w->n_log, 0);

        told = link_to(w, "N1", user->user.id);
        assert_says(&told, 0, "is linked to user");
        world_settle(w);
        assert_true(world_linked(w, "N1"));
        assert_string_equal(user_text(&user->user, PROPERTY_ID_NUM), "N1");
        assert_history(w, "N1", "linked", OFFICER);
        world_assert_converged(w, "linked by hand");
        told = link_to(w, "N1", user->user.id);
        assert_says(&told, 0, "already");
        world_assert_quiet(w, "linked by hand");
}

/* Lockt finds a user by its id_num or its e-mail: what has neither can't be updated. */
static void test_link_of_a_user_whom_no_update_would_find(void **data) {
        static const WorldOptions put = { .put = true };
        World *w = *data;
        LocktUser *user;
        Told told;

        open_with(w, NULL, 3);
        hr_hire(w, "N1");
        user = stranger_like(w, "", hr_row(w, "N1"));
        lockt_set(user, PROPERTY_EMAIL, "");
        relist(w);
        told = link_to(w, "N1", user->user.id);
        assert_says(&told, 0, "enter the id_num N1 there by hand");
        world_settle(w);
        assert_true(world_parked(w, "N1", NULL));
        assert_int_equal(w->n_log, 0);
        /* A revocation goes all the same: it leaves the number as it is. */
        hr_leave(w, "N1");
        world_settle(w);
        assert_false(user->user.enabled);

        hr_change(w, "N1", status, "in");
        world_settle(w);
        assert_true(world_parked(w, "N1", NULL));
        world_reconfigure(w, &put);
        world_settle(w);
        assert_true(lockt_opens(w, "N1"));
        assert_string_equal(user_text(&user->user, PROPERTY_EMAIL), hr_row(w, "N1")->email);
}

static void test_link_new_creates_beside_a_namesake(void **data) {
        World *w = *data;
        LocktUser *user;
        Told told;

        open_with(w, NULL, 3);
        hr_hire(w, "N1");
        user = stranger_like(w, "", hr_row(w, "N1"));
        relist(w);
        assert_true(world_parked(w, "N1", NULL));
        told = link_to(w, "N1", 0);
        assert_says(&told, 0, "may be created");
        world_settle(w);
        assert_true(lockt_opens(w, "N1"));
        assert_int_not_equal(lockt_user(w, "N1")->user.id, user->user.id);
        assert_string_equal(user_text(&user->user, PROPERTY_ID_NUM), "");
        world_assert_quiet(w, "two of one name");
}

static void test_what_can_not_be_linked(void **data) {
        static const WorldOptions options = { .rest = "exclude: { id_num: [\"FIRE*\"] }\n" };
        World *w = *data;
        int64_t fire, other, p0, p1;
        Told told;

        open_with(w, &options, 5);
        fire = lockt_stranger(w, "FIRE1", "Fire", "", "")->user.id;
        other = lockt_stranger(w, "", "Other", "", "")->user.id;
        p0 = lockt_user(w, "P0000")->user.id;
        p1 = lockt_user(w, "P0001")->user.id;
        hr_hire(w, "N1");
        (void) lockt_stranger(w, "N1", "Stranger", "", "");
        relist(w);
        told = link_to(w, "N1", 999999);
        assert_says(&told, SYNC_REFUSED, "Lockt has no user 999999");
        told = link_to(w, "N1", fire);
        assert_says(&told, SYNC_REFUSED, "which 'exclude' in the configuration names");
        told = link_to(w, "FIRE2", other);
        assert_says(&told, SYNC_REFUSED, "excluded");
        told = link_to(w, "N1", p0);
        assert_says(&told, SYNC_REFUSED, "is linked to P0000, whom HR has and wants in");
        told = link_to(w, "P0001", other);
        assert_says(&told, SYNC_REFUSED, "'locktsyncctl unlink P0001' first");
        told = link_to(w, "N1", 0);
        assert_says(&told, SYNC_REFUSED, "would not take a second one");
        hr_leave(w, "P0001");
        world_settle(w);
        (void) lock(w, "P0001", "x");
        told = link_to(w, "N1", p1);
        assert_says(&told, SYNC_REFUSED, "who is locked");
        world_settle(w);
        world_assert_quiet(w, "nothing was linked");
        assert_false(world_linked(w, "N1"));
}

static void test_a_list_of_links_is_taken_whole_or_not_at_all(void **data) {
        World *w = *data;
        Complaints complaints = { 0 };
        HandAnswer answer = { 0 };
        LinkWish wishes[3];
        int64_t ids[3];

        open_with(w, NULL, 3);
        for (unsigned i = 0; i < 3; i++) {
                char id[8];

                (void) snprintf(id, sizeof(id), "N%u", i);
                hr_hire(w, id);
                ids[i] = stranger_like(w, "", hr_row(w, id))->user.id;
        }
        relist(w);
        for (unsigned i = 0; i < 3; i++)
                wishes[i] = (LinkWish) { .key = w->rows[3 + i].id, .lockt_id = ids[i] };
        wishes[1].lockt_id = 888888;
        wishes[2].lockt_id = 999999;
        assert_int_equal(sync_link(w->sync, w->now, wishes, 3, OFFICER, complain, &complaints, &answer, NULL),
                         SYNC_REFUSED);
        assert_int_equal(complaints.n, 2);
        assert_int_equal(complaints.wishes[0], 1);
        assert_int_equal(complaints.wishes[1], 2);
        world_settle(w);
        assert_false(world_linked(w, "N0"));

        wishes[1].lockt_id = ids[1];
        wishes[2].lockt_id = ids[2];
        must(sync_link(w->sync, w->now, wishes, 3, OFFICER, complain, &complaints, &answer, error));
        assert_non_null(strstr(answer.text, "3 people are linked"));
        hand_answer_deinit(&answer);
        world_settle(w);
        assert_int_equal(w->n_users, 6);
        world_assert_converged(w, "linked by a list");
}

/* The same user twice in a list: the second would take it from the first. */
static void test_a_list_that_contradicts_itself_changes_nothing(void **data) {
        World *w = *data;
        Complaints complaints = { 0 };
        HandAnswer answer = { 0 };
        LinkWish wishes[2];
        Error error = ERROR_INIT;

        open_with(w, NULL, 3);
        hr_hire_many(w, 'N', 0, 2);
        hr_change(w, "N0001", last, hr_row(w, "N0000")->last);
        hr_change(w, "N0001", first, hr_row(w, "N0000")->first);
        wishes[0] = (LinkWish) { "N0000", stranger_like(w, "", hr_row(w, "N0000"))->user.id };
        wishes[1] = (LinkWish) { "N0001", wishes[0].lockt_id };
        relist(w);
        assert_int_equal(sync_link(w->sync, w->now, wishes, 2, OFFICER, complain, &complaints, &answer, &error),
                         SYNC_REFUSED);
        assert_int_equal(complaints.wishes[0], 1);
        error_clear(&error);
        world_settle(w);
        assert_false(world_linked(w, "N0000"));
        assert_false(world_linked(w, "N0001"));
}

/* HR gave him another number: the user goes on, with what locktsync knows of it. */
static void test_rehire_with_a_new_key(void **data) {
        World *w = *data;
        Told told;
        HrRow row;
        int64_t id;

        open_with(w, NULL, 3);
        hr_change(w, "P0001", dept, "lab");
        world_settle(w);
        id = lockt_user(w, "P0001")->user.id;
        row = *hr_row(w, "P0001");
        hr_leave(w, "P0001");
        world_settle(w);
        hr_remove(w, "P0001");
        *hr_hire(w, "Q1") = row;
        hr_set(hr_row(w, "P0001")->id, sizeof(row.id), "Q1");
        hr_change(w, "Q1", dept, "");
        told = link_to(w, "Q1", id);
        assert_says(&told, 0, "taken over from P0001");
        world_settle(w);
        assert_true(lockt_opens(w, "Q1"));
        assert_int_equal(lockt_user(w, "Q1")->user.id, id);
        assert_false(lockt_has_level(w, "Q1", LAB));
        assert_false(world_linked(w, "P0001"));
        assert_history(w, "P0001", "unlinked", "linked to Q1 from now on");
        assert_history(w, "Q1", "linked", "taken over from P0001");
        world_run(w, 30 * MINUTE);
        world_assert_converged(w, "rehired");
        world_assert_quiet(w, "rehired");
        assert_false(world_parked(w, "P0001", NULL));
}

/* The old row stays in HR and says that he left. */
static void test_rehire_beside_the_old_row(void **data) {
        World *w = *data;
        int64_t id;

        open_with(w, NULL, 3);
        id = lockt_user(w, "P0001")->user.id;
        hr_leave(w, "P0001");
        world_settle(w);
        hr_hire(w, "Q1");
        hr_change(w, "Q1", email, hr_row(w, "P0001")->email);
        assert_int_equal(link_to(w, "Q1", id).outcome, 0);
        world_settle(w);
        assert_int_equal(lockt_user(w, "Q1")->user.id, id);
        assert_true(lockt_opens(w, "Q1"));
        hr_change(w, "P0001", phone, "030 1");
        world_settle(w);
        assert_true(lockt_opens(w, "Q1"));
        assert_false(world_parked(w, "P0001", NULL));
        world_assert_quiet(w, "rehired beside the old row");
}

static void test_unlinked_user_is_never_written_again(void **data) {
        World *w = *data;
        LocktUser *user;
        Told told;

        open_with(w, NULL, 3);
        user = lockt_user(w, "P0001");
        user->stranger = true;
        told = undo_link(w, "P0001");
        assert_says(&told, 0, "keeps the access that it has");
        hr_change(w, "P0001", dept, "lab");
        world_settle(w);
        relist(w);
        assert_true(world_parked(w, "P0001", NULL));
        assert_int_equal(w->n_log, 0);
        assert_history(w, "P0001", "unlinked", OFFICER);
        told = undo_link(w, "P0001");
        assert_says(&told, SYNC_REFUSED, "linked to no user");
        world_assert_quiet(w, "unlinked");

        user->stranger = false;
        assert_int_equal(link_to(w, "P0001", user->user.id).outcome, 0);
        world_settle(w);
        assert_true(lockt_has_level(w, "P0001", LAB));
        assert_false(world_parked(w, "P0001", NULL));
}

static void test_vanished_user_is_created_again_when_somebody_says_so(void **data) {
        World *w = *data;

        open_with(w, NULL, 20);
        lockt_delete(w, "P0001");
        relist(w);
        assert_true(world_parked(w, "P0001", NULL));
        assert_null(lockt_user(w, "P0001"));
        assert_int_equal(link_to(w, "P0001", 0).outcome, 0);
        world_settle(w);
        assert_true(lockt_opens(w, "P0001"));
        world_assert_converged(w, "created again");
        world_assert_quiet(w, "created again");
}

static void test_nothing_is_decided_while_a_write_is_under_way(void **data) {
        World *w = *data;
        Told told;

        open_with(w, NULL, 3);
        hr_leave(w, "P0001");
        world_notify(w, "P0001");
        for (unsigned k = 0; k < 100 && !w->writing; k++) {
                world_pump(w, NULL);
                if (!w->writing)
                        (void) world_read_hr(w, SYNC_KEYS);
        }
        assert_true(w->writing);
        told = undo_link(w, "P0001");
        assert_says(&told, SYNC_REFUSED, "under way");
        hr_hire(w, "N1");
        told = link_to(w, "N1", lockt_user(w, "P0001")->user.id);
        assert_says(&told, SYNC_REFUSED, "under way");
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
                world_test(test_link_of_somebody_whom_no_rule_matched),
                world_test(test_link_of_a_user_whom_no_update_would_find),
                world_test(test_link_new_creates_beside_a_namesake),
                world_test(test_what_can_not_be_linked),
                world_test(test_a_list_of_links_is_taken_whole_or_not_at_all),
                world_test(test_a_list_that_contradicts_itself_changes_nothing),
                world_test(test_rehire_with_a_new_key),
                world_test(test_rehire_beside_the_old_row),
                world_test(test_unlinked_user_is_never_written_again),
                world_test(test_vanished_user_is_created_again_when_somebody_says_so),
                world_test(test_nothing_is_decided_while_a_write_is_under_way),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
