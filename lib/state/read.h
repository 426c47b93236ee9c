#pragma once

/* When HR was read, of the reads that found something: what the line of times in an explanation is made of. */

#include "lib/state/state.h"

typedef struct ReadTimes {
        int64_t number;
        int64_t previous_usec;          /* begin of the complete read before it; 0: there was none */
        int64_t notified_usec;          /* when HR told of a change; 0: nobody told */
        int64_t begun_usec, ended_usec;
} ReadTimes;

/* Also forgets reads that are thousands of numbers older. */
int read_times_put(State *state, const ReadTimes *times, Error *reterr);
int read_times_get(State *state, int64_t number, ReadTimes *ret, Error *reterr);        /* 0, STATE_NONE */
