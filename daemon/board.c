/* STATUS= and alarms. See board.h; the words are in board-line.c. */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include <systemd/sd-daemon.h>

#include "daemon/journal.h"
#include "daemon/messages.h"
#include "daemon/service.h"
#include "lib/base/duration.h"

#define INTERVAL_USEC ((int64_t) USEC_PER_SEC)

struct Board {
        Service *service;
        sd_event_source *timer;
        int64_t looked_usec;            /* steady; when the status was looked at last */
        bool waiting;                   /* the timer runs for a touch, not for an alarm */
        Alarms alarms;
        char line[STATUS_LINE_MAX];     /* what systemd was told last */
};

static void tell_alarms(Board *board, Alarms now_ringing) {
        const Config *config = board->service->config;
        char limit[DURATION_MAX];

        if (now_ringing.stale && !board->alarms.stale)
                journal_say(MESSAGE(MESSAGE_ALARM_STALE, "alarm-stale", LOG_ALERT),
                            "HR's data is older than %s (alarm.stale): who left since then still has access",
                            duration_format(limit, config->alarm.stale_usec));
        else if (!now_ringing.stale && board->alarms.stale)
                journal_say(MESSAGE(MESSAGE_ALARM_STALE_END, "alarm-stale-end", LOG_NOTICE),
                            "HR's data is fresh again");

        if (now_ringing.revocation && !board->alarms.revocation)
                journal_say(MESSAGE(MESSAGE_ALARM_REVOCATION, "alarm-revocation", LOG_ALERT),
                            "a revocation waits for longer than %s (alarm.revocation) to be confirmed; trying on, "
                            "see 'locktsyncctl queue'", duration_format(limit, config->alarm.revocation_usec));
        else if (!now_ringing.revocation && board->alarms.revocation)
                journal_say(MESSAGE(MESSAGE_ALARM_REVOCATION_END, "alarm-revocation-end", LOG_NOTICE),
                            "no revocation waits for too long any more");
        board->alarms = now_ringing;
}

/* When to look again though nothing happens: an alarm may begin to ring as time passes. And for metrics. */
static int64_t next_look(const Board *board, const SyncStatus *status, Now now) {
        const Config *config = board->service->config;
        int64_t data = status->as_of_usec > 0 ? status->as_of_usec : board->service->since_usec;
        int64_t wait = INT64_MAX, stale = (int64_t) config->alarm.stale_usec, late, metrics, alarms;

        if (config->alarm.stale_usec < INT64_MAX / 4 && data + stale > now.real_usec)
                wait = data + stale - now.real_usec;
        if (status->oldest_revocation_usec > 0 && config->alarm.revocation_usec < INT64_MAX / 4) {
                late = status->oldest_revocation_usec + (int64_t) config->alarm.revocation_usec - now.real_usec;
                if (late > 0 && late < wait)
                        wait = late;
        }
        alarms = wait == INT64_MAX ? INT64_MAX : now.steady_usec + wait + INTERVAL_USEC / 10;
        metrics = meter_next_usec(board->service->meter);
        return alarms < metrics ? alarms : metrics;
}

static void arm(Board *board, int64_t steady_usec) {
        if (steady_usec == INT64_MAX) {
                (void) sd_event_source_set_enabled(board->timer, SD_EVENT_OFF);
                return;
        }
        (void) sd_event_source_set_time(board->timer, (uint64_t) steady_usec);
        (void) sd_event_source_set_enabled(board->timer, SD_EVENT_ONESHOT);
}

static void look(Board *board) {
        Service *service = board->service;
        _cleanup_(error_clear) Error error = ERROR_INIT;
        char line[STATUS_LINE_MAX];
        SyncStatus status = { 0 };
        Now now = clock_now();

        board->looked_usec = now.steady_usec;
        board->waiting = false;
        if (service->stopping)
                return;
        if (service_check(service, sync_status(service->sync, now, &status, &error), &error) < 0) {
                meter_show(service->meter, NULL, board->alarms, now);
                arm(board, now.steady_usec + INTERVAL_USEC);
                return;
        }

        tell_alarms(board, board_alarms(&status, service->config, service->since_usec, now));
        (void) board_line(&status, service->state_failed, service->reload_refused, board->alarms, line);
        if (strcmp(line, board->line) != 0) {
                (void) memcpy(board->line, line, sizeof(line));
                (void) sd_notifyf(false, "STATUS=%s", line);
        }
        meter_show(service->meter, &status, board->alarms, now);
        /* Somebody on the way here may have asked for another look, soon. */
        if (!board->waiting)
                arm(board, next_look(board, &status, now));
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        (void) source;
        (void) usec;
        look(userdata);
        return 0;
}

void board_touch_later(Board *board) {
        if (!board || board->waiting)
                return;
        board->waiting = true;
        arm(board, board->looked_usec + INTERVAL_USEC);
}

void board_touch(Board *board) {
        if (!board->waiting && clock_now().steady_usec - board->looked_usec >= INTERVAL_USEC)
                look(board);
        else
                board_touch_later(board);
}

void board_forget(Board *board) {
        board->line[0] = '\0';
        look(board);
}

int board_new(Service *service, Board **ret, Error *reterr) {
        _cleanup_(board_freep) Board *board = NULL;
        int r;

        board = calloc(1, sizeof(*board));
        if (!board)
                return error_set(reterr, -ENOMEM, "can't keep the status: out of memory");
        board->service = service;
        board->looked_usec = -INTERVAL_USEC;

        r = sd_event_add_time(service->event, &board->timer, CLOCK_BOOTTIME, 0, USEC_PER_SEC / 20, on_timer, board);
        if (r < 0)
                return error_set(reterr, r, "can't keep the status: %s", strerror(-r));
        (void) sd_event_source_set_description(board->timer, "status");
        (void) sd_event_source_set_enabled(board->timer, SD_EVENT_OFF);

        *ret = steal(board);
        return 0;
}

Board *board_free(Board *board) {
        if (!board)
                return NULL;
        (void) sd_event_source_disable_unref(board->timer);
        free(board);
        return NULL;
}
