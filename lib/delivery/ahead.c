/*
 * The next write, gathered while one is on the wire
 *
 * So that the line is not idle while what was answered is recorded: the next batch leaves first. Looking writes
 * nothing. Only a full batch of plain records is taken, about whom nothing is to be settled, parked, read or asked,
 * and nobody else is concerned; anything else is left to the turn after the recording. It leaves only if the answer
 * was without a flaw and the state is exactly as it was when it was gathered: a revocation that has come, a newer
 * read, a look at somebody, each writes a row, and then it is dropped and gathered anew.
 *
 * What it was decided from can't be changed by the recording that follows either: neither shares a person nor a user
 * with the other, and values that must be unique and are claimed by two stop the looking.
 */

#include <string.h>

#include "lib/delivery/internal.h"

/* Older than this, the time itself may have changed what is decided. */
#define AHEAD_MAX_USEC (2 * USEC_PER_SEC)

#define PAGE 64u

/* Nothing follows from the decision but that this record is sent. */
static bool is_plain(const QueueRow *row, const Decision *decision, Lane lane) {
        Obstacle obstacle = lane == LANE_TAKE ? decision->take_obstacle : decision->give_obstacle;

        if (decision_lane(decision) != lane || obstacle != OBSTACLE_NONE || decision->give_obstacle != OBSTACLE_NONE)
                return false;
        if (decision->adopts || decision->contested || decision->other || decision->releases || decision->vanished ||
            decision->plan.blocked_by_hand)
                return false;
        /* A creation whose id is not learnt. */
        if (decision->link.key && decision->link.lockt_id == 0)
                return false;
        return row->split == 0 && row->attempts == 0 && !(lane != LANE_TAKE && row->pin_wanted);
}

/* 0: it is in the batch; 1: it is none to be sent so. */
static int consider(Delivery *delivery, const QueueRow *row, Lane lane, int64_t now_usec, Error *reterr) {
        _cleanup_(decision_deinit) Decision decision = DECISION_INIT;
        _cleanup_(park_deinit) Park park = { 0 };
        const User *record;
        int r;

        if (lane != LANE_TAKE && !delivery_may_give(delivery, row))
                return 1;
        r = park_get(delivery->state, row->wanted.key, &park, reterr);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = decide(delivery->context, row, now_usec, &decision, reterr);
        if (r < 0)
                return r;
        record = lane == LANE_TAKE ? &decision.plan.take : &decision.plan.give;
        if (!is_plain(row, &decision, lane) ||
            (record->id > 0 && (delivery_has_user(delivery->batch, record->id) ||
                                delivery_has_user(delivery->ahead, record->id))))
                return 1;
        return delivery_add_record(delivery, delivery->ahead, row, &decision, lane, now_usec, reterr);
}

/* One page of keys. 0: go on, 1: the batch is full, or can't be filled. */
static int look_at(Delivery *delivery, char *const *keys, size_t n, int64_t now_usec, int64_t *ret_queued,
                   Error *reterr) {
        Lane lane = delivery->batch->lane;

        for (size_t i = 0; i < n; i++) {
                _cleanup_(queue_row_deinit) QueueRow row = QUEUE_ROW_INIT;
                int r;

                r = queue_get(delivery->state, keys[i], &row, reterr);
                if (r != 0)
                        return r < 0 ? r : 1;
                *ret_queued = row.queued_usec;
                if (delivery_flight_of(delivery, keys[i]))
                        continue;
                r = consider(delivery, &row, lane, now_usec, reterr);
                if (r != 0 || delivery_batch_room(delivery, delivery->ahead, lane) == 0)
                        return r < 0 ? r : 1;
        }
        return n < PAGE;
}

static int fill(Delivery *delivery, int64_t now_usec, Error *reterr) {
        _cleanup_(freep) char *after = NULL;
        int64_t after_queued = 0;
        int r = 0;

        while (r == 0) {
                char *keys[PAGE] = { 0 };
                size_t n = 0;

                r = queue_due(delivery->state, delivery->batch->lane, now_usec, after, after_queued, PAGE, keys, &n,
                              reterr);
                if (r >= 0)
                        r = look_at(delivery, keys, n, now_usec, &after_queued, reterr);
                free(after);
                after = n > 0 ? steal(keys[n - 1]) : NULL;
                for (size_t i = 0; i < n; i++)
                        free(keys[i]);
        }
        return r < 0 ? r : 0;
}

/* Takes go first; and what is about to be read may be one. */
static int takes_wait(Delivery *delivery, Lane lane, int64_t now_usec, bool *ret, Error *reterr) {
        int64_t due, probing = 0;
        int r;

        *ret = false;
        if (lane == LANE_TAKE)
                return 0;
        r = queue_next_usec(delivery->state, LANE_TAKE, &due, reterr);
        if (r >= 0)
                r = queue_count_probing(delivery->state, LANE_TAKE, now_usec, &probing, reterr);
        if (r < 0)
                return r;
        *ret = due <= now_usec || probing > 0;
        return 0;
}

static bool may_look(const Delivery *delivery) {
        const Batch *batch = delivery->batch;

        /* A batch that is not full, or not as full as could be, is no part of a long row of them. */
        return delivery->leader && !delivery->options.report_mode && !delivery->unrecovered &&
               delivery->first.stage == FIRST_RIGHT && delivery->n_contested == 0 && batch->split == 0 &&
               batch->n >= delivery->batch_limit && delivery->service.failures == 0;
}

int delivery_look_ahead(Delivery *delivery, int64_t now_usec, Error *reterr) {
        bool takes = true;
        int r;

        if (!may_look(delivery) || delivery->ahead_changes == state_changes(delivery->state))
                return 0;
        delivery_batch_reset(delivery->ahead);
        delivery->ahead_changes = state_changes(delivery->state);
        delivery->ahead_usec = now_usec;
        r = state_begin_reading(delivery->state, reterr);
        if (r < 0)
                return r;
        r = takes_wait(delivery, delivery->batch->lane, now_usec, &takes, reterr);
        if (r >= 0 && !takes)
                r = fill(delivery, now_usec, reterr);
        if (r >= 0)
                r = state_commit(delivery->state, reterr);
        else
                state_rollback(delivery->state);
        if (r < 0 || delivery_batch_room(delivery, delivery->ahead, delivery->batch->lane) > 0)
                delivery_batch_reset(delivery->ahead);
        return r;
}

int delivery_may_go_ahead(Delivery *delivery, int64_t now_usec, bool more_coming, bool *ret, Error *reterr) {
        const Batch *ahead = delivery->ahead;
        bool takes;
        int r;

        *ret = false;
        if (ahead->n == 0 || delivery->ahead_changes != state_changes(delivery->state) ||
            now_usec < delivery->ahead_usec || now_usec - delivery->ahead_usec > AHEAD_MAX_USEC)
                return 0;
        if (!delivery->leader || delivery->options.report_mode || delivery->unrecovered || delivery->n_contested > 0 ||
            delivery->first.stage != FIRST_RIGHT || (more_coming && ahead->lane != LANE_TAKE) ||
            service_from_usec(&delivery->service, ahead->lane == LANE_TAKE) > now_usec)
                return 0;
        r = takes_wait(delivery, ahead->lane, now_usec, &takes, reterr);
        *ret = r >= 0 && !takes;
        return r;
}
