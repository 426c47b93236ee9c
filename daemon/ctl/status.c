/* locktsyncctl status: one screen. Is it working, since when not, and what to do. */

#include <inttypes.h>
#include <string.h>

#include "daemon/ctl/ctl.h"
#include "daemon/ctl/member.h"
#include "daemon/ctl/words.h"

/* The daemon's own clock decides about ages. */
static int64_t now_of(struct json_object *status) {
        return member_number(status, "now_usec");
}

static bool rings(struct json_object *status, const char *alarm) {
        for (size_t i = 0; i < member_count(status, "alarms"); i++)
                if (strcmp(value_text(member_at(status, "alarms", i)), alarm) == 0)
                        return true;
        return false;
}

static void show_verdict(const Screen *screen, struct json_object *status) {
        bool alarm = member_count(status, "alarms") > 0 || *member_text(status, "state_failed");
        bool ok = member_flag(status, "ok");

        screen_line(screen, ok ? PAINT_GREEN : alarm ? PAINT_RED : PAINT_YELLOW, 0, "locktsync %s: %s",
                    member_text(status, "version"),
                    alarm ? "ALARM" : !ok ? "needs attention"
                          : !member_flag(status, "leader") ? "stands by, another daemon leads" : "working");
        if (!ok)
                screen_line(screen, PAINT_NONE, 2, "%s", member_text(status, "text"));
        (void) fputc('\n', screen->out);
}

static void show_hr(const Screen *screen, struct json_object *status) {
        struct json_object *hr = member(status, "hr");
        int64_t now = now_of(status), as_of = member_number(hr, "as_of_usec"),
                read = member_number(hr, "last_read_usec");
        char a[WORDS_MAX], b[WORDS_MAX];
        bool up = member_flag(hr, "up"), refused = *member_text(hr, "refused");

        if (!up)
                screen_field(screen, "HR", PAINT_RED, "can't be read: %s", member_text(hr, "error"));
        else if (refused)
                screen_field(screen, "HR", PAINT_YELLOW, "read, and proves nothing: %s", member_text(hr, "refused"));
        else
                screen_field(screen, "HR", PAINT_NONE, "%s%s; %s", read > 0 ? "read " : "not read yet",
                             read > 0 ? words_when(a, read, now) : "",
                             member_flag(hr, "listening") ? "NOTIFYs arrive" : "no NOTIFYs, polls only");
        if (as_of > 0)
                screen_field(screen, "", rings(status, "stale") ? PAINT_RED : PAINT_NONE, "its data is of %s, %s",
                             words_instant(a, as_of), words_when(b, as_of, now));
}

static void show_lockt(const Screen *screen, struct json_object *status) {
        struct json_object *lockt = member(status, "lockt");
        int64_t now = now_of(status), listed = member_number(lockt, "listed_usec"),
                next = member_number(lockt, "next_attempt_usec");
        const char *error = member_text(lockt, "error");
        char a[WORDS_MAX], b[WORDS_MAX];

        if (member_flag(lockt, "unauthorized"))
                screen_field(screen, "Lockt", PAINT_RED, "refuses the credentials, delivery pauses%s%s",
                             *error ? ": " : "", error);
        else if (member_flag(lockt, "service_fault"))
                screen_field(screen, "Lockt", PAINT_RED, "refuses every record, delivery pauses: %s", error);
        else if (!member_flag(lockt, "up"))
                screen_field(screen, "Lockt", PAINT_RED, "does not answer%s%s", *error ? ": " : "", error);
        else
                screen_field(screen, "Lockt", PAINT_NONE, "answers; at most %" PRId64 " records a write",
                             member_number(lockt, "batch_limit"));
        if (member_flag(lockt, "first_update_bad"))
                screen_field(screen, "", PAINT_RED,
                             "the first update changed what it should not: only leavers are revoked");
        if (next > 0)
                screen_field(screen, "", PAINT_YELLOW, "tried again %s", words_when(a, next, now));
        screen_field(screen, "", PAINT_NONE, "%s, all listed %s",
                     words_of(a, member_number(lockt, "users"), "user", "users"), words_when(b, listed, now));
}

static void show_cycle(const Screen *screen, struct json_object *status) {
        int64_t now = now_of(status), last = member_number(status, "last_cycle_usec");
        char a[WORDS_MAX], b[WORDS_MAX], c[WORDS_MAX];
        bool reading = member_flag(status, "reading"), listing = member_flag(status, "listing"),
             writing = member_flag(status, "writing");

        if (last > 0)
                screen_field(screen, "Last cycle", PAINT_NONE, "number %" PRId64 ", %s, took %s",
                             member_number(status, "cycle"), words_when(a, last, now),
                             words_duration(b, member_number(status, "last_cycle_duration_usec")));
        else
                screen_field(screen, "Last cycle", PAINT_YELLOW, "none yet");
        screen_field(screen, "Next cycle", PAINT_NONE, "%s",
                     member(status, "next_cycle_usec") ? words_when(c, member_number(status, "next_cycle_usec"), now)
                                                       : "when something happens");
        if (reading || listing || writing)
                screen_field(screen, "Under way", PAINT_NONE, "%s%s%s%s%s", reading ? "reading HR" : "",
                             reading && (listing || writing) ? ", " : "", listing ? "listing Lockt's users" : "",
                             listing && writing ? ", " : "", writing ? "writing to Lockt" : "");
}

/* What is held, why, since when, how many, and the command that decides it. */
static void show_holds(const Screen *screen, struct json_object *status) {
        char since[WORDS_MAX];

        if (*member_text(status, "gate") && member_count(status, "holds") == 0)
                screen_field(screen, "", PAINT_YELLOW, "nothing is written before a plan is approved: %s",
                             member_text(status, "gate"));
        for (size_t i = 0; i < member_count(status, "holds"); i++) {
                struct json_object *hold = member_at(status, "holds", i);

                screen_field(screen, "", PAINT_RED, "since %s: %s",
                             words_when(since, member_number(hold, "since_usec"), now_of(status)),
                             member_text(hold, "text"));
        }
}

#define RECENTLY (INT64_C(7) * 24 * 3600 * 1000000)

/* What an operator has done that makes Lockt, or the history, other than one would expect. */
static void show_deeds(const Screen *screen, struct json_object *status) {
        int64_t reverted = member_number(member(status, "counts"), "reverted"),
                restored = member_number(status, "restored_usec");
        char a[WORDS_MAX], b[WORDS_MAX];

        if (reverted > 0)
                screen_field(screen, "Set back", PAINT_YELLOW,
                             "%s as before cycle %" PRId64 ", not as HR wants, until HR changes their row",
                             words_of(a, reverted, "person is", "people are"), member_number(status, "reverted_cycle"));
        if (restored > now_of(status) - RECENTLY)
                screen_field(screen, "Restored", PAINT_YELLOW,
                             "%s from the backup of %s: the history has nothing of what was done between them, and what was "
                             "decided by hand since is lost (locks, links, approvals): repeat it",
                             words_when(a, restored, now_of(status)),
                             words_instant(b, member_number(status, "restored_from_usec")));
}

static void show_counts(const Screen *screen, struct json_object *status) {
        struct json_object *counts = member(status, "counts");
        int64_t queued = member_number(counts, "queued"), takes = member_number(counts, "takes_queued"),
                parked = member_number(counts, "parked"), held = member_number(counts, "held"),
                unconfirmed = member_number(counts, "unconfirmed"), locked = member_number(counts, "locked"),
                oldest = member_number(status, "oldest_revocation_usec");
        char a[WORDS_MAX], b[WORDS_MAX];

        screen_field(screen, "People", PAINT_NONE, "%s, %s linked to users of Lockt",
                     words_count(a, member_number(counts, "people")), words_count(b, member_number(counts, "linked")));
        screen_field(screen, "Queue", takes > 0 ? PAINT_RED : queued > 0 ? PAINT_YELLOW : PAINT_NONE, "%s, %s",
                     words_of(a, queued, "waits", "wait"), words_of(b, takes, "revocation", "revocations"));
        screen_field(screen, "Parked", parked > 0 ? PAINT_YELLOW : PAINT_NONE, "%s", words_count(a, parked));
        screen_field(screen, "Held back", held > 0 ? PAINT_RED : PAINT_NONE, "%s", words_count(a, held));
        show_holds(screen, status);
        show_deeds(screen, status);
        screen_field(screen, "Revocations", rings(status, "revocation") ? PAINT_RED : PAINT_NONE,
                     "%s acknowledged and not seen by reading%s%s", words_count(a, unconfirmed),
                     oldest > 0 ? "; the oldest open one was decided " : "",
                     oldest > 0 ? words_when(b, oldest, now_of(status)) : "");
        if (locked > 0)
                screen_field(screen, "Locked by hand", PAINT_YELLOW, "%s; see 'locktsyncctl locked'", words_count(a, locked));
        screen_field(screen, "Unknown to HR", PAINT_NONE, "%s",
                     words_of(a, member_number(member(status, "lockt"), "unknown_users"), "user of Lockt",
                              "users of Lockt"));
}

static void show_daemon(const Screen *screen, struct json_object *status) {
        struct json_object *config = member(status, "config");
        char a[WORDS_MAX];
        bool report = strcmp(member_text(status, "mode"), "report") == 0;

        if (report)
                screen_field(screen, "Mode", PAINT_YELLOW, "report: plans and says, writes nothing to Lockt");
        screen_field(screen, "Configuration", PAINT_NONE, "%s, loaded %s", member_text(config, "path"),
                     words_when(a, member_number(config, "loaded_usec"), now_of(status)));
        screen_field(screen, "Daemon", PAINT_NONE, "process %" PRId64 ", started %s", member_number(status, "pid"),
                     words_when(a, member_number(status, "since_usec"), now_of(status)));
}

/* What to do, one line a trouble; the worst first. */
static void show_advice(const Screen *screen, struct json_object *status) {
        struct json_object *hr = member(status, "hr"), *lockt = member(status, "lockt"),
                           *counts = member(status, "counts");
        const char *refused = member_text(member(status, "config"), "refused"),
                   *failed = member_text(status, "state_failed");
        const struct {
                bool when;
                const char *advice;
        } rows[] = {
                { *failed,
                  "Nothing is delivered until the state can be written: look at the disk of /var/lib/locktsync." },
                { rings(status, "revocation"),
                  "A revocation is not confirmed in time: see 'locktsyncctl queue'; disable the "
                  "person in Lockt by hand where it can't wait." },
                { rings(status, "stale"),
                  "HR's data is too old: changes in HR do not reach the doors. Does the database "
                  "answer, and is it being loaded?" },
                { !member_flag(hr, "up"), "Look at the connection to HR: 'locktsyncctl check'." },
                { *member_text(hr, "refused"),
                  "Nobody loses access for being absent as long as HR's data proves nothing." },
                { member_flag(lockt, "unauthorized"),
                  "Renew the credentials of Lockt, then 'systemctl reload locktsyncd'." },
                { member_flag(lockt, "service_fault"),
                  "Lockt refuses records one after the other with the same words: ask "
                  "its support; 'locktsyncctl retry' tries again." },
                { member_flag(lockt, "first_update_bad"),
                  "Look at what the first update did ('locktsyncctl history' names the user and the properties) and put "
                  "it right in Lockt, then 'locktsyncctl resync --accept'." },
                { member_number(counts, "held") > 0,
                  "Look at what is held: 'locktsyncctl held' names everybody. Approve it by its digest where it is "
                  "right; mend HR or the mapping where it is not." },
                { *refused,
                  "Mend the configuration and reload: 'locktsyncctl check --config FILE' names every mistake." },
                { member_number(counts, "parked") > 0,
                  "Mend the data of those parked: 'locktsyncctl parked' says why." },
                { member_number(counts, "takes_queued") > 0, "Revocations wait: 'locktsyncctl queue' says for what." },
        };
        bool any = false;

        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                if (!rows[i].when)
                        continue;
                if (!any) {
                        (void) fputc('\n', screen->out);
                        screen_line(screen, PAINT_BOLD, 0, "What to do");
                }
                any = true;
                (void) fputs("  - ", screen->out);
                screen_wrap(screen, PAINT_NONE, 4, rows[i].advice);
                (void) fputc('\n', screen->out);
        }
}

static void show_reasons(const Screen *screen, struct json_object *status) {
        const char *failed = member_text(status, "state_failed"),
                   *refused = member_text(member(status, "config"), "refused");

        if (*failed)
                screen_field(screen, "State", PAINT_RED, "can't be written: %s", failed);
        if (*refused)
                screen_field(screen, "Reload", PAINT_YELLOW, "refused, the former configuration runs: %s", refused);
}

static int show(void *userdata, const char *name, struct json_object *status) {
        const Screen *screen = userdata;

        if (strcmp(name, "status") != 0)
                return 0;
        show_verdict(screen, status);
        show_reasons(screen, status);
        show_hr(screen, status);
        show_lockt(screen, status);
        show_cycle(screen, status);
        show_counts(screen, status);
        show_daemon(screen, status);
        show_advice(screen, status);
        return 0;
}

int verb_status(Ctl *ctl) {
        return ctl_ask(ctl, ctl_request("status"), false, show, &ctl->screen, NULL);
}
