#pragma once

/* PostgreSQL's arrays as it prints them: {a,"b c",NULL}, one dimension. */

#include <stddef.h>

typedef struct ListReader {
        const char *p, *end;
        int state;
} ListReader;

/* 0 or -EINVAL: no array, or one with more dimensions. */
int list_begin(ListReader *reader, const char *text, size_t length);

/*
 * The next element, unquoted into @buf of @size (one that is longer ends there, and has @ret_length of its whole). 1; 0:
 * there are no more; -EINVAL: the text is no array after all. Null elements are passed over.
 */
int list_next(ListReader *reader, char *buf, size_t size, size_t *ret_length);
