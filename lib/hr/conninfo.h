#pragma once

/*
 * Where hr.connection leads
 *
 * The hosts that libpq would try, with its defaults, environment and service file taken into account; which of them
 * are names that must be looked up first; and a PGconn that starts with what was found.
 */

#include <libpq-fe.h>
#include <stdbool.h>

#include "lib/base/error.h"
#include "lib/hr/resolve.h"

typedef struct HrConninfo HrConninfo;

/* @connection is copied. -EINVAL when it is no connection string; the sentence never repeats any of it. */
int hr_conninfo_new(const char *connection, HrConninfo **ret, Error *reterr);
HrConninfo *hr_conninfo_free(HrConninfo *info);
DEFINE_CLEANUP(HrConninfo *, hr_conninfo_free)

/* The names to look up: up to HR_MAX_HOSTS, borrowed. */
size_t hr_conninfo_names(const HrConninfo *info, const char **names);

/* What became of them, in the same order. -EHOSTUNREACH when no host is left to try. */
int hr_conninfo_resolved(HrConninfo *info, const HrAddresses *answers, size_t n, Error *reterr);

/* Starts to connect; PQstatus() tells whether that went well. NULL when memory is out. */
PGconn *hr_conninfo_start(const HrConninfo *info);
