/* Lockt's address. It is never shown: somebody may have written a password into it. */

#include "lib/config/value.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <string.h>
#include <strings.h>

static void curl_urlp(CURLU **url) {
        curl_url_cleanup(*url);
}

static void curl_textp(char **text) {
        curl_free(*text);
}

/* 127.0.0.0/8, ::1, and the name that means them. libcurl has written the host in its usual form already. */
static bool is_loopback(const char *host) {
        struct in6_addr six;
        struct in_addr four;
        char bare[INET6_ADDRSTRLEN];
        size_t n = strlen(host);

        if (strcasecmp(host, "localhost") == 0)
                return true;
        if (inet_pton(AF_INET, host, &four) == 1)
                return ntohl(four.s_addr) >> 24 == 127;
        if (host[0] != '[' || n < 3 || n - 2 >= sizeof(bare))
                return false;

        memcpy(bare, host + 1, n - 2);
        bare[n - 2] = '\0';
        return inet_pton(AF_INET6, bare, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

static bool has_part(CURLU *url, CURLUPart part) {
        _cleanup_(curl_textp) char *text = NULL;

        return curl_url_get(url, part, &text, 0) == CURLUE_OK;
}

void value_check_url(Reader *reader, const Text *text) {
        _cleanup_(curl_textp) char *scheme = NULL, *host = NULL;
        _cleanup_(curl_urlp) CURLU *url = curl_url();

        if (!url) {
                reader->out_of_memory = true;
                return;
        }
        if (curl_url_set(url, CURLUPART_URL, text->text, CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK ||
            curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
            curl_url_get(url, CURLUPART_HOST, &host, 0) != CURLUE_OK ||
            (strcmp(scheme, "https") != 0 && strcmp(scheme, "http") != 0)) {
                reader_complain(reader, text->mark,
                                "'url' takes the address of the API such as https://cloudapi.lockt.com/api/v1");
                return;
        }

        /* ruling 1 */
        if (strcmp(scheme, "http") == 0 && !is_loopback(host))
                reader_complain(reader, text->mark, "'url' has to begin with https://: the key would travel in clear; "
                                "http:// is for loopback addresses such as http://127.0.0.1:8080/api/v1");
        if (has_part(url, CURLUPART_USER) || has_part(url, CURLUPART_PASSWORD))
                reader_complain(reader, text->mark, "'url' holds a user or a password; 'apiuser' and 'apikey' say "
                                "where these are");
        if (has_part(url, CURLUPART_QUERY) || has_part(url, CURLUPART_FRAGMENT))
                reader_complain(reader, text->mark, "'url' ends with the path of the API, without '?' and '#'");
}
