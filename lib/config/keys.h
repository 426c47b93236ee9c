#pragma once

/*
 * The table of keys
 *
 * One row a key: its dotted name, how it is read, where in Config it goes, its bounds, its default as written and one
 * line of meaning. The parser is driven by it; the schema, the manual and the example are held against it by tests.
 *
 * In a dotted name `*` stands for any property or column and `[]` for each element of a list. The keys that a mapping
 * may have are the rows one level below its own name.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/config/config.h"

typedef enum KeyKind {
        KEY_SECTION,            /* a mapping whose keys have rows of their own */
        KEY_VERSION,
        KEY_STRING,             /* char *, some text */
        KEY_CHANNEL,            /* char *, a NOTIFY channel */
        KEY_PATH,               /* char *, an absolute path */
        KEY_ZONE,               /* char *, an IANA time zone */
        KEY_QUERY,              /* Text, without its final semicolon */
        KEY_CONNECTION,         /* Text, what libpq understands */
        KEY_SECRET,             /* Text, credential:NAME or file:/path */
        KEY_URL,                /* Text, without trailing slashes */
        KEY_DURATION,           /* uint64_t, between min and max */
        KEY_LIMIT,              /* Limit */
        KEY_WORD,               /* an enum: the index of the word */
        KEY_SWITCH,             /* a bool: which of two words */
        KEY_WITNESS,
        KEY_LINK_BY,
        KEY_EXCLUDE,
        KEY_PROPERTY,           /* a PropertySpec */
        KEY_RULES,
        KEY_PART,               /* read by what reads the row above it */
} KeyKind;

typedef struct Key {
        ConfigKey shown;
        KeyKind kind;
        bool required;
        bool infinite;          /* of a duration: may be infinity */
        size_t offset;          /* in Config */
        uint64_t min, max;
        const char *const *words;
        Property property;
} Key;

/* How many keys there are; an upper bound for tables beside this one. */
size_t key_count(void);
const Key *key_at(size_t i);
size_t key_index(const Key *key);

/* NULL when there is none of that name. */
const Key *key_find(const char *dotted);

/* The row one level below @prefix ("hr.", "" at the top) named @name, or NULL. */
const Key *key_find_below(const char *prefix, const char *name);

/* Whether the row is one level below @prefix; its name there is what key_name() says. */
bool key_is_below(const Key *key, const char *prefix);

/* The last part of the dotted name. */
const char *key_name(const Key *key);

/* The first scalar key of that name in a fixed section: where somebody's misplaced key belongs. NULL: nowhere. */
const Key *key_find_elsewhere(const char *name);
