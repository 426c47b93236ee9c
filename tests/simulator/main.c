/* lockt-sim: stands in for the Lockt SecureAccess cloud service. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/simulator/options.h"
#include "tests/simulator/seed.h"
#include "tests/simulator/server.h"
#include "tests/simulator/sim.h"

enum {
        EXIT_USAGE = 2,
};

static int write_whole(const char *path, const char *text, Error *reterr) {
        _cleanup_(closep) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        ssize_t n;

        if (fd < 0)
                return error_set(reterr, -errno, "cannot write '%s': %s", path, strerror(errno));
        n = write(fd, text, strlen(text));
        if (n < 0 || (size_t) n != strlen(text))
                return error_set(reterr, n < 0 ? -errno : -ENOSPC, "cannot write '%s' whole", path);
        return 0;
}

/* Under its own name it is complete, so that whoever waits for it may read it at once. */
static int write_port(const char *path, uint16_t port, Error *reterr) {
        _cleanup_(freep) char *partial = NULL;
        char text[16];
        int r;

        if (asprintf(&partial, "%s.new", path) < 0) {
                partial = NULL;
                return error_set(reterr, -ENOMEM, "cannot write '%s': out of memory", path);
        }
        (void) snprintf(text, sizeof(text), "%u\n", (unsigned) port);
        r = write_whole(partial, text, reterr);
        if (r < 0)
                return r;
        if (rename(partial, path) < 0)
                return error_set(reterr, -errno, "cannot rename '%s' to '%s': %s", partial, path, strerror(errno));
        return 0;
}

/* The bounds of the settings hold for the command line too. */
static int configure(Sim *sim, const Options *options, Error *reterr) {
        _cleanup_(json_object_putp) json_object *changes = json_object_new_object();
        int r = 0;

        if (!changes)
                return error_set(reterr, -ENOMEM, "out of memory");
        if (options->apiuser)
                r |= json_object_object_add(changes, "apiuser", json_object_new_string(options->apiuser));
        if (options->apikey)
                r |= json_object_object_add(changes, "apikey", json_object_new_string(options->apikey));
        if (options->batch_limit > 0)
                r |= json_object_object_add(changes, "batch_limit", json_object_new_int64(options->batch_limit));
        if (r != 0)
                return error_set(reterr, -ENOMEM, "out of memory");
        return settings_change(&sim->settings, changes, reterr);
}

static int fill(Sim *sim, const Options *options, Error *reterr) {
        int r;

        r = configure(sim, options, reterr);
        if (r < 0)
                return r;
        r = requestlog_open(options->log, &sim->log, reterr);
        if (r < 0)
                return r;
        r = store_open(options->database, &sim->store, reterr);
        if (r < 0)
                return r;
        r = seed_levels(sim->store, options->levels, reterr);
        if (r < 0)
                return r;
        return options->seed > 0 ? seed_users(sim->store, options->seed, options->seed_start, reterr) : 0;
}

static int serve(Sim *sim, const Options *options, const sigset_t *signals, Error *reterr) {
        _cleanup_(server_stopp) Server *server = NULL;
        int signal_number, r;

        r = server_start(sim, options, &server, reterr);
        if (r < 0)
                return r;
        if (options->port_file) {
                r = write_port(options->port_file, server_port(server), reterr);
                if (r < 0)
                        return r;
        }
        (void) printf("lockt-sim listens on port %u\n", (unsigned) server_port(server));
        (void) fflush(stdout);

        (void) sigwait(signals, &signal_number);
        sim_stop(sim);
        return 0;
}

/* Threads inherit the mask, so the signals reach sigwait() alone. */
static int block_signals(sigset_t *signals, Error *reterr) {
        (void) signal(SIGPIPE, SIG_IGN);
        (void) sigemptyset(signals);
        (void) sigaddset(signals, SIGTERM);
        (void) sigaddset(signals, SIGINT);
        if (sigprocmask(SIG_BLOCK, signals, NULL) < 0)
                return error_set(reterr, -errno, "cannot block signals: %s", strerror(errno));
        return 0;
}

static int run(const Options *options, Error *reterr) {
        sigset_t signals;
        Sim sim;
        int r;

        r = sim_init(&sim, reterr);
        if (r < 0)
                return r;
        r = block_signals(&signals, reterr);
        if (r == 0)
                r = fill(&sim, options, reterr);
        if (r == 0)
                r = serve(&sim, options, &signals, reterr);
        sim_deinit(&sim);
        return r;
}

int main(int argc, char **argv) {
        Error error = ERROR_INIT;
        Options options;
        int r;

        (void) umask(0077);
        r = options_parse(argc, argv, &options, &error);
        if (r == OPTIONS_DONE)
                return EXIT_SUCCESS;
        if (r < 0) {
                (void) fprintf(stderr, "lockt-sim: %s\n", error_message(&error));
                error_clear(&error);
                return EXIT_USAGE;
        }

        r = run(&options, &error);
        if (r < 0) {
                (void) fprintf(stderr, "lockt-sim: %s\n", error_message(&error));
                error_clear(&error);
                return EXIT_FAILURE;
        }
        return EXIT_SUCCESS;
}
