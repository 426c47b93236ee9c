#pragma once

/*
 * Store
 *
 * All that the service holds, in one SQLite database. Users and fobs are records of one table, and have beside their
 * properties the JSON that the service shows of them, so that a listing copies text. Uniqueness is the API's business,
 * not the store's: the administration may make what a real instance could hold as well, such as two users with one
 * e-mail address.
 *
 * Not for several threads at once; the caller holds the lock of the simulator.
 */

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "tests/simulator/door.h"
#include "tests/simulator/text.h"
#include "tests/simulator/user.h"

typedef struct Store Store;

enum {
        STORE_NOBODY = 1,       /* there is no such record */
};

/* Opens or creates the database; ":memory:" lives as long as the process. */
int store_open(const char *path, Store **ret, Error *reterr);
Store *store_close(Store *store);
DEFINE_CLEANUP(Store *, store_close)

/* Writes go between begin and one of the others. */
int store_begin(Store *store);
int store_commit(Store *store);
void store_rollback(Store *store);

/* Fills @ret, which the caller initialised and deinitialises, or answers STORE_NOBODY. */
int store_user_get(Store *store, int64_t id, User *ret);

/*
 * The first user, apart from @except, with the value @value of USER_ID_NUM, USER_CARD_NUM or USER_EMAIL (whose letters
 * may differ in case); or STORE_NOBODY.
 */
int store_user_find(Store *store, UserText by, const char *value, int64_t except, int64_t *ret);

/* The same among the users with an id above @after: the administration may have made several. */
int store_user_find_after(Store *store, UserText by, const char *value, int64_t except, int64_t after, int64_t *ret);

/* Draws an id unless the user has one, and tells it in @user->id. */
int store_user_insert(Store *store, User *user);
int store_user_update(Store *store, const User *user);
int store_user_delete(Store *store, int64_t id);
int store_users_delete(Store *store);
int store_users_count(Store *store, int64_t *ret);

/* A record as the service shows it. */
typedef struct StoredRecord {
        int64_t id;
        const char *json;
        size_t length;
        const char *pin;        /* of a user */
        int64_t holder;         /* of a fob */
} StoredRecord;

typedef int (*StoreEach)(void *context, const StoredRecord *record);

/*
 * Calls @each for up to @max users with an id above @after, in the order of their ids, and tells how many there were.
 * A positive answer of @each ends it early; a negative one is handed on.
 */
int store_users_read(Store *store, int64_t after, size_t max, StoreEach each, void *context, size_t *ret);

/* The same of fobs alone. */
int store_fobs_read(Store *store, int64_t after, size_t max, StoreEach each, void *context, size_t *ret);

/* Calls @each for the one user @id, or answers STORE_NOBODY. */
int store_user_read(Store *store, int64_t id, StoreEach each, void *context);

/* Doors and schedules. A door's or a schedule's id of 0 is drawn, and told. */
int store_door_get(Store *store, int64_t id, Door *ret);
int store_door_find(Store *store, const char *name, int64_t *ret);
int store_door_put(Store *store, Door *door);
int store_door_delete(Store *store, int64_t id);
int store_doors_read(Store *store, DoorView view, int64_t after, size_t max, StoreEach each, void *context,
                     size_t *ret);

int store_schedule_get(Store *store, int64_t id, Schedule *ret);
int store_schedule_find(Store *store, const char *name, int64_t *ret);
int store_schedule_put(Store *store, Schedule *schedule);
int store_schedule_delete(Store *store, int64_t id);
int store_schedules_read(Store *store, int64_t after, size_t max, StoreEach each, void *context, size_t *ret);

/* The levels as they are now. Borrowed, until the next change of a level. */
const Levels *store_levels(Store *store);

size_t levels_count(const Levels *levels);
int64_t levels_id(const Levels *levels, size_t index);

/* The id of the first level with this name, or STORE_NOBODY. */
int levels_find(const Levels *levels, const char *name, int64_t *ret);

/* Reads them anew, after a transaction with changes of levels was rolled back. */
int store_levels_load(Store *store);

/* Adds a level; an @id of 0 is drawn, and told. -EEXIST when the id is taken. */
int store_level_add(Store *store, int64_t *id, const char *name);

/* Both render the users who hold the level anew, inside a transaction of the caller. */
int store_level_rename(Store *store, int64_t id, const char *name);
int store_level_delete(Store *store, int64_t id);

/* The doors of a level: all gone, and one more. */
int store_level_clear_doors(Store *store, int64_t level);
int store_level_add_door(Store *store, int64_t level, int64_t door);

/* 0 when the level has the door, else STORE_NOBODY. */
int store_level_has_door(Store *store, int64_t level, int64_t door);

/* The schedule during which a level opens its doors; 0 for always. */
int64_t levels_schedule(const Levels *levels, int64_t id);
int store_level_set_schedule(Store *store, int64_t level, int64_t schedule);

/* Appends the level as the service shows it, or as the administration does, with its schedule. */
int store_level_write(Store *store, int64_t id, bool by_hand, Text *text);
int store_levels_read(Store *store, int64_t after, size_t max, StoreEach each, void *context, size_t *ret);
