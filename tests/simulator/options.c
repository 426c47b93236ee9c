/* The command line: getopt, bounds, and the address to listen on. */

#include "tests/simulator/options.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

enum {
        OPTION_LISTEN = 256,
        OPTION_ALLOW_REMOTE,
        OPTION_PORT_FILE,
        OPTION_DATABASE,
        OPTION_SEED,
        OPTION_SEED_START,
        OPTION_LEVELS,
        OPTION_APIUSER,
        OPTION_APIKEY,
        OPTION_LOG,
        OPTION_BATCH_LIMIT,
        OPTION_HELP,
        OPTION_VERSION,
};

static const struct option table[] = {
        { "listen", required_argument, NULL, OPTION_LISTEN },
        { "allow-remote", no_argument, NULL, OPTION_ALLOW_REMOTE },
        { "port-file", required_argument, NULL, OPTION_PORT_FILE },
        { "database", required_argument, NULL, OPTION_DATABASE },
        { "seed", required_argument, NULL, OPTION_SEED },
        { "seed-start", required_argument, NULL, OPTION_SEED_START },
        { "levels", required_argument, NULL, OPTION_LEVELS },
        { "apiuser", required_argument, NULL, OPTION_APIUSER },
        { "apikey", required_argument, NULL, OPTION_APIKEY },
        { "log", required_argument, NULL, OPTION_LOG },
        { "batch-limit", required_argument, NULL, OPTION_BATCH_LIMIT },
        { "help", no_argument, NULL, OPTION_HELP },
        { "version", no_argument, NULL, OPTION_VERSION },
        { 0 },
};

static const char help[] =
        "lockt-sim [OPTION...]\n"
        "\n"
        "Stands in for the Lockt SecureAccess cloud service, on this machine.\n"
        "\n"
        "  --listen ADDR:PORT   where to listen (127.0.0.1:0, a free port)\n"
        "  --allow-remote       let ADDR be more than this machine; the administration stays local\n"
        "  --port-file FILE     write the port there as soon as it is listening\n"
        "  --database FILE      keep what the service holds there (:memory:)\n"
        "  --seed N             begin with N users\n"
        "  --seed-start ID_NUM  id_num of the first of them; its last digits are counted up (100001)\n"
        "  --levels NAME,...    access levels (Cardholder,Security,Administration,Housekeeping)\n"
        "  --apiuser USER       the user that requests must name (lockt-sim)\n"
        "  --apikey KEY         and the key (lockt-sim-key)\n"
        "  --log FILE           append a line of JSON for every request\n"
        "  --batch-limit N      records in a write, at most (100)\n"
        "  --help               print this\n"
        "  --version            print the version\n"
        "\n"
        "The API is at /api/v1, the administration at /_sim. See lockt-sim(1).\n";

bool options_is_loopback(const struct sockaddr *address) {
        if (address->sa_family == AF_INET) {
                const struct sockaddr_in *in = (const void *) address;

                return ntohl(in->sin_addr.s_addr) >> 24 == 127;
        }
        if (address->sa_family == AF_INET6) {
                const struct sockaddr_in6 *in6 = (const void *) address;

                return IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
        }
        return false;
}

static int parse_number(const char *name, const char *text, int64_t max, int64_t *ret, Error *reterr) {
        int64_t number = 0;

        if (text[0] == '\0' || strlen(text) > 10 || strspn(text, "0123456789") != strlen(text))
                return error_set(reterr, -EINVAL, "%s takes a number, not '%s'", name, text);
        for (const char *p = text; *p; p++)
                number = number * 10 + (*p - '0');
        if (number > max)
                return error_set(reterr, -EINVAL, "%s takes a number up to %lld, not '%s'", name, (long long) max,
                                 text);
        *ret = number;
        return 0;
}

/* ADDR:PORT or [ADDR]:PORT */
static int parse_listen(const char *text, Options *options, Error *reterr) {
        const char *colon = strrchr(text, ':');
        char address[INET6_ADDRSTRLEN + 2];
        int64_t port;
        size_t length;
        int r;

        if (!colon || (size_t) (colon - text) >= sizeof(address))
                return error_set(reterr, -EINVAL, "--listen takes ADDR:PORT, such as 127.0.0.1:8080, not '%s'", text);
        r = parse_number("the port of --listen", colon + 1, UINT16_MAX, &port, reterr);
        if (r < 0)
                return r;

        length = (size_t) (colon - text);
        memcpy(address, text, length);
        address[length] = '\0';
        memset(&options->listen, 0, sizeof(options->listen));
        if (inet_pton(AF_INET, address, &options->listen.in.sin_addr) == 1) {
                options->listen.in.sin_family = AF_INET;
                options->listen.in.sin_port = htons((uint16_t) port);
                return 0;
        }
        if (length > 2 && address[0] == '[' && address[length - 1] == ']') {
                address[length - 1] = '\0';
                if (inet_pton(AF_INET6, address + 1, &options->listen.in6.sin6_addr) == 1) {
                        options->listen.in6.sin6_family = AF_INET6;
                        options->listen.in6.sin6_port = htons((uint16_t) port);
                        return 0;
                }
        }
        return error_set(reterr, -EINVAL, "--listen takes the address in numbers, not '%s'", text);
}

static int take(Options *options, int option, const char *value, Error *reterr) {
        switch (option) {
        case OPTION_LISTEN:
                return parse_listen(value, options, reterr);
        case OPTION_ALLOW_REMOTE:
                options->allow_remote = true;
                return 0;
        case OPTION_PORT_FILE:
                options->port_file = value;
                return 0;
        case OPTION_DATABASE:
                options->database = value;
                return 0;
        case OPTION_SEED:
                return parse_number("--seed", value, 10 * 1000 * 1000, &options->seed, reterr);
        case OPTION_SEED_START:
                options->seed_start = value;
                return 0;
        case OPTION_LEVELS:
                options->levels = value;
                return 0;
        case OPTION_APIUSER:
                options->apiuser = value;
                return 0;
        case OPTION_APIKEY:
                options->apikey = value;
                return 0;
        case OPTION_LOG:
                options->log = value;
                return 0;
        case OPTION_BATCH_LIMIT:
                return parse_number("--batch-limit", value, 10000, &options->batch_limit, reterr);
        case OPTION_HELP:
                (void) fputs(help, stdout);
                return OPTIONS_DONE;
        case OPTION_VERSION:
                (void) puts("lockt-sim " SIM_VERSION);
                return OPTIONS_DONE;
        default:
                return error_set(reterr, -EINVAL, "see lockt-sim --help");
        }
}

int options_parse(int argc, char **argv, Options *ret, Error *reterr) {
        Options options = {
                .database = ":memory:",
                .seed_start = "100001",
                .levels = "Cardholder,Security,Administration,Housekeeping",
        };
        int option, r;

        r = parse_listen("127.0.0.1:0", &options, reterr);
        if (r < 0)
                return r;
        while ((option = getopt_long(argc, argv, "", table, NULL)) >= 0) {
                r = take(&options, option, optarg, reterr);
                if (r != 0)
                        return r;
        }
        if (optind < argc)
                return error_set(reterr, -EINVAL, "'%s' is not expected: there are options only", argv[optind]);
        if (!options.allow_remote && !options_is_loopback(&options.listen.any))
                return error_set(reterr, -EINVAL, "--listen takes an address of this machine, such as 127.0.0.1; "
                                 "for another one add --allow-remote");
        *ret = options;
        return 0;
}
