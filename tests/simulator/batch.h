#pragma once

/*
 * Batches
 *
 * The records of one write, one after the other in one transaction: validated, matched, stored, counted. (rulings 8 to
 * 12, 18, 31, 33 and 39)
 */

#include "tests/simulator/reply.h"

typedef struct BatchOptions {
        bool by_id;                     /* PUT /user: the id says who, the properties given are changed (ruling 30) */
        bool update_existing;
        bool validate_fails_batch;
        bool replace_privileges;
} BatchOptions;

/* With the lock. */
int batch_run(Request *request, json_object *records, const BatchOptions *options, Reply *reply);
