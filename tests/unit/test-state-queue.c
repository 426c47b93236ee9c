/* The retry queue: keys with their newest desired values, and what of them is due. */

#include "state-fixture.h"

#include <errno.h>

static QueueRow make_row(const char *key, Lane lane, int64_t queued, int64_t next) {
        QueueRow row = QUEUE_ROW_INIT;

        row.wanted.key = strdup(key);
        assert_non_null(row.wanted.key);
        row.lane = lane;
        row.queued_usec = row.changed_usec = queued;
        row.next_usec = next;
        return row;
}

static void put(Fixture *f, const char *key, Lane lane, int64_t queued, int64_t next) {
        QueueRow row = make_row(key, lane, queued, next);

        good(f, queue_put(f->state, &row, &f->error));
        queue_row_deinit(&row);
}

static void put_probing(Fixture *f, const char *key, Lane lane, int64_t next) {
        QueueRow row = make_row(key, lane, 1, next);

        row.probing = true;
        good(f, queue_put(f->state, &row, &f->error));
        queue_row_deinit(&row);
}

static void park(Fixture *f, const char *key) {
        char reason[] = "refused";
        Park park = { (char *) (uintptr_t) key, PARK_REFUSED, reason, 1 };

        good(f, park_put(f->state, &park, &f->error));
}

/* "E1 E2": the keys that are due, in their order. */
static const char *due(Fixture *f, Lane lane, int64_t now, const char *after_key, int64_t after_queued, size_t max) {
        static char text[128];
        char *keys[8];
        size_t n;

        good(f, queue_due(f->state, lane, now, after_key, after_queued, max, keys, &n, &f->error));
        text[0] = '\0';
        for (size_t i = 0; i < n; i++) {
                (void) strncat(text, i > 0 ? " " : "", sizeof(text) - strlen(text) - 1);
                (void) strncat(text, keys[i], sizeof(text) - strlen(text) - 1);
                free(keys[i]);
        }
        return text;
}

static int64_t next_usec(Fixture *f, Lane lane) {
        int64_t usec = 0;

        good(f, queue_next_usec(f->state, lane, &usec, &f->error));
        return usec;
}

static int64_t count(Fixture *f, Lane lane) {
        int64_t n = -1;

        good(f, queue_count(f->state, lane, &n, &f->error));
        return n;
}

static void test_a_row_comes_back_as_it_was(void **data) {
        Fixture *f = *data;
        QueueRow row = make_row("E1", LANE_CHANGE, 10, 20), got = QUEUE_ROW_INIT;

        expect(f, STATE_NONE, queue_get(f->state, "E1", &got, &f->error));
        row.wanted.standing = STANDING_OUT;
        row.wanted.mapped = 0xfff;
        row.wanted.keep = PROPERTY_BIT(PROPERTY_CARD_NUM);
        row.wanted.excluded = true;
        row.wanted.boundary = 1700000000;
        assert_int_equal(person_set_fault(&row.wanted, "of no use"), 0);
        row.wanted.wanted = make_user(0, "E1", "a@example.org", "001");
        row.wanted.wanted.access_expires = 1600000000;
        row.pin_wanted = row.give_up_card = row.give_up_email = row.probing = true;
        memset(row.pin_digest, 3, sizeof(row.pin_digest));
        row.read = 7;
        row.changed_usec = 11;
        row.attempts = 4;
        row.split = 2;
        row.last_error = strdup("HTTP 503");
        row.why = strdup("left");
        good(f, queue_put(f->state, &row, &f->error));

        good(f, queue_get(f->state, "E1", &got, &f->error));
        assert_string_equal(got.wanted.key, "E1");
        assert_int_equal(got.wanted.standing, STANDING_OUT);
        assert_int_equal(got.wanted.mapped, 0xfff);
        assert_int_equal(got.wanted.keep, PROPERTY_BIT(PROPERTY_CARD_NUM));
        assert_true(got.wanted.excluded);
        assert_int_equal(got.wanted.boundary, 1700000000);
        assert_string_equal(got.wanted.fault, "of no use");
        for (size_t i = 0; i < TEXT_PROPERTIES; i++)
                assert_string_equal(user_text(&got.wanted.wanted, (Property) i),
                                    user_text(&row.wanted.wanted, (Property) i));
        assert_int_equal(got.wanted.wanted.access_expires, 1600000000);
        assert_int_equal(got.wanted.wanted.n_levels, 2);
        assert_true(got.pin_wanted && got.give_up_card && got.give_up_email && got.probing);
        assert_memory_equal(got.pin_digest, row.pin_digest, sizeof(got.pin_digest));
        assert_int_equal(got.read, 7);
        assert_int_equal(got.lane, LANE_CHANGE);
        assert_int_equal(got.queued_usec, 10);
        assert_int_equal(got.changed_usec, 11);
        assert_int_equal(got.next_usec, 20);
        assert_int_equal(got.attempts, 4);
        assert_int_equal(got.split, 2);
        assert_string_equal(got.last_error, "HTTP 503");
        assert_string_equal(got.why, "left");
        queue_row_deinit(&got);
        queue_row_deinit(&row);

        /* A newer read replaces all of it. */
        put(f, "E1", LANE_TAKE, 10, 0);
        good(f, queue_get(f->state, "E1", &got, &f->error));
        assert_null(got.wanted.fault);
        assert_null(got.last_error);
        assert_null(got.wanted.wanted.text[PROPERTY_EMAIL]);
        assert_true(got.wanted.boundary == INSTANT_NONE);
        assert_int_equal(got.wanted.standing, STANDING_IN);
        queue_row_deinit(&got);
        good(f, queue_delete(f->state, "E1", &f->error));
        expect(f, STATE_NONE, queue_get(f->state, "E1", &got, &f->error));
}

static void test_what_is_due_comes_in_the_order_in_which_it_was_queued(void **data) {
        Fixture *f = *data;

        put(f, "E4", LANE_CHANGE, 10, 0);
        put(f, "E3", LANE_CHANGE, 10, 0);
        put(f, "E2", LANE_CHANGE, 20, 100);
        put(f, "E1", LANE_CHANGE, 30, 50);
        put(f, "E5", LANE_TAKE, 40, 0);
        assert_string_equal(due(f, LANE_CHANGE, 49, NULL, 0, 8), "E3 E4");
        assert_string_equal(due(f, LANE_CHANGE, 50, NULL, 0, 8), "E3 E4 E1");
        assert_string_equal(due(f, LANE_CHANGE, 100, NULL, 0, 2), "E3 E4");
        assert_string_equal(due(f, LANE_CHANGE, 100, "E4", 10, 2), "E2 E1");
        assert_string_equal(due(f, LANE_CHANGE, 100, "E1", 30, 2), "");
        assert_string_equal(due(f, LANE_TAKE, 100, NULL, 0, 8), "E5");
        assert_string_equal(due(f, LANE_CREATE, 100, NULL, 0, 8), "");
}

static void test_who_is_parked_waits_unless_access_is_taken(void **data) {
        Fixture *f = *data;

        park(f, "E1");
        put(f, "E1", LANE_CHANGE, 1, 0);
        put(f, "E2", LANE_CHANGE, 2, 0);
        park(f, "E2");
        assert_string_equal(due(f, LANE_CHANGE, 100, NULL, 0, 8), "");
        assert_true(next_usec(f, LANES) == INT64_MAX);
        put(f, "E1", LANE_TAKE, 1, 0);
        assert_string_equal(due(f, LANE_TAKE, 100, NULL, 0, 8), "E1");
        put(f, "E1", LANE_CHANGE, 1, 0);
        assert_string_equal(due(f, LANE_CHANGE, 100, NULL, 0, 8), "");
        good(f, park_delete(f->state, "E1", &f->error));
        good(f, park_delete(f->state, "E2", &f->error));
        assert_string_equal(due(f, LANE_CHANGE, 100, NULL, 0, 8), "E1 E2");
}

static void test_when_something_falls_due(void **data) {
        Fixture *f = *data;

        assert_true(next_usec(f, LANES) == INT64_MAX);
        put(f, "E1", LANE_CHANGE, 1, 300);
        put(f, "E2", LANE_CHANGE, 1, 200);
        put(f, "E3", LANE_CREATE, 1, 100);
        put_probing(f, "E4", LANE_CREATE, 50);
        assert_int_equal(next_usec(f, LANE_CHANGE), 200);
        assert_int_equal(next_usec(f, LANE_CREATE), 100);
        assert_true(next_usec(f, LANE_TAKE) == INT64_MAX);
        assert_int_equal(next_usec(f, LANES), 100);
        good(f, queue_retry_now(f->state, "E1", &f->error));
        assert_int_equal(next_usec(f, LANE_CHANGE), 0);
        assert_int_equal(next_usec(f, LANE_CREATE), 100);
        good(f, queue_retry_now(f->state, NULL, &f->error));
        assert_int_equal(next_usec(f, LANE_CREATE), 0);
        good(f, queue_retry_now(f->state, "nobody", &f->error));
}

static void test_sleepers_wait_for_being_woken(void **data) {
        Fixture *f = *data;
        QueueRow asleep = make_row("E1", LANE_CHANGE, 1, 0), late = make_row("E2", LANE_CREATE, 1, 500);

        asleep.next_usec = QUEUE_ASLEEP;
        good(f, queue_put(f->state, &asleep, &f->error));
        good(f, queue_put(f->state, &late, &f->error));
        assert_int_equal(next_usec(f, LANES), 500);
        good(f, queue_wake(f->state, &f->error));
        assert_int_equal(next_usec(f, LANE_CHANGE), 0);
        assert_int_equal(next_usec(f, LANE_CREATE), 500);
        queue_row_deinit(&asleep);
        queue_row_deinit(&late);
}

static void test_retrying_lifts_splits(void **data) {
        Fixture *f = *data;
        QueueRow row = make_row("E1", LANE_CHANGE, 1, 0), got = QUEUE_ROW_INIT;

        row.split = 1;
        good(f, queue_put(f->state, &row, &f->error));
        good(f, queue_retry_now(f->state, NULL, &f->error));
        good(f, queue_get(f->state, "E1", &got, &f->error));
        assert_int_equal(got.split, 0);
        queue_row_deinit(&got);
        queue_row_deinit(&row);
}

static void test_what_must_be_read_first(void **data) {
        Fixture *f = *data;
        _cleanup_(freep) char *key = NULL;
        int64_t usec, n;

        expect(f, STATE_NONE, queue_next_probe(f->state, &key, &usec, &f->error));
        put_probing(f, "E1", LANE_CHANGE, 200);
        put_probing(f, "E2", LANE_CREATE, 100);
        put_probing(f, "E3", LANE_CHANGE, 100);
        put_probing(f, "E4", LANE_CHANGE, 10);
        park(f, "E4");
        put(f, "E5", LANE_CHANGE, 1, 0);
        good(f, queue_next_probe(f->state, &key, &usec, &f->error));
        assert_string_equal(key, "E3");
        assert_int_equal(usec, 100);
        good(f, queue_count_probing(f->state, LANES, 199, &n, &f->error));
        assert_int_equal(n, 2);
        good(f, queue_count_probing(f->state, LANE_CHANGE, 200, &n, &f->error));
        assert_int_equal(n, 2);
        assert_string_equal(due(f, LANE_CHANGE, 1000, NULL, 0, 8), "E5");
        good(f, queue_clear_probing(f->state, &f->error));
        good(f, queue_count_probing(f->state, LANES, 1000, &n, &f->error));
        assert_int_equal(n, 0);
        assert_string_equal(due(f, LANE_CHANGE, 1000, NULL, 0, 8), "E1 E3 E5");
}

static void test_counts_follow_the_lanes(void **data) {
        Fixture *f = *data;

        put(f, "E1", LANE_TAKE, 1, 0);
        put(f, "E2", LANE_CHANGE, 1, 0);
        put(f, "E3", LANE_CHANGE, 1, 0);
        assert_int_equal(count(f, LANES), 3);
        assert_int_equal(count(f, LANE_CHANGE), 2);
        put(f, "E2", LANE_TAKE, 1, 0);
        put(f, "E2", LANE_TAKE, 1, 0);
        assert_int_equal(count(f, LANE_TAKE), 2);
        assert_int_equal(count(f, LANE_CHANGE), 1);
        good(f, queue_delete(f->state, "E2", &f->error));
        good(f, queue_delete(f->state, "E2", &f->error));
        assert_int_equal(count(f, LANE_TAKE), 1);
        assert_int_equal(count(f, LANES), 2);

        /* What is undone is not counted. */
        good(f, state_begin(f->state, &f->error));
        put(f, "E9", LANE_CREATE, 1, 0);
        state_rollback(f->state);
        assert_int_equal(count(f, LANE_CREATE), 0);
}

static void test_walking_by_key(void **data) {
        Fixture *f = *data;
        QueueRow row = QUEUE_ROW_INIT;

        put(f, "E2", LANE_TAKE, 1, 0);
        put(f, "E1", LANE_CHANGE, 9, 9);
        good(f, queue_next(f->state, NULL, &row, &f->error));
        assert_string_equal(row.wanted.key, "E1");
        queue_row_deinit(&row);
        good(f, queue_next(f->state, "E1", &row, &f->error));
        assert_string_equal(row.wanted.key, "E2");
        queue_row_deinit(&row);
        expect(f, STATE_NONE, queue_next(f->state, "E2", &row, &f->error));
}

static void test_the_oldest_revocation_is_as_old_as_its_lane(void **data) {
        Fixture *f = *data;
        QueueRow row = make_row("E1", LANE_CHANGE, 100, 0);
        int64_t usec;

        good(f, queue_put(f->state, &row, &f->error));
        good(f, revocation_oldest_usec(f->state, &usec, &f->error));
        assert_int_equal(usec, 0);

        /* Queued long ago for something else: it counts from when access was to be taken. */
        row.lane = LANE_TAKE;
        row.changed_usec = 500;
        good(f, queue_put(f->state, &row, &f->error));
        row.changed_usec = 900;
        good(f, queue_put(f->state, &row, &f->error));
        good(f, revocation_oldest_usec(f->state, &usec, &f->error));
        assert_int_equal(usec, 500);
        row.lane = LANE_CHANGE;
        good(f, queue_put(f->state, &row, &f->error));
        good(f, revocation_oldest_usec(f->state, &usec, &f->error));
        assert_int_equal(usec, 0);
        queue_row_deinit(&row);
}

static void claim(Fixture *f, const char *key, Standing standing, bool give_up) {
        QueueRow row = make_row(key, LANE_CHANGE, 1, 0);

        row.wanted.standing = standing;
        row.wanted.wanted = make_user(0, key, "Shared@example.org", "001");
        row.give_up_card = give_up;
        good(f, queue_put(f->state, &row, &f->error));
        queue_row_deinit(&row);
}

static void test_claimants(void **data) {
        Fixture *f = *data;
        _cleanup_(freep) char *card = NULL, *email = NULL, *other = NULL;

        expect(f, STATE_NONE, queue_claimant(f->state, PROPERTY_CARD_NUM, "001", "E9", &card, &f->error));
        claim(f, "E1", STANDING_OUT, true);
        claim(f, "E2", STANDING_IN, false);
        claim(f, "E3", STANDING_IN, false);
        good(f, queue_claimant(f->state, PROPERTY_CARD_NUM, "001", "E3", &card, &f->error));
        assert_string_equal(card, "E2");
        good(f, queue_claimant(f->state, PROPERTY_EMAIL, "SHARED@EXAMPLE.ORG", "E2", &email, &f->error));
        assert_string_equal(email, "E3");
        good(f, queue_claimant(f->state, PROPERTY_EMAIL, "shared@example.org", NULL, &other, &f->error));
        assert_string_equal(other, "E2");
        expect(f, -EINVAL, queue_claimant(f->state, PROPERTY_PHONE, "1", NULL, &other, &f->error));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                state_test(test_a_row_comes_back_as_it_was),
                state_test(test_what_is_due_comes_in_the_order_in_which_it_was_queued),
                state_test(test_who_is_parked_waits_unless_access_is_taken),
                state_test(test_when_something_falls_due),
                state_test(test_sleepers_wait_for_being_woken),
                state_test(test_retrying_lifts_splits),
                state_test(test_what_must_be_read_first),
                state_test(test_counts_follow_the_lanes),
                state_test(test_walking_by_key),
                state_test(test_the_oldest_revocation_is_as_old_as_its_lane),
                state_test(test_claimants),
        };

        return cmocka_run_group_tests_name("state-queue", tests, NULL, NULL);
}
