#pragma once

/*
 * Listings
 *
 * All records of a kind as one JSON answer, read from the store block by block while it is being sent. So it needs
 * little memory, nobody waits for it, and as in any service without paging, a write that happens meanwhile is seen or
 * is not.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/cleanup.h"
#include "tests/simulator/fault.h"

typedef struct Sim Sim;
typedef struct Listing Listing;

typedef enum ListKind {
        LIST_USERS,             /* and fobs among them (ruling 32) */
        LIST_USERS_BY_HAND,     /* as the administration shows them, with PINs */
        LIST_FOBS,
        LIST_FOBCHECK,          /* fobs with their last activity */
        LIST_CREDENTIALS,
        LIST_LEVELS,
        LIST_DOORS,
        LIST_DOORSTATES,
        LIST_SCHEDULES,
        LIST_EVENTS,
} ListKind;

/* @faults are borrowed from the request that the listing answers; NULL for the administration. With the lock. */
int listing_new(Sim *sim, ListKind kind, const FaultSet *faults, Listing **ret);

/* Of events, only those from this id on. */
void listing_set_from(Listing *listing, int64_t from);

/* With the lock or without. */
Listing *listing_free(Listing *listing);

/* Copies the next piece; 0 at the end. Without the lock. */
ssize_t listing_read(Listing *listing, char *buffer, size_t max);

/* The length of the whole listing, as long as nothing changes; it is read for that. Without the lock. */
int listing_length(const Listing *listing, uint64_t *ret);
