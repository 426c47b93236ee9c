#pragma once

/*
 * The history: what was done, append-only and hash-chained
 *
 * Each entry's hash is made of the hash before it and of the entry, so that none can be changed, dropped or slipped in
 * unseen; save at the end, where a head that was written down elsewhere (the journal has one a day) tells.
 */

#include "lib/base/digest.h"
#include "lib/state/state.h"

typedef struct HistoryEntry {
        int64_t id;
        int64_t at_usec;
        int64_t cycle;
        char *key;                      /* NULL: about no single person */
        char *action;                   /* "revoked", "changed", "created", "adopted", "parked", "confirmed" … */
        char *detail;                   /* JSON object: before, after, answer; no PIN, no secret */
} HistoryEntry;

void history_entry_deinit(HistoryEntry *entry);
/* Appends, chaining hash = BLAKE2b(previous hash, the entry). Its id follows the last one, whatever entry->id is. */
int history_append(State *state, const HistoryEntry *entry, Error *reterr);
/* The end of the chain, for the journal: id and hash of the newest entry; 0 and zeros when there never was one. */
int history_head(State *state, int64_t *ret_id, uint8_t ret_hash[HASH_SIZE], Error *reterr);
/* Newest first: the entry with id < @before (0: from the end), of @key (NULL: all). 0, STATE_NONE. */
int history_previous(State *state, const char *key, int64_t before, HistoryEntry *ret, Error *reterr);

/* What is looked for. Cycles and times do not only grow (reads overlap, clocks are set): every entry is looked at. */
typedef struct HistoryFilter {
        const char *key;                /* NULL: all */
        int64_t cycle;                  /* -1: all */
        int64_t since_usec, until_usec; /* from, and before; 0 and INT64_MAX: all */
} HistoryFilter;

#define HISTORY_ALL ((HistoryFilter) { .cycle = -1, .until_usec = INT64_MAX })

enum {
        HISTORY_AGAIN = 8,      /* a piece was looked at, and nothing was in it: call again */
};

/* Newest first: the next before *before (0: from the end), which moves on. 0, STATE_NONE: the end, HISTORY_AGAIN. */
int history_find(State *state, const HistoryFilter *filter, int64_t *before, HistoryEntry *ret, Error *reterr);

/* The chain recomputed, piece by piece; zeroed to begin with. Entries may come, and old ones go, between two pieces. */
typedef struct HistoryCheck {
        bool wanted;                    /* a head that was written down once is looked for … */
        uint8_t head[HASH_SIZE];
        bool found;                     /* … and is that of this entry */
        int64_t found_id, found_usec;   /* its time is 0 for one that was dropped for its age since */
        bool begun;
        int64_t n;                      /* so far, and the two ends of them */
        int64_t first_id, first_usec, last_id, last_usec;
        uint8_t hash[HASH_SIZE];        /* of the last one; in the end that is the head */
        int64_t bad;                    /* the first id that does not fit or is not there */
} HistoryCheck;

/* At most @max entries. 0: the whole chain is sound, 1: there is more, STATE_DAMAGED with .bad. */
int history_check(State *state, HistoryCheck *check, unsigned max, Error *reterr);

/* Drops entries older than @before_usec; the chain can be verified from the first that stays. At most @max; 1: more. */
int history_prune(State *state, int64_t before_usec, unsigned max, Error *reterr);
