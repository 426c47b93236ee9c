/* lib/mapping: rows of HR in, persons out. The company has one row, which each case changes a little. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/mapping/template.h"
#include "tests/unit/company.h"

static void test_a_sound_row(void **state) {
        _cleanup_(mapping_freep) Mapping *mapping = bound_mapping(&company, columns);
        _cleanup_(person_deinit) Person ada_now = PERSON_INIT;

        assert_string_equal(mapping_key_column(mapping), "employee_id");
        assert_int_equal(mapping_key_index(mapping), NUMBER);

        apply(mapping, ada, 0, &ada_now);
        assert_null(ada_now.fault);
        assert_string_equal(ada_now.key, "E00042");
        assert_int_equal(ada_now.standing, STANDING_IN);
        assert_int_equal(ada_now.mapped, PROPERTY_BIT(PROPERTIES) - 1);
        assert_int_equal(ada_now.keep, 0);
        assert_false(ada_now.excluded);
        assert_string_equal(ada_now.wanted.text[PROPERTY_ID_NUM], "E00042");
        assert_string_equal(ada_now.wanted.text[PROPERTY_FIRST_NAME], "Ada");
        assert_string_equal(ada_now.wanted.text[PROPERTY_LAST_NAME], "Lovelace");
        assert_string_equal(ada_now.wanted.text[PROPERTY_CREDENTIAL_KEY], "{Ada-Lovelace}");
        assert_string_equal(ada_now.wanted.text[PROPERTY_EMAIL], "ada@example.org");
        assert_string_equal(ada_now.wanted.text[PROPERTY_PHONE], "493012");
        assert_string_equal(ada_now.wanted.text[PROPERTY_CARD_NUM], "000815");
        assert_string_equal(ada_now.wanted.pin, "1234");
        assert_true(ada_now.wanted.enabled && ada_now.wanted.levels_known);
        assert_instant("begin", ada_now.wanted.access_effective, "2024-04-30 22:00:00");
        assert_instant("end", ada_now.wanted.access_expires, "2030-12-31 23:00:00");
        assert_int_equal(ada_now.n_grants, 2);
        assert_int_equal(ada_now.wanted.n_levels, 2);
}

static void test_what_is_not_mapped_is_left_alone(void **state) {
        MappingSpec spec = { .properties = { [PROPERTY_ID_NUM] = { COLUMN_SOURCE("employee_id", 10) } } };
        _cleanup_(mapping_freep) Mapping *mapping = bound_mapping(&spec, columns);
        _cleanup_(person_deinit) Person person = PERSON_INIT;

        apply(mapping, ada, 0, &person);
        assert_null(person.fault);
        assert_int_equal(person.mapped, PROPERTY_BIT(PROPERTY_ID_NUM));
        assert_int_equal(person.standing, STANDING_IN);
        assert_false(person.wanted.levels_known);
        assert_true(person.boundary == INSTANT_NONE);
}

static void test_texts(void **state) {
        static char thousand[1002], key[202];
        static const struct {
                const char *title;
                size_t column;
                const char *value;
                Property property;
                const char *text;       /* NULL: empty */
                bool keep;
                const char *fault;
        } cases[] = {
                { "null clears a name", GIVEN, NULL, PROPERTY_FIRST_NAME, NULL, false, NULL },
                { "empty is null", GIVEN, "", PROPERTY_FIRST_NAME, NULL, false, NULL },
                { "null keeps a card", BADGE, NULL, PROPERTY_CARD_NUM, NULL, true, NULL },
                { "null keeps an e-mail", MAIL, NULL, PROPERTY_EMAIL, NULL, true, NULL },
                { "null clears a phone", MOBILE, NULL, PROPERTY_PHONE, NULL, false, NULL },
                { "no digits is null", MOBILE, "none", PROPERTY_PHONE, NULL, false, NULL },
                { "umlauts", GIVEN, "Zo\u00eb \u00c5str\u00f6m \u738b \U0001f600", PROPERTY_FIRST_NAME,
                  "Zo\u00eb \u00c5str\u00f6m \u738b \U0001f600", false, NULL },
                { "blanks of a text stay", GIVEN, " Ada ", PROPERTY_FIRST_NAME, " Ada ", false, NULL },
                { "a card of zeros", BADGE, "0000", PROPERTY_CARD_NUM, "0000", false, NULL },
                { "a card with a letter", BADGE, "A8914", PROPERTY_CARD_NUM, NULL, true,
                  "Non-Numeric card_num found (column 'badge_no')" },
                { "a card with a blank", BADGE, "89 14", PROPERTY_CARD_NUM, NULL, true,
                  "Non-Numeric card_num found (column 'badge_no')" },
                { "a negative card", BADGE, "-1", PROPERTY_CARD_NUM, NULL, true,
                  "Non-Numeric card_num found (column 'badge_no')" },
                { "digits of another script", BADGE, "\u0661\u0662", PROPERTY_CARD_NUM, NULL, true,
                  "Non-Numeric card_num found (column 'badge_no')" },
                { "a local domain", MAIL, "ada@mail", PROPERTY_EMAIL, "ada@mail", false, NULL },
                { "no at", MAIL, "ada.example.org", PROPERTY_EMAIL, NULL, true,
                  "Invalid email address found (column 'work_email')" },
                { "two ats", MAIL, "ada@b@example.org", PROPERTY_EMAIL, NULL, true,
                  "Invalid email address found (column 'work_email')" },
                { "a blank within", MAIL, "a da@example.org", PROPERTY_EMAIL, NULL, true,
                  "Invalid email address found (column 'work_email')" },
                { "nobody at", MAIL, "@example.org", PROPERTY_EMAIL, NULL, true,
                  "Invalid email address found (column 'work_email')" },
                { "at nowhere", MAIL, "ada@", PROPERTY_EMAIL, NULL, true,
                  "Invalid email address found (column 'work_email')" },
                { "two dots", MAIL, "ada@example..org", PROPERTY_EMAIL, NULL, true,
                  "Invalid email address found (column 'work_email')" },
                { "a line break", GIVEN, "Ada\nLovelace", PROPERTY_FIRST_NAME, NULL, true,
                  "first_name holds control characters or is not UTF-8 (column 'given_name')" },
                { "a control character of the second kind", GIVEN, "Ada\xc2\x85", PROPERTY_FIRST_NAME, NULL, true,
                  "first_name holds control characters or is not UTF-8 (column 'given_name')" },
                { "delete, late in a long name", GIVEN, "Augusta Ada King\x7f", PROPERTY_FIRST_NAME, NULL, true,
                  "first_name holds control characters or is not UTF-8 (column 'given_name')" },
                { "Latin-1", FAMILY, "M\xfcller", PROPERTY_LAST_NAME, NULL, true,
                  "last_name holds control characters or is not UTF-8 (column 'family_name')" },
                { "an overlong slash", FAMILY, "a\xc0\xaf", PROPERTY_LAST_NAME, NULL, true,
                  "last_name holds control characters or is not UTF-8 (column 'family_name')" },
                { "a surrogate", FAMILY, "a\xed\xa0\x80", PROPERTY_LAST_NAME, NULL, true,
                  "last_name holds control characters or is not UTF-8 (column 'family_name')" },
                { "too long", GIVEN, thousand, PROPERTY_FIRST_NAME, NULL, true,
                  "first_name is longer than 1000 bytes (column 'given_name')" },
                { "a template that is too long", GIVEN, thousand + 1, PROPERTY_CREDENTIAL_KEY, NULL, true,
                  "credential_key is longer than 1000 bytes (template in line 13)" },
                { "a key that is too long", NUMBER, key, PROPERTY_ID_NUM, NULL, true,
                  "id_num is longer than 200 bytes (column 'employee_id')" },
                { "a key with a control character", NUMBER, "E\x01", PROPERTY_ID_NUM, NULL, true,
                  "id_num holds control characters or is not UTF-8 (column 'employee_id')" },
        };
        _cleanup_(mapping_freep) Mapping *mapping = bound_mapping(&company, columns);

        memset(thousand, 'x', sizeof(thousand) - 1);
        memset(key, 'x', sizeof(key) - 1);

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(person_deinit) Person person = PERSON_INIT;
                const char *text;

                apply_changed(mapping, cases[i].column, cases[i].value, &person);
                assert_fault(cases[i].title, &person, cases[i].fault);
                text = person.wanted.text[cases[i].property];
                if (cases[i].text ? !text || strcmp(text, cases[i].text) != 0 : text != NULL)
                        fail_msg("%s: '%s'", cases[i].title, text ? text : "(null)");
                if (cases[i].keep != !!(person.keep & PROPERTY_BIT(cases[i].property)))
                        fail_msg("%s: keep", cases[i].title);
                assert_int_equal(person.standing, STANDING_IN);
        }
}

static void test_templates(void **state) {
        static const struct {
                const char *title, *template, *given, *family, *text;
        } cases[] = {
                { "two columns", "{given_name} {family_name}", "Ada", "Lovelace", "Ada Lovelace" },
                { "a null is empty", "{given_name} {family_name}", NULL, "Lovelace", " Lovelace" },
                { "all null is null", "{given_name} {family_name}", NULL, "", NULL },
                { "braces", "{{}}{given_name}", "Ada", NULL, "{}Ada" },
                { "no column at all", "staff", NULL, NULL, "staff" },
                { "nothing", "", NULL, NULL, NULL },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                MappingSpec spec = company;
                _cleanup_(mapping_freep) Mapping *mapping = NULL;
                _cleanup_(person_deinit) Person person = PERSON_INIT;
                const char *values[COLUMNS], *text;

                spec.properties[PROPERTY_PHONE] = (PropertySpec) {
                        .kind = SOURCE_TEMPLATE, .source = { .text = (char *) cases[i].template },
                };
                mapping = bound_mapping(&spec, columns);
                memcpy(values, ada, sizeof(values));
                values[GIVEN] = cases[i].given;
                values[FAMILY] = cases[i].family;
                apply(mapping, values, 0, &person);

                text = person.wanted.text[PROPERTY_PHONE];
                if (cases[i].text ? !text || strcmp(text, cases[i].text) != 0 : text != NULL)
                        fail_msg("%s: '%s'", cases[i].title, text ? text : "(null)");
        }
}

static void test_templates_that_are_none(void **state) {
        static const struct {
                const char *template, *why;
        } cases[] = {
                { "a}", "the template has a '}' without '{' at its byte 2; a brace itself is written '}}'" },
                { "{a", "the template has a '{' without '}' at its byte 1; a brace itself is written '{{'" },
                { "{a{{b}", "the template has a '{' without '}' at its byte 1; a brace itself is written '{{'" },
                { "x{}", "the template names no column between the braces at its byte 2" },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(error_clear) Error error = ERROR_INIT;
                MappingSpec spec = company;
                Template *template;
                Mapping *mapping;

                assert_int_equal(template_parse(cases[i].template, &template, &error), -EINVAL);
                assert_string_equal(error_message(&error), cases[i].why);

                spec.properties[PROPERTY_PHONE] = (PropertySpec) {
                        .kind = SOURCE_TEMPLATE, .source = { .text = (char *) cases[i].template },
                };
                assert_int_equal(mapping_new(&spec, &mapping), -EINVAL);
        }
}

static void test_constants_and_policies(void **state) {
        MappingSpec spec = company;
        _cleanup_(mapping_freep) Mapping *mapping = NULL;
        _cleanup_(person_deinit) Person person = PERSON_INIT;
        const char *values[COLUMNS];

        spec.properties[PROPERTY_LAST_NAME] = (PropertySpec) { .kind = SOURCE_VALUE, .source = AT("Staff", 12) };
        spec.properties[PROPERTY_FIRST_NAME].null_policy = NULL_KEEP;
        spec.properties[PROPERTY_CARD_NUM].null_policy = NULL_CLEAR;
        spec.properties[PROPERTY_ACCESS_EXPIRES].null_policy = NULL_KEEP;
        mapping = bound_mapping(&spec, columns);

        memcpy(values, ada, sizeof(values));
        values[GIVEN] = values[BADGE] = values[PIN] = values[HIRED] = values[LEAVES] = NULL;
        apply(mapping, values, 0, &person);

        assert_null(person.fault);
        assert_string_equal(person.wanted.text[PROPERTY_LAST_NAME], "Staff");
        assert_int_equal(person.keep, PROPERTY_BIT(PROPERTY_FIRST_NAME) | PROPERTY_BIT(PROPERTY_PIN) |
                                      PROPERTY_BIT(PROPERTY_ACCESS_EXPIRES));
        assert_true(person.wanted.access_effective == INSTANT_NONE);
        assert_true(person.wanted.access_expires == INSTANT_NONE);
}

static void test_standing(void **state) {
        static const struct {
                const char *title, *value;
                Standing standing;
                const char *fault;
        } cases[] = {
                { "in", "leave", STANDING_IN, NULL },
                { "out", "retired", STANDING_OUT, NULL },
                { "named nowhere", "Active", STANDING_UNCLEAR,
                  "column 'status' is 'Active', which the mapping names neither in nor out" },
                { "no glob", "act*", STANDING_UNCLEAR,
                  "column 'status' is 'act*', which the mapping names neither in nor out" },
                { "null", NULL, STANDING_UNCLEAR, "column 'status' is null, which is neither in nor out" },
                { "empty", "", STANDING_UNCLEAR, "column 'status' is null, which is neither in nor out" },
                { "not to be printed", "le\tft\xff", STANDING_UNCLEAR,
                  "column 'status' is 'le?ft?', which the mapping names neither in nor out" },
                { "a novel", "0123456789012345678901234567890123456789012345678901234567890123456789",
                  STANDING_UNCLEAR,
                  "column 'status' is '01234567890123456789012345678901234567890123456789012345678901234567...', "
                  "which the mapping names neither in nor out" },
        };
        _cleanup_(mapping_freep) Mapping *mapping = bound_mapping(&company, columns);

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(person_deinit) Person person = PERSON_INIT;

                apply_changed(mapping, STATUS, cases[i].value, &person);
                assert_int_equal(person.standing, cases[i].standing);
                assert_int_equal(person.wanted.enabled, cases[i].standing != STANDING_OUT);
                assert_int_equal(!!(person.keep & PROPERTY_BIT(PROPERTY_ENABLED)),
                                 cases[i].standing == STANDING_UNCLEAR);
                assert_fault(cases[i].title, &person, cases[i].fault);
        }
}

static void test_a_leaver_is_a_leaver_whatever_else_is_wrong(void **state) {
        _cleanup_(mapping_freep) Mapping *mapping = bound_mapping(&company, columns);

        for (size_t i = GIVEN; i < COLUMNS; i++) {
                _cleanup_(person_deinit) Person person = PERSON_INIT;
                const char *values[COLUMNS];

                memcpy(values, ada, sizeof(values));
                values[i] = "\xff{";
                values[STATUS] = "left";
                apply(mapping, values, 0, &person);
                assert_int_equal(person.standing, STANDING_OUT);
                assert_false(person.wanted.enabled);
        }
}

static void test_booleans_and_fixed_widths(void **state) {
        static const struct {
                const char *title, *value;
                uint32_t type;
                Standing standing;
        } cases[] = {
                { "true", "t", 16, STANDING_IN },
                { "false", "f", 16, STANDING_OUT },
                { "a word in a text", "true", 25, STANDING_IN },
                { "a letter in a text", "t", 25, STANDING_UNCLEAR },
                { "padded", "false   ", 1042, STANDING_OUT },
                { "blanks alone are null", "    ", 1042, STANDING_UNCLEAR },
                { "blanks of a text count", "true ", 25, STANDING_UNCLEAR },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                MappingSpec spec = company;
                _cleanup_(mapping_freep) Mapping *mapping = NULL;
                _cleanup_(person_deinit) Person person = PERSON_INIT;
                Column typed[COLUMNS];

                spec.properties[PROPERTY_ENABLED] = (PropertySpec) { COLUMN_SOURCE("status", 20) };
                memcpy(typed, columns, sizeof(typed));
                typed[STATUS].type = cases[i].type;
                mapping = bound_mapping(&spec, typed);
                apply_changed(mapping, STATUS, cases[i].value, &person);
                if (person.standing != cases[i].standing)
                        fail_msg("%s", cases[i].title);
        }
}

static void test_begins(void **state) {
        static const struct {
                const char *title, *value, *utc, *fault;
        } cases[] = {
                { "a date", "2024-05-01", "2024-04-30 22:00:00", NULL },
                { "a local time", "2024-05-01 08:00:00", "2024-05-01 06:00:00", NULL },
                { "a time with an offset", "2024-05-01 08:00:00+00", "2024-05-01 08:00:00", NULL },
                { "Zulu", "2024-05-01T08:00:00Z", "2024-05-01 08:00:00", NULL },
                { "a fraction is rounded up", "2024-05-01 08:00:00.000001+00", "2024-05-01 08:00:01", NULL },
                { "the later of two", "2024-10-27 02:30:00", "2024-10-27 01:30:00", NULL },
                { "a skipped time", "2024-03-31 02:30:00", "2024-03-31 01:00:00", NULL },
                { "always", "-infinity", "", NULL },
                { "null", NULL, "", NULL },
                { "never", "infinity", "",
                  "access_effective is a day that never comes; who is to have no access needs a status that says so "
                  "(column 'hired_on')" },
                { "payroll's never", "9999-12-31", "",
                  "access_effective is a day that never comes; who is to have no access needs a status that says so "
                  "(column 'hired_on')" },
                { "before Christ", "0044-03-15 BC", "",
                  "access_effective is before the year 1 or after 9999, which can't be carried (column 'hired_on')" },
                { "the first day, east of Greenwich", "0001-01-01", "",
                  "access_effective is before the year 1 or after 9999, which can't be carried (column 'hired_on')" },
                { "after 9999", "10000-01-01", "",
                  "access_effective is before the year 1 or after 9999, which can't be carried (column 'hired_on')" },
                { "a word", "soon", "", "access_effective is no date and no time (column 'hired_on')" },
                { "another order", "01.05.2024", "", "access_effective is no date and no time (column 'hired_on')" },
                { "no such day", "2024-02-30", "", "access_effective is no date and no time (column 'hired_on')" },
        };
        _cleanup_(mapping_freep) Mapping *mapping = bound_mapping(&company, columns);

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(person_deinit) Person person = PERSON_INIT;

                apply_changed(mapping, HIRED, cases[i].value, &person);
                assert_fault(cases[i].title, &person, cases[i].fault);
                assert_instant(cases[i].title, person.wanted.access_effective, cases[i].utc);
                assert_int_equal(!!(person.keep & PROPERTY_BIT(PROPERTY_ACCESS_EFFECTIVE)), cases[i].fault != NULL);
        }
}

static void test_ends(void **state) {
        static const struct {
                const char *title, *value, *utc, *fault;
        } cases[] = {
                { "the whole day", "2024-05-31", "2024-05-31 22:00:00", NULL },
                { "a day of 25 hours", "2024-10-27", "2024-10-27 23:00:00", NULL },
                { "a local time", "2024-05-31 17:00:00", "2024-05-31 15:00:00", NULL },
                { "a fraction is cut off", "2024-05-31 17:00:00.999999+00", "2024-05-31 17:00:00", NULL },
                { "before 1970, too", "1969-12-31 23:59:59.5+00", "1969-12-31 23:59:59", NULL },
                { "the earlier of two", "2024-10-27 02:30:00", "2024-10-27 00:30:00", NULL },
                { "no end", "infinity", "", NULL },
                { "payroll's no end", "9999-12-31", "", NULL },
                { "at any time", "9999-12-31 23:59:59", "", NULL },
                { "in any zone", "9999-12-30 23:00:00-02", "", NULL },
                { "on the other side, too", "10000-01-01 00:59:59+02", "", NULL },
                { "the day before is a day", "9999-12-30", "9999-12-30 23:00:00", NULL },
                { "null", NULL, "", NULL },
                { "never was", "-infinity", "",
                  "access_expires is before all times; who is to have no access needs a status that says so "
                  "(column 'leaves_on')" },
                { "after 9999", "10000-01-02", "",
                  "access_expires is before the year 1 or after 9999, which can't be carried (column 'leaves_on')" },
                { "something behind it", "2024-05-31x", "",
                  "access_expires is no date and no time (column 'leaves_on')" },
        };
        _cleanup_(mapping_freep) Mapping *mapping = bound_mapping(&company, columns);

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(person_deinit) Person person = PERSON_INIT;

                apply_changed(mapping, LEAVES, cases[i].value, &person);
                assert_fault(cases[i].title, &person, cases[i].fault);
                assert_instant(cases[i].title, person.wanted.access_expires, cases[i].utc);
        }
}

static void test_zones_of_people(void **state) {
        static const struct {
                const char *title, *zone, *leaves, *utc, *fault;
        } cases[] = {
                { "east", "Asia/Kathmandu", "2024-05-31", "2024-06-01 00:15:00", NULL },
                { "west", "America/St_Johns", "2024-05-31", "2024-06-01 08:30:00", NULL },
                { "null", NULL, "2024-05-31", "", "access_expires needs a time zone, and column 'site_tz' is null" },
                { "unknown", "Mars/Olympus", "2024-05-31", "",
                  "access_expires needs a time zone, and column 'site_tz' names none that is known: 'Mars/Olympus'" },
                { "no path", "../../etc/passwd", "2024-05-31", "",
                  "access_expires needs a time zone, and column 'site_tz' names none that is known: "
                  "'../../etc/passwd'" },
                { "not needed without a date", NULL, NULL, "", NULL },
                { "nor for no end", NULL, "infinity", "", NULL },
                { "nor with an offset", NULL, "2024-05-31 17:00:00+02", "2024-05-31 21:00:00", NULL },
        };
        MappingSpec spec = company;
        _cleanup_(mapping_freep) Mapping *mapping = NULL;

        spec.properties[PROPERTY_ACCESS_EXPIRES].timezone_column = (Text) AT("site_tz", 19);
        spec.properties[PROPERTY_ACCESS_EXPIRES].plus_usec = INT64_C(6) * 3600 * 1000000;
        mapping = bound_mapping(&spec, columns);

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(person_deinit) Person person = PERSON_INIT;
                const char *values[COLUMNS];

                memcpy(values, ada, sizeof(values));
                values[ZONE] = cases[i].zone;
                values[LEAVES] = cases[i].leaves;
                apply(mapping, values, 0, &person);
                assert_fault(cases[i].title, &person, cases[i].fault);
                assert_instant(cases[i].title, person.wanted.access_expires, cases[i].utc);
        }
}

static void test_a_zone_of_the_property_and_an_offset_beyond_bounds(void **state) {
        MappingSpec spec = company;
        _cleanup_(mapping_freep) Mapping *east = NULL, *far = NULL, *lost = NULL;
        _cleanup_(person_deinit) Person in_tokyo = PERSON_INIT, too_far = PERSON_INIT, nowhere = PERSON_INIT;

        spec.properties[PROPERTY_ACCESS_EXPIRES].timezone = (Text) AT("Asia/Tokyo", 19);
        spec.properties[PROPERTY_ACCESS_EXPIRES].plus_usec = -1;
        east = bound_mapping(&spec, columns);
        apply_changed(east, LEAVES, "2024-05-31", &in_tokyo);
        assert_instant("a microsecond less", in_tokyo.wanted.access_expires, "2024-05-31 14:59:59");

        spec.properties[PROPERTY_ACCESS_EXPIRES].plus_usec = INT64_MAX;
        far = bound_mapping(&spec, columns);
        apply_changed(far, LEAVES, "2024-05-31", &too_far);
        assert_fault("overflow", &too_far, "access_expires is before the year 1 or after 9999, which can't be carried "
                     "(column 'leaves_on')");

        spec.timezone = (char *) "Europe/Atlantis";
        lost = bound_mapping(&spec, columns);
        apply(lost, ada, 0, &nowhere);
        assert_fault("unknown", &nowhere, "access_effective needs a time zone, and the configured one is not known "
                     "here (column 'hired_on')");
}

static void test_boundaries(void **state) {
        static const struct {
                const char *title, *now, *boundary;
        } cases[] = {
                { "before both", "2020-01-01 00:00:00", "2024-04-30 22:00:00" },
                { "at the begin", "2024-04-30 22:00:00", "2030-12-31 23:00:00" },
                { "between", "2025-01-01 00:00:00", "2030-12-31 23:00:00" },
                { "after both", "2031-01-01 00:00:00", "" },
        };
        _cleanup_(mapping_freep) Mapping *mapping = bound_mapping(&company, columns);

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(person_deinit) Person person = PERSON_INIT;
                int64_t now;

                assert_int_equal(instant_parse_api(cases[i].now, "UTC", &now), 0);
                apply(mapping, ada, now, &person);
                assert_instant(cases[i].title, person.boundary, cases[i].boundary);
                assert_int_equal(person.standing, STANDING_IN);
        }
}

static void test_a_key_of_fixed_width(void **state) {
        _cleanup_(mapping_freep) Mapping *mapping = NULL;
        _cleanup_(person_deinit) Person person = PERSON_INIT;
        Column typed[COLUMNS];

        memcpy(typed, columns, sizeof(typed));
        typed[NUMBER].type = 1042;
        mapping = bound_mapping(&company, typed);
        apply_changed(mapping, NUMBER, "E7        ", &person);
        assert_string_equal(person.key, "E7");
}

static void test_columns_that_are_not_there(void **state) {
        static const Column other[] = {
                { "employee_id", 25 }, { "given_name", 25 }, { "familyname", 25 }, { "work_email", 25 },
                { "mobile", 25 }, { "badge", 25 }, { "pin", 25 }, { "hired_on", 1082 }, { "leaves_on", 1082 },
                { "status", 25 }, { "department", 25 }, { "site_code", 1042 }, { "job_title", 25 }, { "status", 25 },
        };
        _cleanup_(mapping_freep) Mapping *mapping = NULL;
        Complaints complaints = { 0 };
        const char *has = " it has: employee_id, given_name, familyname, work_email, mobile, badge, pin, hired_on, "
                          "leaves_on, status, department, site_code, job_title, status";
        char expected[2048];

        assert_int_equal(mapping_new(&company, &mapping), 0);
        assert_int_equal(mapping_bind_columns(mapping, other, ELEMENTS(other), complain, &complaints), -ENOENT);

        snprintf(expected, sizeof(expected),
                 "12: no column 'family_name' in hr.people; did you mean 'familyname'?%s\n"
                 "16: no column 'badge_no' in hr.people;%s\n"
                 "20: hr.people has several columns 'status'; give one of them another name with AS\n"
                 "31: no column 'site' in hr.people; did you mean 'site_code'?%s\n"
                 "35: no column 'access_profile' in hr.people;%s\n",
                 has, has, has, has);
        assert_string_equal(complaints.text, expected);
        assert_int_equal(complaints.n, 5);
}

static void test_a_row_of_another_shape(void **state) {
        _cleanup_(mapping_freep) Mapping *mapping = bound_mapping(&company, columns);
        const size_t lengths[COLUMNS] = { 0 };
        Row row = { COLUMNS - 1, ada, lengths };
        Person person = PERSON_INIT;

        assert_int_equal(mapping_apply(mapping, &row, 0, &person), -EBADMSG);
        assert_null(person.key);
}

static void test_fingerprints(void **state) {
        _cleanup_(mapping_freep) Mapping *one = bound_mapping(&company, columns);
        _cleanup_(mapping_freep) Mapping *two = NULL, *three = NULL, *four = NULL;
        _cleanup_(freep) char *a = mapping_fingerprint(one), *b = NULL, *c = NULL, *d = NULL;
        Column typed[COLUMNS];
        MappingSpec spec = company;

        assert_non_null(a);

        /* Where it stands in the file, and which kind of text a text is, changes nobody. */
        spec.properties[PROPERTY_EMAIL].source.mark.line = 99;
        memcpy(typed, columns, sizeof(typed));
        typed[STATUS].type = 25;
        two = bound_mapping(&spec, typed);
        b = mapping_fingerprint(two);
        assert_string_equal(a, b);

        spec.timezone = (char *) "Europe/London";
        three = bound_mapping(&spec, columns);
        c = mapping_fingerprint(three);
        assert_string_not_equal(a, c);

        typed[STATUS].type = 16;
        four = bound_mapping(&company, typed);
        d = mapping_fingerprint(four);
        assert_string_not_equal(a, d);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_a_sound_row),
                cmocka_unit_test(test_what_is_not_mapped_is_left_alone),
                cmocka_unit_test(test_texts),
                cmocka_unit_test(test_templates),
                cmocka_unit_test(test_templates_that_are_none),
                cmocka_unit_test(test_constants_and_policies),
                cmocka_unit_test(test_standing),
                cmocka_unit_test(test_a_leaver_is_a_leaver_whatever_else_is_wrong),
                cmocka_unit_test(test_booleans_and_fixed_widths),
                cmocka_unit_test(test_begins),
                cmocka_unit_test(test_ends),
                cmocka_unit_test(test_zones_of_people),
                cmocka_unit_test(test_a_zone_of_the_property_and_an_offset_beyond_bounds),
                cmocka_unit_test(test_boundaries),
                cmocka_unit_test(test_a_key_of_fixed_width),
                cmocka_unit_test(test_columns_that_are_not_there),
                cmocka_unit_test(test_a_row_of_another_shape),
                cmocka_unit_test(test_fingerprints),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
