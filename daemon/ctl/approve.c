/* locktsyncctl approve DIGEST [--only ID_NUM…]: lets go what is held. */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "daemon/ctl/ctl.h"
#include "daemon/ctl/member.h"
#include "daemon/ctl/words.h"

static int add_text(struct json_object *request, const char *name, const char *value) {
        struct json_object *text = json_object_new_string(value);

        if (text && json_object_object_add(request, name, text) == 0)
                return 0;
        (void) json_object_put(text);
        return -ENOMEM;
}

static int add_people(const Ctl *ctl, struct json_object *request) {
        struct json_object *keys = json_object_new_array();

        if (!keys || json_object_object_add(request, "only", keys) < 0) {
                (void) json_object_put(keys);
                return -ENOMEM;
        }
        for (int i = 1; i < ctl->n_arguments; i++) {
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
        char people[WORDS_MAX];

        if (strcmp(name, "approved") == 0 && !member_flag(row, "found"))
                screen_line(&ctl->screen, PAINT_YELLOW, 0, "%s: was not held under this digest, or is held anew since",
                            member_text(row, "id_num"));
        if (strcmp(name, "approval") == 0)
                screen_line(&ctl->screen, PAINT_NONE, 0,
                            "%s approved, as far as HR still wants it; see 'locktsyncctl queue' and 'locktsyncctl "
                            "status'.",
                            words_of(people, member_number(row, "people"), "person's change is",
                                     "people's changes are"));
        return 0;
}

int verb_approve(Ctl *ctl) {
        struct json_object *request;

        if (!ctl->only && ctl->n_arguments > 1) {
                ctl_complain("'approve' means all that the digest stands for; for some alone: approve %s --only %s",
                             ctl->arguments[0], ctl->arguments[1]);
                return CTL_USAGE;
        }
        if (ctl->only && ctl->n_arguments < 2) {
                ctl_complain("'--only' needs the ID_NUM of at least one person; see 'approve --help'");
                return CTL_USAGE;
        }
        request = ctl_request("approve");
        if (request && (add_text(request, "digest", ctl->arguments[0]) < 0 ||
                        (ctl->reason && add_text(request, "reason", ctl->reason) < 0) ||
                        (ctl->only && add_people(ctl, request) < 0))) {
                (void) json_object_put(request);
                return ctl_oom();
        }
        return ctl_ask(ctl, request, false, show, ctl, NULL);
}
