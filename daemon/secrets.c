/* Credentials. See secrets.h. */

#include <string.h>

#include "daemon/secrets.h"

int secrets_read(const Config *config, Secrets *ret, Error *reterr) {
        _cleanup_(secret_freep) char *apiuser = NULL, *apikey = NULL;
        int r;

        r = config_read_secret(&config->lockt.apiuser, &apiuser, reterr);
        if (r < 0)
                return r;
        r = config_read_secret(&config->lockt.apikey, &apikey, reterr);
        if (r < 0)
                return r;

        *ret = (Secrets) { .apiuser = steal(apiuser), .apikey = steal(apikey) };
        return 0;
}

/* Compared with our own former values only, so there is nobody who could measure the time that it takes. */
bool secrets_equal(const Secrets *a, const Secrets *b) {
        return strcmp(a->apiuser, b->apiuser) == 0 && strcmp(a->apikey, b->apikey) == 0;
}

void secrets_deinit(Secrets *secrets) {
        secrets->apiuser = secret_free(secrets->apiuser);
        secrets->apikey = secret_free(secrets->apikey);
}
