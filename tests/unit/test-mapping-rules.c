/* lib/mapping: which rules match, what they grant, and what happens when Lockt lacks a level. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/company.h"

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
                { "another lower bound", NULL, "HQ", NULL, "[0:1]={Security,Administration}",
                  "10@30 20@35 30@35", NULL },
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
                            "34: Lockt has 2 access levels named 'Housekeeping'; say which one: "
                            "{ id: 41 } or { id: 42 }\n"
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

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_rules),
                cmocka_unit_test(test_columns_that_name_levels),
                cmocka_unit_test(test_who_is_excluded),
                cmocka_unit_test(test_levels_that_do_not_resolve),
                cmocka_unit_test(test_explanations),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
