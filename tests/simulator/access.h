#pragma once

/*
 * Access
 *
 * The question that all is about: somebody shows a card or a fob at a door, and the door opens or stays shut.
 */

#include "tests/simulator/settings.h"
#include "tests/simulator/store.h"

typedef enum Verdict {
        VERDICT_GRANTED,
        VERDICT_BATTERY,                /* the one reason that the API document shows */
        VERDICT_DOOR_DISABLED,
        VERDICT_UNKNOWN,
        VERDICT_DISABLED,
        VERDICT_NOT_YET,
        VERDICT_EXPIRED,
        VERDICT_NO_LEVEL,
        VERDICT_SCHEDULE,
        VERDICTS,
} Verdict;

typedef struct Access {
        Verdict verdict;
        User record;                    /* of the card: a user's or a fob's */
        User holder;                    /* of a fob; its id is 0 when it is nobody's, or no fob */
        Schedule schedule;              /* by which the door opens; without a name when it always does */
} Access;

#define ACCESS_INIT ((Access) { .record = USER_INIT, .holder = USER_INIT, .schedule = SCHEDULE_INIT })

void access_deinit(Access *access);

/* @now is the time by the clock of the door. */
int access_decide(Store *store, const Settings *settings, const char *card_num, const Door *door, int64_t now,
                  Access *ret);
