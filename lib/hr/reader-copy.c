/* The rows of a read, a slice at a time, and its COMMIT. */

#include "lib/hr/reader-private.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* How long and for how many rows a read may keep the loop. */
#define SLICE_USEC UINT64_C(4000)
#define SLICE_ROWS 2000
#define CLOCK_ROWS 64

#define MAX_ROW (16 * 1024 * 1024)

static uint64_t now_usec(void) {
        struct timespec t;

        (void) clock_gettime(CLOCK_MONOTONIC, &t);
        return (uint64_t) t.tv_sec * 1000000 + (uint64_t) t.tv_nsec / 1000;
}

void reader_copy(HrReader *reader) {
        PGconn *pg = hr_connection_pg(reader->connection);
        Error error = ERROR_INIT;
        int r;

        r = hr_copy_statement(pg, reader->people, reader->key_column, reader->keys, &reader->copy_statement);
        if (r < 0) {
                (void) error_set(&error, r, r == -EDOM ? "cannot read some keys of HR: one is not valid text"
                                                       : "cannot read hr.people: its statement can't be made");
                reader_abandon(reader, r, &error);
                return;
        }

        reader->stage = STAGE_COPY_START;
        if (PQsendQuery(pg, reader->copy_statement.text) == 0 || hr_connection_flush(reader->connection) < 0) {
                (void) hr_connection_error(pg, -ECONNRESET, "cannot read hr.people", &error);
                reader_abandon(reader, -ECONNRESET, &error);
                return;
        }
        reader_set_deadline(reader, 2);
}

/* One row to the caller. False when that was the end of this read. */
static bool give_row(HrReader *reader, const char *line, int length) {
        uint64_t serial = reader->serial;
        int r;

        if (length > MAX_ROW) {
                reader_abandon_because(reader, -EMSGSIZE, "a row of hr.people is longer than 16 MiB; leave its large "
                                "columns out of the query");
                return false;
        }

        reader->n_rows++;
        if (length > 0 && line[length - 1] == '\n')
                length--;
        r = reader->handler.row(reader->userdata, line, (size_t) length);
        if (reader->freed || reader->serial != serial)
                return false;
        if (r < 0) {
                (void) error_set(&reader->error, r, "cannot read HR: a row was refused: %s", strerror(-r));
                reader_abandon(reader, r, &reader->error);
                return false;
        }
        return true;
}

/*
 * Rows for as long as a slice lasts: 1 when libpq may hold more, 0 when it waits for the socket, -1 after the last
 * row, -2 when the read has ended.
 */
static int take_slice(HrReader *reader) {
        PGconn *pg = hr_connection_pg(reader->connection);
        uint64_t until = now_usec() + SLICE_USEC;
        bool consumed = false;

        for (unsigned n = 0; n < SLICE_ROWS;) {
                char *line = NULL;
                int length = PQgetCopyData(pg, &line, 1);
                bool goes_on;

                if (length < 0)
                        return -1;
                if (length == 0) {
                        /* More may have come meanwhile: that saves a turn of the loop. But only one look in vain. */
                        if (consumed)
                                return 0;
                        if (hr_connection_consume(reader->connection) < 0) {
                                reader_abandon_broken(reader);
                                return -2;
                        }
                        consumed = true;
                        continue;
                }

                consumed = false;
                goes_on = give_row(reader, line, length);
                PQfreemem(line);
                if (!goes_on)
                        return -2;
                if (++n % CLOCK_ROWS == 0 && now_usec() >= until)
                        return 1;
        }
        return 1;
}

void reader_take_rows(HrReader *reader) {
        switch (take_slice(reader)) {
        case 1:
                (void) sd_event_source_set_enabled(reader->more, SD_EVENT_ONESHOT);
                break;
        case -1:
                reader->stage = STAGE_COPY_END;
                reader_take_copy(reader);
                break;
        default:
                break;
        }
}

/* Nobody may trust a read whose rows were lost on the way. */
static int check_count(HrReader *reader, PGresult *result) {
        uint64_t n = strtoull(PQcmdTuples(result), NULL, 10);

        reader->counted = true;
        if (n != reader->n_rows)
                return error_set(&reader->error, -EBADMSG, "cannot read HR: %" PRIu64 " rows came of %" PRIu64,
                                 reader->n_rows, n);
        return 0;
}

/* A result of "COPY …; COMMIT" that is not the beginning of the rows. */
static int take_copy_result(HrReader *reader, PGresult *result) {
        if (PQresultStatus(result) != PGRES_COMMAND_OK)
                return hr_sql_error(result, &reader->copy_statement, reader->keys && reader->n_rows == 0,
                                    &reader->problem, &reader->error);

        if (!reader->counted)
                return check_count(reader, result);
        reader->committed = strcmp(PQcmdStatus(result), "COMMIT") == 0;
        return 0;
}

static void copy_ended(HrReader *reader) {
        if (reader->result == 0 && !reader->committed)
                reader->result = error_set(&reader->error, -EPROTO, "cannot read HR: the transaction was not "
                                           "committed");
        if (reader->result < 0) {
                reader_roll_back(reader, reader->result);
                return;
        }
        reader_finish(reader, 0, &reader->error);
}

void reader_take_copy(HrReader *reader) {
        PGconn *pg = hr_connection_pg(reader->connection);

        while (!PQisBusy(pg)) {
                PGresult *result = PQgetResult(pg);
                int r;

                if (!result) {
                        copy_ended(reader);
                        return;
                }

                if (PQresultStatus(result) == PGRES_COPY_OUT && reader->stage == STAGE_COPY_START) {
                        PQclear(result);
                        reader->stage = STAGE_COPY_ROWS;
                        reader_take_rows(reader);
                        return;
                }

                r = take_copy_result(reader, result);
                PQclear(result);
                if (r < 0 && reader->result == 0)
                        reader->result = r;
                if (r == -ECONNRESET) {
                        reader_abandon(reader, r, &reader->error);
                        return;
                }
        }
}
