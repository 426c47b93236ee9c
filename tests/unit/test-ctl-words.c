/* Times, numbers and masks as locktsyncctl writes them for people. */

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "daemon/ctl/instant.h"
#include "daemon/ctl/mask.h"
#include "daemon/ctl/words.h"
#include "lib/base/cleanup.h"

#define SEC INT64_C(1000000)
#define MINUTE (60 * SEC)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static void test_durations(void **state) {
        static const struct {
                int64_t usec;
                const char *words;
        } rows[] = {
                { -5, "0 ms" }, { 0, "0 ms" }, { 850000, "850 ms" }, { 12 * SEC, "12 s" }, { 60 * SEC, "1 min" },
                { 185 * SEC, "3 min 5 s" }, { 12 * MINUTE + 5 * SEC, "12 min" }, { HOUR, "1 h" },
                { 2 * HOUR + 5 * MINUTE, "2 h 5 min" }, { DAY, "1 day" }, { DAY + 3 * HOUR, "1 day 3 h" },
                { 3 * DAY + 4 * HOUR, "3 days 4 h" }, { 40 * DAY + HOUR, "40 days" }, { INT64_MAX, "106751991 days" },
        };
        char buf[WORDS_MAX];

        (void) state;
        for (size_t i = 0; i < ELEMENTS(rows); i++)
                assert_string_equal(words_duration(buf, rows[i].usec), rows[i].words);
}

static void test_when(void **state) {
        const int64_t now = 1000 * DAY;
        static const struct {
                int64_t offset;
                const char *words;
        } rows[] = {
                { -12 * SEC, "12 s ago" }, { 48 * SEC, "in 48 s" }, { 0, "now" }, { 900000, "now" }, { -900000, "now" },
                { -1000 * DAY, "never" }, { -1001 * DAY, "never" }, { -3 * DAY, "3 days ago" },
        };
        char buf[WORDS_MAX];

        (void) state;
        for (size_t i = 0; i < ELEMENTS(rows); i++)
                assert_string_equal(words_when(buf, now + rows[i].offset, now), rows[i].words);
}

static void test_instants(void **state) {
        char buf[WORDS_MAX];

        (void) state;
        assert_int_equal(setenv("TZ", "UTC", 1), 0);
        assert_string_equal(words_instant(buf, INT64_C(1795437130) * SEC), "2026-11-23 12:32:10");
        assert_string_equal(words_instant(buf, 0), "never");
        assert_string_equal(words_instant(buf, -1), "never");
}

static void test_counts(void **state) {
        static const struct {
                int64_t n;
                const char *words;
        } rows[] = {
                { 0, "0" }, { 999, "999" }, { 1000, "1,000" }, { 1234567, "1,234,567" }, { -12345, "-12,345" },
                { INT64_MIN, "-9,223,372,036,854,775,808" },
        };
        char buf[WORDS_MAX];

        (void) state;
        for (size_t i = 0; i < ELEMENTS(rows); i++)
                assert_string_equal(words_count(buf, rows[i].n), rows[i].words);
        assert_string_equal(words_of(buf, 1, "person", "people"), "1 person");
        assert_string_equal(words_of(buf, 2000, "person", "people"), "2,000 people");
}

static void test_masks(void **state) {
        static const struct {
                const char *text, *masked;
        } rows[] = {
                { "", "" },
                { "Nina-Marie", "Xxxx-Xxxxx" },
                { "n.neu1@example.org", "x.xxx9@xxxxxxx.xxx" },
                { "0815", "9999" },
                { "J\xc3\xbcrgen", "Xxxxxx" },
                { "\xc3\x84rzte", "Xxxxx" },
                { "\xe5\xb1\xb1\xe7\x94\xb0", "xx" },
                { "+49 (30) 1-2", "+99 (99) 9-9" },
                { "bad\xff", "xxx?" },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                _cleanup_(freep) char *masked = mask_form(rows[i].text);

                assert_non_null(masked);
                assert_string_equal(masked, rows[i].masked);
        }
}

static void test_times_that_people_type(void **state) {
        const int64_t now = INT64_C(1795437130) * SEC;          /* 2026-11-23 12:32:10 UTC */
        static const struct {
                const char *text;
                int64_t usec;           /* -1: no time */
        } rows[] = {
                { "2026-11-23", INT64_C(1795388400) * SEC },    /* Berlin's midnight */
                { "2026-11-23 13:32", INT64_C(1795437120) * SEC },
                { "2026-11-23T13:32:10", INT64_C(1795437130) * SEC },
                { "2026-11-23 12:32:10Z", INT64_C(1795437130) * SEC },
                { "2026-07-01 00:00", INT64_C(1782856800) * SEC },      /* in summer */
                { "2h", INT64_C(1795437130) * SEC - 2 * HOUR },
                { "1d 30min", INT64_C(1795437130) * SEC - DAY - 30 * MINUTE },
                { "5", -1 }, { "", -1 }, { "yesterday", -1 }, { "2026-13-01", -1 }, { "2026-11-23x", -1 },
                { "2026-11-23 25:00", -1 }, { "infinity", -1 }, { "999y", -1 }, { "1960-01-01", -1 },
        };

        (void) state;
        assert_int_equal(setenv("TZ", "Europe/Berlin", 1), 0);
        tzset();
        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                int64_t usec = -1;
                int r = instant_parse_words(rows[i].text, now, &usec);

                if ((r < 0) != (rows[i].usec < 0) || (r == 0 && usec != rows[i].usec))
                        fail_msg("'%s': %d, %jd", rows[i].text, r, (intmax_t) usec);
        }
        assert_int_equal(unsetenv("TZ"), 0);
        tzset();
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_times_that_people_type),
                cmocka_unit_test(test_durations), cmocka_unit_test(test_when), cmocka_unit_test(test_instants),
                cmocka_unit_test(test_counts),    cmocka_unit_test(test_masks),
        };

        (void) setlocale(LC_CTYPE, "C.UTF-8");
        return cmocka_run_group_tests_name("ctl-words", tests, NULL, NULL);
}
