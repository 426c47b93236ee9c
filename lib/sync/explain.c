/* All that is known of one person, as JSON for whoever asks why. */

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/time.h"
#include "lib/sync/explain.h"

void explain_add(json_object *object, const char *name, json_object *value) {
        (void) json_object_object_add(object, name, value);
}

void explain_add_text(json_object *object, const char *name, const char *text) {
        explain_add(object, name, text && text[0] ? json_object_new_string(text) : NULL);
}

void explain_add_instant(json_object *object, const char *name, int64_t instant) {
        char buffer[INSTANT_TEXT_SIZE];

        explain_add_text(object, name,
                 instant == INSTANT_NONE || instant_format_iso(instant, buffer) < 0 ? NULL : buffer);
}

/* Times of the daemon's own doing; 0 is never. */
static void add_usec(json_object *object, const char *name, int64_t usec) {
        explain_add_instant(object, name, usec > 0 ? usec / USEC_PER_SEC : INSTANT_NONE);
}

json_object *explain_level(Sync *sync, int64_t id) {
        json_object *level = json_object_new_object();
        Level *levels = NULL;
        size_t n = 0;

        if (snapshot_get_levels(sync->state, &levels, &n, NULL) < 0)
                n = 0;
        explain_add(level, "id", json_object_new_int64(id));
        for (size_t i = 0; i < n; i++)
                if (levels[i].id == id)
                        explain_add_text(level, "name", levels[i].name);
        levels_free(levels, n);
        return level;
}

static json_object *levels_json(Sync *sync, const User *user) {
        json_object *array = json_object_new_array();

        for (size_t i = 0; i < user->n_levels; i++)
                (void) json_object_array_add(array, explain_level(sync, user->levels[i]));
        return array;
}

/* The values of a record; the credential key is nobody's to see. */
static json_object *user_json(Sync *sync, const User *user) {
        json_object *object = json_object_new_object();

        for (Property p = 0; p < TEXT_PROPERTIES; p++)
                if (p != PROPERTY_CREDENTIAL_KEY)
                        explain_add_text(object, property_name(p), user_text(user, p));
        explain_add_instant(object, "access_effective", user->access_effective);
        explain_add_instant(object, "access_expires", user->access_expires);
        explain_add(object, "enabled", json_object_new_boolean(user->enabled));
        explain_add(object, "accesslevels", levels_json(sync, user));
        return object;
}

static int explain_person(Sync *sync, const char *key, json_object *object, bool *ret_known, Error *reterr) {
        _cleanup_(person_row_deinit) PersonRow person = PERSON_ROW_INIT;
        json_object *part;
        int r;

        r = person_get(sync->state, key, &person, reterr);
        if (r != 0)
                return r < 0 ? r : 0;
        *ret_known = true;
        part = json_object_new_object();
        explain_add(part, "read", json_object_new_int64(person.read));
        explain_add(part, "revoked_read", json_object_new_int64(person.revoked_read));
        explain_add(part, "absent", json_object_new_boolean(person.absent_since_usec >= 0));
        explain_add(part, "gone", json_object_new_boolean(person.gone));
        explain_add_instant(part, "boundary", person.boundary);
        explain_add(object, "person", part);
        return 0;
}

static int explain_link(Sync *sync, const char *key, json_object *object, bool *ret_known, Error *reterr) {
        _cleanup_(link_deinit) Link link = LINK_INIT;
        _cleanup_(held_user_deinit) HeldUser held = HELD_USER_INIT;
        json_object *part;
        int r;

        r = link_get(sync->state, key, &link, reterr);
        if (r != 0)
                return r < 0 ? r : 0;
        *ret_known = true;
        part = json_object_new_object();
        explain_add(part, "lockt_id", link.lockt_id > 0 ? json_object_new_int64(link.lockt_id) : NULL);
        add_usec(part, "linked", link.linked_usec);
        add_usec(part, "disabled_by_locktsync", link.disabled_usec);
        explain_add(part, "granted", levels_json(sync, &link.granted));
        explain_add(object, "link", part);

        r = snapshot_get(sync->state, link.lockt_id, &held, reterr);
        if (r != 0)
                return r < 0 ? r : 0;
        part = user_json(sync, &held.user);
        explain_add(part, "id", json_object_new_int64(held.user.id));
        add_usec(part, "seen", held.seen_usec);
        add_usec(part, "acknowledged", held.acked_usec);
        explain_add(part, "missing", json_object_new_boolean(held.missing));
        explain_add(object, "lockt", part);
        return 0;
}

static const char *standing_name(Standing standing) {
        static const char *const names[] = {
                [STANDING_IN] = "in",
                [STANDING_OUT] = "out",
                [STANDING_UNCLEAR] = "unclear",
                [STANDING_ABSENT] = "absent",
        };

        return names[standing];
}

static int explain_queue(Sync *sync, const char *key, json_object *object, bool *ret_known, Error *reterr) {
        static const char *const lanes[] = {
                [LANE_TAKE] = "take", [LANE_CHANGE] = "change", [LANE_CREATE] = "create", [LANES] = "none",
        };
        _cleanup_(queue_row_deinit) QueueRow row = QUEUE_ROW_INIT;
        json_object *part;
        int r;

        r = queue_get(sync->state, key, &row, reterr);
        if (r != 0)
                return r < 0 ? r : 0;
        *ret_known = true;
        part = json_object_new_object();
        explain_add_text(part, "lane", lanes[row.lane]);
        explain_add_text(part, "why", row.why);
        explain_add_text(part, "standing", standing_name(row.wanted.standing));
        explain_add(part, "wanted", user_json(sync, &row.wanted.wanted));
        explain_add(part, "attempts", json_object_new_int((int) row.attempts));
        add_usec(part, "queued", row.queued_usec);
        add_usec(part, "next", row.next_usec);
        explain_add_text(part, "last_error", row.last_error);
        explain_add(part, "reads_first", json_object_new_boolean(row.probing));
        explain_add(object, "queue", part);
        return 0;
}

static int explain_park(Sync *sync, const char *key, json_object *object, bool *ret_known, Error *reterr) {
        _cleanup_(park_deinit) Park park = { 0 };
        json_object *part;
        int r;

        r = park_get(sync->state, key, &park, reterr);
        if (r != 0)
                return r < 0 ? r : 0;
        *ret_known = true;
        part = json_object_new_object();
        explain_add_text(part, "kind", park_kind_name(park.kind));
        explain_add_text(part, "reason", park.reason);
        add_usec(part, "since", park.since_usec);
        explain_add(object, "parked", part);
        return 0;
}

static int explain_verify(Sync *sync, const char *key, json_object *object, Error *reterr) {
        _cleanup_(verify_deinit) Verify verify = { 0 };
        json_object *part;
        int r;

        r = verify_get(sync->state, key, &verify, reterr);
        if (r != 0)
                return r < 0 ? r : 0;
        part = json_object_new_object();
        add_usec(part, "decided", verify.revoked_usec);
        add_usec(part, "acknowledged", verify.acked_usec);
        explain_add(part, "confirmed", json_object_new_boolean(verify.confirmed));
        add_usec(part, "next_look", verify.due_usec);
        explain_add(object, "revocation", part);
        return 0;
}

int sync_explain(Sync *sync, Now now, const char *key, char **ret_json, Error *reterr) {
        json_object *object;
        bool known = false;
        int r;

        object = json_object_new_object();
        if (!object)
                return error_set(reterr, -ENOMEM, "cannot explain: out of memory");
        explain_add_text(object, "id_num", key);
        r = explain_person(sync, key, object, &known, reterr);
        if (r >= 0)
                r = explain_link(sync, key, object, &known, reterr);
        if (r >= 0)
                r = explain_queue(sync, key, object, &known, reterr);
        if (r >= 0)
                r = explain_park(sync, key, object, &known, reterr);
        if (r >= 0)
                r = explain_lock(sync, key, object, &known, reterr);
        if (r >= 0)
                r = explain_hold(sync, now, key, object, reterr);
        if (r >= 0)
                r = explain_reverted(sync, key, object, reterr);
        if (r >= 0)
                r = explain_wanted(sync, key, object, reterr);
        if (r >= 0)
                r = explain_times(sync, key, object, reterr);
        if (r >= 0)
                r = explain_verify(sync, key, object, reterr);
        if (r >= 0) {
                *ret_json = strdup(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN));
                r = *ret_json ? !known : error_set(reterr, -ENOMEM, "cannot explain: out of memory");
        }
        json_object_put(object);
        return r;
}
