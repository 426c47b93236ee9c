#pragma once

/*
 * What the files of this module share, and nobody else sees: the connection, its prepared statements, and how SQLite's
 * answers become ours
 *
 * Each file has its SQL in a table by enum and a shelf for the prepared statements: prepared at first use, kept until
 * the state is closed. A Statement is one use of one of them; it is reset when it leaves its scope, so none stays open.
 */

#include <sqlite3.h>

#include "lib/base/digest.h"
#include "lib/model/user.h"
#include "lib/state/state.h"

typedef enum Shelf {
        SHELF_FACT,
        SHELF_SNAPSHOT,
        SHELF_LOOKUP,
        SHELF_PACKED_LOOKUP,
        SHELF_PACKED,
        SHELF_LISTING,
        SHELF_COMPARE,
        SHELF_APPLY,
        SHELF_LEVEL,
        SHELF_PERSON,
        SHELF_LINK,
        SHELF_QUEUE,
        SHELF_DUE,
        SHELF_PARK,
        SHELF_HOLD,
        SHELF_SPENT,
        SHELF_HAND,
        SHELF_WALK,
        SHELF_FLIGHT,
        SHELF_VERIFY,
        SHELF_ECHO,
        SHELF_HISTORY,
        SHELF_CHAIN,
        SHELF_REVERTED,
        SHELF_READ,
        SHELF_CLOCK,
        SHELF_STAGE,            /* one for each StageSlot */
        SHELVES = SHELF_STAGE + 3,
} Shelf;

#define SHELF_SIZE 16

typedef struct Listing Listing;

struct State {
        char *directory, *path;
        int directory_fd, lock_fd;
        sqlite3 *db;
        sqlite3_stmt *shelves[SHELVES][SHELF_SIZE];
        unsigned depth;         /* of state_begin() */
        bool lazy;              /* the last transaction was state_begin_cache()'s, and nothing else was done since */
        bool doomed;            /* rolled back below: refuses everything until the outermost ends */
        DigestKey listed_key, lookup_key;
        Listing *listing;       /* NULL while none is under way */
        bool staged;            /* the tables of a listing are there */
};

/* "cannot @what in the state 'path': why, what helps", and SQLite's result as an errno. */
int database_fail(State *state, int rc, const char *what, Error *reterr);

/* Runs plain SQL that answers nothing. */
int database_exec(State *state, const char *sql, const char *what, Error *reterr);

/* Outside of a transaction: what is done next lasts. */
int database_be_durable(State *state, Error *reterr);

/* A PRAGMA or query with one number. */
int database_number(State *state, const char *sql, int64_t *ret, Error *reterr);

/* fact.c: made on demand; 32 random bytes. */
int fact_random(State *state, const char *name, uint8_t ret[32], Error *reterr);
/* Bytes are lent for the call; its answer is passed on. 0 or STATE_NONE. */
int fact_put_bytes(State *state, const char *name, const void *bytes, size_t n, Error *reterr);
int fact_use_bytes(State *state, const char *name, int (*use)(const uint8_t *bytes, size_t n, void *userdata),
                   void *userdata, Error *reterr);
int fact_drop(State *state, const char *name, Error *reterr);
int tally_get(State *state, const char *name, int64_t *ret, Error *reterr);

/* stage.c: its temporary tables. */
int stage_prepare(State *state, Error *reterr);

typedef struct Statement {
        State *state;
        sqlite3_stmt *sql;
        int next;               /* parameter or column, in order */
        int rc;                 /* the first failure of binding or reading */
} Statement;

/* Borrows statement @which of @shelf. */
int statement_use(State *state, unsigned shelf, unsigned which, const char *sql, Statement *ret, Error *reterr);
void statement_done(Statement *statement);

/* The next parameter. Texts and bytes are borrowed until the statement is done. NULL and "" are stored as null. */
void put_number(Statement *s, int64_t value);
void put_text(Statement *s, const char *value);
void put_word(Statement *s, const char *value);         /* as it is, "" too */
void put_letters(Statement *s, const char *value, size_t n);    /* without a NUL at the end; none as null */
void put_bytes(Statement *s, const void *value, size_t n);
void put_null(Statement *s);
void put_instant(Statement *s, int64_t instant);        /* INSTANT_NONE as null */

/* 1: a row, 0: no more, or negative. statement_run() is for what answers no rows. */
int statement_step(Statement *s, const char *what, Error *reterr);
int statement_run(Statement *s, const char *what, Error *reterr);
/* After the last column was taken: whether memory ran out, or a row was not what we write. */
int statement_taken(Statement *s, const char *what, Error *reterr);
/* Runs it; whether it changed a row. */
int statement_changed(Statement *s, const char *what, bool *ret, Error *reterr);

/* The next column. Texts are owned by the caller, NULL for null. */
int64_t take_number(Statement *s);
bool take_flag(Statement *s);
int64_t take_instant(Statement *s);
char *take_text(Statement *s);
/* Whether there are bytes; exactly @n of them. */
bool take_bytes(Statement *s, void *ret, size_t n);
