/* POST /_sim/knocks: somebody shows a card or a fob at a door, at some time. */

#include <errno.h>
#include <string.h>
#include <time.h>

#include "tests/simulator/event.h"
#include "tests/simulator/instant.h"
#include "tests/simulator/route.h"
#include "tests/simulator/store-event.h"

enum {
        LATE_MAX = 400 * DAY_SECONDS,
        REPEAT_MAX = 100,
        REFUSED = 1,
};

typedef struct Knock {
        char *card_num;
        Door door;
        int64_t at;             /* by a true clock */
        int64_t late;           /* the service learns of it so many seconds later */
        int64_t repeat;         /* the door tells it so many times more */
        bool withhold;          /* and not before it is released */
        bool dry;               /* would it open? */
} Knock;

#define KNOCK_INIT ((Knock) { .door = DOOR_INIT })

static void knock_deinit(Knock *knock) {
        free(knock->card_num);
        door_deinit(&knock->door);
}

static int refuse(Reply *reply, const char *key, json_object *value) {
        int r = reply_error(reply, MHD_HTTP_BAD_REQUEST, "Invalid %s found: %s", key,
                            value ? json_object_get_string(value) : "null");

        return r < 0 ? r : REFUSED;
}

static int set_card(Knock *knock, const char *card_num) {
        if (!card_num || card_num[0] == '\0' || strlen(card_num) > USER_TEXT_LENGTH_MAX)
                return REFUSED;
        free(knock->card_num);
        knock->card_num = strdup(card_num);
        return knock->card_num ? 0 : -ENOMEM;
}

/* The card of the user or fob with this id_num. */
static int read_id_num(Store *store, Knock *knock, const char *id_num) {
        _cleanup_(user_deinit) User user = USER_INIT;
        int64_t id;
        int r;

        if (!id_num)
                return REFUSED;
        r = store_user_find(store, USER_ID_NUM, id_num, 0, &id);
        if (r == 0)
                r = store_user_get(store, id, &user);
        return r == 0 ? set_card(knock, user_text(&user, USER_CARD_NUM)) : r;
}

/* By name or by id. */
static int read_door(Store *store, Knock *knock, json_object *value) {
        const char *name = json_text(value);
        int64_t id;
        int r = 0;

        if (name)
                r = store_door_find(store, name, &id);
        else if (json_integer(value, &id) != 0)
                return REFUSED;
        return r == 0 ? store_door_get(store, id, &knock->door) : r;
}

static int read_instant(const char *text, int64_t *ret) {
        if (text && (instant_parse(text, 0, ret) == 0 || instant_parse_answer(text, ret) == 0))
                return 0;
        return REFUSED;
}

static int read_number(json_object *value, int64_t max, int64_t *ret) {
        return json_integer(value, ret) == 0 && *ret >= 0 && *ret <= max ? 0 : REFUSED;
}

static int read_property(Store *store, Knock *knock, const char *key, json_object *value) {
        if (strcmp(key, "card_num") == 0)
                return set_card(knock, json_text(value));
        if (strcmp(key, "id_num") == 0)
                return read_id_num(store, knock, json_text(value));
        if (strcmp(key, "door") == 0)
                return read_door(store, knock, value);
        if (strcmp(key, "at") == 0)
                return read_instant(json_text(value), &knock->at);
        if (strcmp(key, "late") == 0)
                return read_number(value, LATE_MAX, &knock->late);
        if (strcmp(key, "repeat") == 0)
                return read_number(value, REPEAT_MAX, &knock->repeat);
        if (strcmp(key, "withhold") == 0)
                return json_boolean(value, &knock->withhold) == 0 ? 0 : REFUSED;
        if (strcmp(key, "dry") == 0)
                return json_boolean(value, &knock->dry) == 0 ? 0 : REFUSED;
        return REFUSED;
}

static int read_knock(Request *request, Knock *knock, Reply *reply) {
        int r;

        knock->at = (int64_t) time(NULL);
        if (json_object_is_type(request->json, json_type_object)) {
                json_object_object_foreach(request->json, key, value) {
                        r = read_property(request->sim->store, knock, key, value);
                        if (r != 0)
                                return r < 0 ? r : refuse(reply, key, value);
                }
        }
        if (knock->card_num && knock->door.id > 0)
                return 0;
        r = reply_error(reply, MHD_HTTP_BAD_REQUEST, "A \"card_num\" or an \"id_num\", and a \"door\", are needed.");
        return r < 0 ? r : REFUSED;
}

/* Times that no answer could carry stay at the edge. */
static int64_t clamp(int64_t instant) {
        return instant < INSTANT_FIRST ? INSTANT_FIRST : instant > INSTANT_LAST ? INSTANT_LAST : instant;
}

static int record(Request *request, const Knock *knock, const Access *access, int64_t device_time) {
        const Settings *settings = &request->sim->settings;
        Store *store = request->sim->store;
        _cleanup_(text_free) Text body = { 0 };
        int r;

        event_write(access, settings, &knock->door, knock->card_num, device_time, clamp(knock->at + knock->late),
                    &body);
        r = text_status(&body);
        for (int64_t i = 0; r == 0 && i <= knock->repeat; i++)
                r = knock->withhold ? store_event_withhold(store, body.data)
                                    : store_event_add(store, 0, body.data, settings->max_events);
        if (r == 0 && access->record.id > 0)
                r = store_activity_note(store, knock->card_num, device_time);
        return r;
}

static int run(Request *request, const Knock *knock, Reply *reply) {
        int64_t device_time = clamp(knock->at + knock->door.clock_skew);
        _cleanup_(access_deinit) Access access = ACCESS_INIT;
        int r;

        r = access_decide(request->sim->store, &request->sim->settings, knock->card_num, &knock->door, device_time,
                          &access);
        if (r == 0 && !knock->dry)
                r = record(request, knock, &access, device_time);
        if (r < 0)
                return r;
        text_printf(&reply->text, "{\"granted\":%s,\"reason\":\"%s\"}",
                    access.verdict == VERDICT_GRANTED ? "true" : "false", verdict_text(access.verdict));
        return text_status(&reply->text);
}

int admin_knocks_post(Request *request, Reply *reply) {
        _cleanup_(knock_deinit) Knock knock = KNOCK_INIT;
        int r;

        r = read_knock(request, &knock, reply);
        if (r != 0)
                return r < 0 ? r : 0;
        return run(request, &knock, reply);
}
