#pragma once

/* What the files of the explanation share. */

#include <json-c/json.h>

#include "lib/sync/internal.h"

void explain_add(json_object *object, const char *name, json_object *value);            /* takes @value */
void explain_add_text(json_object *object, const char *name, const char *text);         /* "" and NULL: null */
void explain_add_instant(json_object *object, const char *name, int64_t instant);
/* The level's id and its name, if Lockt has it. */
json_object *explain_level(Sync *sync, int64_t id);

/* "times": of the last acknowledged change of this person: HR changed, seen, sent, acknowledged, read back. */
int explain_times(Sync *sync, const char *key, json_object *object, Error *reterr);

/* "wanted": what HR's row becomes, where it was read for this explanation. */
int explain_wanted(Sync *sync, const char *key, json_object *object, Error *reterr);

/* "held" and "reverted": what waits for somebody, or was decided by somebody. */
int explain_hold(Sync *sync, Now now, const char *key, json_object *object, Error *reterr);
int explain_reverted(Sync *sync, const char *key, json_object *object, Error *reterr);
