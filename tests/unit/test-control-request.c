/* Requests of the control socket: what is understood, and what is refused before a command sees it. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/control-request.h"
#include "lib/base/cleanup.h"

static const Member members[] = {
        { "id_num", MEMBER_TEXT, true },
        { "keys", MEMBER_TEXTS, false },
        { "bodies", MEMBER_FLAG, false },
        { "limit", MEMBER_NUMBER, false },
        { "config", MEMBER_TEXT, false, true },
        { 0 },
};

static void test_parse(void **state) {
        static const struct {
                const char *title, *line, *command;     /* NULL: refused */
        } cases[] = {
                { "a command alone", "{\"command\":\"status\"}", "status" },
                { "with blanks", " { \"command\" : \"status\" } ", "status" },
                { "with members", "{\"command\":\"explain\",\"id_num\":\"4711\"}", "explain" },
                { "nothing", "", NULL },
                { "no object", "[\"status\"]", NULL },
                { "a text", "\"status\"", NULL },
                { "no command", "{\"id_num\":\"4711\"}", NULL },
                { "a command that is no text", "{\"command\":1}", NULL },
                { "cut short", "{\"command\":\"status\"", NULL },
                { "more behind it", "{\"command\":\"status\"} {}", NULL },
                { "single quotes", "{'command':'status'}", NULL },
                { "broken UTF-8", "{\"command\":\"st\xff\"}", NULL },
                { "too deep", "{\"command\":\"s\",\"a\":[[[[[[[[1]]]]]]]]}", NULL },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(error_clear) Error error = ERROR_INIT;
                struct json_object *request = NULL;
                const char *command = NULL;
                int r = request_parse(cases[i].line, strlen(cases[i].line), &request, &command, &error);

                if (cases[i].command ? r != 0 || strcmp(command, cases[i].command) != 0 : r != -EINVAL || !error.message)
                        fail_msg("%s: %d %s", cases[i].title, r, error_message(&error));
                (void) json_object_put(request);
        }
}

static void test_check(void **state) {
        static const struct {
                const char *title, *rest, *sentence;    /* NULL: fine */
        } cases[] = {
                { "what is needed", "\"id_num\":\"4711\"", NULL },
                { "all there is", "\"id_num\":\"1\",\"keys\":[\"a\",\"b\"],\"bodies\":true,\"limit\":0", NULL },
                { "what is needed is not there", "\"bodies\":true", "this command needs 'id_num'" },
                { "something unknown", "\"id_num\":\"1\",\"force\":true", "this command takes no 'force'" },
                { "a number as a text", "\"id_num\":4711", "'id_num' takes a text" },
                { "an empty text", "\"id_num\":\"\"", "'id_num' takes a text" },
                { "a text with NUL", "\"id_num\":\"4\\u00001\"", "'id_num' takes a text" },
                { "null", "\"id_num\":null", "'id_num' takes a text" },
                { "no texts", "\"id_num\":\"1\",\"keys\":[]", "'keys' takes an array of 1 to 1000 texts" },
                { "texts that are none", "\"id_num\":\"1\",\"keys\":[1]", "'keys' takes an array of 1 to 1000 texts" },
                { "one text for many", "\"id_num\":\"1\",\"keys\":\"a\"", "'keys' takes an array of 1 to 1000 texts" },
                { "a word for a flag", "\"id_num\":\"1\",\"bodies\":\"yes\"", "'bodies' takes true or false" },
                { "a negative number", "\"id_num\":\"1\",\"limit\":-1", "'limit' takes a number of 0 or more" },
                { "half a number", "\"id_num\":\"1\",\"limit\":1.5", "'limit' takes a number of 0 or more" },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(error_clear) Error error = ERROR_INIT;
                struct json_object *request = NULL;
                const char *command = NULL;
                char line[256];
                int n, r;

                n = snprintf(line, sizeof(line), "{\"command\":\"explain\",%s}", cases[i].rest);
                assert_int_equal(request_parse(line, (size_t) n, &request, &command, &error), 0);
                r = request_check(request, members, &error);
                if (cases[i].sentence ? r != -EINVAL || strcmp(error_message(&error), cases[i].sentence) != 0 : r != 0)
                        fail_msg("%s: %d %s", cases[i].title, r, error_message(&error));
                (void) json_object_put(request);
        }
}

static void test_a_command_without_members_takes_none(void **state) {
        _cleanup_(error_clear) Error error = ERROR_INIT;
        static const char line[] = "{\"command\":\"status\",\"all\":true}";
        struct json_object *request = NULL;
        const char *command = NULL;

        assert_int_equal(request_parse(line, strlen(line), &request, &command, &error), 0);
        assert_int_equal(request_check(request, NULL, &error), -EINVAL);
        (void) json_object_put(request);
}

static void test_some_members_are_for_who_may_steer(void **state) {
        static const struct {
                const char *line, *member;
        } cases[] = {
                { "{\"command\":\"explain\",\"id_num\":\"1\"}", NULL },
                { "{\"command\":\"explain\",\"id_num\":\"1\",\"config\":\"x\"}", "config" },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(error_clear) Error error = ERROR_INIT;
                struct json_object *request = NULL;
                const char *command = NULL, *member;

                assert_int_equal(request_parse(cases[i].line, strlen(cases[i].line), &request, &command, &error), 0);
                member = request_steers(request, members);
                if (cases[i].member)
                        assert_string_equal(member, cases[i].member);
                else
                        assert_null(member);
                (void) json_object_put(request);
        }
        assert_null(request_steers(NULL, NULL));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_some_members_are_for_who_may_steer),
                cmocka_unit_test(test_parse),
                cmocka_unit_test(test_check),
                cmocka_unit_test(test_a_command_without_members_takes_none),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
