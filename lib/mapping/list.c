/* A reader that goes from element to element and makes no copy but the one that takes the quotes away. */

#include "lib/mapping/list.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

enum {
        LIST_FIRST,             /* an element, or the end at once */
        LIST_ELEMENT,           /* an element, behind a comma */
        LIST_DONE,
};

/* An array that does not begin at 1 says so: "[0:1]={a,b}". */
static const char *skip_bounds(const char *p, const char *end) {
        const char *equals;

        if (p == end || *p != '[')
                return p;
        equals = memchr(p, '=', (size_t) (end - p));
        return equals ? equals + 1 : end;
}

int list_begin(ListReader *reader, const char *text, size_t length) {
        const char *end = text + length, *p = skip_bounds(text, end);

        if (end - p < 2 || *p != '{')
                return -EINVAL;
        *reader = (ListReader) { .p = p + 1, .end = end, .state = LIST_FIRST };
        return 0;
}

static void put(char *buf, size_t size, size_t *length, char c) {
        if (*length < size)
                buf[*length] = c;
        (*length)++;
}

/* Up to the closing quote, or to the comma or brace behind a bare element. */
static int take_element(ListReader *r, char *buf, size_t size, bool quoted, size_t *ret_length) {
        size_t n = 0;

        for (; r->p < r->end; r->p++) {
                char c = *r->p;

                if (quoted ? c == '"' : c == ',' || c == '}') {
                        r->p += quoted ? 1 : 0;
                        *ret_length = n;
                        return 0;
                }
                if (!quoted && (c == '{' || c == '"'))
                        return -EINVAL;
                if (c == '\\' && ++r->p == r->end)
                        return -EINVAL;
                put(buf, size, &n, *r->p);
        }
        return -EINVAL;
}

/* What stands behind an element: another one, or the end of all. */
static int take_separator(ListReader *r) {
        if (r->p == r->end)
                return -EINVAL;
        if (*r->p == ',') {
                r->p++;
                r->state = LIST_ELEMENT;
                return 0;
        }
        if (*r->p != '}' || r->p + 1 != r->end)
                return -EINVAL;
        r->state = LIST_DONE;
        return 0;
}

int list_next(ListReader *reader, char *buf, size_t size, size_t *ret_length) {
        while (reader->state != LIST_DONE) {
                bool quoted;
                size_t n;

                if (reader->p == reader->end)
                        return -EINVAL;
                if (reader->state == LIST_FIRST && *reader->p == '}') {
                        if (take_separator(reader) < 0)
                                return -EINVAL;
                        break;
                }

                quoted = *reader->p == '"';
                reader->p += quoted ? 1 : 0;
                if (take_element(reader, buf, size, quoted, &n) < 0 || (!quoted && n == 0))
                        return -EINVAL;
                if (take_separator(reader) < 0)
                        return -EINVAL;
                if (!quoted && n == 4 && size >= 4 && strncasecmp(buf, "NULL", 4) == 0)
                        continue;

                *ret_length = n;
                return 1;
        }
        return 0;
}
