#pragma once

/*
 * Doors and Schedules
 *
 * The openings that the service governs, and the hours during which access levels open them.
 */

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/cleanup.h"
#include "tests/simulator/text.h"

enum {
        DOOR_TEXT_LENGTH_MAX = 255,
        DOOR_BATTERY_NONE = -1,
};

typedef enum DoorText {
        DOOR_TYPE,
        DOOR_NAME,
        DOOR_LOCATION,
        DOOR_CONTROLLER,
        DOOR_TEXTS,
} DoorText;

typedef struct Door {
        int64_t id;
        char *text[DOOR_TEXTS];         /* owned; NULL counts as the default */
        bool enabled;
        int64_t battery;                /* in hundredths; DOOR_BATTERY_NONE when that is not applicable */
        int64_t clock_skew;             /* by how many seconds its clock is ahead */
} Door;

#define DOOR_INIT ((Door) { .enabled = true, .battery = DOOR_BATTERY_NONE })

/* What is shown of a door. */
typedef enum DoorView {
        DOOR_VIEW,              /* GET /door */
        DOOR_VIEW_STATE,        /* GET /doorstate */
        DOOR_VIEW_BY_HAND,      /* the administration: all of it */
} DoorView;

extern const char *const door_text_names[DOOR_TEXTS];

void door_deinit(Door *door);
const char *door_text(const Door *door, DoorText text);
int door_set_text(Door *door, DoorText text, const char *value);
void door_write(const Door *door, DoorView view, Text *text);

enum {
        SCHEDULE_DAYS = 7,
        SCHEDULE_TIME_MAX = 9,          /* 08:00:00 and its NUL */
        DAY_SECONDS = 24 * 60 * 60,
};

typedef struct Schedule {
        int64_t id;
        char *name;                     /* owned */
        int64_t days;                   /* a bit each, Monday first */
        int64_t start;                  /* seconds of the day */
        int64_t stop;                   /* included, as `16:59:59` suggests */
} Schedule;

#define SCHEDULE_INIT ((Schedule) { .stop = DAY_SECONDS - 1 })

void schedule_deinit(Schedule *schedule);
void schedule_write(const Schedule *schedule, Text *text);

/* HH:MM:SS, or -EINVAL. */
int schedule_parse_time(const char *text, int64_t *ret);

/* Whether it includes the instant on a wall clock, in seconds since 1970 there. */
bool schedule_includes(const Schedule *schedule, int64_t local);
