#pragma once

/*
 * By hand: what somebody decides about a person himself, against or beside what HR says
 *
 * Each call is one transaction, told in the history with who did it. What can't be done is SYNC_REFUSED with a sentence
 * that says why and what helps.
 */

#include "lib/sync/sync.h"

enum {
        SYNC_REFUSED = 1,
};

/* What came of it. */
typedef struct HandAnswer {
        int64_t lockt_id;               /* of the user that it is about; 0: none */
        bool ineffective;               /* as things are, Lockt does not hear of it */
        char *text;                     /* sentences for people */
} HandAnswer;

void hand_answer_deinit(HandAnswer *answer);

/*
 * An emergency: out at once, whatever HR says and whether or not it can be read, until unlocked. Guards, holds and gates
 * do not stop it. @by: "user id 0". Known to nobody, linked to nobody: the lock is kept for whenever that changes.
 */
int sync_lock(Sync *sync, Now now, const char *key, const char *reason, const char *by, HandAnswer *ret,
              Error *reterr);
/* Lifts a lock, and a block made in Lockt by hand; what the person gets then is for HR's row, which is read at once. */
int sync_unlock(Sync *sync, Now now, const char *key, const char *by, HandAnswer *ret, Error *reterr);

/* A linked person who is disabled in Lockt by hand, and whom HR wants in. */
typedef struct Blocked {
        char *key;
        int64_t lockt_id, seen_usec;
} Blocked;

void blocked_deinit(Blocked *blocked);
/* The next one, by the user's id from *@after, which is moved on. 0, STATE_NONE, or SYNC_BLOCKED_AGAIN: call again. */
enum { SYNC_BLOCKED_AGAIN = 2 };
int sync_next_blocked(Sync *sync, Now now, int64_t *after, Blocked *ret, Error *reterr);

/* This person is that user; 0: none of those that there are, and may be created. */
typedef struct LinkWish {
        const char *key;
        int64_t lockt_id;
} LinkWish;

/*
 * Links all of them, or, after a sentence for each that can't be, none (SYNC_REFUSED). A user who is linked to somebody
 * out or absent is taken over, with what locktsync remembers of it: a rehire with a new key. Bounded by the caller.
 */
int sync_link(Sync *sync, Now now, const LinkWish *wishes, size_t n_wishes, const char *by,
              void (*complain)(void *userdata, size_t wish, const char *sentence), void *userdata, HandAnswer *ret,
              Error *reterr);
/* The user is nobody's, and is not linked to this person again by itself. */
int sync_unlink(Sync *sync, Now now, const char *key, const char *by, HandAnswer *ret, Error *reterr);
