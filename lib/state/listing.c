/* Taking a listing in: each user is compared with the snapshot by its digest, and staged. Nothing lasting changes. */

#include "lib/state/listing.h"

#include <errno.h>
#include <string.h>

/* So few users make no crowd: the ordinary way is as quick for them. */
#define BULK 10000
#define FEW "1000"

/* Bytes of records that wait to be staged, at most. */
#define PACKET_FULL (512 * 1024)

enum { IS_FEW, LOOK_UP, IS_FOB, STAGE, STAGE_RECORD, STAGED, RESTAGE };

static const char *const texts[] = {
        [IS_FEW] = "SELECT count(*) < " FEW " FROM (SELECT 1 FROM user LIMIT " FEW ")",
        [LOOK_UP] = "SELECT digest, missing, listed FROM user WHERE id = ?",
        [IS_FOB] = "SELECT 1 FROM fob WHERE id = ?",
        [STAGE] = ("INSERT OR IGNORE INTO staged.listing (id, act, fob, present, twins, digest) "
                   "VALUES (?, ?, ?, ?, ?, ?)"),
        [STAGE_RECORD] = ("INSERT OR IGNORE INTO staged.listing (id, act, fob, present, twins, digest, packed, "
                          "unclear, " RECORD_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, " RECORD_PARAMETERS ")"),
        [STAGED] = "SELECT act, fob, present, twins, digest FROM staged.listing WHERE id = ?",
        [RESTAGE] = "UPDATE staged.listing SET act = ?2, fob = ?3, twins = ?4, digest = ?5 WHERE id = ?1",
};

/*
 * A database of its own, in a file without a name: so that a listing of a million users goes at once, with its file,
 * instead of page by page.
 */
static const char tables[] =
        "PRAGMA staged.journal_mode = MEMORY;"
        "PRAGMA staged.cache_size = -2048;"
        "CREATE TABLE staged.listing ("
        "       id INTEGER PRIMARY KEY,"
        "       act INTEGER NOT NULL,"
        "       fob INTEGER NOT NULL,"
        "       present INTEGER NOT NULL,"      /* in the snapshot, and not missing */
        "       twins INTEGER NOT NULL,"
        "       digest BLOB NOT NULL,"
        "       packed INTEGER,"                /* from here on null where it is as before */
        "       unclear INTEGER,"
        "       " RECORD_COLUMNS
        ");"
        "CREATE TABLE staged.unlisted (id INTEGER PRIMARY KEY);"
        "CREATE TABLE staged.lookup_part ("
        "       number INTEGER PRIMARY KEY,"
        "       previous INTEGER NOT NULL,"     /* of the part before it in its bucket; 0: none */
        "       entries BLOB NOT NULL"
        ");";

static int use(State *state, unsigned which, Statement *ret, Error *reterr) {
        return statement_use(state, SHELF_LISTING, which, texts[which], ret, reterr);
}

void listing_free(State *state) {
        if (!state->listing)
                return;
        packet_deinit(&state->listing->packet);
        packet_deinit(&state->listing->levels);
        (void) packed_lists_free(state->listing->lists);
        free(state->listing);
        state->listing = NULL;
}

int64_t listing_begun_usec(const State *state) {
        return state->listing ? state->listing->begun_usec : 0;
}

void listing_disturb(State *state) {
        if (state->listing)
                state->listing->disturbed = true;
}

bool listing_is_bulk(const Listing *listing) {
        return listing->lists && listing->added >= BULK;
}

static int drop_tables(State *state, Error *reterr) {
        int r;

        if (!state->staged)
                return 0;
        r = database_exec(state, "DETACH staged", "drop a listing", reterr);
        if (r < 0)
                return r;
        state->staged = false;
        return 0;
}

static int make_tables(State *state, Error *reterr) {
        int r;

        r = drop_tables(state, reterr);
        if (r >= 0)
                r = database_exec(state, "ATTACH '' AS staged", "begin a listing", reterr);
        if (r < 0)
                return r;
        state->staged = true;
        return database_exec(state, tables, "begin a listing", reterr);
}

/* Whether hardly anybody is known: what comes will be most of what there is. */
static int knows_few(State *state, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, IS_FEW, &s, reterr);
        if (r < 0)
                return r;
        r = statement_step(&s, "count users", reterr);
        return r < 0 ? r : take_flag(&s);
}

int snapshot_listing_begin(State *state, int64_t begun_usec, Error *reterr) {
        int few, r;

        listing_free(state);
        r = make_tables(state, reterr);
        if (r < 0)
                return r;
        few = knows_few(state, reterr);
        if (few < 0)
                return few;
        state->listing = calloc(1, sizeof(*state->listing));
        if (!state->listing)
                return error_set(reterr, -ENOMEM, "cannot take in a list of users: out of memory");
        state->listing->begun_usec = begun_usec;
        state->listing->few = few > 0;
        return 0;
}

void snapshot_listing_drop(State *state) {
        if (!state->listing)
                return;
        listing_free(state);
        /* If this fails, the next begin says so. */
        (void) drop_tables(state, NULL);
}

/* What the snapshot says of one id, and what is to be done about what came. */
typedef struct Staged {
        Act act;
        bool fob, present, twins;
        uint8_t digest[DIGEST_SIZE];
} Staged;

/* Decides .act and .present for .digest of a person. 1: the snapshot has nobody of that id. */
static int compare(State *state, int64_t id, Staged *staged, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        uint8_t known[DIGEST_SIZE];
        bool missing, listed;
        int r;

        r = use(state, LOOK_UP, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, id);
        r = statement_step(&s, "look up a user", reterr);
        if (r < 0)
                return r;
        if (r == 0) {
                staged->act = ACT_ADDED;
                staged->present = false;
                return 1;
        }
        (void) take_bytes(&s, known, sizeof(known));
        missing = take_flag(&s);
        listed = take_flag(&s);
        r = statement_taken(&s, "look up a user", reterr);
        if (r < 0)
                return r;

        staged->present = !missing;
        if (missing || memcmp(known, staged->digest, DIGEST_SIZE) != 0)
                staged->act = ACT_CHANGED;
        else
                staged->act = listed ? ACT_NONE : ACT_LISTED;
        return 0;
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

/* Who was a fob once is one for ever (ruling 32): ids are not used again. */
static int judge(State *state, int64_t id, Staged *staged, Error *reterr) {
        int unknown, r;

        unknown = compare(state, id, staged, reterr);
        if (unknown < 0)
                return unknown;
        if (unknown > 0 || staged->fob) {
                r = is_fob(state, id, reterr);
                if (r < 0)
                        return r;
                if (r > 0)
                        staged->fob = true;
                if (staged->fob)
                        staged->act = r > 0 && unknown > 0 ? ACT_NONE : ACT_FOB;
        }
        return 0;
}

static void count(Listing *listing, const Staged *staged, int64_t n) {
        if (staged->fob)
                listing->fobs += n;
        else
                listing->people += n;
        if (staged->act == ACT_CHANGED)
                listing->changed += n;
        if (staged->act == ACT_ADDED)
                listing->added += n;
        if (staged->act != ACT_NONE)
                listing->work += n;
        if (staged->present)
                listing->present += n;
}

static int read_staged(State *state, int64_t id, Staged *ret, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, STAGED, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, id);
        r = statement_step(&s, "read a listed user", reterr);
        if (r < 0)
                return r;
        ret->act = (Act) take_number(&s);
        ret->fob = take_flag(&s);
        ret->present = take_flag(&s);
        ret->twins = take_flag(&s);
        (void) take_bytes(&s, ret->digest, DIGEST_SIZE);
        return statement_taken(&s, "read a listed user", reterr);
}

/* The digest of a contradiction, the same in either order: so the same contradiction in the next listing is no news. */
static void mix(const State *state, const uint8_t a[DIGEST_SIZE], const uint8_t b[DIGEST_SIZE],
                uint8_t ret[DIGEST_SIZE]) {
        uint8_t both[2 * DIGEST_SIZE];
        bool first = memcmp(a, b, DIGEST_SIZE) < 0;

        memcpy(both, first ? a : b, DIGEST_SIZE);
        memcpy(both + DIGEST_SIZE, first ? b : a, DIGEST_SIZE);
        digest_bytes(&state->listed_key, both, sizeof(both), ret);
}

/* The second of its id. Identical twins count once; contradicting ones leave the record unclear (ruling 34). */
static int stage_twin(State *state, int64_t id, const Staged *second, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        Staged former = { 0 }, both;
        int r;

        r = read_staged(state, id, &former, reterr);
        if (r < 0)
                return r;
        if (former.fob == second->fob && memcmp(former.digest, second->digest, DIGEST_SIZE) == 0)
                return 0;

        both = (Staged) { .fob = former.fob || second->fob, .twins = true };
        mix(state, former.digest, second->digest, both.digest);
        r = judge(state, id, &both, reterr);
        if (r < 0)
                return r;
        count(state->listing, &former, -1);
        count(state->listing, &both, 1);

        r = use(state, RESTAGE, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, id);
        put_number(&s, both.act);
        put_number(&s, both.fob);
        put_number(&s, both.twins);
        put_bytes(&s, both.digest, DIGEST_SIZE);
        return statement_run(&s, "stage a listed user", reterr);
}

static void put_staged(Statement *s, int64_t id, const Staged *staged) {
        put_number(s, id);
        put_number(s, staged->act);
        put_number(s, staged->fob);
        put_number(s, staged->present);
        put_number(s, staged->twins);
        put_bytes(s, staged->digest, DIGEST_SIZE);
}

static int stage_as_before(State *state, int64_t id, const Staged *staged, bool *ret_inserted, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, STAGE, &s, reterr);
        if (r < 0)
                return r;
        put_staged(&s, id, staged);
        return statement_changed(&s, "stage a listed user", ret_inserted, reterr);
}

/* 0: in the lists. LOOKUP_CROWDED: for the indexes. */
static int collect(State *state, int64_t id, const PacketUser *user, Error *reterr) {
        Listing *listing = state->listing;

        if (!listing->few)
                return LOOKUP_CROWDED;
        if (!listing->lists) {
                listing->lists = packed_lists_new();
                if (!listing->lists)
                        return error_set(reterr, -ENOMEM, "cannot take in a list of users: out of memory");
        }
        return packed_lists_add(listing->lists, state, id, user, reterr);
}

/* In the lists before it is known whether it is a twin: an entry too much does no harm. */
static int stage_record(State *state, int64_t id, const Staged *staged, const uint8_t *body, bool *ret_inserted,
                        Error *reterr) {
        Listing *listing = state->listing;
        _cleanup_(statement_done) Statement s = { 0 };
        PacketUser user;
        int r, alone = LOOKUP_CROWDED;

        packet_read_user(body, &user);
        if (staged->act == ACT_ADDED)
                alone = collect(state, id, &user, reterr);
        if (alone < 0)
                return alone;
        r = use(state, STAGE_RECORD, &s, reterr);
        if (r < 0)
                return r;
        put_staged(&s, id, staged);
        put_number(&s, alone == 0);
        put_number(&s, user.unclear);
        put_packet(&s, &user, &listing->levels);
        return statement_changed(&s, "stage a listed user", ret_inserted, reterr);
}

static int stage_one(State *state, const Pending *pending, Error *reterr) {
        Staged staged = { .fob = pending->fob, .twins = pending->unclear };
        const uint8_t *body = state->listing->packet.data + pending->offset;
        bool inserted;
        int r;

        digest_bytes(&state->listed_key, body, pending->n, staged.digest);
        if (pending->unclear)
                mix(state, staged.digest, (uint8_t[DIGEST_SIZE]) { 0 }, staged.digest);
        r = judge(state, pending->id, &staged, reterr);
        if (r < 0)
                return r;

        if (staged.act == ACT_CHANGED || staged.act == ACT_ADDED)
                r = stage_record(state, pending->id, &staged, body, &inserted, reterr);
        else
                r = stage_as_before(state, pending->id, &staged, &inserted, reterr);
        if (r < 0)
                return r;
        if (!inserted)
                return stage_twin(state, pending->id, &staged, reterr);
        count(state->listing, &staged, 1);
        return 0;
}

int listing_flush(State *state, Error *reterr) {
        Listing *listing = state->listing;
        int r;

        if (listing->n_pending == 0)
                return 0;

        r = state_begin_reading(state, reterr);
        if (r < 0)
                return r;
        for (size_t i = 0; i < listing->n_pending; i++) {
                r = stage_one(state, &listing->pending[i], reterr);
                if (r < 0) {
                        state_rollback(state);
                        return r;
                }
        }
        r = state_commit(state, reterr);
        if (r < 0)
                return r;
        listing->n_pending = 0;
        listing->packet.n = 0;
        return 0;
}

int snapshot_listing_add(State *state, const User *user, bool fob, bool unclear, Error *reterr) {
        Listing *listing = state->listing;
        Pending *pending;
        int r;

        if (!listing || listing->applying)
                return error_set(reterr, -EINVAL, "no list of users is being taken in");
        if (user->id <= 0)
                return error_set(reterr, -EINVAL, "a listed user has no id");

        pending = &listing->pending[listing->n_pending];
        *pending = (Pending) { .id = user->id, .offset = listing->packet.n, .fob = fob, .unclear = unclear };
        r = packet_add_user(&listing->packet, user);
        if (r < 0)
                return error_set(reterr, r, "cannot take in listed user %jd: %s", (intmax_t) user->id,
                                 r == -E2BIG ? "its texts are longer than 1 MiB" : "out of memory");
        pending->n = listing->packet.n - pending->offset;
        listing->n_pending++;
        listing->comparison = (Comparison) { 0 };

        if (listing->n_pending == LISTING_BATCH || listing->packet.n >= PACKET_FULL)
                return listing_flush(state, reterr);
        return 0;
}
