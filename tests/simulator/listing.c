/* The list of all users, block by block. */

#include "tests/simulator/listing.h"

#include <errno.h>
#include <string.h>

#include "tests/simulator/sim.h"
#include "tests/simulator/transform.h"

enum {
        USERS_PER_BLOCK = 256,          /* read at once, while everybody else waits: well below a millisecond */
};

struct Listing {
        Sim *sim;
        bool by_hand;
        const FaultSet *faults;
        bool transformed;               /* some fault changes users */
        uint64_t users_max;
        bool broken;                    /* ends in the middle of the record after users_max */
        bool started;
        bool ended;
        int64_t last_id;
        uint64_t users;                 /* shown so far */
        Text block;
        size_t offset;                  /* into the block */
};

int listing_new(Sim *sim, bool by_hand, const FaultSet *faults, Listing **ret) {
        Listing *listing = calloc(1, sizeof(*listing));
        const Fault *cut;

        if (!listing)
                return -ENOMEM;
        listing->sim = sim;
        listing->by_hand = by_hand;
        listing->users_max = UINT64_MAX;
        *ret = listing;
        if (by_hand)
                return 0;

        listing->faults = faults;
        listing->transformed = transform_needed(faults);
        cut = fault_set_find(faults, FAULT_LIST_SHORT);
        if (!cut) {
                cut = fault_set_find(faults, FAULT_LIST_BROKEN);
                listing->broken = cut;
        }
        if (cut)
                listing->users_max = (uint64_t) cut->users;
        return 0;
}

Listing *listing_free(Listing *listing) {
        if (!listing)
                return NULL;

        text_free(&listing->block);
        free(listing);
        return NULL;
}

static int add_user(void *context, const StoredUser *user) {
        Listing *listing = context;
        size_t before = listing->block.length;
        int r;

        if (listing->users >= listing->users_max) {
                if (listing->broken)
                        text_append(&listing->block, user->json, user->length / 2);
                listing->ended = true;
                return 1;
        }

        listing->last_id = user->id;
        if (listing->users > 0)
                text_puts(&listing->block, ",");
        if (listing->by_hand)
                r = transform_by_hand(user, &listing->block);
        else if (listing->transformed)
                r = transform_user(listing->faults, true, user, &listing->block);
        else {
                text_append(&listing->block, user->json, user->length);
                r = 0;
        }
        if (r < 0)
                return r;
        if (r == TRANSFORM_HIDDEN)
                listing->block.length = before;
        else
                listing->users++;
        return text_status(&listing->block);
}

static int fill(Listing *listing) {
        bool was_ended = listing->ended;
        size_t n = 0;
        int r;

        text_reset(&listing->block);
        listing->offset = 0;
        if (!listing->started)
                text_puts(&listing->block, listing->by_hand ? "{\"users\":[" : "{\"data\":[");
        listing->started = true;

        if (!was_ended) {
                sim_lock(listing->sim);
                r = store_users_read(listing->sim->store, listing->last_id, USERS_PER_BLOCK, add_user, listing, &n);
                sim_unlock(listing->sim);
                if (r < 0)
                        return r;
                listing->ended = listing->ended || n < USERS_PER_BLOCK;
                if (listing->ended && !(listing->broken && listing->users >= listing->users_max))
                        text_puts(&listing->block, "]}");
        }
        return text_status(&listing->block);
}

ssize_t listing_read(Listing *listing, char *buffer, size_t max) {
        size_t n = 0;

        while (n < max) {
                size_t rest = listing->block.length - listing->offset;

                if (rest == 0) {
                        if (listing->ended || fill(listing) < 0)
                                break;
                        continue;
                }
                if (rest > max - n)
                        rest = max - n;
                memcpy(buffer + n, listing->block.data + listing->offset, rest);
                listing->offset += rest;
                n += rest;
        }
        return n == 0 && !listing->ended ? -EIO : (ssize_t) n;
}

int listing_length(Listing *listing, uint64_t *ret) {
        int64_t bytes = 0, users = 0;
        int r;

        sim_lock(listing->sim);
        r = store_users_bytes(listing->sim->store, &bytes);
        if (r == 0)
                r = store_users_count(listing->sim->store, &users);
        sim_unlock(listing->sim);
        if (r < 0)
                return r;
        *ret = strlen("{\"data\":[]}") + (uint64_t) bytes + (uint64_t) (users > 0 ? users - 1 : 0);
        return 0;
}
