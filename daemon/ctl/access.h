#pragma once

/* Whether a user of Lockt, as the daemon tells it, may open doors now. */

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * "yes", "disabled", "expired" or "later", by enabled, access_expires and access_effective of the record; whether it
 * holds levels is another question. @ret_open: whether it is "yes".
 */
const char *access_words(struct json_object *record, int64_t now_usec, bool *ret_open);
