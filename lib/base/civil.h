#pragma once

/*
 * Civil Time
 *
 * Dates and times of the proleptic Gregorian calendar, and their distance from 1970-01-01 00:00:00. Plain integer
 * arithmetic without zones, so that a listing of 300,000 users spends nothing noticeable on it.
 */

#include <stdbool.h>
#include <stdint.h>

typedef struct Civil {
        int year;       /* 0 to 999999 */
        int month;      /* 1 to 12 */
        int day;        /* 1 to 31 */
        int hour;
        int minute;
        int second;     /* 0 to 59: there are no leap seconds here, as there are none in a time_t */
} Civil;

#define CIVIL_YEAR_MAX 999999

/* Whether there is such a date and such a time. */
bool civil_valid(const Civil *civil);

/* Days since 1970-01-01 of a valid date. */
int64_t civil_days(int year, int month, int day);

/* Seconds since 1970-01-01 00:00:00 on a clock that shows the same everywhere. */
int64_t civil_to_seconds(const Civil *civil);

/* The way back, for seconds of the years 0 to CIVIL_YEAR_MAX. */
void civil_from_seconds(int64_t seconds, Civil *ret);
