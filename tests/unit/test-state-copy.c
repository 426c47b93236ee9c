/* Copies: whole whatever happens meanwhile, ours alone, gone when they are not wanted any more; and what they tell. */

#include "state-fixture.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/state/copy.h"

#define COPIED 1795437130000000

static void put_in_place(Fixture *f, const char *name) {
        char from[128];

        (void) snprintf(from, sizeof(from), "%s", fixture_path(f, name));
        fixture_close(f);
        assert_int_equal(rename(from, fixture_path(f, "state.sqlite")), 0);
        fixture_open(f);
}

static void fill(Fixture *f, int64_t from) {
        char name[32];

        for (int64_t i = from; i < from + 200; i++) {
                (void) snprintf(name, sizeof(name), "fact %jd", (intmax_t) i);
                good(f, state_set_text(f->state, name, "a text that takes its place on a page of the file", &f->error));
        }
}

static void test_a_copy_that_is_put_in_place_is_the_state_as_it_was(void **data) {
        Fixture *f = *data;
        int64_t n = 0;

        good(f, state_set_number(f->state, "n", 7, &f->error));
        fixture_copy(f, "copy", COPIED);
        good(f, state_set_number(f->state, "n", 8, &f->error));
        put_in_place(f, "copy");
        good(f, state_get_number(f->state, "n", &n, &f->error));
        assert_int_equal(n, 7);
        good(f, state_check(f->state, true, &f->error));
}

static void test_it_tells_once_that_it_is_a_copy(void **data) {
        Fixture *f = *data;
        int64_t copied = -1;

        good(f, state_take_restored(f->state, &copied, &f->error));
        assert_int_equal(copied, 0);
        fixture_copy(f, "copy", COPIED);
        good(f, state_take_restored(f->state, &copied, &f->error));
        assert_int_equal(copied, 0);
        put_in_place(f, "copy");
        good(f, state_take_restored(f->state, &copied, &f->error));
        assert_int_equal(copied, COPIED);
        good(f, state_take_restored(f->state, &copied, &f->error));
        assert_int_equal(copied, 0);
}

static void test_what_is_written_between_two_pieces_is_in_it(void **data) {
        Fixture *f = *data;
        _cleanup_(state_copy_freep) StateCopy *copy = NULL;
        _cleanup_(freep) char *text = NULL;
        char path[128], buffer[4096];
        int64_t n = 100000;
        size_t length;
        int fd, r;

        fill(f, 0);
        good(f, state_copy_new(f->state, COPIED, &copy, &f->error));
        while ((r = state_copy_step(copy, 3, &f->error)) == 1)
                if (n < 100600)
                        fill(f, n += 200);
        assert_int_equal(r, 0);
        assert_int_equal(state_copy_permille(copy), 1000);

        (void) snprintf(path, sizeof(path), "%s", fixture_path(f, "copy"));
        fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        do {
                good(f, state_copy_read(copy, buffer, sizeof(buffer), &length, &f->error));
                assert_int_equal(write(fd, buffer, length), length);
        } while (length > 0);
        assert_int_equal(close(fd), 0);
        copy = state_copy_free(copy);
        put_in_place(f, "copy");
        good(f, state_check(f->state, true, &f->error));
        (void) snprintf(path, sizeof(path), "fact %jd", (intmax_t) n);
        good(f, state_get_text(f->state, path, &text, &f->error));
}

static void test_it_is_nobody_elses_to_read_and_leaves_nothing_behind(void **data) {
        Fixture *f = *data;
        StateCopy *copy = NULL;
        struct stat st;
        mode_t before = umask(0);

        fill(f, 0);
        good(f, state_copy_new(f->state, COPIED, &copy, &f->error));
        (void) umask(before);
        expect(f, 1, state_copy_step(copy, 1, &f->error));
        assert_int_equal(stat(fixture_path(f, "state.sqlite.copy"), &st), 0);
        assert_int_equal(st.st_mode & 07777, 0600);

        /* Somebody went away in the middle of it. */
        copy = state_copy_free(copy);
        assert_int_equal(stat(fixture_path(f, "state.sqlite.copy"), &st), -1);
        good(f, state_copy_new(f->state, COPIED, &copy, &f->error));
        while (state_copy_step(copy, 100, &f->error) == 1)
                ;
        assert_int_equal(stat(fixture_path(f, "state.sqlite.copy"), &st), -1);
        copy = state_copy_free(copy);
}

static void test_what_a_crash_left_behind_is_removed_and_replaced(void **data) {
        Fixture *f = *data;
        FILE *file = fopen(fixture_path(f, "state.sqlite.copy"), "we");
        struct stat st;
        int64_t n = 0;

        assert_non_null(file);
        assert_int_equal(fclose(file), 0);
        fixture_close(f);
        fixture_open(f);
        assert_int_equal(stat(fixture_path(f, "state.sqlite.copy"), &st), -1);

        file = fopen(fixture_path(f, "state.sqlite.copy"), "we");
        assert_non_null(file);
        (void) fputs("half of a copy", file);
        assert_int_equal(fclose(file), 0);
        good(f, state_set_number(f->state, "n", 7, &f->error));
        fixture_copy(f, "copy", COPIED);
        put_in_place(f, "copy");
        good(f, state_get_number(f->state, "n", &n, &f->error));
        assert_int_equal(n, 7);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                state_test(test_a_copy_that_is_put_in_place_is_the_state_as_it_was),
                state_test(test_it_tells_once_that_it_is_a_copy),
                state_test(test_what_is_written_between_two_pieces_is_in_it),
                state_test(test_it_is_nobody_elses_to_read_and_leaves_nothing_behind),
                state_test(test_what_a_crash_left_behind_is_removed_and_replaced),
        };

        return cmocka_run_group_tests_name("state-copy", tests, NULL, NULL);
}
