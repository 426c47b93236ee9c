/*
 * Random walks
 *
 * HR changes its mind, Lockt and HR fail in all their ways, the daemon is killed, the clock is set; then all is quiet, and
 * everybody must be as HR wants, judged by a model that knows nothing of the engine (invariant 10). What always holds is
 * asserted with each write on the way (world-judge.c).
 *
 *      test-sync-walk [SEEDS [FIRST]]          also WALK_SEEDS=, WALK_FIRST= in the environment
 */

#include <stdlib.h>

#include "world.h"

#define PEOPLE 10
#define STEPS 250

static unsigned n_seeds = 120, first_seed = 1;

static void person_id(World *w, char id[8]) {
        (void) snprintf(id, 8, "P%04u", (unsigned) world_random(w, PEOPLE));
}

static HrRow *find_row(World *w, const char *id) {
        for (size_t i = 0; i < w->n_rows; i++)
                if (strcmp(w->rows[i].id, id) == 0)
                        return &w->rows[i];
        return NULL;
}

/*
 * A revocation of ours that comes late, after a rehire, looks like a block by hand, which is kept, unless it brings an end
 * that has passed: so not where the clock is set, nor where only what differs is sent. And a PIN can't be read back. So
 * writes come late in some walks only.
 */
static bool may_be_late(const World *w) {
        return w->seed % 3 > 0 && !w->options.pins && !w->options.put;
}

static void change_value(World *w, HrRow *row) {
        static const char *const depts[] = { "", "sec", "lab" };
        int64_t now = w->now.real_usec / SECOND;

        if (w->options.pins && world_random(w, 4) == 0) {
                (void) snprintf(row->pin, sizeof(row->pin), "%u", 1000 + (unsigned) world_random(w, 9));
                return;
        }
        switch (world_random(w, 9)) {
        case 0:
        case 1:
                hr_set(row->dept, sizeof(row->dept), depts[world_random(w, ELEMENTS(depts))]);
                break;
        case 2:
                (void) snprintf(row->phone, sizeof(row->phone), "49%u", (unsigned) world_random(w, 5));
                break;
        case 3:
                (void) snprintf(row->email, sizeof(row->email), "m%u@example.org", (unsigned) world_random(w, 9));
                break;
        case 4:
                (void) snprintf(row->card, sizeof(row->card), "70%u", (unsigned) world_random(w, 9));
                break;
        case 5:
                (void) snprintf(row->last, sizeof(row->last), "Last %u", (unsigned) world_random(w, 5));
                break;
        case 6:
                row->until[0] = '\0';
                if (world_random(w, 2))
                        assert_int_equal(instant_format_api(now + (int64_t) world_random(w, 7200) - 600, "UTC",
                                                            row->until), 0);
                break;
        default:
                hr_set(row->status, sizeof(row->status), strcmp(row->status, "out") == 0 ? "in" : "out");
                break;
        }
}

static void change_hr(World *w) {
        char id[8];
        HrRow *row;

        person_id(w, id);
        row = find_row(w, id);
        if (!row)
                hr_hire(w, id);
        else if (world_random(w, 10) == 0)
                hr_remove(w, id);
        else
                change_value(w, row);
        row = find_row(w, id);
        world_trace(w, "HR: %s %s dept '%s' %s card %s pin '%s' until '%s'", id, row ? row->status : "removed", row ? row->dept : "",
                    row ? row->email : "", row ? row->card : "", row ? row->pin : "", row ? row->until : "");
        if (world_random(w, 2))
                world_notify(w, id);
}

static void change_weather(World *w) {
        static const Fault writes[] = {
                FAULT_LOST_BEFORE, FAULT_LOST_AFTER, FAULT_LATE, FAULT_DOWN, FAULT_503, FAULT_BUSY, FAULT_401,
                FAULT_REFUSED,     FAULT_COUNTS,
        };
        static const Fault reads[] = { FAULT_DOWN, FAULT_503, FAULT_CUT, FAULT_LOST_AFTER, FAULT_REFUSED };

        switch (world_random(w, 6)) {
        case 0:
        case 1:
                w->write_fault = writes[world_random(w, ELEMENTS(writes))];
                if (w->write_fault == FAULT_LATE && !may_be_late(w))
                        w->write_fault = FAULT_LOST_AFTER;
                w->write_faults = 1 + (unsigned) world_random(w, 3);
                w->late_usec = SECOND * (int64_t) (1 + world_random(w, 500));
                break;
        case 2:
                w->read_fault = reads[world_random(w, ELEMENTS(reads))];
                w->read_faults = 1 + (unsigned) world_random(w, 3);
                break;
        case 3:
                w->hr_fault = (HrFault) world_random(w, HR_FAULTS);
                w->hr_faults = 1;
                break;
        case 4:
                (void) snprintf(w->refused_id, sizeof(w->refused_id), "%s", "");
                if (world_random(w, 2))
                        person_id(w, w->refused_id);
                w->refused_whole = world_random(w, 2);
                break;
        default:
                w->limit = 1 + (unsigned) world_random(w, 20);
                break;
        }
}

static void disturb(World *w) {
        const Fault fates[] = { FAULT_NONE, FAULT_LOST_BEFORE, may_be_late(w) ? FAULT_LATE : FAULT_NONE };

        unsigned what = (unsigned) world_random(w, 7);

        if (what == 2 && may_be_late(w))
                what = 3;
        switch (what) {
        case 0:
                world_restart(w, fates[world_random(w, ELEMENTS(fates))]);
                break;
        case 1:
                w->fail_commits = 0;
                must(sync_resync(w->sync, w->now, false, error));
                break;
        case 2:
                world_step_clock(w, SECOND * ((int64_t) world_random(w, 4000) - 2000));
                break;
        case 3:
                sync_poll(w->sync);
                break;
        case 4:
                w->faulted = 1;
                w->fail_commits = 1 + (unsigned) world_random(w, 4);
                break;
        case 5:
                w->listing_lacks = world_random(w, 3);
                break;
        default:
                if (w->n_users > 0) {
                        LocktUser *user = &w->users[world_random(w, w->n_users)];

                        /* Somebody at Lockt's own screen, who does no harm that could not be mended. */
                        if (!user->stranger && user->user.enabled)
                                assert_int_equal(user_add_level(&user->user, POOL), 0);
                }
        }
}

static void calm_down(World *w) {
        w->write_fault = w->read_fault = FAULT_NONE;
        w->hr_fault = HR_WELL;
        w->refused_id[0] = '\0';
        w->limit = 100;
        w->fail_commits = 0;
        w->listing_lacks = 0;
        world_trace(w, "all is quiet");
        for (size_t i = 0; i < w->n_rows; i++)
                w->rows[i].until[0] = '\0';
        world_run(w, 20 * MINUTE);
        world_deliver_late(w, true);
        world_run(w, 20 * MINUTE);
        /* Refused ones are parked until something changes: HR touches everybody. */
        for (size_t i = 0; i < w->n_rows; i++)
                (void) snprintf(w->rows[i].phone, sizeof(w->rows[i].phone), "4711");
        must(sync_resync(w->sync, w->now, true, error));
        world_run(w, 20 * MINUTE);
}

static void walk(uint64_t seed) {
        WorldOptions options = {
                .unproven = seed % 2,
                .put = seed % 4 == 3,
                .pins = seed % 7 == 2,
                .leavers = seed % 11 == 5 ? "  disable: false\n" : seed % 11 == 7 ? "  remove_access_levels: false\n" : NULL,
                .levels = seed % 5 == 1 ? "  others: remove\n  rules:\n    - grant: Cardholder\n    - when: { dept: sec }\n"
                                          "      grant: Security\n    - when: { dept: lab }\n      grant: Lab\n"
                                        : NULL,
                .lockt = seed % 13 == 4 ? "  link_by: [id_num, email]\n" : NULL,
        };
        char title[48];
        void *data;
        World *w;

        (void) snprintf(title, sizeof(title), "seed %ju", (uintmax_t) seed);
        assert_int_equal(world_setup(&data), 0);
        w = data;
        w->random = seed * 2654435761u;
        w->strict = false;
        w->echo_folds = seed % 6 == 0;
        w->seed = seed;
        world_open(w, &options);
        lockt_stranger(w, "X1", "Stranger", "m0@example.org", "700");
        for (unsigned i = 0; i < PEOPLE / 2; i++) {
                char id[8];

                (void) snprintf(id, sizeof(id), "P%04u", i);
                hr_hire(w, id);
        }
        for (unsigned i = 0; i < STEPS; i++) {
                uint64_t what = world_random(w, 100);

                if (what < 14)
                        change_hr(w);
                else if (what < 20)
                        change_weather(w);
                else if (what < 23)
                        disturb(w);
                else
                        world_stir(w);
        }
        calm_down(w);
        world_assert_converged(w, title);
        world_assert_quiet(w, title);
        world_teardown(&data);
}

static void test_walks(void **data) {
        for (unsigned i = 0; i < n_seeds; i++)
                walk(first_seed + i);
        (void) data;
}

int main(int argc, char **argv) {
        static const struct CMUnitTest tests[] = { cmocka_unit_test(test_walks) };
        const char *seeds = argc > 1 ? argv[1] : getenv("WALK_SEEDS");
        const char *first = argc > 2 ? argv[2] : getenv("WALK_FIRST");

        if (seeds)
                n_seeds = (unsigned) strtoul(seeds, NULL, 10);
        if (first)
                first_seed = (unsigned) strtoul(first, NULL, 10);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
