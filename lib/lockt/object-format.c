/* Objects as JSON, by the tables of object-types.c. */

#include "lib/lockt/object.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/time.h"

static const char key_mask[] = "****";

/* Millionths are more than any battery tells; the decimal point is a point in every locale. */
static void put_decimal(Body *body, double value) {
        uint64_t millionths = (uint64_t) (value * 1e6 + 0.5);
        char text[48];
        int n;

        n = snprintf(text, sizeof(text), "%" PRIu64 ".%06" PRIu64, millionths / 1000000, millionths % 1000000);
        while (n > 1 && text[n - 1] == '0')
                text[--n] = '\0';
        if (text[n - 1] == '.')
                text[n - 1] = '\0';
        body_raw(body, text);
}

static void put_instant(Body *body, int64_t instant) {
        char text[INSTANT_TEXT_SIZE] = "";

        (void) instant_format_iso(instant, text);
        body_string(body, text);
}

static void put_references(Body *body, const LocktReferences *list) {
        body_raw(body, "[");
        for (size_t i = 0; i < list->n_items; i++) {
                body_raw(body, i > 0 ? ",{\"id\":" : "{\"id\":");
                body_number(body, list->items[i].id);
                if (*list->items[i].name) {
                        body_raw(body, ",\"name\":");
                        body_string(body, list->items[i].name);
                }
                body_raw(body, "}");
        }
        body_raw(body, "]");
}

static void put_members(Body *body, const LocktMembers *members) {
        for (size_t i = 0; i < members->n_items; i++) {
                const LocktMember *member = &members->items[i];

                body_key(body, member->name);
                if (member->is_text || !*member->value)
                        body_string(body, member->value);
                else
                        body_raw(body, member->value);
        }
}

/* Whether it would be invented to write the property. */
static bool is_absent(const Field *field, const void *from) {
        switch (field->type) {
        case FIELD_ID:
                return *(const int64_t *) from == 0;
        case FIELD_INTEGER:
                return *(const int64_t *) from < 0;
        case FIELD_DECIMAL:
                return *(const double *) from < 0;
        case FIELD_REFERENCES:
                return !((const LocktReferences *) from)->known;
        default:
                return field->alias;
        }
}

static void put_text(Body *body, const char *name, const char *text, bool mask) {
        bool hide = mask && *text && strcmp(name, "credential_key") == 0;

        body_string(body, hide ? key_mask : text);
}

static void put_field(Body *body, const Field *field, const void *from, bool mask) {
        body_key(body, field->name);
        switch (field->type) {
        case FIELD_ID:
        case FIELD_INTEGER:
                body_number(body, *(const int64_t *) from);
                break;
        case FIELD_TEXT:
                put_text(body, field->name, *(const char *const *) from, mask);
                break;
        case FIELD_BOOLEAN:
                body_raw(body, *(const bool *) from ? "true" : "false");
                break;
        case FIELD_BIT:
                body_raw(body, *(const bool *) from ? "1" : "0");
                break;
        case FIELD_DECIMAL:
                put_decimal(body, *(const double *) from);
                break;
        case FIELD_INSTANT:
                put_instant(body, *(const int64_t *) from);
                break;
        default:
                put_references(body, from);
                break;
        }
}

char *lockt_object_format(LocktObject kind, const void *object, bool mask) {
        const ObjectType *type = object_type(kind);
        Body body = { 0 };

        body_raw(&body, "{");
        for (size_t i = 0; i < type->n_fields; i++) {
                const Field *field = &type->fields[i];
                const void *from = (const char *) object + field->offset;

                if (field->type == FIELD_MEMBERS)
                        put_members(&body, from);
                else if (!is_absent(field, from) && !field->alias)
                        put_field(&body, field, from, mask);
        }
        body_raw(&body, "}");
        if (body.failed) {
                body_deinit(&body);
                return NULL;
        }
        return body.text;
}

static bool text_matches(const Field *field, const char *text, const char *wanted) {
        return strcmp(field->name, "credential_key") != 0 && strcasestr(text, wanted);
}

static bool references_match(const LocktReferences *list, const char *wanted) {
        for (size_t i = 0; i < list->n_items; i++) {
                if (strcasestr(list->items[i].name, wanted))
                        return true;
        }
        return false;
}

static bool members_match(const LocktMembers *members, const char *wanted) {
        for (size_t i = 0; i < members->n_items; i++) {
                if (strcasestr(members->items[i].name, wanted) || strcasestr(members->items[i].value, wanted))
                        return true;
        }
        return false;
}

static bool field_matches(const Field *field, const void *from, const char *wanted) {
        char id[24];

        switch (field->type) {
        case FIELD_ID:
                (void) snprintf(id, sizeof(id), "%" PRId64, *(const int64_t *) from);
                return strcmp(id, wanted) == 0;
        case FIELD_TEXT:
                return text_matches(field, *(const char *const *) from, wanted);
        case FIELD_REFERENCES:
                return references_match(from, wanted);
        case FIELD_MEMBERS:
                return members_match(from, wanted);
        default:
                return false;
        }
}

bool lockt_object_matches(LocktObject kind, const void *object, const char *text) {
        const ObjectType *type = object_type(kind);

        for (size_t i = 0; i < type->n_fields; i++) {
                if (field_matches(&type->fields[i], (const char *) object + type->fields[i].offset, text))
                        return true;
        }
        return false;
}
