#pragma once

/*
 * Transformations
 *
 * The records of an answer, as a fault shows them (rulings 4, 5, 21, 32, 34 and 44), or as the administration does.
 */

#include "tests/simulator/fault.h"
#include "tests/simulator/store.h"

enum {
        TRANSFORM_HIDDEN = 1,   /* a fault keeps the record out of the list; nothing was appended */
};

bool transform_needed(const FaultSet *faults);

/* Appends the record, and its twin if there is one. */
int transform_record(const FaultSet *faults, bool list, const StoredRecord *record, Text *text);

/* Appends the user with his PIN. */
int transform_by_hand(const StoredRecord *user, Text *text);
