#pragma once

/*
 * Credentials
 *
 * Digital keys, each with a card number, held by one user at most. The first credential of a user or a fob is what
 * stands in its own record; further ones (ruling 48) have a table of their own. Ids: twice the record's id, and the
 * odd numbers.
 */

#include <stdbool.h>
#include <stdint.h>

#include "tests/simulator/text.h"

enum {
        CREDENTIAL_KEY_MAX = 20,        /* AAAA-BBBB-1111-2222 and its NUL */
};

/* Borrowed texts. */
typedef struct Credential {
        int64_t id;
        const char *card_num;
        const char *credential_key;     /* "": one is shown that follows from the id */
        bool claimed;
        int64_t user;                   /* 0: nobody's, as a fob that is not assigned */
        const char *first_name;         /* of the user */
        const char *last_name;
} Credential;

/* With @as_object, `user` is an object as in the table; otherwise an array as in the sample (ruling 46). */
void credential_write(const Credential *credential, bool as_object, Text *text);

/* A key that looks like the documented ones, and that follows from @number. */
void credential_key(uint64_t number, char ret[static CREDENTIAL_KEY_MAX]);

/* "Baker, Jo", or the one name that there is. */
void credential_write_name(const char *last_name, const char *first_name, Text *text);
