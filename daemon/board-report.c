/* SIGUSR2: the status in several entries of the journal. See board.h. */

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <syslog.h>

#include "daemon/journal.h"
#include "daemon/messages.h"
#include "daemon/service.h"
#include "lib/base/duration.h"

static void say(const char *format, ...) _printf_(1, 2);
static void say(const char *format, ...) {
        char text[JOURNAL_TEXT_MAX];
        va_list ap;

        va_start(ap, format);
        (void) vsnprintf(text, sizeof(text), format, ap);
        va_end(ap);
        journal_say(MESSAGE(MESSAGE_STATUS_REPORT, "status-report", LOG_NOTICE), "%s", text);
}

static void report_sides(const Service *service, const SyncStatus *status) {
        char a[INSTANT_TEXT_SIZE], b[INSTANT_TEXT_SIZE];

        say("HR: %s%s%s; last complete read %s, data as of %s; NOTIFYs %s",
            status->hr_up ? "up" : "down", *status->hr_error ? ": " : "", status->hr_error,
            board_instant(status->last_read_usec, a), board_instant(status->as_of_usec, b),
            carry_watch_listening(service->watch) ? "arrive" : "do not arrive");
        say("Lockt: %s%s%s%s; %" PRId64 " users known, listed %s; %" PRId64 " of them not known to HR; at most %" PRId64
            " records a write", status->lockt_up ? "up" : "down", status->unauthorized ? ", credentials refused" : "",
            *status->lockt_error ? ": " : "", status->lockt_error, status->users, board_instant(status->listed_usec, a),
            status->unknown_users, status->batch_limit);
}

void board_report(Service *service) {
        _cleanup_(error_clear) Error error = ERROR_INIT;
        char line[STATUS_LINE_MAX], a[INSTANT_TEXT_SIZE], b[INSTANT_TEXT_SIZE], took[DURATION_MAX];
        SyncStatus status = { 0 };
        Now now = clock_now();
        Alarms alarms;

        if (service_check(service, sync_status(service->sync, now, &status, &error), &error) < 0) {
                say("no status: %s", error_message(&error));
                return;
        }
        alarms = board_alarms(&status, service->config, service->since_usec, now);
        say("%s", board_line(&status, service->state_failed, service->reload_refused, alarms, line));
        report_sides(service, &status);
        say("cycle %" PRId64 ": last %s, took %s; next %s%s%s%s", status.cycle,
            board_instant(status.last_cycle_usec, a),
            duration_format(took, status.last_cycle_duration_usec > 0 ? (uint64_t) status.last_cycle_duration_usec : 0),
            board_instant(status.next_cycle_usec, b), status.reading ? "; reading HR" : "",
            status.listing ? "; listing Lockt" : "", status.writing ? "; writing" : "");
        say("%" PRId64 " people, %" PRId64 " linked, %" PRId64 " queued (%" PRId64 " revocations), %" PRId64
            " parked, %" PRId64 " held back, %" PRId64 " revocations not confirmed",
            status.people, status.linked, status.queued, status.takes_queued, status.parked, status.held_back,
            status.unconfirmed);
}
