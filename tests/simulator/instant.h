#pragma once

/*
 * Instants
 *
 * Seconds since 1970 in UTC, between the years 1 and 9999. They arrive as `2022-01-24 00:00:00` and leave as
 * `2022-05-05T09:00:00.000Z` (ruling 7).
 */

#include <stddef.h>
#include <stdint.h>

#define INSTANT_NONE INT64_MIN
#define INSTANT_FIRST INT64_C(-62135596800)     /* 0001-01-01T00:00:00 */
#define INSTANT_LAST INT64_C(253402300799)      /* 9999-12-31T23:59:59 */
#define INSTANT_TEXT_MAX 25     /* 2022-05-05T09:00:00.000Z and its NUL */

enum {
        INSTANT_INVALID = 1,
};

/* Reads the form that requests have, of a clock that is @offset_minutes ahead of UTC. */
int instant_parse(const char *text, int offset_minutes, int64_t *ret);

/* Reads the form that answers have, which is always UTC. */
int instant_parse_answer(const char *text, int64_t *ret);

void instant_format(int64_t instant, char ret[static INSTANT_TEXT_MAX]);
