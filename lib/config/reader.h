#pragma once

/*
 * Reading a YAML document key by key
 *
 * What the parsers of sections share: complaining at a place, walking mappings and lists, taking scalars. What goes
 * wrong is collected and reading goes on, so that a file's errors are all told in one go; a lack of memory is
 * remembered in the Reader and looked at once, at the end.
 */

#include <yaml.h>

#include "lib/base/text.h"
#include "lib/config/keys.h"

typedef struct Reader {
        yaml_document_t *document;
        Config *config;
        ConfigErrors *errors;
        Mark *seen;             /* a key of the table each: where it stands, line 0 while it was not seen */
        bool exposed;           /* everybody on the host can read the file */
        bool wrong;             /* something was complained about */
        bool incomplete;        /* something was not looked at, so that nobody knows what is missing */
        bool out_of_memory;
} Reader;

/* Texts of a list, before they have found their place. */
typedef struct Texts {
        Text *items;
        size_t n;
} Texts;

typedef void (*KeyVisitor)(Reader *reader, const Key *key, yaml_node_t *name, yaml_node_t *value, void *userdata);
typedef void (*PairVisitor)(Reader *reader, yaml_node_t *name, yaml_node_t *value, void *userdata);
typedef void (*ItemVisitor)(Reader *reader, yaml_node_t *item, void *userdata);

void reader_complain(Reader *reader, Mark mark, const char *format, ...) _printf_(3, 4);

/* "'poll' takes a duration such as 60s, not 'soon'". */
void reader_misfit(Reader *reader, const char *name, const char *type, const yaml_node_t *node);

Mark node_mark(const yaml_node_t *node);
bool node_is_scalar(const yaml_node_t *node);
/* Written as nothing, ~ or null, without quotes. */
bool node_is_null(const yaml_node_t *node);
/* Written as nothing at all: "key:". */
bool node_is_empty(const yaml_node_t *node);
/* A mapping, or nothing at all, as when every line below the key is commented out. */
bool node_is_section(const yaml_node_t *node);
/* Of a scalar. */
const char *node_text(const yaml_node_t *node);
/* The same for a message, in @buffer. */
const char *node_excerpt(const yaml_node_t *node, char buffer[static TEXT_EXCERPT_SIZE]);

/* Calls @visit for every pair whose key is a scalar that did not occur before; complains about the others. */
void reader_pairs(Reader *reader, const yaml_node_t *node, PairVisitor visit, void *userdata);

/* As above for the keys that the table has below @prefix; complains about keys that it lacks. */
void reader_keys(Reader *reader, const yaml_node_t *node, const char *prefix, KeyVisitor visit, void *userdata);

/* Calls @visit for every element of a list, or once for what is no list: a single one needs no brackets. */
void reader_items(Reader *reader, yaml_node_t *node, ItemVisitor visit, void *userdata);

/* A copy of a scalar that is not null, with its place. False after complaining, or when memory is out. */
bool reader_text(Reader *reader, const char *name, const char *type, const yaml_node_t *node, Text *ret);

/* The same of a list of scalars, added to @ret. Null is complained about, unless @ret_null takes it. */
void reader_texts(Reader *reader, const char *name, const char *type, yaml_node_t *node, Texts *ret, bool *ret_null);

/* One more element, zeroed, at the end of an array; NULL when memory is out. Stores the array where it now is. */
void *reader_grow(Reader *reader, void *array, size_t n, size_t size);

void texts_deinit(Texts *texts);
