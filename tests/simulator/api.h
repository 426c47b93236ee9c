#pragma once

/*
 * The API
 *
 * A request to the service from its arrival to its answer: faults, credentials, headers, one write at a time, and then
 * the endpoint.
 */

#include "tests/simulator/reply.h"

/* Without the lock. The request has left the writes when this returns. */
int api_serve(Request *request, Reply *reply);

/* The same for the administration. */
int admin_serve(Request *request, Reply *reply);

/* "No data found or invalid JSON objects supplied. Could not parse input." */
int api_no_data(Reply *reply);
