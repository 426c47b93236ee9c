/* Copies and checks of the whole file, and what becomes of a damaged one. */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "lib/state/database.h"
#include "lib/state/directory.h"

/* Reads the way from the root of every table and index to its first row. */
static int look_at_roots(State *state, Error *reterr) {
        sqlite3_stmt *names = NULL;
        int64_t ignored;
        int rc, r = 0;

        rc = sqlite3_prepare_v2(state->db, "SELECT name FROM sqlite_schema WHERE type = 'table'", -1, &names, NULL);
        if (rc != SQLITE_OK)
                return database_fail(state, rc, "read the layout", reterr);
        while (r >= 0 && (rc = sqlite3_step(names)) == SQLITE_ROW) {
                char *one = sqlite3_mprintf("SELECT count(*) FROM (SELECT * FROM \"%w\" LIMIT 1)",
                                            sqlite3_column_text(names, 0));

                r = one ? database_number(state, one, &ignored, reterr) :
                          error_set(reterr, -ENOMEM, "cannot check the state '%s': out of memory", state->path);
                sqlite3_free(one);
        }
        sqlite3_finalize(names);
        if (r >= 0 && rc != SQLITE_DONE)
                return database_fail(state, rc, "read the layout", reterr);
        return r;
}

static int look_at_all(State *state, Error *reterr) {
        sqlite3_stmt *check = NULL;
        const char *verdict = NULL;
        int rc, r = 0;

        rc = sqlite3_prepare_v2(state->db, "PRAGMA integrity_check(1)", -1, &check, NULL);
        if (rc == SQLITE_OK)
                rc = sqlite3_step(check);
        if (rc == SQLITE_ROW)
                verdict = (const char *) sqlite3_column_text(check, 0);
        if (!verdict)
                r = database_fail(state, rc, "check everything", reterr);
        else if (strcmp(verdict, "ok") != 0)
                r = error_set(reterr, -EUCLEAN, "the state '%s' is damaged: %s; set it aside and restore a backup",
                              state->path, verdict);
        sqlite3_finalize(check);
        return r;
}

int state_check(State *state, bool whole, Error *reterr) {
        int r;

        r = whole ? look_at_all(state, reterr) : look_at_roots(state, reterr);
        return r == -EUCLEAN ? STATE_DAMAGED : r;
}

/* One name that nobody has; the second try within a second gets a number. */
static int free_name(int fd, int64_t now_usec, char *ret, size_t size) {
        time_t now = (time_t) (now_usec / 1000000);
        char stamp[32];
        struct tm tm;
        struct stat st;

        if (!gmtime_r(&now, &tm) || strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%S", &tm) == 0)
                return -ERANGE;
        for (unsigned i = 1; i < 1000; i++) {
                if (i == 1)
                        (void) snprintf(ret, size, STATE_FILE ".damaged-%s", stamp);
                else
                        (void) snprintf(ret, size, STATE_FILE ".damaged-%s-%u", stamp, i);
                if (fstatat(fd, ret, &st, AT_SYMLINK_NOFOLLOW) < 0)
                        return errno == ENOENT ? 0 : -errno;
        }
        return -EEXIST;
}

static int move_files(int fd, const char *name) {
        static const char *const suffixes[] = { "-wal", "-shm", "-journal", "" };       /* the file itself last */
        char from[64], to[128];

        for (size_t i = 0; i < ELEMENTS(suffixes); i++) {
                (void) snprintf(from, sizeof(from), STATE_FILE "%s", suffixes[i]);
                (void) snprintf(to, sizeof(to), "%s%s", name, suffixes[i]);
                if (renameat2(fd, from, fd, to, RENAME_NOREPLACE) < 0 && (errno != ENOENT || !suffixes[i][0]))
                        return -errno;
        }
        return fsync(fd) < 0 ? -errno : 0;
}

int state_set_aside(const char *directory, int64_t now_usec, char **ret, Error *reterr) {
        _cleanup_(closep) int fd = -1, lock = -1;
        _cleanup_(freep) char *real = NULL, *path = NULL;
        char name[100];
        int r;

        r = directory_open(directory, &fd, &real, reterr);
        if (r < 0)
                return r;
        r = directory_lock(fd, real, &lock, reterr);
        if (r != 0)
                return r;
        r = free_name(fd, now_usec, name, sizeof(name));
        if (r >= 0 && asprintf(&path, "%s/%s", real, name) < 0) {
                path = NULL;
                r = -ENOMEM;
        }
        if (r >= 0)
                r = move_files(fd, name);
        if (r < 0)
                return error_set(reterr, r, "cannot set '%s/" STATE_FILE "' aside: %s", real, strerror(-r));
        *ret = steal(path);
        return 0;
}

/* Copies all pages; the copy does without a log of its own. */
static int copy_to(State *state, const char *path, Error *reterr) {
        sqlite3 *copy = NULL;
        sqlite3_backup *backup;
        int rc;

        rc = sqlite3_open_v2(path, &copy, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
        if (rc == SQLITE_OK)
                rc = sqlite3_exec(copy, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;", NULL, NULL, NULL);
        if (rc == SQLITE_OK) {
                backup = sqlite3_backup_init(copy, "main", state->db, "main");
                if (backup)
                        (void) sqlite3_backup_step(backup, -1);
                rc = backup ? sqlite3_backup_finish(backup) : sqlite3_errcode(copy);
        }
        sqlite3_close(copy);
        if (rc != SQLITE_OK)
                return error_set(reterr, (rc & 0xff) == SQLITE_FULL ? -ENOSPC : -EIO,
                                 "cannot copy the state to '%s': %s", path, sqlite3_errstr(rc));
        return 0;
}

static int sync_with_directory(int fd, const char *path) {
        _cleanup_(freep) char *copy = strdup(path);
        _cleanup_(closep) int directory = -1;

        if (!copy)
                return -ENOMEM;
        directory = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (directory < 0 || fsync(fd) < 0 || fsync(directory) < 0)
                return -errno;
        return 0;
}

int state_backup(State *state, const char *path, Error *reterr) {
        _cleanup_(closep) int fd = -1;
        int r;

        if (state_in_transaction(state))
                return error_set(reterr, -EBUSY, "cannot copy the state to '%s' while it is being changed", path);

        fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0)
                return error_set(reterr, -errno, "cannot make the copy '%s': %s%s", path, strerror(errno),
                                 errno == EEXIST ? "; name a new file" : "");
        if (fchmod(fd, 0600) < 0)
                r = error_set(reterr, -errno, "cannot keep '%s' from other users: %s", path, strerror(errno));
        else
                r = copy_to(state, path, reterr);
        if (r >= 0) {
                r = sync_with_directory(fd, path);
                if (r < 0)
                        (void) error_set(reterr, r, "cannot make the copy '%s' last: %s", path, strerror(-r));
        }
        if (r < 0)
                (void) unlink(path);
        return r;
}
