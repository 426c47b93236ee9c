/* HR, as a configuration has it: connection, columns, rows, people. See check.h. */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/ctl/check.h"
#include "daemon/ctl/words.h"
#include "lib/hr/hr.h"

#define PEOPLE_SHOWN 3
#define FAULTS_SHOWN 5
#define COLUMNS_MAX 1664        /* of a query: MaxTupleAttributeNumber of PostgreSQL */

typedef struct Reading {
        CheckWorld *world;
        bool bound;             /* all columns are there */
        int result;             /* negative: it can't go on */
        int64_t rows, in, out, unclear, faults, null_keys, doubled, shown;
        char *line;             /* the row, decoded in place */
        size_t allocated;
        char *last_key;
        const char *values[COLUMNS_MAX];
        size_t lengths[COLUMNS_MAX];
} Reading;

static void reading_deinit(Reading *reading) {
        free(reading->line);
        free(reading->last_key);
}

static void on_complaint(void *userdata, Mark mark, const char *sentence) {
        const Reading *reading = userdata;

        check_complain(reading->world->report, "columns", reading->world->config, mark, sentence);
}

static int on_begun(void *userdata, const HrSnapshot *snapshot) {
        Reading *reading = userdata;
        CheckReport *report = reading->world->report;
        int r;

        check_say(report, CHECK_OK, "hr", NULL, "connected to database '%s'%s", snapshot->database,
                  snapshot->in_recovery ? ", a standby" : "");
        if (snapshot->in_recovery && reading->world->config->hr.listen)
                check_say(report, CHECK_WARNING, "hr", "remove hr.listen, or read from the primary server",
                          "a standby server sends no NOTIFYs: changes are found by polling alone");
        if (snapshot->loading)
                check_say(report, CHECK_WARNING, "hr", "wait for the load to end",
                          "hr.as_of answers null: a load is running, and nobody would lose access");

        r = mapping_bind_columns(reading->world->mapping, snapshot->columns, snapshot->n_columns, on_complaint,
                                 reading);
        if (r < 0 && r != -ENOENT)
                return r;
        reading->bound = r == 0;
        if (reading->bound)
                check_say(report, CHECK_OK, "columns", NULL,
                          "all that the mapping names are among the %zu of the query", snapshot->n_columns);
        return 0;
}

static int decode(Reading *reading, const char *line, size_t length, Row *ret) {
        size_t n = 0;
        int r;

        if (length + 1 > reading->allocated) {
                char *copy = realloc(reading->line, length * 2 + 1);

                if (!copy)
                        return -ENOMEM;
                reading->line = copy;
                reading->allocated = length * 2 + 1;
        }
        (void) memcpy(reading->line, line, length);
        reading->line[length] = '\0';
        r = hr_decode_line(reading->line, length, reading->values, reading->lengths, COLUMNS_MAX, &n);
        *ret = (Row) { .n_values = n, .values = reading->values, .lengths = reading->lengths };
        return r;
}

/* Rows are ordered by key: doubled ones follow each other. 1: this row is somebody. */
static int look_at_key(Reading *reading, const Row *row) {
        size_t i = mapping_key_index(reading->world->mapping);
        char *key;

        if (i >= row->n_values)
                return -EBADMSG;
        if (!row->values[i] || row->lengths[i] == 0) {
                reading->null_keys++;
                return 0;
        }
        if (reading->last_key && strlen(reading->last_key) == row->lengths[i] &&
            memcmp(reading->last_key, row->values[i], row->lengths[i]) == 0) {
                reading->doubled++;
                return 1;
        }
        key = strndup(row->values[i], row->lengths[i]);
        if (!key)
                return -ENOMEM;
        free(reading->last_key);
        reading->last_key = key;
        return 1;
}

static int count_person(Reading *reading, const Person *person) {
        CheckWorld *world = reading->world;

        switch (person->standing) {
        case STANDING_IN: reading->in++; break;
        case STANDING_OUT: reading->out++; break;
        default: reading->unclear++; break;
        }
        if (person->fault && reading->faults++ < FAULTS_SHOWN)
                check_say(world->report, CHECK_WARNING, "people", "mend the data in HR, or the mapping",
                          "%s would be parked: %s", person->key, person->fault);
        if (reading->shown >= PEOPLE_SHOWN)
                return 0;
        reading->shown++;
        return check_say_person(world->report, person, world->levels, world->n_levels) < 0 ? -ENOMEM : 0;
}

static int on_row(void *userdata, const char *line, size_t length) {
        Reading *reading = userdata;
        _cleanup_(person_deinit) Person person = PERSON_INIT;
        Row row;
        int r;

        reading->rows++;
        if (!reading->bound)
                return 0;
        r = decode(reading, line, length, &row);
        if (r >= 0)
                r = look_at_key(reading, &row);
        if (r <= 0)
                return r;
        r = mapping_apply(reading->world->mapping, &row, reading->world->report->ctl->now_usec / 1000000, &person);
        return r < 0 ? r : count_person(reading, &person);
}

static void say_rows(Reading *reading) {
        CheckReport *report = reading->world->report;
        char a[WORDS_MAX], b[WORDS_MAX], c[WORDS_MAX], d[WORDS_MAX];

        if (reading->rows == 0) {
                check_say(report, CHECK_ERROR, "people", NULL,
                          "the query returns no rows: such a read proves nothing, and "
                          "nobody would get or lose access");
                return;
        }
        if (!reading->bound) {
                check_say(report, CHECK_OK, "people", NULL, "%s", words_of(a, reading->rows, "row", "rows"));
                return;
        }
        check_say(report, CHECK_OK, "people", NULL, "%s: %s in, %s out, %s unclear",
                  words_of(a, reading->rows, "row", "rows"), words_count(b, reading->in), words_count(c, reading->out),
                  words_count(d, reading->unclear));
        if (reading->unclear > 0)
                check_say(report, CHECK_WARNING, "people", "name every status in user.enabled, as `in` or as `out`",
                          "%s a status that is neither in nor out: parked, access stays as it is",
                          words_of(a, reading->unclear, "person has", "people have"));
        if (reading->faults > FAULTS_SHOWN)
                check_say(report, CHECK_WARNING, "people", "mend the data in HR, or the mapping",
                          "%s in all would be parked", words_of(a, reading->faults, "person", "people"));
        if (reading->null_keys > 0 || reading->doubled > 0)
                check_say(report, CHECK_WARNING, "people", "let the query return one row a person, each with a key",
                          "%s without a key, %s with the key of another: as long as there is one, nobody loses access "
                          "for being absent",
                          words_of(a, reading->null_keys, "row", "rows"), words_of(b, reading->doubled, "row", "rows"));
}

static void on_end(void *userdata, int result, const Error *error) {
        Reading *reading = userdata;

        if (result == -ENOMEM)
                reading->result = result;
        else if (result < 0)
                check_say(reading->world->report, CHECK_ERROR, "hr", "", "%s", error_message(error));
        else
                say_rows(reading);
        (void) sd_event_exit(reading->world->event, 0);
}

static const HrReadHandler handler = { on_begun, on_row, on_end };

static int read_all(CheckWorld *world, Reading *reading) {
        const Config *config = world->config;
        const HrOptions options = {
                .connection = config->hr.connection.text,
                .people = config->hr.people.text,
                .as_of = config->hr.as_of.text,
                .key_column = mapping_key_column(world->mapping),
                .statement_timeout_usec = config->hr.statement_timeout_usec,
                .lock_timeout_usec = config->hr.lock_timeout_usec,
                .timezone = config->hr.timezone,
        };
        _cleanup_(error_clear) Error error = ERROR_INIT;
        _cleanup_(hr_reader_freep) HrReader *reader = NULL;
        int r;

        r = hr_reader_new(world->event, &options, &handler, reading, &reader, &error);
        if (r >= 0)
                r = hr_reader_start(reader, NULL, 0, &error);
        if (r < 0) {
                check_say(world->report, CHECK_ERROR, "hr", NULL, "%s", error_message(&error));
                return r == -ENOMEM ? r : 0;
        }
        r = sd_event_loop(world->event);
        return r < 0 ? r : reading->result;
}

int check_hr(CheckWorld *world) {
        _cleanup_(freep) Reading *reading = calloc(1, sizeof(*reading));
        int r;

        if (!reading)
                return -ENOMEM;
        reading->world = world;
        world->event = sd_event_unref(world->event);
        r = sd_event_new(&world->event);
        if (r >= 0)
                r = read_all(world, reading);
        reading_deinit(reading);
        return r;
}
