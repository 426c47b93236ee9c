/* A batch marked in flight before it leaves, and what an acknowledged record leaves behind. */

#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <string.h>

#include "lib/base/time.h"
#include "lib/delivery/internal.h"
#include "lib/state/read.h"

/*
 * Durable before the first byte leaves (invariant 1). The link goes with it: should we end before the answer, what the
 * write did is still known to be our deed.
 */
int delivery_mark(Delivery *delivery, int64_t now_usec, Error *reterr) {
        Batch *batch = delivery->batch;
        int r;

        r = state_count_up(delivery->state, "writes", &batch->number, reterr);
        if (r < 0)
                return r;
        for (size_t i = 0; i < batch->n; i++) {
                batch->flights[i].write = batch->number;
                batch->flights[i].marked_usec = now_usec;
                r = flight_put(delivery->state, &batch->flights[i], reterr);
                if (r < 0)
                        return r;
                if (!batch->relinks[i])
                        continue;
                r = link_put(delivery->state, &batch->links[i], reterr);
                if (r >= 0 && batch->adopts[i])
                        r = verify_delete(delivery->state, batch->links[i].key, reterr);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int add_text(json_object *object, const char *name, const char *value) {
        json_object *text = json_object_new_string(value);

        return text && json_object_object_add(object, name, text) == 0 ? 0 : -ENOMEM;
}

static int add_instant(json_object *object, const char *name, int64_t instant) {
        char buffer[32] = "";

        if (instant != INSTANT_NONE && instant_format_iso(instant, buffer) < 0)
                buffer[0] = '\0';
        return add_text(object, name, buffer);
}

/* The record as history keeps it: what it opened, and to whom it belonged; no PIN, no credential key. */
static int describe(const User *user, json_object **ret) {
        json_object *object, *levels;

        object = json_object_new_object();
        if (!object)
                return -ENOMEM;
        json_object_object_add(object, "id", json_object_new_int64(user->id));
        for (Property p = 0; p < TEXT_PROPERTIES; p++)
                if (p != PROPERTY_CREDENTIAL_KEY && add_text(object, property_name(p), user_text(user, p)) < 0)
                        goto oom;
        if (add_instant(object, "access_effective", user->access_effective) < 0 ||
            add_instant(object, "access_expires", user->access_expires) < 0)
                goto oom;
        json_object_object_add(object, "enabled", json_object_new_boolean(user->enabled));

        levels = json_object_new_array_ext((int) user->n_levels + 1);
        if (!levels)
                goto oom;
        for (size_t i = 0; i < user->n_levels; i++)
                json_object_array_add(levels, json_object_new_int64(user->levels[i]));
        json_object_object_add(object, "accesslevels", levels);
        *ret = object;
        return 0;
oom:
        json_object_put(object);
        return -ENOMEM;
}

static int add_usec(json_object *object, const char *name, int64_t usec) {
        json_object *number;

        if (usec <= 0)
                return 0;
        number = json_object_new_int64(usec);
        return number && json_object_object_add(object, name, number) == 0 ? 0 : -ENOMEM;
}

/*
 * The line of times of an explanation (invariant 15): HR changed after the read before, and before this one looked or
 * HR told; then seen, and sent. The entry's own time is that of the acknowledgement.
 */
static int add_times(Delivery *delivery, json_object *detail, const Flight *flight, const QueueRow *row,
                     Error *reterr) {
        ReadTimes times = { 0 };
        int r;

        r = read_times_get(delivery->state, flight->read, &times, reterr);
        if (r < 0)
                return r;
        if (r == 0 && (add_usec(detail, "hr_after_usec", times.previous_usec) < 0 ||
                       add_usec(detail, "hr_before_usec", times.begun_usec) < 0 ||
                       add_usec(detail, "notified_usec", times.notified_usec) < 0))
                return -ENOMEM;
        if (add_usec(detail, "seen_usec", r == 0 ? times.ended_usec : row->changed_usec) < 0 ||
            add_usec(detail, "sent_usec", flight->marked_usec) < 0)
                return -ENOMEM;
        if (flight->pin_sent)
                return json_object_object_add(detail, "pin", json_object_new_boolean(true)) == 0 ? 0 : -ENOMEM;
        return 0;
}

/* What an entry tells. @flight and @row: of a write that was acknowledged, otherwise NULL. */
typedef struct Told {
        const char *key, *action, *text;
        const User *before, *after;
        const Flight *flight;
        const QueueRow *row;
} Told;

static int write_history(Delivery *delivery, const Told *told, int64_t now_usec, Error *reterr) {
        json_object *detail, *part;
        HistoryEntry entry = {
                .at_usec = now_usec,
                .cycle = delivery->cycle,
                .key = (char *) told->key,
                .action = (char *) told->action,
        };
        int r = 0;

        detail = json_object_new_object();
        if (!detail)
                return error_set(reterr, -ENOMEM, "cannot write history: out of memory");
        if (told->before && (r = describe(told->before, &part)) == 0)
                json_object_object_add(detail, "before", part);
        if (r == 0 && told->after && (r = describe(told->after, &part)) == 0)
                json_object_object_add(detail, "after", part);
        if (r == 0 && told->text)
                r = add_text(detail, "text", told->text);
        if (r == 0 && told->flight)
                r = add_times(delivery, detail, told->flight, told->row, reterr);
        if (r == 0)
                entry.detail = (char *) json_object_to_json_string_ext(detail, JSON_C_TO_STRING_PLAIN);
        if (r == -ENOMEM || (r == 0 && !entry.detail))
                r = error_set(reterr, -ENOMEM, "cannot write history: out of memory");
        if (r == 0)
                r = history_append(delivery->state, &entry, reterr);
        json_object_put(detail);
        return r;
}

int delivery_history(Delivery *delivery, const char *key, const char *action, const User *before, const User *after,
                     const char *text, int64_t now_usec, Error *reterr) {
        return write_history(delivery, &(Told) { key, action, text, before, after, NULL, NULL }, now_usec, reterr);
}

/* Somebody waits for a card or an e-mail that this record had: it is free now. */
static int wake_claimant(Delivery *delivery, const char *key, Property property, const User *before,
                         const User *after, Error *reterr) {
        _cleanup_(freep) char *claimant = NULL;
        int r;

        if (!user_text(before, property)[0] || strcmp(user_text(before, property), user_text(after, property)) == 0)
                return 0;
        r = queue_claimant(delivery->state, property, before->text[property], key, &claimant, reterr);
        if (r != 0)
                return r < 0 ? r : 0;
        return queue_retry_now(delivery->state, claimant, reterr);
}

/* The fence: nothing older than this read gives to this person again (invariant 1). */
static int remember_revocation(Delivery *delivery, const Flight *flight, const QueueRow *row, int64_t now_usec,
                               Error *reterr) {
        _cleanup_(person_row_deinit) PersonRow person = PERSON_ROW_INIT;
        Verify verify = {
                .key = flight->key,
                .revoked_usec = row->changed_usec > 0 ? row->changed_usec : now_usec,
                .acked_usec = now_usec,
                .due_usec = now_usec,
        };
        int r;

        r = person_get(delivery->state, flight->key, &person, reterr);
        if (r < 0)
                return r;
        if (r == 0 && person.revoked_read < flight->read) {
                person.revoked_read = flight->read;
                r = person_put(delivery->state, &person, reterr);
                if (r < 0)
                        return r;
        }
        return verify_put(delivery->state, &verify, reterr);
}

static int acknowledge_creation(Delivery *delivery, size_t i, const QueueRow *row, int64_t now_usec, Error *reterr) {
        const Flight *flight = &delivery->answered->flights[i];
        _cleanup_(link_deinit) Link link = LINK_INIT;
        int r;

        link.key = strdup(flight->key);
        link.linked_usec = now_usec;
        link.has_pin_digest = flight->pin_sent;
        memcpy(link.pin_digest, flight->pin_digest, DIGEST_SIZE);
        /* All that was sent, even if HR wants something else by now. */
        for (size_t k = 0; link.key && k < flight->sent.n_levels; k++)
                if (user_add_level(&link.granted, flight->sent.levels[k]) < 0)
                        return error_set(reterr, -ENOMEM, "cannot record a creation: out of memory");
        if (!link.key)
                return error_set(reterr, -ENOMEM, "cannot record a creation: out of memory");
        r = link_put(delivery->state, &link, reterr);
        if (r < 0)
                return r;
        /* An earlier creation without an answer is ignored when it arrives now. */
        r = verify_delete(delivery->state, flight->key, reterr);
        if (r < 0)
                return r;
        delivery->health.created++;
        delivery_tell(delivery, NEWS_CREATED, flight->key, "create", NULL, -1);
        return write_history(delivery, &(Told) { flight->key, "created", row->why, NULL, &flight->sent, flight, row },
                             now_usec, reterr);
}

static int update_link(Delivery *delivery, size_t i, const QueueRow *row, Error *reterr) {
        const Flight *flight = &delivery->answered->flights[i];
        Link *link = &delivery->answered->links[i];
        User granted = USER_INIT;

        if (decision_granted(row, &flight->sent, link, &granted) < 0) {
                user_deinit(&granted);
                return error_set(reterr, -ENOMEM, "cannot record a write: out of memory");
        }
        /* As delivery_mark() put it: most writes change nothing of it. */
        if (granted.n_levels == link->granted.n_levels && !flight->pin_sent &&
            (link->disabled_usec == 0 || flight->lane == LANE_TAKE || !flight->sent.enabled) &&
            (granted.n_levels == 0 ||
             memcmp(granted.levels, link->granted.levels, granted.n_levels * sizeof(*granted.levels)) == 0)) {
                user_deinit(&granted);
                return 0;
        }
        user_deinit(&link->granted);
        link->granted = granted;
        if (flight->lane != LANE_TAKE && flight->sent.enabled)
                link->disabled_usec = 0;
        if (flight->pin_sent) {
                link->has_pin_digest = true;
                memcpy(link->pin_digest, flight->pin_digest, DIGEST_SIZE);
        }
        return link_put(delivery->state, link, reterr);
}

int delivery_acknowledge(Delivery *delivery, size_t i, const QueueRow *row, bool created, int64_t now_usec,
                         Error *reterr) {
        const Flight *flight = &delivery->answered->flights[i];
        _cleanup_(held_user_deinit) HeldUser before = HELD_USER_INIT;
        AccessChange access;
        const char *action;
        bool take = flight->lane == LANE_TAKE, revoked;
        int r;

        if (created)
                return acknowledge_creation(delivery, i, row, now_usec, reterr);

        r = snapshot_get(delivery->state, flight->sent.id, &before, reterr);
        if (r < 0)
                return r;
        r = snapshot_put(delivery->state, &flight->sent, SNAPSHOT_ACKED, now_usec, reterr);
        if (r < 0)
                return r;
        r = update_link(delivery, i, row, reterr);
        if (r < 0)
                return r;
        if (take) {
                r = remember_revocation(delivery, flight, row, now_usec, reterr);
                if (r < 0)
                        return r;
        }
        for (Property p = 0; p < TEXT_PROPERTIES; p++) {
                if (p != PROPERTY_CARD_NUM && p != PROPERTY_EMAIL)
                        continue;
                r = wake_claimant(delivery, flight->key, p, &before.user, &flight->sent, reterr);
                if (r < 0)
                        return r;
        }

        access = access_compare(&before.user, &flight->sent, now_usec / USEC_PER_SEC);
        revoked = take && access.takes;
        action = revoked ? "revoke" : "change";
        if (revoked)
                delivery->health.revoked++;
        else
                delivery->health.changed++;
        if (delivery->answered->adopts[i])
                delivery->health.adopted++;
        /* Who still opens something lost a part of it: a move, a lost badge. */
        if (revoked && access_any(&flight->sent, now_usec / USEC_PER_SEC))
                action = "restrict";
        delivery_tell(delivery, revoked ? NEWS_REVOKED : NEWS_CHANGED, flight->key, action,
                      row->why, -1);
        return write_history(delivery, &(Told) { flight->key, revoked ? "revoked" : "changed", row->why, &before.user,
                                                 &flight->sent, flight, row }, now_usec, reterr);
}
