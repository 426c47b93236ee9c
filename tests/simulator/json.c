/* Strict reading of JSON, on top of json-c. */

#include "tests/simulator/json.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <strings.h>

#define ID_MAX (INT64_C(1) << 53)

enum {
        DEPTH = 16,             /* the deepest documented body needs 5 */
};

static bool only_blanks(const char *data, size_t length) {
        for (size_t i = 0; i < length; i++) {
                if (!strchr(" \t\r\n", data[i]) || data[i] == '\0')
                        return false;
        }
        return true;
}

int json_parse(const char *data, size_t length, json_object **ret) {
        _cleanup_(json_tokener_freep) json_tokener *tokener = NULL;
        json_object *value;
        size_t end;

        if (length == 0 || length > INT_MAX)
                return JSON_INVALID;

        tokener = json_tokener_new_ex(DEPTH);
        if (!tokener)
                return -ENOMEM;

        json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8 |
                               JSON_TOKENER_ALLOW_TRAILING_CHARS);
        value = json_tokener_parse_ex(tokener, data, (int) length);
        if (json_tokener_get_error(tokener) != json_tokener_success)
                return JSON_INVALID;

        end = json_tokener_get_parse_end(tokener);
        if (!only_blanks(data + end, length - end)) {
                json_object_put(value);
                return JSON_INVALID;
        }
        *ret = value;
        return 0;
}

json_object *json_member(json_object *object, const char *key) {
        json_object *value = NULL;

        if (!json_object_is_type(object, json_type_object))
                return NULL;
        (void) json_object_object_get_ex(object, key, &value);
        return value;
}

const char *json_text(json_object *value) {
        const char *text;

        if (!json_object_is_type(value, json_type_string))
                return NULL;
        text = json_object_get_string(value);
        if (!text || strlen(text) != (size_t) json_object_get_string_len(value))
                return NULL;
        return text;
}

/* ruling 4 */
int json_boolean(json_object *value, bool *ret) {
        const char *text = json_text(value);
        int64_t number;

        if (json_object_is_type(value, json_type_boolean)) {
                *ret = json_object_get_boolean(value);
                return 0;
        }
        if (text && (strcasecmp(text, "true") == 0 || strcasecmp(text, "false") == 0)) {
                *ret = text[0] == 't' || text[0] == 'T';
                return 0;
        }
        if (json_integer(value, &number) == 0 && (number == 0 || number == 1)) {
                *ret = number == 1;
                return 0;
        }
        return JSON_INVALID;
}

/* ruling 5 */
int json_integer(json_object *value, int64_t *ret) {
        const char *text = json_text(value);
        long long number;
        char *end;

        if (json_object_is_type(value, json_type_int)) {
                *ret = json_object_get_int64(value);
                return 0;
        }
        if (!text || text[0] == '\0' || strspn(text, "-0123456789") != strlen(text))
                return JSON_INVALID;

        errno = 0;
        number = strtoll(text, &end, 10);
        if (errno != 0 || *end != '\0')
                return JSON_INVALID;
        *ret = number;
        return 0;
}

int json_id(json_object *value, int64_t *ret) {
        int64_t id;

        if (json_integer(value, &id) != 0 || id < -ID_MAX || id > ID_MAX)
                return JSON_INVALID;
        *ret = id;
        return 0;
}

void json_write(Text *text, json_object *value) {
        const char *json = "null";
        size_t length = 4;

        if (value) {
                json = json_object_to_json_string_length(value, JSON_C_TO_STRING_PLAIN |
                                                         JSON_C_TO_STRING_NOSLASHESCAPE, &length);
                if (!json) {
                        text->failed = true;
                        return;
                }
        }
        text_append(text, json, length);
}
