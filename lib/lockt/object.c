/* The reader that goes by the tables of object-types.c. */

#include "lib/lockt/object.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <strings.h>

#include "lib/base/time.h"

enum {
        TEXT_MAX = 4096,                /* bytes; what is longer was not meant for a name */
        NAME_MAX_LENGTH = 128,          /* bytes of a member's name */
        INSTANT_TEXT_MAX = 64,
};

/* No level of charge; and what is larger could not be written again. */
#define DECIMAL_MAX 1e9

typedef struct Element {
        ObjectReader *reader;
        const ObjectType *type;
        Json json;
        Object object;
        uint32_t seen;                  /* bits of the rows of the table */
        bool bad_id;
} Element;

void object_reader_deinit(ObjectReader *reader) {
        free(reader->scratch);
        free(reader->references);
        free(reader->members);
        *reader = (ObjectReader) { 0 };
}

static void *place(Element *element, const Field *field) {
        return (char *) &element->object + field->offset;
}

static void mark_unclear(Element *element, const char *name) {
        const char **unclear = (void *) ((char *) &element->object + element->type->unclear);

        if (!*unclear)
                *unclear = name;
}

/* What a property is while nothing was said of it. */
static void set_empty(Element *element, const Field *field) {
        void *to = place(element, field);

        switch (field->type) {
        case FIELD_TEXT:
                *(const char **) to = "";
                break;
        case FIELD_INTEGER:
                *(int64_t *) to = -1;
                break;
        case FIELD_DECIMAL:
                *(double *) to = -1;
                break;
        case FIELD_INSTANT:
                *(int64_t *) to = INSTANT_NONE;
                break;
        default:
                break;                  /* nought, as all is made */
        }
}

static int begin(Element *element, const char *bytes, size_t length, Error *reterr) {
        ObjectReader *reader = element->reader;
        JsonToken token;

        /* A text is never longer than the JSON that it came in, and its NUL takes the place of a quote or a comma. */
        if (reader->scratch_size < length + 1) {
                size_t size = length + 1 < 4096 ? 4096 : length + 1;
                char *scratch = realloc(reader->scratch, size);

                if (!scratch)
                        return error_set(reterr, -ENOMEM, "cannot read an element of the list: out of memory");
                reader->scratch = scratch;
                reader->scratch_size = size;
        }
        reader->used = 0;
        for (size_t i = 0; i < element->type->n_fields; i++)
                set_empty(element, &element->type->fields[i]);
        json_init(&element->json, bytes, length);
        return json_value(&element->json, &token) == JSON_OBJECT ? 0 : -EBADMSG;
}

static bool is_integer(const JsonToken *token) {
        for (size_t i = token->text[0] == '-' ? 1 : 0; i < token->length; i++) {
                if (token->text[i] < '0' || token->text[i] > '9')
                        return false;
        }
        return true;
}

/* ruling 5: a number where a text is documented is its digits. ruling 34: null is empty. */
static bool read_text(ObjectReader *reader, const JsonToken *token, const char **ret) {
        char *text = reader->scratch + reader->used;
        ssize_t n;

        if (token->type == JSON_NULL) {
                *ret = "";
                return true;
        }
        if (token->type == JSON_NUMBER ? !is_integer(token) : token->type != JSON_STRING)
                return false;
        n = json_decode(token, text);
        if (n < 0 || n > TEXT_MAX)
                return false;
        reader->used += (size_t) n + 1;
        *ret = text;
        return true;
}

/* ruling 4: JSON booleans, their names as strings, 0 and 1. */
static bool read_boolean(const JsonToken *token, bool *ret) {
        static const char *const yes[] = { "true", "1" }, *const no[] = { "false", "0" };

        switch (token->type) {
        case JSON_TRUE:
        case JSON_FALSE:
                *ret = token->type == JSON_TRUE;
                return true;
        case JSON_NULL:
                *ret = false;
                return true;
        case JSON_STRING:
        case JSON_NUMBER:
                break;
        default:
                return false;
        }
        for (size_t i = 0; i < ELEMENTS(yes); i++) {
                if (strlen(yes[i]) == token->length && strncasecmp(yes[i], token->text, token->length) == 0)
                        return *ret = true;
                if (strlen(no[i]) == token->length && strncasecmp(no[i], token->text, token->length) == 0)
                        return !(*ret = false);
        }
        return false;
}

/* "" is none, as null is. */
static bool is_none(const JsonToken *token) {
        return token->type == JSON_NULL || (token->type == JSON_STRING && token->length == 0);
}

/*
 * A decimal, also as a string. Not by strtod(), whose decimal point is the locale's: up to 15 digits and a small power
 * of ten are exact in a double anyway.
 */
static bool read_decimal(const JsonToken *token, double *ret) {
        const char *p = token->text, *end = p + token->length;
        double value = 0, scale = 1;
        unsigned n_digits = 0;
        bool fraction = false;

        if (is_none(token)) {
                *ret = -1;
                return true;
        }
        if (token->type != JSON_NUMBER && token->type != JSON_STRING)
                return false;
        for (; p < end; p++) {
                if (*p == '.' && !fraction) {
                        fraction = true;
                        continue;
                }
                if (*p < '0' || *p > '9')
                        return false;
                if (++n_digits > 15)
                        continue;
                value = value * 10 + (*p - '0');
                if (fraction)
                        scale *= 10;
        }
        *ret = value / scale;
        return n_digits > 0 && (fraction || n_digits <= 15) && *ret <= DECIMAL_MAX;
}

/* ruling 7: both forms of a time; "" and null are none. */
static bool read_instant(const ObjectReader *reader, const JsonToken *token, int64_t *ret) {
        char text[INSTANT_TEXT_MAX + 1];

        if (token->type == JSON_NULL) {
                *ret = INSTANT_NONE;
                return true;
        }
        if (token->type != JSON_STRING || token->length > INSTANT_TEXT_MAX || json_decode(token, text) < 0)
                return false;
        return instant_parse_api(text, reader->timezone, ret) >= 0;
}

static int keep_reference(ObjectReader *reader, LocktReferences *list, const LocktReference *item) {
        if (list->n_items == reader->references_allocated) {
                size_t allocated = reader->references_allocated > 0 ? 2 * reader->references_allocated : 16;
                LocktReference *items = reallocarray(reader->references, allocated, sizeof(*items));

                if (!items)
                        return -ENOMEM;
                reader->references = items;
                reader->references_allocated = allocated;
        }
        reader->references[list->n_items++] = *item;
        list->items = reader->references;
        return 0;
}

/* {"id":N,"name":"…"}, entered, or a bare id: 1, 0 when it has no usable id, negative. */
static int read_reference(Element *element, const JsonToken *token, LocktReference *ret) {
        JsonToken key, value;
        bool named = false;
        int r;

        *ret = (LocktReference) { .name = "" };
        if (token->type != JSON_OBJECT) {
                if (json_skip(&element->json, token) < 0)
                        return -EBADMSG;
                return json_integer(token, &ret->id) >= 0 && ret->id > 0;
        }
        while ((r = json_member(&element->json, &key)) > 0) {
                if (json_value(&element->json, &value) == JSON_BAD)
                        return -EBADMSG;
                if (json_text_is(&key, "id") && (ret->id != 0 || json_integer(&value, &ret->id) < 0))
                        ret->id = -1;
                else if (json_text_is(&key, "name") && !named)
                        named = read_text(element->reader, &value, &ret->name);
                if (json_skip(&element->json, &value) < 0)
                        return -EBADMSG;
        }
        return r < 0 ? r : ret->id > 0;
}

/*
 * An array of references, or one alone (ruling 46). rulings 21 and 34: absent is unknown, null is empty. With one that
 * is not understood, nothing is known of the whole: 0.
 */
static int read_references(Element *element, const JsonToken *token, LocktReferences *ret) {
        bool understood = true;
        LocktReference item;
        JsonToken value;
        int r = 0;

        if (token->type == JSON_OBJECT) {
                r = read_reference(element, token, &item);
                if (r > 0 && keep_reference(element->reader, ret, &item) < 0)
                        return -ENOMEM;
                ret->known = r > 0;
                return r;
        }
        if (token->type != JSON_ARRAY) {
                ret->known = is_none(token);
                return json_skip(&element->json, token) < 0 ? -EBADMSG : ret->known;
        }
        while ((r = json_item(&element->json)) > 0) {
                (void) json_value(&element->json, &value);
                r = read_reference(element, &value, &item);
                if (r < 0)
                        return r;
                if (r == 0)
                        understood = false;
                else if (keep_reference(element->reader, ret, &item) < 0)
                        return -ENOMEM;
        }
        if (!understood)
                *ret = (LocktReferences) { 0 };
        ret->known = understood;
        return r < 0 ? r : understood;
}

/* A member of an object that the document does not list: kept if it is a scalar. */
static int read_free_member(Element *element, const JsonToken *key, const JsonToken *token, LocktMembers *ret) {
        ObjectReader *reader = element->reader;
        LocktMember member = { .value = "", .is_text = token->type == JSON_STRING };
        JsonToken text = { .type = JSON_STRING, .text = token->text, .length = token->length };

        if (token->type == JSON_OBJECT || token->type == JSON_ARRAY)
                return json_skip(&element->json, token) < 0 ? -EBADMSG : 0;
        if (!read_text(reader, key, &member.name))
                return 0;
        if (token->type == JSON_STRING)
                text.escaped = token->escaped;
        if (token->type == JSON_TRUE || token->type == JSON_FALSE)
                member.value = token->type == JSON_TRUE ? "true" : "false";
        else if (token->type != JSON_NULL && !read_text(reader, &text, &member.value))
                return 0;
        if (ret->n_items == reader->members_allocated) {
                size_t allocated = reader->members_allocated > 0 ? 2 * reader->members_allocated : 16;
                LocktMember *items = reallocarray(reader->members, allocated, sizeof(*items));

                if (!items)
                        return -ENOMEM;
                reader->members = items;
                reader->members_allocated = allocated;
        }
        reader->members[ret->n_items++] = member;
        ret->items = reader->members;
        return 1;
}

static bool holds_activity(const char *name) {
        return strcasestr(name, "activity");
}

/* The row of the table for a member: n_fields when there is none. */
static size_t find_field(const Element *element, const JsonToken *key) {
        const ObjectType *type = element->type;
        char name[NAME_MAX_LENGTH];
        JsonToken decoded;

        if (type->fields[0].type == FIELD_MEMBERS)
                return 0;
        if (key->length >= sizeof(name) || json_decode(key, name) < 0)
                return type->n_fields;
        decoded = (JsonToken) { .text = name, .length = strlen(name) };
        for (size_t i = 0; i < type->n_fields; i++) {
                if (json_text_is(&decoded, type->fields[i].name))
                        return i;
        }
        if (type == object_type(LOCKT_FOB_CHECK) && holds_activity(name))
                return type->n_fields - 1;
        return type->n_fields;
}

/* 1: understood. 0: the property is unclear. Negative: the element is. */
static int read_value(Element *element, const Field *field, const JsonToken *key, const JsonToken *token) {
        void *to = place(element, field);
        bool understood;

        switch (field->type) {
        case FIELD_REFERENCES:
                return read_references(element, token, to);
        case FIELD_MEMBERS:
                return read_free_member(element, key, token, to);
        case FIELD_ID:
                understood = json_integer(token, to) >= 0 && *(int64_t *) to > 0;
                element->bad_id = element->bad_id || !understood;
                break;
        case FIELD_TEXT:
                understood = read_text(element->reader, token, to);
                break;
        case FIELD_BOOLEAN:
        case FIELD_BIT:
                understood = read_boolean(token, to);
                break;
        case FIELD_INTEGER:
                understood = is_none(token) || json_integer(token, to) >= 0;
                break;
        case FIELD_DECIMAL:
                understood = read_decimal(token, to);
                break;
        default:
                understood = read_instant(element->reader, token, to);
                break;
        }
        return json_skip(&element->json, token) < 0 ? -EBADMSG : understood;
}

static int read_member(Element *element) {
        const ObjectType *type = element->type;
        JsonToken key, value;
        size_t i;
        int r;

        r = json_member(&element->json, &key);
        if (r <= 0)
                return r;
        if (json_value(&element->json, &value) == JSON_BAD)
                return -EBADMSG;
        i = find_field(element, &key);
        if (i == type->n_fields)
                return json_skip(&element->json, &value) < 0 ? -EBADMSG : 1;
        if (type->fields[i].type != FIELD_MEMBERS && (element->seen & (UINT32_C(1) << i))) {
                /* Twice in one object: whichever was meant. Two ids are as bad as none. */
                element->bad_id = element->bad_id || type->fields[i].type == FIELD_ID;
                mark_unclear(element, type->fields[i].name);
                return json_skip(&element->json, &value) < 0 ? -EBADMSG : 1;
        }

        element->seen |= UINT32_C(1) << i;
        r = read_value(element, &type->fields[i], &key, &value);
        if (r == 0) {
                if (type->fields[i].type != FIELD_REFERENCES && type->fields[i].type != FIELD_MEMBERS)
                        set_empty(element, &type->fields[i]);
                mark_unclear(element, type->fields[i].name);
        }
        return r < 0 ? r : 1;
}

static bool lacks_id(const Element *element) {
        return element->type->fields[0].type == FIELD_ID && (element->bad_id || !(element->seen & 1));
}

int object_read(ObjectReader *reader, LocktObject kind, const char *bytes, size_t length, Object *ret,
                size_t *ret_used, Error *reterr) {
        Element element = { .reader = reader, .type = object_type(kind) };
        const char *what = element.type->what;
        int r;

        r = begin(&element, bytes, length, reterr);
        while (r >= 0 && (r = read_member(&element)) > 0)
                ;
        if (r == -EBADMSG)
                return error_set(reterr, r, "%s of the answer is not valid JSON", what);
        if (r < 0)
                return error_set(reterr, r, "cannot read %s of the answer: out of memory", what);
        if (lacks_id(&element))
                return error_set(reterr, -EBADMSG, "%s of the answer has no usable id", what);

        *ret = element.object;
        *ret_used = (size_t) (element.json.p - bytes);
        return 0;
}
