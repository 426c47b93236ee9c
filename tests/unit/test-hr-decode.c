/* hr_decode_line(): what PostgreSQL sends as a row, and what becomes of it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "lib/hr/hr.h"

#define MAX 4

static const struct {
        const char *title;
        const char *line;
        size_t length;          /* 0: up to the NUL */
        int result;
        size_t n;
        const char *values[MAX];
} cases[] = {
        { "an empty line is one empty value", "", 0, 0, 1, { "" } },
        { "one value", "4711", 0, 0, 1, { "4711" } },
        { "values between tabs", "1\tAda\tLovelace", 0, 0, 3, { "1", "Ada", "Lovelace" } },
        { "empty values at both ends", "\ta\t", 0, 0, 3, { "", "a", "" } },
        { "as many as there is room for", "a\tb\tc\td", 0, 0, 4, { "a", "b", "c", "d" } },
        { "more than there is room for", "a\tb\tc\td\te", 0, -E2BIG, 0, { NULL } },
        { "more than there is room for, with escapes", "a\\n\tb\tc\td\te", 0, -E2BIG, 0, { NULL } },
        { "null", "\\N", 0, 0, 1, { NULL } },
        { "nulls among values", "\\N\ta\t\\N", 0, 0, 3, { NULL, "a", NULL } },
        { "an N that is text", "\\\\N", 0, 0, 1, { "\\N" } },
        { "null is a whole field, else N is itself", "\\Na\tb\\N", 0, 0, 2, { "Na", "bN" } },
        { "control characters", "\\b\\f\\n\\r\\t\\v", 0, 0, 1, { "\b\f\n\r\t\v" } },
        { "a backslash", "a\\\\b\\\\", 0, 0, 1, { "a\\b\\" } },
        { "a tab that is text", "a\\tb\tc", 0, 0, 2, { "a\tb", "c" } },
        { "a tab that was only given a backslash", "a\\\tb\tc", 0, 0, 2, { "a\tb", "c" } },
        { "octal digits, one to three", "\\1\\12\\101\\1011", 0, 0, 1, { "\1\12A" "A1" } },
        { "octal digits end at an 8", "\\118", 0, 0, 1, { "\11" "8" } },
        { "octal digits past a byte", "\\501", 0, 0, 1, { "A" } },
        { "hexadecimal digits, one or two", "\\x9\\x41\\x4aF", 0, 0, 1, { "\tAJF" } },
        { "an x without digits is an x", "\\xg\\x", 0, 0, 1, { "xgx" } },
        { "any other character is itself", "\\a\\.\\\"", 0, 0, 1, { "a.\"" } },
        { "UTF-8 passes through", "Müller\t\\tß", 0, 0, 2, { "Müller", "\tß" } },
        { "bytes that are no UTF-8 pass through", "M\xfcller", 0, 0, 1, { "M\xfcller" } },
        { "a backslash at the end", "a\\", 0, -EBADMSG, 0, { NULL } },
        { "nothing but a backslash", "\\", 0, -EBADMSG, 0, { NULL } },
        { "a NUL", "a\0b", 3, -EBADMSG, 0, { NULL } },
        { "an escaped NUL", "a\\0b", 0, -EBADMSG, 0, { NULL } },
        { "an escaped NUL, eight bits of it", "\\400", 0, -EBADMSG, 0, { NULL } },
        { "a hexadecimal NUL", "\\x0", 0, -EBADMSG, 0, { NULL } },
};

static void test_cases(void **state) {
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                size_t length = cases[i].length ? cases[i].length : strlen(cases[i].line);
                /* Of exactly its size, so that a sanitizer sees a step beyond it. */
                _cleanup_(freep) char *line = malloc(length > 0 ? length : 1);
                const char *values[MAX] = { NULL };
                size_t lengths[MAX] = { 0 }, n = 0;

                print_message("%s\n", cases[i].title);
                assert_non_null(line);
                memcpy(line, cases[i].line, length);

                assert_int_equal(hr_decode_line(line, length, values, lengths, MAX, &n), cases[i].result);
                assert_int_equal(n, cases[i].n);
                for (size_t k = 0; k < n; k++) {
                        if (!cases[i].values[k]) {
                                assert_null(values[k]);
                                continue;
                        }
                        assert_non_null(values[k]);
                        assert_int_equal(lengths[k], strlen(cases[i].values[k]));
                        assert_memory_equal(values[k], cases[i].values[k], lengths[k]);
                }
        }
}

/* Whatever one byte follows a backslash, a row of two columns stays one of two columns. */
static void test_every_escape(void **state) {
        for (unsigned c = 1; c < 256; c++) {
                char line[] = { 'a', '\\', (char) (unsigned char) c, 'z', '\t', 'b' };
                const char *values[2];
                size_t lengths[2], n = 0;
                int r;

                r = hr_decode_line(line, sizeof(line), values, lengths, ELEMENTS(values), &n);
                if (c == '0') {
                        assert_int_equal(r, -EBADMSG);
                        continue;
                }
                assert_int_equal(r, 0);
                assert_int_equal(n, 2);
                assert_int_equal(lengths[0], 3);
                assert_int_equal(values[0][2], 'z');
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_cases),
                cmocka_unit_test(test_every_escape),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
