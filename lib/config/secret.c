/* Secrets are read where the configuration says they are, and wiped when they are no longer needed. */

#include "lib/config/config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define SECRET_MAX 4096

static const char credential_prefix[] = "credential:", file_prefix[] = "file:";

char *secret_free(char *secret) {
        if (!secret)
                return NULL;
        explicit_bzero(secret, strlen(secret));
        free(secret);
        return NULL;
}

typedef struct Place {
        char *path;
        bool is_credential;
} Place;

static void place_deinit(Place *place) {
        free(place->path);
}

static int place_find(const char *source, Place *ret, Error *reterr) {
        const char *directory, *name;

        if (strncmp(source, file_prefix, sizeof(file_prefix) - 1) == 0) {
                ret->path = strdup(source + sizeof(file_prefix) - 1);
                return ret->path ? 0 : error_set(reterr, -ENOMEM, "cannot read a secret: out of memory");
        }
        if (strncmp(source, credential_prefix, sizeof(credential_prefix) - 1) != 0)
                return error_set(reterr, -EINVAL, "a secret is named by credential:NAME or file:/path");

        name = source + sizeof(credential_prefix) - 1;
        directory = getenv("CREDENTIALS_DIRECTORY");
        if (!directory)
                return error_set(reterr, -ENOENT, "cannot read credential '%s': $CREDENTIALS_DIRECTORY is not set; "
                                 "the service needs LoadCredential=%s:/path", name, name);

        ret->is_credential = true;
        if (asprintf(&ret->path, "%s/%s", directory, name) < 0) {
                ret->path = NULL;
                return error_set(reterr, -ENOMEM, "cannot read credential '%s': out of memory", name);
        }
        return 0;
}

static int check_file(const Place *place, int fd, Error *reterr) {
        struct stat st;
        int r;

        if (fstat(fd, &st) < 0) {
                r = -errno;
                return error_set(reterr, r, "cannot read secret '%s': %s", place->path, strerror(-r));
        }
        if (!S_ISREG(st.st_mode))
                return error_set(reterr, -EINVAL, "cannot read secret '%s': it is no regular file", place->path);

        /* A credential's folder is closed to others, whatever the file's mode says. */
        if (!place->is_credential && (st.st_mode & (S_IROTH | S_IWOTH)))
                return error_set(reterr, -EPERM, "secret '%s' is open to everybody (mode %04o); chmod 0640 or 0600 it",
                                 place->path, st.st_mode & 07777U);
        return 0;
}

static int place_open(const Place *place, int *ret, Error *reterr) {
        _cleanup_(closep) int fd = -1;
        int r;

        fd = open(place->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK);
        if (fd < 0) {
                r = -errno;
                return error_set(reterr, r, "cannot read secret '%s': %s%s", place->path, strerror(-r),
                                 r == -ELOOP ? "; name the file itself instead of a symbolic link" : "");
        }

        r = check_file(place, fd, reterr);
        if (r < 0)
                return r;

        *ret = fd;
        fd = -1;
        return 0;
}

/* Cuts trailing newlines off and looks at the rest: it goes into a header line. */
static int secret_check(const Place *place, char *secret, size_t n, Error *reterr) {
        while (n > 0 && (secret[n - 1] == '\n' || secret[n - 1] == '\r'))
                secret[--n] = '\0';
        if (n == 0)
                return error_set(reterr, -ENODATA, "secret '%s' is empty", place->path);

        for (size_t i = 0; i < n; i++)
                if ((unsigned char) secret[i] < 0x20 || secret[i] == 0x7f)
                        return error_set(reterr, -EBADMSG, "secret '%s' has a control character at byte %zu; it is "
                                         "one line of text", place->path, i + 1);
        return 0;
}

static int secret_read(const Place *place, int fd, char *buffer, size_t size, Error *reterr) {
        size_t n = 0;
        ssize_t k;
        int r;

        do {
                k = read(fd, buffer + n, size - 1 - n);
                if (k < 0 && errno == EINTR)
                        continue;
                if (k < 0) {
                        r = -errno;
                        return error_set(reterr, r, "cannot read secret '%s': %s", place->path, strerror(-r));
                }
                n += (size_t) k;
        } while (k != 0 && n < size - 1);

        if (n > SECRET_MAX)
                return error_set(reterr, -EFBIG, "secret '%s' is larger than 4 KiB", place->path);
        return secret_check(place, buffer, n, reterr);
}

int config_read_secret(const Text *source, char **ret, Error *reterr) {
        _cleanup_(place_deinit) Place place = { 0 };
        char buffer[SECRET_MAX + 2] = "";
        _cleanup_(closep) int fd = -1;
        char *secret;
        int r;

        r = place_find(source->text, &place, reterr);
        if (r < 0)
                return r;
        r = place_open(&place, &fd, reterr);
        if (r < 0)
                return r;

        r = secret_read(&place, fd, buffer, sizeof(buffer), reterr);
        secret = r < 0 ? NULL : strdup(buffer);
        explicit_bzero(buffer, sizeof(buffer));
        if (r < 0)
                return r;
        if (!secret)
                return error_set(reterr, -ENOMEM, "cannot read secret '%s': out of memory", place.path);

        *ret = secret;
        return 0;
}
