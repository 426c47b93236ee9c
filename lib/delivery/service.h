#pragma once

/*
 * Service: is Lockt well, and when to try again
 *
 * Exponential back-off with jitter for the service as a whole. A waiting revocation is the probe: it may try every
 * retry.first, however long the others wait; and at once after a first failure that was not a revocation's (invariant 2).
 */

#include <stdbool.h>
#include <stdint.h>

typedef struct Service {
        int64_t first_usec, max_usec;   /* retry.first, retry.max */
        uint64_t seed;
        unsigned failures;              /* in a row */
        bool take_failed;               /* the last one was a revocation's */
        int64_t failed_usec;            /* when the last one came */
        int64_t next_usec;              /* what gives may try from here on */
        int64_t not_before_usec;        /* Retry-After: binds everybody (ruling 15) */
} Service;

void service_init(Service *service, int64_t first_usec, int64_t max_usec, uint64_t seed);
void service_failed(Service *service, int64_t now_usec, bool take, int64_t retry_after_usec);
void service_well(Service *service);

/* From when on a revocation, or anything else, may try; 0: at once. */
int64_t service_from_usec(const Service *service, bool take);

/* The wait after @attempts failures (1 …): doubles from first to max, with up to a quarter of jitter off. */
int64_t service_backoff(Service *service, unsigned attempts);
