/* What of the queue is due: each question is one step along an index. */

#include <errno.h>

#include "lib/state/keys.h"
#include "lib/state/ledger.h"

enum { DUE, NEXT_USEC, OLDEST_REVOCATION, NEXT_PROBE, COUNT_PROBES, CLEAR_PROBES };

static const char *const texts[] = {
        [DUE] = ("SELECT key FROM queue INDEXED BY queue_order WHERE lane = ? AND withheld = 0 AND probing = 0 AND "
                 "(queued_usec, key) > (?, ?) AND next_usec <= ? ORDER BY queued_usec, key LIMIT ?"),
        [NEXT_USEC] = ("SELECT min(next_usec) FROM queue INDEXED BY queue_next "
                       "WHERE lane = ? AND withheld = 0 AND probing = 0"),
        [NEXT_PROBE] = ("SELECT key, next_usec FROM queue INDEXED BY queue_probe WHERE probing = 1 AND withheld = 0 "
                        "ORDER BY next_usec, lane, key LIMIT 1"),
        [COUNT_PROBES] = ("SELECT count(*) FROM queue INDEXED BY queue_probe WHERE probing = 1 AND withheld = 0 AND "
                          "next_usec <= ? AND lane BETWEEN ? AND ?"),
        [CLEAR_PROBES] = "UPDATE queue SET probing = 0, next_usec = 0 WHERE probing = 1",
        [OLDEST_REVOCATION] = ("SELECT min(usec) FROM ("
                               "SELECT min(taking_usec) AS usec FROM queue WHERE taking_usec IS NOT NULL UNION ALL "
                               "SELECT min(revoked_usec) FROM verify WHERE confirmed = 0)"),
};

static int use(State *state, unsigned which, Statement *ret, Error *reterr) {
        return statement_use(state, SHELF_DUE, which, texts[which], ret, reterr);
}

int keys_take(Statement *s, const char *what, size_t max, char **ret_keys, size_t *ret_n, Error *reterr) {
        size_t n = 0;
        int r = 0;

        while (n < max && (r = statement_step(s, what, reterr)) > 0) {
                ret_keys[n] = take_text(s);
                r = statement_taken(s, what, reterr);
                if (r < 0)
                        break;
                n++;
        }
        if (r < 0) {
                while (n > 0)
                        free(ret_keys[--n]);
                return r;
        }
        *ret_n = n;
        return 0;
}

int queue_due(State *state, Lane lane, int64_t now_usec, const char *after_key, int64_t after_queued, size_t max,
              char **ret_keys, size_t *ret_n, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, DUE, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, lane);
        put_number(&s, after_key ? after_queued : INT64_MIN);
        put_word(&s, after_key ? after_key : "");
        put_number(&s, now_usec);
        put_number(&s, max > INT32_MAX ? INT32_MAX : (int64_t) max);
        return keys_take(&s, "read what is due", max, ret_keys, ret_n, reterr);
}

static int lane_next_usec(State *state, Lane lane, int64_t *ret, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int64_t usec;
        int r;

        r = use(state, NEXT_USEC, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, lane);
        r = statement_step(&s, "read what is due", reterr);
        if (r < 0)
                return r;
        usec = take_instant(&s);
        *ret = usec == INSTANT_NONE ? INT64_MAX : usec;
        return 0;
}

int queue_next_usec(State *state, Lane lane, int64_t *ret, Error *reterr) {
        int64_t first = INT64_MAX;

        for (Lane i = LANE_TAKE; i < LANES; i++) {
                int64_t usec;
                int r;

                if (lane != LANES && lane != i)
                        continue;
                r = lane_next_usec(state, i, &usec, reterr);
                if (r < 0)
                        return r;
                if (usec < first)
                        first = usec;
        }
        *ret = first;
        return 0;
}

int queue_next_probe(State *state, char **ret_key, int64_t *ret_due, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        _cleanup_(freep) char *key = NULL;
        int64_t due;
        int r;

        r = use(state, NEXT_PROBE, &s, reterr);
        if (r < 0)
                return r;
        r = statement_step(&s, "read what is to be read first", reterr);
        if (r <= 0)
                return r < 0 ? r : STATE_NONE;
        key = take_text(&s);
        due = take_number(&s);
        r = statement_taken(&s, "read what is to be read first", reterr);
        if (r < 0)
                return r;
        *ret_key = steal(key);
        *ret_due = due;
        return 0;
}

int queue_count_probing(State *state, Lane lane, int64_t now_usec, int64_t *ret, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, COUNT_PROBES, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, now_usec);
        put_number(&s, lane == LANES ? LANE_TAKE : lane);
        put_number(&s, lane == LANES ? LANE_CREATE : lane);
        r = statement_step(&s, "count what is to be read first", reterr);
        if (r < 0)
                return r;
        *ret = take_number(&s);
        return 0;
}

int queue_clear_probing(State *state, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, CLEAR_PROBES, &s, reterr);
        if (r < 0)
                return r;
        return statement_run(&s, "queue what has been read", reterr);
}

int queue_count(State *state, Lane lane, int64_t *ret, Error *reterr) {
        static const char *const names[LANES] = { "queue 0", "queue 1", "queue 2" };
        int64_t sum = 0;

        for (Lane i = LANE_TAKE; i < LANES; i++) {
                int64_t n;
                int r;

                if (lane != LANES && lane != i)
                        continue;
                r = tally_get(state, names[i], &n, reterr);
                if (r < 0)
                        return r;
                sum += n;
        }
        *ret = sum;
        return 0;
}

int revocation_oldest_usec(State *state, int64_t *ret, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, OLDEST_REVOCATION, &s, reterr);
        if (r < 0)
                return r;
        r = statement_step(&s, "find the oldest revocation", reterr);
        if (r < 0)
                return r;
        /* Null, for none, reads as 0. */
        *ret = take_number(&s);
        return 0;
}
