/* holds, approve: what waits for somebody's decision */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "daemon/control-call.h"
#include "daemon/control-hold.h"
#include "daemon/control-json.h"
#include "daemon/journal.h"
#include "daemon/messages.h"

static void add_group(void *userdata, const HoldGroup *group, const char *sentence) {
        struct json_object *array = userdata, *line = json_object_new_object();

        json_add_text(line, "digest", group->digest);
        json_add_text(line, "kind", hold_kind_name(group->kind));
        json_add(line, "level", group->level != 0 ? json_object_new_int64(group->level) : NULL);
        json_add_number(line, "people", group->n);
        json_add_time(line, "since_usec", group->since_usec);
        json_add_text(line, "text", sentence);
        if (array)
                (void) json_object_array_add(array, line);
        else
                json_object_put(line);
}

struct json_object *control_holds(Call *call) {
        struct json_object *array = json_object_new_array();

        if (service_check(call->service,
                          sync_each_hold(call->service->sync, clock_now(), add_group, array, &call->error),
                          &call->error) < 0) {
                json_object_put(array);
                return NULL;
        }
        return array;
}

/* With --only: a line for each; at once, since there are few. */
static int say_each(Call *call, const SyncApproval *approval) {
        for (size_t i = 0; i < approval->n_only; i++) {
                struct json_object *line = json_object_new_object();

                json_add_text(line, "id_num", approval->only[i]);
                json_add_flag(line, "found", approval->found[i]);
                call_say(call, "approved", line);
                if (!approval->found[i])
                        call->exit = SERVICE_FAILED;
        }
        return 0;
}

static int approve(Call *call, const char *digest, SyncApproval *approval) {
        struct json_object *line;
        int r;

        r = sync_approve(call->service->sync, clock_now(), digest, approval, &call->error);
        if (r < 0)
                return r == -ENOENT || r == -EBUSY ? r : service_check(call->service, r, &call->error);
        journal_say(MESSAGE(MESSAGE_STEERED, "steered", LOG_NOTICE, .action = "approve"), "%s approved %s: %lld people",
                    approval->by, digest, (long long) approval->n);
        service_poke(call->service);
        r = say_each(call, approval);
        line = json_object_new_object();
        json_add_text(line, "digest", digest);
        json_add_number(line, "people", approval->n);
        call_say(call, "approval", line);
        return r;
}

static int begin_approve(Call *call) {
        _cleanup_(freep) const char **only = NULL;
        _cleanup_(freep) bool *found = NULL;
        struct json_object *keys = NULL;
        SyncApproval approval = { .reason = call_text(call, "reason") };
        char who[32];

        (void) snprintf(who, sizeof(who), "user id %u", call->peer);
        approval.by = who;
        if (json_object_object_get_ex(call->request, "only", &keys)) {
                approval.n_only = json_object_array_length(keys);
                if (approval.n_only == 0)
                        return call_usage(call, "'only' names nobody");
                only = calloc(approval.n_only, sizeof(*only));
                found = calloc(approval.n_only, sizeof(*found));
                if (!only || !found)
                        return error_set(&call->error, -ENOMEM, "cannot approve: out of memory");
                for (size_t i = 0; i < approval.n_only; i++)
                        only[i] = json_object_get_string(json_object_array_get_idx(keys, i));
                approval.only = only;
                approval.found = found;
        }
        return approve(call, call_text(call, "digest"), &approval);
}

static const Member approve_members[] = {
        { "digest", MEMBER_TEXT, true }, { "only", MEMBER_TEXTS, false }, { "reason", MEMBER_TEXT, false }, { 0 },
};

const Command command_approve = { .name = "approve", .steers = true, .members = approve_members,
        .begin = begin_approve };
