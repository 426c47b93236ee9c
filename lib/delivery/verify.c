/* Revocations are confirmed only by seeing them (invariant 11), and looked at again where a gift may arrive late (invariant 1). */

#include <errno.h>
#include <string.h>

#include "lib/delivery/internal.h"

/* A look after 1, 5 and 15 minutes, where the outcome of a giving write was unknown. */
static const int64_t again_usec[] = { 60 * USEC_PER_SEC, 300 * USEC_PER_SEC, 900 * USEC_PER_SEC };

/* It is not as it was acknowledged: sent again, by what HR wants now. */
static int undo(Delivery *delivery, Verify *verify, const Link *link, int64_t now_usec, Error *reterr) {
        _cleanup_(queue_row_deinit) QueueRow row = QUEUE_ROW_INIT;
        int r;

        delivery_tell(delivery, NEWS_REVOCATION_UNDONE, verify->key, "revoke", NULL, -1);
        r = delivery_history(delivery, verify->key, "revocation-undone", NULL, NULL, NULL, now_usec, reterr);
        if (r < 0)
                return r;
        r = queue_get(delivery->state, verify->key, &row, reterr);
        if (r < 0)
                return r;
        if (r == 0)
                return queue_retry_now(delivery->state, verify->key, reterr);
        if (link->disabled_usec == 0) {
                /* Part of his access was taken: what he is to have, HR says. */
                r = person_forget_digest(delivery->state, verify->key, reterr);
                return r < 0 ? r : 0;
        }

        return delivery_enqueue_out(delivery, verify->key, "his revocation was undone in Lockt", now_usec, reterr);
}

static int confirm(Delivery *delivery, Verify *verify, Link *link, int64_t now_usec, Error *reterr) {
        int r;

        if (!verify->confirmed) {
                verify->confirmed = true;
                delivery_tell(delivery, NEWS_REVOCATION_CONFIRMED, verify->key, NULL, NULL, -1);
                r = delivery_history(delivery, verify->key, "confirmed", NULL, NULL, NULL, now_usec, reterr);
                if (r < 0)
                        return r;
        }
        if (link->unknown_give && verify->step < ELEMENTS(again_usec)) {
                verify->due_usec = verify->acked_usec + again_usec[verify->step];
                if (verify->due_usec <= now_usec)
                        verify->due_usec = now_usec + USEC_PER_SEC;
                verify->step++;
                return verify_put(delivery->state, verify, reterr);
        }
        if (link->unknown_give) {
                link->unknown_give = false;
                r = link_put(delivery->state, link, reterr);
                if (r < 0)
                        return r;
        }
        r = verify_delete(delivery->state, verify->key, reterr);
        return r < 0 ? r : 0;
}

int delivery_watch_leaver(Delivery *delivery, const char *key, int64_t now_usec, Error *reterr) {
        _cleanup_(verify_deinit) Verify known = { 0 };
        Verify verify = {
                .key = (char *) key,
                .revoked_usec = now_usec,
                .acked_usec = now_usec,
                .due_usec = now_usec + again_usec[0],
                .step = 1,
                .confirmed = true,
        };
        int r;

        r = verify_get(delivery->state, key, &known, reterr);
        if (r != STATE_NONE)
                return r;
        return verify_put(delivery->state, &verify, reterr);
}

int delivery_check_revocation(Delivery *delivery, const char *key, const User *expected, const User *seen,
                              int64_t seen_usec, int64_t now_usec, Error *reterr) {
        _cleanup_(verify_deinit) Verify verify = { 0 };
        _cleanup_(link_deinit) Link link = LINK_INIT;
        int r;

        r = verify_get(delivery->state, key, &verify, reterr);
        if (r != 0)
                return r < 0 ? r : 0;
        /* A read that was sent before the acknowledgement proves nothing. */
        if (seen_usec < verify.acked_usec)
                return 0;
        r = link_get(delivery->state, key, &link, reterr);
        if (r != 0)
                return r < 0 ? r : 0; /* a creation in doubt (doubt.c) */

        /* Nobody there opens no door. */
        if (!seen || !access_compare(expected, seen, now_usec / USEC_PER_SEC).gives)
                return confirm(delivery, &verify, &link, now_usec, reterr);

        verify.confirmed = false;
        verify.step = 0;
        verify.due_usec = now_usec + delivery->options.retry_first_usec;
        r = verify_put(delivery->state, &verify, reterr);
        if (r < 0)
                return r;
        return undo(delivery, &verify, &link, now_usec, reterr);
}
