/* lock, unlock, link, unlink, locked, blocked: what somebody decides about a person himself */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>

#include "daemon/control-call.h"
#include "daemon/control-json.h"
#include "daemon/journal.h"
#include "daemon/link-file.h"
#include "daemon/messages.h"
#include "lib/state/hand.h"
#include "lib/sync/hand.h"

#define WHO_MAX 32

static const char *who(const Call *call, char buf[static WHO_MAX]) {
        (void) snprintf(buf, WHO_MAX, "user id %u", call->peer);
        return buf;
}

/* What was done or refused. The sentence of a refusal is in call->error. */
static int conclude(Call *call, int r, const char *key, HandAnswer *answer, const char *done) {
        struct json_object *line;
        char by[WHO_MAX];

        if (r == SYNC_REFUSED)
                return -EPERM;
        if (r < 0)
                return service_check(call->service, r, &call->error);
        journal_say(MESSAGE(MESSAGE_STEERED, "steered", LOG_NOTICE, .action = call->command->name, .id_num = key),
                    "%s has %s %s", who(call, by), done, key ? key : "people from a list");
        line = json_object_new_object();
        json_add(line, "id_num", json_text_or_null(key));
        json_add(line, "lockt_id", answer->lockt_id > 0 ? json_object_new_int64(answer->lockt_id) : NULL);
        json_add_flag(line, "effective", !answer->ineffective);
        json_add_text(line, "text", answer->text);
        call_say(call, call->command->name, line);
        if (answer->ineffective)
                call->exit = SERVICE_FAILED;
        hand_answer_deinit(answer);
        service_poke(call->service);
        return 0;
}

static int begin_lock(Call *call) {
        const char *key = call_text(call, "id_num");
        HandAnswer answer = { 0 };
        char by[WHO_MAX];
        int r;

        r = sync_lock(call->service->sync, clock_now(), key, call_text(call, "reason"), who(call, by), &answer,
                      &call->error);
        return conclude(call, r, key, &answer, "locked");
}

static const Member lock_members[] = { { "id_num", MEMBER_TEXT, true }, { "reason", MEMBER_TEXT, true }, { 0 } };

const Command command_lock = { .name = "lock", .steers = true, .members = lock_members, .begin = begin_lock };

static int begin_unlock(Call *call) {
        const char *key = call_text(call, "id_num");
        HandAnswer answer = { 0 };
        char by[WHO_MAX];
        int r;

        r = sync_unlock(call->service->sync, clock_now(), key, who(call, by), &answer, &call->error);
        return conclude(call, r, key, &answer, "unlocked");
}

static const Member one_member[] = { { "id_num", MEMBER_TEXT, true }, { 0 } };

const Command command_unlock = { .name = "unlock", .steers = true, .members = one_member, .begin = begin_unlock };

static int begin_unlink(Call *call) {
        const char *key = call_text(call, "id_num");
        HandAnswer answer = { 0 };
        char by[WHO_MAX];
        int r;

        r = sync_unlink(call->service->sync, clock_now(), key, who(call, by), &answer, &call->error);
        return conclude(call, r, key, &answer, "unlinked");
}

const Command command_unlink = { .name = "unlink", .steers = true, .members = one_member, .begin = begin_unlink };

/* One person is refused as the request is; of a list, every line that is wrong is said. */
static void complain_of_one(void *userdata, size_t wish, const char *sentence) {
        Call *call = userdata;

        (void) wish;
        (void) error_set(&call->error, -EPERM, "%s", sentence);
}

static int link_one(Call *call, const char *key, const char *id) {
        LinkWish wish = { .key = key };
        HandAnswer answer = { 0 };
        char by[WHO_MAX];
        int r;

        if (link_id_parse(id, &wish.lockt_id) < 0)
                return call_usage(call, "a Lockt id is a number of 1 or more, or 'new', not '%s'", id);
        r = sync_link(call->service->sync, clock_now(), &wish, 1, who(call, by), complain_of_one, call, &answer,
                      &call->error);
        return conclude(call, r, key, &answer, "linked");
}

typedef struct LinkList {
        Call *call;
        LinkRow *rows;
        size_t n;
        bool wrong;
} LinkList;

static void link_list_deinit(LinkList *list) {
        link_rows_free(list->rows, list->n);
}

static void complain_of_line(void *userdata, unsigned line, const char *sentence) {
        LinkList *list = userdata;
        struct json_object *said = json_object_new_object();

        list->wrong = true;
        json_add_number(said, "line", line);
        json_add_text(said, "text", sentence);
        call_say(list->call, "wrong", said);
}

static void complain_of_wish(void *userdata, size_t wish, const char *sentence) {
        LinkList *list = userdata;

        complain_of_line(list, list->rows[wish].line, sentence);
}

static int link_list(Call *call, const char *text) {
        _cleanup_(link_list_deinit) LinkList list = { .call = call };
        _cleanup_(freep) LinkWish *wishes = NULL;
        HandAnswer answer = { 0 };
        char by[WHO_MAX];
        int r;

        r = link_file_parse(text, complain_of_line, &list, &list.rows, &list.n);
        if (r < 0)
                return error_set(&call->error, r, "cannot link people: out of memory");
        if (r > 0) {
                call->exit = SERVICE_FAILED;
                return 0;
        }
        wishes = calloc(list.n, sizeof(*wishes));
        if (!wishes)
                return error_set(&call->error, -ENOMEM, "cannot link people: out of memory");
        for (size_t i = 0; i < list.n; i++)
                wishes[i] = (LinkWish) { .key = list.rows[i].id_num, .lockt_id = list.rows[i].lockt_id };
        r = sync_link(call->service->sync, clock_now(), wishes, list.n, who(call, by), complain_of_wish, &list, &answer,
                      &call->error);
        if (r == SYNC_REFUSED) {
                error_clear(&call->error);
                call->exit = SERVICE_FAILED;
                return 0;
        }
        return conclude(call, r, NULL, &answer, "linked");
}

static int begin_link(Call *call) {
        const char *key = call_text(call, "id_num"), *id = call_text(call, "lockt_id"), *list = call_text(call, "list");

        if (list && !key && !id)
                return link_list(call, list);
        if (!key || !id || list)
                return call_usage(call, "'link' takes an id_num and a lockt_id, or a list");
        return link_one(call, key, id);
}

static const Member link_members[] = {
        { "id_num", MEMBER_TEXT, false }, { "lockt_id", MEMBER_TEXT, false }, { "list", MEMBER_TEXT, false }, { 0 },
};

const Command command_link = { .name = "link", .steers = true, .members = link_members, .begin = begin_link };

/* The key that was told last. */
static void end_locked(Call *call) {
        free(*(char **) call->data);
}

static int next_locked(Call *call) {
        _cleanup_(lock_deinit) Lock lock = { 0 };
        char **after = call->data;
        struct json_object *line;
        int r;

        r = lock_next(call->service->state, *after, &lock, &call->error);
        if (r != 0)
                return r < 0 ? r : CALL_DONE;
        line = json_object_new_object();
        json_add_text(line, "id_num", lock.key);
        json_add_text(line, "reason", lock.reason);
        json_add_text(line, "by", lock.by);
        json_add_time(line, "since_usec", lock.since_usec);
        call_say(call, "locked", line);
        free(*after);
        *after = steal(lock.key);
        return CALL_MORE;
}

const Command command_locked = { .name = "locked", .size = sizeof(char *), .next = next_locked, .end = end_locked };

static int next_blocked(Call *call) {
        _cleanup_(blocked_deinit) Blocked blocked = { 0 };
        struct json_object *line;
        int r;

        r = sync_next_blocked(call->service->sync, clock_now(), call->data, &blocked, &call->error);
        if (r != 0)
                return r < 0 ? r : r == SYNC_BLOCKED_AGAIN ? CALL_AGAIN : CALL_DONE;
        line = json_object_new_object();
        json_add_text(line, "id_num", blocked.key);
        json_add_number(line, "lockt_id", blocked.lockt_id);
        json_add_time(line, "seen_usec", blocked.seen_usec);
        call_say(call, "blocked", line);
        return CALL_MORE;
}

const Command command_blocked = { .name = "blocked", .size = sizeof(int64_t), .next = next_blocked };
