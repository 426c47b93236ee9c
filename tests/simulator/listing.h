#pragma once

/*
 * Listings
 *
 * All users as one JSON answer, read from the store block by block while it is being sent. So it needs little memory,
 * nobody waits for it, and as in any service without paging, a write that happens meanwhile is seen or is not.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/cleanup.h"
#include "tests/simulator/fault.h"

typedef struct Sim Sim;
typedef struct Listing Listing;

/*
 * With @by_hand as the administration shows it, with PINs; otherwise as the API does, with @faults, which are borrowed
 * from the request that the listing answers. With the lock.
 */
int listing_new(Sim *sim, bool by_hand, const FaultSet *faults, Listing **ret);

/* With the lock or without. */
Listing *listing_free(Listing *listing);

/* Copies the next piece; 0 at the end. Without the lock. */
ssize_t listing_read(Listing *listing, char *buffer, size_t max);

/* The length of the whole listing, as long as nothing changes and no fault changes it. Without the lock. */
int listing_length(Listing *listing, uint64_t *ret);
