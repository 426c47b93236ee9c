#pragma once

/*
 * PINs on their way
 *
 * A PIN is never stored (ruling 3, invariant 14): it is read from HR, kept here in memory until the write that carries it has
 * been made, and wiped. Few at a time: as many as one batch holds.
 */

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/digest.h"

#define PINS_MAX 100u

typedef struct Pins {
        size_t n;
        struct Pin {
                char *key;
                char *pin;
                uint8_t digest[DIGEST_SIZE];
        } items[PINS_MAX];
        size_t n_wanted;
        char *wanted[PINS_MAX];
} Pins;

void pins_deinit(Pins *pins);
/* NULL: not at hand. With @digest (may be NULL) only the PIN of that digest: HR may have another one by now. Borrowed. */
const char *pins_get(const Pins *pins, const char *key, const uint8_t *digest);
/* Only for a key that was wanted; others are not kept. The newest is. 0 or -ENOMEM. */
int pins_offer(Pins *pins, const char *key, const char *pin, const uint8_t digest[DIGEST_SIZE]);
/* Asks for one; asked twice is once; a full list asks later. 0 or -ENOMEM. */
int pins_want(Pins *pins, const char *key);
bool pins_wanted(const Pins *pins, const char *key);
void pins_forget_wanted(Pins *pins);
/* Wipes what is at hand. */
void pins_forget(Pins *pins);
