#pragma once

/*
 * Globs
 *
 * As fnmatch(3) has them: `*` any characters, `?` one, `[a-z]`, `[!0-9]` and `[[:alpha:]]` one of a set, a backslash
 * takes the meaning of what follows it away (at the very end it is itself). Case counts, the whole text has to match,
 * and characters are those of UTF-8, in any locale: fnmatch() itself depends on it, and needs a terminated text. Time
 * is at most the product of both lengths.
 */

#include <stdbool.h>
#include <stddef.h>

bool glob_match(const char *pattern, const char *text, size_t length);

/* Whether the pattern has anything but plain characters. */
bool glob_is_pattern(const char *pattern);

/* Takes the backslashes out of a pattern that has nothing else: the text that it matches. In place. */
void glob_unescape(char *pattern);
