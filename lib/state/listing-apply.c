/* A listing that is whole: what it would change, and the change itself, in pieces. */

#include "lib/state/listing.h"

#include <errno.h>

#include "lib/state/migration.h"
#include "lib/state/row.h"

/* From so many new users on, the lookups are made at the end, if that is more than there were. */
#define BULK 10000

enum { PRESENT, LISTED, UNLIST, FATE, NEXT, NEXT_UNLISTED, VANISH, UNMARK, ADD_FOB };

static const char *const texts[] = {
        [PRESENT] = "SELECT id FROM user INDEXED BY user_present WHERE missing = 0 ORDER BY id",
        [LISTED] = "SELECT id FROM temp.listing ORDER BY id",
        [UNLIST] = "INSERT OR IGNORE INTO temp.unlisted (id) VALUES (?)",
        [FATE] = "SELECT acked_usec, seen_usec, linked FROM user WHERE id = ? AND missing = 0",
        [NEXT] = "SELECT id, act, twins, digest, body FROM temp.listing WHERE id > ? AND act <> 0 ORDER BY id LIMIT ?",
        [NEXT_UNLISTED] = "SELECT id FROM temp.unlisted WHERE id > ? ORDER BY id LIMIT ?",
        [VANISH] = ("UPDATE user SET missing = 1, listed = 0 "
                    "WHERE id = ?1 AND missing = 0 AND acked_usec <= ?2 AND seen_usec <= ?2"),
        [UNMARK] = "UPDATE user SET listed = 0 WHERE id = ? AND listed = 1",
        [ADD_FOB] = "INSERT OR IGNORE INTO fob (id) VALUES (?)",
};

static int use(State *state, unsigned which, Statement *ret, Error *reterr) {
        return statement_use(state, SHELF_APPLY, which, texts[which], ret, reterr);
}

static int unlist(State *state, int64_t id, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, UNLIST, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, id);
        return statement_run(&s, "compare a listing", reterr);
}

/* Who was written or read singly since the listing began is not gone for not being in it. */
static int count_vanished(State *state, int64_t id, Error *reterr) {
        Listing *listing = state->listing;
        _cleanup_(statement_done) Statement s = { 0 };
        int64_t acked, seen;
        int r;

        r = use(state, FATE, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, id);
        r = statement_step(&s, "compare a listing", reterr);
        if (r <= 0)
                return r;
        acked = take_number(&s);
        seen = take_number(&s);
        if (acked > listing->begun_usec || seen > listing->begun_usec)
                return 0;
        listing->tally.vanished++;
        if (take_flag(&s))
                listing->tally.linked_vanished++;
        return 0;
}

/* Both in the order of ids: one walk over two narrow trees. */
static int find_unlisted(State *state, Error *reterr) {
        _cleanup_(statement_done) Statement present = { 0 }, listed = { 0 };
        int64_t id, other = INT64_MIN;
        int r, more = 1;

        r = use(state, PRESENT, &present, reterr);
        if (r >= 0)
                r = use(state, LISTED, &listed, reterr);
        if (r < 0)
                return r;

        while ((r = statement_step(&present, "compare a listing", reterr)) > 0) {
                id = take_number(&present);
                while (more > 0 && other < id) {
                        more = statement_step(&listed, "compare a listing", reterr);
                        if (more < 0)
                                return more;
                        if (more > 0)
                                other = take_number(&listed);
                }
                if (other == id)
                        continue;
                r = unlist(state, id, reterr);
                if (r >= 0)
                        r = count_vanished(state, id, reterr);
                if (r < 0)
                        return r;
        }
        return r;
}

static int compare(State *state, Error *reterr) {
        Listing *listing = state->listing;
        int64_t known;
        int r;

        r = snapshot_count(state, &known, reterr);
        if (r < 0)
                return r;
        listing->tally = (ListingTally) {
                .listed = listing->people,
                .fobs = listing->fobs,
                .changed = listing->changed,
                .added = listing->added,
                .known = known,
        };
        /* Everybody who is known came, and nothing moved meanwhile: nobody to look for. */
        if (known == listing->present && !listing->disturbed)
                return 0;
        r = database_exec(state, "DELETE FROM temp.unlisted", "compare a listing", reterr);
        if (r < 0)
                return r;
        return find_unlisted(state, reterr);
}

int snapshot_listing_tally(State *state, ListingTally *ret, Error *reterr) {
        Listing *listing = state->listing;
        int r;

        if (!listing)
                return error_set(reterr, -EINVAL, "no list of users is being taken in");

        r = listing_flush(state, reterr);
        if (r < 0)
                return r;
        if (!listing->compared) {
                r = state_begin_reading(state, reterr);
                if (r < 0)
                        return r;
                r = compare(state, reterr);
                if (r < 0) {
                        state_rollback(state);
                        return r;
                }
                r = state_commit(state, reterr);
                if (r < 0)
                        return r;
                listing->compared = true;
        }
        *ret = listing->tally;
        return 0;
}

/* What the piece being applied needs to know and tell. */
typedef struct Piece {
        unsigned left;
        int64_t cursor;
        bool listing_done, unlisted_done, done;
        const char *lookups;
        SnapshotChanged each;
        void *userdata;
} Piece;

static int tell(const Piece *piece, const HeldUser *before, int64_t id) {
        return piece->each ? piece->each(piece->userdata, before, id) : 0;
}

/* What is held now, for whoever is told of the change; a user that is not known has id 0. */
static int look_before(State *state, const Piece *piece, int64_t id, HeldUser *ret, Error *reterr) {
        int r;

        if (!piece->each)
                return 0;
        r = snapshot_get(state, id, ret, reterr);
        return r < 0 ? r : 0;
}

static int apply_fob(State *state, int64_t id, bool *ret_changed, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, ADD_FOB, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, id);
        r = statement_run(&s, "keep a fob", reterr);
        if (r < 0)
                return r;
        return row_forget(state, id, ret_changed, reterr);
}

/* A contradiction of twins that were each as before came without a body: only the mark is new. */
static int apply_person(State *state, Statement *s, int64_t id, bool *ret_changed, Error *reterr) {
        RowNews news = { .listed = true, .at_usec = state->listing->begun_usec };
        _cleanup_(user_deinit) User user = USER_INIT;
        _cleanup_(held_user_deinit) HeldUser held = HELD_USER_INIT;
        const void *body;
        int r;

        news.twins = take_flag(s);
        (void) take_bytes(s, news.digest, DIGEST_SIZE);
        r = statement_taken(s, "apply a listed user", reterr);
        if (r < 0)
                return r;

        body = sqlite3_column_blob(s->sql, s->next);
        if (body) {
                r = packet_parse_user(body, (size_t) sqlite3_column_bytes(s->sql, s->next), &user);
                if (r < 0)
                        return error_set(reterr, r, "cannot apply listed user %jd to the state '%s'", (intmax_t) id,
                                         state->path);
                user.id = id;
                return row_put(state, &user, &news, ret_changed, reterr);
        }
        r = snapshot_get(state, id, &held, reterr);
        if (r != 0)
                return r < 0 ? r : 0;
        return row_put(state, &held.user, &news, ret_changed, reterr);
}

static int apply_one(State *state, Statement *s, const Piece *piece, int64_t id, Error *reterr) {
        _cleanup_(held_user_deinit) HeldUser before = HELD_USER_INIT;
        Act act = (Act) take_number(s);
        bool changed = false;
        int r = 0;

        if (act != ACT_LISTED)
                r = look_before(state, piece, id, &before, reterr);
        if (r < 0)
                return r;
        if (act == ACT_FOB)
                r = apply_fob(state, id, &changed, reterr);
        else if (act != ACT_LISTED)
                r = apply_person(state, s, id, &changed, reterr);
        if (r < 0)
                return r;
        if (changed)
                return tell(piece, &before, id);
        return act == ACT_FOB ? 0 : row_set_listed(state, id, reterr);
}

static int apply_listed(State *state, Piece *piece, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        if (state->listing->work == 0) {
                piece->listing_done = true;
                return 0;
        }
        r = use(state, NEXT, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, piece->cursor);
        put_number(&s, piece->left);
        while ((r = statement_step(&s, "apply a listing", reterr)) > 0) {
                piece->cursor = take_number(&s);
                piece->left--;
                r = apply_one(state, &s, piece, piece->cursor, reterr);
                if (r < 0)
                        return r;
        }
        if (r == 0 && piece->left > 0) {
                piece->listing_done = true;
                piece->cursor = 0;
        }
        return r;
}

static int vanish(State *state, const Piece *piece, int64_t id, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 }, unmark = { 0 };
        _cleanup_(held_user_deinit) HeldUser before = HELD_USER_INIT;
        bool changed;
        int r;

        r = look_before(state, piece, id, &before, reterr);
        if (r < 0)
                return r;

        r = use(state, VANISH, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, id);
        put_number(&s, state->listing->begun_usec);
        r = statement_changed(&s, "mark a user as missing", &changed, reterr);
        if (r < 0)
                return r;
        if (changed)
                return tell(piece, &before, id);

        r = use(state, UNMARK, &unmark, reterr);
        if (r < 0)
                return r;
        put_number(&unmark, id);
        return statement_run(&unmark, "mark a user", reterr);
}

static int apply_unlisted(State *state, Piece *piece, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, NEXT_UNLISTED, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, piece->cursor);
        put_number(&s, piece->left);
        while ((r = statement_step(&s, "apply a listing", reterr)) > 0) {
                piece->cursor = take_number(&s);
                piece->left--;
                r = vanish(state, piece, piece->cursor, reterr);
                if (r < 0)
                        return r;
        }
        if (r == 0 && piece->left > 0)
                piece->unlisted_done = true;
        return r;
}

/*
 * Three trees in random order cost ten times as much as the rows themselves, when they are most of what there will be:
 * so they are made at the end, sorted. Until then a lookup reads all rows, which is slow and right.
 */
static int drop_lookups(State *state, Piece *piece, Error *reterr) {
        const Listing *listing = state->listing;
        int r;

        if (listing->applying || listing->added < BULK || listing->added < listing->tally.known)
                return 0;
        r = database_exec(state, "DROP INDEX IF EXISTS user_id_num; DROP INDEX IF EXISTS user_card_num; "
                          "DROP INDEX IF EXISTS user_email; DROP INDEX IF EXISTS user_name; "
                          "DROP INDEX IF EXISTS user_unlinked;", "apply a listing", reterr);
        if (r < 0)
                return r;
        piece->lookups = state_lookups;
        return 0;
}

/* One a piece. */
static int make_lookup(State *state, Piece *piece, Error *reterr) {
        sqlite3_stmt *statement = NULL;
        const char *rest = NULL;
        int rc;

        rc = sqlite3_prepare_v2(state->db, piece->lookups, -1, &statement, &rest);
        /* Nothing but comments is left: no statement. */
        if (rc == SQLITE_OK && statement)
                rc = sqlite3_step(statement);
        else if (rc == SQLITE_OK)
                rest = NULL;
        sqlite3_finalize(statement);
        if (rc != SQLITE_OK && rc != SQLITE_DONE)
                return database_fail(state, rc, "make the lookups of users", reterr);
        piece->lookups = rest;
        return 0;
}

static int apply_rows(State *state, Piece *piece, Error *reterr) {
        int r;

        r = drop_lookups(state, piece, reterr);
        if (r >= 0 && !piece->listing_done)
                r = apply_listed(state, piece, reterr);
        if (r >= 0 && piece->listing_done && piece->left > 0)
                r = apply_unlisted(state, piece, reterr);
        return r;
}

static int apply_piece(State *state, Piece *piece, Error *reterr) {
        int r;

        if (!piece->unlisted_done)
                r = apply_rows(state, piece, reterr);
        else
                r = make_lookup(state, piece, reterr);
        if (r < 0 || !piece->unlisted_done || piece->lookups)
                return r;
        piece->done = true;
        return state_set_number(state, "snapshot.listed", state->listing->begun_usec, reterr);
}

/* Only what was committed is behind us: a piece that failed is tried again as it was. */
static void keep_place(Listing *listing, const Piece *piece) {
        listing->applying = true;
        listing->cursor = piece->cursor;
        listing->listing_done = piece->listing_done;
        listing->unlisted_done = piece->unlisted_done;
        listing->lookups = piece->lookups;
}

int snapshot_listing_apply(State *state, unsigned max, SnapshotChanged each, void *userdata, Error *reterr) {
        ListingTally ignored;
        Piece piece;
        int r;

        r = snapshot_listing_tally(state, &ignored, reterr);
        if (r < 0)
                return r;

        piece = (Piece) {
                .left = max > 0 ? max : 1,
                .cursor = state->listing->cursor,
                .listing_done = state->listing->listing_done,
                .unlisted_done = state->listing->unlisted_done,
                .lookups = state->listing->lookups,
                .each = each,
                .userdata = userdata,
        };
        r = state_begin(state, reterr);
        if (r < 0)
                return r;
        r = apply_piece(state, &piece, reterr);
        if (r < 0) {
                state_rollback(state);
                return r;
        }
        r = state_commit(state, reterr);
        if (r < 0)
                return r;

        keep_place(state->listing, &piece);
        if (!piece.done)
                return 1;
        snapshot_listing_drop(state);
        return 0;
}
