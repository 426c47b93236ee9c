#pragma once

/* Times on the command line. */

#include <stdint.h>

/*
 * "2026-11-23", "2026-11-23 09:00", "2026-11-23T09:00:00" of the local zone, with Z behind it of UTC; or a duration, which
 * is counted back from @now_usec. In microseconds since 1970. 0 or -EINVAL.
 */
int instant_parse_words(const char *text, int64_t now_usec, int64_t *ret_usec);
