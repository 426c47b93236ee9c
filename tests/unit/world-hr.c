/* The played HR: rows, and reads of them as they were when the read began. */

#include <errno.h>
#include <stdlib.h>

#include "world-private.h"

#define TEXT_TYPE 25

static const char *const names[] = {
        "id", "first", "last", "email", "phone", "card", "pin", "from", "until", "status", "dept",
};

void hr_set(char *field, size_t size, const char *value) {
        assert_true(strlen(value) < size);
        (void) snprintf(field, size, "%s", value);
}

HrRow *hr_row(World *w, const char *id) {
        for (size_t i = 0; i < w->n_rows; i++)
                if (strcmp(w->rows[i].id, id) == 0)
                        return &w->rows[i];
        fail_msg("HR has no row '%s'", id);
        return NULL;
}

HrRow *hr_hire(World *w, const char *id) {
        HrRow *row;
        unsigned sum = 0;

        assert_true(w->n_rows < PEOPLE_MAX);
        row = &w->rows[w->n_rows++];
        *row = (HrRow) { 0 };
        for (const char *p = id; *p; p++)
                sum = sum * 31 + (unsigned char) *p;
        hr_set(row->id, sizeof(row->id), id);
        (void) snprintf(row->first, sizeof(row->first), "First %.16s", id);
        (void) snprintf(row->last, sizeof(row->last), "Last %.16s", id);
        (void) snprintf(row->email, sizeof(row->email), "%.20s@example.org", id);
        (void) snprintf(row->card, sizeof(row->card), "%u", 10000000 + sum % 80000000);
        hr_set(row->status, sizeof(row->status), "in");
        return row;
}

void hr_hire_many(World *w, char prefix, unsigned from, unsigned n) {
        for (unsigned i = from; i < from + n; i++) {
                char id[16];

                (void) snprintf(id, sizeof(id), "%c%04u", prefix, i);
                hr_hire(w, id);
        }
}

void hr_remove(World *w, const char *id) {
        HrRow *row = hr_row(w, id);

        memmove(row, row + 1, (size_t) (w->rows + w->n_rows - row - 1) * sizeof(*row));
        w->n_rows--;
}

void hr_forget_reading(HrReading *reading) {
        free(reading->keys);
        free(reading->rows);
        *reading = (HrReading) { 0 };
}

static HrReading *reading_of(World *w, SyncRead read) {
        return read == SYNC_PEOPLE ? &w->people : read == SYNC_KEYS ? &w->keyed : &w->plan;
}

static bool is_asked_for(const HrReading *reading, const char *id) {
        if (!reading->for_keys)
                return true;
        for (size_t i = 0; i < reading->n_keys; i++)
                if (strcmp(reading->keys[i], id) == 0)
                        return true;
        return false;
}

static int by_id(const void *a, const void *b) {
        const HrRow *x = a, *y = b;

        return strcmp(x->id, y->id);
}

static void take_rows(World *w, HrReading *reading) {
        reading->rows = calloc(w->n_rows + 1, sizeof(*reading->rows));
        assert_non_null(reading->rows);
        for (size_t i = 0; i < w->n_rows; i++)
                if (is_asked_for(reading, w->rows[i].id))
                        reading->rows[reading->n_rows++] = w->rows[i];
        qsort(reading->rows, reading->n_rows, sizeof(*reading->rows), by_id);
        if (reading->fault == HR_EMPTY)
                reading->n_rows = 0;
}

static int send_row(World *w, SyncRead read, const HrRow *row, Error *reterr) {
        const char *values[] = {
                row->id, row->first, row->last, row->email, row->phone, row->card,
                row->pin, row->from, row->until, row->status, row->dept,
        };
        char line[512];
        size_t n = 0;

        for (size_t i = 0; i < ELEMENTS(values); i++)
                n += (size_t) snprintf(line + n, sizeof(line) - n, "%s%s", i > 0 ? "\t" : "",
                                       values[i][0] ? values[i] : "\\N");
        return sync_read_row(w->sync, read, line, n, reterr);
}

static void finish(World *w, SyncRead read, int result, const Error *error) {
        Error fault = ERROR_INIT;
        int r;

        r = sync_read_ended(w->sync, read, w->now, result, error, &fault);
        if (r < 0)
                world_fault(w, r, &fault);
        error_clear(&fault);
        hr_forget_reading(reading_of(w, read));
}

static void end_badly(World *w, SyncRead read, int result, const char *sentence) {
        Error error = ERROR_INIT;

        (void) error_set(&error, result, "%s", sentence);
        finish(w, read, result, &error);
        error_clear(&error);
}

void hr_cancel(World *w, SyncRead read) {
        if (reading_of(w, read)->asked)
                end_badly(w, read, -ECANCELED, "cancelled");
}

static void remember_sight(World *w, const HrRow *row, bool ended) {
        Memory *memory = memory_of(w, row->id);

        if (strcmp(row->status, "out") != 0)
                memory->last_in_read = w->elapsed_usec;
        else if (ended)
                memory->last_out_read = w->elapsed_usec;
}

bool world_begin_hr(World *w, SyncRead read) {
        HrReading *reading = reading_of(w, read);
        Column columns[ELEMENTS(names)];
        HrSnapshot snapshot = {
                .database = "hr",
                .timeline = 1,
                .lsn = ++w->lsn,
                .in_recovery = w->standby,
                .keyed = reading->for_keys,
                .has_as_of = w->as_of != 0,
                .as_of = w->as_of,
                .n_columns = ELEMENTS(names),
                .columns = columns,
        };
        Error error = ERROR_INIT;
        int r;

        if (!reading->asked || reading->begun)
                return false;
        world_pass(w, 1000);
        if (w->hr_fault != HR_WELL) {
                reading->fault = w->hr_fault;
                if (w->hr_faults > 0 && --w->hr_faults == 0)
                        w->hr_fault = HR_WELL;
        }
        if (reading->fault == HR_NO_CONNECTION) {
                end_badly(w, read, -ECONNREFUSED, "no connection");
                return true;
        }
        if (reading->fault == HR_LOADING) {
                snapshot.has_as_of = snapshot.loading = true;
                snapshot.as_of = 0;
        }
        (void) snprintf(snapshot.system_identifier, sizeof(snapshot.system_identifier), "%s", w->system_identifier);
        for (size_t i = 0; i < ELEMENTS(names); i++)
                columns[i] = (Column) { .name = names[i], .type = TEXT_TYPE };
        assert_int_equal(mapping_bind_columns(w->mapping, columns, ELEMENTS(names), NULL, NULL), 0);
        take_rows(w, reading);
        reading->begun = true;
        for (size_t i = 0; i < reading->n_rows; i++)
                remember_sight(w, &reading->rows[i], false);

        r = sync_read_begun(w->sync, read, w->now, &snapshot, &error);
        if (r < 0)
                finish(w, read, r, &error);
        error_clear(&error);
        return true;
}

/* Who is in no row of a complete read is out, too. */
static void remember_absences(World *w, const HrReading *reading) {
        if (reading->for_keys)
                return;
        for (size_t i = 0; i < w->n_memories; i++) {
                bool there = false;

                for (size_t k = 0; k < reading->n_rows && !there; k++)
                        there = strcmp(reading->rows[k].id, w->memories[i].key) == 0;
                if (!there)
                        w->memories[i].last_out_read = w->elapsed_usec;
        }
}

bool world_end_hr(World *w, SyncRead read) {
        HrReading *reading = reading_of(w, read);
        size_t n = reading->fault == HR_CUT ? reading->n_rows / 2 : reading->n_rows;
        Error error = ERROR_INIT;

        if (!reading->asked || !reading->begun)
                return false;
        world_pass(w, 1000);
        for (size_t i = 0; i < n; i++) {
                int r = send_row(w, read, &reading->rows[i], &error);

                if (r < 0) {
                        finish(w, read, r, &error);
                        error_clear(&error);
                        return true;
                }
        }
        if (reading->fault == HR_CUT) {
                end_badly(w, read, -ECONNRESET, "the connection broke");
                return true;
        }
        for (size_t i = 0; i < n; i++)
                remember_sight(w, &reading->rows[i], true);
        if (n > 0)
                remember_absences(w, reading);
        finish(w, read, 0, &error);
        return true;
}

bool world_read_hr(World *w, SyncRead read) {
        bool begun = world_begin_hr(w, read);

        return world_end_hr(w, read) || begun;
}

void world_read_plan(World *w) {
        w->plan.asked = true;
        assert_true(world_read_hr(w, SYNC_PLAN));
}
