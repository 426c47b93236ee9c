/* POST /user, PUT /user: the envelope of a batch. */

#include <errno.h>
#include <string.h>

#include "tests/simulator/api.h"
#include "tests/simulator/batch.h"
#include "tests/simulator/route.h"

/* ruling 10: the defaults of the table of options */
static const BatchOptions defaults = {
        .update_existing = false,
        .validate_fails_batch = true,
        .replace_privileges = true,
};

static bool read_option(BatchOptions *options, const char *key, json_object *value) {
        if (strcmp(key, "update_existing") == 0)
                return json_boolean(value, &options->update_existing) == 0;
        if (strcmp(key, "validate_fails_batch") == 0)
                return json_boolean(value, &options->validate_fails_batch) == 0;
        if (strcmp(key, "replace_privileges") == 0)
                return json_boolean(value, &options->replace_privileges) == 0;
        return false;
}

/* The first option that can't be understood, or NULL. */
static const char *read_options(json_object *json, bool strict, BatchOptions *options) {
        if (!json_object_is_type(json, json_type_object))
                return "options";
        json_object_object_foreach(json, key, value) {
                if (!read_option(options, key, value) && strict)
                        return key;
        }
        return NULL;
}

static int write_users(Request *request, bool by_id, Reply *reply) {
        json_object *records = request_records(request), *options_json = NULL;
        BatchOptions options = defaults;
        const char *odd;

        if (!records || json_object_array_length(records) == 0)
                return api_no_data(reply);

        options.by_id = by_id;
        if (json_object_object_get_ex(request->json, "options", &options_json)) {
                odd = read_options(options_json, request->sim->settings.strict, &options);
                if (odd)
                        return reply_error(reply, MHD_HTTP_BAD_REQUEST, "Invalid option found: %s", odd);
        }
        return batch_run(request, records, &options, reply);
}

int api_user_post(Request *request, Reply *reply) {
        return write_users(request, false, reply);
}

/* ruling 30 */
int api_user_put(Request *request, Reply *reply) {
        return write_users(request, true, reply);
}
