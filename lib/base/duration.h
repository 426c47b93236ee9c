#pragma once

/*
 * Durations, written as systemd writes them (systemd.time(7))
 *
 * "1h 30min", "90s", "1.5h", "500ms", "2y", "infinity". A bare number is seconds. A month is 30.44 days and a year
 * 365.25 days, as there.
 */

#include <stdint.h>

#define USEC_PER_MSEC UINT64_C(1000)
#define USEC_PER_SEC UINT64_C(1000000)
#define USEC_PER_MINUTE (60 * USEC_PER_SEC)
#define USEC_PER_HOUR (60 * USEC_PER_MINUTE)
#define USEC_PER_DAY (24 * USEC_PER_HOUR)
#define USEC_PER_WEEK (7 * USEC_PER_DAY)
#define USEC_PER_MONTH UINT64_C(2629800000000)
#define USEC_PER_YEAR UINT64_C(31557600000000)

#define DURATION_INFINITY UINT64_MAX

/* Room for the longest duration that duration_format() writes. */
#define DURATION_MAX 96

/* 0, -EINVAL for what is no duration, -ERANGE for more microseconds than fit. */
int duration_parse(const char *text, uint64_t *ret_usec);

/* As above, with an optional sign in front: "-6h". No infinity. */
int duration_parse_signed(const char *text, int64_t *ret_usec);

/* Writes "1h 30min" into @buffer and returns it. What it writes is read back as the same number. */
const char *duration_format(char buffer[static DURATION_MAX], uint64_t usec);
