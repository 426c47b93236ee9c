/* Which rules match, and what they grant together. */

#include <errno.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/mapping/compiled.h"
#include "lib/mapping/list.h"

const Condition *rule_failing_condition(const Mapping *mapping, const Rule *rule) {
        for (size_t i = 0; i < rule->spec->n_conditions; i++) {
                const Condition *condition = &rule->conditions[i];
                const ConditionSpec *spec = condition->spec;
                const Value *value = &mapping->scratch->values[condition->slot];
                bool padded = mapping->slots[condition->slot].kind == COLUMN_PADDED;
                bool found = value->text ? patterns_match(condition->patterns, spec->n_patterns, value, padded) :
                                           spec->match_null;

                if (found == spec->negate)
                        return condition;
        }
        return NULL;
}

/* Keeps the order of ids; of several rules that grant a level, the first is named. */
static int add_grant(Scratch *scratch, int64_t level, unsigned line) {
        size_t i = scratch->n_grants;

        while (i > 0 && scratch->grants[i - 1].level > level)
                i--;
        if (i > 0 && scratch->grants[i - 1].level == level)
                return 0;

        if (scratch->n_grants == scratch->max_grants) {
                size_t max = scratch->max_grants > 0 ? 2 * scratch->max_grants : 16;
                Grant *grants = reallocarray(scratch->grants, max, sizeof(*grants));

                if (!grants)
                        return -ENOMEM;
                scratch->grants = grants;
                scratch->max_grants = max;
        }
        memmove(scratch->grants + i + 1, scratch->grants + i, (scratch->n_grants - i) * sizeof(Grant));
        scratch->grants[i] = (Grant) { level, line };
        scratch->n_grants++;
        return 0;
}

/* A level that HR names: one that Lockt lacks is a fault of this person's, since nobody can say what was meant. */
static int grant_named(const Mapping *mapping, const Slot *slot, const char *name, size_t length, unsigned line,
                       Person *person) {
        char excerpt[TEXT_EXCERPT_SIZE];
        int64_t level;
        int r;

        r = level_table_find(&mapping->levels, name, length, &level);
        if (r == 0)
                return add_grant(mapping->scratch, level, line);

        return person_set_fault(person,
                                r == LEVELS_UNKNOWN ?
                                "column '%s' names an access level that Lockt does not have: '%s'" :
                                "column '%s' names an access level of which Lockt has several: '%s'",
                                slot->name, text_excerpt(name, length, excerpt));
}

static int grant_list(const Mapping *mapping, const Slot *slot, const Value *value, unsigned line, Person *person) {
        char *element = mapping->scratch->element;
        ListReader reader;
        size_t length;
        int r;

        r = list_begin(&reader, value->text, value->length);
        if (r == 0)
                while ((r = list_next(&reader, element, VALUE_MAX, &length)) > 0) {
                        if (length > VALUE_MAX)
                                return person_set_fault(person, "column '%s' names an access level with more than %d "
                                                        "bytes", slot->name, VALUE_MAX);
                        while (slot->kind == COLUMN_PADDED_LIST && length > 0 && element[length - 1] == ' ')
                                length--;
                        if (length == 0)
                                continue;
                        r = grant_named(mapping, slot, element, length, line, person);
                        if (r < 0)
                                return r;
                }
        return r < 0 ? person_set_fault(person, "column '%s' is no list of access levels", slot->name) : 0;
}

static int grant_from_column(const Mapping *mapping, size_t index, unsigned line, Person *person) {
        const Slot *slot = &mapping->slots[index];
        const Value *value = &mapping->scratch->values[index];
        bool is_list = slot->kind == COLUMN_LIST || slot->kind == COLUMN_PADDED_LIST;

        if (!value->text)
                return 0;
        if (slot->kind == COLUMN_MAYBE_LIST)
                is_list = value->text[0] == '{' && value->text[value->length - 1] == '}';
        return is_list ? grant_list(mapping, slot, value, line, person) :
                         grant_named(mapping, slot, value->text, value->length, line, person);
}

static int apply_rule(const Mapping *mapping, const Rule *rule, Person *person) {
        int r = 0;

        for (size_t i = 0; r == 0 && i < rule->spec->n_grants; i++) {
                const RuleGrant *grant = &rule->grants[i];

                if (grant->slot != NO_SLOT)
                        r = grant_from_column(mapping, grant->slot, rule->spec->mark.line, person);
                else if (grant->resolved)
                        r = add_grant(mapping->scratch, grant->level, rule->spec->mark.line);
        }
        return r;
}

int mapping_collect_grants(const Mapping *mapping, Person *person) {
        int r;

        mapping->scratch->n_grants = 0;
        for (size_t i = 0; mapping->rules && i < mapping->spec->n_rules; i++) {
                if (rule_failing_condition(mapping, &mapping->rules[i]))
                        continue;
                r = apply_rule(mapping, &mapping->rules[i], person);
                if (r < 0)
                        return r;
        }
        return 0;
}
