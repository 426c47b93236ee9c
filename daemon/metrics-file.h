#pragma once

/*
 * The text file that a collector of Prometheus reads
 *
 * It is replaced as a whole, so that nobody reads half of one: written beside its place, under a name that collectors
 * pass over, and renamed. Not synced to the disk: after a power cut the next start writes it anew.
 */

#include <stddef.h>

#include "lib/base/error.h"

/* @path absolute, in a directory that exists; mode 0644 whatever the umask is. 0; a negative errno. */
int metrics_file_write(const char *path, const char *text, size_t length, Error *reterr);
