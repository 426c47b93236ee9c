/* How a read begins: one pipeline up to the description of the columns. */

#include "lib/hr/reader-private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define MAX_COLUMNS 256

/* Sends what a read begins with. Each is one command of the pipeline; prelude_step() takes their answers. */
static int send_prelude(HrReader *reader) {
        static const char zone[] = "SELECT set_config('TimeZone', $1, true)";
        HrConnection *connection = reader->connection;
        PGconn *pg = hr_connection_pg(connection);
        const char *const zones[] = { reader->timezone, "UTC" };
        const char *sql = hr_snapshot_sql(hr_connection_sees_system(connection),
                                          hr_connection_sees_checkpoint(connection));
        bool sent;
        int r;

        r = hr_describe_statement(reader->people, &reader->describe_statement);
        if (r >= 0 && reader->as_of)
                r = hr_as_of_statement(reader->as_of, &reader->as_of_statement);
        if (r < 0)
                return r;

        sent = PQenterPipelineMode(pg) != 0 &&
               PQsendQueryParams(pg, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", 0, NULL, NULL, NULL, NULL,
                                 0) != 0 &&
               PQsendQueryParams(pg, sql, 0, NULL, NULL, NULL, NULL, 0) != 0;
        if (sent && reader->as_of)
                sent = PQsendQueryParams(pg, zone, 1, NULL, &zones[0], NULL, NULL, 0) != 0 &&
                       PQsendQueryParams(pg, reader->as_of_statement.text, 0, NULL, NULL, NULL, NULL, 0) != 0 &&
                       PQsendQueryParams(pg, zone, 1, NULL, &zones[1], NULL, NULL, 0) != 0;
        sent = sent && PQsendPrepare(pg, "", reader->describe_statement.text, 0, NULL) != 0 &&
               PQsendDescribePrepared(pg, "") != 0 && PQpipelineSync(pg) != 0;

        return sent ? hr_connection_flush(connection) : -ECONNRESET;
}

void reader_begin(HrReader *reader) {
        Error error = ERROR_INIT;
        int r;

        reader->stage = STAGE_PRELUDE;
        r = send_prelude(reader);
        if (r < 0) {
                (void) hr_connection_error(hr_connection_pg(reader->connection), r, "cannot begin to read HR", &error);
                reader_abandon(reader, r, &error);
                return;
        }
        reader_set_deadline(reader, 6);
}

static int take_snapshot(HrReader *reader, const PGresult *result) {
        HrSnapshot *snapshot = &reader->snapshot;

        if (PQntuples(result) != 1 || PQnfields(result) != 5)
                return error_set(&reader->error, -EPROTO, "cannot read HR: the server's answer about its snapshot is "
                                 "of another shape");

        snapshot->in_recovery = PQgetvalue(result, 0, 0)[0] == 't';
        snapshot->lsn = strtoull(PQgetvalue(result, 0, 1), NULL, 10);
        (void) snprintf(snapshot->database, sizeof(snapshot->database), "%s", PQgetvalue(result, 0, 2));
        (void) snprintf(snapshot->system_identifier, sizeof(snapshot->system_identifier), "%s",
                        PQgetvalue(result, 0, 3));
        snapshot->timeline = strtoll(PQgetvalue(result, 0, 4), NULL, 10);
        return 0;
}

static int take_as_of(HrReader *reader, const PGresult *result) {
        HrSnapshot *snapshot = &reader->snapshot;

        if (PQntuples(result) != 1 || PQnfields(result) != 1)
                return error_set(&reader->error, -EPROTO, "cannot read hr.as_of: the answer is of another shape");

        snapshot->loading = PQgetisnull(result, 0, 0);
        snapshot->has_as_of = !snapshot->loading;
        if (snapshot->has_as_of)
                snapshot->as_of = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
        return 0;
}

static int take_description(HrReader *reader, PGresult *result) {
        int n = PQnfields(result);
        bool found = false;

        if (n < 1 || n > MAX_COLUMNS)
                return error_set(&reader->error, -EINVAL, "cannot read hr.people: it has %d columns; between 1 and %d "
                                 "can be read", n, MAX_COLUMNS);

        reader->columns = calloc((size_t) n, sizeof(*reader->columns));
        if (!reader->columns)
                return error_set(&reader->error, -ENOMEM, "cannot read hr.people: out of memory");

        for (int i = 0; i < n; i++) {
                reader->columns[i] = (Column) { .name = PQfname(result, i), .type = PQftype(result, i) };
                found |= strcmp(reader->columns[i].name, reader->key_column) == 0;
        }

        /* The names are the result's: it stays for as long as the read. */
        reader->description = result;
        reader->snapshot.columns = reader->columns;
        reader->snapshot.n_columns = (size_t) n;
        reader->has_key = found;
        return 0;
}

static const HrStatement *statement_of(const HrReader *reader, Step step) {
        if (step == STEP_AS_OF)
                return &reader->as_of_statement;
        if (step == STEP_PREPARE || step == STEP_DESCRIBE)
                return &reader->describe_statement;
        return NULL;
}

/* The result of one step; kept (then @result becomes NULL) or left to be cleared. The first error is the read's. */
static int take_step(HrReader *reader, PGresult **result) {
        ExecStatusType status = PQresultStatus(*result);
        int r;

        if (status == PGRES_PIPELINE_ABORTED || reader->result < 0)
                return 0;

        if (status == PGRES_FATAL_ERROR) {
                r = hr_sql_error(*result, statement_of(reader, reader->step), false, &reader->problem, &reader->error);
                if (reader->step == STEP_ZONE && r == -EBADMSG) {
                        error_clear(&reader->error);
                        return error_set(&reader->error, -EINVAL, "cannot read hr.as_of: the server does not know "
                                         "the time zone '%s' of hr.timezone", reader->timezone);
                }
                return r;
        }

        switch (reader->step) {
        case STEP_SNAPSHOT:
                return take_snapshot(reader, *result);
        case STEP_AS_OF:
                return take_as_of(reader, *result);
        case STEP_DESCRIBE:
                r = take_description(reader, *result);
                if (r >= 0)
                        *result = NULL;
                return r;
        default:
                return 0;
        }
}

static void next_step(HrReader *reader) {
        reader->step++;
        if (reader->step == STEP_ZONE && !reader->as_of)
                reader->step = STEP_PREPARE;
}

static void end_prelude(HrReader *reader) {
        PGconn *pg = hr_connection_pg(reader->connection);
        uint64_t serial = reader->serial;
        int r;

        if (PQexitPipelineMode(pg) == 0) {
                reader_abandon_because(reader, -EPROTO, "the server's answers are out of step");
                return;
        }
        if (reader->result < 0) {
                reader_roll_back(reader, reader->result);
                return;
        }

        r = reader->handler.begun(reader->userdata, &reader->snapshot);
        if (reader->freed || reader->serial != serial)
                return;
        if (r < 0)
                (void) error_set(&reader->error, r, "cannot read HR: what it begins with was refused: %s",
                                 strerror(-r));
        else if (!reader->has_key)
                r = error_set(&reader->error, -ENOENT, "cannot read hr.people: it has no column '%s', which is to be "
                              "the key (user.id_num)", reader->key_column);
        if (r < 0) {
                reader_roll_back(reader, r);
                return;
        }
        reader_copy(reader);
}

void reader_take_begin(HrReader *reader) {
        PGconn *pg = hr_connection_pg(reader->connection);
        unsigned nulls = 0;
        int r;

        while (!PQisBusy(pg)) {
                PGresult *result = PQgetResult(pg);

                if (!result) {
                        if (++nulls > 1) {
                                reader_abandon_because(reader, -EPROTO, "the server's answers are out of step");
                                return;
                        }
                        next_step(reader);
                        continue;
                }
                nulls = 0;

                if (PQresultStatus(result) == PGRES_PIPELINE_SYNC) {
                        PQclear(result);
                        end_prelude(reader);
                        return;
                }

                r = take_step(reader, &result);
                PQclear(result);
                if (r < 0 && reader->result == 0)
                        reader->result = r;
                if (r == -ECONNRESET) {
                        reader_abandon(reader, r, &reader->error);
                        return;
                }
        }
}
