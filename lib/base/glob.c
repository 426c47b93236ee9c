/*
 * One pass with one place to go back to: the latest star. What an earlier star has passed over need not be tried again,
 * since the latest can pass over it as well.
 */

#include "lib/base/glob.h"

#include <string.h>

#include "lib/base/utf8.h"

/* A byte that is no UTF-8 counts as a character of its own, beyond all code points. */
static size_t next_point(const char *text, size_t length, uint32_t *ret) {
        size_t n = utf8_decode(text, length, ret);

        if (n > 0)
                return n;
        *ret = UINT32_C(0x110000) + (unsigned char) *text;
        return 1;
}

static bool in_range(uint32_t point, uint32_t low, uint32_t high) {
        return point >= low && point <= high;
}

static bool in_class(uint32_t c, const char *name, size_t length) {
        bool lower = in_range(c, 'a', 'z'), upper = in_range(c, 'A', 'Z'), digit = in_range(c, '0', '9');
        const struct {
                const char *name;
                bool verdict;
        } classes[] = {
                { "alnum", lower || upper || digit },
                { "alpha", lower || upper },
                { "blank", c == ' ' || c == '\t' },
                { "cntrl", c < ' ' || c == 0x7f },
                { "digit", digit },
                { "graph", in_range(c, '!', '~') },
                { "lower", lower },
                { "print", in_range(c, ' ', '~') },
                { "punct", in_range(c, '!', '~') && !lower && !upper && !digit },
                { "space", c == ' ' || in_range(c, '\t', '\r') },
                { "upper", upper },
                { "xdigit", digit || in_range(c, 'a', 'f') || in_range(c, 'A', 'F') },
        };

        for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
                if (strlen(classes[i].name) == length && memcmp(classes[i].name, name, length) == 0)
                        return classes[i].verdict;
        return false;
}

/* One member of a set, which may be escaped. */
static const char *set_member(const char *p, uint32_t *ret) {
        if (*p == '\\' && p[1])
                p++;
        return p + next_point(p, strnlen(p, 4), ret);
}

/* @p stands behind "[". Where the set ends, or NULL when it does not: then the bracket is a plain character. */
static const char *match_set(const char *p, uint32_t point, bool *ret) {
        bool negate = *p == '!' || *p == '^', found = false;

        if (negate)
                p++;

        for (bool first = true; *p && (*p != ']' || first); first = false) {
                const char *end;
                uint32_t low, high;

                if (p[0] == '[' && p[1] == ':' && (end = strstr(p + 2, ":]"))) {
                        found |= in_class(point, p + 2, (size_t) (end - p - 2));
                        p = end + 2;
                        continue;
                }
                p = set_member(p, &low);
                high = low;
                if (p[0] == '-' && p[1] && p[1] != ']')
                        p = set_member(p + 1, &high);
                found |= in_range(point, low, high);
        }
        if (*p != ']')
                return NULL;

        *ret = found != negate;
        return p + 1;
}

/* An element of the pattern, no star, against the text's beginning: the bytes that it takes, 0 if it differs. */
static size_t match_one(const char **pattern, const char *text, size_t length) {
        const char *p = *pattern, *behind;
        uint32_t point;
        bool found;
        size_t n;

        if (*p == '?') {
                *pattern = p + 1;
                return next_point(text, length, &point);
        }
        if (*p == '[') {
                n = next_point(text, length, &point);
                behind = match_set(p + 1, point, &found);
                if (behind) {
                        *pattern = behind;
                        return found ? n : 0;
                }
        }
        if (*p == '\\' && p[1])
                p++;
        if (!*p || *p != *text)
                return 0;
        *pattern = p + 1;
        return 1;
}

bool glob_match(const char *pattern, const char *text, size_t length) {
        const char *end = text + length, *star = NULL, *star_text = NULL;
        uint32_t point;

        while (text < end) {
                size_t n;

                if (*pattern == '*') {
                        star = ++pattern;
                        star_text = text;
                        continue;
                }
                n = match_one(&pattern, text, (size_t) (end - text));
                if (n > 0) {
                        text += n;
                        continue;
                }
                if (!star)
                        return false;
                star_text += next_point(star_text, (size_t) (end - star_text), &point);
                text = star_text;
                pattern = star;
        }
        while (*pattern == '*')
                pattern++;
        return !*pattern;
}

bool glob_is_pattern(const char *pattern) {
        for (const char *p = pattern; *p; p++) {
                if (*p == '*' || *p == '?' || *p == '[')
                        return true;
                if (*p == '\\' && p[1])
                        p++;
        }
        return false;
}

void glob_unescape(char *pattern) {
        char *to = pattern;

        for (const char *from = pattern; *from; from++) {
                if (*from == '\\' && from[1])
                        from++;
                *to++ = *from;
        }
        *to = '\0';
}
