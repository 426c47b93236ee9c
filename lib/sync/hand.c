/* Locks by hand, and blocks that were made in Lockt by hand. */

#include "lib/sync/hand.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/state/reverted.h"
#include "lib/sync/hand-private.h"

#define LOOK_MAX 64u            /* users that one call of sync_next_blocked() looks at */

void hand_answer_deinit(HandAnswer *answer) {
        free(answer->text);
        *answer = (HandAnswer) { 0 };
}

void blocked_deinit(Blocked *blocked) {
        free(blocked->key);
        *blocked = (Blocked) { 0 };
}

/* "locked: lost his temper", as it stands in the queue, the journal and explanations. */
static char *lock_why(const Lock *lock) {
        char *why;

        return asprintf(&why, "locked: %s", lock->reason) < 0 ? NULL : why;
}

int hand_apply_lock(const Sync *sync, const char *key, QueueRow *row, Error *reterr) {
        _cleanup_(lock_deinit) Lock lock = { 0 };
        char *why;
        int r;

        r = lock_get(sync->state, key, &lock, reterr);
        if (r != 0)
                return r < 0 ? r : 0;
        why = lock_why(&lock);
        if (!why)
                return hand_oom(reterr);
        free(row->why);
        row->why = why;
        row->wanted.standing = STANDING_OUT;
        return 1;
}

int hand_enqueue_locked(Sync *sync, const char *key, Now now, Error *reterr) {
        _cleanup_(lock_deinit) Lock lock = { 0 };
        _cleanup_(freep) char *why = NULL;
        int r;

        r = lock_get(sync->state, key, &lock, reterr);
        if (r != 0)
                return r < 0 ? r : 0;
        why = lock_why(&lock);
        if (!why)
                return hand_oom(reterr);
        return delivery_enqueue_out(sync->delivery, key, why, now.real_usec, reterr);
}

/*
 * A linked user is disabled at once; that he seems to be out already is not believed before it is seen (invariant 11).
 * Who is linked to nobody must not be created by what waits; a creation that may have left is undone when it is known.
 */
static int revoke_locked(Sync *sync, const char *key, const Link *link, Now now, Error *reterr) {
        int r;

        r = hold_delete(sync->state, key, reterr);
        if (r < 0)
                return r;
        if (link->key && link->lockt_id > 0) {
                r = snapshot_set_stale(sync->state, link->lockt_id, now.real_usec, reterr);
                if (r < 0)
                        return r;
        }
        if (link->key || delivery_in_flight(sync->delivery, key))
                return hand_enqueue_locked(sync, key, now, reterr);
        r = delivery_unpark(sync->delivery, key, reterr);
        if (r < 0)
                return r;
        r = queue_delete(sync->state, key, reterr);
        return r < 0 ? r : 0;
}

/* Why Lockt does not hear of it now, if so. */
static void tell_obstacles(const Sync *sync, FILE *text, HandAnswer *answer) {
        DeliveryHealth health;

        delivery_health(sync->delivery, &health);
        answer->ineffective = true;
        if (sync->config->mode == MODE_REPORT)
                fputs(" But mode is report, and nothing is written to Lockt: disable him there by hand.", text);
        else if (!sync->leader)
                fputs(" But this daemon stands by, and another one writes to Lockt: lock him there, too.", text);
        else if (health.down || health.unauthorized || health.fault)
                fprintf(text, " But Lockt takes nothing at the moment (%s): it is tried again and again; where it "
                              "can't wait, disable him there by hand.", health.error);
        else
                answer->ineffective = false;
}

/* A user of that number whom nobody is linked to, in the words of what could be done about it. */
static int tell_stranger(Sync *sync, const char *key, FILE *text, HandAnswer *answer, Error *reterr) {
        int64_t ids[2];
        size_t n = 0;
        int r;

        r = snapshot_find(sync->state, PROPERTY_ID_NUM, key, 0, ids, ELEMENTS(ids), &n, reterr);
        if (r < 0)
                return r;
        answer->ineffective = true;
        fprintf(text, "%s is locked, but no user of Lockt is linked to him, so nothing could be taken. ", key);
        if (n == 0) {
                fputs("He is not let in as long as he is locked; if he is in Lockt under another number, see "
                      "'locktsyncctl link'.", text);
                return 0;
        }
        fprintf(text, "User %lld of Lockt has this id_num: disable it there by hand, or, if that is him, "
                      "'locktsyncctl link %s %lld' takes his access.", (long long) ids[0], key, (long long) ids[0]);
        return 0;
}

static int tell_locked(Sync *sync, const char *key, const Link *link, FILE *text, HandAnswer *answer,
                       Error *reterr) {
        _cleanup_(queue_row_deinit) QueueRow row = QUEUE_ROW_INIT;
        int r;

        answer->lockt_id = link->lockt_id;
        r = queue_get(sync->state, key, &row, reterr);
        if (r < 0)
                return r;
        if (r == STATE_NONE && !link->key)
                return tell_stranger(sync, key, text, answer, reterr);
        if (r == STATE_NONE)
                fprintf(text, "%s is locked; his user %lld is not in Lockt any more.", key, (long long) link->lockt_id);
        else if (!link->key || link->lockt_id == 0)
                fprintf(text, "%s is locked; his user in Lockt is being created, and is disabled as soon as its id is "
                              "known.", key);
        else if (row.probing)
                fprintf(text, "%s is locked; as last seen, his user %lld of Lockt has no access: it is looked at again "
                              "now.", key, (long long) link->lockt_id);
        else
                fprintf(text, "%s is locked; the revocation of his user %lld of Lockt is on its way.", key,
                        (long long) link->lockt_id);
        if (r == 0)
                tell_obstacles(sync, text, answer);
        return 0;
}

static int tell_unknown(Sync *sync, const char *key, const Link *link, FILE *text, Error *reterr) {
        _cleanup_(person_row_deinit) PersonRow person = PERSON_ROW_INIT;
        int64_t ids[1];
        size_t n = 0;
        int r;

        r = person_get(sync->state, key, &person, reterr);
        if (r <= 0 || link->key)
                return r < 0 ? r : 0;
        r = snapshot_find(sync->state, PROPERTY_ID_NUM, key, 0, ids, ELEMENTS(ids), &n, reterr);
        if (r < 0 || n > 0)
                return r < 0 ? r : 0;
        fputs(" Note that neither HR nor Lockt is known to have this id_num: is it the right one?", text);
        return 0;
}

/* Locked again, it is locked since it was. */
static int keep_lock(Sync *sync, Now now, const char *key, const char *reason, const char *by, Error *reterr) {
        _cleanup_(lock_deinit) Lock former = { 0 };
        Lock lock = { .key = (char *) key, .reason = (char *) reason, .by = (char *) by, .since_usec = now.real_usec };
        int r;

        r = lock_get(sync->state, key, &former, reterr);
        if (r < 0)
                return r;
        if (r == 0)
                lock.since_usec = former.since_usec;
        r = lock_put(sync->state, &lock, reterr);
        if (r < 0)
                return r;
        return hand_history(sync, now, key, "locked", by, 0, reason, reterr);
}

static int lock_person(Sync *sync, Now now, const char *key, const char *reason, const char *by, FILE *text,
                       HandAnswer *answer, Error *reterr) {
        _cleanup_(link_deinit) Link link = LINK_INIT;
        int r;

        r = keep_lock(sync, now, key, reason, by, reterr);
        if (r < 0)
                return r;
        r = link_get(sync->state, key, &link, reterr);
        if (r < 0)
                return r;
        r = revoke_locked(sync, key, &link, now, reterr);
        if (r < 0)
                return r;
        r = tell_locked(sync, key, &link, text, answer, reterr);
        return r < 0 ? r : tell_unknown(sync, key, &link, text, reterr);
}

int sync_lock(Sync *sync, Now now, const char *key, const char *reason, const char *by, HandAnswer *ret,
              Error *reterr) {
        _cleanup_(hand_answer_deinit) HandAnswer answer = { 0 };
        size_t size;
        FILE *text;
        int r;

        r = hand_check_key(sync, key, reterr);
        if (r != 0)
                return r;
        r = hand_check_text("the reason", reason, REASON_MAX, reterr);
        if (r != 0)
                return r;
        text = open_memstream(&answer.text, &size);
        if (!text)
                return hand_oom(reterr);
        r = state_begin(sync->state, reterr);
        if (r >= 0) {
                r = lock_person(sync, now, key, reason, by, text, &answer, reterr);
                r = hand_end(sync, r, reterr);
        }
        return hand_answer(text, r, &answer, ret, reterr);
}

/* Disabled by locktsync from now on, so that locktsync may enable it again. */
static int lift_block(Sync *sync, Now now, const char *key, Link *link, bool *ret_lifted, Error *reterr) {
        _cleanup_(held_user_deinit) HeldUser held = HELD_USER_INIT;
        int r;

        if (!link->key || link->lockt_id == 0)
                return 0;
        r = snapshot_get(sync->state, link->lockt_id, &held, reterr);
        if (r != 0 || held.missing ||
            !plan_blocked_by_hand(&held.user, link->disabled_usec > 0, now.real_usec / USEC_PER_SEC))
                return r < 0 ? r : 0;
        if (delivery_in_flight(sync->delivery, key))
                return hand_refuse(reterr, "a write for %s is under way: try again in a moment", key);
        link->disabled_usec = now.real_usec;
        *ret_lifted = true;
        return link_put(sync->state, link, reterr);
}

static void tell_unlocked(const Sync *sync, const char *key, const Lock *lock, bool lifted, const Link *link,
                          FILE *text) {
        if (lock->key)
                fprintf(text, "%s is unlocked.", key);
        if (lifted)
                fprintf(text, "%sUser %lld of Lockt was disabled there by hand, and may be enabled again.",
                        lock->key ? " " : "", (long long) link->lockt_id);
        if (sync->hr_down)
                fprintf(text, " HR can't be read at the moment (%s): what he gets is decided when it is read again.",
                        sync->hr_error);
        else if (sync->hr_refused)
                fputs(" What HR says at the moment gives nobody access (see 'locktsyncctl status'): he waits until it "
                      "does.", text);
        else
                fputs(" HR is being read, and what it says decides what he gets.", text);
}

static int unlock_person(Sync *sync, Now now, const char *key, const char *by, FILE *text, HandAnswer *answer,
                         Error *reterr) {
        _cleanup_(lock_deinit) Lock lock = { 0 };
        _cleanup_(link_deinit) Link link = LINK_INIT;
        bool lifted = false;
        int r;

        r = lock_get(sync->state, key, &lock, reterr);
        if (r < 0)
                return r;
        r = link_get(sync->state, key, &link, reterr);
        if (r < 0)
                return r;
        r = lift_block(sync, now, key, &link, &lifted, reterr);
        if (r != 0)
                return r;
        if (!lock.key && !lifted)
                return hand_refuse(reterr, "%s is neither locked nor, as Lockt was last seen, disabled there by hand; "
                                           "'locktsyncctl explain %s' says why he has what he has", key, key);
        r = lock_delete(sync->state, key, reterr);
        /* From here on HR's row decides, whatever he was set back to before. */
        if (r >= 0)
                r = reverted_delete(sync->state, key, reterr);
        if (r < 0)
                return r;
        r = hand_history(sync, now, key, "unlocked", by, link.lockt_id,
                         lifted ? "a block made in Lockt by hand was lifted" : lock.reason, reterr);
        if (r < 0)
                return r;
        answer->lockt_id = link.lockt_id;
        tell_unlocked(sync, key, &lock, lifted, &link, text);
        return hand_decide_anew(sync, key, reterr);
}

int sync_unlock(Sync *sync, Now now, const char *key, const char *by, HandAnswer *ret, Error *reterr) {
        _cleanup_(hand_answer_deinit) HandAnswer answer = { 0 };
        size_t size;
        FILE *text;
        int r;

        text = open_memstream(&answer.text, &size);
        if (!text)
                return hand_oom(reterr);
        r = state_begin(sync->state, reterr);
        if (r >= 0) {
                r = unlock_person(sync, now, key, by, text, &answer, reterr);
                r = hand_end(sync, r, reterr);
        }
        return hand_answer(text, r, &answer, ret, reterr);
}

/* As far as the last evaluation tells: HR has him, and did not want him out. */
static int is_wanted(Sync *sync, const char *key, bool *ret, Error *reterr) {
        _cleanup_(person_row_deinit) PersonRow person = PERSON_ROW_INIT;
        _cleanup_(lock_deinit) Lock lock = { 0 };
        int r;

        *ret = false;
        r = person_get(sync->state, key, &person, reterr);
        if (r != 0 || person.gone || person.absent_since_usec >= 0)
                return r < 0 ? r : 0;
        if (person.revoked_read > 0 && person.revoked_read >= person.read)
                return 0;
        r = lock_get(sync->state, key, &lock, reterr);
        *ret = r == STATE_NONE;
        return r < 0 ? r : 0;
}

int sync_next_blocked(Sync *sync, Now now, int64_t *after, Blocked *ret, Error *reterr) {
        for (unsigned i = 0; i < LOOK_MAX; i++) {
                _cleanup_(link_deinit) Link link = LINK_INIT;
                _cleanup_(held_user_deinit) HeldUser held = HELD_USER_INIT;
                bool wanted;
                int r;

                r = link_next_disabled(sync->state, *after, &link, reterr);
                if (r != 0)
                        return r;
                *after = link.lockt_id;
                r = snapshot_get(sync->state, link.lockt_id, &held, reterr);
                if (r < 0)
                        return r;
                if (!plan_blocked_by_hand(&held.user, link.disabled_usec > 0, now.real_usec / USEC_PER_SEC))
                        continue;
                r = is_wanted(sync, link.key, &wanted, reterr);
                if (r < 0)
                        return r;
                if (!wanted)
                        continue;
                *ret = (Blocked) { .key = steal(link.key), .lockt_id = link.lockt_id, .seen_usec = held.seen_usec };
                return 0;
        }
        return SYNC_BLOCKED_AGAIN;
}
