#pragma once

/*
 * A listing under way, for the files of this module
 *
 * listing.c takes users in and stages them, listing-apply.c compares the whole with the snapshot and carries it over.
 * Two temporary tables: listing (each user and fob that came, and what is to be done) and unlisted (who did not come).
 */

#include "lib/state/record.h"
#include "lib/state/snapshot.h"

/* What a staged user asks for. The numbers are in the temporary table. */
typedef enum Act {
        ACT_NONE,               /* all is as before */
        ACT_LISTED,             /* as before, but the last listing did not have it */
        ACT_CHANGED,
        ACT_ADDED,
        ACT_FOB,                /* a fob that was not known as one */
        ACTS,
} Act;

#define LISTING_BATCH 256

typedef struct Pending {
        int64_t id;
        size_t offset, n;       /* its record in the packet */
        bool fob, unclear;
} Pending;

struct Listing {
        int64_t begun_usec;
        /* Users that arrived and were not staged yet: one transaction for many is what makes a listing quick. */
        Pending pending[LISTING_BATCH];
        size_t n_pending;
        Packet packet;
        /* Kept while staging. */
        int64_t people, fobs, changed, added, present, work;
        bool disturbed;
        /* By listing-apply.c. */
        bool compared;          /* unlisted is filled */
        bool applying;
        ListingTally tally;
        int64_t cursor;         /* the last id of listing, then of unlisted, that was applied */
        bool listing_done, unlisted_done;
        const char *lookups;    /* statements of state_lookups that are still to be run; NULL: they were not dropped */
};

/* Stages what is pending. */
int listing_flush(State *state, Error *reterr);

/* What ends with the state: its buffers; the temporary tables go with the connection. */
void listing_free(State *state);

/* When the listing under way began; 0: none is. */
int64_t listing_begun_usec(const State *state);

/* A row came, went or was written while a listing is under way: the short cut of its tally does not hold. */
void listing_disturb(State *state);
