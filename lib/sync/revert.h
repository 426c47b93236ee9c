#pragma once

/*
 * Revert: the way back from a cycle
 *
 * Planned from the before-images in the history: for each person what that cycle changed, and nothing else, becomes a hold
 * (HOLD_REVERT, of which .level is the cycle), shown with a digest and approved like any plan. From its approval on HR's
 * row is not acted upon, until it changes. What nobody approves within a day lapses.
 */

#include "lib/state/hold.h"
#include "lib/sync/sync.h"

#define REVERT_LAPSES_USEC (INT64_C(86400) * 1000000)

typedef struct SyncRevert {
        int64_t cycle;
        const char *by;                 /* who, for the history */
        const char *reason;             /* NULL: none was given */
        int64_t before;                 /* how far it got; 0 to begin with */
        int64_t entries;                /* of that cycle, of any kind */
        int64_t changes;                /* of them, changes of Lockt */
        int64_t refused;                /* people who can't be set back */
        HoldGroup group;                /* in the end: who waits for the approval, with the digest that approves it */
} SyncRevert;

/* One person: @what is to become of him; or NULL, and @refused says why nothing. */
typedef void (*SyncRevertSay)(void *userdata, const char *key, const char *what, const char *refused);

/*
 * One piece. 0: all is planned; 1: there is more; -ENOENT: there is nothing to set back, and the sentence says why;
 * otherwise a fault of the state.
 */
int sync_revert(Sync *sync, Now now, SyncRevert *revert, SyncRevertSay say, void *userdata, Error *reterr);
