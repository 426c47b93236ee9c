/* locktsyncctl history --verify: whether the history is still what was written. */

#include "daemon/ctl/history-verify.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "daemon/ctl/member.h"
#include "daemon/ctl/words.h"

static void show_sound(const Ctl *ctl, struct json_object *verdict) {
        char n[WORDS_MAX], first[WORDS_MAX], last[WORDS_MAX];
        const Screen *screen = &ctl->screen;

        screen_line(screen, PAINT_GREEN, 0, "The history is what was written: %s.",
                    words_of(n, member_number(verdict, "entries"), "entry", "entries"));
        if (member_number(verdict, "entries") > 0) {
                screen_field(screen, "first", PAINT_NONE, "%" PRId64 ", of %s", member_number(verdict, "first_id"),
                             words_instant(first, member_number(verdict, "first_usec")));
                screen_field(screen, "last", PAINT_NONE, "%" PRId64 ", of %s", member_number(verdict, "last_id"),
                             words_instant(last, member_number(verdict, "last_usec")));
        }
        /* In a line of its own, so that it is not wrapped where it is copied from. */
        screen_line(screen, PAINT_NONE, 2, "head %s", member_text(verdict, "head"));
}

static void show_damaged(const Ctl *ctl, struct json_object *verdict) {
        const Screen *screen = &ctl->screen;
        char last[WORDS_MAX];

        screen_line(screen, PAINT_RED, 0,
                    "The history was changed: entry %" PRId64 " is missing or not what was written.",
                    member_number(verdict, "bad_id"));
        if (member_number(verdict, "entries") > 0)
                screen_line(screen, PAINT_NONE, 0, "Up to entry %" PRId64 " of %s all is as it was written.",
                            member_number(verdict, "last_id"),
                            words_instant(last, member_number(verdict, "last_usec")));
        screen_line(
                screen, PAINT_NONE, 0,
                "Somebody wrote to the state's file, or the disk damaged it. Take a copy of it as "
                "it is ('locktsyncctl backup FILE'), compare it with an older backup, and look who could write there; "
                "the journal has the heads of earlier days, each found with 'locktsyncctl history --verify --head "
                "HASH'.");
}

static void show_head(const Ctl *ctl, struct json_object *verdict) {
        char when[WORDS_MAX];

        if (!member_flag(verdict, "found"))
                screen_line(&ctl->screen, PAINT_RED, 0,
                            "The head %s is not in it: the history was cut short or replaced since it "
                            "was written down (by a restored backup, too), or its entry is older than history.keep.",
                            ctl->head);
        else if (member_number(verdict, "found_usec") > 0)
                screen_line(&ctl->screen, PAINT_GREEN, 0, "The head that you named is that of entry %" PRId64 " of %s.",
                            member_number(verdict, "found_id"),
                            words_instant(when, member_number(verdict, "found_usec")));
        else
                screen_line(&ctl->screen, PAINT_GREEN, 0,
                            "The head that you named is that of entry %" PRId64 ", the last one that "
                            "was dropped for its age.",
                            member_number(verdict, "found_id"));
}

static int show(void *userdata, const char *name, struct json_object *verdict) {
        const Ctl *ctl = userdata;

        if (strcmp(name, "verify") != 0)
                return 0;
        if (member_flag(verdict, "sound"))
                show_sound(ctl, verdict);
        else
                show_damaged(ctl, verdict);
        if (ctl->head)
                show_head(ctl, verdict);
        return 0;
}

int history_verify(Ctl *ctl) {
        struct json_object *request = ctl_request("verify");

        if (request && ctl->head && json_object_object_add(request, "head", json_object_new_string(ctl->head)) < 0) {
                (void) json_object_put(request);
                return ctl_oom();
        }
        return ctl_ask(ctl, request, true, show, ctl, NULL);
}
