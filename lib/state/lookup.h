#pragma once

/*
 * Finding users by what they have, for the files of this module
 *
 * A user's row is in the indexes, or, since a first listing brought it, in the packed lists of table user_lookup
 * (sql/state/0004-lookups.sql says why). PackedLists collects those while a listing arrives, and writes them bucket by
 * bucket; lookup_find() asks both. A value that is empty is never found.
 */

#include "lib/state/record.h"

typedef enum LookupKind {
        LOOKUP_ID_NUM,
        LOOKUP_CARD_NUM,
        LOOKUP_EMAIL,           /* without case (ASCII), as names too */
        LOOKUP_NAME,            /* last and first name */
        LOOKUP_LAST_NAME,
        LOOKUPS,
} LookupKind;

typedef struct Lookup {
        LookupKind kind;
        const char *value;      /* of a name: the last one */
        const char *first_name; /* empty: who has none */
        int64_t except;         /* 0: nobody */
        bool unlinked_only;
} Lookup;

/* The lowest @max ids, ascending, without missing users. */
int lookup_find(State *state, const Lookup *lookup, int64_t *ret, size_t max, size_t *ret_n, Error *reterr);

typedef struct PackedLists PackedLists;

PackedLists *packed_lists_new(void);    /* NULL when memory is out */
PackedLists *packed_lists_free(PackedLists *lists);
DEFINE_CLEANUP(PackedLists *, packed_lists_free)

enum {
        LOOKUP_CROWDED = 1,     /* too many others have a name in common: this user belongs into the indexes */
};

/* Collects what a user is found by. Inside a transaction, since full parts go to a table of the listing. */
int packed_lists_add(PackedLists *lists, State *state, int64_t id, const PacketUser *user, Error *reterr);

/* Before the first bucket is written: what the lists held before is no more, and who was in them is in the indexes. */
int packed_lists_begin(State *state, Error *reterr);

/* Writes some buckets from @bucket on, inside a transaction, and moves it. 1: there are more. */
int packed_lists_write(PackedLists *lists, State *state, unsigned *bucket, Error *reterr);
