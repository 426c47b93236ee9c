#pragma once

/* What the files of the store share among themselves. */

#include <sqlite3.h>

#include "tests/simulator/store.h"

typedef enum StoreStatement {
        SQL_BEGIN,
        SQL_COMMIT,
        SQL_ROLLBACK,
        SQL_USER_GET,
        SQL_USER_BY_ID_NUM,
        SQL_USER_BY_CARD_NUM,
        SQL_USER_BY_EMAIL,
        SQL_USER_INSERT,
        SQL_USER_UPDATE,
        SQL_USER_DELETE,
        SQL_USERS_DELETE,
        SQL_USERS_COUNT,
        SQL_USERS_NEXT,
        SQL_USERS_READ,
        SQL_FOBS_READ,
        SQL_USER_READ,
        SQL_USERS_OF_LEVEL,
        SQL_LEVELS,
        SQL_LEVEL_ADD,
        SQL_LEVEL_RENAME,
        SQL_LEVEL_DELETE,
        SQL_LEVEL_DOORS,
        SQL_LEVEL_DOORS_DELETE,
        SQL_LEVEL_DOOR_ADD,
        SQL_LEVEL_SCHEDULE,
        SQL_DOOR_GET,
        SQL_DOOR_FIND,
        SQL_DOOR_PUT,
        SQL_DOOR_DELETE,
        SQL_DOOR_LEVELS_DELETE,
        SQL_DOORS_READ,
        SQL_SCHEDULE_GET,
        SQL_SCHEDULE_FIND,
        SQL_SCHEDULE_PUT,
        SQL_SCHEDULE_DELETE,
        SQL_SCHEDULE_LEVELS_CLEAR,
        SQL_SCHEDULES_READ,
        SQL_CREDENTIAL_FIND,
        SQL_CREDENTIAL_GET,
        SQL_CREDENTIAL_OF_OTHERS,
        SQL_CREDENTIAL_ADD,
        SQL_CREDENTIAL_DELETE,
        SQL_CREDENTIAL_CLAIM,
        SQL_USER_CLAIM,
        SQL_CREDENTIAL_REISSUE,
        SQL_CREDENTIALS_OF_RECORDS,
        SQL_CREDENTIALS_FURTHER,
        SQL_CREDENTIALS_COUNT,
        SQL_CREDENTIALS_OF_USER_DELETE,
        SQL_CREDENTIALS_DELETE,
        SQL_CARD_NEXT,
        SQL_LEVEL_HAS_DOOR,
        SQL_EVENT_ADD,
        SQL_EVENT_WITHHOLD,
        SQL_EVENTS_RELEASE,
        SQL_EVENTS_RELEASE_REVERSE,
        SQL_EVENTS_RELEASED,
        SQL_EVENTS_DELETE,
        SQL_EVENTS_TRIM,
        SQL_EVENTS_NEWEST,
        SQL_EVENTS_OLDEST,
        SQL_EVENTS_SHUFFLED,
        SQL_ACTIVITY_NOTE,
        SQL_FOBCHECK_READ,
        SQL_STATEMENTS,
} StoreStatement;

DEFINE_CLEANUP(sqlite3_stmt *, sqlite3_finalize)

typedef struct Level {
        int64_t id;
        char *name;
        int64_t schedule;       /* 0: always */
} Level;

struct Levels {
        Level *items;           /* by id */
        size_t n;
};

struct Store {
        sqlite3 *db;
        sqlite3_stmt *statements[SQL_STATEMENTS];
        Levels levels;
        int64_t next_user;
        uint64_t reissues;
        Text json;              /* of the user that is being written */
        Text list;              /* and of his levels */
};

/* The prepared statement, made at its first use; NULL when SQLite refuses it. */
sqlite3_stmt *store_statement(Store *store, StoreStatement statement);

/* Steps a statement that yields no rows, and resets it. */
int store_run(Store *store, sqlite3_stmt *statement);

/* The one number that a statement yields. */
int store_number(Store *store, StoreStatement statement, int64_t *ret);

/* Ends a statement with rows: 0 when it was read to its end. */
int store_done(sqlite3_stmt *statement, int step);

void store_levels_free(Levels *levels);
