/* POST /door: doors are created with a name, and nothing else can be said of them. */

#include <string.h>

#include "tests/simulator/batch.h"
#include "tests/simulator/route.h"

static int check(Batch *batch, json_object *record, Complaints *complaints) {
        const char *name = json_text(json_member(record, "name"));
        int64_t other;
        int r;

        if (!name || name[0] == '\0') {
                complain(complaints, "No name found.");
                return 0;
        }
        if (strlen(name) > DOOR_TEXT_LENGTH_MAX) {
                complain(complaints, "Value of name exceeds maximum of %d bytes.", DOOR_TEXT_LENGTH_MAX);
                return 0;
        }
        batch_apply_refusal(batch, name, complaints);
        r = store_door_find(batch_store(batch), name, &other);
        if (r == 0)
                complain(complaints, "Door Name Already Exists: %s", name);
        return r < 0 ? r : 0;
}

static void check_properties(const Batch *batch, json_object *record, Complaints *complaints) {
        if (!batch_settings(batch)->strict)
                return;
        json_object_object_foreach(record, key, value) {
                if (strcmp(key, "name") != 0)
                        complain(complaints, "Unknown property found: %s", key);
        }
}

static int store(Batch *batch, json_object *record) {
        const char *name = json_text(json_member(record, "name"));
        _cleanup_(door_deinit) Door door = DOOR_INIT;
        int r;

        if (batch_ignores(batch, name, COUNT_INSERTED))
                return 0;
        r = door_set_text(&door, DOOR_NAME, name);
        if (r == 0)
                r = store_door_put(batch_store(batch), &door);
        return r;
}

static int refuse(Batch *batch, const Complaints *complaints, json_object *record) {
        _cleanup_(text_free) Text echo = { 0 };

        json_write(&echo, record);
        return batch_refuse(batch, complaints, &echo);
}

static int take_door(Batch *batch, json_object *record) {
        _cleanup_(complaints_deinit) Complaints complaints = { 0 };
        int r = 0;

        if (json_object_is_type(record, json_type_object)) {
                check_properties(batch, record, &complaints);
                r = check(batch, record, &complaints);
        } else
                complain(&complaints, "Invalid door object found: %s",
                         record ? json_object_get_string(record) : "null");
        if (r == 0)
                r = complaints_status(&complaints);
        if (r < 0)
                return r;
        return complaints.n > 0 ? refuse(batch, &complaints, record) : store(batch, record);
}

int api_door_post(Request *request, Reply *reply) {
        static const BatchKind kind = { .list = "doors", .options = BATCH_VALIDATE_FAILS_BATCH, .take = take_door };

        return batch_run(request, &kind, reply);
}
