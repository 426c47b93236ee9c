#pragma once

/*
 * The snapshot: what Lockt was seen to hold or has acknowledged
 *
 * It says only what was seen or acknowledged (invariant 11). Lost, it is rebuilt by reading Lockt.
 */

#include "lib/model/level.h"
#include "lib/model/user.h"
#include "lib/state/state.h"

typedef struct HeldUser {
        User user;
        int64_t seen_usec;      /* start of the read (single or listing) that saw it last; 0: must be read before
                                 * anything is built on it that could give. Of a missing one: start of the single
                                 * read that found nobody, if there was one */
        int64_t acked_usec;     /* when a write of ours for it was acknowledged last; 0: never */
        bool missing;           /* not in the last complete listing, or a single read found nobody */
        bool linked;            /* to a person of ours */
        bool unclear;           /* contradicting twins, or a property that can't be understood (ruling 34) */
} HeldUser;

#define HELD_USER_INIT ((HeldUser) { .user = USER_INIT })
void held_user_deinit(HeldUser *held);

typedef enum SnapshotOrigin {
        SNAPSHOT_SEEN,          /* a read saw it */
        SNAPSHOT_ACKED,         /* a write was acknowledged: keeps seen_usec as it is, sets acked_usec */
} SnapshotOrigin;

int snapshot_get(State *state, int64_t id, HeldUser *ret, Error *reterr);       /* 0, STATE_NONE */

/*
 * The users with this id_num, e-mail (compared without case, ASCII) or card number, other than @except (0: none),
 * without missing ones: the first @max ids into @ret, how many these are into @ret_n. Fobs are never here.
 */
int snapshot_find(State *state, Property property, const char *value, int64_t except, int64_t *ret, size_t max,
                  size_t *ret_n, Error *reterr);

/*
 * The users with this first and last name (without case, ASCII), other than @except (0: none), without missing ones;
 * with @unlinked_only those who are linked to nobody. An empty first name is one that Lockt does not have; without a
 * last name nobody is found. As quick as snapshot_find(), however many users there are.
 */
int snapshot_find_name(State *state, const char *first, const char *last, int64_t except, bool unlinked_only,
                       int64_t *ret, size_t max, size_t *ret_n, Error *reterr);

/*
 * The users whom a person who looks for somebody could mean by @text, without missing ones: who has that e-mail, then
 * who has that card number, then whose name it is, as "first last", "last, first" or the last name alone; each once, at
 * most @max. Without case (ASCII), and blanks count as one. Quick too: no way of asking reads all users.
 */
int snapshot_search(State *state, const char *text, int64_t *ret, size_t max, size_t *ret_n, Error *reterr);

/*
 * A read that began before the row's last acknowledgement or last read changes nothing. What @user leaves open (levels
 * that are not known, properties in .unclear) stays as the row has it (ruling 21). The id of a fob is passed over.
 */
int snapshot_put(State *state, const User *user, SnapshotOrigin origin, int64_t at_usec, Error *reterr);

/* Whether a listing had a fob under this id (ruling 32): 0, or STATE_NONE. */
int snapshot_get_fob(State *state, int64_t id, Error *reterr);

/* A read found nobody under this id. */
int snapshot_set_missing(State *state, int64_t id, int64_t at_usec, Error *reterr);

/*
 * What was seen of it before @at_usec is no longer to be built on (unknown outcome): seen_usec is 0 until a read that
 * began at @at_usec or later has seen it; a listing that was under way then does not count.
 */
int snapshot_set_stale(State *state, int64_t id, int64_t at_usec, Error *reterr);

/* How many users, without missing ones. Cheap: kept as a fact. */
int snapshot_count(State *state, int64_t *ret, Error *reterr);

/*
 * A listing: begun, each user added as it arrives (staged, nothing of the snapshot changes), then either dropped or
 * applied in pieces. Users whose digest is as before cost one lookup. A user that was written (acked) or read singly
 * after @begun_usec keeps that. Twins: identical count once, contradicting ones make the record unclear. A begin drops
 * the listing before it; who was listed as a fob once stays one.
 */
int snapshot_listing_begin(State *state, int64_t begun_usec, Error *reterr);
int snapshot_listing_add(State *state, const User *user, bool is_fob, bool unclear, Error *reterr);
void snapshot_listing_drop(State *state);

typedef struct ListingTally {
        int64_t listed;         /* people in it, fobs apart */
        int64_t fobs;
        int64_t changed;        /* known, and different from before */
        int64_t added;          /* not known before */
        int64_t vanished;       /* known before (not missing), and not in it; without those acked after begun_usec */
        int64_t known;          /* known before and not missing */
        int64_t linked_vanished;/* of those, linked to a person of ours (table link) */
} ListingTally;

/*
 * What applying would do, so that the caller can refuse the listing (invariant 11). In pieces: 0: @ret is set, 1: there
 * is more to compare, so call it again.
 */
int snapshot_listing_tally(State *state, ListingTally *ret, Error *reterr);

/*
 * A user of whom a listing said something new, inside the transaction and after the change; @before is what was held,
 * for a new one nothing but .linked.
 */
typedef int (*SnapshotChanged)(void *userdata, const HeldUser *before, int64_t id);

/*
 * Applies up to @max staged changes (more where they are quick: new users) in one transaction; tells each whose record
 * changed, appeared or vanished to @each (may be NULL). 0: done and the listing is closed (its begun_usec is the
 * seen_usec of all that were in it from now on), 1: there is more. What fails is not applied, and can be tried again.
 * A power cut may undo a piece (state_begin_cache()).
 */
int snapshot_listing_apply(State *state, unsigned max, SnapshotChanged each, void *userdata, Error *reterr);

/* When the last complete, applied listing began; 0: never. */
int snapshot_listed_usec(State *state, int64_t *ret, Error *reterr);

/* Levels: the list replaces the former one in one transaction; bindings remember every name's last id. */
int snapshot_set_levels(State *state, const Level *levels, size_t n_levels, int64_t at_usec, Error *reterr);
/* Owned by the caller (levels_free); ordered by id. */
int snapshot_get_levels(State *state, Level **ret, size_t *ret_n, Error *reterr);
int snapshot_get_bindings(State *state, Level **ret, size_t *ret_n, Error *reterr);
void levels_free(Level *levels, size_t n_levels);
/* How many linked users who are enabled hold a level. Looks at everybody. */
int snapshot_count_level(State *state, int64_t level, int64_t *ret, Error *reterr);

/* The next user that is not missing, by id from @after; 0 or STATE_NONE. */
int snapshot_next(State *state, int64_t after, HeldUser *ret, Error *reterr);

/* Users that Lockt has and HR does not know: linked to nobody, by id from @after; 0 or STATE_NONE. */
int snapshot_next_unlinked(State *state, int64_t after, HeldUser *ret, Error *reterr);
int snapshot_count_unlinked(State *state, int64_t *ret, Error *reterr);
