/* A listing that is whole and was believed: carried over to the snapshot, in pieces. */

#include "lib/state/listing.h"

#include <errno.h>

#include "lib/state/row.h"

/*
 * Staged users that one piece passes: a few milliseconds, if they are new and go in as they stand. Users that changed
 * cost ten times as much, and are counted apart.
 */
#define PIECE_STAGED "4096"

enum { AHEAD, DEMOTE, ADD, ADD_AND_TELL, NEXT, NEXT_UNLISTED, VANISH, UNMARK, ADD_FOB };

#define RANGE "id > ?1 AND id <= ?2"
#define ADDED "act = 3"                 /* ACT_ADDED */
#define LINKED "EXISTS (SELECT 1 FROM link WHERE lockt_id = listing.id AND lockt_id <> 0)"
#define ADD_ROWS                                                                                \
        "INSERT INTO user (id, digest, missing, listed, acked_usec, seen_usec, stale_usec, unclear, linked, packed, " \
        RECORD_COLUMNS ") SELECT id, digest, 0, 1, 0, ?3, 0, unclear | (twins << 31), " LINKED ", packed AND ?4, " \
        RECORD_COLUMNS " FROM staged.listing WHERE " RANGE " AND " ADDED " ORDER BY id"

static const char *const texts[] = {
        [AHEAD] = "SELECT id, act FROM staged.listing WHERE id > ? ORDER BY id LIMIT " PIECE_STAGED,
        [DEMOTE] = ("UPDATE staged.listing SET act = 2 WHERE " RANGE " AND " ADDED " "
                    "AND EXISTS (SELECT 1 FROM user WHERE user.id = listing.id)"),
        [ADD] = ADD_ROWS,
        [ADD_AND_TELL] = ADD_ROWS " RETURNING id, linked",
        [NEXT] = ("SELECT id, act, twins, digest, unclear, " RECORD_COLUMNS " FROM staged.listing "
                  "WHERE " RANGE " AND act NOT IN (0, 3) ORDER BY id"),
        [NEXT_UNLISTED] = "SELECT id FROM staged.unlisted WHERE id > ? ORDER BY id LIMIT ?",
        [VANISH] = ("UPDATE user SET missing = 1, listed = 0 "
                    "WHERE id = ?1 AND missing = 0 AND acked_usec <= ?2 AND seen_usec <= ?2"),
        [UNMARK] = "UPDATE user SET listed = 0 WHERE id = ? AND listed = 1",
        [ADD_FOB] = "INSERT OR IGNORE INTO fob (id) VALUES (?)",
};

_Static_assert(ACT_NONE == 0 && ACT_CHANGED == 2 && ACT_ADDED == 3, "the statements above name them by number");
_Static_assert(ROW_TWINS == UINT32_C(1) << 31, "ADD_ROWS shifts by 31");

static int use(State *state, unsigned which, Statement *ret, Error *reterr) {
        return statement_use(state, SHELF_APPLY, which, texts[which], ret, reterr);
}

/* What the piece being applied needs to know and tell. */
typedef struct Piece {
        unsigned left;          /* changes that it may still make */
        Place place;
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

/* The staged users that are next. */
typedef struct Stretch {
        int64_t from, to;       /* behind the one, up to the other */
        unsigned added, others;
        bool last;
} Stretch;

static int look_ahead(State *state, const Piece *piece, Stretch *ret, Error *reterr) {
        Stretch stretch = { .from = piece->place.cursor, .to = piece->place.cursor, .last = true };
        _cleanup_(statement_done) Statement s = { 0 };
        unsigned n = 0;
        int r;

        r = use(state, AHEAD, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, stretch.from);
        while (stretch.others < piece->left && (r = statement_step(&s, "apply a listing", reterr)) > 0) {
                Act act;

                stretch.to = take_number(&s);
                act = (Act) take_number(&s);
                if (act == ACT_ADDED)
                        stretch.added++;
                else if (act != ACT_NONE)
                        stretch.others++;
                n++;
        }
        if (r < 0)
                return r;
        stretch.last = n == 0;
        *ret = stretch;
        return 0;
}

/* Somebody who was new when he came may have been read singly or created since: then he is no more than changed. */
static int demote(State *state, const Stretch *stretch, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, DEMOTE, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, stretch->from);
        put_number(&s, stretch->to);
        return statement_run(&s, "apply a listing", reterr);
}

/* Who is new goes in with one statement, and is told of by his id: before, there was nothing. */
static int add_rows(State *state, const Piece *piece, const Stretch *stretch, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, piece->each ? ADD_AND_TELL : ADD, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, stretch->from);
        put_number(&s, stretch->to);
        put_number(&s, state->listing->begun_usec);
        put_number(&s, listing_is_bulk(state->listing));
        while ((r = statement_step(&s, "keep listed users", reterr)) > 0) {
                HeldUser nobody = HELD_USER_INIT;
                int64_t id = take_number(&s);

                nobody.linked = take_flag(&s);
                r = tell(piece, &nobody, id);
                if (r < 0)
                        return r;
        }
        return r < 0 ? r : row_count_added(state, stretch->added, reterr);
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

/* A contradiction of twins that were each as before came without a record: only the mark is new. */
static int apply_person(State *state, Statement *s, int64_t id, bool *ret_changed, Error *reterr) {
        RowNews news = { .listed = true, .at_usec = state->listing->begun_usec };
        _cleanup_(held_user_deinit) HeldUser held = HELD_USER_INIT;
        _cleanup_(user_deinit) User user = USER_INIT;
        bool recorded;
        int r;

        news.twins = take_flag(s);
        (void) take_bytes(s, news.digest, DIGEST_SIZE);
        recorded = sqlite3_column_type(s->sql, s->next) != SQLITE_NULL;
        if (recorded) {
                user.id = id;
                user.unclear = (uint32_t) take_number(s);
                take_record(s, &user);
        }
        r = statement_taken(s, "apply a listed user", reterr);
        if (r < 0)
                return r;
        if (recorded)
                return row_put(state, &user, &news, ret_changed, reterr);

        r = snapshot_get(state, id, &held, reterr);
        if (r != 0)
                return r < 0 ? r : 0;
        return row_put(state, &held.user, &news, ret_changed, reterr);
}

static int apply_one(State *state, Statement *s, const Piece *piece, Error *reterr) {
        _cleanup_(held_user_deinit) HeldUser before = HELD_USER_INIT;
        int64_t id = take_number(s);
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

static int apply_others(State *state, const Piece *piece, const Stretch *stretch, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, NEXT, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, stretch->from);
        put_number(&s, stretch->to);
        while ((r = statement_step(&s, "apply a listing", reterr)) > 0) {
                r = apply_one(state, &s, piece, reterr);
                if (r < 0)
                        return r;
        }
        return r;
}

static int apply_listed(State *state, Piece *piece, Error *reterr) {
        Stretch stretch;
        int r;

        if (state->listing->work == 0) {
                piece->place.listing_done = true;
                return 0;
        }
        r = look_ahead(state, piece, &stretch, reterr);
        if (r >= 0 && stretch.added > 0 && state->listing->disturbed) {
                r = demote(state, &stretch, reterr);
                if (r >= 0)
                        r = look_ahead(state, piece, &stretch, reterr);
        }
        if (r >= 0 && stretch.added > 0)
                r = add_rows(state, piece, &stretch, reterr);
        if (r >= 0 && stretch.others > 0)
                r = apply_others(state, piece, &stretch, reterr);
        if (r < 0)
                return r;
        piece->place.listing_done = stretch.last;
        piece->place.cursor = stretch.last ? 0 : stretch.to;
        return 0;
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
        put_number(&s, piece->place.cursor);
        put_number(&s, piece->left);
        while ((r = statement_step(&s, "apply a listing", reterr)) > 0) {
                piece->place.cursor = take_number(&s);
                piece->left--;
                r = vanish(state, piece, piece->place.cursor, reterr);
                if (r < 0)
                        return r;
        }
        if (r == 0 && piece->left > 0)
                piece->place.unlisted_done = true;
        return r;
}

/* The lists first: a packed row that is not in them could not be found. */
static int write_lists(State *state, Piece *piece, Error *reterr) {
        int r = 0;

        if (piece->place.bucket == 0)
                r = packed_lists_begin(state, reterr);
        if (r >= 0)
                r = packed_lists_write(state->listing->lists, state, &piece->place.bucket, reterr);
        if (r == 0)
                piece->place.packed = true;
        return r < 0 ? r : 0;
}

static int apply_piece(State *state, Piece *piece, Error *reterr) {
        int r;

        if (listing_is_bulk(state->listing) && !piece->place.packed)
                return write_lists(state, piece, reterr);
        if (!piece->place.listing_done) {
                r = apply_listed(state, piece, reterr);
                if (r < 0 || !piece->place.listing_done)
                        return r;
        }
        r = apply_unlisted(state, piece, reterr);
        if (r < 0 || !piece->place.unlisted_done)
                return r;
        piece->place.done = true;
        return state_set_number(state, "snapshot.listed", state->listing->begun_usec, reterr);
}

int snapshot_listing_apply(State *state, unsigned max, SnapshotChanged each, void *userdata, Error *reterr) {
        ListingTally ignored;
        Piece piece;
        int r;

        r = snapshot_listing_tally(state, &ignored, reterr);
        if (r != 0)
                return r;

        piece = (Piece) {
                .left = max > 0 ? max : 1,
                .place = state->listing->place,
                .each = each,
                .userdata = userdata,
        };
        r = state_begin_cache(state, reterr);
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

        /* Only what was committed is behind us. */
        state->listing->applying = true;
        state->listing->place = piece.place;
        if (!piece.place.done)
                return 1;
        snapshot_listing_drop(state);
        return 0;
}
