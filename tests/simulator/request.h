#pragma once

/*
 * Requests
 *
 * One request from its first header to the end of its answer.
 */

#include <microhttpd.h>
#include <stdbool.h>

#include "tests/simulator/json.h"
#include "tests/simulator/sim.h"

#define API_BASE "/api/v1"
#define ADMIN_BASE "/_sim"

enum {
        REQUEST_BODY_MAX = 8 * 1024 * 1024,
        REQUEST_METHOD_MAX = 16,
        REQUEST_PATH_MAX = 256,
};

typedef struct Request {
        Sim *sim;
        struct MHD_Connection *connection;      /* borrowed */
        char method[REQUEST_METHOD_MAX];
        char path[REQUEST_PATH_MAX];            /* below the base path */
        bool api;                               /* below API_BASE; otherwise the administration's, or nobody's */
        bool admin;
        bool write;
        bool running;                           /* it counts among the writes that are being worked on */
        bool overlapping;                       /* another one was when it came */
        bool too_large;
        Text body;
        json_object *json;                      /* of the body; NULL when there is none, or none that is JSON */
        bool json_valid;
        FaultSet faults;
        LogEntry *entry;                        /* of requests to the API */
} Request;

/* The headers are there: the request takes its place in the log and among the writes. */
int request_new(Sim *sim, struct MHD_Connection *connection, const char *method, const char *url, Request **ret);

/* Takes a piece of the body; what is past the limit is noted and forgotten. */
int request_append(Request *request, const char *data, size_t length);

/* The body is there. Without the lock. */
int request_parse(Request *request);

/* The request's place among the writes is free again, before its answer leaves. With the lock. */
void request_leave(Request *request);

/* Without the lock; @broken when the answer was not taken to its end. */
void request_free(Request *request, bool broken);

/* The value of an argument of the query, or NULL. Borrowed. */
const char *request_argument(const Request *request, const char *name);

/* Reads the argument as a whole number above 0; NULL arguments count as 0. */
int request_argument_number(const Request *request, const char *name, int64_t *ret);

/* Borrowed; NULL when it is absent. */
const char *request_header(const Request *request, const char *name);

/* "none", "id" or "idnum": what a read asks for. */
const char *request_query(const Request *request);

/* The records of a body, by the name that the documented bodies have for their list; NULL when there are none. */
json_object *request_records(const Request *request);

/* Whether the request names the user @id_num, in its body or in its query. With the lock. */
bool request_concerns(void *request, const char *id_num);
