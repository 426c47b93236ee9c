/* Values of a user: texts are owned and never "", levels are sorted, and a PIN does not outlive its use. */

#include "lib/model/user.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const property_names[PROPERTIES] = {
        [PROPERTY_ID_NUM] = "id_num",
        [PROPERTY_FIRST_NAME] = "first_name",
        [PROPERTY_LAST_NAME] = "last_name",
        [PROPERTY_CARD_NUM] = "card_num",
        [PROPERTY_CREDENTIAL_KEY] = "credential_key",
        [PROPERTY_EMAIL] = "email",
        [PROPERTY_PHONE] = "phone",
        [PROPERTY_PIN] = "pin",
        [PROPERTY_ACCESS_EFFECTIVE] = "access_effective",
        [PROPERTY_ACCESS_EXPIRES] = "access_expires",
        [PROPERTY_ENABLED] = "enabled",
        [PROPERTY_ACCESSLEVELS] = "accesslevels",
};

const char *property_name(Property property) {
        assert(property < PROPERTIES);
        return property_names[property];
}

Property property_from_name(const char *name) {
        for (size_t i = 0; i < PROPERTIES; i++)
                if (strcmp(property_names[i], name) == 0)
                        return (Property) i;
        return PROPERTIES;
}

static void wipe(char *secret) {
        if (secret)
                explicit_bzero(secret, strlen(secret));
        free(secret);
}

int user_set_text(User *user, Property property, const char *value) {
        char *copy = NULL;

        assert(property <= PROPERTY_PIN);

        if (value && value[0]) {
                copy = strdup(value);
                if (!copy)
                        return -ENOMEM;
        }
        if (property == PROPERTY_PIN) {
                wipe(user->pin);
                user->pin = copy;
        } else {
                free(user->text[property]);
                user->text[property] = copy;
        }
        return 0;
}

/* Where @level is, or would have to be. */
static size_t level_position(const User *user, int64_t level) {
        size_t low = 0, high = user->n_levels;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (user->levels[middle] < level)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

bool user_has_level(const User *user, int64_t level) {
        size_t i = level_position(user, level);

        return i < user->n_levels && user->levels[i] == level;
}

int user_add_level(User *user, int64_t level) {
        size_t i = level_position(user, level);
        int64_t *levels;

        if (i < user->n_levels && user->levels[i] == level)
                return 0;

        levels = reallocarray(user->levels, user->n_levels + 1, sizeof(*levels));
        if (!levels)
                return -ENOMEM;

        memmove(levels + i + 1, levels + i, (user->n_levels - i) * sizeof(*levels));
        levels[i] = level;
        user->levels = levels;
        user->n_levels++;
        return 0;
}

void user_remove_level(User *user, int64_t level) {
        size_t i = level_position(user, level);

        if (i == user->n_levels || user->levels[i] != level)
                return;
        user->n_levels--;
        memmove(user->levels + i, user->levels + i + 1, (user->n_levels - i) * sizeof(*user->levels));
}

static int copy_levels(const User *user, User *copy) {
        if (user->n_levels == 0)
                return 0;

        copy->levels = reallocarray(NULL, user->n_levels, sizeof(*copy->levels));
        if (!copy->levels)
                return -ENOMEM;
        memcpy(copy->levels, user->levels, user->n_levels * sizeof(*copy->levels));
        copy->n_levels = user->n_levels;
        return 0;
}

int user_copy(const User *user, User *ret) {
        _cleanup_(user_deinit) User copy = {
                .id = user->id,
                .access_effective = user->access_effective,
                .access_expires = user->access_expires,
                .enabled = user->enabled,
                .levels_known = user->levels_known,
                .unclear = user->unclear,
        };
        int r;

        for (size_t i = 0; i < TEXT_PROPERTIES; i++) {
                r = user_set_text(&copy, (Property) i, user->text[i]);
                if (r < 0)
                        return r;
        }
        r = user_set_text(&copy, PROPERTY_PIN, user->pin);
        if (r < 0)
                return r;
        r = copy_levels(user, &copy);
        if (r < 0)
                return r;

        *ret = copy;
        copy = USER_INIT;
        return 0;
}

void user_deinit(User *user) {
        for (size_t i = 0; i < TEXT_PROPERTIES; i++)
                free(user->text[i]);
        wipe(user->pin);
        free(user->levels);
        *user = USER_INIT;
}

char *user_levels_format(const User *user) {
        enum { LONGEST = 21 };          /* a sign, 19 digits, a comma */
        _cleanup_(freep) char *text = NULL;
        size_t size, n = 0;

        if (__builtin_mul_overflow(user->n_levels, (size_t) LONGEST, &size) || __builtin_add_overflow(size, 1, &size))
                return NULL;
        text = malloc(size);
        if (!text)
                return NULL;

        text[0] = '\0';
        for (size_t i = 0; i < user->n_levels; i++)
                n += (size_t) snprintf(text + n, size - n, "%s%" PRId64, i > 0 ? "," : "", user->levels[i]);
        return steal(text);
}

static int parse_level(const char **text, int64_t *ret) {
        const char *p = *text;
        bool negative = *p == '-';
        int64_t value = 0;

        if (negative)
                p++;
        if (*p < '0' || *p > '9')
                return -EINVAL;
        for (; *p >= '0' && *p <= '9'; p++) {
                int digit = negative ? '0' - *p : *p - '0';

                if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, digit, &value))
                        return -EINVAL;
        }
        *text = p;
        *ret = value;
        return 0;
}

int user_levels_parse(User *user, const char *text) {
        _cleanup_(user_deinit) User parsed = USER_INIT;
        int64_t level;
        int r;

        while (*text) {
                r = parse_level(&text, &level);
                if (r < 0)
                        return r;
                r = user_add_level(&parsed, level);
                if (r < 0)
                        return r;
                if (*text == ',' && text[1])
                        text++;
                else if (*text)
                        return -EINVAL;
        }

        free(user->levels);
        user->levels = steal(parsed.levels);
        user->n_levels = parsed.n_levels;
        user->levels_known = true;
        return 0;
}
