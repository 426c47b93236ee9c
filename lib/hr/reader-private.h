#pragma once

/*
 * The reader from within
 *
 * A read is three round trips. First, pipelined: BEGIN, the snapshot with what the server tells of it, hr.as_of, and
 * the description of hr.people (reader-begin.c). Then COPY and COMMIT in one query, its rows taken in slices of the
 * loop's time (reader-copy.c). What fails in the transaction is rolled back, and told when that is done; a connection
 * that is left in the middle is closed (reader.c).
 */

#include "lib/hr/connection.h"
#include "lib/hr/statement.h"

typedef enum Stage {
        STAGE_IDLE,
        STAGE_CONNECT,
        STAGE_PRELUDE,          /* the pipeline up to the description */
        STAGE_COPY_START,       /* COPY is sent */
        STAGE_COPY_ROWS,
        STAGE_COPY_END,         /* the last row is here, COMMIT is not */
        STAGE_ROLLBACK,
} Stage;

/* Statements of the prelude, in their order. */
typedef enum Step {
        STEP_BEGIN,
        STEP_SNAPSHOT,
        STEP_ZONE,
        STEP_AS_OF,
        STEP_ZONE_BACK,
        STEP_PREPARE,
        STEP_DESCRIBE,
        STEP_END,
} Step;

struct HrReader {
        sd_event *event;
        char *connection_string, *people, *as_of, *key_column, *timezone;
        HrOptions options;      /* of the texts above */
        HrReadHandler handler;
        void *userdata;
        HrConnection *connection;

        unsigned depth;         /* entered from the loop this often: its memory stays until we are out again */
        bool freed;

        Stage stage;
        uint64_t serial;        /* tells a read from the one that a callback started after it */
        sd_event_source *more, *deadline;
        HrProblem problem;

        /* Of the running read. */
        char *keys;             /* as an array; NULL: everybody */
        Step step;
        HrStatement as_of_statement, describe_statement, copy_statement;
        PGresult *description;
        Column *columns;
        HrSnapshot snapshot;
        uint64_t n_rows;
        bool has_key, counted, committed;
        int result;             /* what went wrong, while it is rolled back */
        Error error;
};

/* Each of these may end the read; then its reader may be gone as soon as the loop's callback returns, not before. */

/* Ends the read. Nothing of it may be touched afterwards: end() may have started the next. @error is emptied. */
void reader_finish(HrReader *reader, int result, Error *error);
/* Ends the read and the connection with it. */
void reader_abandon(HrReader *reader, int result, Error *error);
void reader_abandon_because(HrReader *reader, int result, const char *why);
void reader_abandon_broken(HrReader *reader);

/* Keeps reader->error for the end and makes the session fit for the next read. */
void reader_roll_back(HrReader *reader, int result);

/*
 * How much longer than the time-outs of so many statements we wait for a server that does not even say that time is
 * up.
 */
void reader_set_deadline(HrReader *reader, unsigned statements);

/* Sends the prelude, takes its answers, and goes on to the copy. */
void reader_begin(HrReader *reader);
void reader_take_begin(HrReader *reader);

/* Sends COPY, takes the rows, and what comes before and after them. */
void reader_copy(HrReader *reader);
void reader_take_rows(HrReader *reader);
void reader_take_copy(HrReader *reader);
