/* Credentials: those in the records of users and fobs, and further ones. */

#include "tests/simulator/store-credential.h"

#include <errno.h>

#include "tests/simulator/store-internal.h"

static bool of_record(int64_t id) {
        return id % 2 == 0;
}

static const char *column_text(sqlite3_stmt *statement, int column) {
        const char *text = (const char *) sqlite3_column_text(statement, column);

        return text ? text : "";
}

/* The columns are id and record. */
static int find(Store *store, sqlite3_stmt *statement, CredentialId *ret) {
        int step, r;

        step = sqlite3_step(statement);
        if (step == SQLITE_ROW) {
                ret->id = sqlite3_column_int64(statement, 0);
                ret->record = sqlite3_column_int64(statement, 1);
        }
        r = store_done(statement, step);
        if (r < 0)
                return r;
        return step == SQLITE_ROW ? 0 : STORE_NOBODY;
}

int store_credential_find(Store *store, const char *card_num, CredentialId *ret) {
        sqlite3_stmt *statement = store_statement(store, SQL_CREDENTIAL_FIND);

        if (!statement || sqlite3_bind_text(statement, 1, card_num, -1, SQLITE_STATIC) != SQLITE_OK)
                return -EIO;
        return find(store, statement, ret);
}

int store_credential_get(Store *store, int64_t id, CredentialId *ret) {
        sqlite3_stmt *statement = store_statement(store, SQL_CREDENTIAL_GET);

        if (!statement || sqlite3_bind_int64(statement, 1, id) != SQLITE_OK)
                return -EIO;
        return find(store, statement, ret);
}

int store_card_of_others(Store *store, const char *card_num, int64_t user) {
        sqlite3_stmt *statement = store_statement(store, SQL_CREDENTIAL_OF_OTHERS);
        CredentialId found;

        if (!statement || sqlite3_bind_text(statement, 1, card_num, -1, SQLITE_STATIC) != SQLITE_OK ||
            sqlite3_bind_int64(statement, 2, user) != SQLITE_OK)
                return -EIO;
        return find(store, statement, &found);
}

int store_credential_add(Store *store, int64_t user, const char *card_num, const char *key, bool claimed) {
        sqlite3_stmt *statement = store_statement(store, SQL_CREDENTIAL_ADD);

        if (!statement || sqlite3_bind_text(statement, 1, card_num, -1, SQLITE_STATIC) != SQLITE_OK ||
            sqlite3_bind_text(statement, 2, key, -1, SQLITE_STATIC) != SQLITE_OK ||
            sqlite3_bind_int(statement, 3, claimed) != SQLITE_OK ||
            sqlite3_bind_int64(statement, 4, user) != SQLITE_OK)
                return -EIO;
        return store_run(store, statement);
}

int store_credential_delete(Store *store, int64_t user, const char *card_num) {
        sqlite3_stmt *statement = store_statement(store, SQL_CREDENTIAL_DELETE);
        int r;

        if (!statement || sqlite3_bind_int64(statement, 1, user) != SQLITE_OK ||
            sqlite3_bind_text(statement, 2, card_num, -1, SQLITE_STATIC) != SQLITE_OK)
                return -EIO;
        r = store_run(store, statement);
        if (r < 0)
                return r;
        return sqlite3_changes(store->db) > 0 ? 0 : STORE_NOBODY;
}

int store_credential_claim(Store *store, int64_t id, bool claimed) {
        sqlite3_stmt *statement = store_statement(store, of_record(id) ? SQL_USER_CLAIM : SQL_CREDENTIAL_CLAIM);

        if (!statement || sqlite3_bind_int64(statement, 1, id / 2) != SQLITE_OK ||
            sqlite3_bind_int(statement, 2, claimed) != SQLITE_OK)
                return -EIO;
        return store_run(store, statement);
}

/* The key of a record is shown with it, so the record is rendered anew. */
static int reissue_user(Store *store, int64_t id, const char *key) {
        _cleanup_(user_deinit) User user = USER_INIT;
        int r;

        r = store_user_get(store, id, &user);
        if (r == 0)
                r = user_set_text(&user, USER_CREDENTIAL_KEY, key);
        if (r != 0)
                return r;
        user.claimed = false;
        return store_user_update(store, &user);
}

int store_credential_reissue(Store *store, int64_t id) {
        sqlite3_stmt *statement = store_statement(store, SQL_CREDENTIAL_REISSUE);
        char key[CREDENTIAL_KEY_MAX];

        credential_key((uint64_t) id ^ ((uint64_t) ++store->reissues << 40), key);
        if (of_record(id))
                return reissue_user(store, id / 2, key);
        if (!statement || sqlite3_bind_int64(statement, 1, id / 2) != SQLITE_OK ||
            sqlite3_bind_text(statement, 2, key, -1, SQLITE_STATIC) != SQLITE_OK)
                return -EIO;
        return store_run(store, statement);
}

static int show(Store *store, sqlite3_stmt *statement, const CredentialsView *view, StoreEach each, void *context) {
        Credential credential = {
                .id = sqlite3_column_int64(statement, 0),
                .card_num = column_text(statement, 1),
                .credential_key = column_text(statement, 2),
                .claimed = sqlite3_column_int(statement, 3) != 0,
                .user = sqlite3_column_int64(statement, 4),
                .first_name = column_text(statement, 5),
                .last_name = column_text(statement, 6),
        };
        StoredRecord record = { .id = credential.id, .pin = "" };

        text_reset(&store->json);
        credential_write(&credential, view->as_object, &store->json);
        if (text_status(&store->json) < 0)
                return -ENOMEM;
        record.json = store->json.data;
        record.length = store->json.length;
        return each(context, &record);
}

/* A positive answer is that of @each: it wants no more. */
static int read_part(Store *store, StoreStatement which, const CredentialsView *view, int64_t after, size_t max,
                     StoreEach each, void *context, size_t *n) {
        sqlite3_stmt *statement = store_statement(store, which);
        int step = SQLITE_DONE, r = 0, end;

        if (!statement || sqlite3_bind_int64(statement, 1, after) != SQLITE_OK ||
            sqlite3_bind_int64(statement, 2, (int64_t) max) != SQLITE_OK ||
            sqlite3_bind_int(statement, 3, view->fobs) != SQLITE_OK)
                return -EIO;
        while (r == 0 && (step = sqlite3_step(statement)) == SQLITE_ROW) {
                (*n)++;
                r = show(store, statement, view, each, context);
        }
        end = store_done(statement, step);
        return end < 0 ? end : r;
}

int store_credentials_read(Store *store, const CredentialsView *view, int64_t after, size_t max, StoreEach each,
                           void *context, size_t *ret) {
        int r = 0;

        *ret = 0;
        if (of_record(after))
                r = read_part(store, SQL_CREDENTIALS_OF_RECORDS, view, after / 2, max, each, context, ret);
        if (r == 0 && *ret < max)
                r = read_part(store, SQL_CREDENTIALS_FURTHER, view, of_record(after) ? 0 : after / 2, max - *ret, each,
                              context, ret);
        return r < 0 ? r : 0;
}

int store_credentials_count(Store *store, const CredentialsView *view, int64_t *ret_claimed, int64_t *ret_unclaimed) {
        sqlite3_stmt *statement = store_statement(store, SQL_CREDENTIALS_COUNT);
        int step;

        if (!statement || sqlite3_bind_int(statement, 3, view->fobs) != SQLITE_OK)
                return -EIO;
        step = sqlite3_step(statement);
        if (step == SQLITE_ROW) {
                *ret_claimed = sqlite3_column_int64(statement, 0);
                *ret_unclaimed = sqlite3_column_int64(statement, 1);
        }
        return store_done(statement, step);
}

int store_card_next(Store *store, int64_t *ret) {
        return store_number(store, SQL_CARD_NEXT, ret);
}
