/* /_sim/credentials: further cards of a user (ruling 48), and which ones somebody's phone has claimed. */

#include <string.h>

#include "tests/simulator/route.h"
#include "tests/simulator/store-credential.h"

int admin_credentials_get(Request *request, Reply *reply) {
        CredentialsView view = { .fobs = true };
        size_t n;
        int r;

        text_puts(&reply->text, "{\"credentials\":[");
        r = store_credentials_read(request->sim->store, &view, 0, INT64_MAX, reply_append, reply, &n);
        text_puts(&reply->text, "]}");
        return r < 0 ? r : text_status(&reply->text);
}

/* "Claimed" and "Unclaimed", and absent for the latter. */
static bool read_status(json_object *json, bool *ret) {
        json_object *value = json_member(json, "claim_status");
        const char *text = json_text(value);

        *ret = text && strcmp(text, "Claimed") == 0;
        return !value || *ret || (text && strcmp(text, "Unclaimed") == 0);
}

static int done(Reply *reply, const char *what) {
        text_printf(&reply->text, "{\"%s\":1}", what);
        return text_status(&reply->text);
}

int admin_credentials_post(Request *request, Reply *reply) {
        _cleanup_(user_deinit) User user = USER_INIT;
        const char *card = json_text(json_member(request->json, "card_num"));
        int64_t id;
        bool claimed;
        int r;

        if (!card || card[0] == '\0' || strlen(card) > USER_TEXT_LENGTH_MAX || !read_status(request->json, &claimed) ||
            json_id(json_member(request->json, "user_id"), &id) != 0)
                return reply_error(reply, MHD_HTTP_BAD_REQUEST,
                                   "\"card_num\", \"user_id\" and perhaps \"claim_status\" are what is needed.");
        r = store_user_get(request->sim->store, id, &user);
        if (r == STORE_NOBODY)
                return reply_error(reply, MHD_HTTP_BAD_REQUEST, "There is no such user.");
        if (r == 0)
                r = store_credential_add(request->sim->store, id, card, "", claimed);
        return r < 0 ? r : done(reply, "added");
}

static int find(const Request *request, CredentialId *ret) {
        const char *card = request_argument(request, "card_num");

        return card ? store_credential_find(request->sim->store, card, ret) : STORE_NOBODY;
}

int admin_credentials_patch(Request *request, Reply *reply) {
        CredentialId found;
        bool claimed;
        int r;

        if (!json_member(request->json, "claim_status") || !read_status(request->json, &claimed))
                return reply_error(reply, MHD_HTTP_BAD_REQUEST, "\"claim_status\" is Claimed or Unclaimed.");
        r = find(request, &found);
        if (r == STORE_NOBODY)
                return reply_status(reply, MHD_HTTP_NOT_FOUND);
        if (r == 0)
                r = store_credential_claim(request->sim->store, found.id, claimed);
        return r < 0 ? r : done(reply, "changed");
}

int admin_credentials_delete(Request *request, Reply *reply) {
        const char *card = request_argument(request, "card_num");
        int64_t user;
        int r = STORE_NOBODY;

        if (card && request_argument_number(request, "user_id", &user) == 0 && user > 0)
                r = store_credential_delete(request->sim->store, user, card);
        if (r == STORE_NOBODY)
                return reply_status(reply, MHD_HTTP_NOT_FOUND);
        return r < 0 ? r : done(reply, "deleted");
}
