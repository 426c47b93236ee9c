/* ping, status */

#include <unistd.h>

#include "daemon/control-call.h"
#include "daemon/control-hold.h"
#include "daemon/control-json.h"
#include "daemon/version.h"

static int begin_ping(Call *call) {
        struct json_object *ping = json_object_new_object();

        json_add_text(ping, "version", LOCKTSYNC_VERSION);
        json_add_number(ping, "pid", getpid());
        call_say(call, "ping", ping);
        return 0;
}

const Command command_ping = { .name = "ping", .begin = begin_ping };

static void add_daemon(struct json_object *status, const Service *service, const SyncStatus *now_is, Now now) {
        struct json_object *config = json_object_new_object();

        json_add_text(status, "version", LOCKTSYNC_VERSION);
        json_add_number(status, "pid", getpid());
        json_add_time(status, "now_usec", now.real_usec);
        json_add_time(status, "since_usec", service->since_usec);
        json_add_text(status, "mode", now_is->report_mode ? "report" : "apply");
        json_add_flag(status, "leader", now_is->leader);
        json_add_text(config, "path", service->config->path);
        json_add_time(config, "loaded_usec", service->loaded_usec);
        json_add_text(config, "refused", service->reload_refused);
        json_add(status, "config", config);
}

static void add_cycle(struct json_object *status, const SyncStatus *now_is) {
        json_add_number(status, "cycle", now_is->cycle);
        json_add_time(status, "last_cycle_usec", now_is->last_cycle_usec);
        json_add(status, "last_cycle_duration_usec",
                 now_is->last_cycle_usec > 0 ? json_object_new_int64(now_is->last_cycle_duration_usec) : NULL);
        json_add_time(status, "next_cycle_usec", now_is->next_cycle_usec);
        json_add_flag(status, "reading", now_is->reading);
        json_add_flag(status, "listing", now_is->listing);
        json_add_flag(status, "writing", now_is->writing);
}

static void add_sides(struct json_object *status, const Service *service, const SyncStatus *now_is) {
        struct json_object *hr = json_object_new_object(), *lockt = json_object_new_object();

        json_add_flag(hr, "up", now_is->hr_up);
        json_add(hr, "error", now_is->hr_up ? NULL : json_text_or_null(now_is->hr_error));
        json_add(hr, "refused", now_is->hr_refused ? json_text(now_is->refused) : NULL);
        json_add_time(hr, "last_read_usec", now_is->last_read_usec);
        json_add_time(hr, "as_of_usec", now_is->as_of_usec);
        json_add_flag(hr, "listening", carry_watch_listening(service->watch));
        json_add(status, "hr", hr);

        json_add_flag(lockt, "up", now_is->lockt_up);
        json_add(lockt, "error", now_is->lockt_up && !now_is->service_fault && !now_is->unauthorized
                                         ? NULL : json_text_or_null(now_is->lockt_error));
        json_add_flag(lockt, "unauthorized", now_is->unauthorized);
        json_add_flag(lockt, "service_fault", now_is->service_fault);
        json_add_flag(lockt, "first_update_bad", now_is->first_update_bad);
        json_add_time(lockt, "listed_usec", now_is->listed_usec);
        json_add_number(lockt, "users", now_is->users);
        json_add_number(lockt, "unknown_users", now_is->unknown_users);
        json_add_number(lockt, "batch_limit", now_is->batch_limit);
        json_add_time(lockt, "next_attempt_usec", now_is->next_attempt_usec);
        json_add(status, "lockt", lockt);
}

static void add_counts(struct json_object *status, const SyncStatus *now_is) {
        struct json_object *counts = json_object_new_object();

        json_add_number(counts, "people", now_is->people);
        json_add_number(counts, "linked", now_is->linked);
        json_add_number(counts, "queued", now_is->queued);
        json_add_number(counts, "takes_queued", now_is->takes_queued);
        json_add_number(counts, "parked", now_is->parked);
        json_add_number(counts, "held", now_is->held_back);
        json_add_number(counts, "unconfirmed", now_is->unconfirmed);
        json_add_number(counts, "locked", now_is->locked);
        json_add_number(counts, "reverted", now_is->reverted);
        json_add(status, "counts", counts);
        json_add_time(status, "oldest_revocation_usec", now_is->oldest_revocation_usec);
        json_add(status, "reverted_cycle", now_is->reverted > 0 ? json_object_new_int64(now_is->reverted_cycle) : NULL);
        json_add_time(status, "restored_usec", now_is->restored_usec);
        json_add_time(status, "restored_from_usec", now_is->restored_from_usec);
}

static void add_alarms(struct json_object *status, Alarms alarms) {
        struct json_object *array = json_object_new_array();

        if (array && alarms.stale)
                (void) json_object_array_add(array, json_object_new_string("stale"));
        if (array && alarms.revocation)
                (void) json_object_array_add(array, json_object_new_string("revocation"));
        json_add(status, "alarms", array);
}

static int begin_status(Call *call) {
        Service *service = call->service;
        struct json_object *status;
        char line[STATUS_LINE_MAX];
        SyncStatus now_is = { 0 };
        Now now = clock_now();
        Alarms alarms;
        bool ok;
        int r;

        r = service_check(service, sync_status(service->sync, now, &now_is, &call->error), &call->error);
        if (r < 0)
                return r;

        alarms = board_alarms(&now_is, service->config, service->since_usec, now);
        ok = now_is.hr_up && !now_is.hr_refused && now_is.lockt_up && !now_is.unauthorized && !now_is.service_fault &&
             !now_is.first_update_bad && !service->state_failed && !service->reload_refused && now_is.held_back == 0 &&
             !*now_is.gate && now_is.parked == 0 &&
             !alarms.stale && !alarms.revocation;
        status = json_object_new_object();
        add_daemon(status, service, &now_is, now);
        json_add_flag(status, "ok", ok);
        json_add_text(status, "text",
                      board_line(&now_is, service->state_failed, service->reload_refused, alarms, line));
        add_cycle(status, &now_is);
        add_sides(status, service, &now_is);
        add_counts(status, &now_is);
        json_add_text(status, "state_failed", service->state_failed);
        add_alarms(status, alarms);
        json_add(status, "gate", *now_is.gate ? json_text(now_is.gate) : NULL);
        json_add(status, "holds", control_holds(call));
        call_say(call, "status", status);

        call->exit = alarms.stale || alarms.revocation || service->state_failed ? SERVICE_FAILED : 0;
        return 0;
}

const Command command_status = { .name = "status", .begin = begin_status };
