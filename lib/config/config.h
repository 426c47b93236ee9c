#pragma once

/*
 * Configuration: locktsync.yaml as plain structs
 *
 * config_load() reads the whole file, checks everything that can be checked without HR or Lockt, and reports all that
 * is wrong in one go: `file:line:column: what, and what was meant`. Defaults are filled in. Secrets are not read here:
 * only where they are (config_read_secret).
 */

#include <stdio.h>

#include "lib/base/error.h"
#include "lib/mapping/spec.h"

typedef struct ConfigErrors {
        char *path;
        size_t n;
        struct ConfigError {
                Mark mark;
                char *sentence;
        } *items;               /* in the order of the file */
} ConfigErrors;

void config_errors_add(ConfigErrors *errors, Mark mark, const char *format, ...) _printf_(3, 4);
/* One line each: "PATH:LINE:COLUMN: sentence". */
void config_errors_print(const ConfigErrors *errors, FILE *stream);
void config_errors_deinit(ConfigErrors *errors);

typedef enum Drift { DRIFT_REPAIR, DRIFT_REPORT } Drift;
typedef enum Others { OTHERS_KEEP, OTHERS_REMOVE } Others;
typedef enum Mode { MODE_APPLY, MODE_REPORT } Mode;
typedef enum UpdateWith { UPDATE_WITH_POST, UPDATE_WITH_PUT } UpdateWith;
typedef enum Booleans { BOOLEANS_STRING, BOOLEANS_NATIVE } Booleans;

/* A number of people, or a share of those who now have access (never less than 5 people). */
typedef struct Limit {
        bool percent;
        double value;
} Limit;

typedef struct Config {
        char *path;

        struct {
                Text connection;                /* libpq's own string; may hold a password: never logged */
                uint64_t poll_usec;
                char *listen;                   /* NULL: no NOTIFY */
                char *timezone;
                Text as_of;                     /* .text NULL: HR has none */
                Text people;
                uint64_t statement_timeout_usec;
                uint64_t lock_timeout_usec;
        } hr;

        struct {
                Text url;                       /* without a trailing slash */
                Text apiuser, apikey;           /* credential:NAME or file:/path */
                char *ca_file;                  /* NULL: the system's */
                char *timezone;
                uint64_t resync_usec;
                Drift drift;
                uint64_t timeout_usec;
                uint64_t fresh_usec;
                bool link_by_email;             /* link_by: [id_num, email] */
                Booleans booleans;
                UpdateWith update_with;
        } lockt;

        MappingSpec mapping;
        Others others;

        struct {
                bool disable;
                bool remove_access_levels;
                bool expire;                    /* expire: now; `never` is false */
                uint64_t absent_for_usec;
        } leavers;

        struct {
                uint64_t window_usec;
                Limit max_revoked, max_restored, max_granted, max_changed;
                bool mapping_change_hold;
        } safety;

        struct {
                uint64_t first_usec, max_usec;
        } retry;

        struct {
                uint64_t stale_usec, revocation_usec;
        } alarm;

        Mode mode;
        uint64_t history_keep_usec;
        char *metrics_textfile;                 /* NULL: none */
} Config;

/*
 * 0, -EINVAL with at least one of @errors when the file is wrong, another negative errno with @errors holding one
 * sentence when it can't be read (mark 0:0).
 */
int config_load(const char *path, Config **ret, ConfigErrors *errors);
Config *config_free(Config *config);
DEFINE_CLEANUP(Config *, config_free)

/*
 * Reads a secret where the configuration says it is: `credential:NAME` from $CREDENTIALS_DIRECTORY, `file:/path`.
 * Trailing newlines do not count; at most 4 KiB; a control character in it is an error, since it goes into a header.
 * The caller frees it with secret_free(), which wipes it. 0 or a negative errno; the sentence names the place, never
 * the value.
 */
int config_read_secret(const Text *source, char **ret, Error *reterr);
char *secret_free(char *secret);
DEFINE_CLEANUP(char *, secret_free)

/*
 * One row of the table of keys, for the manual's test and the schema's test: dotted key, type in words, default as
 * written (NULL: none), one line of meaning. In a key, `*` is any property or column, and `[]` each element of a list.
 * @i from 0; NULL past the end.
 */
typedef struct ConfigKey {
        const char *key;
        const char *type;
        const char *fallback;
        const char *meaning;
} ConfigKey;

const ConfigKey *config_key(size_t i);
