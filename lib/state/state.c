/* Opening and closing the state: the lock first, then the file, its pragmas, its layout, and whether it is sound. */

#include "lib/state/state.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "lib/state/database.h"
#include "lib/state/directory.h"
#include "lib/state/listing.h"
#include "lib/state/migration.h"

/* "lkts": tells our files from everybody else's; see file(1). */
#define APPLICATION_ID 0x6c6b7473

/* What a statement can be bound to and answer: a row or a text beyond it is no person's. */
#define LENGTH_MAX (16 * 1024 * 1024)

/*
 * The caches are small on purpose: the long scans read each page once, and what they read is in the kernel's cache. The
 * page is wide enough for ten records; the log is cut back after a large change.
 */
static const char pragmas[] =
        "PRAGMA trusted_schema = OFF;"
        "PRAGMA foreign_keys = ON;"
        "PRAGMA cell_size_check = ON;"
        "PRAGMA mmap_size = 0;"
        "PRAGMA cache_size = -4096;"
        "PRAGMA temp_store = FILE;"
        "PRAGMA temp.cache_size = -2048;"
        "PRAGMA journal_mode = WAL;"
        "PRAGMA synchronous = FULL;"
        "PRAGMA wal_autocheckpoint = 2000;"
        "PRAGMA journal_size_limit = 33554432;";

static int connect_file(State *state, Error *reterr) {
        int rc;

        if (asprintf(&state->path, "%s/" STATE_FILE, state->directory) < 0) {
                state->path = NULL;
                return error_set(reterr, -ENOMEM, "cannot open the state in '%s': out of memory", state->directory);
        }
        /* Temporary tables go where the state is: there is room for it, and nobody else looks. */
        sqlite3_free(sqlite3_temp_directory);
        sqlite3_temp_directory = sqlite3_mprintf("%s", state->directory);
        if (!sqlite3_temp_directory)
                return error_set(reterr, -ENOMEM, "cannot open the state in '%s': out of memory", state->directory);

        rc = sqlite3_open_v2(state->path, &state->db,
                             SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_PRIVATECACHE |
                             SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
        if (rc != SQLITE_OK)
                return database_fail(state, rc, "open the file", reterr);

        (void) sqlite3_db_config(state->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
        /* Plans do not depend on what is bound: else each new value of a column with a partial index plans anew. */
        (void) sqlite3_db_config(state->db, SQLITE_DBCONFIG_ENABLE_QPSG, 1, NULL);
        (void) sqlite3_db_config(state->db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
        (void) sqlite3_db_config(state->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
        (void) sqlite3_limit(state->db, SQLITE_LIMIT_LENGTH, LENGTH_MAX);
        (void) sqlite3_limit(state->db, SQLITE_LIMIT_ATTACHED, 1);      /* the tables of a listing */
        /* Only somebody with the sqlite3 tool can be in the way, and the loop must not wait long for him. */
        (void) sqlite3_busy_timeout(state->db, 250);
        return 0;
}

/* 0, or STATE_DAMAGED for a database of somebody else, or STATE_NEWER. */
static int look_at_versions(State *state, int64_t *ret_version, Error *reterr) {
        int64_t application, version, objects;
        int r;

        r = database_number(state, "PRAGMA application_id", &application, reterr);
        if (r >= 0)
                r = database_number(state, "PRAGMA user_version", &version, reterr);
        if (r >= 0)
                r = database_number(state, "SELECT count(*) FROM sqlite_schema", &objects, reterr);
        if (r < 0)
                return r;

        if (application != APPLICATION_ID && (application != 0 || version != 0 || objects > 0)) {
                (void) error_set(reterr, -EUCLEAN, "the file '%s' is a database, but no state of locktsync; move it "
                                 "away", state->path);
                return STATE_DAMAGED;
        }
        if (version > state_n_migrations) {
                (void) error_set(reterr, -EPROTO, "the state '%s' has layout %" PRId64 ", this locktsync knows layouts "
                                 "up to %u; install the version that wrote it, or restore a backup", state->path,
                                 version, state_n_migrations);
                return STATE_NEWER;
        }
        *ret_version = version;
        return 0;
}

static int apply_migration(State *state, unsigned number, Error *reterr) {
        char sql[64];
        int r;

        r = state_begin(state, reterr);
        if (r < 0)
                return r;
        (void) snprintf(sql, sizeof(sql), "PRAGMA application_id = %d; PRAGMA user_version = %u", APPLICATION_ID,
                        number);
        r = database_exec(state, state_migrations[number - 1], "change the layout", reterr);
        if (r >= 0)
                r = database_exec(state, sql, "change the layout", reterr);
        if (r < 0) {
                state_rollback(state);
                return r;
        }
        return state_commit(state, reterr);
}

static int open_database(State *state, Error *reterr) {
        uint8_t master[32];
        int64_t version;
        int r;

        r = connect_file(state, reterr);
        if (r < 0)
                return r;
        r = look_at_versions(state, &version, reterr);
        if (r != 0)
                return r;
        r = database_exec(state, pragmas, "set up the file", reterr);
        if (r < 0)
                return r;
        for (int64_t i = version; i < state_n_migrations; i++) {
                r = apply_migration(state, (unsigned) i + 1, reterr);
                if (r < 0)
                        return r;
        }
        /* SQLite has compared the length with the header; the rest shows when it is read, or by a whole check. */
        r = state_check(state, false, reterr);
        if (r != 0)
                return r;
        r = stage_prepare(state, reterr);
        if (r >= 0)
                r = state_digest_key(state, master, reterr);
        if (r < 0)
                return r;
        digest_key_init(&state->listed_key, master, "listed user");
        digest_key_init(&state->lookup_key, master, "lookup");
        return 0;
}

int state_open(const char *directory, State **ret, Error *reterr) {
        _cleanup_(state_closep) State *state = NULL;
        int r;

        if (sodium_init() < 0)
                return error_set(reterr, -EIO, "cannot open the state in '%s': libsodium does not start", directory);

        state = calloc(1, sizeof(*state));
        if (!state)
                return error_set(reterr, -ENOMEM, "cannot open the state in '%s': out of memory", directory);
        state->directory_fd = state->lock_fd = -1;

        r = directory_open(directory, &state->directory_fd, &state->directory, reterr);
        if (r < 0)
                return r;
        r = directory_lock(state->directory_fd, state->directory, &state->lock_fd, reterr);
        if (r != 0)
                return r;
        /* Half of a copy, of a life that was ended while it made one: nobody is making one now. */
        (void) unlinkat(state->directory_fd, STATE_COPY, 0);
        r = directory_make_file(state->directory_fd, state->directory, STATE_FILE, reterr);
        if (r < 0)
                return r;
        r = open_database(state, reterr);
        if (r == -EUCLEAN)
                return STATE_DAMAGED;
        if (r != 0)
                return r;

        *ret = steal(state);
        return 0;
}

/* Takes half-opened state too: SQLite hands out a connection even when opening fails. */
State *state_close(State *state) {
        if (!state)
                return NULL;

        listing_free(state);
        for (size_t i = 0; i < SHELVES; i++)
                for (size_t j = 0; j < SHELF_SIZE; j++)
                        sqlite3_finalize(state->shelves[i][j]);
        sqlite3_close(state->db);
        closep(&state->lock_fd);
        closep(&state->directory_fd);
        free(state->directory);
        free(state->path);
        free(state);
        return NULL;
}

int state_digest_key(State *state, uint8_t ret[32], Error *reterr) {
        return fact_random(state, "digest.key", ret, reterr);
}

int state_pin_key(State *state, uint8_t ret[32], Error *reterr) {
        return directory_key(state->directory_fd, state->directory, "pin.key", ret, reterr);
}
