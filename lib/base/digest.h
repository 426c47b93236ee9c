#pragma once

/*
 * Digests
 *
 * Two kinds. A keyed digest (SipHash-2-4 with 128 bits) tells in a few nanoseconds whether a row or a record is the one
 * that was seen before; its key keeps anybody from making two of them collide on purpose. A hash (BLAKE2b-256) chains
 * what must be provable to somebody who does not have the key.
 */

#include <stddef.h>
#include <stdint.h>

#define DIGEST_SIZE 16
#define HASH_SIZE 32

typedef struct DigestKey {
        uint8_t bytes[16];
} DigestKey;

/* Derives a key for one @purpose ("hr row", "listed user", "pin") from 32 random bytes, so that purposes never mix. */
void digest_key_init(DigestKey *key, const uint8_t master[32], const char *purpose);

void digest_bytes(const DigestKey *key, const void *data, size_t n, uint8_t ret[DIGEST_SIZE]);

/* BLAKE2b-256 of @previous (NULL: none) followed by @data. */
void digest_chain(const uint8_t previous[HASH_SIZE], const void *data, size_t n, uint8_t ret[HASH_SIZE]);
