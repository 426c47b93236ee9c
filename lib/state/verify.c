/* Revocations that were acknowledged and are to be seen by reading. */

#include <errno.h>

#include "lib/state/keys.h"
#include "lib/state/ledger.h"

enum { PUT, GET, DELETE, DUE, LISTED, NEXT_USEC, COUNT, COUNT_UNCONFIRMED, COUNT_DUE };

#define COLUMNS "key, revoked_usec, acked_usec, due_usec, step, confirmed, sent_last_name, sent_email, sent_card_num"

static const char *const texts[] = {
        [PUT] = ("INSERT INTO verify (" COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET "
                 "revoked_usec = excluded.revoked_usec, acked_usec = excluded.acked_usec, "
                 "due_usec = excluded.due_usec, step = excluded.step, confirmed = excluded.confirmed, "
                 "sent_last_name = excluded.sent_last_name, sent_email = excluded.sent_email, "
                 "sent_card_num = excluded.sent_card_num"),
        [GET] = ("SELECT " COLUMNS " FROM verify WHERE key = ?"),
        [DELETE] = "DELETE FROM verify WHERE key = ?",
        [DUE] = "SELECT key FROM verify WHERE due_usec <= ? ORDER BY due_usec, key LIMIT ?",
        [LISTED] = "SELECT key FROM verify WHERE due_usec <= ? AND acked_usec < ? ORDER BY due_usec, key LIMIT ?",
        [COUNT_DUE] = "SELECT count(*) FROM verify WHERE due_usec <= ?",
        [NEXT_USEC] = "SELECT min(due_usec) FROM verify",
        [COUNT] = "SELECT count(*) FROM verify",
        [COUNT_UNCONFIRMED] = "SELECT count(*) FROM verify WHERE confirmed = 0",
};

static int use(State *state, unsigned which, Statement *ret, Error *reterr) {
        return statement_use(state, SHELF_VERIFY, which, texts[which], ret, reterr);
}

void verify_deinit(Verify *verify) {
        free(verify->key);
        user_deinit(&verify->sent);
        *verify = VERIFY_INIT;
}

int verify_put(State *state, const Verify *verify, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, PUT, &s, reterr);
        if (r < 0)
                return r;
        put_word(&s, verify->key);
        put_number(&s, verify->revoked_usec);
        put_number(&s, verify->acked_usec);
        put_number(&s, verify->due_usec);
        put_number(&s, verify->step);
        put_number(&s, verify->confirmed);
        put_text(&s, verify->sent.text[PROPERTY_LAST_NAME]);
        put_text(&s, verify->sent.text[PROPERTY_EMAIL]);
        put_text(&s, verify->sent.text[PROPERTY_CARD_NUM]);
        return statement_run(&s, "keep a revocation", reterr);
}

int verify_get(State *state, const char *key, Verify *ret, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        _cleanup_(verify_deinit) Verify verify = VERIFY_INIT;
        int r;

        r = use(state, GET, &s, reterr);
        if (r < 0)
                return r;
        put_word(&s, key);
        r = statement_step(&s, "read a revocation", reterr);
        if (r <= 0)
                return r < 0 ? r : STATE_NONE;
        verify.key = take_text(&s);
        verify.revoked_usec = take_number(&s);
        verify.acked_usec = take_number(&s);
        verify.due_usec = take_number(&s);
        verify.step = (unsigned) take_number(&s);
        verify.confirmed = take_flag(&s);
        verify.sent.text[PROPERTY_LAST_NAME] = take_text(&s);
        verify.sent.text[PROPERTY_EMAIL] = take_text(&s);
        verify.sent.text[PROPERTY_CARD_NUM] = take_text(&s);
        r = statement_taken(&s, "read a revocation", reterr);
        if (r < 0)
                return r;
        *ret = verify;
        verify = VERIFY_INIT;
        return 0;
}

int verify_delete(State *state, const char *key, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, DELETE, &s, reterr);
        if (r < 0)
                return r;
        put_word(&s, key);
        return statement_run(&s, "forget a revocation", reterr);
}

int verify_due(State *state, int64_t now_usec, size_t max, char **ret_keys, size_t *ret_n, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, DUE, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, now_usec);
        put_number(&s, max > INT32_MAX ? INT32_MAX : (int64_t) max);
        return keys_take(&s, "read what is to be seen", max, ret_keys, ret_n, reterr);
}

int verify_listed(State *state, int64_t now_usec, int64_t listed_usec, size_t max, char **ret_keys, size_t *ret_n,
                  Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, LISTED, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, now_usec);
        put_number(&s, listed_usec);
        put_number(&s, max > INT32_MAX ? INT32_MAX : (int64_t) max);
        return keys_take(&s, "read what is to be seen", max, ret_keys, ret_n, reterr);
}

int verify_count_due(State *state, int64_t now_usec, int64_t *ret, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, COUNT_DUE, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, now_usec);
        r = statement_step(&s, "count revocations", reterr);
        if (r < 0)
                return r;
        *ret = take_number(&s);
        return 0;
}

int verify_next_usec(State *state, int64_t *ret, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int64_t usec;
        int r;

        r = use(state, NEXT_USEC, &s, reterr);
        if (r < 0)
                return r;
        r = statement_step(&s, "read what is to be seen", reterr);
        if (r < 0)
                return r;
        usec = take_instant(&s);
        *ret = usec == INSTANT_NONE ? INT64_MAX : usec;
        return 0;
}

int verify_count(State *state, bool unconfirmed_only, int64_t *ret, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, unconfirmed_only ? COUNT_UNCONFIRMED : COUNT, &s, reterr);
        if (r < 0)
                return r;
        r = statement_step(&s, "count revocations", reterr);
        if (r < 0)
                return r;
        *ret = take_number(&s);
        return 0;
}
