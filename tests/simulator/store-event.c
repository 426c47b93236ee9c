/* Events: listed, trimmed, kept back, released. */

#include "tests/simulator/store-event.h"

#include <errno.h>
#include <inttypes.h>

#include "tests/simulator/instant.h"
#include "tests/simulator/store-internal.h"

static int trim(Store *store, int64_t max) {
        sqlite3_stmt *statement = store_statement(store, SQL_EVENTS_TRIM);

        if (!statement || sqlite3_bind_int64(statement, 1, max) != SQLITE_OK)
                return -EIO;
        return store_run(store, statement);
}

int store_event_add(Store *store, int64_t id, const char *body, int64_t max) {
        sqlite3_stmt *statement = store_statement(store, SQL_EVENT_ADD);
        int r;

        if (!statement || sqlite3_bind_text(statement, 2, body, -1, SQLITE_STATIC) != SQLITE_OK)
                return -EIO;
        if (id > 0 && sqlite3_bind_int64(statement, 1, id) != SQLITE_OK)
                return -EIO;
        r = store_run(store, statement);
        return r < 0 ? r : trim(store, max);
}

int store_event_withhold(Store *store, const char *body) {
        sqlite3_stmt *statement = store_statement(store, SQL_EVENT_WITHHOLD);

        if (!statement || sqlite3_bind_text(statement, 1, body, -1, SQLITE_STATIC) != SQLITE_OK)
                return -EIO;
        return store_run(store, statement);
}

int store_events_release(Store *store, bool reverse, int64_t max, int64_t *ret) {
        int r;

        r = store_run(store, store_statement(store, reverse ? SQL_EVENTS_RELEASE_REVERSE : SQL_EVENTS_RELEASE));
        *ret = sqlite3_changes(store->db);
        if (r == 0)
                r = store_run(store, store_statement(store, SQL_EVENTS_RELEASED));
        return r < 0 ? r : trim(store, max);
}

int store_events_delete(Store *store) {
        return store_run(store, store_statement(store, SQL_EVENTS_DELETE));
}

static const char *column_text(sqlite3_stmt *statement, int column) {
        const char *text = (const char *) sqlite3_column_text(statement, column);

        return text ? text : "";
}

static int show(Store *store, sqlite3_stmt *statement, StoreEach each, void *context) {
        StoredRecord record = { .id = sqlite3_column_int64(statement, 0), .pin = "" };

        text_reset(&store->json);
        text_printf(&store->json, "{\"id\":%" PRId64 "%s", record.id, column_text(statement, 1));
        if (text_status(&store->json) < 0)
                return -ENOMEM;
        record.json = store->json.data;
        record.length = store->json.length;
        return each(context, &record);
}

int store_events_read(Store *store, const EventsView *view, StoreEach each, void *context) {
        sqlite3_stmt *statement = store_statement(store, view->order == EVENTS_NEWEST   ? SQL_EVENTS_NEWEST
                                                         : view->order == EVENTS_OLDEST ? SQL_EVENTS_OLDEST
                                                                                        : SQL_EVENTS_SHUFFLED);
        int step = SQLITE_DONE, r = 0, end;

        if (!statement || sqlite3_bind_int64(statement, 1, view->from) != SQLITE_OK)
                return -EIO;
        while (r == 0 && (step = sqlite3_step(statement)) == SQLITE_ROW)
                r = show(store, statement, each, context);
        end = store_done(statement, step);
        return end < 0 ? end : r < 0 ? r : 0;
}

int store_activity_note(Store *store, const char *card_num, int64_t instant) {
        sqlite3_stmt *statement = store_statement(store, SQL_ACTIVITY_NOTE);

        if (!statement || sqlite3_bind_text(statement, 1, card_num, -1, SQLITE_STATIC) != SQLITE_OK ||
            sqlite3_bind_int64(statement, 2, instant) != SQLITE_OK)
                return -EIO;
        return store_run(store, statement);
}

/* The columns are id, json and the last activity. */
static int show_fob(Store *store, sqlite3_stmt *statement, StoreEach each, void *context) {
        StoredRecord record = { .id = sqlite3_column_int64(statement, 0), .pin = "" };
        char instant[INSTANT_TEXT_MAX] = "";

        if (sqlite3_column_type(statement, 2) != SQLITE_NULL)
                instant_format(sqlite3_column_int64(statement, 2), instant);
        text_reset(&store->json);
        text_puts(&store->json, column_text(statement, 1));
        if (text_status(&store->json) < 0)
                return -ENOMEM;
        store->json.length--;
        text_printf(&store->json, ",\"last_activity\":\"%s\"}", instant);
        if (text_status(&store->json) < 0)
                return -ENOMEM;
        record.json = store->json.data;
        record.length = store->json.length;
        return each(context, &record);
}

int store_fobcheck_read(Store *store, int64_t after, size_t max, StoreEach each, void *context, size_t *ret) {
        sqlite3_stmt *statement = store_statement(store, SQL_FOBCHECK_READ);
        int step = SQLITE_DONE, r = 0, end;

        if (!statement || sqlite3_bind_int64(statement, 1, after) != SQLITE_OK ||
            sqlite3_bind_int64(statement, 2, (int64_t) max) != SQLITE_OK)
                return -EIO;
        *ret = 0;
        while (r == 0 && (step = sqlite3_step(statement)) == SQLITE_ROW) {
                (*ret)++;
                r = show_fob(store, statement, each, context);
        }
        end = store_done(statement, step);
        return end < 0 ? end : r < 0 ? r : 0;
}
