/* Columns and the mapping. See columns.h. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "daemon/columns.h"
#include "daemon/journal.h"
#include "daemon/messages.h"
#include "daemon/service.h"

static bool same_columns(const Columns *columns, const HrSnapshot *snapshot) {
        if (columns->n == 0 || columns->n != snapshot->n_columns)
                return false;
        for (size_t i = 0; i < columns->n; i++)
                if (columns->items[i].type != snapshot->columns[i].type ||
                    strcmp(columns->items[i].name, snapshot->columns[i].name) != 0)
                        return false;
        return true;
}

static int copy_columns(Columns *columns, const HrSnapshot *snapshot) {
        columns_deinit(columns);
        columns->items = calloc(snapshot->n_columns > 0 ? snapshot->n_columns : 1, sizeof(Column));
        if (!columns->items)
                return -ENOMEM;
        for (size_t i = 0; i < snapshot->n_columns; i++) {
                columns->items[i].type = snapshot->columns[i].type;
                columns->items[i].name = strdup(snapshot->columns[i].name);
                if (!columns->items[i].name) {
                        columns_deinit(columns);
                        return -ENOMEM;
                }
                columns->n = i + 1;
        }
        return 0;
}

typedef struct Complaints {
        const char *path;
        bool quiet;                     /* said before, and nothing has changed since */
        size_t n;
        Error first;
} Complaints;

static void on_complaint(void *userdata, Mark mark, const char *sentence) {
        Complaints *complaints = userdata;

        complaints->n++;
        (void) error_set(&complaints->first, -ENOENT, "%s:%u:%u: %s", complaints->path, mark.line, mark.column,
                         sentence);
        if (complaints->quiet)
                return;
        journal_say(MESSAGE(MESSAGE_COLUMNS_MISSING, "columns-missing", LOG_ERR, .error = sentence,
                            .config_file = complaints->path, .config_line = mark.line, .config_column = mark.column),
                    "%s:%u:%u: %s", complaints->path, mark.line, mark.column, sentence);
}

int columns_bind(Columns *columns, Service *service, const HrSnapshot *snapshot, bool alone, Error *reterr) {
        Complaints complaints = { .path = service->config->path, .quiet = columns->missing };
        int r;

        if (same_columns(columns, snapshot))
                return 0;
        if (!alone)
                return error_set(reterr, -EAGAIN, "the columns of the query changed while another read was under way");

        columns_deinit(columns);
        r = mapping_bind_columns(service->mapping, snapshot->columns, snapshot->n_columns, on_complaint, &complaints);
        if (r == -ENOENT) {
                columns->missing = true;
                r = complaints.n > 1 ? error_set(reterr, r, "%s (and %zu more)", error_message(&complaints.first),
                                                 complaints.n - 1)
                                     : error_set(reterr, r, "%s", error_message(&complaints.first));
        } else if (r < 0)
                (void) error_set(reterr, r, "can't bind the columns of HR: %s", strerror(-r));
        error_clear(&complaints.first);
        if (r < 0)
                return r;

        if (columns->missing)
                journal_say(MESSAGE(MESSAGE_COLUMNS_FOUND, "columns-found", LOG_NOTICE),
                            "HR has all the columns that the mapping names");
        columns->missing = false;
        r = copy_columns(columns, snapshot);
        return r < 0 ? error_set(reterr, r, "can't remember the columns of HR: out of memory") : 0;
}

/* Whether some are missing is not forgotten: that the same ones are missing still is no news. */
void columns_deinit(Columns *columns) {
        for (size_t i = 0; i < columns->n; i++)
                free((char *) columns->items[i].name);
        free(columns->items);
        columns->items = NULL;
        columns->n = 0;
}
