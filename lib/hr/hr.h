#pragma once

/*
 * HR: the people of a PostgreSQL database, read as a polite guest
 *
 * Two kinds of connection, both asynchronous on one sd_event loop and never blocking it (name resolution too: it is
 * done in a child or thread that can be left behind): a reader, which runs numbered reads, one at a time, each in a
 * transaction of its own (REPEATABLE READ, READ ONLY) that is closed as soon as the last row is here; and a watcher,
 * which LISTENs and holds the advisory lock that keeps a second instance out, and is never in a transaction. Every
 * session has application_name 'locktsync', statement_timeout, lock_timeout, and client_encoding UTF8; save for a
 * database of encoding SQL_ASCII, whose bytes come as they are: checking them would fail the read for one bad name.
 * Rows arrive as lines of COPY's text format, ordered bytewise (UTF-8) by the key, nulls first.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "lib/base/error.h"
#include "lib/hr/decode.h"
#include "lib/mapping/mapping.h"
#include "lib/model/hr_snapshot.h"

typedef struct HrOptions {
        const char *connection;         /* libpq's string */
        const char *people;             /* the query, without a final semicolon */
        const char *as_of;              /* NULL: none */
        const char *key_column;
        uint64_t statement_timeout_usec;
        uint64_t lock_timeout_usec;
        uint64_t connect_timeout_usec;  /* name lookup included; 0: 10 s */
        const char *timezone;           /* of an as_of without a zone; NULL: UTC */
} HrOptions;

typedef struct HrReader HrReader;

/*
 * What end() is told: 0; -ECANCELED; -EDOM (hr_reader_start); -EINVAL the SQL is wrong; -ENOENT no such key column;
 * -EACCES not allowed; -ETIMEDOUT statement, lock or connect time-out; -EBADMSG a value in HR can't be processed, or
 * rows are missing; -EMSGSIZE a row is too long; -EAGAIN the server can't just now; -ECONNREFUSED, -EHOSTUNREACH not
 * connected; -ECONNRESET the connection broke; -EIO, -EPROTO, -ENOMEM; or what begun() or row() answered.
 */
typedef struct HrReadHandler {
        /* The snapshot is taken; rows follow. A negative answer ends the read with that error. */
        int (*begun)(void *userdata, const HrSnapshot *snapshot);
        /* One line without its newline, valid until the return. A negative answer ends the read with that error. */
        int (*row)(void *userdata, const char *line, size_t length);
        /*
         * The end, always called once (unless the reader is freed before): @result 0 when COMMIT succeeded after the
         * last row, else what went wrong. The next read may be started, or the reader freed, within it.
         */
        void (*end)(void *userdata, int result, const Error *error);
} HrReadHandler;

/* The options are copied. */
int hr_reader_new(sd_event *event, const HrOptions *options, const HrReadHandler *handler, void *userdata,
                  HrReader **ret, Error *reterr);
HrReader *hr_reader_free(HrReader *reader);
DEFINE_CLEANUP(HrReader *, hr_reader_free)

/*
 * Starts a read: of everybody (@n_keys 0) or of some keys. Connects first where needed. -EBUSY while one runs. Errors
 * that come later are told to end(). A key that is not of the column's type (text where numbers are) ends the read
 * with -EDOM.
 */
int hr_reader_start(HrReader *reader, const char *const *keys, size_t n_keys, Error *reterr);
bool hr_reader_busy(const HrReader *reader);
/* Ends a running read with -ECANCELED, at once; end() is called before this returns. */
void hr_reader_cancel(HrReader *reader);
/* Closes an idle connection. */
void hr_reader_disconnect(HrReader *reader);
/* More about the error that end() is being told. Borrowed until the next start. */
const HrProblem *hr_reader_problem(const HrReader *reader);


typedef struct HrWatcher HrWatcher;

typedef struct HrWatchHandler {
        void (*up)(void *userdata, bool leader);        /* connected and listening; whether the advisory lock is ours */
        void (*leader)(void *userdata);                 /* the lock became ours later; it is tried every few seconds */
        void (*notified)(void *userdata, const char *payload);
        void (*down)(void *userdata, const Error *error);
} HrWatchHandler;

/*
 * Keeps a connection up for as long as it lives: after a loss it tries again after 1, 2, 4 … 30 seconds with jitter.
 * @channel NULL: no LISTEN. @lock: the key of the advisory lock. TCP keepalives find a dead peer.
 */
int hr_watcher_new(sd_event *event, const HrOptions *options, const char *channel, int64_t lock,
                   const HrWatchHandler *handler, void *userdata, HrWatcher **ret, Error *reterr);
/* Whether NOTIFYs arrive: not while down, nor on a standby server, which has none (then only polling helps). */
bool hr_watcher_listening(const HrWatcher *watcher);
HrWatcher *hr_watcher_free(HrWatcher *watcher);
DEFINE_CLEANUP(HrWatcher *, hr_watcher_free)
