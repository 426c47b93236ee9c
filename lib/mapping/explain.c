/* Which rules match, and why one did not, in the words of the YAML and of the row. */

#include <errno.h>
#include <stdio.h>

#include "lib/base/text.h"
#include "lib/mapping/compiled.h"

static void write_values(FILE *stream, const ConditionSpec *spec) {
        for (size_t i = 0; i < spec->n_patterns; i++)
                fprintf(stream, "%s%s", i > 0 ? ", " : "", spec->patterns[i].text);
        if (spec->match_null)
                fprintf(stream, "%snull", spec->n_patterns > 0 ? ", " : "");
}

static int describe(const Condition *condition, const Value *value, char **ret) {
        const ConditionSpec *spec = condition->spec;
        _cleanup_(freep) char *sentence = NULL;
        char excerpt[TEXT_EXCERPT_SIZE];
        bool failed;
        FILE *stream;
        size_t size;

        stream = open_memstream(&sentence, &size);
        if (!stream)
                return -ENOMEM;

        if (value->text)
                fprintf(stream, "%s is '%s', ", spec->column.text, text_excerpt(value->text, value->length, excerpt));
        else
                fprintf(stream, "%s is null, ", spec->column.text);
        fputs(spec->negate ? "and must not be one of " : "not one of ", stream);
        write_values(stream, spec);

        failed = ferror(stream);
        if (fclose(stream) != 0 || failed)
                return -ENOMEM;
        *ret = steal(sentence);
        return 0;
}

int mapping_explain(const Mapping *mapping, const Row *row,
                    void (*say)(void *userdata, unsigned line, bool matched, const char *why), void *userdata) {
        int r;

        r = mapping_read_row(mapping, row);
        if (r < 0)
                return r;

        for (size_t i = 0; mapping->rules && i < mapping->spec->n_rules; i++) {
                _cleanup_(freep) char *why = NULL;
                const Condition *failing = rule_failing_condition(mapping, &mapping->rules[i]);

                if (failing) {
                        r = describe(failing, &mapping->scratch->values[failing->slot], &why);
                        if (r < 0)
                                return r;
                }
                say(userdata, mapping->spec->rules[i].mark.line, !failing, why);
        }
        return 0;
}

int mapping_match_rules(const Mapping *mapping, const Row *row, bool *ret) {
        int r;

        r = mapping_read_row(mapping, row);
        if (r < 0)
                return r;
        for (size_t i = 0; mapping->rules && i < mapping->spec->n_rules; i++)
                ret[i] = !rule_failing_condition(mapping, &mapping->rules[i]);
        return 0;
}
