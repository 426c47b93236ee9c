/* The file itself: what may be opened, how much is read, who else can read and write it. */

#include "lib/config/config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/config/parse.h"

void config_text_deinit(ConfigText *text) {
        if (text->bytes)
                explicit_bzero(text->bytes, text->n);
        free(text->bytes);
        *text = (ConfigText) { 0 };
}

static int read_all(int fd, ConfigText *text) {
        text->bytes = malloc(CONFIG_SIZE_MAX + 1);
        if (!text->bytes)
                return -ENOMEM;

        while (text->n <= CONFIG_SIZE_MAX) {
                ssize_t k = read(fd, text->bytes + text->n, CONFIG_SIZE_MAX + 1 - text->n);

                if (k < 0 && errno == EINTR)
                        continue;
                if (k < 0)
                        return -errno;
                if (k == 0)
                        break;
                text->n += (size_t) k;
        }
        return 0;
}

static int refuse(ConfigErrors *errors, int code, const char *what) {
        config_errors_add(errors, (Mark) { 0 }, "cannot read this configuration: %s", what);
        return code;
}

static int check_file(const struct stat *st, ConfigErrors *errors) {
        if (!S_ISREG(st->st_mode))
                return refuse(errors, S_ISDIR(st->st_mode) ? -EISDIR : -EINVAL, "it is no regular file");

        /* Who writes it says who opens which door. */
        if (st->st_mode & S_IWOTH)
                return refuse(errors, -EPERM, "everybody may write it; chmod o-w this file");
        return 0;
}

int config_read_text(const char *path, ConfigText *ret, ConfigErrors *errors) {
        _cleanup_(config_text_deinit) ConfigText text = { 0 };
        _cleanup_(closep) int fd = -1;
        struct stat st;
        int r;

        if (!errors->path)
                errors->path = strdup(path);
        if (!errors->path)
                return refuse(errors, -ENOMEM, "out of memory");

        /* Not blocking: a FIFO is opened without waiting for its writer, and then refused. */
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (fd < 0 || fstat(fd, &st) < 0) {
                r = -errno;
                return refuse(errors, r, strerror(-r));
        }
        r = check_file(&st, errors);
        if (r < 0)
                return r;

        r = read_all(fd, &text);
        if (r < 0)
                return refuse(errors, r, strerror(-r));

        text.exposed = st.st_mode & S_IROTH;
        *ret = text;
        text = (ConfigText) { 0 };
        return 0;
}

int config_load(const char *path, Config **ret, ConfigErrors *errors) {
        _cleanup_(config_text_deinit) ConfigText text = { 0 };
        int r;

        r = config_read_text(path, &text, errors);
        if (r < 0)
                return r;
        r = config_parse(text.bytes, text.n, path, text.exposed, ret, errors);
        return r == -ENOMEM ? refuse(errors, r, "out of memory") : r;
}
