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

/*
 * @exposed: everybody on the host can read the file, so that no password may stand in it. 0, -EINVAL with at least one
 * of @errors, -ENOMEM.
 */
int config_parse(const char *buffer, size_t n, const char *path, bool exposed, Config **ret, ConfigErrors *errors);
