#pragma once

/*
 * The pump: asks the sync what to do next, and has it done
 *
 * After everything that happens it asks until the sync wants to wait; a piece of work at a time, as one source of the
 * loop among its equals, so that sockets are served in between.
 */

#include "lib/base/cleanup.h"
#include "lib/base/error.h"

typedef struct Service Service;
typedef struct Pump Pump;

int pump_new(Service *service, Pump **ret, Error *reterr);
Pump *pump_free(Pump *pump);
DEFINE_CLEANUP(Pump *, pump_free)

/* The sync is asked in one of the next turns of the loop. */
void pump_poke(Pump *pump);
