/*
 * hr-probe: drives lib/hr against a real PostgreSQL, for tests/integration/test_hr_module.py
 *
 * Prints what the handlers are told, one event a line, fields separated by '|'. Names that end in .slow.invalid are
 * never answered: getaddrinfo() is ours here, and stands for a name server that hangs.
 */

#include <dlfcn.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/hr/hr.h"

#define MAX_KEYS 1000

typedef struct Probe {
        sd_event *event;
        HrReader *reader;
        HrWatcher *watcher;
        HrOptions options;
        const char *keys[MAX_KEYS];
        size_t n_keys;
        uint64_t repeat;                /* reads to do, one after the other on one connection */
        uint64_t cancel_after;          /* rows; 0: never */
        uint64_t refuse_after;          /* rows; 0: never */
        uint64_t stop_after;            /* rows, in the first read; 0: never */
        uint64_t free_after_usec;       /* 0: never */
        bool refuse_begin;
        bool free_in_end;
        bool pause;                     /* between two reads, a line of stdin is waited for */
        bool quiet;                     /* count the rows instead of printing them */
        uint64_t n_rows;
        int result;
} Probe;

/* Visible, so that libpq's own lookups would come here too. */
__attribute__((__visibility__("default")))
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **ret) {
        int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
        void *symbol = dlsym(RTLD_NEXT, "getaddrinfo");
        size_t n = name ? strlen(name) : 0;

        if (n > 13 && !(hints && hints->ai_flags & AI_NUMERICHOST) && strcmp(name + n - 13, ".slow.invalid") == 0)
                (void) sleep(3600);

        memcpy(&real, &symbol, sizeof(real));
        return real(name, service, hints, ret);
}

/* What getrusage() calls the peak may be that of the program that started us. */
static long peak_kib(void) {
        char line[128];
        long peak = 0;
        FILE *status;

        status = fopen("/proc/self/status", "re");
        if (!status)
                return -1;
        while (fgets(line, sizeof(line), status))
                if (strncmp(line, "VmHWM:", 6) == 0)
                        peak = strtol(line + 6, NULL, 10);
        (void) fclose(status);
        return peak;
}

static uint64_t now_usec(void) {
        struct timespec t;

        (void) clock_gettime(CLOCK_MONOTONIC, &t);
        return (uint64_t) t.tv_sec * 1000000 + (uint64_t) t.tv_nsec / 1000;
}

static int begun(void *userdata, const HrSnapshot *s) {
        Probe *probe = userdata;

        (void) printf("begun|%s|%s|%" PRId64 "|%d|%d|%d|%d|%" PRId64, s->system_identifier, s->database, s->timeline,
                      s->lsn > 0, s->in_recovery, s->has_as_of, s->loading, s->as_of);
        for (size_t i = 0; i < s->n_columns; i++)
                (void) printf("|%s:%" PRIu32, s->columns[i].name, s->columns[i].type);
        (void) printf("\n");
        return probe->refuse_begin ? -ENOTSUP : 0;
}

static int row(void *userdata, const char *line, size_t length) {
        Probe *probe = userdata;

        probe->n_rows++;
        if (!probe->quiet) {
                (void) printf("row|");
                (void) fwrite(line, 1, length, stdout);
                (void) printf("\n");
        }
        if (probe->stop_after > 0 && probe->n_rows == probe->stop_after) {
                /* Until a SIGCONT: the server can't get rid of its rows meanwhile. */
                (void) printf("stopped\n");
                probe->stop_after = 0;
                (void) raise(SIGSTOP);
        }
        if (probe->cancel_after > 0 && probe->n_rows == probe->cancel_after) {
                (void) printf("cancel\n");
                hr_reader_cancel(probe->reader);
                return 0;
        }
        return probe->refuse_after > 0 && probe->n_rows == probe->refuse_after ? -ENOTSUP : 0;
}

static int next_read(Probe *probe) {
        Error error = ERROR_INIT;
        char line[16];
        int r;

        (void) fflush(stdout);
        if (probe->pause && !fgets(line, sizeof(line), stdin))
                return -EIO;

        probe->n_rows = 0;
        r = hr_reader_start(probe->reader, probe->n_keys > 0 ? probe->keys : NULL, probe->n_keys, &error);
        if (r < 0)
                (void) printf("refused|%s|%s\n", strerrorname_np(-r), error_message(&error));
        error_clear(&error);
        return r;
}

static void end(void *userdata, int result, const Error *error) {
        Probe *probe = userdata;
        const HrProblem *p = hr_reader_problem(probe->reader);

        (void) printf("end|%s|%" PRIu64 "|%s|%d|%u|%u|%s\n", result < 0 ? strerrorname_np(-result) : "0", probe->n_rows,
                      p->sqlstate, (int) p->place, p->line, p->column, result < 0 ? error_message(error) : "");
        probe->result = result;

        if (probe->free_in_end)
                probe->reader = hr_reader_free(probe->reader);
        if (!probe->reader || --probe->repeat == 0 || next_read(probe) < 0)
                (void) sd_event_exit(probe->event, 0);
}

static void up(void *userdata, bool leader) {
        Probe *probe = userdata;

        (void) printf("up|%d|%d\n", leader, hr_watcher_listening(probe->watcher));
}

static void lead(void *userdata) {
        (void) printf("leader\n");
}

static void notified(void *userdata, const char *payload) {
        Probe *probe = userdata;

        (void) printf("notified|%s\n", payload);
        if (probe->free_in_end) {
                probe->watcher = hr_watcher_free(probe->watcher);
                (void) sd_event_exit(probe->event, 0);
        }
}

static void down(void *userdata, const Error *error) {
        (void) printf("down|%s\n", error_message(error));
}

static int on_free(sd_event_source *source, uint64_t usec, void *userdata) {
        Probe *probe = userdata;
        uint64_t before = now_usec();

        probe->reader = hr_reader_free(probe->reader);
        probe->watcher = hr_watcher_free(probe->watcher);
        (void) printf("freed|%" PRIu64 "\n", now_usec() - before);
        (void) sd_event_exit(probe->event, 0);
        return 0;
}

static uint64_t number(const char *text) {
        return strtoull(text, NULL, 10);
}

static int parse(Probe *probe, int argc, char **argv) {
        enum { AS_OF = 256, ZONE, KEY, STATEMENT_TIMEOUT, LOCK_TIMEOUT, CONNECT_TIMEOUT, REPEAT, CANCEL, REFUSE,
               REFUSE_BEGIN, STOP, FREE_AFTER, FREE_IN_END, QUIET, PAUSE };
        static const struct option options[] = {
                { "as-of", required_argument, NULL, AS_OF },
                { "zone", required_argument, NULL, ZONE },
                { "key", required_argument, NULL, KEY },
                { "statement-timeout", required_argument, NULL, STATEMENT_TIMEOUT },
                { "lock-timeout", required_argument, NULL, LOCK_TIMEOUT },
                { "connect-timeout", required_argument, NULL, CONNECT_TIMEOUT },
                { "repeat", required_argument, NULL, REPEAT },
                { "cancel-after", required_argument, NULL, CANCEL },
                { "refuse-after", required_argument, NULL, REFUSE },
                { "refuse-begin", no_argument, NULL, REFUSE_BEGIN },
                { "stop-after", required_argument, NULL, STOP },
                { "free-after", required_argument, NULL, FREE_AFTER },
                { "free-in-end", no_argument, NULL, FREE_IN_END },
                { "quiet", no_argument, NULL, QUIET },
                { "pause", no_argument, NULL, PAUSE },
                { NULL, 0, NULL, 0 },
        };
        int c;

        while ((c = getopt_long(argc, argv, "", options, NULL)) >= 0) {
                switch (c) {
                case AS_OF:
                        probe->options.as_of = optarg;
                        break;
                case ZONE:
                        probe->options.timezone = optarg;
                        break;
                case KEY:
                        if (probe->n_keys < MAX_KEYS)
                                probe->keys[probe->n_keys++] = optarg;
                        break;
                case STATEMENT_TIMEOUT:
                        probe->options.statement_timeout_usec = number(optarg) * 1000;
                        break;
                case LOCK_TIMEOUT:
                        probe->options.lock_timeout_usec = number(optarg) * 1000;
                        break;
                case CONNECT_TIMEOUT:
                        probe->options.connect_timeout_usec = number(optarg) * 1000;
                        break;
                case REPEAT:
                        probe->repeat = number(optarg);
                        break;
                case CANCEL:
                        probe->cancel_after = number(optarg);
                        break;
                case REFUSE:
                        probe->refuse_after = number(optarg);
                        break;
                case REFUSE_BEGIN:
                        probe->refuse_begin = true;
                        break;
                case STOP:
                        probe->stop_after = number(optarg);
                        break;
                case FREE_AFTER:
                        probe->free_after_usec = number(optarg) * 1000;
                        break;
                case FREE_IN_END:
                        probe->free_in_end = true;
                        break;
                case QUIET:
                        probe->quiet = true;
                        break;
                case PAUSE:
                        probe->pause = true;
                        break;
                default:
                        return -EINVAL;
                }
        }
        return argc - optind == 4 ? 0 : -EINVAL;
}

/* read CONNECTION QUERY KEY_COLUMN */
static int start_read(Probe *probe, char **argv, Error *reterr) {
        static const HrReadHandler handler = { begun, row, end };
        int r;

        probe->options.connection = argv[1];
        probe->options.people = argv[2];
        probe->options.key_column = argv[3];
        r = hr_reader_new(probe->event, &probe->options, &handler, probe, &probe->reader, reterr);
        return r < 0 ? r : next_read(probe);
}

/* watch CONNECTION CHANNEL LOCK */
static int start_watch(Probe *probe, char **argv, Error *reterr) {
        static const HrWatchHandler handler = { up, lead, notified, down };

        probe->options.connection = argv[1];
        return hr_watcher_new(probe->event, &probe->options, argv[2][0] ? argv[2] : NULL, strtoll(argv[3], NULL, 10),
                              &handler, probe, &probe->watcher, reterr);
}

static int run(Probe *probe, char **argv) {
        Error error = ERROR_INIT;
        int r;

        if (strcmp(argv[0], "watch") == 0)
                r = start_watch(probe, argv, &error);
        else
                r = start_read(probe, argv, &error);
        if (r >= 0 && probe->free_after_usec > 0)
                r = sd_event_add_time_relative(probe->event, NULL, CLOCK_MONOTONIC, probe->free_after_usec, 1, on_free,
                                               probe);
        if (r >= 0)
                r = sd_event_loop(probe->event);
        if (error.code < 0)
                (void) printf("error|%s|%s\n", strerrorname_np(-error.code), error_message(&error));
        error_clear(&error);
        return r;
}

int main(int argc, char **argv) {
        Probe probe = { .repeat = 1 };
        uint64_t before = now_usec();
        int r;

        if (parse(&probe, argc, argv) < 0) {
                (void) fprintf(stderr, "usage: hr-probe [OPTION…] read CONNECTION QUERY KEY_COLUMN\n"
                               "       hr-probe [OPTION…] watch CONNECTION CHANNEL LOCK\n");
                return 2;
        }

        (void) setvbuf(stdout, NULL, _IOLBF, 0);
        if (sd_event_new(&probe.event) < 0)
                return 1;

        r = run(&probe, argv + optind);
        (void) hr_reader_free(probe.reader);
        (void) hr_watcher_free(probe.watcher);
        sd_event_unref(probe.event);

        (void) printf("done|%" PRIu64 "|%ld\n", now_usec() - before, peak_kib());
        return r < 0 || probe.result < 0 ? 1 : 0;
}
