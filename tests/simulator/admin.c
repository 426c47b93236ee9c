/* The administration: plain, unauthenticated, and therefore for this machine alone. */

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "tests/simulator/api.h"
#include "tests/simulator/options.h"
#include "tests/simulator/route.h"

enum {
        WAIT_MS_MAX = 60 * 1000,
};

static const Route routes[] = {
        { "GET", "/users", admin_users_get },
        { "POST", "/users", admin_users_post },
        { "PATCH", "/users", admin_users_patch },
        { "DELETE", "/users", admin_users_delete },
        { "GET", "/levels", admin_levels_get },
        { "POST", "/levels", admin_levels_post },
        { "PATCH", "/levels", admin_levels_patch },
        { "DELETE", "/levels", admin_levels_delete },
        { "GET", "/doors", admin_doors_get },
        { "POST", "/doors", admin_doors_post },
        { "PATCH", "/doors", admin_doors_patch },
        { "DELETE", "/doors", admin_doors_delete },
        { "GET", "/schedules", admin_schedules_get },
        { "POST", "/schedules", admin_schedules_post },
        { "PATCH", "/schedules", admin_schedules_patch },
        { "DELETE", "/schedules", admin_schedules_delete },
        { "GET", "/credentials", admin_credentials_get },
        { "POST", "/credentials", admin_credentials_post },
        { "PATCH", "/credentials", admin_credentials_patch },
        { "DELETE", "/credentials", admin_credentials_delete },
        { "POST", "/knocks", admin_knocks_post },
        { "POST", "/events", admin_events_post },
        { "DELETE", "/events", admin_events_delete },
        { "POST", "/release", admin_release_post },
        { "GET", "/requests", admin_requests_get },
        { "DELETE", "/requests", admin_requests_delete },
        { "GET", "/counters", admin_counters_get },
        { "DELETE", "/counters", admin_counters_delete },
        { "GET", "/settings", admin_settings_get },
        { "PUT", "/settings", admin_settings_put },
        { "GET", "/faults", admin_faults_get },
        { "POST", "/faults", admin_faults_post },
        { "DELETE", "/faults", admin_faults_delete },
};

static bool from_this_machine(const Request *request) {
        const union MHD_ConnectionInfo *info = MHD_get_connection_info(request->connection,
                                                                       MHD_CONNECTION_INFO_CLIENT_ADDRESS);

        return info && info->client_addr && options_is_loopback(info->client_addr);
}

static int route_admin(Request *request, Reply *reply) {
        bool known = false;

        if (!from_this_machine(request))
                return reply_error(reply, MHD_HTTP_FORBIDDEN, "The administration is for this machine alone.");
        if (request->too_large)
                return reply_status(reply, MHD_HTTP_CONTENT_TOO_LARGE);
        for (size_t i = 0; i < ELEMENTS(routes); i++) {
                if (strcmp(routes[i].path, request->path) != 0)
                        continue;
                known = true;
                if (strcmp(routes[i].method, request->method) == 0)
                        return routes[i].handler(request, reply);
        }
        if (known)
                return reply_error(reply, MHD_HTTP_METHOD_NOT_ALLOWED, "%s is not possible here.", request->method);
        return reply_status(reply, MHD_HTTP_NOT_FOUND);
}

/* ?after=REVISION&wait_ms=N: answered when something happened since, so that a test need not ask again and again. */
static void wait_for_change(Request *request) {
        int64_t revision, ms;

        if (!request_argument(request, "after") || request_argument_number(request, "after", &revision) < 0 ||
            request_argument_number(request, "wait_ms", &ms) < 0 || ms <= 0 || ms > WAIT_MS_MAX)
                return;
        sim_wait_change(request->sim, sim_now_usec() + (uint64_t) ms * 1000, (uint64_t) revision);
}

int admin_serve(Request *request, Reply *reply) {
        int r;

        sim_lock(request->sim);
        wait_for_change(request);
        r = route_admin(request, reply);
        if (strcmp(request->method, "GET") != 0)
                sim_touch(request->sim);
        sim_unlock(request->sim);
        if (r < 0)
                r = reply_error(reply, MHD_HTTP_INTERNAL_SERVER_ERROR, "%s", strerror(-r));
        if (r < 0)
                reply->cut = true;
        return 0;
}
