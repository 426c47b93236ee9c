/* lib/lockt/answer, counts, sent and wording: what an answer means for what was asked. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/lockt/answer.h"
#include "lib/lockt/endpoint.h"
#include "lib/lockt/wording.h"

#define COUNTS(submitted, inserted, updated, errors)                                            \
        "{\"data\":{\"submitted\":" #submitted ",\"inserted\":" #inserted ",\"updated\":" #updated  \
        ",\"errors\":" #errors "}}"
#define ERROR_TEXT(text) "{\"data\":{\"error\":\"" text "\"}}"
#define DETAILS(result, errors) "{\"result\":[\"" result "\"],\"errors\":[" errors "]}"
#define FAILED(text, echo) "{\"error\":[\"" text "\"],\"input_data\":{" echo "}}"
#define BAD(id_num) FAILED("x", "\"id_num\":\"" id_num "\"")

/* Three people: P0 to P2, p0@example.org, cards 100 to 102, ids 10 to 12. */
static Sent *send_three(LocktWrite kind, size_t n) {
        User users[3] = { USER_INIT, USER_INIT, USER_INIT };
        const User *pointers[3];
        Sent *sent = NULL;

        for (unsigned i = 0; i < 3; i++) {
                char text[32];

                users[i].id = 10 + i;
                (void) snprintf(text, sizeof(text), "P%u", i);
                assert_int_equal(user_set_text(&users[i], PROPERTY_ID_NUM, text), 0);
                (void) snprintf(text, sizeof(text), "p%u@example.org", i);
                assert_int_equal(user_set_text(&users[i], PROPERTY_EMAIL, text), 0);
                (void) snprintf(text, sizeof(text), "10%u", i);
                assert_int_equal(user_set_text(&users[i], PROPERTY_CARD_NUM, text), 0);
                pointers[i] = &users[i];
        }
        assert_int_equal(sent_new(kind, pointers, NULL, n, &sent), 0);
        for (unsigned i = 0; i < 3; i++)
                user_deinit(&users[i]);
        return sent;
}

static void test_verdicts_have_names(void **state) {
        assert_string_equal(lockt_verdict_name(LOCKT_OK), "ok");
        assert_string_equal(lockt_verdict_name(LOCKT_UNKNOWN), "unknown");
}

static void test_answers_to_writes(void **state) {
        static const struct {
                const char *title;
                LocktWrite kind;
                size_t n;
                long status;
                const char *body;
                LocktVerdict verdict;
                size_t n_failures;
                unsigned batch_limit;
        } cases[] = {
                /* shape C, ruling 13 */
                { "all updated", LOCKT_UPDATE, 3, 200, COUNTS(3, 0, 3, 0), LOCKT_OK, 0, 0 },
                { "counts as strings", LOCKT_UPDATE, 3, 200, COUNTS("3", "0", "3", "0"), LOCKT_OK, 0, 0 },
                { "inserted counts like updated", LOCKT_UPDATE, 3, 200, COUNTS(3, 1, 2, 0), LOCKT_OK, 0, 0 },
                { "with a status that does not fit", LOCKT_UPDATE, 3, 400, COUNTS(3, 0, 3, 0), LOCKT_OK, 0, 0 },
                { "another count submitted", LOCKT_UPDATE, 3, 200, COUNTS(2, 0, 2, 0), LOCKT_UNKNOWN, 0, 0 },
                { "an update left some out", LOCKT_UPDATE, 3, 200, COUNTS(3, 0, 2, 0), LOCKT_UNKNOWN, 0, 0 },
                { "a creation left some out", LOCKT_CREATE, 3, 200, COUNTS(3, 2, 0, 0), LOCKT_OK, 0, 0 },
                { "a creation did nothing", LOCKT_CREATE, 3, 200, COUNTS(3, 0, 0, 0), LOCKT_OK, 0, 0 },
                { "a creation did more than was sent", LOCKT_CREATE, 3, 200, COUNTS(3, 2, 2, 0), LOCKT_UNKNOWN, 0, 0 },
                { "errors that nobody names", LOCKT_UPDATE, 3, 200, COUNTS(3, 0, 2, 1), LOCKT_UNKNOWN, 0, 0 },
                { "a negative count", LOCKT_UPDATE, 3, 200, COUNTS(3, -1, 4, 0), LOCKT_UNKNOWN, 0, 0 },
                { "a count that is none", LOCKT_UPDATE, 3, 200, COUNTS(3, 0, 3.0, 0), LOCKT_UNKNOWN, 0, 0 },
                { "a count missing", LOCKT_UPDATE, 3, 200, "{\"data\":{\"submitted\":3,\"updated\":3}}",
                  LOCKT_UNKNOWN, 0, 0 },
                { "put", LOCKT_UPDATE_PUT, 3, 200, COUNTS(3, 3, 0, 0), LOCKT_OK, 0, 0 },

                /* shape B, rulings 11 and 12 */
                { "one failed, by id_num", LOCKT_UPDATE, 3, 400,
                  DETAILS("Validation errors found. Details provided.", BAD("P1")), LOCKT_OK, 1, 0 },
                { "with 200 as well", LOCKT_UPDATE, 3, 200,
                  DETAILS("Validation errors found. Details provided.", BAD("P1")), LOCKT_OK, 1, 0 },
                { "by id", LOCKT_UPDATE_PUT, 3, 400, DETAILS("x", FAILED("x", "\"id\":11")), LOCKT_OK, 1, 0 },
                { "by e-mail, in another case", LOCKT_UPDATE, 3, 400,
                  DETAILS("x", FAILED("x", "\"id\":-1,\"id_num\":\"\",\"email\":\"P1@Example.org\"")), LOCKT_OK, 1, 0 },
                { "by card, as a number", LOCKT_UPDATE, 3, 400, DETAILS("x", FAILED("x", "\"card_num\":101")),
                  LOCKT_OK, 1, 0 },
                { "somebody else", LOCKT_UPDATE, 3, 400, DETAILS("x", BAD("P9")), LOCKT_UNKNOWN, 0, 0 },
                { "nobody", LOCKT_UPDATE, 3, 400, DETAILS("x", FAILED("x", "")), LOCKT_UNKNOWN, 0, 0 },
                { "no echo", LOCKT_UPDATE, 3, 400, DETAILS("x", "{\"error\":[\"x\"]}"), LOCKT_UNKNOWN, 0, 0 },
                { "an entry that is a text", LOCKT_UPDATE, 3, 400, DETAILS("x", "\"x\""), LOCKT_UNKNOWN, 0, 0 },
                { "the same one twice", LOCKT_UPDATE, 3, 400,
                  DETAILS("x", BAD("P1") "," BAD("P1")), LOCKT_UNKNOWN, 0, 0 },
                { "one known and one not", LOCKT_UPDATE, 3, 400,
                  DETAILS("x", BAD("P1") "," BAD("P9")), LOCKT_UNKNOWN, 0, 0 },
                { "all of them", LOCKT_UPDATE, 2, 400,
                  DETAILS("Validation errors found. Batch has failed. Details provided.",
                          BAD("P0") "," BAD("P1")), LOCKT_OK, 2, 0 },
                { "the whole batch failed, for one", LOCKT_UPDATE, 3, 400,
                  DETAILS("Validation errors found. Batch has failed. Details provided.", BAD("P1")),
                  LOCKT_UNKNOWN, 1, 0 },
                { "more failures than records", LOCKT_UPDATE, 1, 400,
                  DETAILS("x", BAD("P0") "," BAD("P1")), LOCKT_UNKNOWN, 0, 0 },

                /* B and C together, and B inside of C */
                { "counts and details", LOCKT_UPDATE, 3, 200,
                  "{\"data\":{\"submitted\":3,\"inserted\":0,\"updated\":2,\"errors\":1},"
                  "\"result\":[\"x\"],\"errors\":["
                  BAD("P2") "]}", LOCKT_OK, 1, 0 },
                { "counts and other details", LOCKT_UPDATE, 3, 200,
                  "{\"data\":{\"submitted\":3,\"inserted\":0,\"updated\":1,\"errors\":2},\"errors\":["
                  BAD("P2") "]}", LOCKT_UNKNOWN, 0, 0 },
                { "details inside the data", LOCKT_UPDATE, 3, 200,
                  "{\"data\":{\"submitted\":3,\"inserted\":0,\"updated\":2,\"errors\":[" BAD("P2") "]}}",
                  LOCKT_OK, 1, 0 },

                /* shape A, rulings 15 to 18 */
                { "refused", LOCKT_UPDATE, 3, 400, ERROR_TEXT("No data found or invalid JSON objects supplied."),
                  LOCKT_REFUSED, 0, 0 },
                { "refused with 200", LOCKT_UPDATE, 3, 200, ERROR_TEXT("Something is wrong."), LOCKT_REFUSED, 0, 0 },
                { "refused as an array", LOCKT_UPDATE, 3, 400, "{\"data\":[{\"error\":\"no\"}]}", LOCKT_REFUSED, 0, 0 },
                { "a bare result", LOCKT_UPDATE, 3, 400, "{\"result\":[\"no\"],\"errors\":[]}", LOCKT_REFUSED, 0, 0 },
                { "an error and counts at once", LOCKT_UPDATE, 3, 200,
                  "{\"data\":{\"error\":\"x\",\"submitted\":3,\"inserted\":0,\"updated\":3,\"errors\":0}}",
                  LOCKT_UNKNOWN, 0, 0 },
                { "batch size", LOCKT_UPDATE, 3, 400, ERROR_TEXT("Batch size exceeds maximum of 2 objects."),
                  LOCKT_TOO_LARGE, 0, 2 },
                { "batch size without a number", LOCKT_UPDATE, 3, 400, ERROR_TEXT("Batch size exceeds maximum."),
                  LOCKT_TOO_LARGE, 0, 0 },
                { "batch size of zero", LOCKT_UPDATE, 3, 400, ERROR_TEXT("Batch size exceeds maximum of 0 objects."),
                  LOCKT_TOO_LARGE, 0, 0 },
                { "batch size that was kept", LOCKT_UPDATE, 3, 400,
                  ERROR_TEXT("Batch size exceeds maximum of 50 objects."), LOCKT_TOO_LARGE, 0, 0 },
                { "batch size of one record", LOCKT_UPDATE, 1, 400,
                  ERROR_TEXT("Batch size exceeds maximum of 1 objects."), LOCKT_REFUSED, 0, 0 },
                { "413", LOCKT_UPDATE, 3, 413, "<html>", LOCKT_TOO_LARGE, 0, 0 },
                { "413 that says how many", LOCKT_UPDATE, 3, 413,
                  ERROR_TEXT("Batch size exceeds maximum of 2 objects."), LOCKT_TOO_LARGE, 0, 2 },
                { "413 for one", LOCKT_UPDATE, 1, 413, "", LOCKT_REFUSED, 0, 0 },
                { "rate limiting", LOCKT_UPDATE, 3, 400, ERROR_TEXT("Rate limiting in effect."), LOCKT_BUSY, 0, 0 },
                { "overlapping", LOCKT_UPDATE, 3, 400, ERROR_TEXT("Overlapping POST operations."), LOCKT_BUSY, 0, 0 },
                { "not the word rate", LOCKT_UPDATE, 3, 400, ERROR_TEXT("Corporate unlimited separator."),
                  LOCKT_REFUSED, 0, 0 },
                { "dependant record", LOCKT_UPDATE, 3, 400,
                  ERROR_TEXT("Unable to enumerate dependant record. Batch has been terminated and exception flagged."),
                  LOCKT_UNAVAILABLE, 0, 0 },
                { "template", LOCKT_UPDATE, 3, 400,
                  ERROR_TEXT("Unable to locate template. Batch has been terminated and exception flagged."),
                  LOCKT_UNAVAILABLE, 0, 0 },

                /* statuses, rulings 19 and 41 */
                { "401", LOCKT_UPDATE, 3, 401, ERROR_TEXT("Access denied."), LOCKT_UNAUTHORIZED, 0, 0 },
                { "403", LOCKT_UPDATE, 3, 403, "", LOCKT_UNAUTHORIZED, 0, 0 },
                { "404", LOCKT_UPDATE, 3, 404, "", LOCKT_UNAVAILABLE, 0, 0 },
                { "404 of PUT", LOCKT_UPDATE_PUT, 3, 404, "", LOCKT_NOT_RELEASED, 0, 0 },
                { "405 of PUT", LOCKT_UPDATE_PUT, 3, 405, "", LOCKT_NOT_RELEASED, 0, 0 },
                { "429", LOCKT_UPDATE, 3, 429, "", LOCKT_BUSY, 0, 0 },
                { "500", LOCKT_UPDATE, 3, 500, "", LOCKT_UNAVAILABLE, 0, 0 },
                { "503", LOCKT_UPDATE, 3, 503, "<html>", LOCKT_UNAVAILABLE, 0, 0 },
                { "502", LOCKT_UPDATE, 3, 502, "", LOCKT_UNKNOWN, 0, 0 },
                { "504", LOCKT_UPDATE, 3, 504, "", LOCKT_UNKNOWN, 0, 0 },
                { "302", LOCKT_UPDATE, 3, 302, "", LOCKT_UNKNOWN, 0, 0 },

                /* not understood, rulings 14 and 41 */
                { "a login page", LOCKT_UPDATE, 3, 200, "<html><body>Sign in</body></html>", LOCKT_UNKNOWN, 0, 0 },
                { "a page with 400", LOCKT_UPDATE, 3, 400, "<html></html>", LOCKT_UNKNOWN, 0, 0 },
                { "nothing", LOCKT_UPDATE, 3, 200, "", LOCKT_UNKNOWN, 0, 0 },
                { "204", LOCKT_UPDATE, 3, 204, "", LOCKT_UNKNOWN, 0, 0 },
                { "cut off", LOCKT_UPDATE, 3, 200, "{\"data\":{\"submitted\":3,\"inserted\":0,\"upd", LOCKT_UNKNOWN,
                  0, 0 },
                { "something behind it", LOCKT_UPDATE, 3, 200, COUNTS(3, 0, 3, 0) "x", LOCKT_UNKNOWN, 0, 0 },
                { "an empty object", LOCKT_UPDATE, 3, 200, "{}", LOCKT_UNKNOWN, 0, 0 },
                { "an array", LOCKT_UPDATE, 3, 200, "[]", LOCKT_UNKNOWN, 0, 0 },
                { "null", LOCKT_UPDATE, 3, 200, "{\"data\":null}", LOCKT_UNKNOWN, 0, 0 },
                { "a list of users", LOCKT_UPDATE, 3, 200, "{\"data\":[{\"id\":1}]}", LOCKT_UNKNOWN, 0, 0 },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(sent_freep) Sent *sent = send_three(cases[i].kind, cases[i].n);
                _cleanup_(lockt_answer_deinit) LocktAnswer answer = { 0 };
                size_t length = strlen(cases[i].body);
                _cleanup_(freep) char *bytes = malloc(length > 0 ? length : 1);

                memcpy(bytes, cases[i].body, length);
                assert_int_equal(answer_read_write(sent, cases[i].status, bytes, length, &answer), 0);
                if (answer.verdict != cases[i].verdict || answer.n_failures != cases[i].n_failures ||
                    answer.batch_limit != cases[i].batch_limit)
                        fail_msg("%s: %s, %zu failures, limit %u: %s", cases[i].title,
                                 lockt_verdict_name(answer.verdict), answer.n_failures, answer.batch_limit,
                                         answer.message);
                assert_non_null(answer.message);
                assert_int_equal(answer.status, cases[i].status);
                if (cases[i].n_failures == 1)
                        assert_int_equal(answer.failures[0].index, strstr(cases[i].body, "P2") ? 2 : 1);
        }
}

static void test_the_documented_failure(void **state) {
        static const char body[] =
                "{\"result\":[\"Validation errors found. Details provided.\"],\"errors\":[{\"error\":["
                "\"Non-Numeric card_num found: A8914\",\"Invalid email address found: rgreswell0@@@@gravatar.com\"],"
                "\"input_data\":{\"id\":-1,\"id_num\":\"P1\",\"first_name\":\"Rhea\",\"last_name\":\"Greswell\","
                "\"card_num\":\"A8914\",\"email\":\"rgreswell0@@@@gravatar.com\","
                "\"phone\":\"8184365134\",\"pin\":\"0986\","
                "\"enabled\":false,\"accesslevels\":[{\"id\":574}]}}]}";
        _cleanup_(sent_freep) Sent *sent = send_three(LOCKT_UPDATE, 3);
        _cleanup_(lockt_answer_deinit) LocktAnswer answer = { 0 };

        assert_int_equal(answer_read_write(sent, 400, body, strlen(body), &answer), 0);
        assert_int_equal(answer.verdict, LOCKT_OK);
        assert_int_equal(answer.submitted, 3);
        assert_int_equal(answer.errors, 1);
        assert_string_equal(answer.failures[0].message, "Non-Numeric card_num found; Invalid email address found");
}

/* A key that fits two of the batch proves nothing; the next one may. */
static void test_matching_is_unique(void **state) {
        User users[3] = { USER_INIT, USER_INIT, USER_INIT };
        const User *pointers[3] = { &users[0], &users[1], &users[2] };
        _cleanup_(sent_freep) Sent *sent = NULL;

        assert_int_equal(user_set_text(&users[0], PROPERTY_ID_NUM, "A"), 0);
        assert_int_equal(user_set_text(&users[1], PROPERTY_ID_NUM, "A"), 0);
        assert_int_equal(user_set_text(&users[1], PROPERTY_EMAIL, "a@example.org"), 0);
        assert_int_equal(sent_new(LOCKT_UPDATE, pointers, NULL, 3, &sent), 0);
        assert_int_equal(sent_count(sent), 3);
        assert_int_equal(sent_match(sent, &(Echo) { .id_num = "A" }), -1);
        assert_int_equal(sent_match(sent, &(Echo) { .id_num = "A", .email = "a@example.org" }), -1);
        assert_int_equal(sent_match(sent, &(Echo) { .email = "a@example.org" }), 1);
        assert_int_equal(sent_match(sent, &(Echo) { .id_num = "Z", .email = "a@example.org" }), 1);
        assert_int_equal(sent_match(sent, &(Echo) { .id = -1 }), -1);
        assert_int_equal(sent_match(sent, &(Echo) { 0 }), -1);
        user_deinit(&users[0]);
        user_deinit(&users[1]);
}

static void test_failed_reads(void **state) {
        static const struct {
                AnswerTo what;
                long status;
                const char *body;
                LocktVerdict verdict;
        } cases[] = {
                { ANSWER_TO_GET, 404, "", LOCKT_ABSENT },
                { ANSWER_TO_GET, 404, ERROR_TEXT("The resource was not found."), LOCKT_ABSENT },
                { ANSWER_TO_GET, 404, "<html>404</html>", LOCKT_UNKNOWN },
                { ANSWER_TO_LIST, 404, "", LOCKT_UNAVAILABLE },
                { ANSWER_TO_LIST, 401, "", LOCKT_UNAUTHORIZED },
                { ANSWER_TO_LIST, 429, "", LOCKT_BUSY },
                { ANSWER_TO_LIST, 502, "", LOCKT_UNAVAILABLE },
                { ANSWER_TO_LIST, 504, "", LOCKT_UNAVAILABLE },
                { ANSWER_TO_LIST, 301, "", LOCKT_UNAVAILABLE },
                { ANSWER_TO_LIST, 400, ERROR_TEXT("Unable to locate template."), LOCKT_UNAVAILABLE },
                { ANSWER_TO_LIST, 400, ERROR_TEXT("Rate limit."), LOCKT_BUSY },
                { ANSWER_TO_LIST, 400, ERROR_TEXT("No."), LOCKT_REFUSED },
                { ANSWER_TO_LIST, 400, "<html>", LOCKT_UNKNOWN },
                { ANSWER_TO_LIST, 204, "", LOCKT_UNKNOWN },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(lockt_answer_deinit) LocktAnswer answer = { 0 };

                assert_int_equal(answer_read_failure(cases[i].what, cases[i].status, cases[i].body,
                                                     strlen(cases[i].body), &answer), 0);
                if (answer.verdict != cases[i].verdict)
                        fail_msg("%ld %s: %s", cases[i].status, cases[i].body, lockt_verdict_name(answer.verdict));
        }
}

static void test_words_lose_their_values(void **state) {
        static const struct {
                const char *words, *shown;
        } cases[] = {
                { "Non-Numeric card_num found: A8914", "Non-Numeric card_num found" },
                { "One: 1; Two: 2", "One; Two" },
                { "Batch size exceeds maximum of 50 objects.", "Batch size exceeds maximum of 50 objects." },
                { "The e-mail a@b.example is taken", "The e-mail is taken" },
                { "Card 10023 is taken", "Card is taken" },
                { "Name \"Rhea Greswell\" is too long", "Name \"\" is too long" },
                { "  two\nlines\x1b[31m\x7f and \xc2\x85 more  ", "two lines [31m and more" },
                { "\xff\xfe", "" },
                { "", "" },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(freep) char *words = strdup(cases[i].words);

                answer_tidy_words(words);
                assert_string_equal(words, cases[i].shown);
        }
}

static void test_words_are_cut_between_characters(void **state) {
        char words[2 * WORDING_MAX + 2] = "x";

        for (size_t n = 1; n + 2 < sizeof(words); n += 2)
                memcpy(words + n, "\xc3\xa4", 3);
        wording_tidy(words);
        assert_int_equal(strlen(words), WORDING_MAX - 1);
        assert_int_equal((unsigned char) words[WORDING_MAX - 2], 0xa4);
}

static void test_a_value_is_taken_out(void **state) {
        char words[] = "Rhea Greswell may not, says Rhea";

        wording_strip_value(words, "Rhea");
        wording_strip_value(words, "x");
        wording_strip_value(words, "");
        assert_string_equal(words, " Greswell may not, says ");
}

static void test_endpoints(void **state) {
        static const struct {
                const char *url, *apiuser, *apikey;
                int result;
                bool loopback;
        } cases[] = {
                { "https://cloudapi.lockt.com/api/v1", "u", "k", 0, false },
                { "https://cloudapi.lockt.com:8443/api/v1/", "u", "k", 0, false },
                { "http://127.0.0.1:8080/api/v1", "u", "k", 0, true },
                { "http://127.8.9.10/api/v1", "u", "k", 0, true },
                { "http://localhost/api/v1", "u", "k", 0, true },
                { "http://[::1]:80/api/v1", "u", "k", 0, true },
                { "http://cloudapi.lockt.com/api/v1", "u", "k", -EINVAL, false },
                { "http://127.0.0.1.example.org/api/v1", "u", "k", -EINVAL, false },
                { "http://128.0.0.1/", "u", "k", -EINVAL, false },
                { "ftp://cloudapi.lockt.com/", "u", "k", -EINVAL, false },
                { "file:///etc/passwd", "u", "k", -EINVAL, false },
                { "cloudapi.lockt.com", "u", "k", -EINVAL, false },
                { "https://u:p@cloudapi.lockt.com/", "u", "k", -EINVAL, false },
                { "https://cloudapi.lockt.com/?a=b", "u", "k", -EINVAL, false },
                { "https://cloudapi.lockt.com/#a", "u", "k", -EINVAL, false },
                { "https://cloudapi.lockt.com/a b", "u", "k", -EINVAL, false },
                { "", "u", "k", -EINVAL, false },
                { NULL, "u", "k", -EINVAL, false },
                { "https://cloudapi.lockt.com", "", "k", -EINVAL, false },
                { "https://cloudapi.lockt.com", "u", NULL, -EINVAL, false },
                { "https://cloudapi.lockt.com", "u", "secret\r\nHost: evil", -EINVAL, false },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                const LocktOptions options = {
                        .url = cases[i].url, .apiuser = cases[i].apiuser, .apikey = cases[i].apikey,
                };
                _cleanup_(error_clear) Error error = ERROR_INIT;
                Endpoint endpoint;

                if (endpoint_init(&endpoint, &options, &error) != cases[i].result ||
                    endpoint.loopback != cases[i].loopback)
                        fail_msg("%s: %s", cases[i].url, error_message(&error));
                if (cases[i].result < 0)
                        assert_null(strstr(error_message(&error), "secret"));
                else
                        assert_int_not_equal(endpoint.url[strlen(endpoint.url) - 1], '/');
                endpoint_deinit(&endpoint);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_verdicts_have_names),
                cmocka_unit_test(test_answers_to_writes),
                cmocka_unit_test(test_the_documented_failure),
                cmocka_unit_test(test_matching_is_unique),
                cmocka_unit_test(test_failed_reads),
                cmocka_unit_test(test_words_lose_their_values),
                cmocka_unit_test(test_words_are_cut_between_characters),
                cmocka_unit_test(test_a_value_is_taken_out),
                cmocka_unit_test(test_endpoints),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
