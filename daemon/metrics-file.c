/* A text file, replaced as a whole. See metrics-file.h. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/metrics-file.h"

static int write_all(int fd, const char *text, size_t length) {
        while (length > 0) {
                ssize_t n = write(fd, text, length);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return n < 0 ? -errno : -EIO;
                text += n;
                length -= (size_t) n;
        }
        return 0;
}

static int make(const char *path, const char *text, size_t length) {
        _cleanup_(closep) int fd = -1;
        int r;

        /* What a crash left here goes; what somebody else puts here meanwhile is not followed. */
        if (unlink(path) < 0 && errno != ENOENT)
                return -errno;
        fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd < 0)
                return -errno;
        r = write_all(fd, text, length);
        if (r < 0)
                return r;
        return fchmod(fd, 0644) < 0 ? -errno : 0;
}

int metrics_file_write(const char *path, const char *text, size_t length, Error *reterr) {
        _cleanup_(freep) char *beside = NULL;
        int r;

        if (asprintf(&beside, "%s.new", path) < 0) {
                beside = NULL;
                return error_set(reterr, -ENOMEM, "can't write '%s': out of memory", path);
        }
        r = make(beside, text, length);
        if (r < 0) {
                (void) unlink(beside);
                return error_set(reterr, r, "can't write '%s': %s", beside, strerror(-r));
        }
        if (rename(beside, path) < 0) {
                r = -errno;
                (void) unlink(beside);
                return error_set(reterr, r, "can't replace '%s': %s", path, strerror(-r));
        }
        return 0;
}
