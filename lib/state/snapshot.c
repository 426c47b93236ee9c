/* The snapshot, user by user. */

#include "lib/state/snapshot.h"

#include <errno.h>

#include "lib/state/listing.h"
#include "lib/state/row.h"

enum { GET, EXISTS, COUNT_ADDED, PUT_SEEN, PUT_ACKED, SET_LISTED, SET_MISSING, SET_STALE, IS_FOB, NEXT_UNLINKED,
       COUNT_UNLINKED, FORGET };

#define COLUMNS "id, missing, listed, acked_usec, seen_usec, stale_usec, unclear, linked, " RECORD_COLUMNS
#define LISTED "(SELECT number FROM fact WHERE name = 'snapshot.listed')"
#define INSERT                                                                                  \
        "INSERT INTO user (id, digest, missing, listed, acked_usec, seen_usec, stale_usec, unclear, linked, " \
        RECORD_COLUMNS ") VALUES (?1, ?2, 0, ?3, ?4, ?5, 0, ?6, "                               \
        "EXISTS (SELECT 1 FROM link WHERE lockt_id = ?1 AND lockt_id <> 0), "                   \
        "?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17) "                                  \
        "ON CONFLICT (id) DO UPDATE SET digest = excluded.digest, missing = 0, packed = 0, " \
        RECORD_REPLACE ", "

static const char *const texts[] = {
        [GET] = ("SELECT " LISTED ", " COLUMNS " FROM user WHERE id = ?"),
        [EXISTS] = "SELECT 1 FROM user WHERE id = ?",
        [COUNT_ADDED] = "UPDATE tally SET n = n + ? WHERE name = 'user'",
        /* A read that began before the last write or the last read tells nothing new. */
        [PUT_SEEN] = (INSERT "listed = max(user.listed, excluded.listed), seen_usec = excluded.seen_usec, "
                      "unclear = excluded.unclear "
                      "WHERE excluded.seen_usec >= user.acked_usec AND excluded.seen_usec >= user.seen_usec"),
        /* What was sent is what is there, but only a read resolves what was not understood. */
        [PUT_ACKED] = INSERT "acked_usec = max(user.acked_usec, excluded.acked_usec)",
        [SET_LISTED] = "UPDATE user SET listed = 1 WHERE id = ? AND listed = 0 AND missing = 0",
        [SET_MISSING] = ("UPDATE user SET missing = 1, listed = 0, seen_usec = ?2 "
                         "WHERE id = ?1 AND acked_usec <= ?2 AND seen_usec <= ?2"),
        [SET_STALE] = "UPDATE user SET stale_usec = max(stale_usec, ?2) WHERE id = ?1",
        [IS_FOB] = "SELECT 1 FROM fob WHERE id = ?",
        [NEXT_UNLINKED] = ("SELECT " LISTED ", " COLUMNS " FROM user WHERE id = (SELECT id FROM user WHERE "
                           "missing = 0 AND linked = 0 AND id > ? ORDER BY id LIMIT 1)"),
        [COUNT_UNLINKED] = "SELECT count(*) FROM user WHERE missing = 0 AND linked = 0",
        [FORGET] = "DELETE FROM user WHERE id = ?",
};

static int use(State *state, unsigned which, Statement *ret, Error *reterr) {
        return statement_use(state, SHELF_SNAPSHOT, which, texts[which], ret, reterr);
}

void held_user_deinit(HeldUser *held) {
        user_deinit(&held->user);
        *held = HELD_USER_INIT;
}

/* A row that the last applied listing had was seen when that began, without a word in the row itself. */
static int take_held(Statement *s, HeldUser *ret, Error *reterr) {
        _cleanup_(held_user_deinit) HeldUser held = HELD_USER_INIT;
        int64_t listing, stale, unclear;
        bool listed;
        int r;

        listing = take_number(s);
        held.user.id = take_number(s);
        held.missing = take_flag(s);
        listed = take_flag(s);
        held.acked_usec = take_number(s);
        held.seen_usec = take_number(s);
        stale = take_number(s);
        unclear = take_number(s);
        held.linked = take_flag(s);
        take_record(s, &held.user);
        r = statement_taken(s, "read a user", reterr);
        if (r < 0)
                return r;

        if (listed && !held.missing && listing > held.seen_usec)
                held.seen_usec = listing;
        if (stale > held.seen_usec)
                held.seen_usec = 0;
        held.unclear = unclear != 0;
        held.user.unclear = (uint32_t) unclear & ~ROW_TWINS;

        *ret = held;
        held = HELD_USER_INIT;
        return 0;
}

int snapshot_get(State *state, int64_t id, HeldUser *ret, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, GET, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, id);
        r = statement_step(&s, "read a user", reterr);
        if (r <= 0)
                return r < 0 ? r : STATE_NONE;
        return take_held(&s, ret, reterr);
}

static int is_fob(State *state, int64_t id, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, IS_FOB, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, id);
        return statement_step(&s, "look for a fob", reterr);
}

int snapshot_get_fob(State *state, int64_t id, Error *reterr) {
        int r = is_fob(state, id, reterr);

        return r < 0 ? r : r > 0 ? 0 : STATE_NONE;
}

/* What @user says nothing of is unknown, not empty (ruling 21): it stays as it was. */
static int keep_unknown(State *state, User *user, Error *reterr) {
        _cleanup_(held_user_deinit) HeldUser held = HELD_USER_INIT;
        int r;

        r = snapshot_get(state, user->id, &held, reterr);
        if (r != 0)
                return r < 0 ? r : 0;

        for (size_t i = 0; i < TEXT_PROPERTIES; i++)
                if (user->unclear & PROPERTY_BIT(i)) {
                        free(user->text[i]);
                        user->text[i] = steal(held.user.text[i]);
                }
        if (user->unclear & PROPERTY_BIT(PROPERTY_ACCESS_EFFECTIVE))
                user->access_effective = held.user.access_effective;
        if (user->unclear & PROPERTY_BIT(PROPERTY_ACCESS_EXPIRES))
                user->access_expires = held.user.access_expires;
        if (user->unclear & PROPERTY_BIT(PROPERTY_ENABLED))
                user->enabled = held.user.enabled;
        if (!user->levels_known || (user->unclear & PROPERTY_BIT(PROPERTY_ACCESSLEVELS))) {
                free(user->levels);
                user->levels = steal(held.user.levels);
                user->n_levels = held.user.n_levels;
                user->levels_known = held.user.levels_known;
        }
        return 0;
}

static int exists(State *state, int64_t id, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, EXISTS, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, id);
        return statement_step(&s, "look for a user", reterr);
}

int row_count_added(State *state, unsigned n, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, COUNT_ADDED, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, n);
        return statement_run(&s, "count users", reterr);
}

static int put_row(State *state, const User *user, const RowNews *news, bool *ret_changed, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int before, r;

        before = exists(state, user->id, reterr);
        if (before < 0)
                return before;
        r = use(state, news->acked ? PUT_ACKED : PUT_SEEN, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, user->id);
        put_bytes(&s, news->digest, DIGEST_SIZE);
        put_number(&s, news->listed);
        put_number(&s, news->acked ? news->at_usec : 0);
        put_number(&s, news->acked ? 0 : news->at_usec);
        put_number(&s, (int64_t) ((news->acked ? 0 : user->unclear) | (news->twins ? ROW_TWINS : 0)));
        put_record(&s, user);
        r = statement_changed(&s, "keep a user", ret_changed, reterr);
        return r < 0 || before > 0 ? r : row_count_added(state, 1, reterr);
}

int row_put(State *state, const User *user, const RowNews *news, bool *ret_changed, Error *reterr) {
        _cleanup_(user_deinit) User whole = USER_INIT;
        int r;

        if (user->levels_known && user->unclear == 0)
                return put_row(state, user, news, ret_changed, reterr);

        r = user_copy(user, &whole);
        if (r < 0)
                return error_set(reterr, r, "cannot keep a user in the state '%s': out of memory", state->path);
        r = keep_unknown(state, &whole, reterr);
        if (r < 0)
                return r;
        return put_row(state, &whole, news, ret_changed, reterr);
}

int row_set_listed(State *state, int64_t id, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, SET_LISTED, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, id);
        return statement_run(&s, "keep a user", reterr);
}

int row_forget(State *state, int64_t id, bool *ret_changed, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, FORGET, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, id);
        return statement_changed(&s, "forget a fob", ret_changed, reterr);
}

static int put_and_mark(State *state, const User *user, const RowNews *news, Error *reterr) {
        bool changed;
        int r;

        r = row_put(state, user, news, &changed, reterr);
        if (r < 0)
                return r;
        listing_disturb(state);
        /* A listing under way may have compared it with what was here before: which is newer, nobody knows. */
        if (!news->acked && listing_begun_usec(state) >= news->at_usec)
                return snapshot_set_stale(state, user->id, listing_begun_usec(state) + 1, reterr);
        return 0;
}

int snapshot_put(State *state, const User *user, SnapshotOrigin origin, int64_t at_usec, Error *reterr) {
        RowNews news = { .acked = origin == SNAPSHOT_ACKED, .at_usec = at_usec };
        _cleanup_(packet_deinit) Packet packet = { 0 };
        int r;

        if (user->id <= 0)
                return error_set(reterr, -EINVAL, "a user without an id can't be kept in the state '%s'", state->path);
        r = is_fob(state, user->id, reterr);
        if (r != 0)
                return r < 0 ? r : 0;

        r = packet_add_user(&packet, user);
        if (r < 0)
                return error_set(reterr, r, "cannot keep user %jd in the state '%s': %s", (intmax_t) user->id,
                                 state->path, r == -E2BIG ? "its texts are longer than 1 MiB" : "out of memory");
        digest_bytes(&state->listed_key, packet.data, packet.n, news.digest);

        r = state_begin(state, reterr);
        if (r < 0)
                return r;
        r = put_and_mark(state, user, &news, reterr);
        if (r < 0) {
                state_rollback(state);
                return r;
        }
        return state_commit(state, reterr);
}

static int mark(State *state, unsigned which, int64_t id, int64_t at_usec, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, which, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, id);
        put_number(&s, at_usec);
        listing_disturb(state);
        return statement_run(&s, "mark a user", reterr);
}

int snapshot_set_missing(State *state, int64_t id, int64_t at_usec, Error *reterr) {
        return mark(state, SET_MISSING, id, at_usec, reterr);
}

int snapshot_set_stale(State *state, int64_t id, int64_t at_usec, Error *reterr) {
        return mark(state, SET_STALE, id, at_usec, reterr);
}

int snapshot_count(State *state, int64_t *ret, Error *reterr) {
        return tally_get(state, "user", ret, reterr);
}

int snapshot_listed_usec(State *state, int64_t *ret, Error *reterr) {
        int64_t listed = 0;
        int r;

        r = state_get_number(state, "snapshot.listed", &listed, reterr);
        if (r < 0)
                return r;
        *ret = listed;
        return 0;
}

int snapshot_next_unlinked(State *state, int64_t after, HeldUser *ret, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, NEXT_UNLINKED, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, after);
        r = statement_step(&s, "read a user", reterr);
        if (r <= 0)
                return r < 0 ? r : STATE_NONE;
        return take_held(&s, ret, reterr);
}

int snapshot_count_unlinked(State *state, int64_t *ret, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, COUNT_UNLINKED, &s, reterr);
        if (r < 0)
                return r;
        r = statement_step(&s, "count users", reterr);
        if (r < 0)
                return r;
        *ret = take_number(&s);
        return 0;
}
