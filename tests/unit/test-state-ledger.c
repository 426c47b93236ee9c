/* The ledger without its queue: persons, links, parks, holds, writes in flight, revocations to be seen, echoes, hands. */

#include "state-fixture.h"

#include <errno.h>
#include <string.h>

#include "lib/state/hand.h"
#include "lib/state/hold.h"

static void put_person(Fixture *f, const char *key, PersonRow row) {
        row.key = (char *) (uintptr_t) key;
        good(f, person_put(f->state, &row, &f->error));
}

static void test_a_person_comes_back_as_it_was(void **data) {
        Fixture *f = *data;
        PersonRow row = PERSON_ROW_INIT, got = PERSON_ROW_INIT;
        int64_t n;

        expect(f, STATE_NONE, person_get(f->state, "E1", &got, &f->error));
        put_person(f, "E1", row);
        good(f, person_get(f->state, "E1", &got, &f->error));
        assert_string_equal(got.key, "E1");
        assert_false(got.has_digest || got.gone);
        assert_int_equal(got.absent_since_usec, -1);
        assert_true(got.boundary == INSTANT_NONE);
        person_row_deinit(&got);

        row.has_digest = true;
        memset(row.digest, 7, sizeof(row.digest));
        row.read = 5;
        row.revoked_read = 4;
        row.absent_since_usec = 0;
        row.gone = true;
        row.boundary = 1700000000;
        put_person(f, "E1", row);
        good(f, person_get(f->state, "E1", &got, &f->error));
        assert_true(got.has_digest && got.gone);
        assert_memory_equal(got.digest, row.digest, sizeof(row.digest));
        assert_int_equal(got.read, 5);
        assert_int_equal(got.revoked_read, 4);
        assert_int_equal(got.absent_since_usec, 0);
        assert_int_equal(got.boundary, 1700000000);
        person_row_deinit(&got);

        good(f, person_count(f->state, &n, &f->error));
        assert_int_equal(n, 1);
        good(f, person_delete(f->state, "E1", &f->error));
        good(f, person_delete(f->state, "E1", &f->error));
        good(f, person_count(f->state, &n, &f->error));
        assert_int_equal(n, 0);
}

static void test_pages_are_in_the_order_of_bytes_and_hold_every_person_once(void **data) {
        enum { N = 1000 };
        Fixture *f = *data;
        PersonRow row = PERSON_ROW_INIT;
        PersonPage page = { 0 };
        char last[64] = "", key[64];
        size_t n = 0;
        bool first = true;

        row.has_digest = true;
        for (unsigned i = 0; i < N; i++) {
                memset(row.digest, (int) (i & 0xff), sizeof(row.digest));
                row.absent_since_usec = i % 2 ? 9 : -1;
                row.gone = i % 4 == 3;
                (void) snprintf(key, sizeof(key), "%s%u", i % 3 ? "e" : "\xc3\xa4", i);
                put_person(f, key, row);
        }
        do {
                good(f, person_page_after(f->state, first ? NULL : last, 7, &page, &f->error));
                first = false;
                for (size_t i = 0; i < page.n; i++) {
                        const struct PersonBrief *brief = &page.items[i];
                        unsigned number = (unsigned) strtoul(brief->key + (brief->key[0] == 'e' ? 1 : 2), NULL, 10);

                        assert_true(strcmp(brief->key, last) > 0);
                        assert_int_equal(strlen(brief->key), brief->key_length);
                        assert_true(brief->has_digest && brief->digest[3] == (number & 0xff));
                        assert_int_equal(brief->absent, number % 2);
                        assert_int_equal(brief->gone, number % 4 == 3);
                        (void) snprintf(last, sizeof(last), "%s", brief->key);
                        n++;
                }
        } while (page.n > 0);
        assert_int_equal(n, N);
        person_page_deinit(&page);
}

static void test_digests_are_forgotten_of_one_person_or_of_a_users_person(void **data) {
        Fixture *f = *data;
        char key[] = "E2";
        Link link = { .key = key, .lockt_id = 77, .granted = USER_INIT };
        PersonRow row = PERSON_ROW_INIT, got = PERSON_ROW_INIT;
        static const char *const keys[] = { "E1", "E2", "E3" };
        bool expected[] = { false, false, true };

        row.has_digest = true;
        for (size_t i = 0; i < ELEMENTS(keys); i++)
                put_person(f, keys[i], row);
        good(f, link_put(f->state, &link, &f->error));
        good(f, person_forget_digest(f->state, "E1", &f->error));
        good(f, person_forget_digest_of_user(f->state, 77, &f->error));
        good(f, person_forget_digest_of_user(f->state, 0, &f->error));
        good(f, person_forget_digest(f->state, "nobody", &f->error));
        for (size_t i = 0; i < ELEMENTS(keys); i++) {
                good(f, person_get(f->state, keys[i], &got, &f->error));
                assert_int_equal(got.has_digest, expected[i]);
                person_row_deinit(&got);
        }
}

static void test_boundaries(void **data) {
        Fixture *f = *data;
        PersonRow row = PERSON_ROW_INIT, got = PERSON_ROW_INIT;
        int64_t next;

        good(f, person_next_boundary(f->state, 0, &next, &f->error));
        assert_true(next == INSTANT_NONE);
        put_person(f, "E0", row);
        row.boundary = 200;
        put_person(f, "E1", row);
        row.boundary = 100;
        put_person(f, "E2", row);

        good(f, person_next_boundary(f->state, 99, &next, &f->error));
        assert_int_equal(next, 100);
        good(f, person_next_boundary(f->state, 100, &next, &f->error));
        assert_int_equal(next, 200);
        expect(f, STATE_NONE, person_due_boundary(f->state, 99, &got, &f->error));
        good(f, person_due_boundary(f->state, 300, &got, &f->error));
        assert_string_equal(got.key, "E2");
        person_row_deinit(&got);
}

static void test_links(void **data) {
        Fixture *f = *data;
        char one[] = "E1", two[] = "E2", three[] = "E3";
        Link link = { .key = one, .lockt_id = 7, .linked_usec = 1, .disabled_usec = 2, .granted = USER_INIT };
        Link got = LINK_INIT;
        int64_t n;

        assert_int_equal(user_add_level(&link.granted, 5), 0);
        link.has_pin_digest = link.unknown_give = true;
        memset(link.pin_digest, 9, sizeof(link.pin_digest));
        expect(f, STATE_NONE, link_get(f->state, one, &got, &f->error));
        expect(f, STATE_NONE, link_get_by_user(f->state, 7, &got, &f->error));
        good(f, link_put(f->state, &link, &f->error));
        good(f, link_get_by_user(f->state, 7, &got, &f->error));
        assert_string_equal(got.key, "E1");
        assert_int_equal(got.linked_usec, 1);
        assert_int_equal(got.disabled_usec, 2);
        assert_true(user_has_level(&got.granted, 5));
        assert_true(got.has_pin_digest && got.unknown_give);
        assert_memory_equal(got.pin_digest, link.pin_digest, sizeof(got.pin_digest));
        link_deinit(&got);

        /* Unique on both sides; those whose id is not learnt yet are not in each other's way. */
        link.key = two;
        expect(f, -EEXIST, link_put(f->state, &link, &f->error));
        link.lockt_id = 0;
        good(f, link_put(f->state, &link, &f->error));
        link.key = three;
        good(f, link_put(f->state, &link, &f->error));
        expect(f, STATE_NONE, link_get_by_user(f->state, 0, &got, &f->error));
        good(f, link_count(f->state, &n, &f->error));
        assert_int_equal(n, 3);
        good(f, link_count_unlearnt(f->state, &n, &f->error));
        assert_int_equal(n, 2);
        good(f, link_next_unlearnt(f->state, NULL, &got, &f->error));
        assert_string_equal(got.key, "E2");
        link_deinit(&got);
        good(f, link_next_unlearnt(f->state, "E2", &got, &f->error));
        assert_string_equal(got.key, "E3");
        link_deinit(&got);
        expect(f, STATE_NONE, link_next_unlearnt(f->state, "E3", &got, &f->error));

        good(f, link_delete(f->state, "E1", &f->error));
        expect(f, STATE_NONE, link_get(f->state, "E1", &got, &f->error));
        good(f, link_count(f->state, &n, &f->error));
        assert_int_equal(n, 2);
        user_deinit(&link.granted);
}

static void test_parking_keeps_its_beginning_while_the_reason_is_the_same(void **data) {
        Fixture *f = *data;
        char key[] = "E1", reason[] = "Non-numeric card_num", other[] = "Invalid email address";
        Park park = { key, PARK_DATA, reason, 100 }, got = { 0 };
        int64_t n;

        expect(f, STATE_NONE, park_get(f->state, key, &got, &f->error));
        expect(f, STATE_NONE, park_delete(f->state, key, &f->error));
        good(f, park_put(f->state, &park, &f->error));
        park.since_usec = 200;
        expect(f, 1, park_put(f->state, &park, &f->error));
        good(f, park_get(f->state, key, &got, &f->error));
        assert_int_equal(got.since_usec, 100);
        park_deinit(&got);
        park.reason = other;
        good(f, park_put(f->state, &park, &f->error));
        park.kind = PARK_REFUSED;
        good(f, park_put(f->state, &park, &f->error));
        good(f, park_next(f->state, NULL, &got, &f->error));
        assert_int_equal(got.kind, PARK_REFUSED);
        assert_string_equal(got.reason, other);
        assert_int_equal(got.since_usec, 200);
        park_deinit(&got);
        expect(f, STATE_NONE, park_next(f->state, key, &got, &f->error));
        good(f, park_count(f->state, &n, &f->error));
        assert_int_equal(n, 1);
        good(f, park_delete(f->state, key, &f->error));
        good(f, park_count(f->state, &n, &f->error));
        assert_int_equal(n, 0);
}

static Hold revocation(const char *key, uint8_t change, int64_t since) {
        Hold hold = { .key = (char *) key, .kind = HOLD_REVOKED, .what = (char *) "left", .since_usec = since };

        memset(hold.change, change, sizeof(hold.change));
        return hold;
}

static HoldGroup only_group(Fixture *f) {
        HoldGroup group, other;

        good(f, hold_next_group(f->state, -1, 0, &group, &f->error));
        expect(f, STATE_NONE, hold_next_group(f->state, (int) group.kind, group.level, &other, &f->error));
        return group;
}

static void test_holds(void **data) {
        Fixture *f = *data;
        _cleanup_(hold_deinit) Hold got = { 0 };
        Hold hold = revocation("E1", 1, 100);
        HoldGroup group, later;
        int64_t n;

        expect(f, STATE_NONE, hold_next(f->state, HOLD_REVOKED, 0, NULL, &got, &f->error));
        good(f, hold_put(f->state, &hold, &f->error));
        hold.since_usec = 200;
        expect(f, 1, hold_put(f->state, &hold, &f->error));
        good(f, hold_count(f->state, &n, &f->error));
        assert_int_equal(n, 1);
        good(f, hold_next(f->state, HOLD_REVOKED, 0, NULL, &got, &f->error));
        assert_string_equal(got.key, "E1");
        assert_string_equal(got.what, "left");
        assert_int_equal(got.since_usec, 100);

        /* Another change is another hold: another digest, and a beginning of its own. */
        group = only_group(f);
        hold = revocation("E1", 2, 300);
        good(f, hold_put(f->state, &hold, &f->error));
        later = only_group(f);
        assert_int_equal(later.n, 1);
        assert_int_equal(later.since_usec, 300);
        assert_string_not_equal(later.digest, group.digest);

        good(f, hold_delete(f->state, "E1", &f->error));
        expect(f, STATE_NONE, hold_delete(f->state, "E1", &f->error));
        good(f, hold_count(f->state, &n, &f->error));
        assert_int_equal(n, 0);
        expect(f, STATE_NONE, hold_next_group(f->state, -1, 0, &group, &f->error));
}

static void test_an_approval_reaches_what_was_shown(void **data) {
        Fixture *f = *data;
        _cleanup_(hold_deinit) Hold got = { 0 };
        _cleanup_(freep) char *after = NULL, *end = NULL;
        Hold one = revocation("E1", 1, 100), two = revocation("E2", 2, 110), three = revocation("E3", 3, 120);
        HoldGroup group;
        Shown shown;
        int64_t n;

        good(f, hold_put(f->state, &two, &f->error));
        good(f, hold_put(f->state, &three, &f->error));
        group = only_group(f);
        assert_int_equal(group.n, 2);
        expect(f, STATE_NONE, hold_find_shown(f->state, group.digest, 1000, &shown, &f->error));
        good(f, hold_show(f->state, &group, 1000, &f->error));
        expect(f, STATE_NONE, hold_find_shown(f->state, group.digest, 1000 + HOLD_SHOWN_USEC, &shown, &f->error));
        good(f, hold_find_shown(f->state, group.digest, 1001, &shown, &f->error));
        assert_int_equal(shown.n, 2);

        /* E1 came, and E3's change is another one, since it was shown. */
        good(f, hold_put(f->state, &one, &f->error));
        three.change[0] = 9;
        good(f, hold_put(f->state, &three, &f->error));
        expect(f, STATE_NONE, hold_approve_one(f->state, &shown, 7, "E1", &f->error));
        expect(f, STATE_NONE, hold_approve_one(f->state, &shown, 7, "E3", &f->error));
        expect(f, 1, hold_approve(f->state, &shown, 7, NULL, 1, &after, &n, &f->error));
        assert_string_equal(after, "E2");
        good(f, hold_approve(f->state, &shown, 7, after, 10, &end, &n, &f->error));
        assert_int_equal(n, 0);

        good(f, hold_get(f->state, "E2", &got, &f->error));
        assert_int_equal(got.approval, 7);
        assert_int_equal(only_group(f).n, 2);
        good(f, hold_count(f->state, &n, &f->error));
        assert_int_equal(n, 2);

        /* What is taken back and held again as it was has the same digest. */
        good(f, hold_delete(f->state, "E2", &f->error));
        group = only_group(f);
        good(f, hold_delete(f->state, "E1", &f->error));
        assert_string_not_equal(only_group(f).digest, group.digest);
        good(f, hold_put(f->state, &one, &f->error));
        assert_string_equal(only_group(f).digest, group.digest);

        expect(f, 1, hold_drop(f->state, HOLD_REVOKED, 2, &f->error));
        expect(f, 0, hold_drop(f->state, HOLD_REVOKED, 2, &f->error));
        expect(f, STATE_NONE, hold_next_group(f->state, -1, 0, &group, &f->error));
}

static void test_what_counts_counts_once_until_the_window_is_over(void **data) {
        Fixture *f = *data;
        int64_t n;

        good(f, spent_put(f->state, HOLD_REVOKED, 0, "E1", 100, &f->error));
        good(f, spent_put(f->state, HOLD_REVOKED, 0, "E1", 150, &f->error));
        good(f, spent_put(f->state, HOLD_REVOKED, 0, "E2", 200, &f->error));
        good(f, spent_put(f->state, HOLD_GRANTED, 0, "E2", 200, &f->error));
        good(f, spent_put(f->state, HOLD_GRANTED, 12, "E2", 200, &f->error));
        good(f, spent_count(f->state, HOLD_REVOKED, 0, 0, &n, &f->error));
        assert_int_equal(n, 2);
        good(f, spent_count(f->state, HOLD_REVOKED, 0, 150, &n, &f->error));
        assert_int_equal(n, 1);
        good(f, spent_count(f->state, HOLD_GRANTED, 12, 0, &n, &f->error));
        assert_int_equal(n, 1);
        good(f, spent_get(f->state, HOLD_REVOKED, 0, "E1", 149, &f->error));
        expect(f, STATE_NONE, spent_get(f->state, HOLD_REVOKED, 0, "E1", 150, &f->error));
        good(f, spent_prune(f->state, 150, 100, &f->error));
        good(f, spent_count(f->state, HOLD_REVOKED, 0, 0, &n, &f->error));
        assert_int_equal(n, 1);
}

static void test_writes_in_flight(void **data) {
        Fixture *f = *data;
        char one[] = "E1", two[] = "E2", three[] = "E3";
        Flight flight = FLIGHT_INIT, got = FLIGHT_INIT;

        flight.sent = make_user(7, "E1", "a@example.org", "001");
        flight.write = 3;
        flight.lane = LANE_CHANGE;
        flight.gives = flight.pin_sent = true;
        flight.marked_usec = 100;
        flight.read = 9;
        memset(flight.pin_digest, 5, sizeof(flight.pin_digest));
        expect(f, STATE_NONE, flight_next(f->state, NULL, &got, &f->error));
        flight.key = one;
        good(f, flight_put(f->state, &flight, &f->error));
        flight.key = two;
        good(f, flight_put(f->state, &flight, &f->error));
        flight.key = three;
        flight.write = 4;
        good(f, flight_put(f->state, &flight, &f->error));

        good(f, flight_next(f->state, NULL, &got, &f->error));
        assert_string_equal(got.key, "E1");
        assert_int_equal(got.write, 3);
        assert_int_equal(got.lane, LANE_CHANGE);
        assert_true(got.gives && got.pin_sent);
        assert_int_equal(got.marked_usec, 100);
        assert_int_equal(got.read, 9);
        assert_memory_equal(got.pin_digest, flight.pin_digest, sizeof(got.pin_digest));
        assert_int_equal(got.sent.id, 7);
        assert_string_equal(got.sent.text[PROPERTY_EMAIL], "a@example.org");
        assert_int_equal(got.sent.n_levels, 2);
        flight_deinit(&got);

        good(f, flight_delete(f->state, "E1", &f->error));
        good(f, flight_delete_write(f->state, 3, &f->error));
        good(f, flight_next(f->state, NULL, &got, &f->error));
        assert_string_equal(got.key, "E3");
        flight_deinit(&got);
        expect(f, STATE_NONE, flight_next(f->state, "E3", &got, &f->error));
        user_deinit(&flight.sent);
}

static void test_first_update_is_kept_until_it_is_deleted(void **data) {
        Fixture *f = *data;
        FirstUpdate first = FIRST_UPDATE_INIT, got = FIRST_UPDATE_INIT;
        char key[] = "E1";

        expect(f, STATE_NONE, first_update_get(f->state, &got, &f->error));
        first.key = key;
        first.certain = true;
        first.before = make_user(7, "E1", "a@example.org", "001");
        first.sent = make_user(7, "E1", "b@example.org", NULL);
        good(f, first_update_put(f->state, &first, &f->error));
        fixture_close(f);
        fixture_open(f);
        good(f, first_update_get(f->state, &got, &f->error));
        assert_string_equal(got.key, "E1");
        assert_true(got.certain);
        assert_int_equal(got.before.id, 7);
        assert_int_equal(got.sent.id, 7);
        assert_string_equal(got.before.text[PROPERTY_CARD_NUM], "001");
        assert_string_equal(got.sent.text[PROPERTY_EMAIL], "b@example.org");
        assert_null(got.sent.text[PROPERTY_CARD_NUM]);
        first_update_deinit(&got);
        good(f, first_update_delete(f->state, &f->error));
        expect(f, STATE_NONE, first_update_get(f->state, &got, &f->error));
        user_deinit(&first.before);
        user_deinit(&first.sent);
}

static void test_revocations_to_be_seen(void **data) {
        Fixture *f = *data;
        char one[] = "E1", two[] = "E2";
        Verify verify = { one, 50, 100, 300, 0, false }, got = { 0 };
        char *keys[4];
        int64_t usec, n;
        size_t found;

        good(f, verify_next_usec(f->state, &usec, &f->error));
        assert_true(usec == INT64_MAX);
        good(f, revocation_oldest_usec(f->state, &usec, &f->error));
        assert_int_equal(usec, 0);
        good(f, verify_put(f->state, &verify, &f->error));
        verify = (Verify) { two, 40, 200, 250, 1, true };
        good(f, verify_put(f->state, &verify, &f->error));

        good(f, verify_next_usec(f->state, &usec, &f->error));
        assert_int_equal(usec, 250);
        good(f, verify_due(f->state, 249, 4, keys, &found, &f->error));
        assert_int_equal(found, 0);
        good(f, verify_due(f->state, 300, 4, keys, &found, &f->error));
        assert_int_equal(found, 2);
        assert_string_equal(keys[0], "E2");
        free(keys[0]);
        free(keys[1]);
        good(f, verify_due(f->state, 300, 1, keys, &found, &f->error));
        assert_int_equal(found, 1);
        free(keys[0]);
        good(f, verify_count_due(f->state, 299, &n, &f->error));
        assert_int_equal(n, 1);
        good(f, verify_listed(f->state, 300, 200, 4, keys, &found, &f->error));
        assert_int_equal(found, 1);
        assert_string_equal(keys[0], "E1");
        free(keys[0]);

        good(f, verify_get(f->state, "E2", &got, &f->error));
        assert_int_equal(got.revoked_usec, 40);
        assert_int_equal(got.acked_usec, 200);
        assert_int_equal(got.step, 1);
        assert_true(got.confirmed);
        verify_deinit(&got);
        good(f, verify_count(f->state, false, &n, &f->error));
        assert_int_equal(n, 2);
        good(f, verify_count(f->state, true, &n, &f->error));
        assert_int_equal(n, 1);
        good(f, revocation_oldest_usec(f->state, &usec, &f->error));
        assert_int_equal(usec, 50);                     /* the confirmed one does not count */
        good(f, verify_delete(f->state, "E1", &f->error));
        expect(f, STATE_NONE, verify_get(f->state, "E1", &got, &f->error));
}

static void test_echoes(void **data) {
        Fixture *f = *data;

        good(f, echo_put(f->state, "E1", PROPERTY_PHONE, "+49 30", "4930", &f->error));
        good(f, echo_matches(f->state, "E1", PROPERTY_PHONE, "+49 30", "4930", &f->error));
        expect(f, STATE_NONE, echo_matches(f->state, "E1", PROPERTY_PHONE, "+49 31", "4930", &f->error));
        expect(f, STATE_NONE, echo_matches(f->state, "E1", PROPERTY_PHONE, "+49 30", "", &f->error));
        expect(f, STATE_NONE, echo_matches(f->state, "E1", PROPERTY_EMAIL, "+49 30", "4930", &f->error));
        expect(f, STATE_NONE, echo_matches(f->state, "E2", PROPERTY_PHONE, "+49 30", "4930", &f->error));
        good(f, echo_put(f->state, "E1", PROPERTY_PHONE, "+49 30", NULL, &f->error));
        good(f, echo_matches(f->state, "E1", PROPERTY_PHONE, "+49 30", "", &f->error));
        expect(f, -EINVAL, echo_put(f->state, "E1", PROPERTY_PIN, "1", "2", &f->error));
        expect(f, STATE_NONE, echo_matches(f->state, "E1", PROPERTY_PIN, "1", "2", &f->error));
        good(f, echo_delete(f->state, "E1", &f->error));
        expect(f, STATE_NONE, echo_matches(f->state, "E1", PROPERTY_PHONE, "+49 30", "", &f->error));
}

static void test_locks(void **data) {
        Fixture *f = *data;
        Lock lock = { .key = (char *) "E1", .reason = (char *) "lost his temper", .by = (char *) "user id 7",
                      .since_usec = 5 };
        _cleanup_(lock_deinit) Lock got = { 0 };
        int64_t n;

        expect(f, STATE_NONE, lock_get(f->state, "E1", &got, &f->error));
        expect(f, STATE_NONE, lock_delete(f->state, "E1", &f->error));
        good(f, lock_put(f->state, &lock, &f->error));
        lock.reason = (char *) "and his badge";
        good(f, lock_put(f->state, &lock, &f->error));
        lock.key = (char *) "E0";
        good(f, lock_put(f->state, &lock, &f->error));
        good(f, lock_count(f->state, &n, &f->error));
        assert_int_equal(n, 2);
        good(f, lock_next(f->state, NULL, &got, &f->error));
        assert_string_equal(got.key, "E0");
        lock_deinit(&got);
        good(f, lock_next(f->state, "E0", &got, &f->error));
        assert_string_equal(got.reason, "and his badge");
        assert_string_equal(got.by, "user id 7");
        assert_int_equal(got.since_usec, 5);
        lock_deinit(&got);
        expect(f, STATE_NONE, lock_next(f->state, "E1", &got, &f->error));
        good(f, lock_delete(f->state, "E1", &f->error));
        good(f, lock_count(f->state, &n, &f->error));
        assert_int_equal(n, 1);
}

static void test_whom_a_person_is_not(void **data) {
        Fixture *f = *data;
        int64_t id = -1;

        expect(f, STATE_NONE, apart_get(f->state, "E1", 0, &f->error));
        expect(f, STATE_NONE, apart_any(f->state, "E1", &id, &f->error));
        good(f, apart_put(f->state, "E1", 0, "user id 0", 5, &f->error));
        good(f, apart_get(f->state, "E1", 0, &f->error));
        expect(f, STATE_NONE, apart_any(f->state, "E1", &id, &f->error));
        good(f, apart_put(f->state, "E1", 77, "user id 0", 5, &f->error));
        good(f, apart_put(f->state, "E1", 77, "user id 0", 8, &f->error));
        good(f, apart_put(f->state, "E1", 66, "user id 0", 6, &f->error));
        good(f, apart_get(f->state, "E1", 77, &f->error));
        expect(f, STATE_NONE, apart_get(f->state, "E2", 77, &f->error));
        good(f, apart_any(f->state, "E1", &id, &f->error));
        assert_int_equal(id, 66);
        good(f, apart_delete(f->state, "E1", &f->error));
        expect(f, STATE_NONE, apart_get(f->state, "E1", 77, &f->error));
}

static void put_user(Fixture *f, int64_t id, const char *key, bool enabled, int64_t disabled_usec) {
        _cleanup_(user_deinit) User user = make_user(id, key, NULL, NULL);
        Link link = { .key = (char *) (uintptr_t) key, .lockt_id = id, .disabled_usec = disabled_usec,
                      .granted = USER_INIT };

        user.enabled = enabled;
        good(f, snapshot_put(f->state, &user, SNAPSHOT_SEEN, 100, &f->error));
        good(f, link_put(f->state, &link, &f->error));
}

static void test_linked_users_who_are_disabled(void **data) {
        Fixture *f = *data;
        _cleanup_(link_deinit) Link got = LINK_INIT;

        put_user(f, 5, "E5", true, 0);
        put_user(f, 6, "E6", false, 9);
        put_user(f, 7, "E7", false, 0);
        put_user(f, 8, "E8", false, 0);
        good(f, snapshot_set_missing(f->state, 7, 200, &f->error));
        good(f, link_next_disabled(f->state, 0, &got, &f->error));
        assert_string_equal(got.key, "E6");
        assert_int_equal(got.disabled_usec, 9);
        link_deinit(&got);
        good(f, link_next_disabled(f->state, 6, &got, &f->error));
        assert_string_equal(got.key, "E8");
        link_deinit(&got);
        good(f, link_delete(f->state, "E8", &f->error));
        expect(f, STATE_NONE, link_next_disabled(f->state, 6, &got, &f->error));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                state_test(test_a_person_comes_back_as_it_was),
                state_test(test_pages_are_in_the_order_of_bytes_and_hold_every_person_once),
                state_test(test_digests_are_forgotten_of_one_person_or_of_a_users_person),
                state_test(test_boundaries),
                state_test(test_links),
                state_test(test_parking_keeps_its_beginning_while_the_reason_is_the_same),
                state_test(test_holds),
                state_test(test_an_approval_reaches_what_was_shown),
                state_test(test_what_counts_counts_once_until_the_window_is_over),
                state_test(test_writes_in_flight),
                state_test(test_first_update_is_kept_until_it_is_deleted),
                state_test(test_revocations_to_be_seen),
                state_test(test_echoes),
                state_test(test_locks),
                state_test(test_whom_a_person_is_not),
                state_test(test_linked_users_who_are_disabled),
        };

        return cmocka_run_group_tests_name("state-ledger", tests, NULL, NULL);
}
