/* In which order and in how many writes; values that must be unique (invariants 2, 7 and 8, rulings 39 and 40). */

#include "world.h"

static void open_with(World *w, const WorldOptions *options, unsigned n) {
        world_open(w, options);
        hr_hire_many(w, 'P', 0, n);
        world_settle(w);
        world_assert_converged(w, "at first");
        world_forget_log(w);
}

static void swap(char *a, char *b, size_t size) {
        char c[64];

        memcpy(c, a, size);
        memcpy(a, b, size);
        memcpy(b, c, size);
}

/* Keys are interleaved, so that the findings of each kind come among the others. */
static void test_exactly_as_many_writes_as_batches(void **data) {
        World *w = *data;
        unsigned takes = 0, last_take = 0, first_gift = 0;

        open_with(w, NULL, 1000);
        for (unsigned i = 0; i < 250; i++) {
                char id[8];

                (void) snprintf(id, sizeof(id), "P%04u", i * 4);
                hr_leave(w, id);
                (void) snprintf(id, sizeof(id), "P%04u", i * 4 + 1);
                hr_change(w, id, dept, "sec");
                (void) snprintf(id, sizeof(id), "P%04uH", i * 4 + 2);
                hr_hire(w, id);
        }
        world_settle(w);
        assert_int_equal(w->n_log, 9);
        for (unsigned i = 0; i < w->n_log; i++) {
                assert_true(w->log[i].takes != w->log[i].gives);
                takes += w->log[i].takes;
                if (w->log[i].takes)
                        last_take = i;
                else if (first_gift == 0)
                        first_gift = i;
        }
        assert_int_equal(takes, 3);
        assert_true(last_take < first_gift);
        assert_int_equal(world_count_writes(w, false, LOCKT_UPDATE), 3);
        assert_int_equal(world_count_writes(w, false, LOCKT_CREATE), 3);
        world_assert_converged(w, "250 of each");
        world_assert_quiet(w, "250 of each");
}

static void test_mover_takes_then_gives(void **data) {
        World *w = *data;

        open_with(w, NULL, 5);
        hr_change(w, "P0001", dept, "sec");
        world_settle(w);
        world_forget_log(w);
        hr_change(w, "P0001", dept, "lab");
        world_settle(w);
        assert_int_equal(w->n_log, 2);
        assert_true(w->log[0].takes && !w->log[0].gives);
        assert_true(w->log[1].gives && !w->log[1].takes);
        assert_false(user_has_level(&w->log[0].users[0], LAB));
        world_assert_converged(w, "moved");
        world_assert_quiet(w, "moved");
}

/* Their records must be read first, which does not tear their batch apart. */
static void test_many_movers(void **data) {
        static const unsigned counts[] = { 7, 250 };
        World *w = *data;

        open_with(w, NULL, 1000);
        for (size_t i = 0; i < ELEMENTS(counts); i++) {
                for (unsigned k = 0; k < counts[i]; k++)
                        hr_set(w->rows[k].dept, sizeof(w->rows[k].dept), i ? "lab" : "sec");
                world_settle(w);
                for (unsigned k = 0; k < counts[i]; k++)
                        hr_set(w->rows[k].dept, sizeof(w->rows[k].dept), i ? "sec" : "lab");
                world_forget_log(w);
                world_run(w, 2 * MINUTE);
                assert_int_equal(w->n_log, 2 * ((counts[i] + 99) / 100));
                world_assert_converged(w, "many moved");
        }
        world_assert_quiet(w, "many moved");
}

/* A leaver does not wait for the reads that movers need. */
static void test_leaver_among_movers(void **data) {
        World *w = *data;

        open_with(w, NULL, 30);
        for (unsigned k = 0; k < 10; k++)
                hr_set(w->rows[k].dept, sizeof(w->rows[k].dept), "sec");
        world_run(w, 5 * MINUTE);
        for (unsigned k = 0; k < 10; k++)
                hr_set(w->rows[k].dept, sizeof(w->rows[k].dept), "");
        hr_leave(w, "P0020");
        w->read_fault = FAULT_DOWN;
        world_run(w, 62 * SECOND);
        assert_false(lockt_opens(w, "P0020"));
        w->read_fault = FAULT_NONE;
        world_run(w, 2 * MINUTE);
        world_assert_converged(w, "a leaver among movers");
}

static void test_later_end_and_new_card(void **data) {
        World *w = *data;

        open_with(w, NULL, 5);
        hr_change(w, "P0001", until, "2031-01-01 00:00:00");
        hr_change(w, "P0002", card, "99887766");
        hr_change(w, "P0003", from, "2020-01-01 00:00:00");
        world_settle(w);
        world_assert_converged(w, "spans and cards");
        assert_true(w->log[0].takes && !w->log[0].gives);
        world_assert_quiet(w, "spans and cards");
}

static void test_two_swap_their_mail(void **data) {
        World *w = *data;

        open_with(w, NULL, 5);
        swap(hr_row(w, "P0001")->email, hr_row(w, "P0003")->email, sizeof(w->rows->email));
        world_settle(w);
        world_assert_converged(w, "swapped");
        assert_in_range(w->n_log, 2, 4);
        assert_int_equal(w->news[NEWS_PARKED], 0);
        world_assert_quiet(w, "swapped");
}

static void test_three_rotate_their_cards(void **data) {
        World *w = *data;

        open_with(w, NULL, 5);
        swap(hr_row(w, "P0001")->card, hr_row(w, "P0003")->card, sizeof(w->rows->card));
        swap(hr_row(w, "P0003")->card, hr_row(w, "P0002")->card, sizeof(w->rows->card));
        world_settle(w);
        world_assert_converged(w, "rotated");
        assert_int_equal(w->n_log, 2);
        assert_int_equal(w->news[NEWS_PARKED], 0);
        world_assert_quiet(w, "rotated");
}

static void test_four_rotate_their_mail(void **data) {
        World *w = *data;

        open_with(w, NULL, 6);
        swap(hr_row(w, "P0001")->email, hr_row(w, "P0003")->email, sizeof(w->rows->email));
        swap(hr_row(w, "P0003")->email, hr_row(w, "P0002")->email, sizeof(w->rows->email));
        swap(hr_row(w, "P0002")->email, hr_row(w, "P0004")->email, sizeof(w->rows->email));
        world_settle(w);
        world_assert_converged(w, "rotated");
        assert_in_range(w->n_log, 2, 6);
        world_assert_quiet(w, "rotated");
}

static void test_mail_moves_along_a_chain(void **data) {
        World *w = *data;

        open_with(w, NULL, 5);
        /* 0 gets 1's, 1 gets 2's, 2 gets a new one. */
        hr_change(w, "P0000", email, "P0001@example.org");
        hr_change(w, "P0001", email, "P0002@example.org");
        hr_change(w, "P0002", email, "new@example.org");
        world_settle(w);
        world_assert_converged(w, "chain");
        assert_int_equal(w->news[NEWS_PARKED], 0);
        world_assert_quiet(w, "chain");
}

static void test_all_cards_are_issued_anew(void **data) {
        World *w = *data;

        open_with(w, NULL, 300);
        for (unsigned i = 0; i < 299; i++)
                swap(w->rows[i].card, w->rows[i + 1].card, sizeof(w->rows->card));
        world_settle(w);
        world_assert_converged(w, "300 cards");
        /* Two rounds of full batches. */
        assert_in_range(w->n_log, 6, 7);
        assert_int_equal(w->news[NEWS_PARKED], 0);
        world_assert_quiet(w, "300 cards");
}

/* Before and after him in the order of keys. */
static void test_newcomer_gets_a_leavers_card_and_mail(void **data) {
        static const char *const ids[] = { "A0001", "Z0001" };
        World *w = *data;

        open_with(w, NULL, 5);
        for (size_t i = 0; i < ELEMENTS(ids); i++) {
                const char *leaver = i ? "P0003" : "P0001";

                hr_hire(w, ids[i]);
                hr_change(w, ids[i], card, hr_row(w, leaver)->card);
                hr_change(w, ids[i], email, hr_row(w, leaver)->email);
                hr_leave(w, leaver);
                world_forget_log(w);
                world_notify(w, "");
                world_run(w, 20 * SECOND);
                world_assert_converged(w, ids[i]);
                assert_true(lockt_opens(w, ids[i]));
                assert_int_equal(w->news[NEWS_PARKED], 0);
                assert_in_range(w->n_log, 2, 3);
                assert_null(lockt_user(w, leaver)->user.text[PROPERTY_CARD_NUM]);
        }
        world_assert_quiet(w, "a leaver's card");
}

static void test_newcomer_gets_the_card_of_somebody_who_left_long_ago(void **data) {
        World *w = *data;

        open_with(w, NULL, 5);
        hr_leave(w, "P0001");
        world_settle(w);
        hr_hire(w, "A0001");
        hr_change(w, "A0001", card, hr_row(w, "P0001")->card);
        world_run(w, 2 * MINUTE);
        world_assert_converged(w, "a card from long ago");
        assert_true(lockt_opens(w, "A0001"));
        assert_int_equal(w->news[NEWS_PARKED], 0);
        world_assert_quiet(w, "a card from long ago");
}

static void test_newcomer_gets_the_card_of_somebody_absent(void **data) {
        World *w = *data;
        char card[24];

        open_with(w, NULL, 5);
        hr_set(card, sizeof(card), hr_row(w, "P0001")->card);
        hr_remove(w, "P0001");
        hr_hire(w, "A0001");
        hr_change(w, "A0001", card, card);
        world_settle(w);
        /* Whoever holds it in Lockt carries on, until his absence is believed. */
        assert_true(world_parked(w, "A0001", NULL));
        assert_true(lockt_opens(w, "P0001"));
        world_run(w, 20 * MINUTE);
        assert_true(lockt_opens(w, "A0001"));
        assert_false(lockt_opens(w, "P0001"));
        assert_false(world_parked(w, "A0001", NULL));
        world_assert_quiet(w, "a card of somebody absent");
}

static void test_newcomer_gets_a_movers_card(void **data) {
        static const char *const ids[] = { "A0001", "Z0001" };
        World *w = *data;

        open_with(w, NULL, 5);
        for (size_t i = 0; i < ELEMENTS(ids); i++) {
                const char *mover = i ? "P0003" : "P0001";

                hr_hire(w, ids[i]);
                hr_change(w, ids[i], card, hr_row(w, mover)->card);
                hr_change(w, mover, card, i ? "777001" : "777002");
                world_notify(w, "");
                world_run(w, 20 * SECOND);
                world_assert_converged(w, ids[i]);
                assert_true(lockt_opens(w, ids[i]));
        }
        assert_int_equal(w->news[NEWS_PARKED], 0);
        world_assert_quiet(w, "a mover's card");
}

static void test_two_newcomers_with_one_mail(void **data) {
        World *w = *data;
        bool first, second;

        open_with(w, NULL, 5);
        hr_hire(w, "Q0001");
        hr_hire(w, "Q0002");
        hr_change(w, "Q0002", email, "q0001@EXAMPLE.org");
        world_run(w, 5 * MINUTE);
        first = lockt_opens(w, "Q0001");
        second = lockt_opens(w, "Q0002");
        assert_true(first && !second);
        assert_true(world_parked(w, "Q0002", NULL) && !world_parked(w, "Q0001", NULL));
        world_assert_quiet(w, "one of two");
        hr_change(w, "Q0002", email, "q0002@example.org");
        world_settle(w);
        assert_true(lockt_opens(w, "Q0002"));
        world_assert_converged(w, "both");
}

static void test_somebody_wants_what_another_keeps(void **data) {
        World *w = *data;

        open_with(w, NULL, 5);
        hr_change(w, "P0001", card, hr_row(w, "P0002")->card);
        hr_change(w, "P0001", dept, "sec");
        world_settle(w);
        assert_true(world_parked(w, "P0001", NULL));
        assert_false(world_parked(w, "P0002", NULL));
        assert_string_equal(user_text(&lockt_user(w, "P0002")->user, PROPERTY_CARD_NUM), hr_row(w, "P0002")->card);
        assert_false(lockt_has_level(w, "P0001", SECURITY));
        world_assert_quiet(w, "a contested card");
        hr_change(w, "P0001", card, "123450");
        world_settle(w);
        world_assert_converged(w, "a card of his own");
}

/* His new e-mail is a stranger's: he is parked, and does not lose the one that he has to whom it is promised. */
static void test_parked_keeps_his_mail(void **data) {
        World *w = *data;

        open_with(w, NULL, 5);
        lockt_stranger(w, "X1", "Stranger", "x@example.org", "");
        must(sync_resync(w->sync, w->now, false, error));
        world_settle(w);
        hr_change(w, "P0001", email, hr_row(w, "P0003")->email);
        hr_change(w, "P0003", email, "x@example.org");
        world_run(w, 10 * MINUTE);
        assert_true(world_parked(w, "P0001", NULL) && world_parked(w, "P0003", NULL));
        assert_string_equal(user_text(&lockt_user(w, "P0003")->user, PROPERTY_EMAIL), "P0003@example.org");
        world_assert_quiet(w, "both are parked");
}

static void test_stranger_with_the_same_mail(void **data) {
        World *w = *data;
        ParkKind kind;

        world_open(w, NULL);
        lockt_stranger(w, "X1", "Stranger", "Q0001@example.org", "4711");
        hr_hire(w, "Q0001");
        hr_hire(w, "Q0002");
        hr_change(w, "Q0002", card, "4711");
        hr_hire(w, "Q0003");
        world_settle(w);
        assert_true(world_parked(w, "Q0001", &kind));
        assert_int_equal(kind, PARK_CONFLICT);
        assert_true(world_parked(w, "Q0002", NULL));
        assert_true(lockt_opens(w, "Q0003"));
        world_assert_quiet(w, "strangers");
        /* Somebody mends it in Lockt: noticed with the next listing. */
        lockt_set(lockt_user(w, "X1"), PROPERTY_EMAIL, "other@example.org");
        must(sync_resync(w->sync, w->now, false, error));
        world_settle(w);
        assert_true(lockt_opens(w, "Q0001"));
}

static void test_full_lane_does_not_wait_for_others(void **data) {
        World *w = *data;

        open_with(w, NULL, 5);
        hr_hire_many(w, 'Q', 0, 301);
        world_settle(w);
        assert_int_equal(w->n_log, 4);
        world_assert_converged(w, "301 hires");
        world_assert_quiet(w, "301 hires");
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                world_test(test_exactly_as_many_writes_as_batches),
                world_test(test_mover_takes_then_gives),
                world_test(test_many_movers),
                world_test(test_leaver_among_movers),
                world_test(test_later_end_and_new_card),
                world_test(test_two_swap_their_mail),
                world_test(test_three_rotate_their_cards),
                world_test(test_four_rotate_their_mail),
                world_test(test_mail_moves_along_a_chain),
                world_test(test_all_cards_are_issued_anew),
                world_test(test_newcomer_gets_a_leavers_card_and_mail),
                world_test(test_newcomer_gets_the_card_of_somebody_who_left_long_ago),
                world_test(test_newcomer_gets_the_card_of_somebody_absent),
                world_test(test_newcomer_gets_a_movers_card),
                world_test(test_two_newcomers_with_one_mail),
                world_test(test_somebody_wants_what_another_keeps),
                world_test(test_parked_keeps_his_mail),
                world_test(test_stranger_with_the_same_mail),
                world_test(test_full_lane_does_not_wait_for_others),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
