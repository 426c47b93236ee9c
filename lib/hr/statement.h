#pragma once

/* The texts of SQL that a read sends, made of the user's queries. Each is the caller's to deinit. */

#include <libpq-fe.h>

#include "lib/hr/sqlerror.h"

/* Drops trailing blanks and semicolons: a copy that can stand in parentheses. NULL when memory is out. */
char *hr_trim_query(const char *query);

/* What only a server can tell of a snapshot: recovery, WAL position, database, cluster, timeline. A constant text. */
const char *hr_snapshot_sql(bool sees_system, bool sees_checkpoint);

/* One row of one number, the seconds since 1970; or of null, or null because the query has no row. */
int hr_as_of_statement(const char *as_of, HrStatement *ret);

/* For the names and types of the columns: prepared, never run. */
int hr_describe_statement(const char *people, HrStatement *ret);

/* The keys as the text of a PostgreSQL array, not yet quoted for SQL. -E2BIG past the bounds of a keyed read. */
int hr_key_array(const char *const *keys, size_t n_keys, char **ret);

/*
 * The read itself and its COMMIT, in one go. @keys: from hr_key_array(), or NULL for everybody. -EDOM: a key that is
 * not valid in the encoding of the connection.
 */
int hr_copy_statement(PGconn *pg, const char *people, const char *key_column, const char *keys, HrStatement *ret);
