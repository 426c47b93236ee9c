/* The way back from a cycle: approved like any plan, carried out once, over restarts; or said why not. */

#include "tests/unit/world.h"

#include "lib/state/hand.h"
#include "lib/sync/revert.h"

/* The cycle of the newest entry of this action about somebody. */
static int64_t cycle_of(World *w, const char *key, const char *action) {
        int64_t before = 0;

        for (;;) {
                HistoryEntry entry = { 0 };
                int64_t cycle;
                bool found;

                assert_int_equal(history_previous(w->state, key, before, &entry, NULL), 0);
                before = entry.id;
                cycle = entry.cycle;
                found = strcmp(entry.action, action) == 0;
                history_entry_deinit(&entry);
                if (found)
                        return cycle;
        }
}

static void count_refusals(void *userdata, const char *key, const char *what, const char *refused) {
        unsigned *refusals = userdata;

        assert_non_null(key);
        assert_true((what != NULL) != (refused != NULL));
        *refusals += refused != NULL;
}

static HoldGroup plan_way_back(World *w, int64_t cycle) {
        SyncRevert revert = { .cycle = cycle, .by = "the test" };
        unsigned refusals = 0;
        int r;

        do
                r = sync_revert(w->sync, w->now, &revert, count_refusals, &refusals, NULL);
        while (r == 1);
        assert_int_equal(r, 0);
        assert_int_equal(revert.refused, refusals);
        return revert.group;
}

static void leave_and_settle(World *w) {
        world_open(w, &(WorldOptions) { .safety = "  max_revoked: 100%\n  max_restored: 100%\n" });
        hr_hire_many(w, 'P', 0, 10);
        world_settle(w);
        for (unsigned i = 0; i < 10; i++) {
                char key[8];

                (void) snprintf(key, sizeof(key), "P%04u", i);
                hr_leave(w, key);
        }
        world_settle(w);
        assert_false(lockt_opens(w, "P0003"));
}

static void test_an_approved_way_back_is_gone_after_a_crash_too(void **data) {
        World *w = *data;
        HoldGroup group;

        leave_and_settle(w);
        group = plan_way_back(w, cycle_of(w, "P0003", "revoked"));
        assert_int_equal(group.n, 10);
        world_settle(w);
        assert_false(lockt_opens(w, "P0003"));
        (void) world_approve(w, group.digest, "P0003");
        world_restart(w, FAULT_NONE);
        world_settle(w);
        assert_true(lockt_opens(w, "P0003"));
        assert_false(lockt_opens(w, "P0004"));

        /* HR's row is the same, however often it is read. */
        world_forget_log(w);
        world_run(w, 2 * HOUR);
        assert_int_equal(w->n_log, 0);
        hr_change(w, "P0003", last, "Anders");
        world_settle(w);
        assert_false(lockt_opens(w, "P0003"));
}

static void test_what_came_between_the_plan_and_its_approval_is_said(void **data) {
        static char key[] = "P0003", reason[] = "lost his temper", by[] = "the test";
        World *w = *data;
        HoldGroup group;

        leave_and_settle(w);
        group = plan_way_back(w, cycle_of(w, "P0003", "revoked"));
        assert_int_equal(lock_put(w->state, &(Lock) { key, reason, by, w->now.real_usec }, NULL), 0);
        (void) world_approve(w, group.digest, "P0003");
        world_settle(w);
        assert_int_equal(w->news[NEWS_NOT_SET_BACK], 1);
        assert_false(lockt_opens(w, "P0003"));
        (void) cycle_of(w, "P0003", "revert-refused");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                world_test(test_an_approved_way_back_is_gone_after_a_crash_too),
                world_test(test_what_came_between_the_plan_and_its_approval_is_said),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
