/*
 * locktsyncd: keeps a Lockt SecureAccess instance true to an HR database
 *
 * What it was called with, what it keeps to itself, and then service.h.
 */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <syslog.h>

#include <systemd/sd-daemon.h>

#include "daemon/journal.h"
#include "daemon/messages.h"
#include "daemon/service.h"
#include "daemon/version.h"

/*
 * The API key and PINs are in our memory: no core file, no debugger of another process of the same user, and what we
 * write is ours alone unless said otherwise.
 */
static void keep_to_ourselves(void) {
        static const struct rlimit none = { 0, 0 };

        (void) prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
        (void) setrlimit(RLIMIT_CORE, &none);
        (void) umask(0077);
}

/* Blocked before there is a second thread (name lookup): the event loop takes them from a descriptor. */
static int take_signals(void) {
        sigset_t set;

        (void) sigemptyset(&set);
        (void) sigaddset(&set, SIGTERM);
        (void) sigaddset(&set, SIGINT);
        (void) sigaddset(&set, SIGHUP);
        (void) sigaddset(&set, SIGUSR1);
        (void) sigaddset(&set, SIGUSR2);
        if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
                return -errno;
        /* A client that went away and a file that may not grow are errors of a write, and no reason to die. */
        if (signal(SIGPIPE, SIG_IGN) == SIG_ERR || signal(SIGXFSZ, SIG_IGN) == SIG_ERR)
                return -errno;
        return 0;
}

int main(int argc, char **argv) {
        _cleanup_(options_deinit) Options options = { 0 };
        _cleanup_(error_clear) Error error = ERROR_INIT;
        int r;

        keep_to_ourselves();
        journal_init();

        r = options_parse(argc, argv, &options, &error);
        if (r < 0) {
                (void) fprintf(stderr, "locktsyncd: %s\n", error_message(&error));
                return r == -EINVAL ? SERVICE_USAGE : SERVICE_FAILED;
        }
        if (options.help || options.version) {
                if (options.help)
                        options_help(stdout);
                else
                        (void) printf("locktsyncd %s\n", LOCKTSYNC_VERSION);
                return fflush(stdout) == 0 ? EXIT_SUCCESS : SERVICE_FAILED;
        }

        r = take_signals();
        if (r < 0) {
                (void) fprintf(stderr, "locktsyncd: can't take signals: %s\n", strerror(-r));
                return SERVICE_FAILED;
        }
        return service_run(&options);
}
