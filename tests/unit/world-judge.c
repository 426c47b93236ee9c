/*
 * The world's own judgement, which knows nothing of how the engine decides: what may be sent at all, and what Lockt must
 * hold once everything has been quiet for a while.
 */

#include <stdlib.h>
#include <strings.h>

#include "world-private.h"

Memory *memory_of(World *w, const char *key) {
        for (size_t i = 0; i < w->n_memories; i++)
                if (strcmp(w->memories[i].key, key) == 0)
                        return &w->memories[i];
        w->memories = reallocarray(w->memories, w->n_memories + 1, sizeof(*w->memories));
        assert_non_null(w->memories);
        w->memories[w->n_memories] = (Memory) { 0 };
        (void) snprintf(w->memories[w->n_memories].key, sizeof(w->memories[0].key), "%s", key);
        return &w->memories[w->n_memories++];
}

/* The user as it would be after this record. */
static void result_of(const LocktUser *user, const User *record, uint32_t mask, LocktWrite kind, User *ret) {
        if (kind != LOCKT_UPDATE_PUT || !user) {
                assert_int_equal(user_copy(record, ret), 0);
                return;
        }
        assert_int_equal(user_copy(&user->user, ret), 0);
        if (mask & PROPERTY_BIT(PROPERTY_CARD_NUM))
                assert_int_equal(user_set_text(ret, PROPERTY_CARD_NUM, record->text[PROPERTY_CARD_NUM]), 0);
        if (mask & PROPERTY_BIT(PROPERTY_ENABLED))
                ret->enabled = record->enabled;
        if (mask & PROPERTY_BIT(PROPERTY_ACCESS_EFFECTIVE))
                ret->access_effective = record->access_effective;
        if (mask & PROPERTY_BIT(PROPERTY_ACCESS_EXPIRES))
                ret->access_expires = record->access_expires;
        if (mask & PROPERTY_BIT(PROPERTY_ACCESSLEVELS)) {
                ret->n_levels = 0;
                for (size_t i = 0; i < record->n_levels; i++)
                        assert_int_equal(user_add_level(ret, record->levels[i]), 0);
        }
}

/* Invariant 1: who was revoked is not given anything by a read that is older than the one behind the revocation. */
static void judge_gift(World *w, const char *key) {
        _cleanup_(person_row_deinit) PersonRow person = PERSON_ROW_INIT;
        _cleanup_(flight_deinit) Flight flight = FLIGHT_INIT;
        const Memory *memory = memory_of(w, key);
        char before[32];
        int r;

        if (memory->revoked_usec > 0 && memory->last_out_read > 0 && memory->revoked_usec > memory->last_out_read &&
            memory->last_in_read < memory->last_out_read)
                fail_msg("seed %ju: %s was revoked, is out, and is sent with access", (uintmax_t) w->seed, key);

        /* The flight of this key is the first at or after it. */
        (void) snprintf(before, sizeof(before), "%s", key);
        before[strlen(before) - 1]--;
        (void) snprintf(before + strlen(before), 2, "\x7f");
        r = flight_next(w->state, before, &flight, NULL);
        assert_int_equal(r, 0);
        assert_string_equal(flight.key, key);
        assert_true(flight.gives);
        r = person_get(w->state, key, &person, NULL);
        if (r == 0 && flight.read < person.revoked_read)
                fail_msg("seed %ju: %s is given access by read %jd, and was revoked by read %jd", (uintmax_t) w->seed, key,
                         (intmax_t) flight.read, (intmax_t) person.revoked_read);
}

/* Invariant 5: as long as nobody knows what an update does, one record is risked. */
static void judge_number(World *w, const Sent *write) {
        int64_t stage = 0;

        if (write->kind == LOCKT_CREATE || write->n == 1)
                return;
        assert_true(state_get_number(w->state, "first_update", &stage, NULL) >= 0);
        if (stage != 2)
                fail_msg("seed %ju: %zu updates at once, and the first was not seen to be right", (uintmax_t) w->seed,
                         write->n);
}

void judge_write(World *w, Sent *write) {
        int64_t now = w->now.real_usec / SECOND;

        judge_number(w, write);
        for (size_t i = 0; i < write->n; i++) {
                const User *record = &write->users[i];
                const LocktUser *user = record->id > 0 ? lockt_user_of_id(w, record->id) : NULL;
                _cleanup_(link_deinit) Link link = LINK_INIT;
                _cleanup_(user_deinit) User after = USER_INIT;
                AccessChange change;

                assert_true((write->kind == LOCKT_CREATE) == (record->id == 0));
                if (record->id > 0)
                        assert_int_equal(link_get_by_user(w->state, record->id, &link, NULL), 0);
                result_of(user, record, write->masks[i], write->kind, &after);
                change = access_compare(user ? &user->user : NULL, &after, now);
                write->takes = write->takes || change.takes;
                write->gives = write->gives || change.gives;
                /* A record that is not sent whole gives only what it names. */
                if (write->kind == LOCKT_UPDATE_PUT ? change.gives : access_any(&after, now))
                        judge_gift(w, link.key ? link.key : user_text(record, PROPERTY_ID_NUM));
        }
        if (w->strict && write->takes && write->gives)
                fail_msg("a write both takes and gives");
}

void judge_acknowledged(World *w, const Sent *write, const LocktAnswer *answer) {
        if (answer->verdict != LOCKT_OK)
                return;
        for (size_t i = 0; i < write->n; i++) {
                bool failed = false;

                for (size_t k = 0; k < answer->n_failures; k++)
                        failed = failed || answer->failures[k].index == i;
                if (!failed && !access_any(&write->users[i], w->now.real_usec / SECOND))
                        memory_of(w, user_text(&write->users[i], PROPERTY_ID_NUM))->revoked_usec = w->elapsed_usec;
        }
}

bool world_parked(World *w, const char *key, ParkKind *ret_kind) {
        _cleanup_(park_deinit) Park park = { 0 };
        int r = park_get(w->state, key, &park, NULL);

        assert_true(r >= 0);
        if (r == 0 && ret_kind)
                *ret_kind = park.kind;
        return r == 0;
}

bool world_queued(World *w, const char *key) {
        _cleanup_(queue_row_deinit) QueueRow row = QUEUE_ROW_INIT;
        int r = queue_get(w->state, key, &row, NULL);

        assert_true(r >= 0);
        return r == 0;
}

bool world_linked(World *w, const char *key) {
        _cleanup_(link_deinit) Link link = LINK_INIT;
        int r = link_get(w->state, key, &link, NULL);

        assert_true(r >= 0);
        return r == 0 && link.lockt_id > 0;
}

int64_t world_count_writes(const World *w, bool takes, LocktWrite kind) {
        int64_t n = 0;

        for (size_t i = 0; i < w->n_log; i++)
                n += w->log[i].kind == kind && w->log[i].takes == takes;
        return n;
}

void world_status(World *w, SyncStatus *ret) {
        must(sync_status(w->sync, w->now, ret, error));
}

static int64_t instant_of(const char *text) {
        int64_t instant;

        assert_int_equal(instant_parse_api(text, "UTC", &instant), 0);
        return instant;
}

static bool has_left(const World *w, const HrRow *row) {
        if (strcmp(row->status, "out") == 0)
                return true;
        return row->until[0] && instant_of(row->until) <= w->now.real_usec / SECOND;
}

/* Somebody else, of HR or of Lockt, has or wants what this person is to have. */
static bool is_contested(World *w, const HrRow *row) {
        for (size_t i = 0; i < w->n_rows; i++) {
                const HrRow *other = &w->rows[i];

                if (strcmp(other->id, row->id) == 0)
                        continue;
                if ((row->email[0] && strcasecmp(other->email, row->email) == 0) ||
                    (row->card[0] && strcmp(other->card, row->card) == 0))
                        return true;
        }
        for (size_t i = 0; i < w->n_users; i++) {
                const User *user = &w->users[i].user;

                if (strcmp(user_text(user, PROPERTY_ID_NUM), row->id) == 0)
                        continue;
                if ((row->email[0] && strcasecmp(user_text(user, PROPERTY_EMAIL), row->email) == 0) ||
                    (row->card[0] && strcmp(user_text(user, PROPERTY_CARD_NUM), row->card) == 0))
                        return true;
        }
        return false;
}

static void assert_value(const char *title, const char *key, Property property, const char *wanted, const User *user) {
        if (strcasecmp(wanted, user_text(user, property)) != 0)
                fail_msg("%s: %s has %s '%s', not '%s'", title, key, property_name(property),
                         user_text(user, property), wanted);
}

static void assert_levels(const char *title, const HrRow *row, const User *user) {
        bool security = strcmp(row->dept, "sec") == 0, lab = strcmp(row->dept, "lab") == 0;

        if (!user_has_level(user, CARDHOLDER) || user_has_level(user, SECURITY) != security ||
            user_has_level(user, LAB) != lab)
                fail_msg("%s: %s has other levels than dept '%s' grants", title, row->id, row->dept);
}

static void assert_in(World *w, const char *title, const HrRow *row) {
        const LocktUser *found = lockt_user(w, row->id);
        const User *user;

        if (world_parked(w, row->id, NULL)) {
                if (!is_contested(w, row))
                        fail_msg("%s: %s is parked without a reason: %s", title, row->id, w->last_parked);
                return;
        }
        if (!found)
                fail_msg("%s: %s is not in Lockt", title, row->id);
        user = &found->user;
        if (!user->enabled)
                fail_msg("%s: %s is disabled", title, row->id);
        assert_value(title, row->id, PROPERTY_FIRST_NAME, row->first, user);
        assert_value(title, row->id, PROPERTY_LAST_NAME, row->last, user);
        if (row->email[0])
                assert_value(title, row->id, PROPERTY_EMAIL, row->email, user);
        if (row->card[0])
                assert_value(title, row->id, PROPERTY_CARD_NUM, row->card, user);
        if (!w->options.pins) {
                assert_value(title, row->id, PROPERTY_PHONE, row->phone, user);
                assert_true(user->access_effective == instant_of(row->from));
        }
        if (user->access_expires != instant_of(row->until))
                fail_msg("%s: %s ends at another time", title, row->id);
        assert_levels(title, row, user);
        if (w->options.pins && row->pin[0])
                assert_string_equal(found->pin, row->pin);
}

static bool is_unclear(World *w, const HrRow *row) {
        size_t n = 0;

        for (size_t i = 0; i < w->n_rows; i++)
                n += strcmp(w->rows[i].id, row->id) == 0;
        return n > 1 || (strcmp(row->status, "in") != 0 && strcmp(row->status, "out") != 0);
}

void world_assert_converged(World *w, const char *title) {
        SyncStatus status;

        for (size_t i = 0; i < w->n_rows; i++) {
                const HrRow *row = &w->rows[i];

                if (!row->id[0] || is_unclear(w, row))
                        continue;
                if (!has_left(w, row))
                        assert_in(w, title, row);
                else if (lockt_opens(w, row->id))
                        fail_msg("%s: %s has left and still has access", title, row->id);
        }
        for (size_t i = 0; i < w->n_users; i++) {
                const char *key = user_text(&w->users[i].user, PROPERTY_ID_NUM);
                bool known = false;

                for (size_t k = 0; k < w->n_rows && !known; k++)
                        known = strcmp(w->rows[k].id, key) == 0;
                if (!known && !w->users[i].stranger && lockt_opens(w, key))
                        fail_msg("%s: %s is no longer in HR and still has access", title, key);
                if (w->users[i].stranger && !world_linked(w, key) && !access_any(&w->users[i].user, 0))
                        fail_msg("%s: a stranger was touched", title);
        }
        world_status(w, &status);
        assert_int_equal(status.unconfirmed, 0);
}

void world_assert_quiet(World *w, const char *title) {
        world_forget_log(w);
        world_run(w, 5 * MINUTE);
        if (w->n_log > 0)
                fail_msg("%s: %zu writes in quiet cycles", title, w->n_log);
        if (w->gets + w->listings > 0)
                fail_msg("%s: %u reads of users in quiet cycles", title, w->gets + w->listings);
        assert_true(w->reads >= 4);
}
