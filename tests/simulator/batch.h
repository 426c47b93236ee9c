#pragma once

/*
 * Batches
 *
 * One write, of whatever kind its records are: the envelope with its list and its options, the limit, the records one
 * after the other in one transaction, and the answer with counts or with errors. (rulings 8 to 12, 18, 31, 33 and 39)
 */

#include "tests/simulator/complaints.h"
#include "tests/simulator/reply.h"
#include "tests/simulator/user.h"

/* ruling 10: what a body may say beside its records */
typedef struct BatchOptions {
        bool update_existing;
        bool validate_fails_batch;
        bool replace_privileges;
} BatchOptions;

enum {
        BATCH_UPDATE_EXISTING = 1 << 0,
        BATCH_VALIDATE_FAILS_BATCH = 1 << 1,
        BATCH_REPLACE_PRIVILEGES = 1 << 2,
};

typedef struct Batch Batch;

/* One kind of records. */
typedef struct BatchKind {
        const char *list;               /* the name of their array */
        unsigned options;               /* those that its body may have */
        bool dry;                       /* validation only: nothing stays */
        bool fobs;                      /* one wrong record fails the batch as the setting for fobs says */

        /* Takes one record: counts it, or calls batch_refuse(). Negative answers are failures of ours. */
        int (*take)(Batch *batch, json_object *record);
} BatchKind;

struct Batch {
        Request *request;
        const BatchKind *kind;
        BatchOptions options;
        int64_t count[COUNTS];
        Text errors;                    /* JSON objects with commas between them */
};

/* With the lock. */
int batch_run(Request *request, const BatchKind *kind, Reply *reply);

Store *batch_store(const Batch *batch);
const Settings *batch_settings(const Batch *batch);

/* Complains when a fault refuses the record @id_num. */
void batch_apply_refusal(const Batch *batch, const char *id_num, Complaints *complaints);

/* Complains when another record than @user has its @property, which is unique over users and fobs. */
int batch_check_unique(const Batch *batch, const User *user, UserText property, const char *name,
                       Complaints *complaints);

/* Counts a record as @count; answers whether a fault keeps the record @key from being stored. */
bool batch_ignores(Batch *batch, const char *key, int count);

enum {
        BATCH_IGNORED = 1,
};

/* Stores a user or a fob and counts it as @count, apart from what a fault makes of it; or BATCH_IGNORED. */
int batch_store_user(Batch *batch, User *user, int count);

/* Counts the record as an error and echoes it as @echo, which is JSON. */
int batch_refuse(Batch *batch, const Complaints *complaints, const Text *echo);
