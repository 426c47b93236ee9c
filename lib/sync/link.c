/* Which Lockt user a person is, decided by hand. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/state/reverted.h"
#include "lib/sync/hand-private.h"

#define UNLEARNT "%s was just created, and the id of the user is being learnt: try again in a moment"

/* One wish, and what was found out about it. */
typedef struct Linking {
        const char *key;
        int64_t lockt_id;
        Link mine, other;               /* what the person is linked to now; who else is linked to the user */
        HeldUser held;                  /* the user */
        bool known;                     /* the ledger has the person */
        bool done;                      /* it is so already */
} Linking;

static void linking_deinit(Linking *linking) {
        link_deinit(&linking->mine);
        link_deinit(&linking->other);
        held_user_deinit(&linking->held);
}

/* A write of it is under way, or its creation may have been carried out: what it becomes is not known yet. */
static int check_settled(Sync *sync, const char *key, Error *reterr) {
        bool doubted;
        int r;

        if (delivery_in_flight(sync->delivery, key))
                return hand_refuse(reterr, "a write for %s is under way: try again in a moment", key);
        r = delivery_doubted(sync->delivery, key, &doubted, reterr);
        if (r < 0)
                return r;
        if (!doubted)
                return 0;
        return hand_refuse(reterr, "a creation of %s got no answer and may have been carried out; it is looked for during "
                                   "15 minutes: try again then", key);
}

/* Whether somebody who is linked to @held is to have access by the last word on him. */
static int is_in(Sync *sync, const Link *link, const User *held, Now now, bool *ret, Error *reterr) {
        _cleanup_(person_row_deinit) PersonRow person = PERSON_ROW_INIT;
        _cleanup_(queue_row_deinit) QueueRow row = QUEUE_ROW_INIT;
        int64_t instant = now.real_usec / USEC_PER_SEC;
        int r;

        *ret = false;
        r = person_get(sync->state, link->key, &person, reterr);
        if (r != 0 || person.gone || person.absent_since_usec >= 0)
                return r < 0 ? r : 0;
        r = queue_get(sync->state, link->key, &row, reterr);
        if (r < 0)
                return r;
        if (r == 0) {
                *ret = !plan_is_leaver(&row.wanted, instant);
                return 0;
        }
        /* The last read of him took something, and nothing is left: he left. */
        *ret = !(link->disabled_usec > 0 && !held->enabled) &&
               !(person.revoked_read > 0 && person.revoked_read >= person.read && !access_any(held, instant));
        return 0;
}

/* Who has the user gives him up only where he is out himself. */
static int check_other(Sync *sync, Now now, Linking *l, Error *reterr) {
        _cleanup_(lock_deinit) Lock lock = { 0 };
        bool in;
        int r;

        r = link_get_by_user(sync->state, l->lockt_id, &l->other, reterr);
        if (r != 0)
                return r < 0 ? r : 0;
        r = check_settled(sync, l->other.key, reterr);
        if (r != 0)
                return r;
        r = lock_get(sync->state, l->other.key, &lock, reterr);
        if (r < 0)
                return r;
        if (r == 0)
                return hand_refuse(reterr, "user %lld of Lockt is linked to %s, who is locked: 'locktsyncctl unlock %s' "
                                           "first", (long long) l->lockt_id, l->other.key, l->other.key);
        r = is_in(sync, &l->other, &l->held.user, now, &in, reterr);
        if (r < 0)
                return r;
        if (!in)
                return 0;
        return hand_refuse(reterr, "user %lld of Lockt is linked to %s, whom HR has and wants in: if that is wrong, "
                                   "'locktsyncctl unlink %s' first", (long long) l->lockt_id, l->other.key, l->other.key);
}

static int check_user(Sync *sync, Now now, Linking *l, Error *reterr) {
        int r;

        r = snapshot_get_fob(sync->state, l->lockt_id, reterr);
        if (r < 0)
                return r;
        if (r == 0)
                return hand_refuse(reterr, "%lld is a fob in Lockt, and nobody is a fob", (long long) l->lockt_id);
        r = snapshot_get(sync->state, l->lockt_id, &l->held, reterr);
        if (r < 0)
                return r;
        if (r == STATE_NONE || l->held.missing)
                return hand_refuse(reterr, "Lockt has no user %lld, as far as its last listing shows; 'locktsyncctl "
                                           "resync' lists anew", (long long) l->lockt_id);
        if (mapping_excludes(sync->mapping, user_text(&l->held.user, PROPERTY_ID_NUM)))
                return hand_refuse(reterr, "user %lld of Lockt has the id_num %s, which 'exclude' in the configuration "
                                           "names: locktsync never writes to it", (long long) l->lockt_id,
                                   user_text(&l->held.user, PROPERTY_ID_NUM));
        return check_other(sync, now, l, reterr);
}

/* A creation beside a user of the same number would be ignored by Lockt, or taken for that user. */
static int check_new(Sync *sync, const Linking *l, Error *reterr) {
        int64_t ids[1];
        size_t n = 0;
        int r;

        r = snapshot_find(sync->state, PROPERTY_ID_NUM, l->key, l->mine.lockt_id, ids, ELEMENTS(ids), &n, reterr);
        if (r < 0)
                return r;
        if (n == 0)
                return 0;
        return hand_refuse(reterr, "user %lld of Lockt has the id_num %s, and Lockt would not take a second one: change it "
                                   "there, or 'locktsyncctl link %s %lld'", (long long) ids[0], l->key, l->key,
                           (long long) ids[0]);
}

/* The user that the person is linked to now is let go only where it is not there any more. */
static int check_mine(Sync *sync, Linking *l, Error *reterr) {
        _cleanup_(held_user_deinit) HeldUser held = HELD_USER_INIT;
        int r;

        r = link_get(sync->state, l->key, &l->mine, reterr);
        if (r != 0)
                return r < 0 ? r : 0;
        if (l->mine.lockt_id == 0)
                return hand_refuse(reterr, UNLEARNT, l->key);
        r = snapshot_get(sync->state, l->mine.lockt_id, &held, reterr);
        if (r < 0)
                return r;
        if (r == STATE_NONE || held.missing)
                return 0;
        l->done = l->mine.lockt_id == l->lockt_id;
        if (l->done)
                return 0;
        return hand_refuse(reterr, "%s is linked to user %lld of Lockt: 'locktsyncctl unlink %s' first", l->key,
                           (long long) l->mine.lockt_id, l->key);
}

static int find_out(Sync *sync, Now now, const LinkWish *wish, Linking *l, Error *reterr) {
        _cleanup_(person_row_deinit) PersonRow person = PERSON_ROW_INIT;
        int r;

        *l = (Linking) { .key = wish->key, .lockt_id = wish->lockt_id, .mine = LINK_INIT, .other = LINK_INIT,
                         .held = HELD_USER_INIT };
        r = hand_check_key(sync, l->key, reterr);
        if (r != 0)
                return r;
        r = check_mine(sync, l, reterr);
        if (r != 0 || l->done)
                return r;
        r = check_settled(sync, l->key, reterr);
        if (r != 0)
                return r;
        r = person_get(sync->state, l->key, &person, reterr);
        if (r < 0)
                return r;
        l->known = r == 0;
        return l->lockt_id > 0 ? check_user(sync, now, l, reterr) : check_new(sync, l, reterr);
}

/* All that waits for somebody who is another user from now on, or none. */
static int drop_pending(Sync *sync, const char *key, Error *reterr) {
        int r;

        r = queue_delete(sync->state, key, reterr);
        if (r >= 0)
                r = verify_delete(sync->state, key, reterr);
        if (r >= 0)
                r = hold_delete(sync->state, key, reterr);
        if (r >= 0)
                r = reverted_delete(sync->state, key, reterr);
        if (r >= 0)
                r = echo_delete(sync->state, key, reterr);
        if (r >= 0)
                r = delivery_unpark(sync->delivery, key, reterr);
        return r < 0 ? r : 0;
}

/* Who had the user before stays known as somebody who is gone. */
static int leave_behind(Sync *sync, Now now, const Linking *l, const char *by, Error *reterr) {
        _cleanup_(person_row_deinit) PersonRow person = PERSON_ROW_INIT;
        char text[KEY_MAX_BYTES + 64];
        int r;

        r = link_delete(sync->state, l->other.key, reterr);
        if (r >= 0)
                r = drop_pending(sync, l->other.key, reterr);
        if (r >= 0)
                r = person_get(sync->state, l->other.key, &person, reterr);
        if (r < 0)
                return r;
        if (r == 0 && (person.gone || person.absent_since_usec >= 0)) {
                person.gone = true;
                person.has_digest = false;
                r = person_put(sync->state, &person, reterr);
                if (r < 0)
                        return r;
        }
        (void) snprintf(text, sizeof(text), "its user is linked to %s from now on", l->key);
        return hand_history(sync, now, l->other.key, "unlinked", by, l->lockt_id, text, reterr);
}

/* What locktsync remembers of the user goes with it: whom and what it disabled and granted is its doing still. */
static int put_link(Sync *sync, Now now, Linking *l, Error *reterr) {
        _cleanup_(link_deinit) Link link = l->other;

        l->other = LINK_INIT;
        free(link.key);
        link.key = strdup(l->key);
        if (!link.key)
                return hand_oom(reterr);
        link.lockt_id = l->lockt_id;
        link.linked_usec = now.real_usec;
        return link_put(sync->state, &link, reterr);
}

static int carry_out(Sync *sync, Now now, Linking *l, const char *by, Error *reterr) {
        char text[KEY_MAX_BYTES + 64] = "";
        int r;

        r = drop_pending(sync, l->key, reterr);
        if (r >= 0)
                r = apart_delete(sync->state, l->key, reterr);
        if (r >= 0)
                r = link_delete(sync->state, l->key, reterr);
        if (r >= 0 && l->other.key) {
                (void) snprintf(text, sizeof(text), "taken over from %s", l->other.key);
                r = leave_behind(sync, now, l, by, reterr);
        }
        if (r >= 0)
                r = l->lockt_id > 0 ? put_link(sync, now, l, reterr)
                                    : apart_put(sync->state, l->key, 0, by, now.real_usec, reterr);
        if (r >= 0)
                r = hand_history(sync, now, l->key, l->lockt_id > 0 ? "linked" : "link-new", by, l->lockt_id,
                                 text[0] ? text : NULL, reterr);
        if (r >= 0 && l->lockt_id > 0)
                r = hand_enqueue_locked(sync, l->key, now, reterr);
        return r < 0 ? r : hand_decide_anew(sync, l->key, reterr);
}

/* Whether an update could not be found by Lockt, and the person is parked for that (ruling 9). */
static bool is_unfindable(const Sync *sync, const Linking *l) {
        return l->lockt_id > 0 && !sync->context.rules.by_id && !user_text(&l->held.user, PROPERTY_EMAIL)[0] &&
               strcmp(user_text(&l->held.user, PROPERTY_ID_NUM), l->key) != 0;
}

static void tell(const Sync *sync, const Linking *l, const char *other, bool blocked, FILE *text) {
        if (l->done) {
                fprintf(text, "%s is linked to user %lld of Lockt already.", l->key, (long long) l->lockt_id);
                return;
        }
        if (l->lockt_id > 0)
                fprintf(text, "%s is linked to user %lld of Lockt%s%s.", l->key, (long long) l->lockt_id,
                        other ? ", taken over from " : "", other ? other : "");
        else
                fprintf(text, "%s is none of the users that Lockt has, and may be created.", l->key);
        if (!l->known)
                fputs(" HR has not told of him yet: nothing changes until it does.", text);
        if (is_unfindable(sync, l))
                fprintf(text, " That user has another id_num and no e-mail, and Lockt finds users by these: enter the "
                              "id_num %s there by hand.", l->key);
        if (blocked)
                fprintf(text, " That user is disabled in Lockt by hand, and stays so until 'locktsyncctl unlock %s'.",
                        l->key);
}

static int link_one(Sync *sync, Now now, const LinkWish *wish, const char *by, FILE *text, Error *reterr) {
        _cleanup_(linking_deinit) Linking linking = { .held = HELD_USER_INIT };
        _cleanup_(freep) char *other = NULL;
        bool blocked;
        int r;

        r = find_out(sync, now, wish, &linking, reterr);
        if (r != 0)
                return r;
        if (linking.other.key) {
                other = strdup(linking.other.key);
                if (!other)
                        return hand_oom(reterr);
        }
        blocked = wish->lockt_id > 0 && plan_blocked_by_hand(&linking.held.user, linking.other.disabled_usec > 0,
                                                             now.real_usec / USEC_PER_SEC);
        if (!linking.done) {
                r = carry_out(sync, now, &linking, by, reterr);
                if (r < 0)
                        return r;
        }
        if (text)
                tell(sync, &linking, other, blocked && !linking.done, text);
        return 0;
}

/* Everything that is wrong, in one go; nothing is changed. 0 or SYNC_REFUSED. */
static int check_all(Sync *sync, Now now, const LinkWish *wishes, size_t n,
                     void (*complain)(void *userdata, size_t wish, const char *sentence), void *userdata,
                     Error *reterr) {
        int result = 0;

        for (size_t i = 0; i < n; i++) {
                _cleanup_(linking_deinit) Linking linking = { .held = HELD_USER_INIT };
                _cleanup_(error_clear) Error why = ERROR_INIT;
                int r;

                r = find_out(sync, now, &wishes[i], &linking, &why);
                if (r < 0)
                        return error_set(reterr, r, "%s", error_message(&why));
                if (r == 0)
                        continue;
                complain(userdata, i, error_message(&why));
                result = SYNC_REFUSED;
        }
        return result;
}

int sync_link(Sync *sync, Now now, const LinkWish *wishes, size_t n_wishes, const char *by,
              void (*complain)(void *userdata, size_t wish, const char *sentence), void *userdata, HandAnswer *ret,
              Error *reterr) {
        _cleanup_(hand_answer_deinit) HandAnswer answer = { 0 };
        size_t size;
        FILE *text;
        int r;

        r = check_all(sync, now, wishes, n_wishes, complain, userdata, reterr);
        if (r != 0)
                return r;
        text = open_memstream(&answer.text, &size);
        if (!text)
                return hand_oom(reterr);
        r = state_begin(sync->state, reterr);
        if (r >= 0) {
                for (size_t i = 0; i < n_wishes && r == 0; i++) {
                        r = link_one(sync, now, &wishes[i], by, n_wishes == 1 ? text : NULL, reterr);
                        if (r == SYNC_REFUSED) /* it does not go together with one before it */
                                complain(userdata, i, error_message(reterr));
                }
                r = hand_end(sync, r, reterr);
        }
        if (r == 0 && n_wishes == 1)
                answer.lockt_id = wishes[0].lockt_id;
        else if (r == 0)
                fprintf(text, "%zu people are linked.", n_wishes);
        return hand_answer(text, r, &answer, ret, reterr);
}

static int keep_apart(Sync *sync, Now now, const char *key, const Link *link, const char *by, Error *reterr) {
        _cleanup_(freep) char *reason = decide_apart_reason(key, link->lockt_id);
        int r;

        if (!reason)
                return hand_oom(reterr);
        r = drop_pending(sync, key, reterr);
        if (r >= 0)
                r = link_delete(sync->state, key, reterr);
        if (r >= 0)
                r = apart_put(sync->state, key, link->lockt_id, by, now.real_usec, reterr);
        if (r >= 0)
                r = hand_history(sync, now, key, "unlinked", by, link->lockt_id, NULL, reterr);
        if (r >= 0)
                r = delivery_park(sync->delivery, key, PARK_CONFLICT, reason, now.real_usec, reterr);
        return r < 0 ? r : hand_decide_anew(sync, key, reterr);
}

static int unlink_person(Sync *sync, Now now, const char *key, const char *by, FILE *text, HandAnswer *answer,
                         Error *reterr) {
        _cleanup_(link_deinit) Link link = LINK_INIT;
        _cleanup_(held_user_deinit) HeldUser held = HELD_USER_INIT;
        int r;

        r = link_get(sync->state, key, &link, reterr);
        if (r < 0)
                return r;
        if (r == STATE_NONE)
                return hand_refuse(reterr, "%s is linked to no user of Lockt", key);
        if (link.lockt_id == 0)
                return hand_refuse(reterr, UNLEARNT, key);
        r = check_settled(sync, key, reterr);
        if (r != 0)
                return r;
        r = snapshot_get(sync->state, link.lockt_id, &held, reterr);
        if (r < 0)
                return r;
        answer->lockt_id = link.lockt_id;
        fprintf(text, "%s is not linked to user %lld of Lockt any more, and is parked until he is linked again.", key,
                (long long) link.lockt_id);
        if (r == 0 && !held.missing && access_any(&held.user, now.real_usec / USEC_PER_SEC))
                fputs(" That user keeps the access that it has, and locktsync does not look after it any more.", text);
        return keep_apart(sync, now, key, &link, by, reterr);
}

int sync_unlink(Sync *sync, Now now, const char *key, const char *by, HandAnswer *ret, Error *reterr) {
        _cleanup_(hand_answer_deinit) HandAnswer answer = { 0 };
        size_t size;
        FILE *text;
        int r;

        text = open_memstream(&answer.text, &size);
        if (!text)
                return hand_oom(reterr);
        r = state_begin(sync->state, reterr);
        if (r >= 0) {
                r = unlink_person(sync, now, key, by, text, &answer, reterr);
                r = hand_end(sync, r, reterr);
        }
        return hand_answer(text, r, &answer, ret, reterr);
}
