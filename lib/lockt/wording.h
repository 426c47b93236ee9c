#pragma once

/*
 * The service's words
 *
 * What a failure says, found in any of its shapes (ruling 11), made fit to be shown (one line, no values of records),
 * and understood as far as the rulings go.
 *
 * Pure.
 */

#include <stdbool.h>
#include <stddef.h>

enum {
        WORDING_MAX = 300,      /* bytes of a sentence of the service that are kept */
};

/*
 * The words of a failure in one valid JSON value: a string, an array of strings, an object with such an "error", or an
 * array of those. More than one are joined by "; ". @ret is NULL when there are none. 0 or -ENOMEM.
 */
int wording_of_failure(const char *bytes, size_t length, char **ret);

/*
 * In place: no control characters, at most WORDING_MAX bytes, whole UTF-8 characters, single blanks and none at the
 * ends.
 */
void wording_tidy(char *text);

/*
 * In place: the cause without the values that the service puts behind its colon ("Non-Numeric card_num found: A8914"),
 * in quotes, or bare: e-mail addresses and runs of four or more digits.
 */
void wording_strip_values(char *text);

/*
 * In place: every occurrence of @value is taken out. Values of a single character stay: they would take whole texts
 * apart.
 */
void wording_strip_value(char *text, const char *value);

/*
 * Ruling 16. The number in "Batch size exceeds maximum of X objects.", 0 when it has none, -1 when it says something
 * else.
 */
long wording_batch_limit(const char *text);
/* Ruling 17: a communication failure behind the API. */
bool wording_is_outage(const char *text);
/* Ruling 15: the words rate, limit, simultaneous or overlapping. */
bool wording_is_rate(const char *text);
/* The batch was not carried out, the records that passed included. */
bool wording_is_whole_batch(const char *text);
