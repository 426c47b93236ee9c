#pragma once

/*
 * Who is as before a cycle, not as HR wants (`locktsyncctl revert`)
 *
 * HR's row, as long as it is the one that was behind the last evaluation then, is not acted upon.
 */

#include "lib/base/digest.h"
#include "lib/state/state.h"

typedef struct Reverted {
        char *key;
        int64_t cycle;                  /* that was reverted */
        int64_t since_usec;
        bool has_digest;                /* false: HR had no row */
        uint8_t digest[DIGEST_SIZE];
} Reverted;

void reverted_deinit(Reverted *reverted);
int reverted_get(State *state, const char *key, Reverted *ret, Error *reterr);          /* 0, STATE_NONE */
int reverted_put(State *state, const Reverted *reverted, Error *reterr);                /* inserts or replaces */
int reverted_delete(State *state, const char *key, Error *reterr);                      /* 0, STATE_NONE */
/* By key from @after (NULL: the first); 0, STATE_NONE. */
int reverted_next(State *state, const char *after, Reverted *ret, Error *reterr);
/* How many, and the newest of the cycles (0: none). */
int reverted_count(State *state, int64_t *ret, int64_t *ret_cycle, Error *reterr);
