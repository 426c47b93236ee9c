/* Directories, states and users for the tests of lib/state. */

#include "state-fixture.h"

#include <dirent.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include "lib/state/copy.h"

int fixture_setup_closed(void **data) {
        Fixture *f = calloc(1, sizeof(*f));

        if (!f)
                return -1;
        (void) snprintf(f->directory, sizeof(f->directory), "/tmp/test-state-XXXXXX");
        if (!mkdtemp(f->directory)) {
                free(f);
                return -1;
        }
        *data = f;
        return 0;
}

int fixture_setup(void **data) {
        if (fixture_setup_closed(data) < 0)
                return -1;
        fixture_open(*data);
        return 0;
}

static void remove_directory(const char *path) {
        DIR *directory = opendir(path);
        struct dirent *entry;

        if (!directory)
                return;
        while ((entry = readdir(directory)))
                if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
                        (void) unlinkat(dirfd(directory), entry->d_name, 0);
        closedir(directory);
        (void) rmdir(path);
}

int fixture_teardown(void **data) {
        Fixture *f = *data;

        fixture_close(f);
        error_clear(&f->error);
        (void) chmod(f->directory, 0700);
        remove_directory(f->directory);
        free(f);
        return 0;
}

void fixture_open(Fixture *f) {
        good(f, state_open(f->directory, &f->state, &f->error));
}

void fixture_close(Fixture *f) {
        f->state = state_close(f->state);
}

int fixture_try_open(Fixture *f) {
        _cleanup_(state_closep) State *state = NULL;

        error_clear(&f->error);
        return state_open(f->directory, &state, &f->error);
}

const char *fixture_path(const Fixture *f, const char *name) {
        static char path[256];

        (void) snprintf(path, sizeof(path), "%s/%s", f->directory, name);
        return path;
}

void fixture_sql(const Fixture *f, const char *sql) {
        sqlite3 *db = NULL;

        assert_int_equal(sqlite3_open(fixture_path(f, "state.sqlite"), &db), SQLITE_OK);
        if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
                fail_msg("%s: %s", sql, sqlite3_errmsg(db));
        sqlite3_close(db);
}

User make_user(int64_t id, const char *id_num, const char *email, const char *card_num) {
        User user = USER_INIT;

        user.id = id;
        user.enabled = user.levels_known = true;
        user.access_effective = 1500000000;
        assert_int_equal(user_set_text(&user, PROPERTY_ID_NUM, id_num), 0);
        assert_int_equal(user_set_text(&user, PROPERTY_FIRST_NAME, "Ada"), 0);
        assert_int_equal(user_set_text(&user, PROPERTY_LAST_NAME, "Lovelace"), 0);
        assert_int_equal(user_set_text(&user, PROPERTY_EMAIL, email), 0);
        assert_int_equal(user_set_text(&user, PROPERTY_CARD_NUM, card_num), 0);
        assert_int_equal(user_set_text(&user, PROPERTY_PHONE, "4930123"), 0);
        assert_int_equal(user_set_text(&user, PROPERTY_CREDENTIAL_KEY, "K1"), 0);
        assert_int_equal(user_add_level(&user, 12), 0);
        assert_int_equal(user_add_level(&user, 34), 0);
        return user;
}

void fixture_copy(Fixture *f, const char *name, int64_t now_usec) {
        _cleanup_(state_copy_freep) StateCopy *copy = NULL;
        FILE *file = fopen(fixture_path(f, name), "we");
        int64_t size = 0;
        char buffer[1000];
        size_t n;
        int r;

        assert_non_null(file);
        good(f, state_copy_new(f->state, now_usec, &copy, &f->error));
        while ((r = state_copy_step(copy, 1, &f->error)) == 1)
                ;
        assert_int_equal(r, 0);
        for (;;) {
                good(f, state_copy_read(copy, buffer, sizeof(buffer), &n, &f->error));
                if (n == 0)
                        break;
                assert_int_equal(fwrite(buffer, 1, n, file), n);
                size += (int64_t) n;
        }
        assert_int_equal(size, state_copy_size(copy));
        assert_int_equal(fclose(file), 0);
}
