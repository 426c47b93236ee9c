#pragma once

/*
 * Input
 *
 * One user record of a request: what it holds, what is wrong with it, and how a failure echoes it.
 */

#include "tests/simulator/json.h"
#include "tests/simulator/settings.h"
#include "tests/simulator/user.h"

enum {
        INPUT_EFFECTIVE = USER_TEXTS,   /* after the texts in Input.present */
        INPUT_EXPIRES,
        INPUT_ENABLED,
        INPUT_LEVELS,
        INPUT_ID,
};

typedef struct Input {
        uint32_t present;       /* a bit for each property that the record has: UserText or one of the above */
        User user;              /* its values */
        Text complaints;        /* JSON strings with commas between them */
        size_t n_complaints;
} Input;

#define INPUT_INIT ((Input) { .user = USER_INIT })

void input_deinit(Input *input);

bool input_has(const Input *input, int property);

/* Reads a record as the API does. What is wrong with it is a complaint; negative answers are failures of ours. */
int input_read(Input *input, json_object *record, const Settings *settings, const Levels *levels);

/* Reads a record of the administration: a fob's name, levels by name, times in both forms, any card and e-mail. */
int input_read_by_hand(Input *input, json_object *record, const Levels *levels);

void input_complain(Input *input, const char *format, ...) _printf_(2, 3);

/* Puts what the record has over what @user has; empty values count as absent with @keep_empty. */
int input_apply(const Input *input, bool keep_empty, bool replace_levels, User *user);

/* Appends the record as `input_data`, with the @id of the user that it was found to be, or -1. */
void input_echo(const Input *input, json_object *record, int64_t id, Text *text);
