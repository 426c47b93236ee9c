/* The history: entries chained by their hashes, so that none can be changed, dropped or slipped in unseen. */

#include <errno.h>
#include <string.h>

#include "lib/state/database.h"
#include "lib/state/ledger.h"

enum { GET_END, SET_END, APPEND, PREVIOUS, PREVIOUS_OF, WALK, OLDEST, DROP, COUNT_REVOKED };

#define COLUMNS "id, at_usec, cycle, key, action, detail"

static const char *const texts[] = {
        [GET_END] = "SELECT id, hash FROM history_end WHERE name = ?",
        [SET_END] = "UPDATE history_end SET id = ?2, hash = ?3 WHERE name = ?1",
        [APPEND] = ("INSERT INTO history (" COLUMNS ", previous, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"),
        [PREVIOUS] = ("SELECT " COLUMNS " FROM history WHERE id < ? ORDER BY id DESC LIMIT 1"),
        [PREVIOUS_OF] = ("SELECT " COLUMNS " FROM history WHERE id < ? AND key = ? ORDER BY id DESC LIMIT 1"),
        [WALK] = ("SELECT " COLUMNS ", previous, hash FROM history ORDER BY id"),
        [OLDEST] = "SELECT id, at_usec, hash FROM history ORDER BY id LIMIT ?",
        [DROP] = "DELETE FROM history WHERE id <= ?",
        [COUNT_REVOKED] = "SELECT count(DISTINCT key) FROM history WHERE action = 'revoked' AND at_usec > ?",
};

typedef struct End {
        int64_t id;
        uint8_t hash[HASH_SIZE];
} End;

static int use(State *state, unsigned which, Statement *ret, Error *reterr) {
        return statement_use(state, SHELF_HISTORY, which, texts[which], ret, reterr);
}

void history_entry_deinit(HistoryEntry *entry) {
        free(entry->key);
        free(entry->action);
        free(entry->detail);
        *entry = (HistoryEntry) { 0 };
}

static int get_end(State *state, const char *name, End *ret, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        End end = { 0 };
        int r;

        r = use(state, GET_END, &s, reterr);
        if (r < 0)
                return r;
        put_word(&s, name);
        r = statement_step(&s, "read the end of the history", reterr);
        if (r < 0)
                return r;
        if (r > 0) {
                end.id = take_number(&s);
                (void) take_bytes(&s, end.hash, sizeof(end.hash));
                r = statement_taken(&s, "read the end of the history", reterr);
                if (r < 0)
                        return r;
        }
        *ret = end;
        return 0;
}

static int set_end(State *state, const char *name, const End *end, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, SET_END, &s, reterr);
        if (r < 0)
                return r;
        put_word(&s, name);
        put_number(&s, end->id);
        put_bytes(&s, end->hash, sizeof(end->hash));
        return statement_run(&s, "keep the end of the history", reterr);
}

/* Little-endian, so that a chain can be verified on another machine. */
static uint8_t *add_number(uint8_t *p, uint64_t value) {
        for (unsigned i = 0; i < 8; i++)
                *p++ = (uint8_t) (value >> (8 * i));
        return p;
}

static uint8_t *add_text(uint8_t *p, const char *text, size_t n) {
        p = add_number(p, n);
        if (n > 0)
                memcpy(p, text, n);
        return p + n;
}

/* Each text after its length: no two entries share their bytes. No text counts as an empty one. */
static int hash_entry(const uint8_t previous[HASH_SIZE], const HistoryEntry *entry, uint8_t ret[HASH_SIZE]) {
        const char *texts_of[] = { entry->key, entry->action, entry->detail };
        size_t lengths[ELEMENTS(texts_of)], size = 6 * 8;
        _cleanup_(freep) uint8_t *bytes = NULL;
        uint8_t *p;

        for (size_t i = 0; i < ELEMENTS(texts_of); i++) {
                lengths[i] = texts_of[i] ? strlen(texts_of[i]) : 0;
                if (__builtin_add_overflow(size, lengths[i], &size))
                        return -E2BIG;
        }
        bytes = malloc(size);
        if (!bytes)
                return -ENOMEM;
        p = add_number(bytes, (uint64_t) entry->id);
        p = add_number(p, (uint64_t) entry->at_usec);
        p = add_number(p, (uint64_t) entry->cycle);
        for (size_t i = 0; i < ELEMENTS(texts_of); i++)
                p = add_text(p, texts_of[i], lengths[i]);
        digest_chain(previous, bytes, size, ret);
        return 0;
}

static int insert(State *state, const HistoryEntry *entry, const End *before, const End *after, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, APPEND, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, entry->id);
        put_number(&s, entry->at_usec);
        put_number(&s, entry->cycle);
        put_text(&s, entry->key);
        put_word(&s, entry->action);
        put_text(&s, entry->detail);
        put_bytes(&s, before->hash, HASH_SIZE);
        put_bytes(&s, after->hash, HASH_SIZE);
        return statement_run(&s, "append to the history", reterr);
}

static int append(State *state, const HistoryEntry *entry, Error *reterr) {
        HistoryEntry next = *entry;
        End head, after;
        int r;

        r = get_end(state, "head", &head, reterr);
        if (r < 0)
                return r;
        next.id = after.id = head.id + 1;
        r = hash_entry(head.hash, &next, after.hash);
        if (r < 0)
                return error_set(reterr, r, "cannot append to the history of the state '%s': %s", state->path,
                                 strerror(-r));
        r = insert(state, &next, &head, &after, reterr);
        if (r < 0)
                return r;
        return set_end(state, "head", &after, reterr);
}

int history_append(State *state, const HistoryEntry *entry, Error *reterr) {
        int r;

        r = state_begin(state, reterr);
        if (r < 0)
                return r;
        r = append(state, entry, reterr);
        if (r < 0) {
                state_rollback(state);
                return r;
        }
        return state_commit(state, reterr);
}

int history_head(State *state, int64_t *ret_id, uint8_t ret_hash[HASH_SIZE], Error *reterr) {
        End head;
        int r;

        r = get_end(state, "head", &head, reterr);
        if (r < 0)
                return r;
        *ret_id = head.id;
        memcpy(ret_hash, head.hash, HASH_SIZE);
        return 0;
}

static int take_entry(Statement *s, HistoryEntry *ret, Error *reterr) {
        _cleanup_(history_entry_deinit) HistoryEntry entry = { 0 };
        int r;

        entry.id = take_number(s);
        entry.at_usec = take_number(s);
        entry.cycle = take_number(s);
        entry.key = take_text(s);
        entry.action = take_text(s);
        entry.detail = take_text(s);
        r = statement_taken(s, "read the history", reterr);
        if (r < 0)
                return r;
        *ret = entry;
        entry = (HistoryEntry) { 0 };
        return 0;
}

int history_previous(State *state, const char *key, int64_t before, HistoryEntry *ret, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, key ? PREVIOUS_OF : PREVIOUS, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, before == 0 ? INT64_MAX : before);
        if (key)
                put_word(&s, key);
        r = statement_step(&s, "read the history", reterr);
        if (r <= 0)
                return r < 0 ? r : STATE_NONE;
        return take_entry(&s, ret, reterr);
}

int history_count_revoked(State *state, int64_t since_usec, int64_t *ret, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int64_t count = 0;
        int r;

        r = use(state, COUNT_REVOKED, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, since_usec);
        r = statement_step(&s, "count who lost access", reterr);
        if (r < 0)
                return r;
        if (r > 0) {
                count = take_number(&s);
                r = statement_taken(&s, "count who lost access", reterr);
                if (r < 0)
                        return r;
        }
        *ret = count;
        return 0;
}

/* 1: the entry follows @end, which it then is; 0: it does not. */
static int follows(Statement *s, End *end, Error *reterr) {
        _cleanup_(history_entry_deinit) HistoryEntry entry = { 0 };
        uint8_t previous[HASH_SIZE] = { 0 }, hash[HASH_SIZE] = { 0 }, computed[HASH_SIZE];
        int r;

        r = take_entry(s, &entry, reterr);
        if (r < 0)
                return r;
        (void) take_bytes(s, previous, sizeof(previous));
        (void) take_bytes(s, hash, sizeof(hash));
        r = hash_entry(end->hash, &entry, computed);
        if (r < 0)
                return error_set(reterr, r, "cannot verify the history of the state '%s': %s", s->state->path,
                                 strerror(-r));

        if (entry.id != end->id + 1 || memcmp(previous, end->hash, HASH_SIZE) != 0 ||
            memcmp(hash, computed, HASH_SIZE) != 0)
                return 0;
        end->id = entry.id;
        memcpy(end->hash, hash, HASH_SIZE);
        return 1;
}

int history_verify(State *state, int64_t *ret_bad, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        bool whole = true;
        End end, head;
        int r;

        r = get_end(state, "anchor", &end, reterr);
        if (r >= 0)
                r = get_end(state, "head", &head, reterr);
        if (r >= 0)
                r = use(state, WALK, &s, reterr);
        if (r < 0)
                return r;

        while (whole && (r = statement_step(&s, "verify the history", reterr)) > 0) {
                r = follows(&s, &end, reterr);
                if (r < 0)
                        return r;
                whole = r > 0;
        }
        if (r < 0)
                return r;
        if (!whole || end.id != head.id || memcmp(end.hash, head.hash, HASH_SIZE) != 0) {
                *ret_bad = end.id + 1;
                (void) error_set(reterr, -EUCLEAN, "the history of the state '%s' was changed: entry %jd is missing or "
                                 "not what was written", state->path, (intmax_t) *ret_bad);
                return STATE_DAMAGED;
        }
        return 0;
}

/* The last of the first @max entries that is too old; 1: there may be more of them. */
static int find_old(State *state, int64_t before_usec, unsigned max, End *ret, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        unsigned n = 0;
        int r;

        r = use(state, OLDEST, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, max);
        while ((r = statement_step(&s, "prune the history", reterr)) > 0) {
                End end = { .id = take_number(&s) };

                if (take_number(&s) >= before_usec)
                        return 0;
                (void) take_bytes(&s, end.hash, sizeof(end.hash));
                r = statement_taken(&s, "prune the history", reterr);
                if (r < 0)
                        return r;
                *ret = end;
                n++;
        }
        return r < 0 ? r : n == max;
}

static int prune(State *state, int64_t before_usec, unsigned max, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        End end = { 0 };
        int r, more;

        more = find_old(state, before_usec, max, &end, reterr);
        if (more < 0 || end.id == 0)
                return more < 0 ? more : 0;
        r = set_end(state, "anchor", &end, reterr);
        if (r < 0)
                return r;
        r = use(state, DROP, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, end.id);
        r = statement_run(&s, "prune the history", reterr);
        return r < 0 ? r : more;
}

int history_prune(State *state, int64_t before_usec, unsigned max, Error *reterr) {
        int r, more;

        r = state_begin(state, reterr);
        if (r < 0)
                return r;
        more = prune(state, before_usec, max > 0 ? max : 1, reterr);
        if (more < 0) {
                state_rollback(state);
                return more;
        }
        r = state_commit(state, reterr);
        return r < 0 ? r : more;
}
