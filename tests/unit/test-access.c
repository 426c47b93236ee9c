/* What a record opens, and what a change of it takes and gives. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/plan/access.h"

#define NOW 1000
#define NONE INSTANT_NONE

/* A record as a case writes it. levels: "-" is unknown. */
typedef struct Record {
        bool enabled;
        const char *levels, *card;
        int64_t begin, end;
} Record;

static User make(const Record *record) {
        User user = USER_INIT;

        user.enabled = record->enabled;
        user.access_effective = record->begin;
        user.access_expires = record->end;
        if (strcmp(record->levels, "-") != 0)
                assert_int_equal(user_levels_parse(&user, record->levels), 0);
        assert_int_equal(user_set_text(&user, PROPERTY_CARD_NUM, record->card), 0);
        return user;
}

static void test_any(void **data) {
        static const struct {
                const char *title;
                Record record;
                bool any;
        } cases[] = {
                { "enabled, a level, no bounds", { true, "1", "7", NONE, NONE }, true },
                { "disabled", { false, "1", "7", NONE, NONE }, false },
                { "no level", { true, "", "7", NONE, NONE }, false },
                { "levels that are not known may be some", { true, "-", "7", NONE, NONE }, true },
                { "no card: a PIN or a telephone may open", { true, "1", "", NONE, NONE }, true },
                { "ended", { true, "1", "7", NONE, 999 }, false },
                { "ends now", { true, "1", "7", NONE, NOW }, false },
                { "ends in a moment", { true, "1", "7", NONE, NOW + 1 }, true },
                { "begins later", { true, "1", "7", 5000, NONE }, true },
                { "ends before it begins", { true, "1", "7", 5000, 4000 }, false },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(user_deinit) User user = make(&cases[i].record);

                if (access_any(&user, NOW) != cases[i].any)
                        fail_msg("%s", cases[i].title);
        }
        (void) data;
}

static void test_compare(void **data) {
        static const struct {
                const char *title;
                Record before, after;
                bool takes, gives;
        } cases[] = {
                { "the same", { true, "1,2", "7", NONE, NONE }, { true, "1,2", "7", NONE, NONE }, false, false },
                { "disabled", { true, "1", "7", NONE, NONE }, { false, "1", "7", NONE, NONE }, true, false },
                { "enabled", { false, "1", "7", NONE, NONE }, { true, "1", "7", NONE, NONE }, false, true },
                { "a level less", { true, "1,2", "7", NONE, NONE }, { true, "1", "7", NONE, NONE }, true, false },
                { "a level more", { true, "1", "7", NONE, NONE }, { true, "1,2", "7", NONE, NONE }, false, true },
                { "another level", { true, "1", "7", NONE, NONE }, { true, "2", "7", NONE, NONE }, true, true },
                { "levels become unknown", { true, "1", "7", NONE, NONE }, { true, "-", "7", NONE, NONE }, false, false },
                { "an earlier end", { true, "1", "7", NONE, 5000 }, { true, "1", "7", NONE, 4000 }, true, false },
                { "an end", { true, "1", "7", NONE, NONE }, { true, "1", "7", NONE, 4000 }, true, false },
                { "no end any more", { true, "1", "7", NONE, 4000 }, { true, "1", "7", NONE, NONE }, false, true },
                { "a later begin", { true, "1", "7", 2000, NONE }, { true, "1", "7", 3000, NONE }, true, false },
                { "an earlier begin", { true, "1", "7", 3000, NONE }, { true, "1", "7", 2000, NONE }, false, true },
                { "a begin in the past moves in the past", { true, "1", "7", 10, NONE }, { true, "1", "7", 20, NONE },
                  false, false },
                { "another span", { true, "1", "7", 2000, 3000 }, { true, "1", "7", 2500, 3500 }, true, true },
                { "another card", { true, "1", "7", NONE, NONE }, { true, "1", "8", NONE, NONE }, true, true },
                { "a card less", { true, "1", "7", NONE, NONE }, { true, "1", "", NONE, NONE }, true, false },
                { "a card more", { true, "1", "", NONE, NONE }, { true, "1", "7", NONE, NONE }, false, true },
                { "nothing of it counts of somebody disabled", { false, "1", "7", NONE, NONE },
                  { false, "2", "8", NONE, 4000 }, false, false },
                { "nor of somebody who has ended", { true, "1", "7", NONE, 500 }, { false, "", "", NONE, 400 },
                  false, false },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(user_deinit) User before = make(&cases[i].before);
                _cleanup_(user_deinit) User after = make(&cases[i].after);
                AccessChange change = access_compare(&before, &after, NOW);

                if (change.takes != cases[i].takes || change.gives != cases[i].gives)
                        fail_msg("%s: takes %d, gives %d", cases[i].title, change.takes, change.gives);
        }
        (void) data;
}

static void test_from_nobody(void **data) {
        _cleanup_(user_deinit) User user = make(&(Record) { true, "1", "7", NONE, NONE });
        _cleanup_(user_deinit) User disabled = make(&(Record) { false, "1", "7", NONE, NONE });

        assert_true(access_compare(NULL, &user, NOW).gives);
        assert_false(access_compare(NULL, &user, NOW).takes);
        assert_false(access_compare(NULL, &disabled, NOW).gives);
        (void) data;
}

static void test_bounds(void **data) {
        assert_true(access_later_begin(NONE, 5) == 5);
        assert_true(access_later_begin(7, 5) == 7);
        assert_true(access_earlier_end(NONE, 5) == 5);
        assert_true(access_earlier_end(5, NONE) == 5);
        assert_true(access_earlier_end(7, 5) == 5);
        assert_true(access_earlier_end(NONE, NONE) == NONE);
        (void) data;
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_any),
                cmocka_unit_test(test_compare),
                cmocka_unit_test(test_from_nobody),
                cmocka_unit_test(test_bounds),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
