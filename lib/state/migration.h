#pragma once

/* The numbered layouts of the state, made of sql/state/ at build time. In order; number n makes user_version n. */

extern const char *const state_migrations[];
extern const unsigned state_n_migrations;
