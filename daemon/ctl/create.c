/* locktsyncctl create doors FILE: new doors by name, one a line. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/ctl/ctl.h"
#include "daemon/ctl/member.h"
#include "daemon/ctl/table.h"
#include "daemon/ctl/words.h"

#define BATCH 100               /* of one write */
#define NAME_MAX_BYTES 256      /* so that a hundred of them fit into a request */

static const TableColumn columns[] = {
        { "DOOR", TABLE_KEEP }, { "", TABLE_WRAP },
};

typedef struct Creating {
        Table *table;
        int64_t created, failed;
} Creating;

static int show(void *userdata, const char *name, struct json_object *row) {
        Creating *creating = userdata;
        bool created = member_flag(row, "created");

        if (strcmp(name, "door") != 0)
                return 0;
        creating->created += created;
        creating->failed += !created;
        const char *const cells[ELEMENTS(columns)] = { member_text(row, "name"), member_text(row, "text") };
        return table_add(creating->table, created ? PAINT_NONE : PAINT_RED, cells);
}

/* The next name, without its newline and blanks around it; NULL at the end. Lines that begin with # are comments. */
static char *next_name(FILE *file, char **line, size_t *size) {
        ssize_t n;

        while ((n = getline(line, size, file)) >= 0) {
                char *from = *line, *end = *line + n;

                while (end > from && strchr(" \t\r\n", end[-1]))
                        *--end = '\0';
                from += strspn(from, " \t");
                if (*from && *from != '#')
                        return from;
        }
        return NULL;
}

/* Up to a hundred names of the file: 1 when there are any, 0 at its end. */
static int read_batch(FILE *file, struct json_object **ret) {
        struct json_object *names = json_object_new_array();
        char *line = NULL, *name;
        size_t size = 0, n = 0;
        int r = names ? 0 : -ENOMEM;

        while (r >= 0 && n < BATCH && (name = next_name(file, &line, &size))) {
                struct json_object *text = json_object_new_string(name);

                if (strlen(name) > NAME_MAX_BYTES)
                        r = -ENAMETOOLONG;
                if (!text || json_object_array_add(names, text) < 0)
                        r = -ENOMEM;
                n++;
        }
        free(line);
        if (r < 0 || n == 0) {
                (void) json_object_put(names);
                return r;
        }
        *ret = names;
        return 1;
}

static int create(Ctl *ctl, FILE *file, Creating *creating) {
        int exit = CTL_OK;

        for (;;) {
                struct json_object *names = NULL, *request;
                bool complete;
                int r, one;

                r = read_batch(file, &names);
                if (r == 0)
                        return exit;
                if (r == -ENAMETOOLONG) {
                        ctl_complain("a name of '%s' is longer than %d bytes", ctl->arguments[1], NAME_MAX_BYTES);
                        return CTL_FAILED;
                }
                request = r > 0 ? ctl_request("create") : NULL;
                if (!request) {
                        (void) json_object_put(names);
                        return ctl_oom();
                }
                (void) json_object_object_add(request, "doors", names);
                one = ctl_ask(ctl, request, true, show, creating, &complete);
                if (!complete)
                        return one;
                exit = one != CTL_OK ? one : exit;
        }
}

int verb_create(Ctl *ctl) {
        Creating creating = { 0 };
        char n[WORDS_MAX];
        FILE *file;
        int exit;

        if (strcmp(ctl->arguments[0], "doors") != 0) {
                ctl_complain("'%s' can't be created here; doors can: create doors FILE", ctl->arguments[0]);
                return CTL_USAGE;
        }
        file = strcmp(ctl->arguments[1], "-") == 0 ? stdin : fopen(ctl->arguments[1], "re");
        if (!file) {
                ctl_complain("can't read '%s': %s", ctl->arguments[1], strerror(errno));
                return CTL_FAILED;
        }
        if (table_new(&ctl->screen, 0, columns, ELEMENTS(columns), &creating.table) < 0) {
                (void) fclose(file);
                return ctl_oom();
        }
        exit = create(ctl, file, &creating);
        (void) table_end(creating.table);
        creating.table = table_free(creating.table);
        (void) fclose(file);
        if (!ctl->json && creating.created + creating.failed > 0)
                screen_line(&ctl->screen, creating.failed > 0 ? PAINT_RED : PAINT_NONE, 0, "%s created.",
                            words_of(n, creating.created, "door was", "doors were"));
        return exit;
}
