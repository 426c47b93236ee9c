/* The status in one line. See board.h. */

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "daemon/board.h"
#include "daemon/journal.h"
#include "lib/base/duration.h"

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

const char *board_instant(int64_t usec, char buf[static INSTANT_TEXT_SIZE]) {
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
        if (status->first_update_bad)
                part(line, "the first update changed what it should not, only leavers are revoked");
}

static void waiting(Line *line, const SyncStatus *status) {
        char text[INSTANT_TEXT_SIZE];

        if (status->gate && *status->gate)
                part(line, "nothing is written before a plan is approved: %s", status->gate);

        if (status->held_back > 0)
                part(line, "%" PRId64 " held back, see 'locktsyncctl held'", status->held_back);
        if (status->queued > 0 && status->takes_queued > 0)
                part(line, "%" PRId64 " waiting, %" PRId64 " of them revocations", status->queued,
                     status->takes_queued);
        else if (status->queued > 0)
                part(line, "%" PRId64 " waiting", status->queued);
        if (status->oldest_revocation_usec > 0)
                part(line, "oldest unconfirmed revocation of %s", board_instant(status->oldest_revocation_usec, text));
        if (status->parked > 0)
                part(line, "%" PRId64 " parked", status->parked);
}

const char *board_line(const SyncStatus *status, const char *state_failed, const char *refused, Alarms alarms,
                       char buf[static STATUS_LINE_MAX]) {
        char raw[STATUS_LINE_MAX] = "", text[INSTANT_TEXT_SIZE];
        Line line = { raw, 0 };

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
                part(&line, "%" PRId64 " people, HR as of %s", status->people, board_instant(status->as_of_usec, text));
        else
                part(&line, "HR not read yet");

        /* Sentences of servers are in it: no second line, nothing that a terminal would obey. */
        return journal_escape(raw, buf, STATUS_LINE_MAX);
}
