/* The facts about one person, and what follows from them: what stands in the way, and which lane is next. */

#include "lib/decide/decide.h"
#include "lib/state/hand.h"
#include "state-fixture.h"

#define SECOND INT64_C(1000000)
#define NOW (INT64_C(1700000000) * SECOND)

static DecideContext context_of(Fixture *f) {
        return (DecideContext) {
                .state = f->state,
                .rules = { .disable = true, .remove_levels = true, .expire = true },
                .fresh_usec = 60 * SECOND,
        };
}

/* A user of Lockt that was seen @age seconds ago; linked to @key unless that is NULL. */
static void hold(Fixture *f, int64_t id, const char *id_num, const char *email, const char *card, const char *key,
                 int64_t age) {
        _cleanup_(user_deinit) User user = make_user(id, id_num, email, card);
        Link link = LINK_INIT;

        good(f, snapshot_put(f->state, &user, SNAPSHOT_SEEN, NOW - age * SECOND, &f->error));
        if (!key)
                return;
        link.key = (char *) key;
        link.lockt_id = id;
        link.granted = user;
        good(f, link_put(f->state, &link, &f->error));
}

/* What HR wants of @key: everything as make_user() has it. */
static QueueRow want(const char *key, Standing standing, const char *email, const char *card) {
        QueueRow row = QUEUE_ROW_INIT;

        row.wanted.key = strdup(key);
        row.wanted.standing = standing;
        row.wanted.mapped = PROPERTY_BIT(PROPERTIES) - 1;
        row.wanted.wanted = make_user(0, key, email, card);
        row.why = strdup("test");
        row.queued_usec = row.changed_usec = NOW;
        row.read = 1;
        assert_true(row.wanted.key && row.why);
        return row;
}

static Decision decide_about(Fixture *f, const DecideContext *context, const QueueRow *row) {
        Decision decision = DECISION_INIT;

        good(f, decide(context, row, NOW, &decision, &f->error));
        return decision;
}

/* The read under way has @row. */
static void stage(Fixture *f, StageSlot slot, const QueueRow *row) {
        Finding finding = FINDING_INIT;

        finding.wanted = row->wanted;
        good(f, stage_put(f->state, slot, &finding, &f->error));
}

static void rename_wanted(QueueRow *row, const char *first, const char *last) {
        assert_int_equal(user_set_text(&row->wanted.wanted, PROPERTY_FIRST_NAME, first), 0);
        assert_int_equal(user_set_text(&row->wanted.wanted, PROPERTY_LAST_NAME, last), 0);
}

static void test_new_person_is_created(void **data) {
        Fixture *f = *data;
        DecideContext context = context_of(f);
        _cleanup_(queue_row_deinit) QueueRow row = want("K", STANDING_IN, "k@x.org", "7");
        _cleanup_(decision_deinit) Decision decision = decide_about(f, &context, &row);

        assert_int_equal(decision_lane(&decision), LANE_CREATE);
        assert_int_equal(decision.give_obstacle, OBSTACLE_NONE);
        assert_false(decision_settled(&decision));
}

static void test_person_as_wanted_is_settled(void **data) {
        Fixture *f = *data;
        DecideContext context = context_of(f);
        _cleanup_(queue_row_deinit) QueueRow row = want("K", STANDING_IN, "k@x.org", "7");

        hold(f, 5, "K", "k@x.org", "7", "K", 3600);
        _cleanup_(decision_deinit) Decision decision = decide_about(f, &context, &row);
        assert_true(decision_settled(&decision));
        assert_int_equal(decision_lane(&decision), LANES);
}

static void test_change_waits_for_a_fresh_look(void **data) {
        static const struct {
                int64_t age;
                Obstacle obstacle;
        } cases[] = { { 10, OBSTACLE_NONE }, { 60, OBSTACLE_NONE }, { 61, OBSTACLE_READ }, { -3600, OBSTACLE_READ } };
        Fixture *f = *data;
        DecideContext context = context_of(f);

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                char key[8];

                (void) snprintf(key, sizeof(key), "K%zu", i);
                _cleanup_(queue_row_deinit) QueueRow row = want(key, STANDING_IN, NULL, NULL);
                assert_int_equal(user_set_text(&row.wanted.wanted, PROPERTY_PHONE, "1"), 0);
                hold(f, 50 + (int64_t) i, key, NULL, NULL, key, cases[i].age);
                _cleanup_(decision_deinit) Decision decision = decide_about(f, &context, &row);
                assert_int_equal(decision.give_obstacle, cases[i].obstacle);
                assert_int_equal(decision_lane(&decision), LANE_CHANGE);
        }
}

static void test_leaver_waits_for_no_look(void **data) {
        Fixture *f = *data;
        DecideContext context = context_of(f);
        _cleanup_(queue_row_deinit) QueueRow row = want("K", STANDING_OUT, "k@x.org", "7");

        hold(f, 5, "K", "k@x.org", "7", "K", 86400);
        _cleanup_(decision_deinit) Decision decision = decide_about(f, &context, &row);
        assert_int_equal(decision_lane(&decision), LANE_TAKE);
        assert_int_equal(decision.take_obstacle, OBSTACLE_NONE);
}

/* After an unknown outcome, "nothing is to be done" is no knowledge. */
static void test_stale_record_is_read(void **data) {
        static const Standing standings[] = { STANDING_IN, STANDING_OUT };
        Fixture *f = *data;
        DecideContext context = context_of(f);

        for (size_t i = 0; i < ELEMENTS(standings); i++) {
                _cleanup_(queue_row_deinit) QueueRow row = want("K", standings[i], "k@x.org", "7");
                _cleanup_(decision_deinit) Decision decision = DECISION_INIT;

                hold(f, 5, "K", "k@x.org", "7", "K", 10);
                if (standings[i] == STANDING_OUT) {
                        _cleanup_(user_deinit) User gone = make_user(5, "K", "k@x.org", "7");

                        gone.enabled = false;
                        gone.n_levels = 0;
                        gone.access_expires = NOW / SECOND - 100;
                        good(f, snapshot_put(f->state, &gone, SNAPSHOT_ACKED, NOW - SECOND, &f->error));
                }
                good(f, snapshot_set_stale(f->state, 5, NOW, &f->error));
                good(f, decide(&context, &row, NOW, &decision, &f->error));
                assert_int_equal(i == 0 ? decision.give_obstacle : decision.take_obstacle, OBSTACLE_READ);
                assert_int_equal(decision_lane(&decision), i == 0 ? LANE_CHANGE : LANE_TAKE);
                assert_false(decision_settled(&decision));
        }
}

static void test_parked(void **data) {
        static const struct {
                const char *title, *fault;
                Standing standing;
                ParkKind kind;
        } cases[] = {
                { "a fault", "broken", STANDING_IN, PARK_DATA },
                { "an unclear status", NULL, STANDING_UNCLEAR, PARK_STATUS },
        };
        Fixture *f = *data;
        DecideContext context = context_of(f);

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(queue_row_deinit) QueueRow row = want("K", cases[i].standing, "k@x.org", "7");

                row.wanted.fault = cases[i].fault ? strdup(cases[i].fault) : NULL;
                _cleanup_(decision_deinit) Decision decision = decide_about(f, &context, &row);
                assert_int_equal(decision.give_obstacle, OBSTACLE_PARKED);
                assert_int_equal(decision.park, cases[i].kind);
                assert_int_equal(decision_lane(&decision), LANES);
                assert_false(decision_settled(&decision));
                assert_non_null(decision.reason);
        }
}

static void test_adoption(void **data) {
        static const struct {
                const char *title, *id_num, *email;
                bool by_email, adopts, parked;
        } cases[] = {
                { "same number, same name", "K", NULL, false, true, false },
                { "another number, same name", "L", NULL, false, false, true },
                { "no number, same e-mail, not asked for", NULL, "k@x.org", false, false, true },
                { "no number, same e-mail", NULL, "K@X.ORG", true, true, false },
                { "a number of its own, same e-mail", "L", "k@x.org", true, false, true },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(queue_row_deinit) QueueRow row = want("K", STANDING_IN, "k@x.org", "");
                void *fresh;

                assert_int_equal(fixture_setup(&fresh), 0);
                {
                        Fixture *f = fresh;
                        DecideContext context = context_of(f);
                        _cleanup_(decision_deinit) Decision decision = DECISION_INIT;

                        context.link_by_email = cases[i].by_email;
                        stage(f, STAGE_COMPLETE, &row);
                        hold(f, 5, cases[i].id_num, cases[i].email, NULL, NULL, 10);
                        good(f, decide(&context, &row, NOW, &decision, &f->error));
                        if (decision.adopts != cases[i].adopts ||
                            (decision.give_obstacle == OBSTACLE_PARKED) != cases[i].parked)
                                fail_msg("%s: %s", cases[i].title, decision.reason ? decision.reason : "not parked");
                }
                fixture_teardown(&fresh);
        }
        (void) data;
}

/* Several in HR could be the user: nobody is. A keyed read does not see the others. */
static void test_adoption_by_email_is_of_one_alone(void **data) {
        static const struct {
                const char *title, *other;
                bool staged, queued, parked;
        } cases[] = {
                { "a complete read, and nobody else", NULL, true, false, false },
                { "a complete read, and another one", "K@X.org", true, false, true },
                { "a keyed read", NULL, false, false, true },
                { "looked at before, and in the queue", NULL, false, true, false },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(queue_row_deinit) QueueRow row = want("K", STANDING_IN, "k@x.org", "");
                _cleanup_(queue_row_deinit) QueueRow other = want("L", STANDING_IN, cases[i].other, "");
                void *fresh;

                assert_int_equal(fixture_setup(&fresh), 0);
                {
                        Fixture *f = fresh;
                        DecideContext context = context_of(f);
                        _cleanup_(decision_deinit) Decision decision = DECISION_INIT;

                        context.link_by_email = true;
                        if (cases[i].staged) {
                                stage(f, STAGE_COMPLETE, &row);
                                stage(f, STAGE_COMPLETE, &other);
                        }
                        if (cases[i].queued)
                                good(f, queue_put(f->state, &row, &f->error));
                        hold(f, 5, NULL, "k@x.org", NULL, NULL, 10);
                        good(f, decide(&context, &row, NOW, &decision, &f->error));
                        if ((decision.give_obstacle == OBSTACLE_PARKED) != cases[i].parked ||
                            decision.adopts == cases[i].parked)
                                fail_msg("%s: %s", cases[i].title, decision.reason ? decision.reason : "not parked");
                }
                fixture_teardown(&fresh);
        }
        (void) data;
}

/* The number is K's and the last name too, but what else the user has is L's. */
static void test_adoption_by_a_last_name_alone(void **data) {
        static const struct {
                const char *title, *email, *card, *others_email, *others_card;
                bool parked;
        } cases[] = {
                { "nothing else is anybody's", "old@x.org", "8", "l@x.org", "9", false },
                { "the e-mail is L's", "l@x.org", NULL, "L@x.org", "9", true },
                { "the card is L's", NULL, "9", "l@x.org", "9", true },
                { "the card is L's now, the e-mail K's", "k@x.org", "9", "l@x.org", "9", false },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(queue_row_deinit) QueueRow row = want("K", STANDING_IN, "k@x.org", "7");
                _cleanup_(queue_row_deinit) QueueRow other =
                        want("L", STANDING_IN, cases[i].others_email, cases[i].others_card);
                void *fresh;

                assert_int_equal(fixture_setup(&fresh), 0);
                {
                        Fixture *f = fresh;
                        DecideContext context = context_of(f);
                        _cleanup_(decision_deinit) Decision decision = DECISION_INIT;

                        stage(f, STAGE_COMPLETE, &other);
                        hold(f, 5, "K", cases[i].email, cases[i].card, NULL, 10);
                        good(f, decide(&context, &row, NOW, &decision, &f->error));
                        if (decision.adopts == cases[i].parked)
                                fail_msg("%s: %s", cases[i].title, decision.reason ? decision.reason : "not parked");
                }
                fixture_teardown(&fresh);
        }
        (void) data;
}

/* A creation beside somebody of the same name. */
static void test_probable_double(void **data) {
        static const struct {
                const char *title, *id_num, *first, *linked_to;
                bool other_in_hr, is_new, parked;
        } cases[] = {
                { "nobody of that name", "L", "Adam", NULL, false, false, false },
                { "without a number", NULL, "ADA", NULL, false, false, true },
                { "with an old number", "OLD", "Ada", NULL, false, false, true },
                { "with the number of another one in HR", "L", "Ada", NULL, true, false, false },
                { "linked to another one", NULL, "Ada", "L", false, false, false },
                { "somebody said that it is another one", NULL, "Ada", NULL, false, true, false },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(queue_row_deinit) QueueRow row = want("K", STANDING_IN, "k@x.org", "7");
                _cleanup_(queue_row_deinit) QueueRow other = want("L", STANDING_IN, "l@x.org", "9");
                void *fresh;

                rename_wanted(&row, cases[i].first, "Lovelace");
                assert_int_equal(fixture_setup(&fresh), 0);
                {
                        Fixture *f = fresh;
                        DecideContext context = context_of(f);
                        _cleanup_(decision_deinit) Decision decision = DECISION_INIT;

                        hold(f, 5, cases[i].id_num, NULL, NULL, cases[i].linked_to, 10);
                        if (cases[i].other_in_hr)
                                stage(f, STAGE_COMPLETE, &other);
                        if (cases[i].is_new)
                                good(f, apart_put(f->state, "K", 0, "user id 0", NOW, &f->error));
                        good(f, decide(&context, &row, NOW, &decision, &f->error));
                        if ((decision.give_obstacle == OBSTACLE_PARKED) != cases[i].parked)
                                fail_msg("%s: %s", cases[i].title, decision.reason ? decision.reason : "not parked");
                }
                fixture_teardown(&fresh);
        }
        (void) data;
}

static void test_who_was_unlinked_is_not_adopted_again(void **data) {
        Fixture *f = *data;
        DecideContext context = context_of(f);
        _cleanup_(queue_row_deinit) QueueRow in = want("K", STANDING_IN, "k@x.org", "7");
        _cleanup_(queue_row_deinit) QueueRow out = want("K", STANDING_OUT, "k@x.org", "7");

        hold(f, 5, "K", "k@x.org", "7", NULL, 10);
        good(f, apart_put(f->state, "K", 5, "user id 0", NOW, &f->error));
        _cleanup_(decision_deinit) Decision parked = decide_about(f, &context, &in);
        assert_int_equal(parked.give_obstacle, OBSTACLE_PARKED);
        assert_non_null(strstr(parked.reason, "locktsyncctl link K new"));
        _cleanup_(decision_deinit) Decision settled = decide_about(f, &context, &out);
        assert_true(decision_settled(&settled));
        assert_false(settled.adopts);
}

/* Whatever put the row into the queue. */
static void test_who_is_locked_is_out(void **data) {
        Fixture *f = *data;
        DecideContext context = context_of(f);
        _cleanup_(queue_row_deinit) QueueRow row = want("K", STANDING_IN, "k@x.org", "7");
        Lock lock = { .key = (char *) "K", .reason = (char *) "x", .by = (char *) "user id 0" };

        hold(f, 5, "K", "k@x.org", "7", "K", 10);
        good(f, lock_put(f->state, &lock, &f->error));
        _cleanup_(decision_deinit) Decision decision = decide_about(f, &context, &row);
        assert_true(decision.plan.leaver);
        assert_int_equal(decision_lane(&decision), LANE_TAKE);
        assert_false(decision.plan.has_give);
}

static void test_two_links_to_one_user_are_none(void **data) {
        Fixture *f = *data;
        DecideContext context = context_of(f);
        _cleanup_(queue_row_deinit) QueueRow row = want("K", STANDING_IN, "k@x.org", "7");

        hold(f, 5, "K", "k@x.org", "7", "OTHER", 10);
        _cleanup_(decision_deinit) Decision decision = decide_about(f, &context, &row);
        assert_int_equal(decision.give_obstacle, OBSTACLE_PARKED);
        assert_false(decision.adopts);
}

static void test_vanished(void **data) {
        Fixture *f = *data;
        DecideContext context = context_of(f);
        _cleanup_(queue_row_deinit) QueueRow in = want("K", STANDING_IN, "k@x.org", "7");
        _cleanup_(queue_row_deinit) QueueRow out = want("K", STANDING_OUT, "k@x.org", "7");

        hold(f, 5, "K", "k@x.org", "7", "K", 10);
        good(f, snapshot_set_missing(f->state, 5, NOW - 5 * SECOND, &f->error));
        _cleanup_(decision_deinit) Decision parked = decide_about(f, &context, &in);
        assert_true(parked.vanished);
        assert_int_equal(parked.give_obstacle, OBSTACLE_PARKED);
        _cleanup_(decision_deinit) Decision settled = decide_about(f, &context, &out);
        assert_true(decision_settled(&settled));
}

static void test_created_and_not_learnt(void **data) {
        Fixture *f = *data;
        DecideContext context = context_of(f);
        _cleanup_(queue_row_deinit) QueueRow in = want("K", STANDING_IN, "k@x.org", "7");
        _cleanup_(queue_row_deinit) QueueRow out = want("K", STANDING_OUT, "k@x.org", "7");
        Link link = LINK_INIT;

        link.key = (char *) "K";
        good(f, link_put(f->state, &link, &f->error));
        _cleanup_(decision_deinit) Decision change = decide_about(f, &context, &in);
        assert_int_equal(change.give_obstacle, OBSTACLE_READ);
        assert_int_equal(decision_lane(&change), LANE_CHANGE);
        _cleanup_(decision_deinit) Decision take = decide_about(f, &context, &out);
        assert_int_equal(decision_lane(&take), LANE_TAKE);
}

/* L has K's new card in Lockt: what K's record does depends on what becomes of L. */
static void test_contested_card(void **data) {
        static const struct {
                const char *title;
                bool queued, other_card, leaver, disabled;
                Obstacle obstacle;
                bool must_give_up;
        } cases[] = {
                { "L keeps it", false, false, false, false, OBSTACLE_PARKED, false },
                { "L is queued, and keeps it", true, false, false, false, OBSTACLE_PARKED, false },
                { "L is to have another", true, true, false, false, OBSTACLE_WAITS, false },
                { "L leaves", true, false, true, false, OBSTACLE_WAITS, true },
                { "L left long ago", false, false, false, true, OBSTACLE_WAITS, true },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(queue_row_deinit) QueueRow row = want("K", STANDING_IN, "k@x.org", "7");
                _cleanup_(queue_row_deinit) QueueRow other =
                        want("L", cases[i].leaver ? STANDING_OUT : STANDING_IN, "l@x.org", cases[i].other_card ? "8" : "7");
                void *fresh;

                assert_int_equal(fixture_setup(&fresh), 0);
                {
                        Fixture *f = fresh;
                        DecideContext context = context_of(f);
                        _cleanup_(decision_deinit) Decision decision = DECISION_INIT;

                        hold(f, 6, "L", "l@x.org", "7", "L", 10);
                        if (cases[i].queued)
                                good(f, queue_put(f->state, &other, &f->error));
                        if (cases[i].disabled) {
                                _cleanup_(user_deinit) User gone = make_user(6, "L", "l@x.org", "7");
                                _cleanup_(link_deinit) Link link = LINK_INIT;

                                gone.enabled = false;
                                good(f, snapshot_put(f->state, &gone, SNAPSHOT_SEEN, NOW - 5 * SECOND, &f->error));
                                good(f, link_get(f->state, "L", &link, &f->error));
                                link.disabled_usec = NOW - 100 * SECOND;
                                good(f, link_put(f->state, &link, &f->error));
                        }
                        good(f, decide(&context, &row, NOW, &decision, &f->error));
                        if (decision.give_obstacle != cases[i].obstacle ||
                            decision.other_must_give_up != cases[i].must_give_up)
                                fail_msg("%s: %d %s", cases[i].title, decision.give_obstacle,
                                         decision.reason ? decision.reason : "");
                        if (cases[i].obstacle == OBSTACLE_WAITS)
                                assert_string_equal(decision.other, "L");
                        assert_int_equal(decision.contested, cases[i].obstacle == OBSTACLE_PARKED);
                }
                fixture_teardown(&fresh);
        }
        (void) data;
}

static void test_who_came_first_carries_on(void **data) {
        Fixture *f = *data;
        DecideContext context = context_of(f);
        _cleanup_(queue_row_deinit) QueueRow k = want("K", STANDING_IN, "x@x.org", "7");
        _cleanup_(queue_row_deinit) QueueRow l = want("L", STANDING_IN, "X@X.org", "8");

        good(f, queue_put(f->state, &k, &f->error));
        good(f, queue_put(f->state, &l, &f->error));
        _cleanup_(decision_deinit) Decision first = decide_about(f, &context, &k);
        assert_int_equal(first.give_obstacle, OBSTACLE_NONE);
        _cleanup_(decision_deinit) Decision second = decide_about(f, &context, &l);
        assert_int_equal(second.give_obstacle, OBSTACLE_PARKED);
        assert_true(second.contested);
        /* He came earlier. */
        l.queued_usec = NOW - SECOND;
        good(f, queue_put(f->state, &l, &f->error));
        _cleanup_(decision_deinit) Decision earlier = decide_about(f, &context, &l);
        assert_int_equal(earlier.give_obstacle, OBSTACLE_NONE);
        /* A leaver claims nothing. */
        k.wanted.standing = STANDING_OUT;
        k.queued_usec = NOW - 10 * SECOND;
        good(f, queue_put(f->state, &k, &f->error));
        _cleanup_(decision_deinit) Decision alone = decide_about(f, &context, &l);
        assert_int_equal(alone.give_obstacle, OBSTACLE_NONE);
}

static void test_excluded_is_settled(void **data) {
        Fixture *f = *data;
        DecideContext context = context_of(f);
        _cleanup_(queue_row_deinit) QueueRow row = want("K", STANDING_OUT, "k@x.org", "7");

        hold(f, 5, "K", "k@x.org", "7", "K", 10);
        row.wanted.excluded = true;
        _cleanup_(decision_deinit) Decision decision = decide_about(f, &context, &row);
        assert_true(decision_settled(&decision));
}

static void test_echo_is_no_difference(void **data) {
        Fixture *f = *data;
        DecideContext context = context_of(f);
        _cleanup_(queue_row_deinit) QueueRow row = want("K", STANDING_IN, "k@x.org", "7");

        hold(f, 5, "K", "k@x.org", "7", "K", 10);
        assert_int_equal(user_set_text(&row.wanted.wanted, PROPERTY_PHONE, "+49 30 123"), 0);
        _cleanup_(decision_deinit) Decision differs = decide_about(f, &context, &row);
        assert_int_equal(decision_lane(&differs), LANE_CHANGE);
        good(f, echo_put(f->state, "K", PROPERTY_PHONE, "+49 30 123", "4930123", &f->error));
        _cleanup_(decision_deinit) Decision settled = decide_about(f, &context, &row);
        assert_true(decision_settled(&settled));
}

static void test_granted(void **data) {
        static const struct {
                const char *title, *rules, *held, *before, *granted;
                bool unknown;
        } cases[] = {
                { "what the rules grant and Lockt holds", "1,2", "1,2,3", "", "1,2", false },
                { "what was granted and is held still", "1", "1,2", "2", "1,2", false },
                { "what is not held any more is forgotten", "1", "1", "1,2", "1", false },
                { "not as long as it may arrive late", "1", "1", "1,2", "1,2", true },
                { "what others gave is not ours", "", "3", "", "", false },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(queue_row_deinit) QueueRow row = QUEUE_ROW_INIT;
                _cleanup_(user_deinit) User held = USER_INIT, granted = USER_INIT;
                _cleanup_(link_deinit) Link before = LINK_INIT;
                _cleanup_(freep) char *text = NULL;

                before.unknown_give = cases[i].unknown;
                assert_int_equal(user_levels_parse(&row.wanted.wanted, cases[i].rules), 0);
                assert_int_equal(user_levels_parse(&held, cases[i].held), 0);
                assert_int_equal(user_levels_parse(&before.granted, cases[i].before), 0);
                assert_int_equal(decision_granted(&row, &held, &before, &granted), 0);
                text = user_levels_format(&granted);
                if (strcmp(text, cases[i].granted) != 0)
                        fail_msg("%s: '%s'", cases[i].title, text);
        }
        (void) data;
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                state_test(test_new_person_is_created),
                state_test(test_person_as_wanted_is_settled),
                state_test(test_change_waits_for_a_fresh_look),
                state_test(test_leaver_waits_for_no_look),
                state_test(test_stale_record_is_read),
                state_test(test_parked),
                cmocka_unit_test(test_adoption),
                cmocka_unit_test(test_adoption_by_email_is_of_one_alone),
                cmocka_unit_test(test_adoption_by_a_last_name_alone),
                cmocka_unit_test(test_probable_double),
                state_test(test_who_was_unlinked_is_not_adopted_again),
                state_test(test_who_is_locked_is_out),
                state_test(test_two_links_to_one_user_are_none),
                state_test(test_vanished),
                state_test(test_created_and_not_learnt),
                cmocka_unit_test(test_contested_card),
                state_test(test_who_came_first_carries_on),
                state_test(test_excluded_is_settled),
                state_test(test_echo_is_no_difference),
                cmocka_unit_test(test_granted),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
