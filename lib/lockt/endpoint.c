/* Takes the URL apart with libcurl's own parser, so that both of us see the same host. */

#include "lib/lockt/endpoint.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/base/utf8.h"

DEFINE_CLEANUP(char *, curl_free)

static inline void curl_url_cleanupp(CURLU **url) {
        curl_url_cleanup(*url);
}

void endpoint_deinit(Endpoint *endpoint) {
        free(endpoint->url);
        free(endpoint->host);
        *endpoint = (Endpoint) { 0 };
}

static bool is_loopback(const char *host) {
        struct in_addr address;

        if (strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0)
                return true;
        return inet_pton(AF_INET, host, &address) == 1 && (ntohl(address.s_addr) >> 24) == 127;
}

static bool has_part(CURLU *url, CURLUPart part) {
        _cleanup_(curl_freep) char *text = NULL;

        return curl_url_get(url, part, &text, 0) == CURLUE_OK;
}

static int check_scheme(CURLU *url, const char *host, bool *ret_loopback, Error *reterr) {
        _cleanup_(curl_freep) char *scheme = NULL;

        if (curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK)
                return error_set(reterr, -EINVAL, "lockt.url has no scheme: it begins with https://");
        *ret_loopback = strcmp(scheme, "http") == 0 && is_loopback(host);
        if (strcmp(scheme, "https") != 0 && !*ret_loopback)
                return error_set(reterr, -EINVAL,
                                 "lockt.url begins with %s://, and the keys travel by https:// alone (http:// is for "
                                 "a loopback address)", scheme);
        return 0;
}

/* Header values: anything that would end the line could add headers of its own. */
static int check_key(const char *name, const char *value, Error *reterr) {
        if (!value || !*value)
                return error_set(reterr, -EINVAL, "%s is empty", name);
        if (!utf8_is_clean(value, strlen(value)))
                return error_set(reterr, -EINVAL, "%s has a control character or is not UTF-8", name);
        return 0;
}

static int read_url(Endpoint *endpoint, const char *text, Error *reterr) {
        _cleanup_(curl_url_cleanupp) CURLU *url = NULL;
        _cleanup_(curl_freep) char *host = NULL;
        _cleanup_(curl_freep) char *port = NULL;
        size_t n;
        int r;

        url = curl_url();
        if (!url)
                return error_set(reterr, -ENOMEM, "cannot read lockt.url: out of memory");
        if (!text || curl_url_set(url, CURLUPART_URL, text, 0) != CURLUE_OK ||
            curl_url_get(url, CURLUPART_HOST, &host, 0) != CURLUE_OK)
                return error_set(reterr, -EINVAL, "lockt.url is no URL such as https://cloudapi.lockt.com/api/v1");
        r = check_scheme(url, host, &endpoint->loopback, reterr);
        if (r < 0)
                return r;
        if (has_part(url, CURLUPART_USER) || has_part(url, CURLUPART_PASSWORD))
                return error_set(reterr, -EINVAL,
                                 "lockt.url holds a user or password: keys go into lockt.apiuser and apikey");
        if (has_part(url, CURLUPART_QUERY) || has_part(url, CURLUPART_FRAGMENT))
                return error_set(reterr, -EINVAL,
                                 "lockt.url has a query or a fragment: it ends with its path, as /api/v1");

        endpoint->url = strdup(text);
        if (!endpoint->url)
                return error_set(reterr, -ENOMEM, "cannot read lockt.url: out of memory");
        for (n = strlen(endpoint->url); n > 0 && endpoint->url[n - 1] == '/'; n--)
                endpoint->url[n - 1] = '\0';

        (void) curl_url_get(url, CURLUPART_PORT, &port, 0);
        if (asprintf(&endpoint->host, "%s%s%s", host, port ? ":" : "", port ? port : "") < 0) {
                endpoint->host = NULL;
                return error_set(reterr, -ENOMEM, "cannot read lockt.url: out of memory");
        }
        return 0;
}

int endpoint_init(Endpoint *endpoint, const LocktOptions *options, Error *reterr) {
        int r;

        *endpoint = (Endpoint) { 0 };
        r = check_key("apiuser", options->apiuser, reterr);
        if (r >= 0)
                r = check_key("apikey", options->apikey, reterr);
        if (r >= 0)
                r = read_url(endpoint, options->url, reterr);
        if (r < 0)
                endpoint_deinit(endpoint);
        return r;
}
