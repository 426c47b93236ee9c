#pragma once

/*
 * Errors
 *
 * Functions answer 0 for success, a positive outcome that their header names, or a negative errno that travels up
 * unchanged. Where the number would leave an administrator guessing, the last parameter is an Error that receives one
 * sentence: what was attempted, on what, why not, and what helps. It never holds a secret or a name of a person.
 */

#include "lib/base/cleanup.h"

typedef struct Error {
        int code;       /* a negative errno, or 0 while nothing went wrong */
        char *message;  /* owned; NULL when memory ran out while saying so */
} Error;

#define ERROR_INIT ((Error) { 0 })

/*
 * Keeps @code and a formatted sentence, and returns @code so that a caller can `return error_set(…)`.
 * The first error wins: a filled Error is left alone. @reterr may be NULL.
 */
int error_set(Error *reterr, int code, const char *format, ...) _printf_(3, 4);

/* Puts "@prefix: " in front of the sentence that is there, for a caller that knows more of the context. */
int error_prefix(Error *reterr, int code, const char *format, ...) _printf_(3, 4);

/* The sentence, or the text of its errno; never NULL. Borrowed. */
const char *error_message(const Error *error);

void error_clear(Error *error);
