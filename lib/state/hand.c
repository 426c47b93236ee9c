/* Locks, and links that somebody has undone. */

#include "lib/state/hand.h"

#include "lib/state/database.h"

enum { LOCK_GET, LOCK_PUT, LOCK_DELETE, LOCK_NEXT, APART_PUT, APART_GET, APART_ANY, APART_DELETE };

#define COLUMNS "key, reason, by_whom, since_usec"

static const char *const texts[] = {
        [LOCK_GET] = "SELECT " COLUMNS " FROM lock WHERE key = ?",
        [LOCK_PUT] = ("INSERT INTO lock (" COLUMNS ") VALUES (?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET "
                      "reason = excluded.reason, by_whom = excluded.by_whom, since_usec = excluded.since_usec"),
        [LOCK_DELETE] = "DELETE FROM lock WHERE key = ?",
        [LOCK_NEXT] = "SELECT " COLUMNS " FROM lock WHERE key > ? ORDER BY key LIMIT 1",
        [APART_PUT] = ("INSERT INTO apart (key, lockt_id, by_whom, since_usec) VALUES (?, ?, ?, ?) "
                       "ON CONFLICT (key, lockt_id) DO NOTHING"),
        [APART_GET] = "SELECT 1 FROM apart WHERE key = ? AND lockt_id = ?",
        [APART_ANY] = ("SELECT lockt_id FROM apart WHERE key = ? AND lockt_id <> 0 "
                       "ORDER BY since_usec DESC, lockt_id LIMIT 1"),
        [APART_DELETE] = "DELETE FROM apart WHERE key = ?",
};

static int use(State *state, unsigned which, Statement *ret, Error *reterr) {
        return statement_use(state, SHELF_HAND, which, texts[which], ret, reterr);
}

void lock_deinit(Lock *lock) {
        free(lock->key);
        free(lock->reason);
        free(lock->by);
        *lock = (Lock) { 0 };
}

static int get_lock(State *state, unsigned which, const char *key, Lock *ret, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        _cleanup_(lock_deinit) Lock lock = { 0 };
        int r;

        r = use(state, which, &s, reterr);
        if (r < 0)
                return r;
        put_word(&s, key);
        r = statement_step(&s, "read who is locked", reterr);
        if (r <= 0)
                return r < 0 ? r : STATE_NONE;
        lock.key = take_text(&s);
        lock.reason = take_text(&s);
        lock.by = take_text(&s);
        lock.since_usec = take_number(&s);
        r = statement_taken(&s, "read who is locked", reterr);
        if (r < 0)
                return r;
        *ret = lock;
        lock = (Lock) { 0 };
        return 0;
}

int lock_get(State *state, const char *key, Lock *ret, Error *reterr) {
        return get_lock(state, LOCK_GET, key, ret, reterr);
}

int lock_next(State *state, const char *after, Lock *ret, Error *reterr) {
        return get_lock(state, LOCK_NEXT, after ? after : "", ret, reterr);
}

int lock_put(State *state, const Lock *lock, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, LOCK_PUT, &s, reterr);
        if (r < 0)
                return r;
        put_word(&s, lock->key);
        put_word(&s, lock->reason);
        put_word(&s, lock->by);
        put_number(&s, lock->since_usec);
        return statement_run(&s, "lock a person", reterr);
}

int lock_delete(State *state, const char *key, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        bool changed;
        int r;

        r = use(state, LOCK_DELETE, &s, reterr);
        if (r < 0)
                return r;
        put_word(&s, key);
        r = statement_changed(&s, "unlock a person", &changed, reterr);
        if (r < 0)
                return r;
        return changed ? 0 : STATE_NONE;
}

int lock_count(State *state, int64_t *ret, Error *reterr) {
        return tally_get(state, "lock", ret, reterr);
}

int apart_put(State *state, const char *key, int64_t lockt_id, const char *by, int64_t now_usec, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, APART_PUT, &s, reterr);
        if (r < 0)
                return r;
        put_word(&s, key);
        put_number(&s, lockt_id);
        put_word(&s, by);
        put_number(&s, now_usec);
        return statement_run(&s, "keep a person and a user apart", reterr);
}

int apart_get(State *state, const char *key, int64_t lockt_id, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, APART_GET, &s, reterr);
        if (r < 0)
                return r;
        put_word(&s, key);
        put_number(&s, lockt_id);
        r = statement_step(&s, "look who is kept apart", reterr);
        return r < 0 ? r : r > 0 ? 0 : STATE_NONE;
}

int apart_any(State *state, const char *key, int64_t *ret_lockt_id, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, APART_ANY, &s, reterr);
        if (r < 0)
                return r;
        put_word(&s, key);
        r = statement_step(&s, "look who is kept apart", reterr);
        if (r <= 0)
                return r < 0 ? r : STATE_NONE;
        *ret_lockt_id = take_number(&s);
        return 0;
}

int apart_delete(State *state, const char *key, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, APART_DELETE, &s, reterr);
        if (r < 0)
                return r;
        put_word(&s, key);
        return statement_run(&s, "forget who is kept apart", reterr);
}
