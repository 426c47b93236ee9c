#pragma once

/* Where Lockt is, and whether keys may be sent there (ruling 1). Pure. */

#include "lib/base/error.h"
#include "lib/lockt/lockt.h"

typedef struct Endpoint {
        char *url;              /* without a slash at the end */
        char *host;             /* with its port, if the URL names one */
        bool loopback;          /* plain http to this very machine */
} Endpoint;

/* Checks .url, .apiuser and .apikey. 0, -EINVAL, -ENOMEM; the sentences hold no key. */
int endpoint_init(Endpoint *endpoint, const LocktOptions *options, Error *reterr);
void endpoint_deinit(Endpoint *endpoint);
