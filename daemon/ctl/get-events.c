/* locktsyncctl get events: the service hands them out newest first, people read them the other way round. */

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "daemon/ctl/client.h"
#include "daemon/ctl/get.h"
#include "daemon/ctl/member.h"
#include "daemon/ctl/words.h"

#define EVENTS_SHOWN 100
#define EVENTS_MAX 100000       /* of one answer; the service keeps 5,000 */
#define FOLLOW_SECONDS 2

typedef struct Event {
        int64_t id;
        struct json_object *object;
        char *line;
} Event;

typedef struct Events {
        Ctl *ctl;
        const GetView *view;
        int64_t last_id;        /* nothing up to this one is shown again (ruling 45) */
        int64_t first_id;       /* the oldest of the answer */
        size_t n_told;          /* in the answer */
        size_t n, allocated;
        Event *events;
        char *note;             /* why there are none */
} Events;

static void clear(Events *events) {
        for (size_t i = 0; i < events->n; i++) {
                (void) json_object_put(events->events[i].object);
                free(events->events[i].line);
        }
        events->n = events->n_told = 0;
        events->first_id = 0;
}

static void events_deinit(Events *events) {
        clear(events);
        free(events->events);
        free(events->note);
}

static int keep(Events *events, int64_t id, struct json_object *object, const char *line) {
        if (events->n == events->allocated) {
                size_t n = events->allocated > 0 ? 2 * events->allocated : 256;
                Event *grown = n <= EVENTS_MAX ? reallocarray(events->events, n, sizeof(*grown)) : NULL;

                if (!grown)
                        return -ENOMEM;
                events->events = grown;
                events->allocated = n;
        }
        events->events[events->n] = (Event) { .id = id, .line = strdup(line) };
        if (!events->events[events->n].line)
                return -ENOMEM;
        events->events[events->n++].object = json_object_get(object);
        return 0;
}

static int on_line(void *userdata, const char *name, struct json_object *value, const char *line, size_t length) {
        Events *events = userdata;
        int64_t id = member_number(value, "id");

        (void) length;
        if (strcmp(name, "not_released") == 0) {
                free(events->note);
                events->note = strdup(member_text(value, "text"));
                return events->note ? 0 : -ENOMEM;
        }
        if (strcmp(name, "events") != 0)
                return 0;
        events->n_told++;
        if (events->first_id == 0 || id < events->first_id)
                events->first_id = id;
        return id > events->last_id ? keep(events, id, value, line) : 0;
}

static int compare(const void *a, const void *b) {
        const Event *left = a, *right = b;

        return left->id < right->id ? -1 : left->id > right->id;
}

static int ask(Events *events, const char *filter) {
        _cleanup_(error_clear) Error error = ERROR_INIT;
        struct json_object *request = get_request("events", filter, events->last_id);
        int r, exit = CTL_FAILED;

        if (!request)
                return ctl_oom();
        r = client_ask(events->ctl->socket, request, 0, on_line, events, &exit, &error);
        (void) json_object_put(request);
        if (r == 0)
                return exit;
        if (error.code == 0 && r == -ENOMEM)
                return ctl_oom();
        ctl_complain("%s", error.code == 0 ? strerror(-r) : error_message(&error));
        return r == CLIENT_REFUSED && exit > CTL_OK ? exit : CTL_FAILED;
}

/* Oldest first, and each event once, however often it came. */
static void order(Events *events) {
        size_t kept = 0;

        if (events->n > 1)
                qsort(events->events, events->n, sizeof(*events->events), compare);
        for (size_t i = 0; i < events->n; i++) {
                if (kept > 0 && events->events[i].id == events->events[kept - 1].id) {
                        (void) json_object_put(events->events[i].object);
                        free(events->events[i].line);
                } else
                        events->events[kept++] = events->events[i];
        }
        events->n = kept;
}

/* The newest @limit of what came. */
static int show(Events *events, Table *table, size_t limit) {
        size_t from;
        int r = 0;

        order(events);
        from = limit > 0 && events->n > limit ? events->n - limit : 0;
        for (size_t i = from; i < events->n && r >= 0; i++) {
                _cleanup_(get_row_deinit) GetRow row = { 0 };
                const Event *event = &events->events[i];

                events->last_id = event->id;
                if (events->ctl->json) {
                        ctl_print_json(events->ctl->screen.out, event->line, strlen(event->line));
                        continue;
                }
                r = events->view->fill(&row, event->object, events->ctl->now_usec);
                if (r >= 0)
                        r = table_add(table, row.paint, row.cells);
        }
        return r;
}

static int show_table(Events *events, size_t limit, bool titles, size_t *ret_rows) {
        static const TableColumn untitled[GET_CELLS_MAX] = { 0 };
        TableColumn columns[GET_CELLS_MAX] = { 0 };
        _cleanup_(table_freep) Table *table = NULL;
        int r;

        for (size_t i = 0; i < events->view->n_columns; i++) {
                columns[i] = titles ? events->view->columns[i] : untitled[i];
                columns[i].flags = events->view->columns[i].flags;
        }
        if (table_new(&events->ctl->screen, 0, columns, events->view->n_columns, &table) < 0)
                return -ENOMEM;
        r = show(events, table, limit);
        *ret_rows = table_end(table);
        (void) fflush(events->ctl->screen.out);
        return r;
}

/* ruling 45: what happened between two looks may be more than the service keeps. */
static void look_for_gap(const Events *events, int64_t last_id) {
        if (events->n_told > 0 && events->first_id > last_id + 1 && events->n_told >= 5000)
                ctl_complain("events after %" PRId64 " and before %" PRId64 " may have been lost: the service does not "
                             "keep that many", last_id, events->first_id);
}

static int follow(Events *events, const char *filter) {
        const struct timespec pause = { .tv_sec = FOLLOW_SECONDS };

        for (;;) {
                int64_t last_id = events->last_id;
                size_t rows;
                int exit;

                if (nanosleep(&pause, NULL) < 0 || ferror(events->ctl->screen.out))
                        return CTL_OK;
                clear(events);
                exit = ask(events, filter);
                if (exit != CTL_OK)
                        return exit;
                if (!filter)
                        look_for_gap(events, last_id);
                if (show_table(events, 0, false, &rows) < 0)
                        return ctl_oom();
        }
}

int get_events(Ctl *ctl, const GetView *view, const char *filter) {
        _cleanup_(events_deinit) Events events = { .ctl = ctl, .view = view };
        size_t limit = ctl->limit >= 0 ? (size_t) ctl->limit : EVENTS_SHOWN, rows = 0;
        char n[WORDS_MAX], all[WORDS_MAX];
        int exit;

        exit = ask(&events, filter);
        if (exit != CTL_OK)
                return exit;
        if (show_table(&events, limit, true, &rows) < 0)
                return ctl_oom();
        if (ctl->follow)
                return follow(&events, filter);
        if (!ctl->json && events.note)
                screen_line(&ctl->screen, PAINT_NONE, 0, "%s.", events.note);
        else if (!ctl->json && rows < events.n)
                screen_line(&ctl->screen, PAINT_NONE, 0, "The newest %s of %s; --limit 0 shows all.",
                            words_count(n, (int64_t) rows), words_of(all, (int64_t) events.n, "event", "events"));
        else if (!ctl->json)
                screen_line(&ctl->screen, PAINT_NONE, 0, "%s.", words_of(n, (int64_t) rows, "event", "events"));
        return exit;
}
