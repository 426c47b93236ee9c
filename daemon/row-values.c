/* A row that is kept. See row-values.h. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/row-values.h"
#include "lib/hr/decode.h"

int row_values_copy(const char *line, size_t length, RowValues *ret) {
        RowValues values = { 0 };
        int r;

        values.line = malloc(length + 1);
        values.values = calloc(ROW_COLUMNS_MAX, sizeof(*values.values));
        values.lengths = calloc(ROW_COLUMNS_MAX, sizeof(*values.lengths));
        r = values.line && values.values && values.lengths ? 0 : -ENOMEM;
        if (r >= 0) {
                (void) memcpy(values.line, line, length);
                values.line[length] = '\0';
                r = hr_decode_line(values.line, length, values.values, values.lengths, ROW_COLUMNS_MAX, &values.n);
        }
        if (r < 0) {
                row_values_deinit(&values);
                return r;
        }
        row_values_deinit(ret);
        *ret = values;
        return 0;
}

void row_values_deinit(RowValues *values) {
        free(values->line);
        free(values->values);
        free(values->lengths);
        *values = (RowValues) { 0 };
}

Row row_values_row(const RowValues *values) {
        return (Row) { .n_values = values->n, .values = values->values, .lengths = values->lengths };
}
