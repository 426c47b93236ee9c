#pragma once

/*
 * Events
 *
 * What a door told of a card that was shown to it, as the service shows it.
 */

#include "tests/simulator/access.h"

const char *verdict_text(Verdict verdict);

/*
 * Appends all of the event but its id, which it gets when it arrives: from a comma to the last brace. @hw_time is that
 * of the door's clock, @db_time when the service learnt of it.
 */
void event_write(const Access *access, const Settings *settings, const Door *door, const char *card_num,
                 int64_t hw_time, int64_t db_time, Text *text);
