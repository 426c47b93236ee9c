#pragma once

/* What was decided by hand: locks, and which Lockt user a person is not (the precious part of the ledger). */

#include "lib/state/state.h"

/* An emergency: out, whatever HR says, until unlocked. */
typedef struct Lock {
        char *key;
        char *reason;
        char *by;                       /* "user id 0" */
        int64_t since_usec;
} Lock;

void lock_deinit(Lock *lock);
int lock_get(State *state, const char *key, Lock *ret, Error *reterr);                  /* 0, STATE_NONE */
int lock_put(State *state, const Lock *lock, Error *reterr);                            /* inserts or replaces */
int lock_delete(State *state, const char *key, Error *reterr);                          /* 0, STATE_NONE */
int lock_next(State *state, const char *after, Lock *ret, Error *reterr);               /* by key; 0, STATE_NONE */
int lock_count(State *state, int64_t *ret, Error *reterr);

/*
 * This person is not this user, and is not linked to it by itself. @lockt_id 0: the person is none of the users that it
 * looks like, and may be created.
 */
int apart_put(State *state, const char *key, int64_t lockt_id, const char *by, int64_t now_usec, Error *reterr);
int apart_get(State *state, const char *key, int64_t lockt_id, Error *reterr);          /* 0, STATE_NONE */
/* The user that the person was unlinked from last; 0, STATE_NONE. */
int apart_any(State *state, const char *key, int64_t *ret_lockt_id, Error *reterr);
/* All of the person. */
int apart_delete(State *state, const char *key, Error *reterr);
