/* What counts against the limits of `safety`, when they are passed, and whom they hold (invariant 4). */

#include "lib/guard/guard.h"
#include "state-fixture.h"

#define SECOND INT64_C(1000000)
#define NOW INT64_C(1700000000)
#define NOW_USEC (NOW * SECOND)

#define REVOKED GUARD_BIT(HOLD_REVOKED)
#define RESTORED GUARD_BIT(HOLD_RESTORED)
#define GRANTED GUARD_BIT(HOLD_GRANTED)
#define CHANGED GUARD_BIT(HOLD_CHANGED)

enum { CARDHOLDER = 10, SECURITY = 20, LAB = 30 };

/* A decision about K, who is user 5 with the level CARDHOLDER. */
static Decision about(bool enabled, int64_t expires) {
        Decision decision = DECISION_INIT;

        decision.held.user.id = 5;
        decision.held.user.enabled = enabled;
        decision.held.user.access_expires = expires;
        decision.link.key = strdup("K");
        assert_non_null(decision.link.key);
        assert_int_equal(user_add_level(&decision.held.user, CARDHOLDER), 0);
        return decision;
}

static void test_what_counts_against_what(void **data) {
        static const struct {
                const char *title;
                bool off;                       /* Lockt holds the user disabled, … */
                bool by_us;                     /* … by locktsync */
                int64_t expires;                /* … with this end */
                bool leaver, create, takes, gives, bare;        /* bare: something that opens nothing, such as a name */
                unsigned counts;
        } cases[] = {
                { "nothing to do" },
                { "a leaver", .expires = INSTANT_NONE, .leaver = true, .takes = true, .counts = REVOKED },
                { "a leaver whose end was sent before", .expires = NOW - 1, .leaver = true, .takes = true },
                { "a leaver whose end is at this instant", .expires = NOW, .leaver = true, .takes = true },
                { "a leaver whose end is to come", .expires = NOW + 1, .leaver = true, .takes = true,
                  .counts = REVOKED },
                { "a leaver who is disabled already", .off = true, .expires = INSTANT_NONE, .leaver = true,
                  .takes = true },
                { "a leaver whose card is cleared only", .expires = INSTANT_NONE, .leaver = true, .bare = true },
                { "an announced end", .expires = INSTANT_NONE, .takes = true, .counts = REVOKED | CHANGED },
                { "a hire", .create = true, .gives = true, .counts = GRANTED },
                { "a level more", .expires = INSTANT_NONE, .gives = true, .counts = GRANTED | CHANGED },
                { "a level less", .expires = INSTANT_NONE, .takes = true, .counts = REVOKED | CHANGED },
                { "a move", .expires = INSTANT_NONE, .takes = true, .gives = true,
                  .counts = REVOKED | GRANTED | CHANGED },
                { "another name", .expires = INSTANT_NONE, .bare = true, .counts = CHANGED },
                { "somebody is back", .off = true, .by_us = true, .expires = INSTANT_NONE, .gives = true,
                  .counts = RESTORED | GRANTED | CHANGED },
                { "somebody is back whom others disabled", .off = true, .expires = INSTANT_NONE, .gives = true,
                  .counts = GRANTED | CHANGED },
                { "somebody whom we disabled once, and who is on since", .by_us = true, .expires = INSTANT_NONE,
                  .gives = true, .counts = GRANTED | CHANGED },
        };

        (void) data;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(decision_deinit) Decision decision = about(!cases[i].off, cases[i].expires);

                decision.link.disabled_usec = cases[i].by_us ? NOW_USEC - 1 : 0;
                decision.plan.leaver = cases[i].leaver;
                decision.plan.create = cases[i].create;
                decision.plan.access = (AccessChange) { .takes = cases[i].takes, .gives = cases[i].gives };
                decision.plan.has_take = cases[i].takes;
                decision.plan.has_give = cases[i].gives || cases[i].bare;
                decision.plan.give.enabled = true;
                if (guard_counts(&decision, NOW) != cases[i].counts)
                        fail_msg("%s: counts as %#x, not as %#x", cases[i].title, guard_counts(&decision, NOW),
                                 cases[i].counts);
        }
}

static void test_gains_are_the_levels_that_were_not_there(void **data) {
        _cleanup_(decision_deinit) Decision decision = about(true, INSTANT_NONE);
        _cleanup_(freep) char *none = NULL, *gains = NULL;

        (void) data;
        assert_int_equal(user_add_level(&decision.plan.give, CARDHOLDER), 0);
        decision.plan.has_give = true;
        assert_int_equal(guard_gains(&decision, &none), 0);
        assert_null(none);
        assert_int_equal(user_add_level(&decision.plan.give, LAB), 0);
        assert_int_equal(user_add_level(&decision.plan.give, SECURITY), 0);
        assert_int_equal(guard_gains(&decision, &gains), 0);
        assert_string_equal(gains, "20,30");
}

/* A company of @n who have access, @n_security of them with the level SECURITY. */
static void furnish(Fixture *f, unsigned n, unsigned n_security) {
        good(f, state_begin(f->state, &f->error));
        for (unsigned i = 0; i < n; i++) {
                char key[16];
                _cleanup_(user_deinit) User user = USER_INIT;
                Link link = LINK_INIT;

                (void) snprintf(key, sizeof(key), "P%04u", i);
                user = make_user(100 + (int64_t) i, key, NULL, NULL);
                user.access_expires = INSTANT_NONE;
                if (i < n_security)
                        assert_int_equal(user_add_level(&user, SECURITY), 0);
                else
                        user_remove_level(&user, SECURITY);
                good(f, snapshot_put(f->state, &user, SNAPSHOT_SEEN, NOW_USEC, &f->error));
                link.key = key;
                link.lockt_id = user.id;
                good(f, link_put(f->state, &link, &f->error));
        }
        good(f, state_commit(f->state, &f->error));
}

static Config limits(Limit all) {
        Config config = { 0 };

        config.safety.window_usec = 3600 * SECOND;
        config.safety.max_revoked = config.safety.max_restored = all;
        config.safety.max_granted = config.safety.max_changed = all;
        return config;
}

/* @n people, of whom the first @absent have no row. */
static void add_people(GuardTally *tally, unsigned counts, unsigned n, unsigned absent, const char *gains) {
        for (unsigned i = 0; i < n; i++)
                assert_int_equal(guard_add(tally, counts, i < absent, gains), 0);
}

static void spend(Fixture *f, unsigned counts, const char *gains, unsigned n, int64_t at_usec) {
        for (unsigned i = 0; i < n; i++) {
                char key[16];

                (void) snprintf(key, sizeof(key), "S%04u", i);
                good(f, guard_spend(f->state, key, counts, gains, at_usec, &f->error));
        }
}

static void judge(Fixture *f, GuardTally *tally, const Config *config, Guard *guard) {
        GuardBase base = { 0 };

        good(f, guard_judge(guard, tally, f->state, config, &base, NOW_USEC, &f->error));
}

static void test_a_limit_is_a_number_or_a_share_of_who_has_access(void **data) {
        static const struct {
                const char *title;
                Limit limit;
                unsigned recent, n;
                bool passed;
        } cases[] = {
                { "as many as allowed", { false, 7 }, 0, 7, false },
                { "one more", { false, 7 }, 0, 8, true },
                { "those of before count", { false, 7 }, 5, 3, true },
                { "a limit of nobody", { false, 0 }, 0, 1, true },
                { "a share", { true, 10 }, 0, 20, false },
                { "more than the share", { true, 10 }, 0, 21, true },
                { "the share with those of before", { true, 10 }, 15, 6, true },
                { "a small share is five people", { true, 0.5 }, 0, 5, false },
                { "and not six", { true, 0.5 }, 0, 6, true },
                { "nor one after five", { true, 0 }, 5, 1, true },
                { "everybody", { true, 100 }, 0, 200, false },
        };
        Fixture *f = *data;

        furnish(f, 200, 0);
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                for (HoldKind kind = HOLD_REVOKED; kind < HOLDS; kind++) {
                        _cleanup_(guard_tally_deinit) GuardTally tally = { 0 };
                        Config config = limits(cases[i].limit);
                        Guard guard;

                        spend(f, GUARD_BIT(kind), NULL, cases[i].recent, NOW_USEC - 10);
                        add_people(&tally, GUARD_BIT(kind), cases[i].n, 0, NULL);
                        judge(f, &tally, &config, &guard);
                        for (HoldKind other = HOLD_REVOKED; other < HOLDS; other++)
                                if (guard.passed[other] != (other == kind && cases[i].passed))
                                        fail_msg("%s: %s: the limit of %s is%s passed", cases[i].title,
                                                 hold_kind_name(kind), hold_kind_name(other),
                                                 guard.passed[other] ? "" : " not");
                        good(f, spent_prune(f->state, NOW_USEC, 1000, &f->error));
                }
        }
}

static void test_the_window_slides(void **data) {
        Fixture *f = *data;
        Config config = limits((Limit) { false, 5 });
        static const struct {
                int64_t ago;
                bool passed;
        } cases[] = { { 1, true }, { 3599, true }, { 3600, false }, { 7200, false } };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(guard_tally_deinit) GuardTally tally = { 0 };
                Guard guard;

                spend(f, REVOKED, NULL, 5, NOW_USEC - cases[i].ago * SECOND);
                add_people(&tally, REVOKED, 1, 0, NULL);
                judge(f, &tally, &config, &guard);
                assert_int_equal(guard.passed[HOLD_REVOKED], cases[i].passed);
        }
}

/* People count, not changes: who loses something twice within the window has lost it once. */
static void test_somebody_counts_once(void **data) {
        Fixture *f = *data;
        int64_t n;

        for (unsigned i = 0; i < 3; i++)
                good(f, guard_spend(f->state, "K", REVOKED | CHANGED, NULL, NOW_USEC - i * SECOND, &f->error));
        good(f, spent_count(f->state, HOLD_REVOKED, 0, NOW_USEC - 3600 * SECOND, &n, &f->error));
        assert_int_equal(n, 1);
        good(f, spent_count(f->state, HOLD_CHANGED, 0, NOW_USEC - 3600 * SECOND, &n, &f->error));
        assert_int_equal(n, 1);
        good(f, spent_count(f->state, HOLD_GRANTED, 0, NOW_USEC - 3600 * SECOND, &n, &f->error));
        assert_int_equal(n, 0);
}

/* Of those who lose access, in the order of the keys; `a` is absent, `x` left, `h` held, `.` let go. */
static void test_absent_ones_are_held_first_and_explicit_ones_from_the_limit_on(void **data) {
        static const struct {
                const char *title;
                double limit;
                unsigned recent;
                const char *people, *verdict;
        } cases[] = {
                { "within the limit", 4, 0, "axax", "...." },
                { "absent ones make place", 3, 0, "axax", "h.h." },
                { "absent ones alone", 3, 0, "aaaa", "hhhh" },
                { "explicit ones from the limit on, and one place stays free", 3, 0, "xxxx", "..hh" },
                { "what is left of the limit", 4, 2, "xxxx", ".hhh" },
                { "nothing is left", 4, 4, "x", "h" },
                { "the free place is for who comes alone", 4, 3, "x", "." },
                { "and for who comes with the absent", 4, 3, "axa", "h.h" },
                { "a tenth of the limit stays free", 20, 0, "xxxxxxxxxxxxxxxxxxxxx", "..................hhh" },
        };
        Fixture *f = *data;

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(guard_tally_deinit) GuardTally tally = { 0 };
                Config config = limits((Limit) { false, cases[i].limit });
                Guard guard;

                spend(f, REVOKED, NULL, cases[i].recent, NOW_USEC - 10);
                for (const char *p = cases[i].people; *p; p++)
                        assert_int_equal(guard_add(&tally, REVOKED, *p == 'a', NULL), 0);
                judge(f, &tally, &config, &guard);
                for (size_t k = 0; cases[i].people[k]; k++) {
                        HoldKind kind;
                        int64_t level;
                        bool absent = cases[i].people[k] == 'a', held;

                        held = guard_holds(&guard, &tally, REVOKED, absent, NULL, &kind, &level);
                        if (held != (cases[i].verdict[k] == 'h') || (held && kind != HOLD_REVOKED))
                                fail_msg("%s: person %zu is %s", cases[i].title, k, held ? "held" : "let go");
                }
                good(f, spent_prune(f->state, NOW_USEC, 1000, &f->error));
        }
}

/* All of a kind are held, and nobody of another kind. */
static void test_who_passes_no_limit_goes_on(void **data) {
        Fixture *f = *data;
        _cleanup_(guard_tally_deinit) GuardTally tally = { 0 };
        Config config = limits((Limit) { false, 5 });
        Guard guard;
        HoldKind kind;
        int64_t level;

        add_people(&tally, RESTORED | GRANTED, 4, 0, NULL);
        add_people(&tally, GRANTED, 2, 0, NULL);
        add_people(&tally, CHANGED, 5, 0, NULL);
        add_people(&tally, REVOKED, 5, 5, NULL);
        judge(f, &tally, &config, &guard);
        assert_true(guard_holds(&guard, &tally, GRANTED | CHANGED, false, NULL, &kind, &level));
        assert_int_equal(kind, HOLD_GRANTED);
        assert_true(guard_holds(&guard, &tally, RESTORED | GRANTED, false, NULL, &kind, &level));
        assert_int_equal(kind, HOLD_GRANTED);
        assert_false(guard_holds(&guard, &tally, CHANGED, false, NULL, &kind, &level));
        assert_false(guard_holds(&guard, &tally, REVOKED, true, NULL, &kind, &level));
        assert_false(guard_holds(&guard, &tally, 0, false, NULL, &kind, &level));
}

static void test_grants_count_for_each_level_by_itself(void **data) {
        Fixture *f = *data;
        _cleanup_(guard_tally_deinit) GuardTally tally = { 0 };
        Config config = limits((Limit) { true, 20 });
        Guard guard;
        HoldKind kind;
        int64_t level;

        /* Two hundred have access, fifty of them SECURITY: 20 % are 40 people, and 10 of SECURITY. */
        furnish(f, 200, 50);
        add_people(&tally, GRANTED, 11, 0, "20");
        add_people(&tally, GRANTED, 5, 0, "30");
        judge(f, &tally, &config, &guard);
        assert_false(guard.passed[HOLD_GRANTED]);
        assert_true(guard.level_passed);
        assert_true(guard_holds(&guard, &tally, GRANTED, false, "20,30", &kind, &level));
        assert_int_equal(kind, HOLD_GRANTED);
        assert_int_equal(level, SECURITY);
        assert_false(guard_holds(&guard, &tally, GRANTED, false, "30", &kind, &level));
        assert_false(guard_holds(&guard, &tally, GRANTED, false, NULL, &kind, &level));
}

/* A level that nobody holds yet may be given to five; those who got it within the window count. */
static void test_a_level_that_nobody_holds(void **data) {
        static const struct {
                unsigned recent, n;
                bool passed;
        } cases[] = { { 0, 5, false }, { 0, 6, true }, { 4, 1, false }, { 5, 1, true } };
        Fixture *f = *data;

        furnish(f, 200, 0);
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(guard_tally_deinit) GuardTally tally = { 0 };
                Config config = limits((Limit) { true, 20 });
                Guard guard;

                spend(f, GRANTED, "20", cases[i].recent, NOW_USEC - 10);
                add_people(&tally, GRANTED, cases[i].n, 0, "20");
                judge(f, &tally, &config, &guard);
                assert_int_equal(guard.level_passed, cases[i].passed);
                good(f, spent_prune(f->state, NOW_USEC, 1000, &f->error));
        }
}

static QueueRow wish(Standing standing) {
        QueueRow row = QUEUE_ROW_INIT;

        row.wanted.key = strdup("K");
        row.wanted.standing = standing;
        row.wanted.mapped = PROPERTY_BIT(PROPERTIES) - 1;
        row.wanted.wanted.enabled = standing == STANDING_IN;
        assert_non_null(row.wanted.key);
        assert_int_equal(user_set_text(&row.wanted.wanted, PROPERTY_LAST_NAME, "Neu"), 0);
        assert_int_equal(user_add_level(&row.wanted.wanted, CARDHOLDER), 0);
        return row;
}

static void change_name(QueueRow *row, Decision *decision) {
        (void) decision;
        assert_int_equal(user_set_text(&row->wanted.wanted, PROPERTY_LAST_NAME, "Alt"), 0);
}

static void change_end(QueueRow *row, Decision *decision) {
        (void) decision;
        row->wanted.wanted.access_expires = NOW + 1000;
}

static void change_levels(QueueRow *row, Decision *decision) {
        (void) decision;
        assert_int_equal(user_add_level(&row->wanted.wanted, LAB), 0);
}

static void change_pin(QueueRow *row, Decision *decision) {
        (void) decision;
        row->pin_wanted = true;
        row->pin_digest[0] ^= 1;
}

static void change_adopted(QueueRow *row, Decision *decision) {
        (void) row;
        decision->adopts = true;
}

static void change_held(QueueRow *row, Decision *decision) {
        (void) row;
        assert_int_equal(user_set_text(&decision->held.user, PROPERTY_PHONE, "1"), 0);
        decision->held.user.enabled = false;
}

static void change_read(QueueRow *row, Decision *decision) {
        (void) decision;
        row->read += 10;
        row->attempts++;
}

static void change_key(QueueRow *row, Decision *decision) {
        (void) decision;
        row->wanted.key[0] = 'L';
}

static void change_standing(QueueRow *row, Decision *decision) {
        (void) decision;
        row->wanted.standing = row->wanted.standing == STANDING_OUT ? STANDING_ABSENT : STANDING_OUT;
}

/* An approval is of a wish: it holds as long as the same is wanted for the same person, and not a moment longer. */
static void test_what_makes_a_change_another_one(void **data) {
        static const struct {
                const char *title;
                Standing standing;
                void (*change)(QueueRow *row, Decision *decision);
                bool same;
        } cases[] = {
                { "a name", STANDING_IN, change_name, false },
                { "an end", STANDING_IN, change_end, false },
                { "a level", STANDING_IN, change_levels, false },
                { "a PIN", STANDING_IN, change_pin, false },
                { "another user of Lockt", STANDING_IN, change_adopted, false },
                { "another person", STANDING_IN, change_key, false },
                { "what Lockt holds", STANDING_IN, change_held, true },
                { "when it was read", STANDING_IN, change_read, true },
                { "a leaver's name", STANDING_OUT, change_name, true },
                { "a leaver's levels", STANDING_OUT, change_levels, true },
                { "a leaver without a row", STANDING_OUT, change_standing, false },
                { "an absent one with a row", STANDING_ABSENT, change_standing, false },
        };
        DigestKey key;

        (void) data;
        digest_key_init(&key, (const uint8_t[32]) { 1 }, "test");
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(queue_row_deinit) QueueRow row = wish(cases[i].standing);
                _cleanup_(decision_deinit) Decision decision = about(true, INSTANT_NONE);
                uint8_t before[DIGEST_SIZE], after[DIGEST_SIZE];

                assert_int_equal(guard_change(&key, &row, &decision, NOW, before), 0);
                cases[i].change(&row, &decision);
                assert_int_equal(guard_change(&key, &row, &decision, NOW, after), 0);
                if ((memcmp(before, after, DIGEST_SIZE) == 0) != cases[i].same)
                        fail_msg("%s makes %s change", cases[i].title, cases[i].same ? "another" : "the same");
        }
}

static void test_a_change_in_words(void **data) {
        static const struct {
                Standing standing;
                int64_t expires;
                bool off, create, adopts, takes, gives, lab, no_cardholder;
                const char *words;
        } cases[] = {
                { .standing = STANDING_ABSENT, .words = "absent from HR" },
                { .standing = STANDING_OUT, .words = "left" },
                { .standing = STANDING_IN, .expires = NOW - 1, .words = "access has ended" },
                { .standing = STANDING_IN, .create = true, .gives = true, .lab = true,
                  .words = "is created, gains 1 level" },
                { .standing = STANDING_IN, .adopts = true, .words = "is linked to user 5" },
                { .standing = STANDING_IN, .off = true, .gives = true, .words = "is enabled again" },
                { .standing = STANDING_IN, .gives = true, .lab = true, .words = "gains access, gains 1 level" },
                { .standing = STANDING_IN, .takes = true, .no_cardholder = true,
                  .words = "loses access, loses 1 level" },
                { .standing = STANDING_IN, .takes = true, .gives = true, .lab = true, .no_cardholder = true,
                  .words = "gains and loses access, gains 1 level, loses 1 level" },
                { .standing = STANDING_IN, .words = "is changed" },
        };

        (void) data;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(queue_row_deinit) QueueRow row = wish(cases[i].standing);
                _cleanup_(decision_deinit) Decision decision = about(!cases[i].off, INSTANT_NONE);
                _cleanup_(freep) char *words = NULL;
                User *give = &decision.plan.give;

                row.wanted.wanted.access_expires = cases[i].expires ? cases[i].expires : INSTANT_NONE;
                decision.plan.create = cases[i].create;
                decision.adopts = cases[i].adopts;
                decision.plan.access = (AccessChange) { .takes = cases[i].takes, .gives = cases[i].gives };
                decision.plan.has_give = true;
                give->enabled = true;
                if (!cases[i].no_cardholder)
                        assert_int_equal(user_add_level(give, CARDHOLDER), 0);
                if (cases[i].lab)
                        assert_int_equal(user_add_level(give, LAB), 0);
                words = guard_what(&row, &decision, NOW);
                assert_non_null(words);
                assert_string_equal(words, cases[i].words);
        }
}

/* Whoever reads it knows what is held, why, how many, and what to type. */
static void test_a_group_in_words(void **data) {
        static const struct {
                HoldKind kind;
                int64_t level, n;
                Limit limit;
                const char *words;
        } cases[] = {
                { HOLD_REVOKED, 0, 26, { true, 5 },
                  "26 people would lose access: more than safety.max_revoked (5%) allows within 1h; see "
                  "`locktsyncctl held`, then `locktsyncctl approve abcdefabcdef`" },
                { HOLD_RESTORED, 0, 1, { false, 3 },
                  "1 person whom locktsync had disabled would be enabled again: more than safety.max_restored (3) "
                  "allows within 1h; see `locktsyncctl held`, then `locktsyncctl approve abcdefabcdef`" },
                { HOLD_GRANTED, 0, 150, { true, 2.5 },
                  "150 people would gain access: more than safety.max_granted (2.5%) allows within 1h; see "
                  "`locktsyncctl held`, then `locktsyncctl approve abcdefabcdef`" },
                { HOLD_GRANTED, SECURITY, 11, { true, 20 },
                  "11 people would gain the level 'Security': more than safety.max_granted (20% of those who "
                  "hold it) allows within 1h; see `locktsyncctl held`, then `locktsyncctl approve abcdefabcdef`" },
                { HOLD_CHANGED, 0, 9, { false, 5 },
                  "9 people would be changed: more than safety.max_changed (5) allows within 1h; see "
                  "`locktsyncctl held`, then `locktsyncctl approve abcdefabcdef`" },
                { HOLD_PLAN, 0, 2, { false, 5 },
                  "2 people wait for the approval of the plan (the mapping has changed); see `locktsyncctl plan`, then "
                  "`locktsyncctl approve abcdefabcdef`" },
        };

        (void) data;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                Config config = limits(cases[i].limit);
                HoldGroup group = { .kind = cases[i].kind, .level = cases[i].level, .n = cases[i].n,
                                    .digest = "abcdefabcdef" };
                _cleanup_(freep) char *words = guard_sentence(&group, &config, "the mapping has changed", "Security");

                assert_non_null(words);
                assert_string_equal(words, cases[i].words);
        }
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_what_counts_against_what),
                cmocka_unit_test(test_gains_are_the_levels_that_were_not_there),
                state_test(test_a_limit_is_a_number_or_a_share_of_who_has_access),
                state_test(test_the_window_slides),
                state_test(test_somebody_counts_once),
                state_test(test_absent_ones_are_held_first_and_explicit_ones_from_the_limit_on),
                state_test(test_who_passes_no_limit_goes_on),
                state_test(test_grants_count_for_each_level_by_itself),
                state_test(test_a_level_that_nobody_holds),
                cmocka_unit_test(test_what_makes_a_change_another_one),
                cmocka_unit_test(test_a_change_in_words),
                cmocka_unit_test(test_a_group_in_words),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
