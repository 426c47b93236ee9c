/* The way back from a cycle. See revert.h. */

#include "lib/sync/revert.h"

#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "lib/state/reverted.h"
#include "lib/sync/revert-image.h"

/* The history is append-only: its entries stand for the wish. */
static void digest_change(const Sync *sync, const RevertImage *image, uint8_t ret[DIGEST_SIZE]) {
        char text[64];

        (void) snprintf(text, sizeof(text), "revert %" PRId64 " to %" PRId64, image->first_id, image->last_id);
        digest_bytes(&sync->change_key, text, strlen(text), ret);
}

/* At the newest entry of each person; the others of the cycle are part of its image. */
static int plan_entry(Sync *sync, Now now, SyncRevert *revert, const HistoryEntry *entry, SyncRevertSay say,
                      void *userdata, Error *reterr) {
        _cleanup_(revert_image_deinit) RevertImage image = REVERT_IMAGE_INIT;
        _cleanup_(queue_row_deinit) QueueRow row = QUEUE_ROW_INIT;
        _cleanup_(freep) char *what = NULL, *refused = NULL;
        Hold hold = { .key = entry->key, .kind = HOLD_REVERT, .level = revert->cycle, .since_usec = now.real_usec };
        int r;

        revert->entries++;
        if (!entry->key || !revert_is_change(entry))
                return 0;
        revert->changes++;
        r = revert_image(sync, entry->key, revert->cycle, &image, reterr);
        if (r < 0 || image.last_id != entry->id)
                return r < 0 ? r : 0;
        r = revert_wish(sync, entry->key, revert->cycle, &image, now, &row, &what, &refused, reterr);
        if (r < 0)
                return r;
        if (r == 0) {
                hold.what = what;
                digest_change(sync, &image, hold.change);
                r = hold_put(sync->state, &hold, reterr);
                if (r < 0)
                        return r;
        } else
                revert->refused++;
        say(userdata, entry->key, what, refused);
        return 0;
}

/* 0: a piece was done; 1: that was the last one. */
static int plan_piece(Sync *sync, Now now, SyncRevert *revert, SyncRevertSay say, void *userdata, Error *reterr) {
        HistoryFilter filter = HISTORY_ALL;

        filter.cycle = revert->cycle;
        for (unsigned i = 0; i < PIECE; i++) {
                _cleanup_(history_entry_deinit) HistoryEntry entry = { 0 };
                int r;

                r = history_find(sync->state, &filter, &revert->before, &entry, reterr);
                if (r != 0)
                        return r < 0 ? r : r == STATE_NONE;
                r = plan_entry(sync, now, revert, &entry, say, userdata, reterr);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int nothing_to_revert(Sync *sync, const SyncRevert *revert, Error *reterr) {
        int64_t newest = 0;
        int r;

        r = state_get_number(sync->state, "cycles", &newest, reterr);
        if (r < 0)
                return r;
        if (revert->cycle > newest)
                return error_set(reterr, -ENOENT, "there was no cycle %" PRId64 " yet: the newest is %" PRId64
                                 "; see `locktsyncctl history`", revert->cycle, newest);
        if (revert->entries == 0)
                return error_set(reterr, -ENOENT, "the history has nothing of cycle %" PRId64 ": it changed nobody, or "
                                 "lies longer ago than history.keep; see `locktsyncctl history`", revert->cycle);
        if (revert->changes == 0)
                return error_set(reterr, -ENOENT,
                                 "cycle %" PRId64 " changed nobody in Lockt; see `locktsyncctl history "
                                 "--cycle %" PRId64 "`",
                                 revert->cycle, revert->cycle);
        return error_set(reterr, -ENOENT, "nobody whom cycle %" PRId64 " changed can be set back", revert->cycle);
}

/* Who asked for it, and why. */
static int record(Sync *sync, Now now, const SyncRevert *revert, Error *reterr) {
        json_object *detail = json_object_new_object();
        HistoryEntry entry = { .at_usec = now.real_usec, .cycle = sync->cycle, .action = (char *) "revert-planned" };
        int r;

        if (detail) {
                (void) json_object_object_add(detail, "reverts", json_object_new_int64(revert->cycle));
                (void) json_object_object_add(detail, "people", json_object_new_int64(revert->group.n));
                (void) json_object_object_add(detail, "digest", json_object_new_string(revert->group.digest));
                (void) json_object_object_add(detail, "by", json_object_new_string(revert->by));
                if (revert->reason)
                        (void) json_object_object_add(detail, "reason", json_object_new_string(revert->reason));
                entry.detail = (char *) json_object_to_json_string_ext(detail, JSON_C_TO_STRING_PLAIN);
        }
        r = entry.detail ? history_append(sync->state, &entry, reterr)
                         : error_set(reterr, -ENOMEM, "cannot record a revert: out of memory");
        json_object_put(detail);
        return r;
}

static int finish(Sync *sync, Now now, SyncRevert *revert, Error *reterr) {
        int r;

        r = hold_next_group(sync->state, HOLD_REVERT, revert->cycle - 1, &revert->group, reterr);
        if (r < 0)
                return r;
        if (r == STATE_NONE || revert->group.kind != HOLD_REVERT || revert->group.level != revert->cycle)
                return nothing_to_revert(sync, revert, reterr);
        r = hold_show(sync->state, &revert->group, now.real_usec, reterr);
        return r < 0 ? r : record(sync, now, revert, reterr);
}

int sync_revert(Sync *sync, Now now, SyncRevert *revert, SyncRevertSay say, void *userdata, Error *reterr) {
        int r, end;

        r = state_begin(sync->state, reterr);
        if (r < 0)
                return r;
        end = plan_piece(sync, now, revert, say, userdata, reterr);
        r = end == 1 ? finish(sync, now, revert, reterr) : end;
        if (r < 0) {
                state_rollback(sync->state);
                return r;
        }
        r = state_commit(sync->state, reterr);
        if (r < 0)
                return r;
        return end == 0 ? 1 : approve_tell(sync, now, reterr);
}

/* From now on HR's row, as it was evaluated last, is not acted upon. */
static int set_aside_row(Sync *sync, const char *key, int64_t cycle, int64_t read, Now now, Error *reterr) {
        _cleanup_(person_row_deinit) PersonRow person = PERSON_ROW_INIT;
        Reverted reverted = { .key = (char *) key, .cycle = cycle, .since_usec = now.real_usec };
        int r;

        r = person_get(sync->state, key, &person, reterr);
        if (r < 0)
                return r;
        if (r == 0) {
                reverted.has_digest = person.has_digest;
                memcpy(reverted.digest, person.digest, DIGEST_SIZE);
                person.read = read;
                r = person_put(sync->state, &person, reterr);
                if (r < 0)
                        return r;
        }
        return reverted_put(sync->state, &reverted, reterr);
}

/* Something stands in the way since it was planned. */
static int give_up(Sync *sync, const char *key, const char *refused, Now now, Error *reterr) {
        HistoryEntry entry = { .at_usec = now.real_usec, .cycle = sync->cycle, .key = (char *) key,
                               .action = (char *) "revert-refused" };
        json_object *detail = json_object_new_object();
        int r;

        if (detail) {
                (void) json_object_object_add(detail, "text", json_object_new_string(refused));
                entry.detail = (char *) json_object_to_json_string_ext(detail, JSON_C_TO_STRING_PLAIN);
        }
        r = history_append(sync->state, &entry, reterr);
        json_object_put(detail);
        if (r >= 0)
                sync_tell(sync, NEWS_NOT_SET_BACK, key, refused, -1);
        return r;
}

int revert_apply(Sync *sync, const char *key, Now now, Error *reterr) {
        _cleanup_(revert_image_deinit) RevertImage image = REVERT_IMAGE_INIT;
        _cleanup_(queue_row_deinit) QueueRow row = QUEUE_ROW_INIT;
        _cleanup_(freep) char *what = NULL, *refused = NULL;
        _cleanup_(hold_deinit) Hold hold = { 0 };
        int r;

        r = hold_get(sync->state, key, &hold, reterr);
        if (r != 0)
                return r < 0 ? r : 0;
        r = revert_image(sync, key, hold.level, &image, reterr);
        if (r >= 0)
                r = revert_wish(sync, key, hold.level, &image, now, &row, &what, &refused, reterr);
        if (r < 0)
                return r;
        if (r == 0) {
                r = state_count_up(sync->state, "reads", &row.read, reterr);
                if (r >= 0)
                        r = set_aside_row(sync, key, hold.level, row.read, now, reterr);
                if (r >= 0)
                        r = delivery_enqueue(sync->delivery, &row, now.real_usec, NULL, reterr);
        } else
                r = give_up(sync, key, refused, now, reterr);
        if (r < 0)
                return r;
        r = hold_delete(sync->state, key, reterr);
        return r < 0 ? r : 0;
}

int revert_step(Sync *sync, Now now, Error *reterr) {
        _cleanup_(freep) char *key = NULL;
        int r;

        r = hold_next_approved(sync->state, HOLD_REVERT, &key, reterr);
        if (r != 0)
                return r < 0 ? r : 1;
        r = state_begin(sync->state, reterr);
        if (r < 0)
                return r;
        r = revert_apply(sync, key, now, reterr);
        if (r < 0) {
                state_rollback(sync->state);
                return r;
        }
        return state_commit(sync->state, reterr);
}

static int drop_piece(Sync *sync, int64_t cycle, Error *reterr) {
        for (unsigned i = 0; i < PIECE; i++) {
                _cleanup_(hold_deinit) Hold hold = { 0 };
                int r;

                r = hold_next(sync->state, HOLD_REVERT, cycle, NULL, &hold, reterr);
                if (r == 0)
                        r = hold_delete(sync->state, hold.key, reterr);
                if (r != 0)
                        return r < 0 ? r : 0;
        }
        return 0;
}

int revert_lapse(Sync *sync, Now now, Error *reterr) {
        HoldGroup group = { .kind = HOLD_REVERT };
        int r;

        if (sync->approving.under_way)
                return 0;
        do {
                r = hold_next_group(sync->state, HOLD_REVERT, group.level, &group, reterr);
                if (r != 0 || group.kind != HOLD_REVERT)
                        return r < 0 ? r : 0;
        } while (now.real_usec - group.since_usec < REVERT_LAPSES_USEC);
        r = state_begin(sync->state, reterr);
        if (r < 0)
                return r;
        r = drop_piece(sync, group.level, reterr);
        if (r < 0) {
                state_rollback(sync->state);
                return r;
        }
        return state_commit(sync->state, reterr);
}

/* A row that has not changed; save that its own end has come since. */
int revert_stands(const Sync *sync, const Finding *finding, int64_t now, bool *ret, Error *reterr) {
        _cleanup_(reverted_deinit) Reverted reverted = { 0 };
        const User *wanted = &finding->wanted.wanted;
        int r;

        *ret = false;
        if (finding->kind == FINDING_ABSENT)
                return 0;
        r = reverted_get(sync->state, finding->wanted.key, &reverted, reterr);
        if (r != 0)
                return r < 0 ? r : 0;
        *ret = reverted.has_digest && memcmp(reverted.digest, finding->digest, DIGEST_SIZE) == 0 &&
               !(plan_is_leaver(&finding->wanted, now) && finding->wanted.standing == STANDING_IN &&
                 wanted->access_expires > reverted.since_usec / USEC_PER_SEC);
        return 0;
}
