/* Frees what lib/config filled in. */

#include "lib/mapping/spec.h"

#include <string.h>

static void texts_free(Text *texts, size_t n) {
        for (size_t i = 0; i < n; i++)
                free(texts[i].text);
        free(texts);
}

static void property_spec_deinit(PropertySpec *property) {
        free(property->source.text);
        free(property->timezone.text);
        free(property->timezone_column.text);
        texts_free(property->in, property->n_in);
        texts_free(property->out, property->n_out);
}

static void rule_spec_deinit(RuleSpec *rule) {
        for (size_t i = 0; i < rule->n_conditions; i++) {
                free(rule->conditions[i].column.text);
                texts_free(rule->conditions[i].patterns, rule->conditions[i].n_patterns);
        }
        free(rule->conditions);

        for (size_t i = 0; i < rule->n_grants; i++) {
                free(rule->grants[i].name.text);
                free(rule->grants[i].column.text);
        }
        free(rule->grants);
}

void mapping_spec_deinit(MappingSpec *spec) {
        for (size_t i = 0; i < PROPERTIES; i++)
                property_spec_deinit(&spec->properties[i]);
        for (size_t i = 0; i < spec->n_rules; i++)
                rule_spec_deinit(&spec->rules[i]);
        free(spec->rules);
        texts_free(spec->exclude, spec->n_exclude);
        free(spec->timezone);
        memset(spec, 0, sizeof(*spec));
}
