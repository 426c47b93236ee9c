/*
 * Sends the lines of a file as bodies of POST /user over one kept-alive connection, one after the other: as fast as any
 * client can be that waits for each answer. What it took is in the log of the simulator.
 *
 *     post-bodies URL APIUSER APIKEY FILE
 */

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t forget(char *bytes, size_t size, size_t n, void *userdata) {
        (void) bytes;
        (void) userdata;
        return size * n;
}

static struct curl_slist *make_headers(const char *user, const char *key) {
        struct curl_slist *headers = NULL;
        char line[512];

        (void) snprintf(line, sizeof(line), "apiuser: %s", user);
        headers = curl_slist_append(headers, line);
        (void) snprintf(line, sizeof(line), "apikey: %s", key);
        headers = curl_slist_append(headers, line);
        headers = curl_slist_append(headers, "Content-Type: application/json");
        return curl_slist_append(headers, "Expect:");
}

static CURL *make_handle(const char *url, struct curl_slist *headers) {
        CURL *handle = curl_easy_init();

        if (!handle)
                return NULL;
        (void) curl_easy_setopt(handle, CURLOPT_URL, url);
        (void) curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
        (void) curl_easy_setopt(handle, CURLOPT_POST, 1L);
        (void) curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, forget);
        return handle;
}

/* Reads all bodies first: reading a file is no part of what is measured. */
static size_t read_bodies(FILE *file, char ***ret) {
        char **bodies = NULL, *line = NULL;
        size_t n = 0, allocated = 0;
        ssize_t length;

        while ((length = getline(&line, &allocated, file)) > 0) {
                char **more = reallocarray(bodies, n + 1, sizeof(*bodies));

                if (!more)
                        break;
                bodies = more;
                if (line[length - 1] == '\n')
                        line[length - 1] = '\0';
                bodies[n++] = line;
                line = NULL;
                allocated = 0;
        }
        free(line);
        *ret = bodies;
        return n;
}

static int post_all(CURL *handle, char **bodies, size_t n) {
        for (size_t i = 0; i < n; i++) {
                CURLcode code;
                long status = 0;

                (void) curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE, (long) strlen(bodies[i]));
                (void) curl_easy_setopt(handle, CURLOPT_POSTFIELDS, bodies[i]);
                code = curl_easy_perform(handle);
                (void) curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
                if (code != CURLE_OK || status != 200) {
                        fprintf(stderr, "post-bodies: body %zu: %s, status %ld\n", i + 1, curl_easy_strerror(code), status);
                        return EXIT_FAILURE;
                }
        }
        return EXIT_SUCCESS;
}

int main(int argc, char **argv) {
        struct curl_slist *headers;
        char **bodies = NULL;
        CURL *handle;
        FILE *file;
        size_t n;
        int r = EXIT_FAILURE;

        if (argc != 5) {
                fprintf(stderr, "usage: post-bodies URL APIUSER APIKEY FILE\n");
                return 2;
        }
        file = fopen(argv[4], "re");
        if (!file) {
                fprintf(stderr, "post-bodies: cannot read '%s'\n", argv[4]);
                return EXIT_FAILURE;
        }
        n = read_bodies(file, &bodies);
        (void) fclose(file);

        headers = make_headers(argv[2], argv[3]);
        handle = make_handle(argv[1], headers);
        if (handle && headers)
                r = post_all(handle, bodies, n);

        curl_easy_cleanup(handle);
        curl_slist_free_all(headers);
        for (size_t i = 0; i < n; i++)
                free(bodies[i]);
        free(bodies);
        return r;
}
