/* Any bytes as a time: refused, or understood and written so that it reads back the same. */

#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/time.h"
#include "lib/mapping/moment.h"
#include "tests/fuzz/fuzz.h"

static void check_api(const char *text) {
        char buf[INSTANT_TEXT_SIZE];
        int64_t instant, again;

        if (instant_parse_api(text, "UTC", &instant) < 0)
                return;
        if (instant_format_api(instant, "UTC", buf) < 0)
                abort();
        if (instant_parse_api(buf, "UTC", &again) < 0 || again != instant)
                abort();
}

/* With nothing added, what is read as an end is never before what is read as a begin, but for the second's fraction. */
static void check_moment(const char *text, size_t length, const char *name) {
        int64_t begin = INSTANT_NONE, end = INSTANT_NONE;
        Stamp stamp;
        Zone zone;
        int r, q;

        if (zone_find(name, strlen(name), &zone) < 0)
                return;
        r = moment_read(text, length, BOUND_BEGIN, zone, 0, &begin);
        q = moment_read(text, length, BOUND_END, zone, 0, &end);
        if (r < 0 || q < 0)
                abort();
        if (r > 0 || q > 0 || stamp_scan(text, length, &stamp) < 0 || stamp.has_time)
                return;
        if (begin != INSTANT_NONE && end != INSTANT_NONE && end < begin)
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(freep) char *text = strndup((const char *) data, size);

        if (!text)
                return 0;
        check_api(text);
        check_moment((const char *) data, size, "UTC");
        check_moment((const char *) data, size, "Europe/Berlin");
        check_moment((const char *) data, size, "Pacific/Apia");
        return 0;
}
