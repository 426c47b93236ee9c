#pragma once

/*
 * Metrics: the numbers that Prometheus is given, and their text
 *
 * One table has every metric with its name, type, help and labels; locktsyncd(8) has the same table, and a test holds
 * the two together. Values are set by place and written as Prometheus' text format has it. Who somebody is, is in none
 * of them (invariant 14). A value that is not known is left out, for a 0 would be a lie.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/board.h"
#include "lib/base/error.h"
#include "lib/sync/sync.h"

typedef enum Metric {
        METRIC_BUILD_INFO,
        METRIC_START,
        METRIC_WRITTEN,
        METRIC_RELOAD_GOOD,
        METRIC_RELOAD_TIME,
        METRIC_STATE_FAILED,
        METRIC_LEADER,
        METRIC_REPORT_MODE,
        METRIC_HR_UP,
        METRIC_HR_REFUSED,
        METRIC_HR_DATA,
        METRIC_HR_READ,
        METRIC_HR_READS,
        METRIC_HR_READ_FAILURES,
        METRIC_LOCKT_UP,
        METRIC_LOCKT_UNAUTHORIZED,
        METRIC_LOCKT_FAULT,
        METRIC_FIRST_UPDATE_BAD,
        METRIC_LISTED,
        METRIC_NEXT_ATTEMPT,
        METRIC_BATCH_LIMIT,
        METRIC_ALARM,
        METRIC_APPROVAL_PENDING,
        METRIC_REVOCATION,
        METRIC_UNCONFIRMED,
        METRIC_PEOPLE,
        METRIC_LINKED,
        METRIC_QUEUED,
        METRIC_PARKED,
        METRIC_HELD,
        METRIC_LOCKED,
        METRIC_REVERTED,
        METRIC_USERS,
        METRIC_UNKNOWN_USERS,
        METRIC_CYCLES,
        METRIC_CYCLE,
        METRIC_CYCLE_DURATION,
        METRIC_WRITES,
        METRIC_WRITE_FAILURES,
        METRIC_CHANGES,
        METRIC_REVOCATIONS,
        METRIC_REVOCATIONS_CONFIRMED,
        METRIC_REVOCATIONS_UNDONE,
        METRICS,
} Metric;

#define METRIC_SERIES_MAX 6                     /* values of a label */
#define METRIC_NONE INT64_MIN                   /* not known: left out */

/* By metric and, where it has a label, by the place of the label's value. Times and durations are microseconds. */
typedef struct Metrics {
        int64_t values[METRICS][METRIC_SERIES_MAX];
} Metrics;

/* Nothing is known yet, and nothing has happened: totals are 0. */
void metrics_init(Metrics *metrics);

/* What the status has, as of now. */
void metrics_set_status(Metrics *metrics, const SyncStatus *status, Alarms alarms);
void metrics_set(Metrics *metrics, Metric metric, int64_t value);
void metrics_set_one(Metrics *metrics, Metric metric, size_t series, int64_t value);
void metrics_count(Metrics *metrics, Metric metric, size_t series);

/* The places of METRIC_ALARM and of METRIC_CHANGES; METRIC_QUEUED has those of Lane, METRIC_HELD those of HoldKind. */
enum { METRIC_ALARM_STALE, METRIC_ALARM_REVOCATION };
enum { METRIC_CHANGES_CHANGED, METRIC_CHANGES_CREATED, METRIC_CHANGES_ADOPTED, METRIC_CHANGES_PARKED };

/* Whether nothing but the time of writing differs. */
bool metrics_equal(const Metrics *a, const Metrics *b);

/*
 * The text, to be freed by the caller; @config, the path of the configuration, is a label of each value: a collector
 * refuses files of several daemons that it can't tell apart. 0, -ENOMEM.
 */
int metrics_text(const Metrics *metrics, const char *version, const char *config, char **ret_text, size_t *ret_length);

/* What the table says of a metric, for the test that compares it with the manual. */
typedef struct MetricFamily {
        const char *name;                       /* without "locktsync_" */
        const char *type;                       /* "gauge", "counter" */
        const char *help;
        const char *label;                      /* NULL: none */
        const char *series[METRIC_SERIES_MAX];  /* values of the label */
        bool seconds;                           /* kept in microseconds, written in seconds */
        bool constant;                          /* always 1; the label says it */
} MetricFamily;

const MetricFamily *metrics_family(Metric metric);
