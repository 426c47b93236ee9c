/* Lists, block by block. */

#include "tests/simulator/listing.h"

#include <errno.h>
#include <string.h>

#include "tests/simulator/sim.h"
#include "tests/simulator/store-credential.h"
#include "tests/simulator/store-event.h"
#include "tests/simulator/transform.h"

enum {
        RECORDS_PER_BLOCK = 256,        /* read at once, while everybody else waits: well below a millisecond */
};

struct Listing {
        Sim *sim;
        ListKind kind;
        const FaultSet *faults;
        bool transformed;               /* some fault changes records */
        uint64_t records_max;
        bool broken;                    /* ends in the middle of the record after records_max */
        bool started;
        bool ended;
        int64_t last_id;
        int64_t from;                   /* of events */
        uint64_t records;               /* shown so far */
        Text block;
        size_t offset;                  /* into the block */
};

int listing_new(Sim *sim, ListKind kind, const FaultSet *faults, Listing **ret) {
        Listing *listing = calloc(1, sizeof(*listing));
        const Fault *cut;

        if (!listing)
                return -ENOMEM;
        listing->sim = sim;
        listing->kind = kind;
        listing->records_max = UINT64_MAX;
        *ret = listing;
        if (!faults)
                return 0;

        listing->faults = faults;
        listing->transformed = transform_needed(faults);
        cut = fault_set_find(faults, FAULT_LIST_SHORT);
        if (!cut) {
                cut = fault_set_find(faults, FAULT_LIST_BROKEN);
                listing->broken = cut;
        }
        if (cut)
                listing->records_max = (uint64_t) cut->users;
        return 0;
}

Listing *listing_free(Listing *listing) {
        if (!listing)
                return NULL;

        text_free(&listing->block);
        free(listing);
        return NULL;
}

void listing_set_from(Listing *listing, int64_t from) {
        listing->from = from;
}

static int append(Listing *listing, const StoredRecord *record) {
        if (listing->kind == LIST_USERS_BY_HAND)
                return transform_by_hand(record, &listing->block);
        if (listing->transformed)
                return transform_record(listing->faults, true, record, &listing->block);
        text_append(&listing->block, record->json, record->length);
        return 0;
}

static int add(void *context, const StoredRecord *record) {
        Listing *listing = context;
        size_t before = listing->block.length;
        int r;

        if (listing->records >= listing->records_max) {
                if (listing->broken)
                        text_append(&listing->block, record->json, record->length / 2);
                listing->ended = true;
                return 1;
        }

        listing->last_id = record->id;
        if (listing->records > 0)
                text_puts(&listing->block, ",");
        r = append(listing, record);
        if (r < 0)
                return r;
        if (r == TRANSFORM_HIDDEN)
                listing->block.length = before;
        else
                listing->records++;
        return text_status(&listing->block);
}

static int read_credentials(Listing *listing, size_t *ret) {
        const Settings *settings = &listing->sim->settings;
        CredentialsView view = {
                .fobs = settings->credential_fobs,
                .as_object = settings->credential_user == CREDENTIAL_USER_OBJECT,
        };

        return store_credentials_read(listing->sim->store, &view, listing->last_id, RECORDS_PER_BLOCK, add, listing,
                                      ret);
}

/* All of them make one block: in no order of their ids could a second one begin where the first one ended. */
static int read_events(Listing *listing) {
        EventsView view = { .from = listing->from, .order = listing->sim->settings.events_order };
        int r;

        r = store_events_read(listing->sim->store, &view, add, listing);
        listing->ended = true;
        return r;
}

static int read_block(Listing *listing, size_t *ret) {
        Store *store = listing->sim->store;
        int64_t after = listing->last_id;
        size_t max = RECORDS_PER_BLOCK;

        switch (listing->kind) {
        case LIST_USERS:
        case LIST_USERS_BY_HAND:
                return store_users_read(store, after, max, add, listing, ret);
        case LIST_FOBS:
                return store_fobs_read(store, after, max, add, listing, ret);
        case LIST_FOBCHECK:
                return store_fobcheck_read(store, after, max, add, listing, ret);
        case LIST_CREDENTIALS:
                return read_credentials(listing, ret);
        case LIST_LEVELS:
                return store_levels_read(store, after, max, add, listing, ret);
        case LIST_DOORS:
                return store_doors_read(store, DOOR_VIEW, after, max, add, listing, ret);
        case LIST_DOORSTATES:
                return store_doors_read(store, DOOR_VIEW_STATE, after, max, add, listing, ret);
        case LIST_SCHEDULES:
                return store_schedules_read(store, after, max, add, listing, ret);
        case LIST_EVENTS:
                return read_events(listing);
        }
        return -EINVAL;
}

static int fill(Listing *listing) {
        size_t n = 0;
        int r;

        text_reset(&listing->block);
        listing->offset = 0;
        if (!listing->started)
                text_puts(&listing->block, listing->kind == LIST_USERS_BY_HAND ? "{\"users\":[" : "{\"data\":[");
        listing->started = true;

        sim_lock(listing->sim);
        r = read_block(listing, &n);
        sim_unlock(listing->sim);
        if (r < 0)
                return r;
        listing->ended = listing->ended || n < RECORDS_PER_BLOCK;
        if (listing->ended && !(listing->broken && listing->records >= listing->records_max))
                text_puts(&listing->block, "]}");
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

int listing_length(const Listing *listing, uint64_t *ret) {
        Listing whole = {
                .sim = listing->sim,
                .kind = listing->kind,
                .faults = listing->faults,
                .transformed = listing->transformed,
                .records_max = listing->records_max,
                .broken = listing->broken,
                .from = listing->from,
        };
        int r = 0;

        *ret = 0;
        while (r == 0 && !whole.ended) {
                r = fill(&whole);
                *ret += whole.block.length;
        }
        text_free(&whole.block);
        return r;
}
