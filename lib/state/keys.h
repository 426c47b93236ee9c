#pragma once

/* Lists of keys that a caller owns. */

#include "lib/state/database.h"

/* Takes the first column of each row, at most @max; all or none. */
int keys_take(Statement *s, const char *what, size_t max, char **ret_keys, size_t *ret_n, Error *reterr);
