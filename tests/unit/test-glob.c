/* lib/base/glob: patterns as fnmatch(3) has them, in any locale. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/glob.h"

static void test_patterns(void **state) {
        static const struct {
                const char *pattern, *value;
                bool matches;
        } cases[] = {
                { "NO", "NO", true },
                { "NO", "no", false },
                { "0815", "815", false },
                { "*", "anything", true },
                { "*ing", "housekeeping", true },
                { "*e*e*p*", "housekeep", true },
                { "*e*e*p*", "houskeep", true },
                { "*e*e*p*", "houskep", false },
                { "?", "\u00fc", true },
                { "M?ller", "M\u00fcller", true },
                { "M?ller", "Mueller", false },
                { "[abc]x", "bx", true },
                { "[!abc]x", "bx", false },
                { "[^abc]x", "dx", true },
                { "[a-c]x", "bx", true },
                { "[\u00e4-\u00fc]", "\u00f6", true },
                { "[]]", "]", true },
                { "[a-]", "-", true },
                { "[[:digit:]]*", "7th floor", true },
                { "[[:digit:]]*", "Floor 7", false },
                { "[[:upper:][:digit:]]", "Q", true },
                { "[ab", "[ab", true },
                { "\\*", "*", true },
                { "\\*", "x", false },
                { "a\\*b*", "a*bc", true },
                { "[\\]]", "]", true },
                { "R\\&D", "R&D", true },
                { "\xff*", "\xff\xfe", true },
                { "?", "\xff", true },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++)
                if (glob_match(cases[i].pattern, cases[i].value, strlen(cases[i].value)) != cases[i].matches)
                        fail_msg("'%s' and '%s'", cases[i].pattern, cases[i].value);
}

static void test_nothing_behind_the_text_is_looked_at(void **state) {
        assert_true(glob_match("House*", "Housekeeping", 5));
        assert_true(glob_match("House", "Housekeeping", 5));
        assert_false(glob_match("House", "Housekeeping", 4));
        assert_true(glob_match("", "Housekeeping", 0));
        assert_true(glob_match("*", "", 0));
        assert_false(glob_match("?", "", 0));
        assert_true(glob_match("?", "\xc3\xbc", 1));
}

static void test_plain_texts(void **state) {
        char escaped[] = "R\\&D \\* \\\\ \\";

        assert_false(glob_is_pattern("R\\&D"));
        assert_false(glob_is_pattern("\\*"));
        assert_true(glob_is_pattern("\\\\*"));
        assert_true(glob_is_pattern("a?"));
        assert_true(glob_is_pattern("[a"));
        glob_unescape(escaped);
        assert_string_equal(escaped, "R&D * \\ \\");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_patterns),
                cmocka_unit_test(test_nothing_behind_the_text_is_looked_at),
                cmocka_unit_test(test_plain_texts),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
