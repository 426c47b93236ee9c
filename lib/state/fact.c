/* Single facts by name, and counts that the schema keeps. */

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "lib/state/database.h"

enum { GET, SET, COUNT_UP, TALLY, DROP };

static const char *const texts[] = {
        [GET] = "SELECT number, text, bytes FROM fact WHERE name = ?",
        [SET] = ("INSERT INTO fact (name, number, text, bytes) VALUES (?, ?, ?, ?) ON CONFLICT (name) DO UPDATE "
                 "SET number = excluded.number, text = excluded.text, bytes = excluded.bytes"),
        [COUNT_UP] = ("INSERT INTO fact (name, number) VALUES (?, 1) ON CONFLICT (name) DO UPDATE "
                      "SET number = coalesce(number, 0) + 1 RETURNING number"),
        [TALLY] = "SELECT n FROM tally WHERE name = ?",
        [DROP] = "DELETE FROM fact WHERE name = ?",
};

static int use(State *state, unsigned which, Statement *ret, Error *reterr) {
        return statement_use(state, SHELF_FACT, which, texts[which], ret, reterr);
}

/* Finds the row and leaves the statement at @column, if that is not null. */
static int find(State *state, const char *name, int column, Statement *s, Error *reterr) {
        int r;

        r = use(state, GET, s, reterr);
        if (r < 0)
                return r;
        put_word(s, name);
        r = statement_step(s, "read a fact", reterr);
        if (r < 0)
                return r;
        if (r == 0 || sqlite3_column_type(s->sql, column) == SQLITE_NULL)
                return STATE_NONE;
        s->next = column;
        return 0;
}

int state_get_number(State *state, const char *name, int64_t *ret, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = find(state, name, 0, &s, reterr);
        if (r != 0)
                return r;
        *ret = take_number(&s);
        return 0;
}

int state_get_text(State *state, const char *name, char **ret, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        _cleanup_(freep) char *text = NULL;
        int r;

        r = find(state, name, 1, &s, reterr);
        if (r != 0)
                return r;
        text = take_text(&s);
        r = statement_taken(&s, "read a fact", reterr);
        if (r < 0)
                return r;
        *ret = steal(text);
        return 0;
}

int state_set_number(State *state, const char *name, int64_t value, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, SET, &s, reterr);
        if (r < 0)
                return r;
        put_word(&s, name);
        put_number(&s, value);
        return statement_run(&s, "keep a fact", reterr);
}

int state_set_text(State *state, const char *name, const char *value, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, SET, &s, reterr);
        if (r < 0)
                return r;
        put_word(&s, name);
        put_null(&s);
        put_word(&s, value ? value : "");
        return statement_run(&s, "keep a fact", reterr);
}

int state_count_up(State *state, const char *name, int64_t *ret, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int64_t value;
        int r;

        r = use(state, COUNT_UP, &s, reterr);
        if (r < 0)
                return r;
        put_word(&s, name);
        r = statement_step(&s, "count", reterr);
        if (r < 0)
                return r;
        value = take_number(&s);
        /* Only the last step ends the statement, and with it its own transaction. */
        r = statement_run(&s, "count", reterr);
        if (r < 0)
                return r;
        *ret = value;
        return 0;
}

int fact_random(State *state, const char *name, uint8_t ret[32], Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        uint8_t bytes[32];
        int r;

        r = find(state, name, 2, &s, reterr);
        if (r == 0) {
                (void) take_bytes(&s, ret, sizeof(bytes));
                return statement_taken(&s, "read a key", reterr);
        }
        if (r < 0)
                return r;
        statement_done(&s);

        randombytes_buf(bytes, sizeof(bytes));
        r = use(state, SET, &s, reterr);
        if (r < 0)
                return r;
        put_word(&s, name);
        put_null(&s);
        put_null(&s);
        put_bytes(&s, bytes, sizeof(bytes));
        r = statement_run(&s, "keep a key", reterr);
        if (r < 0)
                return r;
        memcpy(ret, bytes, sizeof(bytes));
        return 0;
}

int fact_put_bytes(State *state, const char *name, const void *bytes, size_t n, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, SET, &s, reterr);
        if (r < 0)
                return r;
        put_word(&s, name);
        put_null(&s);
        put_null(&s);
        put_bytes(&s, bytes, n);
        return statement_run(&s, "keep a fact", reterr);
}

int fact_use_bytes(State *state, const char *name, int (*use_them)(const uint8_t *bytes, size_t n, void *userdata),
                   void *userdata, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        const uint8_t *bytes;
        int r;

        r = find(state, name, 2, &s, reterr);
        if (r != 0)
                return r;
        bytes = sqlite3_column_blob(s.sql, 2);
        r = bytes ? use_them(bytes, (size_t) sqlite3_column_bytes(s.sql, 2), userdata) : -ENOMEM;
        return r < 0 ? error_set(reterr, r, "cannot read the fact '%s' of the state '%s': %s", name, state->path,
                                 strerror(-r))
                     : r;
}

int fact_drop(State *state, const char *name, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, DROP, &s, reterr);
        if (r < 0)
                return r;
        put_word(&s, name);
        return statement_run(&s, "forget a fact", reterr);
}

int tally_get(State *state, const char *name, int64_t *ret, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, TALLY, &s, reterr);
        if (r < 0)
                return r;
        put_word(&s, name);
        r = statement_step(&s, "count", reterr);
        if (r < 0)
                return r;
        *ret = r > 0 ? take_number(&s) : 0;
        return 0;
}
