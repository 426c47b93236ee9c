/* access_levels.rules: `when` some columns have some values, `grant` some levels. */

#include "lib/config/sections.h"

#include <string.h>

#define COLUMN_MAX 63
#define LEVEL_NAME_MAX 255

#define CONDITION "a value, a list of values, null, or { not: … }"
#define RULE "a mapping such as { when: { site: HQ }, grant: Cardholder }"

static bool rule_column(Reader *reader, const yaml_node_t *node, Text *ret) {
        if (!reader_text(reader, "column", "the name of a column", node, ret))
                return false;
        if (*ret->text && strlen(ret->text) <= COLUMN_MAX)
                return true;
        reader_complain(reader, ret->mark, "a column's name has 1 to %d bytes", COLUMN_MAX);
        return true;
}

typedef struct ConditionDraft {
        ConditionSpec *condition;
        const char *name;
        bool done;
} ConditionDraft;

static void values_read(Reader *reader, ConditionDraft *draft, yaml_node_t *value) {
        ConditionSpec *condition = draft->condition;
        Texts texts = { 0 };

        reader_texts(reader, draft->name, CONDITION, value, &texts, &condition->match_null);
        if (value->type == YAML_SEQUENCE_NODE && value->data.sequence.items.start == value->data.sequence.items.top)
                reader_complain(reader, node_mark(value), "'%s' has an empty list, which nothing can match",
                                draft->name);
        condition->patterns = texts.items;
        condition->n_patterns = texts.n;
        draft->done = true;
}

static void not_visit(Reader *reader, const Key *key, yaml_node_t *name, yaml_node_t *value, void *userdata) {
        ConditionDraft *draft = userdata;

        draft->condition->negate = true;
        values_read(reader, draft, value);
}

static void condition_visit(Reader *reader, yaml_node_t *name, yaml_node_t *value, void *userdata) {
        RuleSpec *rule = userdata;
        ConditionSpec *conditions;
        char buffer[TEXT_EXCERPT_SIZE];
        ConditionDraft draft = { .name = node_excerpt(name, buffer) };

        conditions = reader_grow(reader, rule->conditions, rule->n_conditions, sizeof(*conditions));
        if (!conditions)
                return;
        rule->conditions = conditions;
        draft.condition = &conditions[rule->n_conditions++];

        if (!rule_column(reader, name, &draft.condition->column))
                return;
        if (value->type != YAML_MAPPING_NODE) {
                values_read(reader, &draft, value);
                return;
        }
        reader_keys(reader, value, "access_levels.rules[].when.*.", not_visit, &draft);
        if (!draft.done)
                reader_misfit(reader, draft.name, CONDITION, value);
}

/* A level's id: digits, and no more than an id can be. 0: it is none. */
static int64_t parse_id(const char *text) {
        int64_t id = 0;

        if (!*text)
                return 0;
        for (; *text; text++)
                if (*text < '0' || *text > '9' || __builtin_mul_overflow(id, INT64_C(10), &id) ||
                    __builtin_add_overflow(id, (int64_t) (*text - '0'), &id))
                        return 0;
        return id;
}

static bool grant_is_set(const GrantSpec *grant) {
        return grant->column.text || grant->id > 0;
}

static void grant_part_visit(Reader *reader, const Key *key, yaml_node_t *name, yaml_node_t *value, void *userdata) {
        GrantSpec *grant = userdata;

        if (grant_is_set(grant)) {
                reader_complain(reader, node_mark(name), "a grant is by column or by id, not both");
                return;
        }
        if (strcmp(key_name(key), "column") == 0) {
                (void) rule_column(reader, value, &grant->column);
                return;
        }
        grant->id = node_is_scalar(value) ? parse_id(node_text(value)) : 0;
        if (grant->id == 0)
                reader_misfit(reader, "id", key->shown.type, value);
}

static void grant_visit(Reader *reader, yaml_node_t *item, void *userdata) {
        const Key *key = key_find("access_levels.rules[].grant");
        RuleSpec *rule = userdata;
        GrantSpec *grants, *grant;

        grants = reader_grow(reader, rule->grants, rule->n_grants, sizeof(*grants));
        if (!grants)
                return;
        rule->grants = grants;
        grant = &grants[rule->n_grants++];

        if (item->type == YAML_MAPPING_NODE) {
                reader_keys(reader, item, "access_levels.rules[].grant.", grant_part_visit, grant);
                if (item->data.mapping.pairs.start == item->data.mapping.pairs.top)
                        reader_misfit(reader, "grant", key->shown.type, item);
                return;
        }
        if (!reader_text(reader, "grant", key->shown.type, item, &grant->name))
                return;
        if (!*grant->name.text || strlen(grant->name.text) > LEVEL_NAME_MAX)
                reader_complain(reader, grant->name.mark, "the name of an access level has 1 to %d bytes",
                                LEVEL_NAME_MAX);
}

static void rule_part_visit(Reader *reader, const Key *key, yaml_node_t *name, yaml_node_t *value, void *userdata) {
        RuleSpec *rule = userdata;

        if (strcmp(key_name(key), "grant") == 0)
                reader_items(reader, value, grant_visit, rule);
        else if (value->type == YAML_MAPPING_NODE)
                reader_pairs(reader, value, condition_visit, rule);
        else
                /* Nothing at all, too: a rule whose conditions were lost would be for everybody. */
                reader_misfit(reader, "when", key->shown.type, value);
}

static bool has_key(Reader *reader, const yaml_node_t *node, const char *name) {
        const yaml_node_pair_t *top = node->data.mapping.pairs.top;

        for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < top; pair++) {
                const yaml_node_t *key = yaml_document_get_node(reader->document, pair->key);

                if (node_is_scalar(key) && strcmp(node_text(key), name) == 0)
                        return true;
        }
        return false;
}

static void rule_visit(Reader *reader, yaml_node_t *item, void *userdata) {
        MappingSpec *mapping = &reader->config->mapping;
        RuleSpec *rules, *rule;

        if (item->type != YAML_MAPPING_NODE) {
                reader_misfit(reader, "rules", RULE, item);
                return;
        }

        rules = reader_grow(reader, mapping->rules, mapping->n_rules, sizeof(*rules));
        if (!rules)
                return;
        mapping->rules = rules;
        rule = &rules[mapping->n_rules++];
        rule->mark = node_mark(item);

        reader_keys(reader, item, "access_levels.rules[].", rule_part_visit, rule);
        if (!has_key(reader, item, "grant"))
                reader_complain(reader, rule->mark, "this rule grants nothing; it needs 'grant', such as "
                                "grant: Cardholder");
        else if (rule->n_grants == 0)
                reader_complain(reader, rule->mark, "this rule grants nothing; leave it out");
}

void rules_read(Reader *reader, const Key *key, yaml_node_t *value) {
        if (value->type != YAML_SEQUENCE_NODE) {
                reader_misfit(reader, key_name(key), key->shown.type, value);
                return;
        }
        reader->config->mapping.has_rules = true;
        reader_items(reader, value, rule_visit, NULL);
}
