/* What the answer to a write means for its records and for the service. */

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "lib/delivery/internal.h"

static int keep_error(QueueRow *row, const char *message) {
        char *copy = strdup(message && message[0] ? message : "no reason was given");

        if (!copy)
                return -ENOMEM;
        free(row->last_error);
        row->last_error = copy;
        return 0;
}

/* One failure more: later, with the reason. */
static int put_back(Delivery *delivery, QueueRow *row, const char *message, int64_t now_usec, Error *reterr) {
        if (keep_error(row, message) < 0)
                return error_set(reterr, -ENOMEM, "cannot record a failure: out of memory");
        if (row->attempts < 1000)
                row->attempts++;
        row->next_usec = now_usec + service_backoff(&delivery->service, row->attempts);
        return queue_put(delivery->state, row, reterr);
}

/*
 * A revocation that is refused is never parked (invariant 8). The record is the one that Lockt holds; where the refusal
 * is about its card or its e-mail, a leaver does without them.
 */
static int refuse_take(Delivery *delivery, QueueRow *row, const char *message, int64_t now_usec, Error *reterr) {
        if (plan_is_leaver(&row->wanted, now_usec / USEC_PER_SEC)) {
                /* Refused again without a word of which: first the one, then the other. */
                row->give_up_email = row->give_up_email || (message && strcasestr(message, "mail")) || row->attempts >= 1;
                row->give_up_card = row->give_up_card || (message && strcasestr(message, "card")) || row->attempts >= 2;
        }
        return put_back(delivery, row, message, now_usec, reterr);
}

/* The values were replaced while the write was under way: what was refused is not what is wanted now. */
static bool is_outdated(const Delivery *delivery, size_t i, const QueueRow *row, int64_t now_usec) {
        return row->read != delivery->answered->flights[i].read || plan_is_leaver(&row->wanted, now_usec / USEC_PER_SEC);
}

static int refuse_record(Delivery *delivery, size_t i, QueueRow *row, const char *message, int64_t now_usec,
                         Error *reterr) {
        int r;

        if (delivery->answered->lane == LANE_TAKE)
                return refuse_take(delivery, row, message, now_usec, reterr);
        if (is_outdated(delivery, i, row, now_usec))
                return delivery_requeue(delivery, row, now_usec, reterr);
        r = delivery_park(delivery, row->wanted.key, PARK_REFUSED, message, now_usec, reterr);
        if (r < 0)
                return r;
        r = queue_delete(delivery->state, row->wanted.key, reterr);
        return r < 0 ? r : 0;
}

void delivery_clear_suspects(Delivery *delivery) {
        for (unsigned i = 0; i < delivery->n_suspects; i++) {
                queue_row_deinit(&delivery->suspects[i].row);
                free(delivery->suspects[i].message);
        }
        delivery->n_suspects = 0;
}

/* Back into the queue, unless HR has said something newer of him since. */
static int acquit(Delivery *delivery, QueueRow *row, int64_t now_usec, Error *reterr) {
        _cleanup_(person_row_deinit) PersonRow person = PERSON_ROW_INIT;
        _cleanup_(queue_row_deinit) QueueRow newer = QUEUE_ROW_INIT;
        int r;

        r = person_get(delivery->state, row->wanted.key, &person, reterr);
        if (r < 0 || r == STATE_NONE || person.read != row->read)
                return r < 0 ? r : 0;
        r = queue_get(delivery->state, row->wanted.key, &newer, reterr);
        if (r != STATE_NONE)
                return r;
        r = delivery_unpark(delivery, row->wanted.key, reterr);
        if (r < 0)
                return r;
        row->next_usec = now_usec + service_backoff(&delivery->service, SUSPECTS);
        return queue_put(delivery->state, row, reterr);
}

/* All the suspects are innocent: the service refuses everybody (ruling 18). */
static int acquit_suspects(Delivery *delivery, int64_t now_usec, Error *reterr) {
        int r;

        for (unsigned i = 0; i < delivery->n_suspects; i++) {
                r = acquit(delivery, &delivery->suspects[i].row, now_usec, reterr);
                if (r < 0)
                        return r;
        }
        if (!delivery->health.fault) {
                delivery->health.fault = true;
                delivery_tell(delivery, NEWS_SERVICE_FAULT, NULL, NULL, delivery->suspects[0].message, SUSPECTS);
        }
        delivery_clear_suspects(delivery);
        service_failed(&delivery->service, now_usec, delivery->answered->lane == LANE_TAKE, 0);
        return 0;
}

/* A single record refused without details: parked, and remembered until something else than the same refusal comes. */
static int refuse_single(Delivery *delivery, QueueRow *row, const char *message, int64_t now_usec, Error *reterr) {
        bool outdated = is_outdated(delivery, 0, row, now_usec);
        Suspect *suspect;
        int r;

        if (delivery->n_suspects > 0 && strcmp(delivery->suspects[0].message, message) != 0)
                delivery_clear_suspects(delivery);
        /* While the service refuses everybody, each further one is no news of its own. */
        if (delivery->health.fault) {
                service_failed(&delivery->service, now_usec, delivery->answered->lane == LANE_TAKE, 0);
                return put_back(delivery, row, message, now_usec, reterr);
        }
        r = refuse_record(delivery, 0, row, message, now_usec, reterr);
        if (r < 0 || delivery->answered->lane == LANE_TAKE || outdated)
                return r;

        suspect = &delivery->suspects[delivery->n_suspects];
        suspect->message = strdup(message);
        if (!suspect->message)
                return error_set(reterr, -ENOMEM, "cannot record a refusal: out of memory");
        suspect->row = *row;
        *row = QUEUE_ROW_INIT;
        delivery->n_suspects++;
        return delivery->n_suspects == SUSPECTS ? acquit_suspects(delivery, now_usec, reterr) : 0;
}

static const char *failure_of(const LocktAnswer *answer, size_t i) {
        for (size_t k = 0; k < answer->n_failures; k++)
                if (answer->failures[k].index == i)
                        return answer->failures[k].message ? answer->failures[k].message : "refused";
        return NULL;
}

/*
 * A creation that was ignored, or may have been: read back, then adopted, created again alone, or, if it was alone
 * already and is not there, parked (ruling 10).
 */
static int doubt_creation(Delivery *delivery, QueueRow *row, int64_t now_usec, Error *reterr) {
        int r;

        r = delivery_doubt(delivery, row->wanted.key, &row->wanted.wanted, now_usec, reterr);
        if (r < 0)
                return r;
        if (keep_error(row, delivery->answered->n == 1 ? CREATION_IGNORED : "the service ignored some of the creations") < 0)
                return error_set(reterr, -ENOMEM, "cannot record a failure: out of memory");
        row->split = 1;
        row->probing = true;
        row->lane = LANE_CREATE;
        row->next_usec = 0;
        return queue_put(delivery->state, row, reterr);
}

static int on_acknowledged(Delivery *delivery, size_t i, QueueRow *row, const LocktAnswer *answer, int64_t now_usec,
                           Error *reterr) {
        const char *failure = failure_of(answer, i);
        bool create = delivery->answered->lane == LANE_CREATE;
        int r;

        if (failure) {
                delivery->health.failures++;
                return refuse_record(delivery, i, row, failure, now_usec, reterr);
        }
        if (create && answer->inserted + answer->errors < delivery->answered->n)
                return doubt_creation(delivery, row, now_usec, reterr);

        r = delivery_acknowledge(delivery, i, row, create, now_usec, reterr);
        if (r < 0)
                return r;
        row->attempts = row->split = 0;
        /* The id of a new user is learnt when its batch's neighbours are there too: by one listing, if they are many. */
        row->next_usec = create ? now_usec + USEC_PER_SEC : 0;
        row->probing = false;
        free(row->last_error);
        row->last_error = NULL;
        return delivery_requeue(delivery, row, now_usec, reterr);
}

/* Nobody knows what became of it: what is held is not to be built on, and a gift may still arrive (invariant 1). */
int delivery_mark_unknown(Delivery *delivery, const Flight *flight, int64_t now_usec, Error *reterr) {
        _cleanup_(link_deinit) Link link = LINK_INIT;
        int r;

        if (flight->sent.id == 0)
                return delivery_doubt(delivery, flight->key, &flight->sent, now_usec, reterr);
        r = snapshot_set_stale(delivery->state, flight->sent.id, now_usec, reterr);
        if (r < 0 || !flight->gives)
                return r;
        r = link_get(delivery->state, flight->key, &link, reterr);
        if (r != 0 || link.unknown_give)
                return r < 0 ? r : 0;
        link.unknown_give = true;
        return link_put(delivery->state, &link, reterr);
}

static int on_unknown(Delivery *delivery, size_t i, QueueRow *row, const LocktAnswer *answer, int64_t now_usec,
                      Error *reterr) {
        int r;

        r = delivery_mark_unknown(delivery, &delivery->answered->flights[i], now_usec, reterr);
        if (r < 0)
                return r;
        /* The second time for the same batch it is halved (ruling 12). */
        if (row->attempts >= 1 && delivery->answered->n > 1)
                row->split = (unsigned) (delivery->answered->n + 1) / 2;
        if (delivery->answered->lane == LANE_CREATE)
                row->probing = true;
        r = put_back(delivery, row, answer->message, now_usec, reterr);
        if (r < 0 || row->lane != LANE_TAKE)
                return r;
        /* A revocation is the probe: the service's own pause is enough (invariant 2). One alone lets the others try too. */
        row->next_usec = delivery->answered->n > 1 ? 0 : now_usec + 2 * delivery->options.retry_first_usec;
        return queue_put(delivery->state, row, reterr);
}

static int on_refused(Delivery *delivery, QueueRow *row, const LocktAnswer *answer, int64_t now_usec, Error *reterr) {
        if (delivery->answered->n == 1)
                return refuse_single(delivery, row, answer->message ? answer->message : "refused", now_usec, reterr);
        row->split = (unsigned) (delivery->answered->n + 1) / 2; /* ruling 18 */
        row->next_usec = 0;
        return queue_put(delivery->state, row, reterr);
}

static int on_record(Delivery *delivery, size_t i, QueueRow *row, const LocktAnswer *answer, int64_t now_usec,
                     Error *reterr) {
        bool limited;

        switch (answer->verdict) {
        case LOCKT_OK:
                return on_acknowledged(delivery, i, row, answer, now_usec, reterr);
        case LOCKT_UNKNOWN:
                /* Of a batch that failed as a whole, some records are known to be why: they, and they alone, are withheld. */
                if (failure_of(answer, i))
                        return refuse_record(delivery, i, row, failure_of(answer, i), now_usec, reterr);
                return on_unknown(delivery, i, row, answer, now_usec, reterr);
        case LOCKT_REFUSED:
                return on_refused(delivery, row, answer, now_usec, reterr);
        case LOCKT_TOO_LARGE:
                /* A limit that is not passed says nothing. */
                limited = answer->batch_limit > 0 && answer->batch_limit < delivery->answered->n;
                if (!limited && delivery->answered->n == 1)
                        return refuse_single(delivery, row, "the service finds this single record too large",
                                             now_usec, reterr);
                if (!limited)
                        row->split = (unsigned) (delivery->answered->n + 1) / 2; /* ruling 41 */
                return queue_put(delivery->state, row, reterr);
        default:
                /* The service as a whole: nothing is wrong with the record. */
                if (keep_error(row, answer->message) < 0)
                        return error_set(reterr, -ENOMEM, "cannot record a failure: out of memory");
                return queue_put(delivery->state, row, reterr);
        }
}

/* Nobody waits for this any more: the answer is still the truth about what was sent. */
static int on_gone(Delivery *delivery, size_t i, const LocktAnswer *answer, int64_t now_usec, Error *reterr) {
        const Flight *flight = &delivery->answered->flights[i];
        QueueRow row = { .wanted = PERSON_INIT, .read = flight->read };
        int r;

        if (answer->verdict == LOCKT_OK && !failure_of(answer, i) && delivery->answered->lane != LANE_CREATE)
                r = delivery_acknowledge(delivery, i, &row, false, now_usec, reterr);
        else if (answer->verdict == LOCKT_OK || answer->verdict == LOCKT_UNKNOWN)
                r = delivery_mark_unknown(delivery, flight, now_usec, reterr);
        else
                return 0;
        if (r < 0)
                return r;
        r = person_forget_digest(delivery->state, flight->key, reterr);
        return r < 0 ? r : 0;
}

static int record_outcome(Delivery *delivery, const LocktAnswer *answer, int64_t now_usec, Error *reterr) {
        int r;

        if (answer->verdict == LOCKT_TOO_LARGE && answer->batch_limit > 0 &&
            answer->batch_limit < delivery->batch_limit) {
                delivery->batch_limit = answer->batch_limit;
                delivery_tell(delivery, NEWS_BATCH_LIMIT, NULL, NULL, NULL, answer->batch_limit);
                r = state_set_number(delivery->state, "batch_limit", answer->batch_limit, reterr);
                if (r < 0)
                        return r;
        }
        for (size_t i = 0; i < delivery->answered->n; i++) {
                _cleanup_(queue_row_deinit) QueueRow row = QUEUE_ROW_INIT;

                /* As it is now: a newer read may have replaced its values while the write was under way. */
                r = queue_get(delivery->state, delivery->answered->flights[i].key, &row, reterr);
                if (r == 0)
                        r = on_record(delivery, i, &row, answer, now_usec, reterr);
                else if (r == STATE_NONE)
                        r = on_gone(delivery, i, answer, now_usec, reterr);
                if (r < 0)
                        return r;
        }
        return flight_delete_write(delivery->state, delivery->answered->number, reterr);
}

/* An answer that can't be recorded is lost: the flights stay marked, and are recovered as unknown when the state works. */
int delivery_record(Delivery *delivery, const LocktAnswer *answer, int64_t now_usec, Error *reterr) {
        FirstStage first = delivery->first.stage;
        int r;

        r = state_begin(delivery->state, reterr);
        if (r >= 0) {
                r = record_outcome(delivery, answer, now_usec, reterr);
                if (r >= 0)
                        r = delivery_first_answered(delivery, delivery->answered, answer, &first, reterr);
                if (r < 0)
                        state_rollback(delivery->state);
                else
                        r = state_commit(delivery->state, reterr);
        }
        delivery_batch_reset(delivery->answered);
        pins_forget(&delivery->pins);
        if (r < 0) {
                delivery->unrecovered = true;
                return r;
        }

        delivery_first_enter(delivery, first);
        delivery->health.writes++;
        if (answer->verdict == LOCKT_OK)
                delivery_clear_suspects(delivery);
        return 0;
}

/* All was done that was asked for: of such an answer, its numbers say everything. */
static bool is_clean(const Batch *batch, const LocktAnswer *answer) {
        return answer->verdict == LOCKT_OK && answer->n_failures == 0 && answer->errors == 0 &&
               (batch->lane != LANE_CREATE || answer->inserted >= batch->n);
}

static int record_later(Delivery *delivery, const LocktAnswer *answer, int64_t now_usec) {
        delivery->answer = *answer;
        delivery->answer.failures = NULL;
        delivery->answer.message = NULL;
        delivery->answered_usec = now_usec;
        return 0;
}

int delivery_written(Delivery *delivery, int64_t now_usec, const LocktAnswer *answer, Error *reterr) {
        Batch *batch = delivery->batch;
        int lost = 0, r;

        /* It was answered faster than the one before it was recorded. */
        if (delivery->answered->n > 0)
                lost = delivery_record(delivery, &delivery->answer, delivery->answered_usec, reterr);
        delivery->batch = delivery->answered;
        delivery->answered = batch;
        delivery->writing = false;
        if (delivery->ahead->n > 0 && is_clean(batch, answer) && lost == 0)
                r = record_later(delivery, answer, now_usec);
        else
                r = delivery_record(delivery, answer, now_usec, reterr);
        if (r >= 0)
                delivery_judge(delivery, now_usec, batch->lane == LANE_TAKE, answer);
        return lost < 0 ? lost : r;
}
