/* The command line. See options.h. */

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/ctl/options.h"
#include "lib/base/nearest.h"

#define VERBS_MAX 64

const OptionRow ctl_options[OPTIONS] = {
        [OPTION_SOCKET] = { "socket", "PATH", "the daemon's socket (/run/locktsync/control)" },
        [OPTION_JSON] = { "json", NULL, "JSON, one object a line, in place of tables" },
        [OPTION_NO_COLOR] = { "no-color", NULL, "no colours (as $NO_COLOR does)" },
        [OPTION_HELP] = { "help", NULL, "this text; behind a command, more about it" },
        [OPTION_VERSION] = { "version", NULL, "the version" },
        [OPTION_CONFIG] = { "config", "FILE", "this file, and not the one in force" },
        [OPTION_BODIES] = { "bodies", NULL, "show what would be sent, PINs masked" },
        [OPTION_ALL] = { "all", NULL, "show everybody, not 50 of each kind" },
        [OPTION_ACCEPT] = { "accept", NULL, "believe a listing that lacks many known users" },
        [OPTION_LIMIT] = { "limit", "N", "at most N entries (100); 0 for all" },
        [OPTION_CYCLE] = { "cycle", "N", "only what cycle N did" },
        [OPTION_ONLY] = { "only", NULL, "only the people who are named behind it" },
        [OPTION_REASON] = { "reason", "TEXT", "why, for the history" },
        [OPTION_VALIDATE] = { "validate", NULL, "ask Lockt whether it would take the records" },
        [OPTION_FOLLOW] = { "follow", NULL, "go on with what comes, until it is interrupted" },
        [OPTION_FILE] = { "file", "CSV", "a list with the header id_num,lockt_id" },
        [OPTION_SINCE] = { "since", "TIME", "from then on: 2026-11-23, '2026-11-23 09:00', 2h (ago)" },
        [OPTION_UNTIL] = { "until", "TIME", "before then" },
        [OPTION_VERIFY] = { "verify", NULL, "whether it is still what was written" },
        [OPTION_HEAD] = { "head", "HASH", "with --verify: look for this head of the journal" },
};

static int find_verb(const char *name, const Verb **ret, Error *reterr) {
        const char *names[VERBS_MAX] = { 0 };
        size_t n = n_verbs < VERBS_MAX ? n_verbs : VERBS_MAX, i;

        for (i = 0; i < n; i++) {
                if (strcmp(verbs[i].name, name) == 0) {
                        *ret = &verbs[i];
                        return 0;
                }
                names[i] = verbs[i].name;
        }
        i = nearest(name, names, n);
        if (i < n)
                return error_set(reterr, -EINVAL, "unknown command '%s'; did you mean '%s'?", name, names[i]);
        return error_set(reterr, -EINVAL, "unknown command '%s'; see --help", name);
}

static int parse_number(OptionName name, const char *text, int64_t *ret, Error *reterr) {
        unsigned long long n;
        char *end;

        errno = 0;
        n = strtoull(text, &end, 10);
        if (*text < '0' || *text > '9' || *end || errno != 0 || n > INT64_MAX)
                return error_set(reterr, -EINVAL, "--%s takes a number of 0 or more, not '%s'", ctl_options[name].name,
                                 text);
        *ret = (int64_t) n;
        return 0;
}

static int take_option(OptionName name, const char *value, Ctl *ctl, Error *reterr) {
        switch (name) {
        case OPTION_SOCKET: ctl->socket = value; break;
        case OPTION_JSON: ctl->json = true; break;
        case OPTION_NO_COLOR: ctl->no_color = true; break;
        case OPTION_HELP: ctl->help = true; break;
        case OPTION_VERSION: ctl->version = true; break;
        case OPTION_CONFIG: ctl->config = value; break;
        case OPTION_BODIES: ctl->bodies = true; break;
        case OPTION_ALL: ctl->all = true; break;
        case OPTION_ACCEPT: ctl->accept = true; break;
        case OPTION_ONLY: ctl->only = true; break;
        case OPTION_REASON: ctl->reason = value; break;
        case OPTION_VALIDATE: ctl->validate = true; break;
        case OPTION_FOLLOW: ctl->follow = true; break;
        case OPTION_FILE: ctl->file = value; break;
        case OPTION_SINCE: ctl->since = value; break;
        case OPTION_UNTIL: ctl->until = value; break;
        case OPTION_VERIFY: ctl->verify = true; break;
        case OPTION_HEAD: ctl->head = value; break;
        case OPTION_LIMIT: return parse_number(name, value, &ctl->limit, reterr);
        case OPTION_CYCLE: return parse_number(name, value, &ctl->cycle, reterr);
        case OPTIONS: break;
        }
        return 0;
}

/* Which options a command has is looked at when the command is known: they may stand before it. */
static int check_allowed(const Verb *verb, unsigned given, Error *reterr) {
        unsigned allowed = OPTIONS_COMMON | (verb ? verb->options : 0);

        for (OptionName name = 0; name < OPTIONS; name++)
                if ((given & ~allowed) & OPTION_BIT(name))
                        return verb ? error_set(reterr, -EINVAL, "'%s' takes no --%s; see '%s --help'", verb->name,
                                                ctl_options[name].name, verb->name)
                                    : error_set(reterr, -EINVAL, "--%s belongs to a command; see --help",
                                                ctl_options[name].name);
        return 0;
}

static int check_arguments(const Ctl *ctl, Error *reterr) {
        const Verb *verb = ctl->verb;

        if (ctl->n_arguments < verb->min)
                return error_set(reterr, -EINVAL, "'%s' needs %s; see '%s --help'", verb->name, verb->arguments,
                                 verb->name);
        if (verb->max >= 0 && ctl->n_arguments > verb->max)
                return error_set(reterr, -EINVAL, "'%s' has no use for '%s'; see '%s --help'", verb->name,
                                 ctl->arguments[verb->max], verb->name);
        for (int i = 0; i < ctl->n_arguments; i++)
                if (!*ctl->arguments[i])
                        return error_set(reterr, -EINVAL, "'%s' was given an empty argument", verb->name);
        return 0;
}

static int scan(int argc, char **argv, Ctl *ctl, unsigned *ret_given, Error *reterr) {
        struct option table[OPTIONS + 1] = { 0 };
        int c, r;

        for (int i = 0; i < OPTIONS; i++)
                table[i] = (struct option) { ctl_options[i].name,
                                             ctl_options[i].value ? required_argument : no_argument, NULL, 256 + i };
        opterr = 0;
        optind = 0;     /* glibc: begin anew */
        while ((c = getopt_long(argc, argv, ":", table, NULL)) != -1) {
                if (c == ':')
                        return error_set(reterr, -EINVAL, "option '%s' takes a value", argv[optind - 1]);
                if (c < 256)
                        return error_set(reterr, -EINVAL, "unknown option '%s'; see --help", argv[optind - 1]);
                r = take_option((OptionName) (c - 256), optarg, ctl, reterr);
                if (r < 0)
                        return r;
                *ret_given |= OPTION_BIT(c - 256);
        }
        return 0;
}

int ctl_options_parse(int argc, char **argv, Ctl *ret, Error *reterr) {
        unsigned given = 0;
        int r;

        *ret = (Ctl) { .socket = "/run/locktsync/control", .limit = -1, .cycle = -1 };
        r = scan(argc, argv, ret, &given, reterr);
        if (r < 0)
                return r;
        if (optind < argc) {
                r = find_verb(argv[optind], &ret->verb, reterr);
                if (r < 0)
                        return r;
                ret->arguments = argv + optind + 1;
                ret->n_arguments = argc - optind - 1;
        }
        r = check_allowed(ret->verb, given, reterr);
        if (r < 0 || ret->help || ret->version)
                return r;
        if (!ret->verb)
                return error_set(reterr, -EINVAL, "which command? see --help");
        return check_arguments(ret, reterr);
}

static void print_options(FILE *out, unsigned which) {
        for (OptionName name = 0; name < OPTIONS; name++) {
                const OptionRow *row = &ctl_options[name];
                int n;

                if (!(which & OPTION_BIT(name)))
                        continue;
                n = fprintf(out, "  --%s%s%s", row->name, row->value ? " " : "", row->value ? row->value : "");
                (void) fprintf(out, "%*s%s\n", n > 0 && n < 18 ? 18 - n : 1, "", row->meaning);
        }
}

static void help_program(FILE *out) {
        (void) fputs("Usage: locktsyncctl [OPTION…] COMMAND [ARGUMENT…]\n"
                     "Asks and steers locktsyncd, which keeps a Lockt SecureAccess instance true to an HR database.\n\n"
                     "Commands:\n", out);
        for (size_t i = 0; i < n_verbs; i++) {
                int n = fprintf(out, "  %s%s%s", verbs[i].name, *verbs[i].arguments ? " " : "", verbs[i].arguments);

                /* The ellipsis of an argument is three bytes, and one column. */
                if (strstr(verbs[i].arguments, "…"))
                        n -= 2;
                (void) fprintf(out, "%*s%s\n", n > 0 && n < 24 ? 24 - n : 1, "", verbs[i].summary);
        }
        (void) fputs("\nOptions:\n", out);
        print_options(out, OPTIONS_COMMON);
        (void) fputs("\n'locktsyncctl COMMAND --help' tells more about a command.\n"
                     "Exit status: 0; 1 failed, or an alarm rings; 2 usage; 78 configuration. See locktsyncctl(1).\n",
                     out);
}

void ctl_help(FILE *out, const Verb *verb) {
        if (!verb) {
                help_program(out);
                return;
        }
        (void) fprintf(out, "Usage: locktsyncctl %s [OPTION…]%s%s\n%s.\n\n%s\n\nOptions:\n", verb->name,
                       *verb->arguments ? " " : "", verb->arguments, verb->summary, verb->more);
        print_options(out, verb->options);
        print_options(out, OPTIONS_COMMON);
}
