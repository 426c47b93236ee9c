#pragma once

/*
 * What the API holds beside users, property by property
 *
 * The names are those of the document's tables. Texts are UTF-8, never NULL, and "" when there is none; instants are
 * seconds since 1970 in UTC, INSTANT_NONE when there is none; an integer or a level of charge that is not there is -1.
 * What a listing hands out is borrowed until its callback returns.
 *
 * .unclear is the name of the first property that was there in a form nobody understands, and was left empty; NULL when
 * all were understood.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum LocktObject {
        LOCKT_FOB,
        LOCKT_FOB_CHECK,
        LOCKT_CREDENTIAL,
        LOCKT_SUMMARY,
        LOCKT_EVENT,
        LOCKT_DOOR,
        LOCKT_DOOR_STATE,
        LOCKT_SCHEDULE,
        LOCKT_ACCESS_LEVEL,
        LOCKT_OBJECTS,
} LocktObject;

/* An abbreviated object inside another one: {"id":983,"name":"Office Door"}. */
typedef struct LocktReference {
        int64_t id;
        const char *name;
} LocktReference;

typedef struct LocktReferences {
        bool known;                     /* the answer had them, even if there were none */
        size_t n_items;
        const LocktReference *items;
} LocktReferences;

/* A fob: a credential that is kept as a device of its own. Who holds it is not told here (ruling 24). */
typedef struct LocktFob {
        int64_t id;
        const char *id_num;
        const char *name;
        const char *card_num;
        const char *credential_key;
        bool enabled;
        int64_t access_effective;
        int64_t access_expires;
        LocktReferences accesslevels;
        const char *unclear;
} LocktFob;

/* A fob and when it was last used. The document does not name that property: any whose name holds "activity" counts. */
typedef struct LocktFobCheck {
        LocktFob fob;
        int64_t last_activity;
} LocktFobCheck;

/* A digital key. */
typedef struct LocktCredential {
        int64_t id;
        const char *card_num;
        const char *credential_key;
        const char *claim_status;       /* "Claimed", "Unclaimed" */
        LocktReferences user;           /* who holds it: none or one, whether object or array (ruling 46) */
        const char *unclear;
} LocktCredential;

/* One member of an object whose properties the document does not list. */
typedef struct LocktMember {
        const char *name;
        const char *value;              /* as text; numbers and booleans as they were written */
        bool is_text;                   /* a JSON string */
} LocktMember;

typedef struct LocktMembers {
        size_t n_items;
        const LocktMember *items;
} LocktMembers;

/* How many credentials are claimed and unclaimed, in the service's own names: the document shows none. */
typedef struct LocktSummary {
        LocktMembers members;
        const char *unclear;
} LocktSummary;

/* Something that happened. */
typedef struct LocktEvent {
        int64_t id;                     /* ascending */
        const char *device;
        int64_t code;
        const char *code_text;          /* "Access Granted", "Access Denied", … */
        int64_t subcode;
        const char *subcode_text;
        const char *schedule;
        const char *controller;
        const char *location;
        const char *card_num;
        const char *user;               /* "Jones, Adam" */
        int64_t category;
        const char *category_text;
        int64_t event_time;             /* of the device; also "hw_time" (ruling 27) */
        int64_t db_time;
        const char *unclear;
} LocktEvent;

typedef struct LocktDoor {
        int64_t id;                     /* 0 in a door that is to be created */
        const char *type;
        const char *name;
        const char *location;
        bool enabled;
        const char *controller;
        const char *unclear;
} LocktDoor;

typedef struct LocktDoorState {
        int64_t id;
        const char *name;
        double battery_level;           /* 0 to 1; -1 for a door that has none or does not tell */
        const char *unclear;
} LocktDoorState;

typedef struct LocktSchedule {
        int64_t id;
        const char *name;
        bool d0, d1, d2, d3, d4, d5, d6;        /* d0 is typically Monday */
        const char *start;              /* HH:MM:SS */
        const char *stop;
        const char *unclear;
} LocktSchedule;

typedef struct LocktAccessLevel {
        int64_t id;
        const char *name;
        LocktReferences doors;          /* not in the answer when there are none */
        const char *unclear;
} LocktAccessLevel;

/* PUT /fob: who holds a fob from now on, and in which time it opens. */
typedef struct LocktAssignment {
        int64_t id;                     /* of the fob */
        int64_t user_id;                /* of the holder; 0: not known, and then not sent */
        int64_t access_effective;       /* both always sent, "" for INSTANT_NONE (ruling 31) */
        int64_t access_expires;
} LocktAssignment;

/*
 * An object as one line of JSON, in the names and types of the document's tables: times as "2022-05-05T09:00:00.000Z",
 * booleans as such, what is not there left out (empty texts stay). With @mask, credential keys are "****". To be freed
 * by the caller; NULL when memory is out.
 */
char *lockt_object_format(LocktObject kind, const void *object, bool mask);

/*
 * Whether @text is the object's id, or stands in one of its texts or in a name that it refers to, whatever the case of
 * ASCII letters. Credential keys are not looked at.
 */
bool lockt_object_matches(LocktObject kind, const void *object, const char *text);
