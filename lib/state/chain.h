#pragma once

/* What the two files of the history share: the ends of the chain, and how an entry is hashed. */

#include "lib/state/database.h"
#include "lib/state/history.h"

typedef struct ChainEnd {
        int64_t id;
        uint8_t hash[HASH_SIZE];
} ChainEnd;

/* "anchor": the last entry that was dropped for its age; "head": the last that was appended. */
int chain_get_end(State *state, const char *name, ChainEnd *ret, Error *reterr);

/* 0, -ENOMEM, -E2BIG. */
int chain_hash(const uint8_t previous[HASH_SIZE], const HistoryEntry *entry, uint8_t ret[HASH_SIZE]);

#define HISTORY_COLUMNS "id, at_usec, cycle, key, action, detail"
int history_take_entry(Statement *s, HistoryEntry *ret, Error *reterr);
