/* locktsyncctl check [--config F]: the configuration against the world, by the daemon or alone. */

#include <errno.h>

#include "daemon/ctl/check.h"
#include "daemon/ctl/client.h"
#include "daemon/ctl/member.h"

#define CONFIG_DEFAULT "/etc/locktsync/locktsync.yaml"

static int on_ping(void *userdata, const char *name, struct json_object *value, const char *line, size_t length) {
        (void) userdata;
        (void) name;
        (void) value;
        (void) line;
        (void) length;
        return 0;
}

/* Whether nobody listens; other trouble is the real request's to tell. */
static bool no_daemon(Ctl *ctl) {
        struct json_object *request = ctl_request("ping");
        int r, exit;

        if (!request)
                return false;
        r = client_ask(ctl->socket, request, 5000, on_ping, NULL, &exit, NULL);
        (void) json_object_put(request);
        return r == -ENOENT || r == -ECONNREFUSED;
}

int verb_check(Ctl *ctl) {
        CheckReport report = { .ctl = ctl };
        bool complete;
        int exit, verdict;

        if (ctl->config)
                return check_alone(ctl, ctl->config);
        if (no_daemon(ctl)) {
                ctl_complain("nobody answers on '%s'; checking " CONFIG_DEFAULT " without the daemon", ctl->socket);
                return check_alone(ctl, CONFIG_DEFAULT);
        }
        exit = ctl_ask(ctl, ctl_request("check"), true, check_show, &report, &complete);
        if (!complete || ctl->json)
                return exit;
        verdict = check_verdict(&report);
        return exit != CTL_OK ? exit : verdict;
}
