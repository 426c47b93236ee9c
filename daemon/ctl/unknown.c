/* locktsyncctl unknown: users that Lockt has and HR does not know. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemon/ctl/access.h"
#include "daemon/ctl/ctl.h"
#include "daemon/ctl/member.h"
#include "daemon/ctl/table.h"
#include "daemon/ctl/words.h"

static const TableColumn columns[] = {
        { "LOCKT ID", TABLE_RIGHT | TABLE_KEEP },
        { "ID_NUM", TABLE_KEEP },
        { "NAME", 0 },
        { "E-MAIL", 0 },
        { "ACCESS", 0 },
        { "LEVELS", TABLE_WRAP },
};

typedef struct Unknown {
        Table *table;
        int64_t now_usec;
        size_t open;            /* who may open doors now */
} Unknown;

static void unknown_deinit(Unknown *unknown) {
        (void) table_free(unknown->table);
}

/* Names of levels, ", " between them. */
static int join_levels(struct json_object *row, char **ret) {
        size_t n = member_count(row, "levels"), size;
        FILE *stream = open_memstream(ret, &size);

        if (!stream)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++) {
                struct json_object *level = member_at(row, "levels", i);
                const char *name = member_text(level, "name");

                (void) fputs(i > 0 ? ", " : "", stream);
                if (*name)
                        (void) fputs(name, stream);
                else
                        (void) fprintf(stream, "#%" PRId64, member_number(level, "id"));
        }
        if (!member(row, "levels"))
                (void) fputs("not known", stream);
        return fclose(stream) == 0 ? 0 : -ENOMEM;
}

static int show(void *userdata, const char *name, struct json_object *row) {
        Unknown *unknown = userdata;
        _cleanup_(freep) char *levels = NULL, *person = NULL;
        const char *access;
        bool open;

        if (strcmp(name, "unknown") != 0)
                return 0;
        access = access_words(row, unknown->now_usec, &open);
        if (open)
                unknown->open++;
        if (join_levels(row, &levels) < 0 ||
            asprintf(&person, "%s %s", member_text(row, "first_name"), member_text(row, "last_name")) < 0)
                return -ENOMEM;

        const char *const cells[ELEMENTS(columns)] = { value_text(member(row, "lockt_id")), member_text(row, "id_num"),
                                                       person, member_text(row, "email"), access, levels };
        return table_add(unknown->table, open ? PAINT_NONE : PAINT_DIM, cells);
}

int verb_unknown(Ctl *ctl) {
        _cleanup_(unknown_deinit) Unknown unknown = { .now_usec = ctl->now_usec };
        char n[WORDS_MAX], open[WORDS_MAX];
        bool complete;
        size_t rows;
        int exit;

        if (table_new(&ctl->screen, 0, columns, ELEMENTS(columns), &unknown.table) < 0)
                return ctl_oom();
        exit = ctl_ask(ctl, ctl_request("unknown"), false, show, &unknown, &complete);
        rows = table_end(unknown.table);
        if (ctl->json || !complete)
                return exit;
        if (rows == 0)
                screen_line(&ctl->screen, PAINT_NONE, 0, "HR knows every user of Lockt.");
        else
                screen_line(&ctl->screen, PAINT_NONE, 0,
                            "%s of Lockt, whom HR does not know and who are never written to; "
                            "%s access now.",
                            words_of(n, (int64_t) rows, "user", "users"),
                            words_of(open, (int64_t) unknown.open, "has", "have"));
        return exit;
}
