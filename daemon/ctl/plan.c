/*
 * locktsyncctl plan: what the next cycle would do
 *
 * The daemon tells people in the order of their keys, and the sums last; a reader wants the sums first and the
 * revocations before all. So entries are put aside, each kind in a temporary file of its own, until all are known.
 */

#include <errno.h>
#include <string.h>

#include "daemon/ctl/ctl.h"
#include "daemon/ctl/member.h"
#include "daemon/ctl/plan.h"
#include "daemon/ctl/words.h"

#define SHOWN_MAX 50            /* of each kind, without --all */

typedef struct Pile {
        FILE *file;             /* a line an entry */
        int64_t kept, all;
} Pile;

typedef struct Planned {
        Ctl *ctl;
        Pile piles[PLAN_GROUPS];
        Pile clears;
        struct json_object *summary;
        struct json_object *verdicts;   /* what Lockt says, with --validate */
} Planned;

static void planned_deinit(Planned *planned) {
        for (size_t i = 0; i < PLAN_GROUPS; i++)
                if (planned->piles[i].file)
                        (void) fclose(planned->piles[i].file);
        if (planned->clears.file)
                (void) fclose(planned->clears.file);
        (void) json_object_put(planned->summary);
        (void) json_object_put(planned->verdicts);
}

static int keep(Planned *planned, Pile *pile, struct json_object *entry) {
        const char *text;

        pile->all++;
        if (!planned->ctl->all && pile->kept == SHOWN_MAX)
                return 0;
        if (!pile->file)
                pile->file = tmpfile();
        if (!pile->file)
                return -errno;
        text = json_object_to_json_string_ext(entry, JSON_C_TO_STRING_PLAIN);
        if (!text)
                return -ENOMEM;
        if (fputs(text, pile->file) < 0 || fputc('\n', pile->file) < 0)
                return -errno;
        pile->kept++;
        return 0;
}

static int take(void *userdata, const char *name, struct json_object *value) {
        Planned *planned = userdata;
        size_t group;
        int r;

        if (strcmp(name, "mistake") == 0)
                plan_complain(&planned->ctl->screen, planned->ctl->config, value);
        if (strcmp(name, "summary") == 0) {
                (void) json_object_put(planned->summary);
                planned->summary = json_object_get(value);
                return 0;
        }
        if (strcmp(name, "invalid") == 0 || strcmp(name, "not_released") == 0)
                return json_object_array_add(planned->verdicts, json_object_get(value)) < 0 ? -ENOMEM : 0;
        if (strcmp(name, "plan") != 0)
                return 0;
        group = plan_group_of(value);
        if (group == PLAN_GROUPS)
                return 0;
        r = keep(planned, &planned->piles[group], value);
        return r >= 0 && plan_clears(value) ? keep(planned, &planned->clears, value) : r;
}

static int show_pile(const Screen *screen, Pile *pile, void (*show)(const Screen *, struct json_object *)) {
        _cleanup_(freep) char *line = NULL;
        size_t allocated = 0;
        ssize_t n;

        if (fflush(pile->file) != 0 || fseek(pile->file, 0, SEEK_SET) != 0)
                return -errno;
        while ((n = getline(&line, &allocated, pile->file)) > 0) {
                struct json_object *entry = json_tokener_parse(line);

                show(screen, entry);
                (void) json_object_put(entry);
        }
        return ferror(pile->file) ? -EIO : 0;
}

static int show_group(const Screen *screen, const PlanGroup *group, Pile *pile,
                      void (*show)(const Screen *, struct json_object *)) {
        char n[WORDS_MAX];
        int r;

        screen_line(screen, group->paint == PAINT_NONE ? PAINT_BOLD : group->paint, 0, "%s: %s", group->title,
                    words_of(n, pile->all, group->one, group->many));
        screen_line(screen, PAINT_DIM, 2, "%s", group->meaning);
        (void) fputc('\n', screen->out);
        r = show_pile(screen, pile, show);
        if (pile->kept < pile->all)
                screen_line(screen, PAINT_BOLD, 2, "and %s more; 'locktsyncctl plan --all' shows everybody",
                            words_count(n, pile->all - pile->kept));
        if (pile->kept < pile->all)
                (void) fputc('\n', screen->out);
        return r;
}

static const PlanGroup clears_group = {
        "clear", "Emptied values", "person", "people", PAINT_YELLOW,
        "HR has nothing where Lockt has something; 'null: keep' in the mapping leaves it there",
};

static int show_all(Planned *planned) {
        const Screen *screen = &planned->ctl->screen;
        int r = 0;

        plan_show_head(screen, planned->summary, planned->ctl->now_usec);
        for (size_t i = 0; r >= 0 && i < PLAN_GROUPS; i++)
                if (planned->piles[i].all > 0)
                        r = show_group(screen, &plan_groups[i], &planned->piles[i], plan_show_entry);
        if (r >= 0 && planned->clears.all > 0)
                r = show_group(screen, &clears_group, &planned->clears, plan_show_clears);
        if (r >= 0 && planned->ctl->validate)
                plan_show_verdicts(screen, planned->verdicts);
        if (r >= 0)
                plan_show_foot(screen, planned->summary);
        return r;
}

int verb_plan(Ctl *ctl) {
        _cleanup_(planned_deinit) Planned planned = { .ctl = ctl };
        struct json_object *request = ctl_request("plan");
        bool complete;
        int exit, r;

        if (request && ctl->config) {
                exit = plan_add_file(request, ctl->config);
                if (exit != CTL_OK) {
                        (void) json_object_put(request);
                        return exit;
                }
        }
        planned.verdicts = json_object_new_array();
        if (!planned.verdicts || (request && ctl->validate &&
            json_object_object_add(request, "validate", json_object_new_boolean(true)) < 0)) {
                (void) json_object_put(request);
                return ctl_oom();
        }
        if (request && ctl->bodies && json_object_object_add(request, "bodies", json_object_new_boolean(true)) < 0) {
                (void) json_object_put(request);
                return ctl_oom();
        }
        exit = ctl_ask(ctl, request, true, take, &planned, &complete);
        if (!complete || ctl->json)
                return exit;
        r = show_all(&planned);
        if (r < 0) {
                (void) fflush(ctl->screen.out);
                ctl_complain("can't show the plan, which was put aside in a temporary file: %s", strerror(-r));
                return CTL_FAILED;
        }
        return exit;
}
