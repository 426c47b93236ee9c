/* Tables. See table.h. */

#include <errno.h>
#include <string.h>

#include "daemon/ctl/glyph.h"
#include "daemon/ctl/table.h"

#define ROWS_MAX 500            /* that decide about the widths, and are kept */
#define GAP 2
#define NARROW 6                /* no column shrinks below it while others can */
#define WRAP_NARROW 20

typedef struct Line {
        Paint paint;
        char *cells[TABLE_COLUMNS_MAX];
} Line;

struct Table {
        const Screen *screen;
        size_t indent;
        const TableColumn *columns;
        size_t n_columns;
        size_t widths[TABLE_COLUMNS_MAX];
        size_t n_lines, n_all;
        Line lines[ROWS_MAX];
};

int table_new(const Screen *screen, size_t indent, const TableColumn *columns, size_t n_columns, Table **ret) {
        Table *table = calloc(1, sizeof(*table));

        if (!table)
                return -ENOMEM;
        table->screen = screen;
        table->indent = indent;
        table->columns = columns;
        table->n_columns = n_columns < TABLE_COLUMNS_MAX ? n_columns : TABLE_COLUMNS_MAX;
        *ret = table;
        return 0;
}

static void drop_lines(Table *table) {
        for (size_t i = 0; i < table->n_lines; i++)
                for (size_t c = 0; c < table->n_columns; c++)
                        free(table->lines[i].cells[c]);
        table->n_lines = 0;
}

Table *table_free(Table *table) {
        if (!table)
                return NULL;
        drop_lines(table);
        free(table);
        return NULL;
}

static size_t columns_of(const char *text) {
        return text ? glyph_columns(text, strlen(text)) : 0;
}

static size_t narrowest(const TableColumn *column) {
        return column->flags & TABLE_WRAP ? WRAP_NARROW : NARROW;
}

/* The widest column that may still give one away; TABLE_COLUMNS_MAX: none. @all: those that are to be kept, too. */
static size_t find_widest(const Table *table, bool all) {
        size_t widest = TABLE_COLUMNS_MAX;

        for (size_t c = 0; c < table->n_columns; c++) {
                if (!all &&
                    ((table->columns[c].flags & TABLE_KEEP) || table->widths[c] <= narrowest(&table->columns[c])))
                        continue;
                if (all && table->widths[c] <= 1)
                        continue;
                if (widest == TABLE_COLUMNS_MAX || table->widths[c] > table->widths[widest])
                        widest = c;
        }
        return widest;
}

static void fit(Table *table) {
        size_t total = table->indent + (table->n_columns - 1) * GAP, c;

        for (c = 0; c < table->n_columns; c++) {
                table->widths[c] = columns_of(table->columns[c].title);
                for (size_t i = 0; i < table->n_lines; i++) {
                        size_t columns = columns_of(table->lines[i].cells[c]);

                        if (columns > table->widths[c])
                                table->widths[c] = columns;
                }
                if (table->widths[c] > table->screen->width)
                        table->widths[c] = table->screen->width;
                total += table->widths[c];
        }
        for (; total > table->screen->width; total--) {
                c = find_widest(table, false);
                if (c == TABLE_COLUMNS_MAX)
                        c = find_widest(table, true);
                if (c == TABLE_COLUMNS_MAX)
                        return;
                table->widths[c]--;
        }
}

static size_t put_cell(const Table *table, size_t c, Paint paint, const char *text) {
        size_t columns = columns_of(text);

        if ((table->columns[c].flags & TABLE_RIGHT) && columns < table->widths[c]) {
                screen_blanks(table->screen, table->widths[c] - columns);
                (void) screen_put(table->screen, paint, text, columns);
                return table->widths[c];
        }
        return screen_put(table->screen, paint, text, table->widths[c]);
}

/* Whether anything stands in or behind a cell; blanks at the end of a line are not printed. */
static bool more_follows(const Table *table, char *const *cells, size_t c) {
        for (; c < table->n_columns; c++)
                if (cells[c] && *cells[c])
                        return true;
        return false;
}

static void put_line(const Table *table, Paint paint, char *const *cells) {
        size_t at = table->indent;

        screen_blanks(table->screen, table->indent);
        for (size_t c = 0; c < table->n_columns && more_follows(table, cells, c); c++) {
                const char *text = cells[c] ? cells[c] : "";

                if (table->columns[c].flags & TABLE_WRAP) {
                        screen_wrap(table->screen, paint, at, text);
                        break;
                }
                size_t used = put_cell(table, c, paint, text);

                if (more_follows(table, cells, c + 1))
                        screen_blanks(table->screen, table->widths[c] - used + GAP);
                at += table->widths[c] + GAP;
        }
        (void) fputc('\n', table->screen->out);
}

static void put_titles(const Table *table) {
        char *titles[TABLE_COLUMNS_MAX];

        for (size_t c = 0; c < table->n_columns; c++)
                titles[c] = (char *) table->columns[c].title;
        put_line(table, PAINT_BOLD, titles);
}

static void flush(Table *table) {
        if (table->n_lines == 0)
                return;
        if (table->n_all == 0) {
                fit(table);
                if (table->columns[0].title)
                        put_titles(table);
        }
        for (size_t i = 0; i < table->n_lines; i++)
                put_line(table, table->lines[i].paint, table->lines[i].cells);
        table->n_all += table->n_lines;
        drop_lines(table);
}

int table_add(Table *table, Paint paint, const char *const *cells) {
        Line *line;

        if (table->n_lines == ROWS_MAX)
                flush(table);
        line = &table->lines[table->n_lines];
        *line = (Line) { .paint = paint };
        table->n_lines++;
        for (size_t c = 0; c < table->n_columns; c++) {
                line->cells[c] = strdup(cells[c] ? cells[c] : "");
                if (!line->cells[c])
                        return -ENOMEM;
        }
        return 0;
}

size_t table_end(Table *table) {
        flush(table);
        return table->n_all;
}
