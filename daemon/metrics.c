/* The table of metrics, and their text. See metrics.h. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemon/metrics.h"
#include "lib/base/duration.h"
#include "lib/state/hold.h"
#include "lib/state/ledger.h"

#define GAUGE(n, h, ...) { .name = (n), .type = "gauge", .help = (h), __VA_ARGS__ }
#define COUNTER(n, h, ...) { .name = (n "_total"), .type = "counter", .help = (h), __VA_ARGS__ }
#define TIMESTAMP(n, h) GAUGE(n "_timestamp_seconds", h, .seconds = true)

_Static_assert(LANES == 3 && HOLDS == 6 && HOLDS <= METRIC_SERIES_MAX, "the labels below have all lanes and holds");

static const MetricFamily families[METRICS] = {
        [METRIC_BUILD_INFO] = GAUGE("build_info", "The version that runs; always 1.", .label = "version",
                                    .constant = true),
        [METRIC_START] = GAUGE("start_time_seconds", "When the daemon started.", .seconds = true),
        [METRIC_WRITTEN] = TIMESTAMP("metrics", "When these metrics were written."),
        [METRIC_RELOAD_GOOD] = GAUGE("config_last_reload_successful",
                                     "Whether the configuration file, when last read, came into force."),
        [METRIC_RELOAD_TIME] = TIMESTAMP("config_last_reload_success",
                                         "When the configuration that is in force was read."),
        [METRIC_STATE_FAILED] = GAUGE("state_failed",
                                      "Whether the state can't be written; nothing is delivered then."),
        [METRIC_LEADER] = GAUGE("leader", "Whether this daemon writes to Lockt; another one leads where it is 0."),
        [METRIC_REPORT_MODE] = GAUGE("report_mode", "Whether mode is report: nothing is written to Lockt."),

        [METRIC_HR_UP] = GAUGE("hr_up", "Whether HR can be read."),
        [METRIC_HR_REFUSED] = GAUGE("hr_refused", "Whether what HR answers proves nothing and is not used."),
        [METRIC_HR_DATA] = TIMESTAMP("hr_data", "As of when HR's data is that is acted on."),
        [METRIC_HR_READ] = TIMESTAMP("hr_read", "When the last complete read of HR that was accepted began."),
        [METRIC_HR_READS] = COUNTER("hr_reads", "Reads of HR that ended, of everybody or of single people."),
        [METRIC_HR_READ_FAILURES] = COUNTER("hr_read_failures", "Reads of HR that failed."),

        [METRIC_LOCKT_UP] = GAUGE("lockt_up", "Whether Lockt answers and accepts the credentials."),
        [METRIC_LOCKT_UNAUTHORIZED] = GAUGE("lockt_unauthorized", "Whether Lockt refuses the credentials."),
        [METRIC_LOCKT_FAULT] = GAUGE("lockt_service_fault",
                                     "Whether Lockt refuses every record with the same words; delivery pauses."),
        [METRIC_FIRST_UPDATE_BAD] =
                GAUGE("first_update_bad",
                      "Whether the first update changed what it should not; only leavers are revoked."),
        [METRIC_LISTED] = TIMESTAMP("lockt_listed", "When the last complete list of Lockt's users began."),
        [METRIC_NEXT_ATTEMPT] = TIMESTAMP("lockt_next_attempt",
                                          "When delivery tries again; absent while it does not back off."),
        [METRIC_BATCH_LIMIT] = GAUGE("batch_limit_records", "How many records Lockt takes in one write."),

        [METRIC_ALARM] = GAUGE("alarm", "Whether an alarm rings.", .label = "alarm",
                               .series = { "stale", "revocation" }),
        [METRIC_APPROVAL_PENDING] = GAUGE("approval_pending",
                                          "Whether nothing but revocations is written before a plan is approved."),
        [METRIC_REVOCATION] =
                TIMESTAMP("oldest_unconfirmed_revocation",
                          "When the oldest revocation that is not confirmed was decided; absent without one."),
        [METRIC_UNCONFIRMED] = GAUGE("unconfirmed_revocations",
                                     "Revocations that Lockt acknowledged and that no reading has confirmed yet."),

        [METRIC_PEOPLE] = GAUGE("people", "People that HR has."),
        [METRIC_LINKED] = GAUGE("linked_people", "People who are a user of Lockt."),
        [METRIC_QUEUED] = GAUGE("queued_people", "People whose change waits to be sent.", .label = "lane",
                                .series = { "take", "change", "create" }),
        [METRIC_PARKED] = GAUGE("parked_people", "People whose data and grants are withheld for a fault in them."),
        [METRIC_HELD] = GAUGE("held_people", "People whose change waits for an approval.", .label = "kind",
                              .series = { "plan", "revert", "revoked", "restored", "granted", "changed" }),
        [METRIC_LOCKED] = GAUGE("locked_people", "People who are locked out by hand."),
        [METRIC_REVERTED] = GAUGE("reverted_people", "People who are as before a cycle, not as HR wants."),
        [METRIC_USERS] = GAUGE("lockt_users", "Users that Lockt is known to have."),
        [METRIC_UNKNOWN_USERS] = GAUGE("lockt_unknown_users", "Users of Lockt whom HR does not know."),

        [METRIC_CYCLES] = COUNTER("cycles", "Cycles since the state was made."),
        [METRIC_CYCLE] = TIMESTAMP("last_cycle", "When the last cycle ended."),
        [METRIC_CYCLE_DURATION] = GAUGE("last_cycle_duration_seconds", "How long the last cycle took.",
                                        .seconds = true),
        [METRIC_WRITES] = COUNTER("writes", "Requests that changed, or were to change, users of Lockt."),
        [METRIC_WRITE_FAILURES] = COUNTER("write_failures", "Those that Lockt refused or did not answer."),
        [METRIC_CHANGES] = COUNTER("changes", "People who were changed, created, adopted or parked.",
                                   .label = "action", .series = { "changed", "created", "adopted", "parked" }),
        [METRIC_REVOCATIONS] = COUNTER("revocations", "Revocations that Lockt acknowledged."),
        [METRIC_REVOCATIONS_CONFIRMED] = COUNTER("revocations_confirmed",
                                                 "Revocations that were seen by reading Lockt."),
        [METRIC_REVOCATIONS_UNDONE] = COUNTER("revocations_undone",
                                              "Revocations that Lockt did not show; they were sent again."),
};

const MetricFamily *metrics_family(Metric metric) {
        return &families[metric];
}

void metrics_init(Metrics *metrics) {
        for (Metric i = 0; i < METRICS; i++)
                for (size_t k = 0; k < METRIC_SERIES_MAX; k++)
                        metrics->values[i][k] = strcmp(families[i].type, "counter") == 0 ? 0 : METRIC_NONE;
        metrics->values[METRIC_CYCLES][0] = METRIC_NONE;        /* the state knows it, not this process */
        metrics->values[METRIC_BUILD_INFO][0] = 1;
}

void metrics_set_one(Metrics *metrics, Metric metric, size_t series, int64_t value) {
        if (series < METRIC_SERIES_MAX)
                metrics->values[metric][series] = value;
}

void metrics_set(Metrics *metrics, Metric metric, int64_t value) {
        metrics_set_one(metrics, metric, 0, value);
}

void metrics_count(Metrics *metrics, Metric metric, size_t series) {
        if (series < METRIC_SERIES_MAX)
                metrics->values[metric][series]++;
}

/* Of the status, where 0 stands for never. */
static void set_time(Metrics *metrics, Metric metric, int64_t usec) {
        metrics_set(metrics, metric, usec > 0 ? usec : METRIC_NONE);
}

static void set_sides(Metrics *metrics, const SyncStatus *status) {
        metrics_set(metrics, METRIC_LEADER, status->leader);
        metrics_set(metrics, METRIC_REPORT_MODE, status->report_mode);
        metrics_set(metrics, METRIC_HR_UP, status->hr_up);
        metrics_set(metrics, METRIC_HR_REFUSED, status->hr_refused);
        metrics_set(metrics, METRIC_LOCKT_UP, status->lockt_up);
        metrics_set(metrics, METRIC_LOCKT_UNAUTHORIZED, status->unauthorized);
        metrics_set(metrics, METRIC_LOCKT_FAULT, status->service_fault);
        metrics_set(metrics, METRIC_FIRST_UPDATE_BAD, status->first_update_bad);
        metrics_set(metrics, METRIC_APPROVAL_PENDING, status->gate && *status->gate);
        metrics_set(metrics, METRIC_BATCH_LIMIT, status->batch_limit);
        set_time(metrics, METRIC_HR_DATA, status->as_of_usec);
        set_time(metrics, METRIC_HR_READ, status->last_read_usec);
        set_time(metrics, METRIC_LISTED, status->listed_usec);
        set_time(metrics, METRIC_NEXT_ATTEMPT, status->next_attempt_usec);
}

void metrics_set_status(Metrics *metrics, const SyncStatus *status, Alarms alarms) {
        set_sides(metrics, status);
        metrics_set_one(metrics, METRIC_ALARM, METRIC_ALARM_STALE, alarms.stale);
        metrics_set_one(metrics, METRIC_ALARM, METRIC_ALARM_REVOCATION, alarms.revocation);
        set_time(metrics, METRIC_REVOCATION, status->oldest_revocation_usec);
        metrics_set(metrics, METRIC_UNCONFIRMED, status->unconfirmed);
        metrics_set(metrics, METRIC_PEOPLE, status->people);
        metrics_set(metrics, METRIC_LINKED, status->linked);
        metrics_set(metrics, METRIC_PARKED, status->parked);
        metrics_set(metrics, METRIC_LOCKED, status->locked);
        metrics_set(metrics, METRIC_REVERTED, status->reverted);
        metrics_set(metrics, METRIC_USERS, status->users);
        metrics_set(metrics, METRIC_UNKNOWN_USERS, status->unknown_users);
        metrics_set(metrics, METRIC_CYCLES, status->cycle);
        set_time(metrics, METRIC_CYCLE, status->last_cycle_usec);
        metrics_set(metrics, METRIC_CYCLE_DURATION,
                    status->last_cycle_usec > 0 ? status->last_cycle_duration_usec : METRIC_NONE);
}

bool metrics_equal(const Metrics *a, const Metrics *b) {
        for (Metric i = 0; i < METRICS; i++)
                if (i != METRIC_WRITTEN && memcmp(a->values[i], b->values[i], sizeof(a->values[i])) != 0)
                        return false;
        return true;
}

static void put_value(FILE *stream, const MetricFamily *family, int64_t value) {
        uint64_t usec = value < 0 ? -(uint64_t) value : (uint64_t) value;

        if (!family->seconds)
                (void) fprintf(stream, " %" PRId64 "\n", value);
        else    /* a duration is below 0 when the clock was set back meanwhile */
                (void) fprintf(stream, " %s%" PRIu64 ".%06" PRIu64 "\n", value < 0 ? "-" : "", usec / USEC_PER_SEC,
                               usec % USEC_PER_SEC);
}

static size_t count_series(const MetricFamily *family) {
        size_t n = 0;

        while (n < METRIC_SERIES_MAX && family->series[n])
                n++;
        return n > 0 ? n : 1;
}

/* A value of a label, in which these three are escaped. */
static void put_label(FILE *stream, const char *value) {
        for (const char *p = value; *p; p++)
                if (*p == '\n')
                        (void) fputs("\\n", stream);
                else if (*p == '\\' || *p == '"')
                        (void) fprintf(stream, "\\%c", *p);
                else
                        (void) fputc(*p, stream);
}

static void put_family(FILE *stream, const MetricFamily *family, const int64_t *values, const char *version,
                       const char *config) {
        bool introduced = false;

        for (size_t i = 0; i < count_series(family); i++) {
                if (values[i] == METRIC_NONE)
                        continue;
                if (!introduced)
                        (void) fprintf(stream, "# HELP locktsync_%s %s\n# TYPE locktsync_%s %s\n", family->name,
                                       family->help, family->name, family->type);
                introduced = true;
                (void) fprintf(stream, "locktsync_%s{config=\"", family->name);
                put_label(stream, config);
                if (family->label)
                        (void) fprintf(stream, "\",%s=\"%s", family->label,
                                       family->constant ? version : family->series[i]);
                (void) fputs("\"}", stream);
                put_value(stream, family, values[i]);
        }
}

int metrics_text(const Metrics *metrics, const char *version, const char *config, char **ret_text, size_t *ret_length) {
        _cleanup_(freep) char *text = NULL;
        size_t length = 0;
        bool failed;
        FILE *stream;

        stream = open_memstream(&text, &length);
        if (!stream)
                return -ENOMEM;
        for (Metric i = 0; i < METRICS; i++)
                put_family(stream, &families[i], metrics->values[i], version, config);
        failed = ferror(stream) != 0;
        if (fclose(stream) != 0 || failed)
                return -ENOMEM;

        *ret_text = steal(text);
        *ret_length = length;
        return 0;
}
