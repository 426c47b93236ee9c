/* Other forms of a record than the documented one. */

#include "tests/simulator/transform.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static const FaultAction transformations[] = {
        FAULT_HIDE,
        FAULT_TWIN,
        FAULT_CHANGE,
        FAULT_OMIT,
        FAULT_BOOLEANS,
        FAULT_NUMBERS_AS_STRINGS,
        FAULT_STRINGS_AS_NUMBERS,
        FAULT_UNKNOWN_PROPERTIES,
        FAULT_NULLS,
};

bool transform_needed(const FaultSet *faults) {
        for (size_t i = 0; i < ELEMENTS(transformations); i++) {
                if (fault_set_find(faults, transformations[i]))
                        return true;
        }
        return false;
}

/* Takes over @value, which is NULL when memory ran out. */
static int put(json_object *user, const char *key, json_object *value) {
        if (!value)
                return -ENOMEM;
        if (json_object_object_add(user, key, value) < 0) {
                json_object_put(value);
                return -ENOMEM;
        }
        return 0;
}

static int change(json_object *user, json_object *set) {
        json_object_object_foreach(set, key, value) {
                if (json_object_object_add(user, key, json_object_get(value)) < 0) {
                        json_object_put(value);
                        return -ENOMEM;
                }
        }
        return 0;
}

static int change_boolean(json_object *user, int64_t as) {
        json_object *value = json_member(user, "enabled");
        bool enabled;

        if (json_boolean(value, &enabled) != 0)
                return 0;
        return put(user, "enabled", as == AS_NUMBER ? json_object_new_int(enabled)
                                                    : json_object_new_string(enabled ? "true" : "false"));
}

static int number_to_string(json_object *object, const char *key) {
        json_object *value = json_member(object, key);

        if (!json_object_is_type(value, json_type_int))
                return 0;
        return put(object, key, json_object_new_string(json_object_get_string(value)));
}

static int numbers_to_strings(json_object *record) {
        static const char *const references[] = { "accesslevels", "doors", "user" };
        int r;

        r = number_to_string(record, "id");
        for (size_t i = 0; r == 0 && i < ELEMENTS(references); i++) {
                json_object *list = json_member(record, references[i]);
                size_t n = json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;

                for (size_t k = 0; r == 0 && k < n; k++)
                        r = number_to_string(json_object_array_get_idx(list, k), "id");
        }
        return r;
}

/* Leading zeros are lost, as they would be. What no number can hold stays a string. */
static int string_to_number(json_object *user, const char *key) {
        json_object *value = json_member(user, key);
        int64_t number;

        if (!json_text(value) || json_integer(value, &number) != 0)
                return 0;
        return put(user, key, json_object_new_int64(number));
}

static int strings_to_numbers(json_object *user, const char *property) {
        static const char *const numeric[] = { "id_num", "card_num", "phone" };
        int r = 0;

        if (property)
                return string_to_number(user, property);
        for (size_t i = 0; r == 0 && i < ELEMENTS(numeric); i++)
                r = string_to_number(user, numeric[i]);
        return r;
}

static int add_unknown(json_object *user) {
        json_object *nested = json_object_new_object();
        int r;

        r = put(user, "photo", nested);
        if (r == 0)
                r = put(nested, "url", json_object_new_string("https://example.org/photo"));
        if (r == 0)
                r = put(nested, "sizes", json_object_new_array());
        if (r == 0)
                r = put(user, "partition", json_object_new_int(7));
        return r;
}

static int empty_to_null(json_object *user) {
        json_object_object_foreach(user, key, value) {
                const char *text = json_text(value);

                if (text && text[0] == '\0' && json_object_object_add(user, key, NULL) < 0)
                        return -ENOMEM;
        }
        return 0;
}

static int apply(json_object *user, const Fault *fault) {
        switch (fault->action) {
        case FAULT_CHANGE:
                return change(user, fault->set);
        case FAULT_OMIT:
                json_object_object_del(user, fault->property);
                return 0;
        case FAULT_BOOLEANS:
                return change_boolean(user, fault->as);
        case FAULT_NUMBERS_AS_STRINGS:
                return numbers_to_strings(user);
        case FAULT_STRINGS_AS_NUMBERS:
                return strings_to_numbers(user, fault->property);
        case FAULT_UNKNOWN_PROPERTIES:
                return add_unknown(user);
        case FAULT_NULLS:
                return empty_to_null(user);
        default:
                return 0;
        }
}

static int write_twin(json_object *user, const Fault *fault, Text *text) {
        _cleanup_(json_object_putp) json_object *twin = NULL;
        int r = 0;

        if (json_object_deep_copy(user, &twin, NULL) < 0)
                return -ENOMEM;
        if (fault->set)
                r = change(twin, fault->set);
        text_puts(text, ",");
        json_write(text, twin);
        return r;
}

/* What says which record a fault concerns: its id_num; without one its name, or its card. */
static const char *key_of(json_object *record) {
        static const char *const keys[] = { "id_num", "name", "card_num" };

        for (size_t i = 0; i < ELEMENTS(keys); i++) {
                const char *text = json_text(json_member(record, keys[i]));

                if (text && text[0] != '\0')
                        return text;
        }
        return "";
}

int transform_record(const FaultSet *faults, bool list, const StoredRecord *stored, Text *text) {
        _cleanup_(json_object_putp) json_object *record = NULL;
        _cleanup_(freep) char *key = NULL;
        const Fault *twin;
        int r;

        r = json_parse(stored->json, stored->length, &record);
        if (r != 0)
                return r < 0 ? r : -EUCLEAN;

        /* A copy: a fault may change the very property that says which record it concerns. */
        key = strdup(key_of(record));
        if (!key)
                return -ENOMEM;
        if (list && fault_set_find_record(faults, FAULT_HIDE, key))
                return TRANSFORM_HIDDEN;

        for (size_t i = 0; i < faults->n; i++) {
                const Fault *fault = faults->items[i];

                if (fault->id_num && strcmp(fault->id_num, key) != 0)
                        continue;
                r = apply(record, fault);
                if (r < 0)
                        return r;
        }
        json_write(text, record);
        twin = fault_set_find_record(faults, FAULT_TWIN, key);
        return twin ? write_twin(record, twin, text) : 0;
}

int transform_by_hand(const StoredRecord *user, Text *text) {
        text_append(text, user->json, user->length - 1);
        text_puts(text, ",\"pin\":");
        text_json(text, user->pin, strlen(user->pin));
        if (user->holder > 0)
                text_printf(text, ",\"user_id\":%" PRId64, user->holder);
        text_puts(text, "}");
        return text_status(text);
}
