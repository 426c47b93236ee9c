/*
 * Builds the bodies of writes. A body of 100 records takes a few dozen microseconds; a tree of json-c takes many
 * times that.
 */

#include "lib/lockt/body.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/time.h"
#include "lib/base/utf8.h"
#include "lib/lockt/lockt.h"

static const char pin_mask[] = "****";

void body_free(char *text, size_t length) {
        if (!text)
                return;
        sodium_memzero(text, length);
        free(text);
}

void body_deinit(Body *body) {
        body_free(body->text, body->allocated);
        *body = (Body) { 0 };
}

/* Not realloc(): it would leave the old copy, PINs included, behind. */
static bool reserve(Body *body, size_t n) {
        size_t allocated = body->allocated > 0 ? body->allocated : 4096;
        char *text;

        if (body->failed)
                return false;
        if (body->length + n + 1 <= body->allocated)
                return true;

        while (allocated < body->length + n + 1)
                allocated *= 2;
        text = malloc(allocated);
        if (!text) {
                body->failed = true;
                return false;
        }
        if (body->length > 0)
                memcpy(text, body->text, body->length);
        body_free(body->text, body->allocated);
        body->text = text;
        body->allocated = allocated;
        return true;
}

static void put(Body *body, const char *text, size_t n) {
        if (!reserve(body, n))
                return;
        memcpy(body->text + body->length, text, n);
        body->length += n;
        body->text[body->length] = '\0';
}

void body_raw(Body *body, const char *text) {
        put(body, text, strlen(text));
}

/* The character at @p that can't stand as it is; answers how many bytes it took. */
static size_t put_escaped(Body *body, const char *p, const char *end) {
        uint32_t character;
        char escape[8];
        size_t n;

        if (*p == '"' || *p == '\\') {
                escape[0] = '\\';
                escape[1] = *p;
                put(body, escape, 2);
                return 1;
        }
        if ((unsigned char) *p < 0x20) {
                (void) snprintf(escape, sizeof(escape), "\\u%04x", (unsigned) (unsigned char) *p);
                body_raw(body, escape);
                return 1;
        }
        n = utf8_decode(p, (size_t) (end - p), &character);
        if (n == 0) {
                body_raw(body, "\\ufffd");
                return 1;
        }
        put(body, p, n);
        return n;
}

void body_string(Body *body, const char *text) {
        const char *p = text, *end = text + strlen(text);

        put(body, "\"", 1);
        while (p < end) {
                const char *from = p;

                while (p < end && (unsigned char) *p >= 0x20 && (unsigned char) *p < 0x80 && *p != '"' && *p != '\\')
                        p++;
                put(body, from, (size_t) (p - from));
                if (p < end)
                        p += put_escaped(body, p, end);
        }
        put(body, "\"", 1);
}

void body_number(Body *body, int64_t number) {
        char text[24];

        (void) snprintf(text, sizeof(text), "%lld", (long long) number);
        body_raw(body, text);
}

void body_key(Body *body, const char *key) {
        if (body->length > 0 && body->text[body->length - 1] != '{')
                body_raw(body, ",");
        body_string(body, key);
        body_raw(body, ":");
}

/* ruling 4: strings, as in every documented request, unless the instance is told to take JSON booleans. */
void body_boolean(Body *body, const LocktOptions *options, bool value) {
        const char *text = value ? "true" : "false";

        if (options->native_booleans)
                body_raw(body, text);
        else
                body_string(body, text);
}

/* ruling 7: the form without a zone, in lockt.timezone. */
int body_instant(Body *body, const LocktOptions *options, int64_t instant) {
        char text[INSTANT_TEXT_SIZE];
        int r;

        r = instant_format_api(instant, options->timezone ? options->timezone : "UTC", text);
        if (r < 0)
                return r;
        body_string(body, text);
        return 0;
}

static void put_levels(Body *body, const User *user) {
        body_raw(body, "[");
        for (size_t i = 0; i < user->n_levels; i++) {
                body_raw(body, i > 0 ? ",{\"id\":" : "{\"id\":");
                body_number(body, user->levels[i]);
                body_raw(body, "}");
        }
        body_raw(body, "]");
}

static int put_property(Body *body, const LocktOptions *options, const User *user, Property property, bool mask_pin) {
        body_key(body, property_name(property));
        switch (property) {
        case PROPERTY_PIN:
                body_string(body, mask_pin ? pin_mask : user->pin ? user->pin : "");
                return 0;
        case PROPERTY_ACCESS_EFFECTIVE:
                return body_instant(body, options, user->access_effective);
        case PROPERTY_ACCESS_EXPIRES:
                return body_instant(body, options, user->access_expires);
        case PROPERTY_ENABLED:
                body_boolean(body, options, user->enabled);
                return 0;
        case PROPERTY_ACCESSLEVELS:
                put_levels(body, user);
                return 0;
        default:
                /* ruling 5: a card number is a string, with its leading zeros. */
                body_string(body, user_text(user, property));
                return 0;
        }
}

/* ruling 40: an empty e-mail or card is left out of a creation, so that it can't be matched with another empty one. */
static bool left_out_of_creation(const User *user, Property property) {
        return (property == PROPERTY_EMAIL || property == PROPERTY_CARD_NUM) && !*user_text(user, property);
}

/* ruling 31: a record goes whole. A PIN is sent if there is one (ruling 3). */
static bool wanted(LocktWrite kind, const User *user, uint32_t mask, Property property) {
        if (kind == LOCKT_UPDATE_PUT)
                return mask & PROPERTY_BIT(property);
        if (property == PROPERTY_PIN)
                return user->pin;
        return kind != LOCKT_CREATE || !left_out_of_creation(user, property);
}

static int put_user(Body *body, const LocktOptions *options, LocktWrite kind, const User *user, uint32_t mask,
                    bool mask_pin) {
        /* The order of the document's samples. */
        static const Property order[] = {
                PROPERTY_ID_NUM, PROPERTY_LAST_NAME, PROPERTY_FIRST_NAME, PROPERTY_CARD_NUM, PROPERTY_CREDENTIAL_KEY,
                PROPERTY_EMAIL, PROPERTY_PHONE, PROPERTY_ACCESS_EFFECTIVE, PROPERTY_ACCESS_EXPIRES, PROPERTY_PIN,
                PROPERTY_ENABLED, PROPERTY_ACCESSLEVELS,
        };
        int r;

        body_raw(body, "{");
        /* ruling 8: who is new has no id; ruling 5: an id is a number. */
        if (kind != LOCKT_CREATE && user->id != 0) {
                body_key(body, "id");
                body_number(body, user->id);
        }
        for (size_t i = 0; i < ELEMENTS(order); i++) {
                if (!wanted(kind, user, mask, order[i]))
                        continue;
                r = put_property(body, options, user, order[i], mask_pin);
                if (r < 0)
                        return r;
        }
        body_raw(body, "}");
        return 0;
}

/* ruling 10: all three, explicitly. */
static void put_options(Body *body, const LocktOptions *options, LocktWrite kind) {
        body_raw(body, "\"options\":{");
        body_key(body, "update_existing");
        body_boolean(body, options, kind != LOCKT_CREATE);
        body_key(body, "validate_fails_batch");
        body_boolean(body, options, false);
        body_key(body, "replace_privileges");
        body_boolean(body, options, true);
        body_raw(body, "}");
}

char *lockt_write_body(const LocktOptions *options, LocktWrite kind, const User *const *users, const uint32_t *masks,
                       size_t n_users, bool mask_pin, size_t *ret_length) {
        Body body = { 0 };
        int r = 0;

        body_raw(&body, "{\"users\":[");
        for (size_t i = 0; i < n_users && r >= 0; i++) {
                if (i > 0)
                        body_raw(&body, ",");
                r = put_user(&body, options, kind, users[i], masks ? masks[i] : 0, mask_pin);
        }
        body_raw(&body, "],");
        put_options(&body, options, kind);
        body_raw(&body, "}");

        if (r < 0 || body.failed) {
                body_deinit(&body);
                errno = r < 0 ? -r : ENOMEM;
                return NULL;
        }
        if (ret_length)
                *ret_length = body.length;
        return body.text;
}
