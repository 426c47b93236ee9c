/* PINs on their way: in memory, few, wiped. */

#include "lib/delivery/pins.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

static void wipe(char *pin) {
        if (pin)
                sodium_memzero(pin, strlen(pin));
        free(pin);
}

static const struct Pin *find(const Pins *pins, const char *key) {
        for (size_t i = 0; i < pins->n; i++)
                if (strcmp(pins->items[i].key, key) == 0)
                        return &pins->items[i];
        return NULL;
}

const char *pins_get(const Pins *pins, const char *key, const uint8_t *digest) {
        const struct Pin *item = find(pins, key);

        if (!item || (digest && memcmp(item->digest, digest, DIGEST_SIZE) != 0))
                return NULL;
        return item->pin;
}

bool pins_wanted(const Pins *pins, const char *key) {
        for (size_t i = 0; i < pins->n_wanted; i++)
                if (strcmp(pins->wanted[i], key) == 0)
                        return true;
        return false;
}

int pins_want(Pins *pins, const char *key) {
        if (pins->n_wanted == PINS_MAX || pins_wanted(pins, key))
                return 0;
        pins->wanted[pins->n_wanted] = strdup(key);
        if (!pins->wanted[pins->n_wanted])
                return -ENOMEM;
        pins->n_wanted++;
        return 0;
}

int pins_offer(Pins *pins, const char *key, const char *pin, const uint8_t digest[DIGEST_SIZE]) {
        struct Pin *item;
        char *copy;

        if (!pins_wanted(pins, key))
                return 0;
        copy = strdup(pin);
        if (!copy)
                return -ENOMEM;
        item = (struct Pin *) find(pins, key);
        if (!item) {
                if (pins->n == PINS_MAX)
                        pins_forget(pins);
                item = &pins->items[pins->n];
                item->key = strdup(key);
                if (!item->key) {
                        wipe(copy);
                        return -ENOMEM;
                }
                item->pin = NULL;
                pins->n++;
        }
        wipe(item->pin);
        item->pin = copy;
        memcpy(item->digest, digest, DIGEST_SIZE);
        return 0;
}

void pins_forget_wanted(Pins *pins) {
        for (size_t i = 0; i < pins->n_wanted; i++)
                free(pins->wanted[i]);
        pins->n_wanted = 0;
}

void pins_forget(Pins *pins) {
        for (size_t i = 0; i < pins->n; i++) {
                free(pins->items[i].key);
                wipe(pins->items[i].pin);
        }
        pins->n = 0;
}

void pins_deinit(Pins *pins) {
        pins_forget(pins);
        pins_forget_wanted(pins);
}
