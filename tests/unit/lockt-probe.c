/*
 * Drives each call of the Lockt client from a command line, for tests/integration/test_lockt_client.py:
 *
 *      lockt-probe [OPTION]… URL list|count|levels|ping|id N|idnum TEXT|download
 *      lockt-probe [OPTION]… URL create|update|put|validate PROPERTY=VALUE… [, PROPERTY=VALUE…]…
 *      lockt-probe [OPTION]… URL fobs|fob NAME ID_NUM CARD|assign ID USER_ID EXPIRES|reissue JSON
 *
 * Users and levels are printed as lines of JSON, then the answer as the last line. `count` prints only the latter;
 * `download` is the same request by libcurl alone, whose time `count` is compared with. --hang-resolver replaces
 * getaddrinfo() by one that never returns. The last line also holds how long it took, and the greatest memory.
 */

#include <curl/curl.h>
#include <dlfcn.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "lib/base/time.h"
#include "lib/lockt/lockt.h"

enum {
        RECORDS_MAX = 101,
        ARGUMENT_MAX = 512,
};

typedef struct Probe {
        sd_event *event;
        Lockt *lockt;
        LocktOptions options;
        bool print;
        bool stop_after_first;
        uint64_t n_users, n_fobs, n_unclear, n_levels;
        int exit_status;
        uint64_t began_usec, ended_usec;
        User users[RECORDS_MAX];
        const User *pointers[RECORDS_MAX];
        uint32_t masks[RECORDS_MAX];
        size_t n_records;
} Probe;

static bool hang_resolver;

/* Stands in front of the C library's, which is what libcurl's resolver thread calls. */
#pragma GCC visibility push(default)
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **ret) {
        int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **) = NULL;
        void *symbol = dlsym(RTLD_NEXT, "getaddrinfo");

        while (hang_resolver)
                (void) pause();
        memcpy(&real, &symbol, sizeof(real));
        return real ? real(node, service, hints, ret) : EAI_FAIL;
}
#pragma GCC visibility pop

static uint64_t now_usec(void) {
        struct timespec now;

        (void) clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t) now.tv_sec * 1000000 + (uint64_t) now.tv_nsec / 1000;
}

static void print_object(json_object *object) {
        (void) puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN));
        json_object_put(object);
}

static void add_text(json_object *object, const char *key, const char *text) {
        json_object_object_add(object, key, json_object_new_string(text));
}

static void add_number(json_object *object, const char *key, uint64_t number) {
        json_object_object_add(object, key, json_object_new_int64((int64_t) number));
}

static void add_instant(json_object *object, const char *key, int64_t instant) {
        char text[INSTANT_TEXT_SIZE] = "?";

        (void) instant_format_iso(instant, text);
        add_text(object, key, text);
}

static void print_user(const User *user, bool is_fob) {
        json_object *object = json_object_new_object(), *levels = json_object_new_array();

        json_object_object_add(object, "id", json_object_new_int64(user->id));
        for (Property property = 0; property < TEXT_PROPERTIES; property++)
                add_text(object, property_name(property), user_text(user, property));
        add_instant(object, "access_effective", user->access_effective);
        add_instant(object, "access_expires", user->access_expires);
        json_object_object_add(object, "enabled", json_object_new_boolean(user->enabled));
        for (size_t i = 0; i < user->n_levels; i++)
                json_object_array_add(levels, json_object_new_int64(user->levels[i]));
        json_object_object_add(object, "accesslevels", levels);
        json_object_object_add(object, "levels_known", json_object_new_boolean(user->levels_known));
        json_object_object_add(object, "is_fob", json_object_new_boolean(is_fob));
        add_number(object, "unclear", user->unclear);
        print_object(object);
}

static int on_user(void *userdata, const User *user, bool is_fob) {
        Probe *probe = userdata;

        probe->n_users++;
        probe->n_fobs += is_fob;
        probe->n_unclear += user->unclear != 0;
        if (probe->print)
                print_user(user, is_fob);
        return probe->stop_after_first ? -ECANCELED : 0;
}

static int on_level(void *userdata, const Level *level) {
        json_object *object = json_object_new_object();
        Probe *probe = userdata;

        probe->n_levels++;
        json_object_object_add(object, "id", json_object_new_int64(level->id));
        add_text(object, "name", level->name ? level->name : "");
        print_object(object);
        return 0;
}

/* Not ru_maxrss, which begins with what the parent had when it forked. */
static uint64_t peak_kib(void) {
        FILE *status = fopen("/proc/self/status", "re");
        unsigned long kib = 0;
        char line[256];

        while (status && fgets(line, sizeof(line), status)) {
                if (sscanf(line, "VmHWM: %lu", &kib) == 1)
                        break;
        }
        if (status)
                (void) fclose(status);
        return kib;
}

static void add_effort(const Probe *probe, json_object *object) {
        struct rusage usage;

        (void) getrusage(RUSAGE_SELF, &usage);
        add_number(object, "usec", probe->ended_usec - probe->began_usec);
        add_number(object, "cpu_usec", (uint64_t) (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
                   (uint64_t) (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec));
        add_number(object, "rss_kib", peak_kib());
}

static void print_answer(const Probe *probe, const LocktAnswer *answer) {
        json_object *object = json_object_new_object(), *failures = json_object_new_array();

        add_text(object, "verdict", lockt_verdict_name(answer->verdict));
        json_object_object_add(object, "status", json_object_new_int64(answer->status));
        json_object_object_add(object, "sent", json_object_new_boolean(answer->sent));
        add_number(object, "retry_after_usec", answer->retry_after_usec);
        add_number(object, "batch_limit", answer->batch_limit);
        add_number(object, "submitted", answer->submitted);
        add_number(object, "inserted", answer->inserted);
        add_number(object, "updated", answer->updated);
        add_number(object, "errors", answer->errors);
        for (size_t i = 0; i < answer->n_failures; i++) {
                json_object *failure = json_object_new_object();

                add_number(failure, "index", answer->failures[i].index);
                add_text(failure, "message", answer->failures[i].message);
                json_object_array_add(failures, failure);
        }
        json_object_object_add(object, "failures", failures);
        add_text(object, "message", answer->message ? answer->message : "");
        add_number(object, "users", probe->n_users);
        add_number(object, "fobs", probe->n_fobs);
        add_number(object, "unclear", probe->n_unclear);
        add_number(object, "levels", probe->n_levels);
        add_effort(probe, object);
        print_object(object);
}

static void on_done(void *userdata, const LocktAnswer *answer) {
        Probe *probe = userdata;

        probe->ended_usec = now_usec();
        print_answer(probe, answer);
        /* Freeing the client from here is allowed, so it is done here. */
        probe->lockt = lockt_free(probe->lockt);
        (void) sd_event_exit(probe->event, 0);
}

static int on_stop(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata) {
        Probe *probe = userdata;

        probe->lockt = lockt_free(probe->lockt);
        return sd_event_exit(probe->event, 3);
}

static size_t drop(char *bytes, size_t size, size_t count, void *userdata) {
        return size * count;
}

/* The same bytes, and nothing done with them. */
static int download(Probe *probe) {
        struct curl_slist *headers = NULL;
        CURL *easy = curl_easy_init();
        char header[ARGUMENT_MAX];
        curl_off_t length = 0;
        json_object *object;
        CURLcode code;

        (void) snprintf(header, sizeof(header), "apiuser: %s", probe->options.apiuser);
        headers = curl_slist_append(headers, header);
        (void) snprintf(header, sizeof(header), "apikey: %s", probe->options.apikey);
        headers = curl_slist_append(headers, header);
        headers = curl_slist_append(headers, "Content-Type: application/json");
        (void) snprintf(header, sizeof(header), "%s/user", probe->options.url);
        (void) curl_easy_setopt(easy, CURLOPT_URL, header);
        (void) curl_easy_setopt(easy, CURLOPT_PROXY, "");
        (void) curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
        (void) curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop);
        probe->began_usec = now_usec();
        code = curl_easy_perform(easy);
        probe->ended_usec = now_usec();
        (void) curl_easy_getinfo(easy, CURLINFO_SIZE_DOWNLOAD_T, &length);
        curl_easy_cleanup(easy);
        curl_slist_free_all(headers);

        object = json_object_new_object();
        add_text(object, "verdict", code == CURLE_OK ? "ok" : curl_easy_strerror(code));
        add_number(object, "bytes", (uint64_t) length);
        add_effort(probe, object);
        print_object(object);
        return code == CURLE_OK ? 0 : 1;
}

static int set_property(User *user, const char *name, const char *value, uint32_t *mask) {
        Property property = property_from_name(name);
        char *end;

        if (strcmp(name, "id") == 0) {
                user->id = strtoll(value, &end, 10);
                return 0;
        }
        if (property == PROPERTIES)
                return -EINVAL;
        *mask |= PROPERTY_BIT(property);
        switch (property) {
        case PROPERTY_ENABLED:
                user->enabled = strcmp(value, "true") == 0;
                return 0;
        case PROPERTY_ACCESS_EFFECTIVE:
                return instant_parse_api(value, "UTC", &user->access_effective);
        case PROPERTY_ACCESS_EXPIRES:
                return instant_parse_api(value, "UTC", &user->access_expires);
        case PROPERTY_ACCESSLEVELS:
                user->levels_known = true;
                return *value ? user_levels_parse(user, value) : 0;
        default:
                return user_set_text(user, property, value);
        }
}

static int read_records(Probe *probe, char **arguments) {
        size_t n = 0;

        probe->users[0] = USER_INIT;
        for (; *arguments; arguments++) {
                char name[32] = "";
                const char *equals = strchr(*arguments, '=');

                if (strcmp(*arguments, ",") == 0) {
                        if (++n >= RECORDS_MAX)
                                return -E2BIG;
                        probe->users[n] = USER_INIT;
                        continue;
                }
                if (!equals || (size_t) (equals - *arguments) >= sizeof(name))
                        return -EINVAL;
                memcpy(name, *arguments, (size_t) (equals - *arguments));
                if (set_property(&probe->users[n], name, equals + 1, &probe->masks[n]) < 0)
                        return -EINVAL;
        }
        probe->n_records = n + 1;
        for (size_t i = 0; i <= n; i++)
                probe->pointers[i] = &probe->users[i];
        return 0;
}

static int write_records(Probe *probe, LocktWrite kind, char **arguments, Error *reterr) {
        int r;

        r = read_records(probe, arguments);
        if (r < 0)
                return error_set(reterr, r, "a record is PROPERTY=VALUE…, and a comma of its own parts two");
        return lockt_write_users(probe->lockt, kind, probe->pointers, probe->masks, probe->n_records, on_done, probe,
                                 NULL, reterr);
}

static int on_fob(void *userdata, const LocktFob *fob) {
        char *line = lockt_object_format(LOCKT_FOB, fob, false);

        (void) puts(line);
        free(line);
        return 0;
}

static int start_fob(Probe *probe, const char *verb, char **arguments, Error *reterr) {
        LocktFob fob = { .name = arguments[0], .access_effective = INSTANT_NONE, .access_expires = INSTANT_NONE };
        LocktAssignment assignment = { .access_effective = INSTANT_NONE, .access_expires = INSTANT_NONE };
        const LocktFob *fobs[] = { &fob };

        if (strcmp(verb, "fobs") == 0)
                return lockt_list_fobs(probe->lockt, on_fob, on_done, probe, NULL, reterr);
        if (!arguments[0] || !arguments[1] || !arguments[2])
                return error_set(reterr, -EINVAL, "'%s' takes three arguments", verb);
        if (strcmp(verb, "fob") == 0) {
                fob.id_num = arguments[1];
                fob.card_num = arguments[2];
                return lockt_create_fobs(probe->lockt, fobs, 1, on_done, probe, NULL, reterr);
        }
        assignment.id = strtoll(arguments[0], NULL, 10);
        assignment.user_id = strtoll(arguments[1], NULL, 10);
        if (instant_parse_api(arguments[2], "UTC", &assignment.access_expires) < 0)
                return error_set(reterr, -EINVAL, "'%s' is no time", arguments[2]);
        return lockt_assign_fobs(probe->lockt, &assignment, 1, on_done, probe, NULL, reterr);
}

static int validate_records(Probe *probe, char **arguments, Error *reterr) {
        int r;

        r = read_records(probe, arguments);
        if (r < 0)
                return error_set(reterr, r, "a record is PROPERTY=VALUE…, and a comma of its own parts two");
        return lockt_validate_users(probe->lockt, LOCKT_CREATE, probe->pointers, probe->n_records, on_done, probe, NULL,
                                    reterr);
}

static int start(Probe *probe, const char *verb, char **arguments, Error *reterr) {
        if (strcmp(verb, "list") == 0 || strcmp(verb, "count") == 0) {
                probe->print = verb[0] == 'l';
                return lockt_list_users(probe->lockt, on_user, on_done, probe, NULL, reterr);
        }
        probe->print = true;
        if (strcmp(verb, "levels") == 0)
                return lockt_list_levels(probe->lockt, on_level, on_done, probe, NULL, reterr);
        if (strcmp(verb, "ping") == 0)
                return lockt_ping(probe->lockt, on_done, probe, NULL, reterr);
        if (strcmp(verb, "id") == 0 && *arguments)
                return lockt_get_user(probe->lockt, strtoll(*arguments, NULL, 10), NULL, on_user, on_done, probe, NULL,
                                      reterr);
        if (strcmp(verb, "idnum") == 0 && *arguments)
                return lockt_get_user(probe->lockt, 0, *arguments, on_user, on_done, probe, NULL, reterr);
        if (strcmp(verb, "create") == 0)
                return write_records(probe, LOCKT_CREATE, arguments, reterr);
        if (strcmp(verb, "update") == 0)
                return write_records(probe, LOCKT_UPDATE, arguments, reterr);
        if (strcmp(verb, "put") == 0)
                return write_records(probe, LOCKT_UPDATE_PUT, arguments, reterr);
        if (strcmp(verb, "validate") == 0)
                return validate_records(probe, arguments, reterr);
        if (strcmp(verb, "fobs") == 0 || strcmp(verb, "fob") == 0 || strcmp(verb, "assign") == 0)
                return start_fob(probe, verb, arguments, reterr);
        if (strcmp(verb, "reissue") == 0 && *arguments)
                return lockt_reissue_credentials(probe->lockt, *arguments, 1, on_done, probe, NULL, reterr);
        return error_set(reterr, -EINVAL, "there is no '%s'", verb);
}

static int run(Probe *probe, const char *verb, char **arguments, Error *reterr) {
        sigset_t stop;
        int r;

        if (strcmp(verb, "download") == 0)
                return download(probe);

        (void) sigemptyset(&stop);
        (void) sigaddset(&stop, SIGTERM);
        (void) sigprocmask(SIG_BLOCK, &stop, NULL);
        r = sd_event_new(&probe->event);
        if (r >= 0)
                r = sd_event_add_signal(probe->event, NULL, SIGTERM, on_stop, probe);
        if (r < 0)
                return error_set(reterr, r, "cannot set up the event loop");
        r = lockt_new(probe->event, &probe->options, &probe->lockt, reterr);
        if (r >= 0) {
                probe->began_usec = now_usec();
                r = start(probe, verb, arguments, reterr);
        }
        if (r >= 0) {
                (void) fputs("started\n", stderr);
                r = sd_event_loop(probe->event);
        }
        probe->lockt = lockt_free(probe->lockt);
        sd_event_unref(probe->event);
        return r;
}

int main(int argc, char **argv) {
        static const struct option options[] = {
                { "apiuser", required_argument, NULL, 'u' }, { "apikey", required_argument, NULL, 'k' },
                { "ca-file", required_argument, NULL, 'c' }, { "timeout-ms", required_argument, NULL, 't' },
                { "timezone", required_argument, NULL, 'z' }, { "native-booleans", no_argument, NULL, 'n' },
                { "hang-resolver", no_argument, NULL, 'h' }, { "stop-after-first", no_argument, NULL, 's' },
                { NULL, 0, NULL, 0 },
        };
        static Probe probe = { .options = { .apiuser = "lockt-sim", .apikey = "lockt-sim-key", .timezone = "UTC",
                                            .timeout_usec = 20000000 } };
        Error error = ERROR_INIT;
        int option, r;

        while ((option = getopt_long(argc, argv, "+", options, NULL)) >= 0) {
                switch (option) {
                case 'u':
                        probe.options.apiuser = optarg;
                        break;
                case 'k':
                        probe.options.apikey = optarg;
                        break;
                case 'c':
                        probe.options.ca_file = optarg;
                        break;
                case 't':
                        probe.options.timeout_usec = strtoull(optarg, NULL, 10) * 1000;
                        break;
                case 'z':
                        probe.options.timezone = optarg;
                        break;
                case 'n':
                        probe.options.native_booleans = true;
                        break;
                case 'h':
                        hang_resolver = true;
                        break;
                case 's':
                        probe.stop_after_first = true;
                        break;
                default:
                        return 2;
                }
        }
        if (argc - optind < 2)
                return 2;
        probe.options.url = argv[optind];
        r = run(&probe, argv[optind + 1], argv + optind + 2, &error);
        if (r < 0)
                (void) fprintf(stderr, "lockt-probe: %s\n", error_message(&error));
        for (size_t i = 0; i < probe.n_records; i++)
                user_deinit(&probe.users[i]);
        error_clear(&error);
        return r < 0 ? 1 : r;
}
