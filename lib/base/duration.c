/* One table of units for reading and writing. */

#include "lib/base/duration.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/cleanup.h"

typedef struct Unit {
        const char *name;
        uint64_t usec;
} Unit;

/* The first of each size is the one that is written; a longer size comes before a shorter one. */
static const Unit units[] = {
        { "y", USEC_PER_YEAR },      { "year", USEC_PER_YEAR },     { "years", USEC_PER_YEAR },
        { "month", USEC_PER_MONTH }, { "months", USEC_PER_MONTH },  { "M", USEC_PER_MONTH },
        { "w", USEC_PER_WEEK },      { "week", USEC_PER_WEEK },     { "weeks", USEC_PER_WEEK },
        { "d", USEC_PER_DAY },       { "day", USEC_PER_DAY },       { "days", USEC_PER_DAY },
        { "h", USEC_PER_HOUR },      { "hr", USEC_PER_HOUR },       { "hour", USEC_PER_HOUR },
        { "hours", USEC_PER_HOUR },  { "min", USEC_PER_MINUTE },    { "m", USEC_PER_MINUTE },
        { "minute", USEC_PER_MINUTE }, { "minutes", USEC_PER_MINUTE },
        { "s", USEC_PER_SEC },       { "sec", USEC_PER_SEC },       { "second", USEC_PER_SEC },
        { "seconds", USEC_PER_SEC }, { "ms", USEC_PER_MSEC },       { "msec", USEC_PER_MSEC },
        { "us", 1 },                 { "usec", 1 },
        { "\u00b5s", 1 },            { "\u03bcs", 1 },              /* micro sign, Greek mu */
};

static bool is_digit(char c) {
        return c >= '0' && c <= '9';
}

static bool is_blank(char c) {
        return c == ' ' || c == '\t';
}

static const char *skip_blanks(const char *p) {
        while (is_blank(*p))
                p++;
        return p;
}

/* "1.25" times @scale, cut off below a microsecond. The digits have been looked at before, by number_span(). */
static int number_scale(const char *p, uint64_t scale, uint64_t *ret) {
        uint64_t whole = 0, rest = 0, place = scale;

        for (; is_digit(*p); p++)
                if (__builtin_mul_overflow(whole, UINT64_C(10), &whole) ||
                    __builtin_add_overflow(whole, (uint64_t) (*p - '0'), &whole))
                        return -ERANGE;
        if (__builtin_mul_overflow(whole, scale, &whole))
                return -ERANGE;

        /* The scales are divisible by ten as often as it matters; what is lost is below a microsecond. */
        if (*p == '.')
                for (p++; is_digit(*p) && place > 0; p++) {
                        rest += place * (uint64_t) (*p - '0') / 10;
                        place /= 10;
                }
        return __builtin_add_overflow(whole, rest, ret) ? -ERANGE : 0;
}

/* How many characters of @p are "12" or "1.5"; 0: no number. */
static size_t number_span(const char *p) {
        size_t n = strspn(p, "0123456789");

        if (n == 0 || p[n] != '.')
                return n;

        size_t fraction = strspn(p + n + 1, "0123456789");
        return fraction > 0 ? n + 1 + fraction : 0;
}

static const Unit *unit_find(const char *name, size_t length) {
        for (size_t i = 0; i < ELEMENTS(units); i++)
                if (strlen(units[i].name) == length && memcmp(units[i].name, name, length) == 0)
                        return &units[i];
        return NULL;
}

/* One "30min"; a number without a unit is seconds, and then has to stand alone. */
static int component_parse(const char **p, bool first, uint64_t *ret) {
        const char *number = *p, *name;
        uint64_t scale = USEC_PER_SEC;
        size_t n;

        n = number_span(number);
        if (n == 0)
                return -EINVAL;

        name = skip_blanks(number + n);
        n = strcspn(name, " \t.0123456789");
        if (n > 0) {
                const Unit *unit = unit_find(name, n);

                if (!unit)
                        return -EINVAL;
                scale = unit->usec;
        } else if (!first || *name)
                return -EINVAL;

        *p = skip_blanks(name + n);
        return number_scale(number, scale, ret);
}

int duration_parse(const char *text, uint64_t *ret_usec) {
        const char *p = skip_blanks(text);
        uint64_t sum = 0;
        bool first = true;
        int r;

        if (strcmp(p, "infinity") == 0) {
                *ret_usec = DURATION_INFINITY;
                return 0;
        }

        do {
                uint64_t part;

                r = component_parse(&p, first, &part);
                if (r < 0)
                        return r;
                if (__builtin_add_overflow(sum, part, &sum))
                        return -ERANGE;
                first = false;
        } while (*p);

        if (sum == DURATION_INFINITY)
                return -ERANGE;

        *ret_usec = sum;
        return 0;
}

int duration_parse_signed(const char *text, int64_t *ret_usec) {
        const char *p = skip_blanks(text);
        bool negative = *p == '-';
        uint64_t usec;
        int r;

        if (*p == '-' || *p == '+')
                p++;

        r = duration_parse(p, &usec);
        if (r < 0)
                return r;
        if (usec > (uint64_t) INT64_MAX)
                return usec == DURATION_INFINITY ? -EINVAL : -ERANGE;

        *ret_usec = negative ? -(int64_t) usec : (int64_t) usec;
        return 0;
}

const char *duration_format(char buffer[static DURATION_MAX], uint64_t usec) {
        uint64_t last = 0;
        size_t used = 0;

        if (usec == DURATION_INFINITY || usec == 0) {
                (void) snprintf(buffer, DURATION_MAX, "%s", usec == 0 ? "0" : "infinity");
                return buffer;
        }

        for (size_t i = 0; i < ELEMENTS(units); i++) {
                uint64_t n = usec / units[i].usec;
                int k;

                if (units[i].usec == last || n == 0)
                        continue;
                last = units[i].usec;
                usec %= units[i].usec;

                k = snprintf(buffer + used, DURATION_MAX - used, "%s%" PRIu64 "%s", used > 0 ? " " : "", n,
                             units[i].name);
                if (k < 0 || (size_t) k >= DURATION_MAX - used)
                        break;
                used += (size_t) k;
        }
        return buffer;
}
