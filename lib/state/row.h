#pragma once

/* A row of the table user, for the two that write it: the snapshot and the listing. */

#include "lib/state/record.h"

/* In the column unclear, beside the PROPERTY_BITs: a listing had this user twice and differently (ruling 34). */
#define ROW_TWINS (UINT32_C(1) << 31)

typedef struct RowNews {
        bool acked;                     /* an acknowledged write; otherwise a read saw it */
        bool listed;                    /* … which was the listing that is being applied */
        bool twins;
        int64_t at_usec;
        uint8_t digest[DIGEST_SIZE];    /* of what was told, before what it leaves out is filled in */
} RowNews;

/* Inserts or replaces; what @user leaves open stays. Tells whether that was news: a read older than the row is not. */
int row_put(State *state, const User *user, const RowNews *news, bool *ret_changed, Error *reterr);

/* Rows that somebody else inserted. */
int row_count_added(State *state, unsigned n, Error *reterr);

/* The listing had it, and nothing else is to be changed. */
int row_set_listed(State *state, int64_t id, Error *reterr);

int row_forget(State *state, int64_t id, bool *ret_changed, Error *reterr);
