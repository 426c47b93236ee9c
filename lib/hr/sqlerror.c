/* From SQLSTATE to errno and to a sentence (PostgreSQL manual, appendix A). */

#include "lib/hr/sqlerror.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define MESSAGE_MAX 500

void hr_statement_deinit(HrStatement *statement) {
        free(statement->text);
        *statement = (HrStatement) { 0 };
}

void hr_one_line(const char *text, char *ret, size_t size) {
        size_t n = 0;

        for (; *text && n + 1 < size; text++) {
                unsigned char c = (unsigned char) *text;

                if (c > ' ' && c != 0x7f)
                        ret[n++] = (char) c;
                else if (n > 0 && ret[n - 1] != ' ')
                        ret[n++] = ' ';
        }

        /* Cut short within a character: without its first half. */
        if (((unsigned char) *text & 0xc0) == 0x80)
                while (n > 0 && ((unsigned char) ret[--n] & 0xc0) == 0x80)
                        ;
        while (n > 0 && ret[n - 1] == ' ')
                n--;
        ret[n] = '\0';
}

static bool in_class(const char *sqlstate, const char *class) {
        return strncmp(sqlstate, class, 2) == 0;
}

static int errno_of(const char *sqlstate) {
        static const struct {
                const char *prefix;
                int code;
        } table[] = {
                { "08", -ECONNRESET },          /* connection exception */
                { "0A", -EINVAL },              /* what this server can't do, such as an infinite as_of */
                { "22", -EBADMSG },             /* data exception */
                { "25P03", -ETIMEDOUT },        /* idle_in_transaction_session_timeout */
                { "28", -EACCES },              /* authorization */
                { "40", -EAGAIN },              /* rollback; a standby's conflict with recovery */
                { "42501", -EACCES },           /* insufficient privilege */
                { "42", -EINVAL },              /* syntax, unknown names */
                { "21", -EINVAL },              /* more rows than one */
                { "53", -EAGAIN },              /* out of memory, disk, connections */
                { "55P03", -ETIMEDOUT },        /* lock_timeout */
                { "57014", -ETIMEDOUT },        /* statement_timeout, or somebody's pg_cancel_backend() */
                { "57", -ECONNRESET },          /* shutdown, termination */
        };

        for (size_t i = 0; i < ELEMENTS(table); i++)
                if (strncmp(sqlstate, table[i].prefix, strlen(table[i].prefix)) == 0)
                        return table[i].code;
        return sqlstate[0] ? -EIO : -ECONNRESET;
}

/* Whether the messages of this class never quote what is in the rows. */
static bool speaks_of_query(const char *sqlstate) {
        static const char *const classes[] = {
                "08", "0A", "21", "25", "26", "28", "2F", "34", "3D", "3F", "40", "42", "53", "54", "55", "57",
                "58", "XX",
        };

        for (size_t i = 0; i < ELEMENTS(classes); i++)
                if (in_class(sqlstate, classes[i]))
                        return true;
        return false;
}

/* Words for what must not be quoted. */
static const char *own_words(const char *sqlstate) {
        static const struct {
                const char *sqlstate, *words;
        } table[] = {
                { "22P02", "a value is not of the type that it is cast to" },
                { "22P05", "a character does not exist in the encoding of the database" },
                { "22021", "a value is not valid in its encoding" },
                { "22003", "a number is out of range" },
                { "22007", "a value is no date or time" },
                { "22008", "a date or time is out of range" },
                { "22012", "division by zero" },
                { "22023", "a parameter has a value that is not allowed" },
                { "P0001", "a function raised an error of its own; the server's log has its words" },
        };

        for (size_t i = 0; i < ELEMENTS(table); i++)
                if (strcmp(sqlstate, table[i].sqlstate) == 0)
                        return table[i].words;
        return in_class(sqlstate, "22") ? "a value can't be processed; the server's log tells which"
                                        : "the server refused; its log has the details";
}

/* From an offset in characters to a line and a column within the user's query. Past its end means its end. */
static void locate(const HrStatement *statement, size_t position, HrProblem *problem) {
        size_t offset = position - statement->query_at;

        problem->place = statement->place;
        problem->line = 1;
        problem->column = 1;

        for (const char *p = statement->query; *p && offset > 0; p++) {
                if (((unsigned char) p[1] & 0xc0) != 0x80)
                        offset--;
                if (*p == '\n') {
                        problem->line++;
                        problem->column = 1;
                } else if (((unsigned char) p[1] & 0xc0) != 0x80)
                        problem->column++;
        }
}

static size_t statement_position(const PGresult *result) {
        const char *text = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION);
        unsigned long position;

        if (!text)
                return 0;
        errno = 0;
        position = strtoul(text, NULL, 10);
        return errno == 0 ? position : 0;
}

static const char *field(const PGresult *result, int code) {
        const char *text = PQresultErrorField(result, code);

        return text ? text : "";
}

static bool blames_keys(const HrStatement *statement, const char *sqlstate, size_t position) {
        if (!in_class(sqlstate, "22"))
                return false;
        if (position > 0)
                return statement->keys_at > 0 && position > statement->keys_at;

        /* The statement itself could not be read in the database's encoding, and it holds nothing new but keys. */
        return strcmp(sqlstate, "22P05") == 0 || strcmp(sqlstate, "22021") == 0;
}

static const char *place_name(HrPlace place) {
        switch (place) {
        case HR_PLACE_PEOPLE:
                return "hr.people";
        case HR_PLACE_AS_OF:
                return "hr.as_of";
        case HR_PLACE_NONE:
                break;
        }
        return "HR";
}

int hr_sql_error(const PGresult *result, const HrStatement *statement, bool keyed, HrProblem *problem, Error *reterr) {
        char message[MESSAGE_MAX + 1], hint[MESSAGE_MAX / 2] = "", where[64] = "";
        const char *sqlstate = field(result, PG_DIAG_SQLSTATE);
        HrPlace place = statement ? statement->place : HR_PLACE_NONE;
        size_t position = statement_position(result);

        *problem = (HrProblem) { .place = place };
        (void) snprintf(problem->sqlstate, sizeof(problem->sqlstate), "%s", sqlstate);

        if (!sqlstate[0]) {
                hr_one_line(PQresultErrorMessage(result), message, sizeof(message));
                return error_set(reterr, -ECONNRESET, "cannot read HR: the connection broke: %s", message);
        }

        if (keyed && statement && blames_keys(statement, sqlstate, position))
                return error_set(reterr, -EDOM, "cannot read some keys of HR: one is not of the type of the key's "
                                 "column (SQLSTATE %s)", sqlstate);

        if (statement && statement->query && position > statement->query_at) {
                locate(statement, position - 1, problem);
                (void) snprintf(where, sizeof(where), " at line %u, column %u of %s", problem->line, problem->column,
                                place_name(place));
        }

        if (speaks_of_query(sqlstate)) {
                hr_one_line(field(result, PG_DIAG_MESSAGE_PRIMARY), message, sizeof(message));
                hr_one_line(field(result, PG_DIAG_MESSAGE_HINT), hint, sizeof(hint));
        } else
                hr_one_line(own_words(sqlstate), message, sizeof(message));

        return error_set(reterr, errno_of(sqlstate), "cannot read %s: %s%s (SQLSTATE %s)%s%s", place_name(place),
                         message, where, sqlstate, hint[0] ? "; " : "", hint);
}

int hr_connection_error(const PGconn *pg, int code, const char *attempt, Error *reterr) {
        char message[MESSAGE_MAX + 1];

        hr_one_line(pg ? PQerrorMessage(pg) : "out of memory", message, sizeof(message));
        return error_set(reterr, pg ? code : -ENOMEM, "%s: %s", attempt, message[0] ? message : "the server hung up");
}
