/*
 * All that decides about a person beside the row, as a text for hashing
 *
 * Every text is written with its length in front, so that no two mappings can run into one text; marks are left out,
 * so that a comment in the YAML changes nothing.
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/mapping/compiled.h"

static void write_text(FILE *stream, const char *text) {
        if (text)
                fprintf(stream, " %zu:%s", strlen(text), text);
        else
                fputs(" -", stream);
}

static void write_texts(FILE *stream, const Text *texts, size_t n) {
        fprintf(stream, " %zu", n);
        for (size_t i = 0; i < n; i++)
                write_text(stream, texts[i].text);
}

static void write_property(FILE *stream, const PropertyMap *map) {
        const PropertySpec *spec = map->spec;

        fprintf(stream, "%s %u", property_name(map->property), (unsigned) map->kind);
        write_text(stream, spec->source.text);
        fprintf(stream, " keep %u digits %u zone", (unsigned) map->keep_empty, (unsigned) spec->digits);
        write_text(stream, spec->timezone.text);
        write_text(stream, spec->timezone_column.text);
        fprintf(stream, " plus %" PRId64 " in", spec->plus_usec);
        write_texts(stream, spec->in, spec->n_in);
        fputs(" out", stream);
        write_texts(stream, spec->out, spec->n_out);
        fputc('\n', stream);
}

static void write_condition(FILE *stream, const ConditionSpec *spec) {
        fputs("when", stream);
        write_text(stream, spec->column.text);
        fprintf(stream, " not %u null %u", (unsigned) spec->negate, (unsigned) spec->match_null);
        write_texts(stream, spec->patterns, spec->n_patterns);
        fputc('\n', stream);
}

/* Answers whether the level comes from a column: then all levels decide. */
static bool write_grant(FILE *stream, const RuleGrant *grant, bool bound) {
        fputs("grant", stream);
        if (grant->spec->column.text) {
                fputs(" column", stream);
                write_text(stream, grant->spec->column.text);
        } else if (bound && grant->resolved)
                fprintf(stream, " %" PRId64, grant->level);
        else {
                fprintf(stream, " unresolved %" PRId64, grant->spec->id);
                write_text(stream, grant->spec->name.text);
        }
        fputc('\n', stream);
        return grant->spec->column.text != NULL;
}

static bool write_rule(FILE *stream, const Rule *rule, bool bound) {
        bool from_column = false;

        fputs("rule\n", stream);
        for (size_t i = 0; i < rule->spec->n_conditions; i++)
                write_condition(stream, rule->conditions[i].spec);
        for (size_t i = 0; i < rule->spec->n_grants; i++)
                from_column |= write_grant(stream, &rule->grants[i], bound);
        return from_column;
}

static void write_rules(FILE *stream, const Mapping *mapping, bool bound) {
        bool from_column = false;

        fprintf(stream, "rules %u\n", (unsigned) mapping->spec->has_rules);
        for (size_t i = 0; mapping->rules && i < mapping->spec->n_rules; i++)
                from_column |= write_rule(stream, &mapping->rules[i], bound);

        for (size_t i = 0; bound && from_column && i < mapping->levels.n_levels; i++) {
                fprintf(stream, "level %" PRId64, mapping->levels.levels[i].id);
                write_text(stream, mapping->levels.levels[i].name);
                fputc('\n', stream);
        }
}

/* Only what changes how a value is read: a varchar that becomes a text changes nobody. */
static void write_kinds(FILE *stream, const Mapping *mapping) {
        for (size_t i = 0; mapping->bound && i < mapping->n_slots; i++) {
                if (mapping->slots[i].kind == COLUMN_PLAIN)
                        continue;
                fprintf(stream, "column %u", (unsigned) mapping->slots[i].kind);
                write_text(stream, mapping->slots[i].name);
                fputc('\n', stream);
        }
}

static char *describe(const Mapping *mapping, bool bound) {
        _cleanup_(freep) char *text = NULL;
        FILE *stream;
        size_t size;
        bool failed;

        stream = open_memstream(&text, &size);
        if (!stream)
                return NULL;

        fputs("locktsync mapping 1\nzone", stream);
        write_text(stream, mapping->spec->timezone);
        fputc('\n', stream);
        for (size_t i = 0; i < PROPERTIES; i++)
                if (mapping->properties[i].kind != SOURCE_NONE)
                        write_property(stream, &mapping->properties[i]);
        write_rules(stream, mapping, bound);
        fputs("exclude", stream);
        write_texts(stream, mapping->spec->exclude, mapping->spec->n_exclude);
        fputc('\n', stream);
        if (bound)
                write_kinds(stream, mapping);

        failed = ferror(stream);
        if (fclose(stream) != 0 || failed)
                return NULL;
        return steal(text);
}

char *mapping_fingerprint(const Mapping *mapping) {
        return describe(mapping, true);
}

char *mapping_wish(const Mapping *mapping) {
        return describe(mapping, false);
}
