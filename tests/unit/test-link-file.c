/* Lists of links: what is taken, and what is said of the rest. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/link-file.h"

/* What was complained of: "2: …\n3: …\n". */
typedef struct Said {
        char text[512];
        size_t n;
} Said;

static void complain(void *userdata, unsigned line, const char *sentence) {
        Said *said = userdata;
        int n = snprintf(said->text + said->n, sizeof(said->text) - said->n, "%u: %s\n", line, sentence);

        assert_true(n > 0 && (size_t) n < sizeof(said->text) - said->n);
        said->n += (size_t) n;
}

static void test_lists_that_are_taken(void **state) {
        static const struct {
                const char *title, *text, *rows;
        } cases[] = {
                { "plain", "id_num,lockt_id\nE1,77\nE2,78\n", "2:E1=77 3:E2=78 " },
                { "without a newline at the end", "id_num,lockt_id\nE1,77", "2:E1=77 " },
                { "as a spreadsheet writes it", "\xef\xbb\xbfid_num;lockt_id\r\nE1;77\r\n\r\n\"E2\";\"78\"\r\n",
                  "2:E1=77 4:E2=78 " },
                { "with blanks and quotes", " \"id_num\" , lockt_id\n\"E,1\" , 77\n", "2:E,1=77 " },
                { "somebody new", "id_num,lockt_id\nE1,new\nE2,new\n", "2:E1=0 3:E2=0 " },
                { "numbers with zeros in front", "id_num,lockt_id\n007,0077\n", "2:007=77 " },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                LinkRow *rows = NULL;
                Said said = { 0 };
                char got[256] = "";
                size_t n = 0, used = 0;

                if (link_file_parse(cases[i].text, complain, &said, &rows, &n) != 0)
                        fail_msg("%s: %s", cases[i].title, said.text);
                for (size_t k = 0; k < n; k++)
                        used += (size_t) snprintf(got + used, sizeof(got) - used, "%u:%s=%lld ", rows[k].line,
                                                  rows[k].id_num, (long long) rows[k].lockt_id);
                link_rows_free(rows, n);
                if (strcmp(got, cases[i].rows) != 0)
                        fail_msg("%s: %s", cases[i].title, got);
        }
}

static void test_everything_that_is_wrong_is_said(void **state) {
        static const struct {
                const char *title, *text, *said;
        } cases[] = {
                { "empty", "", "1: there is nobody in it\n" },
                { "the header alone", "id_num,lockt_id\n\n", "1: there is nobody in it\n" },
                { "no header", "E1,77\n", "1: the first line is to be the header id_num,lockt_id\n" },
                { "the columns the other way round", "lockt_id,id_num\n77,E1\n",
                  "1: the first line is to be the header id_num,lockt_id\n" },
                { "lines that are none", "id_num,lockt_id\nE1\nE2,77,x\nE3;77\n\"E4,77\nE5,77\n",
                  "2: this is not an id_num and a lockt_id\n3: this is not an id_num and a lockt_id\n"
                  "4: this is not an id_num and a lockt_id\n5: this is not an id_num and a lockt_id\n" },
                { "values that are none", "id_num,lockt_id\n,77\nE2,\nE3,0\nE4,-1\nE5,7a\nE6,1234567890123456789\n",
                  "2: the id_num is empty\n"
                  "3: the lockt_id is neither a number of 1 or more nor 'new'\n"
                  "4: the lockt_id is neither a number of 1 or more nor 'new'\n"
                  "5: the lockt_id is neither a number of 1 or more nor 'new'\n"
                  "6: the lockt_id is neither a number of 1 or more nor 'new'\n"
                  "7: the lockt_id is neither a number of 1 or more nor 'new'\n" },
                { "twice", "id_num,lockt_id\nE1,77\nE2,78\nE1,79\nE3,78\n",
                  "4: the id_num stands in line 2 already\n5: the lockt_id stands in line 3 already\n" },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                LinkRow *rows = NULL;
                Said said = { 0 };
                size_t n = 0;

                assert_int_equal(link_file_parse(cases[i].text, complain, &said, &rows, &n), 1);
                assert_null(rows);
                if (strcmp(said.text, cases[i].said) != 0)
                        fail_msg("%s: %s", cases[i].title, said.text);
        }
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_lists_that_are_taken),
                cmocka_unit_test(test_everything_that_is_wrong_is_said),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
