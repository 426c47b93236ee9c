/* People, masked. See control-check.h. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/control-check.h"
#include "daemon/control-json.h"
#include "daemon/row-values.h"
#include "lib/base/utf8.h"

const char *check_type_name(uint32_t type) {
        static const struct {
                uint32_t type;
                const char *name;
        } names[] = {
                { 16, "boolean" }, { 20, "bigint" }, { 21, "smallint" }, { 23, "integer" }, { 25, "text" },
                { 1009, "text[]" }, { 1015, "character varying[]" }, { 1042, "character" },
                { 1043, "character varying" }, { 1082, "date" }, { 1114, "timestamp" },
                { 1184, "timestamp with time zone" }, { 1700, "numeric" }, { 2950, "uuid" },
        };
        static char other[32];

        for (size_t i = 0; i < ELEMENTS(names); i++)
                if (names[i].type == type)
                        return names[i].name;
        (void) snprintf(other, sizeof(other), "type %u", type);
        return other;
}

static size_t characters(const char *text, size_t *ret_two) {
        size_t length = strlen(text), count = 0;
        uint32_t c;

        *ret_two = 0;
        for (size_t i = 0; i < length; count++) {
                size_t n = utf8_decode(text + i, length - i, &c);

                i += n > 0 ? n : 1;
                if (count < 2)
                        *ret_two = i;
        }
        return count;
}

char *check_mask(const char *text) {
        size_t two, n = characters(text, &two);
        const char *at = strchr(text, '@');
        char *masked;

        /* Of an address the domain is shown: that is where mistakes of a mapping are seen. */
        if (asprintf(&masked, "%.*s…… (%zu characters)%s%s", n > 4 ? (int) two : 0, text, n, at ? " " : "",
                     at ? at : "") < 0)
                return NULL;
        return masked;
}

static bool is_personal(Property property) {
        return property == PROPERTY_FIRST_NAME || property == PROPERTY_LAST_NAME || property == PROPERTY_EMAIL ||
               property == PROPERTY_PHONE || property == PROPERTY_CARD_NUM || property == PROPERTY_CREDENTIAL_KEY;
}

static struct json_object *property_json(const User *user, Property property) {
        _cleanup_(freep) char *masked = NULL;

        switch (property) {
        case PROPERTY_PIN:
                return json_text(user->pin ? "(set)" : NULL);
        case PROPERTY_ACCESS_EFFECTIVE:
                return json_instant(user->access_effective);
        case PROPERTY_ACCESS_EXPIRES:
                return json_instant(user->access_expires);
        case PROPERTY_ENABLED:
                return json_object_new_boolean(user->enabled);
        default:
                break;
        }
        if (!user->text[property] || !is_personal(property))
                return json_text(user->text[property]);
        masked = check_mask(user->text[property]);
        return json_text(masked);
}

static struct json_object *properties_json(const Person *person) {
        struct json_object *object = json_object_new_object();

        for (Property property = 0; property < PROPERTIES; property++)
                if ((person->mapped & PROPERTY_BIT(property)) && property != PROPERTY_ID_NUM &&
                    property != PROPERTY_ACCESSLEVELS)
                        json_add(object, property_name(property), property_json(&person->wanted, property));
        return object;
}

static const char *standing_name(Standing standing) {
        switch (standing) {
        case STANDING_IN: return "in";
        case STANDING_OUT: return "out";
        case STANDING_UNCLEAR: return "unclear";
        case STANDING_ABSENT: return "absent";
        }
        return "";
}

int check_person(Call *call, const Mapping *mapping, const char *line, size_t length, const Level *levels,
                 size_t n_levels) {
        _cleanup_(row_values_deinit) RowValues values = { 0 };
        _cleanup_(person_deinit) Person person = PERSON_INIT;
        size_t key = mapping_key_index(mapping);
        struct json_object *object;
        Row row;
        int r;

        r = row_values_copy(line, length, &values);
        if (r < 0)
                return r;
        row = row_values_row(&values);
        if (key >= row.n_values || !row.values[key] || row.lengths[key] == 0)
                return 0;       /* counted, but nobody can be made of it */
        r = mapping_apply(mapping, &row, clock_now().real_usec / 1000000, &person);
        if (r < 0)
                return r;

        person.wanted.levels_known = true;
        object = json_object_new_object();
        json_add_text(object, "id_num", person.key);
        json_add_text(object, "standing", standing_name(person.standing));
        json_add(object, "properties", properties_json(&person));
        json_add(object, "levels", json_levels(&person.wanted, levels, n_levels));
        json_add(object, "fault", json_text_or_null(person.fault));
        call_say(call, "person", object);
        return 0;
}
