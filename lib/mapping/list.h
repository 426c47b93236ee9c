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
 * The next element, unquoted into @buf of @size; of one that is longer, its beginning, and the length of the whole.
 * Null elements are passed over. 1; 0: there are no more; -EINVAL: the text is no array after all.
 */
int list_next(ListReader *reader, char *buf, size_t size, size_t *ret_length);
