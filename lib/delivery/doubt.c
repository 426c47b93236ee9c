/*
 * Creations that may have been carried out, and may yet be
 *
 * Nobody is linked to a user whose creation got no answer. Were its person to leave now, the user would come into being
 * with access, and belong to nobody. So the key is looked at until it is known or 15 minutes have passed (invariant 1):
 * a row of `verify` without a link is such a doubt.
 */

#include <errno.h>
#include <string.h>

#include "lib/delivery/internal.h"
#include "lib/state/hand.h"

/* When to look, after the first look. */
static const int64_t again_usec[] = { 60 * USEC_PER_SEC, 300 * USEC_PER_SEC, 900 * USEC_PER_SEC };

int delivery_doubt(Delivery *delivery, const char *key, const User *sent, int64_t now_usec, Error *reterr) {
        Verify doubt = {
                .key = (char *) key,
                .revoked_usec = now_usec,
                .acked_usec = now_usec,
                .due_usec = now_usec,
                .confirmed = true,      /* there is no revocation yet that could be unconfirmed */
                .sent = *sent,
        };

        return verify_put(delivery->state, &doubt, reterr);
}

int delivery_doubted(Delivery *delivery, const char *key, bool *ret, Error *reterr) {
        _cleanup_(verify_deinit) Verify verify = { 0 };
        _cleanup_(link_deinit) Link link = LINK_INIT;
        int r;

        *ret = false;
        r = verify_get(delivery->state, key, &verify, reterr);
        if (r != 0)
                return r < 0 ? r : 0;
        r = link_get(delivery->state, key, &link, reterr);
        if (r < 0)
                return r;
        *ret = r == STATE_NONE;
        return 0;
}

/* Whether the last word on a person was that he is out. Nobody knows a person any more who was forgotten. */
static int is_out(Delivery *delivery, const char *key, bool *ret, Error *reterr) {
        _cleanup_(person_row_deinit) PersonRow person = PERSON_ROW_INIT;
        _cleanup_(lock_deinit) Lock lock = { 0 };
        int r;

        *ret = true;
        r = lock_get(delivery->state, key, &lock, reterr);
        if (r <= 0)
                return r;
        r = person_get(delivery->state, key, &person, reterr);
        if (r < 0)
                return r;
        *ret = r == STATE_NONE || person.gone || (person.revoked_read > 0 && person.revoked_read == person.read);
        return 0;
}

/* Not there yet: looked at again. */
static int wait_longer(Delivery *delivery, Verify *doubt, int64_t now_usec, Error *reterr) {
        if (doubt->step >= ELEMENTS(again_usec))
                return verify_delete(delivery->state, doubt->key, reterr);
        doubt->due_usec = doubt->acked_usec + again_usec[doubt->step++];
        if (doubt->due_usec <= now_usec)
                doubt->due_usec = now_usec + USEC_PER_SEC;
        return verify_put(delivery->state, doubt, reterr);
}

/* The creation was carried out: the user is ours, with all that it holds. */
static int link_created(Delivery *delivery, const char *key, int64_t id, int64_t now_usec, Error *reterr) {
        _cleanup_(link_deinit) Link link = LINK_INIT;
        _cleanup_(held_user_deinit) HeldUser held = HELD_USER_INIT;
        int r;

        link.key = strdup(key);
        if (!link.key)
                return error_set(reterr, -ENOMEM, "cannot link a person: out of memory");
        link.lockt_id = id;
        link.linked_usec = now_usec;
        r = snapshot_get(delivery->state, id, &held, reterr);
        if (r < 0)
                return r;
        for (size_t i = 0; i < held.user.n_levels; i++)
                if (user_add_level(&link.granted, held.user.levels[i]) < 0)
                        return error_set(reterr, -ENOMEM, "cannot link a person: out of memory");
        r = link_put(delivery->state, &link, reterr);
        if (r < 0)
                return r;
        r = verify_delete(delivery->state, key, reterr);
        if (r < 0)
                return r;
        delivery->health.created++;
        delivery_tell(delivery, NEWS_CREATED, key, "create", NULL, -1);
        return delivery_history(delivery, key, "created", NULL, &held.user, "found after its answer was lost", now_usec,
                                reterr);
}

/* A user of this id_num is there. Somebody else may have made it: only one that agrees with what was sent is ours. */
static int found(Delivery *delivery, Verify *doubt, int64_t id, int64_t now_usec, Error *reterr) {
        _cleanup_(link_deinit) Link other = LINK_INIT;
        _cleanup_(held_user_deinit) HeldUser held = HELD_USER_INIT;
        bool out;
        int r;

        r = link_get_by_user(delivery->state, id, &other, reterr);
        if (r != STATE_NONE)
                return r < 0 ? r : verify_delete(delivery->state, doubt->key, reterr);
        r = snapshot_get(delivery->state, id, &held, reterr);
        if (r < 0)
                return r;
        if (!decide_agrees(&doubt->sent, &held.user))
                return wait_longer(delivery, doubt, now_usec, reterr);
        r = link_created(delivery, doubt->key, id, now_usec, reterr);
        if (r < 0)
                return r;
        r = is_out(delivery, doubt->key, &out, reterr);
        if (r < 0)
                return r;
        if (out)
                return delivery_enqueue_out(delivery, doubt->key, "left before his creation was known", now_usec, reterr);
        r = person_forget_digest(delivery->state, doubt->key, reterr);
        return r < 0 ? r : 0;
}

int delivery_resolve_doubt(Delivery *delivery, const char *key, int64_t seen_usec, int64_t now_usec, Error *reterr) {
        _cleanup_(verify_deinit) Verify doubt = { 0 };
        int64_t ids[2];
        size_t n = 0;
        bool doubted;
        int r;

        r = delivery_doubted(delivery, key, &doubted, reterr);
        if (r < 0 || !doubted)
                return r;
        r = verify_get(delivery->state, key, &doubt, reterr);
        if (r != 0 || seen_usec < doubt.acked_usec)
                return r < 0 ? r : 0;
        r = snapshot_find(delivery->state, PROPERTY_ID_NUM, key, 0, ids, ELEMENTS(ids), &n, reterr);
        if (r < 0)
                return r;
        if (n != 1)
                return wait_longer(delivery, &doubt, now_usec, reterr);
        return found(delivery, &doubt, ids[0], now_usec, reterr);
}
