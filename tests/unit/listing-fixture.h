#pragma once

/* Listings for the tests of lib/state: taken in user by user, compared and applied to their end. */

#include "state-fixture.h"

/* What was told of each by the application since the listing began, in order; the ids of the first ones. */
extern struct Told {
        int64_t ids[64];
        int64_t former_ids[64];
        size_t n;
} told;

int list_tell(void *userdata, const HeldUser *before, int64_t id);

void list_begin(Fixture *f, int64_t at);
void list_user(Fixture *f, int64_t id, const char *id_num, const char *card_num);
void list_fob(Fixture *f, int64_t id);

/* Compares the listing, piece by piece. */
ListingTally list_tally(Fixture *f);

/* Applies it, up to @max changes a piece. How many pieces it took. */
unsigned list_apply(Fixture *f, unsigned max);

HeldUser held_of(Fixture *f, int64_t id);
void assert_held(Fixture *f, int64_t id, const char *card_num, int64_t seen, bool missing);
