/* Listings: staged as they arrive, refused or applied whole, and never believed against what was written meanwhile. */

#include "listing-fixture.h"

#include <errno.h>

#include "lib/state/database.h"

static void list_three(Fixture *f, int64_t at) {
        list_begin(f, at);
        list_user(f, 1, "E1", "001");
        list_user(f, 2, "E2", "002");
        list_user(f, 3, "E3", "003");
}

static void test_a_first_listing_fills_the_snapshot(void **data) {
        Fixture *f = *data;
        ListingTally t;
        int64_t n;

        good(f, snapshot_listed_usec(f->state, &n, &f->error));
        assert_int_equal(n, 0);
        list_three(f, 100);
        list_fob(f, 4);
        t = list_tally(f);
        assert_int_equal(t.listed, 3);
        assert_int_equal(t.fobs, 1);
        assert_int_equal(t.added, 3);
        assert_int_equal(t.changed + t.vanished + t.known, 0);

        good(f, snapshot_count(f->state, &n, &f->error));
        assert_int_equal(n, 0);                                 /* nothing until it is applied */
        assert_true(list_apply(f, 2) > 1);
        assert_int_equal(told.n, 3);
        assert_int_equal(told.former_ids[0], 0);                /* nobody before */
        good(f, snapshot_count(f->state, &n, &f->error));
        assert_int_equal(n, 3);
        good(f, snapshot_listed_usec(f->state, &n, &f->error));
        assert_int_equal(n, 100);
        assert_held(f, 2, "002", 100, false);
}

static void test_an_unchanged_listing_changes_only_when_it_was_seen(void **data) {
        Fixture *f = *data;
        ListingTally t;

        list_three(f, 100);
        list_apply(f, 100);
        list_three(f, 200);
        t = list_tally(f);
        assert_int_equal(t.listed, 3);
        assert_int_equal(t.known, 3);
        assert_int_equal(t.added + t.changed + t.vanished, 0);
        assert_int_equal(list_apply(f, 100), 1);
        assert_int_equal(told.n, 0);
        assert_held(f, 1, "001", 200, false);
}

static void test_changes_and_vanished_users_are_told(void **data) {
        Fixture *f = *data;
        char key[] = "E3";
        Link link = { .key = key, .lockt_id = 3, .granted = USER_INIT };
        ListingTally t;
        int64_t n;

        list_three(f, 100);
        list_apply(f, 100);
        good(f, link_put(f->state, &link, &f->error));
        list_begin(f, 200);
        list_user(f, 1, "E1", "001");
        list_user(f, 2, "E2", "changed");
        t = list_tally(f);
        assert_int_equal(t.changed, 1);
        assert_int_equal(t.vanished, 1);
        assert_int_equal(t.linked_vanished, 1);
        assert_int_equal(t.known, 3);
        list_apply(f, 1);
        assert_int_equal(told.n, 2);
        assert_int_equal(told.ids[0], 2);
        assert_int_equal(told.former_ids[0], 2);
        assert_int_equal(told.ids[1], 3);
        assert_held(f, 1, "001", 200, false);
        assert_held(f, 2, "changed", 200, false);
        assert_held(f, 3, "003", 100, true);
        good(f, snapshot_count(f->state, &n, &f->error));
        assert_int_equal(n, 2);

        /* Still gone: no news. Back again: news. */
        list_begin(f, 300);
        list_user(f, 1, "E1", "001");
        list_user(f, 2, "E2", "changed");
        assert_int_equal(list_tally(f).vanished, 0);
        list_apply(f, 100);
        assert_int_equal(told.n, 0);
        list_begin(f, 400);
        list_user(f, 1, "E1", "001");
        list_user(f, 2, "E2", "changed");
        list_user(f, 3, "E3", "003");
        t = list_tally(f);
        assert_int_equal(t.changed, 1);
        assert_int_equal(t.known, 2);
        list_apply(f, 100);
        assert_int_equal(told.n, 1);
        assert_held(f, 3, "003", 400, false);
}

static void test_a_refused_listing_changes_nothing(void **data) {
        Fixture *f = *data;
        int64_t n;

        list_three(f, 100);
        list_apply(f, 100);
        list_begin(f, 200);
        list_user(f, 1, "E1", "changed");
        assert_int_equal(list_tally(f).vanished, 2);
        snapshot_listing_drop(f->state);
        snapshot_listing_drop(f->state);
        assert_held(f, 1, "001", 100, false);
        assert_held(f, 2, "002", 100, false);
        good(f, snapshot_listed_usec(f->state, &n, &f->error));
        assert_int_equal(n, 100);

        /* Outside of a listing there is nothing to do. */
        ListingTally t;
        User user = make_user(1, "E1", NULL, NULL);
        expect(f, -EINVAL, snapshot_listing_tally(f->state, &t, &f->error));
        expect(f, -EINVAL, snapshot_listing_apply(f->state, 1, NULL, NULL, &f->error));
        expect(f, -EINVAL, snapshot_listing_add(f->state, &user, false, false, &f->error));
        list_begin(f, 300);
        user.id = 0;
        expect(f, -EINVAL, snapshot_listing_add(f->state, &user, false, false, &f->error));
        user_deinit(&user);
}

static void test_what_was_written_during_a_listing_stays(void **data) {
        Fixture *f = *data;
        User user = make_user(2, "E2", NULL, "written");
        User created = make_user(9, "E9", NULL, "new");
        User read = make_user(3, "E3", NULL, "read");
        ListingTally t;

        list_three(f, 100);
        list_apply(f, 100);
        list_begin(f, 200);
        list_user(f, 1, "E1", "001");
        list_user(f, 2, "E2", "before the write");
        good(f, snapshot_put(f->state, &user, SNAPSHOT_ACKED, 250, &f->error));
        good(f, snapshot_put(f->state, &created, SNAPSHOT_ACKED, 260, &f->error));
        good(f, snapshot_put(f->state, &read, SNAPSHOT_SEEN, 270, &f->error));
        t = list_tally(f);
        assert_int_equal(t.vanished, 0);                /* neither who was created nor who was read meanwhile */
        list_apply(f, 1);
        assert_int_equal(told.n, 0);
        assert_held(f, 2, "written", 200, false);       /* seen by the listing, written since */
        assert_held(f, 3, "read", 270, false);
        assert_held(f, 9, "new", 0, false);             /* the listing did not see it: no false memory */

        /* The next one sees all of them. */
        list_begin(f, 300);
        list_user(f, 1, "E1", "001");
        list_user(f, 2, "E2", "written");
        list_user(f, 3, "E3", "read");
        list_user(f, 9, "E9", "new");
        list_apply(f, 100);
        assert_int_equal(told.n, 0);
        assert_held(f, 9, "new", 300, false);
        user_deinit(&user);
        user_deinit(&created);
        user_deinit(&read);
}

static void test_what_was_written_between_two_pieces_stays(void **data) {
        Fixture *f = *data;
        User user = make_user(2, "E2", NULL, "written");

        list_three(f, 100);
        list_apply(f, 100);
        list_begin(f, 200);
        list_user(f, 1, "E1", "listed");
        list_user(f, 2, "E2", "listed");
        list_user(f, 3, "E3", "listed");
        expect(f, 1, snapshot_listing_apply(f->state, 1, list_tell, NULL, &f->error));
        good(f, snapshot_put(f->state, &user, SNAPSHOT_ACKED, 250, &f->error));
        list_apply(f, 1);
        assert_held(f, 1, "listed", 200, false);
        assert_held(f, 2, "written", 200, false);
        assert_held(f, 3, "listed", 200, false);
        user_deinit(&user);
}

static void test_a_stale_mark_outlives_a_listing_that_began_before(void **data) {
        Fixture *f = *data;

        list_three(f, 100);
        list_apply(f, 100);
        list_three(f, 200);
        good(f, snapshot_set_stale(f->state, 2, 250, &f->error));
        list_apply(f, 100);
        assert_held(f, 1, "001", 200, false);
        assert_held(f, 2, "002", 0, false);
        list_three(f, 300);
        list_apply(f, 100);
        assert_held(f, 2, "002", 300, false);
}

static void test_a_read_that_began_before_the_listing_and_ends_within_is_read_again(void **data) {
        Fixture *f = *data;
        User user = make_user(2, "E2", NULL, "older");

        list_three(f, 100);
        list_apply(f, 100);
        list_three(f, 200);
        list_tally(f);
        good(f, snapshot_put(f->state, &user, SNAPSHOT_SEEN, 150, &f->error));
        list_apply(f, 100);
        assert_held(f, 2, "older", 0, false);
        user_deinit(&user);
}

static void test_twins(void **data) {
        Fixture *f = *data;
        HeldUser held;
        ListingTally t;

        for (int64_t at = 100; at <= 200; at += 100) {
                list_begin(f, at);
                list_user(f, 1, "E1", "001");
                list_user(f, 1, "E1", "001");
                list_user(f, 2, "E2", "one card");
                list_user(f, 2, "E2", "another");
                t = list_tally(f);
                assert_int_equal(t.listed, 2);
                list_apply(f, 100);
                /* The second time the contradiction is the same: nothing new. */
                assert_int_equal(told.n, at == 100 ? 2 : 0);
                assert_int_equal(t.changed, 0);
                held = held_of(f, 1);
                assert_false(held.unclear);
                held_user_deinit(&held);
                held = held_of(f, 2);
                assert_true(held.unclear);
                held_user_deinit(&held);
        }

        list_begin(f, 300);
        list_user(f, 1, "E1", "001");
        list_user(f, 2, "E2", "another");
        list_apply(f, 100);
        assert_int_equal(told.n, 1);
        held = held_of(f, 2);
        assert_false(held.unclear);
        assert_string_equal(held.user.text[PROPERTY_CARD_NUM], "another");
        held_user_deinit(&held);

        /* Contradicted where one of them is as before: what is held stays, but is unclear. */
        list_begin(f, 400);
        list_user(f, 1, "E1", "001");
        list_user(f, 2, "E2", "another");
        list_user(f, 2, "E2", "third");
        assert_int_equal(list_tally(f).changed, 1);
        list_apply(f, 100);
        held = held_of(f, 2);
        assert_true(held.unclear);
        assert_string_equal(held.user.text[PROPERTY_CARD_NUM], "another");
        held_user_deinit(&held);
}

static void test_what_was_not_understood_is_unclear(void **data) {
        Fixture *f = *data;
        User user = make_user(1, "E1", NULL, "001");
        HeldUser held;

        for (int i = 0; i < 2; i++) {
                list_begin(f, 100 + i);
                good(f, snapshot_listing_add(f->state, &user, false, true, &f->error));
                list_apply(f, 100);
                assert_int_equal(told.n, i == 0);
                held = held_of(f, 1);
                assert_true(held.unclear);
                held_user_deinit(&held);
        }
        user.unclear = PROPERTY_BIT(PROPERTY_PHONE);
        list_begin(f, 200);
        good(f, snapshot_listing_add(f->state, &user, false, false, &f->error));
        list_apply(f, 100);
        held = held_of(f, 1);
        assert_true(held.unclear);
        assert_int_equal(held.user.unclear, PROPERTY_BIT(PROPERTY_PHONE));
        held_user_deinit(&held);
        user_deinit(&user);
}

static void test_levels_that_a_listing_leaves_out_stay_as_they_were(void **data) {
        Fixture *f = *data;
        User user = make_user(1, "E1", NULL, "001");
        HeldUser held;

        list_begin(f, 100);
        good(f, snapshot_listing_add(f->state, &user, false, false, &f->error));
        list_apply(f, 100);
        user_remove_level(&user, 12);
        user_remove_level(&user, 34);
        user.levels_known = false;
        for (int i = 0; i < 2; i++) {
                list_begin(f, 200 + i);
                good(f, snapshot_listing_add(f->state, &user, false, false, &f->error));
                list_apply(f, 100);
                held = held_of(f, 1);
                assert_true(held.user.levels_known && held.user.n_levels == 2);
                held_user_deinit(&held);
        }
        assert_int_equal(told.n, 0);
        user_deinit(&user);
}

static void test_a_fob_is_never_taken_for_a_person(void **data) {
        Fixture *f = *data;
        User user = make_user(1, "F1", NULL, "001");
        HeldUser held = HELD_USER_INIT;
        int64_t n;

        /* Taken for one before anybody knew better. */
        good(f, snapshot_put(f->state, &user, SNAPSHOT_SEEN, 50, &f->error));
        list_begin(f, 100);
        list_fob(f, 1);
        list_user(f, 2, "E2", "002");
        assert_int_equal(list_tally(f).fobs, 1);
        assert_int_equal(list_tally(f).vanished, 0);
        list_apply(f, 100);
        expect(f, STATE_NONE, snapshot_get(f->state, 1, &held, &f->error));
        good(f, snapshot_count(f->state, &n, &f->error));
        assert_int_equal(n, 1);

        /* Later listings and reads, which do not say so, are not believed. */
        list_begin(f, 200);
        list_user(f, 1, "F1", "001");
        list_user(f, 2, "E2", "002");
        assert_int_equal(list_tally(f).listed, 1);
        assert_int_equal(list_tally(f).fobs, 1);
        list_apply(f, 100);
        good(f, snapshot_put(f->state, &user, SNAPSHOT_SEEN, 300, &f->error));
        expect(f, STATE_NONE, snapshot_get(f->state, 1, &held, &f->error));
        user_deinit(&user);
}

static int refuse(void *userdata, const HeldUser *before, int64_t id) {
        return id == 2 ? -EIO : 0;
}

static void test_a_piece_that_fails_is_not_applied_and_can_be_tried_again(void **data) {
        Fixture *f = *data;
        HeldUser held = HELD_USER_INIT;

        list_three(f, 100);
        list_tally(f);
        expect(f, -EIO, snapshot_listing_apply(f->state, 100, refuse, NULL, &f->error));
        assert_false(state_in_transaction(f->state));
        expect(f, STATE_NONE, snapshot_get(f->state, 1, &held, &f->error));
        list_apply(f, 100);
        assert_int_equal(told.n, 3);
        assert_held(f, 3, "003", 100, false);
}

/* What PRAGMA synchronous says: 1 is NORMAL, 2 is FULL. */
static int64_t synchronous(Fixture *f) {
        int64_t n = -1;

        good(f, database_number(f->state, "PRAGMA main.synchronous", &n, &f->error));
        return n;
}

static void test_only_the_pieces_of_a_listing_do_not_wait_for_the_disk(void **data) {
        Fixture *f = *data;

        for (unsigned i = 0; i < 2; i++) {
                list_three(f, 100 + i);
                list_apply(f, 100);
                assert_int_equal(synchronous(f), 1);
                if (i == 0)
                        good(f, state_begin(f->state, &f->error));
                good(f, snapshot_set_stale(f->state, 1, 150, &f->error));
                assert_int_equal(synchronous(f), 2);
                if (i == 0)
                        good(f, state_commit(f->state, &f->error));
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                state_test(test_a_first_listing_fills_the_snapshot),
                state_test(test_an_unchanged_listing_changes_only_when_it_was_seen),
                state_test(test_changes_and_vanished_users_are_told),
                state_test(test_a_refused_listing_changes_nothing),
                state_test(test_what_was_written_during_a_listing_stays),
                state_test(test_what_was_written_between_two_pieces_stays),
                state_test(test_a_stale_mark_outlives_a_listing_that_began_before),
                state_test(test_a_read_that_began_before_the_listing_and_ends_within_is_read_again),
                state_test(test_twins),
                state_test(test_what_was_not_understood_is_unclear),
                state_test(test_levels_that_a_listing_leaves_out_stay_as_they_were),
                state_test(test_a_fob_is_never_taken_for_a_person),
                state_test(test_a_piece_that_fails_is_not_applied_and_can_be_tried_again),
                state_test(test_only_the_pieces_of_a_listing_do_not_wait_for_the_disk),
        };

        return cmocka_run_group_tests_name("state-listing", tests, NULL, NULL);
}
