/* Levels and doors in the store. The levels are kept in memory too: every rendered user names his. */

#include <errno.h>
#include <string.h>

#include "tests/simulator/store-internal.h"

void store_levels_free(Levels *levels) {
        for (size_t i = 0; i < levels->n; i++)
                free(levels->items[i].name);
        free(levels->items);
        *levels = (Levels) { 0 };
}

static int levels_append(Levels *levels, int64_t id, const char *name, int64_t schedule) {
        Level *items = reallocarray(levels->items, levels->n + 1, sizeof(*items));

        if (!items)
                return -ENOMEM;
        levels->items = items;
        items[levels->n].id = id;
        items[levels->n].schedule = schedule;
        items[levels->n].name = strdup(name);
        if (!items[levels->n].name)
                return -ENOMEM;
        levels->n++;
        return 0;
}

int store_levels_load(Store *store) {
        sqlite3_stmt *statement = store_statement(store, SQL_LEVELS);
        Levels levels = { 0 };
        int step = SQLITE_DONE, r = 0, end;

        if (!statement)
                return -EIO;
        while (r == 0 && (step = sqlite3_step(statement)) == SQLITE_ROW) {
                const char *name = (const char *) sqlite3_column_text(statement, 1);

                r = levels_append(&levels, sqlite3_column_int64(statement, 0), name ? name : "",
                                  sqlite3_column_int64(statement, 2));
        }
        end = store_done(statement, step);
        if (end < 0 || r < 0) {
                store_levels_free(&levels);
                return end < 0 ? end : r;
        }

        store_levels_free(&store->levels);
        store->levels = levels;
        return 0;
}

const Levels *store_levels(Store *store) {
        return &store->levels;
}

size_t levels_count(const Levels *levels) {
        return levels->n;
}

int64_t levels_id(const Levels *levels, size_t index) {
        return levels->items[index].id;
}

static const Level *levels_get(const Levels *levels, int64_t id) {
        size_t low = 0, high = levels->n;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (levels->items[middle].id == id)
                        return &levels->items[middle];
                if (levels->items[middle].id < id)
                        low = middle + 1;
                else
                        high = middle;
        }
        return NULL;
}

const char *levels_name(const Levels *levels, int64_t id) {
        const Level *level = levels_get(levels, id);

        return level ? level->name : NULL;
}

int64_t levels_schedule(const Levels *levels, int64_t id) {
        const Level *level = levels_get(levels, id);

        return level ? level->schedule : 0;
}

int levels_find(const Levels *levels, const char *name, int64_t *ret) {
        for (size_t i = 0; i < levels->n; i++) {
                if (strcmp(levels->items[i].name, name) == 0) {
                        *ret = levels->items[i].id;
                        return 0;
                }
        }
        return STORE_NOBODY;
}

/* Runs a statement whose first parameter is @id and whose second, if it has one, is @name. */
static int run_with(Store *store, StoreStatement which, int64_t id, const char *name) {
        sqlite3_stmt *statement = store_statement(store, which);

        if (!statement)
                return -EIO;
        if ((id > 0 ? sqlite3_bind_int64(statement, 1, id) : sqlite3_bind_null(statement, 1)) != SQLITE_OK)
                return -EIO;
        if (name && sqlite3_bind_text(statement, 2, name, -1, SQLITE_STATIC) != SQLITE_OK)
                return -EIO;
        return store_run(store, statement);
}

int store_level_add(Store *store, int64_t *id, const char *name) {
        int r;

        if (*id > 0 && levels_name(&store->levels, *id))
                return -EEXIST;
        r = run_with(store, SQL_LEVEL_ADD, *id, name);
        if (r < 0)
                return r;
        *id = sqlite3_last_insert_rowid(store->db);
        return store_levels_load(store);
}

static int next_of_level(Store *store, int64_t level, int64_t after, int64_t *ret) {
        sqlite3_stmt *statement = store_statement(store, SQL_USERS_OF_LEVEL);
        int step, r;

        if (!statement || sqlite3_bind_int64(statement, 1, level) != SQLITE_OK ||
            sqlite3_bind_int64(statement, 2, after) != SQLITE_OK)
                return -EIO;
        step = sqlite3_step(statement);
        if (step == SQLITE_ROW)
                *ret = sqlite3_column_int64(statement, 0);
        r = store_done(statement, step);
        if (r < 0)
                return r;
        return step == SQLITE_ROW ? 0 : STORE_NOBODY;
}

static void drop_level(User *user, int64_t level) {
        size_t n = 0;

        for (size_t i = 0; i < user->n_levels; i++) {
                if (user->levels[i] != level)
                        user->levels[n++] = user->levels[i];
        }
        user->n_levels = n;
}

static int render_anew(Store *store, int64_t id, int64_t dropped) {
        _cleanup_(user_deinit) User user = USER_INIT;
        int r;

        r = store_user_get(store, id, &user);
        if (r != 0)
                return r < 0 ? r : -EUCLEAN;
        if (dropped > 0)
                drop_level(&user, dropped);
        return store_user_update(store, &user);
}

static int render_holders(Store *store, int64_t level, bool drop) {
        int64_t id = 0;
        int r;

        while ((r = next_of_level(store, level, id, &id)) == 0) {
                r = render_anew(store, id, drop ? level : 0);
                if (r < 0)
                        return r;
        }
        return r == STORE_NOBODY ? 0 : r;
}

int store_level_rename(Store *store, int64_t id, const char *name) {
        int r;

        if (!levels_name(&store->levels, id))
                return STORE_NOBODY;
        r = run_with(store, SQL_LEVEL_RENAME, id, name);
        if (r < 0)
                return r;
        r = store_levels_load(store);
        if (r < 0)
                return r;
        return render_holders(store, id, false);
}

int store_level_delete(Store *store, int64_t id) {
        int r;

        if (!levels_name(&store->levels, id))
                return STORE_NOBODY;
        r = render_holders(store, id, true);
        if (r < 0)
                return r;
        r = run_with(store, SQL_LEVEL_DOORS_DELETE, id, NULL);
        if (r < 0)
                return r;
        r = run_with(store, SQL_LEVEL_DELETE, id, NULL);
        if (r < 0)
                return r;
        return store_levels_load(store);
}

static int run_with_pair(Store *store, StoreStatement which, int64_t first, int64_t second) {
        sqlite3_stmt *statement = store_statement(store, which);

        if (!statement || sqlite3_bind_int64(statement, 1, first) != SQLITE_OK ||
            sqlite3_bind_int64(statement, 2, second) != SQLITE_OK)
                return -EIO;
        return store_run(store, statement);
}

int store_level_clear_doors(Store *store, int64_t level) {
        return run_with(store, SQL_LEVEL_DOORS_DELETE, level, NULL);
}

int store_level_add_door(Store *store, int64_t level, int64_t door) {
        return run_with_pair(store, SQL_LEVEL_DOOR_ADD, level, door);
}

int store_level_has_door(Store *store, int64_t level, int64_t door) {
        sqlite3_stmt *statement = store_statement(store, SQL_LEVEL_HAS_DOOR);
        int step, r;

        if (!statement || sqlite3_bind_int64(statement, 1, level) != SQLITE_OK ||
            sqlite3_bind_int64(statement, 2, door) != SQLITE_OK)
                return -EIO;
        step = sqlite3_step(statement);
        r = store_done(statement, step);
        if (r < 0)
                return r;
        return step == SQLITE_ROW ? 0 : STORE_NOBODY;
}

int store_level_set_schedule(Store *store, int64_t level, int64_t schedule) {
        int r;

        r = run_with_pair(store, SQL_LEVEL_SCHEDULE, level, schedule);
        return r == 0 ? store_levels_load(store) : r;
}

static int write_doors(Store *store, int64_t level, Text *text) {
        sqlite3_stmt *statement = store_statement(store, SQL_LEVEL_DOORS);
        size_t n = 0;
        int step;

        if (!statement || sqlite3_bind_int64(statement, 1, level) != SQLITE_OK)
                return -EIO;
        while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
                const char *name = (const char *) sqlite3_column_text(statement, 1);

                text_puts(text, n++ == 0 ? ",\"doors\":[{\"id\":" : ",{\"id\":");
                text_int(text, sqlite3_column_int64(statement, 0));
                text_puts(text, ",\"name\":");
                text_json(text, name ? name : "", name ? strlen(name) : 0);
                text_puts(text, "}");
        }
        if (n > 0)
                text_puts(text, "]");
        return store_done(statement, step);
}

/* Without doors the property is not there at all, says the table of access levels. */
int store_level_write(Store *store, int64_t id, bool by_hand, Text *text) {
        const Level *level = levels_get(&store->levels, id);
        int r;

        if (!level)
                return STORE_NOBODY;
        text_puts(text, "{\"id\":");
        text_int(text, id);
        text_puts(text, ",\"name\":");
        text_json(text, level->name, strlen(level->name));
        r = write_doors(store, id, text);
        if (by_hand && level->schedule > 0) {
                text_puts(text, ",\"schedule\":");
                text_int(text, level->schedule);
        }
        text_puts(text, "}");
        return r < 0 ? r : text_status(text);
}

int store_levels_read(Store *store, int64_t after, size_t max, StoreEach each, void *context, size_t *ret) {
        int r = 0;

        *ret = 0;
        for (size_t i = 0; r == 0 && *ret < max && i < store->levels.n; i++) {
                StoredRecord record = { .id = store->levels.items[i].id, .pin = "" };

                if (record.id <= after)
                        continue;
                (*ret)++;
                text_reset(&store->json);
                r = store_level_write(store, record.id, false, &store->json);
                if (r != 0)
                        return r < 0 ? r : -EUCLEAN;
                record.json = store->json.data;
                record.length = store->json.length;
                r = each(context, &record);
        }
        return r < 0 ? r : 0;
}
