#pragma once

/*
 * Replies
 *
 * What is to be answered, in the shapes that the API document knows (ruling 11), and what a fault makes of it.
 */

#include "tests/simulator/body.h"
#include "tests/simulator/request.h"

typedef struct Reply {
        unsigned status;
        const char *content_type;       /* borrowed from the fault that set it, which the request holds */
        int64_t retry_after;            /* -1: none */
        json_object *headers;           /* more of them; borrowed likewise */
        Text text;
        Listing *listing;               /* in place of the text */
        bool cut;                       /* no answer: the connection goes */
        bool reset;                     /* by RST */
        BodyFaults faults;
} Reply;

void reply_init(Reply *reply);
void reply_deinit(Reply *reply);

/* Forgets what was to be answered, apart from the faults of the body. */
void reply_clear(Reply *reply);

/* {"data":{"error":"…"}} */
int reply_error(Reply *reply, unsigned status, const char *format, ...) _printf_(3, 4);

/* The documented error of a status. */
int reply_status(Reply *reply, unsigned status);

/* Appends a record to the list that the text ends with, as a StoreEach. */
int reply_append(void *reply, const StoredRecord *record);

/* Hands the answer to the network. Without the lock. */
enum MHD_Result reply_send(Reply *reply, Request *request);
