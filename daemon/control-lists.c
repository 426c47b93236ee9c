/* queue, parked, held, unknown: what the state has of each, one after the other */

#include <stdlib.h>
#include <string.h>

#include "daemon/control-call.h"
#include "daemon/control-hold.h"
#include "daemon/control-json.h"
#include "lib/state/hold.h"
#include "lib/state/ledger.h"
#include "lib/state/snapshot.h"

/* Where a list stands: behind this key, or this id. The state may change between two lines; nothing is told twice. */
typedef struct Position {
        char *after;
        int64_t after_id;
        HoldGroup group;        /* of held: the one that is being told */
        bool in_group;
        Level *levels;          /* of unknown */
        size_t n_levels;
} Position;

static void end_list(Call *call) {
        Position *position = call->data;

        free(position->after);
        levels_free(position->levels, position->n_levels);
}

/* Takes the key that was told; the row keeps a NULL in its place. */
static int advance(Position *position, char **key) {
        free(position->after);
        position->after = steal(*key);
        return CALL_MORE;
}

static const char *lane_name(Lane lane) {
        static const char *const names[LANES] = { "take", "change", "create" };

        return (unsigned) lane < LANES ? names[lane] : "";
}

static int next_queued(Call *call) {
        Position *position = call->data;
        _cleanup_(queue_row_deinit) QueueRow row = QUEUE_ROW_INIT;
        struct json_object *line;
        int r;

        r = queue_next(call->service->state, position->after, &row, &call->error);
        if (r != 0)
                return r < 0 ? r : CALL_DONE;

        line = json_object_new_object();
        json_add_text(line, "id_num", row.wanted.key);
        json_add_text(line, "lane", lane_name(row.lane));
        json_add_text(line, "why", row.why);
        json_add_time(line, "queued_usec", row.queued_usec);
        json_add_time(line, "changed_usec", row.changed_usec);
        json_add_number(line, "attempts", row.attempts);
        json_add_time(line, "next_usec", row.next_usec);
        json_add(line, "last_error", json_text_or_null(row.last_error));
        json_add_flag(line, "reads_first", row.probing);
        call_say(call, "queue", line);
        return advance(position, &row.wanted.key);
}

const Command command_queue = { .name = "queue", .size = sizeof(Position), .next = next_queued, .end = end_list };

static int next_parked(Call *call) {
        Position *position = call->data;
        _cleanup_(park_deinit) Park park = { 0 };
        struct json_object *line;
        int r;

        r = park_next(call->service->state, position->after, &park, &call->error);
        if (r != 0)
                return r < 0 ? r : CALL_DONE;

        line = json_object_new_object();
        json_add_text(line, "id_num", park.key);
        json_add_text(line, "kind", park_kind_name(park.kind));
        json_add_text(line, "reason", park.reason);
        json_add_time(line, "since_usec", park.since_usec);
        call_say(call, "parked", line);
        return advance(position, &park.key);
}

const Command command_parked = { .name = "parked", .size = sizeof(Position), .next = next_parked, .end = end_list };

/* The first group that still has somebody after the position. 0, STATE_NONE. */
static int next_hold(Call *call, Position *position, Hold *ret) {
        State *state = call->service->state;
        int r;

        for (;;) {
                if (position->in_group) {
                        r = hold_next(state, position->group.kind, position->group.level, position->after, ret,
                                      &call->error);
                        if (r <= 0)
                                return r;
                }
                r = hold_next_group(state, position->in_group ? (int) position->group.kind : -1, position->group.level,
                                    &position->group, &call->error);
                if (r != 0)
                        return r;
                position->in_group = true;
                free(position->after);
                position->after = NULL;
        }
}

static int next_held(Call *call) {
        Position *position = call->data;
        _cleanup_(hold_deinit) Hold hold = { 0 };
        struct json_object *line;
        int r;

        r = next_hold(call, position, &hold);
        if (r != 0)
                return r < 0 ? r : CALL_DONE;

        line = json_object_new_object();
        json_add_text(line, "id_num", hold.key);
        json_add_text(line, "kind", hold_kind_name(hold.kind));
        json_add_text(line, "why", hold.what);
        json_add_time(line, "since_usec", hold.since_usec);
        call_say(call, "held", line);
        return advance(position, &hold.key);
}

/* The groups first: why, since when, how many, and what decides it. */
static int begin_held(Call *call) {
        struct json_object *groups = control_holds(call);

        if (!groups)
                return call->error.code;
        for (size_t i = 0; i < json_object_array_length(groups); i++)
                call_say(call, "hold", json_object_get(json_object_array_get_idx(groups, i)));
        json_object_put(groups);
        return 0;
}

const Command command_held = { .name = "held", .size = sizeof(Position), .begin = begin_held, .next = next_held,
        .end = end_list };

static int begin_unknown(Call *call) {
        Position *position = call->data;

        return snapshot_get_levels(call->service->state, &position->levels, &position->n_levels, &call->error);
}

static int next_unknown(Call *call) {
        Position *position = call->data;
        _cleanup_(held_user_deinit) HeldUser held = HELD_USER_INIT;
        struct json_object *line;
        int r;

        r = snapshot_next_unlinked(call->service->state, position->after_id, &held, &call->error);
        if (r != 0)
                return r < 0 ? r : CALL_DONE;

        line = json_object_new_object();
        json_add_number(line, "lockt_id", held.user.id);
        json_add(line, "id_num", json_text_or_null(held.user.text[PROPERTY_ID_NUM]));
        json_add_text(line, "first_name", user_text(&held.user, PROPERTY_FIRST_NAME));
        json_add_text(line, "last_name", user_text(&held.user, PROPERTY_LAST_NAME));
        json_add(line, "email", json_text_or_null(held.user.text[PROPERTY_EMAIL]));
        json_add_flag(line, "enabled", held.user.enabled);
        json_add(line, "access_effective", json_instant(held.user.access_effective));
        json_add(line, "access_expires", json_instant(held.user.access_expires));
        json_add(line, "levels", json_levels(&held.user, position->levels, position->n_levels));
        json_add_time(line, "seen_usec", held.seen_usec);
        call_say(call, "unknown", line);
        position->after_id = held.user.id;
        return CALL_MORE;
}

const Command command_unknown = { .name = "unknown", .size = sizeof(Position), .begin = begin_unknown,
        .next = next_unknown, .end = end_list };
