#pragma once

/* Values of HR, and the texts and globs of the YAML that they are compared with, prepared once for a million rows. */

#include <stdbool.h>
#include <stddef.h>

#include "lib/mapping/spec.h"

/* What a column of a row says: NULL for null and for empty, "true" and "false" for booleans, no blanks of padding. */
typedef struct Value {
        const char *text;
        size_t length;
} Value;

typedef enum PatternKind {
        PATTERN_EXACT,
        PATTERN_PREFIX,
        PATTERN_GLOB,
} PatternKind;

typedef struct Pattern {
        PatternKind kind;
        char *text;
        size_t length;
        size_t bare;            /* without trailing blanks: for columns of fixed width, where they do not count */
} Pattern;

/* @globs: whether `*`, `?`, […] and the backslash have their meaning. 0 or -ENOMEM; NULL for none. */
int patterns_new(const Text *texts, size_t n, bool globs, Pattern **ret);
Pattern *patterns_free(Pattern *patterns, size_t n);

/* Whether one of them matches; a null value matches none. */
bool patterns_match(const Pattern *patterns, size_t n, const Value *value, bool padded);
