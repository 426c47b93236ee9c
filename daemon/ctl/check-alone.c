/* A file, checked without a daemon. See check.h. */

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "daemon/ctl/check.h"

/* The API key comes into our memory: no core file of it. */
static void keep_to_ourselves(void) {
        static const struct rlimit none = { 0, 0 };

        (void) prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
        (void) setrlimit(RLIMIT_CORE, &none);
        (void) signal(SIGPIPE, SIG_IGN);
}

/* Every mistake, as compilers say it, so that editors find the places. */
static int refuse(CheckReport *report, const ConfigErrors *errors, const char *path) {
        if (!report->ctl->json) {
                config_errors_print(errors, stderr);
                return CTL_CONFIG;
        }
        for (size_t i = 0; i < errors->n; i++)
                check_say(report, CHECK_ERROR, "configuration", NULL, "%s:%u:%u: %s",
                          errors->path ? errors->path : path, errors->items[i].mark.line, errors->items[i].mark.column,
                          errors->items[i].sentence);
        return CTL_CONFIG;
}

static void world_deinit(CheckWorld *world) {
        (void) mapping_free(world->mapping);
        for (size_t i = 0; i < world->n_levels; i++)
                free(world->levels[i].name);
        free(world->levels);
        (void) sd_event_unref(world->event);
}

int check_alone(Ctl *ctl, const char *path) {
        _cleanup_(config_errors_deinit) ConfigErrors errors = { 0 };
        _cleanup_(config_freep) Config *config = NULL;
        CheckReport report = { .ctl = ctl };
        _cleanup_(world_deinit) CheckWorld world = { .report = &report };
        int r;

        keep_to_ourselves();
        r = config_load(path, &config, &errors);
        if (r < 0)
                return refuse(&report, &errors, path);
        check_say(&report, CHECK_OK, "configuration", NULL, "%s", path);

        world.config = config;
        r = mapping_new(&config->mapping, &world.mapping);
        if (r >= 0)
                r = sd_event_new(&world.event);
        if (r >= 0)
                r = check_lockt(&world);
        if (r >= 0)
                r = check_hr(&world);
        if (r < 0) {
                ctl_complain("can't finish the check: %s", strerror(-r));
                return CTL_FAILED;
        }
        return check_verdict(&report);
}
