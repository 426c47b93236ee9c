/* Transactions: they nest by counting, and one that was rolled back below can't be committed above. */

#include <assert.h>
#include <errno.h>

#include "lib/state/database.h"

/* Whether a commit returns before it would survive a power cut. SQLite refuses to change that inside a transaction. */
static int set_lazy(State *state, bool lazy, Error *reterr) {
        int r;

        if (state->lazy == lazy)
                return 0;
        r = database_exec(state, lazy ? "PRAGMA main.synchronous = NORMAL" : "PRAGMA main.synchronous = FULL",
                          "begin a transaction", reterr);
        if (r < 0)
                return r;
        state->lazy = lazy;
        return 0;
}

int database_be_durable(State *state, Error *reterr) {
        return state->depth > 0 ? 0 : set_lazy(state, false, reterr);
}

static int begin(State *state, const char *sql, bool lazy, Error *reterr) {
        int r;

        if (state->depth == 0) {
                r = set_lazy(state, lazy, reterr);
                if (r >= 0)
                        r = database_exec(state, sql, "begin a transaction", reterr);
                if (r < 0)
                        return r;
        }
        state->depth++;
        return 0;
}

int state_begin(State *state, Error *reterr) {
        return begin(state, "BEGIN IMMEDIATE", false, reterr);
}

int state_begin_cache(State *state, Error *reterr) {
        return begin(state, "BEGIN IMMEDIATE", true, reterr);
}

int state_begin_reading(State *state, Error *reterr) {
        return begin(state, "BEGIN", false, reterr);
}

int state_commit(State *state, Error *reterr) {
        int rc;

        assert(state->depth > 0);

        /* Some failures make SQLite roll back by itself. */
        if (state->doomed || sqlite3_get_autocommit(state->db)) {
                state_rollback(state);
                return error_set(reterr, -ECANCELED, "the transaction of the state '%s' was rolled back before its end",
                                 state->path);
        }
        if (state->depth > 1) {
                state->depth--;
                return 0;
        }

        rc = sqlite3_exec(state->db, "COMMIT", NULL, NULL, NULL);
        if (rc != SQLITE_OK) {
                rc = database_fail(state, rc, "commit", reterr);
                state_rollback(state);
                return rc;
        }
        state->depth = 0;
        return 0;
}

void state_rollback(State *state) {
        /* After a commit that failed there is nothing left to undo. */
        if (state->depth == 0)
                return;
        if (!sqlite3_get_autocommit(state->db))
                (void) sqlite3_exec(state->db, "ROLLBACK", NULL, NULL, NULL);
        state->depth--;
        state->doomed = state->depth > 0;
}

int64_t state_changes(const State *state) {
        return sqlite3_total_changes64(state->db);
}

bool state_in_transaction(const State *state) {
        return state->depth > 0 || !sqlite3_get_autocommit(state->db);
}
