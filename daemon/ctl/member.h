#pragma once

/* Members of what the daemon answers. What is missing, null or of another type is empty: versions may differ. */

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

struct json_object *member(struct json_object *object, const char *name);      /* NULL: missing or null */
const char *member_text(struct json_object *object, const char *name);         /* "" */
int64_t member_number(struct json_object *object, const char *name);           /* 0 */
bool member_flag(struct json_object *object, const char *name);                /* false */
size_t member_count(struct json_object *object, const char *name);             /* of an array; 0 */
struct json_object *member_at(struct json_object *object, const char *name, size_t i);

/* A value as a text to show: numbers and booleans in words, "" for null, JSON for what has parts. Borrowed. */
const char *value_text(struct json_object *value);
