/* lib/model: users and persons, and how they own what they hold. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "lib/model/person.h"

static void test_properties_have_names(void **state) {
        for (size_t i = 0; i < PROPERTIES; i++)
                assert_int_equal(property_from_name(property_name((Property) i)), i);

        assert_string_equal(property_name(PROPERTY_ACCESS_EXPIRES), "access_expires");
        assert_string_equal(property_name(PROPERTY_ACCESSLEVELS), "accesslevels");
        assert_int_equal(property_from_name("Email"), PROPERTIES);
        assert_int_equal(property_from_name(""), PROPERTIES);
}

static void test_empty_texts_are_null(void **state) {
        _cleanup_(user_deinit) User user = USER_INIT;

        assert_int_equal(user_set_text(&user, PROPERTY_EMAIL, "a@example.org"), 0);
        assert_string_equal(user_text(&user, PROPERTY_EMAIL), "a@example.org");
        assert_int_equal(user_set_text(&user, PROPERTY_EMAIL, ""), 0);
        assert_null(user.text[PROPERTY_EMAIL]);
        assert_string_equal(user_text(&user, PROPERTY_EMAIL), "");
        assert_int_equal(user_set_text(&user, PROPERTY_PIN, "1234"), 0);
        assert_string_equal(user.pin, "1234");
        assert_int_equal(user_set_text(&user, PROPERTY_PIN, NULL), 0);
        assert_null(user.pin);
}

static void test_levels_are_ordered_and_single(void **state) {
        static const int64_t levels[] = { 574, 3, 90, 3, 574, 1 };
        _cleanup_(freep) char *text = NULL, *rest = NULL, *none = NULL;
        _cleanup_(user_deinit) User user = USER_INIT;

        none = user_levels_format(&user);
        assert_string_equal(none, "");

        for (size_t i = 0; i < ELEMENTS(levels); i++)
                assert_int_equal(user_add_level(&user, levels[i]), 0);
        text = user_levels_format(&user);
        assert_string_equal(text, "1,3,90,574");
        assert_true(user_has_level(&user, 90));
        assert_false(user_has_level(&user, 4));

        user_remove_level(&user, 3);
        user_remove_level(&user, 574);
        user_remove_level(&user, 999);
        rest = user_levels_format(&user);
        assert_string_equal(rest, "1,90");
}

static void test_levels_come_back_from_text(void **state) {
        static const struct {
                const char *text;
                int result;
                const char *again;
        } cases[] = {
                { "", 0, "" },
                { "7", 0, "7" },
                { "12,34", 0, "12,34" },
                { "34,12,34", 0, "12,34" },
                { "-9223372036854775808,9223372036854775807", 0, "-9223372036854775808,9223372036854775807" },
                { "9223372036854775808", -EINVAL, NULL },
                { ",", -EINVAL, NULL },
                { "1,", -EINVAL, NULL },
                { ",1", -EINVAL, NULL },
                { "1,,2", -EINVAL, NULL },
                { "1 2", -EINVAL, NULL },
                { "-", -EINVAL, NULL },
                { "x", -EINVAL, NULL },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(user_deinit) User user = USER_INIT;
                _cleanup_(freep) char *text = NULL;

                assert_int_equal(user_add_level(&user, 99), 0);
                assert_int_equal(user_levels_parse(&user, cases[i].text), cases[i].result);
                assert_int_equal(user.levels_known, cases[i].result == 0);
                text = user_levels_format(&user);
                assert_string_equal(text, cases[i].result == 0 ? cases[i].again : "99");
        }
}

static void test_a_copy_is_deep(void **state) {
        _cleanup_(user_deinit) User user = USER_INIT, copy = USER_INIT;

        user.id = 12;
        user.enabled = true;
        user.levels_known = true;
        user.access_expires = 1700000000;
        user.unclear = PROPERTY_BIT(PROPERTY_PHONE);
        assert_int_equal(user_set_text(&user, PROPERTY_FIRST_NAME, "Ada"), 0);
        assert_int_equal(user_set_text(&user, PROPERTY_PIN, "1234"), 0);
        assert_int_equal(user_add_level(&user, 5), 0);

        assert_int_equal(user_copy(&user, &copy), 0);
        user_deinit(&user);
        assert_null(user.pin);
        assert_true(user.access_expires == INSTANT_NONE);

        assert_int_equal(copy.id, 12);
        assert_true(copy.enabled && copy.levels_known && user_has_level(&copy, 5));
        assert_int_equal(copy.access_expires, 1700000000);
        assert_int_equal(copy.unclear, PROPERTY_BIT(PROPERTY_PHONE));
        assert_string_equal(copy.text[PROPERTY_FIRST_NAME], "Ada");
        assert_string_equal(copy.pin, "1234");
        assert_null(copy.text[PROPERTY_LAST_NAME]);
}

static void test_the_first_fault_stays(void **state) {
        _cleanup_(person_deinit) Person person = PERSON_INIT;

        assert_int_equal(person_set_fault(&person, "column '%s'", "a"), 0);
        assert_int_equal(person_set_fault(&person, "column '%s'", "b"), 0);
        assert_string_equal(person.fault, "column 'a'");
}

static void test_the_first_rule_is_named(void **state) {
        _cleanup_(person_deinit) Person person = PERSON_INIT;

        assert_int_equal(person_add_grant(&person, 20, 7), 0);
        assert_int_equal(person_add_grant(&person, 10, 8), 0);
        assert_int_equal(person_add_grant(&person, 20, 9), 0);

        assert_int_equal(person.n_grants, 2);
        assert_int_equal(person.wanted.n_levels, 2);
        for (size_t i = 0; i < 2; i++)
                assert_int_equal(person.grants[i].level, person.wanted.levels[i]);
        assert_int_equal(person.grants[0].line, 8);
        assert_int_equal(person.grants[1].line, 7);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_properties_have_names),
                cmocka_unit_test(test_empty_texts_are_null),
                cmocka_unit_test(test_levels_are_ordered_and_single),
                cmocka_unit_test(test_levels_come_back_from_text),
                cmocka_unit_test(test_a_copy_is_deep),
                cmocka_unit_test(test_the_first_fault_stays),
                cmocka_unit_test(test_the_first_rule_is_named),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
