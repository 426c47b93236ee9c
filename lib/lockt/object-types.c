/* The tables: what each kind of object consists of, in the names and the order of the document. */

#include "lib/lockt/object.h"

#include <stddef.h>

#define FIELD(struct, member, kind) { .name = #member, .type = (kind), .offset = offsetof(struct, member) }
#define ALIAS(struct, member, kind, other) \
        { .name = (other), .type = (kind), .offset = offsetof(struct, member), .alias = true }
#define TYPE(struct, rows, words) \
        { .what = (words), .fields = (rows), .n_fields = ELEMENTS(rows), .unclear = offsetof(struct, unclear) }

static const Field fob_fields[] = {
        FIELD(LocktFob, id, FIELD_ID),
        FIELD(LocktFob, id_num, FIELD_TEXT),
        FIELD(LocktFob, name, FIELD_TEXT),
        FIELD(LocktFob, card_num, FIELD_TEXT),
        FIELD(LocktFob, credential_key, FIELD_TEXT),
        FIELD(LocktFob, enabled, FIELD_BOOLEAN),
        FIELD(LocktFob, access_effective, FIELD_INSTANT),
        FIELD(LocktFob, access_expires, FIELD_INSTANT),
        FIELD(LocktFob, accesslevels, FIELD_REFERENCES),
};

/* The fob comes first in the struct, so that its rows are the same. */
static const Field fob_check_fields[] = {
        FIELD(LocktFob, id, FIELD_ID),
        FIELD(LocktFob, id_num, FIELD_TEXT),
        FIELD(LocktFob, name, FIELD_TEXT),
        FIELD(LocktFob, card_num, FIELD_TEXT),
        FIELD(LocktFob, credential_key, FIELD_TEXT),
        FIELD(LocktFob, enabled, FIELD_BOOLEAN),
        FIELD(LocktFob, access_effective, FIELD_INSTANT),
        FIELD(LocktFob, access_expires, FIELD_INSTANT),
        FIELD(LocktFob, accesslevels, FIELD_REFERENCES),
        FIELD(LocktFobCheck, last_activity, FIELD_INSTANT),
};

static const Field credential_fields[] = {
        FIELD(LocktCredential, id, FIELD_ID),
        FIELD(LocktCredential, card_num, FIELD_TEXT),
        FIELD(LocktCredential, credential_key, FIELD_TEXT),
        FIELD(LocktCredential, claim_status, FIELD_TEXT),
        FIELD(LocktCredential, user, FIELD_REFERENCES),
};

static const Field summary_fields[] = {
        FIELD(LocktSummary, members, FIELD_MEMBERS),
};

static const Field event_fields[] = {
        FIELD(LocktEvent, id, FIELD_ID),
        FIELD(LocktEvent, device, FIELD_TEXT),
        FIELD(LocktEvent, code, FIELD_INTEGER),
        FIELD(LocktEvent, code_text, FIELD_TEXT),
        FIELD(LocktEvent, subcode, FIELD_INTEGER),
        FIELD(LocktEvent, subcode_text, FIELD_TEXT),
        FIELD(LocktEvent, schedule, FIELD_TEXT),
        FIELD(LocktEvent, controller, FIELD_TEXT),
        FIELD(LocktEvent, location, FIELD_TEXT),
        FIELD(LocktEvent, card_num, FIELD_TEXT),
        FIELD(LocktEvent, user, FIELD_TEXT),
        FIELD(LocktEvent, category, FIELD_INTEGER),
        FIELD(LocktEvent, category_text, FIELD_TEXT),
        FIELD(LocktEvent, event_time, FIELD_INSTANT),
        ALIAS(LocktEvent, event_time, FIELD_INSTANT, "hw_time"),        /* ruling 27 */
        FIELD(LocktEvent, db_time, FIELD_INSTANT),
};

static const Field door_fields[] = {
        FIELD(LocktDoor, id, FIELD_ID),
        FIELD(LocktDoor, type, FIELD_TEXT),
        FIELD(LocktDoor, name, FIELD_TEXT),
        FIELD(LocktDoor, location, FIELD_TEXT),
        FIELD(LocktDoor, enabled, FIELD_BOOLEAN),
        FIELD(LocktDoor, controller, FIELD_TEXT),
};

static const Field door_state_fields[] = {
        FIELD(LocktDoorState, id, FIELD_ID),
        FIELD(LocktDoorState, name, FIELD_TEXT),
        FIELD(LocktDoorState, battery_level, FIELD_DECIMAL),
};

static const Field schedule_fields[] = {
        FIELD(LocktSchedule, id, FIELD_ID),
        FIELD(LocktSchedule, name, FIELD_TEXT),
        FIELD(LocktSchedule, d0, FIELD_BIT),
        FIELD(LocktSchedule, d1, FIELD_BIT),
        FIELD(LocktSchedule, d2, FIELD_BIT),
        FIELD(LocktSchedule, d3, FIELD_BIT),
        FIELD(LocktSchedule, d4, FIELD_BIT),
        FIELD(LocktSchedule, d5, FIELD_BIT),
        FIELD(LocktSchedule, d6, FIELD_BIT),
        FIELD(LocktSchedule, start, FIELD_TEXT),
        FIELD(LocktSchedule, stop, FIELD_TEXT),
};

static const Field access_level_fields[] = {
        FIELD(LocktAccessLevel, id, FIELD_ID),
        FIELD(LocktAccessLevel, name, FIELD_TEXT),
        FIELD(LocktAccessLevel, doors, FIELD_REFERENCES),
};

static const ObjectType types[LOCKT_OBJECTS] = {
        [LOCKT_FOB] = TYPE(LocktFob, fob_fields, "a fob"),
        [LOCKT_FOB_CHECK] = TYPE(LocktFob, fob_check_fields, "a fob"),
        [LOCKT_CREDENTIAL] = TYPE(LocktCredential, credential_fields, "a credential"),
        [LOCKT_SUMMARY] = TYPE(LocktSummary, summary_fields, "a count of credentials"),
        [LOCKT_EVENT] = TYPE(LocktEvent, event_fields, "an event"),
        [LOCKT_DOOR] = TYPE(LocktDoor, door_fields, "a door"),
        [LOCKT_DOOR_STATE] = TYPE(LocktDoorState, door_state_fields, "the state of a door"),
        [LOCKT_SCHEDULE] = TYPE(LocktSchedule, schedule_fields, "a schedule"),
        [LOCKT_ACCESS_LEVEL] = TYPE(LocktAccessLevel, access_level_fields, "an access level"),
};

const ObjectType *object_type(LocktObject kind) {
        return &types[kind];
}
