/* Which name was probably meant. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/nearest.h"

static void test_distance(void **state) {
        static const char sixty_five[] = "0123456789012345678901234567890123456789012345678901234567890123x";

        assert_int_equal(edit_distance("", ""), 0);
        assert_int_equal(edit_distance("poll", "poll"), 0);
        assert_int_equal(edit_distance("", "abc"), 3);
        assert_int_equal(edit_distance("abc", ""), 3);
        assert_int_equal(edit_distance("pol", "poll"), 1);
        assert_int_equal(edit_distance("frist", "first"), 1);
        assert_int_equal(edit_distance("kitten", "sitting"), 3);
        assert_int_equal(edit_distance("ca", "abc"), 3);
        assert_true(edit_distance("a", sixty_five) == SIZE_MAX);
}

static void test_nearest(void **state) {
        static const char *const names[] = { "connection", "poll", "listen", "lock_timeout", "statement_timeout" };
        static const struct {
                const char *word;
                size_t index;
        } cases[] = {
                { "poll", 1 },
                { "pol", 1 },
                { "polls", 1 },
                { "conection", 0 },
                { "lock_timout", 3 },
                { "statment_timeuot", 4 },
                { "colour", SIZE_MAX },
                { "x", SIZE_MAX },
                { "", SIZE_MAX },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++)
                assert_true(nearest(cases[i].word, names, ELEMENTS(names)) == cases[i].index);
        assert_true(nearest("poll", NULL, 0) == SIZE_MAX);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_distance),
                cmocka_unit_test(test_nearest),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
