/* locktsyncctl resync [--accept]: Lockt and HR are read anew and compared. */

#include "daemon/ctl/ctl.h"
#include "daemon/ctl/member.h"

static int show(void *userdata, const char *name, struct json_object *value) {
        (void) userdata;
        (void) name;
        (void) value;
        return 0;
}

int verb_resync(Ctl *ctl) {
        struct json_object *request = ctl_request("resync");
        bool complete;
        int exit;

        if (request && ctl->accept && json_object_object_add(request, "accept", json_object_new_boolean(true)) < 0) {
                (void) json_object_put(request);
                return ctl_oom();
        }
        exit = ctl_ask(ctl, request, false, show, NULL, &complete);
        if (!complete || ctl->json)
                return exit;
        screen_line(&ctl->screen, PAINT_NONE, 0, "Lockt and HR are being read anew, and everything is compared; see "
                    "'locktsyncctl status'.");
        if (ctl->accept)
                screen_line(&ctl->screen, PAINT_YELLOW, 0,
                            "The next listing of Lockt is believed, however many users it "
                            "lacks.");
        return exit;
}
