/*
 * backup: a consistent copy of the state, handed to the client
 *
 * The daemon writes nowhere but in its state directory, and to no path that a client names: it sends the bytes, and the
 * client makes the file, with the rights of whoever called it.
 */

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <syslog.h>

#include "daemon/control-call.h"
#include "daemon/control-json.h"
#include "daemon/journal.h"
#include "daemon/messages.h"
#include "lib/state/copy.h"

#define PAGES 256u              /* a piece: about a mebibyte */
#define CHUNK ((size_t) 24 * 1024)
#define PROGRESS_PERMILLE 10u

typedef struct Backup {
        StateCopy *copy;
        bool whole;
        unsigned told;          /* of the progress */
} Backup;

static int begin_backup(Call *call) {
        Backup *backup = call->data;

        return state_copy_new(call->service->state, clock_now().real_usec, &backup->copy, &call->error);
}

static void say_progress(Call *call, unsigned permille) {
        struct json_object *line = json_object_new_object();

        json_add_number(line, "permille", permille);
        call_say(call, "progress", line);
}

static int copy_piece(Call *call) {
        Backup *backup = call->data;
        struct json_object *line;
        unsigned permille;
        int r;

        r = state_copy_step(backup->copy, PAGES, &call->error);
        if (r < 0)
                return r;
        permille = state_copy_permille(backup->copy);
        if (r == 1) {
                if (permille >= backup->told + PROGRESS_PERMILLE) {
                        backup->told = permille;
                        say_progress(call, permille);
                }
                return CALL_AGAIN;
        }
        backup->whole = true;
        line = json_object_new_object();
        json_add_number(line, "size", state_copy_size(backup->copy));
        call_say(call, "backup", line);
        return CALL_AGAIN;
}

static int send_piece(Call *call) {
        static unsigned char bytes[CHUNK];
        static char text[sodium_base64_ENCODED_LEN(CHUNK, sodium_base64_VARIANT_ORIGINAL)];
        Backup *backup = call->data;
        size_t n;
        int r;

        r = state_copy_read(backup->copy, bytes, sizeof(bytes), &n, &call->error);
        if (r < 0)
                return r;
        if (n == 0) {
                journal_say(MESSAGE(MESSAGE_STEERED, "steered", LOG_NOTICE, .action = "backup"),
                            "user id %u took a copy of the state: %lld bytes", call->peer,
                            (long long) state_copy_size(backup->copy));
                return CALL_DONE;
        }
        (void) sodium_bin2base64(text, sizeof(text), bytes, n, sodium_base64_VARIANT_ORIGINAL);
        call_say(call, "data", json_text(text));
        return CALL_MORE;
}

static int next_backup(Call *call) {
        Backup *backup = call->data;

        return backup->whole ? send_piece(call) : copy_piece(call);
}

static void end_backup(Call *call) {
        Backup *backup = call->data;

        backup->copy = state_copy_free(backup->copy);
}

const Command command_backup = { .name = "backup", .steers = true, .alone = true, .size = sizeof(Backup),
        .begin = begin_backup, .next = next_backup, .end = end_backup };
