#pragma once

/*
 * Credentials in the Store
 *
 * Listed, found by card or id, claimed and reissued; and further ones of a user.
 */

#include "tests/simulator/credential.h"
#include "tests/simulator/store.h"

/* Ids and claim of the credential with a card number. */
typedef struct CredentialId {
        int64_t id;
        int64_t record;                 /* the user or the fob */
} CredentialId;

/* The first credential with this card number, or with this id; or STORE_NOBODY. */
int store_credential_find(Store *store, const char *card_num, CredentialId *ret);
int store_credential_get(Store *store, int64_t id, CredentialId *ret);

/* The first other user's, among further credentials, with this card number; or STORE_NOBODY. */
int store_card_of_others(Store *store, const char *card_num, int64_t user);

/* A further credential; and one taken away again, or STORE_NOBODY. */
int store_credential_add(Store *store, int64_t user, const char *card_num, const char *key, bool claimed);
int store_credential_delete(Store *store, int64_t user, const char *card_num);

int store_credential_claim(Store *store, int64_t id, bool claimed);

/* Unclaimed again, with another key. */
int store_credential_reissue(Store *store, int64_t id);

typedef struct CredentialsView {
        bool fobs;                      /* those of fobs too (ruling 24) */
        bool as_object;                 /* ruling 46 */
} CredentialsView;

/* Those of records first, then the further ones; @after is the id of the last one. */
int store_credentials_read(Store *store, const CredentialsView *view, int64_t after, size_t max, StoreEach each,
                           void *context, size_t *ret);

int store_credentials_count(Store *store, const CredentialsView *view, int64_t *ret_claimed, int64_t *ret_unclaimed);

/* The card number after the highest one. */
int store_card_next(Store *store, int64_t *ret);
