#pragma once

/* The command line, and the help that shows it. */

#include "daemon/ctl/ctl.h"

typedef struct OptionRow {
        const char *name;
        const char *value;      /* "FILE"; NULL: it takes none */
        const char *meaning;
} OptionRow;

extern const OptionRow ctl_options[OPTIONS];

/* Those that every command has. */
#define OPTIONS_COMMON (OPTION_BIT(OPTION_SOCKET) | OPTION_BIT(OPTION_JSON) | OPTION_BIT(OPTION_NO_COLOR) | \
                        OPTION_BIT(OPTION_HELP) | OPTION_BIT(OPTION_VERSION))

/*
 * Options and the command may come in any order; "--" ends the options. @argv is reordered, and what is answered
 * borrows from it. 0, -EINVAL with a sentence for a usage error, -ENOMEM.
 */
int ctl_options_parse(int argc, char **argv, Ctl *ret, Error *reterr);

/* Of the program, or of one command. */
void ctl_help(FILE *out, const Verb *verb);
