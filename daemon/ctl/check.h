#pragma once

/*
 * locktsyncctl check: what is looked at, one line each
 *
 * The daemon's answer and the check without a daemon are shown by the same code, and are the same lines of JSON (see
 * daemon/control.h); the latter's may have "warning" and "mend" beside "ok" and "text".
 */

#include <systemd/sd-event.h>

#include "daemon/ctl/ctl.h"
#include "lib/config/config.h"
#include "lib/mapping/mapping.h"

typedef struct CheckReport {
        Ctl *ctl;
        size_t errors, warnings;
        bool configuration;     /* an error is one of the file: CTL_CONFIG */
} CheckReport;

typedef enum CheckVerdict { CHECK_OK, CHECK_WARNING, CHECK_ERROR } CheckVerdict;

/* Shows a line of the daemon's answer; CtlShow of a CheckReport. */
int check_show(void *userdata, const char *name, struct json_object *value);

/* Says one thing. @mend (may be NULL): how. */
void check_say(CheckReport *report, CheckVerdict verdict, const char *what, const char *mend, const char *format, ...)
        _printf_(5, 6);

/* As an error of the file at a place: "file:line:column: sentence". */
void check_complain(CheckReport *report, const char *what, const Config *config, Mark mark, const char *sentence);

/* A person as the mapping made him, masked. 0 or -ENOMEM. */
int check_say_person(CheckReport *report, const Person *person, const Level *levels, size_t n_levels);

/* The last line. Answers the exit status. */
int check_verdict(const CheckReport *report);

/* Of a file, without a daemon. Answers the exit status. */
int check_alone(Ctl *ctl, const char *path);

/* What check_alone() looks at. Each runs the loop until it is done. */
typedef struct CheckWorld {
        CheckReport *report;
        const Config *config;
        sd_event *event;
        Mapping *mapping;
        size_t n_levels;
        Level *levels;          /* by id */
} CheckWorld;

/* Connection, rights, levels; the mapping is bound to those. Negative: it can't go on. */
int check_lockt(CheckWorld *world);
/* Connection, columns, rows, people. */
int check_hr(CheckWorld *world);
