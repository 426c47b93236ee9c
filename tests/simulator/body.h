#pragma once

/*
 * Bodies
 *
 * The body of an answer as it is sent in pieces: a text or a listing, cut or stalled by a fault.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "tests/simulator/listing.h"

enum {
        BODY_BLOCK = 128 * 1024,
};

typedef struct BodyFaults {
        uint64_t cut_at;        /* UINT64_MAX: never, here and below */
        uint64_t stall_at;
        uint64_t stall_usec;
        const Fault *stall;     /* clearing it ends the stall; borrowed from the request */
        bool promise_length;    /* Content-Length in place of chunks */
} BodyFaults;

#define BODY_FAULTS_NONE ((BodyFaults) { .cut_at = UINT64_MAX, .stall_at = UINT64_MAX })

typedef struct Body Body;

bool body_faults_any(const BodyFaults *faults);

/* Takes over the text and the listing. */
int body_new(Sim *sim, Text *text, Listing **listing, const BodyFaults *faults, Body **ret);

/* As libmicrohttpd calls it. */
ssize_t body_read(void *body, uint64_t position, char *buffer, size_t max);

/* The length to promise: the true one, or more than is sent before the cut. */
int body_promise(Body *body, uint64_t *ret);

void body_free(void *body);
