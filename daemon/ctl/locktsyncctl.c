/* locktsyncctl: asks and steers locktsyncd. See ctl.h. */

#include <errno.h>
#include <string.h>
#include <time.h>

#include "daemon/ctl/options.h"
#include "daemon/version.h"

static int64_t now_usec(void) {
        struct timespec ts = { 0 };

        (void) clock_gettime(CLOCK_REALTIME, &ts);
        return (int64_t) ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* What could not be written (a full disk) must not look like success. */
static int close_output(int exit) {
        bool failed = ferror(stdout) != 0;

        if (fflush(stdout) != 0 || failed) {
                ctl_complain("can't write the output: %s", strerror(errno));
                return exit == CTL_OK ? CTL_FAILED : exit;
        }
        return exit;
}

int main(int argc, char **argv) {
        _cleanup_(error_clear) Error error = ERROR_INIT;
        Screen screen;
        Ctl ctl;
        int r;

        screen_init(&screen, stdout, false);    /* the locale, for complaints, too */
        r = ctl_options_parse(argc, argv, &ctl, &error);
        if (r < 0) {
                ctl_complain("%s", error_message(&error));
                return r == -EINVAL ? CTL_USAGE : CTL_FAILED;
        }
        ctl.screen = screen;
        if (ctl.no_color)
                ctl.screen.color = false;
        ctl.now_usec = now_usec();

        if (ctl.help)
                ctl_help(stdout, ctl.verb);
        else if (ctl.version)
                (void) fputs("locktsyncctl " LOCKTSYNC_VERSION "\n", stdout);
        return close_output(ctl.help || ctl.version ? CTL_OK : ctl.verb->run(&ctl));
}
