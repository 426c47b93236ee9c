#pragma once

/* locktsyncctl get: what is shown of each kind of object. */

#include "daemon/ctl/ctl.h"
#include "daemon/ctl/table.h"

#define GET_CELLS_MAX 8
#define GET_TEXT_MAX 512

/* The cells of a row: members of the object, or texts made here. */
typedef struct GetRow {
        const char *cells[GET_CELLS_MAX];
        char texts[GET_CELLS_MAX][GET_TEXT_MAX];
        char *list;                     /* a text of any length; freed by get_row_deinit() */
        Paint paint;
} GetRow;

void get_row_deinit(GetRow *row);

typedef struct GetView {
        const char *what;
        const TableColumn *columns;
        size_t n_columns;
        int (*fill)(GetRow *row, struct json_object *object, int64_t now_usec);     /* 0 or -ENOMEM */
        const char *one, *many;         /* "door", "doors" */
} GetView;

/* NULL when there is none of that name. */
const GetView *get_view(const char *what);
extern const GetView get_views[];
extern const size_t n_get_views;

/* Whether the daemon's level of charge asks for a new battery. */
bool get_battery_low(struct json_object *door_state);

/* The request for @what; NULL when memory is out. */
struct json_object *get_request(const char *what, const char *filter, int64_t since);

/* get events: the newest, oldest first; with --follow, more as they come. */
int get_events(Ctl *ctl, const GetView *view, const char *filter);
