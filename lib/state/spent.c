/* Digests that somebody was shown, and who counts against a limit. */

#include <string.h>

#include "lib/state/database.h"
#include "lib/state/hold.h"

enum { SHOW, FIND, SPEND, GET, COUNT, PRUNE, PRUNE_SHOWN };

static const char *const texts[] = {
        [SHOW] = ("INSERT OR REPLACE INTO shown (digest, kind, level, seq, n, shown_usec) VALUES (?, ?, ?, "
                  "(SELECT coalesce(max(number), 0) FROM fact WHERE name = 'holds'), ?, ?)"),
        [FIND] = ("SELECT kind, level, seq, n, shown_usec FROM shown WHERE digest >= ?1 AND digest < ?1 || 'g' "
                  "AND shown_usec > ?2 ORDER BY digest LIMIT 2"),
        [SPEND] = ("INSERT INTO spent (kind, level, key, at_usec) VALUES (?, ?, ?, ?) "
                   "ON CONFLICT (kind, level, key) DO UPDATE SET at_usec = excluded.at_usec"),
        [GET] = "SELECT 1 FROM spent WHERE kind = ? AND level = ? AND key = ? AND at_usec > ?",
        [COUNT] = "SELECT count(*) FROM spent WHERE kind = ? AND level = ? AND at_usec > ?",
        [PRUNE] = ("DELETE FROM spent WHERE (kind, level, key) IN "
                   "(SELECT kind, level, key FROM spent WHERE at_usec <= ? LIMIT ?)"),
        [PRUNE_SHOWN] = "DELETE FROM shown WHERE shown_usec <= ?",
};

static int use(State *state, unsigned which, Statement *ret, Error *reterr) {
        return statement_use(state, SHELF_SPENT, which, texts[which], ret, reterr);
}

int hold_show(State *state, const HoldGroup *group, int64_t now_usec, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, SHOW, &s, reterr);
        if (r < 0)
                return r;
        put_word(&s, group->digest);
        put_number(&s, group->kind);
        put_number(&s, group->level);
        put_number(&s, group->n);
        put_number(&s, now_usec);
        return statement_run(&s, "keep what was shown", reterr);
}

int hold_find_shown(State *state, const char *digest, int64_t now_usec, Shown *ret, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        size_t n = strlen(digest);
        int r;

        if (n < 6 || n >= HOLD_DIGEST_SIZE || strspn(digest, "0123456789abcdef") != n)
                return STATE_NONE;
        r = use(state, FIND, &s, reterr);
        if (r < 0)
                return r;
        put_word(&s, digest);
        put_number(&s, now_usec - HOLD_SHOWN_USEC);
        r = statement_step(&s, "read what was shown", reterr);
        if (r <= 0)
                return r < 0 ? r : STATE_NONE;
        ret->kind = (HoldKind) take_number(&s);
        ret->level = take_number(&s);
        ret->seq = take_number(&s);
        ret->n = take_number(&s);
        ret->shown_usec = take_number(&s);
        /* Two that begin alike: which one was meant is not to be guessed. */
        r = statement_step(&s, "read what was shown", reterr);
        return r < 0 ? r : r > 0 ? STATE_NONE : 0;
}

int spent_put(State *state, HoldKind kind, int64_t level, const char *key, int64_t now_usec, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, SPEND, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, kind);
        put_number(&s, level);
        put_word(&s, key);
        put_number(&s, now_usec);
        return statement_run(&s, "count a change", reterr);
}

int spent_get(State *state, HoldKind kind, int64_t level, const char *key, int64_t since_usec, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, GET, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, kind);
        put_number(&s, level);
        put_word(&s, key);
        put_number(&s, since_usec);
        r = statement_step(&s, "count changes", reterr);
        return r < 0 ? r : r > 0 ? 0 : STATE_NONE;
}

int spent_count(State *state, HoldKind kind, int64_t level, int64_t since_usec, int64_t *ret, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, COUNT, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, kind);
        put_number(&s, level);
        put_number(&s, since_usec);
        r = statement_step(&s, "count changes", reterr);
        if (r < 0)
                return r;
        *ret = take_number(&s);
        return 0;
}

static int prune_shown(State *state, int64_t before_usec, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, PRUNE_SHOWN, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, before_usec);
        return statement_run(&s, "forget what was shown", reterr);
}

int spent_prune(State *state, int64_t before_usec, unsigned max, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, PRUNE, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, before_usec);
        put_number(&s, max);
        r = statement_run(&s, "forget who counted", reterr);
        return r < 0 ? r : prune_shown(state, before_usec, reterr);
}
