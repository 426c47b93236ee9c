#pragma once

/*
 * Seeds
 *
 * What a new simulator holds: the levels, and as many users as asked for, each made from his number alone. So a
 * database that holds the same people can be made elsewhere. What is there already is left as it is.
 */

#include "tests/simulator/store.h"

/* @names with commas between them; those of the API document have its ids and doors. */
int seed_levels(Store *store, const char *names, Error *reterr);

/* @start is the id_num of the first user; its last digits are counted up. */
int seed_users(Store *store, int64_t n, const char *start, Error *reterr);
