/* The strict scanner. Every look at a byte is behind a comparison with the end. */

#include "lib/lockt/json.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#include "lib/base/utf8.h"

static bool is_digit(char c) {
        return c >= '0' && c <= '9';
}

/* Compact JSON has none, which one comparison tells. */
static inline void skip_space(Json *json) {
        while (json->p < json->end && (unsigned char) *json->p <= ' ' &&
               (*json->p == ' ' || *json->p == '\n' || *json->p == '\r' || *json->p == '\t'))
                json->p++;
}

void json_init(Json *json, const char *bytes, size_t length) {
        *json = (Json) { .p = bytes, .end = bytes + length };
}

static int hex_digit(char c) {
        if (is_digit(c))
                return c - '0';
        c = (char) (c | 0x20);
        return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The four digits of a \u escape, or -1. */
static int hex_unit(const char *p, const char *end) {
        int unit = 0;

        if (end - p < 4)
                return -1;
        for (unsigned i = 0; i < 4; i++) {
                int digit = hex_digit(p[i]);

                if (digit < 0)
                        return -1;
                unit = unit * 16 + digit;
        }
        return unit;
}

/* Passes over an escape whose backslash is at @p; NULL when it is none. */
static const char *pass_escape(const char *p, const char *end) {
        if (end - p < 2)
                return NULL;
        if (p[1] == 'u')
                return hex_unit(p + 2, end) >= 0 ? p + 6 : NULL;
        return p[1] != '\0' && strchr("\"\\/bfnrt", p[1]) ? p + 2 : NULL;
}

static inline bool is_plain(char c) {
        return (unsigned char) (c - 0x20) < 0x60 && c != '"' && c != '\\';
}

#define EACH_BYTE(byte) (UINT64_C(0x0101010101010101) * (byte))

/* The high bit of each byte of @word that is zero; above the first of them there may be false ones. */
static inline uint64_t zero_bytes(uint64_t word) {
        return (word - EACH_BYTE(0x01)) & ~word & EACH_BYTE(0x80);
}

/*
 * Moves to the first byte that is not plain. Strings are most of a listing, so they are passed eight bytes at a time:
 * a byte is not plain if its high bit is set, if it is below 0x20, or if it is a quote or a backslash.
 */
static inline const char *pass_plain(const char *p, const char *end) {
        while (end - p >= (ptrdiff_t) sizeof(uint64_t)) {
                uint64_t word, other;

                memcpy(&word, p, sizeof(word));
                word = le64toh(word);
                other = (word & EACH_BYTE(0x80)) | ((word - EACH_BYTE(0x20)) & ~word & EACH_BYTE(0x80)) |
                        zero_bytes(word ^ EACH_BYTE('"')) | zero_bytes(word ^ EACH_BYTE('\\'));
                if (other != 0)
                        return p + __builtin_ctzll(other) / 8;
                p += sizeof(word);
        }
        while (p < end && is_plain(*p))
                p++;
        return p;
}

/* The character at @p, which is not plain; NULL when it can't be in a string. */
static const char *pass_character(const char *p, const char *end, bool *escaped) {
        uint32_t character;
        size_t n;

        if (*p == '\\') {
                *escaped = true;
                return pass_escape(p, end);
        }
        n = (unsigned char) *p >= 0x80 ? utf8_decode(p, (size_t) (end - p), &character) : 0;
        return n > 0 ? p + n : NULL;
}

/* @json stands behind the opening quote. */
static bool scan_string(Json *json, JsonToken *ret) {
        const char *p = json->p, *end = json->end;
        bool escaped = false;

        for (;;) {
                p = pass_plain(p, end);
                if (p >= end)
                        return false;
                if (*p == '"')
                        break;
                p = pass_character(p, end, &escaped);
                if (!p)
                        return false;
        }
        *ret = (JsonToken) {
                .type = JSON_STRING, .escaped = escaped, .text = json->p, .length = (size_t) (p - json->p),
        };
        json->p = p + 1;
        return true;
}

static const char *pass_digits(const char *p, const char *end) {
        while (p < end && is_digit(*p))
                p++;
        return p;
}

static bool scan_number(Json *json, JsonToken *ret) {
        const char *p = json->p, *end = json->end, *from;

        *ret = (JsonToken) { .type = JSON_NUMBER, .text = p };
        if (p < end && *p == '-')
                p++;

        from = p;
        p = pass_digits(p, end);
        if (p == from || (*from == '0' && p > from + 1))
                return false;
        if (p < end && *p == '.') {
                from = ++p;
                p = pass_digits(p, end);
                if (p == from)
                        return false;
        }
        if (p < end && (*p == 'e' || *p == 'E')) {
                p++;
                if (p < end && (*p == '+' || *p == '-'))
                        p++;
                from = p;
                p = pass_digits(p, end);
                if (p == from)
                        return false;
        }

        ret->length = (size_t) (p - ret->text);
        json->p = p;
        return ret->length <= JSON_NUMBER_MAX;
}

static bool scan_word(Json *json, const char *word, size_t length, JsonType type, JsonToken *ret) {
        if ((size_t) (json->end - json->p) < length || memcmp(json->p, word, length) != 0)
                return false;
        *ret = (JsonToken) { .type = type, .text = json->p, .length = length };
        json->p += length;
        return true;
}

static bool enter(Json *json, JsonType type, JsonToken *ret) {
        if (json->depth >= JSON_DEPTH_MAX)
                return false;
        *ret = (JsonToken) { .type = type, .text = json->p, .length = 1 };
        json->depth++;
        json->p++;
        json->first = true;
        return true;
}

static bool scan_value(Json *json, JsonToken *ret) {
        skip_space(json);
        if (json->p >= json->end)
                return false;

        switch (*json->p) {
        case '"':
                json->p++;
                return scan_string(json, ret);
        case '{':
                return enter(json, JSON_OBJECT, ret);
        case '[':
                return enter(json, JSON_ARRAY, ret);
        case 't':
                return scan_word(json, "true", 4, JSON_TRUE, ret);
        case 'f':
                return scan_word(json, "false", 5, JSON_FALSE, ret);
        case 'n':
                return scan_word(json, "null", 4, JSON_NULL, ret);
        default:
                return scan_number(json, ret);
        }
}

JsonType json_value(Json *json, JsonToken *ret) {
        if (!scan_value(json, ret))
                *ret = (JsonToken) { .type = JSON_BAD };
        return ret->type;
}

/* The comma between two, or the closing bracket: 1 for another one, 0 for the end. */
static int next(Json *json, char close) {
        bool first = json->first;

        json->first = false;
        skip_space(json);
        if (json->p >= json->end)
                return -EBADMSG;
        if (*json->p == close) {
                json->p++;
                json->depth--;
                return 0;
        }
        if (first)
                return 1;
        if (*json->p != ',')
                return -EBADMSG;
        json->p++;
        return 1;
}

int json_member(Json *json, JsonToken *ret) {
        int r;

        r = next(json, '}');
        if (r <= 0)
                return r;

        skip_space(json);
        if (json->p >= json->end || *json->p != '"')
                return -EBADMSG;
        json->p++;
        if (!scan_string(json, ret))
                return -EBADMSG;

        skip_space(json);
        if (json->p >= json->end || *json->p != ':')
                return -EBADMSG;
        json->p++;
        return 1;
}

int json_item(Json *json) {
        return next(json, ']');
}

/* Recursion is bounded by JSON_DEPTH_MAX. */
int json_skip(Json *json, const JsonToken *token) {
        JsonToken part;
        int r;

        if (token->type == JSON_BAD)
                return -EBADMSG;
        if (token->type != JSON_OBJECT && token->type != JSON_ARRAY)
                return 0;

        for (;;) {
                r = token->type == JSON_OBJECT ? json_member(json, &part) : json_item(json);
                if (r <= 0)
                        return r;
                (void) json_value(json, &part);
                r = json_skip(json, &part);
                if (r < 0)
                        return r;
        }
}

int json_finish(Json *json) {
        skip_space(json);
        return json->p == json->end ? 0 : -EBADMSG;
}

int json_validate(const char *bytes, size_t length) {
        JsonToken token;
        Json json;
        int r;

        json_init(&json, bytes, length);
        (void) json_value(&json, &token);
        r = json_skip(&json, &token);
        return r < 0 ? r : json_finish(&json);
}

static char *put_utf8(char *out, uint32_t c) {
        if (c < 0x80) {
                *out++ = (char) c;
        } else if (c < 0x800) {
                *out++ = (char) (0xc0 | (c >> 6));
                *out++ = (char) (0x80 | (c & 0x3f));
        } else if (c < 0x10000) {
                *out++ = (char) (0xe0 | (c >> 12));
                *out++ = (char) (0x80 | ((c >> 6) & 0x3f));
                *out++ = (char) (0x80 | (c & 0x3f));
        } else {
                *out++ = (char) (0xf0 | (c >> 18));
                *out++ = (char) (0x80 | ((c >> 12) & 0x3f));
                *out++ = (char) (0x80 | ((c >> 6) & 0x3f));
                *out++ = (char) (0x80 | (c & 0x3f));
        }
        return out;
}

/* The character behind "\u" at @p, moved past it and past its second half. NULL: none that a text can hold. */
static const char *decode_unit(const char *p, const char *end, uint32_t *ret) {
        int high, low;

        high = hex_unit(p, end);
        if (high <= 0)
                return NULL;
        p += 4;
        if (high < 0xd800 || high > 0xdfff) {
                *ret = (uint32_t) high;
                return p;
        }
        if (high > 0xdbff || end - p < 6 || p[0] != '\\' || p[1] != 'u')
                return NULL;
        low = hex_unit(p + 2, end);
        if (low < 0xdc00 || low > 0xdfff)
                return NULL;
        *ret = 0x10000 + (((uint32_t) high - 0xd800) << 10) + ((uint32_t) low - 0xdc00);
        return p + 6;
}

static char decode_letter(char c) {
        switch (c) {
        case 'b':
                return '\b';
        case 'f':
                return '\f';
        case 'n':
                return '\n';
        case 'r':
                return '\r';
        case 't':
                return '\t';
        default:
                return c;       /* a quote, a slash or a backslash */
        }
}

ssize_t json_decode(const JsonToken *token, char *buffer) {
        const char *p = token->text, *end = p + token->length;
        char *out = buffer;

        if (!token->escaped) {
                memcpy(buffer, p, token->length);
                buffer[token->length] = '\0';
                return (ssize_t) token->length;
        }

        /* No escape is shorter than what it stands for, so that the buffer suffices. */
        while (p < end) {
                uint32_t c;

                if (*p != '\\') {
                        *out++ = *p++;
                } else if (p[1] != 'u') {
                        *out++ = decode_letter(p[1]);
                        p += 2;
                } else {
                        p = decode_unit(p + 2, end, &c);
                        if (!p)
                                return -EILSEQ;
                        out = put_utf8(out, c);
                }
        }
        *out = '\0';
        return out - buffer;
}

int json_integer(const JsonToken *token, int64_t *ret) {
        const char *p = token->text, *end = p + token->length;
        bool negative = false;
        int64_t value = 0;

        if (token->type != JSON_NUMBER && token->type != JSON_STRING)
                return -EINVAL;
        if (p < end && *p == '-') {
                negative = true;
                p++;
        }
        if (p == end)
                return -EINVAL;
        for (; p < end; p++) {
                if (!is_digit(*p) || __builtin_mul_overflow(value, 10, &value) ||
                    __builtin_add_overflow(value, *p - '0', &value))
                        return -EINVAL;
        }
        *ret = negative ? -value : value;
        return 0;
}
