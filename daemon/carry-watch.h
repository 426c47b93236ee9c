#pragma once

/*
 * Watches HR: NOTIFYs for the sync, and who of several daemons leads
 *
 * The lock is one of the HR database for the Lockt instance, so that a second host's daemon stands by. We lead until
 * a connection has told us otherwise: HR being down must not keep a revocation in the queue.
 */

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/cleanup.h"
#include "lib/base/error.h"

typedef struct Service Service;
typedef struct Watch Watch;

int carry_watch_new(Service *service, Watch **ret, Error *reterr);
Watch *carry_watch_free(Watch *watch);
DEFINE_CLEANUP(Watch *, carry_watch_free)

/* The configuration of the service has changed: connects anew where that matters. */
int carry_watch_configure(Watch *watch, Error *reterr);

bool carry_watch_listening(const Watch *watch);

/* The key of the advisory lock: of the address and the API user, the same on every host. */
int64_t carry_watch_lock(const char *url, const char *apiuser);
