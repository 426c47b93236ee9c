#pragma once

/* The access levels that Lockt has, found by name. */

#include <stdbool.h>
#include <stddef.h>

#include "lib/model/level.h"

typedef struct LevelTable {
        size_t n_levels;
        Level *levels;                  /* by name, then id */
} LevelTable;

enum {
        LEVELS_UNKNOWN = 1,             /* nothing has that name */
        LEVELS_AMBIGUOUS,               /* several have it */
};

/* A copy of @levels into @ret (overwritten). 0 or -ENOMEM. */
int level_table_init(LevelTable *ret, const Level *levels, size_t n_levels);
void level_table_deinit(LevelTable *table);

/* 0 or an outcome. */
int level_table_find(const LevelTable *table, const char *name, size_t length, int64_t *ret);
bool level_table_has(const LevelTable *table, int64_t id);

/* The run of levels of that name: where it begins and how long it is. */
size_t level_table_range(const LevelTable *table, const char *name, size_t length, size_t *ret_n);
