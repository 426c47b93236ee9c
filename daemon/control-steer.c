/* retry, resync */

#include <errno.h>
#include <syslog.h>

#include "daemon/control-call.h"
#include "daemon/control-json.h"
#include "daemon/journal.h"
#include "daemon/messages.h"

static int retry_one(Call *call, const char *key) {
        _cleanup_(error_clear) Error error = ERROR_INIT;
        struct json_object *line;
        int r;

        r = sync_retry(call->service->sync, clock_now(), key, &error);
        if (r < 0 && r != -ENOENT) {
                (void) service_check(call->service, r, &error);
                return error_set(&call->error, r, "%s", error_message(&error));
        }

        line = json_object_new_object();
        json_add_text(line, "id_num", key);
        json_add_flag(line, "found", r >= 0);
        call_say(call, "retry", line);
        if (r < 0)
                call->exit = SERVICE_FAILED;
        return 0;
}

static struct json_object *retry_keys(Call *call) {
        struct json_object *keys = NULL;

        (void) json_object_object_get_ex(call->request, "keys", &keys);
        return keys;
}

static int begin_retry(Call *call) {
        bool some = retry_keys(call);
        int r;

        if (!some) {
                r = service_check(call->service, sync_retry(call->service->sync, clock_now(), NULL, &call->error),
                                  &call->error);
                if (r < 0)
                        return r;
        }
        journal_say(MESSAGE(MESSAGE_STEERED, "steered", LOG_NOTICE, .action = "retry"),
                    "user id %u asked to retry %s", call->peer, some ? "some people" : "the whole queue");
        service_poke(call->service);
        return 0;
}

/* Each is a transaction of its own: a thousand of them take turns with the rest of the loop. */
static int next_retry(Call *call) {
        struct json_object *keys = retry_keys(call);
        size_t *at = call->data;
        int r;

        if (!keys || *at == json_object_array_length(keys))
                return CALL_DONE;
        r = retry_one(call, json_object_get_string(json_object_array_get_idx(keys, *at)));
        if (r < 0)
                return r;
        (*at)++;
        service_poke(call->service);
        return CALL_AGAIN;
}

static const Member retry_members[] = { { "keys", MEMBER_TEXTS, false }, { 0 } };

const Command command_retry = { .name = "retry", .steers = true, .members = retry_members, .size = sizeof(size_t),
        .begin = begin_retry, .next = next_retry };

static int begin_resync(Call *call) {
        bool accept = call_flag(call, "accept");
        struct json_object *line;
        char who[32];
        int r;

        (void) snprintf(who, sizeof(who), "user id %u", call->peer);
        r = service_resync(call->service, accept, who, &call->error);
        if (r < 0)
                return r;
        line = json_object_new_object();
        json_add_flag(line, "accept", accept);
        call_say(call, "resync", line);
        return 0;
}

static const Member resync_members[] = { { "accept", MEMBER_FLAG, false }, { 0 } };

const Command command_resync = { .name = "resync", .steers = true, .members = resync_members, .begin = begin_resync };
