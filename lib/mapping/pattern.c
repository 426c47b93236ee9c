/* Most patterns of a real mapping are plain words, and most of the others end with their only star. */

#include "lib/mapping/pattern.h"

#include <errno.h>
#include <string.h>

#include "lib/base/glob.h"

static int pattern_init(Pattern *pattern, const char *text, bool globs) {
        size_t n;

        pattern->text = strdup(text);
        if (!pattern->text)
                return -ENOMEM;

        n = strlen(text);
        if (globs && n > 0 && strcspn(text, "*?[\\") == n - 1 && text[n - 1] == '*') {
                pattern->kind = PATTERN_PREFIX;
                pattern->text[n - 1] = '\0';
        } else if (globs && glob_is_pattern(text))
                pattern->kind = PATTERN_GLOB;
        else if (globs)
                glob_unescape(pattern->text);

        pattern->length = strlen(pattern->text);
        pattern->bare = pattern->length;
        while (pattern->bare > 0 && pattern->text[pattern->bare - 1] == ' ')
                pattern->bare--;
        return 0;
}

int patterns_new(const Text *texts, size_t n, bool globs, Pattern **ret) {
        Pattern *patterns;
        int r;

        if (n == 0) {
                *ret = NULL;
                return 0;
        }
        patterns = calloc(n, sizeof(*patterns));
        if (!patterns)
                return -ENOMEM;

        for (size_t i = 0; i < n; i++) {
                r = pattern_init(&patterns[i], texts[i].text, globs);
                if (r < 0) {
                        patterns_free(patterns, n);
                        return r;
                }
        }
        *ret = patterns;
        return 0;
}

Pattern *patterns_free(Pattern *patterns, size_t n) {
        for (size_t i = 0; patterns && i < n; i++)
                free(patterns[i].text);
        free(patterns);
        return NULL;
}

static bool pattern_matches(const Pattern *pattern, const Value *value, bool padded) {
        size_t length = padded ? pattern->bare : pattern->length;

        switch (pattern->kind) {
        case PATTERN_EXACT:
                return value->length == length && memcmp(value->text, pattern->text, length) == 0;
        case PATTERN_PREFIX:
                return value->length >= pattern->length && memcmp(value->text, pattern->text, pattern->length) == 0;
        case PATTERN_GLOB:
                return glob_match(pattern->text, value->text, value->length);
        }
        return false;
}

bool patterns_match(const Pattern *patterns, size_t n, const Value *value, bool padded) {
        if (!value->text)
                return false;
        for (size_t i = 0; i < n; i++)
                if (pattern_matches(&patterns[i], value, padded))
                        return true;
        return false;
}
