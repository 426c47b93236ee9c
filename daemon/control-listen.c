/* The listening end. See control-listen.h. */

#include <errno.h>
#include <grp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/control-listen.h"

#define NO_GROUP ((gid_t) -1)

/* Asked once, when the socket is made: a directory service that hangs must not hold up a request. */
static gid_t find_group(const char *name) {
        const struct group *group = getgrnam(name);

        return group ? group->gr_gid : NO_GROUP;
}

static int make_address(const char *path, struct sockaddr_un *ret, Error *reterr) {
        size_t length = strlen(path);

        *ret = (struct sockaddr_un) { .sun_family = AF_UNIX };
        if (length >= sizeof(ret->sun_path))
                return error_set(reterr, -ENAMETOOLONG, "the control socket's path '%s' is longer than %zu bytes", path,
                                 sizeof(ret->sun_path) - 1);
        (void) memcpy(ret->sun_path, path, length + 1);
        return 0;
}

/* Only a socket that refuses us is left over; anything else is not ours to remove. */
static int remove_stale(const struct sockaddr_un *address, Error *reterr) {
        _cleanup_(closep) int fd = -1;
        struct stat st;

        if (lstat(address->sun_path, &st) < 0)
                return errno == ENOENT ? 0 : error_set(reterr, -errno, "can't look at the control socket '%s': %s",
                                                       address->sun_path, strerror(errno));
        if (!S_ISSOCK(st.st_mode))
                return error_set(reterr, -EEXIST, "can't make the control socket: '%s' is something else",
                                 address->sun_path);

        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return error_set(reterr, -errno, "can't make a socket: %s", strerror(errno));
        if (connect(fd, (const struct sockaddr *) address, sizeof(*address)) >= 0 || errno == EAGAIN)
                return error_set(reterr, -EADDRINUSE, "another process answers on the control socket '%s'",
                                 address->sun_path);
        if (errno != ECONNREFUSED)
                return error_set(reterr, -errno, "can't probe the control socket '%s': %s", address->sun_path,
                                 strerror(errno));
        if (unlink(address->sun_path) < 0 && errno != ENOENT)
                return error_set(reterr, -errno, "can't remove the old control socket '%s': %s", address->sun_path,
                                 strerror(errno));
        return 0;
}

/* Made under umask 0077, and opened to the group only when it is the right one. */
static int open_to_group(const Listener *listener) {
        struct stat st;

        if (listener->readers == NO_GROUP)
                return 0;
        if (lstat(listener->path, &st) < 0)
                return -errno;
        /* The unit's Group= has made it so, and its filter of system calls lets nobody change owners. */
        if (st.st_gid != listener->readers && chown(listener->path, (uid_t) -1, listener->readers) < 0)
                return errno == EPERM ? 0 : -errno;     /* run by hand, not in the group: for oneself alone */
        return chmod(listener->path, 0660) < 0 ? -errno : 0;
}

static int bind_and_listen(Listener *listener, const struct sockaddr_un *address, Error *reterr) {
        int r;

        listener->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (listener->fd < 0 || bind(listener->fd, (const struct sockaddr *) address, sizeof(*address)) < 0)
                return error_set(reterr, -errno, "can't make the control socket '%s': %s", address->sun_path,
                                 strerror(errno));
        listener->path = strdup(address->sun_path);
        if (!listener->path)
                return error_set(reterr, -ENOMEM, "can't make the control socket: out of memory");
        r = open_to_group(listener);
        if (r < 0)
                return error_set(reterr, r, "can't open the control socket '%s' to the group locktsync: %s",
                                 address->sun_path, strerror(-r));
        if (listen(listener->fd, SOMAXCONN) < 0)
                return error_set(reterr, -errno, "can't listen on the control socket '%s': %s", address->sun_path,
                                 strerror(errno));
        return 0;
}

int listener_open(const char *path, Listener *ret, Error *reterr) {
        Listener listener = { .fd = -1, .readers = find_group("locktsync"), .steerers = find_group("locktsync-admin") };
        struct sockaddr_un address;
        int r;

        r = make_address(path, &address, reterr);
        if (r >= 0)
                r = remove_stale(&address, reterr);
        if (r >= 0)
                r = bind_and_listen(&listener, &address, reterr);
        if (r < 0) {
                listener_close(&listener);
                return r;
        }
        *ret = listener;
        return 0;
}

void listener_close(Listener *listener) {
        /* path is there only once the socket is ours. */
        if (listener->path)
                (void) unlink(listener->path);
        free(listener->path);
        if (listener->fd >= 0)
                (void) close(listener->fd);
        *listener = (Listener) { .fd = -1, .readers = NO_GROUP, .steerers = NO_GROUP };
}

/* Whether the peer was in the group when it connected, by its first group or any other. */
static bool peer_in_group(int fd, gid_t first, gid_t group) {
        gid_t groups[256];
        socklen_t size = sizeof(groups);

        if (group == NO_GROUP)
                return false;
        if (first == group)
                return true;
        if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) < 0)
                return false;
        for (size_t i = 0; i < size / sizeof(gid_t); i++)
                if (groups[i] == group)
                        return true;
        return false;
}

PeerRight listener_judge(const Listener *listener, int fd, unsigned *ret_uid) {
        struct ucred peer;
        socklen_t size = sizeof(peer);

        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
                return PEER_NOTHING;
        *ret_uid = peer.uid;
        if (peer.uid == 0 || peer.uid == geteuid() || peer_in_group(fd, peer.gid, listener->steerers))
                return PEER_STEERS;
        return peer_in_group(fd, peer.gid, listener->readers) ? PEER_READS : PEER_NOTHING;
}
