/* Counting what rules match, and pairing the rules of two files. See rules.h. */

#include "lib/sync/rules.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int rule_counts_init(RuleCounts *counts, const MappingSpec *spec, const Mapping *mapping) {
        *counts = (RuleCounts) { .mapping = mapping, .n = spec->n_rules };
        if (!mapping || spec->n_rules == 0)
                return 0;
        counts->matches = calloc(spec->n_rules, sizeof(*counts->matches));
        counts->people = calloc(spec->n_rules, sizeof(*counts->people));
        return counts->matches && counts->people ? 0 : -ENOMEM;
}

void rule_counts_deinit(RuleCounts *counts) {
        free(counts->matches);
        free(counts->people);
        *counts = (RuleCounts) { 0 };
}

int rule_counts_add(RuleCounts *counts, const Row *row) {
        int r;

        if (!counts->people)
                return 0;
        r = mapping_match_rules(counts->mapping, row, counts->matches);
        for (size_t i = 0; r >= 0 && i < counts->n; i++)
                counts->people[i] += counts->matches[i];
        return r;
}

static bool same_text(const Text *a, const Text *b) {
        if (!a->text || !b->text)
                return a->text == b->text;
        return strcmp(a->text, b->text) == 0;
}

static bool same_condition(const ConditionSpec *a, const ConditionSpec *b) {
        if (a->negate != b->negate || a->match_null != b->match_null || a->n_patterns != b->n_patterns ||
            !same_text(&a->column, &b->column))
                return false;
        for (size_t i = 0; i < a->n_patterns; i++)
                if (!same_text(&a->patterns[i], &b->patterns[i]))
                        return false;
        return true;
}

static bool same_conditions(const RuleSpec *a, const RuleSpec *b) {
        if (a->n_conditions != b->n_conditions)
                return false;
        for (size_t i = 0; i < a->n_conditions; i++)
                if (!same_condition(&a->conditions[i], &b->conditions[i]))
                        return false;
        return true;
}

static bool same_grants(const RuleSpec *a, const RuleSpec *b) {
        if (a->n_grants != b->n_grants)
                return false;
        for (size_t i = 0; i < a->n_grants; i++)
                if (a->grants[i].id != b->grants[i].id || !same_text(&a->grants[i].name, &b->grants[i].name) ||
                    !same_text(&a->grants[i].column, &b->grants[i].column))
                        return false;
        return true;
}

static bool same_rule(const RuleSpec *a, const RuleSpec *b) {
        return same_conditions(a, b) && same_grants(a, b);
}

void rule_table_deinit(RuleTable *table) {
        free(table->rules);
        free(table->gone);
        *table = (RuleTable) { 0 };
}

int rule_table_fill(RuleTable *table, const MappingSpec *spec, const RuleCounts *counts) {
        if (spec->n_rules == 0)
                return 0;
        table->rules = calloc(spec->n_rules, sizeof(*table->rules));
        if (!table->rules)
                return -ENOMEM;
        for (; table->n < spec->n_rules; table->n++)
                table->rules[table->n] = (PlanRule) {
                        .line = spec->rules[table->n].mark.line,
                        .matches = counts->people ? counts->people[table->n] : 0,
                        .was = -1,
                };
        return 0;
}

/* The first of @former that passes the test and is not taken; SIZE_MAX: none does. */
static size_t find_counterpart(const RuleSpec *rule, const MappingSpec *former, const bool *taken,
                               bool (*test)(const RuleSpec *, const RuleSpec *)) {
        for (size_t k = 0; k < former->n_rules; k++)
                if (!taken[k] && test(rule, &former->rules[k]))
                        return k;
        return SIZE_MAX;
}

static void pair(const MappingSpec *spec, const MappingSpec *former, bool *taken, size_t *ret) {
        static bool (*const tests[])(const RuleSpec *, const RuleSpec *) = { same_rule, same_grants, same_conditions };

        for (size_t i = 0; i < spec->n_rules; i++)
                ret[i] = SIZE_MAX;
        for (size_t test = 0; test < ELEMENTS(tests); test++)
                for (size_t i = 0; i < spec->n_rules; i++) {
                        if (ret[i] != SIZE_MAX)
                                continue;
                        ret[i] = find_counterpart(&spec->rules[i], former, taken, tests[test]);
                        if (ret[i] != SIZE_MAX)
                                taken[ret[i]] = true;
                }
}

int rule_table_compare(RuleTable *table, const MappingSpec *spec, const RuleCounts *counts, const MappingSpec *former,
                       const RuleCounts *former_counts) {
        _cleanup_(freep) bool *taken = calloc(former->n_rules + 1, sizeof(*taken));
        _cleanup_(freep) size_t *pairs = calloc(spec->n_rules + 1, sizeof(*pairs));
        int r;

        table->gone = calloc(former->n_rules + 1, sizeof(*table->gone));
        if (!taken || !pairs || !table->gone)
                return -ENOMEM;
        r = rule_table_fill(table, spec, counts);
        if (r < 0)
                return r;
        pair(spec, former, taken, pairs);
        for (size_t i = 0; i < table->n; i++)
                if (pairs[i] != SIZE_MAX && former_counts->people)
                        table->rules[i].was = former_counts->people[pairs[i]];
        for (size_t k = 0; k < former->n_rules; k++)
                if (!taken[k])
                        table->gone[table->n_gone++] = (PlanRule) {
                                .line = former->rules[k].mark.line,
                                .was = former_counts->people ? former_counts->people[k] : -1,
                        };
        return 0;
}
