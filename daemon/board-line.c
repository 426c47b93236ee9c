/* The status in words: one line for systemd, several for the journal. See board.h. */

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "daemon/journal.h"
#include "daemon/messages.h"
#include "daemon/service.h"
#include "lib/base/duration.h"
#include "lib/base/time.h"

typedef struct Line {
        char *buf;
        size_t used;
} Line;

/* One more part, behind "; "; what does not fit any more is cut. */
static void part(Line *line, const char *format, ...) _printf_(2, 3);
static void part(Line *line, const char *format, ...) {
        size_t room = STATUS_LINE_MAX - line->used;
        va_list ap;
        int n;

        if (line->used > 0 && room > 2) {
                (void) memcpy(line->buf + line->used, "; ", 3);
                line->used += 2;
                room -= 2;
        }
        va_start(ap, format);
        n = vsnprintf(line->buf + line->used, room, format, ap);
        va_end(ap);
        if (n > 0)
                line->used += (size_t) n < room ? (size_t) n : room - 1;
}

static const char *instant_words(int64_t usec, char buf[static INSTANT_TEXT_SIZE]) {
        if (usec <= 0 || instant_format_iso(usec / (int64_t) USEC_PER_SEC, buf) < 0)
                (void) snprintf(buf, INSTANT_TEXT_SIZE, "never");
        return buf;
}

Alarms board_alarms(const SyncStatus *status, const Config *config, int64_t since_usec, Now now) {
        int64_t data = status->as_of_usec > 0 ? status->as_of_usec : since_usec;
        Alarms alarms = { 0 };

        /* A clock that was set back makes ages negative: that rings nothing, the ages grow again from there. */
        if (now.real_usec > data)
                alarms.stale = (uint64_t) (now.real_usec - data) > config->alarm.stale_usec;
        if (status->oldest_revocation_usec > 0 && now.real_usec > status->oldest_revocation_usec)
                alarms.revocation = (uint64_t) (now.real_usec - status->oldest_revocation_usec) >
                                    config->alarm.revocation_usec;
        return alarms;
}

static void sides(Line *line, const SyncStatus *status) {
        if (!status->hr_up && *status->hr_error)
                part(line, "HR can't be read: %s", status->hr_error);
        else if (status->hr_refused)
                part(line, "HR proves nothing: %s", status->refused);

        if (status->unauthorized)
                part(line, "Lockt refuses the credentials, delivery pauses");
        else if (status->service_fault)
                part(line, "Lockt refuses every record, delivery pauses: %s", status->lockt_error);
        else if (!status->lockt_up && *status->lockt_error)
                part(line, "Lockt does not answer: %s", status->lockt_error);
}

static void waiting(Line *line, const SyncStatus *status) {
        char text[INSTANT_TEXT_SIZE];

        if (status->held_back > 0)
                part(line, "%" PRId64 " revocations held back, see 'locktsyncctl held'", status->held_back);
        if (status->queued > 0 && status->takes_queued > 0)
                part(line, "%" PRId64 " waiting, %" PRId64 " of them revocations", status->queued, status->takes_queued);
        else if (status->queued > 0)
                part(line, "%" PRId64 " waiting", status->queued);
        if (status->oldest_revocation_usec > 0)
                part(line, "oldest unconfirmed revocation of %s", instant_words(status->oldest_revocation_usec, text));
        if (status->parked > 0)
                part(line, "%" PRId64 " parked", status->parked);
}

const char *board_line(const SyncStatus *status, const char *state_failed, const char *refused, Alarms alarms, Now now,
                       char buf[static STATUS_LINE_MAX]) {
        char raw[STATUS_LINE_MAX] = "", text[INSTANT_TEXT_SIZE];
        Line line = { raw, 0 };

        (void) now;
        if (alarms.revocation)
                part(&line, "ALARM: a revocation waits for too long");
        if (alarms.stale)
                part(&line, "ALARM: HR's data is too old");
        if (state_failed)
                part(&line, "the state can't be written, nothing is delivered: %s", state_failed);
        if (!status->leader)
                part(&line, "standing by: another daemon leads");
        if (status->report_mode)
                part(&line, "mode report: nothing is written to Lockt");
        if (refused)
                part(&line, "the changed configuration is refused, the former one runs");
        sides(&line, status);
        waiting(&line, status);

        if (status->last_read_usec > 0)
                part(&line, "%" PRId64 " people, HR as of %s", status->people, instant_words(status->as_of_usec, text));
        else
                part(&line, "HR not read yet");

        /* Sentences of servers are in it: no second line, nothing that a terminal would obey. */
        return journal_escape(raw, buf, STATUS_LINE_MAX);
}

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
            instant_words(status->last_read_usec, a), instant_words(status->as_of_usec, b),
            carry_watch_listening(service->watch) ? "arrive" : "do not arrive");
        say("Lockt: %s%s%s%s; %" PRId64 " users known, listed %s; %" PRId64 " of them not known to HR; at most %" PRId64
            " records a write", status->lockt_up ? "up" : "down", status->unauthorized ? ", credentials refused" : "",
            *status->lockt_error ? ": " : "", status->lockt_error, status->users, instant_words(status->listed_usec, a),
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
        say("%s", board_line(&status, service->state_failed, service->reload_refused, alarms, now, line));
        report_sides(service, &status);
        say("cycle %" PRId64 ": last %s, took %s; next %s%s%s%s", status.cycle, instant_words(status.last_cycle_usec, a),
            duration_format(took, status.last_cycle_duration_usec > 0 ? (uint64_t) status.last_cycle_duration_usec : 0),
            instant_words(status.next_cycle_usec, b), status.reading ? "; reading HR" : "",
            status.listing ? "; listing Lockt" : "", status.writing ? "; writing" : "");
        say("%" PRId64 " people, %" PRId64 " linked, %" PRId64 " queued (%" PRId64 " revocations), %" PRId64 " parked, %"
            PRId64 " held back, %" PRId64 " revocations not confirmed", status.people, status.linked, status.queued,
            status.takes_queued, status.parked, status.held_back, status.unconfirmed);
}
