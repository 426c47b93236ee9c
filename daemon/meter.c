/* Counting, and when the metrics are written. See meter.h. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "daemon/journal.h"
#include "daemon/messages.h"
#include "daemon/meter.h"
#include "daemon/metrics-file.h"
#include "daemon/service.h"
#include "daemon/version.h"
#include "lib/base/duration.h"
#include "lib/state/hold.h"
#include "lib/state/ledger.h"

#define INTERVAL_USEC ((int64_t) (15 * USEC_PER_SEC))

struct Meter {
        Service *service;
        Metrics metrics, written;
        char *path;                     /* of the file that is ours; NULL: none */
        int64_t tried_usec;             /* steady; when it was written last, or could not be */
        bool failed;                    /* it can't be written, which was said */
        bool exists;                    /* we have written it */
};

void meter_count_news(Meter *meter, NewsKind kind) {
        static const struct {
                NewsKind kind;
                Metric metric;
                size_t series;
        } counted[] = {
                { NEWS_REVOKED, METRIC_REVOCATIONS, 0 },
                { NEWS_REVOCATION_CONFIRMED, METRIC_REVOCATIONS_CONFIRMED, 0 },
                { NEWS_REVOCATION_UNDONE, METRIC_REVOCATIONS_UNDONE, 0 },
                { NEWS_CHANGED, METRIC_CHANGES, METRIC_CHANGES_CHANGED },
                { NEWS_CREATED, METRIC_CHANGES, METRIC_CHANGES_CREATED },
                { NEWS_ADOPTED, METRIC_CHANGES, METRIC_CHANGES_ADOPTED },
                { NEWS_PARKED, METRIC_CHANGES, METRIC_CHANGES_PARKED },
        };

        if (!meter)
                return;
        for (size_t i = 0; i < ELEMENTS(counted); i++)
                if (counted[i].kind == kind)
                        metrics_count(&meter->metrics, counted[i].metric, counted[i].series);
}

void meter_count_write(Meter *meter, const LocktAnswer *answer) {
        if (!meter)
                return;
        metrics_count(&meter->metrics, METRIC_WRITES, 0);
        if (answer->verdict != LOCKT_OK)
                metrics_count(&meter->metrics, METRIC_WRITE_FAILURES, 0);
}

void meter_count_read(Meter *meter, bool ok) {
        if (!meter)
                return;
        metrics_count(&meter->metrics, METRIC_HR_READS, 0);
        if (!ok)
                metrics_count(&meter->metrics, METRIC_HR_READ_FAILURES, 0);
}

/* What the status tells only as one number. */
static int count_waiting(const Meter *meter, Metrics *metrics, Error *reterr) {
        int64_t held[HOLDS] = { 0 }, queued;
        HoldGroup group = { 0 };
        int r;

        for (Lane lane = 0; lane < LANES; lane++) {
                r = queue_count(meter->service->state, lane, &queued, reterr);
                if (r < 0)
                        return r;
                metrics_set_one(metrics, METRIC_QUEUED, lane, queued);
        }

        r = hold_next_group(meter->service->state, -1, 0, &group, reterr);
        while (r == 0) {
                if ((unsigned) group.kind < HOLDS)
                        held[group.kind] += group.n;
                r = hold_next_group(meter->service->state, (int) group.kind, group.level, &group, reterr);
        }
        if (r < 0)
                return r;
        for (size_t i = 0; i < HOLDS; i++)
                metrics_set_one(metrics, METRIC_HELD, i, held[i]);
        return 0;
}

static void gather(Meter *meter, const SyncStatus *status, Alarms alarms, Now now) {
        const Service *service = meter->service;
        _cleanup_(error_clear) Error error = ERROR_INIT;
        Metrics *metrics = &meter->metrics;

        if (status && service_check(meter->service, count_waiting(meter, metrics, &error), &error) >= 0)
                metrics_set_status(metrics, status, alarms);
        metrics_set(metrics, METRIC_STATE_FAILED, service->state_failed != NULL);
        metrics_set(metrics, METRIC_RELOAD_GOOD, service->reload_refused == NULL);
        metrics_set(metrics, METRIC_RELOAD_TIME, service->loaded_usec);
        metrics_set(metrics, METRIC_START, service->since_usec);
        metrics_set(metrics, METRIC_WRITTEN, now.real_usec);
}

static int write_file(const Meter *meter, Error *reterr) {
        _cleanup_(freep) char *text = NULL;
        size_t length;
        int r;

        r = metrics_text(&meter->metrics, LOCKTSYNC_VERSION, meter->service->options->config, &text, &length);
        if (r < 0)
                return error_set(reterr, r, "can't write '%s': out of memory", meter->path);
        return metrics_file_write(meter->path, text, length, reterr);
}

static void put(Meter *meter) {
        _cleanup_(error_clear) Error error = ERROR_INIT;

        if (write_file(meter, &error) >= 0) {
                if (meter->failed)
                        journal_say(MESSAGE(MESSAGE_METRICS_WRITTEN, "metrics-written", LOG_NOTICE),
                                    "the metrics are written to %s again", meter->path);
                meter->failed = false;
                meter->exists = true;
                meter->written = meter->metrics;
                return;
        }
        if (!meter->failed)
                journal_say(MESSAGE(MESSAGE_METRICS_FAILED, "metrics-failed", LOG_WARNING,
                                    .error = error_message(&error)),
                            "the metrics are not written: %s; all else goes on, trying again every 15 s",
                            error_message(&error));
        meter->failed = true;
}

/* Another configuration may have another file, or none: the former one would stand there with old numbers for ever. */
static bool follow_configuration(Meter *meter) {
        const char *path = meter->service->config->metrics_textfile;

        if (!path && !meter->path)
                return false;
        if (path && meter->path && strcmp(path, meter->path) == 0)
                return false;
        if (meter->exists)
                (void) unlink(meter->path);
        meter->exists = meter->failed = false;
        free(steal(meter->path));
        if (path) {
                meter->path = strdup(path);     /* without memory it is tried again with the next look */
                return meter->path != NULL;
        }
        return false;
}

void meter_show(Meter *meter, const SyncStatus *status, Alarms alarms, Now now) {
        bool due;

        if (!meter)
                return;
        due = follow_configuration(meter);
        if (!meter->path)
                return;
        gather(meter, status, alarms, now);
        if (now.steady_usec >= meter->tried_usec + INTERVAL_USEC ||
            (!meter->failed && !metrics_equal(&meter->metrics, &meter->written)))
                due = true;
        if (!due)
                return;
        meter->tried_usec = now.steady_usec;
        put(meter);
}

void meter_finish(Meter *meter) {
        SyncStatus status = { 0 };
        Now now = clock_now();
        Service *service;
        int r;

        if (!meter)
                return;
        service = meter->service;
        meter->tried_usec = now.steady_usec - INTERVAL_USEC;
        r = sync_status(service->sync, now, &status, NULL);
        meter_show(meter, r < 0 ? NULL : &status,
                   board_alarms(&status, service->config, service->since_usec, now), now);
}

int64_t meter_next_usec(const Meter *meter) {
        return meter && meter->path ? meter->tried_usec + INTERVAL_USEC : INT64_MAX;
}

int meter_new(Service *service, Meter **ret, Error *reterr) {
        Meter *meter;

        meter = calloc(1, sizeof(*meter));
        if (!meter)
                return error_set(reterr, -ENOMEM, "can't keep metrics: out of memory");
        meter->service = service;
        metrics_init(&meter->metrics);
        *ret = meter;
        return 0;
}

Meter *meter_free(Meter *meter) {
        if (!meter)
                return NULL;
        free(meter->path);
        free(meter);
        return NULL;
}
