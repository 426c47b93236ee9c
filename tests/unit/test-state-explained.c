/* What an explanation is made of: the times of reads, and who is as before a cycle. */

#include "state-fixture.h"

#include "lib/state/read.h"
#include "lib/state/reverted.h"

static void test_the_times_of_a_read_are_kept_for_thousands_of_reads(void **data) {
        Fixture *f = *data;
        ReadTimes times = { 0 };

        good(f, read_times_put(f->state, &(ReadTimes) { 5, 100, 0, 200, 300 }, &f->error));
        good(f, read_times_put(f->state, &(ReadTimes) { 9, 200, 390, 400, 500 }, &f->error));
        good(f, read_times_get(f->state, 5, &times, &f->error));
        assert_int_equal(times.previous_usec, 100);
        assert_int_equal(times.notified_usec, 0);
        assert_int_equal(times.begun_usec, 200);
        assert_int_equal(times.ended_usec, 300);
        good(f, read_times_get(f->state, 9, &times, &f->error));
        assert_int_equal(times.notified_usec, 390);
        expect(f, STATE_NONE, read_times_get(f->state, 6, &times, &f->error));

        good(f, read_times_put(f->state, &(ReadTimes) { 10006, 1, 2, 3, 4 }, &f->error));
        expect(f, STATE_NONE, read_times_get(f->state, 5, &times, &f->error));
        good(f, read_times_get(f->state, 9, &times, &f->error));
}

static void test_who_is_as_before_is_known_with_the_row_that_does_not_count(void **data) {
        static char anna[] = "E1", berta[] = "E2";
        Fixture *f = *data;
        Reverted reverted = { 0 };
        int64_t n, cycle;

        good(f, reverted_count(f->state, &n, &cycle, &f->error));
        assert_int_equal(n, 0);
        assert_int_equal(cycle, 0);
        expect(f, STATE_NONE, reverted_next(f->state, NULL, &reverted, &f->error));

        good(f, reverted_put(f->state, &(Reverted) { berta, 17, 1000, true, { 1, 2, 3 } }, &f->error));
        good(f, reverted_put(f->state, &(Reverted) { anna, 18, 2000, false, { 0 } }, &f->error));
        good(f, reverted_count(f->state, &n, &cycle, &f->error));
        assert_int_equal(n, 2);
        assert_int_equal(cycle, 18);
        good(f, reverted_next(f->state, NULL, &reverted, &f->error));
        assert_string_equal(reverted.key, "E1");
        assert_false(reverted.has_digest);
        reverted_deinit(&reverted);
        good(f, reverted_next(f->state, "E1", &reverted, &f->error));
        assert_string_equal(reverted.key, "E2");
        assert_int_equal(reverted.cycle, 17);
        assert_int_equal(reverted.since_usec, 1000);
        assert_true(reverted.has_digest);
        assert_int_equal(reverted.digest[2], 3);
        reverted_deinit(&reverted);
        expect(f, STATE_NONE, reverted_next(f->state, "E2", &reverted, &f->error));

        good(f, reverted_delete(f->state, "E2", &f->error));
        expect(f, STATE_NONE, reverted_delete(f->state, "E2", &f->error));
        expect(f, STATE_NONE, reverted_get(f->state, "E2", &reverted, &f->error));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                state_test(test_the_times_of_a_read_are_kept_for_thousands_of_reads),
                state_test(test_who_is_as_before_is_known_with_the_row_that_does_not_count),
        };

        return cmocka_run_group_tests_name("state-explained", tests, NULL, NULL);
}
