/* revert: plans the way back from a cycle */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <syslog.h>

#include "daemon/control-call.h"
#include "daemon/control-json.h"
#include "daemon/journal.h"
#include "daemon/messages.h"
#include "lib/sync/revert.h"

typedef struct Reverting {
        SyncRevert revert;
        char who[32];
} Reverting;

static int begin_revert(Call *call) {
        Reverting *reverting = call->data;

        (void) snprintf(reverting->who, sizeof(reverting->who), "user id %u", call->peer);
        reverting->revert = (SyncRevert) { .cycle = call_number(call, "cycle", 0), .by = reverting->who,
                                           .reason = call_text(call, "reason") };
        return reverting->revert.cycle > 0 ? 0 : call_usage(call, "cycles are numbered from 1 on");
}

static void say_person(void *userdata, const char *key, const char *what, const char *refused) {
        struct json_object *line = json_object_new_object();

        json_add_text(line, "id_num", key);
        json_add_text(line, "what", what);
        json_add_text(line, "refused", refused);
        call_say(userdata, "revert", line);
}

static int next_revert(Call *call) {
        Reverting *reverting = call->data;
        SyncRevert *revert = &reverting->revert;
        struct json_object *line;
        int r;

        r = sync_revert(call->service->sync, clock_now(), revert, say_person, call, &call->error);
        if (r == -ENOENT)
                return r;
        r = service_check(call->service, r, &call->error);
        if (r != 0)
                return r < 0 ? r : CALL_AGAIN;
        journal_say(MESSAGE(MESSAGE_STEERED, "steered", LOG_NOTICE, .action = "revert"),
                    "%s planned the way back from cycle %" PRId64 ": %" PRId64 " people wait for the approval of %s",
                    reverting->who, revert->cycle, revert->group.n, revert->group.digest);
        line = json_object_new_object();
        json_add_number(line, "cycle", revert->cycle);
        json_add_number(line, "people", revert->group.n);
        json_add_number(line, "refused", revert->refused);
        json_add_text(line, "digest", revert->group.digest);
        call_say(call, "reverting", line);
        return CALL_DONE;
}

static const Member revert_members[] = { { "cycle", MEMBER_NUMBER, true }, { "reason", MEMBER_TEXT, false }, { 0 } };

const Command command_revert = { .name = "revert", .steers = true, .alone = true, .members = revert_members,
        .size = sizeof(Reverting), .begin = begin_revert, .next = next_revert };
