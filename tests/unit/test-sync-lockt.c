/* What Lockt holds already, and what others do there (invariants 5, 6, 10 and 11, rulings 33, 43 and 44). */

#include "world.h"

static void open_with(World *w, const WorldOptions *options, unsigned n) {
        world_open(w, options);
        hr_hire_many(w, 'P', 0, n);
        world_settle(w);
        world_assert_converged(w, "at first");
        world_forget_log(w);
}

static void relist(World *w) {
        must(sync_resync(w->sync, w->now, false, error));
        world_settle(w);
}

/* ---- Adoption ---- */

static void test_adoption_by_id_num(void **data) {
        World *w = *data;
        ParkKind kind;

        world_open(w, NULL);
        hr_hire_many(w, 'P', 0, 5);
        lockt_stranger(w, "P0000", "last p0000", "", "");                       /* the name agrees */
        lockt_stranger(w, "P0001", "Other", "p0001@EXAMPLE.ORG", "");           /* the e-mail */
        lockt_stranger(w, "P0002", "Other", "", hr_row(w, "P0002")->card);      /* the card */
        lockt_stranger(w, "P0003", "Other", "other@example.org", "1");          /* nothing */
        world_settle(w);
        for (unsigned i = 0; i < 3; i++) {
                assert_true(world_linked(w, w->rows[i].id));
                assert_string_equal(user_text(&w->users[i].user, PROPERTY_LAST_NAME), w->rows[i].last);
        }
        assert_true(world_parked(w, "P0003", &kind));
        assert_int_equal(kind, PARK_CONFLICT);
        assert_false(world_linked(w, "P0003"));
        assert_string_equal(user_text(&lockt_user(w, "P0003")->user, PROPERTY_LAST_NAME), "Other");
        assert_int_equal(w->n_users, 5);
        assert_int_equal(world_count_writes(w, false, LOCKT_CREATE), 1);
        world_assert_quiet(w, "adopted");
}

static void test_adopted_and_right_costs_no_write(void **data) {
        World *w = *data;

        world_open(w, NULL);
        hr_hire(w, "P0001");
        lockt_stranger(w, "P0001", hr_row(w, "P0001")->last, hr_row(w, "P0001")->email, hr_row(w, "P0001")->card);
        lockt_set(lockt_user(w, "P0001"), PROPERTY_FIRST_NAME, hr_row(w, "P0001")->first);
        world_settle(w);
        assert_true(world_linked(w, "P0001"));
        assert_int_equal(w->n_log, 0);
        assert_int_equal(w->news[NEWS_ADOPTED], 1);
        world_assert_quiet(w, "adopted as it is");
}

static void test_adoption_by_email(void **data) {
        static const WorldOptions options = { .lockt = "  link_by: [id_num, email]\n" };
        World *w = *data;

        world_open(w, &options);
        hr_hire_many(w, 'P', 0, 3);
        lockt_stranger(w, "", "Other", "p0000@example.org", "");
        lockt_stranger(w, "X9", "Other", "p0001@example.org", "");      /* has a number of its own */
        world_settle(w);
        assert_true(world_linked(w, "P0000"));
        assert_string_equal(user_text(&w->users[0].user, PROPERTY_ID_NUM), "P0000");
        assert_true(world_parked(w, "P0001", NULL));
        assert_true(lockt_opens(w, "P0002"));
        world_assert_quiet(w, "adopted by e-mail");
}

/* An e-mail that two people share says nothing of either, however often each is looked at. */
static void test_two_people_could_be_one_user(void **data) {
        static const WorldOptions options = { .lockt = "  link_by: [id_num, email]\n" };
        World *w = *data;

        world_open(w, &options);
        hr_hire_many(w, 'P', 0, 3);
        hr_change(w, "P0001", email, "P0000@example.org");
        lockt_stranger(w, "", "Other", "p0000@example.org", "");
        world_settle(w);
        assert_true(world_parked(w, "P0000", NULL));
        assert_true(world_parked(w, "P0001", NULL));
        assert_true(lockt_opens(w, "P0002"));
        world_assert_quiet(w, "one of two");
        must(sync_retry(w->sync, w->now, "P0000", error));
        world_settle(w);
        assert_false(world_linked(w, "P0000"));

        hr_change(w, "P0001", email, "p0001@example.org");
        world_settle(w);
        assert_true(world_linked(w, "P0000"));
        assert_true(lockt_opens(w, "P0001"));
        assert_int_equal(w->n_users, 3);
        world_assert_quiet(w, "told apart");
}

static void test_two_users_of_one_number(void **data) {
        World *w = *data;

        world_open(w, NULL);
        hr_hire(w, "P0001");
        lockt_stranger(w, "P0001", hr_row(w, "P0001")->last, "", "");
        lockt_stranger(w, "P0001", hr_row(w, "P0001")->last, "", "");
        world_settle(w);
        assert_true(world_parked(w, "P0001", NULL));
        assert_int_equal(w->n_log, 0);
}

static void test_leaver_who_is_adopted_is_revoked(void **data) {
        World *w = *data;

        world_open(w, NULL);
        hr_hire_many(w, 'P', 0, 3);
        hr_leave(w, "P0001");
        lockt_stranger(w, "P0001", hr_row(w, "P0001")->last, "", "");
        world_settle(w);
        assert_false(lockt_opens(w, "P0001"));
        world_assert_quiet(w, "an adopted leaver");
}

static void test_unlinked_users_are_left_alone(void **data) {
        World *w = *data;

        world_open(w, NULL);
        lockt_stranger(w, "X1", "Stranger", "x@example.org", "1");
        lockt_stranger(w, "", "Stranger", "", "2");
        hr_hire_many(w, 'P', 0, 3);
        world_run(w, 40 * MINUTE);
        assert_true(lockt_opens(w, "X1"));
        world_assert_converged(w, "strangers");
}

static void test_excluded_is_never_written(void **data) {
        static const WorldOptions options = { .rest = "exclude: { id_num: [\"FIRE*\", \"P0001\"] }\n" };
        World *w = *data;

        world_open(w, &options);
        hr_hire_many(w, 'P', 0, 3);
        hr_hire(w, "FIRE1");
        lockt_stranger(w, "P0001", hr_row(w, "P0001")->last, "", "");
        world_settle(w);
        assert_null(lockt_user(w, "FIRE1"));
        hr_leave(w, "P0001");
        hr_leave(w, "FIRE1");
        world_settle(w);
        hr_remove(w, "P0001");
        world_run(w, 30 * MINUTE);
        assert_true(lockt_opens(w, "P0001"));
        assert_false(world_linked(w, "P0001"));
}

/* ---- Levels ---- */

static void test_levels_by_hand(void **data) {
        static const WorldOptions keep = { 0 };
        static const WorldOptions removing = {
                .levels = "  others: remove\n  rules:\n    - grant: Cardholder\n    - when: { dept: sec }\n"
                          "      grant: Security\n    - when: { dept: lab }\n      grant: Lab\n",
        };
        const WorldOptions *options[] = { &keep, &removing };
        void *inner;

        for (size_t i = 0; i < ELEMENTS(options); i++) {
                World *w;

                assert_int_equal(world_setup(&inner), 0);
                w = inner;
                open_with(w, options[i], 3);
                assert_int_equal(user_add_level(&lockt_user(w, "P0001")->user, POOL), 0);
                relist(w);
                assert_int_equal(lockt_has_level(w, "P0001", POOL), i == 0);
                /* By hand before a rule grants it; then it is ours, and goes with the rule. */
                assert_int_equal(user_add_level(&lockt_user(w, "P0002")->user, SECURITY), 0);
                relist(w);
                hr_change(w, "P0002", dept, "sec");
                world_settle(w);
                assert_true(lockt_has_level(w, "P0002", SECURITY));
                hr_change(w, "P0002", dept, "");
                world_settle(w);
                assert_false(lockt_has_level(w, "P0002", SECURITY));
                world_assert_quiet(w, "levels by hand");
                /* A leaver loses those by hand as well. */
                hr_leave(w, "P0001");
                world_settle(w);
                assert_int_equal(lockt_user(w, "P0001")->user.n_levels, 0);
                world_teardown(&inner);
        }
        (void) data;
}

static void test_rule_that_is_taken_out(void **data) {
        static const WorldOptions without = { .levels = "  rules:\n    - grant: Cardholder\n" };
        World *w = *data;

        open_with(w, NULL, 3);
        hr_change(w, "P0001", dept, "sec");
        world_settle(w);
        assert_true(lockt_has_level(w, "P0001", SECURITY));
        world_reconfigure(w, &without);
        world_settle(w);
        assert_false(lockt_has_level(w, "P0001", SECURITY));
        assert_true(lockt_has_level(w, "P0001", CARDHOLDER));
        world_assert_quiet(w, "a rule less");
}

static void test_level_that_no_longer_resolves_changes_nobody(void **data) {
        World *w = *data;

        open_with(w, NULL, 3);
        hr_change(w, "P0001", dept, "sec");
        world_settle(w);
        w->levels[1].name = (char *) "Renamed";
        relist(w);
        assert_int_equal(w->news[NEWS_LEVELS_UNRESOLVED], 1);
        hr_change(w, "P0001", phone, "5");
        world_settle(w);
        assert_true(lockt_has_level(w, "P0001", SECURITY));
        assert_string_equal(user_text(&lockt_user(w, "P0001")->user, PROPERTY_PHONE), "5");
}

/* ---- Disabled by hand ---- */

static void test_disabled_by_hand_stays_disabled(void **data) {
        World *w = *data;

        open_with(w, NULL, 3);
        lockt_user(w, "P0001")->user.enabled = false;
        relist(w);
        hr_change(w, "P0001", phone, "77");
        world_settle(w);
        assert_false(lockt_user(w, "P0001")->user.enabled);
        assert_string_equal(user_text(&lockt_user(w, "P0001")->user, PROPERTY_PHONE), "77");
        assert_true(w->news[NEWS_BLOCKED_BY_HAND] > 0);
        world_assert_quiet(w, "blocked by hand");

        /* He leaves and comes back: still blocked, for it was not us. */
        hr_leave(w, "P0001");
        world_settle(w);
        hr_change(w, "P0001", status, "in");
        world_settle(w);
        assert_false(lockt_user(w, "P0001")->user.enabled);
        world_assert_quiet(w, "blocked by hand, back");
}

/* Ruling 43: the service disables whom we sent an end, and a new end comes. */
static void test_disabled_by_the_service_at_the_end(void **data) {
        World *w = *data;
        int64_t end = (BEGINNING + 20 * MINUTE) / SECOND;

        open_with(w, NULL, 3);
        assert_int_equal(instant_format_api(end, "UTC", hr_row(w, "P0001")->until), 0);
        world_settle(w);
        w->hr_fault = HR_NO_CONNECTION;
        world_run(w, 20 * MINUTE);
        lockt_user(w, "P0001")->user.enabled = false;
        hr_change(w, "P0001", until, "");
        w->hr_fault = HR_WELL;
        relist(w);
        world_run(w, 16 * MINUTE);
        assert_true(lockt_opens(w, "P0001"));
        world_assert_converged(w, "a new end");
}

/* ---- Drift and listings ---- */

static void test_drift_is_repaired(void **data) {
        World *w = *data;

        open_with(w, NULL, 6);
        hr_leave(w, "P0004");
        hr_remove(w, "P0005");
        world_run(w, 20 * MINUTE);
        world_assert_converged(w, "before the drift");
        lockt_set(lockt_user(w, "P0001"), PROPERTY_LAST_NAME, "Somebody");
        lockt_user(w, "P0002")->user.n_levels = 0;
        lockt_set(lockt_user(w, "P0003"), PROPERTY_CARD_NUM, "");
        lockt_user(w, "P0004")->user.enabled = true;
        lockt_user(w, "P0005")->user.enabled = true;
        for (unsigned i = 4; i < 6; i++) {
                LocktUser *user = lockt_user(w, i == 4 ? "P0004" : "P0005");

                user->user.access_expires = INSTANT_NONE;
                assert_int_equal(user_add_level(&user->user, CARDHOLDER), 0);
                assert_true(access_any(&user->user, w->now.real_usec / SECOND));
        }
        relist(w);
        world_run(w, 20 * MINUTE);
        world_assert_converged(w, "after the drift");
        world_assert_quiet(w, "after the drift");
}

static void test_drift_is_only_reported(void **data) {
        static const WorldOptions options = { .lockt = "  drift: report\n" };
        World *w = *data;

        open_with(w, &options, 3);
        lockt_set(lockt_user(w, "P0001"), PROPERTY_PHONE, "123");
        relist(w);
        assert_string_equal(user_text(&lockt_user(w, "P0001")->user, PROPERTY_PHONE), "123");
        assert_int_equal(w->n_log, 0);
}

static void test_listing_that_is_cut_changes_nothing(void **data) {
        World *w = *data;

        open_with(w, NULL, 40);
        w->read_fault = FAULT_CUT;
        w->read_faults = 3;
        relist(w);
        world_run(w, 30 * MINUTE);
        assert_int_equal(w->n_log, 0);
        assert_int_equal(w->news[NEWS_PARKED], 0);
        world_assert_quiet(w, "after a cut");
}

static void test_listing_that_lacks_many_is_refused(void **data) {
        World *w = *data;
        SyncStatus status;

        open_with(w, NULL, 40);
        w->listing_lacks = 10;
        relist(w);
        assert_int_equal(w->news[NEWS_LISTING_REFUSED], 1);
        world_status(w, &status);
        assert_int_equal(status.users, 40);
        assert_int_equal(status.parked, 0);
        /* Somebody really cleaned up. */
        while (w->n_users > 30)
                lockt_delete(w, user_text(&w->users[0].user, PROPERTY_ID_NUM));
        w->listing_lacks = 0;
        must(sync_resync(w->sync, w->now, true, error));
        world_settle(w);
        world_status(w, &status);
        assert_int_equal(status.users, 30);
        assert_int_equal(status.parked, 10);
        assert_int_equal(w->n_log, 0);
}

static void test_vanished_user_is_asked_for_and_not_created_again(void **data) {
        World *w = *data;

        open_with(w, NULL, 20);
        /* Missing from one listing, and there when asked for. */
        w->listing_lacks = 1;
        relist(w);
        assert_true(w->gets > 0);
        assert_false(world_parked(w, "P0000", NULL));
        w->listing_lacks = 0;
        relist(w);
        lockt_delete(w, "P0003");
        relist(w);
        assert_true(world_parked(w, "P0003", NULL));
        assert_int_equal(w->news[NEWS_VANISHED], 1);
        assert_int_equal(w->n_log, 0);
        world_run(w, HOUR);
        assert_null(lockt_user(w, "P0003"));
        assert_int_equal(w->n_log, 0);
}

/* A look at somebody shows what else was done to him: no listing would tell of it any more. */
static void test_drift_that_a_single_look_shows(void **data) {
        World *w = *data;

        open_with(w, NULL, 3);
        hr_change(w, "P0001", dept, "sec");
        world_settle(w);
        hr_change(w, "P0001", dept, "");
        world_notify(w, "P0001");
        while (w->news[NEWS_REVOKED] == 0) {
                world_pump(w, NULL);
                if (!world_answer_write(w) && !world_answer_lockt_read(w))
                        (void) world_read_hr(w, SYNC_KEYS);
        }
        lockt_set(lockt_user(w, "P0001"), PROPERTY_PHONE, "666");
        world_settle(w);
        assert_int_equal(w->news[NEWS_REVOCATION_CONFIRMED], 1);
        assert_string_equal(user_text(&lockt_user(w, "P0001")->user, PROPERTY_PHONE), "");
        world_assert_quiet(w, "a look");
}

/* Somebody who vanished and left comes to light again. */
static void test_leaver_who_comes_to_light_again(void **data) {
        World *w = *data;
        LocktUser hidden;

        open_with(w, NULL, 3);
        hidden = *lockt_user(w, "P0002");
        w->n_users--;
        relist(w);
        hr_remove(w, "P0002");
        world_run(w, 20 * MINUTE);
        w->users[w->n_users++] = hidden;
        relist(w);
        world_run(w, 20 * MINUTE);
        assert_false(lockt_opens(w, "P0002"));
        world_assert_quiet(w, "came to light");
}

static void test_echo_that_differs_does_not_ping_pong(void **data) {
        World *w = *data;

        w->echo_folds = true;
        open_with(w, NULL, 3);
        relist(w);
        hr_change(w, "P0001", first, "Augusta");
        world_settle(w);
        relist(w);
        relist(w);
        world_forget_log(w);
        for (unsigned i = 0; i < 5; i++)
                relist(w);
        assert_int_equal(w->n_log, 0);
        /* Somebody's own change is mended. */
        w->echo_folds = false;
        lockt_set(lockt_user(w, "P0001"), PROPERTY_FIRST_NAME, "Bertha");
        relist(w);
        assert_string_equal(user_text(&lockt_user(w, "P0001")->user, PROPERTY_FIRST_NAME), "Augusta");
}

/* What is no form of what was sent is mended once, even if it is seen right after our write. */
static void test_change_by_hand_right_after_a_write_is_mended(void **data) {
        World *w = *data;

        open_with(w, NULL, 3);
        hr_change(w, "P0001", first, "Augusta");
        world_settle(w);
        lockt_set(lockt_user(w, "P0001"), PROPERTY_FIRST_NAME, "Bertha");
        relist(w);
        relist(w);
        assert_string_equal(user_text(&lockt_user(w, "P0001")->user, PROPERTY_FIRST_NAME), "Augusta");
        world_assert_quiet(w, "mended");
}

/* ---- PINs ---- */

static bool state_file_holds(const World *w, const char *text) {
        static const char *const names[] = { "state.sqlite", "state.sqlite-wal" };
        static char buffer[1 << 22];

        for (size_t i = 0; i < ELEMENTS(names); i++) {
                char path[128];
                size_t n;
                FILE *f;

                (void) snprintf(path, sizeof(path), "%s/%s", w->directory, names[i]);
                f = fopen(path, "re");
                if (!f)
                        continue;
                n = fread(buffer, 1, sizeof(buffer), f);
                fclose(f);
                if (memmem(buffer, n, text, strlen(text)))
                        return true;
        }
        return false;
}

static void test_pins(void **data) {
        static const WorldOptions options = { .pins = true };
        World *w = *data;

        world_open(w, &options);
        hr_hire_many(w, 'P', 0, 5);
        hr_change(w, "P0001", pin, "83746152");
        world_settle(w);
        assert_string_equal(lockt_user(w, "P0001")->pin, "83746152");
        assert_false(state_file_holds(w, "83746152"));
        world_assert_quiet(w, "a PIN");

        /* It changes while HR does not answer keyed reads. */
        hr_change(w, "P0001", pin, "55667788");
        world_notify(w, "");
        world_pump(w, NULL);
        assert_true(world_read_hr(w, SYNC_PEOPLE));
        w->hr_fault = HR_NO_CONNECTION;
        world_run(w, 10 * MINUTE);
        assert_string_equal(lockt_user(w, "P0001")->pin, "83746152");
        w->hr_fault = HR_WELL;
        world_run(w, 16 * MINUTE);
        assert_string_equal(lockt_user(w, "P0001")->pin, "55667788");
        assert_false(state_file_holds(w, "55667788"));
        world_assert_quiet(w, "another PIN");

        /* Lost answers send it again. */
        hr_change(w, "P0001", pin, "11223344");
        w->write_fault = FAULT_LOST_BEFORE;
        w->write_faults = 1;
        world_run(w, 5 * MINUTE);
        assert_string_equal(lockt_user(w, "P0001")->pin, "11223344");
        world_restart(w, FAULT_LOST_BEFORE);
        world_settle(w);
        world_assert_quiet(w, "after a restart");
}

static void test_many_pins(void **data) {
        static const WorldOptions options = { .pins = true };
        World *w = *data;

        world_open(w, &options);
        hr_hire_many(w, 'P', 0, 250);
        for (size_t i = 0; i < w->n_rows; i++)
                (void) snprintf(w->rows[i].pin, sizeof(w->rows[i].pin), "%zu", 10000 + i);
        world_run(w, 3 * MINUTE);
        world_assert_converged(w, "250 PINs");
        assert_in_range(w->n_log, 3, 4);
        world_assert_quiet(w, "250 PINs");
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                world_test(test_adoption_by_id_num),
                world_test(test_adopted_and_right_costs_no_write),
                world_test(test_adoption_by_email),
                world_test(test_two_people_could_be_one_user),
                world_test(test_two_users_of_one_number),
                world_test(test_leaver_who_is_adopted_is_revoked),
                world_test(test_unlinked_users_are_left_alone),
                world_test(test_excluded_is_never_written),
                world_test(test_levels_by_hand),
                world_test(test_rule_that_is_taken_out),
                world_test(test_level_that_no_longer_resolves_changes_nobody),
                world_test(test_disabled_by_hand_stays_disabled),
                world_test(test_disabled_by_the_service_at_the_end),
                world_test(test_drift_is_repaired),
                world_test(test_drift_is_only_reported),
                world_test(test_listing_that_is_cut_changes_nothing),
                world_test(test_listing_that_lacks_many_is_refused),
                world_test(test_vanished_user_is_asked_for_and_not_created_again),
                world_test(test_drift_that_a_single_look_shows),
                world_test(test_leaver_who_comes_to_light_again),
                world_test(test_echo_that_differs_does_not_ping_pong),
                world_test(test_change_by_hand_right_after_a_write_is_mended),
                world_test(test_pins),
                world_test(test_many_pins),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
