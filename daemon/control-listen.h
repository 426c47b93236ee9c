#pragma once

/* The listening end of the control socket: made, and who comes in judged by the kernel's word. */

#include <sys/types.h>

#include "lib/base/error.h"

typedef enum PeerRight {
        PEER_NOTHING,
        PEER_READS,             /* the group locktsync */
        PEER_STEERS,            /* root, our own user, the group locktsync-admin */
} PeerRight;

typedef struct Listener {
        int fd;                 /* -1: closed */
        char *path;
        gid_t readers, steerers;/* (gid_t) -1: there is no such group */
} Listener;

/* Replaces a socket that nobody answers. 0, -EADDRINUSE, another negative errno. */
int listener_open(const char *path, Listener *ret, Error *reterr);
void listener_close(Listener *listener);

/* What the peer may do, and its user id. */
PeerRight listener_judge(const Listener *listener, int fd, unsigned *ret_uid);
