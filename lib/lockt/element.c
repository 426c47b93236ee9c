/* Reads users and levels. The numbered rulings about forms are here, one function each. */

#include "lib/lockt/element.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/base/time.h"
#include "lib/lockt/json.h"

enum {
        TEXT_PROPERTY_MAX = 4096,       /* bytes; what is longer was not meant for a name or a card */
        INSTANT_TEXT_MAX = 64,
};

/* Members of an element that are no Property. */
enum {
        MEMBER_ID = PROPERTIES,
        MEMBER_NAME,
        MEMBER_UNKNOWN,
};

typedef struct Element {
        ElementReader *reader;
        Json json;
        size_t used;                    /* of the scratch memory */
        uint32_t seen;                  /* bits of Property and MEMBER_… */
        unsigned position;              /* of the next member */
        char *name;
} Element;

void element_reader_deinit(ElementReader *reader) {
        free(reader->scratch);
        free(reader->levels);
        *reader = (ElementReader) { 0 };
}

static int begin(Element *element, const char *bytes, size_t length, Error *reterr) {
        ElementReader *reader = element->reader;
        JsonToken token;

        /* A text is never longer than the JSON that it came in, and its NUL takes the place of a quote. */
        if (reader->scratch_size < length + 1) {
                size_t size = length + 1 < 4096 ? 4096 : length + 1;
                char *scratch = realloc(reader->scratch, size);

                if (!scratch)
                        return error_set(reterr, -ENOMEM, "cannot read an element of the list: out of memory");
                reader->scratch = scratch;
                reader->scratch_size = size;
        }
        json_init(&element->json, bytes, length);
        if (json_value(&element->json, &token) != JSON_OBJECT)
                return -EBADMSG;
        return 0;
}

/* Asked a dozen times a user: the lengths tell most of them apart. */
static unsigned member_named(const JsonToken *key) {
        switch (key->length) {
        case 2:
                return json_text_is(key, "id") ? MEMBER_ID : MEMBER_UNKNOWN;
        case 4:
                return json_text_is(key, "name") ? MEMBER_NAME : MEMBER_UNKNOWN;
        case 5:
                return json_text_is(key, "email")   ? PROPERTY_EMAIL
                       : json_text_is(key, "phone") ? PROPERTY_PHONE
                                                    : MEMBER_UNKNOWN;
        case 6:
                return json_text_is(key, "id_num") ? PROPERTY_ID_NUM : MEMBER_UNKNOWN;
        case 7:
                return json_text_is(key, "enabled") ? PROPERTY_ENABLED : MEMBER_UNKNOWN;
        case 8:
                return json_text_is(key, "card_num") ? PROPERTY_CARD_NUM : MEMBER_UNKNOWN;
        case 9:
                return json_text_is(key, "last_name") ? PROPERTY_LAST_NAME : MEMBER_UNKNOWN;
        case 10:
                return json_text_is(key, "first_name") ? PROPERTY_FIRST_NAME : MEMBER_UNKNOWN;
        case 12:
                return json_text_is(key, "accesslevels") ? PROPERTY_ACCESSLEVELS : MEMBER_UNKNOWN;
        case 14:
                return json_text_is(key, "credential_key")   ? PROPERTY_CREDENTIAL_KEY
                       : json_text_is(key, "access_expires") ? PROPERTY_ACCESS_EXPIRES
                                                             : MEMBER_UNKNOWN;
        case 16:
                return json_text_is(key, "access_effective") ? PROPERTY_ACCESS_EFFECTIVE : MEMBER_UNKNOWN;
        default:
                return MEMBER_UNKNOWN;
        }
}

static unsigned member_of(const JsonToken *written) {
        JsonToken decoded = *written;
        const JsonToken *key = &decoded;
        char text[128];

        /* Nobody writes "\u0069d", and everybody may. */
        if (written->escaped) {
                if (written->length >= sizeof(text) || json_decode(written, text) < 0)
                        return MEMBER_UNKNOWN;
                decoded.text = text;
                decoded.length = strlen(text);
        }

        return member_named(key);
}

/* ruling 5: a number where a text is documented is its digits, as they are written. */
static bool is_integer(const JsonToken *token) {
        for (size_t i = token->text[0] == '-' ? 1 : 0; i < token->length; i++) {
                if (token->text[i] < '0' || token->text[i] > '9')
                        return false;
        }
        return true;
}

/* ruling 34: null is empty. False when the value is no text that we could keep. */
static bool read_text(Element *element, const JsonToken *token, char **ret) {
        char *text = element->reader->scratch + element->used;
        ssize_t n;

        if (token->type == JSON_NULL) {
                *ret = NULL;
                return true;
        }
        if (token->type == JSON_NUMBER ? !is_integer(token) : token->type != JSON_STRING)
                return false;

        n = json_decode(token, text);
        if (n < 0 || n > TEXT_PROPERTY_MAX)
                return false;
        *ret = n > 0 ? text : NULL;
        element->used += (size_t) n + 1;
        return true;
}

/* ruling 4: JSON booleans, their names as strings, 0 and 1. */
static bool read_boolean(const JsonToken *token, bool *ret) {
        static const struct {
                const char *text;
                bool value;
        } forms[] = {
                { "true", true }, { "false", false }, { "1", true }, { "0", false },
        };

        if (token->type == JSON_TRUE || token->type == JSON_FALSE) {
                *ret = token->type == JSON_TRUE;
                return true;
        }
        if (token->type != JSON_STRING && token->type != JSON_NUMBER)
                return false;
        for (size_t i = 0; i < ELEMENTS(forms); i++) {
                if (strlen(forms[i].text) == token->length &&
                    strncasecmp(token->text, forms[i].text, token->length) == 0) {
                        *ret = forms[i].value;
                        return true;
                }
        }
        return false;
}

/* ruling 7: both forms of a time; "" and null are none. */
static bool read_instant(Element *element, const JsonToken *token, int64_t *ret) {
        char text[INSTANT_TEXT_MAX + 1];

        if (token->type == JSON_NULL) {
                *ret = INSTANT_NONE;
                return true;
        }
        if (token->type != JSON_STRING || token->length > INSTANT_TEXT_MAX || json_decode(token, text) < 0)
                return false;
        return instant_parse_api(text, element->reader->timezone, ret) >= 0;
}

/* ruling 5: an id is a number, or a string of digits. */
static bool read_id(const JsonToken *token, int64_t *ret) {
        return json_integer(token, ret) >= 0 && *ret > 0;
}

/* The levels stay in order and each there once; they are few, and mostly come in order. */
static int keep_level(ElementReader *reader, User *user, int64_t level) {
        size_t i;

        if (user->n_levels == reader->levels_allocated) {
                size_t allocated = reader->levels_allocated > 0 ? 2 * reader->levels_allocated : 64;
                int64_t *levels = reallocarray(reader->levels, allocated, sizeof(*levels));

                if (!levels)
                        return -ENOMEM;
                reader->levels = levels;
                reader->levels_allocated = allocated;
        }
        user->levels = reader->levels;
        for (i = user->n_levels; i > 0 && user->levels[i - 1] > level; i--)
                ;
        if (i > 0 && user->levels[i - 1] == level)
                return 0;
        memmove(user->levels + i + 1, user->levels + i, (user->n_levels - i) * sizeof(*user->levels));
        user->levels[i] = level;
        user->n_levels++;
        return 0;
}

/* The id of {"id":N,…}: 1 when it was there, 0 when not. */
static int read_object_id(Json *json, int64_t *ret) {
        JsonToken key, value;
        int r, found = 0;

        while ((r = json_member(json, &key)) > 0) {
                if (json_value(json, &value) == JSON_BAD)
                        return -EBADMSG;
                if (json_text_is(&key, "id"))
                        found = found == 0 && read_id(&value, ret) ? 1 : -1;
                r = json_skip(json, &value);
                if (r < 0)
                        return r;
        }
        return r < 0 ? r : found == 1;
}

/*
 * An array of {"id":N,…} or of ids. rulings 21 and 34: absent is unknown, null is empty. With one item that is not
 * understood, nothing is known of the whole.
 */
static int read_levels(Element *element, const JsonToken *token, User *user) {
        bool understood = true;
        JsonToken item;
        int64_t level;
        int r;

        if (token->type != JSON_ARRAY) {
                user->levels_known = token->type == JSON_NULL;
                return json_skip(&element->json, token);
        }

        while ((r = json_item(&element->json)) > 0) {
                if (json_value(&element->json, &item) == JSON_OBJECT) {
                        r = read_object_id(&element->json, &level);
                } else {
                        r = read_id(&item, &level);
                        if (json_skip(&element->json, &item) < 0)
                                return -EBADMSG;
                }
                if (r < 0)
                        return r;
                if (r == 0)
                        understood = false;
                else if (keep_level(element->reader, user, level) < 0)
                        return -ENOMEM;
        }
        if (!understood)
                user->n_levels = 0;
        user->levels_known = understood;
        return r;
}

/* 1: understood. 0: the member is unclear. Negative: the element is. */
static int read_property(Element *element, unsigned member, const JsonToken *token, User *user) {
        int r;

        switch (member) {
        case PROPERTY_ACCESSLEVELS:
                r = read_levels(element, token, user);
                return r < 0 ? r : user->levels_known;
        case PROPERTY_ACCESS_EFFECTIVE:
                r = read_instant(element, token, &user->access_effective);
                break;
        case PROPERTY_ACCESS_EXPIRES:
                r = read_instant(element, token, &user->access_expires);
                break;
        case PROPERTY_ENABLED:
                r = read_boolean(token, &user->enabled);
                break;
        case MEMBER_ID:
                r = read_id(token, &user->id);
                break;
        case MEMBER_NAME:
                r = read_text(element, token, &element->name);
                break;
        case MEMBER_UNKNOWN:
                r = 1;
                break;
        default:
                r = read_text(element, token, &user->text[member]);
        }
        return json_skip(&element->json, token) < 0 ? -EBADMSG : r;
}

/* ruling 32: a record that bears a name instead of first and last name is a fob. */
static bool is_fob(const Element *element) {
        const uint32_t of_people = PROPERTY_BIT(PROPERTY_FIRST_NAME) | PROPERTY_BIT(PROPERTY_LAST_NAME);

        return (element->seen & PROPERTY_BIT(MEMBER_NAME)) && !(element->seen & of_people);
}

/*
 * The elements of a listing are alike, and half of their bytes are keys: so the key that stood at this place in the
 * element before is tried first. The same bytes at the same place were read as that key before, so they are it again.
 */
static bool guess_member(Element *element, unsigned *ret) {
        size_t i = element->position, length;

        if (i >= ELEMENT_GUESSES)
                return false;
        length = element->reader->guesses[i].length;
        if (length == 0 || (size_t) (element->json.end - element->json.p) < length ||
            memcmp(element->json.p, element->reader->guesses[i].text, length) != 0)
                return false;

        json_pass_key(&element->json, length);
        *ret = element->reader->guesses[i].member;
        return true;
}

/* 1: @ret is the next member, whose value follows. 0: there are no more. */
static int next_member(Element *element, unsigned *ret) {
        const char *from = element->json.p;
        size_t i = element->position, length;
        JsonToken key;
        int r;

        if (guess_member(element, ret)) {
                element->position++;
                return 1;
        }

        r = json_member(&element->json, &key);
        if (r <= 0)
                return r;
        *ret = member_of(&key);

        length = (size_t) (element->json.p - from);
        if (i < ELEMENT_GUESSES && length <= ELEMENT_GUESS_MAX) {
                memcpy(element->reader->guesses[i].text, from, length);
                element->reader->guesses[i].length = (uint8_t) length;
                element->reader->guesses[i].member = (uint8_t) *ret;
        }
        element->position++;
        return 1;
}

static int read_member(Element *element, User *user) {
        unsigned member;
        JsonToken value;
        int r;

        r = next_member(element, &member);
        if (r <= 0)
                return r;
        if (json_value(&element->json, &value) == JSON_BAD)
                return -EBADMSG;
        if (member != MEMBER_UNKNOWN && (element->seen & PROPERTY_BIT(member))) {
                /* Twice in one record: whichever was meant. Two ids are as bad as none. */
                user->unclear |= PROPERTY_BIT(member);
                return json_skip(&element->json, &value) < 0 ? -EBADMSG : 1;
        }

        r = read_property(element, member, &value, user);
        if (r < 0)
                return r;
        element->seen |= PROPERTY_BIT(member);
        if (r == 0)
                user->unclear |= PROPERTY_BIT(member);
        return 1;
}

int element_read_user(ElementReader *reader, const char *bytes, size_t length, User *ret, size_t *ret_used,
                      Error *reterr) {
        Element element = { .reader = reader };
        User user = USER_INIT;
        int r;

        r = begin(&element, bytes, length, reterr);
        if (r >= 0) {
                do
                        r = read_member(&element, &user);
                while (r > 0);
        }
        if (r == -EBADMSG)
                return error_set(reterr, r, "a user of the answer is not valid JSON");
        if (r < 0)
                return error_set(reterr, r, "cannot read a user of the answer: out of memory");

        if (!(element.seen & PROPERTY_BIT(MEMBER_ID)) || (user.unclear & PROPERTY_BIT(MEMBER_ID)))
                return error_set(reterr, -EBADMSG, "a user of the answer has no usable id");
        /* Whether somebody may open doors has no empty value to fall back on. */
        if (!(element.seen & PROPERTY_BIT(PROPERTY_ENABLED)))
                user.unclear |= PROPERTY_BIT(PROPERTY_ENABLED);
        user.unclear &= PROPERTY_BIT(PROPERTIES) - 1;

        reader->is_fob = is_fob(&element);
        if (reader->is_fob)
                user.text[PROPERTY_LAST_NAME] = element.name;
        *ret = user;
        *ret_used = (size_t) (element.json.p - bytes);
        return 0;
}

static int read_level_member(Element *element, Level *level) {
        JsonToken key, value;
        int r;

        r = json_member(&element->json, &key);
        if (r <= 0)
                return r;
        if (json_value(&element->json, &value) == JSON_BAD)
                return -EBADMSG;
        switch (member_of(&key)) {
        case MEMBER_ID:
                if (level->id != 0 || !read_id(&value, &level->id))
                        element->seen |= PROPERTY_BIT(MEMBER_ID);
                break;
        case MEMBER_NAME:
                (void) read_text(element, &value, &level->name);
                break;
        default:
                break;
        }
        return json_skip(&element->json, &value) < 0 ? -EBADMSG : 1;
}

int element_read_level(ElementReader *reader, const char *bytes, size_t length, Level *ret, size_t *ret_used,
                       Error *reterr) {
        Element element = { .reader = reader };
        Level level = { 0 };
        int r;

        r = begin(&element, bytes, length, reterr);
        if (r >= 0) {
                do
                        r = read_level_member(&element, &level);
                while (r > 0);
        }
        if (r == -EBADMSG)
                return error_set(reterr, r, "a level of the answer is not valid JSON");
        if (r < 0)
                return r;
        if (level.id <= 0 || (element.seen & PROPERTY_BIT(MEMBER_ID)))
                return error_set(reterr, -EBADMSG, "a level of the answer has no usable id");
        *ret = level;
        *ret_used = (size_t) (element.json.p - bytes);
        return 0;
}
