#pragma once

/*
 * Elements of the listings that are no users, read by tables
 *
 * What a fob, a door or an event consists of is a table of names, types and places in the struct of objects.h; one
 * reader and one writer go by them. Every documented form of a value is accepted (rulings 4, 5, 7, 34, 46). A value in
 * a form that nobody understands is left empty and named in .unclear; an element without a usable id is none.
 *
 * Pure: the reader owns what the struct points to until the next element, so that a listing allocates next to nothing.
 */

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/lockt/body.h"
#include "lib/lockt/json.h"
#include "lib/lockt/objects.h"

typedef enum FieldType {
        FIELD_ID,               /* int64_t, positive; without it the element is none */
        FIELD_TEXT,             /* const char *, "" when there is none */
        FIELD_BOOLEAN,          /* bool */
        FIELD_BIT,              /* bool, 0 or 1 in the API */
        FIELD_INTEGER,          /* int64_t, -1 when there is none */
        FIELD_DECIMAL,          /* double, -1 when there is none */
        FIELD_INSTANT,          /* int64_t, INSTANT_NONE when there is none */
        FIELD_REFERENCES,       /* LocktReferences; at most one in an object */
        FIELD_MEMBERS,          /* LocktMembers: all that the object has; for objects that the document does not list */
} FieldType;

typedef struct Field {
        const char *name;
        FieldType type;
        size_t offset;
        bool alias;             /* another name of the field before it, never written */
} Field;

typedef struct ObjectType {
        const char *what;       /* "a fob", for sentences */
        const Field *fields;
        size_t n_fields;
        size_t unclear;         /* where the struct has it */
} ObjectType;

/* The table of a kind of object. */
const ObjectType *object_type(LocktObject kind) _pure_;

typedef union Object {
        LocktFob fob;
        LocktFobCheck fob_check;
        LocktCredential credential;
        LocktSummary summary;
        LocktEvent event;
        LocktDoor door;
        LocktDoorState door_state;
        LocktSchedule schedule;
        LocktAccessLevel access_level;
} Object;

typedef struct ObjectReader {
        const char *timezone;   /* of times without a zone; borrowed */
        char *scratch;
        size_t scratch_size, used;
        LocktReference *references;
        size_t references_allocated;
        LocktMember *members;
        size_t members_allocated;
} ObjectReader;

void object_reader_deinit(ObjectReader *reader);

/*
 * Reads the element that begins at @bytes; what follows it is not looked at, and @ret_used tells where. 0; -EBADMSG for
 * bytes that do not begin with a whole JSON object, or hold no usable id; -ENOMEM.
 */
int object_read(ObjectReader *reader, LocktObject kind, const char *bytes, size_t length, Object *ret,
                size_t *ret_used, Error *reterr);
