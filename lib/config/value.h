#pragma once

/*
 * Scalars: from what is written to a field of Config
 */

#include "lib/config/reader.h"

/* 0, or VALUE_MISFIT when the text is not of the key's type; what is wrong in a finer way is complained about here. */
enum {
        VALUE_MISFIT = 1,
};

int value_store(Reader *reader, const Key *key, const Text *text);

/* Puts the defaults of all scalar keys in place, through the same parsers. */
void value_store_defaults(Reader *reader);

/* Whether the kind is read by value_store(). */
bool value_is_scalar(const Key *key);

/* false or true, as for keys of the table. 0 or VALUE_MISFIT. */
int value_parse_boolean(const char *text, bool *ret);

/* "5%", "2.5%", "12". 0 or VALUE_MISFIT. */
int value_parse_limit(const char *text, Limit *ret);

/* Complains where it is no time zone of this system. */
void value_check_zone(Reader *reader, const char *name, const Text *zone);

/* What is asked of libpq and libcurl, each in a file of its own. */
void value_check_connection(Reader *reader, const Text *connection);
void value_check_url(Reader *reader, const Text *url);
