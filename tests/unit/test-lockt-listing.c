/*
 * lib/lockt/listing and element: streams of users in whatever pieces they arrive, and every form a property may have.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/lockt/element.h"
#include "lib/lockt/listing.h"

typedef struct Taken {
        ElementReader reader;
        size_t n;
        int64_t id_sum;
        int answer;             /* what the callback says instead, when not 0 */
} Taken;

static ssize_t take(void *userdata, const char *bytes, size_t length, bool whole, Error *reterr) {
        Taken *taken = userdata;
        size_t used;
        User user;
        int r;

        r = element_read_user(&taken->reader, bytes, length, &user, &used, whole ? reterr : NULL);
        if (r < 0)
                return whole ? r : -EAGAIN;
        taken->n++;
        taken->id_sum += user.id;
        return taken->answer != 0 ? taken->answer : (ssize_t) used;
}

/* The whole text, in pieces of @piece bytes, each in memory of its own size. */
static int read_list(const char *text, size_t piece, Taken *taken, Listing *list) {
        _cleanup_(error_clear) Error error = ERROR_INIT;
        size_t length = strlen(text);
        int r = 0;

        *taken = (Taken) { .reader = { .timezone = "UTC" }, .answer = taken->answer };
        listing_init(list, take, taken, LISTING_ELEMENT_MAX);
        for (size_t at = 0; at < length && r >= 0; at += piece) {
                size_t n = length - at < piece ? length - at : piece;
                _cleanup_(freep) char *bytes = malloc(n);

                assert_non_null(bytes);
                memcpy(bytes, text + at, n);
                r = listing_feed(list, bytes, n, &error);
        }
        if (r >= 0)
                r = listing_end(list, &error);
        if (r == -EBADMSG)
                assert_non_null(error.message);
        element_reader_deinit(&taken->reader);
        return r;
}

static void test_lists_arrive_in_any_pieces(void **state) {
        static const struct {
                const char *title, *text;
                int result;
                size_t n;
        } cases[] = {
                { "empty", "{\"data\":[]}", 0, 0 },
                { "white space everywhere", " {\n \"data\" :\t[ { \"id\" : 1 } ,\r\n{\"id\":2} ] } \n", 0, 2 },
                { "other members are ignored",
                  "{\"count\":2,\"a\":{\"b\":[1,\"]}\"]},\"data\":[{\"id\":1}],\"z\":null,\"y\":\"\"}", 0, 1 },
                { "brackets and quotes in strings", "{\"data\":[{\"id\":1,\"x\":\"}]\\\"{[\\\\\"},{\"id\":2}]}", 0, 2 },
                { "an escaped key", "{\"d\\u0061ta\":[{\"id\":1}]}", 0, 1 },
                { "an empty array of errors", "{\"data\":[{\"id\":1}],\"errors\":[]}", 0, 1 },
                { "null for a list", "{\"data\":null}", LISTING_NULL, 0 },
                { "the error shape", "{\"data\":{\"error\":\"no\"}}", LISTING_FAILED, 0 },
                { "the error shape as an array of texts", "{\"data\":{\"error\":[\"no\",\"never\"]}}", LISTING_FAILED,
                  0 },
                { "the shape of a failed batch", "{\"result\":[\"no\"],\"errors\":[]}", LISTING_FAILED, 0 },
                { "nothing at all", "", -EBADMSG, 0 },
                { "only white space", " \n", -EBADMSG, 0 },
                { "a page", "<!DOCTYPE html><html></html>", -EBADMSG, 0 },
                { "a bare array", "[{\"id\":1}]", -EBADMSG, 0 },
                { "no data", "{\"users\":[]}", -EBADMSG, 0 },
                { "an empty object", "{}", -EBADMSG, 0 },
                { "data twice", "{\"data\":[{\"id\":1}],\"data\":[]}", -EBADMSG, 1 },
                { "data is an object of something", "{\"data\":{\"id\":1}}", -EBADMSG, 0 },
                { "data is a text", "{\"data\":\"none\"}", -EBADMSG, 0 },
                { "an element is null", "{\"data\":[null]}", -EBADMSG, 0 },
                { "an element is an array", "{\"data\":[[]]}", -EBADMSG, 0 },
                { "an element has no id", "{\"data\":[{\"id\":1},{\"id_num\":\"A\"}]}", -EBADMSG, 1 },
                { "errors beside the elements", "{\"data\":[{\"id\":1}],\"errors\":[{\"error\":[\"cut short\"]}]}",
                  -EBADMSG, 1 },
                { "a comma at the end", "{\"data\":[{\"id\":1},]}", -EBADMSG, 1 },
                { "no comma", "{\"data\":[{\"id\":1}{\"id\":2}]}", -EBADMSG, 1 },
                { "an element that is no JSON", "{\"data\":[{\"id\":1,}]}", -EBADMSG, 0 },
                { "mismatched brackets", "{\"data\":[{\"id\":1]]}", -EBADMSG, 0 },
                { "a bad other member", "{\"x\":01,\"data\":[]}", -EBADMSG, 0 },
                { "something behind the end", "{\"data\":[]}x", -EBADMSG, 0 },
                { "a second document", "{\"data\":[]}{}", -EBADMSG, 0 },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                for (size_t piece = 1; piece < 200; piece += piece < 40 ? 1 : 37) {
                        Taken taken = { .answer = 0 };
                        Listing list;
                        int r = read_list(cases[i].text, piece, &taken, &list);

                        if (r != cases[i].result || taken.n != cases[i].n)
                                fail_msg("%s, in pieces of %zu: %d, %zu elements", cases[i].title, piece, r, taken.n);
                        if (r == LISTING_FAILED)
                                assert_true(strncmp(list.failure, "no", 2) == 0);
                        listing_deinit(&list);
                }
        }
}

/* ruling 20: a list that ends early is no list, wherever it ends. */
static void test_no_beginning_of_a_list_is_a_list(void **state) {
        static const char whole[] = "{\"data\":[{\"id\":1,\"id_num\":\"A\"},{\"id\":2}],\"more\":true}";

        for (size_t n = 0; n < sizeof(whole) - 1; n++) {
                _cleanup_(freep) char *text = strndup(whole, n);
                Taken taken = { .answer = 0 };
                Listing list;

                assert_int_equal(read_list(text, 7, &taken, &list), -EBADMSG);
                listing_deinit(&list);
        }
}

static void test_what_the_callback_says_ends_the_list(void **state) {
        Taken taken = { .answer = -ENOSPC };
        Listing list;

        assert_int_equal(read_list("{\"data\":[{\"id\":1},{\"id\":2}]}", 1000, &taken, &list), -ENOSPC);
        assert_int_equal(taken.n, 1);
        listing_deinit(&list);
}

/* A list whose only element holds a text of @n bytes. */
static char *make_wide(size_t n) {
        static const char before[] = "{\"data\":[{\"id\":1,\"x\":\"", after[] = "\"}]}";
        char *text = malloc(sizeof(before) + n + sizeof(after));

        assert_non_null(text);
        memcpy(text, before, sizeof(before) - 1);
        memset(text + sizeof(before) - 1, 'x', n);
        memcpy(text + sizeof(before) - 1 + n, after, sizeof(after));
        return text;
}

static void test_an_element_is_bounded(void **state) {
        static const struct {
                size_t size, piece;
                int result;
        } cases[] = {
                { LISTING_ELEMENT_MAX - 16, 16384, 0 },
                { LISTING_ELEMENT_MAX - 14, 16384, -EBADMSG },
                { LISTING_ELEMENT_MAX - 16, 1000000, 0 },
                { LISTING_ELEMENT_MAX - 14, 1000000, -EBADMSG },
                { 4 * LISTING_ELEMENT_MAX, 16384, -EBADMSG },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(freep) char *text = make_wide(cases[i].size);
                Taken taken = { .answer = 0 };
                Listing list;

                assert_int_equal(read_list(text, cases[i].piece, &taken, &list), cases[i].result);
                assert_true(list.allocated <= 2 * LISTING_ELEMENT_MAX);
                listing_deinit(&list);
        }
}

static void test_a_single_object_is_a_list_of_one_when_asked(void **state) {
        static const char text[] = "{\"data\":{\"id\":7}}";
        Taken taken = { .reader = { .timezone = "UTC" } };
        Listing list;

        listing_init(&list, take, &taken, LISTING_ELEMENT_MAX);
        list.single = true;
        assert_int_equal(listing_feed(&list, text, strlen(text), NULL), 0);
        assert_int_equal(listing_end(&list, NULL), 0);
        assert_int_equal(taken.id_sum, 7);
        listing_deinit(&list);
        element_reader_deinit(&taken.reader);
}

/* One user. */
static int read_user(ElementReader *reader, const char *json, User *ret) {
        _cleanup_(error_clear) Error error = ERROR_INIT;
        size_t length = strlen(json), used = 0;
        _cleanup_(freep) char *bytes = malloc(length);
        int r;

        memcpy(bytes, json, length);
        reader->timezone = "UTC";
        r = element_read_user(reader, bytes, length, ret, &used, &error);
        if (r >= 0)
                assert_int_equal(used, length);
        return r;
}

static void test_the_documented_user(void **state) {
        _cleanup_(element_reader_deinit) ElementReader reader = { 0 };
        User user;

        assert_int_equal(read_user(&reader, "{\"id\": 1690, \"id_num\": \"ABC123-98765\", \"last_name\": \"Smith3\","
                                   "\"first_name\": \"Joe3\", \"card_num\": \"5556\", \"credential_key\": \"\","
                                   "\"email\": \"j.smith@web.place\", \"phone\": \"1112223333\","
                                   "\"access_effective\": \"2022-01-05T23:59:59.000Z\", \"access_expires\": \"\","
                                   "\"enabled\": false}", &user), 0);
        assert_int_equal(user.id, 1690);
        assert_string_equal(user_text(&user, PROPERTY_ID_NUM), "ABC123-98765");
        assert_string_equal(user_text(&user, PROPERTY_LAST_NAME), "Smith3");
        assert_string_equal(user_text(&user, PROPERTY_FIRST_NAME), "Joe3");
        assert_string_equal(user_text(&user, PROPERTY_CARD_NUM), "5556");
        assert_null(user.text[PROPERTY_CREDENTIAL_KEY]);
        assert_string_equal(user_text(&user, PROPERTY_EMAIL), "j.smith@web.place");
        assert_string_equal(user_text(&user, PROPERTY_PHONE), "1112223333");
        assert_int_equal(user.access_effective, 1641427199);
        assert_true(user.access_expires == INSTANT_NONE);
        assert_false(user.enabled);
        assert_false(user.levels_known);        /* ruling 21 */
        assert_int_equal(user.unclear, 0);
        assert_false(reader.is_fob);
}

/* ruling 32 */
static void test_the_documented_fob(void **state) {
        _cleanup_(element_reader_deinit) ElementReader reader = { 0 };
        User user;

        assert_int_equal(read_user(&reader,
                "{\"id\": 5678, \"id_num\": \"\", \"name\": \"Fob 1\", \"card_num\": \"10000\","
                                   "\"enabled\": false, \"access_effective\": \"\", \"access_expires\": \"\","
                                   "\"accesslevels\": []}", &user), 0);
        assert_true(reader.is_fob);
        assert_string_equal(user_text(&user, PROPERTY_LAST_NAME), "Fob 1");
        assert_true(user.levels_known);

        assert_int_equal(read_user(&reader, "{\"id\":1,\"name\":\"Ann Lee\",\"last_name\":\"Lee\",\"enabled\":1}",
                &user), 0);
        assert_false(reader.is_fob);
        assert_string_equal(user_text(&user, PROPERTY_LAST_NAME), "Lee");
}

/* rulings 4, 5, 7, 21 and 34, property by property; @unclear: it was there and not understood. */
static void test_forms_of_properties(void **state) {
        static const struct {
                const char *member;
                Property property;
                bool unclear;
                const char *text;
                int64_t number;         /* an instant, a boolean, or the sum of the levels */
        } cases[] = {
                { "\"card_num\":\"0815\"", PROPERTY_CARD_NUM, false, "0815", 0 },
                { "\"card_num\":8769", PROPERTY_CARD_NUM, false, "8769", 0 },
                { "\"card_num\":null", PROPERTY_CARD_NUM, false, "", 0 },
                { "\"card_num\":1.5", PROPERTY_CARD_NUM, true, "", 0 },
                { "\"card_num\":1e4", PROPERTY_CARD_NUM, true, "", 0 },
                { "\"id_num\":42", PROPERTY_ID_NUM, false, "42", 0 },
                { "\"id_num\":\"\\u0000\"", PROPERTY_ID_NUM, true, "", 0 },
                { "\"id_num\":[\"A\"]", PROPERTY_ID_NUM, true, "", 0 },
                { "\"last_name\":\"M\\u00fcller\"", PROPERTY_LAST_NAME, false, "M\xc3\xbcller", 0 },
                { "\"last_name\":\"\\ud83d\"", PROPERTY_LAST_NAME, true, "", 0 },
                { "\"last_name\":true", PROPERTY_LAST_NAME, true, "", 0 },
                { "\"l\\u0061st_name\":\"Lee\"", PROPERTY_LAST_NAME, false, "Lee", 0 },
                { "\"email\":{}", PROPERTY_EMAIL, true, "", 0 },
                { "\"email\":\"a@b\",\"email\":\"c@d\"", PROPERTY_EMAIL, true, "a@b", 0 },
                { "\"access_expires\":\"2022-01-24 00:00:00\"", PROPERTY_ACCESS_EXPIRES, false, NULL, 1642982400 },
                { "\"access_expires\":\"2022-05-05T09:00:00.000Z\"", PROPERTY_ACCESS_EXPIRES, false, NULL, 1651741200 },
                { "\"access_expires\":\"\"", PROPERTY_ACCESS_EXPIRES, false, NULL, INSTANT_NONE },
                { "\"access_expires\":null", PROPERTY_ACCESS_EXPIRES, false, NULL, INSTANT_NONE },
                { "\"access_expires\":\"tomorrow\"", PROPERTY_ACCESS_EXPIRES, true, NULL, INSTANT_NONE },
                { "\"access_expires\":\"2022-02-30 00:00:00\"", PROPERTY_ACCESS_EXPIRES, true, NULL, INSTANT_NONE },
                { "\"access_expires\":1651741200", PROPERTY_ACCESS_EXPIRES, true, NULL, INSTANT_NONE },
                { "\"enabled\":true", PROPERTY_ENABLED, false, NULL, 1 },
                { "\"enabled\":\"true\"", PROPERTY_ENABLED, false, NULL, 1 },
                { "\"enabled\":\"True\"", PROPERTY_ENABLED, false, NULL, 1 },
                { "\"enabled\":1", PROPERTY_ENABLED, false, NULL, 1 },
                { "\"enabled\":\"1\"", PROPERTY_ENABLED, false, NULL, 1 },
                { "\"enabled\":false", PROPERTY_ENABLED, false, NULL, 0 },
                { "\"enabled\":\"false\"", PROPERTY_ENABLED, false, NULL, 0 },
                { "\"enabled\":0", PROPERTY_ENABLED, false, NULL, 0 },
                { "\"enabled\":\"0\"", PROPERTY_ENABLED, false, NULL, 0 },
                { "\"enabled\":null", PROPERTY_ENABLED, true, NULL, 0 },
                { "\"enabled\":\"yes\"", PROPERTY_ENABLED, true, NULL, 0 },
                { "\"enabled\":2", PROPERTY_ENABLED, true, NULL, 0 },
                { "\"accesslevels\":[{\"id\":123,\"name\":\"a\"},{\"id\":\"7\"}]", PROPERTY_ACCESSLEVELS, false, NULL,
                  130 },
                { "\"accesslevels\":[123,\"7\",123]", PROPERTY_ACCESSLEVELS, false, NULL, 130 },
                { "\"accesslevels\":[]", PROPERTY_ACCESSLEVELS, false, NULL, 0 },
                { "\"accesslevels\":null", PROPERTY_ACCESSLEVELS, false, NULL, 0 },
                { "\"accesslevels\":[{\"name\":\"a\"}]", PROPERTY_ACCESSLEVELS, true, NULL, 0 },
                { "\"accesslevels\":[1,{\"id\":-2}]", PROPERTY_ACCESSLEVELS, true, NULL, 0 },
                { "\"accesslevels\":[{\"id\":1,\"id\":2}]", PROPERTY_ACCESSLEVELS, true, NULL, 0 },
                { "\"accesslevels\":\"\"", PROPERTY_ACCESSLEVELS, true, NULL, 0 },
                { "\"accesslevels\":{\"id\":1}", PROPERTY_ACCESSLEVELS, true, NULL, 0 },
                { "\"pin\":\"0986\"", PROPERTY_PIN, false, NULL, 0 },
                { "\"shoe_size\":{\"deep\":[1,[2]]}", PROPERTY_PHONE, false, "", 0 },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                bool says_enabled = cases[i].property == PROPERTY_ENABLED;
                _cleanup_(element_reader_deinit) ElementReader reader = { 0 };
                uint32_t unclear = cases[i].unclear ? PROPERTY_BIT(cases[i].property) : 0;
                int64_t number = 0;
                char json[256];
                User user;

                (void) snprintf(json, sizeof(json), "{\"id\":9,%s%s}", cases[i].member,
                                says_enabled ? "" : ",\"enabled\":true");
                if (read_user(&reader, json, &user) != 0 || user.unclear != unclear)
                        fail_msg("%s: unclear %#x", cases[i].member, user.unclear);
                if (cases[i].text)
                        assert_string_equal(user_text(&user, cases[i].property), cases[i].text);
                if (cases[i].property == PROPERTY_ACCESS_EXPIRES)
                        number = user.access_expires;
                else if (says_enabled)
                        number = user.enabled;
                for (size_t n = 0; n < user.n_levels; n++)
                        number += user.levels[n];
                if (number != cases[i].number)
                        fail_msg("%s: another value", cases[i].member);
                if (cases[i].property == PROPERTY_ACCESSLEVELS)
                        assert_int_equal(user.levels_known, !cases[i].unclear);
                assert_null(user.pin);
        }
}

/* The keys of the element before are tried first at their places: other keys there, or in another form, are read too. */
static void test_keys_come_in_any_order(void **state) {
        static const struct {
                const char *json, *id_num, *email;
        } cases[] = {
                { "{\"id\":1,\"id_num\":\"A\",\"enabled\":true,\"email\":\"a@b\"}", "A", "a@b" },
                { "{\"id\":2,\"id_num\":\"B\",\"enabled\":true,\"email\":\"b@b\"}", "B", "b@b" },
                { "{\"id_num\":\"C\",\"id\":2,\"email\":\"c@b\",\"enabled\":true}", "C", "c@b" },
                { "{ \"id_num\" : \"D\", \"email\" : \"d@b\", \"id\" : 2, \"enabled\" : true }", "D", "d@b" },
                { "{ \"id_num\" : \"E\", \"email_\" : \"d@b\", \"id\" : 2, \"enabled\" : true }", "E", "" },
                { "{\"id_num\":\"F\",\"id\":2,\"email\":\"f@b\",\"enabled\":true}", "F", "f@b" },
                { "{\"enabled\":true,\"id\":3}", "", "" },
        };
        _cleanup_(element_reader_deinit) ElementReader reader = { 0 };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                User user;

                assert_int_equal(read_user(&reader, cases[i].json, &user), 0);
                assert_string_equal(user_text(&user, PROPERTY_ID_NUM), cases[i].id_num);
                assert_string_equal(user_text(&user, PROPERTY_EMAIL), cases[i].email);
                assert_int_equal(user.unclear, 0);
        }
}

static void test_elements_without_a_usable_id(void **state) {
        static const char *const bad[] = {
                "{}", "{\"enabled\":true}", "{\"id\":null}", "{\"id\":0}", "{\"id\":-1}", "{\"id\":1.5}",
                "{\"id\":\"\"}", "{\"id\":\"x\"}", "{\"id\":[1]}", "{\"id\":1,\"id\":1}",
                "{\"id\":99999999999999999999}", "{\"id\":1",
                "[1]", "1",
        };

        for (size_t i = 0; i < ELEMENTS(bad); i++) {
                _cleanup_(element_reader_deinit) ElementReader reader = { 0 };
                User user;

                assert_int_equal(read_user(&reader, bad[i], &user), -EBADMSG);
        }
}

static void test_enabled_has_no_default(void **state) {
        _cleanup_(element_reader_deinit) ElementReader reader = { 0 };
        User user;

        assert_int_equal(read_user(&reader, "{\"id\":1}", &user), 0);
        assert_int_equal(user.unclear, PROPERTY_BIT(PROPERTY_ENABLED));
}

static void test_many_levels_are_ordered_and_single(void **state) {
        _cleanup_(element_reader_deinit) ElementReader reader = { 0 };
        char json[4096] = "{\"id\":1,\"enabled\":true,\"accesslevels\":[";
        User user;

        for (unsigned i = 0; i < 300; i++) {
                size_t n = strlen(json);

                (void) snprintf(json + n, sizeof(json) - n, "%s%u", i > 0 ? "," : "", (i * 7919) % 150 + 1);
        }
        strncat(json, "]}", sizeof(json) - strlen(json) - 1);
        assert_int_equal(read_user(&reader, json, &user), 0);
        assert_int_equal(user.n_levels, 150);
        for (size_t i = 0; i < user.n_levels; i++)
                assert_int_equal(user.levels[i], i + 1);
}

static void test_levels(void **state) {
        static const struct {
                const char *json;
                int result;
                int64_t id;
                const char *name;
        } cases[] = {
                { "{\"id\":208,\"name\":\"Security\",\"doors\":[{\"id\":983,\"name\":\"Office Door\"}]}", 0, 208,
                  "Security" },
                { "{\"id\":\"212\",\"name\":\"Administration\"}", 0, 212, "Administration" },
                { "{\"id\":1}", 0, 1, NULL },
                { "{\"id\":1,\"name\":null}", 0, 1, NULL },
                { "{\"name\":\"x\"}", -EBADMSG, 0, NULL },
                { "{\"id\":0,\"name\":\"x\"}", -EBADMSG, 0, NULL },
                { "{\"id\":1,\"id\":2}", -EBADMSG, 0, NULL },
                { "{\"id\":1,\"doors\":[}", -EBADMSG, 0, NULL },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(element_reader_deinit) ElementReader reader = { 0 };
                Level level = { 0 };
                size_t used;

                assert_int_equal(element_read_level(&reader, cases[i].json, strlen(cases[i].json), &level, &used, NULL),
                                 cases[i].result);
                assert_int_equal(level.id, cases[i].id);
                if (cases[i].name)
                        assert_string_equal(level.name, cases[i].name);
                else
                        assert_null(level.name);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_lists_arrive_in_any_pieces),
                cmocka_unit_test(test_no_beginning_of_a_list_is_a_list),
                cmocka_unit_test(test_what_the_callback_says_ends_the_list),
                cmocka_unit_test(test_an_element_is_bounded),
                cmocka_unit_test(test_a_single_object_is_a_list_of_one_when_asked),
                cmocka_unit_test(test_the_documented_user),
                cmocka_unit_test(test_the_documented_fob),
                cmocka_unit_test(test_forms_of_properties),
                cmocka_unit_test(test_keys_come_in_any_order),
                cmocka_unit_test(test_elements_without_a_usable_id),
                cmocka_unit_test(test_enabled_has_no_default),
                cmocka_unit_test(test_many_levels_are_ordered_and_single),
                cmocka_unit_test(test_levels),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
