/* /_sim/faults: what shall go wrong. */

#include <errno.h>
#include <inttypes.h>

#include "tests/simulator/route.h"

int admin_faults_get(Request *request, Reply *reply) {
        text_puts(&reply->text, "{\"faults\":");
        faults_write(request->sim->faults, &reply->text);
        text_puts(&reply->text, "}");
        return text_status(&reply->text);
}

static int add(Request *request, json_object *spec, int64_t *ret, Error *reterr) {
        _cleanup_(fault_unrefp) Fault *fault = NULL;
        int r;

        r = fault_new(spec, sim_now_usec(), &fault, reterr);
        if (r < 0)
                return r;
        r = faults_add(request->sim->faults, fault);
        if (r < 0)
                return error_set(reterr, -EINVAL, "there are too many faults");
        *ret = steal(fault)->id;
        return 0;
}

static int refuse(Reply *reply, Error *error) {
        int r = reply_error(reply, MHD_HTTP_BAD_REQUEST, "%s", error_message(error));

        error_clear(error);
        return r;
}

/* One fault, or an array of them; those before a wrong one are taken back. */
int admin_faults_post(Request *request, Reply *reply) {
        json_object *specs = request->json;
        bool many = json_object_is_type(specs, json_type_array);
        size_t n = many ? json_object_array_length(specs) : 1;
        int64_t id = 0, first = 0;
        Error error = ERROR_INIT;

        text_puts(&reply->text, "{\"ids\":[");
        for (size_t i = 0; i < n; i++) {
                if (add(request, many ? json_object_array_get_idx(specs, i) : specs, &id, &error) < 0) {
                        for (int64_t taken = first; first > 0 && taken <= id; taken++)
                                (void) faults_clear(request->sim->faults, taken);
                        return refuse(reply, &error);
                }
                if (first == 0)
                        first = id;
                text_printf(&reply->text, "%s%" PRId64, i > 0 ? "," : "", id);
        }
        text_puts(&reply->text, "]}");
        return text_status(&reply->text);
}

int admin_faults_delete(Request *request, Reply *reply) {
        int64_t id;

        if (request_argument_number(request, "id", &id) < 0)
                return reply_error(reply, MHD_HTTP_BAD_REQUEST, "\"id\" is the number of a fault.");
        text_printf(&reply->text, "{\"cleared\":%zu}", faults_clear(request->sim->faults, id));
        return text_status(&reply->text);
}
