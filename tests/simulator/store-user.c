/* Users in the store. */

#include <errno.h>
#include <string.h>

#include "tests/simulator/instant.h"
#include "tests/simulator/json.h"
#include "tests/simulator/store-internal.h"

static int bind_text(sqlite3_stmt *statement, int at, const char *value) {
        return sqlite3_bind_text(statement, at, value, -1, SQLITE_STATIC);
}

static int bind_instant(sqlite3_stmt *statement, int at, int64_t instant) {
        if (instant == INSTANT_NONE)
                return sqlite3_bind_null(statement, at);
        return sqlite3_bind_int64(statement, at, instant);
}

static int render(Store *store, const User *user) {
        text_reset(&store->json);
        user_write(user, &store->levels, &store->json);

        text_reset(&store->list);
        text_puts(&store->list, "[");
        for (size_t i = 0; i < user->n_levels; i++) {
                if (i > 0)
                        text_puts(&store->list, ",");
                text_int(&store->list, user->levels[i]);
        }
        text_puts(&store->list, "]");
        return text_status(&store->json) < 0 ? -ENOMEM : text_status(&store->list);
}

/* Insert and update number their parameters alike. */
static int write_user(Store *store, StoreStatement which, const User *user) {
        sqlite3_stmt *statement = store_statement(store, which);
        int at = 2, r;

        if (!statement)
                return -EIO;
        r = render(store, user);
        if (r < 0)
                return r;

        r = sqlite3_bind_int64(statement, 1, user->id);
        for (size_t i = 0; i < USER_TEXTS; i++)
                r |= bind_text(statement, at++, user_text(user, (UserText) i));
        r |= bind_instant(statement, at++, user->effective);
        r |= bind_instant(statement, at++, user->expires);
        r |= sqlite3_bind_int(statement, at++, user->enabled);
        r |= bind_text(statement, at++, store->list.data);
        r |= bind_text(statement, at++, store->json.data);
        r |= sqlite3_bind_int64(statement, at++, user->holder);
        r |= sqlite3_bind_int(statement, at++, user->claimed);
        if (r != SQLITE_OK)
                return -ENOMEM;
        return store_run(store, statement);
}

/* The id is part of the rendered record, so it is known before the row is written. None is given out twice. */
int store_user_insert(Store *store, User *user) {
        int r;

        if (user->id <= 0)
                user->id = store->next_user;
        r = write_user(store, SQL_USER_INSERT, user);
        if (r == 0 && user->id >= store->next_user)
                store->next_user = user->id + 1;
        return r;
}

int store_user_update(Store *store, const User *user) {
        return write_user(store, SQL_USER_UPDATE, user);
}

static int read_levels(const char *json, User *user) {
        _cleanup_(json_object_putp) json_object *list = NULL;
        int r;

        r = json_parse(json, strlen(json), &list);
        if (r != 0)
                return r < 0 ? r : -EUCLEAN;
        for (size_t i = 0; i < json_object_array_length(list); i++) {
                r = user_add_level(user, json_object_get_int64(json_object_array_get_idx(list, i)));
                if (r < 0)
                        return r;
        }
        return 0;
}

static const char *column_text(sqlite3_stmt *statement, int column) {
        const char *text = (const char *) sqlite3_column_text(statement, column);

        return text ? text : "";
}

static int64_t column_instant(sqlite3_stmt *statement, int column) {
        if (sqlite3_column_type(statement, column) == SQLITE_NULL)
                return INSTANT_NONE;
        return sqlite3_column_int64(statement, column);
}

static int read_user(sqlite3_stmt *statement, User *user) {
        int column = 0, r;

        for (size_t i = 0; i < USER_TEXTS; i++) {
                r = user_set_text(user, (UserText) i, column_text(statement, column++));
                if (r < 0)
                        return r;
        }
        user->effective = column_instant(statement, column++);
        user->expires = column_instant(statement, column++);
        user->enabled = sqlite3_column_int(statement, column++) != 0;
        user->holder = sqlite3_column_int64(statement, column++);
        user->claimed = sqlite3_column_int(statement, column++) != 0;
        user->n_levels = 0;
        return read_levels(column_text(statement, column), user);
}

int store_user_get(Store *store, int64_t id, User *ret) {
        sqlite3_stmt *statement = store_statement(store, SQL_USER_GET);
        int step, r = 0, end;

        if (!statement || sqlite3_bind_int64(statement, 1, id) != SQLITE_OK)
                return -EIO;
        step = sqlite3_step(statement);
        if (step == SQLITE_ROW) {
                ret->id = id;
                r = read_user(statement, ret);
        }
        end = store_done(statement, step);
        if (end < 0 || r < 0)
                return end < 0 ? end : r;
        return step == SQLITE_ROW ? 0 : STORE_NOBODY;
}

int store_user_find_after(Store *store, UserText by, const char *value, int64_t except, int64_t after, int64_t *ret) {
        sqlite3_stmt *statement = store_statement(store, by == USER_ID_NUM     ? SQL_USER_BY_ID_NUM
                                                         : by == USER_CARD_NUM ? SQL_USER_BY_CARD_NUM
                                                                               : SQL_USER_BY_EMAIL);
        int step, r;

        if (!statement || bind_text(statement, 1, value) != SQLITE_OK ||
            sqlite3_bind_int64(statement, 2, except) != SQLITE_OK ||
            sqlite3_bind_int64(statement, 3, after) != SQLITE_OK)
                return -EIO;
        step = sqlite3_step(statement);
        if (step == SQLITE_ROW)
                *ret = sqlite3_column_int64(statement, 0);
        r = store_done(statement, step);
        if (r < 0)
                return r;
        return step == SQLITE_ROW ? 0 : STORE_NOBODY;
}

int store_user_find(Store *store, UserText by, const char *value, int64_t except, int64_t *ret) {
        return store_user_find_after(store, by, value, except, 0, ret);
}

/* With the further credentials. */
int store_user_delete(Store *store, int64_t id) {
        static const StoreStatement statements[] = { SQL_CREDENTIALS_OF_USER_DELETE, SQL_USER_DELETE };

        for (size_t i = 0; i < ELEMENTS(statements); i++) {
                sqlite3_stmt *statement = store_statement(store, statements[i]);
                int r;

                if (!statement || sqlite3_bind_int64(statement, 1, id) != SQLITE_OK)
                        return -EIO;
                r = store_run(store, statement);
                if (r < 0)
                        return r;
        }
        return sqlite3_changes(store->db) > 0 ? 0 : STORE_NOBODY;
}

int store_users_delete(Store *store) {
        int r;

        r = store_run(store, store_statement(store, SQL_CREDENTIALS_DELETE));
        return r < 0 ? r : store_run(store, store_statement(store, SQL_USERS_DELETE));
}

int store_number(Store *store, StoreStatement which, int64_t *ret) {
        sqlite3_stmt *statement = store_statement(store, which);
        int step;

        if (!statement)
                return -EIO;
        step = sqlite3_step(statement);
        if (step == SQLITE_ROW)
                *ret = sqlite3_column_int64(statement, 0);
        return store_done(statement, step);
}

int store_users_count(Store *store, int64_t *ret) {
        return store_number(store, SQL_USERS_COUNT, ret);
}

static int hand_over(sqlite3_stmt *statement, StoreEach each, void *context) {
        StoredRecord user = {
                .id = sqlite3_column_int64(statement, 0),
                .json = column_text(statement, 1),
                .length = (size_t) sqlite3_column_bytes(statement, 1),
                .pin = column_text(statement, 2),
                .holder = sqlite3_column_int64(statement, 3),
        };

        return each(context, &user);
}

static int read_block(Store *store, StoreStatement which, int64_t after, size_t max, StoreEach each, void *context,
                      size_t *ret) {
        sqlite3_stmt *statement = store_statement(store, which);
        size_t n = 0;
        int step, r = 0, end;

        if (!statement || sqlite3_bind_int64(statement, 1, after) != SQLITE_OK ||
            sqlite3_bind_int64(statement, 2, (int64_t) max) != SQLITE_OK)
                return -EIO;
        while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
                n++;
                r = hand_over(statement, each, context);
                if (r != 0)
                        break;
        }
        end = store_done(statement, step);
        if (end < 0 || r < 0)
                return end < 0 ? end : r;
        *ret = n;
        return 0;
}

int store_users_read(Store *store, int64_t after, size_t max, StoreEach each, void *context, size_t *ret) {
        return read_block(store, SQL_USERS_READ, after, max, each, context, ret);
}

int store_fobs_read(Store *store, int64_t after, size_t max, StoreEach each, void *context, size_t *ret) {
        return read_block(store, SQL_FOBS_READ, after, max, each, context, ret);
}

int store_user_read(Store *store, int64_t id, StoreEach each, void *context) {
        sqlite3_stmt *statement = store_statement(store, SQL_USER_READ);
        int step, r = 0, end;

        if (!statement || sqlite3_bind_int64(statement, 1, id) != SQLITE_OK)
                return -EIO;
        step = sqlite3_step(statement);
        if (step == SQLITE_ROW)
                r = hand_over(statement, each, context);
        end = store_done(statement, step);
        if (end < 0 || r < 0)
                return end < 0 ? end : r;
        return step == SQLITE_ROW ? 0 : STORE_NOBODY;
}
