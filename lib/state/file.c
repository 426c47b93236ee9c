/* Files beside the state that are whole or not there. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/state/database.h"

/* One name for all, so that what a crash leaves behind, people's data in it, goes with the next one. */
static const char partial[] = "unfinished.partial";

static bool is_name(const char *name) {
        return name[0] && strlen(name) <= NAME_MAX && !strchr(name, '/');
}

static int fail(const State *state, const char *name, int error, Error *reterr) {
        return error_set(reterr, -error, "cannot write '%s/%s': %s", state->directory, name, strerror(error));
}

int state_file_begin(State *state, const char *name, FILE **ret, Error *reterr) {
        FILE *stream;
        int fd;

        if (!is_name(name))
                return fail(state, name, EINVAL, reterr);
        if (unlinkat(state->directory_fd, partial, 0) < 0 && errno != ENOENT)
                return fail(state, partial, errno, reterr);
        fd = openat(state->directory_fd, partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
                return fail(state, partial, errno, reterr);
        stream = fdopen(fd, "w");
        if (!stream) {
                int error = errno;

                (void) close(fd);
                return fail(state, partial, error, reterr);
        }
        *ret = stream;
        return 0;
}

int state_file_end(State *state, const char *name, FILE *stream, bool keep, Error *reterr) {
        int error = 0;

        if (keep && (fflush(stream) != 0 || fsync(fileno(stream)) < 0))
                error = errno;
        if (fclose(stream) != 0 && error == 0)
                error = errno;
        if (error == 0 && keep &&
            (renameat(state->directory_fd, partial, state->directory_fd, name) < 0 || fsync(state->directory_fd) < 0))
                error = errno;
        if (error != 0 || !keep)
                (void) unlinkat(state->directory_fd, partial, 0);
        return error != 0 && keep ? fail(state, name, error, reterr) : 0;
}
