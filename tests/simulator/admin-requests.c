/* /_sim/requests and /_sim/counters: what came in. */

#include <errno.h>
#include <inttypes.h>

#include "tests/simulator/route.h"

int admin_requests_get(Request *request, Reply *reply) {
        const RequestLog *log = request->sim->log;
        int64_t since;

        if (request_argument_number(request, "since", &since) < 0)
                return reply_error(reply, MHD_HTTP_BAD_REQUEST, "\"since\" is the number of a request.");
        text_printf(&reply->text, "{\"last\":%" PRIu64 ",\"dropped\":%" PRIu64 ",\"requests\":", requestlog_last(log),
                    requestlog_dropped(log));
        requestlog_write(log, (uint64_t) since, &reply->text);
        text_puts(&reply->text, "}");
        return text_status(&reply->text);
}

int admin_requests_delete(Request *request, Reply *reply) {
        requestlog_clear(request->sim->log);
        text_printf(&reply->text, "{\"last\":%" PRIu64 "}", requestlog_last(request->sim->log));
        return text_status(&reply->text);
}

int admin_counters_get(Request *request, Reply *reply) {
        const Sim *sim = request->sim;
        const Counters *counters = &sim->counters;
        int64_t users;
        int r;

        r = store_users_count(sim->store, &users);
        if (r < 0)
                return r;
        text_printf(&reply->text,
                    "{\"revision\":%" PRIu64 ",\"users\":%" PRId64 ",\"reads\":%" PRIu64 ",\"writes\":%" PRIu64
                    ",\"records\":%" PRIu64 ",\"overlaps\":%" PRIu64 ",\"writes_now\":%" PRIu64
                    ",\"max_concurrent_writes\":%" PRIu64 "}",
                    sim->revision, users, counters->reads, counters->writes, counters->records, counters->overlaps,
                    sim->writes_now, counters->max_concurrent_writes);
        return text_status(&reply->text);
}

int admin_counters_delete(Request *request, Reply *reply) {
        request->sim->counters = (Counters) { 0 };
        return admin_counters_get(request, reply);
}
