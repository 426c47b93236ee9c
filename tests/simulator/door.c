/* Doors and schedules as the service shows them. */

#include "tests/simulator/door.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

const char *const door_text_names[DOOR_TEXTS] = {
        [DOOR_TYPE] = "type",
        [DOOR_NAME] = "name",
        [DOOR_LOCATION] = "location",
        [DOOR_CONTROLLER] = "controller",
};

/* As the documented doors have it; a door that the API creates is given a name alone. */
static const char *const defaults[DOOR_TEXTS] = {
        [DOOR_TYPE] = "Access Controlled Door",
        [DOOR_NAME] = "",
        [DOOR_LOCATION] = "",
        [DOOR_CONTROLLER] = "BEST Switch™ API",
};

void door_deinit(Door *door) {
        for (size_t i = 0; i < DOOR_TEXTS; i++)
                free(door->text[i]);
        *door = DOOR_INIT;
}

const char *door_text(const Door *door, DoorText text) {
        return door->text[text] ? door->text[text] : defaults[text];
}

int door_set_text(Door *door, DoorText text, const char *value) {
        char *copy = strdup(value);

        if (!copy)
                return -ENOMEM;
        free(door->text[text]);
        door->text[text] = copy;
        return 0;
}

static void write_text(const Door *door, DoorText property, Text *text) {
        const char *value = door_text(door, property);

        text_printf(text, ",\"%s\":", door_text_names[property]);
        text_json(text, value, strlen(value));
}

static void write_battery(const Door *door, Text *text) {
        if (door->battery >= 0)
                text_printf(text, ",\"battery_level\":%" PRId64 ".%02" PRId64, door->battery / 100,
                            door->battery % 100);
}

/* The order is that of the samples. */
void door_write(const Door *door, DoorView view, Text *text) {
        text_printf(text, "{\"id\":%" PRId64, door->id);
        if (view == DOOR_VIEW_STATE) {
                write_text(door, DOOR_NAME, text);
                write_battery(door, text);
        } else {
                write_text(door, DOOR_TYPE, text);
                write_text(door, DOOR_NAME, text);
                write_text(door, DOOR_LOCATION, text);
                text_printf(text, ",\"enabled\":%s", door->enabled ? "true" : "false");
                write_text(door, DOOR_CONTROLLER, text);
        }
        if (view == DOOR_VIEW_BY_HAND) {
                write_battery(door, text);
                text_printf(text, ",\"clock_skew\":%" PRId64, door->clock_skew);
        }
        text_puts(text, "}");
}

void schedule_deinit(Schedule *schedule) {
        free(schedule->name);
        *schedule = SCHEDULE_INIT;
}

static void write_time(Text *text, const char *name, int64_t seconds) {
        text_printf(text, ",\"%s\":\"%02" PRId64 ":%02" PRId64 ":%02" PRId64 "\"", name, seconds / 3600,
                    seconds / 60 % 60, seconds % 60);
}

void schedule_write(const Schedule *schedule, Text *text) {
        text_printf(text, "{\"id\":%" PRId64 ",\"name\":", schedule->id);
        text_json(text, schedule->name ? schedule->name : "", schedule->name ? strlen(schedule->name) : 0);
        for (int day = 0; day < SCHEDULE_DAYS; day++)
                text_printf(text, ",\"d%d\":%d", day, (schedule->days >> day) & 1 ? 1 : 0);
        write_time(text, "start", schedule->start);
        write_time(text, "stop", schedule->stop);
        text_puts(text, "}");
}

static bool two_digits(const char *text, int64_t max, int64_t *ret) {
        if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
                return false;
        *ret = (text[0] - '0') * 10 + (text[1] - '0');
        return *ret <= max;
}

int schedule_parse_time(const char *text, int64_t *ret) {
        int64_t hour, minute, second;

        if (strlen(text) != SCHEDULE_TIME_MAX - 1 || text[2] != ':' || text[5] != ':' ||
            !two_digits(text, 23, &hour) || !two_digits(text + 3, 59, &minute) || !two_digits(text + 6, 59, &second))
                return -EINVAL;
        *ret = hour * 3600 + minute * 60 + second;
        return 0;
}

static int64_t floor_days(int64_t seconds) {
        return seconds >= 0 ? seconds / DAY_SECONDS : -((DAY_SECONDS - 1 - seconds) / DAY_SECONDS);
}

/* Hours that end before they begin go on past midnight, and belong to the day on which they began. */
bool schedule_includes(const Schedule *schedule, int64_t local) {
        int64_t day = floor_days(local), second = local - day * DAY_SECONDS;
        int64_t since_monday = (day + 3) % SCHEDULE_DAYS;       /* 1970 began on a Thursday */
        int weekday = (int) (since_monday < 0 ? since_monday + SCHEDULE_DAYS : since_monday);
        int yesterday = (weekday + SCHEDULE_DAYS - 1) % SCHEDULE_DAYS;

        if (schedule->start <= schedule->stop)
                return ((schedule->days >> weekday) & 1) && second >= schedule->start && second <= schedule->stop;
        return (((schedule->days >> weekday) & 1) && second >= schedule->start) ||
               (((schedule->days >> yesterday) & 1) && second <= schedule->stop);
}
