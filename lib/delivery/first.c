/*
 * The first update
 *
 * The API document leaves open what an update does to properties that it does not name, or names with the value that
 * they have (rulings 31 and 49). So the first one that an instance ever gets is sent alone and read back (invariant
 * 5): was something changed that was not meant to be, then nothing more is written but revocations of leavers, until
 * somebody has looked.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/delivery/internal.h"

#define FACT "first_update"

static int keep(Delivery *delivery, FirstStage stage, Error *reterr) {
        return state_set_number(delivery->state, FACT, stage, reterr);
}

static int recall_key(Delivery *delivery, Error *reterr) {
        _cleanup_(first_update_deinit) FirstUpdate first = FIRST_UPDATE_INIT;
        int r;

        r = first_update_get(delivery->state, &first, reterr);
        if (r < 0)
                return r;
        /* A state in which somebody has cleaned up: the next update is the first one. */
        if (r == STATE_NONE) {
                delivery->first.stage = FIRST_OPEN;
                return keep(delivery, FIRST_OPEN, reterr);
        }
        delivery->first.key = steal(first.key);
        return 0;
}

/* "credential_key, accesslevels": names alone, never a value. */
static void name_properties(uint32_t mask, char *buf, size_t size) {
        size_t n = 0;

        (void) snprintf(buf, size, "%s", mask ? "" : "the user is not there any more");
        for (Property p = 0; p < PROPERTIES; p++)
                if (mask & PROPERTY_BIT(p))
                        n += (size_t) snprintf(buf + n, size - n, "%s%s", n > 0 ? ", " : "", property_name(p));
}

static void tell_bad(Delivery *delivery, uint32_t mask) {
        char names[FIRST_NAMES_MAX];

        name_properties(mask, names, sizeof(names));
        delivery_tell(delivery, NEWS_FIRST_UPDATE_BAD, delivery->first.key, "change", names, -1);
}

int delivery_first_load(Delivery *delivery, Error *reterr) {
        int64_t stage = 0, writes = 0, changed = 0;
        int r;

        r = state_get_number(delivery->state, FACT, &stage, reterr);
        if (r < 0)
                return r;
        if (r == STATE_NONE) {
                /* A state from before this was watched: what it has written was seen to be right in many cycles. */
                r = state_get_number(delivery->state, "writes", &writes, reterr);
                if (r < 0)
                        return r;
                delivery->first.stage = writes > 0 ? FIRST_RIGHT : FIRST_OPEN;
                return keep(delivery, delivery->first.stage, reterr);
        }
        delivery->first.stage = (FirstStage) stage;
        if (stage != FIRST_SENT && stage != FIRST_BAD)
                return 0;
        r = recall_key(delivery, reterr);
        if (r < 0 || delivery->first.stage != FIRST_BAD)
                return r;
        r = state_get_number(delivery->state, FACT ".changed", &changed, reterr);
        if (r < 0)
                return r;
        tell_bad(delivery, (uint32_t) changed);
        return 0;
}

bool delivery_first_alone(const Delivery *delivery, Lane lane) {
        return lane != LANE_CREATE && delivery->first.stage != FIRST_RIGHT;
}

bool delivery_first_closes(const Delivery *delivery, Lane lane) {
        return (lane == LANE_CHANGE && delivery->first.stage == FIRST_SENT) ||
               (lane != LANE_TAKE && delivery->first.stage == FIRST_BAD);
}

/* Only a leaver's revocation never waits (invariant 2). */
bool delivery_first_withholds(const Delivery *delivery, const Decision *decision) {
        return !decision->plan.leaver && (delivery->first.stage == FIRST_SENT || delivery->first.stage == FIRST_BAD);
}

static bool is_first(const Delivery *delivery, const Batch *batch) {
        if (batch->lane == LANE_CREATE)
                return false;
        /* Written to once more before it was read, its reading is about the later write. */
        return delivery->first.stage == FIRST_OPEN ||
               (delivery->first.stage == FIRST_SENT && strcmp(delivery->first.key, batch->flights[0].key) == 0);
}

int delivery_first_mark(Delivery *delivery, Batch *batch, int64_t now_usec, Error *reterr) {
        const HeldUser *held = &batch->before;
        FirstUpdate first = FIRST_UPDATE_INIT;
        int r;

        batch->first = is_first(delivery, batch);
        if (!batch->first)
                return 0;
        first.key = batch->flights[0].key;
        first.before = held->user;
        first.sent = batch->flights[0].sent;
        /* A whole record is what there is afterwards. Beside a part of one, the rest may be of another hand. */
        first.certain = batch->kind != LOCKT_UPDATE_PUT ||
                        (held->seen_usec > 0 && now_usec - held->seen_usec <= delivery->context->fresh_usec);
        r = first_update_put(delivery->state, &first, reterr);
        return r < 0 ? r : keep(delivery, FIRST_SENT, reterr);
}

int delivery_first_marked(Delivery *delivery, const Batch *batch, Error *reterr) {
        char *key;

        if (!batch->first)
                return 0;
        key = strdup(batch->flights[0].key);
        if (!key)
                return error_set(reterr, -ENOMEM, "cannot remember the first update: out of memory");
        free(delivery->first.key);
        delivery->first.key = key;
        delivery->first.stage = FIRST_SENT;
        delivery->first.next_usec = 0;
        /* A read that is under way was begun before it. */
        delivery->reading_first = false;
        return 0;
}

/* Nothing came of it, or too little is known: the next one is the first. */
static int open_again(Delivery *delivery, Error *reterr) {
        int r;

        r = first_update_delete(delivery->state, reterr);
        if (r >= 0)
                r = keep(delivery, FIRST_OPEN, reterr);
        if (r >= 0)
                r = queue_wake(delivery->state, reterr);
        return r;
}

int delivery_first_answered(Delivery *delivery, const Batch *batch, const LocktAnswer *answer, FirstStage *ret,
                            Error *reterr) {
        bool done = answer->verdict == LOCKT_UNKNOWN || (answer->verdict == LOCKT_OK && answer->n_failures == 0);

        *ret = delivery->first.stage;
        if (!batch->first || done)
                return 0;
        *ret = FIRST_OPEN;
        return open_again(delivery, reterr);
}

bool delivery_first_due(const Delivery *delivery, int64_t *ret_due) {
        if (delivery->first.stage != FIRST_SENT || delivery_is_written_to(delivery, delivery->first.key))
                return false;
        *ret_due = delivery->first.next_usec;
        return true;
}

/* Lockt's own form of a text that was sent to it again (ruling 33). */
static bool tolerated(Property p, const User *sent, const User *seen) {
        static const uint32_t descriptive = PROPERTY_BIT(PROPERTY_FIRST_NAME) | PROPERTY_BIT(PROPERTY_LAST_NAME) |
                                            PROPERTY_BIT(PROPERTY_EMAIL) | PROPERTY_BIT(PROPERTY_PHONE);

        return (descriptive & PROPERTY_BIT(p)) && delivery_is_form_of(user_text(sent, p), user_text(seen, p));
}

/* What is neither as it was nor as it was sent. A property that the answer leaves open tells nothing (ruling 21). */
static uint32_t strayed(const FirstUpdate *first, const User *seen, int64_t now) {
        uint32_t mask = plan_difference(&first->before, seen) & plan_difference(&first->sent, seen) & ~seen->unclear;

        for (Property p = 0; p < TEXT_PROPERTIES; p++)
                if ((mask & PROPERTY_BIT(p)) && tolerated(p, &first->sent, seen))
                        mask &= ~PROPERTY_BIT(p);
        /* ruling 43: its end may have come meanwhile. */
        if (!seen->enabled && seen->access_expires != INSTANT_NONE && seen->access_expires <= now)
                mask &= ~PROPERTY_BIT(PROPERTY_ENABLED);
        return mask;
}

/* Properties that were to change, without those whose new value differs from the old one in its form alone. */
static uint32_t meant(const FirstUpdate *first) {
        uint32_t mask = plan_difference(&first->before, &first->sent);

        for (Property p = 0; p < TEXT_PROPERTIES; p++)
                if ((mask & PROPERTY_BIT(p)) && tolerated(p, &first->sent, &first->before))
                        mask &= ~PROPERTY_BIT(p);
        return mask;
}

static int prove(Delivery *delivery, Error *reterr) {
        int r;

        r = first_update_delete(delivery->state, reterr);
        if (r >= 0)
                r = keep(delivery, FIRST_RIGHT, reterr);
        if (r >= 0)
                r = queue_wake(delivery->state, reterr);
        return r;
}

static int condemn(Delivery *delivery, uint32_t mask, int64_t now_usec, Error *reterr) {
        char names[FIRST_NAMES_MAX];
        int r;

        name_properties(mask, names, sizeof(names));
        r = keep(delivery, FIRST_BAD, reterr);
        if (r >= 0)
                r = state_set_number(delivery->state, FACT ".changed", mask, reterr);
        if (r >= 0)
                r = delivery_history(delivery, delivery->first.key, "first-update-bad", NULL, NULL, names, now_usec,
                                     reterr);
        return r;
}

int delivery_first_seen(Delivery *delivery, const User *seen, int64_t now_usec, FirstStage *ret, Error *reterr) {
        _cleanup_(first_update_deinit) FirstUpdate first = FIRST_UPDATE_INIT;
        uint32_t bad, wanted;
        int r;

        r = first_update_get(delivery->state, &first, reterr);
        if (r < 0)
                return r;
        *ret = FIRST_OPEN;
        if (r == STATE_NONE)
                return open_again(delivery, reterr);
        bad = seen ? strayed(&first, seen, now_usec / USEC_PER_SEC) : 0;
        if ((bad != 0 || !seen) && first.certain) {
                *ret = FIRST_BAD;
                delivery->first.changed = bad;
                return condemn(delivery, bad, now_usec, reterr);
        }
        wanted = meant(&first);
        if (bad != 0 || !seen || (wanted != 0 && (plan_difference(&first.before, seen) & wanted) == 0))
                return open_again(delivery, reterr);
        *ret = FIRST_RIGHT;
        return prove(delivery, reterr);
}

void delivery_first_enter(Delivery *delivery, FirstStage stage) {
        FirstStage before = delivery->first.stage;

        delivery->first.stage = stage;
        if (stage == FIRST_BAD && before != FIRST_BAD)
                tell_bad(delivery, delivery->first.changed);
}

int delivery_accept_first_update(Delivery *delivery, int64_t now_usec, Error *reterr) {
        int r;

        if (delivery->first.stage != FIRST_BAD)
                return 0;
        r = state_begin(delivery->state, reterr);
        if (r < 0)
                return r;
        r = delivery_history(delivery, delivery->first.key, "first-update-accepted", NULL, NULL, "first update accepted",
                             now_usec, reterr);
        if (r >= 0)
                r = prove(delivery, reterr);
        if (r < 0) {
                state_rollback(delivery->state);
                return r;
        }
        r = state_commit(delivery->state, reterr);
        if (r >= 0)
                delivery->first.stage = FIRST_RIGHT;
        return r;
}
