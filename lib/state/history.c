/* The history: entries chained by their hashes, so that none can be changed, dropped or slipped in unseen. */

#include <errno.h>
#include <string.h>

#include "lib/state/chain.h"

enum { GET_END, SET_END, APPEND, PREVIOUS, PREVIOUS_OF, FIND, FIND_OF, OLDEST, DROP };

#define COLUMNS HISTORY_COLUMNS
#define FITS "(?2 < 0 OR cycle = ?2) AND at_usec >= ?3 AND at_usec < ?4"

static const char *const texts[] = {
        [GET_END] = "SELECT id, hash FROM history_end WHERE name = ?",
        [SET_END] = "UPDATE history_end SET id = ?2, hash = ?3 WHERE name = ?1",
        [APPEND] = ("INSERT INTO history (" COLUMNS ", previous, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"),
        [PREVIOUS] = ("SELECT " COLUMNS " FROM history WHERE id < ? ORDER BY id DESC LIMIT 1"),
        [PREVIOUS_OF] = ("SELECT " COLUMNS " FROM history WHERE id < ? AND key = ? ORDER BY id DESC LIMIT 1"),
        [FIND] = ("SELECT " COLUMNS " FROM history WHERE id < ?1 AND id >= ?5 AND " FITS " ORDER BY id DESC LIMIT 1"),
        [FIND_OF] =
                ("SELECT " COLUMNS " FROM history WHERE id < ?1 AND key = ?5 AND " FITS " ORDER BY id DESC LIMIT 1"),
        [OLDEST] = "SELECT id, at_usec, hash FROM history ORDER BY id LIMIT ?",
        [DROP] = "DELETE FROM history WHERE id <= ?",
};

static int use(State *state, unsigned which, Statement *ret, Error *reterr) {
        return statement_use(state, SHELF_HISTORY, which, texts[which], ret, reterr);
}

void history_entry_deinit(HistoryEntry *entry) {
        free(entry->key);
        free(entry->action);
        free(entry->detail);
        *entry = (HistoryEntry) { 0 };
}

int chain_get_end(State *state, const char *name, ChainEnd *ret, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        ChainEnd end = { 0 };
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

static int set_end(State *state, const char *name, const ChainEnd *end, Error *reterr) {
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

static int insert(State *state, const HistoryEntry *entry, const ChainEnd *before, const ChainEnd *after,
                  Error *reterr) {
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
        ChainEnd head, after;
        int r;

        r = chain_get_end(state, "head", &head, reterr);
        if (r < 0)
                return r;
        next.id = after.id = head.id + 1;
        r = chain_hash(head.hash, &next, after.hash);
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
        ChainEnd head;
        int r;

        r = chain_get_end(state, "head", &head, reterr);
        if (r < 0)
                return r;
        *ret_id = head.id;
        memcpy(ret_hash, head.hash, HASH_SIZE);
        return 0;
}

int history_take_entry(Statement *s, HistoryEntry *ret, Error *reterr) {
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
        return history_take_entry(&s, ret, reterr);
}

/* How many ids one call looks at, so that the loop can turn. */
#define WINDOW 4096

/* 0, STATE_NONE: none from @floor on, or of the person. */
static int find(State *state, const HistoryFilter *filter, int64_t before, int64_t floor, HistoryEntry *ret,
                Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, filter->key ? FIND_OF : FIND, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, before);
        put_number(&s, filter->cycle);
        put_number(&s, filter->since_usec);
        put_number(&s, filter->until_usec);
        if (filter->key)
                put_word(&s, filter->key);
        else
                put_number(&s, floor);
        r = statement_step(&s, "read the history", reterr);
        if (r <= 0)
                return r < 0 ? r : STATE_NONE;
        return history_take_entry(&s, ret, reterr);
}

int history_find(State *state, const HistoryFilter *filter, int64_t *before, HistoryEntry *ret, Error *reterr) {
        HistoryEntry entry = { 0 };
        ChainEnd anchor;
        int64_t floor;
        int r;

        if (*before == 0) {
                ChainEnd head;

                r = chain_get_end(state, "head", &head, reterr);
                if (r < 0)
                        return r;
                *before = head.id + 1;
        }
        r = chain_get_end(state, "anchor", &anchor, reterr);
        if (r < 0)
                return r;
        floor = *before - WINDOW > anchor.id ? *before - WINDOW : anchor.id + 1;
        r = find(state, filter, *before, floor, &entry, reterr);
        if (r < 0)
                return r;
        if (r == STATE_NONE) {
                if (filter->key || floor == anchor.id + 1)
                        return STATE_NONE;
                *before = floor;
                return HISTORY_AGAIN;
        }
        *before = entry.id;
        *ret = entry;
        return 0;
}

/* The last of the first @max entries that is too old; 1: there may be more of them. */
static int find_old(State *state, int64_t before_usec, unsigned max, ChainEnd *ret, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        unsigned n = 0;
        int r;

        r = use(state, OLDEST, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, max);
        while ((r = statement_step(&s, "prune the history", reterr)) > 0) {
                ChainEnd end = { .id = take_number(&s) };

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
        ChainEnd end = { 0 };
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
