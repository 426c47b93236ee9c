#pragma once

/*
 * Templates: "{given_name} {family_name}"
 *
 * Columns in braces, everything else as it stands; {{ and }} are braces.
 */

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/error.h"

typedef struct Segment {
        char *text;             /* a constant, or the name of a column */
        size_t length;
        bool is_column;
        size_t slot;            /* for who binds the columns */
} Segment;

typedef struct Template {
        size_t n_segments;
        Segment *segments;
} Template;

/* 0; -EINVAL with a sentence that says where the braces go wrong; -ENOMEM. */
int template_parse(const char *text, Template **ret, Error *reterr);
Template *template_free(Template *template);
DEFINE_CLEANUP(Template *, template_free)
