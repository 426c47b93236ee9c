#pragma once

/*
 * What is sent
 *
 * lockt_write_body() is in lockt.h: the bodies that a plan prints are the bodies that are sent. Here is the writer
 * below it. Pure; memory that may have held a PIN is wiped before it goes.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/cleanup.h"
#include "lib/lockt/lockt.h"

typedef struct Body {
        char *text;             /* always ended by a NUL once something was written */
        size_t length, allocated;
        bool failed;            /* memory ran out: nothing more is written */
} Body;

void body_raw(Body *body, const char *text);
/* A JSON string. Bytes that are not UTF-8 become U+FFFD: the result is always valid JSON. */
void body_string(Body *body, const char *text);
void body_number(Body *body, int64_t number);
/* The key of a member, with a comma if another one stands before it. */
void body_key(Body *body, const char *key);
/* ruling 4 */
void body_boolean(Body *body, const LocktOptions *options, bool value);
/* ruling 7; -ERANGE: not in the years 1 to 9999; -ENOENT: no such time zone. */
int body_instant(Body *body, const LocktOptions *options, int64_t instant);
void body_deinit(Body *body);

/* Wipes @length bytes and frees them; NULL is fine. */
void body_free(char *text, size_t length);
