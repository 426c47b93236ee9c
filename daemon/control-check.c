/* check: the configuration against the world. Reads HR and Lockt beside the sync, and changes nothing. */

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/control-call.h"
#include "daemon/control-check.h"
#include "daemon/control-json.h"
#include "lib/hr/hr.h"
#include "lib/lockt/lockt.h"
#include "lib/state/snapshot.h"

#define PEOPLE_SHOWN 3

typedef struct Checking {
        HrReader *reader;
        Mapping *mapping;               /* of its own: the sync's may be in use */
        LocktCall *ping;
        bool reading, pinging;
        int64_t rows;
        bool bound;
        Level *levels;
        size_t n_levels;
} Checking;

static void say(Call *call, const char *what, bool ok, const char *format, ...) _printf_(4, 5);
static void say(Call *call, const char *what, bool ok, const char *format, ...) {
        struct json_object *line = json_object_new_object();
        char text[1024];
        va_list ap;

        va_start(ap, format);
        (void) vsnprintf(text, sizeof(text), format, ap);
        va_end(ap);
        json_add_text(line, "what", what);
        json_add_flag(line, "ok", ok);
        json_add_text(line, "text", text);
        call_say(call, "check", line);
        if (!ok)
                call->exit = SERVICE_FAILED;
}

typedef struct Complaint {
        Call *call;
        const char *what;
} Complaint;

static void on_complaint(void *userdata, Mark mark, const char *sentence) {
        const Complaint *complaint = userdata;

        say(complaint->call, complaint->what, false, "%s:%u:%u: %s", complaint->call->service->config->path, mark.line,
            mark.column, sentence);
}

static void say_columns(Call *call, const HrSnapshot *snapshot) {
        char text[900];
        size_t used = 0;

        for (size_t i = 0; i < snapshot->n_columns && used < sizeof(text); i++) {
                int n = snprintf(text + used, sizeof(text) - used, "%s%s (%s)", i > 0 ? ", " : "",
                                 snapshot->columns[i].name, check_type_name(snapshot->columns[i].type));

                if (n > 0)
                        used += (size_t) n;
        }
        say(call, "columns", true, "%s", snapshot->n_columns > 0 ? text : "none");
}

static int on_begun(void *userdata, const HrSnapshot *snapshot) {
        Call *call = userdata;
        Checking *checking = call->data;
        Complaint complaint = { call, "columns" };
        int r;

        say(call, "hr", !snapshot->loading, "connected to database '%s'%s%s", snapshot->database,
            snapshot->in_recovery ? " (a standby: no NOTIFYs arrive)" : "",
            snapshot->loading ? "; hr.as_of is null, a load is running" : "");
        say_columns(call, snapshot);
        r = mapping_bind_columns(checking->mapping, snapshot->columns, snapshot->n_columns, on_complaint, &complaint);
        if (r < 0 && r != -ENOENT)
                return r;
        checking->bound = r == 0;
        return 0;
}

static int on_row(void *userdata, const char *line, size_t length) {
        Call *call = userdata;
        Checking *checking = call->data;

        if (checking->rows++ >= PEOPLE_SHOWN || !checking->bound)
                return 0;
        return check_person(call, checking->mapping, line, length, checking->levels, checking->n_levels);
}

static void on_read(void *userdata, int result, const Error *error) {
        Call *call = userdata;
        Checking *checking = call->data;

        checking->reading = false;
        if (result < 0)
                say(call, "hr", false, "%s", error_message(error));
        else
                say(call, "people", checking->rows > 0, "%" PRId64 " rows%s", checking->rows,
                    checking->rows > 0 ? "" : ": an empty answer proves nothing, nobody would lose access");
        call_wake(call);
}

static const HrReadHandler read_handler = { on_begun, on_row, on_read };

static void on_pinged(void *userdata, const LocktAnswer *answer) {
        Call *call = userdata;
        Checking *checking = call->data;
        bool ok = answer->verdict == LOCKT_OK;

        checking->pinging = false;
        checking->ping = NULL;
        if (ok)
                say(call, "lockt", true, "answers, and accepts the credentials");
        else
                say(call, "lockt", false, "%s: %s", lockt_verdict_name(answer->verdict),
                    answer->message ? answer->message : "no answer");
        call_wake(call);
}

static void start_reading(Call *call) {
        Checking *checking = call->data;
        const Config *config = call->service->config;
        const HrOptions options = {
                .connection = config->hr.connection.text,
                .people = config->hr.people.text,
                .as_of = config->hr.as_of.text,
                .key_column = mapping_key_column(checking->mapping),
                .statement_timeout_usec = config->hr.statement_timeout_usec,
                .lock_timeout_usec = config->hr.lock_timeout_usec,
                .timezone = config->hr.timezone,
        };
        _cleanup_(error_clear) Error error = ERROR_INIT;
        int r;

        r = hr_reader_new(call->service->event, &options, &read_handler, call, &checking->reader, &error);
        if (r >= 0) {
                checking->reading = true;
                r = hr_reader_start(checking->reader, NULL, 0, &error);
        }
        if (r < 0) {
                checking->reading = false;
                say(call, "hr", false, "%s", error_message(&error));
        }
}

static void start_pinging(Call *call) {
        Checking *checking = call->data;
        _cleanup_(error_clear) Error error = ERROR_INIT;

        checking->pinging = true;
        if (lockt_ping(carry_lockt_client(call->service->lockt), on_pinged, call, &checking->ping, &error) < 0) {
                checking->pinging = false;
                say(call, "lockt", false, "%s", error_message(&error));
        }
}

/* The levels as the last list of them has it: what the sync works with. */
static int check_levels(Call *call) {
        Checking *checking = call->data;
        Complaint complaint = { call, "levels" };
        int r;

        r = snapshot_get_levels(call->service->state, &checking->levels, &checking->n_levels, &call->error);
        if (r < 0)
                return r;
        if (checking->n_levels == 0) {
                say(call, "levels", false, "the access levels of Lockt have not been read yet");
                return 0;
        }
        r = mapping_bind_levels(checking->mapping, checking->levels, checking->n_levels, NULL, 0, on_complaint,
                                &complaint);
        if (r < 0)
                return error_set(&call->error, r, "can't look for the levels: %s", strerror(-r));
        if (r == 0)
                say(call, "levels", true, "all levels that rules name are among the %zu of Lockt", checking->n_levels);
        return 0;
}

static int begin_check(Call *call) {
        Service *service = call->service;
        Checking *checking = call->data;
        int r;

        say(call, "configuration", !service->reload_refused, "%s%s%s", service->config->path,
            service->reload_refused ? ": the last reload was refused, the former one runs: " : " is in force",
            service->reload_refused ? service->reload_refused : "");
        say(call, "state", !service->state_failed, "%s%s%s", service->options->state_dir,
            service->state_failed ? ": " : "", service->state_failed ? service->state_failed : "");

        r = mapping_new(&service->config->mapping, &checking->mapping);
        if (r < 0)
                return error_set(&call->error, r, "can't prepare the mapping: out of memory");
        r = check_levels(call);
        if (r < 0)
                return r;
        start_pinging(call);
        start_reading(call);
        return 0;
}

static int next_check(Call *call) {
        const Checking *checking = call->data;

        return checking->reading || checking->pinging ? CALL_WAIT : CALL_DONE;
}

static void end_check(Call *call) {
        Checking *checking = call->data;

        if (checking->ping)
                lockt_cancel(checking->ping);
        (void) hr_reader_free(checking->reader);
        (void) mapping_free(checking->mapping);
        levels_free(checking->levels, checking->n_levels);
}

const Command command_check = { .name = "check", .alone = true, .configured = true, .size = sizeof(Checking),
        .begin = begin_check, .next = next_check, .end = end_check };
