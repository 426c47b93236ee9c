#pragma once

/* One request to the daemon's control socket, and its answer line by line. The protocol is in daemon/control.h. */

#include <json-c/json.h>
#include <stddef.h>

#include "lib/base/error.h"

enum {
        CLIENT_REFUSED = 1,     /* the daemon answered with an error: its sentence is in the Error */
};

/*
 * @name and @value of the only member of a line, and the @line as it came (terminated, without newline). All borrowed
 * until the return. A negative answer ends the asking with it.
 */
typedef int (*ClientLine)(void *userdata, const char *name, struct json_object *value, const char *line, size_t length);

/*
 * Sends @request and waits for the whole answer; @patience_msec between two lines, 0 for ever. @ret_exit is what the
 * daemon says to end with (not below 0), for 0 and CLIENT_REFUSED. -ENOENT and -ECONNREFUSED: there is no daemon;
 * -EACCES; -ETIMEDOUT; -EPROTO: what came is no answer, or ended early; what @line answered.
 */
int client_ask(const char *path, struct json_object *request, unsigned patience_msec, ClientLine line, void *userdata,
               int *ret_exit, Error *reterr);
