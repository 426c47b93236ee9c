/* history: what was done, newest first; verify: whether that is still what was written */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/control-call.h"
#include "daemon/control-json.h"
#include "lib/base/cleanup.h"
#include "lib/state/history.h"
#include "lib/state/snapshot.h"

#define VERIFY_PIECE 2000u

typedef struct Walk {
        HistoryFilter filter;
        int64_t before;         /* the id of the entry that was told last; 0: none */
        int64_t left;           /* how many more; -1: all */
        Level *levels;          /* for the names in what was before and after */
        size_t n_levels;
} Walk;

static int begin_history(Call *call) {
        Walk *walk = call->data;
        int64_t limit = call_number(call, "limit", 100);

        walk->left = limit > 0 ? limit : -1;
        walk->filter = HISTORY_ALL;
        walk->filter.key = call_text(call, "id_num");
        walk->filter.cycle = call_number(call, "cycle", -1);
        walk->filter.since_usec = call_number(call, "since_usec", 0);
        walk->filter.until_usec = call_number(call, "until_usec", INT64_MAX);
        return snapshot_get_levels(call->service->state, &walk->levels, &walk->n_levels, &call->error);
}

/* The history has ids of levels: names may change, and what they mean now is what a reader can look up. */
static void name_levels(const Walk *walk, struct json_object *detail, const char *which) {
        struct json_object *record, *ids, *named;

        if (!json_object_object_get_ex(detail, which, &record) ||
            !json_object_object_get_ex(record, "accesslevels", &ids) || !json_object_is_type(ids, json_type_array))
                return;
        named = json_object_new_array();
        for (size_t i = 0; named && i < json_object_array_length(ids); i++) {
                int64_t id = json_object_get_int64(json_object_array_get_idx(ids, i));
                struct json_object *level = json_object_new_object();

                json_add_number(level, "id", id);
                json_add_text(level, "name", level_name(id, walk->levels, walk->n_levels));
                if (json_object_array_add(named, level) < 0)
                        (void) json_object_put(level);
        }
        json_add(record, "accesslevels", named);
}

static void say_entry(Call *call, const HistoryEntry *entry) {
        struct json_object *line = json_object_new_object(),
                           *detail = entry->detail ? json_tokener_parse(entry->detail) : NULL;

        name_levels(call->data, detail, "before");
        name_levels(call->data, detail, "after");
        json_add_number(line, "id", entry->id);
        json_add_time(line, "at_usec", entry->at_usec);
        json_add_number(line, "cycle", entry->cycle);
        json_add_text(line, "id_num", entry->key);
        json_add_text(line, "action", entry->action);
        json_add(line, "detail", detail);
        call_say(call, "history", line);
}

static int next_history(Call *call) {
        Walk *walk = call->data;
        _cleanup_(history_entry_deinit) HistoryEntry entry = { 0 };
        int r;

        if (walk->left == 0)
                return CALL_DONE;
        r = history_find(call->service->state, &walk->filter, &walk->before, &entry, &call->error);
        if (r < 0)
                return r;
        if (r != 0)
                return r == HISTORY_AGAIN ? CALL_AGAIN : CALL_DONE;
        if (walk->left > 0)
                walk->left--;
        say_entry(call, &entry);
        return CALL_MORE;
}

static void end_history(Call *call) {
        Walk *walk = call->data;

        levels_free(walk->levels, walk->n_levels);
}

static const Member history_members[] = {
        { "id_num", MEMBER_TEXT, false },
        { "limit", MEMBER_NUMBER, false },
        { "cycle", MEMBER_NUMBER, false },
        { "since_usec", MEMBER_NUMBER, false },
        { "until_usec", MEMBER_NUMBER, false },
        { 0 },
};

const Command command_history = { .name = "history", .members = history_members, .size = sizeof(Walk),
        .begin = begin_history, .next = next_history, .end = end_history };

static int hex_digit(char c) {
        if (c >= '0' && c <= '9')
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static int parse_hash(const char *text, uint8_t ret[HASH_SIZE]) {
        if (strlen(text) != 2 * HASH_SIZE)
                return -EINVAL;
        for (size_t i = 0; i < HASH_SIZE; i++) {
                int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);

                if (high < 0 || low < 0)
                        return -EINVAL;
                ret[i] = (uint8_t) (high << 4 | low);
        }
        return 0;
}

static struct json_object *hash_json(const uint8_t hash[HASH_SIZE]) {
        char text[2 * HASH_SIZE + 1];

        for (size_t i = 0; i < HASH_SIZE; i++)
                (void) snprintf(text + 2 * i, 3, "%02x", hash[i]);
        return json_text(text);
}

static int begin_verify(Call *call) {
        HistoryCheck *check = call->data;
        const char *head = call_text(call, "head");

        if (!head)
                return 0;
        check->wanted = true;
        if (parse_hash(head, check->head) < 0)
                return call_usage(call, "a head of the history is %d hexadecimal digits, as the journal has them",
                                  2 * HASH_SIZE);
        return 0;
}

static int next_verify(Call *call) {
        HistoryCheck *check = call->data;
        struct json_object *line;
        int r;

        r = history_check(call->service->state, check, VERIFY_PIECE, &call->error);
        if (r < 0)
                return r;
        if (r == 1)
                return CALL_AGAIN;
        line = json_object_new_object();
        json_add_flag(line, "sound", r == 0);
        json_add_number(line, "entries", check->n);
        json_add_number(line, "first_id", check->first_id);
        json_add_time(line, "first_usec", check->first_usec);
        json_add_number(line, "last_id", check->last_id);
        json_add_time(line, "last_usec", check->last_usec);
        json_add(line, "head", hash_json(check->hash));
        json_add(line, "bad_id", check->bad > 0 ? json_object_new_int64(check->bad) : NULL);
        if (check->wanted) {
                json_add_flag(line, "found", check->found);
                json_add(line, "found_id", check->found ? json_object_new_int64(check->found_id) : NULL);
                json_add_time(line, "found_usec", check->found_usec);
        }
        call_say(call, "verify", line);
        if (r != 0 || (check->wanted && !check->found))
                call->exit = SERVICE_FAILED;
        return CALL_DONE;
}

static const Member verify_members[] = { { "head", MEMBER_TEXT, false }, { 0 } };

const Command command_verify = { .name = "verify", .members = verify_members, .size = sizeof(HistoryCheck),
        .begin = begin_verify, .next = next_verify };
