/* What is against what should be, for one person: the records that lead from the one to the other. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/plan/plan.h"

#define NOW 1000
#define NONE INSTANT_NONE

/* A person of HR as a case writes it; NULL or 0: nothing. */
typedef struct Wish {
        Standing standing;
        const char *last, *card, *levels, *fault;
        int64_t end;            /* 0: none */
        uint32_t unmapped, keep;
} Wish;

/* A user of Lockt; .last NULL: nobody. */
typedef struct Hold {
        const char *last, *card, *levels;       /* levels "-": not known */
        bool disabled;
        int64_t end;
} Hold;

typedef struct Case {
        const char *title;
        Wish wish;
        Hold hold;
        const char *granted;
        bool disabled_by_us, remove_others, give_up_card, never_expire;
        const char *take, *give;        /* "last/card/levels/on|off/end", "": none */
} Case;

#define ENABLED PROPERTY_BIT(PROPERTY_ENABLED)
#define EXPIRES PROPERTY_BIT(PROPERTY_ACCESS_EXPIRES)
#define CARD PROPERTY_BIT(PROPERTY_CARD_NUM)

static bool tolerates_99(const void *userdata, int64_t level) {
        (void) userdata;
        return level == 99;
}

static const Case cases[] = {
        { .title = "new", .wish = { STANDING_IN, "A", "7", "1" }, .give = "A/7/1/on/-" },
        { .title = "new, and out", .wish = { STANDING_OUT, "A", "7", "1" } },
        { .title = "new, and past the end", .wish = { STANDING_IN, "A", "7", "1", .end = 900 } },
        { .title = "new, and unclear", .wish = { STANDING_UNCLEAR, "A", "7", "1" } },
        { .title = "new, with a fault", .wish = { STANDING_IN, "A", "7", "1", "broken" } },
        { .title = "as wanted", .wish = { STANDING_IN, "A", "7", "1" }, .hold = { "A", "7", "1" }, .granted = "1" },
        { .title = "another name", .wish = { STANDING_IN, "B", "7", "1" }, .hold = { "A", "7", "1" }, .granted = "1",
          .give = "B/7/1/on/-" },
        { .title = "a level more", .wish = { STANDING_IN, "A", "7", "1,2" }, .hold = { "A", "7", "1" }, .granted = "1",
          .give = "A/7/1,2/on/-" },
        { .title = "a level less that we granted", .wish = { STANDING_IN, "A", "7", "1" }, .hold = { "A", "7", "1,2" },
          .granted = "1,2", .take = "A/7/1/on/-" },
        { .title = "a level by hand is kept", .wish = { STANDING_IN, "A", "7", "1" }, .hold = { "A", "7", "1,2" },
          .granted = "1" },
        { .title = "or removed", .wish = { STANDING_IN, "A", "7", "1" }, .hold = { "A", "7", "1,2" }, .granted = "1",
          .remove_others = true, .take = "A/7/1/on/-" },
        { .title = "save one that does not resolve", .wish = { STANDING_IN, "A", "7", "1" }, .hold = { "A", "7", "1,99" },
          .granted = "1,99", .remove_others = true },
        { .title = "a move: first less, then more", .wish = { STANDING_IN, "A", "7", "1,3" },
          .hold = { "A", "7", "1,2" }, .granted = "1,2", .take = "A/7/1/on/-", .give = "A/7/1,3/on/-" },
        { .title = "another card: cleared, then set", .wish = { STANDING_IN, "A", "8", "1" }, .hold = { "A", "7", "1" },
          .granted = "1", .take = "A//1/on/-", .give = "A/8/1/on/-" },
        { .title = "an empty card keeps the one there is", .wish = { STANDING_IN, "A", NULL, "1", .keep = CARD },
          .hold = { "A", "7", "1" }, .granted = "1" },
        { .title = "an earlier end and a level more", .wish = { STANDING_IN, "A", "7", "1,2", .end = 5000 },
          .hold = { "A", "7", "1" }, .granted = "1", .take = "A/7/1/on/5000", .give = "A/7/1,2/on/5000" },
        { .title = "out", .wish = { STANDING_OUT, "B", "8", "5" }, .hold = { "A", "7", "1" }, .granted = "1",
          .take = "A/7//off/1000" },
        { .title = "absent", .wish = { STANDING_ABSENT }, .hold = { "A", "7", "1" }, .granted = "1",
          .take = "A/7//off/1000" },
        { .title = "past the end: HR's own end", .wish = { STANDING_IN, "A", "7", "1", .end = 900 },
          .hold = { "A", "7", "1" }, .granted = "1", .take = "A/7//off/900" },
        { .title = "out, with a fault, all the same", .wish = { STANDING_OUT, "A", "7", "1", "broken" },
          .hold = { "A", "7", "1" }, .take = "A/7//off/1000" },
        { .title = "out already", .wish = { STANDING_OUT, "A", "7", "1" }, .hold = { "A", "7", "", true, 800 },
          .disabled_by_us = true },
        { .title = "out, levels not known", .wish = { STANDING_OUT, "A", "7", "1" }, .hold = { "A", "7", "-", true, 800 },
          .disabled_by_us = true, .take = "A/7//off/800" },
        { .title = "out, gives up the card", .wish = { STANDING_OUT, "A", "7", "1" }, .hold = { "A", "7", "", true, 800 },
          .disabled_by_us = true, .give_up_card = true, .take = "A///off/800" },
        { .title = "out, blocked by hand: no end that would hide it", .wish = { STANDING_OUT, "A", "7", "1" },
          .hold = { "A", "7", "1", true }, .take = "A/7//off/-" },
        { .title = "out, without an end", .wish = { STANDING_OUT, "A", "7", "1" }, .hold = { "A", "7", "1" },
          .never_expire = true, .take = "A/7//off/-" },
        { .title = "unclear keeps", .wish = { STANDING_UNCLEAR, "B", "8", "2" }, .hold = { "A", "7", "1" },
          .granted = "1" },
        { .title = "a fault withholds what gives, not what takes", .wish = { STANDING_IN, "B", "7", "3", "broken" },
          .hold = { "A", "7", "1,2" }, .granted = "1,2", .take = "A/7//on/-" },
        { .title = "back: enabled again, without our end", .wish = { STANDING_IN, "A", "7", "1", .unmapped = EXPIRES },
          .hold = { "A", "7", "", true, 800 }, .disabled_by_us = true, .give = "A/7/1/on/-" },
        { .title = "back, and enabled is not mapped", .wish = { STANDING_IN, "A", "7", "1", .unmapped = EXPIRES | ENABLED },
          .hold = { "A", "7", "", true, 800 }, .disabled_by_us = true, .give = "A/7/1/on/-" },
        { .title = "disabled by hand stays so", .wish = { STANDING_IN, "B", "7", "1" }, .hold = { "A", "7", "1", true },
          .granted = "1", .give = "B/7/1/off/-" },
        { .title = "disabled after its end was not by hand (ruling 43)", .wish = { STANDING_IN, "A", "7", "1" },
          .hold = { "A", "7", "1", true, 800 }, .granted = "1", .give = "A/7/1/on/-" },
        { .title = "levels that are not known: nothing whole can be sent", .wish = { STANDING_IN, "B", "7", "1" },
          .hold = { "A", "7", "-" }, .granted = "1" },
};

static void fill(User *user, const char *last, const char *card, const char *levels, int64_t end) {
        assert_int_equal(user_set_text(user, PROPERTY_ID_NUM, "K"), 0);
        assert_int_equal(user_set_text(user, PROPERTY_LAST_NAME, last), 0);
        assert_int_equal(user_set_text(user, PROPERTY_CARD_NUM, card), 0);
        if (levels && strcmp(levels, "-") != 0)
                assert_int_equal(user_levels_parse(user, levels), 0);
        user->access_expires = end ? end : NONE;
}

static void describe(const User *user, char *buffer, size_t size) {
        _cleanup_(freep) char *levels = user_levels_format(user);
        char end[24] = "-";

        if (user->access_expires != NONE)
                (void) snprintf(end, sizeof(end), "%lld", (long long) user->access_expires);
        (void) snprintf(buffer, size, "%s/%s/%s/%s/%s", user_text(user, PROPERTY_LAST_NAME),
                        user_text(user, PROPERTY_CARD_NUM), levels, user->enabled ? "on" : "off", end);
}

static void expect(const Case *c, const char *what, bool has, const User *user, const char *expected) {
        char text[128] = "";

        if (has)
                describe(user, text, sizeof(text));
        if (strcmp(text, expected ? expected : "") != 0)
                fail_msg("%s: %s is '%s', not '%s'", c->title, what, text, expected ? expected : "");
}

static void run(const Case *c, Plan *plan) {
        PlanRules rules = {
                .disable = true, .remove_levels = true, .expire = !c->never_expire,
                .remove_others = c->remove_others, .tolerated = tolerates_99,
        };
        _cleanup_(person_deinit) Person person = PERSON_INIT;
        _cleanup_(user_deinit) User held = USER_INIT, granted = USER_INIT;
        PlanInput input = {
                .wanted = &person, .disabled_by_us = c->disabled_by_us, .give_up_card = c->give_up_card,
                .granted = &granted, .now = NOW,
        };

        person.key = strdup("K");
        person.standing = c->wish.standing;
        person.mapped = (PROPERTY_BIT(PROPERTIES) - 1) & ~c->wish.unmapped;
        person.keep = c->wish.keep;
        person.fault = c->wish.fault ? strdup(c->wish.fault) : NULL;
        fill(&person.wanted, c->wish.last, c->wish.card, c->wish.levels, c->wish.end);
        person.wanted.enabled = c->wish.standing != STANDING_OUT;
        if (c->granted)
                assert_int_equal(user_levels_parse(&granted, c->granted), 0);
        if (c->hold.last) {
                held.id = 5;
                held.enabled = !c->hold.disabled;
                fill(&held, c->hold.last, c->hold.card, c->hold.levels, c->hold.end);
                input.held = &held;
        }
        assert_int_equal(plan_person(&rules, &input, plan), 0);
        if (plan->has_take && access_compare(&held, &plan->take, NOW).gives)
                fail_msg("%s: the take gives", c->title);
        if (plan->has_give && access_compare(plan->has_take ? &plan->take : input.held, &plan->give, NOW).takes)
                fail_msg("%s: the give takes", c->title);
}

static void test_plans(void **data) {
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(plan_deinit) Plan plan = PLAN_INIT;

                run(&cases[i], &plan);
                expect(&cases[i], "take", plan.has_take, &plan.take, cases[i].take);
                expect(&cases[i], "give", plan.has_give, &plan.give, cases[i].give);
        }
        (void) data;
}

static void test_flags(void **data) {
        _cleanup_(plan_deinit) Plan new = PLAN_INIT, leaver = PLAN_INIT, blocked = PLAN_INIT, unknown = PLAN_INIT;

        run(&(Case) { "new", { STANDING_IN, "A", "7", "1" } }, &new);
        assert_true(new.create && new.access.gives && !new.leaver);
        run(&(Case) { "out", { STANDING_OUT, "A", "7", "1" }, { "A", "7", "1" } }, &leaver);
        assert_true(leaver.leaver && leaver.access.takes && !leaver.access.gives);
        run(&(Case) { "blocked", { STANDING_IN, "A", "7", "1" }, { "A", "7", "1", true } }, &blocked);
        assert_true(blocked.blocked_by_hand && !blocked.has_give);
        run(&(Case) { "unknown", { STANDING_IN, "B", "7", "1" }, { "A", "7", "-" } }, &unknown);
        assert_true(unknown.levels_missing);
        (void) data;
}

static void test_pin_is_known_by_its_digest(void **data) {
        static const uint8_t one[DIGEST_SIZE] = { 1 }, two[DIGEST_SIZE] = { 2 };
        static const struct {
                const char *title;
                const uint8_t *wanted, *held;
                bool differs;
        } pins[] = {
                { "no PIN is mapped", NULL, NULL, false },
                { "never sent", one, NULL, true },
                { "the same", one, one, false },
                { "another", two, one, true },
        };

        for (size_t i = 0; i < ELEMENTS(pins); i++) {
                _cleanup_(plan_deinit) Plan plan = PLAN_INIT;
                _cleanup_(user_deinit) User held = USER_INIT;
                PlanRules rules = { .disable = true };
                Person person = PERSON_INIT;
                PlanInput input = {
                        .wanted = &person, .held = &held, .now = NOW,
                        .pin_wanted = pins[i].wanted, .pin_digest = pins[i].wanted, .held_pin_digest = pins[i].held,
                };

                held.id = 5;
                held.enabled = held.levels_known = true;
                person.key = (char *) "K";
                assert_int_equal(plan_person(&rules, &input, &plan), 0);
                if (plan.has_give != pins[i].differs)
                        fail_msg("%s", pins[i].title);
        }
        (void) data;
}

/* The service finds whom an update means by id_num and e-mail: both of them are never new in one write. */
static void test_another_number_comes_before_another_email(void **data) {
        static const struct {
                const char *title, *id_num, *email, *wanted_email, *sent_email;
                bool by_id, unmatched, release;
        } rows[] = {
                { "the number that it has", "K", "a@x.org", "b@x.org", "b@x.org", .release = true },
                { "another number, the same e-mail", "L", "a@x.org", "a@x.org", "a@x.org" },
                { "another number, another e-mail", "L", "a@x.org", "b@x.org", "a@x.org", .release = true },
                { "no number yet", NULL, "a@x.org", "b@x.org", "a@x.org" },
                { "another number, no e-mail to be found by", "L", NULL, "b@x.org", NULL, .unmatched = true },
                { "found by its id", "L", NULL, "b@x.org", "b@x.org", .by_id = true },
        };

        (void) data;
        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                PlanRules rules = { .disable = true, .by_id = rows[i].by_id };
                User held = { .id = 5, .text = { [PROPERTY_ID_NUM] = (char *) rows[i].id_num,
                                                 [PROPERTY_EMAIL] = (char *) rows[i].email },
                              .access_effective = NONE, .access_expires = NONE, .enabled = true, .levels_known = true };
                Person person = PERSON_INIT;
                PlanInput input = { .wanted = &person, .held = &held, .now = NOW, .release_email = rows[i].release };
                Plan plan = PLAN_INIT;

                person.key = (char *) "K";
                person.mapped = PROPERTY_BIT(PROPERTY_ID_NUM) | PROPERTY_BIT(PROPERTY_EMAIL);
                person.wanted.text[PROPERTY_ID_NUM] = (char *) "K";
                person.wanted.text[PROPERTY_EMAIL] = (char *) rows[i].wanted_email;
                assert_int_equal(plan_person(&rules, &input, &plan), 0);
                if (plan.unmatched != rows[i].unmatched || plan.has_give == rows[i].unmatched ||
                    (plan.has_give && strcmp(user_text(&plan.give, PROPERTY_EMAIL), rows[i].sent_email) != 0))
                        fail_msg("%s: %s", rows[i].title, user_text(&plan.give, PROPERTY_EMAIL));
                /* Not given up for somebody else as long as it is what the user is found by. */
                assert_int_equal(plan.has_take, rows[i].release && strcmp(user_text(&held, PROPERTY_ID_NUM), "K") == 0);
                plan_deinit(&plan);
        }
}

static void test_difference(void **data) {
        _cleanup_(user_deinit) User a = USER_INIT, b = USER_INIT;

        assert_int_equal(plan_difference(&a, &b), 0);
        assert_int_equal(user_set_text(&b, PROPERTY_PHONE, "1"), 0);
        b.enabled = true;
        assert_int_equal(plan_difference(&a, &b), PROPERTY_BIT(PROPERTY_PHONE) | ENABLED);
        /* Levels count only where both are known. */
        assert_int_equal(user_add_level(&b, 3), 0);
        b.levels_known = true;
        assert_false(plan_difference(&a, &b) & PROPERTY_BIT(PROPERTY_ACCESSLEVELS));
        a.levels_known = true;
        assert_true(plan_difference(&a, &b) & PROPERTY_BIT(PROPERTY_ACCESSLEVELS));
        (void) data;
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_plans),
                cmocka_unit_test(test_flags),
                cmocka_unit_test(test_pin_is_known_by_its_digest),
                cmocka_unit_test(test_another_number_comes_before_another_email),
                cmocka_unit_test(test_difference),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
