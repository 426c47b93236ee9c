/* All that is wrong with a file, in the order of the file. */

#include "lib/config/config.h"

#include <stdarg.h>
#include <string.h>

/* A file of rubbish shall not fill a screen or the memory: what comes after these is left out, and said so. */
#define ERRORS_MAX 200

static bool mark_before(Mark a, Mark b) {
        return a.line != b.line ? a.line < b.line : a.column < b.column;
}

void config_errors_add(ConfigErrors *errors, Mark mark, const char *format, ...) {
        struct ConfigError *items;
        char *sentence = NULL;
        va_list ap;
        size_t at;

        if (errors->n >= ERRORS_MAX)
                return;

        items = reallocarray(errors->items, errors->n + 1, sizeof(*items));
        if (!items)
                return;
        errors->items = items;

        if (errors->n == ERRORS_MAX - 1) {
                mark = items[errors->n - 1].mark;
                sentence = strdup("there are more errors; these come first");
        } else {
                va_start(ap, format);
                if (vasprintf(&sentence, format, ap) < 0)
                        sentence = NULL;
                va_end(ap);
        }

        /* Of two at one place, what was found first stays first. */
        for (at = errors->n; at > 0 && mark_before(mark, items[at - 1].mark); at--)
                items[at] = items[at - 1];
        items[at] = (struct ConfigError) { .mark = mark, .sentence = sentence };
        errors->n++;
}

void config_errors_print(const ConfigErrors *errors, FILE *stream) {
        for (size_t i = 0; i < errors->n; i++) {
                const struct ConfigError *item = &errors->items[i];
                const char *path = errors->path ? errors->path : "configuration";
                const char *sentence = item->sentence ? item->sentence : "out of memory";

                if (item->mark.line == 0)
                        (void) fprintf(stream, "%s: %s\n", path, sentence);
                else
                        (void) fprintf(stream, "%s:%u:%u: %s\n", path, item->mark.line, item->mark.column, sentence);
        }
}

void config_errors_deinit(ConfigErrors *errors) {
        for (size_t i = 0; i < errors->n; i++)
                free(errors->items[i].sentence);
        free(errors->items);
        free(errors->path);
        memset(errors, 0, sizeof(*errors));
}
