#pragma once

/*
 * Request Log
 *
 * What came in, in the order of arrival: for the tests, which ask for it, and optionally as a file of JSON lines. An
 * entry is there from the arrival of its request on, so that a test can wait for that. The oldest entries go when there
 * are too many, or when their bodies take too much memory. Never holds a header, so no key either; the file has no
 * bodies, so nobody's data but the keys in queries.
 */

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "tests/simulator/text.h"

typedef struct RequestLog RequestLog;
typedef struct LogEntry LogEntry;

typedef enum LogState {
        LOG_RUNNING,
        LOG_ANSWERED,
        LOG_CUT,                /* by a fault: nothing was answered */
        LOG_BROKEN,             /* the answer did not get through whole */
} LogState;

/* @path may be NULL: no file. */
int requestlog_open(const char *path, RequestLog **ret, Error *reterr);
RequestLog *requestlog_free(RequestLog *log);

/* A new entry at @now, or NULL when memory ran out. It is borrowed until requestlog_release(). @query is JSON. */
LogEntry *requestlog_begin(RequestLog *log, uint64_t now_usec, const char *method, const char *path,
                           const char *query);

/* Takes over @body; @json tells whether it is one valid JSON value. */
void requestlog_set_body(RequestLog *log, LogEntry *entry, Text *body, bool json, size_t records);

/* Adds the name of a fault. */
void requestlog_add_fault(LogEntry *entry, const char *name);

void requestlog_end(RequestLog *log, LogEntry *entry, uint64_t now_usec, LogState state, unsigned status);

/* The request is over as far as the network is concerned; @broken when its answer was not taken to the end. */
void requestlog_release(LogEntry *entry, bool broken);

/* Appends the entries after number @since as a JSON array. */
void requestlog_write(const RequestLog *log, uint64_t since, Text *text);

/* The number of the newest entry, 0 before the first; and how many went without having been asked to. */
uint64_t requestlog_last(const RequestLog *log);
uint64_t requestlog_dropped(const RequestLog *log);

/* Forgets what has ended; numbers go on. */
void requestlog_clear(RequestLog *log);
