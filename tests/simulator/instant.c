/* Civil dates to seconds and back, by the algorithms of the proleptic Gregorian calendar (no time zone database). */

#include "tests/simulator/instant.h"

#include <stdbool.h>
#include <string.h>

enum {
        DAY = 24 * 60 * 60,
        ERA_DAYS = 146097,      /* 400 years */
        EPOCH_DAYS = 719468,    /* from 0000-03-01 to 1970-01-01 */
};

typedef struct Civil {
        int64_t year;
        int64_t month;
        int64_t day;
        int64_t hour;
        int64_t minute;
        int64_t second;
} Civil;

/* Years are counted from March, so that the leap day is the last of its year. */
static int64_t civil_days(int64_t year, int64_t month, int64_t day) {
        int64_t y = month <= 2 ? year - 1 : year;
        int64_t era = y / 400;
        int64_t of_era = y - era * 400;
        int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

        return era * ERA_DAYS + of_era * 365 + of_era / 4 - of_era / 100 + of_year - EPOCH_DAYS;
}

static int64_t civil_seconds(const Civil *c) {
        return civil_days(c->year, c->month, c->day) * DAY + c->hour * 3600 + c->minute * 60 + c->second;
}

static Civil civil_from(int64_t instant) {
        int64_t days = instant / DAY, rest = instant % DAY, era, of_era, year_of_era, of_year, month;
        Civil c = { 0 };

        if (rest < 0) {
                rest += DAY;
                days--;
        }
        days += EPOCH_DAYS;
        era = days / ERA_DAYS;
        of_era = days - era * ERA_DAYS;
        year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
        of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        month = (5 * of_year + 2) / 153;

        c.day = of_year - (153 * month + 2) / 5 + 1;
        c.month = month < 10 ? month + 3 : month - 9;
        c.year = year_of_era + era * 400 + (c.month <= 2);
        c.hour = rest / 3600;
        c.minute = rest / 60 % 60;
        c.second = rest % 60;
        return c;
}

static int64_t month_length(int64_t year, int64_t month) {
        static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
        bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

        return month == 2 && leap ? 29 : lengths[month - 1];
}

static bool civil_valid(const Civil *c) {
        return c->year >= 1 && c->year <= 9999 && c->month >= 1 && c->month <= 12 && c->day >= 1 &&
               c->day <= month_length(c->year, c->month) && c->hour <= 23 && c->minute <= 59 && c->second <= 59;
}

static bool matches(const char *text, const char *picture) {
        if (strlen(text) != strlen(picture))
                return false;
        for (; *picture; picture++, text++) {
                if (*picture == '0' ? *text < '0' || *text > '9' : *text != *picture)
                        return false;
        }
        return true;
}

static int64_t number(const char *text, size_t digits) {
        int64_t value = 0;

        for (size_t i = 0; i < digits; i++)
                value = value * 10 + (text[i] - '0');
        return value;
}

static int civil_parse(const char *text, int64_t *ret) {
        Civil c = {
                .year = number(text, 4),
                .month = number(text + 5, 2),
                .day = number(text + 8, 2),
                .hour = number(text + 11, 2),
                .minute = number(text + 14, 2),
                .second = number(text + 17, 2),
        };

        if (!civil_valid(&c))
                return INSTANT_INVALID;
        *ret = civil_seconds(&c);
        return 0;
}

/* ruling 7 */
int instant_parse(const char *text, int offset_minutes, int64_t *ret) {
        int64_t instant;

        if (!matches(text, "0000-00-00 00:00:00") || civil_parse(text, &instant) != 0)
                return INSTANT_INVALID;

        instant -= (int64_t) offset_minutes * 60;
        if (instant < INSTANT_FIRST || instant > INSTANT_LAST)
                return INSTANT_INVALID;
        *ret = instant;
        return 0;
}

int instant_parse_answer(const char *text, int64_t *ret) {
        if (!matches(text, "0000-00-00T00:00:00.000Z"))
                return INSTANT_INVALID;
        return civil_parse(text, ret);
}

static void put(char *at, int64_t value, int digits) {
        for (int i = digits - 1; i >= 0; i--, value /= 10)
                at[i] = (char) ('0' + value % 10);
}

/* ruling 7. By hand: a listing of 300,000 people asks for 600,000 of them. */
void instant_format(int64_t instant, char ret[static INSTANT_TEXT_MAX]) {
        Civil c = civil_from(instant);

        memcpy(ret, "0000-00-00T00:00:00.000Z", INSTANT_TEXT_MAX);
        put(ret, c.year, 4);
        put(ret + 5, c.month, 2);
        put(ret + 8, c.day, 2);
        put(ret + 11, c.hour, 2);
        put(ret + 14, c.minute, 2);
        put(ret + 17, c.second, 2);
}
