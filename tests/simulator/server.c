/* The HTTP side, on libmicrohttpd. */

#include "tests/simulator/server.h"

#include <errno.h>
#include <microhttpd.h>
#include <string.h>

#include "tests/simulator/api.h"
#include "tests/simulator/body.h"

enum {
        CONNECTIONS_MAX = 256,
        CONNECTION_MEMORY = 2 * BODY_BLOCK,
};

struct Server {
        struct MHD_Daemon *daemon;
        uint16_t port;
};

static enum MHD_Result serve(Request *request) {
        enum MHD_Result queued;
        Reply reply;
        int r;

        reply_init(&reply);
        r = request_parse(request);
        if (r == 0)
                r = request->admin ? admin_serve(request, &reply) : api_serve(request, &reply);
        queued = r == 0 ? reply_send(&reply, request) : MHD_NO;
        reply_deinit(&reply);
        return queued;
}

/* Called with the headers, with every piece of the body, and once more when that is complete. */
static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *data, size_t *size, void **state) {
        Request *request = *state;

        if (!request) {
                if (request_new(cls, connection, method, url, &request) < 0)
                        return MHD_NO;
                *state = request;
                return MHD_YES;
        }
        if (*size > 0) {
                if (request_append(request, data, *size) < 0)
                        return MHD_NO;
                *size = 0;
                return MHD_YES;
        }
        return serve(request);
}

static void on_completed(void *cls, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode how) {
        if (*state)
                request_free(*state, how != MHD_REQUEST_TERMINATED_COMPLETED_OK);
        *state = NULL;
}

int server_start(Sim *sim, const Options *options, Server **ret, Error *reterr) {
        unsigned flags = MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_THREAD_PER_CONNECTION;
        const union MHD_DaemonInfo *info;
        _cleanup_(server_stopp) Server *server = NULL;

        server = calloc(1, sizeof(*server));
        if (!server)
                return error_set(reterr, -ENOMEM, "cannot listen: out of memory");

        if (options->listen.any.sa_family == AF_INET6)
                flags |= MHD_USE_IPv6;
        errno = 0;
        server->daemon = MHD_start_daemon(flags, 0, NULL, NULL, on_request, sim,
                                          MHD_OPTION_SOCK_ADDR, &options->listen.any,
                                          MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,
                                          MHD_OPTION_CONNECTION_LIMIT, (unsigned) CONNECTIONS_MAX,
                                          MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t) CONNECTION_MEMORY,
                                          MHD_OPTION_END);
        if (!server->daemon)
                return error_set(reterr, errno > 0 ? -errno : -EIO, "cannot listen: %s",
                                 errno > 0 ? strerror(errno) : "libmicrohttpd does not start");

        info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT);
        if (!info)
                return error_set(reterr, -EIO, "cannot learn the port");
        server->port = info->port;
        *ret = steal(server);
        return 0;
}

Server *server_stop(Server *server) {
        if (!server)
                return NULL;

        if (server->daemon)
                MHD_stop_daemon(server->daemon);
        free(server);
        return NULL;
}

uint16_t server_port(const Server *server) {
        return server->port;
}
