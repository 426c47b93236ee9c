/* Asking the daemon. See client.h. */

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "daemon/ctl/client.h"
#include "daemon/ctl/member.h"

#define LINE_MAX_BYTES (16U * 1024 * 1024)
#define DEPTH_MAX 32

typedef struct Asking {
        int fd;
        unsigned patience_msec;
        char *buf;
        size_t used, allocated;
        size_t begin;           /* of the line that is to be taken next */
        size_t seen;            /* up to here there is no newline */
        struct json_tokener *tokener;
} Asking;

static void asking_deinit(Asking *asking) {
        if (asking->fd >= 0)
                (void) close(asking->fd);
        free(asking->buf);
        if (asking->tokener)
                json_tokener_free(asking->tokener);
}

static int explain_connect(int code, const char *path, Error *reterr) {
        switch (code) {
        case -ENOENT:
        case -ECONNREFUSED:
                return error_set(reterr, code, "locktsyncd does not run, or listens elsewhere: nobody answers on '%s'; "
                                 "try 'systemctl status locktsyncd', or name its socket with --socket", path);
        case -EACCES:
        case -EPERM:
                return error_set(reterr, code,
                                 "not allowed to speak with locktsyncd on '%s'; be root, or a member of the "
                                 "group locktsync (to look) or locktsync-admin (to steer)",
                                 path);
        default:
                return error_set(reterr, code, "can't speak with locktsyncd on '%s': %s", path, strerror(-code));
        }
}

static int dial(Asking *asking, const char *path, Error *reterr) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        struct timeval patience = { .tv_sec = asking->patience_msec / 1000,
                                    .tv_usec = (suseconds_t) (asking->patience_msec % 1000) * 1000 };

        if (strlen(path) >= sizeof(address.sun_path))
                return error_set(reterr, -ENAMETOOLONG, "the socket's path '%s' is longer than %zu bytes", path,
                                 sizeof(address.sun_path) - 1);
        (void) memcpy(address.sun_path, path, strlen(path) + 1);

        asking->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (asking->fd < 0)
                return error_set(reterr, -errno, "can't make a socket: %s", strerror(errno));
        if (asking->patience_msec > 0) {
                (void) setsockopt(asking->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
                (void) setsockopt(asking->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
        }
        if (connect(asking->fd, (const struct sockaddr *) &address, sizeof(address)) < 0)
                return explain_connect(-errno, path, reterr);
        return 0;
}

static int send_all(Asking *asking, const char *data, size_t length, Error *reterr) {
        while (length > 0) {
                ssize_t n = send(asking->fd, data, length, MSG_NOSIGNAL);

                if (n < 0 && errno == EINTR)
                        continue;
                /* A daemon that turned us away has closed already; why stands in what it sent. */
                if (n < 0 && (errno == EPIPE || errno == ECONNRESET))
                        return 0;
                if (n < 0)
                        return error_set(reterr, -errno, "can't send the request to locktsyncd: %s", strerror(errno));
                data += n;
                length -= (size_t) n;
        }
        return 0;
}

static int send_request(Asking *asking, struct json_object *request, Error *reterr) {
        const char *text;
        int r;

        text = json_object_to_json_string_ext(request, JSON_C_TO_STRING_PLAIN);
        if (!text)
                return error_set(reterr, -ENOMEM, "can't make the request: out of memory");
        r = send_all(asking, text, strlen(text), reterr);
        return r < 0 ? r : send_all(asking, "\n", 1, reterr);
}

static int make_room(Asking *asking, Error *reterr) {
        size_t n;
        char *buf;

        if (asking->begin > 0) {
                asking->used -= asking->begin;
                asking->seen -= asking->begin;
                (void) memmove(asking->buf, asking->buf + asking->begin, asking->used);
                asking->begin = 0;
        }
        if (asking->used < asking->allocated)
                return 0;
        if (asking->allocated >= LINE_MAX_BYTES)
                return error_set(reterr, -EPROTO, "a line of locktsyncd's answer is longer than %u MiB",
                                 LINE_MAX_BYTES >> 20);
        n = asking->allocated > 0 ? asking->allocated * 2 : 64 * 1024;
        buf = realloc(asking->buf, n);
        if (!buf)
                return error_set(reterr, -ENOMEM, "can't take locktsyncd's answer: out of memory");
        asking->buf = buf;
        asking->allocated = n;
        return 0;
}

static int receive(Asking *asking, Error *reterr) {
        ssize_t n;
        int r;

        r = make_room(asking, reterr);
        if (r < 0)
                return r;
        do
                n = recv(asking->fd, asking->buf + asking->used, asking->allocated - asking->used, 0);
        while (n < 0 && errno == EINTR);
        if (n < 0 && errno == EAGAIN)
                return error_set(reterr, -ETIMEDOUT, "locktsyncd has not answered for %u s; see 'systemctl status "
                                 "locktsyncd'", asking->patience_msec / 1000);
        if (n == 0 || (n < 0 && errno == ECONNRESET))
                return error_set(reterr, -EPROTO,
                                 "locktsyncd closed the connection before its answer was complete; was "
                                 "it stopped? see 'journalctl -u locktsyncd'");
        if (n < 0)
                return error_set(reterr, -errno, "can't read locktsyncd's answer: %s", strerror(errno));
        asking->used += (size_t) n;
        return 0;
}

/* The next line, terminated in place. */
static int next_line(Asking *asking, char **ret, size_t *ret_length, Error *reterr) {
        char *end;
        int r;

        while (asking->seen == asking->used ||
               !(end = memchr(asking->buf + asking->seen, '\n', asking->used - asking->seen))) {
                asking->seen = asking->used;
                r = receive(asking, reterr);
                if (r < 0)
                        return r;
        }
        *end = '\0';
        *ret = asking->buf + asking->begin;
        *ret_length = (size_t) (end - *ret);
        asking->begin = asking->seen = (size_t) (end + 1 - asking->buf);
        return 0;
}

static int parse(Asking *asking, const char *line, size_t length, struct json_object **ret) {
        struct json_object *object;

        json_tokener_reset(asking->tokener);
        object = json_tokener_parse_ex(asking->tokener, line, (int) length);
        if (json_tokener_get_error(asking->tokener) != json_tokener_success ||
            json_tokener_get_parse_end(asking->tokener) < length || !json_object_is_type(object, json_type_object)) {
                (void) json_object_put(object);
                return -EPROTO;
        }
        *ret = object;
        return 0;
}

static int exit_of(struct json_object *object) {
        int64_t exit = member_number(object, "exit");

        return exit < 0 || exit > 255 ? 1 : (int) exit;
}

/* 0: goes on; 1: this was the last line and @ret_outcome is the result. */
static int take_line(struct json_object *object, const char *line, size_t length, ClientLine each, void *userdata,
                     int *ret_outcome, int *ret_exit, Error *reterr) {
        struct json_object_iterator first = json_object_iter_begin(object), end = json_object_iter_end(object);
        const char *sentence = member_text(object, "error");

        if (*sentence) {
                *ret_exit = exit_of(object);
                (void) error_set(reterr, -EREMOTEIO, "%s", sentence);
                *ret_outcome = CLIENT_REFUSED;
                return 1;
        }
        if (member_flag(object, "end")) {
                *ret_exit = exit_of(object);
                *ret_outcome = 0;
                return 1;
        }
        if (json_object_iter_equal(&first, &end))
                return 0;
        return each(userdata, json_object_iter_peek_name(&first), json_object_iter_peek_value(&first), line, length);
}

int client_ask(const char *path, struct json_object *request, unsigned patience_msec, ClientLine each, void *userdata,
               int *ret_exit, Error *reterr) {
        _cleanup_(asking_deinit) Asking asking = { .fd = -1, .patience_msec = patience_msec };
        int r, outcome = 0;

        asking.tokener = json_tokener_new_ex(DEPTH_MAX);
        if (!asking.tokener)
                return error_set(reterr, -ENOMEM, "can't ask locktsyncd: out of memory");
        r = dial(&asking, path, reterr);
        if (r >= 0)
                r = send_request(&asking, request, reterr);
        while (r >= 0) {
                struct json_object *object = NULL;
                size_t length = 0;
                char *line = NULL;

                r = next_line(&asking, &line, &length, reterr);
                if (r < 0)
                        return r;
                r = parse(&asking, line, length, &object);
                if (r < 0)
                        return error_set(reterr, r, "what answers on '%s' is not locktsyncd: a line is no JSON object",
                                         path);
                r = take_line(object, line, length, each, userdata, &outcome, ret_exit, reterr);
                (void) json_object_put(object);
                if (r > 0)
                        return outcome;
        }
        return r;
}
