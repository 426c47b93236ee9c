/* A listing that is whole, beside what was known: who did not come, found in pieces. */

#include <errno.h>

#include "lib/state/listing.h"

/* Ids that one piece passes, and users that did not come which it looks at: a few milliseconds either way. */
#define PIECE_IDS 20000u
#define PIECE_UNLISTED 1000u

enum { PRESENT, LISTED, UNLIST, FATE };

static const char *const texts[] = {
        [PRESENT] = "SELECT id FROM user NOT INDEXED WHERE missing = 0 AND id > ? ORDER BY id",
        [LISTED] = "SELECT id FROM staged.listing WHERE id > ? ORDER BY id",
        [UNLIST] = "INSERT OR IGNORE INTO staged.unlisted (id) VALUES (?)",
        [FATE] = "SELECT acked_usec, seen_usec, linked FROM user WHERE id = ? AND missing = 0",
};

/* One piece: two walks over ids, both ascending. */
typedef struct Walk {
        Statement present, listed;
        Comparison at;
        int64_t other;          /* the first listed id that was not passed yet */
        bool others;            /* there is one */
        unsigned ids, unlisted; /* what is left for this piece */
        ListingTally tally;
} Walk;

static int use(State *state, unsigned which, Statement *ret, Error *reterr) {
        return statement_use(state, SHELF_COMPARE, which, texts[which], ret, reterr);
}

static void walk_done(Walk *walk) {
        statement_done(&walk->present);
        statement_done(&walk->listed);
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
static int count_vanished(State *state, int64_t id, ListingTally *tally, Error *reterr) {
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
        if (acked > state->listing->begun_usec || seen > state->listing->begun_usec)
                return 0;
        tally->vanished++;
        if (take_flag(&s))
                tally->linked_vanished++;
        return 0;
}

static int next_other(Walk *walk, Error *reterr) {
        int r;

        r = statement_step(&walk->listed, "compare a listing", reterr);
        if (r < 0)
                return r;
        walk->others = r > 0;
        if (walk->others)
                walk->other = take_number(&walk->listed);
        return 0;
}

static int walk_begin(State *state, Walk *walk, Error *reterr) {
        int r;

        r = use(state, PRESENT, &walk->present, reterr);
        if (r >= 0)
                r = use(state, LISTED, &walk->listed, reterr);
        if (r < 0)
                return r;
        put_number(&walk->present, walk->at.present);
        put_number(&walk->listed, walk->at.listed);
        return next_other(walk, reterr);
}

/* 1: passed. 0: the piece is over before that. */
static int pass_listed(Walk *walk, int64_t id, Error *reterr) {
        int r;

        while (walk->others && walk->other < id) {
                if (walk->ids == 0)
                        return 0;
                walk->ids--;
                walk->at.listed = walk->other;
                r = next_other(walk, reterr);
                if (r < 0)
                        return r;
        }
        return 1;
}

/* 1: the next known user was looked for. 0: the piece is over, or all of it. */
static int walk_step(State *state, Walk *walk, Error *reterr) {
        int64_t id;
        int r;

        if (walk->ids == 0 || walk->unlisted == 0)
                return 0;
        walk->ids--;
        r = statement_step(&walk->present, "compare a listing", reterr);
        if (r <= 0) {
                walk->at.done = r == 0;
                return r;
        }
        id = take_number(&walk->present);
        r = pass_listed(walk, id, reterr);
        if (r <= 0)
                return r;
        if (!walk->others || walk->other != id) {
                walk->unlisted--;
                r = unlist(state, id, reterr);
                if (r >= 0)
                        r = count_vanished(state, id, &walk->tally, reterr);
                if (r < 0)
                        return r;
        }
        walk->at.present = id;
        return 1;
}

static int walk_piece(State *state, Comparison *at, ListingTally *tally, Error *reterr) {
        _cleanup_(walk_done) Walk walk = { .at = *at, .tally = *tally, .ids = PIECE_IDS, .unlisted = PIECE_UNLISTED };
        int r;

        r = walk_begin(state, &walk, reterr);
        if (r < 0)
                return r;
        while ((r = walk_step(state, &walk, reterr)) > 0)
                ;
        *at = walk.at;
        *tally = walk.tally;
        return r;
}

static int begin(State *state, Error *reterr) {
        Listing *listing = state->listing;
        int64_t known;
        int r;

        r = snapshot_count(state, &known, reterr);
        if (r >= 0)
                r = database_exec(state, "DELETE FROM staged.unlisted", "compare a listing", reterr);
        if (r < 0)
                return r;
        listing->tally = (ListingTally) {
                .listed = listing->people,
                .fobs = listing->fobs,
                .changed = listing->changed,
                .added = listing->added,
                .known = known,
        };
        listing->comparison = (Comparison) {
                .begun = true,
                /* Everybody who is known came, and nothing moved meanwhile: nobody to look for. */
                .done = known == listing->present && !listing->disturbed,
                .present = INT64_MIN,
                .listed = INT64_MIN,
        };
        return 0;
}

static int compare(State *state, Error *reterr) {
        Listing *listing = state->listing;
        Comparison at = listing->comparison;
        ListingTally tally = listing->tally;
        int r;

        if (!at.begun)
                return begin(state, reterr);
        r = state_begin_reading(state, reterr);
        if (r < 0)
                return r;
        r = walk_piece(state, &at, &tally, reterr);
        if (r < 0) {
                state_rollback(state);
                return r;
        }
        r = state_commit(state, reterr);
        if (r < 0)
                return r;
        listing->comparison = at;
        listing->tally = tally;
        return 0;
}

int snapshot_listing_tally(State *state, ListingTally *ret, Error *reterr) {
        Listing *listing = state->listing;
        int r;

        if (!listing)
                return error_set(reterr, -EINVAL, "no list of users is being taken in");
        r = listing_flush(state, reterr);
        if (r >= 0 && !listing->comparison.done)
                r = compare(state, reterr);
        if (r < 0)
                return r;
        if (!listing->comparison.done)
                return 1;
        *ret = listing->tally;
        return 0;
}
