/* create: doors, by POST /door, in the daemon's one write slot. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "daemon/control-call.h"
#include "daemon/control-json.h"
#include "daemon/journal.h"
#include "daemon/messages.h"
#include "lib/base/utf8.h"
#include "lib/lockt/lockt.h"

#define DOORS_MAX 100           /* of a write */

typedef struct Creating {
        LocktTurn turn;
        LocktCall *asked;
        bool done;
        size_t n_doors;
        LocktDoor doors[DOORS_MAX];             /* the names are the request's */
} Creating;

static const char *failure_of(const LocktAnswer *answer, size_t i) {
        for (size_t k = 0; k < answer->n_failures; k++)
                if (answer->failures[k].index == i)
                        return answer->failures[k].message;
        return NULL;
}

static void say_door(Call *call, const char *name, const char *failure, bool created) {
        struct json_object *line = json_object_new_object();

        json_add_text(line, "name", name);
        json_add_flag(line, "created", created);
        json_add_text(line, "text", failure ? failure : created ? "created" : "not known: see 'locktsyncctl get doors'");
        call_say(call, "door", line);
        if (!created)
                call->exit = SERVICE_FAILED;
}

static void on_done(void *userdata, const LocktAnswer *answer) {
        Call *call = userdata;
        Creating *creating = call->data;
        bool told = answer->verdict == LOCKT_OK || answer->n_failures > 0;

        creating->asked = NULL;
        creating->done = true;
        carry_lockt_leave(&creating->turn);
        for (size_t i = 0; told && i < creating->n_doors; i++) {
                const char *failure = failure_of(answer, i);

                say_door(call, creating->doors[i].name, failure, !failure && answer->verdict == LOCKT_OK);
        }
        if (!told)
                (void) error_set(&call->error, -EIO, "%s%s", answer->message ? answer->message : "Lockt did not answer",
                                 answer->verdict == LOCKT_UNKNOWN
                                         ? "; look at 'locktsyncctl get doors' before you try again" : "");
        call_wake(call);
}

static void on_turn(void *userdata) {
        call_wake(userdata);
}

static int take_names(Call *call, Creating *creating) {
        struct json_object *names = NULL;

        (void) json_object_object_get_ex(call->request, "doors", &names);
        creating->n_doors = json_object_array_length(names);
        if (creating->n_doors > DOORS_MAX)
                return call_usage(call, "%d doors can be created at a time, not %zu", DOORS_MAX, creating->n_doors);
        for (size_t i = 0; i < creating->n_doors; i++) {
                const char *name = json_object_get_string(json_object_array_get_idx(names, i));

                if (!utf8_is_clean(name, strlen(name)))
                        return call_usage(call, "the name of door %zu has a control character or is not UTF-8", i + 1);
                creating->doors[i].name = name;
        }
        return 0;
}

/* Who writes nothing, writes no door either. */
static int may_write(Call *call) {
        SyncStatus status;
        int r;

        r = sync_status(call->service->sync, clock_now(), &status, &call->error);
        if (r < 0)
                return r;
        if (status.report_mode)
                return error_set(&call->error, -EROFS, "mode is report: nothing is written to Lockt");
        if (!status.leader)
                return error_set(&call->error, -EROFS, "this daemon stands by; ask the one that has the lock");
        return 0;
}

static int begin_create(Call *call) {
        Creating *creating = call->data;
        int r;

        r = take_names(call, creating);
        if (r >= 0)
                r = may_write(call);
        if (r < 0)
                return r;
        journal_say(MESSAGE(MESSAGE_STEERED, "steered", LOG_NOTICE, .action = "create-doors"),
                    "user id %u asked to create %zu doors", call->peer, creating->n_doors);
        creating->turn.write = true;
        creating->turn.ready = on_turn;
        creating->turn.userdata = call;
        carry_lockt_queue(call->service->lockt, &creating->turn);
        return 0;
}

static int next_create(Call *call) {
        const LocktDoor *doors[DOORS_MAX];
        Creating *creating = call->data;
        int r;

        if (call->error.code < 0)
                return call->error.code;
        if (creating->done)
                return CALL_DONE;
        if (!creating->turn.come || creating->asked)
                return CALL_WAIT;
        for (size_t i = 0; i < creating->n_doors; i++)
                doors[i] = &creating->doors[i];
        r = lockt_create_doors(carry_lockt_client(call->service->lockt), doors, creating->n_doors, on_done, call,
                               &creating->asked, &call->error);
        return r < 0 ? r : CALL_WAIT;
}

static void end_create(Call *call) {
        Creating *creating = call->data;

        if (creating->asked)
                lockt_cancel(creating->asked);
        carry_lockt_leave(&creating->turn);
}

static const Member create_members[] = { { "doors", MEMBER_TEXTS, true }, { 0 } };

const Command command_create = { .name = "create", .steers = true, .configured = true, .members = create_members,
        .size = sizeof(Creating), .begin = begin_create, .next = next_create, .end = end_create };
