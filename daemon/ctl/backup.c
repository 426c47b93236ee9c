/*
 * locktsyncctl backup FILE: a consistent copy of the state
 *
 * The daemon sends bytes; the file is made here, with the rights of whoever calls: new, for nobody else to read, and
 * under its name only when it is whole.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/ctl/ctl.h"
#include "daemon/ctl/member.h"
#include "daemon/ctl/words.h"

#define PART ".part"
#define BYTES_MAX ((size_t) 64 * 1024)

typedef struct Backup {
        const Ctl *ctl;
        const char *path;
        char *part;             /* its name until it is whole */
        int fd;
        int64_t size, written;  /* size: as the daemon says it will be */
        bool progress;          /* a line of progress stands on the terminal */
} Backup;

static void backup_deinit(Backup *backup) {
        if (backup->fd >= 0) {
                (void) close(backup->fd);
                (void) unlink(backup->part);
        }
        free(backup->part);
}

static int complain(Backup *backup, const char *what, int code) {
        if (backup->progress)
                (void) fputc('\n', stderr);
        backup->progress = false;
        ctl_complain("can't %s '%s': %s", what, backup->part, strerror(-code));
        return -ECANCELED;
}

static int make_file(Backup *backup) {
        struct stat st;

        if (asprintf(&backup->part, "%s" PART, backup->path) < 0) {
                backup->part = NULL;
                return -ENOMEM;
        }
        if (lstat(backup->path, &st) == 0) {
                ctl_complain("'%s' is there already: name a new file", backup->path);
                return -EEXIST;
        }
        backup->fd = open(backup->part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (backup->fd >= 0 && fchmod(backup->fd, 0600) == 0)
                return 0;
        if (errno == EEXIST) {
                ctl_complain("'%s' is there already: is another backup being made? If not, remove it", backup->part);
                return -EEXIST;
        }
        return complain(backup, "make", -errno);
}

static void show_progress(Backup *backup, int64_t percent, const char *what) {
        if (backup->ctl->json || !isatty(STDERR_FILENO))
                return;
        (void) fprintf(stderr, "\r%s %3" PRId64 " %%", what, percent);
        backup->progress = true;
}

static int write_bytes(Backup *backup, const char *text) {
        static unsigned char bytes[BYTES_MAX];
        size_t n, done = 0;

        if (sodium_base642bin(bytes, sizeof(bytes), text, strlen(text), NULL, &n, NULL,
                              sodium_base64_VARIANT_ORIGINAL) != 0)
                return complain(backup, "understand what locktsyncd sends for", -EBADMSG);
        while (done < n) {
                ssize_t w = write(backup->fd, bytes + done, n - done);

                if (w < 0 && errno == EINTR)
                        continue;
                if (w < 0)
                        return complain(backup, "write", -errno);
                done += (size_t) w;
        }
        backup->written += (int64_t) n;
        if (backup->size > 0)
                show_progress(backup, backup->written * 100 / backup->size, "taking ");
        return 0;
}

static int take(void *userdata, const char *name, struct json_object *value) {
        Backup *backup = userdata;

        if (strcmp(name, "progress") == 0)
                show_progress(backup, member_number(value, "permille") / 10, "copying");
        else if (strcmp(name, "backup") == 0)
                backup->size = member_number(value, "size");
        else if (strcmp(name, "data") == 0)
                return write_bytes(backup, value_text(value));
        return 0;
}

static int sync_directory(const char *path) {
        _cleanup_(freep) char *copy = strdup(path);
        _cleanup_(closep) int fd = -1;

        if (!copy)
                return -ENOMEM;
        fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

/* It gets its name when it is whole and on the disk, and replaces nothing. */
static int finish(Backup *backup) {
        int r;

        if (backup->written != backup->size)
                return complain(backup, "keep a copy that is not whole as", -EIO);
        if (fsync(backup->fd) < 0)
                return complain(backup, "write", -errno);
        if (renameat2(AT_FDCWD, backup->part, AT_FDCWD, backup->path, RENAME_NOREPLACE) < 0)
                return complain(backup, "rename", -errno);
        (void) close(backup->fd);
        backup->fd = -1;
        r = sync_directory(backup->path);
        if (r < 0)
                ctl_complain("'%s' is whole, but may not outlast a power cut: %s", backup->path, strerror(-r));
        return 0;
}

static void show_done(const Backup *backup) {
        const Screen *screen = &backup->ctl->screen;
        char size[WORDS_MAX];

        screen_line(screen, PAINT_NONE, 0, "%s: %s, the whole state as it was just now.", backup->path,
                    words_of(size, backup->size, "byte", "bytes"));
        screen_line(screen, PAINT_NONE, 0,
                    "It holds personal data: keep it as safe as the state itself. pin.key, which stands beside "
                    "the state, is not in it; without it a restored daemon sends every PIN once more. How to restore: "
                    "locktsyncd(8).");
}

/* The bytes are not for the output: with --json a line at the end says what was made. */
static void print_json(const Backup *backup) {
        struct json_object *line = json_object_new_object(), *made = json_object_new_object();
        const char *text;

        (void) json_object_object_add(made, "file", json_object_new_string(backup->path));
        (void) json_object_object_add(made, "size", json_object_new_int64(backup->size));
        (void) json_object_object_add(line, "backup", made);
        text = json_object_to_json_string_ext(line, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
        ctl_print_json(backup->ctl->screen.out, text, strlen(text));
        (void) json_object_put(line);
}

int verb_backup(Ctl *ctl) {
        _cleanup_(backup_deinit) Backup backup = { .ctl = ctl, .path = ctl->arguments[0], .fd = -1 };
        bool complete, json = ctl->json;
        int exit;

        if (make_file(&backup) < 0)
                return CTL_FAILED;
        ctl->json = false;
        exit = ctl_ask(ctl, ctl_request("backup"), true, take, &backup, &complete);
        ctl->json = json;
        if (backup.progress)
                (void) fputc('\n', stderr);
        backup.progress = false;
        if (!complete || exit != CTL_OK)
                return exit == CTL_OK ? CTL_FAILED : exit;
        if (finish(&backup) < 0)
                return CTL_FAILED;
        if (json)
                print_json(&backup);
        else
                show_done(&backup);
        return CTL_OK;
}
