/* locktsyncctl parked, held: who does not get what HR says, and why. */

#include <string.h>

#include "daemon/ctl/ctl.h"
#include "daemon/ctl/member.h"
#include "daemon/ctl/table.h"
#include "daemon/ctl/words.h"

/* Groups that are named behind the table of those who are held. */
#define GROUPS_MAX 64

typedef struct List {
        const Ctl *ctl;
        const char *name;       /* of the lines */
        const char *kind;       /* the member in the middle; NULL: none */
        const char *reason;     /* the member with the sentence */
        Table *table;
        size_t n_groups;
        struct json_object *groups[GROUPS_MAX];
} List;

static int show(void *userdata, const char *name, struct json_object *row) {
        List *list = userdata;
        const char *cells[4] = { member_text(row, "id_num") };
        char since[WORDS_MAX];
        size_t n = 1;

        if (strcmp(name, "hold") == 0 && list->n_groups < GROUPS_MAX)
                list->groups[list->n_groups++] = json_object_get(row);
        if (strcmp(name, list->name) != 0)
                return 0;
        if (list->kind)
                cells[n++] = member_text(row, list->kind);
        cells[n++] = words_when(since, member_number(row, "since_usec"), list->ctl->now_usec);
        cells[n] = member_text(row, list->reason);
        return table_add(list->table, PAINT_NONE, cells);
}

/* The last lines say how many there are, and @advice. */
static int show_list(Ctl *ctl, List *list, const char *nobody, const char *one, const char *many, const char *advice) {
        char n[WORDS_MAX];
        bool complete;
        size_t rows;
        int exit;

        exit = ctl_ask(ctl, ctl_request(list->name), false, show, list, &complete);
        rows = table_end(list->table);
        if (ctl->json || !complete)
                return exit;
        if (rows == 0)
                screen_line(&ctl->screen, PAINT_NONE, 0, "%s", nobody);
        else
                screen_line(&ctl->screen, PAINT_NONE, 0, "%s. %s", words_of(n, (int64_t) rows, one, many), advice);
        return exit;
}

int verb_parked(Ctl *ctl) {
        static const TableColumn columns[] = {
                { "ID_NUM", TABLE_KEEP }, { "KIND", TABLE_KEEP }, { "SINCE", 0 }, { "REASON", TABLE_WRAP },
        };
        List list = { .ctl = ctl, .name = "parked", .kind = "kind", .reason = "reason" };
        int exit;

        if (table_new(&ctl->screen, 0, columns, ELEMENTS(columns), &list.table) < 0)
                return ctl_oom();
        exit = show_list(ctl, &list, "Nobody is parked.", "person is parked", "people are parked",
                         "Each is tried again when the data changes; 'locktsyncctl retry ID_NUM' tries now.");
        list.table = table_free(list.table);
        return exit;
}

/* Why, since when, how many, and the command that decides it: one paragraph a reason. */
static void show_groups(const Ctl *ctl, List *list) {
        char since[WORDS_MAX];

        for (size_t i = 0; i < list->n_groups; i++) {
                struct json_object *group = list->groups[i];

                if (!ctl->json)
                        screen_line(&ctl->screen, PAINT_YELLOW, 0, "Since %s: %s.",
                                    words_when(since, member_number(group, "since_usec"), ctl->now_usec),
                                    member_text(group, "text"));
                (void) json_object_put(group);
        }
        list->n_groups = 0;
}

int verb_held(Ctl *ctl) {
        static const TableColumn columns[] = {
                { "ID_NUM", TABLE_KEEP }, { "KIND", TABLE_KEEP }, { "SINCE", 0 }, { "WHY", TABLE_WRAP },
        };
        List list = { .ctl = ctl, .name = "held", .kind = "kind", .reason = "why" };
        int exit;

        if (table_new(&ctl->screen, 0, columns, ELEMENTS(columns), &list.table) < 0)
                return ctl_oom();
        exit = show_list(ctl, &list, "Nobody is held back.", "person is held back", "people are held back",
                         "They stay as they are until somebody decides:");
        show_groups(ctl, &list);
        list.table = table_free(list.table);
        return exit;
}
