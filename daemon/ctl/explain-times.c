/* explain: the line of times, and what is wanted beside what is held. See explain.h. */

#include "daemon/ctl/explain.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "daemon/ctl/member.h"
#include "daemon/ctl/table.h"
#include "daemon/ctl/words.h"

/* "09:01:01.120", with the day before it where it is not today. */
static const char *moment(char buf[static WORDS_MAX], int64_t usec, int64_t now_usec) {
        time_t seconds = (time_t) (usec / 1000000), now = (time_t) (now_usec / 1000000);
        struct tm tm, today;
        char text[40];

        if (usec <= 0 || !localtime_r(&seconds, &tm) || !localtime_r(&now, &today) ||
            strftime(text, sizeof(text), tm.tm_year == today.tm_year && tm.tm_yday == today.tm_yday
                                                 ? "%H:%M:%S" : "%Y-%m-%d %H:%M:%S", &tm) == 0)
                (void) snprintf(buf, WORDS_MAX, "?");
        else
                (void) snprintf(buf, WORDS_MAX, "%s.%03d", text, (int) (usec / 1000 % 1000));
        return buf;
}

/* Only what is known is claimed: an approval between two reads says nothing of when HR changed. */
static void put_hr(FILE *stream, struct json_object *times, int64_t now) {
        int64_t after = member_number(times, "hr_after_usec"), before = member_number(times, "hr_before_usec"),
                notified = member_number(times, "notified_usec");
        char a[WORDS_MAX], b[WORDS_MAX];

        if (before == 0)
                return;
        if (member_flag(times, "approved_between"))
                (void) fprintf(stream, "HR changed before %s (approved since), ", moment(b, before, now));
        else if (notified > 0)
                (void) fprintf(stream, "HR changed by %s (it told), ", moment(a, notified, now));
        else if (after > 0)
                (void) fprintf(stream, "HR changed between %s and %s, ", moment(a, after, now), moment(b, before, now));
        else
                (void) fprintf(stream, "HR changed before %s (the first read), ", moment(b, before, now));
}

void explain_show_times(const Explained *explained) {
        struct json_object *times = member(explained->known, "times");
        int64_t now = explained->ctl->now_usec, back = member_number(times, "read_back_usec");
        char a[WORDS_MAX], b[WORDS_MAX], c[WORDS_MAX], d[WORDS_MAX];
        char *text = NULL;
        size_t size;
        FILE *stream;

        if (!times || !(stream = open_memstream(&text, &size)))
                return;
        put_hr(stream, times, now);
        if (fclose(stream) == 0)
                screen_line(&explained->ctl->screen, PAINT_BOLD, 0,
                            "The last change (%s): %sseen %s, sent %s, acknowledged %s, %s%s.",
                            member_text(times, "action"), text, moment(a, member_number(times, "seen_usec"), now),
                            moment(b, member_number(times, "sent_usec"), now),
                            moment(c, member_number(times, "acknowledged_usec"), now),
                            back > 0 ? "read back " : "not read back yet", back > 0 ? moment(d, back, now) : "");
        free(text);
}

/* "Cardholder (line 43), Security (line 44)" */
static int join(struct json_object *object, const char *name, bool lines, char **ret) {
        size_t n = member_count(object, name), size;
        FILE *stream = open_memstream(ret, &size);

        if (!stream)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++) {
                struct json_object *level = member_at(object, name, i);
                const char *known = member_text(level, "name");

                (void) fprintf(stream, "%s%s%s", i > 0 ? ", " : "", *known ? known : "#",
                               *known ? "" : value_text(member(level, "id")));
                if (lines && member(level, "line"))
                        (void) fprintf(stream, " (line %" PRId64 ")", member_number(level, "line"));
        }
        return fclose(stream) == 0 ? 0 : -ENOMEM;
}

static const TableColumn columns[] = {
        { "PROPERTY", TABLE_KEEP }, { "HR WANTS", 0 }, { "LOCKT HOLDS", TABLE_WRAP },
};

static int add_row(Table *table, const char *name, const char *wanted, const char *held) {
        const char *const cells[] = { name, *wanted ? wanted : "(none)", *held ? held : "(none)" };

        return table_add(table, strcmp(wanted, held) == 0 ? PAINT_NONE : PAINT_YELLOW, cells);
}

static int add_properties(Table *table, struct json_object *wanted, struct json_object *lockt) {
        struct json_object *properties = member(wanted, "properties");
        struct json_object_iterator at, end;

        if (!json_object_is_type(properties, json_type_object))
                return 0;
        at = json_object_iter_begin(properties);
        end = json_object_iter_end(properties);
        for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at)) {
                const char *name = json_object_iter_peek_name(&at);

                if (add_row(table, name, value_text(json_object_iter_peek_value(&at)),
                            value_text(member(lockt, name))) < 0)
                        return -ENOMEM;
        }
        for (size_t i = 0; i < member_count(wanted, "kept"); i++) {
                const char *name = value_text(member_at(wanted, "kept", i));
                const char *held = value_text(member(lockt, name));

                if (table_add(table, PAINT_NONE, (const char *const[]) { name, "(empty in HR: stays)",
                                                                         *held ? held : "(none)" }) < 0)
                        return -ENOMEM;
        }
        return 0;
}

/* Levels that nobody's rule grants stay, unless locktsync granted them: no difference is painted here. */
static int add_levels(Table *table, struct json_object *wanted, struct json_object *lockt) {
        _cleanup_(freep) char *rules = NULL, *held = NULL;

        if (!member(wanted, "levels"))
                return 0;
        if (join(wanted, "levels", true, &rules) < 0 || join(lockt, "accesslevels", false, &held) < 0)
                return -ENOMEM;
        return table_add(table, PAINT_NONE, (const char *const[]) { "levels", *rules ? rules : "(none)",
                                                                    *held ? held : "(none)" });
}

int explain_show_wanted(const Explained *explained) {
        struct json_object *wanted = member(explained->known, "wanted"), *lockt = member(explained->known, "lockt");
        const Screen *screen = &explained->ctl->screen;
        _cleanup_(table_freep) Table *table = NULL;
        int r;

        if (!wanted)
                return 0;
        screen_line(screen, PAINT_BOLD, 0, "What HR wants, beside what Lockt holds");
        if (*member_text(wanted, "fault"))
                screen_line(screen, PAINT_YELLOW, 2, "can't be carried: %s", member_text(wanted, "fault"));
        if (member_flag(wanted, "excluded"))
                screen_line(screen, PAINT_YELLOW, 2, "'exclude' names this id_num: never written");
        if (strcmp(member_text(wanted, "standing"), "in") != 0) {
                screen_line(screen, PAINT_NONE, 2,
                            strcmp(member_text(wanted, "standing"), "out") == 0
                                    ? "no access: the row says that this person is out (see 'leavers')"
                                    : "neither in nor out: the status is none that the mapping names, so access stays "
                                      "as it is");
                (void) fputc('\n', screen->out);
                return 0;
        }
        r = table_new(screen, 2, columns, ELEMENTS(columns), &table);
        if (r >= 0)
                r = add_properties(table, wanted, lockt);
        if (r >= 0)
                r = add_levels(table, wanted, lockt);
        if (r >= 0)
                (void) table_end(table);
        (void) fputc('\n', screen->out);
        return r;
}
