/* Rows from HR to the sync. See carry-hr.h. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "daemon/columns.h"
#include "daemon/journal.h"
#include "daemon/messages.h"
#include "daemon/service.h"
#include "lib/hr/hr.h"

/* A connection, and the read that runs on it. */
typedef struct Wire {
        HrCarrier *carrier;
        HrReader *reader;
        SyncRead read;
        bool running;
        bool begun;             /* its database snapshot is taken: the next read may start */
        bool state_fault;       /* the sync could not take what it was given */
        bool drafted;           /* it reads by another configuration */
        Error error;            /* why we ended it, in better words than the reader has */
} Wire;

enum { WIRE_MAIN, WIRE_SPARE, WIRES };

struct HrCarrier {
        Service *service;
        Wire wires[WIRES];
        Columns columns;
        bool suspended;         /* no read starts: the configuration is being changed */

        bool want_people;
        bool want_keys;
        size_t n_keys;
        char **keys;

        bool want_plan;
        bool planning;          /* somebody has the plan: from the start of its read to carry_hr_plan_done() */
        size_t n_plan_keys;
        char **plan_keys;
        Draft *draft;           /* of the plan; NULL: by the configuration in force */
        const PlanHandler *handler;     /* NULL: went away */
        void *handler_userdata;
};

static void keys_free(char ***keys, size_t *n) {
        for (size_t i = 0; i < *n; i++)
                free((*keys)[i]);
        free(*keys);
        *keys = NULL;
        *n = 0;
}

static int keys_copy(const char *const *keys, size_t n, char ***ret, size_t *ret_n) {
        keys_free(ret, ret_n);
        *ret = calloc(n > 0 ? n : 1, sizeof(**ret));
        if (!*ret)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++) {
                (*ret)[i] = strdup(keys[i]);
                if (!(*ret)[i]) {
                        keys_free(ret, ret_n);
                        return -ENOMEM;
                }
                *ret_n = i + 1;
        }
        return 0;
}

static void report_end(HrCarrier *carrier, SyncRead read, int result, const Error *error) {
        Service *service = carrier->service;
        _cleanup_(error_clear) Error fault = ERROR_INIT;
        const PlanHandler *handler;

        /* A plan that nobody reads any more is still ended, or the sync would wait for its rows. */
        (void) service_check(service, sync_read_ended(service->sync, read, clock_now(), result, error, &fault), &fault);
        if (read != SYNC_PLAN)
                meter_count_read(service->meter, result == 0);
        if (read == SYNC_PLAN) {
                handler = steal(carrier->handler);
                if (handler)
                        handler->end(carrier->handler_userdata, result, error);
                else {
                        sync_plan_drop(service->sync);
                        carrier->planning = false;
                        carrier->draft = NULL;
                }
        }
        service_poke(service);
}

static void start_waiting(HrCarrier *carrier);

/*
 * The sync may end a read for what HR says (a load is running); it is our fault only when the disk or memory is in
 * the way.
 */
static bool is_state_fault(int r) {
        return r == -ENOSPC || r == -EDQUOT || r == -EFBIG || r == -EIO || r == -EROFS || r == -EUCLEAN || r == -ENOMEM;
}

static int use_draft(Wire *wire, const HrSnapshot *snapshot) {
        Draft *draft = wire->carrier->draft;
        Service *service = wire->carrier->service;
        int r;

        r = draft_bind(draft, &service->config->mapping, snapshot);
        if (r < 0)
                return error_set(&wire->error, r, r == -ENOENT ? "the query lacks columns" : "out of memory");
        return sync_plan_use(service->sync, draft->config, draft->mapping, draft->former, draft_remark, draft,
                             &wire->error);
}

static int on_begun(void *userdata, const HrSnapshot *snapshot) {
        Wire *wire = userdata;
        HrCarrier *carrier = wire->carrier;
        Service *service = carrier->service;
        bool alone = !carrier->wires[WIRE_MAIN].running || !carrier->wires[WIRE_SPARE].running;
        int r;

        wire->begun = true;
        r = wire->drafted ? use_draft(wire, snapshot)
                          : columns_bind(&carrier->columns, service, snapshot, alone, &wire->error);
        if (r < 0)
                return r;
        r = sync_read_begun(service->sync, wire->read, clock_now(), snapshot, &wire->error);
        if (r < 0) {
                wire->state_fault = is_state_fault(r);
                return r;
        }
        start_waiting(carrier);
        return 0;
}

static int on_row(void *userdata, const char *line, size_t length) {
        Wire *wire = userdata;
        HrCarrier *carrier = wire->carrier;
        int r;

        r = sync_read_row(carrier->service->sync, wire->read, line, length, &wire->error);
        if (r < 0) {
                wire->state_fault = is_state_fault(r);
                return r;
        }
        if (wire->read == SYNC_PLAN && carrier->handler && carrier->handler->row)
                carrier->handler->row(carrier->handler_userdata, line, length);
        return 0;
}

static void on_end(void *userdata, int result, const Error *error) {
        Wire *wire = userdata;
        HrCarrier *carrier = wire->carrier;
        _cleanup_(error_clear) Error own = wire->error;
        bool state_fault = wire->state_fault;

        wire->error = ERROR_INIT;
        wire->state_fault = false;
        wire->running = false;
        if (result < 0 && own.code < 0)
                error = &own;
        /* HR is not to blame for a full disk of ours: for the sync the read was given up, and is asked for again. */
        if (state_fault)
                result = -ECANCELED;

        report_end(carrier, wire->read, result, error);
        if (state_fault)
                (void) service_check(carrier->service, own.code, &own);

        if (wire == &carrier->wires[WIRE_SPARE] || wire->drafted)
                wire->reader = hr_reader_free(wire->reader);
        start_waiting(carrier);
}

static const HrReadHandler read_handler = { on_begun, on_row, on_end };

static int open_reader(Wire *wire, Error *reterr) {
        const Service *service = wire->carrier->service;
        const Draft *draft = wire->drafted ? wire->carrier->draft : NULL;
        const Config *config = draft ? draft->config : service->config;
        const HrOptions options = {
                .connection = service->config->hr.connection.text,
                .people = config->hr.people.text,
                .as_of = config->hr.as_of.text,
                .key_column = mapping_key_column(draft ? draft->mapping : service->mapping),
                .statement_timeout_usec = config->hr.statement_timeout_usec,
                .lock_timeout_usec = config->hr.lock_timeout_usec,
                .timezone = config->hr.timezone,
        };

        if (wire->reader)
                return 0;
        return hr_reader_new(service->event, &options, &read_handler, wire, &wire->reader, reterr);
}

/* Starts @read; that it can't be started is one more way to end. */
static void start(Wire *wire, SyncRead read, char **keys, size_t n_keys) {
        _cleanup_(error_clear) Error error = ERROR_INIT;
        int r;

        wire->drafted = read == SYNC_PLAN && wire->carrier->draft;
        if (wire->drafted)
                wire->reader = hr_reader_free(wire->reader);
        r = open_reader(wire, &error);
        if (r >= 0) {
                wire->read = read;
                wire->running = true;
                wire->begun = false;
                r = hr_reader_start(wire->reader, (const char *const *) keys, n_keys, &error);
        }
        if (r < 0) {
                wire->running = false;
                if (wire->drafted)
                        wire->reader = hr_reader_free(wire->reader);
                report_end(wire->carrier, read, r, &error);
        }
}

/*
 * A wire on which a read of some keys may run, or NULL: the main one is kept, the spare one is there for when that is
 * busy.
 */
static Wire *free_wire(HrCarrier *carrier, bool long_read) {
        Wire *first = &carrier->wires[WIRE_MAIN], *second = &carrier->wires[WIRE_SPARE];

        if (!first->running)
                return first;
        if (long_read && first->read != SYNC_KEYS)
                return NULL;            /* of everybody one at a time, so that keys never wait for both */
        return second->running ? NULL : second;
}

static void start_waiting(HrCarrier *carrier) {
        Wire *wire;

        while (!carrier->suspended) {
                /* Reads are numbered by their snapshots: none starts before the one before it has its own. */
                for (size_t i = 0; i < WIRES; i++)
                        if (carrier->wires[i].running && !carrier->wires[i].begun)
                                return;

                if (carrier->want_keys && (wire = free_wire(carrier, false))) {
                        carrier->want_keys = false;
                        start(wire, SYNC_KEYS, carrier->keys, carrier->n_keys);
                } else if (carrier->want_people && (wire = free_wire(carrier, true))) {
                        carrier->want_people = false;
                        start(wire, SYNC_PEOPLE, NULL, 0);
                } else if (carrier->want_plan && (wire = free_wire(carrier, true))) {
                        carrier->want_plan = false;
                        start(wire, SYNC_PLAN, carrier->plan_keys, carrier->n_plan_keys);
                } else
                        return;
        }
}

void carry_hr_people(HrCarrier *carrier) {
        carrier->want_people = true;
        start_waiting(carrier);
}

void carry_hr_keys(HrCarrier *carrier, const char *const *keys, size_t n_keys) {
        _cleanup_(error_clear) Error error = ERROR_INIT;
        int r;

        r = keys_copy(keys, n_keys, &carrier->keys, &carrier->n_keys);
        if (r < 0) {
                r = error_set(&error, r, "can't read some people of HR again: out of memory");
                report_end(carrier, SYNC_KEYS, r, &error);
                return;
        }
        carrier->want_keys = true;
        start_waiting(carrier);
}

static int plan(HrCarrier *carrier, const char *const *keys, size_t n_keys, Draft *draft, const PlanHandler *handler,
                void *userdata, Error *reterr) {
        int r;

        if (carrier->planning)
                return error_set(reterr, -EBUSY, "another plan or explanation is being made; try again when it "
                                 "is done");
        r = keys_copy(keys, n_keys, &carrier->plan_keys, &carrier->n_plan_keys);
        if (r < 0)
                return error_set(reterr, r, "can't read HR for a plan: out of memory");

        carrier->draft = draft;
        carrier->handler = handler;
        carrier->handler_userdata = userdata;
        carrier->want_plan = carrier->planning = true;
        start_waiting(carrier);
        return 0;
}

int carry_hr_plan(HrCarrier *carrier, const char *const *keys, size_t n_keys, const PlanHandler *handler,
                  void *userdata, Error *reterr) {
        return plan(carrier, keys, n_keys, NULL, handler, userdata, reterr);
}

int carry_hr_plan_draft(HrCarrier *carrier, Draft *draft, const PlanHandler *handler, void *userdata, Error *reterr) {
        return plan(carrier, NULL, 0, draft, handler, userdata, reterr);
}

void carry_hr_plan_cancel(HrCarrier *carrier) {
        carrier->handler = NULL;
        if (carrier->want_plan) {
                carrier->want_plan = carrier->planning = false;
                carrier->draft = NULL;
                return;
        }
        for (size_t i = 0; i < WIRES; i++)
                if (carrier->wires[i].running && carrier->wires[i].read == SYNC_PLAN)
                        hr_reader_cancel(carrier->wires[i].reader);
}

void carry_hr_plan_done(HrCarrier *carrier) {
        carrier->planning = false;
        carrier->draft = NULL;
}

void carry_hr_suspend(HrCarrier *carrier) {
        carrier->suspended = true;
        for (size_t i = 0; i < WIRES; i++) {
                Wire *wire = &carrier->wires[i];

                if (wire->running)
                        hr_reader_cancel(wire->reader);
                wire->reader = hr_reader_free(wire->reader);
        }
        columns_deinit(&carrier->columns);
}

void carry_hr_resume(HrCarrier *carrier) {
        carrier->suspended = false;
        start_waiting(carrier);
}

const Column *carry_hr_columns(HrCarrier *carrier, size_t *ret_n) {
        *ret_n = carrier->columns.n;
        return carrier->columns.items;
}

bool carry_hr_busy(const HrCarrier *carrier) {
        if (carrier->want_people || carrier->want_keys)
                return true;
        for (size_t i = 0; i < WIRES; i++)
                if (carrier->wires[i].running && carrier->wires[i].read != SYNC_PLAN)
                        return true;
        return false;
}

int carry_hr_new(Service *service, HrCarrier **ret, Error *reterr) {
        HrCarrier *carrier = calloc(1, sizeof(*carrier));

        if (!carrier)
                return error_set(reterr, -ENOMEM, "can't prepare to read HR: out of memory");
        carrier->service = service;
        for (size_t i = 0; i < WIRES; i++)
                carrier->wires[i].carrier = carrier;
        *ret = carrier;
        return 0;
}

HrCarrier *carry_hr_free(HrCarrier *carrier) {
        if (!carrier)
                return NULL;
        for (size_t i = 0; i < WIRES; i++) {
                (void) hr_reader_free(carrier->wires[i].reader);
                error_clear(&carrier->wires[i].error);
        }
        keys_free(&carrier->keys, &carrier->n_keys);
        keys_free(&carrier->plan_keys, &carrier->n_plan_keys);
        columns_deinit(&carrier->columns);
        free(carrier);
        return NULL;
}
