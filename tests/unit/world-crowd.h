#pragma once

/* Many people of a played world at once, "P0000" on, and what is held of them. */

#include "tests/unit/world.h"

/* The id_num of person @i; answers @id. */
const char *key_of(char id[24], unsigned i);

/* For each of @n people from @from on. */
void set_status(World *w, unsigned from, unsigned n, const char *status);
void set_dept(World *w, unsigned from, unsigned n, const char *dept);
unsigned count_open(World *w, unsigned from, unsigned n);

/* How many users of Lockt hold a level. */
unsigned count_level(World *w, int64_t level);

/* How many are held, all together; and in the first group of a kind. */
int64_t count_held(World *w);
int64_t n_held(World *w, HoldKind kind);
/* Approves that group as it is shown now; how many are let go. */
int64_t approve_kind(World *w, HoldKind kind);

/* @n people who are in Lockt as HR wants them. */
void crowd_open(World *w, const WorldOptions *options, unsigned n);
