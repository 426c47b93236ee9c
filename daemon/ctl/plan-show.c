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
          "would lose access, and are more than safety.max_revoked allows: nothing is sent for them" },
        { "park", "Parked", "person", "people", PAINT_YELLOW,
          "data and grants are withheld until the reason is gone; a revocation never is" },
        { "change", "Changes", "person", "people", PAINT_NONE,
          "linked users whose record in Lockt is not as HR has it" },
        { "create", "Creations", "person", "people", PAINT_NONE, "new users of Lockt" },
        { "adopt", "Adoptions", "person", "people", PAINT_NONE,
          "users that Lockt has already and that are as HR wants them: linked, not written" },
};

size_t plan_group_of(const char *action) {
        size_t i;

        for (i = 0; i < PLAN_GROUPS; i++)
                if (strcmp(plan_groups[i].action, action) == 0)
                        break;
        return i;
}

static const char *or_none(const char *text) {
        return *text ? text : "(none)";
}

static void show_person(const Screen *screen, struct json_object *entry) {
        const char *why = member_text(entry, "why"), *reason = member_text(entry, "reason");
        bool takes = member_flag(entry, "takes"), gives = member_flag(entry, "gives");

        (void) fputs("  ", screen->out);
        (void) screen_put(screen, PAINT_BOLD, member_text(entry, "id_num"), screen->width / 2);
        (void) fputs("  ", screen->out);
        (void) screen_put(screen, PAINT_NONE, member_text(entry, "first_name"), screen->width / 3);
        (void) fputc(' ', screen->out);
        (void) screen_put(screen, PAINT_NONE, member_text(entry, "last_name"), screen->width / 3);
        (void) fputc('\n', screen->out);

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

void plan_show_head(const Screen *screen, struct json_object *summary, int64_t now_usec) {
        struct json_object *actions = member(summary, "actions");
        int64_t losing = member_number(summary, "losing"), gaining = member_number(summary, "gaining");
        char a[WORDS_MAX], b[WORDS_MAX];

        screen_line(screen, PAINT_BOLD, 0, "Plan of %s; nothing has been written.", words_instant(a, now_usec));
        (void) fputc('\n', screen->out);
        screen_field(screen, "People in HR", PAINT_NONE, "%s", words_count(a, member_number(summary, "rows")));
        screen_field(screen, "Lose access", losing > 0 ? PAINT_RED : PAINT_NONE, "%s",
                     words_of(a, losing, "person", "people"));
        screen_field(screen, "Gain access", PAINT_NONE, "%s", words_of(a, gaining, "person", "people"));
        for (size_t i = 0; i < PLAN_GROUPS; i++) {
                int64_t n = member_number(actions, plan_groups[i].action);

                screen_field(screen, plan_groups[i].title, n > 0 ? plan_groups[i].paint : PAINT_NONE, "%s",
                             words_count(a, n));
        }
        screen_field(screen, "Writes", PAINT_NONE, "%s to Lockt",
                     words_of(b, member_number(summary, "writes"), "request", "requests"));
        if (!member_flag(summary, "absence_proven"))
                screen_field(screen, "Absence", PAINT_YELLOW, "this read proves of nobody that he is gone from HR");
        if (*member_text(summary, "note"))
                screen_field(screen, "Note", PAINT_YELLOW, "%s", member_text(summary, "note"));
        (void) fputc('\n', screen->out);
}

static void show_rules(const Screen *screen, struct json_object *summary) {
        int64_t rows = member_number(summary, "rows");
        size_t n = member_count(summary, "rules");

        if (n > 0)
                screen_line(screen, PAINT_BOLD, 0, "Rules");
        for (size_t i = 0; i < n; i++) {
                struct json_object *rule = member_at(summary, "rules", i);
                int64_t matches = member_number(rule, "matches");
                char a[WORDS_MAX], b[WORDS_MAX], label[WORDS_MAX];

                (void) snprintf(label, sizeof(label), "line %" PRId64, member_number(rule, "line"));
                if (matches > 0)
                        screen_field(screen, label, PAINT_NONE, "matches %s of %s people", words_count(a, matches),
                                     words_count(b, rows));
                else
                        screen_field(screen, label, PAINT_YELLOW, "matches nobody");
        }
        if (n > 0)
                (void) fputc('\n', screen->out);
}

void plan_show_foot(const Screen *screen, struct json_object *summary) {
        int64_t losing = member_number(summary, "losing"), gaining = member_number(summary, "gaining"),
                writes = member_number(summary, "writes"), unknown = member_number(summary, "unknown_users");
        char a[WORDS_MAX], b[WORDS_MAX], c[WORDS_MAX];

        show_rules(screen, summary);
        for (size_t i = 0; i < member_count(summary, "holds"); i++)
                screen_line(screen, PAINT_YELLOW, 0, "Waiting: %s.",
                            member_text(member_at(summary, "holds", i), "text"));
        if (unknown > 0)
                screen_line(screen, PAINT_NONE, 0, "%s not known to HR and not touched: 'locktsyncctl unknown'.",
                            words_of(a, unknown, "user of Lockt is", "users of Lockt are"));
        if (writes == 0)
                screen_line(screen, PAINT_BOLD, 0, "Nothing would be written.");
        else
                screen_line(screen, PAINT_BOLD, 0, "%s access, %s access, in %s.",
                            words_of(a, losing, "person would lose", "people would lose"),
                            words_of(b, gaining, "would gain", "would gain"),
                            words_of(c, writes, "request", "requests"));
}
