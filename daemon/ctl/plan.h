#pragma once

/* What is shown of a plan: one entry, and the sums. Lines of the protocol in, text out. */

#include <json-c/json.h>

#include "daemon/ctl/screen.h"

/* The kinds of entries in the order in which they are read: what takes access first. */
typedef struct PlanGroup {
        const char *action;     /* in the protocol */
        const char *title;
        const char *one, *many;
        Paint paint;
        const char *meaning;    /* a line below the title */
} PlanGroup;

#define PLAN_GROUPS 6
extern const PlanGroup plan_groups[PLAN_GROUPS];

/* PLAN_GROUPS: of none. */
size_t plan_group_of(const char *action);

/* A person, what changes, what is gained and lost and by which rule; and with them the bodies, if they are there. */
void plan_show_entry(const Screen *screen, struct json_object *entry);

/* Before the groups, and behind them. */
void plan_show_head(const Screen *screen, struct json_object *summary, int64_t now_usec);
void plan_show_foot(const Screen *screen, struct json_object *summary);
