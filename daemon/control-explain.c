/* explain: the row in HR, what the rules make of it, and all that the sync knows */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/control-call.h"
#include "daemon/control-json.h"
#include "daemon/row-values.h"
#include "lib/base/duration.h"

#define PATIENCE_USEC (5 * USEC_PER_SEC)

typedef struct Explaining {
        char *key;              /* who it is; NULL: several could be meant, or one whom HR does not keep */
        size_t n_candidates;
        bool reading;           /* the read of HR runs, and its end will be told */
        bool read;
        RowValues row;
        size_t n_rows;
        Error why;              /* why there is no row */
        sd_event_source *patience;
} Explaining;

/* Of several rows with this key the first is shown; that there are more is what the sync says. */
static void on_row(void *userdata, const char *line, size_t length) {
        Call *call = userdata;
        Explaining *explaining = call->data;

        if (explaining->n_rows++ > 0)
                return;
        if (row_values_copy(line, length, &explaining->row) < 0)
                call->out_of_memory = true;
}

static void on_read(void *userdata, int result, const Error *error) {
        Call *call = userdata;
        Explaining *explaining = call->data;

        explaining->reading = false;
        explaining->read = true;
        if (result < 0)
                (void) error_set(&explaining->why, result, "%s", error_message(error));
        call_wake(call);
}

static const PlanHandler handler = { .row = on_row, .end = on_read };

/* HR takes too long: what the sync knows is told without the row. */
static int on_patience(sd_event_source *source, uint64_t usec, void *userdata) {
        Call *call = userdata;
        Explaining *explaining = call->data;

        (void) source;
        (void) usec;
        if (!explaining->reading)
                return 0;
        carry_hr_plan_cancel(call->service->hr);
        explaining->reading = false;
        (void) error_set(&explaining->why, -ETIMEDOUT, "HR did not answer within 5 s");
        call_wake(call);
        return 0;
}

/* The last one is remembered: it is the one, if there is no other. */
static int on_candidate(void *userdata, const SyncCandidate *candidate) {
        Call *call = userdata;
        Explaining *explaining = call->data;
        struct json_object *line = json_object_new_object();

        json_add_text(line, "id_num", candidate->key);
        json_add(line, "lockt_id", candidate->lockt_id > 0 ? json_object_new_int64(candidate->lockt_id) : NULL);
        json_add_text(line, "first_name", candidate->first_name);
        json_add_text(line, "last_name", candidate->last_name);
        json_add_flag(line, "linked", candidate->linked);
        if (!candidate->exact)
                call_say(call, "candidate", line);
        else
                json_object_put(line);
        explaining->n_candidates++;
        free(explaining->key);
        explaining->key = candidate->linked ? strdup(candidate->key) : NULL;
        return candidate->linked && !explaining->key ? -ENOMEM : 0;
}

/* Who is meant. Whom nobody knows yet is looked for in HR by id_num. */
static int find_whom(Call *call) {
        Explaining *explaining = call->data;
        const char *text = call_text(call, "id_num");
        int r = 0;

        if (!text) {
                text = call_text(call, "who");
                if (!text)
                        return call_usage(call, "this command needs 'id_num' or 'who'");
                r = sync_search(call->service->sync, text, on_candidate, call, &call->error);
        }
        if (r >= 0 && explaining->n_candidates == 0) {
                explaining->key = strdup(text);
                r = explaining->key ? 0 : -ENOMEM;
        }
        if (r >= 0 && explaining->n_candidates > 1) {
                free(explaining->key);
                explaining->key = NULL;
        }
        return r == -ENOMEM ? error_set(&call->error, r, "cannot explain: out of memory") : r;
}

static int begin_explain(Call *call) {
        Explaining *explaining = call->data;
        const char *key;
        int r;

        r = find_whom(call);
        if (r < 0 || !explaining->key)
                return r < 0 ? r : 0;
        key = explaining->key;

        r = sd_event_add_time_relative(call->service->event, &explaining->patience, CLOCK_BOOTTIME, PATIENCE_USEC, 0,
                                       on_patience, call);
        if (r < 0)
                return error_set(&call->error, r, "can't make a timer: %s", strerror(-r));
        explaining->reading = true;
        r = carry_hr_plan(call->service->hr, &key, 1, &handler, call, &call->error);
        if (r < 0)
                explaining->reading = false;
        return r;
}

/* Whether a PIN is made of this column: then nobody reads it here. */
static bool makes_pin(const PropertySpec *pin, const char *column) {
        if (pin->kind == SOURCE_COLUMN)
                return strcmp(pin->source.text, column) == 0;
        return pin->kind == SOURCE_TEMPLATE && strstr(pin->source.text, column);
}

static struct json_object *row_json(Call *call, const RowValues *row) {
        const PropertySpec *pin = &call->service->config->mapping.properties[PROPERTY_PIN];
        struct json_object *object = json_object_new_object();
        const Column *columns;
        size_t n;

        columns = carry_hr_columns(call->service->hr, &n);
        for (size_t i = 0; i < n && i < row->n; i++)
                json_add(object, columns[i].name,
                         row->values[i] && makes_pin(pin, columns[i].name)
                                 ? json_text("(hidden)") : json_text_n(row->values[i], row->lengths[i]));
        return object;
}

static void say_hr(Call *call) {
        Explaining *explaining = call->data;
        struct json_object *hr = json_object_new_object();
        bool reachable = explaining->why.code == 0;

        json_add_flag(hr, "reachable", reachable);
        json_add(hr, "error", reachable ? NULL : json_text(error_message(&explaining->why)));
        json_add_flag(hr, "found", explaining->n_rows > 0);
        json_add(hr, "row", explaining->n_rows > 0 ? row_json(call, &explaining->row) : NULL);
        call_say(call, "hr", hr);
}

static void on_rule(void *userdata, unsigned line, bool matched, const char *why) {
        struct json_object *rule = json_object_new_object();

        json_add_number(rule, "line", line);
        json_add_flag(rule, "matched", matched);
        json_add(rule, "why", json_text_or_null(why));
        call_say(userdata, "rule", rule);
}

static int next_explain(Call *call) {
        Explaining *explaining = call->data;
        _cleanup_(freep) char *known = NULL;
        struct json_object *object;
        int r;

        if (!explaining->key) {
                call->exit = SERVICE_FAILED;
                return CALL_DONE;
        }
        if (explaining->reading)
                return CALL_WAIT;

        say_hr(call);
        if (explaining->n_rows > 0 && explaining->row.values) {
                const Row row = row_values_row(&explaining->row);

                r = mapping_explain(call->service->mapping, &row, on_rule, call);
                if (r < 0)
                        return error_set(&call->error, r, "can't explain the rules: %s", strerror(-r));
        }

        r = sync_explain(call->service->sync, clock_now(), explaining->key, &known, &call->error);
        if (r < 0)
                return r;
        object = known ? json_tokener_parse(known) : NULL;
        call_say(call, "explain", object);
        if (r > 0 && explaining->n_rows == 0)
                call->exit = SERVICE_FAILED;
        return CALL_DONE;
}

static void end_explain(Call *call) {
        Explaining *explaining = call->data;

        if (explaining->reading)
                carry_hr_plan_cancel(call->service->hr);
        else if (explaining->read) {
                sync_plan_drop(call->service->sync);
                carry_hr_plan_done(call->service->hr);
        }
        (void) sd_event_source_disable_unref(explaining->patience);
        row_values_deinit(&explaining->row);
        error_clear(&explaining->why);
        free(explaining->key);
}

static const Member explain_members[] = { { "id_num", MEMBER_TEXT, false }, { "who", MEMBER_TEXT, false }, { 0 } };

const Command command_explain = { .name = "explain", .configured = true, .members = explain_members,
        .size = sizeof(Explaining), .begin = begin_explain, .next = next_explain, .end = end_explain };
