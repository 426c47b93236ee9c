/* history: what was done, newest first */

#include <stdlib.h>

#include "daemon/control-call.h"
#include "daemon/control-json.h"
#include "lib/state/ledger.h"

#define SKIP_MAX 256u

typedef struct Walk {
        int64_t before;         /* the id of the entry that was told last; 0: none */
        int64_t left;           /* how many more; -1: all */
        int64_t cycle;          /* of one cycle only; -1: of all */
        unsigned skipped;       /* in this turn of the loop */
} Walk;

static int begin_history(Call *call) {
        Walk *walk = call->data;
        int64_t limit = call_number(call, "limit", 100);

        walk->left = limit > 0 ? limit : -1;
        walk->cycle = call_number(call, "cycle", -1);
        return 0;
}

static void say_entry(Call *call, const HistoryEntry *entry) {
        struct json_object *line = json_object_new_object();

        json_add_number(line, "id", entry->id);
        json_add_time(line, "at_usec", entry->at_usec);
        json_add_number(line, "cycle", entry->cycle);
        json_add_text(line, "id_num", entry->key);
        json_add_text(line, "action", entry->action);
        json_add(line, "detail", entry->detail ? json_tokener_parse(entry->detail) : NULL);
        call_say(call, "history", line);
}

/* Cycles only grow, so entries older than the one that is asked for end the walk. */
static int next_history(Call *call) {
        Walk *walk = call->data;
        _cleanup_(history_entry_deinit) HistoryEntry entry = { 0 };
        int r;

        if (walk->left == 0)
                return CALL_DONE;
        if (walk->skipped == SKIP_MAX) {
                walk->skipped = 0;
                return CALL_AGAIN;
        }
        r = history_previous(call->service->state, call_text(call, "id_num"), walk->before, &entry, &call->error);
        if (r != 0)
                return r < 0 ? r : CALL_DONE;

        walk->before = entry.id;
        if (walk->cycle >= 0 && entry.cycle != walk->cycle) {
                walk->skipped++;
                return entry.cycle < walk->cycle && entry.cycle > 0 ? CALL_DONE : CALL_MORE;
        }
        if (walk->left > 0)
                walk->left--;
        say_entry(call, &entry);
        return CALL_MORE;
}

static const Member history_members[] = {
        { "id_num", MEMBER_TEXT, false },
        { "limit", MEMBER_NUMBER, false },
        { "cycle", MEMBER_NUMBER, false },
        { 0 },
};

const Command command_history = { .name = "history", .members = history_members, .size = sizeof(Walk),
        .begin = begin_history, .next = next_history };
