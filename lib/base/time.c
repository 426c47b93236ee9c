/* Texts of instants: one scanner for all forms, and two ways to write them. */

#include "lib/base/time.h"

#include <errno.h>
#include <string.h>

typedef struct Scanner {
        const char *p, *end;
} Scanner;

static bool is_digit(char c) {
        return c >= '0' && c <= '9';
}

static bool take(Scanner *s, char c) {
        if (s->p == s->end || *s->p != c)
                return false;
        s->p++;
        return true;
}

/* Between @min and @max digits. */
static bool take_number(Scanner *s, int min, int max, int *ret) {
        int value = 0, n = 0;

        while (n < max && s->p < s->end && is_digit(*s->p)) {
                value = value * 10 + (*s->p++ - '0');
                n++;
        }
        *ret = value;
        return n >= min;
}

/* PostgreSQL writes up to six digits; up to nine are understood, and microseconds are kept. */
static bool take_fraction(Scanner *s, int *ret) {
        int usec = 0, n = 0;

        for (; s->p < s->end && is_digit(*s->p); s->p++, n++)
                if (n < 6)
                        usec = usec * 10 + (*s->p - '0');
        for (int i = n; i < 6; i++)
                usec *= 10;
        *ret = usec;
        return n >= 1 && n <= 9;
}

static bool take_time(Scanner *s, Stamp *stamp) {
        if (!take_number(s, 2, 2, &stamp->civil.hour) || !take(s, ':') || !take_number(s, 2, 2, &stamp->civil.minute))
                return false;
        if (!take(s, ':'))
                return true;
        if (!take_number(s, 2, 2, &stamp->civil.second))
                return false;
        return !take(s, '.') || take_fraction(s, &stamp->usec);
}

/* Whole hours, or minutes and seconds too; the colons between them may be missing, but not only some. */
static bool take_offset(Scanner *s, Stamp *stamp) {
        int sign, hours, minutes = 0, seconds = 0;
        bool colon;

        if (take(s, 'Z')) {
                stamp->has_offset = true;
                return true;
        }
        if (take(s, '+'))
                sign = 1;
        else if (take(s, '-'))
                sign = -1;
        else
                return true;

        if (!take_number(s, 2, 2, &hours))
                return false;
        colon = take(s, ':');
        if (colon || (s->p < s->end && is_digit(*s->p))) {
                if (!take_number(s, 2, 2, &minutes))
                        return false;
                if (colon ? take(s, ':') : s->p < s->end && is_digit(*s->p))
                        if (!take_number(s, 2, 2, &seconds))
                                return false;
        }
        if (hours > 15 || minutes > 59 || seconds > 59)
                return false;

        stamp->has_offset = true;
        stamp->offset = sign * (hours * 3600 + minutes * 60 + seconds);
        return true;
}

int stamp_scan(const char *text, size_t length, Stamp *ret) {
        Scanner s = { text, text + length };
        Stamp stamp = { 0 };

        if (!take_number(&s, 4, 6, &stamp.civil.year) || !take(&s, '-') ||
            !take_number(&s, 2, 2, &stamp.civil.month) || !take(&s, '-') ||
            !take_number(&s, 2, 2, &stamp.civil.day))
                return -EINVAL;

        if (s.end - s.p >= 2 && (*s.p == 'T' || *s.p == ' ') && is_digit(s.p[1])) {
                s.p++;
                stamp.has_time = true;
                if (!take_time(&s, &stamp) || !take_offset(&s, &stamp))
                        return -EINVAL;
        }
        if (!civil_valid(&stamp.civil))
                return -EINVAL;
        if (s.end - s.p == 3 && memcmp(s.p, " BC", 3) == 0)
                return -ERANGE;
        if (s.p != s.end)
                return -EINVAL;
        if (stamp.civil.year == 0)
                return -ERANGE;

        *ret = stamp;
        return 0;
}

int instant_parse_api(const char *text, const char *zone, int64_t *ret) {
        int64_t instant;
        Stamp stamp;
        Zone z;
        int r;

        if (!text || !text[0]) {
                *ret = INSTANT_NONE;
                return 0;
        }

        r = stamp_scan(text, strnlen(text, 64), &stamp);
        if (r < 0)
                return r;
        if (!stamp.has_time)
                return -EINVAL;
        if (stamp.civil.year > 9999)
                return -ERANGE;

        if (stamp.has_offset)
                instant = civil_to_seconds(&stamp.civil) - stamp.offset;
        else {
                r = zone_find(zone, strlen(zone), &z);
                if (r < 0)
                        return r;
                r = zone_local(z, &stamp.civil, ZONE_EARLIER, &instant);
                if (r < 0)
                        return r;
        }
        if (instant < INSTANT_FIRST || instant > INSTANT_LAST)
                return -ERANGE;

        *ret = instant;
        return 0;
}

static char *put_number(char *p, int value, int digits) {
        for (int i = digits - 1; i >= 0; i--, value /= 10)
                p[i] = (char) ('0' + value % 10);
        return p + digits;
}

/* By hand, since printf() is a third of the time that a listing of users may take. */
static char *put_civil(char *p, const Civil *civil, char separator) {
        p = put_number(p, civil->year, 4);
        *p++ = '-';
        p = put_number(p, civil->month, 2);
        *p++ = '-';
        p = put_number(p, civil->day, 2);
        *p++ = separator;
        p = put_number(p, civil->hour, 2);
        *p++ = ':';
        p = put_number(p, civil->minute, 2);
        *p++ = ':';
        return put_number(p, civil->second, 2);
}

int instant_format_api(int64_t instant, const char *zone, char *buf) {
        Civil civil;
        int offset, r;
        Zone z;

        if (instant == INSTANT_NONE) {
                buf[0] = '\0';
                return 0;
        }
        if (instant < INSTANT_FIRST || instant > INSTANT_LAST)
                return -ERANGE;

        r = zone_find(zone, strlen(zone), &z);
        if (r < 0)
                return r;
        r = zone_offset(z, instant, &offset);
        if (r < 0)
                return r;

        civil_from_seconds(instant + offset, &civil);
        if (civil.year < 1 || civil.year > 9999)
                return -ERANGE;

        *put_civil(buf, &civil, ' ') = '\0';
        return 0;
}

int instant_format_iso(int64_t instant, char *buf) {
        Civil civil;
        char *p;

        if (instant == INSTANT_NONE) {
                buf[0] = '\0';
                return 0;
        }
        if (instant < INSTANT_FIRST || instant > INSTANT_LAST)
                return -ERANGE;

        civil_from_seconds(instant, &civil);
        p = put_civil(buf, &civil, 'T');
        *p++ = 'Z';
        *p = '\0';
        return 0;
}
