/* The history: a chain that shows what was changed, dropped or slipped in; and that no PIN is ever in the file. */

#include "state-fixture.h"

#include <sqlite3.h>

static void append(Fixture *f, int64_t at, const char *key, const char *action, const char *detail) {
        HistoryEntry entry = {
                .at_usec = at,
                .cycle = 3,
                .key = (char *) (uintptr_t) key,
                .action = (char *) (uintptr_t) action,
                .detail = (char *) (uintptr_t) detail,
        };

        good(f, history_append(f->state, &entry, &f->error));
}

static void append_four(Fixture *f) {
        append(f, 100, "E1", "created", "{\"after\":1}");
        append(f, 200, NULL, "approved", NULL);
        append(f, 300, "E2", "changed", "{\"after\":2}");
        append(f, 400, "E1", "revoked", "{\"after\":3}");
}

static void test_entries_are_read_newest_first(void **data) {
        Fixture *f = *data;
        HistoryEntry entry = { 0 };

        expect(f, STATE_NONE, history_previous(f->state, NULL, 0, &entry, &f->error));
        append_four(f);
        good(f, history_previous(f->state, NULL, 0, &entry, &f->error));
        assert_int_equal(entry.id, 4);
        assert_int_equal(entry.at_usec, 400);
        assert_int_equal(entry.cycle, 3);
        assert_string_equal(entry.key, "E1");
        assert_string_equal(entry.action, "revoked");
        assert_string_equal(entry.detail, "{\"after\":3}");
        history_entry_deinit(&entry);
        good(f, history_previous(f->state, "E1", 4, &entry, &f->error));
        assert_int_equal(entry.id, 1);
        history_entry_deinit(&entry);
        good(f, history_previous(f->state, NULL, 3, &entry, &f->error));
        assert_null(entry.key);
        assert_null(entry.detail);
        history_entry_deinit(&entry);
        expect(f, STATE_NONE, history_previous(f->state, "E1", 1, &entry, &f->error));
        expect(f, STATE_NONE, history_previous(f->state, "E9", 0, &entry, &f->error));
}

/* In pieces as small as can be: what is found must not depend on them. */
static int check(Fixture *f, HistoryCheck *ret) {
        int r;

        do
                r = history_check(f->state, ret, 1, &f->error);
        while (r == 1);
        return r;
}

static void test_entries_are_found_by_person_cycle_and_time(void **data) {
        static const struct {
                const char *title;
                HistoryFilter filter;
                const char *found;      /* ids, the newest first */
        } cases[] = {
                { "all", { .cycle = -1, .until_usec = INT64_MAX }, "4321" },
                { "one person", { .key = "E1", .cycle = -1, .until_usec = INT64_MAX }, "41" },
                { "one cycle", { .cycle = 3, .until_usec = INT64_MAX }, "4321" },
                { "a cycle that did nothing", { .cycle = 4, .until_usec = INT64_MAX }, "" },
                { "since then", { .cycle = -1, .since_usec = 200, .until_usec = INT64_MAX }, "432" },
                { "until then", { .cycle = -1, .until_usec = 300 }, "21" },
                { "a person within a time", { .key = "E1", .cycle = -1, .since_usec = 200, .until_usec = 500 }, "4" },
        };
        Fixture *f = *data;

        append_four(f);
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                char found[8] = "";
                int64_t before = 0;
                size_t n = 0;
                int r;

                for (;;) {
                        HistoryEntry entry = { 0 };

                        r = history_find(f->state, &cases[i].filter, &before, &entry, &f->error);
                        if (r != 0)
                                break;
                        found[n++] = (char) ('0' + entry.id);
                        history_entry_deinit(&entry);
                }
                assert_int_equal(r, STATE_NONE);
                if (strcmp(found, cases[i].found) != 0)
                        fail_msg("%s: %s", cases[i].title, found);
        }
}

static void test_a_long_history_is_searched_in_pieces(void **data) {
        Fixture *f = *data;
        HistoryFilter first = HISTORY_ALL;
        HistoryEntry entry = { 0 };
        int64_t before = 0;
        unsigned pieces = 0;
        int r;

        good(f, state_begin(f->state, &f->error));
        for (int64_t i = 1; i <= 10000; i++)
                append(f, i, "E1", "changed", NULL);
        good(f, state_commit(f->state, &f->error));
        first.until_usec = 2;
        while ((r = history_find(f->state, &first, &before, &entry, &f->error)) == HISTORY_AGAIN)
                pieces++;
        assert_int_equal(r, 0);
        assert_int_equal(entry.id, 1);
        assert_in_range(pieces, 1, 10);
        history_entry_deinit(&entry);
        expect(f, STATE_NONE, history_find(f->state, &first, &before, &entry, &f->error));
}

static void test_tampering_shows(void **data) {
        static const struct {
                const char *title, *sql;
                int64_t bad;            /* 0: sound */
        } cases[] = {
                { "nothing", "SELECT 1", 0 },
                { "a detail was changed", "UPDATE history SET detail = '{}' WHERE id = 3", 3 },
                { "a time was changed", "UPDATE history SET at_usec = 1 WHERE id = 1", 1 },
                { "a person was changed", "UPDATE history SET key = 'E9' WHERE id = 2", 2 },
                { "an action moved into the key", "UPDATE history SET key = 'E2c', action = 'hanged' WHERE id = 3", 3 },
                { "one in the middle was dropped", "DELETE FROM history WHERE id = 2", 2 },
                { "the first was dropped", "DELETE FROM history WHERE id = 1", 1 },
                { "the last was dropped", "DELETE FROM history WHERE id = 4", 4 },
                { "all were dropped", "DELETE FROM history", 1 },
                { "one was slipped in at the end",
                  ("INSERT INTO history SELECT 5, at_usec, cycle, key, action, detail, hash, hash FROM history "
                   "WHERE id = 4"), 5 },
                { "two changed places",
                  ("UPDATE history SET id = 9 WHERE id = 2; UPDATE history SET id = 2 WHERE id = 3; "
                   "UPDATE history SET id = 3 WHERE id = 9"), 2 },
        };
        Fixture *f = *data;

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                HistoryCheck verdict = { 0 };
                int r;

                fixture_close(f);
                (void) unlink(fixture_path(f, "state.sqlite"));
                fixture_open(f);
                append_four(f);
                fixture_close(f);
                fixture_sql(f, cases[i].sql);
                fixture_open(f);
                error_clear(&f->error);
                r = check(f, &verdict);
                if (r != (cases[i].bad ? STATE_DAMAGED : 0) || verdict.bad != cases[i].bad)
                        fail_msg("%s: %d, %jd", cases[i].title, r, (intmax_t) verdict.bad);
        }
}

static void assert_sound(Fixture *f) {
        HistoryCheck verdict = { 0 };

        expect(f, 0, check(f, &verdict));
}

/* A chain that was cut short, and its head with it, is sound in itself: only a head that was written down tells. */
static void test_a_head_that_was_written_down_tells_of_a_chain_cut_short(void **data) {
        Fixture *f = *data;
        HistoryCheck verdict = { .wanted = true }, other = { .wanted = true };
        int64_t id;

        append_four(f);
        good(f, history_head(f->state, &id, verdict.head, &f->error));
        append(f, 500, "E3", "created", NULL);
        good(f, history_head(f->state, &id, other.head, &f->error));
        expect(f, 0, check(f, &verdict));
        assert_true(verdict.found);
        assert_int_equal(verdict.found_id, 4);
        assert_int_equal(verdict.found_usec, 400);
        assert_int_equal(verdict.n, 5);
        assert_int_equal(verdict.first_id, 1);
        assert_int_equal(verdict.first_usec, 100);
        assert_int_equal(verdict.last_id, 5);
        assert_int_equal(verdict.last_usec, 500);
        assert_memory_equal(verdict.hash, other.head, HASH_SIZE);

        fixture_close(f);
        fixture_sql(f, "DELETE FROM history WHERE id = 5; UPDATE history_end SET id = 4, hash = "
                       "(SELECT hash FROM history WHERE id = 4) WHERE name = 'head'");
        fixture_open(f);
        expect(f, 0, check(f, &other));
        assert_false(other.found);
        assert_int_equal(other.last_id, 4);
}

static void test_entries_that_come_and_go_between_two_pieces_are_no_damage(void **data) {
        Fixture *f = *data;
        HistoryCheck verdict = { 0 };

        append_four(f);
        expect(f, 1, history_check(f->state, &verdict, 1, &f->error));
        good(f, history_prune(f->state, 400, 10, &f->error));
        append(f, 500, "E3", "created", NULL);
        expect(f, 0, check(f, &verdict));
        assert_int_equal(verdict.first_id, 4);
        assert_int_equal(verdict.last_id, 5);
        assert_int_equal(verdict.n, 2);
}

static void test_old_entries_go_and_the_rest_is_still_a_chain(void **data) {
        Fixture *f = *data;
        HistoryEntry entry = { 0 };
        uint8_t before[HASH_SIZE], after[HASH_SIZE];
        int64_t id;

        good(f, history_prune(f->state, 1000, 10, &f->error));          /* there is none yet */
        assert_sound(f);
        append_four(f);
        good(f, history_head(f->state, &id, before, &f->error));
        assert_int_equal(id, 4);
        good(f, history_prune(f->state, 100, 10, &f->error));           /* none is older */
        expect(f, 1, history_prune(f->state, 400, 1, &f->error));
        expect(f, 1, history_prune(f->state, 400, 2, &f->error));
        good(f, history_prune(f->state, 400, 2, &f->error));
        assert_sound(f);
        good(f, history_previous(f->state, NULL, 0, &entry, &f->error));
        assert_int_equal(entry.id, 4);
        history_entry_deinit(&entry);
        expect(f, STATE_NONE, history_previous(f->state, NULL, 4, &entry, &f->error));
        good(f, history_head(f->state, &id, after, &f->error));
        assert_memory_equal(before, after, HASH_SIZE);

        /* Even when all are gone, the numbers and the chain go on. */
        good(f, history_prune(f->state, INT64_MAX, 10, &f->error));
        assert_sound(f);
        append(f, 500, "E3", "created", NULL);
        assert_sound(f);
        good(f, history_head(f->state, &id, after, &f->error));
        assert_int_equal(id, 5);
        assert_memory_not_equal(before, after, HASH_SIZE);
}

#define CANARY "90817263549081"

static void put_everywhere(Fixture *f) {
        char key[] = "E1";
        _cleanup_(queue_row_deinit) QueueRow row = QUEUE_ROW_INIT;
        _cleanup_(flight_deinit) Flight flight = FLIGHT_INIT;
        _cleanup_(finding_deinit) Finding finding = FINDING_INIT;
        _cleanup_(user_deinit) User user = make_user(7, "E1", NULL, NULL);
        Link link = { .key = key, .lockt_id = 7, .granted = user };

        assert_int_equal(user_set_text(&user, PROPERTY_PIN, CANARY), 0);
        link.granted = user;
        row.wanted.key = strdup(key);
        flight.key = strdup(key);
        finding.wanted.key = strdup(key);
        assert_int_equal(user_copy(&user, &row.wanted.wanted), 0);
        assert_int_equal(user_copy(&user, &flight.sent), 0);
        assert_int_equal(user_copy(&user, &finding.wanted.wanted), 0);
        row.pin_wanted = flight.pin_sent = finding.pin_wanted = true;

        good(f, snapshot_put(f->state, &user, SNAPSHOT_ACKED, 100, &f->error));
        good(f, snapshot_put(f->state, &user, SNAPSHOT_SEEN, 200, &f->error));
        good(f, snapshot_listing_begin(f->state, 300, &f->error));
        assert_int_equal(user_set_text(&user, PROPERTY_PHONE, "1"), 0);
        good(f, snapshot_listing_add(f->state, &user, false, false, &f->error));
        while (snapshot_listing_apply(f->state, 10, NULL, NULL, &f->error) > 0)
                ;
        good(f, queue_put(f->state, &row, &f->error));
        good(f, flight_put(f->state, &flight, &f->error));
        good(f, link_put(f->state, &link, &f->error));
        for (StageSlot slot = STAGE_COMPLETE; slot < STAGE_SLOTS; slot++)
                good(f, stage_put(f->state, slot, &finding, &f->error));
        assert_true(echo_put(f->state, key, PROPERTY_PIN, CANARY, CANARY, &f->error) < 0);
}

static void assert_without_canary(const Fixture *f, const char *name) {
        static char bytes[4 * 1024 * 1024];
        FILE *file = fopen(fixture_path(f, name), "re");
        size_t n;

        if (!file)
                return;
        n = fread(bytes, 1, sizeof(bytes), file);
        assert_true(n < sizeof(bytes));
        if (memmem(bytes, n, CANARY, strlen(CANARY)))
                fail_msg("a PIN is in %s", name);
        (void) fclose(file);
}

static void test_no_pin_is_ever_in_a_file(void **data) {
        Fixture *f = *data;

        put_everywhere(f);
        assert_without_canary(f, "state.sqlite");
        assert_without_canary(f, "state.sqlite-wal");
        fixture_copy(f, "copy", 1);
        assert_without_canary(f, "copy");
        fixture_close(f);
        assert_without_canary(f, "state.sqlite");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                state_test(test_entries_are_read_newest_first),
                state_test(test_entries_are_found_by_person_cycle_and_time),
                state_test(test_a_long_history_is_searched_in_pieces),
                state_test(test_tampering_shows),
                state_test(test_a_head_that_was_written_down_tells_of_a_chain_cut_short),
                state_test(test_entries_that_come_and_go_between_two_pieces_are_no_damage),
                state_test(test_old_entries_go_and_the_rest_is_still_a_chain),
                state_test(test_no_pin_is_ever_in_a_file),
        };

        return cmocka_run_group_tests_name("state-history", tests, NULL, NULL);
}
