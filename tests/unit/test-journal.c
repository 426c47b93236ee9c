/* The journal: what is escaped, what a line on stderr looks like, which fields an entry has. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include <cmocka.h>

#include "daemon/journal.h"
#include "lib/base/cleanup.h"

static void test_escape(void **state) {
        static const struct {
                const char *title, *text, *escaped;
                size_t size;
        } cases[] = {
                { "plain", "HR is down", "HR is down", 64 },
                { "nothing", "", "", 64 },
                { "letters of any script", "Jürgen 李", "Jürgen 李", 64 },
                { "a line of one's own", "4711\n<0>all doors open", "4711\\x0a<0>all doors open", 64 },
                { "a carriage return", "a\rb", "a\\x0db", 64 },
                { "colours", "\033[31mred", "\\x1b[31mred", 64 },
                { "C1 controls, byte by byte", "a\xc2\x9b" "b", "a\\xc2\\x9bb", 64 },
                { "a line separator", "a\xe2\x80\xa8" "b", "a\\xe2\\x80\\xa8b", 64 },
                { "an override of the direction", "\xe2\x80\xae", "\\xe2\\x80\\xae", 64 },
                { "broken UTF-8", "a\xff\xc3", "a\\xff\\xc3", 64 },
                { "backslashes stay", "a\\x0a", "a\\x0a", 64 },
                { "too long", "0123456789abcdefghij", "0123456789ab...", 16 },
                { "just long enough", "0123456789ab", "0123456789ab", 16 },
                { "cut between characters", "0123456789aéé", "0123456789a...", 16 },
                { "no escape is cut", "0123456789\n\n", "0123456789...", 16 },
        };
        char buf[64];

        for (size_t i = 0; i < ELEMENTS(cases); i++)
                if (strcmp(journal_escape(cases[i].text, buf, cases[i].size), cases[i].escaped) != 0)
                        fail_msg("%s: '%s'", cases[i].title, buf);
}

static void test_line(void **state) {
        static const struct {
                const char *title;
                int priority;
                bool terminal;
                const char *line;
        } cases[] = {
                { "a file or a pipe: the priority", LOG_WARNING, false, "<4>4711 is\\x0aparked\n" },
                { "information, too", LOG_INFO, false, "<6>4711 is\\x0aparked\n" },
                { "a terminal: a word for what is bad", LOG_ERR, true, "error: 4711 is\\x0aparked\n" },
                { "an alert is an error", LOG_ALERT, true, "error: 4711 is\\x0aparked\n" },
                { "a warning", LOG_WARNING, true, "warning: 4711 is\\x0aparked\n" },
                { "nothing before what is not", LOG_NOTICE, true, "4711 is\\x0aparked\n" },
        };
        char buf[JOURNAL_TEXT_MAX];

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                Message message = MESSAGE("0", "parked", cases[i].priority, .text = "4711 is\nparked");
                size_t n = journal_line(&message, cases[i].terminal, buf, sizeof(buf));

                if (strcmp(buf, cases[i].line) != 0 || n != strlen(buf))
                        fail_msg("%s: '%s'", cases[i].title, buf);
        }
}

static bool has_field(char **fields, int n, const char *wanted) {
        for (int i = 0; i < n; i++)
                if (strcmp(fields[i], wanted) == 0)
                        return true;
        return false;
}

static void fields_free(char **fields, int n) {
        for (int i = 0; i < n; i++)
                free(fields[i]);
}

static void test_fields_of_a_bare_message(void **state) {
        Message message = MESSAGE("e767e4e511e94f909c52e5168a826bf7", "started", LOG_INFO, .text = "hello");
        char *fields[JOURNAL_FIELDS_MAX];
        int n = journal_fields(&message, fields);

        assert_int_equal(n, 4);
        assert_true(has_field(fields, n, "MESSAGE=hello"));
        assert_true(has_field(fields, n, "PRIORITY=6"));
        assert_true(has_field(fields, n, "MESSAGE_ID=e767e4e511e94f909c52e5168a826bf7"));
        assert_true(has_field(fields, n, "LOCKTSYNC_EVENT=started"));
        fields_free(fields, n);
}

static void test_fields_of_a_full_message(void **state) {
        Message message = MESSAGE("0", "revoked", LOG_NOTICE, .text = "gone", .cycle = 7, .id_num = "47\n11",
                                  .action = "revoke", .error = "a\tb", .config_file = "/etc/l.yaml", .config_line = 14,
                                  .config_column = 9);
        char *fields[JOURNAL_FIELDS_MAX];
        int n;

        message.duration_usec = 1500;
        message_count(&message, "REVOKED", 1);
        message_count(&message, "WRITES", 2);
        n = journal_fields(&message, fields);

        assert_int_equal(n, 14);
        assert_true(has_field(fields, n, "LOCKTSYNC_CYCLE=7"));
        assert_true(has_field(fields, n, "LOCKTSYNC_ID_NUM=47\\x0a11"));
        assert_true(has_field(fields, n, "LOCKTSYNC_ACTION=revoke"));
        assert_true(has_field(fields, n, "LOCKTSYNC_ERROR=a\\x09b"));
        assert_true(has_field(fields, n, "LOCKTSYNC_DURATION_USEC=1500"));
        assert_true(has_field(fields, n, "LOCKTSYNC_COUNT_REVOKED=1"));
        assert_true(has_field(fields, n, "LOCKTSYNC_COUNT_WRITES=2"));
        assert_true(has_field(fields, n, "CONFIG_FILE=/etc/l.yaml"));
        assert_true(has_field(fields, n, "CONFIG_LINE=14"));
        assert_true(has_field(fields, n, "CONFIG_COLUMN=9"));
        fields_free(fields, n);
}

static void test_more_counts_than_there_is_room_for(void **state) {
        Message message = MESSAGE("0", "e", LOG_INFO, .text = "t");

        for (int i = 0; i < 2 * MESSAGE_COUNTS; i++)
                message_count(&message, "N", i);
        assert_int_equal(message.n_counts, MESSAGE_COUNTS);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_escape),
                cmocka_unit_test(test_line),
                cmocka_unit_test(test_fields_of_a_bare_message),
                cmocka_unit_test(test_fields_of_a_full_message),
                cmocka_unit_test(test_more_counts_than_there_is_room_for),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
