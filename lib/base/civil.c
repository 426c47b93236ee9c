/*
 * The calendar
 *
 * A year is counted from March on, which puts the leap day at its end: then the days before a month follow a straight
 * line (153 days for every five months), and leap days are three divisions. One cycle of 400 years is added first, so
 * that January and February of the year 0 stay above zero and a plain division rounds down.
 */

#include "lib/base/civil.h"

enum {
        DAYS_400_YEARS = 146097,
        DAYS_4_YEARS = 1461,
        EPOCH = 719468 + DAYS_400_YEARS,        /* from 0000-03-01, a cycle earlier, to 1970-01-01 */
        DAY = 24 * 60 * 60,
};

static int month_length(int year, int month) {
        static const unsigned char lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
        bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

        return lengths[month - 1] + (month == 2 && leap ? 1 : 0);
}

bool civil_valid(const Civil *civil) {
        return civil->year >= 0 && civil->year <= CIVIL_YEAR_MAX &&
               civil->month >= 1 && civil->month <= 12 &&
               civil->day >= 1 && civil->day <= month_length(civil->year, civil->month) &&
               civil->hour >= 0 && civil->hour < 24 &&
               civil->minute >= 0 && civil->minute < 60 &&
               civil->second >= 0 && civil->second < 60;
}

int64_t civil_days(int year, int month, int day) {
        int64_t y = (int64_t) year + 400 - (month <= 2 ? 1 : 0);
        int64_t m = month <= 2 ? month + 9 : month - 3;

        return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - EPOCH;
}

int64_t civil_to_seconds(const Civil *civil) {
        return civil_days(civil->year, civil->month, civil->day) * DAY +
               civil->hour * 3600 + civil->minute * 60 + civil->second;
}

void civil_from_seconds(int64_t seconds, Civil *ret) {
        int64_t shifted = seconds + (int64_t) EPOCH * DAY;
        int64_t days = shifted / DAY, rest = shifted % DAY;
        int64_t century, year, month;

        century = (4 * days + 3) / DAYS_400_YEARS;
        days -= DAYS_400_YEARS * century / 4;
        year = (4 * days + 3) / DAYS_4_YEARS;
        days -= DAYS_4_YEARS * year / 4;
        month = (5 * days + 2) / 153;
        days -= (153 * month + 2) / 5;

        *ret = (Civil) {
                .year = (int) (100 * century + year - 400 + (month >= 10 ? 1 : 0)),
                .month = (int) (month >= 10 ? month - 9 : month + 3),
                .day = (int) days + 1,
                .hour = (int) (rest / 3600),
                .minute = (int) (rest / 60 % 60),
                .second = (int) (rest % 60),
        };
}
