#pragma once

/*
 * Time Zones
 *
 * Between civil time and instants (seconds since 1970 in UTC) in the zones of the IANA database, years 1 to 9999. The
 * rules are the C library's; a zone that is not installed is an error, never silently UTC as it is for the C library.
 *
 * What a zone did in a year is asked once and kept. Asking needs the environment variable TZ, which is set for that
 * moment and put back, so the first use of a zone other than UTC belongs before the first thread (the configuration
 * is checked by zone_exists() there). Nothing here may run in two threads at once.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/civil.h"

/* A zone that was found; valid for the life of the process. */
typedef unsigned Zone;

#define ZONE_UTC 0U             /* there, whatever is installed */
#define ZONE_NAME_MAX 128

/* What a time means that the clocks showed twice: conservative is the later one for a begin, the earlier for an end. */
typedef enum ZoneChoice {
        ZONE_EARLIER,
        ZONE_LATER,
} ZoneChoice;

bool zone_exists(const char *name);

/* 0; -ENOENT: no such zone, or no name of one; -ENOMEM, or what kept the file from being read. */
int zone_find(const char *name, size_t length, Zone *ret);

const char *zone_name(Zone zone);

/* Seconds east of Greenwich at an instant of the years 1 to 9999. From here on, only memory or tzdata can be missing. */
int zone_offset(Zone zone, int64_t instant, int *ret);

/* The instant at which clocks show @civil. A time that they skipped is the instant of the jump. */
int zone_local(Zone zone, const Civil *civil, ZoneChoice choice, int64_t *ret);

/*
 * The earliest instant of a date, and the instant after its last: a skipped midnight begins the day at the jump, an
 * hour that comes twice around midnight belongs to its date both times, a date that never was begins where it ends.
 */
int zone_date_begin(Zone zone, int year, int month, int day, int64_t *ret);
int zone_date_end(Zone zone, int year, int month, int day, int64_t *ret);
