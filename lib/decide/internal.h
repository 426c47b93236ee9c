#pragma once

/* What the files of decide share. */

#include "lib/decide/decide.h"

int decide_oom(Error *reterr);
/* In the way of .plan.give, with the reason; the first one is kept. 0 or -ENOMEM. */
int decide_park(Decision *decision, ParkKind kind, const char *format, ...) _printf_(3, 4);
/* Not empty, and the same without case (ASCII). */
bool decide_same_text(const User *a, const User *b, Property property);

/* adopt.c: somebody who is not linked: the user whom he is to be linked with, if there is one, into @decision. */
int decide_candidate(const DecideContext *context, const QueueRow *row, Decision *decision, Error *reterr);
/* adopt.c: a creation that would make a second user of somebody. */
int decide_double(const DecideContext *context, const QueueRow *row, Decision *decision, Error *reterr);
