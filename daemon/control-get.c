/* get: what Lockt holds, read anew, one object a line. In turn with the reads of the sync; no write waits for it. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemon/control-call.h"
#include "daemon/control-json.h"
#include "lib/lockt/lockt.h"
#include "lib/state/snapshot.h"

/* So many lines may wait for the client before Lockt's answer is held. */
#define LINES_AHEAD 256

typedef struct Thing Thing;

typedef struct Getting {
        const Thing *thing;
        const char *filter;             /* NULL: all */
        bool mask;                      /* credential keys */
        LocktTurn turn;
        LocktCall *asked;
        bool done, held;
        unsigned ahead;
        Level *levels;                  /* for their names; of users */
        size_t n_levels;
} Getting;

struct Thing {
        const char *name;
        int (*ask)(Call *call, Lockt *lockt);
};

/* A line of the answer; the client takes it, or Lockt is held. */
static void said(Call *call) {
        Getting *getting = call->data;

        if (++getting->ahead >= LINES_AHEAD && !getting->held) {
                getting->held = true;
                lockt_hold(getting->asked, true);
        }
        call_wake(call);
}

/* Memory that is missing ends the listing; finish() says so. */
static int say_object(Call *call, LocktObject kind, const void *object) {
        Getting *getting = call->data;
        _cleanup_(freep) char *json = NULL;

        if (getting->filter && !lockt_object_matches(kind, object, getting->filter))
                return 0;
        json = lockt_object_format(kind, object, getting->mask);
        call_say_text(call, getting->thing->name, json);
        said(call);
        return json ? 0 : -ENOMEM;
}

static int on_fob(void *userdata, const LocktFob *fob) {
        return say_object(userdata, LOCKT_FOB, fob);
}

static int on_fob_check(void *userdata, const LocktFobCheck *check) {
        return say_object(userdata, LOCKT_FOB_CHECK, check);
}

static int on_access_level(void *userdata, const LocktAccessLevel *level) {
        return say_object(userdata, LOCKT_ACCESS_LEVEL, level);
}

static int on_door(void *userdata, const LocktDoor *door) {
        return say_object(userdata, LOCKT_DOOR, door);
}

static int on_door_state(void *userdata, const LocktDoorState *door_state) {
        return say_object(userdata, LOCKT_DOOR_STATE, door_state);
}

static int on_schedule(void *userdata, const LocktSchedule *schedule) {
        return say_object(userdata, LOCKT_SCHEDULE, schedule);
}

static int on_credential(void *userdata, const LocktCredential *credential) {
        return say_object(userdata, LOCKT_CREDENTIAL, credential);
}

static int on_summary(void *userdata, const LocktSummary *summary) {
        return say_object(userdata, LOCKT_SUMMARY, summary);
}

static int on_event(void *userdata, const LocktEvent *event) {
        return say_object(userdata, LOCKT_EVENT, event);
}

static int on_card_num(void *userdata, const char *card_num) {
        struct json_object *line = json_object_new_object();
        Call *call = userdata;

        json_add_text(line, "card_num", card_num);
        call_say(call, "nextcardnum", line);
        said(call);
        return 0;
}

static bool user_matches(const User *user, const char *filter) {
        for (Property property = 0; property < TEXT_PROPERTIES; property++)
                if (property != PROPERTY_CREDENTIAL_KEY && strcasestr(user_text(user, property), filter))
                        return true;
        return strtoll(filter, NULL, 10) == user->id && strspn(filter, "0123456789") == strlen(filter);
}

static int on_user(void *userdata, const User *user, bool is_fob) {
        struct json_object *line;
        Call *call = userdata;
        Getting *getting = call->data;

        if (is_fob || (getting->filter && !user_matches(user, getting->filter)))
                return 0;
        line = json_object_new_object();
        json_add_number(line, "id", user->id);
        for (Property property = 0; property < TEXT_PROPERTIES; property++) {
                const char *text = user_text(user, property);

                json_add_text(line, property_name(property),
                              property == PROPERTY_CREDENTIAL_KEY && *text ? "****" : text);
        }
        json_add(line, "access_effective", json_instant(user->access_effective));
        json_add(line, "access_expires", json_instant(user->access_expires));
        json_add_flag(line, "enabled", user->enabled);
        json_add(line, "accesslevels", json_levels(user, getting->levels, getting->n_levels));
        call_say(call, "users", line);
        said(call);
        return 0;
}

/* rulings 28: what an instance does not have yet is no failure. */
static void on_done(void *userdata, const LocktAnswer *answer) {
        Call *call = userdata;
        Getting *getting = call->data;
        struct json_object *line;

        getting->asked = NULL;
        getting->done = true;
        carry_lockt_leave(&getting->turn);
        if (answer->verdict == LOCKT_NOT_RELEASED) {
                line = json_object_new_object();
                json_add_text(line, "what", getting->thing->name);
                json_add_text(line, "text", answer->message ? answer->message : "not released on this instance");
                call_say(call, "not_released", line);
        } else if (answer->verdict != LOCKT_OK)
                (void) error_set(&call->error, -EIO, "%s%s", answer->message ? answer->message : "Lockt did not answer",
                                 answer->verdict == LOCKT_UNKNOWN ? "; what was shown may not be all" : "");
        call_wake(call);
}

static int ask_users(Call *call, Lockt *lockt) {
        Getting *getting = call->data;
        int r;

        r = snapshot_get_levels(call->service->state, &getting->levels, &getting->n_levels, &call->error);
        if (r < 0)
                return r;
        return lockt_list_users(lockt, on_user, on_done, call, &getting->asked, &call->error);
}

/* The other listings differ in their names alone. */
#define ASK(name, function, each) \
        static int name(Call *call, Lockt *lockt) { \
                Getting *getting = call->data; \
                return function(lockt, each, on_done, call, &getting->asked, &call->error); \
        }

ASK(ask_fobs, lockt_list_fobs, on_fob)
ASK(ask_fob_checks, lockt_check_fobs, on_fob_check)
ASK(ask_levels, lockt_list_access_levels, on_access_level)
ASK(ask_doors, lockt_list_doors, on_door)
ASK(ask_door_states, lockt_list_door_states, on_door_state)
ASK(ask_schedules, lockt_list_schedules, on_schedule)
ASK(ask_credentials, lockt_list_credentials, on_credential)
ASK(ask_summary, lockt_count_credentials, on_summary)
ASK(ask_card_num, lockt_next_card_num, on_card_num)

static int ask_events(Call *call, Lockt *lockt) {
        Getting *getting = call->data;

        return lockt_list_events(lockt, call_number(call, "since", 0), on_event, on_done, call, &getting->asked,
                                 &call->error);
}

static const Thing things[] = {
        { "users", ask_users },
        { "fobs", ask_fobs },
        { "fobcheck", ask_fob_checks },
        { "levels", ask_levels },
        { "doors", ask_doors },
        { "doorstates", ask_door_states },
        { "schedules", ask_schedules },
        { "credentials", ask_credentials },
        { "credentialsummary", ask_summary },
        { "events", ask_events },
        { "nextcardnum", ask_card_num },
};

static void on_turn(void *userdata) {
        call_wake(userdata);
}

static int begin_get(Call *call) {
        const char *what = call_text(call, "what");
        Getting *getting = call->data;

        for (size_t i = 0; i < ELEMENTS(things); i++)
                if (strcmp(things[i].name, what) == 0)
                        getting->thing = &things[i];
        if (!getting->thing)
                return call_usage(call, "Lockt has no '%.40s' to get", what);
        getting->filter = call_text(call, "filter");
        /* A key lets its holder claim a credential: for the eyes of those who could give access anyway. */
        getting->mask = strcmp(what, "credentials") != 0 || !call_may_steer(call);
        getting->turn.ready = on_turn;
        getting->turn.userdata = call;
        carry_lockt_queue(call->service->lockt, &getting->turn);
        return 0;
}

static int next_get(Call *call) {
        Getting *getting = call->data;
        int r;

        if (call->error.code < 0)
                return call->error.code;
        if (getting->done)
                return CALL_DONE;
        if (getting->turn.come && !getting->asked) {
                r = getting->thing->ask(call, carry_lockt_client(call->service->lockt));
                if (r < 0)
                        return r;
        }
        getting->ahead = 0;
        if (getting->held) {
                getting->held = false;
                lockt_hold(getting->asked, false);
        }
        return CALL_WAIT;
}

static void end_get(Call *call) {
        Getting *getting = call->data;

        if (getting->asked)
                lockt_cancel(getting->asked);
        carry_lockt_leave(&getting->turn);
        levels_free(getting->levels, getting->n_levels);
}

static const Member get_members[] = {
        { "what", MEMBER_TEXT, true }, { "filter", MEMBER_TEXT, false }, { "since", MEMBER_NUMBER, false }, { 0 },
};

const Command command_get = { .name = "get", .configured = true, .members = get_members, .size = sizeof(Getting),
        .begin = begin_get, .next = next_get, .end = end_get };
