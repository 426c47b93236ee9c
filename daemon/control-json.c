/* JSON for answers. See control-json.h. */

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/control-json.h"
#include "lib/base/utf8.h"

static struct json_object *mended(const char *text, size_t length) {
        _cleanup_(freep) char *copy = NULL;
        struct json_object *object;
        size_t used = 0;
        uint32_t c;

        if (length > INT_MAX / 3)
                return NULL;
        copy = malloc(length * 3 + 1);
        if (!copy)
                return NULL;
        for (size_t i = 0; i < length;) {
                size_t n = utf8_decode(text + i, length - i, &c);

                if (n > 0)
                        (void) memcpy(copy + used, text + i, n);
                else
                        (void) memcpy(copy + used, "\xef\xbf\xbd", 3);
                used += n > 0 ? n : 3;
                i += n > 0 ? n : 1;
        }
        object = json_object_new_string_len(copy, (int) used);
        return object;
}

struct json_object *json_text_n(const char *text, size_t length) {
        uint32_t c;

        if (!text)
                return NULL;
        for (size_t i = 0, n; i < length; i += n) {
                n = utf8_decode(text + i, length - i, &c);
                if (n == 0)
                        return mended(text, length);
        }
        return length > INT_MAX ? NULL : json_object_new_string_len(text, (int) length);
}

struct json_object *json_text(const char *text) {
        return text ? json_text_n(text, strlen(text)) : NULL;
}

struct json_object *json_text_or_null(const char *text) {
        return text && *text ? json_text(text) : NULL;
}

struct json_object *json_time(int64_t usec) {
        return usec > 0 && usec < INT64_MAX ? json_object_new_int64(usec) : NULL;
}

struct json_object *json_instant(int64_t instant) {
        char text[INSTANT_TEXT_SIZE];

        if (instant == INSTANT_NONE || instant_format_iso(instant, text) < 0)
                return NULL;
        return json_object_new_string(text);
}

void json_add(struct json_object *object, const char *name, struct json_object *value) {
        if (!object || json_object_object_add(object, name, value) < 0)
                (void) json_object_put(value);
}

void json_add_text(struct json_object *object, const char *name, const char *text) {
        json_add(object, name, json_text(text));
}

void json_add_flag(struct json_object *object, const char *name, bool value) {
        json_add(object, name, json_object_new_boolean(value));
}

void json_add_number(struct json_object *object, const char *name, int64_t value) {
        json_add(object, name, json_object_new_int64(value));
}

void json_add_time(struct json_object *object, const char *name, int64_t usec) {
        json_add(object, name, json_time(usec));
}

static int by_id(const void *key, const void *element) {
        int64_t id = *(const int64_t *) key, other = ((const Level *) element)->id;

        return (id > other) - (id < other);
}

const char *level_name(int64_t id, const Level *levels, size_t n_levels) {
        const Level *level = n_levels > 0 ? bsearch(&id, levels, n_levels, sizeof(*levels), by_id) : NULL;

        return level && level->name ? level->name : "";
}

struct json_object *json_levels(const User *user, const Level *levels, size_t n_levels) {
        struct json_object *array;

        if (!user->levels_known)
                return NULL;
        array = json_object_new_array();
        for (size_t i = 0; array && i < user->n_levels; i++) {
                struct json_object *level = json_object_new_object();

                json_add_number(level, "id", user->levels[i]);
                json_add_text(level, "name", level_name(user->levels[i], levels, n_levels));
                if (json_object_array_add(array, level) < 0)
                        (void) json_object_put(level);
        }
        return array;
}
