/* Checks of the whole file, and what becomes of a damaged one. */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
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
