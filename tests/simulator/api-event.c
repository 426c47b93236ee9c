/* GET /events and /events?id=: what the service still has of what happened at the doors. */

#include "tests/simulator/route.h"

int api_events_read(Request *request, Reply *reply) {
        const Settings *settings = &request->sim->settings;
        int64_t id;
        int r;

        if (request_argument_number(request, "id", &id) < 0)
                return reply_error(reply, MHD_HTTP_BAD_REQUEST, "Invalid id found: %s",
                                   request_argument(request, "id"));
        r = listing_new(request->sim, LIST_EVENTS, &request->faults, &reply->listing);
        if (r < 0)
                return r;

        /* ruling 45: whether that event itself comes again, is not said. */
        listing_set_from(reply->listing, settings->events_from == EVENTS_AFTER ? id + 1 : id);
        return 0;
}
