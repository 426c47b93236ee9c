#pragma once

/*
 * A consistent copy of the state, piece by piece
 *
 * First the pages go into a file in the state directory (mode 0600), while the loop turns and writes go on; they reach the
 * copy too. When it is whole it knows that it is one: who starts with it is told so. Then its bytes are read, and the file
 * goes away. pin.key, which keys the digests of PINs, is not part of it.
 */

#include <stddef.h>

#include "lib/state/state.h"

typedef struct StateCopy StateCopy;

/* One at a time. What a crash leaves behind is removed at the next start. */
int state_copy_new(State *state, int64_t now_usec, StateCopy **ret, Error *reterr);
StateCopy *state_copy_free(StateCopy *copy);
DEFINE_CLEANUP(StateCopy *, state_copy_free)

/* Copies up to @pages. 0: it is whole, and its size is known; 1: there is more. */
int state_copy_step(StateCopy *copy, unsigned pages, Error *reterr);
/* In thousandths, before it is whole; its bytes, when it is. */
unsigned state_copy_permille(const StateCopy *copy);
int64_t state_copy_size(const StateCopy *copy);

/* The next bytes of a whole copy; *ret_n is 0 at the end. */
int state_copy_read(StateCopy *copy, void *buffer, size_t size, size_t *ret_n, Error *reterr);

/* The time of the copy that this state was restored from, told once; 0: it is none, or it was told. */
int state_take_restored(State *state, int64_t *ret, Error *reterr);
