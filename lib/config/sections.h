#pragma once

/* The parts of the file that are more than scalars, each with a parser in a file of its own. */

#include "lib/config/reader.h"

/* user.PROPERTY: property.c */
void property_read(Reader *reader, const Key *key, yaml_node_t *name, yaml_node_t *value);

/* access_levels.rules: rules.c */
void rules_read(Reader *reader, const Key *key, yaml_node_t *value);

/* lockt.link_by and exclude.id_num: lists.c */
void link_by_read(Reader *reader, const Key *key, yaml_node_t *value);
void exclude_read(Reader *reader, const Key *key, yaml_node_t *value);

/* What must be there, and what must fit together, once all is read: check.c */
void config_check(Reader *reader, Mark root);
