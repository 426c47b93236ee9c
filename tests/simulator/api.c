/* What every request to the API goes through. */

#include "tests/simulator/api.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "tests/simulator/route.h"

static bool put_offered(const Settings *settings) {
        return settings->put_user;      /* ruling 30 */
}

static bool pending_offered(const Settings *settings) {
        return settings->pending_release;       /* ruling 28 */
}

static bool ping_offered(const Settings *settings) {
        return settings->ping;          /* ruling 30 */
}

static const Route routes[] = {
        { "GET", "/user", api_user_read, .arguments = { "id", "idnum" } },
        { "POST", "/user", api_user_post },
        { "PUT", "/user", api_user_put, .offered = put_offered },
        { "GET", "/fob", api_fob_read },
        { "POST", "/fob", api_fob_post },
        { "PUT", "/fob", api_fob_put },
        { "POST", "/uservalidate", api_uservalidate_post, .offered = pending_offered },
        { "GET", "/credential", api_credential_read },
        { "POST", "/credential", api_credential_post, .offered = pending_offered },
        { "GET", "/credentialsummary", api_credentialsummary_read },
        { "GET", "/nextcardnum", api_nextcardnum_read, .offered = pending_offered },
        { "GET", "/fobcheck", api_fobcheck_read, .offered = pending_offered },
        { "GET", "/events", api_events_read, .arguments = { "id" } },
        { "GET", "/door", api_door_read },
        { "POST", "/door", api_door_post },
        { "GET", "/doorstate", api_doorstate_read },
        { "GET", "/schedule", api_schedule_read },
        { "GET", "/accesslevel", api_accesslevel_read },
        { "GET", "/ping", api_ping, .offered = ping_offered },
};

int api_no_data(Reply *reply) {
        return reply_error(reply, MHD_HTTP_BAD_REQUEST,
                           "No data found or invalid JSON objects supplied. Could not parse input.");
}

static const Route *find_route(const Request *request) {
        for (size_t i = 0; i < ELEMENTS(routes); i++) {
                if (strcmp(routes[i].method, request->method) == 0 && strcmp(routes[i].path, request->path) == 0 &&
                    (!routes[i].offered || routes[i].offered(&request->sim->settings)))
                        return &routes[i];
        }
        return NULL;
}

typedef struct Arguments {
        const Route *route;
        const char *odd;
} Arguments;

/* What a query holds beyond what is documented would be silently ignored: here it is an error. */
static enum MHD_Result check_argument(void *cls, enum MHD_ValueKind kind, const char *key, const char *value) {
        Arguments *arguments = cls;

        for (size_t i = 0; i < ROUTE_ARGUMENTS; i++) {
                const char *known = arguments->route->arguments[i];

                if (known && strcmp(key, known) == 0)
                        return MHD_YES;
        }
        arguments->odd = key;
        return MHD_YES;
}

static int run_route(const Route *route, Request *request, Reply *reply) {
        Arguments arguments = { .route = route };

        (void) MHD_get_connection_values(request->connection, MHD_GET_ARGUMENT_KIND, check_argument, &arguments);
        if (arguments.odd && request->sim->settings.strict)
                return reply_error(reply, MHD_HTTP_BAD_REQUEST, "Unknown argument found: %s", arguments.odd);
        return route->handler(request, reply);
}

static bool authorized(const Request *request) {
        const Settings *settings = &request->sim->settings;
        const char *apiuser = request_header(request, "apiuser");
        const char *apikey = request_header(request, "apikey");

        return apiuser && apikey && strcmp(apiuser, settings->apiuser) == 0 && strcmp(apikey, settings->apikey) == 0;
}

/* ruling 47 */
static bool content_type_json(const Request *request) {
        const char *type = request_header(request, MHD_HTTP_HEADER_CONTENT_TYPE);
        size_t length = strlen("application/json");

        return type && strncasecmp(type, "application/json", length) == 0 &&
               (type[length] == '\0' || type[length] == ';' || type[length] == ' ');
}

/* ruling 15 */
static int refuse_overlap(const Request *request, Reply *reply) {
        const Settings *settings = &request->sim->settings;
        bool is_429 = settings->overlap == OVERLAP_429;
        int r;

        r = reply_error(reply, is_429 ? MHD_HTTP_TOO_MANY_REQUESTS : MHD_HTTP_BAD_REQUEST,
                        "Rate limit: simultaneous and overlapping POST operations are not allowed.");
        if (is_429)
                reply->retry_after = settings->retry_after;
        return r;
}

static int process(Request *request, Reply *reply) {
        const Route *route;

        if (!request->api)
                return reply_status(reply, MHD_HTTP_NOT_FOUND);
        if (!authorized(request))
                return reply_status(reply, MHD_HTTP_UNAUTHORIZED);
        if (!content_type_json(request))
                return reply_error(reply, MHD_HTTP_BAD_REQUEST, "Content-Type must be application/json.");
        if (request->overlapping && !request->running)
                return refuse_overlap(request, reply);
        route = find_route(request);
        if (!route)
                return reply_status(reply, MHD_HTTP_NOT_FOUND);
        if (request->too_large)
                return reply_status(reply, MHD_HTTP_CONTENT_TOO_LARGE);
        return run_route(route, request, reply);
}

static int answer_html(Reply *reply) {
        reply_clear(reply);
        reply->content_type = "text/html; charset=utf-8";
        text_puts(&reply->text, "<!DOCTYPE html>\n<html><head><title>Sign in</title></head>"
                                "<body><h1>Sign in</h1><form method=\"post\"></form></body></html>\n");
        return text_status(&reply->text);
}

/* Begins like an answer, and is none: noise of a fixed pattern, so that a failing test fails again. */
static int answer_garbage(Reply *reply, int64_t bytes) {
        uint32_t state = 1;

        reply_clear(reply);
        text_puts(&reply->text, "{\"data\":[{\"id\":");
        for (int64_t i = (int64_t) reply->text.length; i < bytes; i++) {
                char c;

                state = state * 1664525 + 1013904223;
                c = (char) (state >> 24);
                text_append(&reply->text, &c, 1);
        }
        return text_status(&reply->text);
}

static int answer_status(Reply *reply, const Fault *fault) {
        int r = 0;

        if (fault->body) {
                reply_clear(reply);
                reply->status = (unsigned) fault->status;
                if (json_text(fault->body))
                        text_puts(&reply->text, json_text(fault->body));
                else
                        json_write(&reply->text, fault->body);
                r = text_status(&reply->text);
        } else
                r = reply_status(reply, (unsigned) fault->status);
        reply->content_type = fault->content_type;
        reply->retry_after = fault->retry_after;
        reply->headers = fault->headers;
        return r;
}

enum {
        ANSWERED = 1,
};

/* What a fault answers in place of the service. With @when WHEN_AFTER the work was done all the same. */
static int answer_fault(Request *request, int64_t when, Reply *reply) {
        for (size_t i = 0; i < request->faults.n; i++) {
                const Fault *fault = request->faults.items[i];
                int r;

                if (fault->when != when)
                        continue;
                switch (fault->action) {
                case FAULT_CUT:
                        reply_clear(reply);
                        reply->cut = true;
                        reply->reset = fault->reset;
                        return ANSWERED;
                case FAULT_STATUS:
                        r = answer_status(reply, fault);
                        return r < 0 ? r : ANSWERED;
                case FAULT_HTML:
                        r = answer_html(reply);
                        return r < 0 ? r : ANSWERED;
                case FAULT_GARBAGE:
                        r = answer_garbage(reply, fault->bytes >= 0 ? fault->bytes : 100);
                        return r < 0 ? r : ANSWERED;
                default:
                        continue;
                }
        }
        return 0;
}

static void wait_for(Request *request, int64_t when) {
        Sim *sim = request->sim;

        for (size_t i = 0; i < request->faults.n; i++) {
                const Fault *fault = request->faults.items[i];
                int64_t ms = when == WHEN_BEFORE ? fault->before_ms : fault->after_ms;

                if (fault->action == FAULT_DELAY && ms > 0)
                        sim_wait(sim, sim_now_usec() + (uint64_t) ms * 1000, fault);
                if (fault->action == FAULT_HOLD && fault->when == when)
                        sim_wait(sim, UINT64_MAX, fault);
        }
}

static void set_body_faults(const Request *request, Reply *reply) {
        const Fault *cut = fault_set_find(&request->faults, FAULT_CUT_BODY);
        const Fault *stall = fault_set_find(&request->faults, FAULT_STALL);

        if (cut) {
                reply->faults.cut_at = (uint64_t) cut->bytes;
                reply->faults.promise_length = cut->framing == FRAMING_LENGTH;
        }
        if (stall) {
                reply->faults.stall = stall;
                reply->faults.stall_at = (uint64_t) stall->bytes;
                reply->faults.stall_usec = (uint64_t) stall->ms * 1000;
        }
}

static void match_faults(Request *request) {
        Sim *sim = request->sim;
        FaultTarget target = {
                .method = request->method,
                .path = request->path,
                .query = request_query(request),
                .concerns = request_concerns,
                .context = request,
        };

        faults_match(sim->faults, &target, sim_now_usec(), &request->faults);
        for (size_t i = 0; i < request->faults.n; i++)
                requestlog_add_fault(request->entry, fault_action_name(request->faults.items[i]->action));
}

/* Whoever waited until the end gets no answer, as from any service that goes away. */
static int cut_at_end(Reply *reply) {
        reply_clear(reply);
        reply->cut = true;
        return 0;
}

static int serve(Request *request, Reply *reply) {
        const Sim *sim = request->sim;
        int r;

        wait_for(request, WHEN_BEFORE);
        if (sim->stopping)
                return cut_at_end(reply);
        r = answer_fault(request, WHEN_BEFORE, reply);
        if (r != 0)
                return r < 0 ? r : 0;

        r = process(request, reply);
        if (r < 0)
                return r;
        wait_for(request, WHEN_AFTER);
        if (sim->stopping)
                return cut_at_end(reply);
        r = answer_fault(request, WHEN_AFTER, reply);
        return r < 0 ? r : 0;
}

int api_serve(Request *request, Reply *reply) {
        Sim *sim = request->sim;
        int r;

        sim_lock(sim);
        if (request->api)
                match_faults(request);
        r = serve(request, reply);
        if (r == 0)
                set_body_faults(request, reply);
        else if (reply_status(reply, MHD_HTTP_INTERNAL_SERVER_ERROR) < 0)
                reply->cut = true;
        if (r < 0)
                (void) fprintf(stderr, "lockt-sim: %s %s failed: %s\n", request->method, request->path, strerror(-r));
        request_leave(request);
        requestlog_end(sim->log, request->entry, sim_now_usec(), reply->cut ? LOG_CUT : LOG_ANSWERED,
                       reply->cut ? 0 : reply->status);
        sim_touch(sim);
        sim_unlock(sim);
        return 0;
}
