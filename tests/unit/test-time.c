/* lib/base/civil, zone and time: the calendar, clocks that jump, and the forms in which times are written. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/time.h"

#define DAY 86400

static void test_calendar_agrees_with_the_c_library(void **state) {
        /* Steps of nearly three days that meet every time of day, over all years that can be carried. */
        for (int64_t t = INSTANT_FIRST; t <= INSTANT_LAST; t += 3 * DAY - 12347) {
                time_t time = (time_t) t;
                struct tm tm;
                Civil c;

                civil_from_seconds(t, &c);
                assert_true(civil_valid(&c));
                assert_int_equal(civil_to_seconds(&c), t);

                assert_non_null(gmtime_r(&time, &tm));
                assert_true(c.year == tm.tm_year + 1900 && c.month == tm.tm_mon + 1 && c.day == tm.tm_mday);
                assert_true(c.hour == tm.tm_hour && c.minute == tm.tm_min && c.second == tm.tm_sec);
        }
}

static void test_dates_that_do_not_exist(void **state) {
        static const struct {
                Civil civil;
                bool valid;
        } cases[] = {
                { { 2024, 2, 29 }, true },
                { { 2023, 2, 29 }, false },
                { { 2000, 2, 29 }, true },
                { { 1900, 2, 29 }, false },
                { { 2024, 4, 31 }, false },
                { { 2024, 0, 1 }, false },
                { { 2024, 13, 1 }, false },
                { { 2024, 1, 0 }, false },
                { { -1, 1, 1 }, false },
                { { 2024, 1, 1, 23, 59, 59 }, true },
                { { 2024, 1, 1, 24, 0, 0 }, false },
                { { 2024, 1, 1, 0, 60, 0 }, false },
                { { 2024, 1, 1, 0, 0, 60 }, false },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++)
                assert_int_equal(civil_valid(&cases[i].civil), cases[i].valid);
}

static void test_names_of_zones(void **state) {
        static const struct {
                const char *name;
                bool exists;
        } cases[] = {
                { "UTC", true },
                { "Europe/Berlin", true },
                { "America/Argentina/Buenos_Aires", true },
                { "Etc/GMT+5", true },
                { "", false },
                { "Europe", false },
                { "Europe/Atlantis", false },
                { "europe/berlin ", false },
                { "/usr/share/zoneinfo/Europe/Berlin", false },
                { "../zoneinfo/Europe/Berlin", false },
                { "Europe/../Europe/Berlin", false },
                { ":Europe/Berlin", false },
                { "CET-1CEST", false },                 /* glibc would take it for a rule */
                { "right/Europe/Berlin", false },
                { "tzdata.zi", false },
                { "iso3166.tab", false },
        };
        char longer[ZONE_NAME_MAX + 2];

        for (size_t i = 0; i < ELEMENTS(cases); i++)
                if (zone_exists(cases[i].name) != cases[i].exists)
                        fail_msg("zone '%s'", cases[i].name);

        assert_false(zone_exists(NULL));
        memset(longer, 'x', sizeof(longer) - 1);
        longer[sizeof(longer) - 1] = '\0';
        assert_false(zone_exists(longer));
}

static Zone zone(const char *name) {
        Zone z;

        assert_int_equal(zone_find(name, strlen(name), &z), 0);
        assert_string_equal(zone_name(z), name);
        return z;
}

static int64_t at(const char *utc) {
        int64_t t;

        assert_int_equal(instant_parse_api(utc, "UTC", &t), 0);
        return t;
}

static void assert_instant(const char *title, int64_t instant, const char *utc) {
        char buf[INSTANT_TEXT_SIZE];

        assert_int_equal(instant_format_api(instant, "UTC", buf), 0);
        if (strcmp(buf, utc) != 0)
                fail_msg("%s: %s, not %s", title, buf, utc);
}

static void test_days_begin_and_end(void **state) {
        static const struct {
                const char *title, *zone;
                int year, month, day;
                const char *begin, *end;
        } cases[] = {
                { "UTC", "UTC", 2024, 5, 1, "2024-05-01 00:00:00", "2024-05-02 00:00:00" },
                { "winter", "Europe/Berlin", 2024, 1, 31, "2024-01-30 23:00:00", "2024-01-31 23:00:00" },
                { "a day of 23 hours", "Europe/Berlin", 2024, 3, 31, "2024-03-30 23:00:00", "2024-03-31 22:00:00" },
                { "a day of 25 hours", "Europe/Berlin", 2024, 10, 27, "2024-10-26 22:00:00", "2024-10-27 23:00:00" },
                { "quarter of an hour", "Asia/Kathmandu", 2024, 5, 1, "2024-04-30 18:15:00", "2024-05-01 18:15:00" },
                { "midnight is skipped", "America/Sao_Paulo", 2018, 11, 4, "2018-11-04 03:00:00",
                  "2018-11-05 02:00:00" },
                { "the day before ends there", "America/Sao_Paulo", 2018, 11, 3, "2018-11-03 03:00:00",
                  "2018-11-04 03:00:00" },
                { "the hour before midnight comes twice", "America/Sao_Paulo", 2018, 2, 17, "2018-02-17 02:00:00",
                  "2018-02-18 03:00:00" },
                { "the day after it", "America/Sao_Paulo", 2018, 2, 18, "2018-02-18 03:00:00", "2018-02-19 03:00:00" },
                { "Cairo skips midnight, too", "Africa/Cairo", 2010, 4, 30, "2010-04-29 22:00:00",
                  "2010-04-30 21:00:00" },
                { "a minute past midnight back to the day before", "America/St_Johns", 2006, 10, 28,
                  "2006-10-28 02:30:00", "2006-10-29 03:30:00" },
                { "the day that begins twice", "America/St_Johns", 2006, 10, 29, "2006-10-29 02:30:00",
                  "2006-10-30 03:30:00" },
                { "a date that never was", "Pacific/Apia", 2011, 12, 30, "2011-12-30 10:00:00", "2011-12-30 10:00:00" },
                { "the date before it", "Pacific/Apia", 2011, 12, 29, "2011-12-29 10:00:00", "2011-12-30 10:00:00" },
                { "the date after it", "Pacific/Apia", 2011, 12, 31, "2011-12-30 10:00:00", "2011-12-31 10:00:00" },
                { "half an hour of summer", "Australia/Lord_Howe", 2024, 4, 7, "2024-04-06 13:00:00",
                  "2024-04-07 13:30:00" },
                { "far future keeps the rule", "Europe/Berlin", 2500, 7, 1, "2500-06-30 22:00:00",
                  "2500-07-01 22:00:00" },
                { "the last day but one", "Europe/Berlin", 9999, 12, 30, "9999-12-29 23:00:00", "9999-12-30 23:00:00" },
                { "local mean time", "Europe/Berlin", 1800, 1, 2, "1800-01-01 23:06:32", "1800-01-02 23:06:32" },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                Zone z = zone(cases[i].zone);
                int64_t begin, end;

                assert_int_equal(zone_date_begin(z, cases[i].year, cases[i].month, cases[i].day, &begin), 0);
                assert_int_equal(zone_date_end(z, cases[i].year, cases[i].month, cases[i].day, &end), 0);
                assert_instant(cases[i].title, begin, cases[i].begin);
                assert_instant(cases[i].title, end, cases[i].end);
        }
}

static void test_local_times(void **state) {
        static const struct {
                const char *title, *zone;
                Civil civil;
                const char *earlier, *later;
        } cases[] = {
                { "summer", "Europe/Berlin", { 2024, 7, 1, 12, 0, 0 }, "2024-07-01 10:00:00", "2024-07-01 10:00:00" },
                { "skipped: the jump", "Europe/Berlin", { 2024, 3, 31, 2, 30, 0 }, "2024-03-31 01:00:00",
                  "2024-03-31 01:00:00" },
                { "just before the jump", "Europe/Berlin", { 2024, 3, 31, 1, 59, 59 }, "2024-03-31 00:59:59",
                  "2024-03-31 00:59:59" },
                { "twice", "Europe/Berlin", { 2024, 10, 27, 2, 30, 0 }, "2024-10-27 00:30:00", "2024-10-27 01:30:00" },
                { "once again", "Europe/Berlin", { 2024, 10, 27, 3, 0, 0 }, "2024-10-27 02:00:00",
                  "2024-10-27 02:00:00" },
                { "half an hour skipped", "Australia/Lord_Howe", { 2024, 10, 6, 2, 15, 0 }, "2024-10-05 15:30:00",
                  "2024-10-05 15:30:00" },
                { "half an hour twice", "Australia/Lord_Howe", { 2024, 4, 7, 1, 45, 0 }, "2024-04-06 14:45:00",
                  "2024-04-06 15:15:00" },
                { "within a day that never was", "Pacific/Apia", { 2011, 12, 30, 12, 0, 0 }, "2011-12-30 10:00:00",
                  "2011-12-30 10:00:00" },
                { "New Year's Eve", "Europe/Berlin", { 2024, 12, 31, 23, 59, 59 }, "2024-12-31 22:59:59",
                  "2024-12-31 22:59:59" },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                Zone z = zone(cases[i].zone);
                int64_t t;

                assert_int_equal(zone_local(z, &cases[i].civil, ZONE_EARLIER, &t), 0);
                assert_instant(cases[i].title, t, cases[i].earlier);
                assert_int_equal(zone_local(z, &cases[i].civil, ZONE_LATER, &t), 0);
                assert_instant(cases[i].title, t, cases[i].later);
        }
}

static void test_offsets_agree_with_the_c_library(void **state) {
        static const char *const names[] = { "Europe/Berlin", "Africa/Casablanca", "Pacific/Apia", "America/St_Johns" };

        for (size_t i = 0; i < ELEMENTS(names); i++) {
                char variable[64] = ":";
                Zone z = zone(names[i]);

                memcpy(variable + 1, names[i], strlen(names[i]) + 1);
                assert_int_equal(setenv("TZ", variable, 1), 0);
                tzset();

                for (int64_t t = at("1890-01-01 00:00:00"); t < at("2120-01-01 00:00:00"); t += 5 * DAY + 3601) {
                        time_t time = (time_t) t;
                        struct tm tm;
                        int offset;

                        assert_int_equal(zone_offset(z, t, &offset), 0);
                        assert_non_null(localtime_r(&time, &tm));
                        assert_int_equal(offset, tm.tm_gmtoff);
                }
        }
}

static void test_the_zone_of_the_process_stays(void **state) {
        Civil noon = { 2031, 5, 1, 12, 0, 0 };
        time_t t = 1700000000;
        struct tm before, after;
        int64_t ignored;

        assert_int_equal(setenv("TZ", "Asia/Tokyo", 1), 0);
        tzset();
        assert_non_null(localtime_r(&t, &before));
        assert_int_equal(zone_local(zone("America/New_York"), &noon, ZONE_LATER, &ignored), 0);
        assert_non_null(localtime_r(&t, &after));
        assert_int_equal(before.tm_gmtoff, after.tm_gmtoff);
        assert_string_equal(getenv("TZ"), "Asia/Tokyo");
}

static void test_times_of_the_api(void **state) {
        static const struct {
                const char *text, *zone;
                int result;
                const char *utc;
        } cases[] = {
                { "2022-01-24 00:00:00", "UTC", 0, "2022-01-24 00:00:00" },
                { "2022-01-24 00:00:00", "Europe/Berlin", 0, "2022-01-23 23:00:00" },
                { "2022-05-05T09:00:00.000Z", "Europe/Berlin", 0, "2022-05-05 09:00:00" },
                { "2022-05-05T09:00:00.999Z", "UTC", 0, "2022-05-05 09:00:00" },
                { "2022-05-05T09:00:00+02:00", "UTC", 0, "2022-05-05 07:00:00" },
                { "2022-05-05 09:00:00-0330", "UTC", 0, "2022-05-05 12:30:00" },
                { "2022-05-05 09:00:00+02", "UTC", 0, "2022-05-05 07:00:00" },
                { "0001-01-01 00:00:00", "UTC", 0, "0001-01-01 00:00:00" },
                { "9999-12-31 23:59:59", "UTC", 0, "9999-12-31 23:59:59" },
                { "0001-01-01 00:00:00", "Europe/Berlin", -ERANGE, NULL },
                { "9999-12-31T23:59:59-01:00", "UTC", -ERANGE, NULL },
                { "10000-01-01 00:00:00", "UTC", -ERANGE, NULL },
                { "0000-01-01 00:00:00", "UTC", -ERANGE, NULL },
                { "2022-01-24 00:00:00", "Europe/Atlantis", -ENOENT, NULL },
                { "2022-01-24", "UTC", -EINVAL, NULL },
                { "2022-02-30 00:00:00", "UTC", -EINVAL, NULL },
                { "2022-01-24 24:00:00", "UTC", -EINVAL, NULL },
                { "2022-01-24 00:60:00", "UTC", -EINVAL, NULL },
                { "2022-01-24 00:00:60", "UTC", -EINVAL, NULL },
                { "2022-01-24 00:00:00 ", "UTC", -EINVAL, NULL },
                { " 2022-01-24 00:00:00", "UTC", -EINVAL, NULL },
                { "2022-01-24 00:00:00.", "UTC", -EINVAL, NULL },
                { "2022-01-24 00:00:00.1234567890", "UTC", -EINVAL, NULL },
                { "2022-01-24 00:00:00+16:00", "UTC", -EINVAL, NULL },
                { "2022-01-24 00:00:00+02:60", "UTC", -EINVAL, NULL },
                { "2022-01-24 00:00:00+2", "UTC", -EINVAL, NULL },
                { "2022-01-24 00:00:00ZZ", "UTC", -EINVAL, NULL },
                { "2022-01-24  00:00:00", "UTC", -EINVAL, NULL },
                { "2022-1-24 00:00:00", "UTC", -EINVAL, NULL },
                { "22-01-24 00:00:00", "UTC", -EINVAL, NULL },
                { "-2022-01-24 00:00:00", "UTC", -EINVAL, NULL },
                { "+2022-01-24 00:00:00", "UTC", -EINVAL, NULL },
                { "01/24/2022", "UTC", -EINVAL, NULL },
                { "1643000000", "UTC", -EINVAL, NULL },
                { "soon", "UTC", -EINVAL, NULL },
        };
        int64_t t;

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                int r = instant_parse_api(cases[i].text, cases[i].zone, &t);

                if (r != cases[i].result)
                        fail_msg("'%s': %d, not %d", cases[i].text, r, cases[i].result);
                if (r == 0)
                        assert_instant(cases[i].text, t, cases[i].utc);
        }

        assert_int_equal(instant_parse_api("", "UTC", &t), 0);
        assert_true(t == INSTANT_NONE);
        t = 0;
        assert_int_equal(instant_parse_api(NULL, "UTC", &t), 0);
        assert_true(t == INSTANT_NONE);
}

static void test_what_is_sent(void **state) {
        char buf[INSTANT_TEXT_SIZE];

        assert_int_equal(instant_format_api(at("2022-07-01 12:00:00"), "Europe/Berlin", buf), 0);
        assert_string_equal(buf, "2022-07-01 14:00:00");
        assert_int_equal(instant_format_api(INSTANT_NONE, "UTC", buf), 0);
        assert_string_equal(buf, "");
        assert_int_equal(instant_format_api(INSTANT_FIRST - 1, "UTC", buf), -ERANGE);
        assert_int_equal(instant_format_api(INSTANT_LAST + 1, "UTC", buf), -ERANGE);
        assert_int_equal(instant_format_api(INSTANT_LAST, "Europe/Berlin", buf), -ERANGE);
        assert_int_equal(instant_format_api(INSTANT_FIRST, "America/New_York", buf), -ERANGE);
        assert_int_equal(instant_format_api(0, "Europe/Atlantis", buf), -ENOENT);

        assert_int_equal(instant_format_iso(at("2022-07-01 12:00:00"), buf), 0);
        assert_string_equal(buf, "2022-07-01T12:00:00Z");
        assert_int_equal(instant_format_iso(INSTANT_NONE, buf), 0);
        assert_string_equal(buf, "");
        assert_int_equal(instant_format_iso(INT64_MAX, buf), -ERANGE);
}

static void test_stamps(void **state) {
        Stamp s;

        assert_int_equal(stamp_scan("2024-05-01", 10, &s), 0);
        assert_false(s.has_time || s.has_offset);
        assert_int_equal(stamp_scan("2024-05-01 12:34:56.5+05:30", 27, &s), 0);
        assert_true(s.has_time && s.has_offset && s.usec == 500000 && s.offset == 19800);
        assert_int_equal(stamp_scan("1890-05-01 12:34:56-00:44:30", 28, &s), 0);
        assert_int_equal(s.offset, -2670);
        assert_int_equal(stamp_scan("2024-05-01 12:34", 16, &s), 0);
        assert_int_equal(s.civil.second, 0);
        assert_int_equal(stamp_scan("294276-12-31", 12, &s), 0);
        assert_int_equal(s.civil.year, 294276);
        assert_int_equal(stamp_scan("0044-03-15 BC", 13, &s), -ERANGE);
        assert_int_equal(stamp_scan("0044-03-15 12:00:00+01 BC", 25, &s), -ERANGE);
        assert_int_equal(stamp_scan("2024-05-01 AD", 13, &s), -EINVAL);
        assert_int_equal(stamp_scan("", 0, &s), -EINVAL);

        /* Nothing behind the given length is looked at. */
        for (size_t n = 0; n < 10; n++)
                assert_int_equal(stamp_scan("2024-05-01 12:34:56", n, &s), -EINVAL);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_calendar_agrees_with_the_c_library),
                cmocka_unit_test(test_dates_that_do_not_exist),
                cmocka_unit_test(test_names_of_zones),
                cmocka_unit_test(test_days_begin_and_end),
                cmocka_unit_test(test_local_times),
                cmocka_unit_test(test_offsets_agree_with_the_c_library),
                cmocka_unit_test(test_the_zone_of_the_process_stays),
                cmocka_unit_test(test_times_of_the_api),
                cmocka_unit_test(test_what_is_sent),
                cmocka_unit_test(test_stamps),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
