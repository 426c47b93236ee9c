/*
 * Prints the table of keys, one line each: key, type, default, meaning, with tabs between; or, given a file, loads it
 * as the daemon would and prints what is wrong. For the tests that hold manual, schema and example against the table.
 */

#include "lib/config/config.h"

static int load(const char *path) {
        _cleanup_(config_freep) Config *config = NULL;
        _cleanup_(config_errors_deinit) ConfigErrors errors = { 0 };
        int r;

        r = config_load(path, &config, &errors);
        config_errors_print(&errors, stderr);
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv) {
        if (argc > 1)
                return load(argv[1]);

        for (size_t i = 0; config_key(i); i++) {
                const ConfigKey *key = config_key(i);

                (void) printf("%s\t%s\t%s\t%s\n", key->key, key->type, key->fallback ? key->fallback : "",
                              key->meaning);
        }
        return EXIT_SUCCESS;
}
