#pragma once

/* What COPY's text format does to a row, undone. Bytes in, values out; no sockets. */

#include <stddef.h>

/*
 * Undoes COPY's text format, in place: @line (writable, @length bytes) becomes values. 0, -EBADMSG, -E2BIG (more than
 * @max columns).
 */
int hr_decode_line(char *line, size_t length, const char **values, size_t *lengths, size_t max, size_t *ret_n);
