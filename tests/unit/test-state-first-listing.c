/* A large first listing, whose users are found by packed lists; and what becomes of them. */

#include "listing-fixture.h"

#include <errno.h>

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
        list_begin(f, at);
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
        assert_int_equal(list_tally(f).added, MANY);
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
        list_begin(f, 100);
        for (int64_t i = 1; i <= MANY; i++)
                list_user(f, i, number_of(i), NULL);             /* all of them Ada Lovelace */
        list_apply(f, 1000);
        good(f, snapshot_find_name(f->state, "Ada", "Lovelace", 0, false, ids, MANY, &n, &f->error));
        assert_int_equal(n, MANY);
        for (size_t i = 0; i < n; i++)
                assert_int_equal(ids[i], i + 1);
        assert_int_equal(find(f, PROPERTY_ID_NUM, number_of(MANY)), MANY);
        fixture_close(f);
        fixture_sql(f, "SELECT CASE WHEN count(*) BETWEEN 1 AND 8192 THEN 1 ELSE json('no') END FROM user WHERE packed = 1");
        free(ids);
}

static void test_lists_that_are_damaged_are_told_as_damage(void **data) {
        Fixture *f = *data;
        int64_t ids[2];
        size_t n = 0;

        list_many(f, 100);
        list_apply(f, 1000);
        fixture_close(f);
        fixture_sql(f, "UPDATE user_lookup SET entries = x'00'");
        fixture_open(f);
        expect(f, -EUCLEAN, snapshot_find(f->state, PROPERTY_ID_NUM, number_of(1), 0, ids, 2, &n, &f->error));
}

static void test_who_changes_after_a_first_listing_is_found_by_what_he_has_then(void **data) {
        Fixture *f = *data;
        User user = make_user(7, "new id", "new@example.org", "new card");
        int64_t ids[2];
        size_t n = 0;

        list_many(f, 100);
        list_apply(f, 1000);
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
        assert_int_equal(list_tally(f).changed, 2);
        list_apply(f, 1000);
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
                list_tally(f);
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
        assert_int_equal(list_tally(f).vanished, 0);
        list_apply(f, 1000);
        assert_int_equal(count_users(f), MANY + 1);
        held = held_of(f, 2);
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
        list_apply(f, 1000);
        list_begin(f, 200);
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
                state_test(test_a_large_first_listing_is_found_by_everything),
                state_test(test_too_many_of_one_name_go_into_the_indexes),
                state_test(test_lists_that_are_damaged_are_told_as_damage),
                state_test(test_who_changes_after_a_first_listing_is_found_by_what_he_has_then),
                state_test(test_a_first_listing_that_was_cut_short_is_taken_up_by_the_next),
                state_test(test_users_created_while_a_first_listing_arrives_are_not_added_twice),
                state_test(test_a_comparison_goes_on_piece_by_piece_while_users_are_written),
        };

        return cmocka_run_group_tests_name("state-first-listing", tests, NULL, NULL);
}
