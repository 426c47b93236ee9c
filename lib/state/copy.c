/* Copies of the state. See copy.h. */

#include "lib/state/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/state/database.h"
#include "lib/state/directory.h"

#define FACT "copied"

struct StateCopy {
        State *state;
        int64_t now_usec;
        char *path;
        sqlite3 *db;
        sqlite3_backup *backup;
        int fd;                 /* when it is whole: what is read */
        int64_t size;
        unsigned permille;
};

static int fail(const StateCopy *copy, int rc, Error *reterr) {
        bool full = (rc & 0xff) == SQLITE_FULL;

        return error_set(reterr, full ? -ENOSPC : (rc & 0xff) == SQLITE_NOMEM ? -ENOMEM : -EIO,
                         "cannot copy the state to '%s': %s%s", copy->path, sqlite3_errstr(rc),
                         full ? "; the state directory needs room for a second state while it is copied" : "");
}

/* Made by us, with the mode that it keeps, before SQLite opens it. */
static int make_file(StateCopy *copy, Error *reterr) {
        _cleanup_(closep) int fd = -1;
        int at = copy->state->directory_fd;

        if (unlinkat(at, STATE_COPY, 0) < 0 && errno != ENOENT)
                return error_set(reterr, -errno, "cannot remove '%s': %s", copy->path, strerror(errno));
        fd = openat(at, STATE_COPY, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0 || fchmod(fd, 0600) < 0)
                return error_set(reterr, -errno, "cannot make '%s': %s", copy->path, strerror(errno));
        return 0;
}

int state_copy_new(State *state, int64_t now_usec, StateCopy **ret, Error *reterr) {
        _cleanup_(state_copy_freep) StateCopy *copy = NULL;
        int r, rc;

        copy = calloc(1, sizeof(*copy));
        if (!copy)
                return error_set(reterr, -ENOMEM, "cannot copy the state: out of memory");
        copy->state = state;
        copy->now_usec = now_usec;
        copy->fd = -1;
        if (asprintf(&copy->path, "%s/" STATE_COPY, state->directory) < 0) {
                copy->path = NULL;
                return error_set(reterr, -ENOMEM, "cannot copy the state: out of memory");
        }
        r = make_file(copy, reterr);
        if (r < 0)
                return r;

        /* Nobody else sees the file before it is whole: it needs neither a log nor fsync(). */
        rc = sqlite3_open_v2(copy->path, &copy->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
        if (rc == SQLITE_OK)
                rc = sqlite3_exec(copy->db, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;", NULL, NULL, NULL);
        if (rc != SQLITE_OK)
                return fail(copy, rc, reterr);
        copy->backup = sqlite3_backup_init(copy->db, "main", state->db, "main");
        if (!copy->backup)
                return fail(copy, sqlite3_errcode(copy->db), reterr);
        *ret = steal(copy);
        return 0;
}

StateCopy *state_copy_free(StateCopy *copy) {
        if (!copy)
                return NULL;
        (void) sqlite3_backup_finish(copy->backup);
        (void) sqlite3_close(copy->db);
        if (copy->fd >= 0)
                (void) close(copy->fd);
        else if (copy->path)
                (void) unlinkat(copy->state->directory_fd, STATE_COPY, 0);
        free(copy->path);
        free(copy);
        return NULL;
}

/* The copy tells whoever starts with it what it is. */
static int mark(StateCopy *copy, Error *reterr) {
        char sql[160];
        int rc;

        (void) snprintf(sql, sizeof(sql), "INSERT OR REPLACE INTO fact (name, number) VALUES ('" FACT "', %jd)",
                        (intmax_t) copy->now_usec);
        rc = sqlite3_exec(copy->db, sql, NULL, NULL, NULL);
        if (rc == SQLITE_OK)
                rc = sqlite3_close(copy->db);
        if (rc != SQLITE_OK)
                return fail(copy, rc, reterr);
        copy->db = NULL;
        return 0;
}

/* From here on the file has no name: it goes away with us, however we end. */
static int begin_reading(StateCopy *copy, Error *reterr) {
        struct stat st;

        copy->fd = openat(copy->state->directory_fd, STATE_COPY, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        if (copy->fd < 0 || fstat(copy->fd, &st) < 0 || unlinkat(copy->state->directory_fd, STATE_COPY, 0) < 0)
                return error_set(reterr, -errno, "cannot read '%s': %s", copy->path, strerror(errno));
        copy->size = st.st_size;
        return 0;
}

int state_copy_step(StateCopy *copy, unsigned pages, Error *reterr) {
        int rc, r, total;

        if (!copy->backup)
                return 0;
        rc = sqlite3_backup_step(copy->backup, (int) pages);
        total = sqlite3_backup_pagecount(copy->backup);
        if (total > 0)
                copy->permille = (unsigned) ((int64_t) (total - sqlite3_backup_remaining(copy->backup)) * 1000 / total);
        if (rc == SQLITE_OK || rc == SQLITE_BUSY || rc == SQLITE_LOCKED)
                return 1;
        if (rc != SQLITE_DONE)
                return fail(copy, rc, reterr);

        rc = sqlite3_backup_finish(copy->backup);
        copy->backup = NULL;
        if (rc != SQLITE_OK)
                return fail(copy, rc, reterr);
        r = mark(copy, reterr);
        return r < 0 ? r : begin_reading(copy, reterr);
}

unsigned state_copy_permille(const StateCopy *copy) {
        return copy->permille;
}

int64_t state_copy_size(const StateCopy *copy) {
        return copy->size;
}

int state_copy_read(StateCopy *copy, void *buffer, size_t size, size_t *ret_n, Error *reterr) {
        ssize_t n;

        do
                n = read(copy->fd, buffer, size);
        while (n < 0 && errno == EINTR);
        if (n < 0)
                return error_set(reterr, -errno, "cannot read '%s': %s", copy->path, strerror(errno));
        *ret_n = (size_t) n;
        return 0;
}

int state_take_restored(State *state, int64_t *ret, Error *reterr) {
        int64_t copied = 0;
        int r;

        r = state_get_number(state, FACT, &copied, reterr);
        if (r < 0)
                return r;
        if (r == 0 && copied > 0) {
                r = state_set_number(state, FACT, 0, reterr);
                if (r < 0)
                        return r;
        }
        *ret = r == 0 ? copied : 0;
        return 0;
}
