/* A template becomes a list of segments once, so that a row costs nothing but copies. */

#include "lib/mapping/template.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The new segment owns a copy of @text. Constants that follow each other stay apart: "a{{b" is three of them. */
static int append(Template *template, const char *text, size_t length, bool is_column) {
        Segment *segments;
        char *copy;

        if (length == 0)
                return 0;

        segments = reallocarray(template->segments, template->n_segments + 1, sizeof(*segments));
        if (!segments)
                return -ENOMEM;
        template->segments = segments;

        copy = strndup(text, length);
        if (!copy)
                return -ENOMEM;
        segments[template->n_segments++] = (Segment) { .text = copy, .length = length, .is_column = is_column };
        return 0;
}

/* @p is at a brace. Takes the column or the doubled brace; answers how far it went, or an error. */
static int take_brace(Template *template, const char *text, const char *p, size_t *ret_taken, Error *reterr) {
        size_t place = (size_t) (p - text) + 1, n;

        if (p[1] == p[0]) {
                *ret_taken = 2;
                return append(template, p, 1, false);
        }
        if (p[0] == '}')
                return error_set(reterr, -EINVAL, "the template has a '}' without '{' at its byte %zu; "
                                 "a brace itself is written '}}'", place);

        n = strcspn(p + 1, "{}");
        if (p[1 + n] != '}')
                return error_set(reterr, -EINVAL, "the template has a '{' without '}' at its byte %zu; "
                                 "a brace itself is written '{{'", place);
        if (n == 0)
                return error_set(reterr, -EINVAL, "the template names no column between the braces at its byte %zu",
                                 place);

        *ret_taken = n + 2;
        return append(template, p + 1, n, true);
}

int template_parse(const char *text, Template **ret, Error *reterr) {
        _cleanup_(template_freep) Template *template = NULL;
        int r;

        template = calloc(1, sizeof(*template));
        if (!template)
                return -ENOMEM;

        for (const char *p = text; *p;) {
                size_t n = strcspn(p, "{}");

                r = append(template, p, n, false);
                if (r < 0)
                        return r;
                p += n;
                if (!*p)
                        break;

                r = take_brace(template, text, p, &n, reterr);
                if (r < 0)
                        return r;
                p += n;
        }

        *ret = steal(template);
        return 0;
}

Template *template_free(Template *template) {
        if (!template)
                return NULL;

        for (size_t i = 0; i < template->n_segments; i++)
                free(template->segments[i].text);
        free(template->segments);
        free(template);
        return NULL;
}
