/* Access levels as Lockt lists them, and the last id that each name had. */

#include <errno.h>

#include "lib/state/database.h"
#include "lib/state/snapshot.h"

enum { CLEAR, ADD, BIND, LEVELS, BINDINGS, COUNT_LEVELS, COUNT_BINDINGS, HOLDERS };

static const char *const texts[] = {
        [CLEAR] = "DELETE FROM level",
        [ADD] = "INSERT INTO level (id, name) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name",
        [BIND] = ("INSERT INTO level_binding (id, name, seen_usec) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE "
                  "SET id = excluded.id, seen_usec = excluded.seen_usec"),
        [LEVELS] = "SELECT id, name FROM level ORDER BY id",
        [BINDINGS] = "SELECT id, name FROM level_binding ORDER BY id, name",
        [COUNT_LEVELS] = "SELECT count(*) FROM level",
        [COUNT_BINDINGS] = "SELECT count(*) FROM level_binding",
        [HOLDERS] = ("SELECT count(*) FROM user WHERE linked = 1 AND missing = 0 AND enabled = 1 "
                     "AND instr(',' || levels || ',', ',' || ? || ',') > 0"),
};

static int use(State *state, unsigned which, Statement *ret, Error *reterr) {
        return statement_use(state, SHELF_LEVEL, which, texts[which], ret, reterr);
}

void levels_free(Level *levels, size_t n_levels) {
        for (size_t i = 0; levels && i < n_levels; i++)
                free(levels[i].name);
        free(levels);
}

static int put_level(State *state, unsigned which, const Level *level, int64_t at_usec, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, which, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, level->id);
        put_word(&s, level->name ? level->name : "");
        if (which == BIND)
                put_number(&s, at_usec);
        return statement_run(&s, "keep the access levels", reterr);
}

static int set_levels(State *state, const Level *levels, size_t n_levels, int64_t at_usec, Error *reterr) {
        _cleanup_(statement_done) Statement clear = { 0 };
        int r;

        r = use(state, CLEAR, &clear, reterr);
        if (r >= 0)
                r = statement_run(&clear, "keep the access levels", reterr);
        for (size_t i = 0; r >= 0 && i < n_levels; i++) {
                r = put_level(state, ADD, &levels[i], at_usec, reterr);
                if (r >= 0)
                        r = put_level(state, BIND, &levels[i], at_usec, reterr);
        }
        return r;
}

int snapshot_set_levels(State *state, const Level *levels, size_t n_levels, int64_t at_usec, Error *reterr) {
        int r;

        r = state_begin(state, reterr);
        if (r < 0)
                return r;
        r = set_levels(state, levels, n_levels, at_usec, reterr);
        if (r < 0) {
                state_rollback(state);
                return r;
        }
        return state_commit(state, reterr);
}

static int count(State *state, unsigned which, size_t *ret, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, which, &s, reterr);
        if (r < 0)
                return r;
        r = statement_step(&s, "count the access levels", reterr);
        if (r < 0)
                return r;
        *ret = (size_t) take_number(&s);
        return 0;
}

static int fill(State *state, unsigned which, Level *levels, size_t n, size_t *ret_n, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, which, &s, reterr);
        if (r < 0)
                return r;
        *ret_n = 0;
        while (*ret_n < n && (r = statement_step(&s, "read the access levels", reterr)) > 0) {
                levels[*ret_n].id = take_number(&s);
                levels[*ret_n].name = take_text(&s);
                (*ret_n)++;
                r = statement_taken(&s, "read the access levels", reterr);
                if (r < 0)
                        return r;
        }
        return r < 0 ? r : 0;
}

static int get(State *state, unsigned how_many, unsigned which, Level **ret, size_t *ret_n, Error *reterr) {
        size_t n = 0, filled = 0;
        Level *levels;
        int r;

        r = count(state, how_many, &n, reterr);
        if (r < 0)
                return r;
        levels = calloc(n + 1, sizeof(*levels));
        if (!levels)
                return error_set(reterr, -ENOMEM, "cannot read the access levels of the state '%s': out of memory",
                                 state->path);
        r = fill(state, which, levels, n, &filled, reterr);
        if (r < 0) {
                levels_free(levels, filled);
                return r;
        }
        *ret = levels;
        *ret_n = filled;
        return 0;
}

int snapshot_get_levels(State *state, Level **ret, size_t *ret_n, Error *reterr) {
        return get(state, COUNT_LEVELS, LEVELS, ret, ret_n, reterr);
}

int snapshot_get_bindings(State *state, Level **ret, size_t *ret_n, Error *reterr) {
        return get(state, COUNT_BINDINGS, BINDINGS, ret, ret_n, reterr);
}

int snapshot_count_level(State *state, int64_t level, int64_t *ret, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, HOLDERS, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, level);
        r = statement_step(&s, "count who holds a level", reterr);
        if (r < 0)
                return r;
        *ret = take_number(&s);
        return 0;
}
