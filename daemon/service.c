/* The running daemon: what it consists of, how it starts and how it ends. See service.h. */

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include <systemd/sd-daemon.h>

#include "daemon/faults.h"
#include "daemon/journal.h"
#include "daemon/messages.h"
#include "daemon/news.h"
#include "daemon/reload.h"
#include "daemon/service.h"
#include "daemon/version.h"
#include "lib/base/duration.h"

#define PATIENCE_USEC (700 * USEC_PER_MSEC)

void service_poke(Service *service) {
        if (!service->stopping)
                pump_poke(service->pump);
        else if (!carry_lockt_writing(service->lockt))
                (void) sd_event_source_set_time_relative(service->patience, 0);
}

/* From within the sync: it is told the rest later, from the loop. */
static void on_news(void *userdata, const News *news) {
        Service *service = userdata;

        meter_count_news(service->meter, news->kind);
        if (news->kind == NEWS_STATE_FAILED)
                return;         /* what the sync answers says it, once for all its calls (faults.c) */
        news_tell(news);
        if (news->kind == NEWS_LOCKT_UNAUTHORIZED)
                faults_watch_credentials(service);
        board_touch_later(service->board);
}

static int on_patience(sd_event_source *source, uint64_t usec, void *userdata) {
        (void) source;
        (void) usec;
        return sd_event_exit(userdata, 0);
}

void service_stop(Service *service, int code) {
        bool writing = carry_lockt_writing(service->lockt);

        if (service->stopping)
                return;
        service->stopping = true;
        service->exit_code = code;
        (void) sd_notify(false, "STOPPING=1\nSTATUS=Stopping");
        journal_say(MESSAGE(MESSAGE_STOPPING, "stopping", LOG_INFO), "stopping%s",
                    writing ? "; a write is under way and has a moment to be answered" : "");

        /* Nothing is lost without the answer, but then the next start has to read back what came of it. */
        (void) sd_event_source_set_time_relative(service->patience, writing ? PATIENCE_USEC : 0);
        (void) sd_event_source_set_enabled(service->patience, SD_EVENT_ONESHOT);
}

int service_resync(Service *service, bool accept, const char *who, Error *reterr) {
        int r;

        r = service_check(service, sync_resync(service->sync, clock_now(), accept, reterr), reterr);
        if (r < 0)
                return r;
        journal_say(MESSAGE(MESSAGE_RESYNC_ASKED, "resync-asked", LOG_NOTICE),
                    "%s asked for a resync%s: reading Lockt and HR anew", who,
                    accept ? " that accepts a shorter list of users" : "");
        service_poke(service);
        return 0;
}

static int on_signal(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata) {
        Service *service = userdata;
        _cleanup_(error_clear) Error error = ERROR_INIT;

        (void) source;
        /* What has said goodbye does not say that it is ready again. */
        if (service->stopping)
                return 0;
        switch (info->ssi_signo) {
        case SIGHUP:
                service_reload(service);
                break;
        case SIGUSR1:
                (void) service_resync(service, false, "SIGUSR1", &error);
                break;
        case SIGUSR2:
                board_report(service);
                break;
        default:
                service_stop(service, EXIT_SUCCESS);
                break;
        }
        return 0;
}

static void on_clock_stepped(void *userdata) {
        service_poke(userdata);
}

/* Signals go before sockets, and a clock that was set as well; all else takes turns. */
static int add_sources(Service *service, Error *reterr) {
        static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2 };
        sd_event_source *source;
        int r;

        for (size_t i = 0; i < ELEMENTS(signals); i++) {
                r = sd_event_add_signal(service->event, &source, signals[i], on_signal, service);
                if (r < 0)
                        return error_set(reterr, r, "can't wait for signals: %s", strerror(-r));
                (void) sd_event_source_set_priority(source, SD_EVENT_PRIORITY_IMPORTANT);
                (void) sd_event_source_set_description(source, strsignal(signals[i]));
                (void) sd_event_source_set_floating(source, true);
                (void) sd_event_source_unref(source);
        }

        r = sd_event_add_time_relative(service->event, &service->patience, CLOCK_BOOTTIME, 0, 1000, on_patience,
                                       service->event);
        if (r < 0)
                return error_set(reterr, r, "can't make a timer: %s", strerror(-r));
        (void) sd_event_source_set_enabled(service->patience, SD_EVENT_OFF);
        return clock_watch(service->event, on_clock_stepped, service, &service->clock, reterr);
}

static int load(Service *service) {
        _cleanup_(config_errors_deinit) ConfigErrors errors = { 0 };
        _cleanup_(loaded_deinit) Loaded loaded = { 0 };
        int r;

        r = config_load_all(service->options->config, &loaded, &errors);
        if (r < 0) {
                config_errors_tell(&errors);
                return r;
        }
        service->config = steal(loaded.config);
        service->mapping = steal(loaded.mapping);
        service->secrets = loaded.secrets;
        loaded.secrets = (Secrets) { 0 };
        service->loaded_usec = clock_now().real_usec;
        return 0;
}

/* A damaged file is kept for whoever wants to know, and never in the way. */
static int open_state(Service *service, Error *reterr) {
        const char *directory = service->options->state_dir;
        _cleanup_(error_clear) Error why = ERROR_INIT;
        _cleanup_(freep) char *aside = NULL;
        int r;

        r = state_open(directory, &service->state, &why);
        if (r == STATE_LOCKED)
                return error_set(reterr, -EBUSY, "another locktsyncd uses this state directory (%s)", directory);
        if (r == STATE_DAMAGED) {
                r = state_set_aside(directory, clock_now().real_usec, &aside, reterr);
                if (r < 0)
                        return r;
                journal_say(MESSAGE(MESSAGE_STATE_SET_ASIDE, "state-set-aside", LOG_ALERT,
                                    .error = error_message(&why)),
                            "the state is damaged: %s; it was set aside as %s, starting with a new one",
                            error_message(&why), aside);
                return state_open(directory, &service->state, reterr) == 0
                               ? 0 : error_set(reterr, -EIO, "can't open a new state in %s", directory);
        }
        if (r != 0)
                return error_set(reterr, r < 0 ? r : -ENOTSUP, "%s", error_message(&why));
        return 0;
}

/* --approve: somebody has looked at what an earlier run told. */
static int approve(Service *service, Error *reterr) {
        SyncApproval approval = { .by = "locktsyncd --approve" };

        if (!service->options->approve)
                return 0;
        return sync_approve(service->sync, clock_now(), service->options->approve, &approval, reterr);
}

static int start(Service *service, Error *reterr) {
        int r;

        r = meter_new(service, &service->meter, reterr);
        if (r < 0)
                return r;
        r = sync_new(service->state, service->config, service->mapping, clock_now(), on_news, service, &service->sync,
                     reterr);
        if (r != 0)
                return r < 0 ? r : error_set(reterr, -EIO, "can't start from the state");
        sync_set_leader(service->sync, true);
        r = approve(service, reterr);
        if (r < 0)
                return r;

        r = pump_new(service, &service->pump, reterr);
        if (r >= 0)
                r = board_new(service, &service->board, reterr);
        if (r >= 0)
                r = faults_prepare(service, reterr);
        if (r >= 0)
                r = carry_lockt_new(service, &service->lockt, reterr);
        if (r >= 0)
                r = carry_hr_new(service, &service->hr, reterr);
        if (r >= 0)
                r = carry_watch_new(service, &service->watch, reterr);
        return r;
}

/* Doors matter more than questions: without the socket the daemon works, and says that nobody can ask it. */
static void open_control(Service *service) {
        _cleanup_(error_clear) Error error = ERROR_INIT;

        if (service->options->once)
                return;
        if (control_open(service, service->options->control, &service->control, &error) < 0)
                journal_say(MESSAGE(MESSAGE_CONTROL_FAILED, "control-failed", LOG_WARNING,
                                    .error = error_message(&error)),
                            "%s; locktsyncctl can't reach this daemon", error_message(&error));
}

static void deinit(Service *service) {
        service->control = control_close(service->control);
        service->watch = carry_watch_free(service->watch);
        service->hr = carry_hr_free(service->hr);
        service->lockt = carry_lockt_free(service->lockt);
        faults_deinit(service);
        service->board = board_free(service->board);
        service->meter = meter_free(service->meter);
        service->pump = pump_free(service->pump);
        service->sync = sync_free(service->sync);
        service->state = state_close(service->state);
        service->clock = clock_free(service->clock);
        (void) sd_event_source_disable_unref(service->patience);
        service->mapping = mapping_free(service->mapping);
        secrets_deinit(&service->secrets);
        service->config = config_free(service->config);
        free(service->reload_refused);
        free(service->state_failed);
        (void) sd_event_unref(service->event);
}

static int run(Service *service, Error *reterr) {
        int r;

        (void) sd_event_set_watchdog(service->event, true);
        open_control(service);
        journal_say(MESSAGE(MESSAGE_READY, "ready", LOG_INFO), "ready, configuration %s, state in %s%s",
                    service->config->path, service->options->state_dir,
                    service->config->mode == MODE_REPORT ? "; mode report: nothing is written to Lockt" : "");
        (void) sd_notify(false, "READY=1");
        board_touch(service->board);
        service_poke(service);

        r = sd_event_loop(service->event);
        return r < 0 ? error_set(reterr, r, "the event loop failed: %s", strerror(-r)) : 0;
}

static int failed(const Error *error) {
        journal_say(MESSAGE(MESSAGE_FAILED, "failed", LOG_CRIT, .error = error_message(error)), "can't go on: %s",
                    error_message(error));
        (void) sd_notifyf(false, "STATUS=Failed: %s\nERRNO=%d", error_message(error),
                          error->code < 0 ? -error->code : 0);
        return SERVICE_FAILED;
}

static void service_deinit(Service **service) {
        deinit(*service);
}

int service_run(const Options *options) {
        Service storage = { .options = options, .since_usec = clock_now().real_usec };
        _cleanup_(service_deinit) Service *service = &storage;
        _cleanup_(error_clear) Error error = ERROR_INIT;
        int r;

        journal_say(MESSAGE(MESSAGE_STARTED, "started", LOG_INFO), "locktsyncd %s starts", LOCKTSYNC_VERSION);
        r = sd_event_default(&service->event);
        if (r < 0) {
                (void) error_set(&error, r, "no event loop: %s", strerror(-r));
                return failed(&error);
        }
        if (add_sources(service, &error) < 0)
                return failed(&error);
        if (load(service) < 0)
                return SERVICE_CONFIG;
        if (open_state(service, &error) < 0) {
                journal_say(MESSAGE(MESSAGE_STATE_REFUSED, "state-refused", LOG_CRIT, .error = error_message(&error)),
                            "can't use the state: %s", error_message(&error));
                return SERVICE_FAILED;
        }
        if (start(service, &error) < 0 || run(service, &error) < 0)
                return failed(&error);

        meter_finish(service->meter);
        journal_say(MESSAGE(MESSAGE_STOPPED, "stopped", LOG_INFO), "stopped");
        return service->exit_code;
}
