#pragma once

/* The time that the sync is told, and the news that somebody set the clock. */

#include <systemd/sd-event.h>

#include "lib/base/error.h"
#include "lib/sync/sync.h"

typedef struct Clock Clock;

/* The wall clock and the one that only goes forward, suspension included. */
Now clock_now(void);

/*
 * Calls @stepped when the wall clock was set (by hand, by NTP's first step, by the end of a suspension), so that timers
 * that were computed from it are computed again.
 */
int clock_watch(sd_event *event, void (*stepped)(void *userdata), void *userdata, Clock **ret, Error *reterr);
Clock *clock_free(Clock *clock);
DEFINE_CLEANUP(Clock *, clock_free)
