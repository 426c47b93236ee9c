/* locktsyncctl history [ID_NUM]: what was done, newest first, from what to what. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/ctl/ctl.h"
#include "daemon/ctl/history-verify.h"
#include "daemon/ctl/instant.h"
#include "daemon/ctl/member.h"
#include "daemon/ctl/table.h"
#include "daemon/ctl/words.h"

static const TableColumn columns[] = {
        { "WHEN", TABLE_KEEP },
        { "CYCLE", TABLE_RIGHT | TABLE_KEEP },
        { "ID_NUM", TABLE_KEEP },
        { "ACTION", TABLE_KEEP },
        { "DETAIL", TABLE_WRAP },
};

typedef struct History {
        Ctl *ctl;
        Table *table;
} History;

static void history_deinit(History *history) {
        (void) table_free(history->table);
}

/* What a new record does not have; its id is given later. */
static bool is_empty(struct json_object *value) {
        if (json_object_is_type(value, json_type_array))
                return json_object_array_length(value) == 0;
        return !*value_text(value) || (json_object_is_type(value, json_type_int) && json_object_get_int64(value) == 0);
}

/* A level by its name, where Lockt still has it. */
static void put_level(FILE *stream, struct json_object *level) {
        const char *name = member_text(level, "name");

        if (*name)
                (void) fputs(name, stream);
        else
                (void) fprintf(stream, "#%s",
                               value_text(json_object_is_type(level, json_type_object) ? member(level, "id") : level));
}

static void put_value(FILE *stream, struct json_object *value) {
        if (is_empty(value))
                (void) fputs("(none)", stream);
        else if (!json_object_is_type(value, json_type_array))
                (void) fputs(value_text(value), stream);
        else
                for (size_t i = 0; i < json_object_array_length(value); i++) {
                        (void) fputs(i > 0 ? ", " : "", stream);
                        put_level(stream, json_object_array_get_idx(value, i));
                }
}

/* What differs between the record before and after; all that a new one has. */
static bool put_changes(FILE *stream, const Screen *screen, struct json_object *before, struct json_object *after) {
        struct json_object_iterator at, end;
        bool any = false;

        if (!json_object_is_type(after, json_type_object))
                return false;
        at = json_object_iter_begin(after);
        end = json_object_iter_end(after);
        for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at)) {
                const char *name = json_object_iter_peek_name(&at);
                struct json_object *old = member(before, name), *new = json_object_iter_peek_value(&at);

                if (json_object_equal(old, new) || (!before && is_empty(new)))
                        continue;
                (void) fprintf(stream, "%s%s ", any ? "; " : "", name);
                if (before) {
                        put_value(stream, old);
                        (void) fprintf(stream, " %s ", screen_arrow(screen));
                }
                put_value(stream, new);
                any = true;
        }
        return any;
}

/* Members that are neither text nor records stand as they are: a newer daemon may tell more. */
static bool put_rest(FILE *stream, struct json_object *detail, bool any) {
        struct json_object_iterator at = json_object_iter_begin(detail), end = json_object_iter_end(detail);

        for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at)) {
                const char *name = json_object_iter_peek_name(&at);

                /* Times are told by explain, in one line. */
                if (strcmp(name, "before") == 0 || strcmp(name, "after") == 0 || strcmp(name, "text") == 0 ||
                    (strlen(name) > 5 && strcmp(name + strlen(name) - 5, "_usec") == 0))
                        continue;
                (void) fprintf(stream, "%s%s %s", any ? "; " : "", name, value_text(json_object_iter_peek_value(&at)));
                any = true;
        }
        return any;
}

static int describe(const Screen *screen, struct json_object *detail, char **ret) {
        const char *text = member_text(detail, "text");
        size_t size;
        FILE *stream = open_memstream(ret, &size);
        bool any;

        if (!stream)
                return -ENOMEM;
        if (json_object_is_type(detail, json_type_object)) {
                (void) fputs(text, stream);
                if (*text && member(detail, "after"))
                        (void) fputs(": ", stream);
                any = put_changes(stream, screen, member(detail, "before"), member(detail, "after"));
                (void) put_rest(stream, detail, any || *text);
        } else
                (void) fputs(value_text(detail), stream);
        return fclose(stream) == 0 ? 0 : -ENOMEM;
}

static Paint paint_of(const char *action) {
        if (strstr(action, "revoke") || strstr(action, "revocation") || strstr(action, "take"))
                return PAINT_RED;
        return strstr(action, "park") || strstr(action, "hold") ? PAINT_YELLOW : PAINT_NONE;
}

static int show(void *userdata, const char *name, struct json_object *row) {
        History *history = userdata;
        _cleanup_(freep) char *detail = NULL;
        char when[WORDS_MAX];

        if (strcmp(name, "history") != 0)
                return 0;
        if (describe(&history->ctl->screen, member(row, "detail"), &detail) < 0)
                return -ENOMEM;
        const char *const cells[ELEMENTS(columns)] = { words_instant(when, member_number(row, "at_usec")),
                                                       value_text(member(row, "cycle")), member_text(row, "id_num"),
                                                       member_text(row, "action"), detail };
        return table_add(history->table, paint_of(member_text(row, "action")), cells);
}

static int add_number(struct json_object *request, const char *name, int64_t value) {
        return value < 0 ? 0 : json_object_object_add(request, name, json_object_new_int64(value));
}

/* 0, -ENOMEM; -EINVAL: what the option says is no time, which has been said. */
static int add_time(const Ctl *ctl, struct json_object *request, const char *option, const char *text) {
        char name[16];
        int64_t usec;

        if (!text)
                return 0;
        if (instant_parse_words(text, ctl->now_usec, &usec) < 0) {
                ctl_complain("--%s takes a time as 2026-11-23, '2026-11-23 09:00' or 2h (ago), not '%s'", option, text);
                return -EINVAL;
        }
        (void) snprintf(name, sizeof(name), "%s_usec", option);
        return add_number(request, name, usec);
}

static int fill_request(const Ctl *ctl, struct json_object *request) {
        int r;

        r = add_number(request, "limit", ctl->limit);
        if (r == 0)
                r = add_number(request, "cycle", ctl->cycle);
        if (r == 0)
                r = add_time(ctl, request, "since", ctl->since);
        if (r == 0)
                r = add_time(ctl, request, "until", ctl->until);
        if (r == 0 && ctl->n_arguments > 0)
                r = json_object_object_add(request, "id_num", json_object_new_string(ctl->arguments[0]));
        return r;
}

static void show_nothing(const Ctl *ctl) {
        screen_line(&ctl->screen, PAINT_NONE, 0, "Nothing was done%s%s%s%s.", ctl->n_arguments > 0 ? " about " : "",
                    ctl->n_arguments > 0 ? ctl->arguments[0] : "", ctl->cycle >= 0 ? " in that cycle" : "",
                    ctl->since || ctl->until ? " in that time" : "");
}

static int show_history(Ctl *ctl) {
        _cleanup_(history_deinit) History history = { .ctl = ctl };
        struct json_object *request = ctl_request("history");
        bool complete;
        size_t rows;
        int exit, r;

        r = request ? fill_request(ctl, request) : -ENOMEM;
        if (r == 0)
                r = table_new(&ctl->screen, 0, columns, ELEMENTS(columns), &history.table);
        if (r < 0) {
                (void) json_object_put(request);
                return r == -EINVAL ? CTL_USAGE : ctl_oom();
        }
        exit = ctl_ask(ctl, request, false, show, &history, &complete);
        rows = table_end(history.table);
        if (complete && !ctl->json && rows == 0)
                show_nothing(ctl);
        return exit;
}

int verb_history(Ctl *ctl) {
        if (!ctl->verify && ctl->head) {
                ctl_complain("'--head' goes with '--verify'");
                return CTL_USAGE;
        }
        if (ctl->verify && (ctl->n_arguments > 0 || ctl->cycle >= 0 || ctl->since || ctl->until || ctl->limit >= 0)) {
                ctl_complain("'--verify' looks at the whole history; no person, cycle, time or limit goes with it");
                return CTL_USAGE;
        }
        return ctl->verify ? history_verify(ctl) : show_history(ctl);
}
