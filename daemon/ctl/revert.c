/* locktsyncctl revert CYCLE: plans the way back from what a cycle did. */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/ctl/ctl.h"
#include "daemon/ctl/member.h"
#include "daemon/ctl/table.h"
#include "daemon/ctl/words.h"

static const TableColumn columns[] = { { "ID_NUM", TABLE_KEEP }, { "AS BEFORE", TABLE_WRAP } };

typedef struct Reverting {
        Ctl *ctl;
        Table *table;
        struct json_object *end;
} Reverting;

static void reverting_deinit(Reverting *reverting) {
        (void) table_free(reverting->table);
        (void) json_object_put(reverting->end);
}

static int show(void *userdata, const char *name, struct json_object *row) {
        Reverting *reverting = userdata;
        _cleanup_(freep) char *text = NULL;
        const char *refused = member_text(row, "refused");

        if (strcmp(name, "reverting") == 0)
                reverting->end = json_object_get(row);
        if (strcmp(name, "revert") != 0)
                return 0;
        if (asprintf(&text, "%s%s", *refused ? "not: " : member_text(row, "what"), refused) < 0) {
                text = NULL;
                return -ENOMEM;
        }
        return table_add(reverting->table, *refused ? PAINT_YELLOW : PAINT_NONE,
                         (const char *const[]) { member_text(row, "id_num"), text });
}

static void show_end(const Reverting *reverting) {
        const Screen *screen = &reverting->ctl->screen;
        struct json_object *end = reverting->end;
        char n[WORDS_MAX];

        (void) fputc('\n', screen->out);
        screen_line(screen, PAINT_YELLOW, 0, "Nothing was done yet: %s for your approval.",
                    words_of(n, member_number(end, "people"), "person waits", "people wait"));
        screen_line(screen, PAINT_BOLD, 0, "locktsyncctl approve %s", member_text(end, "digest"));
        screen_line(screen, PAINT_NONE, 0,
                    "From then on they are as before cycle %" PRId64 ", not as HR wants, until HR changes their "
                    "row. Is HR wrong? Then mend it there, too.",
                    member_number(end, "cycle"));
}

static int parse_cycle(const char *text, int64_t *ret) {
        char *end;

        errno = 0;
        *ret = strtoll(text, &end, 10);
        return *text < '0' || *text > '9' || *end || errno != 0 || *ret <= 0 ? -EINVAL : 0;
}

int verb_revert(Ctl *ctl) {
        _cleanup_(reverting_deinit) Reverting reverting = { .ctl = ctl };
        struct json_object *request;
        bool complete;
        int64_t cycle;
        int exit, r;

        if (parse_cycle(ctl->arguments[0], &cycle) < 0) {
                ctl_complain("'revert' takes the number of a cycle, as 'history' shows it, not '%s'",
                             ctl->arguments[0]);
                return CTL_USAGE;
        }
        request = ctl_request("revert");
        r = request ? json_object_object_add(request, "cycle", json_object_new_int64(cycle)) : -ENOMEM;
        if (r == 0 && ctl->reason)
                r = json_object_object_add(request, "reason", json_object_new_string(ctl->reason));
        if (r == 0)
                r = table_new(&ctl->screen, 0, columns, ELEMENTS(columns), &reverting.table);
        if (r < 0) {
                (void) json_object_put(request);
                return ctl_oom();
        }
        exit = ctl_ask(ctl, request, true, show, &reverting, &complete);
        (void) table_end(reverting.table);
        if (complete && !ctl->json && reverting.end)
                show_end(&reverting);
        return exit;
}
