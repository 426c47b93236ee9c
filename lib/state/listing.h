#pragma once

/*
 * A listing under way, for the files of this module
 *
 * listing.c takes users in and stages them, listing-compare.c says what the whole would change, listing-apply.c carries
 * it over. Its tables are in a database of their own, staged: listing (each user and fob that came, and what is to be done)
 * and unlisted (who did not come). A first listing also makes the packed lists (lookup.h), with their parts in lookup_part.
 */

#include "lib/state/lookup.h"
#include "lib/state/record.h"
#include "lib/state/snapshot.h"

/* What a staged user asks for. The numbers are in the table, and in SQL. */
typedef enum Act {
        ACT_NONE = 0,           /* all is as before */
        ACT_LISTED = 1,         /* as before, but the last listing did not have it */
        ACT_CHANGED = 2,
        ACT_ADDED = 3,
        ACT_FOB = 4,            /* a fob that was not known as one */
} Act;

#define LISTING_BATCH 1024

typedef struct Pending {
        int64_t id;
        size_t offset, n;       /* its record in the packet */
        bool fob, unclear;
} Pending;

/* Where the comparison with the snapshot is; both in the order of ids. */
typedef struct Comparison {
        bool begun, done;
        int64_t present;        /* the last known user that was looked for */
        int64_t listed;         /* who is listed up to this id is behind us */
} Comparison;

/* Where the application is; what fails is tried again from here. */
typedef struct Place {
        bool listing_done, unlisted_done, done;
        unsigned bucket;        /* of the packed lists, the next one to be written */
        bool packed;            /* they are whole */
        int64_t cursor;         /* the last id of listing, then of unlisted, that was applied */
} Place;

struct Listing {
        int64_t begun_usec;
        /* Users that arrived and were not staged yet: one transaction for many is what makes a listing quick. */
        Pending pending[LISTING_BATCH];
        size_t n_pending;
        Packet packet, levels;
        bool few;               /* were known when it began: new ones are collected for the packed lists */
        PackedLists *lists;     /* NULL until the first of them; several MiB */
        /* Kept while staging. */
        int64_t people, fobs, changed, added, present, work;
        bool disturbed;         /* the snapshot was written to meanwhile */
        Comparison comparison;
        ListingTally tally;
        bool applying;
        Place place;
};

/* Stages what is pending. */
int listing_flush(State *state, Error *reterr);

/* Whether its new users go into the packed lists. */
bool listing_is_bulk(const Listing *listing);

/* What ends with the state: its buffers; its tables go with the connection. */
void listing_free(State *state);

/* When the listing under way began; 0: none is. */
int64_t listing_begun_usec(const State *state);

/* A row came, went or was written while a listing is under way: the short cuts of its end do not hold. */
void listing_disturb(State *state);
