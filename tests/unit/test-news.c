/* News as entries of the journal: the sentences, and that no kind was forgotten. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <syslog.h>

#include <cmocka.h>

#include "daemon/messages.h"
#include "daemon/news.h"
#include "lib/base/cleanup.h"

static void test_every_kind_has_an_id_a_name_and_a_sentence(void **state) {
        char buf[NEWS_SENTENCE_MAX], others[NEWS_KINDS][40] = { 0 };

        for (NewsKind kind = 0; kind < NEWS_KINDS; kind++) {
                News news = NEWS(kind);
                Message message;

                news_message(&news, buf, &message);
                if (!message.id || strlen(message.id) != 32 || !message.event || !message.text || !*message.text ||
                    strchr(message.text, '{'))
                        fail_msg("kind %u: '%s'", (unsigned) kind, message.text ? message.text : "");
                for (NewsKind other = 0; other < kind; other++)
                        assert_string_not_equal(others[other], message.id);
                (void) memcpy(others[kind], message.id, 33);
        }
}

static void test_sentences(void **state) {
        static const struct {
                const char *title;
                News news;
                int priority;
                const char *sentence;
        } cases[] = {
                { "with a reason", { .kind = NEWS_PARKED, .id_num = "4711", .text = "no last name", .count = -1 },
                  LOG_WARNING, "4711 is parked: no last name; data and grants wait until HR, the mapping or Lockt "
                               "changes, revocations do not" },
                { "without one", { .kind = NEWS_CREATED, .id_num = "4711", .count = -1 }, LOG_INFO,
                  "4711 was created in Lockt" },
                { "an empty reason is none", { .kind = NEWS_CREATED, .id_num = "4711", .text = "", .count = -1 },
                  LOG_INFO, "4711 was created in Lockt" },
                { "a count", { .kind = NEWS_BATCH_LIMIT, .count = 20 }, LOG_NOTICE,
                  "Lockt takes at most 20 records in a write; the rest follows in further ones" },
                { "braces in a reason are only braces", { .kind = NEWS_HR_DOWN, .text = "{id} {", .count = -1 }, LOG_ERR,
                  "HR can't be read: {id} {; nobody's access changes for it, trying again" },
                { "a part of it", { .kind = NEWS_REVOKED, .id_num = "4711", .action = "restrict", .text = "changed in HR",
                                    .count = -1 },
                  LOG_NOTICE, "4711 opens less than before, Lockt acknowledged it: changed in HR; it will be read back" },
                { "one of one", { .kind = NEWS_CYCLE_DONE, .cycle = 8, .rows = 1, .changed = 1, .writes = 1, .count = -1 },
                  LOG_INFO, "cycle 8 over 1 person: 1 changed, in 1 write" },
                { "a cycle", { .kind = NEWS_CYCLE_DONE, .cycle = 7, .rows = 1200, .revoked = 1, .created = 2,
                               .writes = 3, .count = -1 }, LOG_INFO,
                  "cycle 7 over 1200 people: 1 revoked, 2 created, in 3 writes" },
        };
        char buf[NEWS_SENTENCE_MAX];

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                Message message;

                news_message(&cases[i].news, buf, &message);
                if (strcmp(message.text, cases[i].sentence) != 0 || message.priority != cases[i].priority)
                        fail_msg("%s: %d '%s'", cases[i].title, message.priority, message.text);
        }
}

static void test_fields(void **state) {
        News cycle = NEWS(NEWS_CYCLE_DONE), parked = NEWS(NEWS_PARKED);
        char buf[NEWS_SENTENCE_MAX];
        Message message;

        cycle.cycle = 7;
        cycle.revoked = 5;
        cycle.duration_usec = 1000;
        news_message(&cycle, buf, &message);
        assert_string_equal(message.id, MESSAGE_CYCLE_DONE);
        assert_string_equal(message.event, "cycle-done");
        assert_int_equal(message.cycle, 7);
        assert_int_equal(message.duration_usec, 1000);
        assert_int_equal(message.n_counts, 7);
        assert_string_equal(message.counts[1].name, "REVOKED");
        assert_int_equal(message.counts[1].value, 5);

        parked.id_num = "4711";
        parked.text = "no last name";
        news_message(&parked, buf, &message);
        assert_string_equal(message.id_num, "4711");
        assert_string_equal(message.error, "no last name");
        assert_int_equal(message.duration_usec, -1);
}

static void test_a_long_reason_is_cut(void **state) {
        static char reason[3 * NEWS_SENTENCE_MAX];
        char buf[NEWS_SENTENCE_MAX];
        News news = NEWS(NEWS_HR_DOWN);
        Message message;

        (void) memset(reason, 'x', sizeof(reason) - 1);
        news.text = reason;
        news_message(&news, buf, &message);
        assert_int_equal(strlen(message.text), NEWS_SENTENCE_MAX - 1);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_every_kind_has_an_id_a_name_and_a_sentence),
                cmocka_unit_test(test_sentences),
                cmocka_unit_test(test_fields),
                cmocka_unit_test(test_a_long_reason_is_cut),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
