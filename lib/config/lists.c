/* lockt.link_by and exclude.id_num. */

#include "lib/config/sections.h"

#include <string.h>

static void link_by_visit(Reader *reader, yaml_node_t *item, void *userdata) {
        bool *id_num = userdata, *email = &reader->config->lockt.link_by_email;
        bool *which = NULL;

        if (node_is_scalar(item))
                which = strcmp(node_text(item), "id_num") == 0 ? id_num
                      : strcmp(node_text(item), "email") == 0 ? email : NULL;

        if (!which)
                reader_misfit(reader, "link_by", "id_num and, if wanted, email", item);
        else if (*which)
                reader_complain(reader, node_mark(item), "'%s' stands in 'link_by' twice", node_text(item));
        else
                *which = true;
}

void link_by_read(Reader *reader, const Key *key, yaml_node_t *value) {
        bool id_num = false;

        if (value->type == YAML_MAPPING_NODE) {
                reader_misfit(reader, key_name(key), key->shown.type, value);
                return;
        }
        reader_items(reader, value, link_by_visit, &id_num);
        if (!id_num)
                reader_complain(reader, node_mark(value), "'link_by' needs id_num: it is the key of a person");
}

void exclude_read(Reader *reader, const Key *key, yaml_node_t *value) {
        MappingSpec *mapping = &reader->config->mapping;
        Texts texts = { 0 };

        reader_texts(reader, key_name(key), key->shown.type, value, &texts, NULL);
        for (size_t i = 0; i < texts.n; i++)
                if (!*texts.items[i].text)
                        reader_complain(reader, texts.items[i].mark, "'exclude' has an empty id_num");
        mapping->exclude = texts.items;
        mapping->n_exclude = texts.n;
}
