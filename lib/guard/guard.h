#pragma once

/*
 * Guard: how many people a read would change, against what `safety` allows (invariant 4)
 *
 * Counted are people, not changes, over safety.window, across cycles and keyed reads (table `spent`). What a read brings is
 * added up first (GuardTally), then judged as a whole (Guard): a limit that is passed holds. It reads the state and writes
 * nothing.
 */

#include "lib/config/config.h"
#include "lib/decide/decide.h"
#include "lib/state/hold.h"

#define GUARD_BIT(kind) (1u << (kind))
#define GUARD_PEOPLE_MIN 5              /* a percentage is never less than so many people (PRODUCT's `safety`) */

/*
 * What a change counts against: GUARD_BITs. HOLD_REVOKED: somebody who has access now (at @now, an instant) loses some;
 * an end that Lockt already knows does not count again when it comes. HOLD_RESTORED: enabled whom locktsync had disabled.
 * HOLD_GRANTED: gains access. HOLD_CHANGED: a user of Lockt is changed in any way, but for leavers.
 */
unsigned guard_counts(const Decision *decision, int64_t now);
/* The levels that a change gives, as user_levels_format() has them; NULL with 0: none. 0 or -ENOMEM. */
int guard_gains(const Decision *decision, char **ret);

/* Digest of the wish: the same as long as the same is wanted for the same person and the same user of Lockt. 0 or -ENOMEM. */
int guard_change(const DigestKey *key, const QueueRow *row, const Decision *decision, int64_t now,
                 uint8_t ret[DIGEST_SIZE]);
/* The wish in a few words: "left", "absent from HR", "is created", "gains 2 levels, loses 1". Owned by the caller. */
char *guard_what(const QueueRow *row, const Decision *decision, int64_t now);

typedef struct GuardTally {
        int64_t n[HOLDS];               /* people, by kind */
        int64_t absent;                 /* of n[HOLD_REVOKED]: who has no row */
        int64_t pending[HOLDS];         /* people of another read, as good as let go: see guard_add_pending() */
        size_t n_levels;
        struct GuardLevel {
                int64_t level, n, pending;
                bool passed;            /* filled by guard_judge() */
        } *levels;                      /* ascending */
} GuardTally;

void guard_tally_deinit(GuardTally *tally);
/* One person whose change was not held or approved before. @gains may be NULL. 0, -ENOMEM, -EINVAL. */
int guard_add(GuardTally *tally, unsigned counts, bool absent, const char *gains);
/* It is known what became of one of them. */
void guard_subtract(GuardTally *tally, unsigned counts, bool absent, const char *gains);
int guard_tally_copy(const GuardTally *tally, GuardTally *ret);

/* How many people there are to take a percentage of; counted anew at most once a minute, or when links come and go. */
typedef struct GuardBase {
        int64_t with_access, counted_at, links;
} GuardBase;

typedef struct Guard {
        bool passed[HOLDS];             /* HOLD_GRANTED: all levels together */
        bool level_passed;              /* of at least one level */
        int64_t limit[HOLDS];           /* people */
        /*
         * When max_revoked is passed, all who are absent are held, and explicit leavers from this many on. The last tenth of
         * the limit is not for a crowd: it is kept for whoever leaves alone after it.
         */
        int64_t explicit_left;
} Guard;

int guard_judge(Guard *guard, GuardTally *tally, State *state, const Config *config, GuardBase *base, int64_t now_usec,
                Error *reterr);

/* What another read, judged by @guard before, has still to let go of @other: it counts as if it were done. */
void guard_add_pending(GuardTally *tally, const Guard *guard, const GuardTally *other);

/*
 * Whether this change is held, and by which limit; takes one from guard->explicit_left where it lets an explicit leaver
 * go. To be asked once for each change, in the order of the keys.
 */
bool guard_holds(Guard *guard, const GuardTally *tally, unsigned counts, bool absent, const char *gains,
                 HoldKind *ret_kind, int64_t *ret_level);

/* It goes through: counts from now on. */
int guard_spend(State *state, const char *key, unsigned counts, const char *gains, int64_t now_usec, Error *reterr);

/* The limit of `safety` that a kind stands for; NULL: none. */
const Limit *guard_limit(const Config *config, HoldKind kind);

/*
 * A group in one sentence that says what is held, why, and the command that decides it: for the journal and the status.
 * @reason: of HOLD_PLAN, the gate's; @level_name: of a level's limit. Owned by the caller, NULL when memory is out.
 */
char *guard_sentence(const HoldGroup *group, const Config *config, const char *reason, const char *level_name);
