#pragma once

/*
 * Where a value is to be found in the packed lists: what packed.c writes and lookup.c reads
 *
 * Entries are compared as bytes, so that users of one value stand together, by id.
 */

#include "lib/state/lookup.h"

#define PACKED_BUCKETS 16384u           /* 2^14: with a million users, a bucket is 4 KiB */
#define PACKED_TAG 4                    /* bytes of the digest in an entry */
#define PACKED_ENTRY (PACKED_TAG + 8)   /* … and the id, its highest byte first */

typedef struct PackedPlace {
        uint32_t bucket;
        uint8_t tag[PACKED_TAG];
} PackedPlace;

/* Of @value, and of a first name with LOOKUP_NAME; neither needs a NUL at its end. */
void packed_place(const State *state, LookupKind kind, const char *value, size_t n, const char *first, size_t n_first,
                  PackedPlace *ret);
