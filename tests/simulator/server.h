#pragma once

/*
 * Server
 *
 * The HTTP side: a thread for every connection, so that a request that waits is in nobody's way.
 */

#include <stdint.h>

#include "tests/simulator/options.h"
#include "tests/simulator/sim.h"

typedef struct Server Server;

int server_start(Sim *sim, const Options *options, Server **ret, Error *reterr);

/* Ends all connections; who waits is let go by sim_stop() before. */
Server *server_stop(Server *server);
DEFINE_CLEANUP(Server *, server_stop)

uint16_t server_port(const Server *server);
