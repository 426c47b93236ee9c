/* locktsyncctl lock, unlock, locked, blocked: out at once, whatever HR says; and who is. */

#include <errno.h>
#include <string.h>

#include "daemon/ctl/ctl.h"
#include "daemon/ctl/hand.h"
#include "daemon/ctl/member.h"
#include "daemon/ctl/table.h"
#include "daemon/ctl/words.h"

int hand_add_text(struct json_object *request, const char *name, const char *value) {
        struct json_object *text = json_object_new_string(value);

        if (text && json_object_object_add(request, name, text) == 0)
                return 0;
        (void) json_object_put(text);
        return -ENOMEM;
}

int hand_show(void *userdata, const char *name, struct json_object *row) {
        const Ctl *ctl = userdata;
        bool warns = member(row, "effective") && !member_flag(row, "effective");

        if (strcmp(name, ctl->verb->name) == 0)
                screen_line(&ctl->screen, warns ? PAINT_YELLOW : PAINT_NONE, 0, "%s", member_text(row, "text"));
        return 0;
}

int hand_ask_one(Ctl *ctl) {
        struct json_object *request = ctl_request(ctl->verb->name);

        if (request && (hand_add_text(request, "id_num", ctl->arguments[0]) < 0 ||
                        (ctl->reason && hand_add_text(request, "reason", ctl->reason) < 0))) {
                (void) json_object_put(request);
                return ctl_oom();
        }
        return ctl_ask(ctl, request, false, hand_show, ctl, NULL);
}

int verb_lock(Ctl *ctl) {
        if (!ctl->reason || !*ctl->reason) {
                ctl_complain("'lock' needs a reason: lock %s --reason TEXT", ctl->arguments[0]);
                return CTL_USAGE;
        }
        return hand_ask_one(ctl);
}

int verb_unlock(Ctl *ctl) {
        return hand_ask_one(ctl);
}

typedef struct List {
        const Ctl *ctl;
        Table *table;
} List;

static int show_locked(void *userdata, const char *name, struct json_object *row) {
        List *list = userdata;
        char since[WORDS_MAX];
        const char *const cells[] = {
                member_text(row, "id_num"), words_when(since, member_number(row, "since_usec"), list->ctl->now_usec),
                member_text(row, "by"), member_text(row, "reason"),
        };

        return strcmp(name, "locked") == 0 ? table_add(list->table, PAINT_NONE, cells) : 0;
}

static int show_blocked(void *userdata, const char *name, struct json_object *row) {
        List *list = userdata;
        char seen[WORDS_MAX];
        const char *const cells[] = {
                member_text(row, "id_num"), value_text(member(row, "lockt_id")),
                words_when(seen, member_number(row, "seen_usec"), list->ctl->now_usec),
        };

        return strcmp(name, "blocked") == 0 ? table_add(list->table, PAINT_NONE, cells) : 0;
}

/* The last line says how many there are, and @advice. */
static int show_list(Ctl *ctl, const TableColumn *columns, size_t n_columns, CtlShow show, const char *nobody,
                     const char *one, const char *many, const char *advice) {
        List list = { .ctl = ctl };
        char n[WORDS_MAX];
        bool complete;
        size_t rows;
        int exit;

        if (table_new(&ctl->screen, 0, columns, n_columns, &list.table) < 0)
                return ctl_oom();
        exit = ctl_ask(ctl, ctl_request(ctl->verb->name), false, show, &list, &complete);
        rows = table_end(list.table);
        list.table = table_free(list.table);
        if (ctl->json || !complete)
                return exit;
        if (rows == 0)
                screen_line(&ctl->screen, PAINT_NONE, 0, "%s", nobody);
        else
                screen_line(&ctl->screen, PAINT_NONE, 0, "%s. %s", words_of(n, (int64_t) rows, one, many), advice);
        return exit;
}

int verb_locked(Ctl *ctl) {
        static const TableColumn columns[] = {
                { "ID_NUM", TABLE_KEEP }, { "SINCE", 0 }, { "BY", 0 }, { "REASON", TABLE_WRAP },
        };

        return show_list(ctl, columns, ELEMENTS(columns), show_locked, "Nobody is locked.", "person is locked",
                         "people are locked", "'locktsyncctl unlock ID_NUM' lets HR decide again.");
}

int verb_blocked(Ctl *ctl) {
        static const TableColumn columns[] = {
                { "ID_NUM", TABLE_KEEP }, { "LOCKT_ID", TABLE_RIGHT }, { "SEEN", 0 },
        };

        return show_list(ctl, columns, ELEMENTS(columns), show_blocked,
                         "Nobody is disabled in Lockt by hand whom HR wants in.", "person is disabled in Lockt by hand", "people are disabled in Lockt by hand",
                         "HR wants them in; 'locktsyncctl unlock ID_NUM' has locktsync enable them again.");
}
