/* Events as JSON. */

#include "tests/simulator/event.h"

#include <string.h>

#include "tests/simulator/credential.h"
#include "tests/simulator/instant.h"

/* Of the reasons, number 104 alone is documented: the others stand around it. */
static const struct {
        int subcode;
        const char *text;
} verdicts[VERDICTS] = {
        [VERDICT_GRANTED] = { 0, "Access Granted" },
        [VERDICT_BATTERY] = { 104, "Battery Missing" },
        [VERDICT_DOOR_DISABLED] = { 105, "Door Disabled" },
        [VERDICT_UNKNOWN] = { 106, "Unknown Credential" },
        [VERDICT_DISABLED] = { 107, "User Disabled" },
        [VERDICT_NOT_YET] = { 108, "Not Yet Effective" },
        [VERDICT_EXPIRED] = { 109, "Access Expired" },
        [VERDICT_NO_LEVEL] = { 110, "No Access Level" },
        [VERDICT_SCHEDULE] = { 111, "Outside Schedule" },
};

const char *verdict_text(Verdict verdict) {
        return verdicts[verdict].text;
}

static void write_text(const char *name, const char *value, Text *text) {
        text_printf(text, ",\"%s\":", name);
        text_json(text, value, strlen(value));
}

static void write_instant(const char *name, int64_t instant, Text *text) {
        char value[INSTANT_TEXT_MAX];

        instant_format(instant, value);
        text_printf(text, ",\"%s\":\"%s\"", name, value);
}

static void write_code(Verdict verdict, Text *text) {
        bool granted = verdict == VERDICT_GRANTED;

        text_printf(text, ",\"code\":%d,\"code_text\":\"%s\"", granted ? 48 : 49,
                    granted ? "Access Granted" : "Access Denied");
        if (!granted)
                text_printf(text, ",\"subcode\":%d,\"subcode_text\":\"%s\"", verdicts[verdict].subcode,
                            verdicts[verdict].text);
}

/* The holder of a fob; a fob that is nobody's goes by its own name. */
static void write_user(const Access *access, Text *text) {
        const User *user = access->holder.id > 0 ? &access->holder : &access->record;

        text_puts(text, ",\"user\":");
        credential_write_name(user_text(user, user_is_fob(user) ? USER_NAME : USER_LAST_NAME),
                              user_is_fob(user) ? "" : user_text(user, USER_FIRST_NAME), text);
}

/* The order is that of the samples. */
void event_write(const Access *access, const Settings *settings, const Door *door, const char *card_num,
                 int64_t hw_time, int64_t db_time, Text *text) {
        bool granted = access->verdict == VERDICT_GRANTED;

        write_text("device", door_text(door, DOOR_NAME), text);
        write_code(access->verdict, text);
        write_text("schedule", access->schedule.name ? access->schedule.name : "", text);
        write_text("controller", door_text(door, DOOR_CONTROLLER), text);
        write_text("location", door_text(door, DOOR_LOCATION), text);
        write_text("card_num", card_num, text);
        write_user(access, text);
        text_printf(text, ",\"category\":%d,\"category_text\":\"Door Access %s\"", granted ? 1 : 2,
                    granted ? "Granted" : "Denied");
        write_instant(settings->event_time == EVENT_TIME_HW ? "hw_time" : "event_time", hw_time, text); /* ruling 27 */
        write_instant("db_time", db_time, text);
        text_puts(text, "}");
}
