/* locktsyncctl queue: what waits to be sent. */

#include <inttypes.h>
#include <string.h>

#include "daemon/ctl/ctl.h"
#include "daemon/ctl/member.h"
#include "daemon/ctl/table.h"
#include "daemon/ctl/words.h"

static const TableColumn columns[] = {
        { "ID_NUM", TABLE_KEEP },
        { "LANE", TABLE_KEEP },
        { "WHY", 0 },
        { "QUEUED", 0 },
        { "TRIES", TABLE_RIGHT | TABLE_KEEP },
        { "NEXT", 0 },
        { "LAST ERROR", TABLE_WRAP },
};

typedef struct Queue {
        const Ctl *ctl;
        Table *table;
        int64_t takes;
} Queue;

static void queue_deinit(Queue *queue) {
        (void) table_free(queue->table);
}

static int show(void *userdata, const char *name, struct json_object *row) {
        Queue *queue = userdata;
        char queued[WORDS_MAX], next[WORDS_MAX], tries[WORDS_MAX];
        int64_t next_usec = member_number(row, "next_usec"), attempts = member_number(row, "attempts");
        bool take = strcmp(member_text(row, "lane"), "take") == 0;

        if (strcmp(name, "queue") != 0)
                return 0;
        if (take)
                queue->takes++;
        const char *const cells[ELEMENTS(columns)] = {
                member_text(row, "id_num"),
                member_text(row, "lane"),
                member_text(row, "why"),
                words_when(queued, member_number(row, "queued_usec"), queue->ctl->now_usec),
                attempts > 0 ? words_count(tries, attempts) : "",
                member_flag(row, "reads_first") ? "reads first"
                        : next_usec > queue->ctl->now_usec ? words_when(next, next_usec, queue->ctl->now_usec) : "now",
                member_text(row, "last_error"),
        };
        return table_add(queue->table, take ? PAINT_RED : attempts > 0 ? PAINT_YELLOW : PAINT_NONE, cells);
}

int verb_queue(Ctl *ctl) {
        _cleanup_(queue_deinit) Queue queue = { .ctl = ctl };
        char n[WORDS_MAX], takes[WORDS_MAX];
        bool complete;
        size_t rows;
        int exit;

        if (table_new(&ctl->screen, 0, columns, ELEMENTS(columns), &queue.table) < 0)
                return ctl_oom();
        exit = ctl_ask(ctl, ctl_request("queue"), false, show, &queue, &complete);
        rows = table_end(queue.table);
        if (ctl->json || !complete)
                return exit;
        if (rows == 0)
                screen_line(&ctl->screen, PAINT_NONE, 0, "Nothing waits.");
        else
                screen_line(&ctl->screen, PAINT_NONE, 0, "%s, %s.",
                            words_of(n, (int64_t) rows, "person waits", "people wait"),
                            words_of(takes, queue.takes, "revocation", "revocations"));
        return exit;
}
