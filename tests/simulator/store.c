/* The database: its layout, its statements, and how it is opened. */

#include "tests/simulator/store.h"

#include <errno.h>

#include "tests/simulator/store-internal.h"

enum {
        LAYOUT = 2,             /* user_version */
};

/* A stand-in need not survive a power cut, but should survive being killed: a log without waiting for the disk. */
static const char sql_pragmas[] =
        "PRAGMA journal_mode=WAL;"
        "PRAGMA synchronous=OFF;"
        "PRAGMA temp_store=MEMORY;"
        "PRAGMA cache_size=-65536;";

/* What each version adds to the one before it. */
static const char *const sql_layouts[LAYOUT] = {
        "BEGIN;"
        "CREATE TABLE user ("
        "  id INTEGER PRIMARY KEY AUTOINCREMENT, id_num TEXT NOT NULL, first_name TEXT NOT NULL,"
        "  last_name TEXT NOT NULL, name TEXT NOT NULL, card_num TEXT NOT NULL, credential_key TEXT NOT NULL,"
        "  email TEXT NOT NULL, phone TEXT NOT NULL, pin TEXT NOT NULL, access_effective INTEGER,"
        "  access_expires INTEGER, enabled INTEGER NOT NULL, levels TEXT NOT NULL, json TEXT NOT NULL) STRICT;"
        "CREATE INDEX user_id_num ON user (id_num) WHERE id_num <> '';"
        "CREATE INDEX user_card_num ON user (card_num) WHERE card_num <> '';"
        "CREATE INDEX user_email ON user (email COLLATE NOCASE) WHERE email <> '';"
        "CREATE TABLE level (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL) STRICT;"
        "CREATE TABLE door (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL) STRICT;"
        "CREATE TABLE level_door (level INTEGER NOT NULL, door INTEGER NOT NULL, PRIMARY KEY (level, door))"
        "  STRICT, WITHOUT ROWID;"
        "INSERT INTO sqlite_sequence (name, seq) VALUES ('user', 1000), ('level', 600), ('door', 2000);"
        "PRAGMA user_version=1;"
        "COMMIT;",

        "BEGIN;"
        "ALTER TABLE user ADD COLUMN holder INTEGER NOT NULL DEFAULT 0;"
        "ALTER TABLE user ADD COLUMN claimed INTEGER NOT NULL DEFAULT 0;"
        "CREATE INDEX user_fob ON user (id) WHERE name <> '';"
        "CREATE TABLE credential (id INTEGER PRIMARY KEY AUTOINCREMENT, card_num TEXT NOT NULL,"
        "  credential_key TEXT NOT NULL, claimed INTEGER NOT NULL, user INTEGER NOT NULL) STRICT;"
        "CREATE INDEX credential_card_num ON credential (card_num);"
        "CREATE INDEX credential_user ON credential (user);"
        "ALTER TABLE level ADD COLUMN schedule INTEGER NOT NULL DEFAULT 0;"
        "ALTER TABLE door ADD COLUMN type TEXT NOT NULL DEFAULT 'Access Controlled Door';"
        "ALTER TABLE door ADD COLUMN location TEXT NOT NULL DEFAULT '';"
        "ALTER TABLE door ADD COLUMN controller TEXT NOT NULL DEFAULT 'BEST Switch™ API';"
        "ALTER TABLE door ADD COLUMN enabled INTEGER NOT NULL DEFAULT 1;"
        "ALTER TABLE door ADD COLUMN battery INTEGER NOT NULL DEFAULT -1;"
        "ALTER TABLE door ADD COLUMN clock_skew INTEGER NOT NULL DEFAULT 0;"
        "CREATE INDEX door_name ON door (name);"
        "CREATE TABLE schedule (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, days INTEGER NOT NULL,"
        "  start INTEGER NOT NULL, stop INTEGER NOT NULL) STRICT;"
        "CREATE TABLE event (id INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL) STRICT;"
        "CREATE TABLE withheld (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;"
        "CREATE TABLE activity (card_num TEXT PRIMARY KEY, instant INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
        "INSERT INTO sqlite_sequence (name, seq) VALUES ('schedule', 1500), ('event', 1000);"
        "PRAGMA user_version=2;"
        "COMMIT;",
};

#define DOOR_COLUMNS "id, type, name, location, controller, enabled, battery, clock_skew"
#define SCHEDULE_COLUMNS "id, name, days, start, stop"

static const char *const sql[SQL_STATEMENTS] = {
        [SQL_BEGIN] = "BEGIN IMMEDIATE",
        [SQL_COMMIT] = "COMMIT",
        [SQL_ROLLBACK] = "ROLLBACK",
        [SQL_USER_GET] = "SELECT id_num, first_name, last_name, name, card_num, credential_key, email, phone, pin,"
                         " access_effective, access_expires, enabled, holder, claimed, levels"
                         " FROM user WHERE id = ?1",
        [SQL_USER_BY_ID_NUM] = "SELECT id FROM user WHERE id_num = ?1 AND id_num <> '' AND id <> ?2 AND id > ?3"
                               " ORDER BY id LIMIT 1",
        [SQL_USER_BY_CARD_NUM] = "SELECT id FROM user WHERE card_num = ?1 AND card_num <> '' AND id <> ?2 AND id > ?3"
                                 " ORDER BY id LIMIT 1",
        [SQL_USER_BY_EMAIL] = "SELECT id FROM user WHERE email = ?1 COLLATE NOCASE AND email <> ''"
                              " AND id <> ?2 AND id > ?3 ORDER BY id LIMIT 1",
        [SQL_USER_INSERT] = "INSERT INTO user (id, id_num, first_name, last_name, name, card_num, credential_key,"
                            " email, phone, pin, access_effective, access_expires, enabled, levels, json, holder,"
                            " claimed)"
                            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16,"
                            " ?17)",
        [SQL_USER_UPDATE] = "UPDATE user SET id_num = ?2, first_name = ?3, last_name = ?4, name = ?5, card_num = ?6,"
                            " credential_key = ?7, email = ?8, phone = ?9, pin = ?10, access_effective = ?11,"
                            " access_expires = ?12, enabled = ?13, levels = ?14, json = ?15, holder = ?16,"
                            " claimed = ?17"
                            " WHERE id = ?1",
        [SQL_USER_DELETE] = "DELETE FROM user WHERE id = ?1",
        [SQL_USERS_DELETE] = "DELETE FROM user",
        [SQL_USERS_COUNT] = "SELECT count(*) FROM user",
        [SQL_USERS_NEXT] = "SELECT seq + 1 FROM sqlite_sequence WHERE name = 'user'",
        [SQL_USERS_READ] = "SELECT id, json, pin, holder FROM user WHERE id > ?1 ORDER BY id LIMIT ?2",
        [SQL_FOBS_READ] = "SELECT id, json, pin, holder FROM user WHERE id > ?1 AND name <> '' ORDER BY id LIMIT ?2",
        [SQL_USER_READ] = "SELECT id, json, pin, holder FROM user WHERE id = ?1",
        [SQL_USERS_OF_LEVEL] = "SELECT id FROM user WHERE id > ?2"
                               " AND EXISTS (SELECT 1 FROM json_each(user.levels) WHERE value = ?1)"
                               " ORDER BY id LIMIT 1",
        [SQL_LEVELS] = "SELECT id, name, schedule FROM level ORDER BY id",
        [SQL_LEVEL_ADD] = "INSERT INTO level (id, name) VALUES (?1, ?2)",
        [SQL_LEVEL_RENAME] = "UPDATE level SET name = ?2 WHERE id = ?1",
        [SQL_LEVEL_DELETE] = "DELETE FROM level WHERE id = ?1",
        [SQL_LEVEL_DOORS] = "SELECT door.id, door.name FROM level_door JOIN door ON door.id = level_door.door"
                            " WHERE level_door.level = ?1 ORDER BY door.id",
        [SQL_LEVEL_DOORS_DELETE] = "DELETE FROM level_door WHERE level = ?1",
        [SQL_LEVEL_DOOR_ADD] = "INSERT OR IGNORE INTO level_door (level, door) VALUES (?1, ?2)",
        [SQL_LEVEL_SCHEDULE] = "UPDATE level SET schedule = ?2 WHERE id = ?1",
        [SQL_DOOR_GET] = "SELECT " DOOR_COLUMNS " FROM door WHERE id = ?1",
        [SQL_DOOR_FIND] = "SELECT id FROM door WHERE name = ?1 ORDER BY id LIMIT 1",
        [SQL_DOOR_PUT] = "INSERT OR REPLACE INTO door (" DOOR_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        [SQL_DOOR_DELETE] = "DELETE FROM door WHERE id = ?1",
        [SQL_DOOR_LEVELS_DELETE] = "DELETE FROM level_door WHERE door = ?1",
        [SQL_DOORS_READ] = "SELECT " DOOR_COLUMNS " FROM door WHERE id > ?1 ORDER BY id LIMIT ?2",
        [SQL_CREDENTIAL_FIND] = "SELECT 2 * id, id FROM user WHERE card_num = ?1 AND card_num <> ''"
                                " UNION ALL SELECT 2 * id + 1, user FROM credential WHERE card_num = ?1 LIMIT 1",
        [SQL_CREDENTIAL_GET] = "SELECT 2 * id, id FROM user WHERE id = ?1 / 2 AND ?1 % 2 = 0 AND card_num <> ''"
                               " UNION ALL SELECT 2 * id + 1, user FROM credential WHERE id = ?1 / 2 AND ?1 % 2 = 1",
        [SQL_CREDENTIAL_OF_OTHERS] = "SELECT 2 * id + 1, user FROM credential WHERE card_num = ?1 AND user <> ?2"
                                     " LIMIT 1",
        [SQL_CREDENTIAL_ADD] = "INSERT INTO credential (card_num, credential_key, claimed, user)"
                               " VALUES (?1, ?2, ?3, ?4)",
        [SQL_CREDENTIAL_DELETE] = "DELETE FROM credential WHERE user = ?1 AND card_num = ?2",
        [SQL_CREDENTIAL_CLAIM] = "UPDATE credential SET claimed = ?2 WHERE id = ?1",
        [SQL_USER_CLAIM] = "UPDATE user SET claimed = ?2 WHERE id = ?1",
        [SQL_CREDENTIAL_REISSUE] = "UPDATE credential SET credential_key = ?2, claimed = 0 WHERE id = ?1",
        [SQL_CREDENTIALS_OF_RECORDS] = "SELECT 2 * user.id, user.card_num, user.credential_key, user.claimed,"
                                       " iif(user.name = '', user.id, holder.id),"
                                       " iif(user.name = '', user.first_name, holder.first_name),"
                                       " iif(user.name = '', user.last_name, holder.last_name)"
                                       " FROM user LEFT JOIN user AS holder ON holder.id = user.holder"
                                       " WHERE user.id > ?1 AND user.card_num <> '' AND (user.name = '' OR ?3)"
                                       " ORDER BY user.id LIMIT ?2",
        [SQL_CREDENTIALS_FURTHER] = "SELECT 2 * credential.id + 1, credential.card_num, credential.credential_key,"
                                    " credential.claimed, user.id, user.first_name, user.last_name"
                                    " FROM credential JOIN user ON user.id = credential.user"
                                    " WHERE credential.id > ?1 AND (user.name = '' OR ?3)"
                                    " ORDER BY credential.id LIMIT ?2",
        [SQL_CREDENTIALS_COUNT] = "SELECT ifnull(sum(claimed), 0), ifnull(sum(NOT claimed), 0) FROM"
                                  " (SELECT claimed FROM user WHERE card_num <> '' AND (name = '' OR ?3)"
                                  " UNION ALL SELECT claimed FROM credential)",
        [SQL_CREDENTIALS_OF_USER_DELETE] = "DELETE FROM credential WHERE user = ?1",
        [SQL_CREDENTIALS_DELETE] = "DELETE FROM credential",
        [SQL_CARD_NEXT] = "SELECT 1 + ifnull(max(CAST(card_num AS INTEGER)), 0) FROM"
                          " (SELECT card_num FROM user WHERE card_num <> '' UNION ALL SELECT card_num FROM credential)",
        [SQL_LEVEL_HAS_DOOR] = "SELECT 1 FROM level_door WHERE level = ?1 AND door = ?2",
        [SQL_EVENT_ADD] = "INSERT OR REPLACE INTO event (id, body) VALUES (?1, ?2)",
        [SQL_EVENT_WITHHOLD] = "INSERT INTO withheld (body) VALUES (?1)",
        [SQL_EVENTS_RELEASE] = "INSERT INTO event (body) SELECT body FROM withheld ORDER BY id",
        [SQL_EVENTS_RELEASE_REVERSE] = "INSERT INTO event (body) SELECT body FROM withheld ORDER BY id DESC",
        [SQL_EVENTS_RELEASED] = "DELETE FROM withheld",
        [SQL_EVENTS_DELETE] = "DELETE FROM event",
        [SQL_EVENTS_TRIM] = "DELETE FROM event WHERE id <= (SELECT id FROM event ORDER BY id DESC LIMIT 1 OFFSET ?1)",
        [SQL_EVENTS_NEWEST] = "SELECT id, body FROM event WHERE id >= ?1 ORDER BY id DESC",
        [SQL_EVENTS_OLDEST] = "SELECT id, body FROM event WHERE id >= ?1 ORDER BY id",
        [SQL_EVENTS_SHUFFLED] = "SELECT id, body FROM event WHERE id >= ?1 ORDER BY id * 7919 % 10007, id",
        [SQL_ACTIVITY_NOTE] = "INSERT INTO activity (card_num, instant) VALUES (?1, ?2)"
                              " ON CONFLICT (card_num) DO UPDATE SET instant = max(instant, excluded.instant)",
        [SQL_FOBCHECK_READ] = "SELECT user.id, user.json, activity.instant FROM user"
                              " LEFT JOIN activity ON activity.card_num = user.card_num"
                              " WHERE user.id > ?1 AND user.name <> '' ORDER BY user.id LIMIT ?2",
        [SQL_SCHEDULE_GET] = "SELECT " SCHEDULE_COLUMNS " FROM schedule WHERE id = ?1",
        [SQL_SCHEDULE_FIND] = "SELECT id FROM schedule WHERE name = ?1 ORDER BY id LIMIT 1",
        [SQL_SCHEDULE_PUT] = "INSERT OR REPLACE INTO schedule (" SCHEDULE_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5)",
        [SQL_SCHEDULE_DELETE] = "DELETE FROM schedule WHERE id = ?1",
        [SQL_SCHEDULE_LEVELS_CLEAR] = "UPDATE level SET schedule = 0 WHERE schedule = ?1",
        [SQL_SCHEDULES_READ] = "SELECT " SCHEDULE_COLUMNS " FROM schedule WHERE id > ?1 ORDER BY id LIMIT ?2",
};

sqlite3_stmt *store_statement(Store *store, StoreStatement statement) {
        sqlite3_stmt **prepared = &store->statements[statement];

        if (!*prepared && sqlite3_prepare_v3(store->db, sql[statement], -1, SQLITE_PREPARE_PERSISTENT, prepared,
                                             NULL) != SQLITE_OK)
                return NULL;
        return *prepared;
}

int store_done(sqlite3_stmt *statement, int step) {
        int r = sqlite3_reset(statement);

        (void) sqlite3_clear_bindings(statement);
        if (step == SQLITE_DONE || step == SQLITE_ROW)
                return 0;
        return r == SQLITE_NOMEM ? -ENOMEM : r == SQLITE_FULL ? -ENOSPC : -EIO;
}

int store_run(Store *store, sqlite3_stmt *statement) {
        if (!statement)
                return -EIO;
        return store_done(statement, sqlite3_step(statement));
}

int store_begin(Store *store) {
        return store_run(store, store_statement(store, SQL_BEGIN));
}

int store_commit(Store *store) {
        return store_run(store, store_statement(store, SQL_COMMIT));
}

void store_rollback(Store *store) {
        (void) store_run(store, store_statement(store, SQL_ROLLBACK));
}

static int store_layout(Store *store, const char *path, Error *reterr) {
        _cleanup_(sqlite3_finalizep) sqlite3_stmt *version = NULL;
        int layout;

        if (sqlite3_exec(store->db, sql_pragmas, NULL, NULL, NULL) != SQLITE_OK ||
            sqlite3_prepare_v2(store->db, "PRAGMA user_version", -1, &version, NULL) != SQLITE_OK ||
            sqlite3_step(version) != SQLITE_ROW)
                return error_set(reterr, -EIO, "cannot use database '%s': %s", path, sqlite3_errmsg(store->db));

        layout = sqlite3_column_int(version, 0);
        (void) sqlite3_reset(version);
        if (layout < 0 || layout > LAYOUT)
                return error_set(reterr, -EUCLEAN, "database '%s' was written by a newer version of lockt-sim", path);

        for (; layout < LAYOUT; layout++) {
                if (sqlite3_exec(store->db, sql_layouts[layout], NULL, NULL, NULL) != SQLITE_OK)
                        return error_set(reterr, -EIO, "cannot set up database '%s': %s", path,
                                         sqlite3_errmsg(store->db));
        }
        return 0;
}

int store_open(const char *path, Store **ret, Error *reterr) {
        _cleanup_(store_closep) Store *store = NULL;
        int r;

        store = calloc(1, sizeof(*store));
        if (!store)
                return error_set(reterr, -ENOMEM, "cannot open database '%s': out of memory", path);

        r = sqlite3_open_v2(path, &store->db,
                            SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
        if (r != SQLITE_OK)
                return error_set(reterr, -EIO, "cannot open database '%s': %s", path, sqlite3_errstr(r));

        r = store_layout(store, path, reterr);
        if (r < 0)
                return r;
        r = store_levels_load(store);
        if (r == 0)
                r = store_number(store, SQL_USERS_NEXT, &store->next_user);
        if (r < 0)
                return error_set(reterr, r, "cannot read database '%s': %s", path, sqlite3_errmsg(store->db));

        *ret = steal(store);
        return 0;
}

/* Takes half-opened stores too: SQLite hands out a connection even when opening fails. */
Store *store_close(Store *store) {
        if (!store)
                return NULL;

        for (size_t i = 0; i < SQL_STATEMENTS; i++)
                (void) sqlite3_finalize(store->statements[i]);
        (void) sqlite3_close(store->db);
        store_levels_free(&store->levels);
        text_free(&store->json);
        text_free(&store->list);
        free(store);
        return NULL;
}
