/*
 * locktsyncctl explain WHO: why a person has what he has
 *
 * First when the last change went which way, and the answer in a sentence; then what it rests on, in the order of the
 * way of the data: HR's row, the rules, what is wanted against what is held, what waits, what Lockt holds.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemon/ctl/access.h"
#include "daemon/ctl/explain.h"
#include "daemon/ctl/member.h"
#include "daemon/ctl/table.h"
#include "daemon/ctl/words.h"
#include "lib/base/time.h"

static void explained_deinit(Explained *explained) {
        (void) json_object_put(explained->hr);
        (void) json_object_put(explained->rules);
        (void) json_object_put(explained->known);
        (void) json_object_put(explained->candidates);
}

static int take(void *userdata, const char *name, struct json_object *value) {
        Explained *explained = userdata;
        struct json_object **place = strcmp(name, "hr") == 0 ? &explained->hr
                                     : strcmp(name, "explain") == 0 ? &explained->known : NULL;

        if (place) {
                (void) json_object_put(*place);
                *place = json_object_get(value);
        } else if (strcmp(name, "rule") == 0 && json_object_array_add(explained->rules, json_object_get(value)) < 0)
                return -ENOMEM;
        else if (strcmp(name, "candidate") == 0 &&
                 json_object_array_add(explained->candidates, json_object_get(value)) < 0)
                return -ENOMEM;
        if (strcmp(name, "explain") == 0 && *member_text(value, "id_num"))
                explained->key = member_text(explained->known, "id_num");
        return 0;
}

/* "3 min ago" for a time as the daemon writes it, "never" for none. */
static const char *when(char buf[static WORDS_MAX], const Ctl *ctl, struct json_object *object, const char *name) {
        int64_t instant = INSTANT_NONE;

        (void) instant_parse_api(member_text(object, name), "UTC", &instant);
        return words_when(buf, instant == INSTANT_NONE ? 0 : instant * 1000000, ctl->now_usec);
}

static void show_verdict(const Explained *explained) {
        const Screen *screen = &explained->ctl->screen;
        struct json_object *known = explained->known, *hr = explained->hr, *queue = member(known, "queue"),
                           *parked = member(known, "parked"), *revocation = member(known, "revocation");
        const char *key = explained->key, *why = member_text(queue, "why");
        bool in_hr = member_flag(hr, "found"), linked = member(known, "link");

        if (member(known, "lock"))
                screen_line(screen, PAINT_RED, 0, "%s is locked by %s: %s", key,
                            member_text(member(known, "lock"), "by"), member_text(member(known, "lock"), "reason"));
        if (parked)
                screen_line(screen, PAINT_YELLOW, 0, "%s is parked: %s", key, member_text(parked, "reason"));
        else if (member(known, "held") && !member_flag(member(known, "held"), "approved"))
                screen_line(screen, PAINT_RED, 0, "%s is held back until somebody approves it: %s.", key,
                            member_text(member(known, "held"), "reason"));
        else if (queue)
                screen_line(screen, PAINT_YELLOW, 0, "A change of %s waits to be sent to Lockt%s%s.", key,
                            *why ? ": " : "", why);
        else if (member(known, "reverted"))
                screen_line(screen, PAINT_YELLOW, 0,
                            "%s is as before cycle %" PRId64 ", not as HR wants, until HR changes this row "
                            "('locktsyncctl revert').", key, member_number(member(known, "reverted"), "cycle"));
        else if (revocation && !member_flag(revocation, "confirmed"))
                screen_line(screen, PAINT_YELLOW, 0,
                            "%s lost access; Lockt acknowledged it, and it has not been seen by "
                            "reading yet.",
                            key);
        else if (!member_flag(hr, "reachable"))
                screen_line(screen, PAINT_YELLOW, 0, "Nothing waits for %s; what HR says now could not be read.", key);
        else if (linked)
                screen_line(screen, PAINT_GREEN, 0, "Nothing is to be done for %s: Lockt is as HR wants it.", key);
        else if (in_hr)
                screen_line(screen, PAINT_NONE, 0,
                            "HR has %s, Lockt does not, and nothing waits: either the change has not "
                            "been read yet, or there is no access to give.",
                            key);
        else if (member(known, "person"))
                screen_line(screen, PAINT_NONE, 0, "HR has %s no more, and Lockt never had.", key);
        else
                screen_line(screen, PAINT_YELLOW, 0, "Nobody knows %s: neither HR nor locktsync.", key);
}

/* "Cardholder (574), Security (576)" */
static int join_levels(struct json_object *object, const char *name, char **ret) {
        size_t n = member_count(object, name), size;
        FILE *stream = open_memstream(ret, &size);

        if (!stream)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++) {
                struct json_object *level = member_at(object, name, i);
                const char *known = member_text(level, "name");

                (void) fprintf(stream, "%s%s%s(%" PRId64 ")", i > 0 ? ", " : "", known, *known ? " " : "",
                               member_number(level, "id"));
        }
        if (n == 0)
                (void) fputs("(none)", stream);
        return fclose(stream) == 0 ? 0 : -ENOMEM;
}

/* What the person opens now, as far as is known. */
static int show_access(const Explained *explained) {
        const Screen *screen = &explained->ctl->screen;
        struct json_object *lockt = member(explained->known, "lockt");
        const char *words, *expires = member_text(lockt, "access_expires"),
                           *effective = member_text(lockt, "access_effective");
        _cleanup_(freep) char *levels = NULL;
        bool open;

        words = access_words(lockt, explained->ctl->now_usec, &open);
        if (join_levels(lockt, "accesslevels", &levels) < 0)
                return -ENOMEM;
        if (!lockt)
                screen_line(screen, PAINT_NONE, 0, "Opens nothing: Lockt has no such user.");
        else if (strcmp(words, "later") == 0)
                screen_line(screen, PAINT_NONE, 0, "Opens nothing yet; from %s on: %s.", effective, levels);
        else if (!open)
                screen_line(screen, PAINT_NONE, 0, "Opens nothing: the user in Lockt is %s.", words);
        else if (member_count(lockt, "accesslevels") == 0)
                screen_line(screen, PAINT_NONE, 0, "Opens nothing: the user in Lockt holds no levels.");
        else
                screen_line(screen, PAINT_NONE, 0, "Opens what these levels open%s%s: %s.", *expires ? ", until " : "",
                            expires, levels);
        return 0;
}

static const TableColumn pair[] = { { NULL, TABLE_KEEP }, { NULL, TABLE_WRAP } };

/* Names and values, one a line; the values whole. */
static int show_pairs(const Screen *screen, struct json_object *object) {
        struct json_object_iterator at = json_object_iter_begin(object), end = json_object_iter_end(object);
        _cleanup_(table_freep) Table *table = NULL;
        int r;

        r = table_new(screen, 2, pair, ELEMENTS(pair), &table);
        for (; r >= 0 && !json_object_iter_equal(&at, &end); json_object_iter_next(&at)) {
                struct json_object *value = json_object_iter_peek_value(&at);
                const char *const cells[] = { json_object_iter_peek_name(&at), value ? value_text(value) : "(null)" };

                r = table_add(table, value ? PAINT_NONE : PAINT_DIM, cells);
        }
        if (r >= 0)
                (void) table_end(table);
        return r;
}

static int show_hr(const Explained *explained) {
        const Screen *screen = &explained->ctl->screen;
        struct json_object *hr = explained->hr, *person = member(explained->known, "person"), *row = member(hr, "row");
        int r = 0;

        screen_line(screen, PAINT_BOLD, 0, "HR");
        if (!member_flag(hr, "reachable"))
                screen_line(screen, PAINT_RED, 2, "can't be read: %s", member_text(hr, "error"));
        else if (!member_flag(hr, "found"))
                screen_line(screen, PAINT_YELLOW, 2, "has no row of this id_num%s",
                            member_flag(person, "gone")     ? "; that is believed, and acted upon"
                            : member_flag(person, "absent") ? "; seen once, to be believed after leavers.absent_for"
                                                            : "");
        else if (json_object_is_type(row, json_type_object))
                r = show_pairs(screen, row);
        if (*member_text(person, "boundary"))
                screen_line(screen, PAINT_NONE, 2, "something begins or ends by itself at %s",
                            member_text(person, "boundary"));
        (void) fputc('\n', screen->out);
        return r;
}

static void show_rules(const Explained *explained) {
        const Screen *screen = &explained->ctl->screen;
        size_t n = json_object_array_length(explained->rules);

        if (n == 0)
                return;
        screen_line(screen, PAINT_BOLD, 0, "Rules, by their line in the configuration");
        for (size_t i = 0; i < n; i++) {
                struct json_object *rule = json_object_array_get_idx(explained->rules, i);
                char label[WORDS_MAX];

                (void) snprintf(label, sizeof(label), "line %" PRId64, member_number(rule, "line"));
                if (member_flag(rule, "matched"))
                        screen_field(screen, label, PAINT_GREEN, "matches");
                else
                        screen_field(screen, label, PAINT_NONE, "does not match: %s", member_text(rule, "why"));
        }
        (void) fputc('\n', screen->out);
}

/* A record of a user, property by property; what is empty is left out. */
static int show_record(const Screen *screen, struct json_object *record) {
        static const char *const names[] = { "id_num", "first_name", "last_name", "email", "phone", "card_num",
                                             "access_effective", "access_expires", "enabled" };
        _cleanup_(freep) char *levels = NULL;

        if (join_levels(record, "accesslevels", &levels) < 0)
                return -ENOMEM;
        for (size_t i = 0; i < ELEMENTS(names); i++) {
                const char *text = value_text(member(record, names[i]));

                if (*text)
                        screen_field(screen, names[i], PAINT_NONE, "%s", text);
        }
        screen_field(screen, "levels", PAINT_NONE, "%s", levels);
        return 0;
}

static int show_queue(const Explained *explained) {
        const Screen *screen = &explained->ctl->screen;
        struct json_object *queue = member(explained->known, "queue");
        char a[WORDS_MAX];
        int r;

        if (!queue)
                return 0;
        screen_line(screen, PAINT_BOLD, 0, "Wanted, and waiting to be sent");
        screen_field(screen, "why", PAINT_NONE, "%s (lane: %s; HR says: %s)", member_text(queue, "why"),
                     member_text(queue, "lane"), member_text(queue, "standing"));
        screen_field(screen, "waits since", PAINT_NONE, "%s", when(a, explained->ctl, queue, "queued"));
        if (member_number(queue, "attempts") > 0)
                screen_field(screen, "tries", PAINT_YELLOW, "%" PRId64 " failed, the next %s",
                             member_number(queue, "attempts"),
                             *member_text(queue, "next") ? when(a, explained->ctl, queue, "next") : "at once");
        if (*member_text(queue, "last_error"))
                screen_field(screen, "last error", PAINT_YELLOW, "%s", member_text(queue, "last_error"));
        if (member_flag(queue, "reads_first"))
                screen_field(screen, "", PAINT_NONE, "its record in Lockt is read again before anything is sent");
        r = show_record(screen, member(queue, "wanted"));
        (void) fputc('\n', screen->out);
        return r;
}

static int show_lockt(const Explained *explained) {
        const Screen *screen = &explained->ctl->screen;
        struct json_object *lockt = member(explained->known, "lockt"), *link = member(explained->known, "link");
        _cleanup_(freep) char *granted = NULL;
        char a[WORDS_MAX], b[WORDS_MAX];
        int r = 0;

        screen_line(screen, PAINT_BOLD, 0, "Lockt");
        if (!link) {
                screen_line(screen, PAINT_NONE, 2, "has no user that is linked to this id_num");
                (void) fputc('\n', screen->out);
                return 0;
        }
        if (join_levels(link, "granted", &granted) < 0)
                return -ENOMEM;
        screen_field(screen, "user", PAINT_NONE, "%s, linked %s", *value_text(member(link, "lockt_id"))
                     ? value_text(member(link, "lockt_id")) : "created, its id is not known yet",
                     when(a, explained->ctl, link, "linked"));
        if (lockt) {
                screen_field(screen, "seen", PAINT_NONE, "by reading %s; a write of ours acknowledged %s",
                             when(a, explained->ctl, lockt, "seen"), when(b, explained->ctl, lockt, "acknowledged"));
                if (member_flag(lockt, "missing"))
                        screen_field(screen, "", PAINT_RED, "is in Lockt no more");
                r = show_record(screen, lockt);
        }
        screen_field(screen, "granted by us", PAINT_NONE, "%s", granted);
        if (*member_text(link, "disabled_by_locktsync"))
                screen_field(screen, "disabled", PAINT_NONE, "by locktsync, %s",
                             when(a, explained->ctl, link, "disabled_by_locktsync"));
        (void) fputc('\n', screen->out);
        return r;
}

static void show_revocation(const Explained *explained) {
        const Screen *screen = &explained->ctl->screen;
        struct json_object *revocation = member(explained->known, "revocation");
        char a[WORDS_MAX], b[WORDS_MAX], c[WORDS_MAX];

        if (!revocation)
                return;
        screen_line(screen, PAINT_BOLD, 0, "Revocation");
        screen_line(screen, PAINT_NONE, 2, "decided %s, acknowledged %s, %s; looked at again %s",
                    when(a, explained->ctl, revocation, "decided"), when(b, explained->ctl, revocation, "acknowledged"),
                    member_flag(revocation, "confirmed") ? "confirmed by reading" : "not confirmed by reading yet",
                    when(c, explained->ctl, revocation, "next_look"));
        (void) fputc('\n', screen->out);
}

static void show_parked(const Explained *explained) {
        struct json_object *parked = member(explained->known, "parked");
        char a[WORDS_MAX];

        if (!parked)
                return;
        screen_line(&explained->ctl->screen, PAINT_BOLD, 0, "Parked");
        screen_line(&explained->ctl->screen, PAINT_YELLOW, 2, "since %s: %s", when(a, explained->ctl, parked, "since"),
                    member_text(parked, "reason"));
        (void) fputc('\n', explained->ctl->screen.out);
}

static void show_held(const Explained *explained) {
        const Screen *screen = &explained->ctl->screen;
        struct json_object *held = member(explained->known, "held");
        char a[WORDS_MAX], b[WORDS_MAX];

        if (!held)
                return;
        screen_line(screen, PAINT_BOLD, 0, "Held");
        screen_line(screen, PAINT_RED, 2, "since %s: %s (%s)", when(a, explained->ctl, held, "since"),
                    member_text(held, "reason"), member_text(held, "kind"));
        if (member_flag(held, "approved"))
                screen_line(screen, PAINT_NONE, 2, "approved: goes with the next read of HR");
        else {
                screen_line(screen, PAINT_NONE, 2, "approve it alone: locktsyncctl approve %s --only %s",
                            member_text(held, "digest"), explained->key);
                if (member_number(held, "people") > 1)
                        screen_line(screen, PAINT_NONE, 2,
                                    "or all %s that are held for this reason: locktsyncctl approve %s",
                                    words_count(b, member_number(held, "people")), member_text(held, "digest"));
        }
        (void) fputc('\n', screen->out);
}

static void show_reverted(const Explained *explained) {
        const Screen *screen = &explained->ctl->screen;
        struct json_object *reverted = member(explained->known, "reverted");
        char a[WORDS_MAX];

        if (!reverted)
                return;
        screen_line(screen, PAINT_BOLD, 0, "Set back");
        screen_line(screen, PAINT_YELLOW, 2,
                    "to before cycle %" PRId64 ", %s; HR's row is not acted upon until it changes",
                    member_number(reverted, "cycle"), when(a, explained->ctl, reverted, "since"));
        (void) fputc('\n', screen->out);
}

/* Several who could be meant, or one whom HR does not keep. */
static int show_candidates(const Explained *explained) {
        static const TableColumn titles[] = { { "ID_NUM", TABLE_KEEP }, { "LOCKT", TABLE_KEEP | TABLE_RIGHT },
                                              { "NAME", 0 }, { "", TABLE_WRAP } };
        size_t n = json_object_array_length(explained->candidates);
        const Screen *screen = &explained->ctl->screen;
        _cleanup_(table_freep) Table *table = NULL;
        int r;

        screen_line(screen, PAINT_NONE, 0, n == 1 ? "'%s' is a user of Lockt whom HR does not know:"
                                                  : "'%s' could be several; ask again with an id_num:",
                    explained->ctl->arguments[0]);
        r = table_new(screen, 2, titles, ELEMENTS(titles), &table);
        for (size_t i = 0; i < n && r >= 0; i++) {
                struct json_object *one = json_object_array_get_idx(explained->candidates, i);
                const char *first = member_text(one, "first_name"), *last = member_text(one, "last_name");
                _cleanup_(freep) char *name = NULL;

                if (asprintf(&name, "%s%s%s", first, *first && *last ? " " : "", last) < 0) {
                        name = NULL;
                        return -ENOMEM;
                }
                r = table_add(table, PAINT_NONE, (const char *const[]) {
                        member_text(one, "id_num"), value_text(member(one, "lockt_id")), name,
                        member_flag(one, "linked") ? "" : "not known to HR" });
        }
        if (r >= 0)
                (void) table_end(table);
        return r;
}

/* Who was found by something else than the id_num. */
static void show_whom(const Explained *explained) {
        struct json_object *one = json_object_array_get_idx(explained->candidates, 0);
        const char *first = member_text(one, "first_name"), *last = member_text(one, "last_name");

        if (strcmp(explained->key, explained->ctl->arguments[0]) != 0)
                screen_line(&explained->ctl->screen, PAINT_BOLD, 0, "'%s' is %s: %s%s%s", explained->ctl->arguments[0],
                            explained->key, first, *first && *last ? " " : "", last);
}

static int show(const Explained *explained) {
        int r;

        if (!explained->known)
                return show_candidates(explained);
        show_whom(explained);
        explain_show_times(explained);
        show_verdict(explained);
        r = show_access(explained);
        (void) fputc('\n', explained->ctl->screen.out);
        if (r >= 0)
                r = show_hr(explained);
        show_rules(explained);
        if (r >= 0)
                r = explain_show_wanted(explained);
        if (r >= 0)
                r = show_queue(explained);
        show_held(explained);
        show_parked(explained);
        show_reverted(explained);
        if (r >= 0)
                r = show_lockt(explained);
        show_revocation(explained);
        screen_line(&explained->ctl->screen, PAINT_NONE, 0, "What was done so far: 'locktsyncctl history %s'.",
                    explained->key);
        return r;
}

int verb_explain(Ctl *ctl) {
        _cleanup_(explained_deinit) Explained explained = {
                .ctl = ctl, .key = ctl->arguments[0], .rules = json_object_new_array(),
                .candidates = json_object_new_array(),
        };
        struct json_object *request = ctl_request("explain");
        bool complete;
        int exit;

        if (!request || !explained.rules || !explained.candidates ||
            json_object_object_add(request, "who", json_object_new_string(ctl->arguments[0])) < 0) {
                (void) json_object_put(request);
                return ctl_oom();
        }
        exit = ctl_ask(ctl, request, true, take, &explained, &complete);
        if (!complete || ctl->json)
                return exit;
        return show(&explained) < 0 ? ctl_oom() : exit;
}
