/* Requests, parsed and checked. See control-request.h. */

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "daemon/control-request.h"

#define TEXTS_MAX 1000
#define DEPTH_MAX 4

int request_parse(const char *line, size_t length, struct json_object **ret, const char **ret_command, Error *reterr) {
        struct json_tokener *tokener;
        struct json_object *request, *command;
        enum json_tokener_error why;
        size_t end;

        tokener = json_tokener_new_ex(DEPTH_MAX);
        if (!tokener)
                return error_set(reterr, -ENOMEM, "can't read the request: out of memory");
        json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
        request = json_tokener_parse_ex(tokener, line, (int) length);
        why = json_tokener_get_error(tokener);
        end = json_tokener_get_parse_end(tokener);
        json_tokener_free(tokener);

        if (why == json_tokener_success && end < length)
                why = json_tokener_error_parse_unexpected;
        if (why != json_tokener_success) {
                (void) json_object_put(request);
                return error_set(reterr, -EINVAL, "the request is not JSON: %s",
                                 why == json_tokener_continue ? "it ends early" : json_tokener_error_desc(why));
        }
        if (!json_object_is_type(request, json_type_object) ||
            !json_object_object_get_ex(request, "command", &command) ||
            !json_object_is_type(command, json_type_string)) {
                (void) json_object_put(request);
                return error_set(reterr, -EINVAL, "a request is an object with a \"command\"");
        }

        *ret = request;
        *ret_command = json_object_get_string(command);
        return 0;
}

static bool text_ok(struct json_object *value) {
        return json_object_is_type(value, json_type_string) && json_object_get_string_len(value) > 0 &&
               strlen(json_object_get_string(value)) == (size_t) json_object_get_string_len(value);
}

static bool texts_ok(struct json_object *value) {
        if (!json_object_is_type(value, json_type_array))
                return false;
        size_t n = json_object_array_length(value);
        if (n == 0 || n > TEXTS_MAX)
                return false;
        for (size_t i = 0; i < n; i++)
                if (!text_ok(json_object_array_get_idx(value, i)))
                        return false;
        return true;
}

static int check_member(const char *name, struct json_object *value, MemberKind kind, Error *reterr) {
        switch (kind) {
        case MEMBER_TEXT:
                return text_ok(value) ? 0 : error_set(reterr, -EINVAL, "'%s' takes a text", name);
        case MEMBER_TEXTS:
                return texts_ok(value) ? 0 : error_set(reterr, -EINVAL, "'%s' takes an array of 1 to %d texts", name,
                                                       TEXTS_MAX);
        case MEMBER_FLAG:
                return json_object_is_type(value, json_type_boolean)
                               ? 0 : error_set(reterr, -EINVAL, "'%s' takes true or false", name);
        case MEMBER_NUMBER:
                return json_object_is_type(value, json_type_int) && json_object_get_int64(value) >= 0
                               ? 0 : error_set(reterr, -EINVAL, "'%s' takes a number of 0 or more", name);
        }
        return 0;
}

static const Member *find_member(const Member *members, const char *name) {
        for (const Member *member = members; member && member->name; member++)
                if (strcmp(member->name, name) == 0)
                        return member;
        return NULL;
}

int request_check(struct json_object *request, const Member *members, Error *reterr) {
        struct json_object_iterator at = json_object_iter_begin(request), end = json_object_iter_end(request);

        for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at)) {
                const char *name = json_object_iter_peek_name(&at);
                const Member *member = find_member(members, name);
                int r;

                if (strcmp(name, "command") == 0)
                        continue;
                if (!member)
                        return error_set(reterr, -EINVAL, "this command takes no '%s'", name);
                r = check_member(name, json_object_iter_peek_value(&at), member->kind, reterr);
                if (r < 0)
                        return r;
        }

        for (const Member *member = members; member && member->name; member++)
                if (member->required && !json_object_object_get_ex(request, member->name, NULL))
                        return error_set(reterr, -EINVAL, "this command needs '%s'", member->name);
        return 0;
}

const char *request_steers(struct json_object *request, const Member *members) {
        for (const Member *member = members; member && member->name; member++)
                if (member->steers && json_object_object_get_ex(request, member->name, NULL))
                        return member->name;
        return NULL;
}
