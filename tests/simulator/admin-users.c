/*
 * /_sim/users: what somebody does in Lockt by hand, and what a test wants to know. Nothing is unique here, fobs can be
 * made (a `name`), levels go by id or by name.
 */

#include <errno.h>
#include <string.h>

#include "tests/simulator/input.h"
#include "tests/simulator/route.h"
#include "tests/simulator/transform.h"

static int write_user(void *context, const StoredRecord *user) {
        return transform_by_hand(user, context);
}

static int append(Request *request, int64_t id, size_t n, Reply *reply) {
        int r;

        if (n > 0)
                text_puts(&reply->text, ",");
        r = store_user_read(request->sim->store, id, write_user, &reply->text);
        return r == STORE_NOBODY ? -EUCLEAN : r;
}

static int bad(Reply *reply, const char *why) {
        return reply_error(reply, MHD_HTTP_BAD_REQUEST, "%s", why);
}

/* The next user after @after that ?id= or ?id_num= names, or STORE_NOBODY. */
static int next(Request *request, int64_t after, int64_t *ret) {
        const char *id_num = request_argument(request, "id_num");
        _cleanup_(user_deinit) User user = USER_INIT;
        int64_t id;
        int r;

        if (id_num)
                return store_user_find_after(request->sim->store, USER_ID_NUM, id_num, 0, after, ret);

        if (request_argument_number(request, "id", &id) < 0 || id <= after)
                return STORE_NOBODY;
        r = store_user_get(request->sim->store, id, &user);
        if (r == 0)
                *ret = id;
        return r;
}

static bool everybody(const Request *request) {
        return !request_argument(request, "id_num") && !request_argument(request, "id");
}

int admin_users_get(Request *request, Reply *reply) {
        int64_t id = 0;
        size_t n = 0;
        int r;

        if (everybody(request))
                return listing_new(request->sim, LIST_USERS_BY_HAND, NULL, &reply->listing);

        text_puts(&reply->text, "{\"users\":[");
        while ((r = next(request, id, &id)) == 0) {
                r = append(request, id, n++, reply);
                if (r < 0)
                        return r;
        }
        text_puts(&reply->text, "]}");
        return r < 0 ? r : text_status(&reply->text);
}

/* The complaints become the answer. */
static int refuse(const Input *input, Reply *reply) {
        reply_clear(reply);
        reply->status = MHD_HTTP_BAD_REQUEST;
        text_printf(&reply->text, "{\"data\":{\"error\":[%s]}}", input->complaints.text.data);
        return text_status(&reply->text);
}

enum {
        REFUSED = 1,
};

static int change(Request *request, json_object *record, int64_t id, int64_t *ret, Reply *reply) {
        _cleanup_(input_deinit) Input input = INPUT_INIT;
        _cleanup_(user_deinit) User user = USER_INIT;
        Store *store = request->sim->store;
        int r;

        r = input_read_by_hand(&input, record, store_levels(store));
        if (r == 0 && input.complaints.n > 0) {
                r = refuse(&input, reply);
                return r < 0 ? r : REFUSED;
        }
        if (r == 0 && id > 0)
                r = store_user_get(store, id, &user);
        if (r == 0)
                r = input_apply(&input, false, true, &user);
        if (r != 0)
                return r < 0 ? r : -EUCLEAN;

        if (id > 0)
                r = store_user_update(store, &user);
        else {
                user.id = input_has(&input, INPUT_ID) ? input.user.id : 0;
                r = store_user_insert(store, &user);
        }
        *ret = user.id;
        return r;
}

static int post_all(Request *request, json_object *records, Reply *reply) {
        text_puts(&reply->text, "{\"users\":[");
        for (size_t i = 0; i < json_object_array_length(records); i++) {
                int64_t id;
                int r;

                r = change(request, json_object_array_get_idx(records, i), 0, &id, reply);
                if (r == 0)
                        r = append(request, id, i, reply);
                if (r != 0)
                        return r;
        }
        text_puts(&reply->text, "]}");
        return text_status(&reply->text);
}

/* Ends a transaction: what was refused changes nothing. */
static int finish(Request *request, int r) {
        if (r != 0) {
                store_rollback(request->sim->store);
                return r < 0 ? r : 0;
        }
        return store_commit(request->sim->store);
}

int admin_users_post(Request *request, Reply *reply) {
        _cleanup_(json_object_putp) json_object *single = NULL;
        json_object *records = request_records(request);
        int r;

        if (!records) {
                if (!json_object_is_type(request->json, json_type_object))
                        return bad(reply, "A user, or {\"users\": [users]}, is what is needed.");
                single = json_object_new_array();
                if (!single || json_object_array_add(single, json_object_get(request->json)) < 0)
                        return -ENOMEM;
                records = single;
        }
        r = store_begin(request->sim->store);
        if (r < 0)
                return r;
        return finish(request, post_all(request, records, reply));
}

static int patch_all(Request *request, Reply *reply) {
        int64_t id = 0;
        size_t n = 0;
        int r;

        text_puts(&reply->text, "{\"users\":[");
        while ((r = next(request, id, &id)) == 0) {
                r = change(request, request->json, id, &id, reply);
                if (r == 0)
                        r = append(request, id, n++, reply);
                if (r != 0)
                        return r;

                /* Having changed his id_num, the user would not be found again; a number finds one user only. */
                if (json_member(request->json, "id_num"))
                        break;
        }
        text_puts(&reply->text, "]}");
        if (r < 0)
                return r;
        if (n == 0) {
                r = reply_status(reply, MHD_HTTP_NOT_FOUND);
                return r < 0 ? r : REFUSED;
        }
        return text_status(&reply->text);
}

int admin_users_patch(Request *request, Reply *reply) {
        int r;

        if (everybody(request))
                return bad(reply, "Whom to change is said by ?id_num= or ?id=.");
        if (!json_object_is_type(request->json, json_type_object))
                return bad(reply, "The properties to change are a JSON object.");
        r = store_begin(request->sim->store);
        if (r < 0)
                return r;
        return finish(request, patch_all(request, reply));
}

int admin_users_delete(Request *request, Reply *reply) {
        Store *store = request->sim->store;
        int64_t id = 0, n = 0;
        int r = 0;

        if (everybody(request)) {
                r = store_users_count(store, &n);
                if (r == 0)
                        r = store_users_delete(store);
        } else {
                while ((r = next(request, id, &id)) == 0) {
                        r = store_user_delete(store, id);
                        if (r < 0)
                                return r;
                        n++;
                }
                r = r == STORE_NOBODY ? 0 : r;
        }
        text_puts(&reply->text, "{\"deleted\":");
        text_int(&reply->text, n);
        text_puts(&reply->text, "}");
        return r < 0 ? r : text_status(&reply->text);
}
