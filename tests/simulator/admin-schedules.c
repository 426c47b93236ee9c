/* /_sim/schedules: the hours, in the words of the API: d0 to d6, start, stop. */

#include <errno.h>
#include <string.h>

#include "tests/simulator/route.h"

enum {
        NAME_MAX_BYTES = 255,
        REFUSED = 1,
};

static int find(const Request *request, Schedule *ret) {
        Store *store = request->sim->store;
        const char *name = request_argument(request, "name");
        int64_t id;
        int r;

        if (name) {
                r = store_schedule_find(store, name, &id);
                if (r != 0)
                        return r;
        } else if (request_argument_number(request, "id", &id) < 0 || id == 0)
                return STORE_NOBODY;
        return store_schedule_get(store, id, ret);
}

static int set_name(Schedule *schedule, const char *name) {
        char *copy;

        if (!name || name[0] == '\0' || strlen(name) > NAME_MAX_BYTES)
                return REFUSED;
        copy = strdup(name);
        if (!copy)
                return -ENOMEM;
        free(schedule->name);
        schedule->name = copy;
        return 0;
}

static int set_day(Schedule *schedule, int day, json_object *value) {
        bool included;

        if (json_boolean(value, &included) != 0)
                return REFUSED;
        schedule->days = included ? schedule->days | (INT64_C(1) << day) : schedule->days & ~(INT64_C(1) << day);
        return 0;
}

static int read_property(Schedule *schedule, const char *key, json_object *value) {
        const char *text = json_text(value);

        if (strcmp(key, "name") == 0)
                return set_name(schedule, text);
        if (strcmp(key, "start") == 0)
                return text && schedule_parse_time(text, &schedule->start) == 0 ? 0 : REFUSED;
        if (strcmp(key, "stop") == 0)
                return text && schedule_parse_time(text, &schedule->stop) == 0 ? 0 : REFUSED;
        if (strcmp(key, "id") == 0)
                return json_id(value, &schedule->id) == 0 && schedule->id > 0 ? 0 : REFUSED;
        if (key[0] == 'd' && key[1] >= '0' && key[1] < '0' + SCHEDULE_DAYS && key[2] == '\0')
                return set_day(schedule, key[1] - '0', value);
        return REFUSED;
}

static int put(Request *request, Schedule *schedule, Reply *reply) {
        int r;

        if (!json_object_is_type(request->json, json_type_object))
                return reply_error(reply, MHD_HTTP_BAD_REQUEST, "A schedule is a JSON object.");
        json_object_object_foreach(request->json, key, value) {
                r = read_property(schedule, key, value);
                if (r < 0)
                        return r;
                if (r == REFUSED)
                        return reply_error(reply, MHD_HTTP_BAD_REQUEST, "Invalid %s found: %s", key,
                                           value ? json_object_get_string(value) : "null");
        }
        if (!schedule->name)
                return reply_error(reply, MHD_HTTP_BAD_REQUEST, "A schedule needs a \"name\".");
        r = store_schedule_put(request->sim->store, schedule);
        if (r < 0)
                return r;
        schedule_write(schedule, &reply->text);
        return text_status(&reply->text);
}

int admin_schedules_post(Request *request, Reply *reply) {
        _cleanup_(schedule_deinit) Schedule schedule = SCHEDULE_INIT;
        int r;

        r = put(request, &schedule, reply);
        return r;
}

int admin_schedules_patch(Request *request, Reply *reply) {
        _cleanup_(schedule_deinit) Schedule schedule = SCHEDULE_INIT;
        int r;

        r = find(request, &schedule);
        if (r == STORE_NOBODY)
                r = reply_status(reply, MHD_HTTP_NOT_FOUND);
        else if (r == 0 && json_member(request->json, "id"))
                r = reply_error(reply, MHD_HTTP_BAD_REQUEST, "An \"id\" can't be changed.");
        else if (r == 0)
                r = put(request, &schedule, reply);
        return r;
}

int admin_schedules_delete(Request *request, Reply *reply) {
        _cleanup_(schedule_deinit) Schedule schedule = SCHEDULE_INIT;
        int r;

        r = find(request, &schedule);
        if (r == 0)
                r = store_schedule_delete(request->sim->store, schedule.id);
        if (r == STORE_NOBODY)
                return reply_status(reply, MHD_HTTP_NOT_FOUND);
        if (r < 0)
                return r;
        text_puts(&reply->text, "{\"deleted\":1}");
        return text_status(&reply->text);
}

int admin_schedules_get(Request *request, Reply *reply) {
        size_t n;
        int r;

        text_puts(&reply->text, "{\"schedules\":[");
        r = store_schedules_read(request->sim->store, 0, INT64_MAX, reply_append, reply, &n);
        text_puts(&reply->text, "]}");
        return r < 0 ? r : text_status(&reply->text);
}
