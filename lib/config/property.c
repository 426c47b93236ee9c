/*
 * One property of a user: a column's name, or a mapping with `column`, `value` or `template` and what goes with it.
 */

#include "lib/config/sections.h"

#include <errno.h>
#include <string.h>

#include "lib/base/duration.h"
#include "lib/config/value.h"
#include "lib/mapping/template.h"

/* NAMEDATALEN - 1 of PostgreSQL. */
#define COLUMN_MAX 63

#define PLUS_MAX ((int64_t) (366 * USEC_PER_DAY))

/* A property while its keys are read. */
typedef struct Draft {
        const char *name;
        Property property;
        PropertySpec *spec;
        Texts in, out;
        Mark options[6];        /* where an option stands; line 0: it does not */
} Draft;

enum {
        OPTION_NULL,
        OPTION_DIGITS,
        OPTION_TIMEZONE,
        OPTION_PLUS,
        OPTION_IN,
        OPTION_OUT,
};

static const char *const option_names[] = { "null", "digits", "timezone", "plus", "in", "out" };

static bool is_date(Property property) {
        return property == PROPERTY_ACCESS_EFFECTIVE || property == PROPERTY_ACCESS_EXPIRES;
}

/* What can belong to one person only. */
static bool is_unique(Property property) {
        return property == PROPERTY_ID_NUM || property == PROPERTY_CARD_NUM || property == PROPERTY_EMAIL ||
               property == PROPERTY_PIN || property == PROPERTY_CREDENTIAL_KEY;
}

static void check_column(Reader *reader, const char *name, const Text *column) {
        if (!*column->text)
                reader_complain(reader, column->mark, "'%s' takes the name of a column, not an empty text", name);
        else if (strlen(column->text) > COLUMN_MAX)
                reader_complain(reader, column->mark, "'%s' takes the name of a column; PostgreSQL has none of more "
                                "than %d bytes", name, COLUMN_MAX);
}

/* A template that names no column would be one value for everybody, which is probably not meant. */
static void check_template(Reader *reader, const char *name, const Text *text) {
        _cleanup_(template_freep) Template *template = NULL;
        _cleanup_(error_clear) Error error = ERROR_INIT;
        int r;

        r = template_parse(text->text, &template, &error);
        if (r == -ENOMEM) {
                reader->out_of_memory = true;
                return;
        }
        if (r < 0) {
                reader_complain(reader, text->mark, "'%s': %s", name, error_message(&error));
                return;
        }

        for (size_t i = 0; i < template->n_segments; i++)
                if (template->segments[i].is_column)
                        return;
        reader_complain(reader, text->mark, "the template of '%s' has no column in braces; one value for everybody is "
                        "{ value: … }", name);
}

static void read_source(Reader *reader, Draft *draft, const Key *key, SourceKind kind, const yaml_node_t *value) {
        PropertySpec *spec = draft->spec;

        if (spec->kind != SOURCE_NONE) {
                reader_complain(reader, node_mark(value), "'%s' has one source only: column, value or template",
                                draft->name);
                return;
        }
        spec->kind = kind;
        if (!reader_text(reader, key_name(key), key->shown.type, value, &spec->source))
                return;

        switch (kind) {
        case SOURCE_COLUMN:
                check_column(reader, draft->name, &spec->source);
                break;
        case SOURCE_TEMPLATE:
                check_template(reader, draft->name, &spec->source);
                break;
        default:
                break;
        }
}

static void read_null(Reader *reader, Draft *draft, const Key *key, const yaml_node_t *value) {
        if (!node_is_scalar(value) || (strcmp(node_text(value), "keep") != 0 && strcmp(node_text(value), "clear") != 0))
                reader_misfit(reader, "null", key->shown.type, value);
        else
                draft->spec->null_policy = strcmp(node_text(value), "keep") == 0 ? NULL_KEEP : NULL_CLEAR;
}

static void read_digits(Reader *reader, Draft *draft, const Key *key, const yaml_node_t *value) {
        if (!node_is_scalar(value) || value_parse_boolean(node_text(value), &draft->spec->digits) != 0)
                reader_misfit(reader, "digits", key->shown.type, value);
}

static void zone_column_visit(Reader *reader, const Key *key, yaml_node_t *name, yaml_node_t *value, void *userdata) {
        Text *column = userdata;

        if (reader_text(reader, "column", key->shown.type, value, column))
                check_column(reader, "timezone", column);
}

static void read_timezone(Reader *reader, Draft *draft, const Key *key, const yaml_node_t *value) {
        PropertySpec *spec = draft->spec;

        if (value->type == YAML_MAPPING_NODE) {
                reader_keys(reader, value, "user.*.timezone.", zone_column_visit, &spec->timezone_column);
                if (value->data.mapping.pairs.start == value->data.mapping.pairs.top)
                        reader_misfit(reader, "timezone", key->shown.type, value);
        } else if (reader_text(reader, "timezone", key->shown.type, value, &spec->timezone))
                value_check_zone(reader, "timezone", &spec->timezone);
}

static void read_plus(Reader *reader, Draft *draft, const Key *key, const yaml_node_t *value) {
        int64_t plus = 0;
        int r = -EINVAL;

        if (node_is_scalar(value))
                r = duration_parse_signed(node_text(value), &plus);
        if (r == -EINVAL)
                reader_misfit(reader, "plus", key->shown.type, value);
        else if (r < 0 || plus > PLUS_MAX || plus < -PLUS_MAX)
                reader_complain(reader, node_mark(value), "'plus' is at most 366d, and at least -366d");
        else
                draft->spec->plus_usec = plus;
}

static void draft_visit(Reader *reader, const Key *key, yaml_node_t *name, yaml_node_t *value, void *userdata) {
        static void (*const readers[])(Reader *, Draft *, const Key *, const yaml_node_t *) = {
                [OPTION_NULL] = read_null,
                [OPTION_DIGITS] = read_digits,
                [OPTION_TIMEZONE] = read_timezone,
                [OPTION_PLUS] = read_plus,
        };
        static const char *const sources[] = {
                [SOURCE_COLUMN] = "column",
                [SOURCE_VALUE] = "value",
                [SOURCE_TEMPLATE] = "template",
        };
        Draft *draft = userdata;

        for (size_t i = SOURCE_COLUMN; i < ELEMENTS(sources); i++)
                if (strcmp(key_name(key), sources[i]) == 0)
                        read_source(reader, draft, key, (SourceKind) i, value);

        for (size_t i = 0; i < ELEMENTS(option_names); i++) {
                if (strcmp(key_name(key), option_names[i]) != 0)
                        continue;
                draft->options[i] = node_mark(name);
                if (i < ELEMENTS(readers))
                        readers[i](reader, draft, key, value);
                else
                        reader_texts(reader, option_names[i], key->shown.type, value,
                                     i == OPTION_IN ? &draft->in : &draft->out, NULL);
        }
}

static void refuse_option(Reader *reader, const Draft *draft, int option, const char *why) {
        if (draft->options[option].line > 0)
                reader_complain(reader, draft->options[option], "'%s' can't be used for '%s': %s",
                                option_names[option], draft->name, why);
}

/* Which options make sense for which properties. */
static void check_options(Reader *reader, const Draft *draft) {
        Property property = draft->property;

        if (property == PROPERTY_ID_NUM) {
                for (int i = 0; i < (int) ELEMENTS(option_names); i++)
                        refuse_option(reader, draft, i, "people are read in the order of its column, as it is");
                return;
        }
        if (property == PROPERTY_ENABLED)
                refuse_option(reader, draft, OPTION_NULL, "an empty status parks the record and keeps access");
        if (draft->spec->kind == SOURCE_VALUE)
                refuse_option(reader, draft, OPTION_NULL, "a fixed value is never empty");
        if (property >= TEXT_PROPERTIES)
                refuse_option(reader, draft, OPTION_DIGITS, "it is for texts");
        if (!is_date(property)) {
                refuse_option(reader, draft, OPTION_TIMEZONE, "it is for access_effective and access_expires");
                refuse_option(reader, draft, OPTION_PLUS, "it is for access_effective and access_expires");
        }
        if (property != PROPERTY_ENABLED) {
                refuse_option(reader, draft, OPTION_IN, "only 'enabled' takes 'in' and 'out'");
                refuse_option(reader, draft, OPTION_OUT, "only 'enabled' takes 'in' and 'out'");
        }
}

static void check_source(Reader *reader, const Draft *draft) {
        const PropertySpec *spec = draft->spec;

        if (spec->kind == SOURCE_NONE)
                reader_complain(reader, spec->mark, "'%s' needs a source: column, value or template", draft->name);
        else if (draft->property == PROPERTY_ID_NUM && spec->kind != SOURCE_COLUMN)
                reader_complain(reader, spec->mark, "'id_num' takes the name of a column and nothing else: people are "
                                "read in its order");
        else if (spec->kind == SOURCE_VALUE && is_unique(draft->property))
                reader_complain(reader, spec->mark, "'%s' can't be one value for everybody: it belongs to one person",
                                draft->name);
}

/* Trailing blanks do not count when HR's value is compared, so they do not make two values different here. */
static bool same_value(const char *a, const char *b) {
        size_t n = strlen(a), m = strlen(b);

        while (n > 0 && a[n - 1] == ' ')
                n--;
        while (m > 0 && b[m - 1] == ' ')
                m--;
        return n == m && memcmp(a, b, n) == 0;
}

static bool texts_have(const Texts *texts, const char *value) {
        for (size_t i = 0; i < texts->n; i++)
                if (same_value(texts->items[i].text, value))
                        return true;
        return false;
}

static void check_disjoint(Reader *reader, const Draft *draft) {
        for (size_t i = 0; i < draft->out.n; i++) {
                const Text *out = &draft->out.items[i];
                char buffer[TEXT_EXCERPT_SIZE];

                if (texts_have(&draft->in, out->text))
                        reader_complain(reader, out->mark, "'%s' stands in 'in' and in 'out'; a status says one of "
                                        "the two", text_excerpt(out->text, strlen(out->text), buffer));
        }
}

/* A boolean column, or a fixed `true`, says in and out by itself. */
static void default_lists(Reader *reader, Draft *draft) {
        static const char *const words[] = { "true", "false" };
        Texts *const lists[] = { &draft->in, &draft->out };

        for (size_t i = 0; i < ELEMENTS(lists); i++) {
                Text *items = reader_grow(reader, NULL, 0, sizeof(*items));

                if (!items)
                        return;
                lists[i]->items = items;
                lists[i]->n = 1;
                items[0].mark = draft->spec->mark;
                items[0].text = strdup(words[i]);
                if (!items[0].text)
                        reader->out_of_memory = true;
        }
}

static void check_enabled(Reader *reader, Draft *draft) {
        const PropertySpec *spec = draft->spec;
        bool in = draft->options[OPTION_IN].line > 0, out = draft->options[OPTION_OUT].line > 0;

        if (spec->kind == SOURCE_VALUE) {
                if (in || out || (spec->source.text && strcmp(spec->source.text, "true") != 0))
                        reader_complain(reader, spec->mark, "'enabled' as one value for everybody is { value: true }");
        } else if (in != out || (in && (draft->in.n == 0 || draft->out.n == 0)))
                reader_complain(reader, spec->mark, "'enabled' needs both, in: [values of who may have access] and "
                                "out: [values of who has left]");
        else if (spec->kind == SOURCE_TEMPLATE && !in)
                reader_complain(reader, spec->mark, "'enabled' of a template needs in: […] and out: […]");

        check_disjoint(reader, draft);
        if (!in && !out)
                default_lists(reader, draft);
}

void property_read(Reader *reader, const Key *key, yaml_node_t *name, yaml_node_t *value) {
        PropertySpec *spec = &reader->config->mapping.properties[key->property];
        Draft draft = { .name = key_name(key), .property = key->property, .spec = spec };

        spec->mark = node_mark(name);
        if (value->type == YAML_MAPPING_NODE)
                reader_keys(reader, value, "user.*.", draft_visit, &draft);
        else {
                spec->kind = SOURCE_COLUMN;
                if (reader_text(reader, draft.name, key->shown.type, value, &spec->source))
                        check_column(reader, draft.name, &spec->source);
        }

        check_source(reader, &draft);
        check_options(reader, &draft);
        if (draft.property == PROPERTY_ENABLED)
                check_enabled(reader, &draft);

        spec->in = draft.in.items;
        spec->n_in = draft.in.n;
        spec->out = draft.out.items;
        spec->n_out = draft.out.n;
}
