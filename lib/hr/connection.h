#pragma once

/*
 * One connection to PostgreSQL on an sd_event loop
 *
 * Looks the host up, connects, sets the session up, and then says when there is input. What is sent and understood over
 * it is its owner's business (reader.c, watcher.c). In each callback the connection may be freed.
 */

#include <libpq-fe.h>

#include "lib/hr/hr.h"

typedef struct HrConnection HrConnection;

typedef struct HrConnectionHandler {
        /* Connected and set up; nothing is under way on it. */
        void (*ready)(void *userdata);
        /* There is input: hr_connection_consume() takes it in, when what came before has been dealt with. */
        void (*readable)(void *userdata);
        /* It could not be made, or it broke: it is of no more use, and nothing else will be called. */
        void (*lost)(void *userdata, int code, const Error *error);
} HrConnectionHandler;

/*
 * The options' texts are borrowed for as long as it lives. Fails only when memory is out: all else is told to lost().
 */
int hr_connection_new(sd_event *event, const HrOptions *options, const HrConnectionHandler *handler, void *userdata,
                      HrConnection **ret);
HrConnection *hr_connection_free(HrConnection *connection);
DEFINE_CLEANUP(HrConnection *, hr_connection_free)

/* Whether ready() has been called. */
bool hr_connection_is_ready(const HrConnection *connection);

PGconn *hr_connection_pg(HrConnection *connection);

/* What this role may ask about the cluster. */
bool hr_connection_sees_system(const HrConnection *connection);
bool hr_connection_sees_checkpoint(const HrConnection *connection);

/*
 * Sends what libpq holds back; to be called after every PQsend…(). 0, or a negative errno when the connection is
 * broken.
 */
int hr_connection_flush(HrConnection *connection);

/* Takes in what has arrived without waiting. 0, or a negative errno when the connection is broken. */
int hr_connection_consume(HrConnection *connection);
