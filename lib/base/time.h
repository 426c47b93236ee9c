#pragma once

/*
 * Instants and how they are written
 *
 * An instant is a number of seconds since 1970 in UTC. Here it is read from and written as text: in the forms of the
 * Lockt API (ruling 7), of PostgreSQL (ISO), and for people to read.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/civil.h"
#include "lib/base/zone.h"

#define INSTANT_NONE INT64_MIN                  /* no bound */
#define INSTANT_FIRST INT64_C(-62135596800)     /* 0001-01-01 00:00:00 */
#define INSTANT_LAST INT64_C(253402300799)      /* 9999-12-31 23:59:59 */
#define INSTANT_TEXT_SIZE 32

/* A date, or a date and a time, as it was written. */
typedef struct Stamp {
        Civil civil;
        bool has_time;
        bool has_offset;        /* else it is local, in a zone that the text does not tell */
        int offset;             /* seconds east of Greenwich */
        int usec;
} Stamp;

/*
 * Reads "2024-05-01", "2024-05-01 12:00[:00[.123456]]", with T for the blank, with Z, +02, +0530, +05:30 or
 * -00:44:30 behind it; years of four to six digits. Nothing may stand before or behind. 0; -EINVAL: it is not of these
 * forms, or there is no such date or time; -ERANGE: a year BC or 0.
 */
int stamp_scan(const char *text, size_t length, Stamp *ret);

/*
 * A time of the API (ruling 7): "2022-01-24 00:00:00" is read in @zone, "2022-05-05T09:00:00.000Z" as it stands, to the
 * second. NULL and "" are INSTANT_NONE. 0; -EINVAL; -ERANGE: not in the years 1 to 9999; -ENOENT: no such zone.
 */
int instant_parse_api(const char *text, const char *zone, int64_t *ret);

/*
 * The form that is sent (ruling 7), into @buf of INSTANT_TEXT_SIZE; "" for INSTANT_NONE. 0; -ERANGE: not in the years
 * 1 to 9999; -ENOENT: no such zone.
 */
int instant_format_api(int64_t instant, const char *zone, char *buf);

/* "2022-01-24T00:00:00Z", for logs and tables; "" for INSTANT_NONE. 0; -ERANGE. */
int instant_format_iso(int64_t instant, char *buf);
