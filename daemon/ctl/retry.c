/* locktsyncctl retry [ID_NUM…]: what waits is tried again now. */

#include <errno.h>
#include <string.h>

#include "daemon/ctl/ctl.h"
#include "daemon/ctl/member.h"

static int add_keys(const Ctl *ctl, struct json_object *request) {
        struct json_object *keys = json_object_new_array();

        if (!keys || json_object_object_add(request, "keys", keys) < 0) {
                (void) json_object_put(keys);
                return -ENOMEM;
        }
        for (int i = 0; i < ctl->n_arguments; i++) {
                struct json_object *key = json_object_new_string(ctl->arguments[i]);

                if (!key || json_object_array_add(keys, key) < 0) {
                        (void) json_object_put(key);
                        return -ENOMEM;
                }
        }
        return 0;
}

static int show(void *userdata, const char *name, struct json_object *row) {
        const Ctl *ctl = userdata;
        bool found = member_flag(row, "found");

        if (strcmp(name, "retry") == 0)
                screen_line(&ctl->screen, found ? PAINT_NONE : PAINT_YELLOW, 0, "%s: %s", member_text(row, "id_num"),
                            found ? "is tried again now" : "neither waits nor is parked");
        return 0;
}

int verb_retry(Ctl *ctl) {
        struct json_object *request = ctl_request("retry");
        bool complete;
        int exit;

        if (request && ctl->n_arguments > 0 && add_keys(ctl, request) < 0) {
                (void) json_object_put(request);
                return ctl_oom();
        }
        exit = ctl_ask(ctl, request, false, show, ctl, &complete);
        if (complete && !ctl->json && ctl->n_arguments == 0)
                screen_line(&ctl->screen, PAINT_NONE, 0,
                            "All that waits is tried again now; see 'locktsyncctl queue'.");
        return exit;
}
