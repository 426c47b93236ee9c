/* lib/lockt/object: what is no user, in every form that it may come in, and as JSON again. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/time.h"
#include "lib/lockt/lockt.h"
#include "lib/lockt/object.h"

static int read_object(ObjectReader *reader, LocktObject kind, const char *text, Object *ret) {
        _cleanup_(error_clear) Error error = ERROR_INIT;
        size_t used = 0, length = strlen(text);
        _cleanup_(freep) char *bytes = malloc(length);
        int r;

        /* Memory of its own size: a byte too far is seen. What is kept is the reader's. */
        assert_non_null(bytes);
        memcpy(bytes, text, length);
        reader->timezone = "UTC";
        r = object_read(reader, kind, bytes, length, ret, &used, &error);
        if (r == 0)
                assert_int_equal(used, length);
        else
                assert_non_null(error.message);
        return r;
}

/* Objects as the document shows them, or as the rulings allow, and the one form in which they are written. */
static void test_every_object_is_read_and_written_in_the_names_of_the_document(void **state) {
        static const struct {
                LocktObject kind;
                const char *text, *written;
        } cases[] = {
                { LOCKT_FOB,
                  "{\"id\":6789,\"id_num\":\"\",\"name\":\"Fob 2\",\"card_num\":\"10001\",\"credential_key\":\"\","
                  "\"enabled\":false,\"access_effective\":\"2022-05-05T09:00:00.000Z\",\"access_expires\":\"\","
                  "\"accesslevels\":[]}",
                  "{\"id\":6789,\"id_num\":\"\",\"name\":\"Fob 2\",\"card_num\":\"10001\",\"credential_key\":\"\","
                  "\"enabled\":false,\"access_effective\":\"2022-05-05T09:00:00Z\",\"access_expires\":\"\","
                  "\"accesslevels\":[]}" },
                { LOCKT_FOB_CHECK, "{\"id\":\"1\",\"card_num\":5599,\"Last_Activity_Date\":\"2022-05-05 09:00:00\"}",
                  "{\"id\":1,\"id_num\":\"\",\"name\":\"\",\"card_num\":\"5599\",\"credential_key\":\"\","
                  "\"enabled\":false,\"access_effective\":\"\",\"access_expires\":\"\","
                  "\"last_activity\":\"2022-05-05T09:00:00Z\"}" },
                { LOCKT_CREDENTIAL,
                  "{\"id\":335,\"card_num\":\"1003\",\"credential_key\":\"AAAA-1111\",\"claim_status\":\"Claimed\","
                  "\"user\":[{\"id\":300,\"name\":\"User, Test\"}]}",
                  "{\"id\":335,\"card_num\":\"1003\",\"credential_key\":\"****\",\"claim_status\":\"Claimed\","
                  "\"user\":[{\"id\":300,\"name\":\"User, Test\"}]}" },
                { LOCKT_CREDENTIAL, "{\"id\":335,\"user\":{\"id\":300,\"name\":\"\\u00dcser\"}}",       /* ruling 46 */
                  "{\"id\":335,\"card_num\":\"\",\"credential_key\":\"\",\"claim_status\":\"\","
                  "\"user\":[{\"id\":300,\"name\":\"\xc3\x9cser\"}]}" },
                { LOCKT_SUMMARY, "{\"claimed\":2,\"un\\u0063laimed\":\"1\",\"x\":[1],\"rate\":0.5,\"all\":true}",
                  "{\"claimed\":2,\"unclaimed\":\"1\",\"rate\":0.5,\"all\":true}" },
                { LOCKT_EVENT,
                  "{\"id\":837,\"device\":\"Core 2\",\"code\":48,\"code_text\":\"Access Granted\",\"schedule\":\"\","
                  "\"controller\":\"Bridge\",\"location\":\"\",\"card_num\":\"1001\",\"user\":\"Jackson, Kelly\","
                  "\"category\":1,\"category_text\":\"Door Access Granted\",\"hw_time\":\"2021-11-17T13:58:01.000Z\","
                  "\"db_time\":\"2021-11-17T13:58:07.035Z\"}",
                  "{\"id\":837,\"device\":\"Core 2\",\"code\":48,\"code_text\":\"Access Granted\","
                  "\"subcode_text\":\"\","
                  "\"schedule\":\"\",\"controller\":\"Bridge\",\"location\":\"\",\"card_num\":\"1001\","
                  "\"user\":\"Jackson, Kelly\",\"category\":1,\"category_text\":\"Door Access Granted\","
                  "\"event_time\":\"2021-11-17T13:58:01Z\",\"db_time\":\"2021-11-17T13:58:07Z\"}" },
                { LOCKT_DOOR,
                  "{\"id\":174,\"type\":\"Access Controlled Door\",\"name\":\"Hall\",\"location\":null,"
                  "\"enabled\":\"true\",\"controller\":\"API\",\"colour\":{\"a\":[1,2]}}",
                  "{\"id\":174,\"type\":\"Access Controlled Door\",\"name\":\"Hall\",\"location\":\"\","
                  "\"enabled\":true,\"controller\":\"API\"}" },
                { LOCKT_DOOR_STATE, "{\"id\":187,\"name\":\"Room 1\",\"battery_level\":0.64}",
                  "{\"id\":187,\"name\":\"Room 1\",\"battery_level\":0.64}" },
                { LOCKT_DOOR_STATE, "{\"id\":187,\"name\":\"Room 1\",\"battery_level\":\"1\"}",
                  "{\"id\":187,\"name\":\"Room 1\",\"battery_level\":1}" },
                { LOCKT_DOOR_STATE, "{\"id\":187,\"name\":\"Wired\",\"battery_level\":null}",
                  "{\"id\":187,\"name\":\"Wired\"}" },
                { LOCKT_SCHEDULE,
                  "{\"id\":1404,\"name\":\"Weekend\",\"d0\":0,\"d1\":0,\"d2\":\"0\",\"d3\":false,\"d4\":0,\"d5\":1,"
                  "\"d6\":true,\"start\":\"06:40:00\",\"stop\":\"19:49:59\"}",
                  "{\"id\":1404,\"name\":\"Weekend\",\"d0\":0,\"d1\":0,\"d2\":0,\"d3\":0,\"d4\":0,\"d5\":1,\"d6\":1,"
                  "\"start\":\"06:40:00\",\"stop\":\"19:49:59\"}" },
                { LOCKT_ACCESS_LEVEL, "{\"id\":208,\"name\":\"Security\",\"doors\":[{\"id\":983,\"name\":\"Office\"}]}",
                  "{\"id\":208,\"name\":\"Security\",\"doors\":[{\"id\":983,\"name\":\"Office\"}]}" },
                { LOCKT_ACCESS_LEVEL, "{\"id\":212,\"name\":\"Administration\"}",
                  "{\"id\":212,\"name\":\"Administration\"}" },
        };
        ObjectReader reader = { 0 };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(freep) char *written = NULL;
                Object object;

                assert_int_equal(read_object(&reader, cases[i].kind, cases[i].text, &object), 0);
                written = lockt_object_format(cases[i].kind, &object, true);
                assert_string_equal(written, cases[i].written);
        }
        object_reader_deinit(&reader);
}

static void test_a_form_that_nobody_understands_is_named_and_left_empty(void **state) {
        static const struct {
                const char *text, *unclear;
        } cases[] = {
                { "{\"id\":1,\"card_num\":[1]}", "card_num" },
                { "{\"id\":1,\"card_num\":1.5}", "card_num" },
                { "{\"id\":1,\"card_num\":\"a\\u0000b\"}", "card_num" },
                { "{\"id\":1,\"enabled\":\"perhaps\"}", "enabled" },
                { "{\"id\":1,\"access_expires\":\"next week\"}", "access_expires" },
                { "{\"id\":1,\"access_expires\":7}", "access_expires" },
                { "{\"id\":1,\"accesslevels\":[{\"id\":2},{\"name\":\"x\"}]}", "accesslevels" },
                { "{\"id\":1,\"accesslevels\":\"all\"}", "accesslevels" },
                { "{\"id\":1,\"card_num\":\"1\",\"card_num\":\"2\"}", "card_num" },
        };
        ObjectReader reader = { 0 };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                Object object;

                assert_int_equal(read_object(&reader, LOCKT_FOB, cases[i].text, &object), 0);
                assert_string_equal(object.fob.unclear, cases[i].unclear);
                assert_false(object.fob.enabled);
                assert_true(object.fob.access_expires == INSTANT_NONE);
                assert_false(object.fob.accesslevels.known);
                assert_int_equal(object.fob.accesslevels.n_items, 0);
        }
        object_reader_deinit(&reader);
}

static void test_an_element_without_a_usable_id_is_none(void **state) {
        static const char *const cases[] = {
                "{}", "{\"id\":0}", "{\"id\":-1}", "{\"id\":\"x\"}", "{\"id\":null}", "{\"id\":1,\"id\":2}",
                "{\"name\":\"x\"}", "[1]", "{\"id\":1", "{\"id\":1,}", "{\"id\":1,\"name\":\"\\q\"}",
        };
        ObjectReader reader = { 0 };
        Object object;

        for (size_t i = 0; i < ELEMENTS(cases); i++)
                assert_int_equal(read_object(&reader, LOCKT_DOOR, cases[i], &object), -EBADMSG);
        object_reader_deinit(&reader);
}

static void test_a_level_may_have_many_doors(void **state) {
        char text[64 * 1024] = "{\"id\":1,\"doors\":[";
        ObjectReader reader = { 0 };
        size_t n = strlen(text);
        Object object;

        for (unsigned i = 1; i <= 1000; i++)
                n += (size_t) snprintf(text + n, sizeof(text) - n, "%s{\"id\":%u,\"name\":\"Door %u\"}",
                                       i > 1 ? "," : "", i, i);
        (void) snprintf(text + n, sizeof(text) - n, "]}");
        assert_int_equal(read_object(&reader, LOCKT_ACCESS_LEVEL, text, &object), 0);
        assert_int_equal(object.access_level.doors.n_items, 1000);
        assert_int_equal(object.access_level.doors.items[999].id, 1000);
        assert_string_equal(object.access_level.doors.items[0].name, "Door 1");
        object_reader_deinit(&reader);
}

static void test_new_fobs_are_sent_as_the_document_shows_them(void **state) {
        const LocktOptions options = { .timezone = "UTC" };
        const LocktFob fob = {
                .id = 7, .id_num = "ABC123", .name = "Fob \"1\"", .card_num = "0559", .access_effective = 1651726800,
                .access_expires = INSTANT_NONE,
        };
        const LocktFob empty = { .name = "Fob 2", .access_effective = INSTANT_NONE, .access_expires = INSTANT_NONE };
        const LocktFob *const fobs[] = { &fob, &empty };
        _cleanup_(freep) char *body = NULL;
        size_t length = 0;

        body = lockt_create_fobs_body(&options, fobs, 2, &length);
        assert_string_equal(body, "{\"fobs\":[{\"name\":\"Fob \\\"1\\\"\",\"id_num\":\"ABC123\",\"card_num\":\"0559\","
                                  "\"access_effective\":\"2022-05-05 05:00:00\",\"access_expires\":\"\"},"
                                  "{\"name\":\"Fob 2\",\"access_effective\":\"\",\"access_expires\":\"\"}]}");
        assert_int_equal(length, strlen(body));
}

static void test_an_assignment_has_a_number_for_the_fob_and_a_string_for_the_holder(void **state) {   /* ruling 5 */
        const LocktOptions options = { .timezone = "Europe/Berlin" };
        const LocktAssignment assignments[] = {
                { .id = 613297, .user_id = 613188, .access_effective = INSTANT_NONE, .access_expires = 1654848000 },
                { .id = 1, .access_effective = INSTANT_NONE, .access_expires = INSTANT_NONE },
        };
        _cleanup_(freep) char *body = NULL;

        body = lockt_assign_fobs_body(&options, assignments, 2, NULL);
        assert_string_equal(body, "{\"fobs\":[{\"id\":613297,\"user_id\":\"613188\",\"access_effective\":\"\","
                                  "\"access_expires\":\"2022-06-10 10:00:00\"},"
                                  "{\"id\":1,\"access_effective\":\"\",\"access_expires\":\"\"}]}");
}

static void test_a_time_that_can_not_be_written_stops_the_body(void **state) {
        const LocktAssignment assignment = { .id = 1, .access_effective = INSTANT_FIRST - 1 };
        const LocktOptions options = { .timezone = "UTC" };

        assert_null(lockt_assign_fobs_body(&options, &assignment, 1, NULL));
        assert_int_equal(errno, ERANGE);
}

static void test_a_fob_is_checked_in_the_words_of_the_service(void **state) {
        LocktFob fob = { .card_num = "A8914", .access_effective = INSTANT_NONE, .access_expires = INSTANT_NONE };
        _cleanup_(error_clear) Error error = ERROR_INIT;

        assert_int_equal(lockt_check_fob(&fob, &error), 1);
        assert_string_equal(error_message(&error), "Non-Numeric card_num found");
        fob.card_num = "8914";
        assert_int_equal(lockt_check_fob(&fob, NULL), 0);
        fob.name = "\n";
        assert_int_equal(lockt_check_fob(&fob, NULL), 1);
        fob.name = "Fob";
        fob.access_expires = INSTANT_LAST + 1;
        assert_int_equal(lockt_check_fob(&fob, NULL), 1);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_every_object_is_read_and_written_in_the_names_of_the_document),
                cmocka_unit_test(test_a_form_that_nobody_understands_is_named_and_left_empty),
                cmocka_unit_test(test_an_element_without_a_usable_id_is_none),
                cmocka_unit_test(test_a_level_may_have_many_doors),
                cmocka_unit_test(test_new_fobs_are_sent_as_the_document_shows_them),
                cmocka_unit_test(test_an_assignment_has_a_number_for_the_fob_and_a_string_for_the_holder),
                cmocka_unit_test(test_a_time_that_can_not_be_written_stops_the_body),
                cmocka_unit_test(test_a_fob_is_checked_in_the_words_of_the_service),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
