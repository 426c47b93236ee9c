/* plan: what the next cycle would do, by the code that does it */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/control-call.h"
#include "daemon/control-hold.h"
#include "daemon/control-json.h"
#include "daemon/draft.h"
#include "daemon/validate.h"
#include "lib/lockt/lockt.h"
#include "lib/sync/report.h"

typedef struct Planning {
        bool reading;           /* the read of HR runs, and its end will be told */
        bool told;              /* the last entry was; what is left are validations and the summary */
        bool read;              /* it ended: the sync has a plan, or dropped it */
        Validator *validator;   /* NULL: nobody wants to know what Lockt would say */
        Draft *draft;           /* another configuration; NULL: the one in force */
} Planning;

static struct json_object *mistake_json(const struct ConfigError *mistake) {
        struct json_object *object = json_object_new_object();

        json_add_number(object, "line", mistake->mark.line);
        json_add_number(object, "column", mistake->mark.column);
        json_add_text(object, "text", mistake->sentence);
        return object;
}

/* What is wrong with a file goes to whoever sent it, and nowhere else. */
static int refuse_draft(Call *call, const Draft *draft) {
        const ConfigErrors *mistakes = &draft->mistakes;

        for (size_t i = 0; i < mistakes->n; i++)
                call_say(call, "mistake", mistake_json(&mistakes->items[i]));
        call->exit_failed = SERVICE_CONFIG;
        return error_set(&call->error, -EINVAL, "%zu %s in this configuration: no plan was made", mistakes->n,
                         mistakes->n == 1 ? "mistake" : "mistakes");
}

/* What the database says of the draft's query is a mistake in the file, too. */
static void note_mistake(Draft *draft, int result, const Error *error) {
        const Config *config = draft->config;

        if (draft->mistakes.n > 0)
                return;
        if (result == -EINVAL)
                config_errors_add(&draft->mistakes, config->hr.people.mark, "%s", error_message(error));
        else if (result == -ENOENT)
                config_errors_add(&draft->mistakes, config->mapping.properties[PROPERTY_ID_NUM].source.mark, "%s",
                                  error_message(error));
}

static void on_read(void *userdata, int result, const Error *error) {
        Call *call = userdata;
        Planning *planning = call->data;

        planning->reading = false;
        planning->read = true;
        if (result < 0 && planning->draft)
                note_mistake(planning->draft, result, error);
        if (result < 0 && planning->draft && planning->draft->mistakes.n > 0)
                (void) refuse_draft(call, planning->draft);
        else if (result < 0)
                (void) error_set(&call->error, result, "can't read HR for the plan: %s", error_message(error));
        call_wake(call);
}

static const PlanHandler handler = { .end = on_read };

static int take_draft(Call *call, const char *text) {
        Planning *planning = call->data;
        const char *path = call_text(call, "path");
        int r;

        r = draft_new(path ? path : "configuration", text, strlen(text), call_flag(call, "exposed"), &planning->draft);
        if (r == -EINVAL)
                return refuse_draft(call, planning->draft);
        return r < 0 ? error_set(&call->error, r, "can't plan with this configuration: out of memory") : 0;
}

static int begin_plan(Call *call) {
        Planning *planning = call->data;
        HrCarrier *hr = call->service->hr;
        const char *text = call_text(call, "config");
        int r;

        r = text ? take_draft(call, text) : 0;
        if (r < 0)
                return r;
        if (call_flag(call, "validate")) {
                planning->validator = validator_new(call);
                if (!planning->validator)
                        return error_set(&call->error, -ENOMEM, "can't validate a plan: out of memory");
        }
        /* The end may come before this returns, when HR can't even be asked. */
        planning->reading = true;
        r = planning->draft ? carry_hr_plan_draft(hr, planning->draft, &handler, call, &call->error)
                            : carry_hr_plan(hr, NULL, 0, &handler, call, &call->error);
        if (r < 0)
                planning->reading = false;
        return r;
}

static struct json_object *change_json(const PlanProperty *change) {
        struct json_object *object = json_object_new_object();

        json_add_text(object, "property", property_name(change->property));
        json_add_text(object, "from", change->from);
        json_add_text(object, "to", change->to);
        return object;
}

static struct json_object *level_json(const PlanLevel *level, bool with_line) {
        struct json_object *object = json_object_new_object();

        json_add_number(object, "id", level->id);
        json_add_text(object, "name", level->name);
        if (with_line)
                json_add_number(object, "line", level->line);
        return object;
}

static void array_add(struct json_object *array, struct json_object *value) {
        if (!array || json_object_array_add(array, value) < 0)
                (void) json_object_put(value);
}

static const Config *config_of(const Call *call) {
        const Planning *planning = call->data;

        return planning->draft ? planning->draft->config : call->service->config;
}

/* One record as it would leave, by the function that makes what is sent. */
static struct json_object *body_json(Call *call, const User *user, uint32_t mask, bool create) {
        const Config *config = config_of(call);
        bool put = !create && config->lockt.update_with == UPDATE_WITH_PUT;
        LocktWrite kind = create ? LOCKT_CREATE : put ? LOCKT_UPDATE_PUT : LOCKT_UPDATE;
        LocktOptions options = carry_lockt_options(call->service, config);
        _cleanup_(freep) char *body = NULL;
        struct json_object *object;
        size_t length = 0;

        body = lockt_write_body(&options, kind, &user, &mask, 1, true, &length);
        if (!body)
                call->out_of_memory = true;
        object = json_object_new_object();
        json_add_text(object, "method", put ? "PUT" : "POST");
        json_add_text(object, "path", "/user");
        json_add(object, "body", body ? json_text_n(body, length) : NULL);
        return object;
}

static void add_bodies(Call *call, struct json_object *line, const PlanEntry *entry) {
        struct json_object *bodies = json_object_new_array();

        if (entry->take)
                array_add(bodies, body_json(call, entry->take, entry->take_mask, false));
        if (entry->give)
                array_add(bodies, body_json(call, entry->give, entry->give_mask, entry->lockt_id == 0));
        json_add(line, "bodies", bodies);
}

static void say_entry(Call *call, const PlanEntry *entry) {
        struct json_object *line = json_object_new_object(), *changes = json_object_new_array(),
                           *gained = json_object_new_array(), *lost = json_object_new_array();

        json_add_text(line, "action", plan_action_name(entry->action));
        json_add_text(line, "id_num", entry->key);
        json_add_text(line, "first_name", entry->first_name);
        json_add_text(line, "last_name", entry->last_name);
        json_add(line, "lockt_id", entry->lockt_id > 0 ? json_object_new_int64(entry->lockt_id) : NULL);
        json_add_flag(line, "adopts", entry->adopts);
        json_add_flag(line, "takes", entry->takes);
        json_add_flag(line, "gives", entry->gives);
        json_add_text(line, "why", entry->why);
        json_add(line, "reason", json_text_or_null(entry->reason));
        json_add(line, "kind", entry->action == PLAN_PARK ? json_text(park_kind_name(entry->park)) : NULL);
        for (size_t i = 0; i < entry->n_properties; i++)
                array_add(changes, change_json(&entry->properties[i]));
        for (size_t i = 0; i < entry->n_gained; i++)
                array_add(gained, level_json(&entry->gained[i], true));
        for (size_t i = 0; i < entry->n_lost; i++)
                array_add(lost, level_json(&entry->lost[i], false));
        json_add(line, "properties", changes);
        json_add(line, "gained", gained);
        json_add(line, "lost", lost);
        if (call_flag(call, "bodies"))
                add_bodies(call, line, entry);
        call_say(call, "plan", line);
}

static struct json_object *rules_json(const PlanRule *rules, size_t n, bool with_matches) {
        struct json_object *array = json_object_new_array();

        for (size_t i = 0; i < n; i++) {
                struct json_object *rule = json_object_new_object();

                json_add_number(rule, "line", rules[i].line);
                if (with_matches)
                        json_add_number(rule, "matches", rules[i].matches);
                json_add(rule, "was", rules[i].was >= 0 ? json_object_new_int64(rules[i].was) : NULL);
                array_add(array, rule);
        }
        return array;
}

/* What is to be known of a plan that is not made with the configuration in force. */
static struct json_object *file_json(const Call *call, const PlanSummary *summary) {
        const Planning *planning = call->data;
        const Draft *draft = planning->draft;
        const char *ignored[DRAFT_IGNORED];
        struct json_object *file, *array;
        size_t n;

        if (!draft)
                return NULL;
        file = json_object_new_object();
        json_add_text(file, "path", draft->config->path);
        json_add_text(file, "mapping", summary->same_mapping                            ? "same"
                                       : draft->config->safety.mapping_change_hold ? "held"
                                                                                        : "goes");
        json_add_flag(file, "compared", summary->counted_before);
        json_add_text(file, "mode", draft->config->mode == MODE_REPORT ? "report" : "apply");
        array = json_object_new_array();
        n = draft_ignored(draft, call->service->config, ignored);
        for (size_t i = 0; i < n; i++)
                array_add(array, json_text(ignored[i]));
        json_add(file, "ignored", array);
        array = json_object_new_array();
        for (size_t i = 0; i < draft->remarks.n; i++)
                array_add(array, mistake_json(&draft->remarks.items[i]));
        json_add(file, "remarks", array);
        return file;
}

static void say_summary(Call *call, const PlanSummary *summary) {
        struct json_object *line = json_object_new_object(), *actions = json_object_new_object();

        json_add_number(line, "rows", summary->rows);
        for (PlanActionKind kind = 0; kind < PLAN_ACTIONS; kind++)
                json_add_number(actions, plan_action_name(kind), summary->by_action[kind]);
        json_add(line, "actions", actions);
        json_add_number(line, "gaining", summary->gaining);
        json_add_number(line, "losing", summary->losing);
        json_add_number(line, "writes", summary->writes);
        json_add_number(line, "unknown_users", summary->unknown_users);
        json_add_number(line, "clearing", summary->clearing);
        json_add_number(line, "doubles", summary->doubles);
        json_add(line, "rules", rules_json(summary->rules, summary->n_rules, true));
        json_add(line, "gone", rules_json(summary->gone, summary->n_gone, false));
        json_add_flag(line, "absence_proven", summary->absence_proven);
        json_add(line, "note", json_text_or_null(summary->note));
        json_add(line, "gate", json_text_or_null(summary->gate));
        json_add(line, "holds", control_holds(call));
        json_add(line, "file", file_json(call, summary));
        call_say(call, "summary", line);
}

/* The records that a write would have, as Lockt shall judge them. */
static int validate_entry(Call *call, const PlanEntry *entry) {
        Planning *planning = call->data;
        int r = 0;

        if (!planning->validator)
                return 0;
        /* Of who loses and gains, the record as it will be in the end says most. */
        if (entry->give)
                r = validator_add(planning->validator, entry->lockt_id == 0 ? LOCKT_CREATE : LOCKT_UPDATE, entry->give);
        else if (entry->take)
                r = validator_add(planning->validator, LOCKT_UPDATE, entry->take);
        return r < 0 ? error_set(&call->error, r, "can't validate a plan: out of memory") : 0;
}

static int next_plan(Call *call) {
        Planning *planning = call->data;
        const PlanSummary *summary = NULL;
        const PlanEntry *entry = NULL;
        int r;

        if (planning->reading)
                return CALL_WAIT;
        if (call->error.code < 0)
                return call->error.code;
        if (planning->validator && !validator_ready(planning->validator, planning->told))
                return CALL_WAIT;
        if (call->error.code < 0)
                return call->error.code;

        r = planning->told ? SYNC_PLAN_END
                           : sync_plan_next(call->service->sync, clock_now(), &entry, &call->error);
        if (r < 0)
                return r;
        if (r == 0) {
                say_entry(call, entry);
                r = validate_entry(call, entry);
                return r < 0 ? r : CALL_MORE;
        }
        if (r == SYNC_PLAN_AGAIN)
                return CALL_AGAIN;
        if (planning->validator && !planning->told) {
                planning->told = true;
                return CALL_MORE;       /* what is left of the last batch */
        }
        r = sync_plan_summary(call->service->sync, &summary, &call->error);
        if (r < 0)
                return r;
        say_summary(call, summary);
        return CALL_DONE;
}

static void end_plan(Call *call) {
        Planning *planning = call->data;

        if (planning->reading)
                carry_hr_plan_cancel(call->service->hr);
        else if (planning->read) {
                sync_plan_drop(call->service->sync);
                carry_hr_plan_done(call->service->hr);
        }
        (void) validator_free(planning->validator);
        (void) draft_free(planning->draft);
}

static const Member plan_members[] = {
        { "bodies", MEMBER_FLAG, false, false },
        { "validate", MEMBER_FLAG, false, true },
        { "config", MEMBER_TEXT, false, true },
        { "path", MEMBER_TEXT, false, true },
        { "exposed", MEMBER_FLAG, false, true },
        { 0 },
};

const Command command_plan = { .name = "plan", .configured = true, .members = plan_members, .size = sizeof(Planning),
        .begin = begin_plan, .next = next_plan, .end = end_plan };
