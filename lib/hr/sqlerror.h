#pragma once

/*
 * What went wrong in PostgreSQL, said without a person's data
 *
 * A server's message may quote the value it stumbled over, and its DETAIL often does. So DETAIL is never repeated, and
 * the message only for those classes of SQLSTATE whose texts speak of the query and the server, not of the rows.
 */

#include <libpq-fe.h>

#include "lib/hr/hr.h"

/* The text that was sent, and where in it the user's own query stands: to say where in the YAML an error is. */
typedef struct HrStatement {
        char *text;             /* owned */
        HrPlace place;          /* whose query it holds */
        const char *query;      /* the user's; borrowed */
        size_t query_at;        /* its offset, in characters */
        size_t keys_at;         /* offset of the list of keys, in characters; 0: none */
} HrStatement;

void hr_statement_deinit(HrStatement *statement);

/* Puts @text on one line of at most @size bytes, whole characters, no control characters. */
void hr_one_line(const char *text, char *ret, size_t size);

/*
 * Fills @problem and @reterr from a failed result, and returns the errno that hr.h names for it. @keyed: the statement
 * was a read of some keys that had not begun to answer.
 */
int hr_sql_error(const PGresult *result, const HrStatement *statement, bool keyed, HrProblem *problem, Error *reterr);

/* The same for a connection that could not be made or broke: never a password, never a DETAIL. */
int hr_connection_error(const PGconn *pg, int code, const char *attempt, Error *reterr);
