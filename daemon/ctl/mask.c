/* Masks. See mask.h. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wctype.h>

#include "daemon/ctl/mask.h"
#include "lib/base/utf8.h"

/* In any script: what is neither a capital nor a sign is a small letter. */
static char mask_of(uint32_t c) {
        if (iswdigit((wint_t) c))
                return '9';
        if (iswupper((wint_t) c))
                return 'X';
        return c >= 0x80 || iswalnum((wint_t) c) ? 'x' : (char) c;
}

char *mask_form(const char *text) {
        size_t length = strlen(text), used = 0;
        char *masked = malloc(length + 1);

        if (!masked)
                return NULL;
        for (size_t i = 0; i < length;) {
                uint32_t c = 0;
                size_t n = utf8_decode(text + i, length - i, &c);

                masked[used++] = n > 0 ? mask_of(c) : '?';
                i += n > 0 ? n : 1;
        }
        masked[used] = '\0';
        return masked;
}
