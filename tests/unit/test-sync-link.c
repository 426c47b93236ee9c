/* What somebody decides himself: which user of Lockt a person is (invariant 6). */

#include "tests/unit/world-hand.h"

/* Somebody who was made by hand: the same name, another e-mail. */
static LocktUser *stranger_like(World *w, const char *id_num, const HrRow *row) {
        char email[40];
        LocktUser *user;

        (void) snprintf(email, sizeof(email), "%.20s@old.example", row->id);
        user = lockt_stranger(w, id_num, row->last, email, "");
        lockt_set(user, PROPERTY_FIRST_NAME, row->first);
        return user;
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

static void test_link_of_somebody_whom_no_rule_matched(void **data) {
        World *w = *data;
        LocktUser *user;
        Told told;

        hand_open(w, NULL, 3);
        hr_hire(w, "N1");
        user = stranger_like(w, "", hr_row(w, "N1"));
        hand_relist(w);
        assert_true(world_parked(w, "N1", NULL));
        assert_non_null(strstr(w->last_parked, "has the same name"));
        assert_int_equal(w->n_log, 0);

        told = hand_link(w, "N1", user->user.id);
        hand_assert_says(&told, 0, "is linked to user");
        world_settle(w);
        assert_true(world_linked(w, "N1"));
        assert_string_equal(user_text(&user->user, PROPERTY_ID_NUM), "N1");
        hand_assert_history(w, "N1", "linked", OFFICER);
        world_assert_converged(w, "linked by hand");
        told = hand_link(w, "N1", user->user.id);
        hand_assert_says(&told, 0, "already");
        world_assert_quiet(w, "linked by hand");
}

/* Lockt finds a user by its id_num or its e-mail: what has neither can't be updated. */
static void test_link_of_a_user_whom_no_update_would_find(void **data) {
        static const WorldOptions put = { .put = true };
        World *w = *data;
        LocktUser *user;
        Told told;

        hand_open(w, NULL, 3);
        hr_hire(w, "N1");
        user = stranger_like(w, "", hr_row(w, "N1"));
        lockt_set(user, PROPERTY_EMAIL, "");
        hand_relist(w);
        told = hand_link(w, "N1", user->user.id);
        hand_assert_says(&told, 0, "enter the id_num N1 there by hand");
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

        hand_open(w, NULL, 3);
        hr_hire(w, "N1");
        user = stranger_like(w, "", hr_row(w, "N1"));
        hand_relist(w);
        assert_true(world_parked(w, "N1", NULL));
        told = hand_link(w, "N1", 0);
        hand_assert_says(&told, 0, "may be created");
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

        hand_open(w, &options, 5);
        fire = lockt_stranger(w, "FIRE1", "Fire", "", "")->user.id;
        other = lockt_stranger(w, "", "Other", "", "")->user.id;
        p0 = lockt_user(w, "P0000")->user.id;
        p1 = lockt_user(w, "P0001")->user.id;
        hr_hire(w, "N1");
        (void) lockt_stranger(w, "N1", "Stranger", "", "");
        hand_relist(w);
        told = hand_link(w, "N1", 999999);
        hand_assert_says(&told, SYNC_REFUSED, "Lockt has no user 999999");
        told = hand_link(w, "N1", fire);
        hand_assert_says(&told, SYNC_REFUSED, "which 'exclude' in the configuration names");
        told = hand_link(w, "FIRE2", other);
        hand_assert_says(&told, SYNC_REFUSED, "excluded");
        told = hand_link(w, "N1", p0);
        hand_assert_says(&told, SYNC_REFUSED, "is linked to P0000, whom HR has and wants in");
        told = hand_link(w, "P0001", other);
        hand_assert_says(&told, SYNC_REFUSED, "'locktsyncctl unlink P0001' first");
        told = hand_link(w, "N1", 0);
        hand_assert_says(&told, SYNC_REFUSED, "would not take a second one");
        hr_leave(w, "P0001");
        world_settle(w);
        (void) hand_lock(w, "P0001", "x");
        told = hand_link(w, "N1", p1);
        hand_assert_says(&told, SYNC_REFUSED, "who is locked");
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

        hand_open(w, NULL, 3);
        for (unsigned i = 0; i < 3; i++) {
                char id[8];

                (void) snprintf(id, sizeof(id), "N%u", i);
                hr_hire(w, id);
                ids[i] = stranger_like(w, "", hr_row(w, id))->user.id;
        }
        hand_relist(w);
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

        hand_open(w, NULL, 3);
        hr_hire_many(w, 'N', 0, 2);
        hr_change(w, "N0001", last, hr_row(w, "N0000")->last);
        hr_change(w, "N0001", first, hr_row(w, "N0000")->first);
        wishes[0] = (LinkWish) { "N0000", stranger_like(w, "", hr_row(w, "N0000"))->user.id };
        wishes[1] = (LinkWish) { "N0001", wishes[0].lockt_id };
        hand_relist(w);
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

        hand_open(w, NULL, 3);
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
        told = hand_link(w, "Q1", id);
        hand_assert_says(&told, 0, "taken over from P0001");
        world_settle(w);
        assert_true(lockt_opens(w, "Q1"));
        assert_int_equal(lockt_user(w, "Q1")->user.id, id);
        assert_false(lockt_has_level(w, "Q1", LAB));
        assert_false(world_linked(w, "P0001"));
        hand_assert_history(w, "P0001", "unlinked", "linked to Q1 from now on");
        hand_assert_history(w, "Q1", "linked", "taken over from P0001");
        world_run(w, 30 * MINUTE);
        world_assert_converged(w, "rehired");
        world_assert_quiet(w, "rehired");
        assert_false(world_parked(w, "P0001", NULL));
}

/* The old row stays in HR and says that he left. */
static void test_rehire_beside_the_old_row(void **data) {
        World *w = *data;
        int64_t id;

        hand_open(w, NULL, 3);
        id = lockt_user(w, "P0001")->user.id;
        hr_leave(w, "P0001");
        world_settle(w);
        hr_hire(w, "Q1");
        hr_change(w, "Q1", email, hr_row(w, "P0001")->email);
        assert_int_equal(hand_link(w, "Q1", id).outcome, 0);
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

        hand_open(w, NULL, 3);
        user = lockt_user(w, "P0001");
        user->stranger = true;
        told = hand_unlink(w, "P0001");
        hand_assert_says(&told, 0, "keeps the access that it has");
        hr_change(w, "P0001", dept, "lab");
        world_settle(w);
        hand_relist(w);
        assert_true(world_parked(w, "P0001", NULL));
        assert_int_equal(w->n_log, 0);
        hand_assert_history(w, "P0001", "unlinked", OFFICER);
        told = hand_unlink(w, "P0001");
        hand_assert_says(&told, SYNC_REFUSED, "linked to no user");
        world_assert_quiet(w, "unlinked");

        user->stranger = false;
        assert_int_equal(hand_link(w, "P0001", user->user.id).outcome, 0);
        world_settle(w);
        assert_true(lockt_has_level(w, "P0001", LAB));
        assert_false(world_parked(w, "P0001", NULL));
}

static void test_vanished_user_is_created_again_when_somebody_says_so(void **data) {
        World *w = *data;

        hand_open(w, NULL, 20);
        lockt_delete(w, "P0001");
        hand_relist(w);
        assert_true(world_parked(w, "P0001", NULL));
        assert_null(lockt_user(w, "P0001"));
        assert_int_equal(hand_link(w, "P0001", 0).outcome, 0);
        world_settle(w);
        assert_true(lockt_opens(w, "P0001"));
        world_assert_converged(w, "created again");
        world_assert_quiet(w, "created again");
}

static void test_nothing_is_decided_while_a_write_is_under_way(void **data) {
        World *w = *data;
        Told told;

        hand_open(w, NULL, 3);
        hr_leave(w, "P0001");
        world_notify(w, "P0001");
        hand_until_writing(w);
        told = hand_unlink(w, "P0001");
        hand_assert_says(&told, SYNC_REFUSED, "under way");
        hr_hire(w, "N1");
        told = hand_link(w, "N1", lockt_user(w, "P0001")->user.id);
        hand_assert_says(&told, SYNC_REFUSED, "under way");
}

int main(void) {
        static const struct CMUnitTest tests[] = {
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
