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
                int64_t bad = 0;
                int r;

                fixture_close(f);
                (void) unlink(fixture_path(f, "state.sqlite"));
                fixture_open(f);
                append_four(f);
                fixture_close(f);
                fixture_sql(f, cases[i].sql);
                fixture_open(f);
                error_clear(&f->error);
                r = history_verify(f->state, &bad, &f->error);
                if (r != (cases[i].bad ? STATE_DAMAGED : 0) || bad != cases[i].bad)
                        fail_msg("%s: %d, %jd", cases[i].title, r, (intmax_t) bad);
        }
}

static void test_old_entries_go_and_the_rest_is_still_a_chain(void **data) {
        Fixture *f = *data;
        HistoryEntry entry = { 0 };
        uint8_t before[HASH_SIZE], after[HASH_SIZE];
        int64_t bad, id;

        good(f, history_prune(f->state, 1000, 10, &f->error));          /* there is none yet */
        good(f, history_verify(f->state, &bad, &f->error));
        append_four(f);
        good(f, history_head(f->state, &id, before, &f->error));
        assert_int_equal(id, 4);
        good(f, history_prune(f->state, 100, 10, &f->error));           /* none is older */
        expect(f, 1, history_prune(f->state, 400, 1, &f->error));
        expect(f, 1, history_prune(f->state, 400, 2, &f->error));
        good(f, history_prune(f->state, 400, 2, &f->error));
        good(f, history_verify(f->state, &bad, &f->error));
        good(f, history_previous(f->state, NULL, 0, &entry, &f->error));
        assert_int_equal(entry.id, 4);
        history_entry_deinit(&entry);
        expect(f, STATE_NONE, history_previous(f->state, NULL, 4, &entry, &f->error));
        good(f, history_head(f->state, &id, after, &f->error));
        assert_memory_equal(before, after, HASH_SIZE);

        /* Even when all are gone, the numbers and the chain go on. */
        good(f, history_prune(f->state, INT64_MAX, 10, &f->error));
        good(f, history_verify(f->state, &bad, &f->error));
        append(f, 500, "E3", "created", NULL);
        good(f, history_verify(f->state, &bad, &f->error));
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
        char copy[128];

        put_everywhere(f);
        assert_without_canary(f, "state.sqlite");
        assert_without_canary(f, "state.sqlite-wal");
        (void) snprintf(copy, sizeof(copy), "%s", fixture_path(f, "copy"));
        good(f, state_backup(f->state, copy, &f->error));
        assert_without_canary(f, "copy");
        fixture_close(f);
        assert_without_canary(f, "state.sqlite");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                state_test(test_entries_are_read_newest_first),
                state_test(test_tampering_shows),
                state_test(test_old_entries_go_and_the_rest_is_still_a_chain),
                state_test(test_no_pin_is_ever_in_a_file),
        };

        return cmocka_run_group_tests_name("state-history", tests, NULL, NULL);
}
