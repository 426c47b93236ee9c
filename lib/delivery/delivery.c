/* The order of writes, recovery after a crash, and the health of the service. */

#include "lib/delivery/delivery.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/delivery/internal.h"

/* A batch of revocations that is not full waits this long for more that are still being applied. */
#define TAKE_PATIENCE_USEC (USEC_PER_SEC / 4)

/* From the start of a request to its first bytes on an open connection: the timer of the client, then its socket. */
#define TURNS_BEFORE_RECORDING 2

/* One write that was marked, and whose answer nobody recorded: unknown (invariant 1, ruling 14). */
static int recover_flight(Delivery *delivery, const Flight *flight, int64_t now_usec, Error *reterr) {
        _cleanup_(queue_row_deinit) QueueRow row = QUEUE_ROW_INIT;
        int r;

        r = delivery_mark_unknown(delivery, flight, now_usec, reterr);
        if (r < 0)
                return r;
        r = queue_get(delivery->state, flight->key, &row, reterr);
        if (r < 0)
                return r;
        if (r == 0) {
                row.next_usec = 0;
                /* A revocation is simply sent again; anything else is read first. */
                row.probing = row.probing || row.lane != LANE_TAKE;
                r = queue_put(delivery->state, &row, reterr);
        } else
                r = person_forget_digest(delivery->state, flight->key, reterr);
        if (r < 0)
                return r;
        return flight_delete(delivery->state, flight->key, reterr);
}

static int recover(Delivery *delivery, int64_t now_usec, Error *reterr) {
        int r;

        r = state_begin(delivery->state, reterr);
        if (r < 0)
                return r;
        for (;;) {
                _cleanup_(flight_deinit) Flight flight = FLIGHT_INIT;

                r = flight_next(delivery->state, NULL, &flight, reterr);
                if (r != 0)
                        break;
                r = recover_flight(delivery, &flight, now_usec, reterr);
                if (r < 0)
                        break;
        }
        if (r < 0) {
                state_rollback(delivery->state);
                return r;
        }
        r = state_commit(delivery->state, reterr);
        if (r < 0)
                return r;
        delivery->unrecovered = false;
        return 0;
}

int delivery_new(const DecideContext *context, const DeliveryOptions *options, int64_t now_usec, DeliveryTell tell,
                 void *userdata, Delivery **ret, Error *reterr) {
        _cleanup_(delivery_freep) Delivery *delivery = NULL;
        int64_t limit;
        int r;

        delivery = calloc(1, sizeof(*delivery));
        if (!delivery)
                return error_set(reterr, -ENOMEM, "cannot prepare delivery: out of memory");
        delivery->context = context;
        delivery->state = context->state;
        delivery->tell = tell;
        delivery->userdata = userdata;
        delivery->leader = true;
        delivery->batch_limit = BATCH_MAX;
        delivery->batch = &delivery->batches[0];
        delivery->ahead = &delivery->batches[1];
        delivery->answered = &delivery->batches[2];
        delivery_set_options(delivery, options);

        r = state_get_number(delivery->state, "batch_limit", &limit, reterr);
        if (r < 0)
                return r;
        if (r == 0 && limit >= 1 && limit <= BATCH_MAX)
                delivery->batch_limit = (unsigned) limit;
        r = state_get_number(delivery->state, "reads", &delivery->read_before, reterr);
        if (r < 0)
                return r;
        r = delivery_first_load(delivery, reterr);
        if (r < 0)
                return r;
        r = queue_wake(delivery->state, reterr);
        if (r < 0)
                return r;
        r = recover(delivery, now_usec, reterr);
        if (r < 0)
                return r;
        *ret = steal(delivery);
        return 0;
}

Delivery *delivery_free(Delivery *delivery) {
        if (!delivery)
                return NULL;
        for (size_t i = 0; i < ELEMENTS(delivery->batches); i++)
                delivery_batch_reset(&delivery->batches[i]);
        delivery_clear_suspects(delivery);
        delivery_forget_contests(delivery);
        pins_deinit(&delivery->pins);
        free(delivery->read_key);
        free(delivery->first.key);
        free(delivery);
        return NULL;
}

void delivery_set_options(Delivery *delivery, const DeliveryOptions *options) {
        Service *service = &delivery->service;

        delivery_batch_reset(delivery->ahead);
        delivery->options = *options;
        if (service->max_usec == 0) {
                service_init(service, options->retry_first_usec, options->retry_max_usec, options->seed);
                return;
        }
        service->first_usec = options->retry_first_usec;
        service->max_usec = options->retry_max_usec;
}

void delivery_set_cycle(Delivery *delivery, int64_t cycle) {
        delivery->cycle = cycle;
}

void delivery_set_leader(Delivery *delivery, bool leader) {
        delivery->leader = leader;
}

int delivery_hr_read(Delivery *delivery, Error *reterr) {
        bool asleep = delivery->asleep;

        delivery->hr_read = true;
        delivery->asleep = false;
        return asleep ? queue_wake(delivery->state, reterr) : 0;
}

bool delivery_writing(const Delivery *delivery) {
        return delivery->writing || delivery->answered->n > 0;
}

/* A batch that would be fuller if we waited: for reads that are wanted, for findings that are being applied. */
static int worth_waiting(Delivery *delivery, Lane lane, bool more_coming, int64_t now_usec, Error *reterr) {
        const Batch *batch = delivery->batch;
        int64_t probing = 0;
        int r;

        if (delivery_batch_room(delivery, batch, lane) == 0)
                return 0;
        if (lane == LANE_TAKE && (batch->urgent || more_coming)) {
                int64_t oldest;

                if (!more_coming)
                        return 0;
                r = revocation_oldest_usec(delivery->state, &oldest, reterr);
                return r < 0 ? r : oldest > now_usec - TAKE_PATIENCE_USEC;
        }
        if (batch->short_of_reads)
                return 1;
        r = queue_count_probing(delivery->state, lane, now_usec, &probing, reterr);
        return r < 0 ? r : probing > 0;
}

/* What was due needs no write. The rest of the lane may fall due later, and must not be slept through. */
static int look_further(Delivery *delivery, Lane lane, int64_t now_usec, int64_t *ret_until, Error *reterr) {
        int64_t due;
        int r;

        r = queue_next_usec(delivery->state, lane, &due, reterr);
        if (r < 0)
                return r;
        if (due <= now_usec)
                due = now_usec + USEC_PER_SEC;
        *ret_until = due < *ret_until ? due : *ret_until;
        return 0;
}

/* Whether records are about to be read so that something can be taken: the next answer goes on from here. */
static int takes_are_read(Delivery *delivery, int64_t now_usec, Error *reterr) {
        int64_t n = 0;
        int r;

        r = queue_count_probing(delivery->state, LANE_TAKE, now_usec, &n, reterr);
        return r < 0 ? r : n > 0;
}

/* Goes through the lanes in their order. 0: the batch is marked and ready. */
static int choose(Delivery *delivery, int64_t now_usec, bool more_coming, int64_t *ret_until, Error *reterr) {
        *ret_until = INT64_MAX;
        for (Lane lane = LANE_TAKE; lane < LANES; lane++) {
                int64_t from = service_from_usec(&delivery->service, lane == LANE_TAKE), due;
                int r;

                /* What takes may still be found: nothing is given before it (invariant 2). */
                if (lane != LANE_TAKE && more_coming)
                        break;
                if (delivery_first_closes(delivery, lane))
                        continue;
                r = lane == LANE_TAKE ? 0 : takes_are_read(delivery, now_usec, reterr);
                if (r != 0)
                        return r < 0 ? r : DELIVERY_NOTHING;
                r = queue_next_usec(delivery->state, lane, &due, reterr);
                if (r < 0)
                        return r;
                if (due != INT64_MAX && due < from)
                        due = from;
                if (due > now_usec) {
                        *ret_until = due < *ret_until ? due : *ret_until;
                        continue;
                }
                r = delivery_gather(delivery, lane, now_usec, reterr);
                if (r != 0)
                        return r;
                if (delivery->batch->n == 0) {
                        r = look_further(delivery, lane, now_usec, ret_until, reterr);
                        if (r < 0)
                                return r;
                        continue;
                }
                r = worth_waiting(delivery, lane, more_coming, now_usec, reterr);
                if (r < 0)
                        return r;
                if (r == 0)
                        return delivery_mark(delivery, now_usec, reterr);
                delivery_batch_reset(delivery->batch);
                if (lane == LANE_TAKE)
                        *ret_until = now_usec + TAKE_PATIENCE_USEC;
        }
        return DELIVERY_NOTHING;
}

/* Marks what was gathered; from here on it is on the wire. */
static int hand_out(Delivery *delivery, DeliveryWrite *ret, Error *reterr) {
        Batch *batch = delivery->batch;
        int r;

        r = delivery_first_marked(delivery, batch, reterr);
        if (r < 0) {
                delivery_batch_reset(batch);
                delivery->unrecovered = true;
                return r;
        }
        delivery->writing = true;
        delivery->ahead_changes = -1;
        *ret = (DeliveryWrite) {
                .kind = batch->kind,
                .n_users = batch->n,
                .users = batch->pointers,
                .masks = batch->masks,
        };
        return 0;
}

static int mark_and_commit(Delivery *delivery, int64_t now_usec, Error *reterr) {
        int r;

        r = state_begin(delivery->state, reterr);
        if (r < 0)
                return r;
        r = delivery_mark(delivery, now_usec, reterr);
        if (r < 0) {
                state_rollback(delivery->state);
                return r;
        }
        return state_commit(delivery->state, reterr);
}

/* A write was answered, and the next one is here: it leaves first. 0, or DELIVERY_NOTHING: it may not. */
static int go_ahead(Delivery *delivery, int64_t now_usec, bool more_coming, DeliveryWrite *ret, Error *reterr) {
        Batch *batch = delivery->batch;
        bool may = false;
        int r;

        r = delivery_may_go_ahead(delivery, now_usec, more_coming, &may, reterr);
        if (r < 0)
                return r;
        if (!may) {
                delivery_batch_reset(delivery->ahead);
                return DELIVERY_NOTHING;
        }
        delivery->batch = delivery->ahead;
        delivery->ahead = batch;
        r = mark_and_commit(delivery, now_usec, reterr);
        if (r < 0) {
                delivery_batch_reset(delivery->batch);
                return r;
        }
        delivery->turns = TURNS_BEFORE_RECORDING;
        return hand_out(delivery, ret, reterr);
}

static int record_answered(Delivery *delivery, Error *reterr) {
        return delivery_record(delivery, &delivery->answer, delivery->answered_usec, reterr);
}

/* While a write is under way: what the one before it left behind; then what may follow it. */
static int while_writing(Delivery *delivery, int64_t now_usec, bool more_coming, Error *reterr) {
        int r;

        if (delivery->answered->n > 0) {
                /* The bytes of the write that has just been handed out leave when the loop turns. */
                if (delivery->turns > 0) {
                        delivery->turns--;
                        return DELIVERY_AGAIN;
                }
                r = record_answered(delivery, reterr);
                return r < 0 ? r : DELIVERY_AGAIN;
        }
        r = more_coming ? 0 : delivery_look_ahead(delivery, now_usec, reterr);
        return r < 0 ? r : DELIVERY_NOTHING;
}

static int gather_and_mark(Delivery *delivery, int64_t now_usec, bool more_coming, int64_t *ret_until, Error *reterr) {
        int r;

        r = state_begin(delivery->state, reterr);
        if (r < 0)
                return r;
        r = choose(delivery, now_usec, more_coming, ret_until, reterr);
        if (r == 0)
                r = delivery_first_mark(delivery, delivery->batch, now_usec, reterr);
        if (r < 0) {
                state_rollback(delivery->state);
                delivery_batch_reset(delivery->batch);
                return r;
        }
        if (state_commit(delivery->state, reterr) < 0) {
                delivery_batch_reset(delivery->batch);
                return reterr && reterr->code ? reterr->code : -EIO;
        }
        return r;
}

int delivery_next_write(Delivery *delivery, int64_t now_usec, bool more_coming, DeliveryWrite *ret, int64_t *ret_until,
                        Error *reterr) {
        int r;

        *ret_until = INT64_MAX;
        if (!delivery->writing && delivery->answered->n > 0) {
                r = go_ahead(delivery, now_usec, more_coming, ret, reterr);
                if (r == DELIVERY_NOTHING)
                        r = record_answered(delivery, reterr);
                if (r < 0 || delivery->writing)
                        return r;
        }
        if (!more_coming) {
                r = delivery_settle_contests(delivery, now_usec, reterr);
                if (r != 0)
                        return r;
        }
        if (delivery->writing)
                return while_writing(delivery, now_usec, more_coming, reterr);
        delivery_batch_reset(delivery->ahead);
        if (delivery->options.report_mode || !delivery->leader)
                return DELIVERY_NOTHING;
        if (delivery->unrecovered) {
                r = recover(delivery, now_usec, reterr);
                if (r < 0)
                        return r;
        }
        r = gather_and_mark(delivery, now_usec, more_coming, ret_until, reterr);
        return r != 0 ? r : hand_out(delivery, ret, reterr);
}

static void end_condition(Delivery *delivery, bool *condition, NewsKind kind) {
        if (!*condition)
                return;
        *condition = false;
        delivery_tell(delivery, kind, NULL, NULL, NULL, -1);
}

/* Each condition is told when it begins and when it ends. */
static void begin_condition(Delivery *delivery, bool *condition, NewsKind kind, const LocktAnswer *answer) {
        (void) snprintf(delivery->health.error, sizeof(delivery->health.error), "%s%s",
                        answer->message ? answer->message : lockt_verdict_name(answer->verdict),
                        answer->verdict == LOCKT_NOT_RELEASED ? "; lockt.update_with: post does without it" : "");
        if (*condition)
                return;
        *condition = true;
        delivery_tell(delivery, kind, NULL, NULL, delivery->health.error, answer->status);
}

void delivery_judge(Delivery *delivery, int64_t now_usec, bool take, const LocktAnswer *answer) {
        DeliveryHealth *health = &delivery->health;

        switch (answer->verdict) {
        case LOCKT_OK:
        case LOCKT_ABSENT:
                end_condition(delivery, &health->down, NEWS_LOCKT_UP);
                end_condition(delivery, &health->unauthorized, NEWS_LOCKT_AUTHORIZED);
                if (answer->submitted > answer->errors)
                        health->fault = false;
                /* While every write is refused, a read that is answered is no reason to write again. */
                if (!health->fault)
                        service_well(&delivery->service);
                health->error[0] = '\0';
                break;
        case LOCKT_UNAUTHORIZED:
                service_failed(&delivery->service, now_usec, take, 0);
                begin_condition(delivery, &health->unauthorized, NEWS_LOCKT_UNAUTHORIZED, answer);
                break;
        case LOCKT_BUSY:
                /* Expected now and then (rulings 15, 36): it is the wait that matters, not the news. */
                service_failed(&delivery->service, now_usec, take, (int64_t) answer->retry_after_usec);
                if (delivery->service.failures >= 3)
                        begin_condition(delivery, &health->down, NEWS_LOCKT_DOWN, answer);
                break;
        case LOCKT_UNAVAILABLE:
        case LOCKT_UNKNOWN:
        case LOCKT_NOT_RELEASED:
                service_failed(&delivery->service, now_usec, take, (int64_t) answer->retry_after_usec);
                begin_condition(delivery, &health->down, NEWS_LOCKT_DOWN, answer);
                break;
        case LOCKT_REFUSED:
        case LOCKT_TOO_LARGE:
                /* It answers, and means the records. */
                end_condition(delivery, &health->down, NEWS_LOCKT_UP);
                break;
        }
}

void delivery_heard(Delivery *delivery, int64_t now_usec, const LocktAnswer *answer) {
        /* A list that is refused is asked for again, later: there is no record that could be wrong. */
        if (answer->verdict != LOCKT_OK && answer->verdict != LOCKT_BUSY && answer->verdict != LOCKT_UNAUTHORIZED) {
                service_failed(&delivery->service, now_usec, false, (int64_t) answer->retry_after_usec);
                begin_condition(delivery, &delivery->health.down, NEWS_LOCKT_DOWN, answer);
                return;
        }
        delivery_judge(delivery, now_usec, false, answer);
}

void delivery_resume(Delivery *delivery, int64_t now_usec) {
        service_well(&delivery->service);
        delivery_batch_reset(delivery->ahead);
        delivery->health.fault = false;
        delivery->listed_try_usec = delivery->first.next_usec = 0;
}

void delivery_health(const Delivery *delivery, DeliveryHealth *ret) {
        *ret = delivery->health;
        ret->next_attempt_usec = service_from_usec(&delivery->service, false);
        ret->batch_limit = delivery->batch_limit;
        ret->first_update_bad = delivery->first.stage == FIRST_BAD;
        ret->first_update_pending = delivery->first.stage == FIRST_SENT;
}

void delivery_reset_counts(Delivery *delivery) {
        DeliveryHealth *health = &delivery->health;

        health->revoked = health->changed = health->created = health->adopted = 0;
        health->parked = health->writes = health->failures = 0;
}

size_t delivery_pins_wanted(const Delivery *delivery, const char *const **ret_keys) {
        *ret_keys = (const char *const *) delivery->pins.wanted;
        return delivery->pins.n_wanted;
}

int delivery_offer_pin(Delivery *delivery, const char *key, const char *pin, const uint8_t digest[DIGEST_SIZE]) {
        return pins_offer(&delivery->pins, key, pin, digest);
}

/* The read that was to bring PINs is over: whoever waits for one looks again. */
int delivery_pins_read(Delivery *delivery, Error *reterr) {
        int r = 0;

        for (size_t i = 0; i < delivery->pins.n_wanted && r >= 0; i++)
                if (pins_get(&delivery->pins, delivery->pins.wanted[i], NULL))
                        r = queue_retry_now(delivery->state, delivery->pins.wanted[i], reterr);
        pins_forget_wanted(&delivery->pins);
        return r < 0 ? r : 0;
}
