#pragma once

/* The state directory: its lock, its files and their modes. */

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/error.h"

#define STATE_FILE "state.sqlite"
#define STATE_COPY STATE_FILE ".copy"      /* of a backup that is being made (copy.h) */

/* Opens it for the calls below, no symbolic link; and its real path, owned by the caller. */
int directory_open(const char *path, int *ret_fd, char **ret_path, Error *reterr);

/* 0, or STATE_LOCKED. The lock lasts as long as the file descriptor. */
int directory_lock(int fd, const char *path, int *ret_fd, Error *reterr);

/* Makes the file with mode 0600 whatever the umask is, and takes away what others may do with one that is there. */
int directory_make_file(int fd, const char *path, const char *name, Error *reterr);

/* 32 random bytes in a file of their own, made where there is none. */
int directory_key(int fd, const char *path, const char *name, uint8_t ret[32], Error *reterr);
