/* /_sim/levels: two levels may well have one name. */

#include <errno.h>
#include <string.h>

#include "tests/simulator/route.h"

enum {
        LEVEL_NAME_MAX = 255,
};

int admin_levels_get(Request *request, Reply *reply) {
        Store *store = request->sim->store;
        const Levels *levels = store_levels(store);

        text_puts(&reply->text, "{\"levels\":[");
        for (size_t i = 0; i < levels_count(levels); i++) {
                int r;

                if (i > 0)
                        text_puts(&reply->text, ",");
                r = store_level_write(store, levels_id(levels, i), &reply->text);
                if (r != 0)
                        return r;
        }
        text_puts(&reply->text, "]}");
        return text_status(&reply->text);
}

static const char *name_of(const Request *request) {
        const char *name = json_text(json_member(request->json, "name"));

        return name && name[0] != '\0' && strlen(name) <= LEVEL_NAME_MAX ? name : NULL;
}

/* The level that ?id= or ?name= names, or STORE_NOBODY. */
static int find(const Request *request, int64_t *ret) {
        const char *name = request_argument(request, "name");

        if (name)
                return levels_find(store_levels(request->sim->store), name, ret);
        if (request_argument_number(request, "id", ret) < 0 || *ret == 0)
                return STORE_NOBODY;
        return 0;
}

int admin_levels_post(Request *request, Reply *reply) {
        const char *name = name_of(request);
        int64_t id = 0;
        int r;

        if (!name)
                return reply_error(reply, MHD_HTTP_BAD_REQUEST, "A level needs a \"name\".");
        if (json_member(request->json, "id") && (json_id(json_member(request->json, "id"), &id) != 0 || id <= 0))
                return reply_error(reply, MHD_HTTP_BAD_REQUEST, "An \"id\" is a number above 0.");
        r = store_level_add(request->sim->store, &id, name);
        if (r == -EEXIST)
                return reply_error(reply, MHD_HTTP_CONFLICT, "There is a level with this id already.");
        if (r < 0)
                return r;
        r = store_level_write(request->sim->store, id, &reply->text);
        return r > 0 ? -EUCLEAN : r;
}

/* Levels are rendered into their holders, so it is all or nothing. */
static int in_transaction(Request *request, int64_t id, const char *name) {
        Store *store = request->sim->store;
        int r;

        r = store_begin(store);
        if (r < 0)
                return r;
        r = name ? store_level_rename(store, id, name) : store_level_delete(store, id);
        if (r == 0)
                return store_commit(store);
        store_rollback(store);
        return r;
}

int admin_levels_patch(Request *request, Reply *reply) {
        const char *name = name_of(request);
        int64_t id;
        int r;

        if (!name)
                return reply_error(reply, MHD_HTTP_BAD_REQUEST, "A new \"name\" is what can be changed.");
        r = find(request, &id);
        if (r == 0)
                r = in_transaction(request, id, name);
        if (r == STORE_NOBODY)
                return reply_status(reply, MHD_HTTP_NOT_FOUND);
        if (r < 0)
                return r;
        r = store_level_write(request->sim->store, id, &reply->text);
        return r > 0 ? -EUCLEAN : r;
}

int admin_levels_delete(Request *request, Reply *reply) {
        int64_t id;
        int r;

        r = find(request, &id);
        if (r == 0)
                r = in_transaction(request, id, NULL);
        if (r == STORE_NOBODY)
                return reply_status(reply, MHD_HTTP_NOT_FOUND);
        if (r < 0)
                return r;
        text_puts(&reply->text, "{\"deleted\":1}");
        return text_status(&reply->text);
}
