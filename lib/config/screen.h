#pragma once

/*
 * What may not be in a file at all, looked at before a tree is made of it
 */

#include <stddef.h>

#include "lib/config/config.h"

enum {
        SCREEN_REFUSED = 1,     /* with at least one of @errors */
};

/* Invalid UTF-8, and characters that no text file has. 0 or SCREEN_REFUSED. */
int screen_characters(const char *buffer, size_t n, ConfigErrors *errors);

/*
 * Anchors, aliases, tags, depth, more than one document, a NUL behind an escape, and YAML's own errors. 0,
 * SCREEN_REFUSED, -ENOMEM.
 */
int screen_events(const char *buffer, size_t n, ConfigErrors *errors);
