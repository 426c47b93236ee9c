#pragma once

/* What is shown of a plan: one entry, and the sums. Lines of the protocol in, text out. */

#include <json-c/json.h>

#include "daemon/ctl/screen.h"

/* The kinds of entries in the order in which they are read: what takes access first. */
typedef struct PlanGroup {
        const char *action;     /* in the protocol; of those who are parked for a conflict "double" */
        const char *title;
        const char *one, *many;
        Paint paint;
        const char *meaning;    /* a line below the title */
} PlanGroup;

#define PLAN_GROUPS 7
extern const PlanGroup plan_groups[PLAN_GROUPS];

/* PLAN_GROUPS: of none. */
size_t plan_group_of(struct json_object *entry);
/* How many there are of a group, as the summary has it. */
int64_t plan_group_count(const PlanGroup *group, struct json_object *summary);

/* A person, what changes, what is gained and lost and by which rule; and with them the bodies, if they are there. */
void plan_show_entry(const Screen *screen, struct json_object *entry);

/* Whether it empties a value that Lockt has; and which. */
bool plan_clears(struct json_object *entry);
void plan_show_clears(const Screen *screen, struct json_object *entry);

/* Puts the text of another configuration into the request. 0, or an exit status after complaining. */
int plan_add_file(struct json_object *request, const char *path);
/* One mistake in that file, as compilers say it, on stderr. */
void plan_complain(const Screen *screen, const char *path, struct json_object *mistake);

/* What Lockt says of the records, of an array of "invalid" and "not_released". */
void plan_show_verdicts(const Screen *screen, struct json_object *verdicts);

/* Before the groups, and behind them. */
void plan_show_head(const Screen *screen, struct json_object *summary, int64_t now_usec);
void plan_show_foot(const Screen *screen, struct json_object *summary);
