/* Doors and schedules in the store. */

#include <errno.h>
#include <string.h>

#include "tests/simulator/store-internal.h"

static const char *column_text(sqlite3_stmt *statement, int column) {
        const char *text = (const char *) sqlite3_column_text(statement, column);

        return text ? text : "";
}

/* The columns are id, the texts, enabled, battery, clock_skew. */
static int read_door(sqlite3_stmt *statement, Door *door) {
        int column = 0;

        door->id = sqlite3_column_int64(statement, column++);
        for (size_t i = 0; i < DOOR_TEXTS; i++) {
                int r = door_set_text(door, (DoorText) i, column_text(statement, column++));

                if (r < 0)
                        return r;
        }
        door->enabled = sqlite3_column_int(statement, column++) != 0;
        door->battery = sqlite3_column_int64(statement, column++);
        door->clock_skew = sqlite3_column_int64(statement, column);
        return 0;
}

int store_door_get(Store *store, int64_t id, Door *ret) {
        sqlite3_stmt *statement = store_statement(store, SQL_DOOR_GET);
        int step, r = 0, end;

        if (!statement || sqlite3_bind_int64(statement, 1, id) != SQLITE_OK)
                return -EIO;
        step = sqlite3_step(statement);
        if (step == SQLITE_ROW)
                r = read_door(statement, ret);
        end = store_done(statement, step);
        if (end < 0 || r < 0)
                return end < 0 ? end : r;
        return step == SQLITE_ROW ? 0 : STORE_NOBODY;
}

static int find(Store *store, StoreStatement which, const char *name, int64_t *ret) {
        sqlite3_stmt *statement = store_statement(store, which);
        int step, r;

        if (!statement || sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC) != SQLITE_OK)
                return -EIO;
        step = sqlite3_step(statement);
        if (step == SQLITE_ROW)
                *ret = sqlite3_column_int64(statement, 0);
        r = store_done(statement, step);
        if (r < 0)
                return r;
        return step == SQLITE_ROW ? 0 : STORE_NOBODY;
}

int store_door_find(Store *store, const char *name, int64_t *ret) {
        return find(store, SQL_DOOR_FIND, name, ret);
}

static int bind_id(sqlite3_stmt *statement, int64_t id) {
        return id > 0 ? sqlite3_bind_int64(statement, 1, id) : sqlite3_bind_null(statement, 1);
}

int store_door_put(Store *store, Door *door) {
        sqlite3_stmt *statement = store_statement(store, SQL_DOOR_PUT);
        int at = 2, r;

        if (!statement)
                return -EIO;
        r = bind_id(statement, door->id);
        for (size_t i = 0; i < DOOR_TEXTS; i++)
                r |= sqlite3_bind_text(statement, at++, door_text(door, (DoorText) i), -1, SQLITE_STATIC);
        r |= sqlite3_bind_int(statement, at++, door->enabled);
        r |= sqlite3_bind_int64(statement, at++, door->battery);
        r |= sqlite3_bind_int64(statement, at++, door->clock_skew);
        if (r != SQLITE_OK)
                return -ENOMEM;
        r = store_run(store, statement);
        if (r == 0 && door->id <= 0)
                door->id = sqlite3_last_insert_rowid(store->db);
        return r;
}

static int run_with_id(Store *store, StoreStatement which, int64_t id) {
        sqlite3_stmt *statement = store_statement(store, which);

        if (!statement || sqlite3_bind_int64(statement, 1, id) != SQLITE_OK)
                return -EIO;
        return store_run(store, statement);
}

static int delete_with(Store *store, StoreStatement which, StoreStatement relation, int64_t id) {
        int r;

        r = run_with_id(store, relation, id);
        if (r == 0)
                r = run_with_id(store, which, id);
        if (r < 0)
                return r;
        return sqlite3_changes(store->db) > 0 ? 0 : STORE_NOBODY;
}

int store_door_delete(Store *store, int64_t id) {
        return delete_with(store, SQL_DOOR_DELETE, SQL_DOOR_LEVELS_DELETE, id);
}

static int hand_over(Store *store, int64_t id, StoreEach each, void *context) {
        StoredRecord record = { .id = id, .json = store->json.data, .length = store->json.length, .pin = "" };

        if (text_status(&store->json) < 0)
                return -ENOMEM;
        return each(context, &record);
}

static int show_door(Store *store, sqlite3_stmt *statement, DoorView view, StoreEach each, void *context) {
        _cleanup_(door_deinit) Door door = DOOR_INIT;
        int r;

        r = read_door(statement, &door);
        text_reset(&store->json);
        if (r == 0)
                door_write(&door, view, &store->json);
        return r < 0 ? r : hand_over(store, door.id, each, context);
}

static sqlite3_stmt *block_statement(Store *store, StoreStatement which, int64_t after, size_t max) {
        sqlite3_stmt *statement = store_statement(store, which);

        if (!statement || sqlite3_bind_int64(statement, 1, after) != SQLITE_OK ||
            sqlite3_bind_int64(statement, 2, (int64_t) max) != SQLITE_OK)
                return NULL;
        return statement;
}

int store_doors_read(Store *store, DoorView view, int64_t after, size_t max, StoreEach each, void *context,
                     size_t *ret) {
        sqlite3_stmt *statement = block_statement(store, SQL_DOORS_READ, after, max);
        int step = SQLITE_DONE, r = 0, end;

        if (!statement)
                return -EIO;
        *ret = 0;
        while (r == 0 && (step = sqlite3_step(statement)) == SQLITE_ROW) {
                (*ret)++;
                r = show_door(store, statement, view, each, context);
        }
        end = store_done(statement, step);
        return end < 0 ? end : r < 0 ? r : 0;
}

/* The columns are id, name, days, start, stop. */
static int read_schedule(sqlite3_stmt *statement, Schedule *schedule) {
        char *name = strdup(column_text(statement, 1));

        if (!name)
                return -ENOMEM;
        free(schedule->name);
        schedule->name = name;
        schedule->id = sqlite3_column_int64(statement, 0);
        schedule->days = sqlite3_column_int64(statement, 2);
        schedule->start = sqlite3_column_int64(statement, 3);
        schedule->stop = sqlite3_column_int64(statement, 4);
        return 0;
}

int store_schedule_get(Store *store, int64_t id, Schedule *ret) {
        sqlite3_stmt *statement = store_statement(store, SQL_SCHEDULE_GET);
        int step, r = 0, end;

        if (!statement || sqlite3_bind_int64(statement, 1, id) != SQLITE_OK)
                return -EIO;
        step = sqlite3_step(statement);
        if (step == SQLITE_ROW)
                r = read_schedule(statement, ret);
        end = store_done(statement, step);
        if (end < 0 || r < 0)
                return end < 0 ? end : r;
        return step == SQLITE_ROW ? 0 : STORE_NOBODY;
}

int store_schedule_find(Store *store, const char *name, int64_t *ret) {
        return find(store, SQL_SCHEDULE_FIND, name, ret);
}

int store_schedule_put(Store *store, Schedule *schedule) {
        sqlite3_stmt *statement = store_statement(store, SQL_SCHEDULE_PUT);
        int r;

        if (!statement)
                return -EIO;
        r = bind_id(statement, schedule->id);
        r |= sqlite3_bind_text(statement, 2, schedule->name ? schedule->name : "", -1, SQLITE_STATIC);
        r |= sqlite3_bind_int64(statement, 3, schedule->days);
        r |= sqlite3_bind_int64(statement, 4, schedule->start);
        r |= sqlite3_bind_int64(statement, 5, schedule->stop);
        if (r != SQLITE_OK)
                return -ENOMEM;
        r = store_run(store, statement);
        if (r == 0 && schedule->id <= 0)
                schedule->id = sqlite3_last_insert_rowid(store->db);
        return r;
}

int store_schedule_delete(Store *store, int64_t id) {
        int r;

        r = delete_with(store, SQL_SCHEDULE_DELETE, SQL_SCHEDULE_LEVELS_CLEAR, id);
        return r == 0 ? store_levels_load(store) : r;
}

static int show_schedule(Store *store, sqlite3_stmt *statement, StoreEach each, void *context) {
        _cleanup_(schedule_deinit) Schedule schedule = SCHEDULE_INIT;
        int r;

        r = read_schedule(statement, &schedule);
        text_reset(&store->json);
        if (r == 0)
                schedule_write(&schedule, &store->json);
        return r < 0 ? r : hand_over(store, schedule.id, each, context);
}

int store_schedules_read(Store *store, int64_t after, size_t max, StoreEach each, void *context, size_t *ret) {
        sqlite3_stmt *statement = block_statement(store, SQL_SCHEDULES_READ, after, max);
        int step = SQLITE_DONE, r = 0, end;

        if (!statement)
                return -EIO;
        *ret = 0;
        while (r == 0 && (step = sqlite3_step(statement)) == SQLITE_ROW) {
                (*ret)++;
                r = show_schedule(store, statement, each, context);
        }
        end = store_done(statement, step);
        return end < 0 ? end : r < 0 ? r : 0;
}
