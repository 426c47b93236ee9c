/* One batch of records. */

#include "tests/simulator/batch.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "tests/simulator/alter.h"
#include "tests/simulator/api.h"
#include "tests/simulator/store-credential.h"

/* ruling 10: the defaults of the table of options */
static const BatchOptions defaults = {
        .update_existing = false,
        .validate_fails_batch = true,
        .replace_privileges = true,
};

Store *batch_store(const Batch *batch) {
        return batch->request->sim->store;
}

const Settings *batch_settings(const Batch *batch) {
        return &batch->request->sim->settings;
}

static const FaultSet *faults_of(const Batch *batch) {
        return &batch->request->faults;
}

void batch_apply_refusal(const Batch *batch, const char *id_num, Complaints *complaints) {
        const Fault *fault = fault_set_find_record(faults_of(batch), FAULT_REFUSE, id_num);

        if (fault)
                complain(complaints, "%s", fault->text ? fault->text : "Record refused.");
}

/* The wording is that of the documented example for doors. */
int batch_check_unique(const Batch *batch, const User *user, UserText property, const char *name,
                       Complaints *complaints) {
        const char *value = user_text(user, property);
        int64_t other;
        int r;

        if (value[0] == '\0')
                return 0;
        r = store_user_find(batch_store(batch), property, value, user->id, &other);
        if (r == STORE_NOBODY && property == USER_CARD_NUM)
                r = store_card_of_others(batch_store(batch), value, user->id);
        if (r == 0)
                complain(complaints, "%s Already Exists: %s", name, value);
        return r < 0 ? r : 0;
}

bool batch_ignores(Batch *batch, const char *key, int count) {
        batch->count[count]++;
        return fault_set_find_record(faults_of(batch), FAULT_IGNORE, key);
}

int batch_store_user(Batch *batch, User *user, int count) {
        const FaultSet *faults = faults_of(batch);
        const Fault *fault;
        int r;

        if (batch_ignores(batch, user_text(user, USER_ID_NUM), count))
                return BATCH_IGNORED;

        for (fault = fault_set_find(faults, FAULT_ALTER); fault; fault = fault_set_next(faults, fault)) {
                if (fault->id_num && strcmp(fault->id_num, user_text(user, USER_ID_NUM)) != 0)
                        continue;
                r = alter_user(user, fault);
                if (r < 0)
                        return r;
        }
        return user->id > 0 ? store_user_update(batch_store(batch), user)
                            : store_user_insert(batch_store(batch), user);
}

/* ruling 12: an echo in which nobody recognises his record */
static const char nobody[] = "{\"id\":-1,\"id_num\":\"nobody\",\"first_name\":\"\",\"last_name\":\"\","
                             "\"card_num\":\"99999999999\",\"email\":\"nobody@nowhere.example\"}";

int batch_refuse(Batch *batch, const Complaints *complaints, const Text *echo) {
        bool hidden = fault_set_find(faults_of(batch), FAULT_ECHO_NOBODY);

        if (complaints_status(complaints) < 0 || text_status(echo) < 0)
                return -ENOMEM;
        if (batch->count[COUNT_ERRORS]++ > 0)
                text_puts(&batch->errors, ",");
        text_printf(&batch->errors, "{\"error\":[%s],\"input_data\":%s}", complaints->text.data,
                    hidden ? nobody : echo->data);
        return text_status(&batch->errors);
}

static int take_records(Batch *batch, json_object *records) {
        size_t n = json_object_array_length(records);
        bool reverse = batch_settings(batch)->batch_order == ORDER_REVERSE;     /* ruling 39 */

        batch->count[COUNT_SUBMITTED] = (int64_t) n;
        for (size_t i = 0; i < n; i++) {
                int r = batch->kind->take(batch, json_object_array_get_idx(records, reverse ? n - 1 - i : i));

                if (r < 0)
                        return r;
        }
        return 0;
}

static void write_counts(const Batch *batch, Text *text) {
        static const char *const names[COUNTS] = { "submitted", "inserted", "updated", "errors" };
        const Fault *fault = fault_set_find(faults_of(batch), FAULT_COUNTS);

        text_puts(text, "\"data\":{");
        for (size_t i = 0; i < COUNTS; i++) {
                text_printf(text, "%s\"%s\":", i > 0 ? "," : "", names[i]);
                text_int(text, fault && fault->count[i] >= 0 ? fault->count[i] : batch->count[i]);
        }
        text_puts(text, "}");
}

/* ruling 11 */
static int reply_batch(const Batch *batch, bool failed, Reply *reply) {
        const Settings *settings = batch_settings(batch);
        bool errors = batch->count[COUNT_ERRORS] > 0;
        bool details = errors && (failed || settings->partial_shape != SHAPE_COUNTS);
        bool counts = !errors || (!failed && settings->partial_shape != SHAPE_DETAILS);

        if (failed || (errors && settings->partial_status == PARTIAL_400))
                reply->status = MHD_HTTP_BAD_REQUEST;
        text_puts(&reply->text, "{");
        if (counts)
                write_counts(batch, &reply->text);
        if (counts && details)
                text_puts(&reply->text, ",");
        if (details)
                text_printf(&reply->text,
                            "\"result\":[\"Validation errors found. %sDetails provided.\"],\"errors\":[%s]",
                            failed ? "Batch has failed. " : "", batch->errors.data);
        text_puts(&reply->text, "}");
        return text_status(&reply->text);
}

static int run(Batch *batch, json_object *records, Reply *reply) {
        Store *store = batch_store(batch);
        bool failed;
        int r;

        r = store_begin(store);
        if (r < 0)
                return r;
        r = take_records(batch, records);
        failed = batch->options.validate_fails_batch && batch->count[COUNT_ERRORS] > 0;
        if (r < 0 || failed || batch->kind->dry)
                store_rollback(store);
        else
                r = store_commit(store);
        if (r < 0)
                return r;
        return reply_batch(batch, failed, reply);
}

static int64_t limit_of(const Request *request) {
        const Fault *fault = fault_set_find(&request->faults, FAULT_BATCH_LIMIT);

        return fault ? fault->limit : request->sim->settings.batch_limit;
}

static int run_limited(Batch *batch, json_object *records, Reply *reply) {
        const Fault *fault = fault_set_find(faults_of(batch), FAULT_FAIL_BATCH);
        int64_t limit = limit_of(batch->request);
        int r;

        if ((int64_t) json_object_array_length(records) > limit)
                return reply_error(reply, MHD_HTTP_BAD_REQUEST, "Batch size exceeds maximum of %" PRId64 " objects.",
                                   limit);
        if (fault)      /* ruling 18 */
                return reply_error(reply, fault->status > 0 ? (unsigned) fault->status : MHD_HTTP_BAD_REQUEST, "%s",
                                   fault->text ? fault->text : "Validation errors found. Batch has failed.");
        r = run(batch, records, reply);
        text_free(&batch->errors);
        return r;
}

static bool read_option(Batch *batch, const char *key, json_object *value) {
        unsigned offered = batch->kind->options;

        if (strcmp(key, "update_existing") == 0 && (offered & BATCH_UPDATE_EXISTING))
                return json_boolean(value, &batch->options.update_existing) == 0;
        if (strcmp(key, "validate_fails_batch") == 0 && (offered & BATCH_VALIDATE_FAILS_BATCH))
                return json_boolean(value, &batch->options.validate_fails_batch) == 0;
        if (strcmp(key, "replace_privileges") == 0 && (offered & BATCH_REPLACE_PRIVILEGES))
                return json_boolean(value, &batch->options.replace_privileges) == 0;
        return false;
}

/* The first thing beside the records that can't be understood, or NULL. */
static const char *read_options(Batch *batch) {
        bool strict = batch_settings(batch)->strict;

        json_object_object_foreach(batch->request->json, name, member) {
                if (strcmp(name, batch->kind->list) == 0)
                        continue;
                if (strcmp(name, "options") != 0 || !batch->kind->options ||
                    !json_object_is_type(member, json_type_object)) {
                        if (strict || strcmp(name, "options") == 0)
                                return name;
                        continue;
                }
                json_object_object_foreach(member, key, value) {
                        if (!read_option(batch, key, value) && strict)
                                return key;
                }
        }
        return NULL;
}

int batch_run(Request *request, const BatchKind *kind, Reply *reply) {
        Batch batch = { .request = request, .kind = kind, .options = defaults };
        json_object *records = json_member(request->json, kind->list);
        const char *odd;

        if (!json_object_is_type(records, json_type_array) || json_object_array_length(records) == 0)
                return api_no_data(reply);
        if (kind->fobs)
                batch.options.validate_fails_batch = request->sim->settings.fob_fails_batch;
        odd = read_options(&batch);
        if (odd)
                return reply_error(reply, MHD_HTTP_BAD_REQUEST, "Invalid option found: %s", odd);
        return run_limited(&batch, records, reply);
}
