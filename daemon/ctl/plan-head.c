/* What stands before and behind the people of a plan. See plan.h. */

#include <inttypes.h>
#include <string.h>

#include "daemon/ctl/member.h"
#include "daemon/ctl/plan.h"
#include "daemon/ctl/words.h"

/* The digest that stands for the plan as it is held; "": the next cycle holds it. */
static const char *plan_digest(struct json_object *summary) {
        for (size_t i = 0; i < member_count(summary, "holds"); i++) {
                struct json_object *hold = member_at(summary, "holds", i);

                if (strcmp(member_text(hold, "kind"), "plan") == 0)
                        return member_text(hold, "digest");
        }
        return "";
}

/* The gate is never closed to them (invariant 5). */
static const char *words_leavers(struct json_object *summary) {
        return member_number(member(summary, "actions"), "revoke") > 0
                       ? " Whose row says that he left loses access all the same." : "";
}

static void show_gate(const Screen *screen, struct json_object *summary) {
        const char *gate = member_text(summary, "gate"), *digest = plan_digest(summary);

        if (!*gate)
                return;
        if (*digest) {
                screen_line(screen, PAINT_YELLOW, 0, "Nothing of this is written before it is approved:");
                screen_line(screen, PAINT_BOLD, 4, "locktsyncctl approve %s", digest);
        } else
                screen_line(screen, PAINT_YELLOW, 0, "Nothing of this is written before it is approved; 'locktsyncctl "
                            "held' shows the digest when a cycle has read HR.");
        screen_line(screen, PAINT_DIM, 0, "Why: %s.%s", gate, words_leavers(summary));
}

/* What a reload with another file would do. */
static void show_reload(const Screen *screen, struct json_object *summary, struct json_object *file) {
        const char *mapping = member_text(file, "mapping");

        if (strcmp(member_text(file, "mode"), "report") == 0)
                screen_line(screen, PAINT_YELLOW, 0, "This file says 'mode: report': with it nothing is written.");
        else if (*member_text(summary, "gate"))
                screen_line(screen, PAINT_YELLOW, 0, "After a reload with this file nothing of this is written before "
                            "it is approved: %s.%s", member_text(summary, "gate"), words_leavers(summary));
        else if (strcmp(mapping, "goes") == 0)
                screen_line(screen, PAINT_YELLOW, 0,
                            "A reload with this file does it at once: safety.mapping_change is 'go'.");
        else
                screen_line(screen, PAINT_NONE, 0,
                            "The mapping is the one that was approved: a reload with this file does it at once.");
}

static void show_file(const Screen *screen, struct json_object *summary, struct json_object *file) {
        show_reload(screen, summary, file);
        for (size_t i = 0; i < member_count(file, "ignored"); i++)
                screen_line(screen, PAINT_YELLOW, 0,
                            "%s differs and is not followed: the plan is about the HR and the Lockt of the daemon.",
                            value_text(member_at(file, "ignored", i)));
        for (size_t i = 0; i < member_count(file, "remarks"); i++) {
                struct json_object *remark = member_at(file, "remarks", i);

                screen_line(screen, PAINT_YELLOW, 0, "%s:%" PRId64 ":%" PRId64 ": %s", member_text(file, "path"),
                            member_number(remark, "line"), member_number(remark, "column"),
                            member_text(remark, "text"));
        }
}

static void show_title(const Screen *screen, struct json_object *summary, int64_t now_usec) {
        struct json_object *file = member(summary, "file");
        char when[WORDS_MAX];

        if (!file) {
                screen_line(screen, PAINT_BOLD, 0, "Plan of %s; nothing has been written.",
                            words_instant(when, now_usec));
                show_gate(screen, summary);
                return;
        }
        screen_line(screen, PAINT_BOLD, 0, "Plan of %s by %s; nothing has been written, and the running configuration "
                    "stays.", words_instant(when, now_usec), member_text(file, "path"));
        show_file(screen, summary, file);
}

void plan_show_head(const Screen *screen, struct json_object *summary, int64_t now_usec) {
        int64_t losing = member_number(summary, "losing"), gaining = member_number(summary, "gaining"),
                clearing = member_number(summary, "clearing");
        char a[WORDS_MAX], b[WORDS_MAX];

        show_title(screen, summary, now_usec);
        (void) fputc('\n', screen->out);
        screen_field(screen, "People in HR", PAINT_NONE, "%s", words_count(a, member_number(summary, "rows")));
        screen_field(screen, "Lose access", losing > 0 ? PAINT_RED : PAINT_NONE, "%s",
                     words_of(a, losing, "person", "people"));
        screen_field(screen, "Gain access", PAINT_NONE, "%s", words_of(a, gaining, "person", "people"));
        for (size_t i = 0; i < PLAN_GROUPS; i++) {
                int64_t n = plan_group_count(&plan_groups[i], summary);

                screen_field(screen, plan_groups[i].title, n > 0 ? plan_groups[i].paint : PAINT_NONE, "%s",
                             words_count(a, n));
        }
        if (clearing > 0)
                screen_field(screen, "Emptied values", PAINT_YELLOW, "of %s",
                             words_of(a, clearing, "person", "people"));
        screen_field(screen, "Writes", PAINT_NONE, "%s to Lockt",
                     words_of(b, member_number(summary, "writes"), "request", "requests"));
        if (!member_flag(summary, "absence_proven"))
                screen_field(screen, "Absence", PAINT_YELLOW, "this read proves of nobody that he is gone from HR");
        if (*member_text(summary, "note"))
                screen_field(screen, "Note", PAINT_YELLOW, "%s", member_text(summary, "note"));
        (void) fputc('\n', screen->out);
}

/* "", ", was 40", ", the same as before", ", a new rule". */
static const char *words_before(char buf[static 2 * WORDS_MAX], struct json_object *rule, bool compared) {
        char n[WORDS_MAX];

        buf[0] = '\0';
        if (compared && !member(rule, "was"))
                (void) snprintf(buf, 2 * WORDS_MAX, ", a new rule");
        else if (compared)
                (void) snprintf(buf, 2 * WORDS_MAX, ", was %s", words_count(n, member_number(rule, "was")));
        return buf;
}

static void show_rule(const Screen *screen, struct json_object *rule, int64_t rows, bool compared) {
        int64_t matches = member_number(rule, "matches");
        char a[WORDS_MAX], b[WORDS_MAX], label[WORDS_MAX], before[2 * WORDS_MAX];
        bool differs = compared && member(rule, "was") && member_number(rule, "was") != matches;

        (void) snprintf(label, sizeof(label), "line %" PRId64, member_number(rule, "line"));
        (void) words_before(before, rule, compared);
        if (matches > 0)
                screen_field(screen, label, differs ? PAINT_BOLD : PAINT_NONE, "matches %s of %s people%s",
                             words_count(a, matches), words_count(b, rows), before);
        else
                screen_field(screen, label, PAINT_YELLOW, "matches nobody%s", before);
}

static void show_rules(const Screen *screen, struct json_object *summary) {
        bool compared = member_flag(member(summary, "file"), "compared");
        size_t n = member_count(summary, "rules"), n_gone = member_count(summary, "gone");

        if (n + n_gone == 0)
                return;
        screen_line(screen, PAINT_BOLD, 0, "Rules");
        for (size_t i = 0; i < n; i++)
                show_rule(screen, member_at(summary, "rules", i), member_number(summary, "rows"), compared);
        for (size_t i = 0; i < n_gone; i++) {
                struct json_object *rule = member_at(summary, "gone", i);
                char was[WORDS_MAX];

                screen_line(screen, PAINT_YELLOW, 3, "the rule in line %" PRId64 " of the running file is gone%s%s",
                            member_number(rule, "line"), compared ? ", it matched " : "",
                            compared ? words_of(was, member_number(rule, "was"), "person", "people") : "");
        }
        if (member(summary, "file") && !compared)
                screen_line(screen, PAINT_NONE, 3, "What the running file's rules match is not known: the new query "
                            "lacks columns that they need.");
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
