/* Look up, connect, set up, then watch the socket. */

#include "lib/hr/connection.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#include "lib/hr/conninfo.h"
#include "lib/hr/sqlerror.h"

#define CONNECT_TIMEOUT_USEC (10 * UINT64_C(1000000))

typedef enum Stage { STAGE_LOOK_UP, STAGE_CONNECT, STAGE_SET_UP, STAGE_READY } Stage;

struct HrConnection {
        sd_event *event;
        const HrOptions *options;
        HrConnectionHandler handler;
        void *userdata;

        Stage stage;
        HrConninfo *info;
        HrResolver *resolver;
        PGconn *pg;
        sd_event_source *begin, *timer, *io;
        bool sees_system, sees_checkpoint;
};

/* The last thing to be done with a connection: its owner frees it in there. */
static void lose(HrConnection *connection, int code, Error *error) {
        connection->timer = sd_event_source_disable_unref(connection->timer);
        connection->io = sd_event_source_disable_unref(connection->io);
        connection->handler.lost(connection->userdata, code, error);
        error_clear(error);
}

static void lose_by_pg(HrConnection *connection, int code, const char *attempt) {
        Error error = ERROR_INIT;

        code = hr_connection_error(connection->pg, code, attempt, &error);
        lose(connection, code, &error);
}

static uint64_t connect_timeout(const HrConnection *connection) {
        uint64_t usec = connection->options->connect_timeout_usec;

        return usec > 0 ? usec : CONNECT_TIMEOUT_USEC;
}

static int on_timeout(sd_event_source *source, uint64_t usec, void *userdata) {
        HrConnection *connection = userdata;
        Error error = ERROR_INIT;
        double seconds = (double) connect_timeout(connection) / 1e6;

        if (connection->stage == STAGE_LOOK_UP)
                (void) error_set(&error, -ETIMEDOUT, "cannot connect to HR: the name servers did not answer within "
                                 "%.3g s; check them, or name the address by hostaddr= in hr.connection", seconds);
        else
                (void) error_set(&error, -ETIMEDOUT, "cannot connect to HR: no answer within %.3g s; check host and "
                                 "port in hr.connection and the firewall", seconds);
        lose(connection, -ETIMEDOUT, &error);
        return 0;
}

static int on_io(sd_event_source *source, int fd, uint32_t events, void *userdata);

/* libpq may go on with another socket, even one of the same number: the source is made anew with each of its steps. */
static int watch_socket(HrConnection *connection, uint32_t events) {
        int r;

        r = sd_event_add_io(connection->event, &connection->io, PQsocket(connection->pg), events, on_io, connection);
        if (r < 0)
                return r;
        (void) sd_event_source_set_description(connection->io, "hr-connection");
        return 0;
}

static int update_events(HrConnection *connection, uint32_t events) {
        return connection->io ? sd_event_source_set_io_events(connection->io, events) : -ENOTCONN;
}

/* Numbers of ours only: there is nothing to escape. client_connection_check_interval: a server notices whom we left. */
static int format_setup(HrConnection *connection, char *sql, size_t size) {
        const HrOptions *options = connection->options;
        const char *encoding = PQparameterStatus(connection->pg, "server_encoding");
        bool raw = encoding && strcmp(encoding, "SQL_ASCII") == 0;
        int n;

        n = snprintf(sql, size,
                     "SET statement_timeout = %" PRIu64 "; SET lock_timeout = %" PRIu64 "; "
                     "SET idle_in_transaction_session_timeout = 60000; SET default_transaction_read_only = on; "
                     "SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'postgres'; SET TimeZone = 'UTC'; "
                     "SET bytea_output = 'hex'; SET extra_float_digits = 1; SET xmloption = 'content'; %s%s"
                     "SELECT coalesce(has_function_privilege("
                     "to_regprocedure('pg_catalog.pg_control_system()'), 'execute'), false), "
                     "coalesce(has_function_privilege("
                     "to_regprocedure('pg_catalog.pg_control_checkpoint()'), 'execute'), false)",
                     options->statement_timeout_usec / 1000, options->lock_timeout_usec / 1000,
                     PQserverVersion(connection->pg) >= 140000 ? "SET client_connection_check_interval = 2000; " : "",
                     raw ? "SET client_encoding = 'SQL_ASCII'; " : "");
        return n < 0 || (size_t) n >= size ? -ENOBUFS : 0;
}

static void set_up(HrConnection *connection) {
        char sql[1024];
        int r;

        connection->stage = STAGE_SET_UP;
        (void) PQsetnonblocking(connection->pg, 1);

        r = watch_socket(connection, EPOLLIN);
        if (r >= 0)
                r = format_setup(connection, sql, sizeof(sql));
        if (r >= 0 && PQsendQuery(connection->pg, sql) == 0)
                r = -ECONNRESET;
        if (r >= 0)
                r = hr_connection_flush(connection);
        if (r < 0)
                lose_by_pg(connection, r, "cannot set up the session with HR");
}

static bool is_true(const PGresult *result, int column) {
        return PQntuples(result) == 1 && PQgetvalue(result, 0, column)[0] == 't';
}

/* Answers of the setup: the last one holds what this role may ask. */
static void take_setup(HrConnection *connection) {
        Error error = ERROR_INIT;
        HrProblem problem;
        int r = 0;

        while (!PQisBusy(connection->pg)) {
                PGresult *result = PQgetResult(connection->pg);

                if (!result) {
                        connection->stage = STAGE_READY;
                        connection->timer = sd_event_source_disable_unref(connection->timer);
                        connection->handler.ready(connection->userdata);
                        return;
                }

                if (PQresultStatus(result) == PGRES_TUPLES_OK) {
                        connection->sees_system = is_true(result, 0);
                        connection->sees_checkpoint = is_true(result, 1);
                } else if (PQresultStatus(result) != PGRES_COMMAND_OK)
                        r = hr_sql_error(result, NULL, false, &problem, &error);
                PQclear(result);
                if (r < 0) {
                        lose(connection, r, &error);
                        return;
                }
        }
}

/* One step of libpq's; it never waits since there is no name left to look up. */
static void poll_connect(HrConnection *connection) {
        int r = 0;

        connection->io = sd_event_source_disable_unref(connection->io);

        switch (PQconnectPoll(connection->pg)) {
        case PGRES_POLLING_OK:
                set_up(connection);
                break;
        case PGRES_POLLING_READING:
                r = watch_socket(connection, EPOLLIN);
                break;
        case PGRES_POLLING_WRITING:
                r = watch_socket(connection, EPOLLOUT);
                break;
        default:
                lose_by_pg(connection, -ECONNREFUSED, "cannot connect to HR");
                break;
        }

        if (r < 0)
                lose_by_pg(connection, r, "cannot watch the connection to HR");
}

static void ignore_notice(void *arg, const PGresult *result) {
}

static void start_connect(HrConnection *connection) {
        connection->stage = STAGE_CONNECT;
        connection->pg = hr_conninfo_start(connection->info);
        connection->info = hr_conninfo_free(connection->info);

        if (!connection->pg || PQstatus(connection->pg) == CONNECTION_BAD) {
                lose_by_pg(connection, -ECONNREFUSED, "cannot connect to HR");
                return;
        }

        (void) PQsetNoticeReceiver(connection->pg, ignore_notice, NULL);
        (void) PQsetErrorVerbosity(connection->pg, PQERRORS_TERSE);
        if (watch_socket(connection, EPOLLOUT) < 0)
                lose_by_pg(connection, -EIO, "cannot watch the connection to HR");
}

static void on_resolved(void *userdata, const HrAddresses *answers, size_t n) {
        HrConnection *connection = userdata;
        Error error = ERROR_INIT;
        int r;

        r = hr_conninfo_resolved(connection->info, answers, n, &error);
        connection->resolver = hr_resolver_free(connection->resolver);
        if (r < 0) {
                lose(connection, r, &error);
                return;
        }
        start_connect(connection);
}

static int on_begin(sd_event_source *source, void *userdata) {
        HrConnection *connection = userdata;
        const char *names[HR_MAX_HOSTS];
        Error error = ERROR_INIT;
        size_t n = 0;
        int r;

        r = hr_conninfo_new(connection->options->connection, &connection->info, &error);
        if (r >= 0)
                n = hr_conninfo_names(connection->info, names);
        if (r >= 0 && n > 0)
                r = hr_resolver_new(connection->event, names, n, on_resolved, connection, &connection->resolver,
                                    &error);
        if (r < 0)
                lose(connection, r, &error);
        else if (n == 0)
                start_connect(connection);
        return 0;
}

static void transfer(HrConnection *connection, uint32_t events) {
        int r = 0;

        if (events & EPOLLOUT)
                r = hr_connection_flush(connection);
        if (r >= 0 && connection->stage == STAGE_SET_UP)
                r = hr_connection_consume(connection);
        if (r < 0) {
                lose_by_pg(connection, r, "the connection to HR broke");
                return;
        }

        if (connection->stage == STAGE_SET_UP) {
                take_setup(connection);
                return;
        }
        if (events & ~(uint32_t) EPOLLOUT)
                connection->handler.readable(connection->userdata);
}

static int on_io(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        HrConnection *connection = userdata;

        if (connection->stage == STAGE_CONNECT)
                poll_connect(connection);
        else
                transfer(connection, events);
        return 0;
}

int hr_connection_new(sd_event *event, const HrOptions *options, const HrConnectionHandler *handler, void *userdata,
                      HrConnection **ret) {
        _cleanup_(hr_connection_freep) HrConnection *connection = NULL;
        int r;

        connection = calloc(1, sizeof(*connection));
        if (!connection)
                return -ENOMEM;

        connection->event = sd_event_ref(event);
        connection->options = options;
        connection->handler = *handler;
        connection->userdata = userdata;

        /* Begun by the loop, so that whatever goes wrong at once is told in the same way as what goes wrong later. */
        r = sd_event_add_defer(event, &connection->begin, on_begin, connection);
        if (r < 0)
                return r;
        r = sd_event_add_time_relative(event, &connection->timer, CLOCK_MONOTONIC, connect_timeout(connection), 0,
                                       on_timeout, connection);
        if (r < 0)
                return r;
        (void) sd_event_source_set_description(connection->begin, "hr-connect");
        (void) sd_event_source_set_description(connection->timer, "hr-connect-timeout");

        *ret = steal(connection);
        return 0;
}

HrConnection *hr_connection_free(HrConnection *connection) {
        if (!connection)
                return NULL;

        (void) sd_event_source_disable_unref(connection->begin);
        (void) sd_event_source_disable_unref(connection->timer);
        (void) sd_event_source_disable_unref(connection->io);
        (void) hr_resolver_free(connection->resolver);
        (void) hr_conninfo_free(connection->info);
        PQfinish(connection->pg);
        sd_event_unref(connection->event);
        free(connection);
        return NULL;
}

bool hr_connection_is_ready(const HrConnection *connection) {
        return connection && connection->stage == STAGE_READY;
}

PGconn *hr_connection_pg(HrConnection *connection) {
        return connection->pg;
}

bool hr_connection_sees_system(const HrConnection *connection) {
        return connection->sees_system;
}

bool hr_connection_sees_checkpoint(const HrConnection *connection) {
        return connection->sees_checkpoint;
}

int hr_connection_flush(HrConnection *connection) {
        int r;

        r = PQflush(connection->pg);
        if (r < 0)
                return -ECONNRESET;
        return update_events(connection, r > 0 ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

/*
 * Under TLS a part of a record may wait within the TLS library, where epoll does not see it. Three calls take in more
 * than a record can hold (16 KiB; libpq asks for at least 8 KiB a time).
 */
int hr_connection_consume(HrConnection *connection) {
        int times = PQsslInUse(connection->pg) ? 3 : 1;

        while (times-- > 0)
                if (PQconsumeInput(connection->pg) == 0)
                        return -ECONNRESET;
        return 0;
}
