/*
 * Whether a change may go (invariants 4 and 5)
 *
 * What was decided before comes first: a hold of this very change goes on, an approval of it lets it go, and before a plan is
 * approved nothing goes but what an explicit leaver loses. Then the limits.
 */

#include <errno.h>
#include <string.h>

#include "lib/state/hand.h"
#include "lib/sync/internal.h"

static bool acts(const Decision *decision) {
        if (decision->contested || decision->take_obstacle == OBSTACLE_READ || decision->plan.has_take)
                return true;
        /* Parked as a whole: nothing is written, and it is listed. */
        if (decision->give_obstacle == OBSTACLE_PARKED)
                return false;
        return decision->adopts || decision->plan.has_give || decision->give_obstacle != OBSTACLE_NONE;
}

/* Somebody whose row says so, and who was linked before: he goes out, whatever waits for an approval. */
static bool is_explicit_leaver(const QueueRow *row, const Decision *decision, Now now) {
        return row->wanted.standing != STANDING_ABSENT && decision->link.key &&
               plan_is_leaver(&row->wanted, now.real_usec / USEC_PER_SEC);
}

/* Gifts are held, what the same person loses is not (invariant 2). */
static bool holds_gifts_only(HoldKind kind, const Decision *decision) {
        return (kind == HOLD_RESTORED || kind == HOLD_GRANTED || kind == HOLD_CHANGED) && decision->plan.has_take;
}

static void hold_by(Verdict *verdict, HoldKind kind, int64_t level, const Decision *decision) {
        verdict->kind = VERDICT_HELD;
        verdict->hold = kind;
        verdict->level = level;
        verdict->take_only = holds_gifts_only(kind, decision);
}

/* Whether this very wish was let go before, and only waits to be sent. */
static int is_queued(const Sync *sync, const QueueRow *row, const Decision *decision, Now now,
                     const uint8_t change[DIGEST_SIZE], bool *ret, Error *reterr) {
        _cleanup_(queue_row_deinit) QueueRow queued = QUEUE_ROW_INIT;
        uint8_t former[DIGEST_SIZE];
        int r;

        *ret = false;
        r = queue_get(sync->state, row->wanted.key, &queued, reterr);
        if (r != 0)
                return r < 0 ? r : 0;
        /* Of what is only taken, nothing but that was let go. */
        if (queued.take_only && (decision->plan.has_give || decision->give_obstacle != OBSTACLE_NONE))
                return 0;
        if (guard_change(&sync->change_key, &queued, decision, now.real_usec / USEC_PER_SEC, former) < 0)
                return error_set(reterr, -ENOMEM, "cannot judge a change: out of memory");
        *ret = memcmp(former, change, DIGEST_SIZE) == 0;
        return 0;
}

int judge_former(const Sync *sync, const Apply *apply, const QueueRow *row, const Decision *decision, Now now,
                 Verdict *ret, Error *reterr) {
        _cleanup_(hold_deinit) Hold hold = { 0 };
        _cleanup_(lock_deinit) Lock lock = { 0 };
        unsigned gate = apply_gate(sync, apply);
        bool queued;
        int r;

        *ret = (Verdict) { .kind = VERDICT_FREE };
        if (guard_change(&sync->change_key, row, decision, now.real_usec / USEC_PER_SEC, ret->change) < 0)
                return error_set(reterr, -ENOMEM, "cannot judge a change: out of memory");
        /* Who is locked by hand goes out, and counts against nothing: somebody has looked. */
        r = decision->link.key ? lock_get(sync->state, row->wanted.key, &lock, reterr) : STATE_NONE;
        if (r < 0)
                return r;
        if (r == 0) {
                ret->kind = VERDICT_APPROVED;
                return 0;
        }
        r = hold_get(sync->state, row->wanted.key, &hold, reterr);
        if (r < 0)
                return r;
        if (r == 0 && memcmp(hold.change, ret->change, DIGEST_SIZE) == 0) {
                if (hold.approval > 0) {
                        ret->kind = VERDICT_APPROVED;
                        return 0;
                }
                if (hold.kind != HOLD_PLAN || gate != 0) {
                        hold_by(ret, hold.kind, hold.level, decision);
                        return 0;
                }
        }
        r = is_queued(sync, row, decision, now, ret->change, &queued, reterr);
        if (r < 0)
                return r;
        if (queued) {
                ret->kind = VERDICT_APPROVED;
                return 0;
        }
        if (gate != 0 && acts(decision) && !is_explicit_leaver(row, decision, now))
                hold_by(ret, HOLD_PLAN, 0, decision);
        return 0;
}

int judge(const Sync *sync, Apply *apply, const Finding *finding, const QueueRow *row, const Decision *decision, Now now,
          Verdict *ret, Error *reterr) {
        HoldKind kind;
        int64_t level;
        int r;

        r = judge_former(sync, apply, row, decision, now, ret, reterr);
        if (r < 0 || ret->kind != VERDICT_FREE)
                return r;
        if (guard_holds(&apply->guard, &apply->changes, finding->counts, finding->kind == FINDING_ABSENT, finding->gains,
                        &kind, &level))
                hold_by(ret, kind, level, decision);
        return 0;
}
