/* The columns of each kind of object. See get.h. */

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "daemon/ctl/access.h"
#include "daemon/ctl/get.h"
#include "daemon/ctl/member.h"

#define BATTERY_LOW 0.2         /* below this, somebody should go there with a new one */
#define BATTERY_FAIR 0.4

void get_row_deinit(GetRow *row) {
        free(row->list);
        row->list = NULL;
}

/* Names of {"id","name"}, ", " between them; "#574" where there is none. */
static int join_names(GetRow *row, struct json_object *object, const char *name, size_t cell) {
        size_t n = member_count(object, name), size;
        FILE *stream = open_memstream(&row->list, &size);

        if (!stream)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++) {
                struct json_object *item = member_at(object, name, i);

                (void) fputs(i > 0 ? ", " : "", stream);
                if (*member_text(item, "name"))
                        (void) fputs(member_text(item, "name"), stream);
                else
                        (void) fprintf(stream, "#%" PRId64, member_number(item, "id"));
        }
        if (fclose(stream) != 0)
                return -ENOMEM;
        row->cells[cell] = row->list;
        return 0;
}

/* json-c keeps one text for a number: copied, since a row has several. */
static void put_number(GetRow *row, size_t cell, struct json_object *object, const char *name) {
        (void) snprintf(row->texts[cell], GET_TEXT_MAX, "%" PRId64, member_number(object, name));
        row->cells[cell] = row->texts[cell];
}

static const TableColumn user_columns[] = {
        { "ID", TABLE_RIGHT | TABLE_KEEP }, { "ID_NUM", TABLE_KEEP }, { "NAME", 0 }, { "CARD", TABLE_KEEP },
        { "E-MAIL", 0 }, { "ACCESS", 0 }, { "LEVELS", TABLE_WRAP },
};

static int fill_user(GetRow *row, struct json_object *object, int64_t now_usec) {
        bool open;

        put_number(row, 0, object, "id");
        row->cells[1] = member_text(object, "id_num");
        (void) snprintf(row->texts[2], GET_TEXT_MAX, "%s %s", member_text(object, "first_name"),
                        member_text(object, "last_name"));
        row->cells[2] = row->texts[2];
        row->cells[3] = member_text(object, "card_num");
        row->cells[4] = member_text(object, "email");
        row->cells[5] = access_words(object, now_usec, &open);
        row->paint = open ? PAINT_NONE : PAINT_DIM;
        return join_names(row, object, "accesslevels", 6);
}

static const TableColumn fob_columns[] = {
        { "ID", TABLE_RIGHT | TABLE_KEEP }, { "ID_NUM", TABLE_KEEP }, { "NAME", 0 }, { "CARD", TABLE_KEEP },
        { "ACCESS", 0 }, { "UNTIL", 0 },
};

static int fill_fob(GetRow *row, struct json_object *object, int64_t now_usec) {
        bool open;

        put_number(row, 0, object, "id");
        row->cells[1] = member_text(object, "id_num");
        row->cells[2] = member_text(object, "name");
        row->cells[3] = member_text(object, "card_num");
        row->cells[4] = access_words(object, now_usec, &open);
        row->cells[5] = member_text(object, "access_expires");
        row->paint = open ? PAINT_NONE : PAINT_DIM;
        return 0;
}

static const TableColumn fob_check_columns[] = {
        { "ID", TABLE_RIGHT | TABLE_KEEP }, { "ID_NUM", TABLE_KEEP }, { "NAME", 0 }, { "CARD", TABLE_KEEP },
        { "ACCESS", 0 }, { "LAST USED", 0 },
};

static int fill_fob_check(GetRow *row, struct json_object *object, int64_t now_usec) {
        int r = fill_fob(row, object, now_usec);

        row->cells[5] = member_text(object, "last_activity");
        return r;
}

static const TableColumn level_columns[] = {
        { "ID", TABLE_RIGHT | TABLE_KEEP }, { "NAME", TABLE_KEEP }, { "DOORS", TABLE_WRAP },
};

static int fill_level(GetRow *row, struct json_object *object, int64_t now_usec) {
        (void) now_usec;
        put_number(row, 0, object, "id");
        row->cells[1] = member_text(object, "name");
        return join_names(row, object, "doors", 2);
}

static const TableColumn door_columns[] = {
        { "ID", TABLE_RIGHT | TABLE_KEEP }, { "NAME", TABLE_KEEP }, { "LOCATION", 0 }, { "ENABLED", 0 },
        { "TYPE", 0 }, { "CONTROLLER", 0 },
};

static int fill_door(GetRow *row, struct json_object *object, int64_t now_usec) {
        bool enabled = member_flag(object, "enabled");

        (void) now_usec;
        put_number(row, 0, object, "id");
        row->cells[1] = member_text(object, "name");
        row->cells[2] = member_text(object, "location");
        row->cells[3] = enabled ? "yes" : "no";
        row->cells[4] = member_text(object, "type");
        row->cells[5] = member_text(object, "controller");
        row->paint = enabled ? PAINT_NONE : PAINT_DIM;
        return 0;
}

static const TableColumn door_state_columns[] = {
        { "ID", TABLE_RIGHT | TABLE_KEEP }, { "NAME", 0 }, { "BATTERY", TABLE_RIGHT | TABLE_KEEP },
        { "", TABLE_KEEP },
};

static double battery_of(struct json_object *object) {
        struct json_object *level = member(object, "battery_level");

        return level ? json_object_get_double(level) : NAN;
}

bool get_battery_low(struct json_object *door_state) {
        return battery_of(door_state) < BATTERY_LOW;
}

/* Words beside the colour: not everybody sees it, and files have none. */
static int fill_door_state(GetRow *row, struct json_object *object, int64_t now_usec) {
        double level = battery_of(object);

        (void) now_usec;
        put_number(row, 0, object, "id");
        row->cells[1] = member_text(object, "name");
        if (isnan(level))
                return 0;
        (void) snprintf(row->texts[2], GET_TEXT_MAX, "%.0f %%", level * 100);
        row->cells[2] = row->texts[2];
        row->cells[3] = level < BATTERY_LOW ? "LOW" : "";
        row->paint = level < BATTERY_LOW ? PAINT_RED : level < BATTERY_FAIR ? PAINT_YELLOW : PAINT_NONE;
        return 0;
}

static const TableColumn schedule_columns[] = {
        { "ID", TABLE_RIGHT | TABLE_KEEP }, { "NAME", 0 }, { "DAYS", TABLE_KEEP }, { "START", TABLE_KEEP },
        { "STOP", TABLE_KEEP },
};

static int fill_schedule(GetRow *row, struct json_object *object, int64_t now_usec) {
        static const char *const days[] = { "Mo", "Tu", "We", "Th", "Fr", "Sa", "Su" };
        size_t used = 0;

        (void) now_usec;
        put_number(row, 0, object, "id");
        row->cells[1] = member_text(object, "name");
        for (size_t i = 0; i < ELEMENTS(days); i++) {
                char name[] = { 'd', (char) ('0' + i), '\0' };
                int n = snprintf(row->texts[2] + used, GET_TEXT_MAX - used, "%s%s", i > 0 ? " " : "",
                                 member_number(object, name) != 0 ? days[i] : "--");

                used += n > 0 ? (size_t) n : 0;
        }
        row->cells[2] = row->texts[2];
        row->cells[3] = member_text(object, "start");
        row->cells[4] = member_text(object, "stop");
        return 0;
}

static const TableColumn credential_columns[] = {
        { "ID", TABLE_RIGHT | TABLE_KEEP }, { "CARD", TABLE_KEEP }, { "STATUS", 0 }, { "USER ID", TABLE_RIGHT },
        { "USER", 0 }, { "KEY", TABLE_KEEP },
};

static int fill_credential(GetRow *row, struct json_object *object, int64_t now_usec) {
        struct json_object *user = member_at(object, "user", 0);

        (void) now_usec;
        put_number(row, 0, object, "id");
        row->cells[1] = member_text(object, "card_num");
        row->cells[2] = member_text(object, "claim_status");
        if (user)
                put_number(row, 3, user, "id");
        row->cells[4] = member_text(user, "name");
        row->cells[5] = member_text(object, "credential_key");
        return 0;
}

static const TableColumn summary_columns[] = { { "CREDENTIALS", TABLE_WRAP } };

/* In the service's own names: the document shows none. */
static int fill_summary(GetRow *row, struct json_object *object, int64_t now_usec) {
        size_t size, n = 0;
        FILE *stream = open_memstream(&row->list, &size);

        (void) now_usec;
        if (!stream)
                return -ENOMEM;
        json_object_object_foreach(object, name, value)
                (void) fprintf(stream, "%s%s: %s", n++ > 0 ? ", " : "", name, value_text(value));
        if (fclose(stream) != 0)
                return -ENOMEM;
        row->cells[0] = row->list;
        return 0;
}

static const TableColumn event_columns[] = {
        { "ID", TABLE_RIGHT | TABLE_KEEP }, { "TIME", TABLE_KEEP }, { "DEVICE", 0 }, { "USER", 0 }, { "CARD", 0 },
        { "WHAT", TABLE_WRAP },
};

static int fill_event(GetRow *row, struct json_object *object, int64_t now_usec) {
        const char *text = member_text(object, "code_text"), *more = member_text(object, "subcode_text");

        (void) now_usec;
        put_number(row, 0, object, "id");
        row->cells[1] = member_text(object, "event_time");
        row->cells[2] = member_text(object, "device");
        row->cells[3] = member_text(object, "user");
        row->cells[4] = member_text(object, "card_num");
        (void) snprintf(row->texts[5], GET_TEXT_MAX, "%s%s%s", text, *more ? ": " : "", more);
        row->cells[5] = row->texts[5];
        row->paint = strcasestr(text, "denied") ? PAINT_YELLOW : PAINT_NONE;
        return 0;
}

static const TableColumn card_num_columns[] = { { "NEXT CARD", TABLE_KEEP } };

static int fill_card_num(GetRow *row, struct json_object *object, int64_t now_usec) {
        (void) now_usec;
        row->cells[0] = member_text(object, "card_num");
        return 0;
}

#define VIEW(what, columns, fill, one, many) { what, columns, ELEMENTS(columns), fill, one, many }

const GetView get_views[] = {
        VIEW("users", user_columns, fill_user, "user", "users"),
        VIEW("fobs", fob_columns, fill_fob, "fob", "fobs"),
        VIEW("fobcheck", fob_check_columns, fill_fob_check, "fob", "fobs"),
        VIEW("levels", level_columns, fill_level, "access level", "access levels"),
        VIEW("doors", door_columns, fill_door, "door", "doors"),
        VIEW("doorstates", door_state_columns, fill_door_state, "door", "doors"),
        VIEW("schedules", schedule_columns, fill_schedule, "schedule", "schedules"),
        VIEW("credentials", credential_columns, fill_credential, "credential", "credentials"),
        VIEW("credentialsummary", summary_columns, fill_summary, NULL, NULL),
        VIEW("events", event_columns, fill_event, "event", "events"),
        VIEW("nextcardnum", card_num_columns, fill_card_num, NULL, NULL),
};

const size_t n_get_views = ELEMENTS(get_views);

const GetView *get_view(const char *what) {
        for (size_t i = 0; i < n_get_views; i++)
                if (strcmp(get_views[i].what, what) == 0)
                        return &get_views[i];
        return NULL;
}
