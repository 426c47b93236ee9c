/* Plain byte work: nothing here depends on a locale. */

#include "lib/base/text.h"

#include <string.h>

#include "lib/base/utf8.h"

#define EMAIL_MAX 254

bool text_is_digits(const char *text, size_t length) {
        for (size_t i = 0; i < length; i++)
                if (text[i] < '0' || text[i] > '9')
                        return false;
        return length > 0;
}

static bool domain_plausible(const char *domain, size_t length) {
        char before = '.';

        for (size_t i = 0; i < length; i++) {
                if (domain[i] == '@' || (domain[i] == '.' && before == '.'))
                        return false;
                before = domain[i];
        }
        return before != '.';
}

bool text_is_email(const char *text, size_t length) {
        const char *at = memchr(text, '@', length);

        if (!at || at == text || length > EMAIL_MAX || memchr(text, ' ', length) || !utf8_is_clean(text, length))
                return false;
        return domain_plausible(at + 1, length - (size_t) (at + 1 - text));
}

const char *text_excerpt(const char *text, size_t length, char *buf) {
        const size_t room = TEXT_EXCERPT_SIZE - sizeof("...");
        size_t n = 0, i = 0;

        while (i < length) {
                uint32_t point;
                size_t k = utf8_decode(text + i, length - i, &point);
                bool odd = k == 0 || point < 0x20 || (point >= 0x7f && point < 0xa0);

                if (n + (odd ? 1 : k) > room) {
                        memcpy(buf + n, "...", sizeof("..."));
                        return buf;
                }
                if (odd)
                        buf[n++] = '?';
                else {
                        memcpy(buf + n, text + i, k);
                        n += k;
                }
                i += k == 0 ? 1 : k;
        }
        buf[n] = '\0';
        return buf;
}
