/* From the spec to what is compared and copied: everything that does not depend on a row is done here, once. */

#include "lib/mapping/mapping.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "lib/mapping/compiled.h"

static int slot_for(Mapping *mapping, const char *name, Mark mark, size_t *ret) {
        Slot *slots;
        char *copy;

        for (size_t i = 0; i < mapping->n_slots; i++)
                if (strcmp(mapping->slots[i].name, name) == 0) {
                        *ret = i;
                        return 0;
                }

        slots = reallocarray(mapping->slots, mapping->n_slots + 1, sizeof(*slots));
        if (!slots)
                return -ENOMEM;
        mapping->slots = slots;

        copy = strdup(name);
        if (!copy)
                return -ENOMEM;
        *ret = mapping->n_slots;
        slots[mapping->n_slots++] = (Slot) { .name = copy, .mark = mark };
        return 0;
}

static int compile_template(Mapping *mapping, PropertyMap *map) {
        const Text *source = &map->spec->source;
        int r;

        r = template_parse(source->text, &map->template, NULL);
        if (r < 0)
                return r;

        for (size_t i = 0; i < map->template->n_segments; i++) {
                Segment *segment = &map->template->segments[i];

                if (!segment->is_column)
                        continue;
                r = slot_for(mapping, segment->text, source->mark, &segment->slot);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* A zone that is not known becomes a fault where it is needed: the configuration refuses it before, with its line. */
static int compile_zone(Mapping *mapping, PropertyMap *map) {
        const PropertySpec *spec = map->spec;
        const char *name = spec->timezone.text ? spec->timezone.text : mapping->spec->timezone;
        int r;

        if (spec->timezone_column.text)
                return slot_for(mapping, spec->timezone_column.text, spec->timezone_column.mark, &map->zone_slot);
        if (!name)
                return 0;

        r = zone_find(name, strlen(name), &map->zone);
        map->zone_known = r == 0;
        return r == -ENOMEM ? r : 0;
}

static bool keeps_empty(Property property, NullPolicy policy) {
        if (policy != NULL_DEFAULT)
                return policy == NULL_KEEP;
        return property == PROPERTY_CARD_NUM || property == PROPERTY_PIN || property == PROPERTY_EMAIL;
}

static int compile_property(Mapping *mapping, Property property) {
        PropertyMap *map = &mapping->properties[property];
        const PropertySpec *spec = &mapping->spec->properties[property];
        int r = 0;

        *map = (PropertyMap) {
                .spec = spec,
                .property = property,
                .kind = property == PROPERTY_ACCESSLEVELS ? SOURCE_NONE : spec->kind,
                .keep_empty = keeps_empty(property, spec->null_policy),
                .zone_slot = NO_SLOT,
        };
        if (map->kind == SOURCE_NONE)
                return 0;
        if (!spec->source.text)
                return -EINVAL;

        if (map->kind == SOURCE_COLUMN)
                r = slot_for(mapping, spec->source.text, spec->source.mark, &map->slot);
        else if (map->kind == SOURCE_TEMPLATE)
                r = compile_template(mapping, map);
        if (r < 0)
                return r;
        return compile_zone(mapping, map);
}

/* Without `in` and `out` the status is a boolean. */
static int compile_standing(Mapping *mapping) {
        static char yes[] = "true", no[] = "false";
        const Text in = { .text = yes }, out = { .text = no };
        const PropertySpec *spec = &mapping->spec->properties[PROPERTY_ENABLED];
        bool is_boolean = spec->n_in == 0 && spec->n_out == 0;
        int r;

        if (spec->kind == SOURCE_NONE)
                return 0;

        mapping->n_in = is_boolean ? 1 : spec->n_in;
        mapping->n_out = is_boolean ? 1 : spec->n_out;
        r = patterns_new(is_boolean ? &in : spec->in, mapping->n_in, false, &mapping->in);
        if (r < 0)
                return r;
        return patterns_new(is_boolean ? &out : spec->out, mapping->n_out, false, &mapping->out);
}

static int compile_conditions(Mapping *mapping, Rule *rule) {
        const RuleSpec *spec = rule->spec;
        int r;

        if (spec->n_conditions == 0)
                return 0;
        rule->conditions = calloc(spec->n_conditions, sizeof(*rule->conditions));
        if (!rule->conditions)
                return -ENOMEM;

        for (size_t i = 0; i < spec->n_conditions; i++) {
                const ConditionSpec *condition = &spec->conditions[i];

                rule->conditions[i].spec = condition;
                r = slot_for(mapping, condition->column.text, condition->column.mark, &rule->conditions[i].slot);
                if (r < 0)
                        return r;
                r = patterns_new(condition->patterns, condition->n_patterns, true, &rule->conditions[i].patterns);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int compile_grants(Mapping *mapping, Rule *rule) {
        const RuleSpec *spec = rule->spec;
        int r;

        if (spec->n_grants == 0)
                return 0;
        rule->grants = calloc(spec->n_grants, sizeof(*rule->grants));
        if (!rule->grants)
                return -ENOMEM;

        for (size_t i = 0; i < spec->n_grants; i++) {
                const GrantSpec *grant = &spec->grants[i];

                rule->grants[i] = (RuleGrant) { .spec = grant, .slot = NO_SLOT };
                if (!grant->column.text)
                        continue;
                r = slot_for(mapping, grant->column.text, grant->column.mark, &rule->grants[i].slot);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int compile_rules(Mapping *mapping) {
        const MappingSpec *spec = mapping->spec;
        int r;

        if (!spec->has_rules || spec->n_rules == 0)
                return 0;
        mapping->rules = calloc(spec->n_rules, sizeof(*mapping->rules));
        if (!mapping->rules)
                return -ENOMEM;

        for (size_t i = 0; i < spec->n_rules; i++)
                mapping->rules[i].spec = &spec->rules[i];
        for (size_t i = 0; i < spec->n_rules; i++) {
                r = compile_conditions(mapping, &mapping->rules[i]);
                if (r < 0)
                        return r;
                r = compile_grants(mapping, &mapping->rules[i]);
                if (r < 0)
                        return r;
        }
        return 0;
}

int mapping_new(const MappingSpec *spec, Mapping **ret) {
        _cleanup_(mapping_freep) Mapping *mapping = NULL;
        int r;

        if (spec->properties[PROPERTY_ID_NUM].kind != SOURCE_COLUMN)
                return -EINVAL;

        mapping = calloc(1, sizeof(*mapping));
        if (!mapping)
                return -ENOMEM;
        mapping->spec = spec;

        for (size_t i = 0; i < PROPERTIES; i++) {
                r = compile_property(mapping, (Property) i);
                if (r < 0)
                        return r;
        }
        r = compile_standing(mapping);
        if (r < 0)
                return r;
        r = compile_rules(mapping);
        if (r < 0)
                return r;
        r = patterns_new(spec->exclude, spec->n_exclude, true, &mapping->exclude);
        if (r < 0)
                return r;

        mapping->scratch = calloc(1, sizeof(*mapping->scratch));
        if (!mapping->scratch)
                return -ENOMEM;
        mapping->scratch->values = calloc(mapping->n_slots, sizeof(Value));
        if (!mapping->scratch->values)
                return -ENOMEM;

        *ret = steal(mapping);
        return 0;
}

bool mapping_excludes(const Mapping *mapping, const char *id_num) {
        Value value = { .text = id_num, .length = strlen(id_num) };

        return patterns_match(mapping->exclude, mapping->spec->n_exclude, &value, false);
}

static void rule_deinit(Rule *rule) {
        for (size_t i = 0; rule->conditions && i < rule->spec->n_conditions; i++)
                if (rule->conditions[i].spec)
                        patterns_free(rule->conditions[i].patterns, rule->conditions[i].spec->n_patterns);
        free(rule->conditions);
        free(rule->grants);
}

Mapping *mapping_free(Mapping *mapping) {
        if (!mapping)
                return NULL;

        for (size_t i = 0; i < PROPERTIES; i++)
                template_free(mapping->properties[i].template);
        for (size_t i = 0; mapping->rules && i < mapping->spec->n_rules; i++)
                rule_deinit(&mapping->rules[i]);
        for (size_t i = 0; i < mapping->n_slots; i++)
                free(mapping->slots[i].name);
        if (mapping->scratch) {
                explicit_bzero(mapping->scratch->text, sizeof(mapping->scratch->text));
                free(mapping->scratch->values);
                free(mapping->scratch->grants);
        }

        patterns_free(mapping->in, mapping->n_in);
        patterns_free(mapping->out, mapping->n_out);
        patterns_free(mapping->exclude, mapping->spec->n_exclude);
        level_table_deinit(&mapping->levels);
        free(mapping->tolerated);
        free(mapping->slots);
        free(mapping->rules);
        free(mapping->scratch);
        free(mapping);
        return NULL;
}

const char *mapping_key_column(const Mapping *mapping) {
        return mapping->spec->properties[PROPERTY_ID_NUM].source.text;
}

size_t mapping_key_index(const Mapping *mapping) {
        assert(mapping->bound);
        return mapping->slots[mapping->properties[PROPERTY_ID_NUM].slot].index;
}
