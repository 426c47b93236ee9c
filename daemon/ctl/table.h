#pragma once

/*
 * Tables that fit the terminal
 *
 * Rows are kept until there are enough to know how wide the columns have to be, then printed, so that a queue of any
 * length needs little memory. Where the terminal is too narrow, the widest columns shrink and end in "…", but for those
 * that a reader has to copy from; a text that is to be read in full stands last and is wrapped.
 */

#include "daemon/ctl/screen.h"

typedef struct Table Table;

enum {
        TABLE_RIGHT = 1 << 0,   /* numbers */
        TABLE_KEEP = 1 << 1,    /* shrinks only when nothing else is left */
        TABLE_WRAP = 1 << 2,    /* the last column: goes on in the next line */
};

typedef struct TableColumn {
        const char *title;      /* NULL for all of them: no titles */
        unsigned flags;
} TableColumn;

#define TABLE_COLUMNS_MAX 12

/* @columns (borrowed) of a table that is printed with @indent. 0 or -ENOMEM. */
int table_new(const Screen *screen, size_t indent, const TableColumn *columns, size_t n_columns, Table **ret);
Table *table_free(Table *table);
DEFINE_CLEANUP(Table *, table_free)

/* One row; the cells are copied, NULL is an empty one. 0 or -ENOMEM. */
int table_add(Table *table, Paint paint, const char *const *cells);

/* Prints what is left. Answers how many rows there were in all. */
size_t table_end(Table *table);
