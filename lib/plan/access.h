#pragma once

/*
 * Access: what a record opens
 *
 * Pure. Taking: at some instant, now or to come, the person opens less than before. Giving: opens more. A change may do
 * both. Words and cases are PRODUCT's invariant list: disabled, a level less, an earlier end or later begin, a card
 * replaced or cleared take.
 */

#include "lib/model/user.h"

typedef struct AccessChange {
        bool takes;
        bool gives;
} AccessChange;

/* Whether the record opens anything at @now (instant) or later: enabled, a span that is not over, a level or levels unknown. */
bool access_any(const User *user, int64_t now);

/* From @before (NULL: not in Lockt) to @after, seen from @now on. */
AccessChange access_compare(const User *before, const User *after, int64_t now);

/* The later of two beginnings, the earlier of two ends; INSTANT_NONE is no bound in both. */
int64_t access_later_begin(int64_t a, int64_t b);
int64_t access_earlier_end(int64_t a, int64_t b);
