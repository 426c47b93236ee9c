/* The reader: its life, its connection, and how a read ends. */

#include "lib/hr/reader-private.h"

#include <errno.h>
#include <string.h>

/* How much longer than statement_timeout we wait for a server that does not even say that time is up. */
#define GRACE_USEC (10 * UINT64_C(1000000))

static void forget_read(HrReader *reader) {
        free(steal(reader->keys));
        hr_statement_deinit(&reader->as_of_statement);
        hr_statement_deinit(&reader->describe_statement);
        hr_statement_deinit(&reader->copy_statement);
        PQclear(steal(reader->description));
        free(steal(reader->columns));
        reader->snapshot = (HrSnapshot) { 0 };
        reader->n_rows = 0;
        reader->has_key = reader->counted = reader->committed = false;
        reader->step = STEP_BEGIN;
        reader->result = 0;
        error_clear(&reader->error);
        (void) sd_event_source_set_enabled(reader->more, SD_EVENT_OFF);
        (void) sd_event_source_set_enabled(reader->deadline, SD_EVENT_OFF);
}

static void destroy(HrReader *reader) {
        forget_read(reader);
        (void) hr_connection_free(reader->connection);
        (void) sd_event_source_disable_unref(reader->more);
        (void) sd_event_source_disable_unref(reader->deadline);
        sd_event_unref(reader->event);
        if (reader->connection_string)
                explicit_bzero(reader->connection_string, strlen(reader->connection_string));
        free(reader->connection_string);
        free(reader->people);
        free(reader->as_of);
        free(reader->key_column);
        free(reader->timezone);
        free(reader);
}

/* Callbacks may free the reader: whoever came from the loop enters first and leaves last. */
static void enter(HrReader *reader) {
        reader->depth++;
}

static void leave(HrReader *reader) {
        if (--reader->depth == 0 && reader->freed)
                destroy(reader);
}

void reader_finish(HrReader *reader, int result, Error *error) {
        Error told = *error;

        *error = ERROR_INIT;
        forget_read(reader);
        reader->stage = STAGE_IDLE;
        reader->serial++;
        reader->handler.end(reader->userdata, result, &told);
        error_clear(&told);
}

void reader_abandon(HrReader *reader, int result, Error *error) {
        reader->connection = hr_connection_free(reader->connection);
        reader_finish(reader, result, error);
}

void reader_abandon_because(HrReader *reader, int result, const char *why) {
        Error error = ERROR_INIT;

        (void) error_set(&error, result, "cannot read HR: %s", why);
        reader_abandon(reader, result, &error);
}

void reader_abandon_broken(HrReader *reader) {
        Error error = ERROR_INIT;
        int r;

        r = hr_connection_error(hr_connection_pg(reader->connection), -ECONNRESET,
                                "cannot read HR: the connection broke", &error);
        reader_abandon(reader, r, &error);
}

void reader_set_deadline(HrReader *reader, unsigned statements) {
        uint64_t usec = reader->options.statement_timeout_usec;

        if (usec == 0)
                return;
        (void) sd_event_source_set_time_relative(reader->deadline, usec * statements + GRACE_USEC);
        (void) sd_event_source_set_enabled(reader->deadline, SD_EVENT_ONESHOT);
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata) {
        HrReader *reader = userdata;

        enter(reader);
        reader_abandon_because(reader, -ETIMEDOUT, "the server let hr.statement_timeout pass without a "
                               "word; is it stopped, or the network cut?");
        leave(reader);
        return 0;
}

void reader_roll_back(HrReader *reader, int result) {
        PGconn *pg = hr_connection_pg(reader->connection);

        reader->result = result;
        reader->stage = STAGE_ROLLBACK;
        if (PQsendQuery(pg, "ROLLBACK") == 0 || hr_connection_flush(reader->connection) < 0) {
                reader_abandon(reader, result, &reader->error);
                return;
        }
        reader_set_deadline(reader, 1);
}

/* After the answer to ROLLBACK. */
static void take_rollback(HrReader *reader) {
        PGconn *pg = hr_connection_pg(reader->connection);

        while (!PQisBusy(pg)) {
                PGresult *result = PQgetResult(pg);
                bool good = PQresultStatus(result) == PGRES_COMMAND_OK;

                if (!result) {
                        reader_finish(reader, reader->result, &reader->error);
                        return;
                }
                PQclear(result);
                if (!good) {
                        reader_abandon(reader, reader->result, &reader->error);
                        return;
                }
        }
}

static int on_more(sd_event_source *source, void *userdata) {
        HrReader *reader = userdata;

        enter(reader);
        if (reader->stage == STAGE_CONNECT)
                reader_begin(reader);
        else if (reader->stage == STAGE_COPY_ROWS)
                reader_take_rows(reader);
        leave(reader);
        return 0;
}

static void on_ready(void *userdata) {
        HrReader *reader = userdata;

        enter(reader);
        if (reader->stage == STAGE_CONNECT)
                reader_begin(reader);
        leave(reader);
}

/* Rows are taken as they lie in libpq's buffer before more is read into it: it must not grow. */
static bool take_in(HrReader *reader) {
        if (reader->stage == STAGE_COPY_ROWS || hr_connection_consume(reader->connection) >= 0)
                return true;

        if (reader->stage == STAGE_IDLE)
                reader->connection = hr_connection_free(reader->connection);
        else if (reader->stage == STAGE_ROLLBACK)
                reader_abandon(reader, reader->result, &reader->error);
        else
                reader_abandon_broken(reader);
        return false;
}

static void take_answers(HrReader *reader) {
        switch (reader->stage) {
        case STAGE_PRELUDE:
                reader_take_begin(reader);
                break;
        case STAGE_COPY_START:
        case STAGE_COPY_END:
                reader_take_copy(reader);
                break;
        case STAGE_COPY_ROWS:
                reader_take_rows(reader);
                break;
        case STAGE_ROLLBACK:
                take_rollback(reader);
                break;
        case STAGE_IDLE:
        case STAGE_CONNECT:
                /* Notices and changed parameters: libpq looks at them when it is asked. */
                (void) PQisBusy(hr_connection_pg(reader->connection));
                break;
        }
}

static void on_readable(void *userdata) {
        HrReader *reader = userdata;

        enter(reader);
        if (take_in(reader))
                take_answers(reader);
        leave(reader);
}

static void on_lost(void *userdata, int code, const Error *error) {
        HrReader *reader = userdata;
        Error copy = ERROR_INIT;

        enter(reader);
        if (reader->stage == STAGE_IDLE)
                reader->connection = hr_connection_free(reader->connection);
        else if (reader->stage == STAGE_ROLLBACK)
                reader_abandon(reader, reader->result, &reader->error);
        else {
                (void) error_set(&copy, code, "%s", error_message(error));
                reader_abandon(reader, code, &copy);
        }
        leave(reader);
}

static int copy_text(const char *text, char **ret) {
        *ret = text ? strdup(text) : NULL;
        return text && !*ret ? -ENOMEM : 0;
}

static int copy_query(const char *text, char **ret) {
        *ret = text ? hr_trim_query(text) : NULL;
        return text && !*ret ? -ENOMEM : 0;
}

static int copy_options(HrReader *reader, const HrOptions *options) {
        if (copy_text(options->connection, &reader->connection_string) < 0 ||
            copy_query(options->people, &reader->people) < 0 ||
            copy_query(options->as_of, &reader->as_of) < 0 ||
            copy_text(options->key_column, &reader->key_column) < 0 ||
            copy_text(options->timezone ? options->timezone : "UTC", &reader->timezone) < 0)
                return -ENOMEM;

        reader->options = *options;
        reader->options.connection = reader->connection_string;
        reader->options.people = reader->people;
        reader->options.as_of = reader->as_of;
        reader->options.key_column = reader->key_column;
        reader->options.timezone = reader->timezone;
        return 0;
}

static int add_sources(HrReader *reader) {
        int r;

        r = sd_event_add_defer(reader->event, &reader->more, on_more, reader);
        if (r < 0)
                return r;
        (void) sd_event_source_set_enabled(reader->more, SD_EVENT_OFF);
        (void) sd_event_source_set_description(reader->more, "hr-rows");

        r = sd_event_add_time_relative(reader->event, &reader->deadline, CLOCK_MONOTONIC, 0, 0, on_deadline, reader);
        if (r < 0)
                return r;
        (void) sd_event_source_set_enabled(reader->deadline, SD_EVENT_OFF);
        (void) sd_event_source_set_description(reader->deadline, "hr-deadline");
        return 0;
}

int hr_reader_new(sd_event *event, const HrOptions *options, const HrReadHandler *handler, void *userdata,
                  HrReader **ret, Error *reterr) {
        _cleanup_(hr_reader_freep) HrReader *reader = NULL;
        int r;

        if (!options->connection || !options->people || !options->key_column)
                return error_set(reterr, -EINVAL, "cannot read HR: connection, people and key column are needed");

        reader = calloc(1, sizeof(*reader));
        if (!reader)
                return error_set(reterr, -ENOMEM, "cannot read HR: out of memory");
        reader->event = sd_event_ref(event);
        reader->handler = *handler;
        reader->userdata = userdata;

        r = copy_options(reader, options);
        if (r >= 0)
                r = add_sources(reader);
        if (r < 0)
                return error_set(reterr, r, "cannot read HR: %s", strerror(-r));

        *ret = steal(reader);
        return 0;
}

HrReader *hr_reader_free(HrReader *reader) {
        if (!reader)
                return NULL;

        if (reader->depth == 0) {
                destroy(reader);
                return NULL;
        }

        reader->freed = true;
        reader->stage = STAGE_IDLE;
        reader->serial++;
        reader->connection = hr_connection_free(reader->connection);
        (void) sd_event_source_set_enabled(reader->more, SD_EVENT_OFF);
        (void) sd_event_source_set_enabled(reader->deadline, SD_EVENT_OFF);
        return NULL;
}

int hr_reader_start(HrReader *reader, const char *const *keys, size_t n_keys, Error *reterr) {
        static const HrConnectionHandler handler = { on_ready, on_readable, on_lost };
        int r;

        if (hr_reader_busy(reader))
                return error_set(reterr, -EBUSY, "cannot read HR: a read is under way");

        reader->snapshot.keyed = n_keys > 0;
        if (n_keys > 0) {
                r = hr_key_array(keys, n_keys, &reader->keys);
                if (r < 0)
                        return error_set(reterr, r, "cannot read %zu keys of HR: %s", n_keys, strerror(-r));
        }

        reader->problem = (HrProblem) { 0 };
        reader->stage = STAGE_CONNECT;

        /* Begun by the loop: so end() is never called from within here. */
        if (hr_connection_is_ready(reader->connection)) {
                (void) sd_event_source_set_enabled(reader->more, SD_EVENT_ONESHOT);
                return 0;
        }

        r = hr_connection_new(reader->event, &reader->options, &handler, reader, &reader->connection);
        if (r < 0) {
                reader->stage = STAGE_IDLE;
                forget_read(reader);
                return error_set(reterr, r, "cannot read HR: %s", strerror(-r));
        }
        return 0;
}

bool hr_reader_busy(const HrReader *reader) {
        return reader->stage != STAGE_IDLE;
}

void hr_reader_cancel(HrReader *reader) {
        if (!hr_reader_busy(reader))
                return;

        enter(reader);
        reader_abandon_because(reader, -ECANCELED, "the read was cancelled");
        leave(reader);
}

void hr_reader_disconnect(HrReader *reader) {
        if (!hr_reader_busy(reader))
                reader->connection = hr_connection_free(reader->connection);
}

const HrProblem *hr_reader_problem(const HrReader *reader) {
        return &reader->problem;
}
