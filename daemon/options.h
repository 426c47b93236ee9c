#pragma once

/* What locktsyncd was called with. */

#include <stdbool.h>
#include <stdio.h>

#include "lib/base/error.h"

typedef struct Options {
        char *config;           /* --config, else /etc/locktsync/locktsync.yaml */
        char *state_dir;        /* --state-dir, else $STATE_DIRECTORY, else /var/lib/locktsync */
        char *control;          /* --control, else $RUNTIME_DIRECTORY/control, else /run/locktsync/control */
        bool once;
        char *approve;          /* --approve: a digest that an earlier run told; NULL: none */
        bool help;
        bool version;
} Options;

/* 0, -EINVAL with a sentence for a usage error, -ENOMEM. */
int options_parse(int argc, char **argv, Options *ret, Error *reterr);
void options_deinit(Options *options);
void options_help(FILE *stream);
