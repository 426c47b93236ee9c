/* The company, and how its people are looked at. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/company.h"

const Column columns[COLUMNS] = {
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

const char *const ada[COLUMNS] = {
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

GrantSpec everybody_grants[] = { { .name = AT("Cardholder", 30) } };
static GrantSpec security_grants[] = { { .name = AT("Security", 32) }, { .name = AT("Cardholder", 32) } };
static GrantSpec housekeeping_grants[] = { { .name = AT("Housekeeping", 34) } };
static GrantSpec profile_grants[] = { { .column = AT("access_profile", 35) } };
static GrantSpec nowhere_grants[] = { { .id = 30, .name = { .mark = { 37, 9 } } } };

static RuleSpec rules[] = {
        { .mark = { 30, 9 }, .n_grants = 1, .grants = everybody_grants },
        { .mark = { 31, 9 }, .n_conditions = 2, .conditions = security_conditions, .n_grants = 2,
          .grants = security_grants },
        { .mark = { 33, 9 }, .n_conditions = 2, .conditions = housekeeping_conditions, .n_grants = 1,
          .grants = housekeeping_grants },
        { .mark = { 35, 9 }, .n_grants = 1, .grants = profile_grants },
        { .mark = { 36, 9 }, .n_conditions = 1, .conditions = nowhere_conditions, .n_grants = 1,
          .grants = nowhere_grants },
};

static Text excluded[] = { AT("1", 40), AT("FIRE*", 40) };

const MappingSpec company = {
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

void complain(void *userdata, Mark mark, const char *sentence) {
        Complaints *complaints = userdata;
        size_t length = strlen(complaints->text);

        complaints->n++;
        snprintf(complaints->text + length, sizeof(complaints->text) - length, "%u: %s\n", mark.line, sentence);
}

Mapping *bound_mapping(const MappingSpec *spec, const Column *with_columns) {
        Complaints complaints = { 0 };
        Mapping *mapping;

        assert_int_equal(mapping_new(spec, &mapping), 0);
        assert_int_equal(mapping_bind_columns(mapping, with_columns, COLUMNS, complain, &complaints), 0);
        assert_int_equal(mapping_bind_levels(mapping, levels, ELEMENTS(levels), NULL, 0, complain, &complaints), 0);
        assert_int_equal(complaints.n, 0);
        return mapping;
}

void apply(const Mapping *mapping, const char *const *values, int64_t now, Person *ret) {
        size_t lengths[COLUMNS];
        Row row = { COLUMNS, values, lengths };

        for (size_t i = 0; i < COLUMNS; i++)
                lengths[i] = values[i] ? strlen(values[i]) : 0;
        assert_int_equal(mapping_apply(mapping, &row, now, ret), 0);
}

void apply_changed(const Mapping *mapping, size_t column, const char *value, Person *ret) {
        const char *values[COLUMNS];

        memcpy(values, ada, sizeof(values));
        values[column] = value;
        apply(mapping, values, 0, ret);
}

void assert_fault(const char *title, const Person *person, const char *fault) {
        const char *found = person->fault ? person->fault : "";

        if (strcmp(found, fault ? fault : "") != 0)
                fail_msg("%s: the fault is '%s', not '%s'", title, found, fault ? fault : "");
}

void assert_instant(const char *title, int64_t instant, const char *utc) {
        char buf[INSTANT_TEXT_SIZE];

        assert_int_equal(instant_format_api(instant, "UTC", buf), 0);
        if (strcmp(buf, utc) != 0)
                fail_msg("%s: '%s', not '%s'", title, buf, utc);
}

void write_grants(const Person *person, char *buf, size_t size) {
        size_t n = 0;

        buf[0] = '\0';
        assert_int_equal(person->n_grants, person->wanted.n_levels);
        for (size_t i = 0; i < person->n_grants; i++) {
                assert_int_equal(person->grants[i].level, person->wanted.levels[i]);
                n += (size_t) snprintf(buf + n, size - n, "%s%ld@%u", i > 0 ? " " : "", (long) person->grants[i].level,
                                       person->grants[i].line);
        }
}
