/* The wall clock was set: what is measured by it must not wait for an hour that was taken back. */

#include "lib/state/listing.h"

enum { USERS, LISTED, LOOKS, QUEUE, SPENT, SHOWN, HELD, GROUPS };

/*
 * ?1: now, ?2: the step. Looks again keep their distance from the acknowledgement that they look after, and a limit's
 * window keeps its length: neither is it over because somebody set the clock, nor does it last for ever.
 */
static const char *const texts[] = {
        /* Of a missing one seen_usec tells whether it was asked for since the last listing: that is no longer known. */
        [USERS] = ("UPDATE user SET acked_usec = min(acked_usec, ?1), seen_usec = min(seen_usec, ?1 - missing), "
                   "stale_usec = min(stale_usec, ?1) WHERE acked_usec > ?1 OR seen_usec > ?1 OR stale_usec > ?1"),
        [LISTED] = "UPDATE fact SET number = ?1 WHERE name = 'snapshot.listed' AND number > ?1",
        [LOOKS] = ("UPDATE verify SET acked_usec = min(acked_usec + ?2, ?1), revoked_usec = min(revoked_usec + ?2, ?1), "
                   "due_usec = min(due_usec + ?2, ?1 + 900000000)"),
        [QUEUE] = ("UPDATE queue SET queued_usec = min(queued_usec, ?1), changed_usec = min(changed_usec, ?1), "
                   "taking_usec = min(taking_usec, ?1), next_usec = 0"),
        [SPENT] = "UPDATE spent SET at_usec = min(at_usec + ?2, ?1)",
        [SHOWN] = "UPDATE shown SET shown_usec = min(shown_usec + ?2, ?1)",
        [HELD] = "UPDATE hold SET since_usec = ?1 WHERE since_usec > ?1",
        [GROUPS] = "UPDATE hold_group SET since_usec = ?1 WHERE since_usec > ?1",
};

static int set(State *state, unsigned which, int64_t now_usec, int64_t step_usec, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = statement_use(state, SHELF_CLOCK, which, texts[which], &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, now_usec);
        if (which == LOOKS || which == SPENT || which == SHOWN)
                put_number(&s, step_usec);
        return statement_run(&s, "set its times after the clock", reterr);
}

int state_clock_set(State *state, int64_t now_usec, int64_t step_usec, Error *reterr) {
        int r;

        r = state_begin(state, reterr);
        if (r < 0)
                return r;
        listing_disturb(state);
        for (unsigned which = 0; which < ELEMENTS(texts) && r >= 0; which++)
                r = set(state, which, now_usec, step_usec, reterr);
        if (r < 0) {
                state_rollback(state);
                return r;
        }
        return state_commit(state, reterr);
}
