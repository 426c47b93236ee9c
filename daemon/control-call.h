#pragma once

/*
 * A command of the control socket, and a request for it that is under way
 *
 * One file a command (or a handful of a kind). A command is pulled: next() says a line or a few each time there is
 * room in the buffer to the client, so that a plan of a million people needs no memory, and one slow client stops
 * nobody.
 */

#include <json-c/json.h>

#include "daemon/control-request.h"
#include "daemon/service.h"
#include "lib/model/level.h"

typedef struct Call Call;

enum {
        CALL_MORE,              /* ask again when there is room */
        CALL_AGAIN,             /* nothing to say yet, but work was done: ask again in a later turn of the loop */
        CALL_WAIT,              /* ask again after call_wake() */
        CALL_DONE,              /* the answer is complete */
};

typedef struct Command {
        const char *name;
        bool steers;            /* changes something: not for everybody who may read */
        bool alone;             /* one at a time, whoever asks */
        bool configured;        /* builds on the configuration in force: another one ends it */
        const Member *members;  /* what a request may have beside "command", up to one without a name */
        size_t size;            /* of what it keeps in call->data, zeroed before begin() */
        /* Negative: the request failed with call->error. Each may be NULL. */
        int (*begin)(Call *call);
        /* One of CALL_…, or negative as above. NULL: done with begin(). */
        int (*next)(Call *call);
        /* Cancels what is under way, frees what is in call->data. Also when the client went away. */
        void (*end)(Call *call);
} Command;

struct Call {
        const Command *command;
        Service *service;
        struct json_object *request;
        void *data;
        int exit;               /* what a complete answer ends with */
        int exit_failed;        /* what a failed one ends with: 1, or 2 when the request itself is wrong */
        Error error;
        unsigned peer;          /* the client's user id, for the journal */
        bool out_of_memory;
};

/* Says {"@name": @value}; takes @value. Memory that is missing ends the answer with an error. */
void call_say(Call *call, const char *name, struct json_object *value);

/* The same for a value that is JSON already; NULL is missing memory. */
void call_say_text(Call *call, const char *name, const char *json);

/* Whether who asks may steer. */
bool call_may_steer(const Call *call);

/* What next() waited for has come. */
void call_wake(Call *call);

/* Members of the request: NULL, false, @fallback when it is not there. */
const char *call_text(const Call *call, const char *member);
bool call_flag(const Call *call, const char *member);
int64_t call_number(const Call *call, const char *member, int64_t fallback);

/* An error of the request itself. */
int call_usage(Call *call, const char *format, ...) _printf_(2, 3);

/* The commands, up to one without a name. */
extern const Command *const control_commands[];

extern const Command command_ping, command_status, command_queue, command_retry, command_resync, command_plan,
        command_explain, command_history, command_parked, command_held, command_unknown, command_check, command_approve,
        command_lock, command_unlock, command_locked, command_blocked, command_link, command_unlink, command_get,
        command_create, command_verify, command_backup, command_revert;
