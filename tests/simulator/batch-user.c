/* User records of a batch: validated, matched, stored. */

#include "tests/simulator/batch-user.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "tests/simulator/input.h"
#include "tests/simulator/store-credential.h"

typedef struct Take {
        Batch *batch;
        bool by_id;
        Input input;
        User user;              /* who it is; with id 0 a new one */
} Take;

static const Settings *settings_of(const Take *take) {
        return batch_settings(take->batch);
}

static int find(const Take *take, UserText by, int64_t *ret) {
        const char *value = user_text(&take->input.user, by);

        if (value[0] == '\0')
                return STORE_NOBODY;
        return store_user_find(batch_store(take->batch), by, value, 0, ret);
}

/* ruling 9, "both": one user with this id_num and this e-mail, as far as the record has them. */
static int match_both(const Take *take, int64_t *ret) {
        bool has_id_num = user_text(&take->input.user, USER_ID_NUM)[0] != '\0';
        bool has_email = user_text(&take->input.user, USER_EMAIL)[0] != '\0';
        int64_t by_id_num = 0, by_email = 0;
        int r;

        r = find(take, USER_ID_NUM, &by_id_num);
        if (r < 0 || (r == STORE_NOBODY && has_id_num))
                return r;
        r = find(take, USER_EMAIL, &by_email);
        if (r < 0 || (r == STORE_NOBODY && has_email))
                return r;
        if (has_id_num && has_email && by_id_num != by_email)
                return STORE_NOBODY;
        *ret = has_id_num ? by_id_num : by_email;
        return *ret > 0 ? 0 : STORE_NOBODY;
}

/* ruling 9, "either": the id_num goes first. */
static int match_either(const Take *take, int64_t *ret) {
        int r;

        r = find(take, USER_ID_NUM, ret);
        if (r != STORE_NOBODY)
                return r;
        return find(take, USER_EMAIL, ret);
}

static int match_id(const Take *take, int64_t *ret) {
        _cleanup_(user_deinit) User user = USER_INIT;
        int r;

        if (!input_has(&take->input, INPUT_ID) || take->input.user.id <= 0)
                return STORE_NOBODY;
        r = store_user_get(batch_store(take->batch), take->input.user.id, &user);
        if (r == 0)
                *ret = take->input.user.id;
        return r;
}

static int match(Take *take, int64_t *ret) {
        int r = STORE_NOBODY;

        if (take->by_id || settings_of(take)->match_id)
                r = match_id(take, ret);
        if (r != STORE_NOBODY || take->by_id)
                return r;
        return settings_of(take)->match == MATCH_BOTH ? match_both(take, ret) : match_either(take, ret);
}

/* Whose record it is. A fob is nobody whom a user record could mean, but its number is taken. */
static int identify(Take *take) {
        int64_t id = 0;
        int r;

        r = match(take, &id);
        if (r == STORE_NOBODY && take->by_id)
                complain(&take->input.complaints, "Invalid id found: %" PRId64, take->input.user.id);
        if (r != 0)
                return r < 0 ? r : 0;

        r = store_user_get(batch_store(take->batch), id, &take->user);
        if (r != 0)
                return r < 0 ? r : -EUCLEAN;
        if (!user_is_fob(&take->user))
                return 0;
        if (take->by_id)
                complain(&take->input.complaints, "Invalid id found: %" PRId64, id);
        else
                complain(&take->input.complaints, "ID Number Already Exists: %s",
                         user_text(&take->user, USER_ID_NUM));
        return 0;
}

static int check_unique(Take *take, UserText property, const char *name) {
        if (!input_has(&take->input, (int) property))
                return 0;
        return batch_check_unique(take->batch, &take->user, property, name, &take->input.complaints);
}

static int check(Take *take) {
        const User *user = &take->user;
        int r;

        r = check_unique(take, USER_ID_NUM, "ID Number");
        if (r == 0)
                r = check_unique(take, USER_CARD_NUM, "Card Number");
        if (r == 0)
                r = check_unique(take, USER_EMAIL, "Email Address");
        if (user_text(user, USER_ID_NUM)[0] == '\0' && user_text(user, USER_EMAIL)[0] == '\0' &&
            user_text(user, USER_LAST_NAME)[0] == '\0')
                complain(&take->input.complaints, "No id_num, email or last_name found.");
        return r;
}

/* ruling 48: a new card takes the place of the old one, or is a further one. */
static int keep_card(Take *take, const User *before) {
        const char *old = user_text(before, USER_CARD_NUM), *new = user_text(&take->user, USER_CARD_NUM);
        Store *store = batch_store(take->batch);
        int r;

        if (settings_of(take)->cards != CARDS_ADD || old[0] == '\0' || new[0] == '\0' || strcmp(old, new) == 0)
                return 0;
        r = store_credential_delete(store, take->user.id, new);
        if (r < 0)
                return r;
        return store_credential_add(store, take->user.id, old, user_text(before, USER_CREDENTIAL_KEY),
                                    before->claimed);
}

static int store_changed(Take *take) {
        _cleanup_(user_deinit) User before = USER_INIT;
        int r;

        r = store_user_get(batch_store(take->batch), take->user.id, &before);
        if (r != 0)
                return r < 0 ? r : -EUCLEAN;
        if (strcmp(user_text(&before, USER_CARD_NUM), user_text(&take->user, USER_CARD_NUM)) != 0)
                take->user.claimed = false;
        r = batch_store_user(take->batch, &take->user, COUNT_UPDATED);
        if (r != 0)
                return r < 0 ? r : 0;
        return keep_card(take, &before);
}

static int store_new(Take *take) {
        int r;

        r = batch_store_user(take->batch, &take->user, COUNT_INSERTED);
        return r < 0 ? r : 0;
}

/* With valid records only. */
static int store(Take *take) {
        User *user = &take->user;
        bool exists = user->id > 0;
        int r;

        /* ruling 31: what the record does not have keeps its value, or loses it. */
        if (exists && !take->by_id && settings_of(take)->absent == VALUE_CLEAR)
                user_clear(user);
        r = input_apply(&take->input, exists && settings_of(take)->empty == VALUE_KEEP,
                        take->batch->options.replace_privileges, user);
        if (r == -E2BIG) {
                complain(&take->input.complaints, "Too many access levels found.");
                return 0;
        }
        if (r == 0)
                r = check(take);
        if (r < 0 || take->input.complaints.n > 0)
                return r;
        return exists ? store_changed(take) : store_new(take);
}

/* A record without an id_num is known by that of its user. */
static const char *known_as(const Take *take) {
        const char *id_num = user_text(&take->input.user, USER_ID_NUM);

        return id_num[0] != '\0' ? id_num : user_text(&take->user, USER_ID_NUM);
}

static int run(Take *take, json_object *record) {
        int r;

        r = input_read(&take->input, record, INPUT_USER, settings_of(take),
                       store_levels(batch_store(take->batch)));
        if (r == 0)
                r = identify(take);
        if (r < 0)
                return r;
        batch_apply_refusal(take->batch, known_as(take), &take->input.complaints);
        if (take->input.complaints.n > 0)
                return 0;

        /* ruling 10: existing users are ignored, without a word */
        if (take->user.id > 0 && !take->batch->options.update_existing && !take->by_id)
                return 0;
        return store(take);
}

static int refuse(const Take *take, json_object *record) {
        _cleanup_(text_free) Text echo = { 0 };

        input_echo(&take->input, record, take->user.id, &echo);
        return batch_refuse(take->batch, &take->input.complaints, &echo);
}

static int take_record(Batch *batch, bool by_id, json_object *record) {
        Take take = { .batch = batch, .by_id = by_id, .input = INPUT_INIT, .user = USER_INIT };
        int r;

        r = run(&take, record);
        if (r == 0)
                r = complaints_status(&take.input.complaints);
        if (r == 0 && take.input.complaints.n > 0)
                r = refuse(&take, record);
        input_deinit(&take.input);
        user_deinit(&take.user);
        return r;
}

int batch_take_user(Batch *batch, json_object *record) {
        return take_record(batch, false, record);
}

int batch_take_user_change(Batch *batch, json_object *record) {
        return take_record(batch, true, record);
}
