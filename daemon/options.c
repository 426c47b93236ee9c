/* Command line and environment. See options.h. */

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/options.h"

void options_help(FILE *stream) {
        (void) fputs("Usage: locktsyncd [OPTION…]\n"
                     "Keeps a Lockt SecureAccess instance true to an HR database.\n"
                     "\n"
                     "  --config FILE      the configuration (/etc/locktsync/locktsync.yaml)\n"
                     "  --state-dir DIR    where it remembers ($STATE_DIRECTORY, /var/lib/locktsync)\n"
                     "  --control SOCKET   where locktsyncctl finds it ($RUNTIME_DIRECTORY/control,\n"
                     "                     /run/locktsync/control)\n"
                     "  --once             run one cycle, deliver what is due, and exit\n"
                     "  --approve DIGEST   let go what an earlier run has held under this digest, within an\n"
                     "                     hour after it was told; with a daemon: locktsyncctl approve\n"
                     "  --help             this text\n"
                     "  --version          the version\n"
                     "\n"
                     "Exit status: 0; 1 failed, or with --once something was held back; 2 usage;\n"
                     "78 configuration. See locktsyncd(8) and locktsync.yaml(5).\n", stream);
}

static int replace(char **text, const char *value) {
        char *copy = strdup(value);

        if (!copy)
                return -ENOMEM;
        free(*text);
        *text = copy;
        return 0;
}

/* The first of the colon-separated directories that the service manager made for us. */
static int default_path(const char *variable, const char *fallback, const char *file, char **ret) {
        const char *directory = getenv(variable);
        size_t length;

        if (!directory || !*directory)
                directory = fallback;
        length = strcspn(directory, ":");
        return asprintf(ret, "%.*s%s", (int) length, directory, file) < 0 ? -ENOMEM : 0;
}

static int fill_defaults(Options *options) {
        int r = 0;

        if (!options->config)
                r = replace(&options->config, "/etc/locktsync/locktsync.yaml");
        if (r == 0 && !options->state_dir)
                r = default_path("STATE_DIRECTORY", "/var/lib/locktsync", "", &options->state_dir);
        if (r == 0 && !options->control)
                r = default_path("RUNTIME_DIRECTORY", "/run/locktsync", "/control", &options->control);
        return r;
}

int options_parse(int argc, char **argv, Options *ret, Error *reterr) {
        enum { CONFIG = 256, STATE_DIR, CONTROL, ONCE, APPROVE, HELP, VERSION };
        static const struct option table[] = {
                { "config", required_argument, NULL, CONFIG },
                { "state-dir", required_argument, NULL, STATE_DIR },
                { "control", required_argument, NULL, CONTROL },
                { "once", no_argument, NULL, ONCE },
                { "approve", required_argument, NULL, APPROVE },
                { "help", no_argument, NULL, HELP },
                { "version", no_argument, NULL, VERSION },
                { 0 },
        };
        int c, r = 0;

        opterr = 0;
        optind = 1;
        while (r == 0 && (c = getopt_long(argc, argv, ":", table, NULL)) != -1)
                switch (c) {
                case CONFIG: r = replace(&ret->config, optarg); break;
                case STATE_DIR: r = replace(&ret->state_dir, optarg); break;
                case CONTROL: r = replace(&ret->control, optarg); break;
                case ONCE: ret->once = true; break;
                case APPROVE: r = replace(&ret->approve, optarg); break;
                case HELP: ret->help = true; break;
                case VERSION: ret->version = true; break;
                case ':':
                        return error_set(reterr, -EINVAL, "option '%s' takes a value", argv[optind - 1]);
                default:
                        return error_set(reterr, -EINVAL, "unknown option '%s'; try --help", argv[optind - 1]);
                }

        if (r == 0 && optind < argc)
                return error_set(reterr, -EINVAL, "unknown argument '%s'; try --help", argv[optind]);
        if (r == 0)
                r = fill_defaults(ret);
        return r < 0 ? error_set(reterr, r, "out of memory") : 0;
}

void options_deinit(Options *options) {
        free(options->config);
        free(options->state_dir);
        free(options->control);
        free(options->approve);
        *options = (Options) { 0 };
}
