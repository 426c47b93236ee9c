/* One batch of user records. */

#include "tests/simulator/batch.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "tests/simulator/input.h"
#include "tests/simulator/instant.h"

typedef struct Batch {
        Request *request;
        const BatchOptions *options;
        int64_t count[COUNTS];
        Text errors;                    /* JSON objects with commas between them */
} Batch;

static Store *store_of(const Batch *batch) {
        return batch->request->sim->store;
}

static const Settings *settings_of(const Batch *batch) {
        return &batch->request->sim->settings;
}

static int find(const Batch *batch, UserText by, const Input *input, int64_t *ret) {
        const char *value = user_text(&input->user, by);

        if (value[0] == '\0')
                return STORE_NOBODY;
        return store_user_find(store_of(batch), by, value, 0, ret);
}

/* ruling 9, "both": one user with this id_num and this e-mail, as far as the record has them. */
static int match_both(const Batch *batch, const Input *input, int64_t *ret) {
        bool has_id_num = user_text(&input->user, USER_ID_NUM)[0] != '\0';
        bool has_email = user_text(&input->user, USER_EMAIL)[0] != '\0';
        int64_t by_id_num = 0, by_email = 0;
        int r;

        r = find(batch, USER_ID_NUM, input, &by_id_num);
        if (r < 0 || (r == STORE_NOBODY && has_id_num))
                return r;
        r = find(batch, USER_EMAIL, input, &by_email);
        if (r < 0 || (r == STORE_NOBODY && has_email))
                return r;
        if (has_id_num && has_email && by_id_num != by_email)
                return STORE_NOBODY;
        *ret = has_id_num ? by_id_num : by_email;
        return *ret > 0 ? 0 : STORE_NOBODY;
}

/* ruling 9, "either": the id_num goes first. */
static int match_either(const Batch *batch, const Input *input, int64_t *ret) {
        int r;

        r = find(batch, USER_ID_NUM, input, ret);
        if (r != STORE_NOBODY)
                return r;
        return find(batch, USER_EMAIL, input, ret);
}

static int match_id(const Batch *batch, const Input *input, int64_t *ret) {
        _cleanup_(user_deinit) User user = USER_INIT;
        int r;

        if (!input_has(input, INPUT_ID) || input->user.id <= 0)
                return STORE_NOBODY;
        r = store_user_get(store_of(batch), input->user.id, &user);
        if (r == 0)
                *ret = input->user.id;
        return r;
}

/* Whose record it is: an id, or 0 for a new user. */
static int match(const Batch *batch, Input *input, int64_t *ret) {
        int r = STORE_NOBODY;

        *ret = 0;
        if (batch->options->by_id || settings_of(batch)->match_id)
                r = match_id(batch, input, ret);
        if (r == STORE_NOBODY && batch->options->by_id)
                input_complain(input, "Invalid id found: %" PRId64, input->user.id);
        else if (r == STORE_NOBODY)
                r = settings_of(batch)->match == MATCH_BOTH ? match_both(batch, input, ret)
                                                            : match_either(batch, input, ret);
        return r < 0 ? r : 0;
}

static int check_unique(const Batch *batch, Input *input, const User *user, UserText property, const char *name) {
        const char *value = user_text(user, property);
        int64_t other;
        int r;

        if (!input_has(input, (int) property) || value[0] == '\0')
                return 0;
        r = store_user_find(store_of(batch), property, value, user->id, &other);
        if (r == 0)
                input_complain(input, "%s Already Exists: %s", name, value);
        return r < 0 ? r : 0;
}

/* The wording is that of the documented example for doors. */
static int check_user(const Batch *batch, Input *input, const User *user) {
        int r;

        r = check_unique(batch, input, user, USER_ID_NUM, "ID Number");
        if (r == 0)
                r = check_unique(batch, input, user, USER_CARD_NUM, "Card Number");
        if (r == 0)
                r = check_unique(batch, input, user, USER_EMAIL, "Email Address");
        if (user_text(user, USER_ID_NUM)[0] == '\0' && user_text(user, USER_EMAIL)[0] == '\0' &&
            user_text(user, USER_LAST_NAME)[0] == '\0' && user_text(user, USER_NAME)[0] == '\0')
                input_complain(input, "No id_num, email or last_name found.");
        return r;
}

/* Between characters: what is stored stays UTF-8. */
static void cut(char *value, size_t length) {
        if (strlen(value) <= length)
                return;
        while (length > 0 && (value[length] & 0xc0) == 0x80)
                length--;
        value[length] = '\0';
}

static int alter_text(User *user, UserText property, const Fault *fault) {
        _cleanup_(freep) char *value = strdup(fault->how == HOW_VALUE ? fault->value : user_text(user, property));
        size_t zeros;

        if (!value)
                return -ENOMEM;
        for (char *p = value; *p; p++) {
                if (fault->how == HOW_UPPER)
                        *p = (char) toupper((unsigned char) *p);
                else if (fault->how == HOW_LOWER)
                        *p = (char) tolower((unsigned char) *p);
        }
        if (fault->how == HOW_CUT)
                cut(value, (size_t) fault->length);
        zeros = fault->how == HOW_STRIP_ZEROS ? strspn(value, "0") : 0;
        return user_set_text(user, property, value + zeros);
}

static int alter_instant(int64_t *instant, const Fault *fault) {
        int64_t shifted = *instant + (*instant == INSTANT_NONE ? 0 : fault->seconds);

        if (fault->how == HOW_SHIFT && shifted >= INSTANT_FIRST && shifted <= INSTANT_LAST)
                *instant = shifted;
        else if (fault->how == HOW_VALUE && instant_parse(fault->value, 0, instant) != 0)
                *instant = INSTANT_NONE;
        return 0;
}

/* ruling 33 */
static int alter(User *user, const Fault *fault) {
        for (size_t i = 0; i < USER_TEXTS; i++) {
                if (strcmp(fault->property, user_text_names[i]) == 0)
                        return alter_text(user, (UserText) i, fault);
        }
        if (strcmp(fault->property, "access_effective") == 0)
                return alter_instant(&user->effective, fault);
        if (strcmp(fault->property, "access_expires") == 0)
                return alter_instant(&user->expires, fault);
        if (strcmp(fault->property, "enabled") == 0 && fault->how == HOW_VALUE)
                user->enabled = strcmp(fault->value, "true") == 0;
        if (strcmp(fault->property, "accesslevels") == 0 && fault->how == HOW_CUT &&
            user->n_levels > (size_t) fault->length)
                user->n_levels = (size_t) fault->length;
        return 0;
}

static int store_user(Batch *batch, User *user) {
        const FaultSet *faults = &batch->request->faults;
        bool exists = user->id > 0;
        const Fault *fault;
        int r;

        batch->count[exists ? COUNT_UPDATED : COUNT_INSERTED]++;
        if (fault_set_find_record(faults, FAULT_IGNORE, user_text(user, USER_ID_NUM)))
                return 0;

        for (fault = fault_set_find(faults, FAULT_ALTER); fault; fault = fault_set_next(faults, fault)) {
                if (fault->id_num && strcmp(fault->id_num, user_text(user, USER_ID_NUM)) != 0)
                        continue;
                r = alter(user, fault);
                if (r < 0)
                        return r;
        }
        return exists ? store_user_update(store_of(batch), user) : store_user_insert(store_of(batch), user);
}

/* ruling 31: what the record does not have keeps its value, or loses it. */
static int load_base(Batch *batch, int64_t id, User *user) {
        bool keep = batch->options->by_id || settings_of(batch)->absent == VALUE_KEEP;
        int r = 0;

        if (id > 0 && keep)
                r = store_user_get(store_of(batch), id, user);
        user->id = id;
        return r > 0 ? -EUCLEAN : r;
}

/* With valid records only. */
static int write_record(Batch *batch, Input *input, int64_t id) {
        _cleanup_(user_deinit) User user = USER_INIT;
        int r;

        r = load_base(batch, id, &user);
        if (r < 0)
                return r;
        r = input_apply(input, id > 0 && settings_of(batch)->empty == VALUE_KEEP, batch->options->replace_privileges,
                        &user);
        if (r == -E2BIG) {
                input_complain(input, "Too many access levels found.");
                return 0;
        }
        if (r == 0)
                r = check_user(batch, input, &user);
        if (r < 0 || input->n_complaints > 0)
                return r;
        return store_user(batch, &user);
}

/* A record without an id_num is known by that of its user. */
static int refuse(Batch *batch, Input *input, int64_t id) {
        const FaultSet *faults = &batch->request->faults;
        const char *id_num = user_text(&input->user, USER_ID_NUM);
        _cleanup_(user_deinit) User user = USER_INIT;
        const Fault *fault;
        int r;

        if (!fault_set_find(faults, FAULT_REFUSE))
                return 0;
        if (id_num[0] == '\0' && id > 0) {
                r = store_user_get(store_of(batch), id, &user);
                if (r != 0)
                        return r < 0 ? r : -EUCLEAN;
                id_num = user_text(&user, USER_ID_NUM);
        }
        fault = fault_set_find_record(faults, FAULT_REFUSE, id_num);
        if (fault)
                input_complain(input, "%s", fault->text ? fault->text : "Record refused.");
        return 0;
}

/* ruling 12: an echo in which nobody recognises his record */
static int echo_nobody(Text *text) {
        text_puts(text, "{\"id\":-1,\"id_num\":\"nobody\",\"first_name\":\"\",\"last_name\":\"\","
                        "\"card_num\":\"99999999999\",\"email\":\"nobody@nowhere.example\"}");
        return text_status(text);
}

static int add_error(Batch *batch, const Input *input, json_object *record, int64_t id) {
        if (batch->count[COUNT_ERRORS]++ > 0)
                text_puts(&batch->errors, ",");
        text_printf(&batch->errors, "{\"error\":[%s],\"input_data\":", input->complaints.data);
        if (fault_set_find(&batch->request->faults, FAULT_ECHO_NOBODY))
                (void) echo_nobody(&batch->errors);
        else
                input_echo(input, record, id, &batch->errors);
        text_puts(&batch->errors, "}");
        return text_status(&batch->errors);
}

static int run_record(Batch *batch, json_object *record) {
        _cleanup_(input_deinit) Input input = INPUT_INIT;
        int64_t id = 0;
        int r;

        r = input_read(&input, record, settings_of(batch), store_levels(store_of(batch)));
        if (r < 0)
                return r;
        r = match(batch, &input, &id);
        if (r < 0)
                return r;
        r = refuse(batch, &input, id);
        if (r < 0)
                return r;
        if (input.n_complaints == 0) {
                /* ruling 10: existing users are ignored, without a word */
                if (id > 0 && !batch->options->update_existing && !batch->options->by_id)
                        return 0;
                r = write_record(batch, &input, id);
                if (r < 0)
                        return r;
        }
        return input.n_complaints > 0 ? add_error(batch, &input, record, id) : 0;
}

static int run_records(Batch *batch, json_object *records) {
        size_t n = json_object_array_length(records);
        bool reverse = settings_of(batch)->batch_order == ORDER_REVERSE;        /* ruling 39 */

        batch->count[COUNT_SUBMITTED] = (int64_t) n;
        for (size_t i = 0; i < n; i++) {
                int r = run_record(batch, json_object_array_get_idx(records, reverse ? n - 1 - i : i));

                if (r < 0)
                        return r;
        }
        return 0;
}

static void write_counts(const Batch *batch, Text *text) {
        static const char *const names[COUNTS] = { "submitted", "inserted", "updated", "errors" };
        const Fault *fault = fault_set_find(&batch->request->faults, FAULT_COUNTS);

        text_puts(text, "\"data\":{");
        for (size_t i = 0; i < COUNTS; i++) {
                text_printf(text, "%s\"%s\":", i > 0 ? "," : "", names[i]);
                text_int(text, fault && fault->count[i] >= 0 ? fault->count[i] : batch->count[i]);
        }
        text_puts(text, "}");
}

/* ruling 11 */
static int reply_batch(const Batch *batch, bool failed, Reply *reply) {
        const Settings *settings = settings_of(batch);
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
        Store *store = store_of(batch);
        bool failed;
        int r;

        r = store_begin(store);
        if (r < 0)
                return r;
        r = run_records(batch, records);
        failed = batch->options->validate_fails_batch && batch->count[COUNT_ERRORS] > 0;
        if (r < 0 || failed)
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

int batch_run(Request *request, json_object *records, const BatchOptions *options, Reply *reply) {
        const Fault *fault = fault_set_find(&request->faults, FAULT_FAIL_BATCH);
        Batch batch = { .request = request, .options = options };
        int r;

        if ((int64_t) json_object_array_length(records) > limit_of(request))
                return reply_error(reply, MHD_HTTP_BAD_REQUEST, "Batch size exceeds maximum of %" PRId64 " objects.",
                                   limit_of(request));
        if (fault)      /* ruling 18 */
                return reply_error(reply, fault->status > 0 ? (unsigned) fault->status : MHD_HTTP_BAD_REQUEST, "%s",
                                   fault->text ? fault->text : "Validation errors found. Batch has failed.");

        r = run(&batch, records, reply);
        text_free(&batch.errors);
        return r;
}
