/* Delivery by itself: which write and which read comes next, and what an answer leaves behind. The rest is played (world.h). */

#include "lib/delivery/delivery.h"
#include "lib/delivery/pins.h"
#include "state-fixture.h"

#define SECOND INT64_C(1000000)
#define NOW (INT64_C(1700000000) * SECOND)

typedef struct Desk {
        Fixture *f;
        DecideContext context;
        Delivery *delivery;
        DeliveryWrite write;
        DeliveryRead read;
        int64_t until, now;
        int64_t news[NEWS_KINDS];
} Desk;

static void hear(void *userdata, const News *news) {
        Desk *desk = userdata;

        desk->news[news->kind]++;
}

static const DeliveryOptions options = { .retry_first_usec = 5 * SECOND, .retry_max_usec = 900 * SECOND, .seed = 1 };

static void desk_open_unproven(Desk *desk, Fixture *f) {
        *desk = (Desk) {
                .f = f,
                .now = NOW,
                .context = {
                        .state = f->state,
                        .rules = { .disable = true, .remove_levels = true, .expire = true },
                        .fresh_usec = 60 * SECOND,
                },
        };
        good(f, delivery_new(&desk->context, &options, NOW, hear, desk, &desk->delivery, &f->error));
}

/* Updates are known to do what they should. */
static void desk_open(Desk *desk, Fixture *f) {
        good(f, state_set_number(f->state, "first_update", 2, &f->error));
        desk_open_unproven(desk, f);
}

static void desk_close(Desk *desk) {
        delivery_free(desk->delivery);
}

static void enqueue(Desk *desk, const char *key, Standing standing, const char *phone) {
        _cleanup_(queue_row_deinit) QueueRow row = QUEUE_ROW_INIT;
        PersonRow person = PERSON_ROW_INIT;
        char mail[40];

        (void) snprintf(mail, sizeof(mail), "%s@x.org", key);
        row.wanted.key = strdup(key);
        row.wanted.standing = standing;
        row.wanted.mapped = PROPERTY_BIT(PROPERTIES) - 1;
        row.wanted.wanted = make_user(0, key, mail, NULL);
        assert_int_equal(user_set_text(&row.wanted.wanted, PROPERTY_PHONE, phone), 0);
        row.why = strdup("test");
        row.read = 1;
        person.key = (char *) key;
        person.read = 1;
        good(desk->f, person_put(desk->f->state, &person, &desk->f->error));
        good(desk->f, delivery_enqueue(desk->delivery, &row, desk->now, NULL, &desk->f->error));
}

/* Linked, and just seen. */
static void hold(Desk *desk, int64_t id, const char *key) {
        _cleanup_(user_deinit) User user = USER_INIT;
        Link link = LINK_INIT;
        char mail[40];

        (void) snprintf(mail, sizeof(mail), "%s@x.org", key);
        user = make_user(id, key, mail, NULL);
        good(desk->f, snapshot_put(desk->f->state, &user, SNAPSHOT_SEEN, desk->now - SECOND, &desk->f->error));
        link.key = (char *) key;
        link.lockt_id = id;
        link.granted = user;
        good(desk->f, link_put(desk->f->state, &link, &desk->f->error));
}

static int next_write(Desk *desk, bool more) {
        int r;

        do {
                error_clear(&desk->f->error);
                r = delivery_next_write(desk->delivery, desk->now, more, &desk->write, &desk->until, &desk->f->error);
        } while (r == DELIVERY_AGAIN);
        assert_true(r >= 0);
        return r;
}

static void answer(Desk *desk, LocktVerdict verdict) {
        LocktAnswer told = { .verdict = verdict, .sent = true, .submitted = (unsigned) desk->write.n_users };

        if (verdict == LOCKT_OK)
                told.inserted = told.submitted;
        told.message = (char *) "in these words";
        desk->now += SECOND / 1000;
        good(desk->f, delivery_written(desk->delivery, desk->now, &told, &desk->f->error));
}

static void test_nothing_to_do(void **data) {
        Desk desk;

        desk_open(&desk, *data);
        assert_int_equal(next_write(&desk, false), DELIVERY_NOTHING);
        assert_true(desk.until == INT64_MAX);
        expect(desk.f, DELIVERY_NOTHING,
               delivery_next_read(desk.delivery, NOW, &desk.read, &desk.until, &desk.f->error));
        assert_false(delivery_writing(desk.delivery));
        desk_close(&desk);
}

static void test_write_is_marked_before_it_leaves(void **data) {
        Desk desk;
        Flight flight = FLIGHT_INIT;

        desk_open(&desk, *data);
        enqueue(&desk, "K", STANDING_IN, "1");
        assert_int_equal(next_write(&desk, false), 0);
        assert_int_equal(desk.write.kind, LOCKT_CREATE);
        assert_int_equal(desk.write.n_users, 1);
        assert_true(delivery_writing(desk.delivery));
        good(desk.f, flight_next(desk.f->state, NULL, &flight, &desk.f->error));
        assert_string_equal(flight.key, "K");
        assert_true(flight.gives);
        flight_deinit(&flight);
        /* One at a time. */
        assert_int_equal(next_write(&desk, false), DELIVERY_NOTHING);
        answer(&desk, LOCKT_OK);
        assert_int_equal(flight_next(desk.f->state, NULL, &flight, NULL), STATE_NONE);
        assert_int_equal(desk.news[NEWS_CREATED], 1);
        desk_close(&desk);
}

static void test_order_of_lanes(void **data) {
        Desk desk;

        desk_open(&desk, *data);
        hold(&desk, 5, "P");
        hold(&desk, 6, "Q");
        enqueue(&desk, "A", STANDING_IN, "1");
        enqueue(&desk, "P", STANDING_IN, "1");
        enqueue(&desk, "Q", STANDING_OUT, "1");
        assert_int_equal(next_write(&desk, false), 0);
        assert_int_equal(desk.write.users[0]->id, 6);
        assert_false(desk.write.users[0]->enabled);
        answer(&desk, LOCKT_OK);
        assert_int_equal(desk.news[NEWS_REVOKED], 1);
        assert_int_equal(next_write(&desk, false), 0);
        assert_int_equal(desk.write.users[0]->id, 5);
        answer(&desk, LOCKT_OK);
        assert_int_equal(desk.news[NEWS_CHANGED], 1);
        assert_int_equal(next_write(&desk, false), 0);
        assert_int_equal(desk.write.kind, LOCKT_CREATE);
        answer(&desk, LOCKT_OK);
        desk_close(&desk);
}

/* While findings are still applied, nothing is given; what takes waits a moment for company. */
static void test_more_is_coming(void **data) {
        Desk desk;

        desk_open(&desk, *data);
        hold(&desk, 6, "Q");
        enqueue(&desk, "A", STANDING_IN, "1");
        assert_int_equal(next_write(&desk, true), DELIVERY_NOTHING);
        enqueue(&desk, "Q", STANDING_OUT, "1");
        assert_int_equal(next_write(&desk, true), DELIVERY_NOTHING);
        assert_true(desk.until <= desk.now + SECOND);
        desk.now += SECOND;
        assert_int_equal(next_write(&desk, true), 0);
        assert_int_equal(desk.write.users[0]->id, 6);
        answer(&desk, LOCKT_OK);
        assert_int_equal(next_write(&desk, true), DELIVERY_NOTHING);
        assert_int_equal(next_write(&desk, false), 0);
        answer(&desk, LOCKT_OK);
        desk_close(&desk);
}

static void test_who_may_not_write(void **data) {
        Desk desk;
        DeliveryOptions report = options;

        desk_open(&desk, *data);
        enqueue(&desk, "K", STANDING_IN, "1");
        report.report_mode = true;
        delivery_set_options(desk.delivery, &report);
        assert_int_equal(next_write(&desk, false), DELIVERY_NOTHING);
        delivery_set_options(desk.delivery, &options);
        delivery_set_leader(desk.delivery, false);
        assert_int_equal(next_write(&desk, false), DELIVERY_NOTHING);
        delivery_set_leader(desk.delivery, true);
        assert_int_equal(next_write(&desk, false), 0);
        answer(&desk, LOCKT_OK);
        desk_close(&desk);
}

static void test_what_an_answer_means_for_the_service(void **data) {
        static const struct {
                LocktVerdict verdict;
                bool down, unauthorized, waits;
        } cases[] = {
                { LOCKT_OK, false, false, false },
                { LOCKT_UNAVAILABLE, true, false, true },
                { LOCKT_UNKNOWN, true, false, true },
                { LOCKT_UNAUTHORIZED, false, true, true },
                { LOCKT_BUSY, false, false, true },
                { LOCKT_TOO_LARGE, false, false, false },
                { LOCKT_REFUSED, false, false, false },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                DeliveryHealth health;
                void *fresh;
                Desk desk;

                assert_int_equal(fixture_setup(&fresh), 0);
                desk_open(&desk, fresh);
                enqueue(&desk, "K", STANDING_IN, "1");
                enqueue(&desk, "L", STANDING_IN, "1");
                assert_int_equal(next_write(&desk, false), 0);
                answer(&desk, cases[i].verdict);
                delivery_health(desk.delivery, &health);
                if (health.down != cases[i].down || health.unauthorized != cases[i].unauthorized ||
                    (health.next_attempt_usec > desk.now) != cases[i].waits)
                        fail_msg("%s", lockt_verdict_name(cases[i].verdict));
                /* Nobody is parked for it. */
                assert_int_equal(desk.news[NEWS_PARKED], 0);
                delivery_resume(desk.delivery, desk.now);
                delivery_health(desk.delivery, &health);
                assert_int_equal(health.next_attempt_usec, 0);
                desk_close(&desk);
                fixture_teardown(&fresh);
        }
        (void) data;
}

/* "At most 100", it says of two. */
static void test_limit_that_was_not_passed(void **data) {
        LocktAnswer told = { .verdict = LOCKT_TOO_LARGE, .sent = true, .batch_limit = 100 };
        Desk desk;

        desk_open(&desk, *data);
        enqueue(&desk, "K", STANDING_IN, "1");
        enqueue(&desk, "L", STANDING_IN, "1");
        assert_int_equal(next_write(&desk, false), 0);
        assert_int_equal(desk.write.n_users, 2);
        good(desk.f, delivery_written(desk.delivery, desk.now, &told, &desk.f->error));
        assert_int_equal(next_write(&desk, false), 0);
        assert_int_equal(desk.write.n_users, 1);
        good(desk.f, delivery_written(desk.delivery, desk.now, &told, &desk.f->error));
        assert_int_equal(desk.news[NEWS_PARKED], 1);
        desk_close(&desk);
}

static void test_counts(void **data) {
        DeliveryHealth health;
        Desk desk;

        desk_open(&desk, *data);
        hold(&desk, 6, "Q");
        enqueue(&desk, "Q", STANDING_OUT, "1");
        enqueue(&desk, "A", STANDING_IN, "1");
        enqueue(&desk, "B", STANDING_UNCLEAR, "1");
        while (next_write(&desk, false) == 0)
                answer(&desk, LOCKT_OK);
        delivery_health(desk.delivery, &health);
        assert_int_equal(health.revoked, 1);
        assert_int_equal(health.created, 1);
        assert_int_equal(health.parked, 1);
        assert_int_equal(health.writes, 2);
        delivery_reset_counts(desk.delivery);
        delivery_health(desk.delivery, &health);
        assert_int_equal(health.revoked + health.created + health.parked + health.writes, 0);
        assert_int_equal(health.batch_limit, 100);
        desk_close(&desk);
}

static void test_revocation_is_seen_by_reading(void **data) {
        _cleanup_(user_deinit) User seen = USER_INIT;
        LocktAnswer ok = { .verdict = LOCKT_OK };
        Desk desk;

        desk_open(&desk, *data);
        hold(&desk, 6, "Q");
        enqueue(&desk, "Q", STANDING_OUT, "1");
        assert_int_equal(next_write(&desk, false), 0);
        answer(&desk, LOCKT_OK);
        good(desk.f, delivery_next_read(desk.delivery, desk.now, &desk.read, &desk.until, &desk.f->error));
        assert_false(desk.read.listing);
        assert_int_equal(desk.read.id, 6);

        /* Somebody enabled him meanwhile. */
        seen = make_user(6, "Q", "Q@x.org", NULL);
        good(desk.f, delivery_got(desk.delivery, desk.now, desk.now + SECOND, &ok, &seen, &desk.f->error));
        desk.now += SECOND;
        assert_int_equal(desk.news[NEWS_REVOCATION_UNDONE], 1);
        assert_int_equal(next_write(&desk, false), 0);
        assert_false(desk.write.users[0]->enabled);
        answer(&desk, LOCKT_OK);

        seen.enabled = false;
        desk.now += 10 * SECOND;
        good(desk.f, delivery_next_read(desk.delivery, desk.now, &desk.read, &desk.until, &desk.f->error));
        good(desk.f, delivery_got(desk.delivery, desk.now, desk.now + SECOND, &ok, &seen, &desk.f->error));
        assert_int_equal(desk.news[NEWS_REVOCATION_CONFIRMED], 1);
        desk_close(&desk);
}

static void test_many_looks_are_one_listing(void **data) {
        Desk desk;

        desk_open(&desk, *data);
        for (int64_t i = 0; i < 30; i++) {
                char key[8];

                (void) snprintf(key, sizeof(key), "P%lld", (long long) i);
                hold(&desk, 100 + i, key);
                enqueue(&desk, key, STANDING_OUT, "1");
        }
        assert_int_equal(next_write(&desk, false), 0);
        assert_int_equal(desk.write.n_users, 30);
        answer(&desk, LOCKT_OK);
        good(desk.f, delivery_next_read(desk.delivery, desk.now, &desk.read, &desk.until, &desk.f->error));
        assert_true(desk.read.listing);
        /* It comes to nothing: not again at once. */
        assert_int_equal(delivery_next_read(desk.delivery, desk.now, &desk.read, &desk.until, NULL), DELIVERY_NOTHING);
        assert_true(desk.until > desk.now);
        desk_close(&desk);
}

/* Heard of levels and listings: a refusal of a list is not about any record. */
static void test_lists_tell_of_health(void **data) {
        LocktAnswer refused = { .verdict = LOCKT_REFUSED, .message = (char *) "no" }, ok = { .verdict = LOCKT_OK };
        DeliveryHealth health;
        Desk desk;

        desk_open(&desk, *data);
        delivery_heard(desk.delivery, NOW, &refused);
        delivery_health(desk.delivery, &health);
        assert_true(health.down && health.next_attempt_usec > NOW);
        assert_int_equal(desk.news[NEWS_LOCKT_DOWN], 1);
        delivery_heard(desk.delivery, NOW, &refused);
        assert_int_equal(desk.news[NEWS_LOCKT_DOWN], 1);
        delivery_heard(desk.delivery, NOW, &ok);
        assert_int_equal(desk.news[NEWS_LOCKT_UP], 1);
        desk_close(&desk);
}

static void test_pins(void **data) {
        static const uint8_t one[DIGEST_SIZE] = { 1 }, two[DIGEST_SIZE] = { 2 };
        Pins pins = { 0 };
        char key[16];

        assert_int_equal(pins_offer(&pins, "a", "1234", one), 0);
        assert_null(pins_get(&pins, "a", NULL));        /* nobody wanted it */
        assert_int_equal(pins_want(&pins, "a"), 0);
        assert_int_equal(pins_want(&pins, "a"), 0);
        assert_int_equal(pins.n_wanted, 1);
        assert_true(pins_wanted(&pins, "a"));
        assert_int_equal(pins_offer(&pins, "a", "1234", one), 0);
        assert_string_equal(pins_get(&pins, "a", one), "1234");
        assert_null(pins_get(&pins, "a", two));
        assert_int_equal(pins_offer(&pins, "a", "5678", two), 0);
        assert_string_equal(pins_get(&pins, "a", two), "5678");
        pins_forget(&pins);
        assert_null(pins_get(&pins, "a", NULL));
        for (unsigned i = 0; i < PINS_MAX + 10; i++) {
                (void) snprintf(key, sizeof(key), "k%u", i);
                assert_int_equal(pins_want(&pins, key), 0);
        }
        assert_int_equal(pins.n_wanted, PINS_MAX);
        pins_forget_wanted(&pins);
        assert_int_equal(pins.n_wanted, 0);
        pins_deinit(&pins);
        (void) data;
}

static void test_a_contested_record_is_decided_again(void **data) {
        Desk desk;
        bool again = false;
        _cleanup_(queue_row_deinit) QueueRow row = QUEUE_ROW_INIT;

        desk_open(&desk, *data);
        hold(&desk, 6, "Q");
        row.wanted.key = strdup("K");
        row.wanted.mapped = PROPERTY_BIT(PROPERTIES) - 1;
        row.wanted.wanted = make_user(0, "K", "Q@x.org", NULL);
        row.why = strdup("test");
        row.read = 1;
        good(desk.f, delivery_enqueue(desk.delivery, &row, NOW, &again, &desk.f->error));
        assert_true(again);
        assert_int_equal(desk.news[NEWS_PARKED], 0);
        assert_int_equal(next_write(&desk, true), DELIVERY_NOTHING);
        assert_int_equal(desk.news[NEWS_PARKED], 0);
        assert_int_equal(next_write(&desk, false), DELIVERY_NOTHING);
        assert_int_equal(desk.news[NEWS_PARKED], 1);
        desk_close(&desk);
}

/* Four changes in writes of two: the first is on the wire, the second is gathered. */
static void desk_open_ahead(Desk *desk, Fixture *f) {
        static const char *const keys[] = { "A", "B", "C", "D" };

        good(f, state_set_number(f->state, "batch_limit", 2, &f->error));
        desk_open(desk, f);
        for (size_t i = 0; i < ELEMENTS(keys); i++) {
                hold(desk, 5 + (int64_t) i, keys[i]);
                enqueue(desk, keys[i], STANDING_IN, "1");
        }
        assert_int_equal(next_write(desk, false), 0);
        assert_int_equal(desk->write.users[0]->id, 5);
        assert_int_equal(next_write(desk, false), DELIVERY_NOTHING);
        answer(desk, LOCKT_OK);
        assert_int_equal(desk->news[NEWS_CHANGED], 0);
}

static void test_next_write_leaves_first(void **data) {
        Desk desk;

        desk_open_ahead(&desk, *data);
        assert_true(delivery_writing(desk.delivery) && delivery_in_flight(desk.delivery, "A"));
        assert_int_equal(next_write(&desk, false), 0);
        assert_int_equal(desk.write.users[0]->id, 7);
        assert_int_equal(desk.news[NEWS_CHANGED], 0);
        assert_true(delivery_in_flight(desk.delivery, "A") && delivery_in_flight(desk.delivery, "C"));
        assert_int_equal(next_write(&desk, false), DELIVERY_NOTHING);
        assert_int_equal(desk.news[NEWS_CHANGED], 2);
        assert_false(delivery_in_flight(desk.delivery, "A"));
        answer(&desk, LOCKT_OK);
        assert_int_equal(next_write(&desk, false), DELIVERY_NOTHING);
        assert_int_equal(desk.news[NEWS_CHANGED], 4);
        assert_false(delivery_writing(desk.delivery));
        desk_close(&desk);
}

/* Somebody was seen otherwise after he was gathered: a level that is not ours is kept. */
static void test_nothing_leaves_as_it_was_gathered_when_the_state_has_changed(void **data) {
        _cleanup_(user_deinit) User seen = USER_INIT;
        Desk desk;

        desk_open_ahead(&desk, *data);
        seen = make_user(8, "D", "D@x.org", NULL);
        assert_int_equal(user_add_level(&seen, 77), 0);
        good(desk.f, snapshot_put(desk.f->state, &seen, SNAPSHOT_SEEN, desk.now, &desk.f->error));
        assert_int_equal(next_write(&desk, false), 0);
        assert_int_equal(desk.news[NEWS_CHANGED], 2);
        assert_int_equal(desk.write.users[1]->id, 8);
        assert_true(user_has_level(desk.write.users[1], 77));
        answer(&desk, LOCKT_OK);
        desk_close(&desk);
}

static void test_what_was_gathered_long_ago_is_gathered_anew(void **data) {
        Desk desk;

        desk_open_ahead(&desk, *data);
        desk.now += 3 * SECOND;
        assert_int_equal(next_write(&desk, false), 0);
        assert_int_equal(desk.news[NEWS_CHANGED], 2);
        answer(&desk, LOCKT_OK);
        desk_close(&desk);
}

/* What is still being applied may take from somebody: no gift goes ahead of it. */
static void test_no_gift_goes_ahead_of_findings(void **data) {
        Desk desk;

        desk_open_ahead(&desk, *data);
        assert_int_equal(next_write(&desk, true), DELIVERY_NOTHING);
        assert_int_equal(desk.news[NEWS_CHANGED], 2);
        assert_int_equal(next_write(&desk, false), 0);
        answer(&desk, LOCKT_OK);
        desk_close(&desk);
}

static void test_revocation_that_falls_due_goes_before_what_was_gathered(void **data) {
        _cleanup_(queue_row_deinit) QueueRow row = QUEUE_ROW_INIT;
        Desk desk;

        good(((Fixture *) *data), state_set_number(((Fixture *) *data)->state, "batch_limit", 2, NULL));
        desk_open(&desk, *data);
        hold(&desk, 9, "Z");
        enqueue(&desk, "Z", STANDING_OUT, "1");
        good(desk.f, queue_get(desk.f->state, "Z", &row, &desk.f->error));
        row.next_usec = desk.now + SECOND;
        good(desk.f, queue_put(desk.f->state, &row, &desk.f->error));
        for (int64_t id = 5; id < 9; id++) {
                char key[2] = { (char) ('A' + id - 5), '\0' };

                hold(&desk, id, key);
                enqueue(&desk, key, STANDING_IN, "1");
        }
        assert_int_equal(next_write(&desk, false), 0);
        assert_int_equal(desk.write.n_users, 2);
        assert_int_equal(next_write(&desk, false), DELIVERY_NOTHING);
        desk.now += SECOND;
        answer(&desk, LOCKT_OK);
        assert_int_equal(next_write(&desk, false), 0);
        assert_int_equal(desk.write.users[0]->id, 9);
        answer(&desk, LOCKT_OK);
        desk_close(&desk);
}

static int64_t stage_of(Desk *desk) {
        int64_t stage = -1;

        good(desk->f, state_get_number(desk->f->state, "first_update", &stage, &desk->f->error));
        return stage;
}

/* What a state from before the first update was watched has written was right all along. */
static void test_state_that_has_written_before(void **data) {
        int64_t writes;
        Desk desk;

        good(((Fixture *) *data), state_count_up(((Fixture *) *data)->state, "writes", &writes, NULL));
        desk_open_unproven(&desk, *data);
        assert_int_equal(stage_of(&desk), 2);
        desk_close(&desk);
}

static void test_first_update_is_read_before_the_next(void **data) {
        _cleanup_(user_deinit) User seen = USER_INIT;
        LocktAnswer ok = { .verdict = LOCKT_OK };
        DeliveryHealth health;
        Desk desk;

        desk_open_unproven(&desk, *data);
        assert_int_equal(stage_of(&desk), 0);
        hold(&desk, 5, "P");
        hold(&desk, 6, "Q");
        enqueue(&desk, "P", STANDING_IN, "1");
        enqueue(&desk, "Q", STANDING_IN, "1");
        assert_int_equal(next_write(&desk, false), 0);
        assert_int_equal(desk.write.n_users, 1);
        /* Not while it is under way. */
        assert_int_equal(delivery_next_read(desk.delivery, desk.now, &desk.read, &desk.until, NULL), DELIVERY_NOTHING);
        seen = make_user(5, "P", "P@x.org", NULL);
        assert_int_equal(user_set_text(&seen, PROPERTY_PHONE, "1"), 0);
        answer(&desk, LOCKT_OK);
        assert_int_equal(stage_of(&desk), 1);
        delivery_health(desk.delivery, &health);
        assert_true(health.first_update_pending && !health.first_update_bad);
        assert_int_equal(next_write(&desk, false), DELIVERY_NOTHING);
        good(desk.f, delivery_next_read(desk.delivery, desk.now, &desk.read, &desk.until, &desk.f->error));
        assert_int_equal(desk.read.id, 5);
        good(desk.f, delivery_got(desk.delivery, desk.now, desk.now + 1, &ok, &seen, &desk.f->error));
        assert_int_equal(stage_of(&desk), 2);
        assert_int_equal(next_write(&desk, false), 0);
        assert_int_equal(desk.write.users[0]->id, 6);
        answer(&desk, LOCKT_OK);
        desk_close(&desk);
}

/* By PUT the rest of the record may be of somebody's making, where it was seen long ago: that proves nothing. */
static void test_what_may_be_of_another_hand_proves_nothing(void **data) {
        static const struct {
                bool put, fresh;
                int64_t stage;
        } cases[] = { { true, false, 0 }, { true, true, 3 }, { false, false, 3 } };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(user_deinit) User seen = USER_INIT;
                LocktAnswer ok = { .verdict = LOCKT_OK };
                DeliveryOptions put = options;
                void *fresh;
                Desk desk;

                assert_int_equal(fixture_setup(&fresh), 0);
                desk_open_unproven(&desk, fresh);
                put.update_put = cases[i].put;
                delivery_set_options(desk.delivery, &put);
                hold(&desk, 6, "Q");
                desk.now += cases[i].fresh ? SECOND : 3600 * SECOND;
                enqueue(&desk, "Q", STANDING_OUT, "1");
                assert_int_equal(next_write(&desk, false), 0);
                answer(&desk, LOCKT_OK);
                good(desk.f, delivery_next_read(desk.delivery, desk.now, &desk.read, &desk.until, &desk.f->error));
                seen = make_user(6, "Q", "another@x.org", NULL);
                assert_int_equal(user_set_text(&seen, PROPERTY_EMAIL, "another@x.org"), 0);
                seen.enabled = false;
                seen.n_levels = 0;
                good(desk.f, delivery_got(desk.delivery, desk.now, desk.now + 1, &ok, &seen, &desk.f->error));
                assert_int_equal(stage_of(&desk), cases[i].stage);
                assert_int_equal(desk.news[NEWS_FIRST_UPDATE_BAD], cases[i].stage == 3);
                good(desk.f, delivery_accept_first_update(desk.delivery, desk.now, &desk.f->error));
                assert_int_equal(stage_of(&desk), cases[i].stage == 3 ? 2 : 0);
                desk_close(&desk);
                fixture_teardown(&fresh);
        }
        (void) data;
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                state_test(test_nothing_to_do),
                state_test(test_write_is_marked_before_it_leaves),
                state_test(test_order_of_lanes),
                state_test(test_more_is_coming),
                state_test(test_who_may_not_write),
                cmocka_unit_test(test_what_an_answer_means_for_the_service),
                state_test(test_limit_that_was_not_passed),
                state_test(test_counts),
                state_test(test_revocation_is_seen_by_reading),
                state_test(test_many_looks_are_one_listing),
                state_test(test_lists_tell_of_health),
                state_test(test_a_contested_record_is_decided_again),
                state_test(test_next_write_leaves_first),
                state_test(test_nothing_leaves_as_it_was_gathered_when_the_state_has_changed),
                state_test(test_what_was_gathered_long_ago_is_gathered_anew),
                state_test(test_no_gift_goes_ahead_of_findings),
                state_test(test_revocation_that_falls_due_goes_before_what_was_gathered),
                state_test(test_state_that_has_written_before),
                state_test(test_first_update_is_read_before_the_next),
                state_test(test_what_may_be_of_another_hand_proves_nothing),
                cmocka_unit_test(test_pins),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
