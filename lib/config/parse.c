/* From the bytes of the file to a Config: screen, load, read section by section, check. */

#include "lib/config/parse.h"

#include <errno.h>
#include <string.h>

#include "lib/config/screen.h"
#include "lib/config/sections.h"
#include "lib/config/value.h"

static void scalar_read(Reader *reader, const Key *key, const yaml_node_t *value) {
        _cleanup_(freep) char *owned = NULL;
        Text text = { 0 };

        if (key->kind == KEY_SECRET && !node_is_scalar(value)) {
                reader_complain(reader, node_mark(value), "'%s' takes %s", key_name(key), key->shown.type);
                return;
        }
        if (!reader_text(reader, key_name(key), key->shown.type, value, &text))
                return;
        owned = text.text;
        if (value_store(reader, key, &text) == VALUE_MISFIT)
                reader_misfit(reader, key_name(key), key->shown.type, value);
}

static void key_read(Reader *reader, const Key *key, yaml_node_t *name, yaml_node_t *value, void *userdata);

static void section_read(Reader *reader, const Key *key, yaml_node_t *value) {
        char prefix[64];

        if (!node_is_section(value)) {
                reader_misfit(reader, key_name(key), key->shown.type, value);
                return;
        }
        (void) snprintf(prefix, sizeof(prefix), "%s.", key->shown.key);
        reader_keys(reader, value, prefix, key_read, NULL);
}

static void key_read(Reader *reader, const Key *key, yaml_node_t *name, yaml_node_t *value, void *userdata) {
        switch (key->kind) {
        case KEY_SECTION:
                section_read(reader, key, value);
                break;
        case KEY_PROPERTY:
                property_read(reader, key, name, value);
                break;
        case KEY_RULES:
                rules_read(reader, key, value);
                break;
        case KEY_LINK_BY:
                link_by_read(reader, key, value);
                break;
        case KEY_EXCLUDE:
                exclude_read(reader, key, value);
                break;
        default:
                scalar_read(reader, key, value);
                break;
        }
}

/* The mapping knows nothing of the rest of the file. */
static void mapping_finish(Reader *reader) {
        Config *config = reader->config;

        if (!config->hr.timezone)
                return;
        config->mapping.timezone = strdup(config->hr.timezone);
        if (!config->mapping.timezone)
                reader->out_of_memory = true;
}

static void root_read(Reader *reader) {
        yaml_node_t *root = yaml_document_get_root_node(reader->document);

        if (!root || node_is_null(root)) {
                reader_complain(reader, (Mark) { 1, 1 }, "the file is empty; it begins with 'version: 1'");
                return;
        }
        if (root->type != YAML_MAPPING_NODE) {
                reader_complain(reader, node_mark(root), "the file takes keys with values, such as 'version: 1', "
                                "not a %s", node_is_scalar(root) ? "text" : "list");
                return;
        }

        value_store_defaults(reader);
        reader_keys(reader, root, "", key_read, NULL);
        if (!reader->incomplete)
                config_check(reader, node_mark(root));
        mapping_finish(reader);
}

static int document_load(const char *buffer, size_t n, yaml_document_t *ret) {
        _cleanup_(yaml_parser_delete) yaml_parser_t parser = { 0 };

        if (!yaml_parser_initialize(&parser))
                return -ENOMEM;
        yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
        yaml_parser_set_input_string(&parser, (const unsigned char *) buffer, n);

        /* The same bytes have just been parsed without an error: what is left to go wrong is memory. */
        return yaml_parser_load(&parser, ret) ? 0 : -ENOMEM;
}

static int reader_run(Reader *reader, const char *buffer, size_t n) {
        _cleanup_(yaml_document_delete) yaml_document_t document = { 0 };
        int r;

        r = document_load(buffer, n, &document);
        if (r < 0)
                return r;

        reader->document = &document;
        root_read(reader);
        if (reader->out_of_memory)
                return -ENOMEM;
        if (!reader->wrong)
                return 0;
        /* What could not be kept for want of memory is not reported as a wrong file without a word. */
        return reader->errors->n > 0 ? -EINVAL : -ENOMEM;
}

static int remember_path(const char *path, Config *config, ConfigErrors *errors) {
        config->path = strdup(path);
        if (!config->path)
                return -ENOMEM;
        if (errors->path)
                return 0;
        errors->path = strdup(path);
        return errors->path ? 0 : -ENOMEM;
}

/* Some editors begin a file with one; it says nothing, and is no column. */
static void skip_byte_order_mark(const char **buffer, size_t *n) {
        static const char mark[] = "\xef\xbb\xbf";

        if (*n < sizeof(mark) - 1 || memcmp(*buffer, mark, sizeof(mark) - 1) != 0)
                return;
        *buffer += sizeof(mark) - 1;
        *n -= sizeof(mark) - 1;
}

int config_parse(const char *buffer, size_t n, const char *path, bool exposed, Config **ret, ConfigErrors *errors) {
        _cleanup_(config_freep) Config *config = calloc(1, sizeof(*config));
        _cleanup_(freep) Mark *seen = calloc(key_count(), sizeof(*seen));
        Reader reader = { .config = config, .errors = errors, .seen = seen, .exposed = exposed };
        int r;

        if (!config || !seen)
                return -ENOMEM;
        r = remember_path(path, config, errors);
        if (r < 0)
                return r;

        if (n > CONFIG_SIZE_MAX) {
                config_errors_add(errors, (Mark) { 0 }, "the file is larger than 1 MiB, which no configuration is");
                return -EINVAL;
        }
        skip_byte_order_mark(&buffer, &n);
        if (screen_characters(buffer, n, errors) != 0)
                return -EINVAL;
        r = screen_events(buffer, n, errors);
        if (r != 0)
                return r < 0 ? r : -EINVAL;

        r = reader_run(&reader, buffer, n);
        if (r < 0)
                return r;

        *ret = steal(config);
        return 0;
}

Config *config_free(Config *config) {
        if (!config)
                return NULL;

        /* It may hold a password. */
        if (config->hr.connection.text)
                explicit_bzero(config->hr.connection.text, strlen(config->hr.connection.text));

        free(config->path);
        free(config->hr.connection.text);
        free(config->hr.listen);
        free(config->hr.timezone);
        free(config->hr.as_of.text);
        free(config->hr.people.text);
        free(config->lockt.url.text);
        free(config->lockt.apiuser.text);
        free(config->lockt.apikey.text);
        free(config->lockt.ca_file);
        free(config->lockt.timezone);
        mapping_spec_deinit(&config->mapping);
        free(config->metrics_textfile);
        free(config);
        return NULL;
}
