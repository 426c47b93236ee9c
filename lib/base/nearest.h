#pragma once

/* The name that was probably meant, for messages: "unknown key 'pol', did you mean 'poll'?" */

#include <stddef.h>

/*
 * How many insertions, deletions, replacements and swaps of neighbours make @b of @a. Names above 64 bytes are as far
 * from everything as can be.
 */
size_t edit_distance(const char *a, const char *b);

/* The index of the candidate nearest to @word; SIZE_MAX when none is near enough to have been meant. */
size_t nearest(const char *word, const char *const *candidates, size_t n);
