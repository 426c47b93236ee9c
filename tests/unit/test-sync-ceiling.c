/* The limit of revocations: a bad query, a mistake, a drip (invariant 4). */

#include "tests/unit/world.h"

static const WorldOptions five = { .safety = "  max_revoked: 5\n  window: 24h\n" };

static unsigned count_open(World *w) {
        unsigned n = 0;

        for (size_t i = 0; i < w->n_users; i++)
                n += w->users[i].user.enabled;
        return n;
}

static int64_t count_held(World *w) {
        SyncStatus status;

        world_status(w, &status);
        return status.held_back;
}

static void open_with(World *w, unsigned n) {
        world_open(w, &five);
        hr_hire_many(w, 'P', 0, n);
        world_settle(w);
        assert_int_equal(count_open(w), n);
}

static void leave(World *w, unsigned from, unsigned n) {
        char id[24];

        for (unsigned i = from; i < from + n; i++) {
                (void) snprintf(id, sizeof(id), "P%04u", i);
                hr_leave(w, id);
        }
}

static void come_back(World *w, unsigned from, unsigned n) {
        char id[24];

        for (unsigned i = from; i < from + n; i++) {
                (void) snprintf(id, sizeof(id), "P%04u", i);
                hr_change(w, id, status, "in");
        }
}

/* Thirty go at once: four, and not one more with the next reads, a resync or a restart. Who leaves alone is out at once. */
static void test_flood_is_held_and_stays_held(void **data) {
        World *w = *data;

        open_with(w, 40);
        leave(w, 0, 30);
        world_settle(w);
        assert_int_equal(count_open(w), 36);
        assert_int_equal(count_held(w), 26);
        assert_int_equal(w->news[NEWS_HELD], 2);

        for (unsigned i = 0; i < 5; i++)
                world_settle(w);
        must(sync_resync(w->sync, w->now, false, error));
        world_settle(w);
        world_restart(w, FAULT_NONE);
        world_settle(w);
        assert_int_equal(count_open(w), 36);
        assert_int_equal(count_held(w), 26);
        leave(w, 35, 1);
        world_notify(w, "P0035");
        world_run(w, 5 * SECOND);
        assert_false(lockt_opens(w, "P0035"));
        assert_int_equal(count_held(w), 26);

        /* Nor does time let them go. */
        world_run(w, 25 * HOUR);
        assert_int_equal(count_open(w), 35);
}

/* One at a time, each told by NOTIFY: a building can't be emptied that way either. */
static void test_drip_is_held_from_the_ceiling_on(void **data) {
        World *w = *data;
        char id[24];

        open_with(w, 40);
        for (unsigned i = 0; i < 10; i++) {
                (void) snprintf(id, sizeof(id), "P%04u", i);
                hr_leave(w, id);
                world_notify(w, id);
                world_run(w, 10 * SECOND);
        }
        assert_int_equal(count_open(w), 35);
        assert_int_equal(count_held(w), 5);

        /* A day later others may leave again; those who are held wait for somebody to look. */
        world_run(w, 25 * HOUR);
        hr_leave(w, "P0020");
        world_settle(w);
        assert_false(lockt_opens(w, "P0020"));
        assert_int_equal(count_held(w), 5);
}

/* Somebody in HR notices: whoever is back was never out, and nothing is held any more. */
static void test_mistake_taken_back(void **data) {
        World *w = *data;

        open_with(w, 40);
        leave(w, 0, 30);
        world_settle(w);
        come_back(w, 0, 30);
        world_settle(w);
        assert_int_equal(count_open(w), 40);
        assert_int_equal(count_held(w), 0);
        assert_int_equal(w->news[NEWS_HELD_END], 2);
        world_assert_converged(w, "after the mistake");
}

/* Those whom the digest stood for go; the next flood is held as the first one was. */
static void test_approved_are_let_go_and_no_others(void **data) {
        World *w = *data;
        HoldGroup group;

        open_with(w, 40);
        leave(w, 0, 20);
        world_settle(w);
        assert_true(world_held(w, HOLD_REVOKED, &group));
        assert_int_equal(group.n, 16);

        leave(w, 20, 10);
        world_settle(w);
        assert_int_equal(world_approve(w, group.digest, NULL), 16);
        world_settle(w);
        assert_int_equal(count_held(w), 10);
        assert_int_equal(count_open(w), 20);
        for (unsigned i = 0; i < 20; i++) {
                char id[24];

                (void) snprintf(id, sizeof(id), "P%04u", i);
                assert_false(lockt_opens(w, id));
        }
}

/* Absent ones are held first: a row that says "left" is better evidence than no row. */
static void test_absent_leavers_are_held_before_explicit_ones(void **data) {
        World *w = *data;

        open_with(w, 40);
        for (unsigned i = 10; i < 20; i++) {
                char id[24];

                (void) snprintf(id, sizeof(id), "P%04u", i);
                hr_remove(w, id);
        }
        leave(w, 0, 3);
        world_run(w, HOUR);
        assert_int_equal(count_open(w), 37);
        assert_int_equal(count_held(w), 10);
        assert_false(lockt_opens(w, "P0001"));

        /* Who reappears is held no more, and never lost anything. */
        (void) hr_hire(w, "P0015");
        world_settle(w);
        assert_true(lockt_opens(w, "P0015"));
        assert_int_equal(count_held(w), 9);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                world_test(test_flood_is_held_and_stays_held),
                world_test(test_drip_is_held_from_the_ceiling_on),
                world_test(test_mistake_taken_back),
                world_test(test_approved_are_let_go_and_no_others),
                world_test(test_absent_leavers_are_held_before_explicit_ones),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
