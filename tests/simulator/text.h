#pragma once

/*
 * Text
 *
 * A growing string. Running out of memory is remembered instead of answered, so that whoever writes a record piece by
 * piece asks once, at the end, with text_status().
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/cleanup.h"

typedef struct Text {
        char *data;             /* NUL-terminated when anything was appended */
        size_t length;
        size_t capacity;
        bool failed;
} Text;

void text_append(Text *text, const char *data, size_t length);
void text_puts(Text *text, const char *string);
void text_int(Text *text, int64_t number);
void text_printf(Text *text, const char *format, ...) _printf_(2, 3);

/* Appends @string as a JSON string with its quotes; @string is valid UTF-8. */
void text_json(Text *text, const char *string, size_t length);

/* The same for bytes from outside: what is not UTF-8 is taken for Latin-1. */
void text_json_bytes(Text *text, const char *string, size_t length);

/* Forgets what was written and keeps the memory. */
void text_reset(Text *text);

/* 0, or -ENOMEM when a piece is missing. */
int text_status(const Text *text);

void text_free(Text *text);
