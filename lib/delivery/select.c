/*
 * Which records the next write carries
 *
 * Every row is decided anew before it is sent, from what the snapshot says now (level-triggered): what the queue holds
 * are keys and wanted values, never a finished body.
 */

#include <errno.h>
#include <string.h>

#include "lib/delivery/internal.h"

/* Rows that one call looks at, so that the loop turns. */
#define LOOK_MAX 256u

void delivery_batch_reset(Batch *batch) {
        held_user_deinit(&batch->before);
        for (size_t i = 0; i < batch->n; i++) {
                user_deinit(&batch->users[i]);
                flight_deinit(&batch->flights[i]);
                link_deinit(&batch->links[i]);
        }
        batch->n = 0;
        batch->split = 0;
        batch->short_of_reads = batch->urgent = batch->first = false;
}

size_t delivery_batch_room(const Delivery *delivery, const Batch *batch, Lane lane) {
        size_t limit = delivery_first_alone(delivery, lane) ? 1 : delivery->batch_limit;

        if (batch->split > 0 && batch->split < limit)
                limit = batch->split;
        return batch->n < limit ? limit - batch->n : 0;
}

/* Keeps the row, to be looked at after the read that it needs. */
static int wait_for_read(Delivery *delivery, QueueRow *row, Lane lane, Error *reterr) {
        row->probing = true;
        row->lane = lane;
        delivery->batch->short_of_reads = true;
        return queue_put(delivery->state, row, reterr);
}

/* Until something happens that wakes the queue. */
static int put_to_sleep(Delivery *delivery, QueueRow *row, Lane lane, Error *reterr) {
        row->lane = lane;
        row->next_usec = QUEUE_ASLEEP;
        delivery->asleep = true;
        return queue_put(delivery->state, row, reterr);
}

/* What HR said in this life, or after it was read as a whole. */
bool delivery_may_give(const Delivery *delivery, const QueueRow *row) {
        return delivery->hr_read || row->read > delivery->read_before;
}

static int wait_for_other(Delivery *delivery, QueueRow *row, const Decision *decision, int64_t now_usec,
                          Error *reterr) {
        if (decision->other_must_give_up) {
                int r = delivery_ask_give_up(delivery, decision->other, decision->other_property, now_usec, reterr);
                if (r < 0)
                        return r;
        }
        /* The other's acknowledgement wakes this one; the time is for the case that it never comes. */
        row->next_usec = now_usec + delivery->options.retry_first_usec;
        return queue_put(delivery->state, row, reterr);
}

/* The PIN that the record must carry: at hand, or asked for. 0, or STATE_NONE when it is not here yet. */
static int bring_pin(Delivery *delivery, QueueRow *row, User *user, int64_t now_usec, Error *reterr) {
        const char *pin;
        int r;

        if (!row->pin_wanted)
                return 0;
        pin = pins_get(&delivery->pins, row->wanted.key, row->pin_digest);
        if (!pin) {
                r = pins_want(&delivery->pins, row->wanted.key);
                if (r < 0)
                        return error_set(reterr, r, "cannot ask for a PIN: out of memory");
                /* Its arrival wakes this one. */
                row->next_usec = now_usec + delivery->options.retry_first_usec;
                r = queue_put(delivery->state, row, reterr);
                return r < 0 ? r : STATE_NONE;
        }
        r = user_set_text(user, PROPERTY_PIN, pin);
        return r < 0 ? error_set(reterr, r, "cannot make a record: out of memory") : 0;
}

static int make_flight(Batch *batch, size_t i, const QueueRow *row, int64_t now_usec, Error *reterr) {
        Flight *flight = &batch->flights[i];

        *flight = FLIGHT_INIT;
        flight->key = strdup(row->wanted.key);
        flight->lane = batch->lane;
        /* A record is sent whole: whatever it changes, it gives to somebody who was revoked before it arrives. */
        flight->gives = access_any(&batch->users[i], now_usec / USEC_PER_SEC);
        flight->read = row->read;
        flight->pin_sent = batch->users[i].pin;
        memcpy(flight->pin_digest, row->pin_digest, DIGEST_SIZE);
        if (!flight->key || user_copy(&batch->users[i], &flight->sent) < 0)
                return error_set(reterr, -ENOMEM, "cannot mark a write: out of memory");
        if (flight->sent.pin)
                return user_set_text(&flight->sent, PROPERTY_PIN, NULL);
        return 0;
}

/* Whether this write disables; or, where `leavers` does not, leaves a leaver no access by what it does. */
static bool revokes(const Decision *decision, const User *record, int64_t now_usec) {
        const User *held = &decision->held.user;
        int64_t now = now_usec / USEC_PER_SEC;

        if (held->enabled && !record->enabled)
                return true;
        return decision->plan.leaver && access_any(held, now) && !access_any(record, now);
}

/*
 * The levels that this write gives are ours from here on, whatever becomes of its answer: else they would be taken for
 * somebody else's, and stay.
 */
static int remember_granted(Link *link, const QueueRow *row, const User *record) {
        _cleanup_(user_deinit) User granted = USER_INIT;
        int r;

        r = decision_granted(row, record, link, &granted);
        for (size_t i = 0; r >= 0 && i < granted.n_levels; i++)
                r = user_add_level(&link->granted, granted.levels[i]);
        return r;
}

/* The link as it will be: a first one for an adoption; who is disabled by this write is disabled by us. */
static int make_link(Batch *batch, size_t i, const QueueRow *row, Decision *decision, int64_t now_usec,
                     Error *reterr) {
        Link *link = &batch->links[i];
        size_t granted = decision->link.granted.n_levels;

        *link = decision->link;
        decision->link = LINK_INIT;
        batch->relinks[i] = false;
        if (batch->lane == LANE_CREATE)
                return 0;
        if (remember_granted(link, row, &batch->users[i]) < 0)
                return error_set(reterr, -ENOMEM, "cannot mark a write: out of memory");
        batch->relinks[i] = link->granted.n_levels != granted || !link->key;
        if (!link->key) {
                link->key = strdup(row->wanted.key);
                if (!link->key)
                        return error_set(reterr, -ENOMEM, "cannot mark a write: out of memory");
                link->lockt_id = decision->held.user.id;
                link->linked_usec = now_usec;
        }
        if (revokes(decision, &batch->users[i], now_usec)) {
                link->disabled_usec = now_usec;
                batch->relinks[i] = true;
        }
        return 0;
}

bool delivery_has_user(const Batch *batch, int64_t id) {
        for (size_t i = 0; i < batch->n; i++)
                if (batch->users[i].id == id)
                        return true;
        return false;
}

int delivery_add_record(Delivery *delivery, Batch *batch, const QueueRow *row, Decision *decision, Lane lane,
                        int64_t now_usec, Error *reterr) {
        bool take = lane == LANE_TAKE;
        User *record = take ? &decision->plan.take : &decision->plan.give;
        size_t i = batch->n;
        int r;

        if (batch->n == 0) {
                batch->lane = lane;
                batch->split = row->split;
                batch->kind = lane == LANE_CREATE            ? LOCKT_CREATE
                              : delivery->options.update_put ? LOCKT_UPDATE_PUT
                                                             : LOCKT_UPDATE;
        }

        batch->users[i] = *record;
        *record = USER_INIT;
        batch->pointers[i] = &batch->users[i];
        batch->masks[i] = take ? decision->plan.take_mask : decision->plan.give_mask;
        /* What is not known can't be left out as if it were so already (ruling 30). */
        if (take && decision->held.seen_usec == 0)
                batch->masks[i] |= PROPERTY_BIT(PROPERTY_ENABLED) | PROPERTY_BIT(PROPERTY_ACCESSLEVELS) |
                                   PROPERTY_BIT(PROPERTY_ACCESS_EFFECTIVE) | PROPERTY_BIT(PROPERTY_ACCESS_EXPIRES);
        batch->adopts[i] = decision->adopts;
        batch->urgent = batch->urgent || decision->plan.leaver;
        batch->flights[i] = FLIGHT_INIT;
        batch->links[i] = LINK_INIT;
        batch->n++;
        r = make_flight(batch, i, row, now_usec, reterr);
        if (r < 0)
                return r;
        r = make_link(batch, i, row, decision, now_usec, reterr);
        if (r < 0 || !delivery_first_alone(delivery, lane))
                return r;
        batch->before = decision->held;
        decision->held = HELD_USER_INIT;
        return 0;
}

static int add_row(Delivery *delivery, QueueRow *row, Decision *decision, Lane lane, int64_t now_usec, Error *reterr) {
        User *record = lane == LANE_TAKE ? &decision->plan.take : &decision->plan.give;
        int r;

        /* Two people who both could be this user: the other one comes when the first is linked. */
        if (record->id > 0 && delivery_has_user(delivery->batch, record->id)) {
                row->next_usec = now_usec + delivery->options.retry_first_usec;
                return queue_put(delivery->state, row, reterr);
        }
        if (lane != LANE_TAKE) {
                r = bring_pin(delivery, row, record, now_usec, reterr);
                if (r != 0)
                        return r < 0 ? r : 0;
        }
        return delivery_add_record(delivery, delivery->batch, row, decision, lane, now_usec, reterr);
}

/* One row of a lane. Sets @ret_moved when another lane has something now, so that the lanes are gone through again. */
static int consider(Delivery *delivery, QueueRow *row, Lane lane, int64_t now_usec, bool *ret_moved, Error *reterr) {
        _cleanup_(decision_deinit) Decision decision = DECISION_INIT;
        Lane next;
        int r;

        r = delivery_review(delivery, row, now_usec, &decision, &next, reterr);
        if (r < 0 || next == LANES)
                return r;
        if (next != lane) {
                *ret_moved = true;
                row->lane = next;
                return queue_put(delivery->state, row, reterr);
        }
        if (lane == LANE_TAKE ? delivery_first_withholds(delivery, &decision) : !delivery_may_give(delivery, row))
                return put_to_sleep(delivery, row, lane, reterr);
        if ((lane == LANE_TAKE ? decision.take_obstacle : decision.give_obstacle) == OBSTACLE_READ)
                return wait_for_read(delivery, row, lane, reterr);
        if (lane != LANE_TAKE && decision.give_obstacle == OBSTACLE_WAITS) {
                *ret_moved = *ret_moved || decision.other_must_give_up;
                return wait_for_other(delivery, row, &decision, now_usec, reterr);
        }
        return add_row(delivery, row, &decision, lane, now_usec, reterr);
}

static void free_keys(char **keys, size_t n) {
        for (size_t i = 0; i < n; i++)
                free(keys[i]);
}

int delivery_gather(Delivery *delivery, Lane lane, int64_t now_usec, Error *reterr) {
        _cleanup_(freep) char *after = NULL;
        int64_t after_queued = 0;
        size_t looked = 0;
        bool moved = false, full = false, end = false;

        delivery->batch->short_of_reads = delivery->batch->urgent = false;
        while (looked < LOOK_MAX && !full && !end) {
                char *keys[32] = { 0 };
                size_t n = 0;
                int r;

                r = queue_due(delivery->state, lane, now_usec, after, after_queued, ELEMENTS(keys), keys, &n, reterr);
                for (size_t i = 0; r >= 0 && i < n && !full; i++) {
                        _cleanup_(queue_row_deinit) QueueRow row = QUEUE_ROW_INIT;

                        r = queue_get(delivery->state, keys[i], &row, reterr);
                        if (r != 0)
                                continue;
                        after_queued = row.queued_usec;
                        looked++;
                        if (delivery->batch->n > 0 && row.split != delivery->batch->split)
                                continue;
                        r = consider(delivery, &row, lane, now_usec, &moved, reterr);
                        full = delivery->batch->n > 0 && delivery_batch_room(delivery, delivery->batch, lane) == 0;
                }
                if (n > 0) {
                        free(after);
                        after = steal(keys[n - 1]);
                }
                free_keys(keys, n);
                if (r < 0)
                        return r;
                end = n < ELEMENTS(keys);
        }

        /* Nothing to send here yet, but more rows to look at, or an earlier lane to go back to. */
        return delivery->batch->n == 0 && (moved || !end) ? DELIVERY_AGAIN : 0;
}
