/* lib/lockt/body and check: what is sent, byte for byte, and what is found wrong before it is. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/time.h"
#include "lib/lockt/body.h"
#include "lib/lockt/json.h"
#include "lib/lockt/lockt.h"

static const LocktOptions utc = { .timezone = "UTC" };

static void make_user(User *user) {
        static const char *const texts[TEXT_PROPERTIES] = {
                [PROPERTY_ID_NUM] = "ABC123", [PROPERTY_FIRST_NAME] = "Toby", [PROPERTY_LAST_NAME] = "Peters",
                [PROPERTY_CARD_NUM] = "08769", [PROPERTY_EMAIL] = "toby.peters@web.place", [PROPERTY_PHONE] = "333",
        };

        *user = USER_INIT;
        user->id = 4432;
        for (Property property = 0; property < TEXT_PROPERTIES; property++)
                assert_int_equal(user_set_text(user, property, texts[property]), 0);
        user->access_effective = 1642982400;
        user->enabled = true;
        user->levels_known = true;
        assert_int_equal(user_add_level(user, 789), 0);
        assert_int_equal(user_add_level(user, 123), 0);
}

#define OPTIONS_CREATE \
        "\"options\":{\"update_existing\":\"false\",\"validate_fails_batch\":\"false\"," \
        "\"replace_privileges\":\"true\"}}"
#define OPTIONS_UPDATE \
        "\"options\":{\"update_existing\":\"true\",\"validate_fails_batch\":\"false\"," \
        "\"replace_privileges\":\"true\"}}"

static void expect(const LocktOptions *options, LocktWrite kind, const User *user, uint32_t mask, bool mask_pin,
                   const char *text) {
        size_t length = 0;
        char *body = lockt_write_body(options, kind, &user, &mask, 1, mask_pin, &length);

        assert_non_null(body);
        assert_string_equal(body, text);
        assert_int_equal(length, strlen(text));
        assert_int_equal(json_validate(body, length), 0);
        body_free(body, length);
}

static void test_an_update_is_a_whole_record(void **state) {
        _cleanup_(user_deinit) User user;

        make_user(&user);
        expect(&utc, LOCKT_UPDATE, &user, 0, false,
               "{\"users\":[{\"id\":4432,\"id_num\":\"ABC123\",\"last_name\":\"Peters\",\"first_name\":\"Toby\","
               "\"card_num\":\"08769\",\"credential_key\":\"\",\"email\":\"toby.peters@web.place\",\"phone\":\"333\","
               "\"access_effective\":\"2022-01-24 00:00:00\",\"access_expires\":\"\",\"enabled\":\"true\","
               "\"accesslevels\":[{\"id\":123},{\"id\":789}]}]," OPTIONS_UPDATE);
}

static void test_an_empty_record_clears(void **state) {
        _cleanup_(user_deinit) User user = USER_INIT;

        user.id = 7;
        expect(&utc, LOCKT_UPDATE, &user, 0, false,
               "{\"users\":[{\"id\":7,\"id_num\":\"\",\"last_name\":\"\",\"first_name\":\"\",\"card_num\":\"\","
               "\"credential_key\":\"\",\"email\":\"\",\"phone\":\"\","
               "\"access_effective\":\"\",\"access_expires\":\"\","
               "\"enabled\":\"false\",\"accesslevels\":[]}]," OPTIONS_UPDATE);
}

/* rulings 8 and 40 */
static void test_a_creation_leaves_out_id_and_empty_keys(void **state) {
        _cleanup_(user_deinit) User user = USER_INIT;

        assert_int_equal(user_set_text(&user, PROPERTY_ID_NUM, "N1"), 0);
        expect(&utc, LOCKT_CREATE, &user, 0, false,
               "{\"users\":[{\"id_num\":\"N1\",\"last_name\":\"\",\"first_name\":\"\","
               "\"credential_key\":\"\",\"phone\":\"\","
               "\"access_effective\":\"\",\"access_expires\":\"\",\"enabled\":\"false\",\"accesslevels\":[]}],"
               OPTIONS_CREATE);
}

/* ruling 30 */
static void test_a_put_sends_what_the_mask_says(void **state) {
        _cleanup_(user_deinit) User user;

        make_user(&user);
        expect(&utc, LOCKT_UPDATE_PUT, &user, PROPERTY_BIT(PROPERTY_ENABLED) | PROPERTY_BIT(PROPERTY_ACCESS_EXPIRES),
               false,
               "{\"users\":[{\"id\":4432,\"access_expires\":\"\",\"enabled\":\"true\"}]," OPTIONS_UPDATE);
        expect(&utc, LOCKT_UPDATE_PUT, &user, PROPERTY_BIT(PROPERTY_ACCESSLEVELS) | PROPERTY_BIT(PROPERTY_CARD_NUM),
               false,
               "{\"users\":[{\"id\":4432,\"card_num\":\"08769\",\"accesslevels\":[{\"id\":123},{\"id\":789}]}],"
               OPTIONS_UPDATE);
        expect(&utc, LOCKT_UPDATE_PUT, &user, 0, false, "{\"users\":[{\"id\":4432}]," OPTIONS_UPDATE);
}

static void test_a_pin_is_sent_and_masked(void **state) {
        _cleanup_(user_deinit) User user = USER_INIT;

        user.id = 7;
        assert_int_equal(user_set_text(&user, PROPERTY_PIN, "0986"), 0);
        for (unsigned masked = 0; masked < 2; masked++) {
                const User *pointer = &user;
                size_t length;
                char *body = lockt_write_body(&utc, LOCKT_UPDATE, &pointer, NULL, 1, masked, &length);

                assert_non_null(body);
                assert_int_equal(strstr(body, "\"pin\":\"0986\"") != NULL, !masked);
                assert_int_equal(strstr(body, "\"pin\":\"****\"") != NULL, masked);
                body_free(body, length);
        }
}

static void test_native_booleans(void **state) {
        static const LocktOptions native = { .timezone = "UTC", .native_booleans = true };
        _cleanup_(user_deinit) User user = USER_INIT;

        user.id = 7;
        expect(&native, LOCKT_UPDATE_PUT, &user, PROPERTY_BIT(PROPERTY_ENABLED), false,
               "{\"users\":[{\"id\":7,\"enabled\":false}],\"options\":{\"update_existing\":true,"
               "\"validate_fails_batch\":false,\"replace_privileges\":true}}");
}

/* ruling 7 */
static void test_times_are_in_the_zone_of_the_instance(void **state) {
        static const LocktOptions berlin = { .timezone = "Europe/Berlin" }, nowhere = { .timezone = "Europe/Atlantis" };
        const uint32_t mask = PROPERTY_BIT(PROPERTY_ACCESS_EXPIRES);
        _cleanup_(user_deinit) User user = USER_INIT;
        const User *pointer = &user;

        user.id = 7;
        user.access_expires = 1642982400;
        expect(&berlin, LOCKT_UPDATE_PUT, &user, mask, false,
               "{\"users\":[{\"id\":7,\"access_expires\":\"2022-01-24 01:00:00\"}]," OPTIONS_UPDATE);
        assert_null(lockt_write_body(&nowhere, LOCKT_UPDATE_PUT, &pointer, &mask, 1, false, NULL));
        assert_int_equal(errno, ENOENT);

        /* Never silently "no end". */
        user.access_expires = INSTANT_LAST + 1;
        assert_null(lockt_write_body(&utc, LOCKT_UPDATE_PUT, &pointer, &mask, 1, false, NULL));
        assert_int_equal(errno, ERANGE);
}

static void test_texts_are_escaped(void **state) {
        _cleanup_(user_deinit) User user = USER_INIT;

        user.id = 7;
        assert_int_equal(user_set_text(&user, PROPERTY_PHONE, "\"\\/\n\x01\x7f M\xc3\xbcller \xf0\x9f\x98\x80 \xff"),
                0);
        expect(&utc, LOCKT_UPDATE_PUT, &user, PROPERTY_BIT(PROPERTY_PHONE), false,
               "{\"users\":[{\"id\":7,\"phone\":\"\\\"\\\\/\\u000a\\u0001\x7f M\xc3\xbcller "
               "\xf0\x9f\x98\x80 \\ufffd\"}],"
               OPTIONS_UPDATE);
}

static void test_a_hundred_records(void **state) {
        const User *pointers[100];
        size_t length, found = 0;
        char *body;
        User user;

        make_user(&user);
        for (size_t i = 0; i < ELEMENTS(pointers); i++)
                pointers[i] = &user;
        body = lockt_write_body(&utc, LOCKT_UPDATE, pointers, NULL, ELEMENTS(pointers), false, &length);
        assert_non_null(body);
        assert_int_equal(json_validate(body, length), 0);
        for (const char *p = body; (p = strstr(p, "\"id\":4432")); p++)
                found++;
        assert_int_equal(found, 100);
        body_free(body, length);
        user_deinit(&user);
}

static void test_check_user(void **state) {
        static const struct {
                Property property;
                const char *text, *sentence;
        } cases[] = {
                { PROPERTY_CARD_NUM, "A8914", "Non-Numeric card_num found" },
                { PROPERTY_CARD_NUM, "89 14", "Non-Numeric card_num found" },
                { PROPERTY_EMAIL, "rgreswell0@@@@gravatar.com", "Invalid email address found" },
                { PROPERTY_EMAIL, "nobody", "Invalid email address found" },
                { PROPERTY_LAST_NAME, "a\nb", "last_name has a control character or is not UTF-8" },
                { PROPERTY_ID_NUM, "\xff", "id_num has a control character or is not UTF-8" },
                { PROPERTY_CARD_NUM, "0123", NULL },
                { PROPERTY_EMAIL, "toby.peters@web.place", NULL },
                { PROPERTY_LAST_NAME, "M\xc3\xbcller", NULL },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(error_clear) Error error = ERROR_INIT;
                _cleanup_(user_deinit) User user = USER_INIT;

                assert_int_equal(user_set_text(&user, cases[i].property, cases[i].text), 0);
                assert_int_equal(lockt_check_user(&user, &error), cases[i].sentence ? 1 : 0);
                if (cases[i].sentence)
                        assert_string_equal(error_message(&error), cases[i].sentence);
        }
}

static void test_check_times(void **state) {
        User user = USER_INIT;

        assert_int_equal(lockt_check_user(&user, NULL), 0);
        user.access_effective = INSTANT_FIRST - 1;
        assert_int_equal(lockt_check_user(&user, NULL), 1);
        user.access_effective = 0;
        user.access_expires = INSTANT_LAST + 1;
        assert_int_equal(lockt_check_user(&user, NULL), 1);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_an_update_is_a_whole_record),
                cmocka_unit_test(test_an_empty_record_clears),
                cmocka_unit_test(test_a_creation_leaves_out_id_and_empty_keys),
                cmocka_unit_test(test_a_put_sends_what_the_mask_says),
                cmocka_unit_test(test_a_pin_is_sent_and_masked),
                cmocka_unit_test(test_native_booleans),
                cmocka_unit_test(test_times_are_in_the_zone_of_the_instance),
                cmocka_unit_test(test_texts_are_escaped),
                cmocka_unit_test(test_a_hundred_records),
                cmocka_unit_test(test_check_user),
                cmocka_unit_test(test_check_times),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
