/* Times on the command line. See instant.h. */

#include "daemon/ctl/instant.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "lib/base/duration.h"

/* The local time of a day that does not have it (DST) is the one that mktime() takes for it. */
static int from_calendar(const char *text, int64_t *ret_usec) {
        static const char *const formats[] = { "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M",
                                               "%Y-%m-%dT%H:%M", "%Y-%m-%d" };

        for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
                struct tm tm = { .tm_isdst = -1 };
                const char *end = strptime(text, formats[i], &tm);
                time_t seconds;

                if (!end || (*end && strcmp(end, "Z") != 0))
                        continue;
                seconds = *end ? timegm(&tm) : mktime(&tm);
                if (seconds < 0)
                        return -EINVAL;
                *ret_usec = (int64_t) seconds * 1000000;
                return 0;
        }
        return -EINVAL;
}

int instant_parse_words(const char *text, int64_t now_usec, int64_t *ret_usec) {
        uint64_t ago;

        if (from_calendar(text, ret_usec) == 0)
                return 0;
        /* A bare number is a mistake sooner than seconds. */
        if (strspn(text, "0123456789") == strlen(text) || duration_parse(text, &ago) < 0 || ago > (uint64_t) now_usec)
                return -EINVAL;
        *ret_usec = now_usec - (int64_t) ago;
        return 0;
}
