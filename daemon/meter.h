#pragma once

/*
 * The meter: keeps the metrics and writes them where metrics.textfile says
 *
 * It counts what happens, at the cost of an addition. The board, which looks at the status at most once a second, hands
 * it over; it is written when it has changed, and every 15 s all the same, so that a file that grows old tells of a
 * daemon that hangs. A file that can't be written is told once, and once when it can again.
 */

#include "daemon/board.h"
#include "daemon/metrics.h"
#include "lib/model/answer.h"
#include "lib/model/news.h"

typedef struct Meter Meter;

int meter_new(Service *service, Meter **ret, Error *reterr);
Meter *meter_free(Meter *meter);
DEFINE_CLEANUP(Meter *, meter_free)

/* What happened. @meter may be NULL. */
void meter_count_news(Meter *meter, NewsKind kind);
void meter_count_write(Meter *meter, const LocktAnswer *answer);
void meter_count_read(Meter *meter, bool ok);

/* What the board has just seen; NULL: the state does not tell, and what it said last stands. */
void meter_show(Meter *meter, const SyncStatus *status, Alarms alarms, Now now);

/* The daemon ends: the last numbers, which are all that --once has to tell. */
void meter_finish(Meter *meter);

/* When meter_show() is to be called though nothing happens (steady); INT64_MAX: never. */
int64_t meter_next_usec(const Meter *meter);
