/* A growing string, and how JSON writes one. */

#include "tests/simulator/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static bool text_reserve(Text *text, size_t more) {
        size_t capacity = text->capacity ? text->capacity : 256;
        char *data;

        if (text->failed)
                return false;
        if (more < text->capacity - text->length)
                return true;

        if (more > SIZE_MAX / 4 - text->length) {
                text->failed = true;
                return false;
        }
        while (capacity <= text->length + more)
                capacity *= 2;

        data = realloc(text->data, capacity);
        if (!data) {
                text->failed = true;
                return false;
        }
        text->data = data;
        text->capacity = capacity;
        return true;
}

void text_append(Text *text, const char *data, size_t length) {
        if (!text_reserve(text, length))
                return;
        if (length > 0)
                memcpy(text->data + text->length, data, length);
        text->length += length;
        text->data[text->length] = '\0';
}

void text_puts(Text *text, const char *string) {
        text_append(text, string, strlen(string));
}

void text_int(Text *text, int64_t number) {
        char digits[24];
        uint64_t rest = number < 0 ? 0 - (uint64_t) number : (uint64_t) number;
        size_t at = sizeof(digits);

        do {
                digits[--at] = (char) ('0' + rest % 10);
                rest /= 10;
        } while (rest > 0);
        if (number < 0)
                digits[--at] = '-';
        text_append(text, digits + at, sizeof(digits) - at);
}

void text_printf(Text *text, const char *format, ...) {
        _cleanup_(freep) char *piece = NULL;
        va_list ap;
        int n;

        va_start(ap, format);
        n = vasprintf(&piece, format, ap);
        va_end(ap);
        if (n < 0) {
                piece = NULL;
                text->failed = true;
                return;
        }
        text_append(text, piece, (size_t) n);
}

static void text_escape(Text *text, unsigned char c) {
        switch (c) {
        case '"':
                text_append(text, "\\\"", 2);
                break;
        case '\\':
                text_append(text, "\\\\", 2);
                break;
        case '\n':
                text_append(text, "\\n", 2);
                break;
        case '\r':
                text_append(text, "\\r", 2);
                break;
        case '\t':
                text_append(text, "\\t", 2);
                break;
        default:
                text_printf(text, "\\u%04x", (unsigned) c);
        }
}

void text_json(Text *text, const char *string, size_t length) {
        size_t begin = 0;

        text_append(text, "\"", 1);
        for (size_t i = 0; i < length; i++) {
                unsigned char c = (unsigned char) string[i];

                if (c >= 0x20 && c != '"' && c != '\\')
                        continue;
                text_append(text, string + begin, i - begin);
                text_escape(text, c);
                begin = i + 1;
        }
        text_append(text, string + begin, length - begin);
        text_append(text, "\"", 1);
}

/* The length of the UTF-8 sequence at @s, or 0. Overlong forms, surrogates and what is past U+10FFFF are none. */
static size_t utf8_sequence(const unsigned char *s, size_t length) {
        size_t n = s[0] < 0x80 ? 1 : s[0] >= 0xc2 && s[0] <= 0xdf ? 2 : (s[0] & 0xf0) == 0xe0 ? 3 : 4;

        if (n > length || s[0] > 0xf4 || (s[0] >= 0x80 && s[0] < 0xc2))
                return 0;
        for (size_t i = 1; i < n; i++) {
                if ((s[i] & 0xc0) != 0x80)
                        return 0;
        }
        if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf0 && s[1] < 0x90) ||
            (s[0] == 0xf4 && s[1] > 0x8f))
                return 0;
        return n;
}

static bool utf8_valid(const char *string, size_t length) {
        for (size_t i = 0; i < length;) {
                size_t n = utf8_sequence((const unsigned char *) string + i, length - i);

                if (n == 0)
                        return false;
                i += n;
        }
        return true;
}

void text_json_bytes(Text *text, const char *string, size_t length) {
        if (utf8_valid(string, length)) {
                text_json(text, string, length);
                return;
        }
        text_append(text, "\"", 1);
        for (size_t i = 0; i < length; i++) {
                unsigned char c = (unsigned char) string[i];

                if (c >= 0x20 && c < 0x80 && c != '"' && c != '\\')
                        text_append(text, string + i, 1);
                else
                        text_escape(text, c);
        }
        text_append(text, "\"", 1);
}

void text_reset(Text *text) {
        text->length = 0;
        text->failed = false;
}

int text_status(const Text *text) {
        return text->failed ? -ENOMEM : 0;
}

void text_free(Text *text) {
        free(text->data);
        *text = (Text) { 0 };
}
