/* Tables and lines that fit the terminal, and texts that a terminal may have. */

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/ctl/ctl.h"
#include "daemon/ctl/glyph.h"
#include "daemon/ctl/table.h"

/* A screen that is a text. */
typedef struct Paper {
        char *text;
        size_t size;
        Screen screen;
} Paper;

static void paper_open(Paper *paper, unsigned width) {
        *paper = (Paper) { 0 };
        paper->screen = (Screen) { .out = open_memstream(&paper->text, &paper->size), .width = width };
        assert_non_null(paper->screen.out);
}

static const char *paper_read(Paper *paper) {
        assert_int_equal(fflush(paper->screen.out), 0);
        return paper->text;
}

static void paper_close(Paper *paper) {
        (void) fclose(paper->screen.out);
        free(paper->text);
}

/* No line is wider than the screen. */
static void assert_fits(const char *text, unsigned width) {
        while (*text) {
                size_t length = strcspn(text, "\n");

                assert_true(glyph_columns(text, length) <= width);
                text += length + (text[length] == '\n');
        }
}

static void test_put(void **state) {
        static const struct {
                const char *title, *text;
                size_t max;
                const char *shown;
                size_t columns;
        } rows[] = {
                { "fits", "abc", 3, "abc", 3 },
                { "is cut", "abcd", 3, "ab…", 3 },
                { "nothing", "abc", 0, "", 0 },
                { "one column", "abc", 1, "…", 1 },
                { "wide characters count twice", "山田太郎", 5, "山田…", 5 },
                { "a wide one is not halved", "山田太郎", 4, "山…", 3 },
                { "combining marks count nothing", "e\xcc\x81" "a", 2, "e\xcc\x81" "a", 2 },
                { "an escape sequence is disarmed", "\033[31mred", 20, "\xef\xbf\xbd[31mred", 8 },
                { "so is C1", "a\xc2\x9b" "b", 20, "a\xef\xbf\xbd" "b", 3 },
                { "a raw C1 byte is no UTF-8", "a\x9b" "b", 20, "a\xef\xbf\xbd" "b", 3 },
                { "newlines and tabs are blanks", "a\nb\tc\r", 20, "a b c ", 6 },
                { "bell, DEL", "\a\x7f", 20, "\xef\xbf\xbd\xef\xbf\xbd", 2 },
                { "turned direction", "a\xe2\x80\xae" "b", 20, "a\xef\xbf\xbd" "b", 3 },
                { "isolates", "\xe2\x81\xa6", 20, "\xef\xbf\xbd", 1 },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                Paper paper;

                paper_open(&paper, 80);
                assert_int_equal(screen_put(&paper.screen, PAINT_RED, rows[i].text, rows[i].max), rows[i].columns);
                if (strcmp(paper_read(&paper), rows[i].shown) != 0)
                        fail_msg("%s: '%s', not '%s'", rows[i].title, paper.text, rows[i].shown);
                paper_close(&paper);
        }
}

static void test_color(void **state) {
        Paper paper;

        (void) state;
        paper_open(&paper, 80);
        paper.screen.color = true;
        (void) screen_put(&paper.screen, PAINT_RED, "red", 10);
        (void) screen_put(&paper.screen, PAINT_NONE, "plain", 10);
        assert_string_equal(paper_read(&paper), "\033[31mred\033[0mplain");
        paper_close(&paper);
}

static void test_wrap(void **state) {
        Paper paper;

        (void) state;
        paper_open(&paper, 20);
        screen_line(&paper.screen, PAINT_NONE, 4, "%s", "one two three four five");
        screen_line(&paper.screen, PAINT_NONE, 0, "%s", "abcdefghijklmnopqrstuvwxyz");
        screen_line(&paper.screen, PAINT_NONE, 0, "%s", "");
        assert_string_equal(paper_read(&paper), "    one two three\n    four five\nabcdefghijklmnopqrst\nuvwxyz\n\n");
        paper_close(&paper);
}

static void test_field(void **state) {
        Paper paper;

        (void) state;
        paper_open(&paper, 40);
        screen_field(&paper.screen, "HR", PAINT_NONE, "read %s", "and found to be quite well");
        assert_string_equal(paper_read(&paper), "  HR               read and found to be\n"
                                                "                   quite well\n");
        paper_close(&paper);
}

static const TableColumn columns[] = {
        { "ID", TABLE_KEEP }, { "WHY", 0 }, { "N", TABLE_RIGHT | TABLE_KEEP }, { "REASON", TABLE_WRAP },
};

static void fill(Table *table) {
        static const char *const rows[][4] = {
                { "4711", "left", "3", "the card number has letters" },
                { "E-12345678", "absent for a long time", "12", "" },
                { "1", NULL, NULL, NULL },
        };

        for (size_t i = 0; i < ELEMENTS(rows); i++)
                assert_int_equal(table_add(table, PAINT_NONE, rows[i]), 0);
}

static void test_table(void **state) {
        static const struct {
                unsigned width;
                const char *shown;
        } rows[] = {
                { 80, "ID          WHY                      N  REASON\n"
                      "4711        left                     3  the card number has letters\n"
                      "E-12345678  absent for a long time  12\n"
                      "1\n" },
                { 50, "ID          WHY            N  REASON\n"
                      "4711        left           3  the card number has\n"
                      "                              letters\n"
                      "E-12345678  absent for …  12\n"
                      "1\n" },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                _cleanup_(table_freep) Table *table = NULL;
                Paper paper;

                paper_open(&paper, rows[i].width);
                assert_int_equal(table_new(&paper.screen, 0, columns, ELEMENTS(columns), &table), 0);
                fill(table);
                assert_int_equal(table_end(table), 3);
                assert_string_equal(paper_read(&paper), rows[i].shown);
                paper_close(&paper);
        }
}

static void test_empty_table(void **state) {
        _cleanup_(table_freep) Table *table = NULL;
        Paper paper;

        (void) state;
        paper_open(&paper, 80);
        assert_int_equal(table_new(&paper.screen, 0, columns, ELEMENTS(columns), &table), 0);
        assert_int_equal(table_end(table), 0);
        assert_string_equal(paper_read(&paper), "");
        paper_close(&paper);
}

/* The widths are those of the first rows; later ones are cut to them, and every width is kept to. */
static void test_many_rows(void **state) {
        static const char *const narrow[] = { "1", "a", "2", "b" },
                          *const wide[] = { "123456789", "aaaaaaaaaaaaa", "2", "b" };
        _cleanup_(table_freep) Table *table = NULL;
        Paper paper;

        (void) state;
        paper_open(&paper, 30);
        assert_int_equal(table_new(&paper.screen, 0, columns, ELEMENTS(columns), &table), 0);
        for (int i = 0; i < 1200; i++)
                assert_int_equal(table_add(table, PAINT_NONE, i < 600 ? narrow : wide), 0);
        assert_int_equal(table_end(table), 1200);
        assert_fits(paper_read(&paper), 30);
        assert_non_null(strstr(paper.text, "\n1   a    2  b\n"));
        assert_non_null(strstr(paper.text, "\n1…  aa…  2  b\n"));
        paper_close(&paper);
}

static void test_any_width(void **state) {
        (void) state;
        for (unsigned width = SCREEN_WIDTH_MIN; width < 100; width++) {
                _cleanup_(table_freep) Table *table = NULL;
                Paper paper;

                paper_open(&paper, width);
                assert_int_equal(table_new(&paper.screen, 0, columns, ELEMENTS(columns), &table), 0);
                fill(table);
                (void) table_end(table);
                assert_fits(paper_read(&paper), width);
                paper_close(&paper);
        }
}

static void test_json(void **state) {
        static const char line[] = "{\"a\":\"x\x7f\xc2\x9bm\xc3\xbc\"}";
        Paper paper;

        (void) state;
        paper_open(&paper, 80);
        ctl_print_json(paper.screen.out, line, sizeof(line) - 1);
        assert_string_equal(paper_read(&paper), "{\"a\":\"x\\u007f\\u009bm\xc3\xbc\"}\n");
        paper_close(&paper);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_put),       cmocka_unit_test(test_color),     cmocka_unit_test(test_wrap),
                cmocka_unit_test(test_field),     cmocka_unit_test(test_table),     cmocka_unit_test(test_empty_table),
                cmocka_unit_test(test_many_rows), cmocka_unit_test(test_any_width), cmocka_unit_test(test_json),
        };

        (void) setlocale(LC_CTYPE, "C.UTF-8");
        return cmocka_run_group_tests_name("ctl-table", tests, NULL, NULL);
}
