#pragma once

/* An access level of Lockt: a group of doors on a schedule, known by id and name (GET /accesslevel). */

#include <stdint.h>

typedef struct Level {
        int64_t id;
        char *name;
} Level;
