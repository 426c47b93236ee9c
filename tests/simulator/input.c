/* Reads the user records of requests, property by property. */

#include "tests/simulator/input.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "tests/simulator/instant.h"
#include "tests/simulator/store.h"

typedef struct Reading {
        InputKind kind;
        const Settings *settings;       /* NULL for the administration, which may write anything */
        const Levels *levels;
} Reading;

void input_deinit(Input *input) {
        user_deinit(&input->user);
        complaints_deinit(&input->complaints);
}

bool input_has(const Input *input, int property) {
        return input->present & (UINT32_C(1) << property);
}

static void set_present(Input *input, int property) {
        input->present |= UINT32_C(1) << property;
}

static const char *shown(json_object *value) {
        const char *text = value ? json_object_get_string(value) : NULL;

        return text ? text : "null";
}

static bool all_digits(const char *text) {
        return text[0] != '\0' && strspn(text, "0123456789") == strlen(text);
}

static bool domain_valid(const char *domain) {
        size_t length = strlen(domain);
        const char *dot = strrchr(domain, '.');

        if (!dot || dot == domain || strlen(dot) < 3 || strstr(domain, ".."))
                return false;
        for (size_t i = 0; i < length; i++) {
                if (!isalnum((unsigned char) domain[i]) && domain[i] != '.' && domain[i] != '-')
                        return false;
        }
        return domain[0] != '-' && domain[length - 1] != '-';
}

/* What mail addresses look like in practice; quoted local parts and literal addresses are refused. */
static bool email_valid(const char *email) {
        const char *at = strchr(email, '@');

        if (!at || at == email || at - email > 64 || email[0] == '.' || at[-1] == '.')
                return false;
        for (const char *p = email; p < at; p++) {
                if ((unsigned char) *p <= ' ' || *p == 0x7f || strchr("\"(),:;<>[\\]", *p))
                        return false;
        }
        return domain_valid(at + 1);
}

/* ruling 6 */
static void check_text(Input *input, UserText property, const char *value) {
        if (value[0] == '\0')
                return;
        if (property == USER_CARD_NUM && !all_digits(value))
                complain(&input->complaints, "Non-Numeric card_num found: %s", value);
        if (property == USER_EMAIL && !email_valid(value))
                complain(&input->complaints, "Invalid email address found: %s", value);
}

static int read_text(Input *input, const Reading *reading, UserText property, json_object *value) {
        const char *text = json_text(value);

        /* ruling 5: a card number may be a number */
        if (!text && property == USER_CARD_NUM && json_object_is_type(value, json_type_int))
                text = json_object_get_string(value);
        if (!text) {
                complain(&input->complaints, "Invalid %s found: %s", user_text_names[property], shown(value));
                return 0;
        }
        if (strlen(text) > USER_TEXT_LENGTH_MAX) {
                complain(&input->complaints, "Value of %s exceeds maximum of %d bytes.", user_text_names[property],
                               USER_TEXT_LENGTH_MAX);
                return 0;
        }
        if (reading->settings)
                check_text(input, property, text);
        set_present(input, (int) property);
        return user_set_text(&input->user, property, text);
}

static void read_instant(Input *input, const Reading *reading, const char *name, json_object *value, int64_t *ret) {
        int offset = reading->settings ? (int) reading->settings->utc_offset : 0;
        const char *text = json_text(value);

        *ret = INSTANT_NONE;
        if (text && text[0] == '\0')
                return;
        if (text && instant_parse(text, offset, ret) == 0)
                return;
        if (text && !reading->settings && instant_parse_answer(text, ret) == 0)
                return;
        complain(&input->complaints, "Invalid %s found: %s", name, shown(value));
}

static void read_level(Input *input, const Reading *reading, json_object *value) {
        const char *name = json_text(value);
        int64_t id;

        if (!reading->settings && name && levels_find(reading->levels, name, &id) == 0) {
                if (user_add_level(&input->user, id) < 0)
                        complain(&input->complaints, "Too many access levels found.");
                return;
        }
        if (json_object_is_type(value, json_type_object))
                value = json_member(value, "id");
        else if (reading->settings)
                value = NULL;
        if (json_integer(value, &id) != 0 || !levels_name(reading->levels, id))
                complain(&input->complaints, "Invalid access level found: %s", shown(value));
        else if (user_add_level(&input->user, id) < 0)
                complain(&input->complaints, "Too many access levels found.");
}

static void read_levels(Input *input, const Reading *reading, json_object *value) {
        if (!json_object_is_type(value, json_type_array)) {
                complain(&input->complaints, "Invalid accesslevels found: %s", shown(value));
                return;
        }
        if (json_object_array_length(value) > USER_LEVELS_MAX) {
                complain(&input->complaints, "Too many access levels found.");
                return;
        }
        for (size_t i = 0; i < json_object_array_length(value); i++)
                read_level(input, reading, json_object_array_get_idx(value, i));
}

/* The properties beside the texts. */
static const struct {
        const char *name;
        int property;
} others[] = {
        { "access_effective", INPUT_EFFECTIVE },
        { "access_expires", INPUT_EXPIRES },
        { "enabled", INPUT_ENABLED },
        { "accesslevels", INPUT_LEVELS },
        { "id", INPUT_ID },
        { "user_id", INPUT_HOLDER },
};

#define BIT(property) (UINT32_C(1) << (property))
#define BITS_TIMES (BIT(INPUT_EFFECTIVE) | BIT(INPUT_EXPIRES))
#define BITS_TEXTS ((UINT32_C(1) << USER_TEXTS) - 1)

/* The properties that the tables of the API have for each kind of record. */
static const uint32_t known[] = {
        [INPUT_BY_HAND] = UINT32_MAX,
        [INPUT_USER] = (BITS_TEXTS & ~BIT(USER_NAME)) | BITS_TIMES | BIT(INPUT_ENABLED) | BIT(INPUT_LEVELS) |
                       BIT(INPUT_ID),
        [INPUT_FOB] = BIT(INPUT_ID) | BIT(USER_ID_NUM) | BIT(USER_NAME) | BIT(USER_CARD_NUM) | BITS_TIMES,
        [INPUT_FOB_CHANGE] = BIT(INPUT_ID) | BIT(INPUT_HOLDER) | BITS_TIMES,
};

static int property_of(const char *key) {
        for (size_t i = 0; i < USER_TEXTS; i++) {
                if (strcmp(key, user_text_names[i]) == 0)
                        return (int) i;
        }
        for (size_t i = 0; i < ELEMENTS(others); i++) {
                if (strcmp(key, others[i].name) == 0)
                        return others[i].property;
        }
        return -ENOENT;
}

static void read_id(Input *input, const char *name, json_object *value, int64_t *ret) {
        if (json_id(value, ret) != 0)
                complain(&input->complaints, "Invalid %s found: %s", name, shown(value));
}

static void read_other(Input *input, const Reading *reading, const char *key, int property, json_object *value) {
        set_present(input, property);
        switch (property) {
        case INPUT_EFFECTIVE:
                read_instant(input, reading, key, value, &input->user.effective);
                return;
        case INPUT_EXPIRES:
                read_instant(input, reading, key, value, &input->user.expires);
                return;
        case INPUT_ENABLED:
                if (json_boolean(value, &input->user.enabled) != 0)
                        complain(&input->complaints, "Invalid enabled found: %s", shown(value));
                return;
        case INPUT_LEVELS:
                read_levels(input, reading, value);
                return;
        case INPUT_ID:
                read_id(input, key, value, &input->user.id);
                return;
        default:
                read_id(input, key, value, &input->user.holder);
        }
}

static int read_property(Input *input, const Reading *reading, const char *key, json_object *value) {
        int property = property_of(key);

        if (property < 0 || !(known[reading->kind] & BIT(property))) {
                if (!reading->settings || reading->settings->strict)
                        complain(&input->complaints, "Unknown property found: %s", key);
                return 0;
        }
        if (property < (int) USER_TEXTS)
                return read_text(input, reading, (UserText) property, value);
        read_other(input, reading, key, property, value);
        return 0;
}

static int read_record(Input *input, const Reading *reading, json_object *record) {
        bool is_fob = reading->kind == INPUT_FOB || reading->kind == INPUT_FOB_CHANGE;

        if (!json_object_is_type(record, json_type_object)) {
                complain(&input->complaints, "Invalid %s object found: %s", is_fob ? "fob" : "user", shown(record));
                return complaints_status(&input->complaints);
        }

        json_object_object_foreach(record, key, value) {
                int r = read_property(input, reading, key, value);

                if (r < 0)
                        return r;
        }
        return complaints_status(&input->complaints);
}

int input_read(Input *input, json_object *record, InputKind kind, const Settings *settings, const Levels *levels) {
        return read_record(input, &(Reading) { .kind = kind, .settings = settings, .levels = levels }, record);
}

int input_read_by_hand(Input *input, json_object *record, const Levels *levels) {
        return read_record(input, &(Reading) { .kind = INPUT_BY_HAND, .levels = levels }, record);
}

static int apply_texts(const Input *input, bool keep_empty, User *user) {
        for (int i = 0; i < USER_TEXTS; i++) {
                const char *value = user_text(&input->user, (UserText) i);
                int r;

                if (!input_has(input, i) || (keep_empty && value[0] == '\0'))
                        continue;
                r = user_set_text(user, (UserText) i, value);
                if (r < 0)
                        return r;
        }
        return 0;
}

int input_apply(const Input *input, bool keep_empty, bool replace_levels, User *user) {
        const User *from = &input->user;
        int r;

        r = apply_texts(input, keep_empty, user);
        if (r < 0)
                return r;
        if (input_has(input, INPUT_EFFECTIVE) && !(keep_empty && from->effective == INSTANT_NONE))
                user->effective = from->effective;
        if (input_has(input, INPUT_EXPIRES) && !(keep_empty && from->expires == INSTANT_NONE))
                user->expires = from->expires;
        if (input_has(input, INPUT_ENABLED))
                user->enabled = from->enabled;
        if (input_has(input, INPUT_HOLDER))
                user->holder = from->holder;
        if (!input_has(input, INPUT_LEVELS))
                return 0;

        if (replace_levels)
                user->n_levels = 0;
        for (size_t i = 0; i < from->n_levels; i++) {
                r = user_add_level(user, from->levels[i]);
                if (r < 0)
                        return r;
        }
        return 0;
}

static void echo(Text *text, json_object *record, const char *key) {
        json_object *value = NULL;

        if (!json_object_object_get_ex(record, key, &value))
                return;
        text_printf(text, ",\"%s\":", key);
        json_write(text, value);
}

/* Order and types are those of the documented example: `enabled` comes back as a boolean, all else as it was sent. */
void input_echo(const Input *input, json_object *record, int64_t id, Text *text) {
        if (!json_object_is_type(record, json_type_object)) {
                json_write(text, record);
                return;
        }
        text_printf(text, "{\"id\":%" PRId64, id > 0 ? id : -1);        /* ruling 8 */
        for (size_t i = 0; i <= USER_PHONE; i++)
                echo(text, record, user_text_names[i]);
        echo(text, record, "access_effective");
        echo(text, record, "access_expires");
        echo(text, record, user_text_names[USER_PIN]);
        if (input_has(input, INPUT_ENABLED))
                text_puts(text, input->user.enabled ? ",\"enabled\":true" : ",\"enabled\":false");
        echo(text, record, "accesslevels");
        text_puts(text, "}");
}
