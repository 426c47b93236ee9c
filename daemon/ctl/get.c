/* locktsyncctl get: what Lockt holds, read anew by the daemon, which has the keys. */

#include <string.h>

#include "daemon/ctl/get.h"
#include "daemon/ctl/member.h"
#include "daemon/ctl/words.h"
#include "lib/base/nearest.h"

#define VIEWS_MAX 32

typedef struct Getting {
        const GetView *view;
        const Ctl *ctl;
        Table *table;
        size_t low;             /* batteries */
        bool unreleased;
} Getting;

static void getting_deinit(Getting *getting) {
        (void) table_free(getting->table);
}

static int show(void *userdata, const char *name, struct json_object *object) {
        _cleanup_(get_row_deinit) GetRow row = { 0 };
        Getting *getting = userdata;
        int r;

        if (strcmp(name, "not_released") == 0) {
                getting->unreleased = true;
                screen_line(&getting->ctl->screen, PAINT_NONE, 0, "%s.", member_text(object, "text"));
                return 0;
        }
        if (strcmp(name, getting->view->what) != 0)
                return 0;
        if (strcmp(name, "doorstates") == 0 && get_battery_low(object))
                getting->low++;
        r = getting->view->fill(&row, object, getting->ctl->now_usec);
        return r < 0 ? r : table_add(getting->table, row.paint, row.cells);
}

static void show_end(Ctl *ctl, const Getting *getting, size_t rows, const char *filter) {
        char n[WORDS_MAX], low[WORDS_MAX];

        if (getting->unreleased || !getting->view->one)
                return;
        screen_line(&ctl->screen, PAINT_NONE, 0, "%s%s.",
                    words_of(n, (int64_t) rows, getting->view->one, getting->view->many),
                    filter ? " with that" : "");
        if (getting->low > 0)
                screen_line(&ctl->screen, PAINT_RED, 0, "%s below 20 %%: bring a new one before the door stays shut.",
                            words_of(low, (int64_t) getting->low, "battery is", "batteries are"));
}

static int complain_what(const char *what) {
        const char *names[VIEWS_MAX] = { 0 };
        size_t n = n_get_views < VIEWS_MAX ? n_get_views : VIEWS_MAX, i;

        for (i = 0; i < n; i++)
                names[i] = get_views[i].what;
        i = nearest(what, names, n);
        if (i < n)
                ctl_complain("there is no '%s' to get; did you mean '%s'?", what, names[i]);
        else
                ctl_complain("there is no '%s' to get; see 'get --help'", what);
        return CTL_USAGE;
}

struct json_object *get_request(const char *what, const char *filter, int64_t since) {
        struct json_object *request = ctl_request("get"), *value = json_object_new_string(what);

        if (!request || !value || json_object_object_add(request, "what", value) < 0) {
                (void) json_object_put(value);
                (void) json_object_put(request);
                return NULL;
        }
        if (filter)
                (void) json_object_object_add(request, "filter", json_object_new_string(filter));
        if (since > 0)
                (void) json_object_object_add(request, "since", json_object_new_int64(since));
        return request;
}

int verb_get(Ctl *ctl) {
        const char *filter = ctl->n_arguments > 1 ? ctl->arguments[1] : NULL;
        const GetView *view = get_view(ctl->arguments[0]);
        _cleanup_(getting_deinit) Getting getting = { .view = view, .ctl = ctl };
        bool complete;
        size_t rows;
        int exit;

        if (!view)
                return complain_what(ctl->arguments[0]);
        if (strcmp(view->what, "events") == 0)
                return get_events(ctl, view, filter);
        if (ctl->follow || ctl->limit >= 0) {
                ctl_complain("--%s is for 'get events'", ctl->follow ? "follow" : "limit");
                return CTL_USAGE;
        }
        if (table_new(&ctl->screen, 0, view->columns, view->n_columns, &getting.table) < 0)
                return ctl_oom();
        exit = ctl_ask(ctl, get_request(view->what, filter, 0), true, show, &getting, &complete);
        rows = table_end(getting.table);
        if (!ctl->json && complete)
                show_end(ctl, &getting, rows, filter);
        return exit;
}
