/* Moments are read by their form, not by the column's type: so a date in a text column means the same. */

#include "lib/mapping/moment.h"

#include <errno.h>
#include <string.h>

#define USEC INT64_C(1000000)

static bool is_word(const char *text, size_t length, const char *word) {
        return strlen(word) == length && memcmp(text, word, length) == 0;
}

bool moment_needs_zone(const char *text, size_t length) {
        Stamp stamp;

        return stamp_scan(text, length, &stamp) == 0 && !stamp.has_offset;
}

/* Payroll's "no end". A time with an offset may stand for it on either side of midnight. */
static bool is_last_day(const Stamp *stamp) {
        const Civil *c = &stamp->civil;
        Civil utc;

        if (c->year == 9999 && c->month == 12 && c->day == 31)
                return true;
        if (!stamp->has_offset || c->year < 9999)
                return false;

        civil_from_seconds(civil_to_seconds(c) - stamp->offset, &utc);
        return utc.year == 9999 && utc.month == 12 && utc.day == 31;
}

static int to_seconds(const Stamp *stamp, Bound bound, Zone zone, int64_t *ret) {
        const Civil *c = &stamp->civil;

        if (stamp->has_offset) {
                *ret = civil_to_seconds(c) - stamp->offset;
                return 0;
        }
        if (stamp->has_time)
                return zone_local(zone, c, bound == BOUND_BEGIN ? ZONE_LATER : ZONE_EARLIER, ret);
        return bound == BOUND_BEGIN ? zone_date_begin(zone, c->year, c->month, c->day, ret) :
                                      zone_date_end(zone, c->year, c->month, c->day, ret);
}

/* Division that rounds down also below zero. */
static int64_t floor_seconds(int64_t usec) {
        return usec / USEC - (usec % USEC < 0 ? 1 : 0);
}

static int shift(int64_t seconds, int64_t usec, Bound bound, int64_t plus_usec, int64_t *ret) {
        int64_t sum;

        if (__builtin_add_overflow(seconds * USEC + usec, plus_usec, &sum) ||
            (bound == BOUND_BEGIN && __builtin_add_overflow(sum, USEC - 1, &sum)))
                return MOMENT_OUT_OF_RANGE;

        sum = floor_seconds(sum);
        if (sum < INSTANT_FIRST || sum > INSTANT_LAST)
                return MOMENT_OUT_OF_RANGE;
        *ret = sum;
        return 0;
}

int moment_read(const char *text, size_t length, Bound bound, Zone zone, int64_t plus_usec, int64_t *ret) {
        bool never_ends = is_word(text, length, "infinity"), always_was = is_word(text, length, "-infinity");
        int64_t seconds = 0;
        Stamp stamp;
        int r;

        if (!never_ends && !always_was) {
                r = stamp_scan(text, length, &stamp);
                if (r < 0)
                        return r == -ERANGE ? MOMENT_OUT_OF_RANGE : MOMENT_MALFORMED;
                never_ends = is_last_day(&stamp);
        }
        if (never_ends || always_was) {
                if (never_ends != (bound == BOUND_END))
                        return MOMENT_NEVER;
                *ret = INSTANT_NONE;
                return 0;
        }

        if (stamp.civil.year > 9999)
                return MOMENT_OUT_OF_RANGE;
        r = to_seconds(&stamp, bound, zone, &seconds);
        if (r < 0)
                return r;
        return shift(seconds, stamp.usec, bound, plus_usec, ret);
}
