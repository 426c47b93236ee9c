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

/* When to look, after the first look. */
static const int64_t again_usec[] = { 60 * USEC_PER_SEC, 300 * USEC_PER_SEC, 900 * USEC_PER_SEC };

int delivery_doubt(Delivery *delivery, const char *key, int64_t now_usec, Error *reterr) {
        Verify doubt = {
                .key = (char *) key,
                .revoked_usec = now_usec,
                .acked_usec = now_usec,
                .due_usec = now_usec,
                .confirmed = true,      /* there is no revocation yet that could be unconfirmed */
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
        int r;

        r = person_get(delivery->state, key, &person, reterr);
        if (r < 0)
                return r;
        *ret = r == STATE_NONE || person.gone || (person.revoked_read > 0 && person.revoked_read == person.read);
        return 0;
}

/* The creation was carried out, for somebody who has left since: it is ours, and is taken back. */
static int take_back(Delivery *delivery, const char *key, int64_t id, int64_t now_usec, Error *reterr) {
        _cleanup_(link_deinit) Link link = LINK_INIT, other = LINK_INIT;
        _cleanup_(held_user_deinit) HeldUser held = HELD_USER_INIT;
        int r;

        r = link_get_by_user(delivery->state, id, &other, reterr);
        if (r != STATE_NONE)
                return r < 0 ? r : verify_delete(delivery->state, key, reterr);
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
        r = delivery_history(delivery, key, "linked", NULL, NULL, "a creation without an answer was carried out",
                             now_usec, reterr);
        if (r < 0)
                return r;
        r = verify_delete(delivery->state, key, reterr);
        if (r < 0)
                return r;
        return delivery_enqueue_out(delivery, key, "left before his creation was known", now_usec, reterr);
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

int delivery_resolve_doubt(Delivery *delivery, const char *key, int64_t seen_usec, int64_t now_usec, Error *reterr) {
        _cleanup_(verify_deinit) Verify doubt = { 0 };
        int64_t ids[2];
        size_t n = 0;
        bool doubted, out;
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
        if (n == 0)
                return wait_longer(delivery, &doubt, now_usec, reterr);
        r = is_out(delivery, key, &out, reterr);
        if (r < 0)
                return r;
        /* Wanted in, he is linked like anybody who is found in Lockt, which ends the doubt. */
        if (!out)
                return wait_longer(delivery, &doubt, now_usec, reterr);
        return n == 1 ? take_back(delivery, key, ids[0], now_usec, reterr) : verify_delete(delivery->state, key, reterr);
}
