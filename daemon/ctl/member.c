/* Members of answers. See member.h. */

#include "daemon/ctl/member.h"

struct json_object *member(struct json_object *object, const char *name) {
        struct json_object *value = NULL;

        if (!json_object_is_type(object, json_type_object))
                return NULL;
        return json_object_object_get_ex(object, name, &value) ? value : NULL;
}

const char *member_text(struct json_object *object, const char *name) {
        struct json_object *value = member(object, name);

        return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
}

int64_t member_number(struct json_object *object, const char *name) {
        struct json_object *value = member(object, name);

        return json_object_is_type(value, json_type_int) ? json_object_get_int64(value) : 0;
}

bool member_flag(struct json_object *object, const char *name) {
        struct json_object *value = member(object, name);

        return json_object_is_type(value, json_type_boolean) && json_object_get_boolean(value);
}

size_t member_count(struct json_object *object, const char *name) {
        struct json_object *value = member(object, name);

        return json_object_is_type(value, json_type_array) ? json_object_array_length(value) : 0;
}

struct json_object *member_at(struct json_object *object, const char *name, size_t i) {
        return i < member_count(object, name) ? json_object_array_get_idx(member(object, name), i) : NULL;
}

const char *value_text(struct json_object *value) {
        const char *text;

        if (!value)
                return "";
        text = json_object_is_type(value, json_type_string) ? json_object_get_string(value)
                                                            : json_object_to_json_string_ext(value,
                                                                                             JSON_C_TO_STRING_PLAIN);
        return text ? text : "";
}
