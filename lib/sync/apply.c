/*
 * Findings become queue rows
 *
 * First, where there are more findings than the ceiling could ever hold back, all are decided and those that take access are
 * counted (invariant 4); then they are applied in pieces, each one transaction that holds the digest and the queue's row,
 * so that a crash between two pieces loses nothing: what was not applied is found again.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/sync/internal.h"

bool apply_active(const Apply *apply) {
        return apply->phase != APPLY_IDLE;
}

void apply_reset(Apply *apply) {
        reading_reset(&apply->facts);
        free(apply->cursor);
        *apply = (Apply) { 0 };
}

int apply_begin(Sync *sync, Apply *apply, StageSlot slot, Reading *reading, const IntakeTally *tally, bool absence_proven,
                Error *reterr) {
        int64_t n, users;
        int r;

        r = stage_count(sync->state, slot, &n, reterr);
        if (r >= 0)
                r = snapshot_count(sync->state, &users, reterr);
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
        /* Where Lockt holds nobody, nothing can be taken. */
        apply->phase = n > 0 && users > 0 ? APPLY_DECIDE : APPLY_WRITE;
        return 0;
}

int sync_ceiling(Sync *sync, int64_t now, int64_t *ret, Error *reterr) {
        const Limit *limit = &sync->config->safety.max_revoked;
        int64_t links;
        int r;

        *ret = (int64_t) limit->value;
        if (!limit->percent)
                return 0;
        r = link_count(sync->state, &links, reterr);
        if (r < 0)
                return r;
        /*
         * Counting looks at everybody, which a single leaver's revocation must not wait for. Within a minute in which
         * nobody is linked, the ceiling itself sees to it that the number hardly changes.
         */
        if (links != sync->links_counted || now < sync->access_counted || now - sync->access_counted >= 60) {
                r = link_count_with_access(sync->state, now, &sync->people_with_access, reterr);
                if (r < 0)
                        return r;
                sync->access_counted = now;
                sync->links_counted = links;
        }
        *ret = (int64_t) (limit->value * (double) sync->people_with_access / 100.0);
        if (*ret < PEOPLE_MIN)
                *ret = PEOPLE_MIN;
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

/* Whether a believed absence is due: the first and this read lie far enough apart (invariant 3). */
static bool absence_due(const Sync *sync, const Apply *apply, const PersonRow *person) {
        return person->absent_since_usec >= 0 &&
               apply->facts.begun_steady - person->absent_since_usec >=
                       (int64_t) sync->config->leavers.absent_for_usec;
}

int apply_finding_row(const Sync *sync, const Apply *apply, const Finding *finding, const PersonRow *person, bool known,
                      QueueRow *ret_row, Error *reterr) {
        if (finding->kind == FINDING_ABSENT && (!apply->absence_proven || !absence_due(sync, apply, person)))
                return 1;
        if (apply->facts.distrusted && finding->wanted.standing != STANDING_OUT)
                return 1;
        if (finding_to_row(finding, apply->facts.number, apply_why(finding, person, known), ret_row) < 0)
                return error_set(reterr, -ENOMEM, "cannot queue a person: out of memory");
        return 0;
}

/* A newer read has had the last word on this person already (invariant 1). */
static bool overtaken(const Apply *apply, const PersonRow *person, bool known) {
        return known && person->read > apply->facts.number;
}

/* Who was held once stays held until HR takes it back, or somebody has looked: not because the crowd shrank. */
static int is_held(Sync *sync, const char *key, bool *ret, Error *reterr) {
        _cleanup_(hold_deinit) Hold hold = { 0 };
        int r;

        r = hold_get(sync->state, key, &hold, reterr);
        *ret = r == 0;
        return r < 0 ? r : 0;
}

/* Does it take from somebody who now has access? Only then does it count against the ceiling. */
static int decide_finding(Sync *sync, Apply *apply, const Finding *finding, Now now, Error *reterr) {
        _cleanup_(person_row_deinit) PersonRow person = PERSON_ROW_INIT;
        _cleanup_(queue_row_deinit) QueueRow row = QUEUE_ROW_INIT;
        _cleanup_(decision_deinit) Decision decision = DECISION_INIT;
        int64_t instant = now.real_usec / USEC_PER_SEC;
        bool held = false;
        int r, known;

        known = person_get(sync->state, finding->wanted.key, &person, reterr);
        if (known < 0)
                return known;
        if (overtaken(apply, &person, known == 0))
                return 0;
        r = apply_finding_row(sync, apply, finding, &person, known == 0, &row, reterr);
        if (r != 0)
                return r < 0 ? r : 0;
        r = decide(&sync->context, &row, now.real_usec, &decision, reterr);
        if (r < 0)
                return r;
        if (!decision.plan.access.takes || !access_any(&decision.held.user, instant))
                return 0;
        r = is_held(sync, finding->wanted.key, &held, reterr);
        if (r < 0)
                return r;
        if (held && sync->accept_held)
                return 0;
        return stage_set_verdict(sync->state, apply->slot, finding->wanted.key, true, decision.plan.access.gives, held,
                                 reterr);
}

/* Who lost access within safety.window already, and since somebody has looked last; or is about to. */
static int count_recent(Sync *sync, Now now, int64_t *ret, Error *reterr) {
        int64_t since = now.real_usec - (int64_t) sync->config->safety.window_usec, accepted = 0, done, queued;
        int r;

        r = state_get_number(sync->state, "revocations_accepted", &accepted, reterr);
        if (r < 0)
                return r;
        r = history_count_revoked(sync->state, since > accepted ? since : accepted, &done, reterr);
        if (r < 0)
                return r;
        r = queue_count(sync->state, LANE_TAKE, &queued, reterr);
        if (r < 0)
                return r;
        *ret = done + queued;
        return 0;
}

/* The ceiling: absent leavers are held first, explicit ones from the limit on; all else goes on. */
static int guard(Sync *sync, Apply *apply, Now now, Error *reterr) {
        int64_t explicit_takes, absent_takes, limit, recent;
        int r;

        r = stage_count_takes(sync->state, apply->slot, &explicit_takes, &absent_takes, reterr);
        if (r < 0 || explicit_takes + absent_takes == 0)
                return r;
        r = count_recent(sync, now, &recent, reterr);
        if (r < 0)
                return r;
        /* A percentage is never less than so many. */
        if (sync->config->safety.max_revoked.percent && recent + explicit_takes + absent_takes <= PEOPLE_MIN)
                return 0;
        if (apply->slot != STAGE_KEYED)
                sync->access_counted = 0;
        r = sync_ceiling(sync, now.real_usec / USEC_PER_SEC, &limit, reterr);
        if (r < 0)
                return r;
        if (recent + explicit_takes + absent_takes <= limit)
                return 0;
        apply->guarded = true;
        return stage_hold(sync->state, apply->slot, true, limit > recent ? limit - recent : 0, reterr);
}

static int remember_absence(Sync *sync, const Apply *apply, PersonRow *person, Error *reterr) {
        if (person->absent_since_usec >= 0)
                return 0;
        person->absent_since_usec = apply->facts.begun_steady;
        person->read = apply->facts.number;
        return person_put(sync->state, person, reterr);
}

/* Held: it is decided again at each read, and its absence goes on being counted. */
static int hold(Sync *sync, Apply *apply, const Finding *finding, PersonRow *person, Now now, Error *reterr) {
        char why[96];
        int r;

        apply->now_held++;
        (void) snprintf(why, sizeof(why), "%s; more people than safety.max_revoked allows have lost access or would",
                        finding->kind == FINDING_ABSENT ? "absent from HR" : "left");
        r = hold_put(sync->state, &(Hold) { .key = finding->wanted.key, .kind = HOLD_REVOKED, .what = why,
                                            .since_usec = now.real_usec }, reterr);
        if (r < 0)
                return r;
        person->has_digest = false;
        return person->key ? person_put(sync->state, person, reterr) : 0;
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

static int apply_finding(Sync *sync, Apply *apply, const Finding *finding, Now now, Error *reterr) {
        _cleanup_(person_row_deinit) PersonRow person = PERSON_ROW_INIT;
        _cleanup_(queue_row_deinit) QueueRow row = QUEUE_ROW_INIT;
        int r, known, due;

        known = person_get(sync->state, finding->wanted.key, &person, reterr);
        if (known < 0)
                return known;
        if (overtaken(apply, &person, known == 0))
                return 0;
        due = apply_finding_row(sync, apply, finding, &person, known == 0, &row, reterr);
        if (due < 0)
                return due;
        if (finding->held)
                return hold(sync, apply, finding, &person, now, reterr);
        if (finding->kind == FINDING_ABSENT) {
                r = known == 0 ? apply_absence(sync, apply, &person, &row, due == 0, now, reterr) : 0;
                if (r < 0 || due != 0)
                        return r;
                r = hold_delete(sync->state, finding->wanted.key, reterr);
                return r < 0 ? r : 0;
        }
        if (due != 0)
                return 0;
        if (known == STATE_NONE) {
                person.key = strdup(finding->wanted.key);
                if (!person.key)
                        return error_set(reterr, -ENOMEM, "cannot keep a person: out of memory");
        }
        r = hold_delete(sync->state, finding->wanted.key, reterr);
        if (r < 0)
                return r;
        return apply_row(sync, apply, finding, &person, &row, now, reterr);
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
        int r, end;

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
                return end < 0 ? end : r;
        }
        return end;
}

static void rewind_cursor(Apply *apply) {
        free(apply->cursor);
        apply->cursor = NULL;
}

/* history.keep, a piece a cycle. */
static int drop_old_history(Sync *sync, Now now, Error *reterr) {
        int64_t keep = (int64_t) sync->config->history_keep_usec;
        int r;

        if (sync->config->history_keep_usec == UINT64_MAX || keep >= now.real_usec)
                return 0;
        r = history_prune(sync->state, now.real_usec - keep, PIECE, reterr);
        return r < 0 ? r : 0;
}

/* What is held is told once, and once again when nothing is any more. */
static int finish(Sync *sync, Apply *apply, Now now, Error *reterr) {
        int r;

        r = stage_clear(sync->state, apply->slot, reterr);
        if (r < 0)
                return r;
        r = hold_count(sync->state, &sync->held_back, reterr);
        if (r < 0)
                return r;
        if (sync->held_back > 0)
                sync_condition_begin(sync, &sync->held, NEWS_HELD, NULL, 0,
                                     "within safety.window more people than safety.max_revoked allows would lose access",
                                     sync->held_back);
        else
                sync_condition_end(sync, &sync->held, NEWS_HELD_END);
        if (apply->slot == STAGE_COMPLETE) {
                sync->cycle_ran = true;
                sync->accept_held = false;
                r = drop_old_history(sync, now, reterr);
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
        r = guard(sync, apply, now, reterr);
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
