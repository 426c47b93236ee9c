/* Times and numbers for people. See words.h. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "daemon/ctl/words.h"

#define MSEC INT64_C(1000)
#define SEC (1000 * MSEC)
#define MINUTE (60 * SEC)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

/* The two largest units; the second one only where the first is small enough for it to matter. */
const char *words_duration(char buf[static WORDS_MAX], int64_t usec) {
        if (usec < 0)
                usec = 0;
        if (usec < SEC)
                (void) snprintf(buf, WORDS_MAX, "%" PRId64 " ms", usec / MSEC);
        else if (usec < MINUTE)
                (void) snprintf(buf, WORDS_MAX, "%" PRId64 " s", usec / SEC);
        else if (usec < 10 * MINUTE && usec % MINUTE >= SEC)
                (void) snprintf(buf, WORDS_MAX, "%" PRId64 " min %" PRId64 " s", usec / MINUTE, usec % MINUTE / SEC);
        else if (usec < HOUR)
                (void) snprintf(buf, WORDS_MAX, "%" PRId64 " min", usec / MINUTE);
        else if (usec < DAY && usec % HOUR >= MINUTE)
                (void) snprintf(buf, WORDS_MAX, "%" PRId64 " h %" PRId64 " min", usec / HOUR, usec % HOUR / MINUTE);
        else if (usec < DAY)
                (void) snprintf(buf, WORDS_MAX, "%" PRId64 " h", usec / HOUR);
        else if (usec < 10 * DAY && usec % DAY >= HOUR)
                (void) snprintf(buf, WORDS_MAX, "%" PRId64 " day%s %" PRId64 " h", usec / DAY,
                                usec < 2 * DAY ? "" : "s", usec % DAY / HOUR);
        else
                (void) snprintf(buf, WORDS_MAX, "%" PRId64 " day%s", usec / DAY, usec < 2 * DAY ? "" : "s");
        return buf;
}

const char *words_when(char buf[static WORDS_MAX], int64_t usec, int64_t now_usec) {
        char duration[WORDS_MAX];

        if (usec <= 0)
                (void) snprintf(buf, WORDS_MAX, "never");
        else if (usec > now_usec - SEC && usec < now_usec + SEC)
                (void) snprintf(buf, WORDS_MAX, "now");
        else if (usec > now_usec)
                (void) snprintf(buf, WORDS_MAX, "in %.40s", words_duration(duration, usec - now_usec));
        else
                (void) snprintf(buf, WORDS_MAX, "%.40s ago", words_duration(duration, now_usec - usec));
        return buf;
}

const char *words_instant(char buf[static WORDS_MAX], int64_t usec) {
        time_t seconds = (time_t) (usec / SEC);
        struct tm tm;

        if (usec <= 0 || !localtime_r(&seconds, &tm) || strftime(buf, WORDS_MAX, "%Y-%m-%d %H:%M:%S", &tm) == 0)
                (void) snprintf(buf, WORDS_MAX, "never");
        return buf;
}

const char *words_count(char buf[static WORDS_MAX], int64_t n) {
        char digits[WORDS_MAX];
        size_t length, used = 0;

        (void) snprintf(digits, sizeof(digits), "%" PRIu64, n < 0 ? UINT64_C(0) - (uint64_t) n : (uint64_t) n);
        length = strlen(digits);
        if (n < 0)
                buf[used++] = '-';
        for (size_t i = 0; i < length; i++) {
                if (i > 0 && (length - i) % 3 == 0)
                        buf[used++] = ',';
                buf[used++] = digits[i];
        }
        buf[used] = '\0';
        return buf;
}

const char *words_of(char buf[static WORDS_MAX], int64_t n, const char *one, const char *many) {
        char count[WORDS_MAX];

        (void) snprintf(buf, WORDS_MAX, "%.28s %.34s", words_count(count, n), n == 1 ? one : many);
        return buf;
}
