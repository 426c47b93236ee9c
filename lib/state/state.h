#pragma once

/*
 * State: all that lasts, in one SQLite file
 *
 * Two kinds of tables that change in one transaction (sql/state/): the snapshot (snapshot.h), a cache of what Lockt was
 * seen to hold or has acknowledged; and the ledger (ledger.h), which is precious. Findings of a read under way are
 * staged in temporary tables (stage.h), which a crash forgets. WAL, synchronous=FULL, foreign keys, mode 0600.
 * Times are microseconds since 1970 unless they are said to be instants (seconds, as in lib/model).
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/base/error.h"

typedef struct State State;

enum {
        STATE_NONE = 1,         /* there is no such row */
        STATE_DAMAGED = 2,      /* the file is no sound SQLite database: set it aside with state_set_aside() */
        STATE_NEWER = 3,        /* the file was written by a newer locktsync: refused */
        STATE_LOCKED = 4,       /* another process has this state directory */
};

/*
 * Opens DIRECTORY/state.sqlite, making it where there is none, and migrates it. Takes an exclusive lock (flock on
 * DIRECTORY/lock) that ends with state_close(). 0, STATE_DAMAGED, STATE_NEWER, STATE_LOCKED (each with a sentence), or
 * a negative errno.
 */
int state_open(const char *directory, State **ret, Error *reterr);
State *state_close(State *state);
DEFINE_CLEANUP(State *, state_close)

/* Renames a damaged file (and its WAL) to state.sqlite.damaged-YYYYMMDDTHHMMSS; never deletes. The new name to @ret. */
int state_set_aside(const char *directory, int64_t now_usec, char **ret, Error *reterr);

/*
 * Nested begins count; the outermost commit writes. A rollback undoes all, and everything is refused (-ECANCELED) until
 * the outermost has ended. A commit that fails has rolled back its level. 0, -ENOSPC (disk full), -EUCLEAN (damaged),
 * -EIO … with a sentence.
 */
int state_begin(State *state, Error *reterr);
/*
 * The same for what can be read from Lockt again: a power cut may undo it, never a part of it, and never once anything
 * else was committed after it. Saves waiting for the disk.
 */
int state_begin_cache(State *state, Error *reterr);
/* The same without the write lock: for many reads as one, and for what goes into the stage. */
int state_begin_reading(State *state, Error *reterr);
int state_commit(State *state, Error *reterr);
void state_rollback(State *state);

/* Grows with every row that this process writes, by whomever, rolled back or not: what was read is as it was while it stays. */
int64_t state_changes(const State *state);

/* Whether a transaction is open: none may be when the loop turns. */
bool state_in_transaction(const State *state);

/* Runs SQLite's own checks; 0 or STATE_DAMAGED. Bounded (quick_check of the schema at open, whole on demand). */
int state_check(State *state, bool whole, Error *reterr);

/* Single facts, by name. Text is owned by the caller. 0 or STATE_NONE. */
int state_get_number(State *state, const char *name, int64_t *ret, Error *reterr);
int state_set_number(State *state, const char *name, int64_t value, Error *reterr);
int state_get_text(State *state, const char *name, char **ret, Error *reterr);
int state_set_text(State *state, const char *name, const char *value, Error *reterr);

/* Adds one to a counter, durably with the transaction, and tells the new value (the first is 1). */
int state_count_up(State *state, const char *name, int64_t *ret, Error *reterr);

/*
 * The wall clock was set by @step (0: while nothing ran): nothing was seen or acknowledged later than now, and all that is
 * queued is due. What is to be looked at again keeps its distance.
 */
int state_clock_set(State *state, int64_t now_usec, int64_t step_usec, Error *reterr);

/* 32 random bytes made with the file: keys the digests of HR rows, so that nobody outside can make two rows collide. */
int state_digest_key(State *state, uint8_t ret[32], Error *reterr);

/* 32 random bytes in DIRECTORY/pin.key (0600), outside the file: keys the digests of PINs. Made when missing. */
int state_pin_key(State *state, uint8_t ret[32], Error *reterr);

/*
 * A file beside the state, mode 0600, that is either whole or not there: written under another name, which is replaced
 * where it was left over, then renamed. One at a time. The stream is the caller's until state_file_end(), which closes it in any case;
 * @keep false: it is not wanted any more.
 */
int state_file_begin(State *state, const char *name, FILE **ret, Error *reterr);
int state_file_end(State *state, const char *name, FILE *stream, bool keep, Error *reterr);
