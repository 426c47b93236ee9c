#pragma once

/* The API user and key, as they were read last. */

#include <stdbool.h>

#include "lib/base/error.h"
#include "lib/config/config.h"

typedef struct Secrets {
        char *apiuser, *apikey;
} Secrets;

/* Both or none. */
int secrets_read(const Config *config, Secrets *ret, Error *reterr);
bool secrets_equal(const Secrets *a, const Secrets *b);
void secrets_deinit(Secrets *secrets);
