/* lib/mapping: rows of HR in, persons out. The company below has one row, which each case changes a little. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/mapping/mapping.h"
#include "lib/mapping/template.h"

#define AT(literal, at_line) { .text = (char *) (literal), .mark = { .line = (at_line), .column = 9 } }
#define COLUMN_SOURCE(name, at_line) .kind = SOURCE_COLUMN, .mark = { at_line, 3 }, .source = AT(name, at_line)

enum { NUMBER, GIVEN, FAMILY, MAIL, MOBILE, BADGE, PIN, HIRED, LEAVES, ZONE, STATUS, DEPARTMENT, SITE, TITLE, PROFILE, COLUMNS };

static const Column columns[COLUMNS] = {
        [NUMBER] = { "employee_id", 25 },
        [GIVEN] = { "given_name", 25 },
        [FAMILY] = { "family_name", 25 },
        [MAIL] = { "work_email", 25 },
        [MOBILE] = { "mobile", 25 },
        [BADGE] = { "badge_no", 25 },
        [PIN] = { "pin", 25 },
        [HIRED] = { "hired_on", 1082 },
        [LEAVES] = { "leaves_on", 1082 },
        [ZONE] = { "site_tz", 25 },
        [STATUS] = { "status", 1043 },
        [DEPARTMENT] = { "department", 25 },
        [SITE] = { "site", 1042 },
        [TITLE] = { "job_title", 25 },
        [PROFILE] = { "access_profile", 1009 },
};

static const char *const ada[COLUMNS] = {
        [NUMBER] = "E00042",
        [GIVEN] = "Ada",
        [FAMILY] = "Lovelace",
        [MAIL] = "ada@example.org",
        [MOBILE] = "+49 (30) 1-2",
        [BADGE] = "000815",
        [PIN] = "1234",
        [HIRED] = "2024-05-01",
        [LEAVES] = "2030-12-31",
        [STATUS] = "active",
        [DEPARTMENT] = "Security",
        [SITE] = "HQ      ",
        [TITLE] = "Officer",
};

static const Level levels[] = {
        { 10, (char *) "Cardholder" },
        { 20, (char *) "Security" },
        { 30, (char *) "Administration" },
        { 40, (char *) "Housekeeping" },
        { 50, (char *) "Lab \"A\", upper" },
        { 61, (char *) "Garage" },
        { 62, (char *) "Garage" },
};

static Text in_texts[] = { AT("active", 20), AT("leave", 20) };
static Text out_texts[] = { AT("left", 20), AT("retired", 20) };

static Text department_texts[] = { AT("Security", 31) };
static Text site_texts[] = { AT("HQ", 31), AT("Annex*", 31) };
static Text title_texts[] = { AT("Housekeep*", 33) };
static Text annex_texts[] = { AT("Annex", 33) };

static ConditionSpec security_conditions[] = {
        { .column = AT("department", 31), .n_patterns = 1, .patterns = department_texts },
        { .column = AT("site", 31), .n_patterns = 2, .patterns = site_texts },
};
static ConditionSpec housekeeping_conditions[] = {
        { .column = AT("job_title", 33), .n_patterns = 1, .patterns = title_texts },
        { .column = AT("site", 33), .negate = true, .n_patterns = 1, .patterns = annex_texts },
};
static ConditionSpec nowhere_conditions[] = {
        { .column = AT("site", 36), .match_null = true },
};

static GrantSpec everybody_grants[] = { { .name = AT("Cardholder", 30) } };
static GrantSpec security_grants[] = { { .name = AT("Security", 32) }, { .name = AT("Cardholder", 32) } };
static GrantSpec housekeeping_grants[] = { { .name = AT("Housekeeping", 34) } };
static GrantSpec profile_grants[] = { { .column = AT("access_profile", 35) } };
static GrantSpec nowhere_grants[] = { { .id = 30, .name = { .mark = { 37, 9 } } } };

static RuleSpec rules[] = {
        { .mark = { 30, 9 }, .n_grants = 1, .grants = everybody_grants },
        { .mark = { 31, 9 }, .n_conditions = 2, .conditions = security_conditions, .n_grants = 2, .grants = security_grants },
        { .mark = { 33, 9 }, .n_conditions = 2, .conditions = housekeeping_conditions, .n_grants = 1,
          .grants = housekeeping_grants },
        { .mark = { 35, 9 }, .n_grants = 1, .grants = profile_grants },
        { .mark = { 36, 9 }, .n_conditions = 1, .conditions = nowhere_conditions, .n_grants = 1,
          .grants = nowhere_grants },
};

static Text excluded[] = { AT("1", 40), AT("FIRE*", 40) };

static const MappingSpec company = {
        .properties = {
                [PROPERTY_ID_NUM] = { COLUMN_SOURCE("employee_id", 10) },
                [PROPERTY_FIRST_NAME] = { COLUMN_SOURCE("given_name", 11) },
                [PROPERTY_LAST_NAME] = { COLUMN_SOURCE("family_name", 12) },
                [PROPERTY_CREDENTIAL_KEY] = {
                        .kind = SOURCE_TEMPLATE,
                        .source = AT("{{{given_name}-{family_name}}}", 13),
                },
                [PROPERTY_EMAIL] = { COLUMN_SOURCE("work_email", 14) },
                [PROPERTY_PHONE] = { COLUMN_SOURCE("mobile", 15), .digits = true },
                [PROPERTY_CARD_NUM] = { COLUMN_SOURCE("badge_no", 16) },
                [PROPERTY_PIN] = { COLUMN_SOURCE("pin", 17) },
                [PROPERTY_ACCESS_EFFECTIVE] = { COLUMN_SOURCE("hired_on", 18) },
                [PROPERTY_ACCESS_EXPIRES] = { COLUMN_SOURCE("leaves_on", 19) },
                [PROPERTY_ENABLED] = {
                        COLUMN_SOURCE("status", 20),
                        .n_in = ELEMENTS(in_texts), .in = in_texts,
                        .n_out = ELEMENTS(out_texts), .out = out_texts,
                },
        },
        .has_rules = true,
        .n_rules = ELEMENTS(rules),
        .rules = rules,
        .n_exclude = ELEMENTS(excluded),
        .exclude = excluded,
        .timezone = (char *) "Europe/Berlin",
};

/* Complaints, one a line, as "LINE: sentence". */
typedef struct Complaints {
        size_t n;
        char text[2048];
} Complaints;

static void complain(void *userdata, Mark mark, const char *sentence) {
        Complaints *complaints = userdata;
        size_t length = strlen(complaints->text);

        complaints->n++;
        snprintf(complaints->text + length, sizeof(complaints->text) - length, "%u: %s\n", mark.line, sentence);
}

static Mapping *bound_mapping(const MappingSpec *spec, const Column *with_columns) {
        Complaints complaints = { 0 };
        Mapping *mapping;

        assert_int_equal(mapping_new(spec, &mapping), 0);
        assert_int_equal(mapping_bind_columns(mapping, with_columns, COLUMNS, complain, &complaints), 0);
        assert_int_equal(mapping_bind_levels(mapping, levels, ELEMENTS(levels), NULL, 0, complain, &complaints), 0);
        assert_int_equal(complaints.n, 0);
        return mapping;
}

static void apply(const Mapping *mapping, const char *const *values, int64_t now, Person *ret) {
        size_t lengths[COLUMNS];
        Row row = { COLUMNS, values, lengths };

        for (size_t i = 0; i < COLUMNS; i++)
                lengths[i] = values[i] ? strlen(values[i]) : 0;
        assert_int_equal(mapping_apply(mapping, &row, now, ret), 0);
}

/* Ada with one value changed. */
static void apply_changed(const Mapping *mapping, size_t column, const char *value, Person *ret) {
        const char *values[COLUMNS];

        memcpy(values, ada, sizeof(values));
        values[column] = value;
        apply(mapping, values, 0, ret);
}

static void assert_fault(const char *title, const Person *person, const char *fault) {
        const char *found = person->fault ? person->fault : "";

        if (strcmp(found, fault ? fault : "") != 0)
                fail_msg("%s: the fault is '%s', not '%s'", title, found, fault ? fault : "");
}

static void assert_instant(const char *title, int64_t instant, const char *utc) {
        char buf[INSTANT_TEXT_SIZE];

        assert_int_equal(instant_format_api(instant, "UTC", buf), 0);
        if (strcmp(buf, utc) != 0)
                fail_msg("%s: '%s', not '%s'", title, buf, utc);
}

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
                { "a}", "the template has a '}' without '{' at its character 2; a brace itself is written '}}'" },
                { "{a", "the template has a '{' without '}' at its character 1; a brace itself is written '{{'" },
                { "{a{{b}", "the template has a '{' without '}' at its character 1; a brace itself is written '{{'" },
                { "x{}", "the template names no column between the braces at its character 2" },
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
                  STANDING_UNCLEAR, "column 'status' is '01234567890123456789012345678901234567890123456789012345678901234567"
                  "...', which the mapping names neither in nor out" },
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
                { "nothing behind it", "2024-05-31x", "", "access_expires is no date and no time (column 'leaves_on')" },
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
        assert_fault("unknown", &nowhere, "access_effective needs a time zone, and the configured one is not known here "
                     "(column 'hired_on')");
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

/* Levels and the lines that granted them, as "10@30 20@31". */
static void write_grants(const Person *person, char *buf, size_t size) {
        size_t n = 0;

        buf[0] = '\0';
        assert_int_equal(person->n_grants, person->wanted.n_levels);
        for (size_t i = 0; i < person->n_grants; i++) {
                assert_int_equal(person->grants[i].level, person->wanted.levels[i]);
                n += (size_t) snprintf(buf + n, size - n, "%s%ld@%u", i > 0 ? " " : "", (long) person->grants[i].level,
                                       person->grants[i].line);
        }
}

static void test_rules(void **state) {
        static const struct {
                const char *title, *department, *site, *job, *profile, *grants, *fault;
        } cases[] = {
                { "all conditions", "Security", "HQ      ", NULL, NULL, "10@30 20@31", NULL },
                { "one of a list, by a glob", "Security", "Annex 2 ", NULL, NULL, "10@30 20@31", NULL },
                { "case counts", "security", "HQ      ", NULL, NULL, "10@30", NULL },
                { "one condition fails", "Security", "Plant   ", NULL, NULL, "10@30", NULL },
                { "not, and a glob", "Cleaning", "HQ      ", "Housekeeper", NULL, "10@30 40@33", NULL },
                { "not turns round", "Cleaning", "Annex   ", "Housekeeper", NULL, "10@30", NULL },
                { "null is not Annex", "Cleaning", NULL, "Housekeeper", NULL, "10@30 30@36 40@33", NULL },
                { "blanks are null", "Cleaning", "        ", NULL, NULL, "10@30 30@36", NULL },
                { "a list from HR", NULL, "HQ", NULL, "{Security,\"Lab \\\"A\\\", upper\",NULL,Cardholder}",
                  "10@30 20@35 50@35", NULL },
                { "an empty list", NULL, "HQ", NULL, "{}", "10@30", NULL },
                { "an empty name in a list", NULL, "HQ", NULL, "{\"\"}", "10@30", NULL },
                { "another lower bound", NULL, "HQ", NULL, "[0:1]={Security,Administration}", "10@30 20@35 30@35", NULL },
                { "quoted NULL is a name", NULL, "HQ", NULL, "{\"NULL\"}", "10@30",
                  "column 'access_profile' names an access level that Lockt does not have: 'NULL'" },
                { "an unknown name; the others stand", NULL, "HQ", NULL, "{Pool,Security}", "10@30 20@35",
                  "column 'access_profile' names an access level that Lockt does not have: 'Pool'" },
                { "a name that two have", NULL, "HQ", NULL, "{Garage}", "10@30",
                  "column 'access_profile' names an access level of which Lockt has several: 'Garage'" },
                { "no list", NULL, "HQ", NULL, "Security", "10@30",
                  "column 'access_profile' is no list of access levels" },
                { "a list of lists", NULL, "HQ", NULL, "{{Security}}", "10@30",
                  "column 'access_profile' is no list of access levels" },
                { "a list cut off", NULL, "HQ", NULL, "{Security,\"Admin", "10@30 20@35",
                  "column 'access_profile' is no list of access levels" },
                { "something behind the list", NULL, "HQ", NULL, "{Security}x", "10@30",
                  "column 'access_profile' is no list of access levels" },
                { "an element that is missing", NULL, "HQ", NULL, "{Security,}", "10@30 20@35",
                  "column 'access_profile' is no list of access levels" },
        };
        _cleanup_(mapping_freep) Mapping *mapping = bound_mapping(&company, columns);

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(person_deinit) Person person = PERSON_INIT;
                const char *values[COLUMNS];
                char grants[128];

                memcpy(values, ada, sizeof(values));
                values[DEPARTMENT] = cases[i].department;
                values[SITE] = cases[i].site;
                values[TITLE] = cases[i].job;
                values[PROFILE] = cases[i].profile;
                apply(mapping, values, 0, &person);

                assert_fault(cases[i].title, &person, cases[i].fault);
                write_grants(&person, grants, sizeof(grants));
                if (strcmp(grants, cases[i].grants) != 0)
                        fail_msg("%s: %s, not %s", cases[i].title, grants, cases[i].grants);
        }
}

static void test_columns_that_name_levels(void **state) {
        static const struct {
                const char *title;
                uint32_t type;
                const char *value, *grants;
        } cases[] = {
                { "a text is one name", 25, "Security", "10@30 20@31" },
                { "a fixed width", 1042, "Administration    ", "10@30 20@31 30@35" },
                { "a list of fixed widths", 1014, "{\"Administration    \"}", "10@30 20@31 30@35" },
                { "a type of the database's own, a list", 20001, "{Administration}", "10@30 20@31 30@35" },
                { "a type of the database's own, a name", 20000, "Administration", "10@30 20@31 30@35" },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(mapping_freep) Mapping *mapping = NULL;
                _cleanup_(person_deinit) Person person = PERSON_INIT;
                Column typed[COLUMNS];
                char grants[128];

                memcpy(typed, columns, sizeof(typed));
                typed[PROFILE].type = cases[i].type;
                mapping = bound_mapping(&company, typed);
                apply_changed(mapping, PROFILE, cases[i].value, &person);
                assert_fault(cases[i].title, &person, NULL);
                write_grants(&person, grants, sizeof(grants));
                assert_string_equal(grants, cases[i].grants);
        }
}

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

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                Text pattern = { .text = (char *) cases[i].pattern };
                ConditionSpec condition = { .column = AT("department", 1), .n_patterns = 1, .patterns = &pattern };
                RuleSpec rule = { .n_conditions = 1, .conditions = &condition, .n_grants = 1, .grants = everybody_grants };
                MappingSpec spec = company;
                _cleanup_(mapping_freep) Mapping *mapping = NULL;
                _cleanup_(person_deinit) Person person = PERSON_INIT;

                spec.n_rules = 1;
                spec.rules = &rule;
                mapping = bound_mapping(&spec, columns);
                apply_changed(mapping, DEPARTMENT, cases[i].value, &person);
                if (!!person.n_grants != cases[i].matches)
                        fail_msg("'%s' and '%s'", cases[i].pattern, cases[i].value);
        }
}

static void test_who_is_excluded(void **state) {
        static const struct {
                const char *key;
                bool excluded;
        } cases[] = { { "1", true }, { "12", false }, { "FIRE-3", true }, { "fire", false }, { "E00042", false } };
        _cleanup_(mapping_freep) Mapping *mapping = bound_mapping(&company, columns);

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(person_deinit) Person person = PERSON_INIT;

                apply_changed(mapping, NUMBER, cases[i].key, &person);
                assert_string_equal(person.key, cases[i].key);
                assert_int_equal(person.excluded, cases[i].excluded);
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

static void test_levels_that_do_not_resolve(void **state) {
        static const Level first[] = { { 10, (char *) "Cardholder" }, { 20, (char *) "Security" },
                                       { 30, (char *) "Administration" }, { 40, (char *) "Housekeeping" } };
        static const Level later[] = { { 11, (char *) "Cardholders" }, { 20, (char *) "Security" },
                                       { 41, (char *) "Housekeeping" }, { 42, (char *) "Housekeeping" } };
        static const Level remembered[] = { { 9, (char *) "Cardholder" } };
        _cleanup_(mapping_freep) Mapping *mapping = NULL;
        _cleanup_(person_deinit) Person person = PERSON_INIT;
        Complaints complaints = { 0 };
        char grants[64];

        assert_int_equal(mapping_new(&company, &mapping), 0);
        assert_int_equal(mapping_bind_columns(mapping, columns, COLUMNS, complain, &complaints), 0);
        assert_int_equal(mapping_bind_levels(mapping, first, ELEMENTS(first), NULL, 0, complain, &complaints), 0);
        assert_false(mapping_level_tolerated(mapping, 10));

        assert_int_equal(mapping_bind_levels(mapping, later, ELEMENTS(later), remembered, 1, complain, &complaints), 1);
        assert_string_equal(complaints.text,
                            "30: Lockt has no access level named 'Cardholder'; did you mean 'Cardholders'?\n"
                            "34: Lockt has 2 access levels named 'Housekeeping'; say which one: { id: 41 } or { id: 42 }\n"
                            "37: Lockt has no access level with the id 30\n");

        /* What the names meant last time, what the caller remembers, and all that they might mean now. */
        for (int64_t level = 0; level < 100; level++)
                assert_int_equal(mapping_level_tolerated(mapping, level),
                                 level == 9 || level == 10 || level == 30 || (level >= 40 && level <= 42));

        apply(mapping, ada, 0, &person);
        assert_null(person.fault);
        write_grants(&person, grants, sizeof(grants));
        assert_string_equal(grants, "20@31");

        assert_int_equal(mapping_bind_levels(mapping, first, ELEMENTS(first), NULL, 0, complain, &complaints), 0);
        assert_false(mapping_level_tolerated(mapping, 10));
}

static void say(void *userdata, unsigned line, bool matched, const char *why) {
        Complaints *said = userdata;
        size_t length = strlen(said->text);

        snprintf(said->text + length, sizeof(said->text) - length, "%u %s%s%s\n", line, matched ? "yes" : "no",
                 why ? ": " : "", why ? why : "");
}

static void test_explanations(void **state) {
        _cleanup_(mapping_freep) Mapping *mapping = bound_mapping(&company, columns);
        const char *values[COLUMNS];
        size_t lengths[COLUMNS];
        Row row = { COLUMNS, values, lengths };
        Complaints said = { 0 };

        memcpy(values, ada, sizeof(values));
        values[SITE] = "Annex   ";
        values[DEPARTMENT] = NULL;
        values[TITLE] = "Housekeeper";
        for (size_t i = 0; i < COLUMNS; i++)
                lengths[i] = values[i] ? strlen(values[i]) : 0;

        assert_int_equal(mapping_explain(mapping, &row, say, &said), 0);
        assert_string_equal(said.text,
                            "30 yes\n"
                            "31 no: department is null, not one of Security\n"
                            "33 no: site is 'Annex', and must not be one of Annex\n"
                            "35 yes\n"
                            "36 no: site is 'Annex', not one of null\n");
}

static void test_fingerprints(void **state) {
        _cleanup_(mapping_freep) Mapping *one = bound_mapping(&company, columns), *two = NULL, *three = NULL, *four = NULL;
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
                cmocka_unit_test(test_rules),
                cmocka_unit_test(test_columns_that_name_levels),
                cmocka_unit_test(test_patterns),
                cmocka_unit_test(test_who_is_excluded),
                cmocka_unit_test(test_a_key_of_fixed_width),
                cmocka_unit_test(test_columns_that_are_not_there),
                cmocka_unit_test(test_a_row_of_another_shape),
                cmocka_unit_test(test_levels_that_do_not_resolve),
                cmocka_unit_test(test_explanations),
                cmocka_unit_test(test_fingerprints),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
