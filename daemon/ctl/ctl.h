#pragma once

/*
 * locktsyncctl: what its commands have in common
 *
 * One file a command (or a handful of a kind). A command asks the daemon and shows what it answers: as tables and
 * sentences, or with --json line by line as it came.
 */

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "daemon/ctl/screen.h"
#include "lib/base/error.h"

enum {
        CTL_OK = 0,
        CTL_FAILED = 1,
        CTL_USAGE = 2,
        CTL_CONFIG = 78,        /* EX_CONFIG of sysexits.h */
};

typedef enum OptionName {
        OPTION_SOCKET,
        OPTION_JSON,
        OPTION_NO_COLOR,
        OPTION_HELP,
        OPTION_VERSION,
        OPTION_CONFIG,
        OPTION_BODIES,
        OPTION_ALL,
        OPTION_ACCEPT,
        OPTION_LIMIT,
        OPTION_CYCLE,
        OPTION_ONLY,
        OPTION_REASON,
        OPTION_FILE,
        OPTION_FOLLOW,
        OPTION_VALIDATE,
        OPTION_SINCE,
        OPTION_UNTIL,
        OPTION_VERIFY,
        OPTION_HEAD,
        OPTIONS,
} OptionName;

#define OPTION_BIT(name) (1U << (name))

typedef struct Ctl Ctl;

typedef struct Verb {
        const char *name;
        const char *arguments;  /* as the usage shows them; "" */
        int min, max;           /* how many; -1: any number */
        unsigned options;       /* OPTION_BITs, beside those that every command has */
        const char *summary;    /* a line for --help */
        const char *more;       /* paragraphs for the command's own --help */
        int (*run)(Ctl *ctl);   /* answers the exit status */
} Verb;

/* The commands, in the order of --help. */
extern const Verb verbs[];
extern const size_t n_verbs;

struct Ctl {
        const Verb *verb;       /* NULL: none was named */
        const char *socket;
        const char *config;     /* NULL: not given */
        bool json, no_color, help, version, bodies, all, accept, only, follow, validate, verify;
        const char *reason, *file, *since, *until, *head;       /* NULL: not given */
        int64_t limit, cycle;   /* -1: not given */
        int n_arguments;
        char **arguments;
        Screen screen;
        int64_t now_usec;
};

/* "locktsyncctl: sentence" on stderr, made harmless for a terminal. */
void ctl_complain(const char *format, ...) _printf_(1, 2);
/* What is out of memory: complains, answers CTL_FAILED. */
int ctl_oom(void);

/* A request for the command @name; NULL when memory is out. */
struct json_object *ctl_request(const char *name);

/* Shows one line of an answer. Negative: what can't be done any more (-ENOMEM; -ECANCELED: why, has been said). */
typedef int (*CtlShow)(void *userdata, const char *name, struct json_object *value);

/*
 * Asks the daemon (@request is put), and shows each line by @show, or as it came with --json. Waits for as long as it
 * takes where @patient, else half a minute. Complains where it fails. Answers an exit status; @ret_complete (may be
 * NULL) tells whether the whole answer was there.
 */
int ctl_ask(Ctl *ctl, struct json_object *request, bool patient, CtlShow show, void *userdata, bool *ret_complete);

/* A line of JSON as a terminal may have it: control characters within texts become \uNNNN. */
void ctl_print_json(FILE *out, const char *line, size_t length);

int verb_status(Ctl *ctl);
int verb_plan(Ctl *ctl);
int verb_queue(Ctl *ctl);
int verb_parked(Ctl *ctl);
int verb_held(Ctl *ctl);
int verb_unknown(Ctl *ctl);
int verb_retry(Ctl *ctl);
int verb_resync(Ctl *ctl);
int verb_explain(Ctl *ctl);
int verb_history(Ctl *ctl);
int verb_check(Ctl *ctl);
int verb_approve(Ctl *ctl);
int verb_lock(Ctl *ctl);
int verb_unlock(Ctl *ctl);
int verb_locked(Ctl *ctl);
int verb_blocked(Ctl *ctl);
int verb_link(Ctl *ctl);
int verb_unlink(Ctl *ctl);
int verb_get(Ctl *ctl);
int verb_create(Ctl *ctl);
int verb_backup(Ctl *ctl);
int verb_revert(Ctl *ctl);
