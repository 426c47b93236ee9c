#pragma once

/*
 * JSON
 *
 * What every reader of outside JSON here needs: a strict parser, and questions that never convert by guessing.
 */

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/cleanup.h"
#include "tests/simulator/text.h"

DEFINE_CLEANUP(json_object *, json_object_put)
DEFINE_CLEANUP(json_tokener *, json_tokener_free)

enum {
        JSON_INVALID = 1,
};

/* The one JSON value that @data holds, from its first to its last byte, or JSON_INVALID. NULL stands for `null`. */
int json_parse(const char *data, size_t length, json_object **ret);

/* The member @key of @object when that is an object that has it; NULL otherwise. Borrowed. */
json_object *json_member(json_object *object, const char *key);

/* Its text when @value is a string without a NUL inside; NULL otherwise. Borrowed. */
const char *json_text(json_object *value);

/* ruling 4: true, "true", 1 and "1", and their opposites. */
int json_boolean(json_object *value, bool *ret);

/* ruling 5: a whole number, or a string of one. */
int json_integer(json_object *value, int64_t *ret);

/* The same of an id: up to 2^53, beyond which readers of JSON lose digits. */
int json_id(json_object *value, int64_t *ret);

/* Appends @value as compact JSON. */
void json_write(Text *text, json_object *value);
