/*
 * Findings become queue rows
 *
 * First all are decided, and what they change is counted against the limits (invariant 4); then they are applied in pieces,
 * each one transaction that holds the digest and the queue's row, or the hold, so that a crash between two pieces loses
 * nothing: what was not applied is found again.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/state/reverted.h"
#include "lib/sync/internal.h"

const Config *apply_config(const Sync *sync, const Apply *apply) {
        return apply->planned ? apply->planned->config : sync->config;
}

const DecideContext *apply_context(const Sync *sync, const Apply *apply) {
        return apply->planned ? &apply->planned->context : &sync->context;
}

unsigned apply_gate(const Sync *sync, const Apply *apply) {
        return apply->planned ? apply->planned->gate : sync->gate;
}

bool apply_active(const Apply *apply) {
        return apply->phase != APPLY_IDLE;
}

void apply_reset(Apply *apply) {
        reading_reset(&apply->facts);
        guard_tally_deinit(&apply->changes);
        free(apply->cursor);
        *apply = (Apply) { 0 };
}

int apply_begin(Sync *sync, Apply *apply, StageSlot slot, Reading *reading, const IntakeTally *tally, bool absence_proven,
                Error *reterr) {
        int64_t n;
        int r;

        r = stage_count(sync->state, slot, &n, reterr);
        if (r < 0)
                return r;
        apply_reset(apply);
        intake_free(reading->intake);
        reading->intake = NULL;
        apply->facts = *reading;
        *reading = (Reading) { 0 };
        apply->slot = slot;
        apply->tally = *tally;
        apply->absence_proven = absence_proven;
        apply->guard.explicit_left = INT64_MAX;
        apply->phase = n > 0 ? APPLY_DECIDE : APPLY_WRITE;
        return 0;
}

static int finding_to_row(const Finding *finding, int64_t read, const char *why, QueueRow *ret) {
        const Person *wanted = &finding->wanted;

        *ret = QUEUE_ROW_INIT;
        ret->wanted = *wanted;
        /* Owned anew: the finding stays as it is. */
        ret->wanted.grants = NULL;
        ret->wanted.n_grants = 0;
        ret->wanted.fault = NULL;
        ret->wanted.key = NULL;
        ret->wanted.wanted = USER_INIT;
        ret->read = read;
        ret->pin_wanted = finding->pin_wanted;
        memcpy(ret->pin_digest, finding->pin_digest, DIGEST_SIZE);
        ret->wanted.key = strdup(wanted->key);
        ret->why = strdup(why);
        ret->wanted.fault = wanted->fault ? strdup(wanted->fault) : NULL;
        if (!ret->wanted.key || !ret->why || (wanted->fault && !ret->wanted.fault))
                return -ENOMEM;
        return user_copy(&wanted->wanted, &ret->wanted.wanted);
}

const char *apply_why(const Finding *finding, const PersonRow *person, bool known) {
        if (finding->kind == FINDING_ABSENT)
                return "absent from HR";
        if (finding->wanted.standing == STANDING_OUT)
                return "left";
        if (!known)
                return "new in HR";
        if (person->gone)
                return "back in HR";
        if (!person->has_digest)
                return "looked at again";
        return memcmp(person->digest, finding->digest, DIGEST_SIZE) == 0 ? "differs in Lockt" : "changed in HR";
}

/*
 * Whether a believed absence is due: the first and this read lie far enough apart (invariant 3). Whom another query
 * does not bring would be due leavers.absent_for after it came into force: a plan says so now.
 */
static bool absence_due(const Sync *sync, const Apply *apply, const PersonRow *person) {
        if (apply->planned && !apply->planned->same_rows)
                return true;
        return person->absent_since_usec >= 0 &&
               apply->facts.begun_steady - person->absent_since_usec >=
                       (int64_t) apply_config(sync, apply)->leavers.absent_for_usec;
}

int apply_finding_row(const Sync *sync, const Apply *apply, const Finding *finding, const PersonRow *person, bool known,
                      QueueRow *ret_row, Error *reterr) {
        bool stands = false;
        int r;

        if (finding->kind == FINDING_ABSENT && (!apply->absence_proven || !absence_due(sync, apply, person)))
                return 1;
        if (apply->facts.distrusted && finding->wanted.standing != STANDING_OUT)
                return 1;
        if (finding_to_row(finding, apply->facts.number, apply_why(finding, person, known), ret_row) < 0)
                return error_set(reterr, -ENOMEM, "cannot queue a person: out of memory");
        /* Who is locked is out, even where HR's row is not acted upon. */
        r = hand_apply_lock(sync, ret_row->wanted.key, ret_row, reterr);
        if (r != 0)
                return r < 0 ? r : 0;
        r = revert_stands(sync, finding, apply->facts.begun_usec / USEC_PER_SEC, &stands, reterr);
        return r < 0 ? r : stands;
}

/* A newer read has had the last word on this person already (invariant 1). */
static bool overtaken(const Apply *apply, const PersonRow *person, bool known) {
        return known && person->read > apply->facts.number;
}

/* What does it count against? Not at all where it was held or approved before, nor twice within the window. */
static int count_change(Sync *sync, Apply *apply, const Finding *finding, const QueueRow *row, const Decision *decision,
                        Now now, Error *reterr) {
        int64_t since = now.real_usec - (int64_t) apply_config(sync, apply)->safety.window_usec;
        unsigned counts = guard_counts(decision, now.real_usec / USEC_PER_SEC);
        _cleanup_(freep) char *gains = NULL;
        Verdict verdict;
        int r;

        if (counts == 0)
                return 0;
        r = judge_former(sync, apply, row, decision, now, &verdict, reterr);
        if (r < 0 || verdict.kind != VERDICT_FREE)
                return r;
        for (HoldKind kind = HOLD_REVOKED; kind < HOLDS; kind++) {
                if (!(counts & GUARD_BIT(kind)) || kind == HOLD_GRANTED)
                        continue;
                r = spent_get(sync->state, kind, 0, finding->wanted.key, since, reterr);
                if (r < 0)
                        return r;
                if (r == 0)
                        counts &= ~GUARD_BIT(kind);
        }
        if (guard_gains(decision, &gains) < 0 ||
            guard_add(&apply->changes, counts, finding->kind == FINDING_ABSENT, gains) < 0)
                return error_set(reterr, -ENOMEM, "cannot count a change: out of memory");
        return stage_set_counts(sync->state, apply->slot, finding->wanted.key, counts, gains, reterr);
}

static int decide_finding(Sync *sync, Apply *apply, const Finding *finding, Now now, Error *reterr) {
        _cleanup_(person_row_deinit) PersonRow person = PERSON_ROW_INIT;
        _cleanup_(queue_row_deinit) QueueRow row = QUEUE_ROW_INIT;
        _cleanup_(decision_deinit) Decision decision = DECISION_INIT;
        int r, known;

        known = person_get(sync->state, finding->wanted.key, &person, reterr);
        if (known < 0)
                return known;
        if (overtaken(apply, &person, known == 0))
                return 0;
        r = apply_finding_row(sync, apply, finding, &person, known == 0, &row, reterr);
        if (r != 0)
                return r < 0 ? r : 0;
        r = decide(apply_context(sync, apply), &row, now.real_usec, &decision, reterr);
        if (r < 0)
                return r;
        return count_change(sync, apply, finding, &row, &decision, now, reterr);
}

static int remember_absence(Sync *sync, const Apply *apply, PersonRow *person, Error *reterr) {
        if (person->absent_since_usec >= 0)
                return 0;
        person->absent_since_usec = apply->facts.begun_steady;
        person->read = apply->facts.number;
        return person_put(sync->state, person, reterr);
}

/* A held person is in the ledger as his row is: nothing is found again before the row changes, or the hold ends. */
static int remember_held(Sync *sync, const Apply *apply, const Finding *finding, const QueueRow *row, PersonRow *person,
                         Error *reterr) {
        if (finding->kind == FINDING_ABSENT)
                return remember_absence(sync, apply, person, reterr);
        memcpy(person->digest, finding->digest, DIGEST_SIZE);
        person->has_digest = true;
        person->read = apply->facts.number;
        person->absent_since_usec = -1;
        person->gone = false;
        person->boundary = row->wanted.boundary;
        return person_put(sync->state, person, reterr);
}

/* What was to be given before is not given any more: the newest wish waits. What is taken in the queue goes on. */
static int take_back_gift(Sync *sync, const char *key, Error *reterr) {
        _cleanup_(queue_row_deinit) QueueRow queued = QUEUE_ROW_INIT;
        int r;

        r = queue_get(sync->state, key, &queued, reterr);
        if (r != 0)
                return r < 0 ? r : 0;
        return queued.lane == LANE_TAKE ? queue_withhold(sync->state, key, reterr)
                                        : queue_delete(sync->state, key, reterr);
}

static int hold(Sync *sync, const Apply *apply, const Finding *finding, PersonRow *person, QueueRow *row,
                const Decision *decision, const Verdict *verdict, Now now, Error *reterr) {
        _cleanup_(freep) char *what = guard_what(row, decision, now.real_usec / USEC_PER_SEC);
        Hold held = {
                .key = finding->wanted.key,
                .kind = verdict->hold,
                .level = verdict->level,
                .what = what,
                .since_usec = now.real_usec,
        };
        int r;

        if (!what)
                return error_set(reterr, -ENOMEM, "cannot hold a change: out of memory");
        memcpy(held.change, verdict->change, DIGEST_SIZE);
        r = hold_put(sync->state, &held, reterr);
        if (r < 0)
                return r;
        r = remember_held(sync, apply, finding, row, person, reterr);
        if (r < 0)
                return r;
        if (!verdict->take_only)
                return take_back_gift(sync, finding->wanted.key, reterr);
        row->take_only = true;
        r = guard_spend(sync->state, finding->wanted.key, finding->counts & GUARD_BIT(HOLD_REVOKED), NULL, now.real_usec,
                        reterr);
        return r < 0 ? r : delivery_enqueue(sync->delivery, row, now.real_usec, NULL, reterr);
}

/* Held or not. A decision is made only where it matters: most findings count against nothing that is passed. */
static int weigh(Sync *sync, Apply *apply, const Finding *finding, const QueueRow *row, Now now, Decision *decision,
                 Verdict *ret, Error *reterr) {
        _cleanup_(hold_deinit) Hold former = { 0 };
        int r;

        *ret = (Verdict) { .kind = VERDICT_FREE };
        if (sync->gate == 0 && finding->counts == 0) {
                r = hold_get(sync->state, finding->wanted.key, &former, reterr);
                if (r != 0)
                        return r < 0 ? r : 0;
        }
        r = decide(&sync->context, row, now.real_usec, decision, reterr);
        if (r < 0)
                return r;
        return judge(sync, apply, finding, row, decision, now, ret, reterr);
}

/* Somebody who was never in Lockt, and is no longer in HR, is forgotten. */
static int forget(Sync *sync, const char *key, bool *ret_forgotten, Error *reterr) {
        _cleanup_(link_deinit) Link link = LINK_INIT;
        int r;

        r = link_get(sync->state, key, &link, reterr);
        if (r <= 0)
                return r;
        r = park_delete(sync->state, key, reterr);
        if (r < 0)
                return r;
        r = hold_delete(sync->state, key, reterr);
        if (r < 0)
                return r;
        r = queue_delete(sync->state, key, reterr);
        if (r < 0)
                return r;
        *ret_forgotten = true;
        return person_delete(sync->state, key, reterr);
}

static int apply_absence(Sync *sync, Apply *apply, PersonRow *person, QueueRow *row, bool due, Now now,
                         Error *reterr) {
        bool forgotten = false;
        int r;

        if (!apply->absence_proven)
                return 0;
        r = remember_absence(sync, apply, person, reterr);
        apply->absences_wait += !due;
        if (r < 0 || !due)
                return r;
        r = forget(sync, person->key, &forgotten, reterr);
        if (r < 0 || forgotten)
                return r;
        r = delivery_enqueue(sync->delivery, row, now.real_usec, NULL, reterr);
        if (r < 0)
                return r;
        person->gone = true;
        person->has_digest = false;
        person->read = person->revoked_read = apply->facts.number;
        person->boundary = INSTANT_NONE;
        return person_put(sync->state, person, reterr);
}

static int apply_row(Sync *sync, Apply *apply, const Finding *finding, PersonRow *person, QueueRow *row, Now now,
                     Error *reterr) {
        bool again = false;
        int r;

        /* The person is in the ledger first: parking for a conflict asks for him to be decided again. */
        memcpy(person->digest, finding->digest, DIGEST_SIZE);
        person->has_digest = true;
        person->read = apply->facts.number;
        person->absent_since_usec = -1;
        person->gone = false;
        person->boundary = row->wanted.boundary;
        if (plan_is_leaver(&row->wanted, now.real_usec / USEC_PER_SEC))
                person->revoked_read = apply->facts.number;
        r = person_put(sync->state, person, reterr);
        if (r < 0)
                return r;
        r = delivery_enqueue(sync->delivery, row, now.real_usec, &again, reterr);
        if (r < 0 || !again)
                return r;
        return person_forget_digest(sync->state, person->key, reterr);
}

/* Nothing holds it: into the queue, and it counts from now on unless it was approved. */
static int let_go(Sync *sync, Apply *apply, const Finding *finding, PersonRow *person, QueueRow *row, bool due,
                  const Verdict *verdict, Now now, Error *reterr) {
        int r;

        if (finding->kind == FINDING_ABSENT) {
                r = person->key ? apply_absence(sync, apply, person, row, due, now, reterr) : 0;
                if (r < 0 || !due)
                        return r;
        }
        r = hold_delete(sync->state, finding->wanted.key, reterr);
        if (r >= 0)
                r = reverted_delete(sync->state, finding->wanted.key, reterr);  /* HR's wish counts again */
        if (r >= 0 && verdict->kind == VERDICT_FREE)
                r = guard_spend(sync->state, finding->wanted.key, finding->counts, finding->gains, now.real_usec, reterr);
        if (r < 0 || finding->kind == FINDING_ABSENT)
                return r < 0 ? r : 0;
        return apply_row(sync, apply, finding, person, row, now, reterr);
}

static int apply_finding(Sync *sync, Apply *apply, const Finding *finding, Now now, Error *reterr) {
        _cleanup_(person_row_deinit) PersonRow person = PERSON_ROW_INIT;
        _cleanup_(queue_row_deinit) QueueRow row = QUEUE_ROW_INIT;
        _cleanup_(decision_deinit) Decision decision = DECISION_INIT;
        Verdict verdict = { 0 };
        int r, known, due;

        guard_subtract(&apply->changes, finding->counts, finding->kind == FINDING_ABSENT, finding->gains);
        known = person_get(sync->state, finding->wanted.key, &person, reterr);
        if (known < 0)
                return known;
        if (overtaken(apply, &person, known == 0))
                return 0;
        due = apply_finding_row(sync, apply, finding, &person, known == 0, &row, reterr);
        if (due < 0 || (due != 0 && finding->kind != FINDING_ABSENT))
                return due < 0 ? due : 0;
        if (due != 0)
                return let_go(sync, apply, finding, &person, &row, false, &verdict, now, reterr);
        r = weigh(sync, apply, finding, &row, now, &decision, &verdict, reterr);
        if (r < 0)
                return r;
        if (known == STATE_NONE && finding->kind != FINDING_ABSENT) {
                person.key = strdup(finding->wanted.key);
                if (!person.key)
                        return error_set(reterr, -ENOMEM, "cannot keep a person: out of memory");
        }
        if (verdict.kind == VERDICT_HELD)
                return hold(sync, apply, finding, &person, &row, &decision, &verdict, now, reterr);
        return let_go(sync, apply, finding, &person, &row, true, &verdict, now, reterr);
}

/* One piece of the stage, in the order of the keys. Answers 1 when the end was reached. */
static int walk(Sync *sync, Apply *apply, Now now,
                int (*step)(Sync *, Apply *, const Finding *, Now, Error *), Error *reterr) {
        /* While a write is under way, its answer shall not wait long, nor the next write for it. */
        unsigned n = delivery_writing(sync->delivery) ? PIECE / 4 : PIECE;

        for (unsigned i = 0; i < n; i++) {
                _cleanup_(finding_deinit) Finding finding = FINDING_INIT;
                int r;

                r = stage_next(sync->state, apply->slot, apply->cursor, &finding, reterr);
                if (r != 0)
                        return r < 0 ? r : 1;
                r = step(sync, apply, &finding, now, reterr);
                if (r < 0)
                        return r;
                free(apply->cursor);
                apply->cursor = steal(finding.wanted.key);
        }
        return 0;
}

/* The same as one transaction: a piece that fails is tried again as it was. */
static int walk_whole(Sync *sync, Apply *apply, Now now, int (*begin)(State *, Error *),
                      int (*step)(Sync *, Apply *, const Finding *, Now, Error *), Error *reterr) {
        _cleanup_(freep) char *cursor = NULL;
        _cleanup_(guard_tally_deinit) GuardTally changes = { 0 };
        Guard guard = apply->guard;
        int r, end;

        if (guard_tally_copy(&apply->changes, &changes) < 0)
                return error_set(reterr, -ENOMEM, "cannot apply what HR changed: out of memory");
        if (apply->cursor) {
                cursor = strdup(apply->cursor);
                if (!cursor)
                        return error_set(reterr, -ENOMEM, "cannot apply what HR changed: out of memory");
        }
        r = begin(sync->state, reterr);
        if (r < 0)
                return r;
        end = walk(sync, apply, now, step, reterr);
        if (end < 0)
                state_rollback(sync->state);
        else
                r = state_commit(sync->state, reterr);
        if (end < 0 || r < 0) {
                free(apply->cursor);
                apply->cursor = steal(cursor);
                guard_tally_deinit(&apply->changes);
                apply->changes = changes;
                changes = (GuardTally) { 0 };
                apply->guard = guard;
                return end < 0 ? end : r;
        }
        return end;
}

static void rewind_cursor(Apply *apply) {
        free(apply->cursor);
        apply->cursor = NULL;
}

/* history.keep and safety.window, a piece a cycle. */
static int drop_what_is_old(Sync *sync, Now now, Error *reterr) {
        int64_t keep = (int64_t) sync->config->history_keep_usec;
        int r;

        r = spent_prune(sync->state, now.real_usec - (int64_t) sync->config->safety.window_usec - HOLD_SHOWN_USEC, PIECE,
                        reterr);
        if (r < 0 || sync->config->history_keep_usec == UINT64_MAX || keep >= now.real_usec)
                return r;
        r = history_prune(sync->state, now.real_usec - keep, PIECE, reterr);
        return r < 0 ? r : 0;
}

/*
 * A gate behind which nothing waits opens by itself. Who is missing may yet turn out to have left: as long as that is not
 * known, the plan is not.
 */
static int look_at_gate(Sync *sync, const Apply *apply, Error *reterr) {
        HoldGroup group;
        int r;

        if (sync->gate == 0 || apply->slot != STAGE_COMPLETE || apply->facts.distrusted || !apply->absence_proven ||
            apply->absences_wait > 0 || sync->approving.under_way)
                return 0;
        r = hold_next_group(sync->state, -1, 0, &group, reterr);
        if (r < 0 || (r == 0 && group.kind == HOLD_PLAN))
                return r;
        return gate_open(sync, reterr);
}

static int finish(Sync *sync, Apply *apply, Now now, Error *reterr) {
        int r;

        r = stage_clear(sync->state, apply->slot, reterr);
        if (r >= 0)
                r = gate_note_plan(sync, apply, reterr);
        if (r >= 0)
                r = look_at_gate(sync, apply, reterr);
        if (r >= 0 && apply->slot == STAGE_COMPLETE)
                r = revert_lapse(sync, now, reterr);
        if (r >= 0)
                r = approve_tell(sync, now, reterr);
        if (r < 0)
                return r;
        if (apply->slot == STAGE_COMPLETE) {
                sync->cycle_ran = true;
                r = drop_what_is_old(sync, now, reterr);
                if (r < 0)
                        return r;
        }
        apply_reset(apply);
        return 0;
}

int apply_decide(Sync *sync, Apply *apply, Now now, Error *reterr) {
        int r;

        r = walk_whole(sync, apply, now, state_begin_reading, decide_finding, reterr);
        if (r <= 0)
                return r;
        /* The next seconds' reads count what is a percentage of what anew, a single person's not. */
        if (apply->slot != STAGE_KEYED)
                sync->base.counted_at = 0;
        /* What a complete read, judged before, has still to let go is within the limits, and so is the sum. */
        if (apply->slot == STAGE_KEYED && sync->apply_people.phase == APPLY_WRITE)
                guard_add_pending(&apply->changes, &sync->apply_people.guard, &sync->apply_people.changes);
        r = guard_judge(&apply->guard, &apply->changes, sync->state, apply_config(sync, apply), &sync->base,
                        now.real_usec, reterr);
        if (r < 0)
                return r;
        rewind_cursor(apply);
        apply->phase = APPLY_WRITE;
        return 0;
}

int apply_step(Sync *sync, Apply *apply, Now now, Error *reterr) {
        int end;

        if (apply->phase == APPLY_DECIDE)
                return apply_decide(sync, apply, now, reterr);
        end = walk_whole(sync, apply, now, state_begin, apply_finding, reterr);
        if (end != 1)
                return end;
        return finish(sync, apply, now, reterr);
}
