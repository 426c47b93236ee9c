/* Keyed digests and the hash of a chain, both libsodium's. */

#include "lib/base/digest.h"

#include <sodium.h>
#include <string.h>

_Static_assert(sizeof(((DigestKey *) NULL)->bytes) == crypto_shorthash_siphashx24_KEYBYTES, "SipHash has another key");
_Static_assert(DIGEST_SIZE == crypto_shorthash_siphashx24_BYTES, "SipHash has another size");

void digest_key_init(DigestKey *key, const uint8_t master[32], const char *purpose) {
        /* Cannot fail: the lengths are within BLAKE2b's bounds by construction. */
        (void) crypto_generichash(key->bytes, sizeof(key->bytes), (const uint8_t *) purpose, strlen(purpose), master, 32);
}

void digest_bytes(const DigestKey *key, const void *data, size_t n, uint8_t ret[DIGEST_SIZE]) {
        (void) crypto_shorthash_siphashx24(ret, data, n, key->bytes);
}

void digest_chain(const uint8_t previous[HASH_SIZE], const void *data, size_t n, uint8_t ret[HASH_SIZE]) {
        crypto_generichash_state state;

        (void) crypto_generichash_init(&state, NULL, 0, HASH_SIZE);
        if (previous)
                (void) crypto_generichash_update(&state, previous, HASH_SIZE);
        (void) crypto_generichash_update(&state, data, n);
        (void) crypto_generichash_final(&state, ret, HASH_SIZE);
}
