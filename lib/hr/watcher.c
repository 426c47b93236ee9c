/*
 * The watcher: NOTIFY and the advisory lock
 *
 * A session's lock and its LISTEN last as long as the session, so there is nothing to undo: when it breaks, all is
 * asked for anew. What is not ours yet (the lock of a second instance, LISTEN on a standby server) is asked for every
 * few seconds.
 */

#include "lib/hr/hr.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "lib/hr/connection.h"
#include "lib/hr/sqlerror.h"

#define SECOND UINT64_C(1000000)
#define RETRY_FIRST SECOND
#define RETRY_MAX (30 * SECOND)
#define ASK_EVERY (5 * SECOND)

/* An answer to the lock or to LISTEN takes no time: who is silent for so many askings is gone. */
#define SILENT_TICKS 4

typedef enum Question { ASKED_NOTHING, ASKED_LOCK, ASKED_LISTEN } Question;

struct HrWatcher {
        sd_event *event;
        char *connection_string, *channel;
        int64_t lock;
        HrOptions options;
        HrWatchHandler handler;
        void *userdata;
        HrConnection *connection;

        unsigned depth;
        bool freed;

        sd_event_source *retry;         /* connects again */
        sd_event_source *ask;           /* asks again for what is not ours */
        uint64_t delay_usec;
        Question question;
        unsigned silent_ticks;
        bool is_up, said_down;
        bool is_leader, became_leader, is_listening;
        bool got_lock, in_recovery;     /* the last answer */
};

static void destroy(HrWatcher *watcher) {
        (void) hr_connection_free(watcher->connection);
        (void) sd_event_source_disable_unref(watcher->retry);
        (void) sd_event_source_disable_unref(watcher->ask);
        sd_event_unref(watcher->event);
        if (watcher->connection_string)
                explicit_bzero(watcher->connection_string, strlen(watcher->connection_string));
        free(watcher->connection_string);
        free(watcher->channel);
        free(watcher);
}

/* Callbacks may free the watcher: whoever came from the loop enters first and leaves last. */
static void enter(HrWatcher *watcher) {
        watcher->depth++;
}

static void leave(HrWatcher *watcher) {
        if (--watcher->depth == 0 && watcher->freed)
                destroy(watcher);
}

/* A quarter more or less, so that those who lost one server together do not come back together. */
static uint64_t with_jitter(uint64_t usec) {
        return usec * 3 / 4 + randombytes_uniform((uint32_t) (usec / 2) + 1);
}

static void schedule_retry(HrWatcher *watcher) {
        (void) sd_event_source_set_enabled(watcher->ask, SD_EVENT_OFF);
        (void) sd_event_source_set_time_relative(watcher->retry, with_jitter(watcher->delay_usec));
        (void) sd_event_source_set_enabled(watcher->retry, SD_EVENT_ONESHOT);

        watcher->delay_usec *= 2;
        if (watcher->delay_usec > RETRY_MAX)
                watcher->delay_usec = RETRY_MAX;
}

/* Said once an outage, however often it fails to end. */
static void go_down(HrWatcher *watcher, int code, const Error *error) {
        bool said = watcher->said_down;

        watcher->connection = hr_connection_free(watcher->connection);
        watcher->question = ASKED_NOTHING;
        watcher->is_up = watcher->is_leader = watcher->is_listening = false;
        watcher->said_down = true;
        schedule_retry(watcher);

        if (!said)
                watcher->handler.down(watcher->userdata, error);
}

static void go_down_because(HrWatcher *watcher, int code, const char *why) {
        Error error = ERROR_INIT;

        (void) error_set(&error, code, "cannot watch HR: %s", why);
        go_down(watcher, code, &error);
        error_clear(&error);
}

static void go_down_broken(HrWatcher *watcher) {
        Error error = ERROR_INIT;
        int r;

        r = hr_connection_error(hr_connection_pg(watcher->connection), -ECONNRESET,
                                "cannot watch HR: the connection broke", &error);
        go_down(watcher, r, &error);
        error_clear(&error);
}

static void send_question(HrWatcher *watcher, Question question, const char *sql) {
        PGconn *pg = hr_connection_pg(watcher->connection);

        watcher->question = question;
        watcher->silent_ticks = 0;
        if (PQsendQuery(pg, sql) == 0 || hr_connection_flush(watcher->connection) < 0)
                go_down_broken(watcher);
}

/* A lock that is ours would only be counted up by asking again; a standby is asked whether it still is one. */
static void ask_for_lock(HrWatcher *watcher) {
        char sql[128];

        if (watcher->is_leader)
                (void) snprintf(sql, sizeof(sql), "SELECT true, pg_is_in_recovery()");
        else
                (void) snprintf(sql, sizeof(sql), "SELECT pg_try_advisory_lock(%" PRId64 "), pg_is_in_recovery()",
                                watcher->lock);
        send_question(watcher, ASKED_LOCK, sql);
}

static void ask_to_listen(HrWatcher *watcher) {
        PGconn *pg = hr_connection_pg(watcher->connection);
        _cleanup_(freep) char *sql = NULL;
        char *channel;
        int r;

        channel = PQescapeIdentifier(pg, watcher->channel, strlen(watcher->channel));
        if (!channel) {
                go_down_because(watcher, -EINVAL, "hr.listen is no name of a channel");
                return;
        }

        r = asprintf(&sql, "LISTEN %s", channel);
        PQfreemem(channel);
        if (r < 0) {
                sql = NULL;
                go_down_because(watcher, -ENOMEM, "out of memory");
                return;
        }
        send_question(watcher, ASKED_LISTEN, sql);
}

static void tick(HrWatcher *watcher) {
        (void) sd_event_source_set_time_relative(watcher->ask, ASK_EVERY);
        (void) sd_event_source_set_enabled(watcher->ask, SD_EVENT_ONESHOT);
}

static bool wants_to_listen(const HrWatcher *watcher) {
        return watcher->channel && !watcher->is_listening;
}

/* All that could be asked for now has been answered. */
static void settle(HrWatcher *watcher) {
        bool came_up = !watcher->is_up, became_leader = watcher->became_leader;

        watcher->is_up = true;
        watcher->became_leader = false;
        watcher->said_down = false;
        watcher->delay_usec = RETRY_FIRST;

        if (!watcher->is_leader || wants_to_listen(watcher))
                tick(watcher);
        else
                (void) sd_event_source_set_enabled(watcher->ask, SD_EVENT_OFF);

        if (came_up)
                watcher->handler.up(watcher->userdata, watcher->is_leader);
        else if (became_leader)
                watcher->handler.leader(watcher->userdata);
}

/* LISTEN comes before up(): whoever is told "up" misses no NOTIFY from there on. A standby server has no LISTEN. */
static void take_lock(HrWatcher *watcher) {
        watcher->became_leader = watcher->got_lock && !watcher->is_leader;
        watcher->is_leader = watcher->got_lock;

        if (wants_to_listen(watcher) && !watcher->in_recovery)
                ask_to_listen(watcher);
        else
                settle(watcher);
}

/* One result of what was asked. True: it was good. */
static bool take_result(HrWatcher *watcher, const PGresult *result) {
        ExecStatusType status = PQresultStatus(result);
        Error error = ERROR_INIT;
        HrProblem problem;
        int r;

        if (status == PGRES_TUPLES_OK && PQntuples(result) == 1 && PQnfields(result) == 2) {
                watcher->got_lock = PQgetvalue(result, 0, 0)[0] == 't';
                watcher->in_recovery = PQgetvalue(result, 0, 1)[0] == 't';
                return true;
        }
        if (status == PGRES_COMMAND_OK)
                return true;

        r = hr_sql_error(result, NULL, false, &problem, &error);
        go_down(watcher, r, &error);
        error_clear(&error);
        return false;
}

static void answer(HrWatcher *watcher) {
        Question question = watcher->question;

        watcher->question = ASKED_NOTHING;
        if (question == ASKED_LOCK) {
                take_lock(watcher);
                return;
        }

        watcher->is_listening = true;
        settle(watcher);
}

static void take_answers(HrWatcher *watcher) {
        PGconn *pg = hr_connection_pg(watcher->connection);

        while (!PQisBusy(pg)) {
                PGresult *result = PQgetResult(pg);
                bool good;

                if (!result) {
                        answer(watcher);
                        return;
                }

                good = take_result(watcher, result);
                PQclear(result);
                if (!good)
                        return;
        }
}

static void take_notifications(HrWatcher *watcher) {
        PGnotify *notify;

        while (!watcher->freed && watcher->connection && (notify = PQnotifies(hr_connection_pg(watcher->connection)))) {
                watcher->handler.notified(watcher->userdata, notify->extra);
                PQfreemem(notify);
        }
}

static void on_ready(void *userdata) {
        HrWatcher *watcher = userdata;

        enter(watcher);
        tick(watcher);
        ask_for_lock(watcher);
        leave(watcher);
}

static void on_readable(void *userdata) {
        HrWatcher *watcher = userdata;

        enter(watcher);
        if (hr_connection_consume(watcher->connection) < 0)
                go_down_broken(watcher);
        else if (watcher->question != ASKED_NOTHING)
                take_answers(watcher);
        else
                (void) PQisBusy(hr_connection_pg(watcher->connection));

        if (!watcher->freed && watcher->is_up)
                take_notifications(watcher);
        leave(watcher);
}

static void on_lost(void *userdata, int code, const Error *error) {
        HrWatcher *watcher = userdata;

        enter(watcher);
        go_down(watcher, code, error);
        leave(watcher);
}

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata) {
        static const HrConnectionHandler handler = { on_ready, on_readable, on_lost };
        HrWatcher *watcher = userdata;

        enter(watcher);
        if (hr_connection_new(watcher->event, &watcher->options, &handler, watcher, &watcher->connection) < 0)
                go_down_because(watcher, -ENOMEM, "out of memory");
        leave(watcher);
        return 0;
}

static int on_ask(sd_event_source *source, uint64_t usec, void *userdata) {
        HrWatcher *watcher = userdata;

        enter(watcher);
        if (watcher->question == ASKED_NOTHING)
                ask_for_lock(watcher);
        else if (++watcher->silent_ticks >= SILENT_TICKS)
                go_down_because(watcher, -ETIMEDOUT, "the server does not answer");

        /* Kept ticking while an answer is due, so that silence is noticed. */
        if (!watcher->freed && watcher->connection)
                tick(watcher);
        leave(watcher);
        return 0;
}

static int add_timer(HrWatcher *watcher, sd_event_time_handler_t callback, const char *name, int enabled,
                     sd_event_source **ret) {
        int r;

        r = sd_event_add_time_relative(watcher->event, ret, CLOCK_MONOTONIC, 0, 1000, callback, watcher);
        if (r < 0)
                return r;
        (void) sd_event_source_set_description(*ret, name);
        return sd_event_source_set_enabled(*ret, enabled);
}

static int prepare(HrWatcher *watcher, const HrOptions *options, const char *channel) {
        int r;

        watcher->connection_string = strdup(options->connection);
        watcher->channel = channel ? strdup(channel) : NULL;
        if (!watcher->connection_string || (channel && !watcher->channel))
                return -ENOMEM;
        watcher->options.connection = watcher->connection_string;

        r = add_timer(watcher, on_retry, "hr-watcher-retry", SD_EVENT_ONESHOT, &watcher->retry);
        if (r < 0)
                return r;
        return add_timer(watcher, on_ask, "hr-watcher-ask", SD_EVENT_OFF, &watcher->ask);
}

int hr_watcher_new(sd_event *event, const HrOptions *options, const char *channel, int64_t lock,
                   const HrWatchHandler *handler, void *userdata, HrWatcher **ret, Error *reterr) {
        _cleanup_(hr_watcher_freep) HrWatcher *watcher = NULL;
        int r;

        if (!options->connection || (channel && !channel[0]))
                return error_set(reterr, -EINVAL, "cannot watch HR: a connection and a channel's name are needed");

        watcher = calloc(1, sizeof(*watcher));
        if (!watcher)
                return error_set(reterr, -ENOMEM, "cannot watch HR: out of memory");

        watcher->event = sd_event_ref(event);
        watcher->options = (HrOptions) {
                .statement_timeout_usec = options->statement_timeout_usec,
                .lock_timeout_usec = options->lock_timeout_usec,
                .connect_timeout_usec = options->connect_timeout_usec,
        };
        watcher->lock = lock;
        watcher->handler = *handler;
        watcher->userdata = userdata;
        watcher->delay_usec = RETRY_FIRST;

        r = prepare(watcher, options, channel);
        if (r < 0)
                return error_set(reterr, r, "cannot watch HR: %s", strerror(-r));

        *ret = steal(watcher);
        return 0;
}

bool hr_watcher_listening(const HrWatcher *watcher) {
        return watcher->is_listening;
}

HrWatcher *hr_watcher_free(HrWatcher *watcher) {
        if (!watcher)
                return NULL;

        if (watcher->depth == 0) {
                destroy(watcher);
                return NULL;
        }

        watcher->freed = true;
        watcher->connection = hr_connection_free(watcher->connection);
        (void) sd_event_source_set_enabled(watcher->retry, SD_EVENT_OFF);
        (void) sd_event_source_set_enabled(watcher->ask, SD_EVENT_OFF);
        return NULL;
}
