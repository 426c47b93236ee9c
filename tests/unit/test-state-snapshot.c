/* The snapshot, user by user: what was seen, what was acknowledged, and what is no longer to be built on. */

#include "state-fixture.h"

#include <errno.h>

static HeldUser get(Fixture *f, int64_t id) {
        HeldUser held = HELD_USER_INIT;

        good(f, snapshot_get(f->state, id, &held, &f->error));
        return held;
}

static int64_t count(Fixture *f) {
        int64_t n = -1;

        good(f, snapshot_count(f->state, &n, &f->error));
        return n;
}

static void put(Fixture *f, int64_t id, const char *id_num, SnapshotOrigin origin, int64_t at) {
        User user = make_user(id, id_num, NULL, NULL);

        good(f, snapshot_put(f->state, &user, origin, at, &f->error));
        user_deinit(&user);
}

static void test_every_property_comes_back(void **data) {
        Fixture *f = *data;
        User user = make_user(7, "E7", "ada@example.org", "0007");
        HeldUser held = HELD_USER_INIT;

        expect(f, STATE_NONE, snapshot_get(f->state, 7, &held, &f->error));
        user.access_expires = 1700000000;
        good(f, snapshot_put(f->state, &user, SNAPSHOT_SEEN, 100, &f->error));
        held = get(f, 7);
        assert_int_equal(held.user.id, 7);
        for (size_t i = 0; i < TEXT_PROPERTIES; i++)
                assert_string_equal(user_text(&held.user, (Property) i), user_text(&user, (Property) i));
        assert_int_equal(held.user.access_effective, 1500000000);
        assert_int_equal(held.user.access_expires, 1700000000);
        assert_true(held.user.enabled && held.user.levels_known);
        assert_int_equal(held.user.n_levels, 2);
        assert_int_equal(held.user.levels[1], 34);
        assert_int_equal(held.seen_usec, 100);
        assert_int_equal(held.acked_usec, 0);
        assert_false(held.missing || held.unclear);
        held_user_deinit(&held);

        /* No bounds, no texts and no levels are values, too. */
        user_deinit(&user);
        user = USER_INIT;
        user.id = 7;
        user.levels_known = true;
        good(f, snapshot_put(f->state, &user, SNAPSHOT_SEEN, 101, &f->error));
        held = get(f, 7);
        assert_true(held.user.access_effective == INSTANT_NONE && held.user.access_expires == INSTANT_NONE);
        assert_null(held.user.text[PROPERTY_EMAIL]);
        assert_true(held.user.levels_known && held.user.n_levels == 0 && !held.user.enabled);
        held_user_deinit(&held);
        user.id = 0;
        expect(f, -EINVAL, snapshot_put(f->state, &user, SNAPSHOT_SEEN, 101, &f->error));
}

static void test_an_acknowledgement_is_no_sight_and_an_older_read_no_news(void **data) {
        Fixture *f = *data;
        HeldUser held;

        put(f, 7, "seen", SNAPSHOT_SEEN, 100);
        put(f, 7, "acked", SNAPSHOT_ACKED, 200);
        held = get(f, 7);
        assert_string_equal(held.user.text[PROPERTY_ID_NUM], "acked");
        assert_int_equal(held.seen_usec, 100);
        assert_int_equal(held.acked_usec, 200);
        held_user_deinit(&held);

        put(f, 7, "read before the write", SNAPSHOT_SEEN, 150);
        held = get(f, 7);
        assert_string_equal(held.user.text[PROPERTY_ID_NUM], "acked");
        assert_int_equal(held.seen_usec, 100);
        held_user_deinit(&held);

        put(f, 7, "read after it", SNAPSHOT_SEEN, 201);
        held = get(f, 7);
        assert_string_equal(held.user.text[PROPERTY_ID_NUM], "read after it");
        assert_int_equal(held.seen_usec, 201);
        held_user_deinit(&held);

        /* Created by us, never seen. */
        put(f, 8, "new", SNAPSHOT_ACKED, 300);
        held = get(f, 8);
        assert_int_equal(held.seen_usec, 0);
        assert_int_equal(held.acked_usec, 300);
        held_user_deinit(&held);
        assert_int_equal(count(f), 2);
}

static void test_a_mark_as_stale_lasts_until_a_later_read(void **data) {
        Fixture *f = *data;
        HeldUser held;

        put(f, 7, "E7", SNAPSHOT_SEEN, 100);
        good(f, snapshot_set_stale(f->state, 7, 200, &f->error));
        held = get(f, 7);
        assert_int_equal(held.seen_usec, 0);
        held_user_deinit(&held);

        put(f, 7, "E7", SNAPSHOT_SEEN, 199);
        put(f, 7, "E7", SNAPSHOT_ACKED, 250);
        held = get(f, 7);
        assert_int_equal(held.seen_usec, 0);
        held_user_deinit(&held);

        put(f, 7, "E7", SNAPSHOT_SEEN, 260);
        held = get(f, 7);
        assert_int_equal(held.seen_usec, 260);
        held_user_deinit(&held);
        good(f, snapshot_set_stale(f->state, 999, 1, &f->error));       /* of nobody: nothing */
}

static void test_who_is_missing_is_not_found_and_comes_back(void **data) {
        Fixture *f = *data;
        HeldUser held;
        int64_t ids[4];
        size_t n;

        put(f, 7, "E7", SNAPSHOT_SEEN, 100);
        good(f, snapshot_set_missing(f->state, 7, 200, &f->error));
        held = get(f, 7);
        assert_true(held.missing);
        held_user_deinit(&held);
        assert_int_equal(count(f), 0);
        good(f, snapshot_find(f->state, PROPERTY_ID_NUM, "E7", 0, ids, 4, &n, &f->error));
        assert_int_equal(n, 0);

        put(f, 7, "E7", SNAPSHOT_SEEN, 300);
        held = get(f, 7);
        assert_false(held.missing);
        held_user_deinit(&held);
        assert_int_equal(count(f), 1);

        /* Not for a read that began before it was written. */
        put(f, 7, "E7", SNAPSHOT_ACKED, 400);
        good(f, snapshot_set_missing(f->state, 7, 350, &f->error));
        assert_int_equal(count(f), 1);
}

static void test_what_an_answer_leaves_out_is_unknown_not_empty(void **data) {
        Fixture *f = *data;
        User user = make_user(7, "E7", "ada@example.org", "0007");
        HeldUser held;

        good(f, snapshot_put(f->state, &user, SNAPSHOT_SEEN, 100, &f->error));
        user_deinit(&user);
        user = make_user(7, "E7", NULL, "0008");
        user_remove_level(&user, 12);
        user_remove_level(&user, 34);
        user.levels_known = false;                              /* ruling 21 */
        user.unclear = PROPERTY_BIT(PROPERTY_EMAIL);
        good(f, snapshot_put(f->state, &user, SNAPSHOT_SEEN, 200, &f->error));
        held = get(f, 7);
        assert_string_equal(held.user.text[PROPERTY_CARD_NUM], "0008");
        assert_string_equal(held.user.text[PROPERTY_EMAIL], "ada@example.org");
        assert_int_equal(held.user.n_levels, 2);
        assert_true(held.unclear);
        assert_int_equal(held.user.unclear, PROPERTY_BIT(PROPERTY_EMAIL));
        held_user_deinit(&held);
        user_deinit(&user);

        put(f, 7, "E7", SNAPSHOT_ACKED, 300);
        held = get(f, 7);
        assert_true(held.unclear);                              /* only a read makes it clear */
        held_user_deinit(&held);
        put(f, 7, "E7", SNAPSHOT_SEEN, 400);
        held = get(f, 7);
        assert_false(held.unclear);
        held_user_deinit(&held);
}

static void test_finding_users(void **data) {
        static const struct {
                const char *title;
                Property property;
                const char *value;
                int64_t except;
                size_t max, n;
                int64_t first;
        } cases[] = {
                { "by id_num", PROPERTY_ID_NUM, "E1", 0, 4, 1, 1 },
                { "by id_num, exactly as given", PROPERTY_ID_NUM, "e1", 0, 4, 0, 0 },
                { "by e-mail, in any case", PROPERTY_EMAIL, "SHARED@Example.ORG", 0, 4, 2, 2 },
                { "by e-mail, but one", PROPERTY_EMAIL, "shared@example.org", 2, 4, 1, 3 },
                { "by e-mail, no more than asked for", PROPERTY_EMAIL, "shared@example.org", 0, 1, 1, 2 },
                { "by card, with its leading zeros", PROPERTY_CARD_NUM, "0001", 0, 4, 1, 1 },
                { "by card, without them", PROPERTY_CARD_NUM, "1", 0, 4, 0, 0 },
                { "by an empty card: nobody", PROPERTY_CARD_NUM, "", 0, 4, 0, 0 },
        };
        Fixture *f = *data;
        User users[] = {
                make_user(1, "E1", "one@example.org", "0001"),
                make_user(2, "E2", "shared@example.org", NULL),
                make_user(3, "E3", "Shared@example.org", NULL),
        };
        int64_t ids[4];
        size_t n;

        for (size_t i = 0; i < ELEMENTS(users); i++) {
                good(f, snapshot_put(f->state, &users[i], SNAPSHOT_SEEN, 100, &f->error));
                user_deinit(&users[i]);
        }
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                good(f, snapshot_find(f->state, cases[i].property, cases[i].value, cases[i].except, ids, cases[i].max, &n,
                                      &f->error));
                if (n != cases[i].n || (n > 0 && ids[0] != cases[i].first))
                        fail_msg("%s: %zu", cases[i].title, n);
        }
        expect(f, -EINVAL, snapshot_find(f->state, PROPERTY_PHONE, "1", 0, ids, 4, &n, &f->error));
}

static void put_named(Fixture *f, int64_t id, const char *first, const char *last, const char *email,
                      const char *card) {
        User user = make_user(id, NULL, email, card);

        assert_int_equal(user_set_text(&user, PROPERTY_FIRST_NAME, first), 0);
        assert_int_equal(user_set_text(&user, PROPERTY_LAST_NAME, last), 0);
        good(f, snapshot_put(f->state, &user, SNAPSHOT_SEEN, 100, &f->error));
        user_deinit(&user);
}

/* Three of one name, of whom one is linked and one missing; somebody without a first name; names of several words. */
static void put_crowd(Fixture *f) {
        char key[] = "E2";
        Link link = { .key = key, .lockt_id = 2, .granted = USER_INIT };

        put_named(f, 1, "Ada", "Lovelace", "ada@example.org", "0001");
        put_named(f, 2, "ADA", "lovelace", NULL, "0002");
        put_named(f, 3, "Ada", "Lovelace", NULL, NULL);
        put_named(f, 4, NULL, "Sting", NULL, "0004");
        put_named(f, 5, "Anna Maria", "van der Berg", NULL, NULL);
        put_named(f, 6, "Maria", NULL, "0004", NULL);
        put_named(f, 7, "Martin", "King, Jr.", NULL, NULL);
        good(f, link_put(f->state, &link, &f->error));
        good(f, snapshot_set_missing(f->state, 3, 200, &f->error));
}

static void test_finding_users_by_name(void **data) {
        static const struct {
                const char *title, *first, *last;
                int64_t except;
                bool unlinked_only;
                size_t max, n;
                int64_t ids[4];
        } cases[] = {
                { "in any case, without missing ones", "aDA", "LoveLace", 0, false, 4, 2, { 1, 2 } },
                { "linked to nobody", "Ada", "Lovelace", 0, true, 4, 1, { 1 } },
                { "but one", "Ada", "Lovelace", 1, false, 4, 1, { 2 } },
                { "linked to nobody, but one", "Ada", "Lovelace", 1, true, 4, 0, { 0 } },
                { "no more than asked for", "Ada", "Lovelace", 0, false, 1, 1, { 1 } },
                { "another first name", "Adam", "Lovelace", 0, false, 4, 0, { 0 } },
                { "no first name", NULL, "Sting", 0, false, 4, 1, { 4 } },
                { "an empty first name", "", "Sting", 0, false, 4, 1, { 4 } },
                { "a first name where Lockt has none", "Gordon", "Sting", 0, false, 4, 0, { 0 } },
                { "no last name: nobody", "Maria", NULL, 0, false, 4, 0, { 0 } },
        };
        Fixture *f = *data;

        put_crowd(f);
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                int64_t ids[4] = { 0 };
                size_t n = 99;

                good(f, snapshot_find_name(f->state, cases[i].first, cases[i].last, cases[i].except,
                                           cases[i].unlinked_only, ids, cases[i].max, &n, &f->error));
                if (n != cases[i].n || memcmp(ids, cases[i].ids, sizeof(ids)) != 0)
                        fail_msg("%s: %zu", cases[i].title, n);
        }
}

static void test_searching_for_somebody(void **data) {
        static const struct {
                const char *text;
                size_t max, n;
                int64_t ids[4];
        } cases[] = {
                { "ADA@example.org", 4, 1, { 1 } },
                { "0002", 4, 1, { 2 } },
                { "0004", 4, 2, { 6, 4 } },                     /* by e-mail, then by card */
                { "0003", 4, 0, { 0 } },
                { "ada lovelace", 4, 2, { 1, 2 } },
                { "Lovelace, Ada", 4, 2, { 1, 2 } },
                { "lovelace,ada", 4, 2, { 1, 2 } },
                { "  Ada \t Lovelace ", 4, 2, { 1, 2 } },
                { "ada lovelace", 1, 1, { 1 } },
                { "Lovelace", 4, 2, { 1, 2 } },
                { "Ada", 4, 0, { 0 } },
                { "Lovelace Ada", 4, 0, { 0 } },
                { "sting", 4, 1, { 4 } },
                { "Anna Maria van der Berg", 4, 1, { 5 } },
                { "van der Berg, Anna Maria", 4, 1, { 5 } },
                { "van der Berg", 4, 1, { 5 } },
                { "Martin King, Jr.", 4, 1, { 7 } },
                { "King, Jr., Martin", 4, 1, { 7 } },
                { "king,jr.", 4, 1, { 7 } },
                { "", 4, 0, { 0 } },
                { " ", 4, 0, { 0 } },
                { ",", 4, 0, { 0 } },
                { "Love%", 4, 0, { 0 } },
        };
        Fixture *f = *data;
        char text[1000];
        size_t n = 99;

        put_crowd(f);
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                int64_t ids[4] = { 0 };

                n = 99;
                good(f, snapshot_search(f->state, cases[i].text, ids, cases[i].max, &n, &f->error));
                if (n != cases[i].n || memcmp(ids, cases[i].ids, sizeof(ids)) != 0)
                        fail_msg("'%s': %zu", cases[i].text, n);
        }
        /* Longer than any name: nobody, without a question for each blank. */
        memset(text, 'x', sizeof(text));
        text[sizeof(text) - 1] = '\0';
        good(f, snapshot_search(f->state, text, (int64_t[4]) { 0 }, 4, &n, &f->error));
        assert_int_equal(n, 0);
}

static void test_levels_replace_each_other_and_names_are_remembered(void **data) {
        Fixture *f = *data;
        char cardholder[] = "Cardholder", security[] = "Security", night[] = "Night";
        const Level first[] = { { 5, cardholder }, { 3, security } }, second[] = { { 9, cardholder }, { 4, night } };
        Level *levels = NULL;
        size_t n = 99;

        good(f, snapshot_get_levels(f->state, &levels, &n, &f->error));
        assert_int_equal(n, 0);
        levels_free(levels, n);
        good(f, snapshot_set_levels(f->state, first, 2, 100, &f->error));
        good(f, snapshot_set_levels(f->state, second, 2, 200, &f->error));
        good(f, snapshot_get_levels(f->state, &levels, &n, &f->error));
        assert_int_equal(n, 2);
        assert_int_equal(levels[0].id, 4);
        assert_string_equal(levels[1].name, "Cardholder");
        levels_free(levels, n);

        good(f, snapshot_get_bindings(f->state, &levels, &n, &f->error));
        assert_int_equal(n, 3);
        assert_int_equal(levels[0].id, 3);
        assert_string_equal(levels[0].name, "Security");
        assert_int_equal(levels[2].id, 9);
        levels_free(levels, n);
        levels_free(NULL, 0);
}

static void test_links_tell_who_is_unlinked_and_who_has_access(void **data) {
        Fixture *f = *data;
        char key[] = "E2";
        Link link = { .key = key, .lockt_id = 2, .granted = USER_INIT };
        HeldUser held = HELD_USER_INIT;
        int64_t n;

        put(f, 1, "E1", SNAPSHOT_SEEN, 100);
        put(f, 2, "E2", SNAPSHOT_SEEN, 100);
        put(f, 3, "E3", SNAPSHOT_SEEN, 100);
        good(f, link_put(f->state, &link, &f->error));
        good(f, snapshot_next_unlinked(f->state, 0, &held, &f->error));
        assert_int_equal(held.user.id, 1);
        held_user_deinit(&held);
        good(f, snapshot_next_unlinked(f->state, 1, &held, &f->error));
        assert_int_equal(held.user.id, 3);
        held_user_deinit(&held);
        expect(f, STATE_NONE, snapshot_next_unlinked(f->state, 3, &held, &f->error));
        good(f, snapshot_count_unlinked(f->state, &n, &f->error));
        assert_int_equal(n, 2);

        /* The link moves, the user comes after the link, the link goes. */
        link.lockt_id = 4;
        good(f, link_put(f->state, &link, &f->error));
        good(f, snapshot_count_unlinked(f->state, &n, &f->error));
        assert_int_equal(n, 3);
        put(f, 4, "E4", SNAPSHOT_ACKED, 100);
        good(f, snapshot_count_unlinked(f->state, &n, &f->error));
        assert_int_equal(n, 3);
        good(f, link_count_with_access(f->state, 1, &n, &f->error));
        assert_int_equal(n, 1);
        good(f, link_delete(f->state, key, &f->error));
        good(f, snapshot_count_unlinked(f->state, &n, &f->error));
        assert_int_equal(n, 4);
        good(f, link_count_with_access(f->state, 1, &n, &f->error));
        assert_int_equal(n, 0);
}

static void test_who_has_access(void **data) {
        static const struct {
                const char *title;
                bool enabled;
                int64_t effective, expires;
                bool missing;
                int64_t n;
        } cases[] = {
                { "enabled, without bounds", true, INSTANT_NONE, INSTANT_NONE, false, 1 },
                { "disabled", false, INSTANT_NONE, INSTANT_NONE, false, 0 },
                { "begins later", true, 2000, INSTANT_NONE, false, 1 },
                { "ends later", true, INSTANT_NONE, 1001, false, 1 },
                { "ends at this instant", true, INSTANT_NONE, 1000, false, 0 },
                { "missing", true, INSTANT_NONE, INSTANT_NONE, true, 0 },
        };
        Fixture *f = *data;
        char key[] = "E1";
        Link link = { .key = key, .lockt_id = 1, .granted = USER_INIT };
        int64_t n;

        good(f, link_put(f->state, &link, &f->error));
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                User user = make_user(1, "E1", NULL, NULL);

                user.enabled = cases[i].enabled;
                user.access_effective = cases[i].effective;
                user.access_expires = cases[i].expires;
                good(f, snapshot_put(f->state, &user, SNAPSHOT_SEEN, (int64_t) i * 10 + 10, &f->error));
                if (cases[i].missing)
                        good(f, snapshot_set_missing(f->state, 1, (int64_t) i * 10 + 11, &f->error));
                good(f, link_count_with_access(f->state, 1000, &n, &f->error));
                if (n != cases[i].n)
                        fail_msg("%s: %jd", cases[i].title, (intmax_t) n);
                user_deinit(&user);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                state_test(test_every_property_comes_back),
                state_test(test_an_acknowledgement_is_no_sight_and_an_older_read_no_news),
                state_test(test_a_mark_as_stale_lasts_until_a_later_read),
                state_test(test_who_is_missing_is_not_found_and_comes_back),
                state_test(test_what_an_answer_leaves_out_is_unknown_not_empty),
                state_test(test_finding_users),
                state_test(test_finding_users_by_name),
                state_test(test_searching_for_somebody),
                state_test(test_levels_replace_each_other_and_names_are_remembered),
                state_test(test_links_tell_who_is_unlinked_and_who_has_access),
                state_test(test_who_has_access),
        };

        return cmocka_run_group_tests_name("state-snapshot", tests, NULL, NULL);
}
