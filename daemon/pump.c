/* The pump. See pump.h. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "daemon/journal.h"
#include "daemon/messages.h"
#include "daemon/service.h"

struct Pump {
        Service *service;
        sd_event_source *turn;          /* asks the sync, once; NULL: nobody wants that now */
        sd_event_source *timer;         /* until when the sync waits */
};

static int on_turn(sd_event_source *source, void *userdata);

/* A wall clock timer; when the clock is set, service.c asks the sync again, and this is computed anew. */
static void wait_until(Pump *pump, int64_t until_usec) {
        if (until_usec == INT64_MAX) {
                (void) sd_event_source_set_enabled(pump->timer, SD_EVENT_OFF);
                return;
        }
        (void) sd_event_source_set_time(pump->timer, until_usec > 0 ? (uint64_t) until_usec : 0);
        (void) sd_event_source_set_enabled(pump->timer, SD_EVENT_ONESHOT);
}

/*
 * sd-event goes by how long a source has been pending, and for a source that defers that is since it was made, not since
 * it was enabled last: one that is used again and again would come before all sockets for as long as the sync has work.
 * So each turn gets a new one, which lines up behind what waits already.
 */
void pump_poke(Pump *pump) {
        int r;

        /* While the state can't be written, faults.c pokes when it can again. */
        if (pump->service->stopping || pump->service->state_failed || pump->turn)
                return;
        r = sd_event_add_defer(pump->service->event, &pump->turn, on_turn, pump);
        if (r < 0) {
                wait_until(pump, 0); /* out of memory: the timer is there already */
                return;
        }
        (void) sd_event_source_set_description(pump->turn, "sync");
}

static void once_done(Service *service, bool clean) {
        if (clean)
                journal_say(MESSAGE(MESSAGE_ONCE_DONE, "once-done", LOG_INFO), "done: all that was due");
        else
                journal_say(MESSAGE(MESSAGE_ONCE_DONE, "once-done", LOG_WARNING),
                            "done, but something failed, is parked or was held back");
        service_stop(service, clean ? EXIT_SUCCESS : SERVICE_FAILED);
}

/* --once: all that is due is done, or can't be done now. */
static void look_for_end(Service *service) {
        _cleanup_(error_clear) Error error = ERROR_INIT;
        SyncStatus status;

        if (!service->options->once || !sync_idle(service->sync) || carry_hr_busy(service->hr))
                return;
        if (sync_cycle_ran(service->sync)) {
                once_done(service, sync_clean(service->sync));
                return;
        }
        if (sync_status(service->sync, clock_now(), &status, &error) < 0 || !status.hr_up || status.hr_refused ||
            !status.lockt_up || status.unauthorized || !status.leader)
                once_done(service, false);
}

/* Has one thing done. 0: ask again at once, 1: not now. */
static int act(Pump *pump, const SyncAction *action) {
        Service *service = pump->service;

        switch (action->kind) {
        case SYNC_WAIT:
                wait_until(pump, action->until_usec);
                board_touch(service->board);
                look_for_end(service);
                return 1;
        case SYNC_AGAIN:
                pump_poke(pump);
                return 1;
        case SYNC_READ_PEOPLE:
                carry_hr_people(service->hr);
                return 0;
        case SYNC_READ_KEYS:
                carry_hr_keys(service->hr, action->keys, action->n_keys);
                return 0;
        case SYNC_LIST_LEVELS:
        case SYNC_LIST_USERS:
        case SYNC_GET_USER:
        case SYNC_WRITE:
                carry_lockt_start(service->lockt, action);
                return 0;
        }
        return 1;
}

static int on_turn(sd_event_source *source, void *userdata) {
        Pump *pump = userdata;
        Service *service = pump->service;

        (void) source;
        pump->turn = sd_event_source_disable_unref(pump->turn);
        if (carry_lockt_slot_lent(service->lockt))
                return 0;               /* the one write is an operator's; its end pokes */
        /*
         * Bounded, though a sync that has no end of things to start would be a fault of ours: the watchdog shall see
         * it.
         */
        for (unsigned i = 0; i < 16 && !service->stopping; i++) {
                _cleanup_(error_clear) Error error = ERROR_INIT;
                SyncAction action = { .kind = SYNC_WAIT, .until_usec = INT64_MAX };
                int r;

                r = service_check(service, sync_next(service->sync, clock_now(), &action, &error), &error);
                if (r < 0 || act(pump, &action) > 0)
                        return 0;
        }
        pump_poke(pump);
        return 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        (void) source;
        (void) usec;
        pump_poke(userdata);
        return 0;
}

int pump_new(Service *service, Pump **ret, Error *reterr) {
        _cleanup_(pump_freep) Pump *pump = NULL;
        int r;

        pump = calloc(1, sizeof(*pump));
        if (!pump)
                return error_set(reterr, -ENOMEM, "can't start the event loop: out of memory");
        pump->service = service;

        r = sd_event_add_time(service->event, &pump->timer, CLOCK_REALTIME, 0, 1000, on_timer, pump);
        if (r < 0)
                return error_set(reterr, r, "can't start the event loop: %s", strerror(-r));
        (void) sd_event_source_set_description(pump->timer, "sync timer");
        (void) sd_event_source_set_enabled(pump->timer, SD_EVENT_OFF);
        pump_poke(pump);

        *ret = steal(pump);
        return 0;
}

Pump *pump_free(Pump *pump) {
        if (!pump)
                return NULL;
        (void) sd_event_source_disable_unref(pump->turn);
        (void) sd_event_source_disable_unref(pump->timer);
        free(pump);
        return NULL;
}
