/* SIGHUP: another configuration, or none of it. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include <systemd/sd-daemon.h>

#include "daemon/journal.h"
#include "daemon/messages.h"
#include "daemon/reload.h"

void config_errors_tell(const ConfigErrors *errors) {
        const char *path = errors->path ? errors->path : "configuration";

        for (size_t i = 0; i < errors->n; i++) {
                const char *sentence = errors->items[i].sentence ? errors->items[i].sentence : "out of memory";
                Mark mark = errors->items[i].mark;
                const Message message = MESSAGE(MESSAGE_CONFIG_ERROR, "config-error", LOG_ERR, .error = sentence,
                                                .config_file = path, .config_line = mark.line,
                                                .config_column = mark.column);

                if (mark.line > 0)
                        journal_say(message, "%s:%u:%u: %s", path, mark.line, mark.column, sentence);
                else
                        journal_say(message, "%s: %s", path, sentence);
        }
}

void loaded_deinit(Loaded *loaded) {
        loaded->mapping = mapping_free(loaded->mapping);
        secrets_deinit(&loaded->secrets);
        loaded->config = config_free(loaded->config);
}

int config_load_all(const char *path, Loaded *ret, ConfigErrors *errors) {
        _cleanup_(error_clear) Error error = ERROR_INIT;
        int r;

        r = config_load(path, &ret->config, errors);
        if (r < 0)
                return r;

        r = secrets_read(ret->config, &ret->secrets, &error);
        if (r < 0) {
                config_errors_add(errors, ret->config->lockt.apiuser.mark, "%s", error_message(&error));
                return r;
        }
        r = mapping_new(&ret->config->mapping, &ret->mapping);
        if (r < 0)
                config_errors_add(errors, (Mark) { 0 }, "out of memory");
        return r;
}

static void notify_reloading(void) {
        struct timespec ts = { 0 };

        /* systemd pairs this with READY=1 by the clock (sd_notify(3), RELOADING=1). */
        (void) clock_gettime(CLOCK_MONOTONIC, &ts);
        (void) sd_notifyf(false, "RELOADING=1\nMONOTONIC_USEC=%" PRId64 "\nSTATUS=Reading the configuration again",
                          (int64_t) ts.tv_sec * 1000000 + ts.tv_nsec / 1000);
}

static void refuse(Service *service, const ConfigErrors *errors) {
        const char *path = service->options->config;
        const char *first = errors->n > 0 && errors->items[0].sentence ? errors->items[0].sentence : "out of memory";

        config_errors_tell(errors);
        free(service->reload_refused);
        service->reload_refused = NULL;
        if (asprintf(&service->reload_refused, "%zu errors, the first: %s", errors->n, first) < 0)
                service->reload_refused = NULL;
        journal_say(MESSAGE(MESSAGE_RELOAD_REFUSED, "reload-refused", LOG_ERR),
                    "%s has %zu errors: the running configuration stays", path, errors->n);
}

/* Old and new change places; @loaded holds the old ones afterwards. */
static void swap(Service *service, Loaded *loaded) {
        Loaded old = { service->config, service->mapping, service->secrets };

        service->config = loaded->config;
        service->mapping = loaded->mapping;
        service->secrets = loaded->secrets;
        *loaded = old;
}

static int take_over(Service *service, Loaded *loaded, Error *reterr) {
        int r;

        control_interrupt(service->control);
        carry_hr_suspend(service->hr);
        swap(service, loaded);

        /* What can fail for the new configuration comes first, so that the old one can stay. */
        r = carry_lockt_configure(service->lockt, reterr);
        if (r >= 0)
                r = sync_reconfigure(service->sync, clock_now(), service->config, service->mapping, reterr);
        if (r >= 0) {
                r = carry_watch_configure(service->watch, reterr);
                if (r < 0)
                        journal_say(MESSAGE(MESSAGE_WATCH_DOWN, "watch-down", LOG_WARNING,
                                            .error = error_message(reterr)),
                                    "HR can't be watched: %s; changes are found by polling", error_message(reterr));
                sync_credentials_renewed(service->sync, clock_now());
                sync_poll(service->sync);
                carry_hr_resume(service->hr);
                return 0;
        }

        swap(service, loaded);
        (void) carry_lockt_configure(service->lockt, NULL);
        (void) sync_reconfigure(service->sync, clock_now(), service->config, service->mapping, NULL);
        carry_hr_resume(service->hr);
        return r;
}

void service_reload(Service *service) {
        _cleanup_(config_errors_deinit) ConfigErrors errors = { 0 };
        _cleanup_(loaded_deinit) Loaded loaded = { 0 };
        _cleanup_(error_clear) Error error = ERROR_INIT;
        int r;

        notify_reloading();
        r = config_load_all(service->options->config, &loaded, &errors);
        if (r >= 0) {
                r = take_over(service, &loaded, &error);
                if (r < 0)
                        config_errors_add(&errors, (Mark) { 0 }, "%s", error_message(&error));
        }

        if (r < 0)
                refuse(service, &errors);
        else {
                free(steal(service->reload_refused));
                service->loaded_usec = clock_now().real_usec;
                journal_say(MESSAGE(MESSAGE_RELOADED, "reloaded", LOG_NOTICE, .config_file = service->config->path),
                            "%s and the credentials were read again and are in force", service->config->path);
        }

        (void) sd_notify(false, "READY=1");
        board_forget(service->board);
        service_poke(service);
}
