#pragma once

/*
 * Holds: changes that wait for an approval (invariants 4 and 5), and what counts against the limits
 *
 * One person is held for one reason at most. What is held for the same reason is a group, shown with a digest; the digest
 * stands for the (person, change) pairs that the group held when it was shown, and an approval reaches those alone.
 */

#include "lib/base/digest.h"
#include "lib/state/state.h"

/* Why it is held; also which limit a change counts against. In the order in which a person's change is judged. */
typedef enum HoldKind {
        HOLD_PLAN,              /* the first plan, a changed mapping, another HR database (invariant 5) */
        HOLD_REVERT,            /* the way back from a cycle */
        HOLD_REVOKED,           /* safety.max_revoked: lose access that they have now */
        HOLD_RESTORED,          /* safety.max_restored: enabled again whom locktsync had disabled */
        HOLD_GRANTED,           /* safety.max_granted: gain access; of one level where it is not 0 */
        HOLD_CHANGED,           /* safety.max_changed: users of Lockt that are changed in any way */
        HOLDS,
} HoldKind;

/* "plan", "revert", "revoked", "restored", "granted", "changed": stable, for --json. */
const char *hold_kind_name(HoldKind kind);

typedef struct Hold {
        char *key;
        HoldKind kind;
        int64_t level;                  /* of HOLD_GRANTED: the level; 0: all together. Of HOLD_REVERT: the cycle */
        uint8_t change[DIGEST_SIZE];
        char *what;                     /* for people */
        int64_t seq;
        int64_t since_usec;
        int64_t approval;               /* id in the history; 0: held */
} Hold;

void hold_deinit(Hold *hold);

/* Held or approved; 0, STATE_NONE. */
int hold_get(State *state, const char *key, Hold *ret, Error *reterr);
/*
 * Holds it: as it was, since it was, where the person is held for the same change and reason (1, nothing changed);
 * otherwise anew, with a seq of its own (0). .seq and .approval of @hold are not looked at.
 */
int hold_put(State *state, const Hold *hold, Error *reterr);
/* Held or approved, it is no more; 0, STATE_NONE when there was nothing. */
int hold_delete(State *state, const char *key, Error *reterr);
/* How many are held, approved ones not. */
int hold_count(State *state, int64_t *ret, Error *reterr);

#define HOLD_DIGEST_SIZE 13             /* 12 hexadecimal digits */

typedef struct HoldGroup {
        HoldKind kind;
        int64_t level;
        int64_t n;                      /* people */
        int64_t since_usec;             /* when the oldest that it ever held without a pause was held */
        char digest[HOLD_DIGEST_SIZE];
} HoldGroup;

/* The group after (kind, level); (-1, 0) is the start. 0, STATE_NONE. */
int hold_next_group(State *state, int kind, int64_t level, HoldGroup *ret, Error *reterr);
/* Those who are held in a group, by key from @after (NULL: the start); 0, STATE_NONE. */
int hold_next(State *state, HoldKind kind, int64_t level, const char *after, Hold *ret, Error *reterr);

/* Somebody was shown the group with its digest: from now on, and for an hour, it can be approved. */
int hold_show(State *state, const HoldGroup *group, int64_t now_usec, Error *reterr);

#define HOLD_SHOWN_USEC (INT64_C(3600) * 1000000)

typedef struct Shown {
        HoldKind kind;
        int64_t level, seq, n, shown_usec;
} Shown;

/* What a digest stood for, if it was shown within the last hour; a beginning of at least 6 digits will do. 0, STATE_NONE. */
int hold_find_shown(State *state, const char *digest, int64_t now_usec, Shown *ret, Error *reterr);

/*
 * Approves up to @max of the group's holds that were there when it was shown, by key from @after: they stay as approved until
 * they are applied, and the persons are decided again at the next read. *ret_after: the last key (owned by the caller),
 * *ret_n: how many. 0: done, 1: there may be more.
 */
int hold_approve(State *state, const Shown *shown, int64_t approval, const char *after, unsigned max, char **ret_after,
                 int64_t *ret_n, Error *reterr);
/* The same for one person. 0, STATE_NONE: it is not held there, or was not when it was shown. */
int hold_approve_one(State *state, const Shown *shown, int64_t approval, const char *key, Error *reterr);

/* The next who was approved, of one kind; owned by the caller. 0, STATE_NONE. */
int hold_next_approved(State *state, HoldKind kind, char **ret_key, Error *reterr);

/* Drops what is held (not what is approved) of one kind, up to @max: its reason is over. 0: none is left, 1: there are more. */
int hold_drop(State *state, HoldKind kind, unsigned max, Error *reterr);

/* A person was let through, and counts against a limit from now on; once, however often it happens. */
int spent_put(State *state, HoldKind kind, int64_t level, const char *key, int64_t now_usec, Error *reterr);
/* Whether it counts already since @since_usec: then it does not count twice. 0, STATE_NONE. */
int spent_get(State *state, HoldKind kind, int64_t level, const char *key, int64_t since_usec, Error *reterr);
int spent_count(State *state, HoldKind kind, int64_t level, int64_t since_usec, int64_t *ret, Error *reterr);
/* Forgets what is older, at most @max, and digests that were shown long ago. */
int spent_prune(State *state, int64_t before_usec, unsigned max, Error *reterr);
