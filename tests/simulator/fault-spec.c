/* How a fault is asked for: the tables of its actions and of their parameters. */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "tests/simulator/fault.h"

typedef enum Direction {
        ANY,
        LIST,           /* reads of the list of users */
        READ,           /* reads of users */
        WRITE,          /* writes of users */
} Direction;

typedef struct Action {
        const char *name;
        Direction direction;
        const char *parameters;
} Action;

static const Action actions[FAULT_ACTIONS] = {
        [FAULT_DELAY] = { "delay", ANY, " before_ms after_ms " },
        [FAULT_HOLD] = { "hold", ANY, " when " },
        [FAULT_STATUS] = { "status", ANY, " when status body content_type retry_after headers " },
        [FAULT_CUT] = { "cut", ANY, " when reset " },
        [FAULT_CUT_BODY] = { "cut_body", ANY, " bytes framing " },
        [FAULT_STALL] = { "stall", ANY, " bytes ms " },
        [FAULT_HTML] = { "html", ANY, " when " },
        [FAULT_GARBAGE] = { "garbage", ANY, " when bytes " },
        [FAULT_BATCH_LIMIT] = { "batch_limit", WRITE, " limit " },
        [FAULT_COUNTS] = { "counts", WRITE, " submitted inserted updated errors " },
        [FAULT_ECHO_NOBODY] = { "echo_nobody", WRITE, " " },
        [FAULT_FAIL_BATCH] = { "fail_batch", WRITE, " text status " },
        [FAULT_REFUSE] = { "refuse", WRITE, " text " },
        [FAULT_IGNORE] = { "ignore", WRITE, " " },
        [FAULT_ALTER] = { "alter", WRITE, " property how value length seconds " },
        [FAULT_LIST_SHORT] = { "list_short", LIST, " users " },
        [FAULT_LIST_BROKEN] = { "list_broken", LIST, " users " },
        [FAULT_HIDE] = { "hide", LIST, " " },
        [FAULT_TWIN] = { "twin", READ, " set " },
        [FAULT_CHANGE] = { "change", READ, " set " },
        [FAULT_OMIT] = { "omit", READ, " property " },
        [FAULT_BOOLEANS] = { "booleans", READ, " as " },
        [FAULT_NUMBERS_AS_STRINGS] = { "numbers_as_strings", READ, " " },
        [FAULT_STRINGS_AS_NUMBERS] = { "strings_as_numbers", READ, " property " },
        [FAULT_UNKNOWN_PROPERTIES] = { "unknown_properties", READ, " " },
        [FAULT_NULLS] = { "nulls", READ, " " },
};

typedef enum ParameterType {
        NUMBER,
        BOOLEAN,
        TEXT,
        CHOICE,
        OBJECT,         /* a JSON object */
        JSON,           /* any value */
} ParameterType;

typedef struct Parameter {
        const char *key;
        ParameterType type;
        size_t offset;
        int64_t initial;
        int64_t min;
        int64_t max;
        const char *choices[7];
        bool matcher;   /* goes with every action */
} Parameter;

#define AT(field) offsetof(Fault, field)
#define DAY_MS INT64_C(86400000)

static const Parameter parameters[] = {
        { "method", TEXT, AT(method), .matcher = true },
        { "path", TEXT, AT(path), .matcher = true },
        { "query", TEXT, AT(query), .matcher = true },
        { "id_num", TEXT, AT(id_num), .matcher = true },
        { "nth", NUMBER, AT(nth), 1, 1, INT64_C(1000000000), .matcher = true },
        { "times", NUMBER, AT(times), 0, 1, INT64_C(1000000000), .matcher = true },
        { "for_ms", NUMBER, AT(for_ms), 0, 1, DAY_MS, .matcher = true },
        { "before_ms", NUMBER, AT(before_ms), 0, 0, DAY_MS },
        { "after_ms", NUMBER, AT(after_ms), 0, 0, DAY_MS },
        { "when", CHOICE, AT(when), WHEN_BEFORE, .choices = { "before", "after" } },
        { "status", NUMBER, AT(status), 0, 200, 599 },
        { "retry_after", NUMBER, AT(retry_after), -1, 0, 86400 },
        { "reset", BOOLEAN, AT(reset) },
        { "bytes", NUMBER, AT(bytes), -1, 0, INT64_C(1000000000) },
        { "ms", NUMBER, AT(ms), 1000, 1, DAY_MS },
        { "framing", CHOICE, AT(framing), FRAMING_LENGTH, .choices = { "length", "chunked" } },
        { "limit", NUMBER, AT(limit), 1, 0, 10000 },
        { "users", NUMBER, AT(users), 0, 0, INT64_C(1000000000) },
        { "as", CHOICE, AT(as), AS_STRING, .choices = { "string", "number" } },
        { "how", CHOICE, AT(how), HOW_VALUE,
          .choices = { "value", "upper", "lower", "cut", "strip_zeros", "shift" } },
        { "length", NUMBER, AT(length), 0, 0, 255 },
        { "seconds", NUMBER, AT(seconds), 0, -DAY_MS, DAY_MS },
        { "submitted", NUMBER, AT(count[COUNT_SUBMITTED]), -1, 0, 1000000 },
        { "inserted", NUMBER, AT(count[COUNT_INSERTED]), -1, 0, 1000000 },
        { "updated", NUMBER, AT(count[COUNT_UPDATED]), -1, 0, 1000000 },
        { "errors", NUMBER, AT(count[COUNT_ERRORS]), -1, 0, 1000000 },
        { "text", TEXT, AT(text) },
        { "content_type", TEXT, AT(content_type) },
        { "property", TEXT, AT(property) },
        { "value", TEXT, AT(value) },
        { "body", JSON, AT(body) },
        { "headers", OBJECT, AT(headers) },
        { "set", OBJECT, AT(set) },
};

const char *fault_action_name(FaultAction action) {
        return actions[action].name;
}

bool fault_action_reads(FaultAction action) {
        return actions[action].direction == READ || actions[action].direction == LIST;
}

static void *field(Fault *fault, const Parameter *parameter) {
        return (char *) fault + parameter->offset;
}

static bool takes(FaultAction action, const Parameter *parameter) {
        const char *found = parameter->matcher ? NULL : strstr(actions[action].parameters, parameter->key);
        size_t length = strlen(parameter->key);

        if (parameter->matcher)
                return true;
        while (found && (found[-1] != ' ' || found[length] != ' '))
                found = strstr(found + 1, parameter->key);
        return found;
}

static int set_choice(Fault *fault, const Parameter *parameter, json_object *value, Error *reterr) {
        const char *text = json_text(value);

        for (size_t i = 0; text && i < ELEMENTS(parameter->choices) && parameter->choices[i]; i++) {
                if (strcmp(text, parameter->choices[i]) == 0) {
                        *(int64_t *) field(fault, parameter) = (int64_t) i;
                        return 0;
                }
        }
        return error_set(reterr, -EINVAL, "'%s' takes one of its words, such as \"%s\"", parameter->key,
                         parameter->choices[1]);
}

static int set_number(Fault *fault, const Parameter *parameter, json_object *value, Error *reterr) {
        int64_t number;

        if (json_integer(value, &number) != 0 || number < parameter->min || number > parameter->max)
                return error_set(reterr, -EINVAL, "'%s' takes a number from %" PRId64 " to %" PRId64, parameter->key,
                                 parameter->min, parameter->max);
        *(int64_t *) field(fault, parameter) = number;
        return 0;
}

static int set_parameter(Fault *fault, const Parameter *parameter, json_object *value, Error *reterr) {
        bool boolean;

        switch (parameter->type) {
        case NUMBER:
                return set_number(fault, parameter, value, reterr);
        case BOOLEAN:
                if (json_boolean(value, &boolean) != 0)
                        return error_set(reterr, -EINVAL, "'%s' takes true or false", parameter->key);
                *(int64_t *) field(fault, parameter) = boolean;
                return 0;
        case TEXT:
                if (!json_text(value))
                        return error_set(reterr, -EINVAL, "'%s' takes a text", parameter->key);
                *(const char **) field(fault, parameter) = json_text(value);
                return 0;
        case CHOICE:
                return set_choice(fault, parameter, value, reterr);
        case OBJECT:
                if (!json_object_is_type(value, json_type_object))
                        return error_set(reterr, -EINVAL, "'%s' takes an object", parameter->key);
                break;
        case JSON:
                break;
        }
        *(json_object **) field(fault, parameter) = value;
        return 0;
}

static int no_action(const char *name, Error *reterr) {
        _cleanup_(text_free) Text all = { 0 };

        for (size_t i = 0; i < FAULT_ACTIONS; i++) {
                text_puts(&all, i > 0 ? ", " : "");
                text_puts(&all, actions[i].name);
        }
        if (text_status(&all) < 0)
                return error_set(reterr, -ENOMEM, "out of memory");
        return error_set(reterr, -EINVAL, "there is no action '%s', but: %s", name, all.data);
}

static int read_action(json_object *spec, FaultAction *ret, Error *reterr) {
        const char *name = json_text(json_member(spec, "action"));

        for (size_t i = 0; name && i < FAULT_ACTIONS; i++) {
                if (strcmp(name, actions[i].name) == 0) {
                        *ret = (FaultAction) i;
                        return 0;
                }
        }
        return no_action(name ? name : "", reterr);
}

static int read_key(Fault *fault, const char *key, json_object *value, Error *reterr) {
        if (strcmp(key, "action") == 0)
                return 0;
        for (size_t i = 0; i < ELEMENTS(parameters); i++) {
                if (strcmp(key, parameters[i].key) == 0 && takes(fault->action, &parameters[i]))
                        return set_parameter(fault, &parameters[i], value, reterr);
        }
        return error_set(reterr, -EINVAL, "action '%s' has no parameter '%s'", actions[fault->action].name, key);
}

static void set_initial(Fault *fault) {
        for (size_t i = 0; i < ELEMENTS(parameters); i++) {
                ParameterType type = parameters[i].type;

                if (type == NUMBER || type == BOOLEAN || type == CHOICE)
                        *(int64_t *) field(fault, &parameters[i]) = parameters[i].initial;
        }
}

/* What the action is about need not be said. */
static void set_matchers(Fault *fault, uint64_t now_usec) {
        Direction direction = actions[fault->action].direction;

        if (!fault->method && (direction == READ || direction == LIST))
                fault->method = "GET";
        if (!fault->path && direction != ANY)
                fault->path = "/user";
        if (!fault->query && direction == LIST)
                fault->query = "none";
        if (fault->times == 0)
                fault->times = json_member(fault->spec, "nth") ? 1 : INT64_MAX;
        if (fault->for_ms > 0)
                fault->until_usec = now_usec + (uint64_t) fault->for_ms * 1000;
}

static int check(const Fault *fault, Error *reterr) {
        FaultAction action = fault->action;

        if (action == FAULT_STATUS && fault->status == 0)
                return error_set(reterr, -EINVAL, "action 'status' needs a 'status'");
        if ((action == FAULT_OMIT || action == FAULT_ALTER) && !fault->property)
                return error_set(reterr, -EINVAL, "action '%s' needs a 'property'", actions[action].name);
        if (action == FAULT_ALTER && fault->how == HOW_VALUE && !fault->value)
                return error_set(reterr, -EINVAL, "action 'alter' needs a 'value', or another 'how'");
        if ((action == FAULT_CUT_BODY || action == FAULT_STALL) && fault->bytes < 0)
                return error_set(reterr, -EINVAL, "action '%s' needs 'bytes'", actions[action].name);
        if ((action == FAULT_HIDE || action == FAULT_TWIN) && !fault->id_num)
                return error_set(reterr, -EINVAL, "action '%s' needs an 'id_num'", actions[action].name);
        if (action == FAULT_CHANGE && !fault->set)
                return error_set(reterr, -EINVAL, "action 'change' needs 'set'");
        if (fault->query && strcmp(fault->query, "none") != 0 && strcmp(fault->query, "id") != 0 &&
            strcmp(fault->query, "idnum") != 0)
                return error_set(reterr, -EINVAL, "'query' takes one of: none, id, idnum");
        return 0;
}

int fault_new(json_object *spec, uint64_t now_usec, Fault **ret, Error *reterr) {
        _cleanup_(fault_unrefp) Fault *fault = NULL;
        int r;

        if (!json_object_is_type(spec, json_type_object))
                return error_set(reterr, -EINVAL, "a fault is a JSON object");

        fault = calloc(1, sizeof(*fault));
        if (!fault)
                return error_set(reterr, -ENOMEM, "out of memory");
        fault->references = 1;
        fault->spec = json_object_get(spec);

        r = read_action(spec, &fault->action, reterr);
        if (r < 0)
                return r;
        set_initial(fault);
        json_object_object_foreach(spec, key, value) {
                r = read_key(fault, key, value, reterr);
                if (r < 0)
                        return r;
        }
        set_matchers(fault, now_usec);
        r = check(fault, reterr);
        if (r < 0)
                return r;

        *ret = steal(fault);
        return 0;
}
