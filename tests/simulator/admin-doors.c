/* /_sim/doors: the doors with their batteries and clocks, made and changed by hand. */

#include <errno.h>
#include <string.h>

#include "tests/simulator/route.h"

enum {
        CLOCK_SKEW_MAX = 400 * DAY_SECONDS,
        REFUSED = 1,
};

static int bad(Reply *reply, const char *what) {
        int r = reply_error(reply, MHD_HTTP_BAD_REQUEST, "%s", what);

        return r < 0 ? r : REFUSED;
}

/* The door that ?id= or ?name= names, or STORE_NOBODY. */
static int find(const Request *request, Door *ret) {
        Store *store = request->sim->store;
        const char *name = request_argument(request, "name");
        int64_t id;
        int r;

        if (name) {
                r = store_door_find(store, name, &id);
                if (r != 0)
                        return r;
        } else if (request_argument_number(request, "id", &id) < 0 || id == 0)
                return STORE_NOBODY;
        return store_door_get(store, id, ret);
}

/* 0.64, or null where there is no battery. */
static bool read_battery(json_object *value, int64_t *ret) {
        double level;

        if (!value) {
                *ret = DOOR_BATTERY_NONE;
                return true;
        }
        if (!json_object_is_type(value, json_type_double) && !json_object_is_type(value, json_type_int))
                return false;
        level = json_object_get_double(value);
        if (!(level >= 0 && level <= 1))
                return false;
        *ret = (int64_t) (level * 100 + 0.5);
        return true;
}

static int read_text(Door *door, const char *key, json_object *value) {
        const char *text = json_text(value);

        for (size_t i = 0; i < DOOR_TEXTS; i++) {
                if (strcmp(key, door_text_names[i]) != 0)
                        continue;
                if (!text || strlen(text) > DOOR_TEXT_LENGTH_MAX)
                        return REFUSED;
                return door_set_text(door, (DoorText) i, text);
        }
        return REFUSED;
}

static int read_property(Door *door, const char *key, json_object *value) {
        if (strcmp(key, "levels") == 0)
                return json_object_is_type(value, json_type_array) ? 0 : REFUSED;
        if (strcmp(key, "id") == 0)
                return json_id(value, &door->id) == 0 && door->id > 0 ? 0 : REFUSED;
        if (strcmp(key, "enabled") == 0)
                return json_boolean(value, &door->enabled) == 0 ? 0 : REFUSED;
        if (strcmp(key, "battery_level") == 0)
                return read_battery(value, &door->battery) ? 0 : REFUSED;
        if (strcmp(key, "clock_skew") == 0)
                return json_integer(value, &door->clock_skew) == 0 && door->clock_skew >= -CLOCK_SKEW_MAX &&
                       door->clock_skew <= CLOCK_SKEW_MAX ? 0 : REFUSED;
        return read_text(door, key, value);
}

static int read_door(Door *door, json_object *record, Reply *reply) {
        if (!json_object_is_type(record, json_type_object))
                return bad(reply, "A door, or {\"doors\": [doors]}, is what is needed.");
        json_object_object_foreach(record, key, value) {
                int r = read_property(door, key, value);

                if (r < 0)
                        return r;
                if (r == REFUSED) {
                        r = reply_error(reply, MHD_HTTP_BAD_REQUEST, "Invalid %s found: %s", key,
                                        value ? json_object_get_string(value) : "null");
                        return r < 0 ? r : REFUSED;
                }
        }
        return door_text(door, DOOR_NAME)[0] != '\0' ? 0 : bad(reply, "A door needs a \"name\".");
}

/* By id or by name. */
static int find_level(Store *store, json_object *value, int64_t *ret) {
        const char *name = json_text(value);

        if (name && levels_find(store_levels(store), name, ret) == 0)
                return 0;
        return json_integer(value, ret) == 0 && levels_name(store_levels(store), *ret) ? 0 : STORE_NOBODY;
}

static int add_to_levels(Store *store, const Door *door, json_object *levels, Reply *reply) {
        for (size_t i = 0; levels && i < json_object_array_length(levels); i++) {
                json_object *value = json_object_array_get_idx(levels, i);
                int64_t level;
                int r;

                if (find_level(store, value, &level) != 0) {
                        r = reply_error(reply, MHD_HTTP_BAD_REQUEST, "Invalid access level found: %s",
                                        value ? json_object_get_string(value) : "null");
                        return r < 0 ? r : REFUSED;
                }
                r = store_level_add_door(store, level, door->id);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int put(Request *request, Door *door, json_object *record, Reply *reply) {
        int r;

        r = read_door(door, record, reply);
        if (r == 0)
                r = store_door_put(request->sim->store, door);
        if (r == 0)
                r = add_to_levels(request->sim->store, door, json_member(record, "levels"), reply);
        return r;
}

/* What was refused changes nothing. */
static int finish(Request *request, int r) {
        if (r != 0) {
                store_rollback(request->sim->store);
                return r < 0 ? r : 0;
        }
        return store_commit(request->sim->store);
}

static int post_one(Request *request, json_object *record, bool first, Reply *reply) {
        _cleanup_(door_deinit) Door door = DOOR_INIT;
        int r;

        r = put(request, &door, record, reply);
        if (r == 0) {
                text_puts(&reply->text, first ? "{\"doors\":[" : ",");
                door_write(&door, DOOR_VIEW_BY_HAND, &reply->text);
                r = text_status(&reply->text);
        }
        return r;
}

int admin_doors_post(Request *request, Reply *reply) {
        json_object *doors = json_member(request->json, "doors");
        bool many = json_object_is_type(doors, json_type_array);
        size_t n = many ? json_object_array_length(doors) : 1;
        int r;

        r = store_begin(request->sim->store);
        for (size_t i = 0; r == 0 && i < n; i++)
                r = post_one(request, many ? json_object_array_get_idx(doors, i) : request->json, i == 0, reply);
        if (r == 0)
                text_puts(&reply->text, n > 0 ? "]}" : "{\"doors\":[]}");
        r = finish(request, r);
        return r < 0 ? r : text_status(&reply->text);
}

static int patch(Request *request, Door *door, Reply *reply) {
        int r;

        r = store_begin(request->sim->store);
        if (r == 0)
                r = put(request, door, request->json, reply);
        if (r == 0)
                door_write(door, DOOR_VIEW_BY_HAND, &reply->text);
        r = finish(request, r);
        return r < 0 ? r : text_status(&reply->text);
}

int admin_doors_patch(Request *request, Reply *reply) {
        _cleanup_(door_deinit) Door door = DOOR_INIT;
        int r;

        r = find(request, &door);
        if (r == STORE_NOBODY)
                r = reply_status(reply, MHD_HTTP_NOT_FOUND);
        else if (r == 0 && json_member(request->json, "id"))
                r = reply_error(reply, MHD_HTTP_BAD_REQUEST, "An \"id\" can't be changed.");
        else if (r == 0)
                r = patch(request, &door, reply);
        return r;
}

int admin_doors_delete(Request *request, Reply *reply) {
        _cleanup_(door_deinit) Door door = DOOR_INIT;
        int r;

        r = find(request, &door);
        if (r == 0)
                r = store_door_delete(request->sim->store, door.id);
        if (r == STORE_NOBODY)
                return reply_status(reply, MHD_HTTP_NOT_FOUND);
        if (r < 0)
                return r;
        text_puts(&reply->text, "{\"deleted\":1}");
        return text_status(&reply->text);
}

int admin_doors_get(Request *request, Reply *reply) {
        size_t n;
        int r;

        text_puts(&reply->text, "{\"doors\":[");
        r = store_doors_read(request->sim->store, DOOR_VIEW_BY_HAND, 0, INT64_MAX, reply_append, reply, &n);
        text_puts(&reply->text, "]}");
        return r < 0 ? r : text_status(&reply->text);
}
