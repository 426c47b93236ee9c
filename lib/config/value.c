/* One small parser for each kind of scalar. Complaints never show what may be secret. */

#include "lib/config/value.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "lib/base/duration.h"
#include "lib/base/zone.h"

/* NAMEDATALEN - 1 of PostgreSQL: longer names are cut off there, and two of them may become one. */
#define CHANNEL_MAX 63
#define LIMIT_MAX 10000000

static void *field(Reader *reader, const Key *key) {
        return (char *) reader->config + key->offset;
}

/* Keeps a copy of @n bytes in a `char *` or the text of a `Text`. */
static void keep(Reader *reader, char **where, const char *text, size_t n) {
        char *copy = strndup(text, n);

        if (!copy) {
                reader->out_of_memory = true;
                return;
        }
        free(*where);
        *where = copy;
}

static void keep_string(Reader *reader, const Key *key, const char *text) {
        keep(reader, field(reader, key), text, strlen(text));
}

static void keep_text(Reader *reader, const Key *key, const Text *text, size_t n) {
        Text *where = field(reader, key);

        keep(reader, &where->text, text->text, n);
        where->mark = text->mark;
}

static int store_version(Reader *reader, const Key *key, const Text *text) {
        return strcmp(text->text, "1") == 0 ? 0 : VALUE_MISFIT;
}

static int store_string(Reader *reader, const Key *key, const Text *text) {
        if (!*text->text)
                return VALUE_MISFIT;
        keep_string(reader, key, text->text);
        return 0;
}

static int store_channel(Reader *reader, const Key *key, const Text *text) {
        if (strlen(text->text) > CHANNEL_MAX) {
                reader_complain(reader, text->mark, "'%s' is longer than the %d bytes of a channel's name",
                                key_name(key), CHANNEL_MAX);
                return 0;
        }
        if (strpbrk(text->text, " \t\r\n"))
                return VALUE_MISFIT;
        return store_string(reader, key, text);
}

static int store_path(Reader *reader, const Key *key, const Text *text) {
        return text->text[0] == '/' ? store_string(reader, key, text) : VALUE_MISFIT;
}

void value_check_zone(Reader *reader, const char *name, const Text *zone) {
        char buffer[TEXT_EXCERPT_SIZE];

        if (!zone_exists(zone->text))
                reader_complain(reader, zone->mark,
                                "'%s' takes an IANA time zone such as Europe/Berlin; this system has no '%s'", name,
                                text_excerpt(zone->text, strlen(zone->text), buffer));
}

static int store_zone(Reader *reader, const Key *key, const Text *text) {
        value_check_zone(reader, key_name(key), text);
        keep_string(reader, key, text->text);
        return 0;
}

/* A block scalar ends with a newline, and many a query with a semicolon: it becomes part of a larger one. */
static int store_query(Reader *reader, const Key *key, const Text *text) {
        size_t n = strlen(text->text);

        while (n > 0 && strchr(" \t\r\n;", text->text[n - 1]))
                n--;
        if (n == 0)
                return VALUE_MISFIT;
        keep_text(reader, key, text, n);
        return 0;
}

static int store_connection(Reader *reader, const Key *key, const Text *text) {
        value_check_connection(reader, text);
        keep_text(reader, key, text, strlen(text->text));
        return 0;
}

static int store_url(Reader *reader, const Key *key, const Text *text) {
        size_t n = strlen(text->text);

        value_check_url(reader, text);
        while (n > 0 && text->text[n - 1] == '/')
                n--;
        keep_text(reader, key, text, n);
        return 0;
}

/* Where the secret is; somebody may have written the secret itself, so that it is not shown. */
static int store_secret(Reader *reader, const Key *key, const Text *text) {
        static const char credential[] = "credential:", file[] = "file:/";
        const char *name = text->text + sizeof(credential) - 1;

        if (strncmp(text->text, credential, sizeof(credential) - 1) == 0) {
                if (!*name || strlen(name) > 255 || strchr(name, '/') || name[0] == '.') {
                        reader_complain(reader, text->mark, "'%s' names no credential: credential:NAME is what "
                                        "LoadCredential=NAME:… of the unit says", key_name(key));
                        return 0;
                }
        } else if (strncmp(text->text, file, sizeof(file) - 1) != 0) {
                reader_complain(reader, text->mark, "'%s' takes %s", key_name(key), key->shown.type);
                return 0;
        }
        keep_text(reader, key, text, strlen(text->text));
        return 0;
}

static int store_duration(Reader *reader, const Key *key, const Text *text) {
        char low[DURATION_MAX], high[DURATION_MAX];
        uint64_t *where = field(reader, key), usec;

        switch (duration_parse(text->text, &usec)) {
        case 0:
                break;
        case -ERANGE:
                usec = DURATION_INFINITY;
                break;
        default:
                return VALUE_MISFIT;
        }

        if ((usec < key->min || usec > key->max) && !(usec == DURATION_INFINITY && key->infinite)) {
                reader_complain(reader, text->mark, "'%s' is at least %s and at most %s%s", key_name(key),
                                duration_format(low, key->min), duration_format(high, key->max),
                                key->infinite ? ", or infinity" : "");
                return 0;
        }
        *where = usec;
        return 0;
}

int value_parse_limit(const char *text, Limit *ret) {
        double value = 0, place = 1;
        const char *p = text;
        bool percent;

        if (*p < '0' || *p > '9')
                return VALUE_MISFIT;
        for (; *p >= '0' && *p <= '9' && value <= LIMIT_MAX; p++)
                value = value * 10 + (*p - '0');

        percent = text[strlen(text) - 1] == '%';
        if (percent && *p == '.' && p[1] != '%')
                for (p++; *p >= '0' && *p <= '9'; p++)
                        value += (*p - '0') * (place /= 10);
        if (percent && *p == ' ')
                p++;
        if (p[percent ? 1 : 0] != '\0' || (percent && *p != '%') || value > (percent ? 100 : LIMIT_MAX))
                return VALUE_MISFIT;

        *ret = (Limit) { .percent = percent, .value = value };
        return 0;
}

static int store_limit(Reader *reader, const Key *key, const Text *text) {
        return value_parse_limit(text->text, field(reader, key));
}

/* The index of the word, or -1. */
static int word_index(const char *const *words, const char *text) {
        for (int i = 0; words[i]; i++)
                if (strcmp(words[i], text) == 0)
                        return i;
        return -1;
}

static int store_word(Reader *reader, const Key *key, const Text *text) {
        int i = word_index(key->words, text->text);
        unsigned value = (unsigned) i;

        /* The enums of Config count their words as the table does, and have no negative value. */
        static_assert(sizeof(Drift) == sizeof(unsigned) && sizeof(Mode) == sizeof(unsigned), "size of an enum");
        if (i < 0)
                return VALUE_MISFIT;
        memcpy(field(reader, key), &value, sizeof(value));
        return 0;
}

static int store_switch(Reader *reader, const Key *key, const Text *text) {
        int i = word_index(key->words, text->text);

        if (i < 0)
                return VALUE_MISFIT;
        *(bool *) field(reader, key) = i == 1;
        return 0;
}

int value_parse_boolean(const char *text, bool *ret) {
        if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
                return VALUE_MISFIT;
        *ret = text[0] == 't';
        return 0;
}

static int store_witness(Reader *reader, const Key *key, const Text *text) {
        if (strcmp(text->text, "off") == 0)
                return 0;
        if (strcmp(text->text, "on") != 0)
                return VALUE_MISFIT;
        reader_complain(reader, text->mark, "'witness: on' is not available in this version; write off, or leave it "
                        "out");
        return 0;
}

static int (*const stores[])(Reader *reader, const Key *key, const Text *text) = {
        [KEY_VERSION] = store_version,
        [KEY_STRING] = store_string,
        [KEY_CHANNEL] = store_channel,
        [KEY_PATH] = store_path,
        [KEY_ZONE] = store_zone,
        [KEY_QUERY] = store_query,
        [KEY_CONNECTION] = store_connection,
        [KEY_SECRET] = store_secret,
        [KEY_URL] = store_url,
        [KEY_DURATION] = store_duration,
        [KEY_LIMIT] = store_limit,
        [KEY_WORD] = store_word,
        [KEY_SWITCH] = store_switch,
        [KEY_WITNESS] = store_witness,
};

bool value_is_scalar(const Key *key) {
        return key->kind < ELEMENTS(stores) && stores[key->kind];
}

int value_store(Reader *reader, const Key *key, const Text *text) {
        return stores[key->kind](reader, key, text);
}

void value_store_defaults(Reader *reader) {
        for (size_t i = 0; i < key_count(); i++) {
                const Key *key = key_at(i);

                if (!key->shown.fallback || !value_is_scalar(key))
                        continue;

                _cleanup_(freep) char *fallback = strdup(key->shown.fallback);
                if (!fallback) {
                        reader->out_of_memory = true;
                        return;
                }
                if (value_store(reader, key, &(Text) { .text = fallback }) != 0)
                        reader_complain(reader, (Mark) { 0 }, "the default of '%s' is wrong", key->shown.key);
        }
}
