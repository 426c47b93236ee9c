#pragma once

/* Questions about texts that came from outside, given as pointer and length. */

#include <stdbool.h>
#include <stddef.h>

/* One or more of 0 to 9, and nothing else. */
bool text_is_digits(const char *text, size_t length);

/*
 * Whether it may be an e-mail address (ruling 6): one @ with something before and behind it, at most 254 bytes, no
 * blank and no control character, no empty part between the dots of the domain (which may be a single name). The
 * service has the last word.
 */
bool text_is_email(const char *text, size_t length);

#define TEXT_EXCERPT_SIZE 72

/*
 * The beginning of a text for a message, into @buf of TEXT_EXCERPT_SIZE: whole characters, "?" for what can't be
 * printed, "..." where it was cut. Answers @buf.
 */
const char *text_excerpt(const char *text, size_t length, char *buf);
