#pragma once

/*
 * Configuration from memory
 *
 * What config_load() does once it has read the file; for it, and for tests that have no file.
 */

#include <stddef.h>

#include "lib/config/config.h"

/* A configuration larger than this is none. */
#define CONFIG_SIZE_MAX (1024 * 1024)

/* The bytes of a file, before anything is made of them. The connection string in it may hold a password. */
typedef struct ConfigText {
        char *bytes;
        size_t n;               /* more than CONFIG_SIZE_MAX: there is more, and it was not read */
        bool exposed;           /* everybody on the host can read it */
} ConfigText;

/* As config_load() opens it. 0, or a negative errno with a sentence in @errors. */
int config_read_text(const char *path, ConfigText *ret, ConfigErrors *errors);
/* Wipes it. */
void config_text_deinit(ConfigText *text);

/*
 * @exposed: everybody on the host can read the file, so that no password may stand in it. 0, -EINVAL with at least one
 * of @errors, -ENOMEM.
 */
int config_parse(const char *buffer, size_t n, const char *path, bool exposed, Config **ret, ConfigErrors *errors);
