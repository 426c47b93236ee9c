/* Listings: staged as they arrive, refused or applied whole, and never believed against what was written meanwhile. */

#include "state-fixture.h"

#include <errno.h>

#include "lib/state/database.h"

/* What apply told of each, in order; the ids of the first ones. */
static struct {
        int64_t ids[64];
        int64_t former_ids[64];
        size_t n;
} told;

static int tell(void *userdata, const HeldUser *before, int64_t id) {
        if (told.n < ELEMENTS(told.ids)) {
                told.former_ids[told.n] = before->user.id;
                told.ids[told.n] = id;
        }
        told.n++;
        return 0;
}

static void begin(Fixture *f, int64_t at) {
        told.n = 0;
        good(f, snapshot_listing_begin(f->state, at, &f->error));
}

static void add_user(Fixture *f, int64_t id, const char *id_num, const char *card_num) {
        User user = make_user(id, id_num, NULL, card_num);

        good(f, snapshot_listing_add(f->state, &user, false, false, &f->error));
        user_deinit(&user);
}

static void add_fob(Fixture *f, int64_t id) {
        User user = USER_INIT;

        user.id = id;
        good(f, snapshot_listing_add(f->state, &user, true, false, &f->error));
}

static ListingTally tally(Fixture *f) {
        ListingTally tally = { 0 };
        int r;

        do {
                error_clear(&f->error);
                r = snapshot_listing_tally(f->state, &tally, &f->error);
                if (r < 0)
                        fail_msg("%s", error_message(&f->error));
                assert_false(state_in_transaction(f->state));
        } while (r > 0);
        return tally;
}

static unsigned apply(Fixture *f, unsigned max) {
        unsigned pieces = 0;
        int r;

        do {
                error_clear(&f->error);
                r = snapshot_listing_apply(f->state, max, tell, NULL, &f->error);
                if (r < 0)
                        fail_msg("%s", error_message(&f->error));
                assert_false(state_in_transaction(f->state));
                pieces++;
        } while (r > 0);
        return pieces;
}

static HeldUser get(Fixture *f, int64_t id) {
        HeldUser held = HELD_USER_INIT;

        good(f, snapshot_get(f->state, id, &held, &f->error));
        return held;
}

static void assert_held(Fixture *f, int64_t id, const char *card_num, int64_t seen, bool missing) {
        HeldUser held = get(f, id);

        assert_string_equal(user_text(&held.user, PROPERTY_CARD_NUM), card_num);
        assert_int_equal(held.seen_usec, seen);
        assert_int_equal(held.missing, missing);
        held_user_deinit(&held);
}

static void list_three(Fixture *f, int64_t at) {
        begin(f, at);
        add_user(f, 1, "E1", "001");
        add_user(f, 2, "E2", "002");
        add_user(f, 3, "E3", "003");
}

static void test_a_first_listing_fills_the_snapshot(void **data) {
        Fixture *f = *data;
        ListingTally t;
        int64_t n;

        good(f, snapshot_listed_usec(f->state, &n, &f->error));
        assert_int_equal(n, 0);
        list_three(f, 100);
        add_fob(f, 4);
        t = tally(f);
        assert_int_equal(t.listed, 3);
        assert_int_equal(t.fobs, 1);
        assert_int_equal(t.added, 3);
        assert_int_equal(t.changed + t.vanished + t.known, 0);

        good(f, snapshot_count(f->state, &n, &f->error));
        assert_int_equal(n, 0);                                 /* nothing until it is applied */
        assert_true(apply(f, 2) > 1);
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
        apply(f, 100);
        list_three(f, 200);
        t = tally(f);
        assert_int_equal(t.listed, 3);
        assert_int_equal(t.known, 3);
        assert_int_equal(t.added + t.changed + t.vanished, 0);
        assert_int_equal(apply(f, 100), 1);
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
        apply(f, 100);
        good(f, link_put(f->state, &link, &f->error));
        begin(f, 200);
        add_user(f, 1, "E1", "001");
        add_user(f, 2, "E2", "changed");
        t = tally(f);
        assert_int_equal(t.changed, 1);
        assert_int_equal(t.vanished, 1);
        assert_int_equal(t.linked_vanished, 1);
        assert_int_equal(t.known, 3);
        apply(f, 1);
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
        begin(f, 300);
        add_user(f, 1, "E1", "001");
        add_user(f, 2, "E2", "changed");
        assert_int_equal(tally(f).vanished, 0);
        apply(f, 100);
        assert_int_equal(told.n, 0);
        begin(f, 400);
        add_user(f, 1, "E1", "001");
        add_user(f, 2, "E2", "changed");
        add_user(f, 3, "E3", "003");
        t = tally(f);
        assert_int_equal(t.changed, 1);
        assert_int_equal(t.known, 2);
        apply(f, 100);
        assert_int_equal(told.n, 1);
        assert_held(f, 3, "003", 400, false);
}

static void test_a_refused_listing_changes_nothing(void **data) {
        Fixture *f = *data;
        int64_t n;

        list_three(f, 100);
        apply(f, 100);
        begin(f, 200);
        add_user(f, 1, "E1", "changed");
        assert_int_equal(tally(f).vanished, 2);
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
        begin(f, 300);
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
        apply(f, 100);
        begin(f, 200);
        add_user(f, 1, "E1", "001");
        add_user(f, 2, "E2", "before the write");
        good(f, snapshot_put(f->state, &user, SNAPSHOT_ACKED, 250, &f->error));
        good(f, snapshot_put(f->state, &created, SNAPSHOT_ACKED, 260, &f->error));
        good(f, snapshot_put(f->state, &read, SNAPSHOT_SEEN, 270, &f->error));
        t = tally(f);
        assert_int_equal(t.vanished, 0);                /* neither who was created nor who was read meanwhile */
        apply(f, 1);
        assert_int_equal(told.n, 0);
        assert_held(f, 2, "written", 200, false);       /* seen by the listing, written since */
        assert_held(f, 3, "read", 270, false);
        assert_held(f, 9, "new", 0, false);             /* the listing did not see it: no false memory */

        /* The next one sees all of them. */
        begin(f, 300);
        add_user(f, 1, "E1", "001");
        add_user(f, 2, "E2", "written");
        add_user(f, 3, "E3", "read");
        add_user(f, 9, "E9", "new");
        apply(f, 100);
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
        apply(f, 100);
        begin(f, 200);
        add_user(f, 1, "E1", "listed");
        add_user(f, 2, "E2", "listed");
        add_user(f, 3, "E3", "listed");
        expect(f, 1, snapshot_listing_apply(f->state, 1, tell, NULL, &f->error));
        good(f, snapshot_put(f->state, &user, SNAPSHOT_ACKED, 250, &f->error));
        apply(f, 1);
        assert_held(f, 1, "listed", 200, false);
        assert_held(f, 2, "written", 200, false);
        assert_held(f, 3, "listed", 200, false);
        user_deinit(&user);
}

static void test_a_stale_mark_outlives_a_listing_that_began_before(void **data) {
        Fixture *f = *data;

        list_three(f, 100);
        apply(f, 100);
        list_three(f, 200);
        good(f, snapshot_set_stale(f->state, 2, 250, &f->error));
        apply(f, 100);
        assert_held(f, 1, "001", 200, false);
        assert_held(f, 2, "002", 0, false);
        list_three(f, 300);
        apply(f, 100);
        assert_held(f, 2, "002", 300, false);
}

static void test_a_read_that_began_before_the_listing_and_ends_within_is_read_again(void **data) {
        Fixture *f = *data;
        User user = make_user(2, "E2", NULL, "older");

        list_three(f, 100);
        apply(f, 100);
        list_three(f, 200);
        tally(f);
        good(f, snapshot_put(f->state, &user, SNAPSHOT_SEEN, 150, &f->error));
        apply(f, 100);
        assert_held(f, 2, "older", 0, false);
        user_deinit(&user);
}

static void test_twins(void **data) {
        Fixture *f = *data;
        HeldUser held;
        ListingTally t;

        for (int64_t at = 100; at <= 200; at += 100) {
                begin(f, at);
                add_user(f, 1, "E1", "001");
                add_user(f, 1, "E1", "001");
                add_user(f, 2, "E2", "one card");
                add_user(f, 2, "E2", "another");
                t = tally(f);
                assert_int_equal(t.listed, 2);
                apply(f, 100);
                /* The second time the contradiction is the same: nothing new. */
                assert_int_equal(told.n, at == 100 ? 2 : 0);
                assert_int_equal(t.changed, 0);
                held = get(f, 1);
                assert_false(held.unclear);
                held_user_deinit(&held);
                held = get(f, 2);
                assert_true(held.unclear);
                held_user_deinit(&held);
        }

        begin(f, 300);
        add_user(f, 1, "E1", "001");
        add_user(f, 2, "E2", "another");
        apply(f, 100);
        assert_int_equal(told.n, 1);
        held = get(f, 2);
        assert_false(held.unclear);
        assert_string_equal(held.user.text[PROPERTY_CARD_NUM], "another");
        held_user_deinit(&held);

        /* Contradicted where one of them is as before: what is held stays, but is unclear. */
        begin(f, 400);
        add_user(f, 1, "E1", "001");
        add_user(f, 2, "E2", "another");
        add_user(f, 2, "E2", "third");
        assert_int_equal(tally(f).changed, 1);
        apply(f, 100);
        held = get(f, 2);
        assert_true(held.unclear);
        assert_string_equal(held.user.text[PROPERTY_CARD_NUM], "another");
        held_user_deinit(&held);
}

static void test_what_was_not_understood_is_unclear(void **data) {
        Fixture *f = *data;
        User user = make_user(1, "E1", NULL, "001");
        HeldUser held;

        for (int i = 0; i < 2; i++) {
                begin(f, 100 + i);
                good(f, snapshot_listing_add(f->state, &user, false, true, &f->error));
                apply(f, 100);
                assert_int_equal(told.n, i == 0);
                held = get(f, 1);
                assert_true(held.unclear);
                held_user_deinit(&held);
        }
        user.unclear = PROPERTY_BIT(PROPERTY_PHONE);
        begin(f, 200);
        good(f, snapshot_listing_add(f->state, &user, false, false, &f->error));
        apply(f, 100);
        held = get(f, 1);
        assert_true(held.unclear);
        assert_int_equal(held.user.unclear, PROPERTY_BIT(PROPERTY_PHONE));
        held_user_deinit(&held);
        user_deinit(&user);
}

static void test_levels_that_a_listing_leaves_out_stay_as_they_were(void **data) {
        Fixture *f = *data;
        User user = make_user(1, "E1", NULL, "001");
        HeldUser held;

        begin(f, 100);
        good(f, snapshot_listing_add(f->state, &user, false, false, &f->error));
        apply(f, 100);
        user_remove_level(&user, 12);
        user_remove_level(&user, 34);
        user.levels_known = false;
        for (int i = 0; i < 2; i++) {
                begin(f, 200 + i);
                good(f, snapshot_listing_add(f->state, &user, false, false, &f->error));
                apply(f, 100);
                held = get(f, 1);
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
        begin(f, 100);
        add_fob(f, 1);
        add_user(f, 2, "E2", "002");
        assert_int_equal(tally(f).fobs, 1);
        assert_int_equal(tally(f).vanished, 0);
        apply(f, 100);
        expect(f, STATE_NONE, snapshot_get(f->state, 1, &held, &f->error));
        good(f, snapshot_count(f->state, &n, &f->error));
        assert_int_equal(n, 1);

        /* Later listings and reads, which do not say so, are not believed. */
        begin(f, 200);
        add_user(f, 1, "F1", "001");
        add_user(f, 2, "E2", "002");
        assert_int_equal(tally(f).listed, 1);
        assert_int_equal(tally(f).fobs, 1);
        apply(f, 100);
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
        tally(f);
        expect(f, -EIO, snapshot_listing_apply(f->state, 100, refuse, NULL, &f->error));
        assert_false(state_in_transaction(f->state));
        expect(f, STATE_NONE, snapshot_get(f->state, 1, &held, &f->error));
        apply(f, 100);
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
                apply(f, 100);
                assert_int_equal(synchronous(f), 1);
                if (i == 0)
                        good(f, state_begin(f->state, &f->error));
                good(f, snapshot_set_stale(f->state, 1, 150, &f->error));
                assert_int_equal(synchronous(f), 2);
                if (i == 0)
                        good(f, state_commit(f->state, &f->error));
        }
}

/* More than enough for the packed lists of a first listing, and than fits into one bucket where all have one name. */
enum { MANY = 12000 };

/* E-mail and card number of user @i; ids and numbers are in different orders. */
static const char *number_of(int64_t i) {
        static char text[32];

        (void) snprintf(text, sizeof(text), "%05jd", (intmax_t) (i * 7919 % MANY));
        return text;
}

static void add_one_of_many(Fixture *f, int64_t i) {
        User user = make_user(i, number_of(i), number_of(i), number_of(i));

        /* Every other one is a Lovelace. */
        assert_int_equal(user_set_text(&user, PROPERTY_LAST_NAME, i % 2 ? "Lovelace" : number_of(i)), 0);
        good(f, snapshot_listing_add(f->state, &user, false, false, &f->error));
        user_deinit(&user);
}

static void list_many(Fixture *f, int64_t at) {
        begin(f, at);
        for (int64_t i = 1; i <= MANY; i++)
                add_one_of_many(f, i);
}

/* The id of who has this, 0: nobody. */
static int64_t find(Fixture *f, Property property, const char *value) {
        int64_t ids[2] = { 0 };
        size_t n = 0;

        good(f, snapshot_find(f->state, property, value, 0, ids, 2, &n, &f->error));
        assert_true(n <= 1);
        return n > 0 ? ids[0] : 0;
}

static int64_t count_users(Fixture *f) {
        int64_t n = -1;

        good(f, snapshot_count(f->state, &n, &f->error));
        return n;
}

static void assert_all_are_found(Fixture *f) {
        static const Property properties[] = { PROPERTY_ID_NUM, PROPERTY_EMAIL, PROPERTY_CARD_NUM };
        int64_t ids[8];
        size_t n = 0;

        for (int64_t i = 1; i <= MANY; i += 7)
                for (size_t p = 0; p < ELEMENTS(properties); p++)
                        assert_int_equal(find(f, properties[p], number_of(i)), i);
        good(f, snapshot_find_name(f->state, "ada", number_of(500), 0, true, ids, 8, &n, &f->error));
        assert_int_equal(n, 1);
        assert_int_equal(ids[0], 500);
        good(f, snapshot_find_name(f->state, "ADA", "LOVELACE", 1, true, ids, 8, &n, &f->error));
        assert_int_equal(n, 8);
        for (size_t i = 0; i < n; i++)
                assert_int_equal(ids[i], 3 + 2 * i);
        good(f, snapshot_search(f->state, number_of(2), ids, 8, &n, &f->error));
        assert_int_equal(n, 1);                                 /* by e-mail, card and last name, once */
}

static void test_a_large_first_listing_is_found_by_everything(void **data) {
        Fixture *f = *data;
        unsigned pieces = 0;
        int64_t before;
        int r;

        list_many(f, 100);
        assert_int_equal(tally(f).added, MANY);
        assert_int_equal(find(f, PROPERTY_CARD_NUM, number_of(1)), 0);
        do {
                before = count_users(f);
                r = snapshot_listing_apply(f->state, 1000, NULL, NULL, &f->error);
                assert_true(r >= 0);
                /* Whoever is there can be found, from the first piece on. */
                if (count_users(f) > before)
                        assert_int_equal(find(f, PROPERTY_CARD_NUM, number_of(before + 1)), before + 1);
                pieces++;
        } while (r > 0);
        assert_true(pieces > 5);
        assert_int_equal(count_users(f), MANY);
        assert_all_are_found(f);
        fixture_close(f);
        fixture_open(f);
        assert_all_are_found(f);
        assert_int_equal(count_users(f), MANY);
}

static void test_too_many_of_one_name_go_into_the_indexes(void **data) {
        Fixture *f = *data;
        int64_t *ids = calloc(MANY, sizeof(*ids));
        size_t n = 0;

        assert_non_null(ids);
        begin(f, 100);
        for (int64_t i = 1; i <= MANY; i++)
                add_user(f, i, number_of(i), NULL);             /* all of them Ada Lovelace */
        apply(f, 1000);
        good(f, snapshot_find_name(f->state, "Ada", "Lovelace", 0, false, ids, MANY, &n, &f->error));
        assert_int_equal(n, MANY);
        for (size_t i = 0; i < n; i++)
                assert_int_equal(ids[i], i + 1);
        assert_int_equal(find(f, PROPERTY_ID_NUM, number_of(MANY)), MANY);
        fixture_close(f);
        fixture_sql(f, "SELECT CASE WHEN count(*) BETWEEN 1 AND 8192 THEN 1 ELSE json('no') END FROM user WHERE packed = 1");
        free(ids);
}

static void test_who_changes_after_a_first_listing_is_found_by_what_he_has_then(void **data) {
        Fixture *f = *data;
        User user = make_user(7, "new id", "new@example.org", "new card");
        int64_t ids[2];
        size_t n = 0;

        list_many(f, 100);
        apply(f, 1000);
        good(f, snapshot_put(f->state, &user, SNAPSHOT_ACKED, 200, &f->error));
        good(f, snapshot_set_missing(f->state, 8, 200, &f->error));
        assert_int_equal(find(f, PROPERTY_CARD_NUM, "new card"), 7);
        assert_int_equal(find(f, PROPERTY_EMAIL, "NEW@example.org"), 7);
        assert_int_equal(find(f, PROPERTY_ID_NUM, number_of(7)), 0);
        assert_int_equal(find(f, PROPERTY_ID_NUM, number_of(8)), 0);
        assert_int_equal(count_users(f), MANY - 1);
        good(f, snapshot_find_name(f->state, "Ada", "Lovelace", 5, false, ids, 2, &n, &f->error));
        assert_int_equal(n, 2);
        assert_int_equal(ids[0], 1);
        assert_int_equal(ids[1], 3);

        /* The next listing is an ordinary one, and gives back what was changed by hand. */
        list_many(f, 300);
        assert_int_equal(tally(f).changed, 2);
        apply(f, 1000);
        assert_int_equal(told.n, 2);
        assert_int_equal(find(f, PROPERTY_ID_NUM, number_of(7)), 7);
        assert_int_equal(find(f, PROPERTY_ID_NUM, "new id"), 0);
        assert_all_are_found(f);
        user_deinit(&user);
}

static void test_a_first_listing_that_was_cut_short_is_taken_up_by_the_next(void **data) {
        Fixture *f = *data;

        for (unsigned pieces = 1; count_users(f) < MANY; pieces += 9) {
                list_many(f, (int64_t) pieces * 100);
                tally(f);
                for (unsigned i = 0; i < pieces; i++)
                        if (snapshot_listing_apply(f->state, 1000, NULL, NULL, &f->error) == 0)
                                break;
                fixture_close(f);                               /* and whatever was not applied is forgotten */
                fixture_open(f);
                assert_true(pieces < 100);
        }
        assert_all_are_found(f);
}

static void test_users_created_while_a_first_listing_arrives_are_not_added_twice(void **data) {
        Fixture *f = *data;
        User listed = make_user(2, "E2", NULL, "written"), other = make_user(MANY + 1, "E-", NULL, "other");
        HeldUser held;

        list_many(f, 100);
        good(f, snapshot_put(f->state, &listed, SNAPSHOT_ACKED, 150, &f->error));
        good(f, snapshot_put(f->state, &other, SNAPSHOT_ACKED, 150, &f->error));
        assert_int_equal(tally(f).vanished, 0);
        apply(f, 1000);
        assert_int_equal(count_users(f), MANY + 1);
        held = get(f, 2);
        assert_string_equal(held.user.text[PROPERTY_CARD_NUM], "written");
        held_user_deinit(&held);
        assert_int_equal(find(f, PROPERTY_CARD_NUM, "written"), 2);
        assert_int_equal(find(f, PROPERTY_CARD_NUM, "other"), MANY + 1);
        assert_int_equal(find(f, PROPERTY_CARD_NUM, number_of(1)), 1);
        user_deinit(&listed);
        user_deinit(&other);
}

static void test_a_comparison_goes_on_piece_by_piece_while_users_are_written(void **data) {
        Fixture *f = *data;
        User user = make_user(MANY, "E-", NULL, "written"), other = make_user(MANY + 1, "E+", NULL, NULL);
        ListingTally t = { 0 };
        unsigned pieces = 1;
        int r;

        list_many(f, 100);
        apply(f, 1000);
        begin(f, 200);
        for (int64_t i = 1; i <= MANY; i += 3)                  /* two of three are gone */
                add_one_of_many(f, i);
        while ((r = snapshot_listing_tally(f->state, &t, &f->error)) > 0) {
                assert_false(state_in_transaction(f->state));
                if (pieces++ == 2) {
                        good(f, snapshot_put(f->state, &user, SNAPSHOT_ACKED, 250, &f->error));
                        good(f, snapshot_put(f->state, &other, SNAPSHOT_ACKED, 250, &f->error));
                }
        }
        assert_int_equal(r, 0);
        assert_true(pieces > 4);
        assert_int_equal(t.vanished, MANY / 3 * 2 - 1);         /* all but who was written in between */
        while (snapshot_listing_apply(f->state, 1000, NULL, NULL, &f->error) > 0)
                ;
        assert_int_equal(count_users(f), MANY / 3 + 2);
        assert_held(f, MANY, "written", 100, false);
        user_deinit(&user);
        user_deinit(&other);
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
                state_test(test_a_large_first_listing_is_found_by_everything),
                state_test(test_too_many_of_one_name_go_into_the_indexes),
                state_test(test_who_changes_after_a_first_listing_is_found_by_what_he_has_then),
                state_test(test_a_first_listing_that_was_cut_short_is_taken_up_by_the_next),
                state_test(test_users_created_while_a_first_listing_arrives_are_not_added_twice),
                state_test(test_a_comparison_goes_on_piece_by_piece_while_users_are_written),
        };

        return cmocka_run_group_tests_name("state-listing", tests, NULL, NULL);
}
