#pragma once

/*
 * JSON, pulled
 *
 * A strict scanner (RFC 8259) over bytes that are there as a whole: it hands out one token at a time, copies nothing
 * and
 * allocates nothing. Listings are read with it, since a tree of json-c costs several times the download; the small
 * answers are left to json-c. Strings are checked to be UTF-8, nesting and numbers are bounded. A surrogate without its
 * other half is legal JSON and passes, but its string can't be decoded.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

#include "lib/base/cleanup.h"

enum {
        JSON_DEPTH_MAX = 32,
        JSON_NUMBER_MAX = 128,          /* bytes */
};

typedef enum JsonType {
        JSON_BAD,                       /* not JSON, nested too deep, or a number too long */
        JSON_OBJECT,                    /* entered: json_member() until it ends */
        JSON_ARRAY,                     /* entered: json_item() until it ends */
        JSON_STRING,
        JSON_NUMBER,
        JSON_TRUE,
        JSON_FALSE,
        JSON_NULL,
} JsonType;

typedef struct JsonToken {
        JsonType type;
        bool escaped;                   /* a string that needs json_decode() */
        const char *text;               /* a string between its quotes, a number as it is written; borrowed */
        size_t length;
} JsonToken;

typedef struct Json {
        const char *p, *end;
        unsigned depth;
        bool first;                     /* right behind { or [ */
} Json;

void json_init(Json *json, const char *bytes, size_t length);

/* The next value: a scalar as a whole, or the opening of a container. */
JsonType json_value(Json *json, JsonToken *ret);

/* 1: @ret is the key of a member, whose value comes next. 0: the object has ended. -EBADMSG. */
int json_member(Json *json, JsonToken *ret);

/* Passes over @length bytes that the caller knows to be what json_member() would read here. */
static inline void json_pass_key(Json *json, size_t length) {
        json->p += length;
        json->first = false;
}

/* 1: an item comes next. 0: the array has ended. -EBADMSG. */
int json_item(Json *json);

/* Passes over what is left of the value that begins with @token. 0 or -EBADMSG. */
int json_skip(Json *json, const JsonToken *token);

/* 0 when nothing but white space is left. */
int json_finish(Json *json);

/* The whole of @bytes is one JSON text. 0 or -EBADMSG. */
int json_validate(const char *bytes, size_t length);

/*
 * Writes the text of a string to @buffer, which holds at least token->length + 1 bytes, and ends it with a NUL.
 * Answers its length, or -EILSEQ when a C string can't hold it: a NUL, or half a surrogate pair.
 */
ssize_t json_decode(const JsonToken *token, char *buffer);

/* A number as an integer, or a string of digits. 0, or -EINVAL when it is neither or too large. */
int json_integer(const JsonToken *token, int64_t *ret);

static inline bool json_text_is(const JsonToken *token, const char *text) {
        return strlen(text) == token->length && memcmp(token->text, text, token->length) == 0;
}
