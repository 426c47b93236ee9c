/* Reads of HR: numbered, judged, believed only when they ended well (invariants 1 and 3). */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/state/read.h"
#include "lib/sync/internal.h"

void reading_reset(Reading *reading) {
        intake_free(reading->intake);
        for (size_t i = 0; i < reading->n_keys; i++)
                free(reading->keys[i]);
        *reading = (Reading) { 0 };
}

typedef enum HrBackwards { HR_FORWARD, HR_BEHIND, HR_LOST } HrBackwards;

static Reading *reading_of(Sync *sync, SyncRead read) {
        return read == SYNC_PEOPLE ? &sync->people : read == SYNC_KEYS ? &sync->keyed : &sync->plan;
}

int sync_want_key(Sync *sync, const char *key, Error *reterr) {
        for (size_t i = 0; i < sync->n_pending; i++)
                if (strcmp(sync->pending[i], key) == 0)
                        return 0;
        if (sync->n_pending == KEYS_MAX) {
                sync_poll(sync);
                return 0;
        }
        sync->pending[sync->n_pending] = strdup(key);
        if (!sync->pending[sync->n_pending])
                return error_set(reterr, -ENOMEM, "cannot keep a key to read: out of memory");
        sync->n_pending++;
        return 0;
}

/* Which database the ledger was made with. A new ledger learns it; another one is behind the gate (invariant 5). */
static int check_identity(Sync *sync, const HrSnapshot *snapshot, bool *ret_foreign, Error *reterr) {
        _cleanup_(freep) char *known = NULL, *identity = NULL;
        int r;

        if (!snapshot->system_identifier[0])
                return 0;
        if (asprintf(&identity, "%s/%s", snapshot->system_identifier, snapshot->database) < 0) {
                identity = NULL;
                return error_set(reterr, -ENOMEM, "cannot check the HR database: out of memory");
        }
        r = state_get_text(sync->state, "hr_identity", &known, reterr);
        if (r < 0)
                return r;
        if (r == STATE_NONE)
                return state_set_text(sync->state, "hr_identity", identity, reterr);
        *ret_foreign = strcmp(known, identity) != 0;
        return gate_set_hr(sync, *ret_foreign ? identity : NULL, reterr);
}

static const char *const backwards_words[] = {
        [HR_BEHIND] = "HR went backwards (an older WAL position or hr.as_of than before): it gives nobody access, and "
                      "absence in it counts for nothing, until it has caught up or `locktsyncctl resync --accept`",
        [HR_LOST] = "HR lost changes that were acted upon (its primary has an older WAL position than before: it was "
                    "restored, or a standby that lagged took over): it gives nobody access, and absence in it counts "
                    "for nothing; look at what it lost, then `locktsyncctl resync --accept`",
};

/*
 * A WAL position or an as_of before the last one: an older HR than we have acted upon. A standby that lags and a load
 * of older data catch up. A primary does not: when its position is past the former one, it has other changes there.
 */
static int check_forward(Sync *sync, const HrSnapshot *snapshot, HrBackwards *ret, Error *reterr) {
        int64_t lsn = 0, as_of = 0, lost = 0;
        int r;

        if (sync->accept_hr)
                return 0;
        r = state_get_number(sync->state, "hr_lsn", &lsn, reterr);
        if (r >= 0)
                r = state_get_number(sync->state, "as_of", &as_of, reterr);
        if (r >= 0)
                r = state_get_number(sync->state, "hr_lost", &lost, reterr);
        if (r < 0)
                return r;
        if (lost) {
                *ret = HR_LOST;
                return 0;
        }
        if (snapshot->lsn > 0 && (int64_t) snapshot->lsn < lsn) {
                *ret = snapshot->in_recovery ? HR_BEHIND : HR_LOST;
                return snapshot->in_recovery ? 0 : state_set_number(sync->state, "hr_lost", 1, reterr);
        }
        if (snapshot->has_as_of && !snapshot->loading && snapshot->as_of * USEC_PER_SEC < as_of)
                *ret = HR_BEHIND;
        return 0;
}

static int judge_snapshot(Sync *sync, Reading *reading, const HrSnapshot *snapshot, Error *reterr) {
        HrBackwards backwards = HR_FORWARD;
        bool foreign = false;
        int r;

        r = check_identity(sync, snapshot, &foreign, reterr);
        if (r < 0)
                return r;
        /* Another database's WAL positions and ages have nothing to do with those of the former. */
        if (!foreign) {
                r = check_forward(sync, snapshot, &backwards, reterr);
                if (r < 0)
                        return r;
        }
        reading->foreign = foreign;
        reading->distrusted = backwards != HR_FORWARD;
        if (backwards != HR_FORWARD)
                sync_condition_begin(sync, &sync->hr_refused, NEWS_HR_REFUSED, sync->refused, sizeof(sync->refused),
                                     backwards_words[backwards], -1);
        return 0;
}

/* Numbers are durable before anything that bears them (invariant 1). A keyed read is a cycle of its own. */
static int number_read(Sync *sync, Reading *reading, Error *reterr) {
        int r;

        r = state_begin(sync->state, reterr);
        if (r < 0)
                return r;
        r = state_count_up(sync->state, "reads", &reading->number, reterr);
        if (r >= 0)
                r = state_count_up(sync->state, "cycles", &reading->cycle, reterr);
        if (r < 0) {
                state_rollback(sync->state);
                return r;
        }
        return state_commit(sync->state, reterr);
}

static int keep_pin(void *userdata, const char *key, const char *pin, const uint8_t digest[DIGEST_SIZE]) {
        Sync *sync = userdata;

        return delivery_offer_pin(sync->delivery, key, pin, digest);
}

static void note_key(void *userdata, const char *key) {
        Sync *sync = userdata;

        for (size_t i = 0; i < sync->keyed.n_keys; i++)
                if (strcmp(sync->keyed.keys[i], key) == 0)
                        sync->keyed.found[i] = true;
}

int sync_read_begun(Sync *sync, SyncRead read, Now now, const HrSnapshot *snapshot, Error *reterr) {
        const Planned *planned = read == SYNC_PLAN && sync->planned.config ? &sync->planned : NULL;
        HrSnapshot judged = *snapshot;
        Reading *reading = reading_of(sync, read);
        IntakeOptions options = {
                .state = sync->state,
                .mapping = planned ? planned->mapping : sync->mapping,
                .slot = read == SYNC_PEOPLE ? STAGE_COMPLETE : read == SYNC_KEYS ? STAGE_KEYED : STAGE_DRY,
                .row_key = &sync->row_key,
                .pin_key = &sync->pin_key,
                .now = now.real_usec / USEC_PER_SEC,
                .complete = !snapshot->keyed,
                .everything = read == SYNC_PLAN,
                .pin = read == SYNC_KEYS ? keep_pin : NULL,
                .seen = read == SYNC_KEYS ? note_key : NULL,
                .row = read == SYNC_PLAN ? report_count_rules : NULL,
                .userdata = sync,
        };
        int r;

        reading->under_way = true;
        reading->facts = *snapshot;
        reading->facts.columns = NULL;
        reading->begun_usec = now.real_usec;
        reading->begun_steady = sync_steady(sync, now);
        reading->previous_usec = sync->last_read_usec;
        if (snapshot->loading)
                return error_set(reterr, -EAGAIN, "hr.as_of is null: a load of HR is running");
        /* What another hr.as_of says can't be compared with what this one said. */
        judged.has_as_of = judged.has_as_of && (!planned || planned->same_as_of);
        r = judge_snapshot(sync, reading, &judged, reterr);
        if (r < 0)
                return r;
        /* Columns and levels are bound by now: with another mapping every row is to be looked at again. */
        r = planned ? 0 : sync_rekey(sync, reterr);
        if (r < 0)
                return r;
        if (read == SYNC_PLAN)
                r = report_open(sync, reterr);
        else
                r = number_read(sync, reading, reterr);
        if (r < 0)
                return r;
        return intake_new(&options, snapshot, &reading->intake, reterr);
}

int sync_read_row(Sync *sync, SyncRead read, const char *line, size_t length, Error *reterr) {
        Reading *reading = reading_of(sync, read);

        if (!reading->intake)
                return error_set(reterr, -EPROTO, "HR sent a row before its snapshot");
        return intake_row(reading->intake, line, length, reterr);
}

/* What keyed reads asked for and did not get: only a complete read can tell what that means (invariant 3). */
static void want_missing(Sync *sync, const Reading *reading) {
        for (size_t i = 0; i < reading->n_keys; i++)
                if (!reading->found[i] && !reading->for_pins) {
                        sync_poll(sync);
                        return;
                }
}

static int refuse(Sync *sync, const char *why) {
        sync->cycle_failed = true;
        sync_condition_begin(sync, &sync->hr_refused, NEWS_HR_REFUSED, sync->refused, sizeof(sync->refused), why, -1);
        return 0;
}

/* Invariant 3: such a read takes access from nobody, and gives none. */
static int read_failed(Sync *sync, SyncRead read, Reading *reading, Now now, int result, const Error *error,
                       Error *reterr) {
        StageSlot slot = read == SYNC_PEOPLE ? STAGE_COMPLETE : STAGE_KEYED;
        int r = 0;

        r = stage_clear(sync->state, slot, reterr);
        if (read == SYNC_KEYS && result == -EDOM) {
                sync_poll(sync); /* no key of this column's type: a complete read will do */
                reading_reset(reading);
                return r;
        }
        if (result != -ECANCELED) {
                service_failed(&sync->hr_service, now.real_usec, false, 0);
                if (result == -EAGAIN)
                        (void) refuse(sync, error_message(error));
                else
                        sync_condition_begin(sync, &sync->hr_down, NEWS_HR_DOWN, sync->hr_error,
                                             sizeof(sync->hr_error), error_message(error), -1);
                sync->cycle_failed = true;
        }
        if (read == SYNC_KEYS)
                for (size_t i = 0; i < reading->n_keys && !reading->for_pins && r >= 0; i++)
                        r = sync_want_key(sync, reading->keys[i], reterr);
        else
                sync->poll_due = true;
        reading_reset(reading);
        sync->cycle_ran = sync->cycle_ran || read == SYNC_PEOPLE;
        return r;
}

/* What a good complete read leaves in the ledger: the position of HR, and the age of its data. */
static int remember_read(Sync *sync, const Reading *reading, Now now, Error *reterr) {
        const HrSnapshot *facts = &reading->facts;
        int r;

        sync->last_read_usec = reading->begun_usec;
        sync->as_of_usec = facts->has_as_of ? facts->as_of * USEC_PER_SEC : 0;
        r = state_begin(sync->state, reterr);
        if (r < 0)
                return r;
        r = state_set_number(sync->state, "last_read", sync->last_read_usec, reterr);
        if (r >= 0 && !reading->distrusted && sync->accept_hr)
                r = state_set_number(sync->state, "hr_lost", 0, reterr);
        if (r >= 0 && !reading->distrusted && !reading->foreign && facts->lsn > 0)
                r = state_set_number(sync->state, "hr_lsn", (int64_t) facts->lsn, reterr);
        if (r >= 0 && !reading->distrusted && !reading->foreign && facts->has_as_of)
                r = state_set_number(sync->state, "as_of", sync->as_of_usec, reterr);
        if (r >= 0)
                r = state_set_number(sync->state, "steady", sync_steady(sync, now), reterr);
        if (r < 0) {
                state_rollback(sync->state);
                return r;
        }
        return state_commit(sync->state, reterr);
}

/* For whoever asks later when HR changed, and when that was seen (invariant 15). */
static int keep_times(Sync *sync, const Reading *reading, const IntakeTally *tally, Now now, Error *reterr) {
        const ReadTimes times = { reading->number, reading->previous_usec, reading->notified_usec, reading->begun_usec,
                                  now.real_usec };

        return tally->findings > 0 ? read_times_put(sync->state, &times, reterr) : 0;
}

/* What was done before is told before; from here on it is this read's doing. */
static void open_cycle(Sync *sync, const Reading *reading, const IntakeTally *tally, Now now) {
        sync_close_cycle(sync, now);
        sync->cycle = reading->cycle;
        sync->cycle_open = true;
        sync->cycle_begun_usec = reading->begun_usec;
        sync->cycle_rows = tally->rows;
        delivery_set_cycle(sync->delivery, sync->cycle);
}

static int people_read(Sync *sync, Reading *reading, const IntakeTally *tally, Now now, Error *reterr) {
        bool proven = !reading->distrusted && tally->null_keys == 0 && tally->doubled == 0;
        char text[128];
        int r;

        if (tally->rows == 0) {
                r = stage_clear(sync->state, STAGE_COMPLETE, reterr);
                reading_reset(reading);
                service_failed(&sync->hr_service, now.real_usec, false, 0);
                sync->poll_due = true;
                sync->cycle_ran = true;
                return r < 0 ? r : refuse(sync, "the read of HR brought nobody at all");
        }
        if (tally->null_keys + tally->doubled > 0) {
                (void) snprintf(text, sizeof(text), "%" PRId64 " rows without a key, %" PRId64 " keys with several rows",
                                tally->null_keys, tally->doubled);
                sync_condition_begin(sync, &sync->hr_keys_bad, NEWS_HR_KEYS, NULL, 0, text,
                                     tally->null_keys + tally->doubled);
        } else
                sync_condition_end(sync, &sync->hr_keys_bad, NEWS_HR_KEYS_END);
        if (!reading->distrusted) {
                sync_condition_end(sync, &sync->hr_refused, NEWS_HR_REFUSED_END);
                sync->refused[0] = '\0';
        }

        r = remember_read(sync, reading, now, reterr);
        if (r >= 0)
                r = keep_times(sync, reading, tally, now, reterr);
        if (r < 0)
                return r;
        /* Accepted is what is read from then on; a read that began before goes its own way. */
        sync->accept_hr = sync->accept_hr && reading->distrusted;
        open_cycle(sync, reading, tally, now);
        return apply_begin(sync, &sync->apply_people, STAGE_COMPLETE, reading, tally, proven, reterr);
}

static int keys_read(Sync *sync, Reading *reading, const IntakeTally *tally, Now now, Error *reterr) {
        int r;

        want_missing(sync, reading);
        r = delivery_pins_read(sync->delivery, reterr);
        if (r >= 0)
                r = keep_times(sync, reading, tally, now, reterr);
        if (r < 0)
                return r;
        open_cycle(sync, reading, tally, now);
        return apply_begin(sync, &sync->apply_keyed, STAGE_KEYED, reading, tally, false, reterr);
}

/* The state could not take what a good read brought: everybody is read again when it can. */
static int lost(Sync *sync, Reading *reading, int r) {
        reading_reset(reading);
        sync->poll_due = true;
        return r;
}

int sync_read_ended(Sync *sync, SyncRead read, Now now, int result, const Error *error, Error *reterr) {
        Reading *reading = reading_of(sync, read);
        IntakeTally tally = { 0 };
        Error sentence = ERROR_INIT;
        int r;

        if (result == 0 && reading->intake) {
                result = intake_end(reading->intake, &tally, &sentence);
                /* Anything else is not HR's fault. */
                if (result < 0 && result != -EBADMSG && read != SYNC_PLAN) {
                        result = error_set(reterr, result, "%s", error_message(&sentence));
                        error_clear(&sentence);
                        return lost(sync, reading, result);
                }
        } else if (result == 0)
                result = -EPROTO;
        if (read == SYNC_PLAN)
                r = report_begin(sync, reading, &tally, now, result, error->code ? error : &sentence, reterr);
        else if (result != 0)
                r = read_failed(sync, read, reading, now, result, error->code ? error : &sentence, reterr);
        else {
                service_well(&sync->hr_service);
                sync_condition_end(sync, &sync->hr_down, NEWS_HR_UP);
                sync->hr_error[0] = '\0';
                r = read == SYNC_PEOPLE ? people_read(sync, reading, &tally, now, reterr)
                                        : keys_read(sync, reading, &tally, now, reterr);
                if (r < 0)
                        r = lost(sync, reading, r);
        }
        error_clear(&sentence);
        return r;
}
