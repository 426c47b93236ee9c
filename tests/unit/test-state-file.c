/* The file of the state: opening it in every condition that it can be in, transactions, crashes, full disks, copies. */

#include "state-fixture.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

static mode_t mode_of(const Fixture *f, const char *name) {
        struct stat st;

        assert_int_equal(stat(fixture_path(f, name), &st), 0);
        return st.st_mode & 07777;
}

static void test_new_files_belong_to_us_alone_whatever_the_umask_is(void **data) {
        Fixture *f = *data;
        mode_t masks[] = { 0, 0022, 0777 };

        for (size_t i = 0; i < ELEMENTS(masks); i++) {
                mode_t former = umask(masks[i]);
                uint8_t key[32];

                fixture_open(f);
                good(f, state_set_number(f->state, "n", 1, &f->error));
                good(f, state_pin_key(f->state, key, &f->error));
                umask(former);
                assert_int_equal(mode_of(f, "state.sqlite"), 0600);
                assert_int_equal(mode_of(f, "state.sqlite-wal"), 0600);
                assert_int_equal(mode_of(f, "pin.key"), 0600);
                fixture_close(f);
                assert_int_equal(unlink(fixture_path(f, "state.sqlite")), 0);
                assert_int_equal(unlink(fixture_path(f, "pin.key")), 0);
                (void) unlink(fixture_path(f, "lock"));
        }
}

static void test_a_file_that_others_could_read_is_closed_to_them(void **data) {
        Fixture *f = *data;

        fixture_open(f);
        fixture_close(f);
        assert_int_equal(chmod(fixture_path(f, "state.sqlite"), 0644), 0);
        fixture_open(f);
        assert_int_equal(mode_of(f, "state.sqlite"), 0600);
}

static void test_what_was_written_is_there_after_the_next_open(void **data) {
        Fixture *f = *data;
        int64_t n = 0;

        good(f, state_set_number(f->state, "n", 42, &f->error));
        fixture_close(f);
        fixture_open(f);
        good(f, state_get_number(f->state, "n", &n, &f->error));
        assert_int_equal(n, 42);
}

static void test_a_second_one_is_refused(void **data) {
        Fixture *f = *data;
        State *second = NULL;

        expect(f, STATE_LOCKED, state_open(f->directory, &second, &f->error));
        assert_null(second);
        assert_non_null(strstr(error_message(&f->error), "another locktsyncd"));
}

static void write_file(const Fixture *f, const char *name, const void *bytes, size_t n) {
        int fd = open(fixture_path(f, name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

        assert_true(fd >= 0);
        assert_int_equal(write(fd, bytes, n), (ssize_t) n);
        close(fd);
}

static void break_not_a_database(const Fixture *f) {
        char text[8192];

        memset(text, 'x', sizeof(text));
        write_file(f, "state.sqlite", text, sizeof(text));
}

static void break_cut_short(const Fixture *f) {
        assert_int_equal(truncate(fixture_path(f, "state.sqlite"), 16384), 0);
}

static void break_root_page(const Fixture *f) {
        char noise[4096];
        int fd = open(fixture_path(f, "state.sqlite"), O_WRONLY);

        memset(noise, 0xa5, sizeof(noise));
        assert_true(fd >= 0);
        for (off_t page = 1; page < 12; page++)
                assert_int_equal(pwrite(fd, noise, sizeof(noise), page * 4096), (ssize_t) sizeof(noise));
        close(fd);
}

static void break_foreign(const Fixture *f) {
        fixture_sql(f, "PRAGMA application_id = 1; PRAGMA user_version = 1");
}

static void break_foreign_without_id(const Fixture *f) {
        assert_int_equal(unlink(fixture_path(f, "state.sqlite")), 0);
        fixture_sql(f, "CREATE TABLE songs (title TEXT)");
}

static void break_newer(const Fixture *f) {
        fixture_sql(f, "PRAGMA user_version = 9999");
}

static void break_layout_lost(const Fixture *f) {
        fixture_sql(f, "DROP TABLE fact");
}

static void test_a_file_that_is_not_ours_or_not_sound_is_told_apart(void **data) {
        static const struct {
                const char *title;
                void (*break_it)(const Fixture *f);
                int outcome;
                const char *sentence;
        } cases[] = {
                { "no database", break_not_a_database, STATE_DAMAGED, "damaged" },
                { "cut short", break_cut_short, STATE_DAMAGED, "damaged" },
                { "pages overwritten", break_root_page, STATE_DAMAGED, "damaged" },
                { "somebody else's", break_foreign, STATE_DAMAGED, "no state of locktsync" },
                { "somebody else's, without an id", break_foreign_without_id, STATE_DAMAGED, "no state of locktsync" },
                { "of a newer version", break_newer, STATE_NEWER, "layout 9999" },
                { "a table is gone", break_layout_lost, -EIO, "no such table" },
        };
        Fixture *f = *data;

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                int r;

                (void) unlink(fixture_path(f, "state.sqlite"));
                fixture_open(f);
                good(f, state_set_number(f->state, "n", 1, &f->error));
                fixture_close(f);
                cases[i].break_it(f);

                r = fixture_try_open(f);
                if (r != cases[i].outcome || !strstr(error_message(&f->error), cases[i].sentence))
                        fail_msg("%s: %d, %s", cases[i].title, r, error_message(&f->error));
        }
}

static void test_an_empty_file_and_an_interrupted_first_start_become_a_state(void **data) {
        Fixture *f = *data;

        write_file(f, "state.sqlite", "", 0);
        expect(f, 0, fixture_try_open(f));
        /* Everything but the last step of the layout was there. */
        assert_int_equal(unlink(fixture_path(f, "state.sqlite")), 0);
        fixture_sql(f, "PRAGMA journal_mode = WAL");
        expect(f, 0, fixture_try_open(f));
}

static void test_directories_that_can_not_be_used_are_named(void **data) {
        Fixture *f = *data;
        char link[128];
        State *state = NULL;

        expect(f, -ENOENT, state_open("/nonexistent/locktsync", &state, &f->error));
        assert_non_null(strstr(error_message(&f->error), "/nonexistent/locktsync"));

        (void) snprintf(link, sizeof(link), "%s-link", f->directory);
        assert_int_equal(symlink(f->directory, link), 0);
        error_clear(&f->error);
        assert_true(state_open(link, &state, &f->error) < 0);
        assert_int_equal(unlink(link), 0);

        assert_int_equal(chmod(f->directory, 0777), 0);
        expect(f, -EPERM, state_open(f->directory, &state, &f->error));
        assert_int_equal(chmod(f->directory, 0700), 0);

        assert_int_equal(symlink("/dev/null", fixture_path(f, "state.sqlite")), 0);
        error_clear(&f->error);
        assert_true(state_open(f->directory, &state, &f->error) < 0);
        assert_null(state);
}

static void test_a_damaged_file_is_set_aside_and_nothing_deleted(void **data) {
        Fixture *f = *data;
        _cleanup_(freep) char *first = NULL, *second = NULL;
        struct stat before, after;

        write_file(f, "state.sqlite", "this is no database, but somebody may need it", 45);
        write_file(f, "state.sqlite-wal", "nor is this", 11);
        assert_int_equal(stat(fixture_path(f, "state.sqlite"), &before), 0);

        good(f, state_set_aside(f->directory, INT64_C(1651741200000000), &first, &f->error));
        assert_non_null(strstr(first, "state.sqlite.damaged-20220505T090000"));
        assert_int_equal(stat(first, &after), 0);
        assert_int_equal(before.st_ino, after.st_ino);
        assert_int_equal(stat(fixture_path(f, "state.sqlite.damaged-20220505T090000-wal"), &after), 0);
        assert_int_equal(stat(fixture_path(f, "state.sqlite"), &after), -1);

        /* A new one begins, and a second misfortune in the same second keeps both. */
        fixture_open(f);
        fixture_close(f);
        good(f, state_set_aside(f->directory, INT64_C(1651741200000000), &second, &f->error));
        assert_string_not_equal(first, second);
        assert_int_equal(stat(first, &after), 0);
        assert_int_equal(stat(second, &after), 0);
}

static void test_a_file_in_use_is_not_set_aside(void **data) {
        Fixture *f = *data;
        char *path = NULL;

        expect(f, STATE_LOCKED, state_set_aside(f->directory, 1, &path, &f->error));
        assert_null(path);
}

static void test_the_outermost_commit_writes_and_a_rollback_undoes_all(void **data) {
        Fixture *f = *data;
        int64_t n;

        assert_false(state_in_transaction(f->state));
        good(f, state_begin(f->state, &f->error));
        good(f, state_begin(f->state, &f->error));
        assert_true(state_in_transaction(f->state));
        good(f, state_set_number(f->state, "n", 1, &f->error));
        good(f, state_commit(f->state, &f->error));
        assert_true(state_in_transaction(f->state));
        good(f, state_commit(f->state, &f->error));
        assert_false(state_in_transaction(f->state));
        good(f, state_get_number(f->state, "n", &n, &f->error));

        good(f, state_begin(f->state, &f->error));
        good(f, state_set_number(f->state, "n", 2, &f->error));
        good(f, state_begin(f->state, &f->error));
        state_rollback(f->state);
        /* Nothing that comes after it in the same transaction may get through alone. */
        expect(f, -ECANCELED, state_set_number(f->state, "n", 3, &f->error));
        expect(f, -ECANCELED, state_commit(f->state, &f->error));
        assert_false(state_in_transaction(f->state));
        good(f, state_get_number(f->state, "n", &n, &f->error));
        assert_int_equal(n, 1);
        good(f, state_set_number(f->state, "n", 4, &f->error));
}

static void test_facts(void **data) {
        Fixture *f = *data;
        _cleanup_(freep) char *text = NULL;
        int64_t n = 0;

        expect(f, STATE_NONE, state_get_number(f->state, "a", &n, &f->error));
        expect(f, STATE_NONE, state_get_text(f->state, "a", &text, &f->error));
        good(f, state_set_text(f->state, "a", "", &f->error));
        good(f, state_get_text(f->state, "a", &text, &f->error));
        assert_string_equal(text, "");
        expect(f, STATE_NONE, state_get_number(f->state, "a", &n, &f->error));
        good(f, state_set_number(f->state, "a", INT64_MIN, &f->error));
        good(f, state_get_number(f->state, "a", &n, &f->error));
        assert_true(n == INT64_MIN);

        good(f, state_count_up(f->state, "c", &n, &f->error));
        assert_int_equal(n, 1);
        good(f, state_count_up(f->state, "c", &n, &f->error));
        assert_int_equal(n, 2);
        fixture_close(f);
        fixture_open(f);
        good(f, state_count_up(f->state, "c", &n, &f->error));
        assert_int_equal(n, 3);
}

static void test_keys_are_made_once_and_stay(void **data) {
        Fixture *f = *data;
        uint8_t digest[2][32], pin[2][32], zero[32] = { 0 };

        good(f, state_digest_key(f->state, digest[0], &f->error));
        good(f, state_pin_key(f->state, pin[0], &f->error));
        fixture_close(f);
        fixture_open(f);
        good(f, state_digest_key(f->state, digest[1], &f->error));
        good(f, state_pin_key(f->state, pin[1], &f->error));
        assert_memory_equal(digest[0], digest[1], 32);
        assert_memory_equal(pin[0], pin[1], 32);
        assert_memory_not_equal(digest[0], pin[0], 32);
        assert_memory_not_equal(digest[0], zero, 32);

        assert_int_equal(chmod(fixture_path(f, "pin.key"), 0644), 0);
        expect(f, -EPERM, state_pin_key(f->state, pin[1], &f->error));
        assert_int_equal(chmod(fixture_path(f, "pin.key"), 0600), 0);
        assert_int_equal(truncate(fixture_path(f, "pin.key"), 31), 0);
        expect(f, -EUCLEAN, state_pin_key(f->state, pin[1], &f->error));
}

/* In a child that is killed with a transaction open, after one that was committed. */
static void crash(const Fixture *f) {
        State *state = NULL;
        char big[4096];

        if (state_open(f->directory, &state, NULL) != 0 || state_set_number(state, "n", 1, NULL) != 0 ||
            state_begin(state, NULL) != 0 || state_set_number(state, "n", 2, NULL) != 0)
                _exit(1);
        /* Enough to spill pages of it into the log. */
        memset(big, 'x', sizeof(big) - 1);
        big[sizeof(big) - 1] = '\0';
        for (unsigned i = 0; i < 3000; i++) {
                char name[32];

                (void) snprintf(name, sizeof(name), "big.%u", i);
                if (state_set_text(state, name, big, NULL) != 0)
                        _exit(1);
        }
        (void) kill(getpid(), SIGKILL);
        _exit(1);
}

static void test_a_kill_in_a_transaction_leaves_what_was_before_it(void **data) {
        Fixture *f = *data;
        _cleanup_(freep) char *text = NULL;
        int64_t n = 0;
        int status;
        pid_t child;

        child = fork();
        assert_true(child >= 0);
        if (child == 0)
                crash(f);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);

        fixture_open(f);
        good(f, state_get_number(f->state, "n", &n, &f->error));
        assert_int_equal(n, 1);
        expect(f, STATE_NONE, state_get_text(f->state, "big.0", &text, &f->error));
        good(f, state_check(f->state, true, &f->error));
}

/* Writes until there is no room, in a process whose files may only grow to 1 MiB. 0: it was told so, and went on well. */
static int fill_up(const Fixture *f) {
        struct rlimit limit = { 1024 * 1024, RLIM_INFINITY };
        Error error = ERROR_INIT;
        State *state = NULL;
        char big[16384], name[32];
        int64_t n;
        int r = 0;

        (void) signal(SIGXFSZ, SIG_IGN);
        if (state_open(f->directory, &state, NULL) != 0 || state_set_number(state, "n", 1, NULL) != 0)
                return 1;
        if (setrlimit(RLIMIT_FSIZE, &limit) < 0)
                return 2;
        memset(big, 'x', sizeof(big) - 1);
        big[sizeof(big) - 1] = '\0';
        for (unsigned i = 0; i < 1000 && r == 0; i++) {
                (void) snprintf(name, sizeof(name), "big.%u", i);
                r = state_set_text(state, name, big, &error);
        }
        if (r != -ENOSPC || !strstr(error_message(&error), "disk is full"))
                return 3;
        error_clear(&error);
        if (state_in_transaction(state) || state_get_number(state, "n", &n, NULL) != 0 || n != 1)
                return 4;

        limit.rlim_cur = RLIM_INFINITY;
        if (setrlimit(RLIMIT_FSIZE, &limit) < 0 || state_set_number(state, "n", 2, NULL) != 0)
                return 5;
        return state_close(state) ? 6 : 0;
}

static void test_a_full_disk_is_said_and_survived(void **data) {
        Fixture *f = *data;
        int status;
        pid_t child;

        child = fork();
        assert_true(child >= 0);
        if (child == 0)
                _exit(fill_up(f));
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_a_full_disk_at_commit_undoes_the_transaction(void **data) {
        Fixture *f = *data;
        int64_t n = 0;
        char big[16384];
        int r;

        memset(big, 'x', sizeof(big) - 1);
        big[sizeof(big) - 1] = '\0';
        good(f, state_set_number(f->state, "n", 1, &f->error));
        fixture_close(f);

        /* All of it is in the cache until the commit. */
        if (fork() == 0) {
                struct rlimit limit = { 64 * 1024, RLIM_INFINITY };
                State *state = NULL;

                (void) signal(SIGXFSZ, SIG_IGN);
                if (state_open(f->directory, &state, NULL) != 0 || setrlimit(RLIMIT_FSIZE, &limit) < 0 ||
                    state_begin(state, NULL) != 0 || state_set_number(state, "n", 2, NULL) != 0)
                        _exit(1);
                for (unsigned i = 0; i < 8; i++) {
                        char name[16];

                        (void) snprintf(name, sizeof(name), "big.%u", i);
                        if (state_set_text(state, name, big, NULL) != 0)
                                _exit(2);
                }
                r = state_commit(state, NULL);
                _exit(r == -ENOSPC && !state_in_transaction(state) ? 0 : 3);
        }
        assert_true(wait(&r) > 0);
        assert_true(WIFEXITED(r));
        assert_int_equal(WEXITSTATUS(r), 0);
        fixture_open(f);
        good(f, state_get_number(f->state, "n", &n, &f->error));
        assert_int_equal(n, 1);
}

static void test_damage_found_later_is_told_as_damage(void **data) {
        Fixture *f = *data;
        char noise[4096], key[32];
        PersonRow row = PERSON_ROW_INIT;
        PersonPage page = { 0 };
        struct stat st;
        int fd, r = 0;

        row.key = key;
        good(f, state_begin(f->state, &f->error));
        for (unsigned i = 0; i < 20000; i++) {
                (void) snprintf(key, sizeof(key), "E%06u", i);
                good(f, person_put(f->state, &row, &f->error));
        }
        good(f, state_commit(f->state, &f->error));
        fixture_close(f);

        /* Every page but those that opening looks at. */
        assert_int_equal(stat(fixture_path(f, "state.sqlite"), &st), 0);
        memset(noise, 0xa5, sizeof(noise));
        fd = open(fixture_path(f, "state.sqlite"), O_WRONLY);
        for (off_t at = st.st_size / 4096 / 2 * 4096; at < st.st_size; at += 4096)
                assert_int_equal(pwrite(fd, noise, sizeof(noise), at), (ssize_t) sizeof(noise));
        close(fd);

        fixture_open(f);
        good(f, state_check(f->state, false, &f->error));
        key[0] = '\0';
        error_clear(&f->error);
        do {
                r = person_page_after(f->state, key, 512, &page, &f->error);
                if (r == 0 && page.n > 0)
                        (void) snprintf(key, sizeof(key), "%s", page.items[page.n - 1].key);
        } while (r == 0 && page.n > 0);
        assert_int_equal(r, -EUCLEAN);
        assert_non_null(strstr(error_message(&f->error), "damaged"));
        person_page_deinit(&page);
        expect(f, STATE_DAMAGED, state_check(f->state, true, &f->error));
}

/* People's data is not to lie around under a name that nobody looks for. */
static void test_what_a_crash_left_of_a_file_goes_with_the_next_one(void **data) {
        Fixture *f = *data;
        FILE *stream;
        DIR *directory;
        unsigned n = 0;

        good(f, state_file_begin(f->state, "first.jsonl", &stream, &f->error));
        assert_true(fputs("people", stream) >= 0);
        assert_int_equal(fclose(stream), 0);
        good(f, state_file_begin(f->state, "second.jsonl", &stream, &f->error));
        assert_true(fputs("others", stream) >= 0);
        good(f, state_file_end(f->state, "second.jsonl", stream, true, &f->error));
        assert_int_equal(mode_of(f, "second.jsonl"), 0600);
        directory = opendir(f->directory);
        assert_non_null(directory);
        for (struct dirent *entry; (entry = readdir(directory));)
                n += strstr(entry->d_name, "partial") || strstr(entry->d_name, ".jsonl");
        assert_int_equal(closedir(directory), 0);
        assert_int_equal(n, 1);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                file_test(test_new_files_belong_to_us_alone_whatever_the_umask_is),
                file_test(test_a_file_that_others_could_read_is_closed_to_them),
                state_test(test_what_a_crash_left_of_a_file_goes_with_the_next_one),
                state_test(test_what_was_written_is_there_after_the_next_open),
                state_test(test_a_second_one_is_refused),
                file_test(test_a_file_that_is_not_ours_or_not_sound_is_told_apart),
                file_test(test_an_empty_file_and_an_interrupted_first_start_become_a_state),
                file_test(test_directories_that_can_not_be_used_are_named),
                file_test(test_a_damaged_file_is_set_aside_and_nothing_deleted),
                state_test(test_a_file_in_use_is_not_set_aside),
                state_test(test_the_outermost_commit_writes_and_a_rollback_undoes_all),
                state_test(test_facts),
                state_test(test_keys_are_made_once_and_stay),
                file_test(test_a_kill_in_a_transaction_leaves_what_was_before_it),
                file_test(test_a_full_disk_is_said_and_survived),
                state_test(test_a_full_disk_at_commit_undoes_the_transaction),
                state_test(test_damage_found_later_is_told_as_damage),
        };

        return cmocka_run_group_tests_name("state-file", tests, NULL, NULL);
}
