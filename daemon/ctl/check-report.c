/* The lines of a check. See check.h. */

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "daemon/ctl/check.h"
#include "daemon/ctl/mask.h"
#include "daemon/ctl/member.h"
#include "daemon/ctl/words.h"

#define TEXT_COLUMN 24

/* What usually helps, where the one who found the error has no better idea. */
static const char *advice_for(const char *what) {
        static const struct {
                const char *what, *advice;
        } rows[] = {
                { "configuration", "mend the file, then 'systemctl reload locktsyncd'" },
                { "state", "look at the disk, and at the owner of the state directory" },
                { "hr", "is the server up, and hr.connection right? try the same with psql; may the role connect "
                        "(pg_hba.conf) and read the view?" },
                { "columns", "name a column that hr.people returns, or let the query return it" },
                { "people", "run the query hr.people with psql as the same role" },
                { "lockt", "are lockt.url, apiuser and apikey right, and may this machine speak HTTPS to that host?" },
                { "levels", "write the name as Lockt has it, or make the level there" },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++)
                if (strcmp(rows[i].what, what) == 0)
                        return rows[i].advice;
        return "";
}

static void show_line(const Screen *screen, CheckVerdict verdict, const char *what, const char *text,
                      const char *mend) {
        static const char *const words[] = { "ok", "warning", "error" };
        static const Paint paints[] = { PAINT_GREEN, PAINT_YELLOW, PAINT_RED };
        size_t used = screen_put(screen, paints[verdict], words[verdict], 8);

        screen_blanks(screen, 9 - used);
        used = 9 + screen_put(screen, PAINT_NONE, what, TEXT_COLUMN - 10);
        screen_blanks(screen, TEXT_COLUMN - used);
        screen_wrap(screen, PAINT_NONE, TEXT_COLUMN, text);
        (void) fputc('\n', screen->out);
        if (verdict != CHECK_OK && *mend)
                screen_line(screen, PAINT_NONE, TEXT_COLUMN, "%s %s", screen_arrow(screen), mend);
}

/* Names of levels, as in "levels  Cardholder, Security". */
static void show_levels(const Screen *screen, struct json_object *person) {
        _cleanup_(freep) char *text = NULL;
        size_t size;
        FILE *stream = open_memstream(&text, &size);

        if (!stream)
                return;
        for (size_t i = 0; i < member_count(person, "levels"); i++) {
                struct json_object *level = member_at(person, "levels", i);
                const char *name = member_text(level, "name");

                (void) fprintf(stream, "%s%s", i > 0 ? ", " : "", *name ? name : value_text(member(level, "id")));
        }
        if (fclose(stream) == 0)
                screen_line(screen, PAINT_NONE, TEXT_COLUMN, "levels: %s", *text ? text : "(none)");
}

static void show_person(const Screen *screen, struct json_object *person) {
        struct json_object *properties = member(person, "properties");
        struct json_object_iterator at, end;

        screen_blanks(screen, 9);
        (void) fputs("person", screen->out);
        screen_blanks(screen, TEXT_COLUMN - 15);
        (void) screen_put(screen, PAINT_BOLD, member_text(person, "id_num"), screen->width / 2);
        (void) fprintf(screen->out, " (HR says: ");
        (void) screen_put(screen, PAINT_NONE, member_text(person, "standing"), 20);
        (void) fputs(")\n", screen->out);
        if (json_object_is_type(properties, json_type_object)) {
                at = json_object_iter_begin(properties);
                end = json_object_iter_end(properties);
                for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at)) {
                        struct json_object *value = json_object_iter_peek_value(&at);

                        screen_line(screen, PAINT_NONE, TEXT_COLUMN, "%s: %s", json_object_iter_peek_name(&at),
                                    value ? value_text(value) : "(empty)");
                }
        }
        show_levels(screen, person);
        if (*member_text(person, "fault"))
                screen_line(screen, PAINT_YELLOW, TEXT_COLUMN, "withheld: %s", member_text(person, "fault"));
}

int check_show(void *userdata, const char *name, struct json_object *value) {
        CheckReport *report = userdata;
        const char *what = member_text(value, "what"), *mend = member_text(value, "mend");
        CheckVerdict verdict;

        if (strcmp(name, "person") == 0)
                show_person(&report->ctl->screen, value);
        if (strcmp(name, "check") != 0)
                return 0;
        verdict = !member_flag(value, "ok") ? CHECK_ERROR : member_flag(value, "warning") ? CHECK_WARNING : CHECK_OK;
        report->errors += verdict == CHECK_ERROR;
        report->warnings += verdict == CHECK_WARNING;
        show_line(&report->ctl->screen, verdict, what, member_text(value, "text"), *mend ? mend : advice_for(what));
        return 0;
}

/* Prints {"@name": @value} as a line; takes @value. */
static void print_json(const CheckReport *report, const char *name, struct json_object *value) {
        struct json_object *line = json_object_new_object();
        const char *text = NULL;

        if (line && value && json_object_object_add(line, name, value) == 0)
                text = json_object_to_json_string_ext(line, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
        else
                (void) json_object_put(value);
        if (text)
                ctl_print_json(report->ctl->screen.out, text, strlen(text));
        (void) json_object_put(line);
}

static void tell(CheckReport *report, CheckVerdict verdict, const char *what, const char *mend, const char *text) {
        struct json_object *line;

        report->errors += verdict == CHECK_ERROR;
        report->warnings += verdict == CHECK_WARNING;
        if (!mend)
                mend = advice_for(what);
        if (!report->ctl->json) {
                show_line(&report->ctl->screen, verdict, what, text, mend);
                (void) fflush(report->ctl->screen.out); /* the next one may take a while */
                return;
        }
        line = json_object_new_object();
        (void) json_object_object_add(line, "what", json_object_new_string(what));
        (void) json_object_object_add(line, "ok", json_object_new_boolean(verdict != CHECK_ERROR));
        (void) json_object_object_add(line, "warning", json_object_new_boolean(verdict == CHECK_WARNING));
        (void) json_object_object_add(line, "text", json_object_new_string(text));
        if (verdict != CHECK_OK && *mend)
                (void) json_object_object_add(line, "mend", json_object_new_string(mend));
        print_json(report, "check", line);
}

void check_say(CheckReport *report, CheckVerdict verdict, const char *what, const char *mend, const char *format, ...) {
        _cleanup_(freep) char *text = NULL;
        va_list ap;

        va_start(ap, format);
        if (vasprintf(&text, format, ap) < 0)
                text = NULL;
        va_end(ap);
        tell(report, verdict, what, mend, text ? text : "(out of memory)");
}

void check_complain(CheckReport *report, const char *what, const Config *config, Mark mark, const char *sentence) {
        report->configuration = true;
        check_say(report, CHECK_ERROR, what, NULL, "%s:%u:%u: %s", config->path, mark.line, mark.column, sentence);
}

static bool is_personal(Property property) {
        return property < TEXT_PROPERTIES && property != PROPERTY_ID_NUM;
}

static struct json_object *property_json(const User *user, Property property) {
        _cleanup_(freep) char *masked = NULL;
        char instant[INSTANT_TEXT_SIZE];
        int64_t value = property == PROPERTY_ACCESS_EFFECTIVE ? user->access_effective : user->access_expires;

        if (property == PROPERTY_PIN)
                return user->pin ? json_object_new_string("(set)") : NULL;
        if (property == PROPERTY_ENABLED)
                return json_object_new_boolean(user->enabled);
        if (!is_personal(property))
                return value != INSTANT_NONE && instant_format_iso(value, instant) == 0
                               ? json_object_new_string(instant)
                               : NULL;
        if (!*user_text(user, property))
                return NULL;
        masked = mask_form(user_text(user, property));
        return masked ? json_object_new_string(masked) : NULL;
}

static struct json_object *levels_json(const Person *person, const Level *levels, size_t n_levels) {
        struct json_object *array = json_object_new_array();

        for (size_t i = 0; array && i < person->wanted.n_levels; i++) {
                struct json_object *level = json_object_new_object();
                const char *name = "";

                for (size_t k = 0; k < n_levels; k++)
                        if (levels[k].id == person->wanted.levels[i])
                                name = levels[k].name;
                (void) json_object_object_add(level, "id", json_object_new_int64(person->wanted.levels[i]));
                (void) json_object_object_add(level, "name", json_object_new_string(name));
                if (json_object_array_add(array, level) < 0)
                        (void) json_object_put(level);
        }
        return array;
}

int check_say_person(CheckReport *report, const Person *person, const Level *levels, size_t n_levels) {
        static const char *const standings[] = { "in", "out", "unclear", "absent" };
        struct json_object *object = json_object_new_object(), *properties = json_object_new_object();

        if (!object || !properties) {
                (void) json_object_put(object);
                (void) json_object_put(properties);
                return -1;
        }
        for (Property property = 0; property < PROPERTY_ACCESSLEVELS; property++)
                if ((person->mapped & PROPERTY_BIT(property)) && property != PROPERTY_ID_NUM)
                        (void) json_object_object_add(properties, property_name(property),
                                                      property_json(&person->wanted, property));
        (void) json_object_object_add(object, "id_num", json_object_new_string(person->key));
        (void) json_object_object_add(object, "standing", json_object_new_string(standings[person->standing]));
        (void) json_object_object_add(object, "properties", properties);
        (void) json_object_object_add(object, "levels", levels_json(person, levels, n_levels));
        (void) json_object_object_add(object, "fault", person->fault ? json_object_new_string(person->fault) : NULL);
        if (report->ctl->json) {
                print_json(report, "person", object);
                return 0;
        }
        show_person(&report->ctl->screen, object);
        (void) json_object_put(object);
        return 0;
}

int check_verdict(const CheckReport *report) {
        const Screen *screen = &report->ctl->screen;
        char a[WORDS_MAX], b[WORDS_MAX];

        if (!report->ctl->json) {
                (void) fputc('\n', screen->out);
                if (report->errors == 0 && report->warnings == 0)
                        screen_line(screen, PAINT_GREEN, 0, "All is well.");
                else
                        screen_line(screen, report->errors > 0 ? PAINT_RED : PAINT_YELLOW, 0, "%s, %s.",
                                    words_of(a, (int64_t) report->errors, "error", "errors"),
                                    words_of(b, (int64_t) report->warnings, "warning", "warnings"));
        }
        return report->errors == 0 ? CTL_OK : report->configuration ? CTL_CONFIG : CTL_FAILED;
}
