#pragma once

/*
 * Options
 *
 * The command line.
 */

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/base/error.h"

typedef struct Options {
        union {
                struct sockaddr any;
                struct sockaddr_in in;
                struct sockaddr_in6 in6;
        } listen;
        bool allow_remote;
        const char *port_file;          /* texts are borrowed from argv; NULL when not given */
        const char *database;
        int64_t seed;
        const char *seed_start;
        const char *levels;
        const char *apiuser;
        const char *apikey;
        const char *log;
        int64_t batch_limit;            /* 0: the default of the settings */
} Options;

enum {
        OPTIONS_DONE = 1,               /* --help or --version was printed */
};

/* Reads argv, or answers -EINVAL with what is wrong with it, or OPTIONS_DONE. */
int options_parse(int argc, char **argv, Options *ret, Error *reterr);

bool options_is_loopback(const struct sockaddr *address);
