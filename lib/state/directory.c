/* Files of the state directory, each by its descriptor, so that nobody can put a link in the way. */

#include "lib/state/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "lib/state/state.h"

int directory_open(const char *path, int *ret_fd, char **ret_path, Error *reterr) {
        _cleanup_(closep) int fd = -1;
        _cleanup_(freep) char *real = NULL;
        struct stat st;

        fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
                return error_set(reterr, -errno, "cannot open the state directory '%s': %s%s", path, strerror(errno),
                                 errno == ENOENT ? "; make it, owned by the user locktsync, with mode 0700" : "");
        if (fstat(fd, &st) < 0)
                return error_set(reterr, -errno, "cannot look at the state directory '%s': %s", path, strerror(errno));
        if (st.st_mode & S_IWOTH)
                return error_set(reterr, -EPERM, "everybody may write to the state directory '%s'; chmod it to 0700",
                                 path);
        real = realpath(path, NULL);
        if (!real)
                return error_set(reterr, -errno, "cannot follow the path of the state directory '%s': %s", path,
                                 strerror(errno));

        *ret_fd = fd;
        fd = -1;
        *ret_path = steal(real);
        return 0;
}

int directory_lock(int fd, const char *path, int *ret_fd, Error *reterr) {
        _cleanup_(closep) int lock = -1;

        lock = openat(fd, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (lock < 0)
                return error_set(reterr, -errno, "cannot open '%s/lock': %s", path, strerror(errno));
        if (flock(lock, LOCK_EX | LOCK_NB) < 0) {
                if (errno != EWOULDBLOCK)
                        return error_set(reterr, -errno, "cannot lock '%s/lock': %s", path, strerror(errno));
                (void) error_set(reterr, -EBUSY, "another locktsyncd works with the state directory '%s'; "
                                 "stop it, or give this one a directory of its own", path);
                return STATE_LOCKED;
        }

        *ret_fd = lock;
        lock = -1;
        return 0;
}

int directory_make_file(int fd, const char *path, const char *name, Error *reterr) {
        _cleanup_(closep) int file = -1;
        struct stat st;

        /* No O_TRUNC: an empty file and a full one are both welcome. O_NONBLOCK: a FIFO must not hang us. */
        file = openat(fd, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
        if (file < 0 || fstat(file, &st) < 0)
                return error_set(reterr, -errno, "cannot open '%s/%s': %s", path, name, strerror(errno));
        if (!S_ISREG(st.st_mode))
                return error_set(reterr, -EINVAL, "'%s/%s' is no regular file; move it away", path, name);
        if ((st.st_mode & 07777) != 0600 && fchmod(file, 0600) < 0)
                return error_set(reterr, -errno, "cannot keep '%s/%s' from other users: %s", path, name,
                                 strerror(errno));
        if (st.st_size == 0 && fsync(fd) < 0)
                return error_set(reterr, -errno, "cannot make '%s/%s' last: %s", path, name, strerror(errno));
        return 0;
}

static int read_key(int file, const char *path, const char *name, uint8_t ret[32], Error *reterr) {
        uint8_t key[33];
        struct stat st;
        ssize_t n;

        if (fstat(file, &st) < 0)
                return error_set(reterr, -errno, "cannot look at '%s/%s': %s", path, name, strerror(errno));
        if (st.st_mode & 0077)
                return error_set(reterr, -EPERM, "others may use the key '%s/%s'; chmod it to 0600", path, name);
        n = read(file, key, sizeof(key));
        if (n == 32)
                memcpy(ret, key, 32);
        explicit_bzero(key, sizeof(key));
        if (n < 0)
                return error_set(reterr, -errno, "cannot read '%s/%s': %s", path, name, strerror(errno));
        if (n != 32)
                return error_set(reterr, -EUCLEAN, "'%s/%s' is no key of 32 bytes; restore it from a backup, or delete "
                                 "it and every PIN is sent once more", path, name);
        return 0;
}

/* Written whole under another name first: a power cut leaves either no key or this one. */
static int write_key(int fd, const char *name, const uint8_t key[32]) {
        _cleanup_(closep) int file = -1;
        char temporary[NAME_MAX + 1];

        if (snprintf(temporary, sizeof(temporary), "%s.new", name) >= (int) sizeof(temporary))
                return -ENAMETOOLONG;
        if (unlinkat(fd, temporary, 0) < 0 && errno != ENOENT)
                return -errno;
        file = openat(fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (file < 0 || fchmod(file, 0600) < 0)
                return -errno;
        errno = EIO;
        if (write(file, key, 32) != 32 || fsync(file) < 0 || renameat(fd, temporary, fd, name) < 0 || fsync(fd) < 0)
                return -errno;
        return 0;
}

int directory_key(int fd, const char *path, const char *name, uint8_t ret[32], Error *reterr) {
        _cleanup_(closep) int file = -1;
        uint8_t key[32];
        int r;

        file = openat(fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (file >= 0)
                return read_key(file, path, name, ret, reterr);
        if (errno != ENOENT)
                return error_set(reterr, -errno, "cannot open '%s/%s': %s", path, name, strerror(errno));

        randombytes_buf(key, sizeof(key));
        r = write_key(fd, name, key);
        if (r == 0)
                memcpy(ret, key, sizeof(key));
        explicit_bzero(key, sizeof(key));
        if (r < 0)
                return error_set(reterr, r, "cannot write '%s/%s': %s", path, name, strerror(-r));
        return 0;
}
