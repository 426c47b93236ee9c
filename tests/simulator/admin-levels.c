/* /_sim/levels: two levels may well have one name. */

#include <errno.h>
#include <string.h>

#include "tests/simulator/route.h"

enum {
        LEVEL_NAME_MAX = 255,
};

int admin_levels_get(Request *request, Reply *reply) {
        Store *store = request->sim->store;
        const Levels *levels = store_levels(store);

        text_puts(&reply->text, "{\"levels\":[");
        for (size_t i = 0; i < levels_count(levels); i++) {
                int r;

                if (i > 0)
                        text_puts(&reply->text, ",");
                r = store_level_write(store, levels_id(levels, i), true, &reply->text);
                if (r != 0)
                        return r;
        }
        text_puts(&reply->text, "]}");
        return text_status(&reply->text);
}

static const char *name_of(const Request *request) {
        const char *name = json_text(json_member(request->json, "name"));

        return name && name[0] != '\0' && strlen(name) <= LEVEL_NAME_MAX ? name : NULL;
}

/* The level that ?id= or ?name= names, or STORE_NOBODY. */
static int find(const Request *request, int64_t *ret) {
        const char *name = request_argument(request, "name");

        if (name)
                return levels_find(store_levels(request->sim->store), name, ret);
        if (request_argument_number(request, "id", ret) < 0 || *ret == 0)
                return STORE_NOBODY;
        return 0;
}

/* A schedule by id or by name; null is always. */
static int set_schedule(Store *store, int64_t level, json_object *value) {
        _cleanup_(schedule_deinit) Schedule schedule = SCHEDULE_INIT;
        const char *name = json_text(value);
        int64_t id = 0;
        int r = 0;

        if (name)
                r = store_schedule_find(store, name, &id);
        else if (value && json_integer(value, &id) != 0)
                r = STORE_NOBODY;
        if (r == 0 && id > 0)
                r = store_schedule_get(store, id, &schedule);
        return r == 0 ? store_level_set_schedule(store, level, id) : r;
}

/* These doors and no others, each by id or by name. */
static int set_doors(Store *store, int64_t level, json_object *values) {
        int r;

        if (!json_object_is_type(values, json_type_array))
                return STORE_NOBODY;
        r = store_level_clear_doors(store, level);
        for (size_t i = 0; r == 0 && i < json_object_array_length(values); i++) {
                _cleanup_(door_deinit) Door door = DOOR_INIT;
                json_object *value = json_object_array_get_idx(values, i);
                const char *name = json_text(value);
                int64_t id;

                if (name)
                        r = store_door_find(store, name, &id);
                else
                        r = json_integer(value, &id) == 0 ? store_door_get(store, id, &door) : STORE_NOBODY;
                if (r == 0)
                        r = store_level_add_door(store, level, id);
        }
        return r;
}

/* What the body says of the level beside its id, or STORE_NOBODY when it names what is not there. */
static int change(Request *request, int64_t id) {
        Store *store = request->sim->store;
        json_object *doors = NULL, *schedule = NULL;
        int r = 0;

        if (json_member(request->json, "name") && strcmp(name_of(request), levels_name(store_levels(store), id)) != 0)
                r = store_level_rename(store, id, name_of(request));
        if (r == 0 && json_object_object_get_ex(request->json, "doors", &doors))
                r = set_doors(store, id, doors);
        if (r == 0 && json_object_object_get_ex(request->json, "schedule", &schedule))
                r = set_schedule(store, id, schedule);
        return r;
}

static int finish(Request *request, int r, int64_t id, Reply *reply) {
        Store *store = request->sim->store;

        if (r == 0) {
                r = store_commit(store);
                return r < 0 ? r : store_level_write(store, id, true, &reply->text);
        }
        store_rollback(store);
        if (store_levels_load(store) < 0)
                return -EIO;
        if (r == STORE_NOBODY)
                return reply_error(reply, MHD_HTTP_BAD_REQUEST, "There is no such door, or no such schedule.");
        return r == -EEXIST ? reply_error(reply, MHD_HTTP_CONFLICT, "There is a level with this id already.") : r;
}

int admin_levels_post(Request *request, Reply *reply) {
        const char *name = name_of(request);
        int64_t id = 0;
        int r;

        if (!name)
                return reply_error(reply, MHD_HTTP_BAD_REQUEST, "A level needs a \"name\".");
        if (json_member(request->json, "id") && (json_id(json_member(request->json, "id"), &id) != 0 || id <= 0))
                return reply_error(reply, MHD_HTTP_BAD_REQUEST, "An \"id\" is a number above 0.");
        r = store_begin(request->sim->store);
        if (r < 0)
                return r;
        r = store_level_add(request->sim->store, &id, name);
        if (r == 0)
                r = change(request, id);
        return finish(request, r, id, reply);
}

int admin_levels_patch(Request *request, Reply *reply) {
        int64_t id;
        int r;

        if (!json_object_is_type(request->json, json_type_object) ||
            (json_member(request->json, "name") && !name_of(request)))
                return reply_error(reply, MHD_HTTP_BAD_REQUEST,
                                   "\"name\", \"doors\" and \"schedule\" are what can be changed.");
        r = find(request, &id);
        if (r == 0 && !levels_name(store_levels(request->sim->store), id))
                r = STORE_NOBODY;
        if (r == STORE_NOBODY)
                return reply_status(reply, MHD_HTTP_NOT_FOUND);
        if (r == 0)
                r = store_begin(request->sim->store);
        return r < 0 ? r : finish(request, change(request, id), id, reply);
}

/* Levels are rendered into their holders, so it is all or nothing. */
static int delete(Request *request, int64_t id) {
        Store *store = request->sim->store;
        int r;

        r = store_begin(store);
        if (r < 0)
                return r;
        r = store_level_delete(store, id);
        if (r == 0)
                return store_commit(store);
        store_rollback(store);
        return r;
}

int admin_levels_delete(Request *request, Reply *reply) {
        int64_t id;
        int r;

        r = find(request, &id);
        if (r == 0)
                r = delete(request, id);
        if (r == STORE_NOBODY)
                return reply_status(reply, MHD_HTTP_NOT_FOUND);
        if (r < 0)
                return r;
        text_puts(&reply->text, "{\"deleted\":1}");
        return text_status(&reply->text);
}
