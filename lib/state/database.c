/* SQLite's statements and answers: prepared once, bound in order, and told in sentences. */

#include "lib/state/database.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

/*
 * A write that the file system refused for want of room has several faces beside SQLITE_FULL: a quota, a limit. SQLite
 * tells them all as one, and forgets the number; errno is that of the last call that failed, which is the write.
 */
static bool is_full(int rc, int e) {
        if ((rc & 0xff) == SQLITE_FULL)
                return true;
        if (rc != SQLITE_IOERR_WRITE && rc != SQLITE_IOERR_SHMSIZE && rc != SQLITE_IOERR_TRUNCATE)
                return false;
        return e == ENOSPC || e == EDQUOT || e == EFBIG;
}

static int code_of(int rc, int e) {
        if (is_full(rc, e))
                return -ENOSPC;
        switch (rc & 0xff) {
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
                return -EUCLEAN;
        case SQLITE_NOMEM:
                return -ENOMEM;
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
                return -EBUSY;
        case SQLITE_READONLY:
                return -EROFS;
        case SQLITE_CANTOPEN:
        case SQLITE_PERM:
        case SQLITE_AUTH:
                return -EACCES;
        case SQLITE_TOOBIG:
                return -E2BIG;
        case SQLITE_CONSTRAINT:
                return -EEXIST;
        default:
                return -EIO;
        }
}

static const char *help_of(int code) {
        switch (code) {
        case -ENOSPC:
                return "the disk is full, or a limit of its size is reached; it works again as soon as there is room";
        case -EUCLEAN:
                return "the file is damaged; stop, set it aside and restore a backup";
        case -EBUSY:
                return "another program keeps it locked; end it";
        case -EEXIST:
                return "another row has what only one may have";
        case -EROFS:
                return "the file or its file system is read-only";
        default:
                return NULL;
        }
}

int database_fail(State *state, int rc, const char *what, Error *reterr) {
        int code = code_of(rc, errno);
        const char *help = help_of(code);

        /* sqlite3_errmsg() names columns, never values. */
        if (help)
                return error_set(reterr, code, "cannot %s in the state '%s': %s", what, state->path, help);
        return error_set(reterr, code, "cannot %s in the state '%s': %s", what, state->path,
                         state->db ? sqlite3_errmsg(state->db) : sqlite3_errstr(rc));
}

int database_exec(State *state, const char *sql, const char *what, Error *reterr) {
        int rc;

        rc = sqlite3_exec(state->db, sql, NULL, NULL, NULL);
        if (rc != SQLITE_OK)
                return database_fail(state, rc, what, reterr);
        return 0;
}

int database_number(State *state, const char *sql, int64_t *ret, Error *reterr) {
        sqlite3_stmt *statement = NULL;
        int rc;

        rc = sqlite3_prepare_v2(state->db, sql, -1, &statement, NULL);
        if (rc == SQLITE_OK)
                rc = sqlite3_step(statement);
        if (rc == SQLITE_ROW)
                *ret = sqlite3_column_int64(statement, 0);
        sqlite3_finalize(statement);
        if (rc != SQLITE_ROW)
                return database_fail(state, rc, "look", reterr);
        return 0;
}

int statement_use(State *state, unsigned shelf, unsigned which, const char *sql, Statement *ret, Error *reterr) {
        sqlite3_stmt **slot;
        int r, rc;

        assert(shelf < SHELVES && which < SHELF_SIZE);

        /* Also where SQLite rolled back by itself: what follows must not get through alone. */
        if (state->doomed || (state->depth > 0 && sqlite3_get_autocommit(state->db)))
                return error_set(reterr, -ECANCELED, "the transaction of the state '%s' was rolled back before its end",
                                 state->path);

        r = database_be_durable(state, reterr);
        if (r < 0)
                return r;

        slot = &state->shelves[shelf][which];
        if (!*slot) {
                rc = sqlite3_prepare_v3(state->db, sql, -1, SQLITE_PREPARE_PERSISTENT, slot, NULL);
                if (rc != SQLITE_OK)
                        return database_fail(state, rc, "prepare a statement", reterr);
        }
        assert(!sqlite3_stmt_busy(*slot));

        *ret = (Statement) { .state = state, .sql = *slot };
        return 0;
}

void statement_done(Statement *s) {
        if (!s->sql)
                return;
        (void) sqlite3_reset(s->sql);
        /* What was bound is borrowed and may be gone by the next use. */
        (void) sqlite3_clear_bindings(s->sql);
        s->sql = NULL;
}

static void keep(Statement *s, int rc) {
        if (rc != SQLITE_OK && s->rc == SQLITE_OK)
                s->rc = rc;
}

void put_number(Statement *s, int64_t value) {
        keep(s, sqlite3_bind_int64(s->sql, ++s->next, value));
}

void put_word(Statement *s, const char *value) {
        keep(s, sqlite3_bind_text64(s->sql, ++s->next, value, strlen(value), SQLITE_STATIC, SQLITE_UTF8));
}

void put_null(Statement *s) {
        keep(s, sqlite3_bind_null(s->sql, ++s->next));
}

void put_text(Statement *s, const char *value) {
        if (value && value[0])
                put_word(s, value);
        else
                put_null(s);
}

void put_letters(Statement *s, const char *value, size_t n) {
        if (n > 0)
                keep(s, sqlite3_bind_text64(s->sql, ++s->next, value, n, SQLITE_STATIC, SQLITE_UTF8));
        else
                put_null(s);
}

void put_bytes(Statement *s, const void *value, size_t n) {
        keep(s, sqlite3_bind_blob64(s->sql, ++s->next, value, n, SQLITE_STATIC));
}

void put_instant(Statement *s, int64_t instant) {
        if (instant == INSTANT_NONE)
                put_null(s);
        else
                put_number(s, instant);
}

int statement_step(Statement *s, const char *what, Error *reterr) {
        int rc = s->rc;

        if (rc == SQLITE_OK)
                rc = sqlite3_step(s->sql);
        s->next = 0;
        if (rc == SQLITE_ROW)
                return 1;
        if (rc == SQLITE_DONE)
                return 0;
        return database_fail(s->state, rc, what, reterr);
}

int statement_run(Statement *s, const char *what, Error *reterr) {
        int r;

        do
                r = statement_step(s, what, reterr);
        while (r > 0);
        return r;
}

int statement_changed(Statement *s, const char *what, bool *ret, Error *reterr) {
        int r;

        r = statement_run(s, what, reterr);
        if (r < 0)
                return r;
        *ret = sqlite3_changes(s->state->db) > 0;
        return 0;
}

int statement_taken(Statement *s, const char *what, Error *reterr) {
        if (s->rc != SQLITE_OK)
                return database_fail(s->state, s->rc, what, reterr);
        return 0;
}

int64_t take_number(Statement *s) {
        return sqlite3_column_int64(s->sql, s->next++);
}

bool take_flag(Statement *s) {
        return take_number(s) != 0;
}

int64_t take_instant(Statement *s) {
        int column = s->next++;

        if (sqlite3_column_type(s->sql, column) == SQLITE_NULL)
                return INSTANT_NONE;
        return sqlite3_column_int64(s->sql, column);
}

char *take_text(Statement *s) {
        int column = s->next++;
        const char *text;
        char *copy;

        if (sqlite3_column_type(s->sql, column) == SQLITE_NULL)
                return NULL;
        text = (const char *) sqlite3_column_text(s->sql, column);
        copy = text ? strdup(text) : NULL;
        if (!copy)
                keep(s, SQLITE_NOMEM);
        return copy;
}

bool take_bytes(Statement *s, void *ret, size_t n) {
        int column = s->next++;
        const void *bytes;

        if (sqlite3_column_type(s->sql, column) == SQLITE_NULL)
                return false;
        bytes = sqlite3_column_blob(s->sql, column);
        if (!bytes || (size_t) sqlite3_column_bytes(s->sql, column) != n) {
                keep(s, SQLITE_CORRUPT);
                return false;
        }
        memcpy(ret, bytes, n);
        return true;
}
