#pragma once

/* What a configuration comes to: the file, the credentials that it names, and the mapping. */

#include "daemon/service.h"

typedef struct Loaded {
        Config *config;
        Mapping *mapping;
        Secrets secrets;
} Loaded;

/* Loads all of it. 0, or a negative errno with at least one of @errors; what was loaded is in @ret either way. */
int config_load_all(const char *path, Loaded *ret, ConfigErrors *errors);
void loaded_deinit(Loaded *loaded);

/* Each as an entry of the journal with its place. */
void config_errors_tell(const ConfigErrors *errors);
