/* What is told of the state itself: the history's head once a day, and that it was restored from a copy. */

#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>

#include "lib/state/copy.h"
#include "lib/sync/internal.h"

#define USEC_PER_DAY (INT64_C(86400) * USEC_PER_SEC)

/* In a journal that is kept elsewhere, it tells of a chain that is cut short later (invariant 15). */
int daily_step(Sync *sync, Now now, Error *reterr) {
        int64_t day = now.real_usec / USEC_PER_DAY, told = 0, id;
        uint8_t hash[HASH_SIZE];
        char text[2 * HASH_SIZE + 1];
        int r;

        if (sync->head_day == day)
                return 0;
        r = state_get_number(sync->state, "head_told", &told, reterr);
        if (r >= 0)
                r = history_head(sync->state, &id, hash, reterr);
        if (r < 0 || id == 0)
                return r;
        if (told != day) {
                r = state_set_number(sync->state, "head_told", day, reterr);
                if (r < 0)
                        return r;
                for (size_t i = 0; i < HASH_SIZE; i++)
                        (void) snprintf(text + 2 * i, 3, "%02x", hash[i]);
                sync_tell(sync, NEWS_HISTORY_HEAD, NULL, text, id);
        }
        sync->head_day = day;
        return 0;
}

static int record(Sync *sync, int64_t copied, Now now, Error *reterr) {
        HistoryEntry entry = { .at_usec = now.real_usec, .cycle = sync->cycle, .action = (char *) "restored" };
        char detail[64];
        int r;

        (void) snprintf(detail, sizeof(detail), "{\"copied_usec\":%" PRId64 "}", copied);
        entry.detail = detail;
        r = history_append(sync->state, &entry, reterr);
        if (r >= 0)
                r = state_set_number(sync->state, "restored_from", copied, reterr);
        return r < 0 ? r : state_set_number(sync->state, "restored", now.real_usec, reterr);
}

/*
 * What was done since the copy is not known here. Nothing depends on that: Lockt is listed and HR is read before
 * anything is given, whoever was created since is found again by id_num, and who was disabled since stays out.
 */
int daily_look_for_restore(Sync *sync, Now now, Error *reterr) {
        char text[INSTANT_TEXT_SIZE] = "";
        int64_t copied = 0;
        int r;

        r = state_begin(sync->state, reterr);
        if (r < 0)
                return r;
        r = state_take_restored(sync->state, &copied, reterr);
        if (r >= 0 && copied > 0)
                r = record(sync, copied, now, reterr);
        if (r < 0) {
                state_rollback(sync->state);
                return r;
        }
        r = state_commit(sync->state, reterr);
        if (r < 0 || copied == 0)
                return r;
        if (instant_format_iso(copied / USEC_PER_SEC, text) < 0)
                text[0] = '\0';
        sync_tell(sync, NEWS_STATE_RESTORED, NULL, text, -1);
        return 0;
}
