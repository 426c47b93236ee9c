/*
 * lib/lockt/json: what is JSON and what is not, and how strings and numbers come out. json-c is asked for its
 * opinion.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "lib/lockt/json.h"

/* In memory of exactly its size, so that a look behind it is seen by a sanitizer. */
static int validate(const char *text, size_t length) {
        _cleanup_(freep) char *bytes = malloc(length > 0 ? length : 1);

        assert_non_null(bytes);
        memcpy(bytes, text, length);
        return json_validate(bytes, length);
}

static bool json_c_takes(const char *text, size_t length) {
        json_tokener *tokener = json_tokener_new_ex(JSON_DEPTH_MAX + 1);
        json_object *object;
        bool taken;

        assert_non_null(tokener);
        json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
        object = json_tokener_parse_ex(tokener, text, (int) length + 1);        /* its end is the NUL */
        taken = json_tokener_get_error(tokener) == json_tokener_success;
        json_object_put(object);
        json_tokener_free(tokener);
        return taken;
}

static void test_json_is_taken(void **state) {
        static const char *const good[] = {
                "{}", "[]", " \t\r\n[ ] \n", "null", "true", "false", "0", "-0", "12", "-1.5", "1e9", "1E+9", "0.25e-3",
                "\"\"", "\"a\"", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\u00e4\"", "\"\\ud83d\\ude00\"", "\"\x7f\"",
                "\"\xc3\xa4\"", "\"\xe2\x82\xac\"", "\"\xf0\x9f\x98\x80\"", "\"1234567\xc3\xa4\"", "\"12345678\"",
                "[1,2,[3,{\"a\":[]}]]", "{\"a\":1,\"b\":{\"c\":null}}", "{ \"a\" : 1 , \"a\" : 2 }",
                "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
        };

        for (size_t i = 0; i < ELEMENTS(good); i++) {
                if (validate(good[i], strlen(good[i])) != 0 || !json_c_takes(good[i], strlen(good[i])))
                        fail_msg("not taken: %s", good[i]);
        }
}

static void test_anything_else_is_not(void **state) {
        static const char *const bad[] = {
                "", " ", "{", "}", "[", "]", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "{]", "[}", "{\"a\"}", "{\"a\":}",
                "{\"a\":1", "{\"a\":1,}", "{a:1}", "{'a':1}", "{1:1}", "nul", "nulll", "True", "NaN", "Infinity", "-",
                "+1", "01",
                "-01", "1.", ".5", "1e", "1e+", "0x1", "1 1", "{} {}", "\"", "\"a", "\"\\\"", "\"\\", "\"\\x\"",
                "\"\\u12\"",
                "\"\\u123g\"", "\"\n\"", "\"\x01\"", "\"1234567\n\"", "\"\x80\"", "\"\xc3\"", "\"\xc0\xaf\"",
                "\"\xed\xa0\x80\"",
                "\"\xf4\x90\x80\x80\"", "\"\xff\"", "// a\n1", "/**/1", "\xef\xbb\xbf{}",
                "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
        };
        char number[JSON_NUMBER_MAX + 1];

        for (size_t i = 0; i < ELEMENTS(bad); i++) {
                if (validate(bad[i], strlen(bad[i])) != -EBADMSG)
                        fail_msg("taken: %s", bad[i]);
        }
        memset(number, '7', sizeof(number));
        assert_int_equal(validate(number, JSON_NUMBER_MAX), 0);
        assert_int_equal(validate(number, JSON_NUMBER_MAX + 1), -EBADMSG);
        assert_int_equal(validate("[\0]", 3), -EBADMSG);
        assert_int_equal(validate("1\0", 2), -EBADMSG);
}

/* Every beginning of a text is no text. */
static void test_what_is_cut_off_is_not_taken(void **state) {
        static const char whole[] = "{\"data\":[{\"id\":1,\"n\":\"\\u00e4\xc3\xa4 and more\","
                                    "\"e\":[true,false,null,-1.5e3]}]}";

        for (size_t n = 0; n < sizeof(whole) - 1; n++)
                assert_int_equal(validate(whole, n), -EBADMSG);
        assert_int_equal(validate(whole, sizeof(whole) - 1), 0);
}

static void test_strings_are_decoded(void **state) {
        static const struct {
                const char *json, *text;        /* NULL: no C string can hold it */
        } cases[] = {
                { "\"\"", "" },
                { "\"plain\"", "plain" },
                { "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t" },
                { "\"\\u0041\\u00e4\\u20ac\"", "A\xc3\xa4\xe2\x82\xac" },
                { "\"\\uD83D\\uDE00!\"", "\xf0\x9f\x98\x80!" },
                { "\"\\u0000\"", NULL },
                { "\"\\ud83d\"", NULL },
                { "\"\\ud83d?\"", NULL },
                { "\"\\ud83d\\u0041\"", NULL },
                { "\"\\ude00\"", NULL },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                char text[64];
                JsonToken token;
                Json json;

                json_init(&json, cases[i].json, strlen(cases[i].json));
                assert_int_equal(json_value(&json, &token), JSON_STRING);
                assert_int_equal(json_finish(&json), 0);
                if (!cases[i].text) {
                        assert_int_equal(json_decode(&token, text), -EILSEQ);
                        continue;
                }
                assert_int_equal(json_decode(&token, text), strlen(cases[i].text));
                assert_string_equal(text, cases[i].text);
        }
}

static void test_integers(void **state) {
        static const struct {
                const char *json;
                int result;
                int64_t value;
        } cases[] = {
                { "0", 0, 0 }, { "5678", 0, 5678 }, { "-1", 0, -1 }, { "\"613297\"", 0, 613297 }, { "\"007\"", 0, 7 },
                { "9223372036854775807", 0, INT64_MAX }, { "9223372036854775808", -EINVAL, 0 }, { "1.0", -EINVAL, 0 },
                { "1e3", -EINVAL, 0 }, { "\"\"", -EINVAL, 0 }, { "\"-\"", -EINVAL, 0 }, { "\"12a\"", -EINVAL, 0 },
                { "\" 12\"", -EINVAL, 0 }, { "true", -EINVAL, 0 }, { "null", -EINVAL, 0 }, { "{}", -EINVAL, 0 },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                JsonToken token;
                int64_t value = 0;
                Json json;

                json_init(&json, cases[i].json, strlen(cases[i].json));
                (void) json_value(&json, &token);
                assert_int_equal(json_integer(&token, &value), cases[i].result);
                assert_int_equal(value, cases[i].value);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_json_is_taken),
                cmocka_unit_test(test_anything_else_is_not),
                cmocka_unit_test(test_what_is_cut_off_is_not_taken),
                cmocka_unit_test(test_strings_are_decoded),
                cmocka_unit_test(test_integers),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
