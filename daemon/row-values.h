#pragma once

/* A row of HR that is kept beyond the call that brought it: a copy of its line, and the values in it. */

#include <stddef.h>

#include "lib/mapping/mapping.h"

#define ROW_COLUMNS_MAX 1664            /* PostgreSQL's own limit */

typedef struct RowValues {
        char *line;
        const char **values;
        size_t *lengths;
        size_t n;
} RowValues;

/* 0, -ENOMEM, -EBADMSG, -E2BIG. */
int row_values_copy(const char *line, size_t length, RowValues *ret);
void row_values_deinit(RowValues *values);
Row row_values_row(const RowValues *values);
