#pragma once

/*
 * The stage: findings of a read of HR that is under way or being applied
 *
 * Temporary tables (on disk, forgotten by a crash, so that nothing a person is grows memory). A read that fails is
 * dropped whole; one that succeeds is decided, guarded and applied in pieces, in the order of the keys.
 */

#include "lib/state/ledger.h"

typedef enum StageSlot {
        STAGE_COMPLETE,         /* a complete read of the cycle */
        STAGE_KEYED,            /* a keyed re-read */
        STAGE_DRY,              /* a plan that somebody asked for */
        STAGE_SLOTS,
} StageSlot;

typedef enum FindingKind {
        FINDING_ROW,            /* one row, mapped */
        FINDING_DOUBLED,        /* several rows with this key; wanted.standing OUT only if all say so */
        FINDING_ABSENT,         /* no row in a complete read, a person row exists */
} FindingKind;

typedef struct Finding {
        FindingKind kind;
        Person wanted;                  /* wanted.key always; the rest not for FINDING_ABSENT; no PIN */
        bool pin_wanted;
        uint8_t pin_digest[DIGEST_SIZE];
        uint8_t digest[DIGEST_SIZE];
        /* Filled by the deciding pass, for the guard: */
        unsigned counts;                /* a bit for each HoldKind whose limit the change counts against */
        char *gains;                    /* levels that are gained, as user_levels_format() has them; NULL: none */
} Finding;

#define FINDING_INIT ((Finding) { .wanted = PERSON_INIT })
void finding_deinit(Finding *finding);

int stage_clear(State *state, StageSlot slot, Error *reterr);
/* Replaces a finding of the same key. Grants are kept with their lines (for plans). */
int stage_put(State *state, StageSlot slot, const Finding *finding, Error *reterr);
/* The first finding with key > @after (NULL: the start). 0, STATE_NONE. */
int stage_next(State *state, StageSlot slot, const char *after, Finding *ret, Error *reterr);
/* One finding. 0, STATE_NONE. */
int stage_get(State *state, StageSlot slot, const char *key, Finding *ret, Error *reterr);
/*
 * Which finding beside @except is to have this card number or e-mail (without case), as queue_claimant() says it of the
 * queue. Quick but in STAGE_KEYED. Owned by the caller. 0, STATE_NONE.
 */
int stage_claimant(State *state, StageSlot slot, Property property, const char *value, const char *except,
                   char **ret_key, Error *reterr);
/* What the deciding pass found; @gains may be NULL. */
int stage_set_counts(State *state, StageSlot slot, const char *key, unsigned counts, const char *gains, Error *reterr);
int stage_delete(State *state, StageSlot slot, const char *key, Error *reterr);
int stage_count(State *state, StageSlot slot, int64_t *ret, Error *reterr);
