/* COPY's text format back into values (PostgreSQL manual, COPY, "Text Format"). */

#include "lib/hr/hr.h"

#include <errno.h>
#include <string.h>

static int hex_digit(unsigned char c) {
        if (c >= '0' && c <= '9')
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        if (c >= 'A' && c <= 'F')
                return c - 'A' + 10;
        return -1;
}

static bool is_octal(char c) {
        return c >= '0' && c <= '7';
}

/* One to three octal digits at @p; the manual lets only the low eight bits count. */
static size_t decode_octal(const char *p, const char *end, char *ret) {
        unsigned value = 0;
        size_t n = 0;

        while (n < 3 && p + n < end && is_octal(p[n]))
                value = value * 8 + (unsigned) (p[n++] - '0');

        *ret = (char) (unsigned char) (value & 0xff);
        return n;
}

/* "x" and one or two hexadecimal digits at @p; an x without digits is an x. */
static size_t decode_hex(const char *p, const char *end, char *ret) {
        unsigned value = 0;
        size_t n = 1;

        while (n < 3 && p + n < end && hex_digit((unsigned char) p[n]) >= 0)
                value = value * 16 + (unsigned) hex_digit((unsigned char) p[n++]);

        *ret = n == 1 ? 'x' : (char) (unsigned char) value;
        return n;
}

/* What follows a backslash: how many bytes it takes, and the byte that it means. */
static size_t decode_escape(const char *p, const char *end, char *ret) {
        switch (*p) {
        case 'b':
                *ret = '\b';
                return 1;
        case 'f':
                *ret = '\f';
                return 1;
        case 'n':
                *ret = '\n';
                return 1;
        case 'r':
                *ret = '\r';
                return 1;
        case 't':
                *ret = '\t';
                return 1;
        case 'v':
                *ret = '\v';
                return 1;
        case 'x':
                return decode_hex(p, end, ret);
        default:
                if (is_octal(*p))
                        return decode_octal(p, end, ret);
                *ret = *p;
                return 1;
        }
}

/* Undoes the escapes of the field that begins at @field, and tells where it ends and what is left of it. */
static int decode_field(char *field, char *end, char **ret_next, size_t *ret_length) {
        char *in = field, *out = field, c;

        while (in < end && *in != '\t') {
                if (*in != '\\') {
                        *out++ = *in++;
                        continue;
                }

                if (++in == end)
                        return -EBADMSG;

                in += decode_escape(in, end, &c);
                if (c == '\0')
                        return -EBADMSG;
                *out++ = c;
        }

        *ret_next = in;
        *ret_length = (size_t) (out - field);
        return 0;
}

static bool is_null(const char *field, const char *end) {
        return end - field >= 2 && field[0] == '\\' && field[1] == 'N' && (end - field == 2 || field[2] == '\t');
}

/* The usual line has not one backslash: it is only cut at its tabs. */
static int split_plain(char *line, const char *end, const char **values, size_t *lengths, size_t max, size_t *ret_n) {
        const char *field = line, *tab;
        size_t n = 0;

        for (;;) {
                if (n == max)
                        return -E2BIG;

                tab = memchr(field, '\t', (size_t) (end - field));
                values[n] = field;
                lengths[n++] = (size_t) ((tab ? tab : end) - field);
                if (!tab)
                        break;
                field = tab + 1;
        }

        *ret_n = n;
        return 0;
}

int hr_decode_line(char *line, size_t length, const char **values, size_t *lengths, size_t max, size_t *ret_n) {
        char *field = line, *end = line + length, *next;
        size_t n = 0;
        int r;

        /* No text of PostgreSQL holds a NUL, and callers may rely on that. */
        if (memchr(line, '\0', length))
                return -EBADMSG;

        if (!memchr(line, '\\', length))
                return split_plain(line, end, values, lengths, max, ret_n);

        for (;;) {
                if (n == max)
                        return -E2BIG;

                if (is_null(field, end)) {
                        values[n] = NULL;
                        lengths[n++] = 0;
                        next = field + 2;
                } else {
                        r = decode_field(field, end, &next, &lengths[n]);
                        if (r < 0)
                                return r;
                        values[n++] = field;
                }

                if (next == end)
                        break;
                field = next + 1;
        }

        *ret_n = n;
        return 0;
}
