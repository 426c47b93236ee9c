#pragma once

/*
 * HTTP below the client: libcurl's multi handle in an sd_event loop
 *
 * Sockets and the timer of libcurl are event sources; requests start, and finished ones are handed out one a turn of
 * the loop, from a source of their own, so that no callback runs inside the call that starts a request.
 *
 * HTTP/1.1 over TLS 1.2 or newer, peer and host verified; plain HTTP to a loopback address alone (ruling 1). Redirects
 * are not followed (ruling 41). HTTPS goes through the proxy that `https_proxy` names, if the unit sets it: the key
 * travels inside TLS, end to end. Loopback never has a proxy. Keys are in the headers of one list, wiped in the end.
 */

#include <systemd/sd-event.h>

#include "lib/base/error.h"
#include "lib/lockt/lockt.h"

typedef struct Transport Transport;
typedef struct Transfer Transfer;

enum {
        TRANSFER_STREAM = 1,            /* may last as long as bytes arrive; others have to be done in time */
        TRANSFER_FRESH = 2,             /* on a connection of its own, so that nothing is sent twice (ruling 35) */
};

/* How a transfer ended. */
typedef struct TransferEnd {
        int code;                       /* CURLcode */
        bool sent;                      /* bytes of the request have left */
        long status;
        uint64_t retry_after_usec;      /* bounded to an hour */
        const char *detail;             /* libcurl's own words; borrowed */
} TransferEnd;

typedef struct TransferHandler {
        /* Bytes of the answer's body. A negative answer ends the transfer. */
        int (*body)(void *userdata, long status, const char *bytes, size_t length);
        void (*done)(void *userdata, const TransferEnd *end);
        void *userdata;
} TransferHandler;

/* Only .url, .apiuser, .apikey, .ca_file and .timeout_usec are looked at. */
int transport_new(sd_event *event, const LocktOptions *options, Transport **ret, Error *reterr);
/* Ends all transfers without a word. Not from within TransferHandler.body. */
Transport *transport_free(Transport *transport);
DEFINE_CLEANUP(Transport *, transport_free)

/* Host (and port) as the URL has them, for sentences. */
const char *transport_host(const Transport *transport);

/*
 * Starts "@method URL@path" on the next turn of the loop. @body (NULL: none) is taken over and wiped.
 */
int transport_start(Transport *transport, const char *method, const char *path, char *body, size_t length,
                    unsigned flags, const TransferHandler *handler, Transfer **ret, Error *reterr);

/* Stops taking in the answer, or goes on with it in a later turn of the loop; allowed inside the callbacks. */
void transfer_hold(Transfer *transfer, bool hold);

/* Neither callback is called any more; allowed inside both. */
void transfer_cancel(Transfer *transfer);

/*
 * The verdict on a transfer that ended without a whole answer (ruling 14). A write that may have arrived is unknown,
 * one that did not leave is not; a read may simply be repeated. 0 or -ENOMEM.
 */
int transfer_judge(const Transport *transport, const TransferEnd *end, bool write, LocktAnswer *ret);
