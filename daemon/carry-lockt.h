#pragma once

/*
 * Carries requests of the sync to Lockt, and the answers back
 *
 * When the configuration or the credentials change, a new client takes over; a call of the former one ends as it began,
 * and the client goes with its last call.
 */

#include "lib/base/cleanup.h"
#include "lib/base/error.h"
#include "lib/lockt/lockt.h"
#include "lib/sync/sync.h"

typedef struct Service Service;
typedef struct LocktCarrier LocktCarrier;

int carry_lockt_new(Service *service, LocktCarrier **ret, Error *reterr);
LocktCarrier *carry_lockt_free(LocktCarrier *carrier);
DEFINE_CLEANUP(LocktCarrier *, carry_lockt_free)

/* Makes a client of the service's configuration and secrets for all further calls. On failure the present one stays. */
int carry_lockt_configure(LocktCarrier *carrier, Error *reterr);

/* Starts what the sync asked for: one of SYNC_LIST_LEVELS, SYNC_LIST_USERS, SYNC_GET_USER, SYNC_WRITE. */
void carry_lockt_start(LocktCarrier *carrier, const SyncAction *action);

bool carry_lockt_writing(const LocktCarrier *carrier);

/* For what is asked beside the sync (check). */
Lockt *carry_lockt_client(LocktCarrier *carrier);

/*
 * Somebody's turn to ask Lockt beside the sync (get, create). Reads wait for listings of the sync and for each other;
 * writes wait for the sync's write, and while one has the slot, the sync is asked for nothing. A turn is over before
 * another configuration is in force.
 */
typedef struct LocktTurn {
        void (*ready)(void *userdata);  /* it has come; not called from carry_lockt_queue() */
        void *userdata;
        bool write;
        bool come;
        LocktCarrier *carrier;          /* NULL: not in the queue */
        struct LocktTurn *next;
} LocktTurn;

/* Queues up with the first three members set. Whether it has come at once is in turn->come. */
void carry_lockt_queue(LocktCarrier *carrier, LocktTurn *turn);
/* Ends a turn, or gives up waiting for it; nothing for one that is not in the queue. */
void carry_lockt_leave(LocktTurn *turn);
bool carry_lockt_slot_lent(const LocktCarrier *carrier);

/* Options for a client, and for bodies that are printed; they borrow from @config and the secrets in force. */
LocktOptions carry_lockt_options(const Service *service, const Config *config);
