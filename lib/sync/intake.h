#pragma once

/*
 * Intake: the rows of one read become findings
 *
 * A merge of two ordered streams: HR's rows, and the persons of the ledger. A row whose digest is the one behind the
 * person's last evaluation costs a comparison and nothing else; only what differs is mapped and staged. Nothing a person
 * stays in memory. Nothing is believed until the read has ended well (invariant 3).
 */

#include "lib/base/digest.h"
#include "lib/mapping/mapping.h"
#include "lib/model/hr_snapshot.h"
#include "lib/state/stage.h"

typedef struct Intake Intake;

typedef struct IntakeOptions {
        State *state;
        const Mapping *mapping;
        StageSlot slot;
        const DigestKey *row_key;       /* of the digests of rows: mapping included */
        const DigestKey *pin_key;
        int64_t now;                    /* instant */
        bool complete;                  /* everybody was asked for: who has no row is absent */
        bool everything;                /* unchanged rows are findings too (a plan, an explanation) */
        /* A PIN that a row held; NULL: nobody wants them. */
        int (*pin)(void *userdata, const char *key, const char *pin, const uint8_t digest[DIGEST_SIZE]);
        /* Each key that has a row; NULL: nobody asks. */
        void (*seen)(void *userdata, const char *key);
        /* Each person's row (only with .everything); the first of several. NULL: nobody asks. 0 or -ENOMEM. */
        int (*row)(void *userdata, const Row *row);
        void *userdata;
} IntakeOptions;

typedef struct IntakeTally {
        int64_t rows;                   /* people: rows with a key, doubled ones counted once */
        int64_t null_keys;              /* rows without a usable key */
        int64_t doubled;                /* keys with several rows */
        int64_t findings;
} IntakeTally;

/* Clears the slot. The options are copied, what they point to is borrowed. */
int intake_new(const IntakeOptions *options, const HrSnapshot *snapshot, Intake **ret, Error *reterr);
Intake *intake_free(Intake *intake);
DEFINE_CLEANUP(Intake *, intake_free)

/* One line of COPY. -EBADMSG: not a row of the query, or not in the order of the keys. */
int intake_row(Intake *intake, const char *line, size_t length, Error *reterr);
/* After the last row: what is left to conclude. */
int intake_end(Intake *intake, IntakeTally *ret, Error *reterr);
