/* Persons of HR: one narrow row a key, and the pages of the merge. */

#include <errno.h>
#include <string.h>

#include "lib/state/database.h"
#include "lib/state/ledger.h"

enum { PAGE, GET, PUT, DELETE, FORGET, FORGET_USER, NEXT_BOUNDARY, DUE_BOUNDARY };

#define COLUMNS "key, digest, absent_since_usec, gone, read, revoked_read, boundary"

static const char *const texts[] = {
        [PAGE] = ("SELECT key, digest, absent_since_usec IS NOT NULL, gone FROM person "
                  "WHERE key > ? ORDER BY key LIMIT ?"),
        [GET] = ("SELECT " COLUMNS " FROM person WHERE key = ?"),
        [PUT] = ("INSERT INTO person (" COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET "
                 "digest = excluded.digest, absent_since_usec = excluded.absent_since_usec, gone = excluded.gone, "
                 "read = excluded.read, revoked_read = excluded.revoked_read, boundary = excluded.boundary"),
        [DELETE] = "DELETE FROM person WHERE key = ?",
        [FORGET] = "UPDATE person SET digest = NULL WHERE key = ? AND digest IS NOT NULL",
        [FORGET_USER] = ("UPDATE person SET digest = NULL WHERE digest IS NOT NULL AND "
                         "key = (SELECT key FROM link WHERE lockt_id = ? AND lockt_id <> 0)"),
        [NEXT_BOUNDARY] = "SELECT min(boundary) FROM person WHERE boundary IS NOT NULL AND boundary > ?",
        [DUE_BOUNDARY] = ("SELECT " COLUMNS " FROM person WHERE boundary IS NOT NULL AND boundary <= ? "
                          "ORDER BY boundary, key LIMIT 1"),
};

static int use(State *state, unsigned which, Statement *ret, Error *reterr) {
        return statement_use(state, SHELF_PERSON, which, texts[which], ret, reterr);
}

void person_row_deinit(PersonRow *row) {
        free(row->key);
        *row = PERSON_ROW_INIT;
}

void person_page_deinit(PersonPage *page) {
        free(page->items);
        free(page->buffer);
        *page = (PersonPage) { 0 };
}

static int reserve_items(PersonPage *page, size_t n) {
        struct PersonBrief *items;

        if (n <= page->allocated)
                return 0;
        items = reallocarray(page->items, n, sizeof(*items));
        if (!items)
                return -ENOMEM;
        page->items = items;
        page->allocated = n;
        return 0;
}

static int reserve_buffer(PersonPage *page, size_t used, size_t more) {
        size_t size = page->buffer_allocated ? page->buffer_allocated : 16384;
        char *buffer;

        while (size - used < more)
                size *= 2;
        if (size == page->buffer_allocated)
                return 0;
        buffer = realloc(page->buffer, size);
        if (!buffer)
                return -ENOMEM;
        page->buffer = buffer;
        page->buffer_allocated = size;
        return 0;
}

/* Straight from the row's columns: this runs once for each person in each cycle. */
static int add_brief(PersonPage *page, sqlite3_stmt *row, size_t *used) {
        struct PersonBrief *brief = &page->items[page->n];
        const char *key = (const char *) sqlite3_column_text(row, 0);
        const void *digest = sqlite3_column_blob(row, 1);
        size_t n = (size_t) sqlite3_column_bytes(row, 0);
        int r;

        if (!key)
                return -ENOMEM;
        r = reserve_buffer(page, *used, n + 1);
        if (r < 0)
                return r;
        memcpy(page->buffer + *used, key, n + 1);
        *used += n + 1;

        brief->key_length = n;
        brief->has_digest = digest && sqlite3_column_bytes(row, 1) == DIGEST_SIZE;
        if (brief->has_digest)
                memcpy(brief->digest, digest, DIGEST_SIZE);
        brief->absent = sqlite3_column_int(row, 2) != 0;
        brief->gone = sqlite3_column_int(row, 3) != 0;
        page->n++;
        return 0;
}

/* Only now: the buffer may have moved while it grew. */
static void point_to_keys(PersonPage *page) {
        const char *key = page->buffer;

        for (size_t i = 0; i < page->n; i++) {
                page->items[i].key = key;
                key += page->items[i].key_length + 1;
        }
}

int person_page_after(State *state, const char *after, size_t max, PersonPage *page, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        size_t used = 0;
        int r;

        page->n = 0;
        r = reserve_items(page, max);
        if (r < 0)
                return error_set(reterr, r, "cannot read people of the state '%s': out of memory", state->path);
        r = use(state, PAGE, &s, reterr);
        if (r < 0)
                return r;
        put_word(&s, after ? after : "");
        put_number(&s, (int64_t) max);
        while (page->n < max && (r = statement_step(&s, "read people", reterr)) > 0) {
                r = add_brief(page, s.sql, &used);
                if (r < 0)
                        return error_set(reterr, r, "cannot read people of the state '%s': out of memory", state->path);
        }
        if (r < 0)
                return r;
        point_to_keys(page);
        return 0;
}

static int take_row(Statement *s, PersonRow *ret, Error *reterr) {
        _cleanup_(person_row_deinit) PersonRow row = PERSON_ROW_INIT;
        int r;

        row.key = take_text(s);
        row.has_digest = take_bytes(s, row.digest, DIGEST_SIZE);
        row.absent_since_usec = take_instant(s);
        if (row.absent_since_usec == INSTANT_NONE)
                row.absent_since_usec = -1;
        row.gone = take_flag(s);
        row.read = take_number(s);
        row.revoked_read = take_number(s);
        row.boundary = take_instant(s);
        r = statement_taken(s, "read a person", reterr);
        if (r < 0)
                return r;
        *ret = row;
        row.key = NULL;
        return 0;
}

int person_get(State *state, const char *key, PersonRow *ret, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, GET, &s, reterr);
        if (r < 0)
                return r;
        put_word(&s, key);
        r = statement_step(&s, "read a person", reterr);
        if (r <= 0)
                return r < 0 ? r : STATE_NONE;
        return take_row(&s, ret, reterr);
}

int person_put(State *state, const PersonRow *row, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, PUT, &s, reterr);
        if (r < 0)
                return r;
        put_word(&s, row->key);
        if (row->has_digest)
                put_bytes(&s, row->digest, DIGEST_SIZE);
        else
                put_null(&s);
        put_instant(&s, row->absent_since_usec < 0 ? INSTANT_NONE : row->absent_since_usec);
        put_number(&s, row->gone);
        put_number(&s, row->read);
        put_number(&s, row->revoked_read);
        put_instant(&s, row->boundary);
        return statement_run(&s, "keep a person", reterr);
}

static int change(State *state, unsigned which, const char *key, const char *what, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, which, &s, reterr);
        if (r < 0)
                return r;
        put_word(&s, key);
        return statement_run(&s, what, reterr);
}

int person_delete(State *state, const char *key, Error *reterr) {
        return change(state, DELETE, key, "forget a person", reterr);
}

int person_forget_digest(State *state, const char *key, Error *reterr) {
        return change(state, FORGET, key, "mark a person", reterr);
}

int person_forget_digest_of_user(State *state, int64_t lockt_id, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, FORGET_USER, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, lockt_id);
        return statement_run(&s, "mark a person", reterr);
}

int person_next_boundary(State *state, int64_t now, int64_t *ret, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, NEXT_BOUNDARY, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, now);
        r = statement_step(&s, "find the next boundary", reterr);
        if (r < 0)
                return r;
        *ret = r > 0 ? take_instant(&s) : INSTANT_NONE;
        return 0;
}

int person_due_boundary(State *state, int64_t now, PersonRow *ret, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, DUE_BOUNDARY, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, now);
        r = statement_step(&s, "find the next boundary", reterr);
        if (r <= 0)
                return r < 0 ? r : STATE_NONE;
        return take_row(&s, ret, reterr);
}

int person_count(State *state, int64_t *ret, Error *reterr) {
        return tally_get(state, "person", ret, reterr);
}
