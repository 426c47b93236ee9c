/* Rules of two files, side by side: which is whose counterpart, and what is new and gone. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/config/parse.h"
#include "lib/sync/rules.h"

/* The rules begin in line 17. */
static Config *config_with(const char *rules) {
        ConfigErrors errors = { 0 };
        Config *config = NULL;
        char text[2048];
        int n;

        n = snprintf(text, sizeof(text),
                     "version: 1\n"
                     "hr:\n  connection: dbname=hr\n  timezone: UTC\n  people: SELECT * FROM people\n"
                     "lockt:\n  url: https://lockt.example/api/v1\n  apiuser: file:/u\n  apikey: file:/k\n"
                     "user:\n  id_num: id\n  first_name: first\n  last_name: last\n"
                     "  enabled: { column: status, in: [in], out: [out] }\n"
                     "access_levels:\n  rules:\n%s",
                     rules);
        assert_true(n > 0 && (size_t) n < sizeof(text));
        if (config_parse(text, (size_t) n, "rules.yaml", false, &config, &errors) < 0) {
                config_errors_print(&errors, stderr);
                fail_msg("the case's rules are wrong");
        }
        config_errors_deinit(&errors);
        return config;
}

/* "17:1/10 18:2/-": line, people it matches, people its counterpart matched; "gone 19:30". */
static void describe(const RuleTable *table, char *ret, size_t size) {
        FILE *stream = fmemopen(ret, size, "w");

        assert_non_null(stream);
        for (size_t i = 0; i < table->n; i++) {
                (void) fprintf(stream, "%s%u:%jd/", i > 0 ? " " : "", table->rules[i].line,
                               (intmax_t) table->rules[i].matches);
                if (table->rules[i].was >= 0)
                        (void) fprintf(stream, "%jd", (intmax_t) table->rules[i].was);
                else
                        (void) fputc('-', stream);
        }
        for (size_t i = 0; i < table->n_gone; i++)
                (void) fprintf(stream, " gone %u:%jd", table->gone[i].line, (intmax_t) table->gone[i].was);
        assert_int_equal(fclose(stream), 0);
}

#define ALL "    - grant: Cardholder\n"
#define GUARDS "    - { when: { dept: sec, site: [HQ, Annex] }, grant: [Security, Admin] }\n"
#define LAB "    - { when: { dept: lab }, grant: Lab }\n"

static void test_counterparts(void **state) {
        static const struct {
                const char *title, *former, *now, *expected;
        } cases[] = {
                { "nothing changed", ALL GUARDS LAB, ALL GUARDS LAB, "17:1/10 18:2/20 19:3/30" },
                { "another order", ALL GUARDS LAB, LAB ALL GUARDS, "17:1/30 18:2/10 19:3/20" },
                { "a new rule before the others", ALL GUARDS, LAB ALL GUARDS, "17:1/- 18:2/10 19:3/20" },
                { "a rule is gone", ALL GUARDS LAB, ALL LAB, "17:1/10 18:2/30 gone 18:20" },
                { "for other people, the same levels", ALL GUARDS,
                  ALL "    - { when: { dept: [sec, fire] }, grant: [Security, Admin] }\n", "17:1/10 18:2/20" },
                { "for the same people, another level", ALL LAB, ALL "    - { when: { dept: lab }, grant: Cellar }\n",
                  "17:1/10 18:2/20" },
                { "the same comes before what is alike", LAB LAB,
                  "    - { when: { dept: old }, grant: Lab }\n" LAB, "17:1/20 18:2/10" },
                { "twice the same: each has its own", LAB LAB, LAB LAB LAB, "17:1/10 18:2/20 19:3/-" },
                { "not is another condition, and not another level", "    - { when: { dept: { not: lab } }, grant: Lab }\n" LAB,
                  LAB, "17:1/20 gone 17:10" },
                { "null is a value of its own", "    - { when: { dept: [lab, null] }, grant: X }\n",
                  "    - { when: { dept: lab }, grant: Y }\n", "17:1/- gone 17:10" },
                { "nothing in common", ALL, "    - { when: { dept: x }, grant: { id: 7 } }\n", "17:1/- gone 17:10" },
                { "by id and by name are two grants", "    - { when: { dept: x }, grant: { id: 7 } }\n",
                  "    - { when: { dept: y }, grant: { id: 8 } }\n", "17:1/- gone 17:10" },
                { "levels of a column", "    - { grant: { column: profile } }\n" ALL, ALL "    - { grant: { column: profile } }\n",
                  "17:1/20 18:2/10" },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                Config *former = config_with(cases[i].former), *now = config_with(cases[i].now);
                int64_t before[] = { 10, 20, 30 }, after[] = { 1, 2, 3 };
                const RuleCounts was = { .n = former->mapping.n_rules, .people = before };
                const RuleCounts is = { .n = now->mapping.n_rules, .people = after };
                RuleTable table = { 0 };
                char found[256] = "";

                assert_int_equal(rule_table_compare(&table, &now->mapping, &is, &former->mapping, &was), 0);
                describe(&table, found, sizeof(found));
                if (strcmp(found, cases[i].expected) != 0)
                        fail_msg("%s: '%s', not '%s'", cases[i].title, found, cases[i].expected);
                rule_table_deinit(&table);
                config_free(former);
                config_free(now);
        }
}

static void test_what_was_not_counted_is_not_known(void **state) {
        Config *former = config_with(ALL LAB), *now = config_with(ALL);
        int64_t after[] = { 7 };
        const RuleCounts was = { 0 }, is = { .n = 1, .people = after };
        RuleTable table = { 0 };
        char found[64] = "";

        assert_int_equal(rule_table_compare(&table, &now->mapping, &is, &former->mapping, &was), 0);
        describe(&table, found, sizeof(found));
        assert_string_equal(found, "17:7/- gone 18:-1");
        rule_table_deinit(&table);
        config_free(former);
        config_free(now);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_counterparts),
                cmocka_unit_test(test_what_was_not_counted_is_not_known),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
