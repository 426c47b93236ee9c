/* Faults of our own. See faults.h. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "daemon/faults.h"
#include "daemon/journal.h"
#include "daemon/messages.h"
#include "daemon/service.h"
#include "lib/base/duration.h"

#define RETRY_USEC (5 * USEC_PER_SEC)
#define RENEWAL_USEC (10 * USEC_PER_SEC)

static void arm(sd_event_source *source, uint64_t usec) {
        (void) sd_event_source_set_time_relative(source, usec);
        (void) sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

int service_check(Service *service, int r, const Error *error) {
        if (r >= 0)
                return r;
        if (!service->state_failed) {
                journal_say(MESSAGE(MESSAGE_STATE_FAILED, "state-failed", LOG_CRIT, .error = error_message(error)),
                            "the state can't be written: %s; nothing is delivered until it can, trying again every 5 s",
                            error_message(error));
                service->state_failed = strdup(error_message(error));
                if (!service->state_failed)
                        service->state_failed = strdup("");
                arm(service->retry, RETRY_USEC);
                board_touch_later(service->board);
        }
        return r;
}

/* A small write tells whether the disk takes anything; then the sync is asked again. */
static int on_retry(sd_event_source *source, uint64_t usec, void *userdata) {
        Service *service = userdata;
        _cleanup_(error_clear) Error error = ERROR_INIT;

        (void) source;
        (void) usec;
        if (state_set_number(service->state, "daemon_probe", clock_now().real_usec, &error) < 0) {
                arm(service->retry, RETRY_USEC);
                return 0;
        }
        free(steal(service->state_failed));
        journal_say(MESSAGE(MESSAGE_STATE_WORKS, "state-works", LOG_NOTICE),
                    "the state can be written again; delivery goes on");
        service_poke(service);
        return 0;
}

void faults_watch_credentials(Service *service) {
        arm(service->renewal, RENEWAL_USEC);
}

static int renew(Service *service, Secrets *secrets, Error *reterr) {
        Secrets old = service->secrets;
        int r;

        /* A check that is asking Lockt: its client would be freed under it. */
        control_interrupt(service->control);
        service->secrets = *secrets;
        r = carry_lockt_configure(service->lockt, reterr);
        if (r < 0) {
                service->secrets = old;
                return r;
        }
        *secrets = old;         /* the caller wipes them */
        journal_say(MESSAGE(MESSAGE_CREDENTIALS_RENEWED, "credentials-renewed", LOG_NOTICE),
                    "the credentials for Lockt have changed: trying the new ones");
        sync_credentials_renewed(service->sync, clock_now());
        service_poke(service);
        return 0;
}

static int on_renewal(sd_event_source *source, uint64_t usec, void *userdata) {
        Service *service = userdata;
        _cleanup_(secrets_deinit) Secrets secrets = { 0 };
        _cleanup_(error_clear) Error error = ERROR_INIT;
        SyncStatus status = { 0 };
        int r;

        (void) source;
        (void) usec;
        if (sync_status(service->sync, clock_now(), &status, &error) >= 0 && !status.unauthorized)
                return 0;

        arm(service->renewal, RENEWAL_USEC);
        error_clear(&error);
        r = secrets_read(service->config, &secrets, &error);
        if (r >= 0 && !secrets_equal(&secrets, &service->secrets))
                r = renew(service, &secrets, &error);
        if (r >= 0)
                service->credentials_unreadable = false;
        else if (!service->credentials_unreadable) {
                service->credentials_unreadable = true;
                journal_say(MESSAGE(MESSAGE_CREDENTIALS_UNREADABLE, "credentials-unreadable", LOG_ERR,
                                    .error = error_message(&error)),
                            "Lockt refuses the credentials, and other ones can't be read: %s; looking again every 10 s",
                            error_message(&error));
        }
        return 0;
}

int faults_prepare(Service *service, Error *reterr) {
        int r;

        r = sd_event_add_time(service->event, &service->retry, CLOCK_BOOTTIME, 0, 0, on_retry, service);
        if (r >= 0)
                r = sd_event_add_time(service->event, &service->renewal, CLOCK_BOOTTIME, 0, 0, on_renewal, service);
        if (r < 0)
                return error_set(reterr, r, "can't make a timer: %s", strerror(-r));
        (void) sd_event_source_set_description(service->retry, "state retry");
        (void) sd_event_source_set_description(service->renewal, "credentials");
        (void) sd_event_source_set_enabled(service->retry, SD_EVENT_OFF);
        (void) sd_event_source_set_enabled(service->renewal, SD_EVENT_OFF);
        return 0;
}

void faults_deinit(Service *service) {
        service->retry = sd_event_source_disable_unref(service->retry);
        service->renewal = sd_event_source_disable_unref(service->renewal);
}
