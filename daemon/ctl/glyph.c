/* Characters for a terminal. See glyph.h. */

#include <stdbool.h>
#include <stdint.h>
#include <wchar.h>

#include "daemon/ctl/glyph.h"
#include "lib/base/utf8.h"

static const char replacement[] = "\xef\xbf\xbd";

/* Marks that change the direction of what follows: a name must not rewrite the line that it stands in. */
static bool turns_direction(uint32_t c) {
        return c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
               (c >= 0x2066 && c <= 0x2069);
}

static bool is_blank(uint32_t c) {
        return c == ' ' || (c >= '\t' && c <= '\r') || c == 0x85 || c == 0xa0 || c == 0x2028 || c == 0x2029;
}

Glyph glyph_first(const char *text, size_t length) {
        uint32_t c = 0;
        size_t n = utf8_decode(text, length, &c);
        int columns;

        if (n == 0)
                return (Glyph) { replacement, sizeof(replacement) - 1, 1, 1 };
        if (is_blank(c))
                return (Glyph) { " ", 1, 1, n };
        columns = c < 0x20 || (c >= 0x7f && c < 0xa0) || turns_direction(c) ? -1 : wcwidth((wchar_t) c);
        if (columns < 0)
                return (Glyph) { replacement, sizeof(replacement) - 1, 1, n };
        return (Glyph) { text, n, (unsigned) columns, n };
}

size_t glyph_columns(const char *text, size_t length) {
        size_t columns = 0;

        while (length > 0) {
                Glyph glyph = glyph_first(text, length);

                columns += glyph.columns;
                text += glyph.used;
                length -= glyph.used;
        }
        return columns;
}
