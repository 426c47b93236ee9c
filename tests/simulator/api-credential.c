/* /credential, /credentialsummary and /nextcardnum */

#include <inttypes.h>

#include "tests/simulator/batch.h"
#include "tests/simulator/route.h"
#include "tests/simulator/store-credential.h"

static CredentialsView view_of(const Settings *settings) {
        return (CredentialsView) {
                .fobs = settings->credential_fobs,
                .as_object = settings->credential_user == CREDENTIAL_USER_OBJECT,
        };
}

/* Its answer is not documented but for "claimed and unclaimed". */
int api_credentialsummary_read(Request *request, Reply *reply) {
        CredentialsView view = view_of(&request->sim->settings);
        int64_t claimed = 0, unclaimed = 0;
        int r;

        r = store_credentials_count(request->sim->store, &view, &claimed, &unclaimed);
        if (r < 0)
                return r;
        text_printf(&reply->text, "{\"data\":[{\"claimed\":%" PRId64 ",\"unclaimed\":%" PRId64 "}]}", claimed,
                    unclaimed);
        return text_status(&reply->text);
}

/* ruling 28: its answer is not documented. */
int api_nextcardnum_read(Request *request, Reply *reply) {
        int64_t next = 0;
        int r;

        r = store_card_next(request->sim->store, &next);
        if (r < 0)
                return r;
        text_printf(&reply->text, "{\"data\":[{\"card_num\":\"%" PRId64 "\"}]}", next);
        return text_status(&reply->text);
}

static int find(const Batch *batch, json_object *record, CredentialId *ret, Complaints *complaints) {
        json_object *id_json = json_member(record, "id");
        const char *card = json_text(json_member(record, "card_num"));
        int64_t id = 0;
        int r;

        if (id_json && json_id(id_json, &id) == 0)
                r = store_credential_get(batch_store(batch), id, ret);
        else
                r = card && card[0] != '\0' ? store_credential_find(batch_store(batch), card, ret) : STORE_NOBODY;
        if (r != STORE_NOBODY)
                return r;
        if (id_json)
                complain(complaints, "Invalid id found: %s", json_object_get_string(id_json));
        else
                complain(complaints, "Invalid card_num found: %s", card ? card : "");
        return 0;
}

static int take_credential(Batch *batch, json_object *record) {
        _cleanup_(complaints_deinit) Complaints complaints = { 0 };
        _cleanup_(text_free) Text echo = { 0 };
        const char *card = json_text(json_member(record, "card_num"));
        CredentialId found = { 0 };
        int r;

        r = find(batch, record, &found, &complaints);
        if (r < 0)
                return r;
        batch_apply_refusal(batch, card, &complaints);
        if (complaints.n > 0) {
                json_write(&echo, record);
                return batch_refuse(batch, &complaints, &echo);
        }
        if (batch_ignores(batch, card, COUNT_UPDATED))
                return 0;
        return store_credential_reissue(batch_store(batch), found.id);
}

/* ruling 28: the body is not documented; a list of credentials, each by id or by card, goes by its neighbours. */
int api_credential_post(Request *request, Reply *reply) {
        static const BatchKind kind = {
                .list = "credentials", .options = BATCH_VALIDATE_FAILS_BATCH, .take = take_credential,
        };

        return batch_run(request, &kind, reply);
}
