#pragma once

/* UTF-8 as RFC 3629 has it: nothing overlong, no surrogates, at most U+10FFFF. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The bytes of the first character (1 to 4) and its code point; 0 when there is none, or no valid one. */
size_t utf8_decode(const char *text, size_t length, uint32_t *ret);

/* Whether all of it is UTF-8 without control characters (C0, DEL, C1). */
bool utf8_is_clean(const char *text, size_t length);
