/* Finding, tidying and understanding what the service says of a failure. */

#include "lib/lockt/wording.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/cleanup.h"
#include "lib/base/utf8.h"
#include "lib/lockt/json.h"

typedef struct Words {
        char *text;             /* COLLECT_MAX bytes at most: what is shown in the end is much shorter */
        size_t length;
} Words;

enum {
        COLLECT_MAX = 4 * WORDING_MAX,
};

static int words_add(Words *words, const JsonToken *token) {
        _cleanup_(freep) char *decoded = NULL;
        size_t room, n;

        decoded = malloc(token->length + 1);
        if (!decoded)
                return -ENOMEM;
        if (json_decode(token, decoded) <= 0)
                return 0;

        if (words->length > 0 && words->length + 2 < COLLECT_MAX) {
                memcpy(words->text + words->length, "; ", 2);
                words->length += 2;
        }
        room = COLLECT_MAX - words->length;
        n = strlen(decoded);
        if (n > room)
                n = room;
        memcpy(words->text + words->length, decoded, n);
        words->length += n;
        words->text[words->length] = '\0';
        return 0;
}

static int collect(Json *json, const JsonToken *token, Words *words);

static int collect_object(Json *json, Words *words) {
        JsonToken key, value;
        int r;

        while ((r = json_member(json, &key)) > 0) {
                (void) json_value(json, &value);
                r = json_text_is(&key, "error") ? collect(json, &value, words) : json_skip(json, &value);
                if (r < 0)
                        return r;
        }
        return r;
}

static int collect_array(Json *json, Words *words) {
        JsonToken value;
        int r;

        while ((r = json_item(json)) > 0) {
                (void) json_value(json, &value);
                r = collect(json, &value, words);
                if (r < 0)
                        return r;
        }
        return r;
}

/* Recursion is bounded by JSON_DEPTH_MAX. */
static int collect(Json *json, const JsonToken *token, Words *words) {
        switch (token->type) {
        case JSON_STRING:
                return words_add(words, token);
        case JSON_OBJECT:
                return collect_object(json, words);
        case JSON_ARRAY:
                return collect_array(json, words);
        default:
                return json_skip(json, token);
        }
}

int wording_of_failure(const char *bytes, size_t length, char **ret) {
        _cleanup_(freep) char *text = NULL;
        Words words = { 0 };
        JsonToken token;
        Json json;
        int r;

        words.text = text = calloc(1, COLLECT_MAX + 1);
        if (!text)
                return -ENOMEM;

        json_init(&json, bytes, length);
        (void) json_value(&json, &token);
        r = collect(&json, &token, &words);
        if (r == -ENOMEM)
                return r;

        *ret = words.length > 0 ? steal(text) : NULL;
        return 0;
}

void wording_tidy(char *text) {
        const char *end = text + strlen(text), *p = text;
        char *out = text;

        while (p < end) {
                uint32_t c = 0;
                size_t n = utf8_decode(p, (size_t) (end - p), &c);

                /* C0, DEL, and the C1 controls, which a terminal obeys as well. */
                if (n == 0 || c < 0x20 || (c >= 0x7f && c < 0xa0)) {
                        if (out > text && out[-1] != ' ' && out - text < WORDING_MAX)
                                *out++ = ' ';
                        p += n > 0 ? n : 1;
                        continue;
                }
                if (out + n > text + WORDING_MAX)
                        break;
                if (c != ' ' || (out > text && out[-1] != ' ')) {
                        memmove(out, p, n);
                        out += n;
                }
                p += n;
        }
        while (out > text && out[-1] == ' ')
                out--;
        *out = '\0';
}

static void cut(char *text, size_t from, size_t n) {
        memmove(text + from, text + from + n, strlen(text + from + n) + 1);
}

/* "Cause: value; cause: value" becomes "Cause; cause". */
static void strip_behind_colons(char *text) {
        char *colon = text;

        while ((colon = strchr(colon, ':'))) {
                const char *next = strstr(colon, "; ");

                if (!next) {
                        *colon = '\0';
                        return;
                }
                cut(text, (size_t) (colon - text), (size_t) (next - colon));
        }
}

static void strip_quoted(char *text) {
        char *open = text, *close;

        while ((open = strchr(open, '"')) && (close = strchr(open + 1, '"'))) {
                cut(text, (size_t) (open - text) + 1, (size_t) (close - open) - 1);
                open += 2;
        }
}

static bool is_value(const char *word, size_t n) {
        size_t digits = 0;

        if (memchr(word, '@', n))
                return true;
        for (size_t i = 0; i < n; i++) {
                digits = isdigit((unsigned char) word[i]) ? digits + 1 : 0;
                if (digits >= 4)
                        return true;
        }
        return false;
}

static void strip_words(char *text) {
        char *p = text;

        while (*p) {
                size_t n = strcspn(p, " ");

                if (is_value(p, n)) {
                        cut(p, 0, n);
                        n = 0;
                }
                p += n;
                p += strspn(p, " ");
        }
}

void wording_strip_values(char *text) {
        strip_behind_colons(text);
        strip_quoted(text);
        strip_words(text);
        wording_tidy(text);
}

void wording_strip_value(char *text, const char *value) {
        size_t n = strlen(value);
        char *p = text;

        if (n < 2)
                return;
        while ((p = strstr(p, value)))
                cut(p, 0, n);
}

long wording_batch_limit(const char *text) {
        static const char phrase[] = "batch size exceeds";
        const char *p = strcasestr(text, phrase);
        long limit = 0;

        if (!p)
                return -1;
        p += strcspn(p, "0123456789");
        for (; isdigit((unsigned char) *p) && limit < 1000000; p++)
                limit = limit * 10 + (*p - '0');
        return limit;
}

bool wording_is_outage(const char *text) {
        return strcasestr(text, "unable to enumerate dependant") || strcasestr(text, "unable to enumerate dependent") ||
               strcasestr(text, "unable to locate template");
}

static bool has_word(const char *text, const char *word) {
        size_t n = strlen(word);

        for (const char *p = text; (p = strcasestr(p, word)); p += n) {
                bool begins = p == text || !isalnum((unsigned char) p[-1]);

                if (begins && !isalnum((unsigned char) p[n]))
                        return true;
        }
        return false;
}

bool wording_is_rate(const char *text) {
        static const char *const words[] = {
                "rate", "limit", "limits", "limited", "limiting", "simultaneous", "simultaneously", "overlapping",
        };

        for (size_t i = 0; i < ELEMENTS(words); i++) {
                if (has_word(text, words[i]))
                        return true;
        }
        return false;
}

bool wording_is_whole_batch(const char *text) {
        return strcasestr(text, "batch has failed") || strcasestr(text, "batch has been terminated");
}
