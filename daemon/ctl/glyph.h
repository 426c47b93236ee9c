#pragma once

/*
 * Texts from outside, character by character, as a terminal may have them
 *
 * Names and sentences come from HR, Lockt and their servers. What a terminal would obey or what would scramble a line
 * (control characters, escape sequences, marks that turn the direction of writing) is shown as U+FFFD; so is what is no
 * UTF-8. Blanks of any kind are one blank.
 */

#include <stddef.h>

typedef struct Glyph {
        const char *bytes;      /* what to print */
        size_t length;
        unsigned columns;       /* 0 for a mark that combines with the character before it */
        size_t used;            /* bytes of the text */
} Glyph;

/* The first character of a text that is not empty. Widths are those of LC_CTYPE, which has to be a UTF-8 locale. */
Glyph glyph_first(const char *text, size_t length);

/* How many columns all of it takes. */
size_t glyph_columns(const char *text, size_t length);
