#pragma once

/*
 * The running daemon
 *
 * One struct that owns all that runs: the loop, the configuration, the state, the sync, and who carries bytes for it.
 * Its parts see each other through it, so its fields are open to the files of this folder, and to nobody else.
 *
 *      signals, control ──▶ service ──▶ pump ──▶ sync        (pump.h: asks the sync what to do)
 *                                        │
 *            carry-hr.h, carry-watch.h ◀─┴─▶ carry-lockt.h   (they do it, and report how it ended)
 */

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "daemon/board.h"
#include "daemon/carry-hr.h"
#include "daemon/carry-lockt.h"
#include "daemon/carry-watch.h"
#include "daemon/clock.h"
#include "daemon/control.h"
#include "daemon/meter.h"
#include "daemon/options.h"
#include "daemon/pump.h"
#include "daemon/secrets.h"
#include "lib/config/config.h"
#include "lib/mapping/mapping.h"
#include "lib/state/state.h"
#include "lib/sync/sync.h"

struct Service {
        const Options *options;
        sd_event *event;
        Config *config;
        Mapping *mapping;
        Secrets secrets;
        State *state;
        Sync *sync;

        Pump *pump;
        HrCarrier *hr;
        Watch *watch;
        LocktCarrier *lockt;
        Clock *clock;
        Control *control;
        Board *board;                   /* STATUS= and the alarms */
        Meter *meter;                   /* metrics */
        sd_event_source *patience;      /* while stopping: how long a write in flight is waited for */
        sd_event_source *retry;         /* while the state can't be written */
        sd_event_source *renewal;       /* while Lockt refuses the credentials: have they changed? */

        int64_t since_usec, loaded_usec;
        char *reload_refused;           /* why the last reload was refused; NULL: it was not */
        char *state_failed;             /* why the state can't be written; NULL: it can */
        bool credentials_unreadable;    /* said once */
        bool stopping;
        int exit_code;
};

enum {
        SERVICE_FAILED = 1,
        SERVICE_USAGE = 2,
        SERVICE_CONFIG = 78,            /* EX_CONFIG of sysexits.h */
};

/*
 * Starts, runs until it is told to stop, and answers what the process exits with. What there is to say has been said.
 */
int service_run(const Options *options);

/* Something happened: the sync is asked what to do next, soon. */
void service_poke(Service *service);

/*
 * Looks at what a call of the sync answered. A negative answer is a fault of the state: said once, delivery stops until
 * the state works again. Answers @r.
 */
int service_check(Service *service, int r, const Error *error);

/* Stops cleanly: a write in flight has most of a second to be answered. @code: what to exit with. */
void service_stop(Service *service, int code);

/* As SIGUSR1. */
int service_resync(Service *service, bool accept, const char *who, Error *reterr);

/* As SIGHUP; says what came of it. */
void service_reload(Service *service);
