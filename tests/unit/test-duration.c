/* Durations: what is read, what is refused, and that what is written reads back the same. */

#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/duration.h"

static void test_parse(void **state) {
        static const struct {
                const char *title, *text;
                int result;
                uint64_t usec;
        } cases[] = {
                { "seconds", "60s", 0, 60 * USEC_PER_SEC },
                { "a bare number is seconds", "90", 0, 90 * USEC_PER_SEC },
                { "minutes are m", "15m", 0, 15 * USEC_PER_MINUTE },
                { "months are M", "1M", 0, USEC_PER_MONTH },
                { "several components", "1h 30min", 0, 90 * USEC_PER_MINUTE },
                { "without blanks between", "1h30min", 0, 90 * USEC_PER_MINUTE },
                { "blanks around and between", "  2 hours\t5 s ", 0, 2 * USEC_PER_HOUR + 5 * USEC_PER_SEC },
                { "a fraction", "1.5h", 0, 90 * USEC_PER_MINUTE },
                { "a fraction of seconds", "0.25", 0, 250 * USEC_PER_MSEC },
                { "below a microsecond is cut off", "0.0000019s", 0, 1 },
                { "milliseconds", "500ms", 0, 500 * USEC_PER_MSEC },
                { "years", "2y", 0, 2 * USEC_PER_YEAR },
                { "the micro sign", "7\u00b5s", 0, 7 },
                { "infinity", "infinity", 0, DURATION_INFINITY },
                { "zero", "0", 0, 0 },
                { "nothing", "", -EINVAL, 0 },
                { "only blanks", "  ", -EINVAL, 0 },
                { "a word", "soon", -EINVAL, 0 },
                { "an unknown unit", "5 parsec", -EINVAL, 0 },
                { "a unit alone", "min", -EINVAL, 0 },
                { "negative", "-5s", -EINVAL, 0 },
                { "a point without digits", "1.s", -EINVAL, 0 },
                { "a point without a whole", ".5s", -EINVAL, 0 },
                { "two points", "1.5.5s", -EINVAL, 0 },
                { "a number without unit beside another", "5 10s", -EINVAL, 0 },
                { "a number without unit at the end", "5s 10", -EINVAL, 0 },
                { "infinity and more", "infinity 1s", -EINVAL, 0 },
                { "too many digits", "99999999999999999999999s", -ERANGE, 0 },
                { "too long", "600000y", -ERANGE, 0 },
                { "a sum that is too long", "584000y 600y", -ERANGE, 0 },
                { "not infinity by accident", "18446744073709551615us", -ERANGE, 0 },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                uint64_t usec = 0;
                int r = duration_parse(cases[i].text, &usec);

                if (r != cases[i].result || usec != cases[i].usec)
                        fail_msg("%s: '%s' gave %d, %" PRIu64, cases[i].title, cases[i].text, r, usec);
        }
}

static void test_parse_signed(void **state) {
        static const struct {
                const char *title, *text;
                int result;
                int64_t usec;
        } cases[] = {
                { "plain", "6h", 0, (int64_t) (6 * USEC_PER_HOUR) },
                { "plus", "+6h", 0, (int64_t) (6 * USEC_PER_HOUR) },
                { "minus", "-1d 12h", 0, -(int64_t) (36 * USEC_PER_HOUR) },
                { "two signs", "--6h", -EINVAL, 0 },
                { "no infinity", "infinity", -EINVAL, 0 },
                { "beyond what is signed", "400000y", -ERANGE, 0 },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                int64_t usec = 0;
                int r = duration_parse_signed(cases[i].text, &usec);

                if (r != cases[i].result || usec != cases[i].usec)
                        fail_msg("%s: '%s' gave %d, %" PRId64, cases[i].title, cases[i].text, r, usec);
        }
}

static void test_format(void **state) {
        static const struct {
                uint64_t usec;
                const char *text;
        } cases[] = {
                { 0, "0" },
                { DURATION_INFINITY, "infinity" },
                { 90 * USEC_PER_MINUTE, "1h 30min" },
                { 60 * USEC_PER_SEC, "1min" },
                { USEC_PER_YEAR + USEC_PER_MONTH + USEC_PER_WEEK + USEC_PER_DAY, "1y 1month 1w 1d" },
                { 1001001, "1s 1ms 1us" },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                char buffer[DURATION_MAX];

                assert_string_equal(duration_format(buffer, cases[i].usec), cases[i].text);
        }
}

static void test_reads_back(void **state) {
        uint64_t usec = 1;

        for (size_t i = 0; i < 4000; i++) {
                char buffer[DURATION_MAX];
                uint64_t again = 0;

                usec = usec * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
                uint64_t some = usec >> (i % 60);

                assert_int_equal(duration_parse(duration_format(buffer, some), &again), 0);
                assert_int_equal(again, some);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_parse),
                cmocka_unit_test(test_parse_signed),
                cmocka_unit_test(test_format),
                cmocka_unit_test(test_reads_back),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
