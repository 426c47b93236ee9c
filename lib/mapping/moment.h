#pragma once

/*
 * Moments: what HR writes where access begins or ends
 *
 * A date begins access at its first instant and ends it after its last, in the zone of the person; a time without zone
 * is local there; a time with an offset stands for itself. Where a text leaves room, the reading that gives less access
 * is taken: a begin is rounded up to the second and falls on the later of two equal local times, an end the other way.
 */

#include <stddef.h>
#include <stdint.h>

#include "lib/base/time.h"

typedef enum Bound {
        BOUND_BEGIN,
        BOUND_END,
} Bound;

enum {
        MOMENT_MALFORMED = 1,   /* no date and no time */
        MOMENT_OUT_OF_RANGE,    /* before the year 1 or after 9999: the API can't carry it (ruling 7) */
        MOMENT_NEVER,           /* a begin that never comes, or an end before all times: none would mean the opposite */
};

/* Whether the text means something else in another zone. */
bool moment_needs_zone(const char *text, size_t length);

/*
 * INSTANT_NONE for "infinity" and any time of 9999-12-31 as an end, "-infinity" as a begin; @plus_usec is added to all
 * others. 0, an outcome, or a negative errno of the zone.
 */
int moment_read(const char *text, size_t length, Bound bound, Zone zone, int64_t plus_usec, int64_t *ret);
