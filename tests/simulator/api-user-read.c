/* GET /user, GET /user?id=, GET /user?idnum= */

#include <string.h>

#include "tests/simulator/route.h"
#include "tests/simulator/transform.h"

typedef struct Found {
        const FaultSet *faults;
        Text *text;
} Found;

static int write_found(void *context, const StoredRecord *user) {
        Found *found = context;

        if (transform_needed(found->faults))
                return transform_record(found->faults, false, user, found->text);
        text_append(found->text, user->json, user->length);
        return text_status(found->text);
}

/* ruling 22 */
static int nobody(Request *request, Reply *reply) {
        if (request->sim->settings.nobody == NOBODY_404)
                return reply_status(reply, MHD_HTTP_NOT_FOUND);
        reply_clear(reply);
        text_puts(&reply->text, "{\"data\":[]}");
        return text_status(&reply->text);
}

static int read_one(Request *request, int64_t id, Reply *reply) {
        Found found = { .faults = &request->faults, .text = &reply->text };
        int r;

        text_puts(&reply->text, "{\"data\":[");
        r = store_user_read(request->sim->store, id, write_found, &found);
        if (r == STORE_NOBODY)
                return nobody(request, reply);
        text_puts(&reply->text, "]}");
        return r < 0 ? r : text_status(&reply->text);
}

int api_user_read(Request *request, Reply *reply) {
        const char *idnum = request_argument(request, "idnum");
        int64_t id;
        int r;

        if (strcmp(request_query(request), "none") == 0)
                return listing_new(request->sim, LIST_USERS, &request->faults, &reply->listing);
        if (request_argument_number(request, "id", &id) < 0)
                return reply_error(reply, MHD_HTTP_BAD_REQUEST, "Invalid id found: %s",
                                   request_argument(request, "id"));
        if (id > 0)
                return read_one(request, id, reply);
        if (!idnum)
                return nobody(request, reply);

        r = store_user_find(request->sim->store, USER_ID_NUM, idnum, 0, &id);
        if (r == STORE_NOBODY)
                return nobody(request, reply);
        return r < 0 ? r : read_one(request, id, reply);
}
