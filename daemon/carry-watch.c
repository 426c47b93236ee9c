/* NOTIFYs and the lock of the leader. See carry-watch.h. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "daemon/journal.h"
#include "daemon/messages.h"
#include "daemon/service.h"
#include "lib/base/digest.h"
#include "lib/hr/hr.h"

struct Watch {
        Service *service;
        HrWatcher *watcher;
        char *connection, *channel;     /* what it was made with */
        int64_t lock;
        uint64_t statement_timeout_usec, lock_timeout_usec;
        bool down;                      /* said once */
        bool follows;                   /* another daemon has the lock */
};

/* The same bytes on every host, in one order: the first eight of a hash over both, the zero between them included. */
int64_t carry_watch_lock(const char *url, const char *apiuser) {
        uint8_t first[HASH_SIZE], hash[HASH_SIZE];
        uint64_t key = 0;

        digest_chain(NULL, url, strlen(url) + 1, first);
        digest_chain(first, apiuser, strlen(apiuser), hash);
        for (size_t i = 0; i < sizeof(key); i++)
                key = key << 8 | hash[i];
        return (int64_t) key;
}

static void set_leader(Watch *watch, bool leader) {
        if (leader == !watch->follows)
                return;
        watch->follows = !leader;
        sync_set_leader(watch->service->sync, leader);
        if (leader)
                journal_say(MESSAGE(MESSAGE_LEADER, "leader", LOG_NOTICE),
                            "no other daemon has the lock of this Lockt instance any more: taking over");
        else
                journal_say(MESSAGE(MESSAGE_STANDBY, "standby", LOG_WARNING),
                            "another daemon has the lock of this Lockt instance: standing by, writing nothing");
        service_poke(watch->service);
}

static void on_up(void *userdata, bool leader) {
        Watch *watch = userdata;

        if (watch->down)
                journal_say(MESSAGE(MESSAGE_WATCH_UP, "watch-up", LOG_NOTICE), "HR can be watched again");
        watch->down = false;
        set_leader(watch, leader);
        /* What was notified while nobody listened is found by reading. */
        sync_poll(watch->service->sync);
        service_poke(watch->service);
}

static void on_leader(void *userdata) {
        set_leader(userdata, true);
}

static void on_notified(void *userdata, const char *payload) {
        Watch *watch = userdata;
        _cleanup_(error_clear) Error error = ERROR_INIT;
        int r;

        r = sync_notify(watch->service->sync, payload, &error);
        (void) service_check(watch->service, r, &error);
        service_poke(watch->service);
}

static void on_down(void *userdata, const Error *error) {
        Watch *watch = userdata;

        if (!watch->down)
                journal_say(MESSAGE(MESSAGE_WATCH_DOWN, "watch-down", LOG_WARNING, .error = error_message(error)),
                            "HR can't be watched: %s; changes are found by polling, connecting again",
                            error_message(error));
        watch->down = true;
        board_touch(watch->service->board);
}

static const HrWatchHandler watch_handler = { on_up, on_leader, on_notified, on_down };

static bool same_text(const char *a, const char *b) {
        return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool is_made_with(const Watch *watch, const HrOptions *options, const char *channel, int64_t lock) {
        return watch->watcher && !watch->down && same_text(watch->connection, options->connection) &&
               same_text(watch->channel, channel) && watch->lock == lock &&
               watch->statement_timeout_usec == options->statement_timeout_usec &&
               watch->lock_timeout_usec == options->lock_timeout_usec;
}

static void forget(Watch *watch) {
        watch->watcher = hr_watcher_free(watch->watcher);
        if (watch->connection)
                explicit_bzero(watch->connection, strlen(watch->connection));
        free(steal(watch->connection));
        free(steal(watch->channel));
}

static int remember(Watch *watch, const HrOptions *options, const char *channel, int64_t lock) {
        watch->connection = strdup(options->connection);
        watch->channel = channel ? strdup(channel) : NULL;
        watch->lock = lock;
        watch->statement_timeout_usec = options->statement_timeout_usec;
        watch->lock_timeout_usec = options->lock_timeout_usec;
        return watch->connection && (watch->channel || !channel) ? 0 : -ENOMEM;
}

/*
 * A connection that would be made again as it is stays: with it the lock would go, and the new one might find it held by
 * another daemon, or by what is left of the old one in the server.
 */
int carry_watch_configure(Watch *watch, Error *reterr) {
        const Config *config = watch->service->config;
        const HrOptions options = {
                .connection = config->hr.connection.text,
                .people = config->hr.people.text,
                .as_of = config->hr.as_of.text,
                .key_column = mapping_key_column(watch->service->mapping),
                .statement_timeout_usec = config->hr.statement_timeout_usec,
                .lock_timeout_usec = config->hr.lock_timeout_usec,
                .timezone = config->hr.timezone,
        };
        int64_t lock = carry_watch_lock(config->lockt.url.text, watch->service->secrets.apiuser);

        if (is_made_with(watch, &options, config->hr.listen, lock))
                return 0;
        forget(watch);
        if (remember(watch, &options, config->hr.listen, lock) < 0)
                return error_set(reterr, -ENOMEM, "can't watch HR: out of memory");
        return hr_watcher_new(watch->service->event, &options, config->hr.listen, lock, &watch_handler, watch,
                              &watch->watcher, reterr);
}

bool carry_watch_listening(const Watch *watch) {
        return watch->watcher && hr_watcher_listening(watch->watcher);
}

int carry_watch_new(Service *service, Watch **ret, Error *reterr) {
        _cleanup_(carry_watch_freep) Watch *watch = NULL;
        int r;

        watch = calloc(1, sizeof(*watch));
        if (!watch)
                return error_set(reterr, -ENOMEM, "can't watch HR: out of memory");
        watch->service = service;
        r = carry_watch_configure(watch, reterr);
        if (r < 0)
                return r;

        *ret = steal(watch);
        return 0;
}

Watch *carry_watch_free(Watch *watch) {
        if (!watch)
                return NULL;
        forget(watch);
        free(watch);
        return NULL;
}
