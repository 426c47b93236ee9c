/* A user's properties, and how the service renders them: the hot path of seeding and of every write. */

#include "tests/simulator/user.h"

#include <errno.h>
#include <string.h>

const char *const user_text_names[USER_TEXTS] = {
        [USER_ID_NUM] = "id_num",
        [USER_FIRST_NAME] = "first_name",
        [USER_LAST_NAME] = "last_name",
        [USER_NAME] = "name",
        [USER_CARD_NUM] = "card_num",
        [USER_CREDENTIAL_KEY] = "credential_key",
        [USER_EMAIL] = "email",
        [USER_PHONE] = "phone",
        [USER_PIN] = "pin",
};

void user_deinit(User *user) {
        for (size_t i = 0; i < USER_TEXTS; i++)
                free(user->text[i]);
        *user = USER_INIT;
}

void user_clear(User *user) {
        User kept = { .id = user->id, .holder = user->holder, .claimed = user->claimed };

        user_deinit(user);
        user->id = kept.id;
        user->holder = kept.holder;
        user->claimed = kept.claimed;
}

bool user_is_fob(const User *user) {
        return user_text(user, USER_NAME)[0] != '\0';
}

const char *user_text(const User *user, UserText text) {
        return user->text[text] ? user->text[text] : "";
}

int user_set_text(User *user, UserText text, const char *value) {
        char *copy = strdup(value);

        if (!copy)
                return -ENOMEM;
        free(user->text[text]);
        user->text[text] = copy;
        return 0;
}

int user_add_level(User *user, int64_t level) {
        for (size_t i = 0; i < user->n_levels; i++) {
                if (user->levels[i] == level)
                        return 0;
        }
        if (user->n_levels == USER_LEVELS_MAX)
                return -E2BIG;
        user->levels[user->n_levels++] = level;
        return 0;
}

static void write_text(Text *text, const User *user, UserText property) {
        const char *value = user_text(user, property);

        text_puts(text, ",\"");
        text_puts(text, user_text_names[property]);
        text_puts(text, "\":");
        text_json(text, value, strlen(value));
}

static void write_instant(Text *text, const char *name, int64_t instant) {
        char value[INSTANT_TEXT_MAX] = "";

        if (instant != INSTANT_NONE)
                instant_format(instant, value);
        text_puts(text, ",\"");
        text_puts(text, name);
        text_puts(text, "\":\"");
        text_puts(text, value);
        text_puts(text, "\"");
}

static void write_enabled(Text *text, const User *user) {
        text_puts(text, user->enabled ? ",\"enabled\":true" : ",\"enabled\":false");
}

static void write_times(Text *text, const User *user) {
        write_instant(text, "access_effective", user->effective);
        write_instant(text, "access_expires", user->expires);
}

static void write_levels(Text *text, const User *user, const Levels *levels) {
        text_puts(text, ",\"accesslevels\":[");
        for (size_t i = 0; i < user->n_levels; i++) {
                const char *name = levels_name(levels, user->levels[i]);

                text_puts(text, i > 0 ? ",{\"id\":" : "{\"id\":");
                text_int(text, user->levels[i]);
                if (name) {
                        text_puts(text, ",\"name\":");
                        text_json(text, name, strlen(name));
                }
                text_puts(text, "}");
        }
        text_puts(text, "]");
}

/* The order of each kind is that of its sample in the API document. */
void user_write(const User *user, const Levels *levels, Text *text) {
        static const UserText person[] = { USER_LAST_NAME, USER_FIRST_NAME, USER_CARD_NUM, USER_CREDENTIAL_KEY,
                                           USER_EMAIL, USER_PHONE };
        static const UserText fob[] = { USER_NAME, USER_CARD_NUM, USER_CREDENTIAL_KEY };
        bool is_fob = user_is_fob(user);
        const UserText *order = is_fob ? fob : person;
        size_t n = is_fob ? ELEMENTS(fob) : ELEMENTS(person);

        text_puts(text, "{\"id\":");
        text_int(text, user->id);
        write_text(text, user, USER_ID_NUM);
        for (size_t i = 0; i < n; i++)
                write_text(text, user, order[i]);
        if (is_fob)
                write_enabled(text, user);
        write_times(text, user);
        if (!is_fob)
                write_enabled(text, user);
        write_levels(text, user, levels);
        text_puts(text, "}");
}
