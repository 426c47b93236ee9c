/*
 * Any bytes as a row of HR: always a person, and one that keeps the promises of its header
 *
 * The values of the row are lines; "\N" is null. The columns are of all kinds that the mapping reads in its own way.
 */

#include <stdlib.h>
#include <string.h>

#include "lib/base/utf8.h"
#include "lib/mapping/mapping.h"
#include "tests/fuzz/fuzz.h"

#define MAPPED(name) .kind = SOURCE_COLUMN, .source = { .text = (char *) (name) }

static const Column columns[] = {
        { "id", 1042 }, { "name", 25 }, { "card", 25 }, { "mail", 25 }, { "phone", 25 }, { "from", 1082 },
        { "until", 1184 }, { "zone", 25 }, { "status", 16 }, { "site", 1042 }, { "levels", 1009 }, { "level", 20000 },
};

static const Level levels[] = { { 1, (char *) "One" }, { 2, (char *) "Two" }, { 3, (char *) "Two" } };

static Text patterns[] = {
        { .text = (char *) "[[:alpha:]]*x?[!a-c]" }, { .text = (char *) "HQ" }, { .text = (char *) "A*" },
};
static ConditionSpec condition = { .column = { .text = (char *) "site" }, .n_patterns = 3, .patterns = patterns };
static GrantSpec grants[] = {
        { .name = { .text = (char *) "One" } },
        { .column = { .text = (char *) "levels" } },
        { .column = { .text = (char *) "level" } },
};
static RuleSpec rules[] = {
        { .mark = { 1, 1 }, .n_conditions = 1, .conditions = &condition, .n_grants = 1, .grants = grants },
        { .mark = { 2, 1 }, .n_grants = 2, .grants = grants + 1 },
};

static const MappingSpec spec = {
        .properties = {
                [PROPERTY_ID_NUM] = { MAPPED("id") },
                [PROPERTY_FIRST_NAME] = { MAPPED("name") },
                [PROPERTY_LAST_NAME] = { .kind = SOURCE_TEMPLATE, .source = { .text = (char *) "{name} ({site})" } },
                [PROPERTY_CARD_NUM] = { MAPPED("card") },
                [PROPERTY_EMAIL] = { MAPPED("mail") },
                [PROPERTY_PHONE] = { MAPPED("phone"), .digits = true },
                [PROPERTY_PIN] = { MAPPED("card") },
                [PROPERTY_ACCESS_EFFECTIVE] = { MAPPED("from"), .timezone_column = { .text = (char *) "zone" } },
                [PROPERTY_ACCESS_EXPIRES] = { MAPPED("until"), .plus_usec = 1 },
                [PROPERTY_ENABLED] = { MAPPED("status") },
        },
        .has_rules = true,
        .n_rules = ELEMENTS(rules),
        .rules = rules,
        .n_exclude = ELEMENTS(patterns),
        .exclude = patterns,
        .timezone = (char *) "Europe/Berlin",
};

static void no_complaint(void *userdata, Mark mark, const char *sentence) {
        abort();
}

static void said(void *userdata, unsigned line, bool matched, const char *why) {
        if (matched == (why != NULL))
                abort();
}

/* Made once; it is still reachable at the end, and so no leak. */
static const Mapping *mapping(void) {
        static Mapping *made;

        if (made)
                return made;
        if (mapping_new(&spec, &made) < 0 ||
            mapping_bind_columns(made, columns, ELEMENTS(columns), no_complaint, NULL) < 0 ||
            mapping_bind_levels(made, levels, ELEMENTS(levels), NULL, 0, no_complaint, NULL) != 0)
                abort();
        return made;
}

static void split(const char *data, size_t size, const char **values, size_t *lengths) {
        for (size_t i = 0; i < ELEMENTS(columns); i++) {
                const char *newline = memchr(data, '\n', size);
                size_t n = newline ? (size_t) (newline - data) : size;

                values[i] = n == 2 && memcmp(data, "\\N", 2) == 0 ? NULL : data;
                lengths[i] = values[i] ? n : 0;
                data += newline ? n + 1 : n;
                size -= newline ? n + 1 : n;
        }
}

static void check(const Person *person) {
        const User *wanted = &person->wanted;

        if (!person->key || person->standing == STANDING_ABSENT)
                abort();
        if (wanted->enabled != (person->standing != STANDING_OUT))
                abort();
        if (person->standing == STANDING_UNCLEAR && !person->fault)
                abort();
        if (person->n_grants != wanted->n_levels)
                abort();
        for (size_t i = 0; i < person->n_grants; i++)
                if (person->grants[i].level != wanted->levels[i] ||
                    (i > 0 && wanted->levels[i - 1] >= wanted->levels[i]))
                        abort();
        for (size_t i = 0; i < TEXT_PROPERTIES; i++) {
                const char *text = wanted->text[i];

                if (text && (!text[0] || !utf8_is_clean(text, strlen(text))))
                        abort();
        }
        if (person->fault && !utf8_is_clean(person->fault, strlen(person->fault)))
                abort();
        if (person->boundary != INSTANT_NONE && person->boundary <= 1700000000)
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        const char *values[ELEMENTS(columns)];
        size_t lengths[ELEMENTS(columns)];
        Row row = { ELEMENTS(columns), values, lengths };
        _cleanup_(person_deinit) Person person = PERSON_INIT;

        /* PostgreSQL's texts hold no NUL. */
        if (memchr(data, 0, size))
                return 0;

        split((const char *) data, size, values, lengths);
        if (mapping_apply(mapping(), &row, 1700000000, &person) < 0 || mapping_explain(mapping(), &row, said, NULL) < 0)
                abort();
        check(&person);
        return 0;
}
