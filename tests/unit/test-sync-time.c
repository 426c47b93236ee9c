/* Access ends at its instant, whatever the clocks do (invariant 13). */

#include "world-crowd.h"
#include "world-private.h"

#define BERLIN "  email: email\n  access_expires: { column: until, timezone: { column: phone } }\n" \
               "  enabled: { column: status, in: [in], out: [out] }\n"

static void test_ends_come_at_their_instant_over_changes_of_the_clock(void **data) {
        static const struct {
                const char *title, *until, *zone, *utc;
        } cases[] = {
                { "the day before summer time", "2024-03-30", "Europe/Berlin", "2024-03-30 23:00:00" },
                { "the day on which summer time begins", "2024-03-31", "Europe/Berlin", "2024-03-31 22:00:00" },
                { "an hour that does not exist", "2024-03-31 02:30", "Europe/Berlin", "2024-03-31 01:00:00" },
                { "the hour after it", "2024-03-31 03:30", "Europe/Berlin", "2024-03-31 01:30:00" },
                { "an hour that comes twice ends with the first", "2024-10-27 02:30", "Europe/Berlin",
                  "2024-10-27 00:30:00" },
                { "the day on which summer time ends", "2024-10-27", "Europe/Berlin", "2024-10-27 23:00:00" },
                { "far west", "2024-03-30", "Pacific/Honolulu", "2024-03-31 10:00:00" },
                { "far east", "2024-03-30", "Asia/Tokyo", "2024-03-30 15:00:00" },
                { "a time with an offset", "2024-03-31 02:30+02", "Asia/Tokyo", "2024-03-31 00:30:00" },
        };
        static const WorldOptions zones = { .user = BERLIN };
        World *w = *data;

        world_open(w, &zones);
        hr_hire_many(w, 'P', 0, 5);
        world_settle(w);
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                int64_t end;
                char id[24];

                key_of(id, 100 + (unsigned) i);
                assert_int_equal(instant_parse_api(cases[i].utc, "UTC", &end), 0);
                world_step_clock(w, (end - 600) * SECOND - w->now.real_usec);
                hr_hire(w, id);
                hr_change(w, id, until, cases[i].until);
                hr_change(w, id, phone, cases[i].zone);
                world_run(w, 5 * MINUTE);
                if (!lockt_opens(w, id) || lockt_user(w, id)->user.access_expires != end)
                        fail_msg("%s: Lockt was told another end", cases[i].title);
                world_forget_log(w);
                world_run(w, end * SECOND - SECOND - w->now.real_usec);
                if (!lockt_user(w, id)->user.enabled || w->n_log > 0)
                        fail_msg("%s: out too early", cases[i].title);
                world_run(w, 2 * SECOND);
                if (lockt_user(w, id)->user.enabled)
                        fail_msg("%s: not out at the instant", cases[i].title);
        }
}

/* What was due while nothing ran, or while the clock stood otherwise, is done when it is known. */
static void test_ends_that_passed_meanwhile_are_acted_upon_at_once(void **data) {
        static const struct {
                const char *title;
                int64_t step;
                bool restart;
        } cases[] = {
                { "nothing ran", HOUR, true },
                { "the clock was set forward", HOUR, false },
        };
        World *w = *data;

        world_open(w, NULL);
        hr_hire_many(w, 'P', 0, 5);
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                char id[24], until[32];

                hr_hire(w, key_of(id, 50 + (unsigned) i));
                assert_int_equal(instant_format_api(w->now.real_usec / SECOND + 1800, "UTC", until), 0);
                hr_change(w, id, until, until);
                world_settle(w);
                assert_true(lockt_user(w, id)->user.enabled);
                world_step_clock(w, cases[i].step);
                if (cases[i].restart)
                        world_restart(w, FAULT_NONE);
                world_run(w, 30 * SECOND);
                if (lockt_user(w, id)->user.enabled)
                        fail_msg("%s: not out", cases[i].title);
        }
}

/* Set back, the end is yet to come: it is acted upon when it comes. */
static void test_a_clock_set_back_brings_an_end_again(void **data) {
        World *w = *data;
        char until[32];

        world_open(w, NULL);
        hr_hire_many(w, 'P', 0, 5);
        assert_int_equal(instant_format_api(w->now.real_usec / SECOND + 7200, "UTC", until), 0);
        hr_change(w, "P0001", until, until);
        world_settle(w);
        world_step_clock(w, -HOUR);
        world_run(w, 2 * HOUR);
        assert_true(lockt_user(w, "P0001")->user.enabled);
        world_run(w, HOUR + MINUTE);
        assert_false(lockt_user(w, "P0001")->user.enabled);
        world_assert_converged(w, "over");
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                world_test(test_ends_come_at_their_instant_over_changes_of_the_clock),
                world_test(test_ends_that_passed_meanwhile_are_acted_upon_at_once),
                world_test(test_a_clock_set_back_brings_an_end_again),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
