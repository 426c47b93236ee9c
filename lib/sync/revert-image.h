#pragma once

/* What one cycle did to one person, as the history has it, and the wish that undoes it. */

#include <json-c/json.h>

#include "lib/sync/internal.h"

typedef struct RevertImage {
        int64_t first_id, last_id;      /* of the entries that it is made of; 0: that cycle changed nothing of the person */
        bool created, pin;              /* by that cycle; a PIN was set by it */
        bool readable;                  /* the entries have both records */
        User before, after;
} RevertImage;

#define REVERT_IMAGE_INIT ((RevertImage) { .before = USER_INIT, .after = USER_INIT })
void revert_image_deinit(RevertImage *image);

int revert_image(Sync *sync, const char *key, int64_t cycle, RevertImage *ret, Error *reterr);

/* Whether an entry is a change of Lockt's record: "created", "changed", "revoked". */
bool revert_is_change(const HistoryEntry *entry);

/*
 * What undoes it, from what is held now: 0 with @ret_row (without a read) and @ret_what for people; or 1 with @ret_refused,
 * why not. Both texts are the caller's.
 */
int revert_wish(Sync *sync, const char *key, int64_t cycle, const RevertImage *image, Now now, QueueRow *ret_row,
                char **ret_what, char **ret_refused, Error *reterr);
