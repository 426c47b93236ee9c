#pragma once

/*
 * Input
 *
 * One record of a user or a fob in a request: what it holds, what is wrong with it, and how a failure echoes it.
 */

#include "tests/simulator/complaints.h"
#include "tests/simulator/json.h"
#include "tests/simulator/settings.h"
#include "tests/simulator/user.h"

enum {
        INPUT_EFFECTIVE = USER_TEXTS,   /* after the texts in Input.present */
        INPUT_EXPIRES,
        INPUT_ENABLED,
        INPUT_LEVELS,
        INPUT_ID,
        INPUT_HOLDER,
};

/* Which properties a record may have. */
typedef enum InputKind {
        INPUT_BY_HAND,          /* all; and levels by name, times in both forms, any card and e-mail */
        INPUT_USER,
        INPUT_FOB,
        INPUT_FOB_CHANGE,
} InputKind;

typedef struct Input {
        uint32_t present;       /* a bit for each property that the record has: UserText or one of the above */
        User user;              /* its values */
        Complaints complaints;
} Input;

#define INPUT_INIT ((Input) { .user = USER_INIT })

void input_deinit(Input *input);

bool input_has(const Input *input, int property);

/* Reads a record as the API does. What is wrong with it is a complaint; negative answers are failures of ours. */
int input_read(Input *input, json_object *record, InputKind kind, const Settings *settings, const Levels *levels);

/* Reads a record of the administration. */
int input_read_by_hand(Input *input, json_object *record, const Levels *levels);

/* Puts what the record has over what @user has; empty values count as absent with @keep_empty. */
int input_apply(const Input *input, bool keep_empty, bool replace_levels, User *user);

/* Appends the record as `input_data`, with the @id of the user that it was found to be, or -1. */
void input_echo(const Input *input, json_object *record, int64_t id, Text *text);
