#pragma once

/*
 * A user as Lockt SecureAccess holds it
 *
 * Plain values, no I/O: what a GET told, what a write will carry, what the snapshot remembers. Texts are UTF-8 and
 * owned by the struct; NULL and "" both mean empty, and setters store NULL for empty. Instants are seconds since 1970
 * in UTC; INSTANT_NONE means no bound (ruling 7: an empty string and an absent node both mean none).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/cleanup.h"
#include "lib/base/time.h"

/* Texts come first, so that a text property is its own index into User.text. */
typedef enum Property {
        PROPERTY_ID_NUM,
        PROPERTY_FIRST_NAME,
        PROPERTY_LAST_NAME,
        PROPERTY_CARD_NUM,
        PROPERTY_CREDENTIAL_KEY,
        PROPERTY_EMAIL,
        PROPERTY_PHONE,
        TEXT_PROPERTIES,
        PROPERTY_PIN = TEXT_PROPERTIES, /* write-only (ruling 3): never in User.text, never stored in clear */
        PROPERTY_ACCESS_EFFECTIVE,
        PROPERTY_ACCESS_EXPIRES,
        PROPERTY_ENABLED,
        PROPERTY_ACCESSLEVELS,
        PROPERTIES,
} Property;

#define PROPERTY_BIT(property) (UINT32_C(1) << (property))

typedef struct User {
        int64_t id;                     /* Lockt's own id; 0: not known, or not created yet */
        char *text[TEXT_PROPERTIES];
        char *pin;                      /* only while a write is being made; wiped when freed */
        int64_t access_effective;
        int64_t access_expires;
        bool enabled;
        bool levels_known;              /* false: the answer had no accesslevels (ruling 21) */
        size_t n_levels;
        int64_t *levels;                /* ids, ascending, each once */
        uint32_t unclear;               /* PROPERTY_BITs that an answer held in a form nobody understands: what the record
                                         * has there is unknown, not empty. 0 in all that is wanted or sent */
} User;

#define USER_INIT ((User) { .access_effective = INSTANT_NONE, .access_expires = INSTANT_NONE })

/* The name of a property in the API and in the YAML, as "access_expires". */
const char *property_name(Property property);

/* PROPERTIES when there is none of that name. */
Property property_from_name(const char *name);

/* A new value for a text, or for the PIN; NULL or "" empties it. 0 or -ENOMEM. */
int user_set_text(User *user, Property property, const char *value);

/* Adds a level, keeping the order; twice is once. 0 or -ENOMEM. */
int user_add_level(User *user, int64_t level);
bool user_has_level(const User *user, int64_t level);
void user_remove_level(User *user, int64_t level);

/* A deep copy into @ret (which is overwritten, not freed), the PIN too. 0 or -ENOMEM. */
int user_copy(const User *user, User *ret);

/* "" for an empty text, so that texts can be compared without a look at NULL. */
static inline const char *user_text(const User *user, Property property) {
        return user->text[property] ? user->text[property] : "";
}

/* Frees what the struct owns, wipes the PIN, and leaves USER_INIT. */
void user_deinit(User *user);

/* "12,34" for storing and comparing; owned by the caller; NULL when memory is out. */
char *user_levels_format(const User *user);

/* Replaces the levels by what user_levels_format() wrote; they are then known. 0, -EINVAL, -ENOMEM. */
int user_levels_parse(User *user, const char *text);
