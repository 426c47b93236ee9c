#pragma once

/* What the files of explain share. */

#include "daemon/ctl/ctl.h"

typedef struct Explained {
        Ctl *ctl;
        const char *key;                /* whom it is about: what was asked for, until the daemon says who that is */
        struct json_object *hr, *rules, *known, *candidates;
} Explained;

/* The first line: HR changed, seen, sent, acknowledged, read back. */
void explain_show_times(const Explained *explained);

/* What HR's row becomes beside what Lockt holds, property by property. 0 or -ENOMEM. */
int explain_show_wanted(const Explained *explained);
