/* What is known of a request, and its place among the others. */

#include "tests/simulator/request.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The rest of @url when it is @base or below it; NULL otherwise. */
static const char *below(const char *url, const char *base) {
        size_t length = strlen(base);

        if (strncmp(url, base, length) != 0 || (url[length] != '/' && url[length] != '\0'))
                return NULL;
        return url + length;
}

static enum MHD_Result add_argument(void *cls, enum MHD_ValueKind kind, const char *key, const char *value) {
        Text *query = cls;

        if (query->length > 1)
                text_puts(query, ",");
        text_json_bytes(query, key, strlen(key));
        text_puts(query, ":");
        text_json_bytes(query, value ? value : "", value ? strlen(value) : 0);
        return MHD_YES;
}

static void enter_writes(Request *request) {
        Sim *sim = request->sim;

        request->overlapping = sim->writes_now > 0;
        sim->counters.writes++;
        if (request->overlapping)
                sim->counters.overlaps++;
        if (sim->writes_now + 1 > sim->counters.max_concurrent_writes)
                sim->counters.max_concurrent_writes = sim->writes_now + 1;

        /* Who is refused does no work, and is in nobody's way. (ruling 15) */
        if (request->overlapping && sim->settings.overlap != OVERLAP_ALLOW)
                return;
        request->running = true;
        sim->writes_now++;
}

void request_leave(Request *request) {
        if (request->running)
                request->sim->writes_now--;
        request->running = false;
}

static int enter(Request *request, const char *url) {
        _cleanup_(text_free) Text query = { 0 };
        Sim *sim = request->sim;

        text_puts(&query, "{");
        (void) MHD_get_connection_values(request->connection, MHD_GET_ARGUMENT_KIND, add_argument, &query);
        text_puts(&query, "}");
        if (text_status(&query) < 0)
                return -ENOMEM;

        sim_lock(sim);
        request->entry = requestlog_begin(sim->log, sim_now_usec(), request->method, url, query.data);
        if (request->entry && request->write)
                enter_writes(request);
        else if (request->entry)
                sim->counters.reads++;
        sim_touch(sim);
        sim_unlock(sim);
        return request->entry ? 0 : -ENOMEM;
}

int request_new(Sim *sim, struct MHD_Connection *connection, const char *method, const char *url, Request **ret) {
        const char *path = below(url, API_BASE);
        Request *request;
        int r;

        request = calloc(1, sizeof(*request));
        if (!request)
                return -ENOMEM;
        request->sim = sim;
        request->connection = connection;
        request->api = path;
        if (!path)
                path = below(url, ADMIN_BASE);
        request->admin = path && !request->api;
        (void) snprintf(request->method, sizeof(request->method), "%s", method);
        (void) snprintf(request->path, sizeof(request->path), "%s", path ? path : url);
        request->write = request->api && (strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0);

        if (!request->admin) {
                r = enter(request, url);
                if (r < 0) {
                        free(request);
                        return r;
                }
        }
        *ret = request;
        return 0;
}

int request_append(Request *request, const char *data, size_t length) {
        if (request->too_large || length > REQUEST_BODY_MAX - request->body.length) {
                request->too_large = true;
                return 0;
        }
        text_append(&request->body, data, length);
        return text_status(&request->body);
}

static size_t count_records(const Request *request) {
        json_object *records = request_records(request);

        return records ? json_object_array_length(records) : 0;
}

int request_parse(Request *request) {
        Sim *sim = request->sim;
        size_t n;
        int r;

        if (!request->too_large && request->body.length > 0) {
                r = json_parse(request->body.data, request->body.length, &request->json);
                if (r < 0)
                        return r;
                request->json_valid = r == 0;
        }
        if (!request->entry)
                return 0;

        n = count_records(request);
        sim_lock(sim);
        if (request->write)
                sim->counters.records += n;
        if (!sim->settings.log_bodies)
                text_free(&request->body);
        requestlog_set_body(sim->log, request->entry, &request->body, request->json_valid, n);
        sim_unlock(sim);
        return 0;
}

void request_free(Request *request, bool broken) {
        Sim *sim = request->sim;

        sim_lock(sim);
        request_leave(request);
        fault_set_clear(&request->faults);
        if (request->entry)
                requestlog_release(request->entry, broken);
        sim_unlock(sim);

        json_object_put(request->json);
        text_free(&request->body);
        free(request);
}

const char *request_argument(const Request *request, const char *name) {
        return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
}

int request_argument_number(const Request *request, const char *name, int64_t *ret) {
        const char *text = request_argument(request, name);
        uint64_t number = 0;

        *ret = 0;
        if (!text)
                return 0;
        if (text[0] == '\0' || strlen(text) > 18 || strspn(text, "0123456789") != strlen(text))
                return -EINVAL;
        for (; *text; text++)
                number = number * 10 + (uint64_t) (*text - '0');
        *ret = (int64_t) number;
        return 0;
}

const char *request_header(const Request *request, const char *name) {
        return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

const char *request_query(const Request *request) {
        if (request_argument(request, "id"))
                return "id";
        return request_argument(request, "idnum") ? "idnum" : "none";
}

json_object *request_records(const Request *request) {
        static const char *const lists[] = { "users", "fobs", "doors", "credentials" };

        for (size_t i = 0; i < ELEMENTS(lists); i++) {
                json_object *records = json_member(request->json, lists[i]);

                if (json_object_is_type(records, json_type_array))
                        return records;
        }
        return NULL;
}

static bool is_stored_as(const Request *request, int64_t id, const char *id_num) {
        int64_t found;

        return store_user_find(request->sim->store, USER_ID_NUM, id_num, 0, &found) == 0 && found == id;
}

static bool record_concerns(const Request *request, json_object *record, const char *id_num) {
        const char *text = json_text(json_member(record, "id_num"));
        int64_t id;

        if (!text)
                text = json_text(json_member(record, "name"));
        if (text)
                return strcmp(text, id_num) == 0;
        return json_integer(json_member(record, "id"), &id) == 0 && is_stored_as(request, id, id_num);
}

bool request_concerns(void *context, const char *id_num) {
        const Request *request = context;
        const char *idnum = request_argument(request, "idnum");
        json_object *records = request_records(request);
        int64_t id;

        if (idnum && strcmp(idnum, id_num) == 0)
                return true;
        if (request_argument_number(request, "id", &id) == 0 && id > 0 && is_stored_as(request, id, id_num))
                return true;
        for (size_t i = 0; records && i < json_object_array_length(records); i++) {
                if (record_concerns(request, json_object_array_get_idx(records, i), id_num))
                        return true;
        }
        return false;
}
