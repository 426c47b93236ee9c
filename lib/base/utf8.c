/* Decoding of single characters, and a check that passes eight plain bytes at a time. */

#include "lib/base/utf8.h"

#include <string.h>

/* The length that a first byte announces, the bits it carries, and the least code point that needs that length. */
static size_t lead(unsigned char c, uint32_t *ret_bits, uint32_t *ret_least) {
        if (c < 0x80) {
                *ret_bits = c;
                *ret_least = 0;
                return 1;
        }
        if (c >= 0xc2 && c < 0xe0) {
                *ret_bits = c & 0x1fU;
                *ret_least = 0x80;
                return 2;
        }
        if (c >= 0xe0 && c < 0xf0) {
                *ret_bits = c & 0x0fU;
                *ret_least = 0x800;
                return 3;
        }
        if (c >= 0xf0 && c < 0xf5) {
                *ret_bits = c & 0x07U;
                *ret_least = 0x10000;
                return 4;
        }
        return 0;
}

size_t utf8_decode(const char *text, size_t length, uint32_t *ret) {
        uint32_t point, least;
        size_t n;

        if (length == 0)
                return 0;

        n = lead((unsigned char) text[0], &point, &least);
        if (n == 0 || n > length)
                return 0;

        for (size_t i = 1; i < n; i++) {
                unsigned char c = (unsigned char) text[i];

                if ((c & 0xc0) != 0x80)
                        return 0;
                point = point << 6 | (c & 0x3fU);
        }
        if (point < least || (point >= 0xd800 && point < 0xe000) || point > 0x10ffff)
                return 0;

        *ret = point;
        return n;
}

/*
 * No byte of the word is a control character or above ASCII. A borrow from a neighbour can only make a plain word look
 * suspicious, never the other way round, and then the slow way decides.
 */
static bool plain(uint64_t word) {
        const uint64_t ones = UINT64_C(0x0101010101010101), tops = UINT64_C(0x8080808080808080);
        uint64_t del = word ^ (ones * 0x7f);

        return ((word | (word - ones * 0x20) | (del - ones)) & tops) == 0;
}

bool utf8_is_clean(const char *text, size_t length) {
        size_t i = 0;

        while (i < length) {
                uint32_t point;
                uint64_t word;
                size_t n;

                if (length - i >= sizeof(word)) {
                        memcpy(&word, text + i, sizeof(word));
                        if (plain(word)) {
                                i += sizeof(word);
                                continue;
                        }
                }
                n = utf8_decode(text + i, length - i, &point);
                if (n == 0 || point < 0x20 || (point >= 0x7f && point < 0xa0))
                        return false;
                i += n;
        }
        return true;
}
