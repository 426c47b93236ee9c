#pragma once

/*
 * The board: STATUS= for systemd, and the alarms
 *
 * STATUS= tells the truth in one line, and is sent when it changes, at most once a second. Alarms are entries of the
 * journal when HR's data gets older than alarm.stale, or a revocation waits longer than alarm.revocation.
 */

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/cleanup.h"
#include "lib/base/error.h"
#include "lib/base/time.h"
#include "lib/config/config.h"
#include "lib/sync/sync.h"

typedef struct Service Service;
typedef struct Board Board;

typedef struct Alarms {
        bool stale;
        bool revocation;
} Alarms;

#define STATUS_LINE_MAX 1024

int board_new(Service *service, Board **ret, Error *reterr);
Board *board_free(Board *board);
DEFINE_CLEANUP(Board *, board_free)

/* Something happened: look at the status again, at once when the last look was not within this second. */
void board_touch(Board *board);
/* The same in a turn of the loop to come, for callers that the sync has called. @board may be NULL. */
void board_touch_later(Board *board);

/* Looks now, and tells systemd even when nothing changed: something else stood in its place (a reload). */
void board_forget(Board *board);

/* SIGUSR2: the whole status as entries of the journal. */
void board_report(Service *service);

/* Which alarms ring at @now. Also when HR was never read: counted from @since_usec, the start of the daemon. */
Alarms board_alarms(const SyncStatus *status, const Config *config, int64_t since_usec, Now now);

/* The one line, without STATUS=; @state_failed, @refused (of a reload): NULL or why. */
const char *board_line(const SyncStatus *status, const char *state_failed, const char *refused, Alarms alarms,
                       char buf[static STATUS_LINE_MAX]);

/* "2022-01-24T00:00:00Z", or "never" for 0. Answers @buf. */
const char *board_instant(int64_t usec, char buf[static INSTANT_TEXT_SIZE]);
