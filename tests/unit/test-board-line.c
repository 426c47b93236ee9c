/* The one line of STATUS=, and which alarms ring. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/board.h"
#include "lib/base/duration.h"

#define NOON INT64_C(1800014400)        /* 2027-01-15T12:00:00Z */
#define SECOND ((int64_t) USEC_PER_SEC)

static const SyncStatus well = {
        .leader = true, .hr_up = true, .lockt_up = true, .people = 1200, .last_read_usec = NOON * SECOND,
        .as_of_usec = NOON * SECOND,
};

static SyncStatus with(const char *what) {
        SyncStatus status = well;

        if (strcmp(what, "new") == 0)
                status = (SyncStatus) { .leader = true };
        else if (strcmp(what, "hr") == 0) {
                status.hr_up = false;
                (void) snprintf(status.hr_error, sizeof(status.hr_error), "no route\nto host");
        } else if (strcmp(what, "refused") == 0) {
                status.hr_refused = true;
                (void) snprintf(status.refused, sizeof(status.refused), "it is empty");
        } else if (strcmp(what, "lockt") == 0) {
                status.lockt_up = false;
                (void) snprintf(status.lockt_error, sizeof(status.lockt_error), "HTTP 503");
        } else if (strcmp(what, "401") == 0)
                status.unauthorized = true;
        else if (strcmp(what, "standby") == 0)
                status.leader = false;
        else if (strcmp(what, "report") == 0)
                status.report_mode = true;
        else if (strcmp(what, "busy") == 0) {
                status.queued = 7;
                status.takes_queued = 2;
                status.held_back = 40;
                status.parked = 3;
                status.oldest_revocation_usec = NOON * SECOND;
        }
        return status;
}

static void test_line(void **state) {
        static const struct {
                const char *what, *state_failed, *refused, *line;
                Alarms alarms;
        } cases[] = {
                { "well", NULL, NULL, "1200 people, HR as of 2027-01-15T12:00:00Z", { 0 } },
                { "new", NULL, NULL, "HR not read yet", { 0 } },
                { "hr", NULL, NULL,
                  "HR can't be read: no route\\x0ato host; 1200 people, HR as of 2027-01-15T12:00:00Z", { 0 } },
                { "refused", NULL, NULL, "HR proves nothing: it is empty; 1200 people, HR as of 2027-01-15T12:00:00Z",
                  { 0 } },
                { "lockt", NULL, NULL, "Lockt does not answer: HTTP 503; 1200 people, HR as of 2027-01-15T12:00:00Z",
                  { 0 } },
                { "401", NULL, NULL,
                  "Lockt refuses the credentials, delivery pauses; 1200 people, HR as of 2027-01-15T12:00:00Z", { 0 } },
                { "standby", NULL, NULL,
                  "standing by: another daemon leads; 1200 people, HR as of 2027-01-15T12:00:00Z", { 0 } },
                { "report", NULL, NULL,
                  "mode report: nothing is written to Lockt; 1200 people, HR as of 2027-01-15T12:00:00Z", { 0 } },
                { "busy", NULL, NULL,
                  "40 held back, see 'locktsyncctl held'; 7 waiting, 2 of them revocations; "
                  "oldest unconfirmed revocation of 2027-01-15T12:00:00Z; 3 parked; "
                  "1200 people, HR as of 2027-01-15T12:00:00Z", { 0 } },
                { "well", "disk full", "x",
                  "ALARM: a revocation waits for too long; ALARM: HR's data is too old; "
                  "the state can't be written, nothing is delivered: disk full; "
                  "the changed configuration is refused, the former one runs; "
                  "1200 people, HR as of 2027-01-15T12:00:00Z", { true, true } },
        };
        char buf[STATUS_LINE_MAX];

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                SyncStatus status = with(cases[i].what);

                assert_string_equal(board_line(&status, cases[i].state_failed, cases[i].refused, cases[i].alarms, buf),
                                    cases[i].line);
        }
}

static void test_alarms(void **state) {
        static const struct {
                const char *title;
                int64_t as_of, since, oldest, now;      /* seconds */
                bool stale, revocation;
        } cases[] = {
                { "all is fresh", 1000, 0, 0, 1100, false, false },
                { "just not too old", 1000, 0, 0, 1900, false, false },
                { "too old", 1000, 0, 0, 1901, true, false },
                { "never read, just started", 0, 1000, 0, 1900, false, false },
                { "never read since the start", 0, 1000, 0, 1901, true, false },
                { "a revocation waits", 5000, 0, 5000, 5300, false, false },
                { "a revocation waits for too long", 5000, 0, 5000, 5301, false, true },
                { "the clock was set back", 5000, 0, 5000, 100, false, false },
        };
        const Config config = { .alarm = { .stale_usec = 900 * USEC_PER_SEC, .revocation_usec = 300 * USEC_PER_SEC } };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                SyncStatus status = {
                        .as_of_usec = cases[i].as_of * SECOND, .oldest_revocation_usec = cases[i].oldest * SECOND,
                };
                Alarms alarms = board_alarms(&status, &config, cases[i].since * SECOND,
                                             (Now) { .real_usec = cases[i].now * SECOND });

                if (alarms.stale != cases[i].stale || alarms.revocation != cases[i].revocation)
                        fail_msg("%s: %d %d", cases[i].title, alarms.stale, alarms.revocation);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_line),
                cmocka_unit_test(test_alarms),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
