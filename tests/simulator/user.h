#pragma once

/*
 * Users
 *
 * One record of the access-control system with all its properties, and the JSON that the service shows of it.
 */

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/cleanup.h"
#include "tests/simulator/instant.h"
#include "tests/simulator/text.h"

enum {
        USER_LEVELS_MAX = 64,
        USER_TEXT_LENGTH_MAX = 255,
};

/* The properties that are strings, in the order in which a request echoes them. */
typedef enum UserText {
        USER_ID_NUM,
        USER_FIRST_NAME,
        USER_LAST_NAME,
        USER_NAME,              /* a fob's: such a record is shown as one (ruling 32) */
        USER_CARD_NUM,
        USER_CREDENTIAL_KEY,
        USER_EMAIL,
        USER_PHONE,
        USER_PIN,               /* write-only (ruling 3): shown by the administration alone */
        USER_TEXTS,
} UserText;

typedef struct User {
        int64_t id;
        char *text[USER_TEXTS];         /* owned; NULL counts as empty */
        int64_t effective;              /* INSTANT_NONE when there is none */
        int64_t expires;
        bool enabled;
        bool claimed;                   /* its credential, by somebody's phone */
        int64_t holder;                 /* of a fob: the user whom it is assigned to, or 0 */
        int64_t levels[USER_LEVELS_MAX];
        size_t n_levels;
} User;

#define USER_INIT ((User) { .effective = INSTANT_NONE, .expires = INSTANT_NONE, .enabled = true })

/* The name of a level, for user_write(); NULL when there is no such level. */
typedef struct Levels Levels;
const char *levels_name(const Levels *levels, int64_t id);

extern const char *const user_text_names[USER_TEXTS];

void user_deinit(User *user);

/* Forgets what a client can set: what stays is who it is. */
void user_clear(User *user);

/* ruling 32 */
bool user_is_fob(const User *user);

/* The value, "" for none. Borrowed. */
const char *user_text(const User *user, UserText text);

/* Replaces the value by a copy of @value, or answers -ENOMEM. */
int user_set_text(User *user, UserText text, const char *value);

/* Adds a level once; answers -E2BIG when there are too many. */
int user_add_level(User *user, int64_t level);

/* Appends the record as the service shows it. */
void user_write(const User *user, const Levels *levels, Text *text);
