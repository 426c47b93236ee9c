/* Mappings, lists and scalars of a YAML document, with complaints that name the place. */

#include "lib/config/reader.h"

#include <stdarg.h>
#include <string.h>

#include "lib/base/nearest.h"

/* More keys than this are no configuration any more; a list of patterns may be long. */
#define PAIRS_MAX 256

/* Keys that somebody may well write, and that are not known for a reason. */
static const struct {
        const char *key, *why;
} known_absences[] = {
        { "fobs", "fobs are not available in this version; leave 'fobs' out" },
        { "user.accesslevels", "'accesslevels' is not mapped here: the rules of 'access_levels' say who gets which" },
        { "user.id", "Lockt's own 'id' is not mapped: people are known by 'id_num'" },
};

void reader_complain(Reader *reader, Mark mark, const char *format, ...) {
        _cleanup_(freep) char *sentence = NULL;
        va_list ap;
        int n;

        reader->wrong = true;

        va_start(ap, format);
        n = vasprintf(&sentence, format, ap);
        va_end(ap);
        if (n < 0) {
                sentence = NULL;
                reader->out_of_memory = true;
                return;
        }
        config_errors_add(reader->errors, mark, "%s", sentence);
}

void reader_misfit(Reader *reader, const char *name, const char *type, const yaml_node_t *node) {
        char buffer[TEXT_EXCERPT_SIZE];

        if (node_is_null(node))
                reader_complain(reader, node_mark(node), "'%s' is empty; it takes %s", name, type);
        else if (node_is_scalar(node))
                reader_complain(reader, node_mark(node), "'%s' takes %s, not '%s'", name, type,
                                node_excerpt(node, buffer));
        else
                reader_complain(reader, node_mark(node), "'%s' takes %s, not a %s", name, type,
                                node->type == YAML_SEQUENCE_NODE ? "list" : "mapping");
}

Mark node_mark(const yaml_node_t *node) {
        return (Mark) {
                .line = (unsigned) node->start_mark.line + 1,
                .column = (unsigned) node->start_mark.column + 1,
        };
}

bool node_is_scalar(const yaml_node_t *node) {
        return node->type == YAML_SCALAR_NODE;
}

const char *node_text(const yaml_node_t *node) {
        return (const char *) node->data.scalar.value;
}

const char *node_excerpt(const yaml_node_t *node, char buffer[static TEXT_EXCERPT_SIZE]) {
        return text_excerpt(node_text(node), strlen(node_text(node)), buffer);
}

bool node_is_empty(const yaml_node_t *node) {
        return node_is_scalar(node) && node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
               node->data.scalar.length == 0;
}

bool node_is_null(const yaml_node_t *node) {
        static const char *const nulls[] = { "", "~", "null", "Null", "NULL" };

        if (!node_is_scalar(node) || node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
                return false;

        for (size_t i = 0; i < ELEMENTS(nulls); i++)
                if (strcmp(node_text(node), nulls[i]) == 0)
                        return true;
        return false;
}

bool node_is_section(const yaml_node_t *node) {
        return node->type == YAML_MAPPING_NODE || node_is_empty(node);
}

static yaml_node_t *reader_node(Reader *reader, int index) {
        return yaml_document_get_node(reader->document, index);
}

/* Complains when the key of @pair stands already before it. */
static bool pair_is_new(Reader *reader, const yaml_node_t *node, const yaml_node_pair_t *pair) {
        const yaml_node_t *name = reader_node(reader, pair->key);
        char buffer[TEXT_EXCERPT_SIZE];

        for (const yaml_node_pair_t *p = node->data.mapping.pairs.start; p < pair; p++) {
                const yaml_node_t *other = reader_node(reader, p->key);

                if (!node_is_scalar(other) || strcmp(node_text(other), node_text(name)) != 0)
                        continue;
                reader_complain(reader, node_mark(name), "'%s' stands here twice; it was at line %u already",
                                node_excerpt(name, buffer), node_mark(other).line);
                return false;
        }
        return true;
}

void reader_pairs(Reader *reader, const yaml_node_t *node, PairVisitor visit, void *userdata) {
        if (node->type != YAML_MAPPING_NODE)
                return;

        const yaml_node_pair_t *start = node->data.mapping.pairs.start, *top = node->data.mapping.pairs.top;

        if (top - start > PAIRS_MAX) {
                reader_complain(reader, node_mark(node), "more than %d keys in one mapping", PAIRS_MAX);
                reader->incomplete = true;
                return;
        }

        for (const yaml_node_pair_t *pair = start; pair < top; pair++) {
                yaml_node_t *name = reader_node(reader, pair->key);

                if (!node_is_scalar(name))
                        reader_complain(reader, node_mark(name), "a key is a plain word, not a list or a mapping");
                else if (pair_is_new(reader, node, pair))
                        visit(reader, name, reader_node(reader, pair->value), userdata);
        }
}

/* "a, b, c" of all keys below @prefix, for the caller to free; also gives the name nearest to @word. */
static char *keys_below(const char *prefix, const char *word, const char **ret_near) {
        _cleanup_(freep) const char **names = calloc(key_count(), sizeof(*names));
        char *list = NULL;
        size_t size, n = 0, near;
        FILE *stream;

        if (!names)
                return NULL;
        for (size_t i = 0; i < key_count(); i++)
                if (key_is_below(key_at(i), prefix))
                        names[n++] = key_name(key_at(i));

        near = nearest(word, names, n);
        *ret_near = near == SIZE_MAX ? NULL : names[near];

        stream = open_memstream(&list, &size);
        if (!stream)
                return NULL;
        for (size_t i = 0; i < n; i++)
                (void) fprintf(stream, "%s%s", i > 0 ? ", " : "", names[i]);
        if (fclose(stream) != 0) {
                free(list);
                return NULL;
        }
        return list;
}

static bool complain_known_absence(Reader *reader, const yaml_node_t *name, const char *prefix) {
        size_t n = strlen(prefix);

        for (size_t i = 0; i < ELEMENTS(known_absences); i++) {
                if (strncmp(known_absences[i].key, prefix, n) != 0 ||
                    strcmp(known_absences[i].key + n, node_text(name)) != 0)
                        continue;
                reader_complain(reader, node_mark(name), "%s", known_absences[i].why);
                return true;
        }
        return false;
}

/* The place of a key that was written "hr.poll", or "poll" under another section. */
static const Key *meant_elsewhere(const char *name) {
        const Key *key = key_find(name);

        return key && !strpbrk(name, "*[") ? key : key_find_elsewhere(name);
}

static void complain_unknown(Reader *reader, const yaml_node_t *name, const char *prefix) {
        const Key *elsewhere = meant_elsewhere(node_text(name));
        _cleanup_(freep) char *list = NULL;
        char buffer[TEXT_EXCERPT_SIZE];
        const char *near = NULL;

        if (complain_known_absence(reader, name, prefix))
                return;

        list = keys_below(prefix, node_text(name), &near);
        if (!list) {
                reader->out_of_memory = true;
                return;
        }

        (void) node_excerpt(name, buffer);
        if (near)
                reader_complain(reader, node_mark(name), "unknown key '%s'; did you mean '%s'? Possible here: %s",
                                buffer, near, list);
        else if (elsewhere && !key_is_below(elsewhere, ""))
                reader_complain(reader, node_mark(name), "unknown key '%s'; '%s' belongs under '%.*s'. Possible here: "
                                "%s", buffer, key_name(elsewhere), (int) strcspn(elsewhere->shown.key, "."),
                                elsewhere->shown.key, list);
        else if (elsewhere)
                reader_complain(reader, node_mark(name),
                                "unknown key '%s'; it belongs to the top level, at the left margin. Possible here: %s",
                                buffer, list);
        else
                reader_complain(reader, node_mark(name), "unknown key '%s'. Possible here: %s", buffer, list);
}

typedef struct KeyWalk {
        const char *prefix;
        KeyVisitor visit;
        void *userdata;
} KeyWalk;

static void key_visit(Reader *reader, yaml_node_t *name, yaml_node_t *value, void *userdata) {
        const KeyWalk *walk = userdata;
        const Key *key = key_find_below(walk->prefix, node_text(name));

        /* "hr.poll" at the top level would be found, too. */
        if (!key || !key_is_below(key, walk->prefix)) {
                complain_unknown(reader, name, walk->prefix);
                return;
        }
        reader->seen[key_index(key)] = node_mark(name);
        walk->visit(reader, key, name, value, walk->userdata);
}

void reader_keys(Reader *reader, const yaml_node_t *node, const char *prefix, KeyVisitor visit, void *userdata) {
        reader_pairs(reader, node, key_visit, &(KeyWalk) { prefix, visit, userdata });
}

void reader_items(Reader *reader, yaml_node_t *node, ItemVisitor visit, void *userdata) {
        if (node->type != YAML_SEQUENCE_NODE) {
                visit(reader, node, userdata);
                return;
        }
        const yaml_node_item_t *top = node->data.sequence.items.top;

        for (const yaml_node_item_t *item = node->data.sequence.items.start; item < top; item++)
                visit(reader, reader_node(reader, *item), userdata);
}

bool reader_text(Reader *reader, const char *name, const char *type, const yaml_node_t *node, Text *ret) {
        char *text;

        if (!node_is_scalar(node) || node_is_null(node)) {
                reader_misfit(reader, name, type, node);
                return false;
        }

        text = strdup(node_text(node));
        if (!text) {
                reader->out_of_memory = true;
                return false;
        }
        free(ret->text);
        *ret = (Text) { text, node_mark(node) };
        return true;
}

typedef struct TextsWalk {
        const char *name, *type;
        Texts *texts;
        bool *null;
} TextsWalk;

static void texts_visit(Reader *reader, yaml_node_t *item, void *userdata) {
        const TextsWalk *walk = userdata;
        Texts *texts = walk->texts;
        Text text = { 0 }, *items;

        if (walk->null && node_is_null(item) && !node_is_empty(item)) {
                *walk->null = true;
                return;
        }
        if (!reader_text(reader, walk->name, walk->type, item, &text))
                return;

        items = reader_grow(reader, texts->items, texts->n, sizeof(*items));
        if (!items) {
                free(text.text);
                return;
        }
        texts->items = items;
        items[texts->n++] = text;
}

void reader_texts(Reader *reader, const char *name, const char *type, yaml_node_t *node, Texts *ret, bool *ret_null) {
        reader_items(reader, node, texts_visit, &(TextsWalk) { name, type, ret, ret_null });
}

void *reader_grow(Reader *reader, void *array, size_t n, size_t size) {
        char *grown = reallocarray(array, n + 1, size);

        if (!grown) {
                reader->out_of_memory = true;
                return NULL;
        }
        memset(grown + n * size, 0, size);
        return grown;
}

void texts_deinit(Texts *texts) {
        for (size_t i = 0; i < texts->n; i++)
                free(texts->items[i].text);
        free(texts->items);
        *texts = (Texts) { 0 };
}
