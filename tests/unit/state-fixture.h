#pragma once

/* A state in a directory of its own, for the tests of lib/state. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/state/ledger.h"
#include "lib/state/snapshot.h"
#include "lib/state/stage.h"
#include "lib/state/state.h"

typedef struct Fixture {
        char directory[64];
        State *state;
        Error error;            /* of the last call that was passed it */
} Fixture;

/* cmocka setup and teardown: an open state in a new directory; everything is removed at the end. */
int fixture_setup(void **data);
int fixture_teardown(void **data);

/* The same without opening it. */
int fixture_setup_closed(void **data);

void fixture_open(Fixture *f);
void fixture_close(Fixture *f);
/* What opening answers; the state is closed again where it opened. The sentence is in f->error. */
int fixture_try_open(Fixture *f);

/* "DIRECTORY/name", valid until the next call. */
const char *fixture_path(const Fixture *f, const char *name);

/* Runs SQL in the closed file, as somebody with the sqlite3 tool would. */
void fixture_sql(const Fixture *f, const char *sql);

/* Makes a copy of the open state, in pieces of one page, as a file of this name. */
void fixture_copy(Fixture *f, const char *name, int64_t now_usec);

/* Expects 0 or the outcome, and shows the sentence where it is another. */
#define expect(f, outcome, call)                                                                \
        do {                                                                                    \
                int _r;                                                                         \
                error_clear(&(f)->error);                                                       \
                _r = (call);                                                                    \
                if (_r != (outcome))                                                            \
                        print_error("%s: %s\n", #call, error_message(&(f)->error));             \
                assert_int_equal(_r, (outcome));                                                \
        } while (0)
#define good(f, call) expect(f, 0, call)

/* A sound user with every property; the caller deinits it. */
User make_user(int64_t id, const char *id_num, const char *email, const char *card_num);

#define state_test(function) cmocka_unit_test_setup_teardown(function, fixture_setup, fixture_teardown)
#define file_test(function) cmocka_unit_test_setup_teardown(function, fixture_setup_closed, fixture_teardown)
