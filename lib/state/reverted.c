/* Who is as before a cycle. See reverted.h. */

#include "lib/state/reverted.h"

#include <stdlib.h>

#include "lib/state/database.h"

enum { GET, PUT, DELETE, NEXT, COUNT };

#define COLUMNS "key, cycle, since_usec, digest"

static const char *const texts[] = {
        [GET] = "SELECT " COLUMNS " FROM reverted WHERE key = ?",
        [PUT] = "INSERT OR REPLACE INTO reverted (" COLUMNS ") VALUES (?, ?, ?, ?)",
        [DELETE] = "DELETE FROM reverted WHERE key = ?",
        [NEXT] = "SELECT " COLUMNS " FROM reverted WHERE key > ? ORDER BY key LIMIT 1",
        [COUNT] = "SELECT count(*), coalesce(max(cycle), 0) FROM reverted",
};

static int use(State *state, unsigned which, Statement *ret, Error *reterr) {
        return statement_use(state, SHELF_REVERTED, which, texts[which], ret, reterr);
}

void reverted_deinit(Reverted *reverted) {
        free(reverted->key);
        *reverted = (Reverted) { 0 };
}

static int take(State *state, unsigned which, const char *key, Reverted *ret, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        Reverted reverted = { 0 };
        int r;

        r = use(state, which, &s, reterr);
        if (r < 0)
                return r;
        put_word(&s, key);
        r = statement_step(&s, "read who is as before", reterr);
        if (r <= 0)
                return r < 0 ? r : STATE_NONE;
        reverted.key = take_text(&s);
        reverted.cycle = take_number(&s);
        reverted.since_usec = take_number(&s);
        reverted.has_digest = take_bytes(&s, reverted.digest, DIGEST_SIZE);
        r = statement_taken(&s, "read who is as before", reterr);
        if (r < 0) {
                reverted_deinit(&reverted);
                return r;
        }
        *ret = reverted;
        return 0;
}

int reverted_get(State *state, const char *key, Reverted *ret, Error *reterr) {
        return take(state, GET, key, ret, reterr);
}

int reverted_next(State *state, const char *after, Reverted *ret, Error *reterr) {
        return take(state, NEXT, after ? after : "", ret, reterr);
}

int reverted_put(State *state, const Reverted *reverted, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, PUT, &s, reterr);
        if (r < 0)
                return r;
        put_word(&s, reverted->key);
        put_number(&s, reverted->cycle);
        put_number(&s, reverted->since_usec);
        if (reverted->has_digest)
                put_bytes(&s, reverted->digest, DIGEST_SIZE);
        else
                put_null(&s);
        return statement_run(&s, "keep who is as before", reterr);
}

int reverted_delete(State *state, const char *key, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        bool changed;
        int r;

        r = use(state, DELETE, &s, reterr);
        if (r < 0)
                return r;
        put_word(&s, key);
        r = statement_changed(&s, "forget who is as before", &changed, reterr);
        return r < 0 ? r : changed ? 0 : STATE_NONE;
}

int reverted_count(State *state, int64_t *ret, int64_t *ret_cycle, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int64_t n = 0, cycle = 0;
        int r;

        r = use(state, COUNT, &s, reterr);
        if (r < 0)
                return r;
        r = statement_step(&s, "count who is as before", reterr);
        if (r > 0) {
                n = take_number(&s);
                cycle = take_number(&s);
                r = statement_taken(&s, "count who is as before", reterr);
        }
        if (r < 0)
                return r;
        *ret = n;
        *ret_cycle = cycle;
        return 0;
}
