/* A sorted copy: names from HR are looked up for every person that has some. */

#include "lib/mapping/levels.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"

static int compare(const void *a, const void *b) {
        const Level *x = a, *y = b;
        int r = strcmp(x->name, y->name);

        return r != 0 ? r : (x->id > y->id) - (x->id < y->id);
}

void level_table_deinit(LevelTable *table) {
        for (size_t i = 0; i < table->n_levels; i++)
                free(table->levels[i].name);
        free(table->levels);
        *table = (LevelTable) { 0 };
}

int level_table_init(LevelTable *ret, const Level *levels, size_t n_levels) {
        _cleanup_(level_table_deinit) LevelTable table = { 0 };

        if (n_levels > 0) {
                table.levels = calloc(n_levels, sizeof(*table.levels));
                if (!table.levels)
                        return -ENOMEM;
        }
        for (size_t i = 0; i < n_levels; i++) {
                char *name = strdup(levels[i].name ? levels[i].name : "");

                if (!name)
                        return -ENOMEM;
                table.levels[table.n_levels++] = (Level) { .id = levels[i].id, .name = name };
        }
        if (n_levels > 0)
                qsort(table.levels, n_levels, sizeof(*table.levels), compare);

        *ret = table;
        table = (LevelTable) { 0 };
        return 0;
}

/* As strcmp(), for a name without a terminator and without NUL within. */
static int compare_name(const char *name, const char *with, size_t length) {
        int r = strncmp(name, with, length);

        return r != 0 ? r : name[length] != '\0';
}

size_t level_table_range(const LevelTable *table, const char *name, size_t length, size_t *ret_n) {
        size_t low = 0, high = table->n_levels, n = 0;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (compare_name(table->levels[middle].name, name, length) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        while (low + n < table->n_levels && compare_name(table->levels[low + n].name, name, length) == 0)
                n++;
        *ret_n = n;
        return low;
}

int level_table_find(const LevelTable *table, const char *name, size_t length, int64_t *ret) {
        size_t n, first = level_table_range(table, name, length, &n);

        if (n == 0)
                return LEVELS_UNKNOWN;
        if (n > 1)
                return LEVELS_AMBIGUOUS;
        *ret = table->levels[first].id;
        return 0;
}

bool level_table_has(const LevelTable *table, int64_t id) {
        for (size_t i = 0; i < table->n_levels; i++)
                if (table->levels[i].id == id)
                        return true;
        return false;
}
