/* The retry queue: what is kept of each key, and walks over it by key. */

#include <errno.h>

#include "lib/state/ledger.h"
#include "lib/state/wanted.h"

enum { GET, PUT, DELETE, NEXT, RETRY_ALL, RETRY_ONE, BY_CARD_NUM, BY_EMAIL, GIFT, MIXED, WITHHOLD, WAKE };

#define OWN_COLUMNS                                                                             \
        "lane, queued_usec, changed_usec, next_usec, attempts, split, probing, read, why, last_error, " \
        "pin_wanted, pin_digest, give_up_card, give_up_email, take_only"
#define COLUMNS "key, " OWN_COLUMNS ", " WANTED_COLUMNS
#define CLAIM(condition, given_up) \
        "SELECT key FROM queue WHERE " condition " AND key <> ?2 AND NOT " given_up " ORDER BY standing, key LIMIT 1"

static const char *const texts[] = {
        [GET] = ("SELECT " COLUMNS " FROM queue WHERE key = ?"),
        [NEXT] = ("SELECT " COLUMNS " FROM queue WHERE key > ? ORDER BY key LIMIT 1"),
        [PUT] = ("INSERT INTO queue (" COLUMNS ", withheld, taking_usec) VALUES "
                 "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, "
                 "?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33, "
                 "?2 <> 0 AND EXISTS (SELECT 1 FROM park WHERE park.key = ?1), iif(?2 = 0, ?4, NULL)) "
                 "ON CONFLICT (key) DO UPDATE SET lane = excluded.lane, queued_usec = excluded.queued_usec, "
                 "changed_usec = excluded.changed_usec, next_usec = excluded.next_usec, attempts = excluded.attempts, "
                 "split = excluded.split, probing = excluded.probing, read = excluded.read, why = excluded.why, "
                 "last_error = excluded.last_error, pin_wanted = excluded.pin_wanted, "
                 "pin_digest = excluded.pin_digest, give_up_card = excluded.give_up_card, "
                 "give_up_email = excluded.give_up_email, take_only = excluded.take_only, standing = excluded.standing, mapped = excluded.mapped, "
                 "keep = excluded.keep, excluded = excluded.excluded, boundary = excluded.boundary, "
                 "fault = excluded.fault, " RECORD_REPLACE ", withheld = excluded.withheld, "
                 /* A revocation is as old as it is, however often its values are replaced. */
                 "taking_usec = iif(excluded.lane = 0, coalesce(queue.taking_usec, excluded.taking_usec), NULL)"),
        [DELETE] = "DELETE FROM queue WHERE key = ?",
        [RETRY_ALL] = "UPDATE queue SET next_usec = 0, split = 0 WHERE next_usec <> 0 OR split <> 0",
        [RETRY_ONE] = "UPDATE queue SET next_usec = 0, split = 0 WHERE key = ? AND (next_usec <> 0 OR split <> 0)",
        [WAKE] = "UPDATE queue SET next_usec = 0 WHERE next_usec = 9223372036854775807",
        [BY_CARD_NUM] = (CLAIM("card_num = ?1", "give_up_card")),
        [BY_EMAIL] = (CLAIM("email = ?1 COLLATE NOCASE", "give_up_email")),
        [GIFT] = "SELECT key FROM queue WHERE lane > 0 LIMIT 1",
        /* Whoever is no leaver may be given something once the taking is done. */
        [MIXED] = ("SELECT key FROM queue WHERE lane = 0 AND take_only = 0 AND standing <> ? AND standing <> ? "
                   "AND key > ? ORDER BY key LIMIT 1"),
        [WITHHOLD] = "UPDATE queue SET take_only = 1 WHERE key = ?",
};

static int use(State *state, unsigned which, Statement *ret, Error *reterr) {
        return statement_use(state, SHELF_QUEUE, which, texts[which], ret, reterr);
}

void queue_row_deinit(QueueRow *row) {
        person_deinit(&row->wanted);
        free(row->last_error);
        free(row->why);
        *row = QUEUE_ROW_INIT;
}

static int take_row(Statement *s, QueueRow *ret, Error *reterr) {
        _cleanup_(queue_row_deinit) QueueRow row = QUEUE_ROW_INIT;
        int r;

        row.wanted.key = take_text(s);
        row.lane = (Lane) take_number(s);
        row.queued_usec = take_number(s);
        row.changed_usec = take_number(s);
        row.next_usec = take_number(s);
        row.attempts = (unsigned) take_number(s);
        row.split = (unsigned) take_number(s);
        row.probing = take_flag(s);
        row.read = take_number(s);
        row.why = take_text(s);
        row.last_error = take_text(s);
        row.pin_wanted = take_flag(s);
        (void) take_bytes(s, row.pin_digest, DIGEST_SIZE);
        row.give_up_card = take_flag(s);
        row.give_up_email = take_flag(s);
        row.take_only = take_flag(s);
        take_wanted(s, &row.wanted);
        r = statement_taken(s, "read the queue", reterr);
        if (r < 0)
                return r;
        *ret = row;
        row = QUEUE_ROW_INIT;
        return 0;
}

static int get_one(State *state, unsigned which, const char *key, QueueRow *ret, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, which, &s, reterr);
        if (r < 0)
                return r;
        put_word(&s, key);
        r = statement_step(&s, "read the queue", reterr);
        if (r <= 0)
                return r < 0 ? r : STATE_NONE;
        return take_row(&s, ret, reterr);
}

int queue_get(State *state, const char *key, QueueRow *ret, Error *reterr) {
        return get_one(state, GET, key, ret, reterr);
}

int queue_next(State *state, const char *after, QueueRow *ret, Error *reterr) {
        return get_one(state, NEXT, after ? after : "", ret, reterr);
}

int queue_put(State *state, const QueueRow *row, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, PUT, &s, reterr);
        if (r < 0)
                return r;
        put_word(&s, row->wanted.key);
        put_number(&s, row->lane);
        put_number(&s, row->queued_usec);
        put_number(&s, row->changed_usec);
        put_number(&s, row->next_usec);
        put_number(&s, row->attempts);
        put_number(&s, row->split);
        put_number(&s, row->probing);
        put_number(&s, row->read);
        put_text(&s, row->why);
        put_text(&s, row->last_error);
        put_number(&s, row->pin_wanted);
        put_bytes(&s, row->pin_digest, DIGEST_SIZE);
        put_number(&s, row->give_up_card);
        put_number(&s, row->give_up_email);
        put_number(&s, row->take_only);
        put_wanted(&s, &row->wanted);
        return statement_run(&s, "queue a person", reterr);
}

int queue_delete(State *state, const char *key, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, DELETE, &s, reterr);
        if (r < 0)
                return r;
        put_word(&s, key);
        return statement_run(&s, "take a person out of the queue", reterr);
}

int queue_retry_now(State *state, const char *key, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, key ? RETRY_ONE : RETRY_ALL, &s, reterr);
        if (r < 0)
                return r;
        if (key)
                put_word(&s, key);
        return statement_run(&s, "retry the queue", reterr);
}

int queue_wake(State *state, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, WAKE, &s, reterr);
        if (r < 0)
                return r;
        return statement_run(&s, "wake the queue", reterr);
}

int queue_claimant(State *state, Property property, const char *value, const char *except, char **ret_key,
                   Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        _cleanup_(freep) char *key = NULL;
        int r;

        if (property != PROPERTY_CARD_NUM && property != PROPERTY_EMAIL)
                return error_set(reterr, -EINVAL, "nobody claims a %s for himself alone", property_name(property));

        r = use(state, property == PROPERTY_CARD_NUM ? BY_CARD_NUM : BY_EMAIL, &s, reterr);
        if (r < 0)
                return r;
        put_text(&s, value);
        put_word(&s, except ? except : "");
        r = statement_step(&s, "find a claimant", reterr);
        if (r <= 0)
                return r < 0 ? r : STATE_NONE;
        key = take_text(&s);
        r = statement_taken(&s, "find a claimant", reterr);
        if (r < 0)
                return r;
        *ret_key = steal(key);
        return 0;
}

/* The next one that is no revocation; owned by the caller. 0, STATE_NONE. */
static int next_gift(State *state, char **ret, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, GIFT, &s, reterr);
        if (r < 0)
                return r;
        r = statement_step(&s, "read the queue", reterr);
        if (r <= 0)
                return r < 0 ? r : STATE_NONE;
        *ret = take_text(&s);
        r = statement_taken(&s, "read the queue", reterr);
        return r < 0 ? r : 0;
}

int queue_withhold(State *state, const char *key, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, WITHHOLD, &s, reterr);
        if (r < 0)
                return r;
        put_word(&s, key);
        return statement_run(&s, "withhold what a person was to get", reterr);
}

/* The next one after *@key, which is moved on, that takes first and may give then. 0, STATE_NONE. */
static int next_mixed(State *state, char **key, Error *reterr) {
        _cleanup_(freep) char *next = NULL;
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, MIXED, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, STANDING_OUT);
        put_number(&s, STANDING_ABSENT);
        put_word(&s, *key ? *key : "");
        r = statement_step(&s, "read the queue", reterr);
        if (r <= 0)
                return r < 0 ? r : STATE_NONE;
        next = take_text(&s);
        r = statement_taken(&s, "read the queue", reterr);
        if (r < 0)
                return r;
        free(*key);
        *key = steal(next);
        return 0;
}

static int withhold_mixed(State *state, unsigned max, Error *reterr) {
        _cleanup_(freep) char *key = NULL;

        for (unsigned i = 0; i < max; i++) {
                int r;

                r = next_mixed(state, &key, reterr);
                if (r != 0)
                        return r < 0 ? r : 0;
                r = queue_withhold(state, key, reterr);
                if (r >= 0)
                        r = person_forget_digest(state, key, reterr);
                if (r < 0)
                        return r;
        }
        return 1;
}

int queue_drop_gifts(State *state, unsigned max, Error *reterr) {
        for (unsigned i = 0; i < max; i++) {
                _cleanup_(freep) char *key = NULL;
                int r;

                r = next_gift(state, &key, reterr);
                if (r != 0)
                        return r < 0 ? r : withhold_mixed(state, max - i, reterr);
                r = queue_delete(state, key, reterr);
                if (r >= 0)
                        r = person_forget_digest(state, key, reterr);
                if (r < 0)
                        return r;
        }
        return 1;
}
