#pragma once

/*
 * Making JSON for answers
 *
 * Texts that are no valid UTF-8 (an SQL_ASCII database) get U+FFFD in place of each bad byte. Memory that is missing
 * makes a value null; whoever needs to know asks whether the object itself was made.
 */

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/model/level.h"
#include "lib/model/user.h"

struct json_object *json_text(const char *text);                        /* NULL: null */
struct json_object *json_text_n(const char *text, size_t length);
struct json_object *json_text_or_null(const char *text);                /* "" is null, too */
struct json_object *json_time(int64_t usec);                            /* 0 and below, and INT64_MAX, are null */
struct json_object *json_instant(int64_t instant);                      /* seconds, as "2022-01-24T00:00:00Z" */

void json_add(struct json_object *object, const char *name, struct json_object *value); /* takes @value */
void json_add_text(struct json_object *object, const char *name, const char *text);
void json_add_flag(struct json_object *object, const char *name, bool value);
void json_add_number(struct json_object *object, const char *name, int64_t value);
void json_add_time(struct json_object *object, const char *name, int64_t usec);

/* A user's levels with their names from @levels (ordered by id); null when they are not known. */
struct json_object *json_levels(const User *user, const Level *levels, size_t n_levels);

/* "" when there is none. */
const char *level_name(int64_t id, const Level *levels, size_t n_levels);
