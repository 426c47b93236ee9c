/* One person: into the queue, out of it, withheld, linked. */

#include <errno.h>
#include <string.h>

#include "lib/delivery/internal.h"

void delivery_tell(Delivery *delivery, NewsKind kind, const char *key, const char *action, const char *text,
                   int64_t count) {
        News news = NEWS(kind);

        news.cycle = delivery->cycle;
        news.id_num = key;
        news.action = action;
        news.text = text;
        news.count = count;
        delivery->tell(delivery->userdata, &news);
}

int delivery_park(Delivery *delivery, const char *key, ParkKind kind, const char *reason, int64_t now_usec,
                  Error *reterr) {
        Park park = {
                .key = (char *) key,
                .kind = kind,
                .reason = (char *) (reason ? reason : "the reason could not be kept: out of memory"),
                .since_usec = now_usec,
        };
        int r;

        r = park_put(delivery->state, &park, reterr);
        if (r != 0)
                return r;
        delivery->health.parked++;
        delivery_tell(delivery, NEWS_PARKED, key, "park", park.reason, -1);
        r = delivery_history(delivery, key, "parked", NULL, NULL, park.reason, now_usec, reterr);
        return r < 0 ? r : 0;
}

int delivery_unpark(Delivery *delivery, const char *key, Error *reterr) {
        int r;

        r = park_delete(delivery->state, key, reterr);
        if (r != 0)
                return r < 0 ? r : 0;
        delivery_tell(delivery, NEWS_UNPARKED, key, NULL, NULL, -1);
        return 0;
}

/* An adoption that needs no write, or new memory of what the rules grant. */
static int settle_link(Delivery *delivery, const QueueRow *row, Decision *decision, int64_t now_usec, Error *reterr) {
        _cleanup_(user_deinit) User granted = USER_INIT;
        Link *link = &decision->link;
        bool adopts = decision->adopts && !link->key;
        int r;

        if (decision->held.user.id == 0)
                return 0;
        if (adopts) {
                link->key = strdup(row->wanted.key);
                if (!link->key)
                        return error_set(reterr, -ENOMEM, "cannot link a person: out of memory");
                link->lockt_id = decision->held.user.id;
                link->linked_usec = now_usec;
        }
        if (decision_granted(row, &decision->held.user, link, &granted) < 0)
                return error_set(reterr, -ENOMEM, "cannot link a person: out of memory");
        /* A leaver's row grants nothing: what was granted before is forgotten with the levels. */
        if (!adopts && granted.n_levels == link->granted.n_levels &&
            (granted.n_levels == 0 ||
             memcmp(granted.levels, link->granted.levels, granted.n_levels * sizeof(*granted.levels)) == 0))
                return 0;

        user_deinit(&link->granted);
        link->granted = granted;
        granted = USER_INIT;
        r = link_put(delivery->state, link, reterr);
        if (r < 0 || !adopts)
                return r;
        r = verify_delete(delivery->state, link->key, reterr); /* no doubt any more whose it is */
        if (r < 0)
                return r;
        delivery->health.adopted++;
        delivery_tell(delivery, NEWS_ADOPTED, row->wanted.key, "adopt", NULL, -1);
        return delivery_history(delivery, row->wanted.key, "adopted", &decision->held.user, NULL, NULL, now_usec,
                                reterr);
}

int delivery_settle(Delivery *delivery, const QueueRow *row, Decision *decision, int64_t now_usec, Error *reterr) {
        int r;

        r = settle_link(delivery, row, decision, now_usec, reterr);
        if (r < 0)
                return r;
        if (decision->plan.leaver && decision->link.key && decision->link.unknown_give) {
                r = delivery_watch_leaver(delivery, row->wanted.key, now_usec, reterr);
                if (r < 0)
                        return r;
        }
        if (decision->plan.blocked_by_hand)
                delivery_tell(delivery, NEWS_BLOCKED_BY_HAND, row->wanted.key, NULL, NULL, -1);
        r = delivery_unpark(delivery, row->wanted.key, reterr);
        if (r < 0)
                return r;
        r = queue_delete(delivery->state, row->wanted.key, reterr);
        return r < 0 ? r : 0;
}

int delivery_learn(Delivery *delivery, const char *key, Error *reterr) {
        _cleanup_(link_deinit) Link link = LINK_INIT, other = LINK_INIT;
        int64_t ids[2];
        size_t n;
        int r;

        r = snapshot_find(delivery->state, PROPERTY_ID_NUM, key, 0, ids, ELEMENTS(ids), &n, reterr);
        if (r < 0)
                return r;
        if (n != 1)
                return STATE_NONE;
        r = link_get_by_user(delivery->state, ids[0], &other, reterr);
        if (r <= 0)
                return r < 0 ? r : STATE_NONE;
        r = link_get(delivery->state, key, &link, reterr);
        if (r != 0)
                return r;
        link.lockt_id = ids[0];
        return link_put(delivery->state, &link, reterr);
}

int delivery_ask_give_up(Delivery *delivery, const char *key, Property property, int64_t now_usec, Error *reterr) {
        _cleanup_(queue_row_deinit) QueueRow row = QUEUE_ROW_INIT;
        _cleanup_(person_row_deinit) PersonRow person = PERSON_ROW_INIT;
        int r;

        r = queue_get(delivery->state, key, &row, reterr);
        if (r < 0)
                return r;
        if (r == STATE_NONE) {
                r = person_get(delivery->state, key, &person, reterr);
                if (r < 0)
                        return r;
                row.read = person.revoked_read > person.read ? person.revoked_read : person.read;
                row.wanted.key = strdup(key);
                row.wanted.standing = STANDING_OUT;
                row.why = strdup("gives up what somebody else is to have");
                row.queued_usec = row.changed_usec = now_usec;
                if (!row.wanted.key || !row.why)
                        return error_set(reterr, -ENOMEM, "cannot queue a person: out of memory");
        }
        if (property == PROPERTY_CARD_NUM)
                row.give_up_card = true;
        else
                row.give_up_email = true;
        row.lane = LANE_TAKE;
        row.next_usec = 0;
        return queue_put(delivery->state, &row, reterr);
}

int delivery_enqueue_out(Delivery *delivery, const char *key, const char *why, int64_t now_usec, Error *reterr) {
        _cleanup_(queue_row_deinit) QueueRow row = QUEUE_ROW_INIT;
        _cleanup_(person_row_deinit) PersonRow person = PERSON_ROW_INIT;
        int r;

        r = person_get(delivery->state, key, &person, reterr);
        if (r < 0)
                return r;
        row.read = person.revoked_read > person.read ? person.revoked_read : person.read;
        row.wanted.key = strdup(key);
        row.wanted.standing = STANDING_OUT;
        row.why = strdup(why);
        if (!row.wanted.key || !row.why)
                return error_set(reterr, -ENOMEM, "cannot queue a person: out of memory");
        return delivery_enqueue(delivery, &row, now_usec, NULL, reterr);
}

static const Flight *find_flight(const Batch *batch, const char *key) {
        for (size_t i = 0; i < batch->n; i++)
                if (strcmp(batch->flights[i].key, key) == 0)
                        return &batch->flights[i];
        return NULL;
}

const Flight *delivery_flight_of(const Delivery *delivery, const char *key) {
        const Flight *flight = delivery->writing ? find_flight(delivery->batch, key) : NULL;

        return flight ? flight : find_flight(delivery->answered, key);
}

bool delivery_in_flight(const Delivery *delivery, const char *key) {
        return delivery->unrecovered || delivery_flight_of(delivery, key);
}

static int decide_and_learn(Delivery *delivery, const QueueRow *row, int64_t now_usec, Decision *ret, Error *reterr) {
        int r;

        r = decide(delivery->context, row, now_usec, ret, reterr);
        if (r < 0 || !ret->link.key || ret->link.lockt_id != 0)
                return r;
        r = delivery_learn(delivery, row->wanted.key, reterr);
        if (r != 0)
                return r < 0 ? r : 0;
        decision_deinit(ret);
        return decide(delivery->context, row, now_usec, ret, reterr);
}

/* Parks or unparks as was decided. A conflict may end without HR's row changing: it is decided again at each read. */
static int apply_parking(Delivery *delivery, const QueueRow *row, const Decision *decision, int64_t now_usec,
                         Error *reterr) {
        int r;

        if (decision->give_obstacle != OBSTACLE_PARKED)
                return delivery_unpark(delivery, row->wanted.key, reterr);
        r = delivery_park(delivery, row->wanted.key, decision->park, decision->reason, now_usec, reterr);
        if (r < 0 || decision->park != PARK_CONFLICT)
                return r < 0 ? r : 0;
        if (decision->vanished && r == 0)
                delivery_tell(delivery, NEWS_VANISHED, row->wanted.key, NULL, NULL, -1);
        r = person_forget_digest(delivery->state, row->wanted.key, reterr);
        return r < 0 ? r : 0;
}

/* What follows from a decision. */
static int conclude(Delivery *delivery, QueueRow *row, int64_t now_usec, Decision *ret, Lane *ret_lane, Error *reterr) {
        int r;

        *ret_lane = LANES;
        if (decision_settled(ret))
                return delivery_settle(delivery, row, ret, now_usec, reterr);
        r = apply_parking(delivery, row, ret, now_usec, reterr);
        if (r < 0)
                return r;
        *ret_lane = decision_lane(ret);
        if (*ret_lane == LANES) {
                r = queue_delete(delivery->state, row->wanted.key, reterr);
                return r < 0 ? r : 0;
        }
        return 0;
}

int delivery_review(Delivery *delivery, QueueRow *row, int64_t now_usec, Decision *ret, Lane *ret_lane,
                    Error *reterr) {
        int r;

        r = decide_and_learn(delivery, row, now_usec, ret, reterr);
        return r < 0 ? r : conclude(delivery, row, now_usec, ret, ret_lane, reterr);
}

int delivery_requeue(Delivery *delivery, QueueRow *row, int64_t now_usec, Error *reterr) {
        _cleanup_(decision_deinit) Decision decision = DECISION_INIT;
        Lane lane;
        int r;

        r = delivery_review(delivery, row, now_usec, &decision, &lane, reterr);
        if (r < 0 || lane == LANES)
                return r;
        row->lane = lane;
        row->probing = (lane == LANE_TAKE ? decision.take_obstacle : decision.give_obstacle) == OBSTACLE_READ;
        return queue_put(delivery->state, row, reterr);
}

/* What an older row of the same person carries over: its place, its failures, and what it was told to give up. */
static int inherit(Delivery *delivery, QueueRow *row, Error *reterr) {
        _cleanup_(queue_row_deinit) QueueRow old = QUEUE_ROW_INIT;
        int r;

        r = queue_get(delivery->state, row->wanted.key, &old, reterr);
        if (r != 0)
                return r < 0 ? r : 0;
        row->queued_usec = old.queued_usec;
        if (plan_is_leaver(&row->wanted, row->changed_usec / USEC_PER_SEC)) {
                row->give_up_card = row->give_up_card || old.give_up_card;
                row->give_up_email = row->give_up_email || old.give_up_email;
                /* A revocation that is under way already is as old as its first wish. */
                if (plan_is_leaver(&old.wanted, old.changed_usec / USEC_PER_SEC))
                        row->changed_usec = old.changed_usec;
        }
        return 0;
}

/* Into the queue, whoever carries on in the end. STATE_NONE: nobody contests anything. */
static int enqueue_contested(Delivery *delivery, QueueRow *row, const Decision *decision, Error *reterr) {
        const Plan *plan = &decision->plan;
        int r;

        if (!decision->contested)
                return STATE_NONE;
        r = delivery_contest(delivery, row->wanted.key, reterr);
        if (r != 0)
                return r;
        row->lane = plan->has_take ? LANE_TAKE : plan->create ? LANE_CREATE : LANE_CHANGE;
        row->probing = row->lane == LANE_TAKE && decision->take_obstacle == OBSTACLE_READ;
        return queue_put(delivery->state, row, reterr);
}

int delivery_enqueue(Delivery *delivery, QueueRow *row, int64_t now_usec, bool *ret_again, Error *reterr) {
        _cleanup_(decision_deinit) Decision decision = DECISION_INIT;
        Lane lane;
        int r;

        row->queued_usec = row->changed_usec = now_usec;
        r = inherit(delivery, row, reterr);
        if (r < 0)
                return r;

        /* What Lockt will hold is not known before the answer is: it decides then, and nothing is settled until then. */
        if (delivery_in_flight(delivery, row->wanted.key)) {
                const Flight *flight = delivery_flight_of(delivery, row->wanted.key);

                row->lane = flight ? flight->lane : LANE_TAKE;
                return queue_put(delivery->state, row, reterr);
        }

        r = decide_and_learn(delivery, row, now_usec, &decision, reterr);
        if (r < 0)
                return r;
        r = enqueue_contested(delivery, row, &decision, reterr);
        if (r != STATE_NONE) {
                if (ret_again)
                        *ret_again = true;
                return r;
        }
        r = conclude(delivery, row, now_usec, &decision, &lane, reterr);
        if (r < 0)
                return r;
        if (ret_again)
                *ret_again = decision.give_obstacle == OBSTACLE_PARKED && decision.park == PARK_CONFLICT;
        if (lane == LANES)
                return 0;
        if (decision.give_obstacle == OBSTACLE_WAITS && decision.other_must_give_up) {
                r = delivery_ask_give_up(delivery, decision.other, decision.other_property, now_usec, reterr);
                if (r < 0)
                        return r;
        }
        row->lane = lane;
        row->probing = (lane == LANE_TAKE ? decision.take_obstacle : decision.give_obstacle) == OBSTACLE_READ;
        return queue_put(delivery->state, row, reterr);
}
