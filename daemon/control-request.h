#pragma once

/* Requests of the control socket as they come in: parsed and checked, before any command sees them. Pure. */

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/base/error.h"

typedef enum MemberKind {
        MEMBER_TEXT,            /* not empty, without NUL */
        MEMBER_TEXTS,           /* an array of such, not empty, at most 1000 */
        MEMBER_FLAG,
        MEMBER_NUMBER,          /* an integer of 0 and more */
} MemberKind;

typedef struct Member {
        const char *name;
        MemberKind kind;
        bool required;
        bool steers;            /* only who may steer may ask for it */
} Member;

/* Parses one line: an object with a "command". The caller puts the object. 0, -EINVAL, -ENOMEM. */
int request_parse(const char *line, size_t length, struct json_object **ret, const char **ret_command, Error *reterr);

/* Whether it has what the command needs, and nothing that the command does not know. 0, -EINVAL. */
int request_check(struct json_object *request, const Member *members, Error *reterr);

/* The first member of the request that is only for who may steer; NULL: it has none. */
const char *request_steers(struct json_object *request, const Member *members);
