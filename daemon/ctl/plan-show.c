/* A plan for a careful reader. See plan.h. */

#include <inttypes.h>
#include <string.h>

#include "daemon/ctl/member.h"
#include "daemon/ctl/plan.h"
#include "daemon/ctl/words.h"

const PlanGroup plan_groups[PLAN_GROUPS] = {
        { "revoke", "Revocations", "person loses access", "people lose access", PAINT_RED,
          "sent before anything else" },
        { "hold", "Held back", "person", "people", PAINT_RED,
          "more people than a limit of 'safety' allows: it waits for 'locktsyncctl approve'" },
        { "double", "Probable doubles", "person", "people", PAINT_YELLOW,
          "somebody else could be the same person, or has the number, card or e-mail: not written before that is "
          "settled" },
        { "park", "Parked", "person", "people", PAINT_YELLOW,
          "data and grants are withheld until the reason is gone; a revocation never is" },
        { "change", "Changes", "person", "people", PAINT_NONE,
          "linked users whose record in Lockt is not as HR has it" },
        { "create", "Creations", "person", "people", PAINT_NONE, "new users of Lockt" },
        { "adopt", "Adoptions", "person", "people", PAINT_NONE,
          "users that Lockt has already and that are as HR wants them: linked, not written" },
};

size_t plan_group_of(struct json_object *entry) {
        const char *action = member_text(entry, "action");
        size_t i;

        if (strcmp(action, "park") == 0 && strcmp(member_text(entry, "kind"), "conflict") == 0)
                action = "double";

        for (i = 0; i < PLAN_GROUPS; i++)
                if (strcmp(plan_groups[i].action, action) == 0)
                        break;
        return i;
}

int64_t plan_group_count(const PlanGroup *group, struct json_object *summary) {
        int64_t doubles = member_number(summary, "doubles"), n;

        if (strcmp(group->action, "double") == 0)
                return doubles;
        n = member_number(member(summary, "actions"), group->action);
        return strcmp(group->action, "park") == 0 ? n - doubles : n;
}

static const char *or_none(const char *text) {
        return *text ? text : "(none)";
}

static void show_name(const Screen *screen, struct json_object *entry) {
        (void) fputs("  ", screen->out);
        (void) screen_put(screen, PAINT_BOLD, member_text(entry, "id_num"), screen->width / 2);
        (void) fputs("  ", screen->out);
        (void) screen_put(screen, PAINT_NONE, member_text(entry, "first_name"), screen->width / 3);
        (void) fputc(' ', screen->out);
        (void) screen_put(screen, PAINT_NONE, member_text(entry, "last_name"), screen->width / 3);
        (void) fputc('\n', screen->out);
}

static void show_person(const Screen *screen, struct json_object *entry) {
        const char *why = member_text(entry, "why"), *reason = member_text(entry, "reason");
        bool takes = member_flag(entry, "takes"), gives = member_flag(entry, "gives");

        show_name(screen, entry);
        screen_line(screen, takes ? PAINT_RED : PAINT_NONE, 6, "%s%s%s", *why ? why : "changed",
                    takes && gives ? "; takes access and gives other" : takes ? "; takes access"
                    : gives ? "; gives access" : "",
                    member_flag(entry, "adopts") ? "; links the user that Lockt has already" : "");
        if (*reason)
                screen_line(screen, PAINT_YELLOW, 6, "%s", reason);
}

static void show_properties(const Screen *screen, struct json_object *entry) {
        size_t widest = 0, n = member_count(entry, "properties");

        for (size_t i = 0; i < n; i++) {
                size_t length = strlen(member_text(member_at(entry, "properties", i), "property"));

                widest = length > widest ? length : widest;
        }
        for (size_t i = 0; i < n; i++) {
                struct json_object *change = member_at(entry, "properties", i);
                const char *property = member_text(change, "property"), *from = member_text(change, "from"),
                           *to = member_text(change, "to");

                if (strcmp(property, "accesslevels") == 0 && !*from && !*to)
                        continue;       /* the levels stand below, one by one */
                screen_line(screen, PAINT_NONE, 6, "%-*s  %s %s %s", (int) (widest < 40 ? widest : 40), property,
                            or_none(from), screen_arrow(screen), or_none(to));
        }
}

static void show_levels(const Screen *screen, struct json_object *entry, const char *name, const char *sign,
                        Paint paint) {
        for (size_t i = 0; i < member_count(entry, name); i++) {
                struct json_object *level = member_at(entry, name, i);
                int64_t line = member_number(level, "line"), id = member_number(level, "id");
                const char *known = member_text(level, "name");

                if (line > 0)
                        screen_line(screen, paint, 6, "%s level %s%s(%" PRId64 "), by the rule in line %" PRId64, sign,
                                    known, *known ? " " : "", id, line);
                else
                        screen_line(screen, paint, 6, "%s level %s%s(%" PRId64 ")", sign, known, *known ? " " : "", id);
        }
}

/* Not wrapped, so that it can be copied whole. */
static void show_bodies(const Screen *screen, struct json_object *entry) {
        for (size_t i = 0; i < member_count(entry, "bodies"); i++) {
                struct json_object *body = member_at(entry, "bodies", i);

                screen_line(screen, PAINT_DIM, 6, "%s %s", member_text(body, "method"), member_text(body, "path"));
                screen_blanks(screen, 6);
                (void) screen_put(screen, PAINT_DIM, member_text(body, "body"), SIZE_MAX);
                (void) fputc('\n', screen->out);
        }
}

void plan_show_entry(const Screen *screen, struct json_object *entry) {
        show_person(screen, entry);
        show_properties(screen, entry);
        show_levels(screen, entry, "lost", "-", PAINT_RED);
        show_levels(screen, entry, "gained", "+", PAINT_GREEN);
        show_bodies(screen, entry);
        (void) fputc('\n', screen->out);
}

static bool is_emptied(struct json_object *change) {
        return *member_text(change, "from") && !*member_text(change, "to");
}

bool plan_clears(struct json_object *entry) {
        const char *action = member_text(entry, "action");

        if (strcmp(action, "hold") == 0 || strcmp(action, "park") == 0)
                return false;
        for (size_t i = 0; i < member_count(entry, "properties"); i++)
                if (is_emptied(member_at(entry, "properties", i)))
                        return true;
        return false;
}

void plan_show_clears(const Screen *screen, struct json_object *entry) {
        show_name(screen, entry);
        for (size_t i = 0; i < member_count(entry, "properties"); i++) {
                struct json_object *change = member_at(entry, "properties", i);

                if (is_emptied(change))
                        screen_line(screen, PAINT_NONE, 6, "%s  %s %s (none)", member_text(change, "property"),
                                    member_text(change, "from"), screen_arrow(screen));
        }
        (void) fputc('\n', screen->out);
}

void plan_show_verdicts(const Screen *screen, struct json_object *verdicts) {
        size_t n = json_object_array_length(verdicts);

        if (n == 0)
                screen_line(screen, PAINT_GREEN, 0, "Lockt would take these records.");
        for (size_t i = 0; i < n; i++) {
                struct json_object *verdict = json_object_array_get_idx(verdicts, i);

                if (member(verdict, "what"))
                        screen_line(screen, PAINT_NONE, 0, "%s.", member_text(verdict, "text"));
                else
                        screen_line(screen, PAINT_RED, 0, "Lockt would refuse %s: %s", member_text(verdict, "id_num"),
                                    member_text(verdict, "text"));
        }
        (void) fputc('\n', screen->out);
}
