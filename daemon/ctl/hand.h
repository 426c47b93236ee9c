#pragma once

/* What the commands share that decide about a person: lock, unlock, link, unlink. */

#include <json-c/json.h>

#include "daemon/ctl/ctl.h"

/* 0 or -ENOMEM. */
int hand_add_text(struct json_object *request, const char *name, const char *value);
/* A CtlShow for a Ctl: the sentences of an answer. */
int hand_show(void *userdata, const char *name, struct json_object *row);
/* Asks about the person who is the first argument. */
int hand_ask_one(Ctl *ctl);
