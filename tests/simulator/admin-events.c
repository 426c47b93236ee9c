/* /_sim/events and /_sim/release: events by hand, those that are kept back, and forgetting. */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "tests/simulator/route.h"
#include "tests/simulator/store-event.h"

/* Any properties at all: real instances may have events of other kinds. */
int admin_events_post(Request *request, Reply *reply) {
        _cleanup_(text_free) Text body = { 0 };
        json_object *json = request->json;
        int64_t id = 0;
        int r;

        if (!json_object_is_type(json, json_type_object))
                return reply_error(reply, MHD_HTTP_BAD_REQUEST, "An event is a JSON object.");
        if (json_member(json, "id") && (json_id(json_member(json, "id"), &id) != 0 || id <= 0))
                return reply_error(reply, MHD_HTTP_BAD_REQUEST, "An \"id\" is a number above 0.");

        json_object_object_del(json, "id");
        text_puts(&body, json_object_object_length(json) > 0 ? "," : "");
        json_write(&body, json);
        r = text_status(&body);
        if (r < 0)
                return r;

        /* What is kept begins after the id: the opening brace goes. */
        memmove(strchr(body.data, '{'), strchr(body.data, '{') + 1, strlen(strchr(body.data, '{')));
        r = store_event_add(request->sim->store, id, body.data, request->sim->settings.max_events);
        if (r < 0)
                return r;
        text_puts(&reply->text, "{\"added\":1}");
        return text_status(&reply->text);
}

int admin_events_delete(Request *request, Reply *reply) {
        int r;

        r = store_events_delete(request->sim->store);
        if (r < 0)
                return r;
        text_puts(&reply->text, "{}");
        return text_status(&reply->text);
}

int admin_release_post(Request *request, Reply *reply) {
        const char *order = json_text(json_member(request->json, "order"));
        int64_t n = 0;
        int r;

        if (order && strcmp(order, "forward") != 0 && strcmp(order, "reverse") != 0)
                return reply_error(reply, MHD_HTTP_BAD_REQUEST, "\"order\" is forward or reverse.");
        r = store_events_release(request->sim->store, order && strcmp(order, "reverse") == 0,
                                 request->sim->settings.max_events, &n);
        if (r < 0)
                return r;
        text_printf(&reply->text, "{\"released\":%" PRId64 "}", n);
        return text_status(&reply->text);
}
