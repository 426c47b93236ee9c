/* The table of settings, and its reading and writing as JSON. */

#include "tests/simulator/settings.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

typedef enum SettingType {
        SETTING_TEXT,
        SETTING_NUMBER,
        SETTING_BOOLEAN,
        SETTING_CHOICE,
} SettingType;

typedef struct Setting {
        const char *key;
        SettingType type;
        size_t offset;
        const char *text;               /* default of a text */
        int64_t number;                 /* default of everything else; of a choice, its index */
        int64_t min;
        int64_t max;
        const char *choices[4];
} Setting;

#define AT(field) offsetof(Settings, field)

static const Setting table[] = {
        { "apiuser",        SETTING_TEXT,    AT(apiuser), .text = "lockt-sim" },
        { "apikey",         SETTING_TEXT,    AT(apikey), .text = "lockt-sim-key" },
        { "batch_limit",    SETTING_NUMBER,  AT(batch_limit), .number = 100, .min = 1, .max = 10000 },
        { "overlap",        SETTING_CHOICE,  AT(overlap), .choices = { "400", "429", "allow" } },       /* ruling 15 */
        { "retry_after",    SETTING_NUMBER,  AT(retry_after), .number = 1, .min = 0, .max = 86400 },
        { "match",          SETTING_CHOICE,  AT(match), .choices = { "either", "both" } },              /* ruling 9 */
        { "match_id",       SETTING_BOOLEAN, AT(match_id) },
        { "absent",         SETTING_CHOICE,  AT(absent), .choices = { "keep", "clear" } },              /* ruling 31 */
        { "empty",          SETTING_CHOICE,  AT(empty), .number = VALUE_CLEAR, .choices = { "keep", "clear" } },
        { "nobody",         SETTING_CHOICE,  AT(nobody), .choices = { "404", "empty" } },               /* ruling 22 */
        { "put_user",       SETTING_BOOLEAN, AT(put_user) },                                            /* ruling 30 */
        { "ping",           SETTING_BOOLEAN, AT(ping) },                                                /* ruling 30 */
        { "strict",         SETTING_BOOLEAN, AT(strict), .number = 1 },
        { "partial_status", SETTING_CHOICE,  AT(partial_status), .choices = { "200", "400" } },         /* ruling 11 */
        { "partial_shape",  SETTING_CHOICE,  AT(partial_shape), .choices = { "details", "counts", "both" } },
        { "batch_order",    SETTING_CHOICE,  AT(batch_order), .choices = { "forward", "reverse" } },    /* ruling 39 */
        { "cards",          SETTING_CHOICE,  AT(cards), .choices = { "replace", "add" } },              /* ruling 48 */
        { "credential_user", SETTING_CHOICE, AT(credential_user), .choices = { "array", "object" } },   /* ruling 46 */
        { "credential_fobs", SETTING_BOOLEAN, AT(credential_fobs), .number = 1 },                       /* ruling 24 */
        { "pending_release", SETTING_BOOLEAN, AT(pending_release) },                                    /* ruling 28 */
        { "fob_fails_batch", SETTING_BOOLEAN, AT(fob_fails_batch), .number = 1 },
        { "fob_twins",      SETTING_BOOLEAN, AT(fob_twins) },                                           /* ruling 14 */
        { "fob_put_counts", SETTING_CHOICE,  AT(fob_put_counts),
          .choices = { "inserted", "updated" } },                                               /* ruling 37 */
        { "fob_state",      SETTING_CHOICE,  AT(fob_state), .choices = { "both", "own" } },
        { "max_events",     SETTING_NUMBER,  AT(max_events), .number = 5000, .min = 1, .max = 100000 },
        { "events_from",    SETTING_CHOICE,  AT(events_from), .choices = { "after", "including" } },    /* ruling 45 */
        { "events_order",   SETTING_CHOICE,  AT(events_order), .choices = { "newest", "oldest", "shuffled" } },
        { "event_time",     SETTING_CHOICE,  AT(event_time), .choices = { "hw_time", "event_time" } },  /* ruling 27 */
        { "door_offset",    SETTING_NUMBER,  AT(door_offset), .min = -14 * 60, .max = 14 * 60 },
        { "utc_offset",     SETTING_NUMBER,  AT(utc_offset), .min = -14 * 60, .max = 14 * 60 },         /* ruling 7 */
        { "log_bodies",     SETTING_BOOLEAN, AT(log_bodies), .number = 1 },
};

static char *text_of(const Settings *settings, const Setting *setting) {
        return (char *) settings + setting->offset;
}

static int64_t *number_of(const Settings *settings, const Setting *setting) {
        return (int64_t *) (void *) ((char *) settings + setting->offset);
}

void settings_init(Settings *settings) {
        *settings = (Settings) { 0 };
        for (size_t i = 0; i < ELEMENTS(table); i++) {
                if (table[i].type == SETTING_TEXT)
                        (void) snprintf(text_of(settings, &table[i]), SETTINGS_TEXT_MAX, "%s", table[i].text);
                else
                        *number_of(settings, &table[i]) = table[i].number;
        }
}

static int change_text(Settings *settings, const Setting *setting, json_object *value, Error *reterr) {
        const char *text = json_text(value);

        if (!text || text[0] == '\0' || strlen(text) >= SETTINGS_TEXT_MAX)
                return error_set(reterr, -EINVAL, "'%s' takes a text of 1 to %d bytes", setting->key,
                                 SETTINGS_TEXT_MAX - 1);
        (void) snprintf(text_of(settings, setting), SETTINGS_TEXT_MAX, "%s", text);
        return 0;
}

static int change_number(Settings *settings, const Setting *setting, json_object *value, Error *reterr) {
        int64_t number;

        if (json_integer(value, &number) != 0 || number < setting->min || number > setting->max)
                return error_set(reterr, -EINVAL, "'%s' takes a number from %" PRId64 " to %" PRId64,
                                 setting->key, setting->min, setting->max);
        *number_of(settings, setting) = number;
        return 0;
}

static int change_boolean(Settings *settings, const Setting *setting, json_object *value, Error *reterr) {
        bool boolean;

        if (json_boolean(value, &boolean) != 0)
                return error_set(reterr, -EINVAL, "'%s' takes true or false", setting->key);
        *number_of(settings, setting) = boolean;
        return 0;
}

static int change_choice(Settings *settings, const Setting *setting, json_object *value, Error *reterr) {
        const char *text = value ? json_object_get_string(value) : NULL;

        for (size_t i = 0; text && i < ELEMENTS(setting->choices) && setting->choices[i]; i++) {
                if (strcmp(text, setting->choices[i]) == 0) {
                        *number_of(settings, setting) = (int64_t) i;
                        return 0;
                }
        }
        return error_set(reterr, -EINVAL, "'%s' takes one of: %s, %s%s%s", setting->key, setting->choices[0],
                         setting->choices[1], setting->choices[2] ? ", " : "",
                         setting->choices[2] ? setting->choices[2] : "");
}

static int change(Settings *settings, const char *key, json_object *value, Error *reterr) {
        for (size_t i = 0; i < ELEMENTS(table); i++) {
                if (strcmp(key, table[i].key) != 0)
                        continue;
                switch (table[i].type) {
                case SETTING_TEXT:
                        return change_text(settings, &table[i], value, reterr);
                case SETTING_NUMBER:
                        return change_number(settings, &table[i], value, reterr);
                case SETTING_BOOLEAN:
                        return change_boolean(settings, &table[i], value, reterr);
                case SETTING_CHOICE:
                        return change_choice(settings, &table[i], value, reterr);
                }
        }
        return error_set(reterr, -EINVAL, "there is no setting '%s'", key);
}

int settings_change(Settings *settings, json_object *changes, Error *reterr) {
        Settings changed = *settings;
        int r;

        if (!json_object_is_type(changes, json_type_object))
                return error_set(reterr, -EINVAL, "settings are a JSON object");

        json_object_object_foreach(changes, key, value) {
                r = change(&changed, key, value, reterr);
                if (r != 0)
                        return r;
        }
        *settings = changed;
        return 0;
}

void settings_write(const Settings *settings, Text *text) {
        text_puts(text, "{");
        for (size_t i = 0; i < ELEMENTS(table); i++) {
                int64_t number = table[i].type == SETTING_TEXT ? 0 : *number_of(settings, &table[i]);

                text_printf(text, "%s\"%s\":", i > 0 ? "," : "", table[i].key);
                switch (table[i].type) {
                case SETTING_TEXT:
                        text_json(text, text_of(settings, &table[i]), strlen(text_of(settings, &table[i])));
                        break;
                case SETTING_NUMBER:
                        text_int(text, number);
                        break;
                case SETTING_BOOLEAN:
                        text_puts(text, number ? "true" : "false");
                        break;
                case SETTING_CHOICE:
                        text_printf(text, "\"%s\"", table[i].choices[number]);
                        break;
                }
        }
        text_puts(text, "}");
}
