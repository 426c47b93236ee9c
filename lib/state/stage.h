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
        /* Filled by the deciding pass, read by the guard and the applying pass: */
        bool decided;
        bool takes;                     /* somebody who now has access loses some */
        bool gives;
        bool held;                      /* the guard holds it */
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
 * queue. Quick in STAGE_DRY alone. Owned by the caller. 0, STATE_NONE.
 */
int stage_claimant(State *state, StageSlot slot, Property property, const char *value, const char *except,
                   char **ret_key, Error *reterr);
int stage_set_verdict(State *state, StageSlot slot, const char *key, bool takes, bool gives, bool held, Error *reterr);
int stage_delete(State *state, StageSlot slot, const char *key, Error *reterr);
int stage_count(State *state, StageSlot slot, int64_t *ret, Error *reterr);
/* Findings that take access: of people who are absent, and all others. */
int stage_count_takes(State *state, StageSlot slot, int64_t *ret_explicit, int64_t *ret_absent, Error *reterr);
/* Marks as held: all absent takes if @absent; and other takes beyond the first @allow_explicit in the order of keys. */
int stage_hold(State *state, StageSlot slot, bool absent, int64_t allow_explicit, Error *reterr);
