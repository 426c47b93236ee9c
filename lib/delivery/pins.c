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

const char *pins_get(const Pins *pins, const char *key) {
        for (size_t i = 0; i < pins->n; i++)
                if (strcmp(pins->items[i].key, key) == 0)
                        return pins->items[i].pin;
        return NULL;
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

int pins_offer(Pins *pins, const char *key, const char *pin) {
        struct Pin *item;

        if (!pins_wanted(pins, key) || pins_get(pins, key))
                return 0;
        if (pins->n == PINS_MAX)
                pins_forget(pins);
        item = &pins->items[pins->n];
        item->key = strdup(key);
        item->pin = strdup(pin);
        if (!item->key || !item->pin) {
                free(item->key);
                wipe(item->pin);
                *item = (struct Pin) { 0 };
                return -ENOMEM;
        }
        pins->n++;
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
