/* SQL around the user's queries. Each query ends with a newline, in case its last line is a comment. */

#include "lib/hr/statement.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define MAX_KEYS 10000
#define MAX_KEYS_SIZE (1024UL * 1024)

char *hr_trim_query(const char *query) {
        size_t n = strlen(query);

        while (n > 0 && strchr(" \t\r\n\f\v;", query[n - 1]))
                n--;
        return strndup(query, n);
}

/*
 * Functions that the role may not call must not even be named: PostgreSQL checks them before it runs anything. The position is
 * of what is flushed: not even a power cut takes a primary back behind it.
 */
#define SNAPSHOT_SQL(system, checkpoint)                                                                               \
        "SELECT pg_is_in_recovery(), (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() "                    \
        "ELSE pg_current_wal_flush_lsn() END - '0/0'::pg_lsn)::numeric(20,0), current_database(), " system ", " checkpoint

#define SYSTEM_SQL "(SELECT system_identifier FROM pg_control_system())"
#define CHECKPOINT_SQL "(SELECT timeline_id FROM pg_control_checkpoint())"

const char *hr_snapshot_sql(bool sees_system, bool sees_checkpoint) {
        static const char *const texts[2][2] = {
                { SNAPSHOT_SQL("NULL", "NULL"), SNAPSHOT_SQL("NULL", CHECKPOINT_SQL) },
                { SNAPSHOT_SQL(SYSTEM_SQL, "NULL"), SNAPSHOT_SQL(SYSTEM_SQL, CHECKPOINT_SQL) },
        };

        return texts[sees_system][sees_checkpoint];
}

static size_t count_characters(const char *text) {
        size_t n = 0;

        for (; *text; text++)
                if (((unsigned char) *text & 0xc0) != 0x80)
                        n++;
        return n;
}

/* @before, the user's query, @after. */
static int wrap(HrPlace place, const char *before, const char *query, const char *after, HrStatement *ret) {
        char *text;

        if (asprintf(&text, "%s%s%s", before, query, after) < 0)
                return -ENOMEM;

        *ret = (HrStatement) {
                .text = text,
                .place = place,
                .query = query,
                .query_at = count_characters(before),
        };
        return 0;
}

int hr_as_of_statement(const char *as_of, HrStatement *ret) {
        return wrap(HR_PLACE_AS_OF, "SELECT floor(extract(epoch FROM (SELECT a.x::timestamptz FROM (", as_of,
                    "\n) AS a(x))))::int8", ret);
}

int hr_describe_statement(const char *people, HrStatement *ret) {
        return wrap(HR_PLACE_PEOPLE, "SELECT * FROM (", people, "\n) AS q", ret);
}

int hr_key_array(const char *const *keys, size_t n_keys, char **ret) {
        _cleanup_(freep) char *array = NULL;
        size_t size = 3;
        char *p;

        if (n_keys > MAX_KEYS)
                return -E2BIG;
        for (size_t i = 0; i < n_keys; i++) {
                size += 2 * strlen(keys[i]) + 3;
                if (size > MAX_KEYS_SIZE)
                        return -E2BIG;
        }

        p = array = malloc(size);
        if (!array)
                return -ENOMEM;

        *p++ = '{';
        for (size_t i = 0; i < n_keys; i++) {
                if (i > 0)
                        *p++ = ',';
                *p++ = '"';
                for (const char *k = keys[i]; *k; k++) {
                        if (*k == '"' || *k == '\\')
                                *p++ = '\\';
                        *p++ = *k;
                }
                *p++ = '"';
        }
        *p++ = '}';
        *p = '\0';

        *ret = steal(array);
        return 0;
}

/* Not a libpq string that free() may take: a wrapper of _cleanup_ for what PQescape…() returned. */
static void pq_freep(char **p) {
        PQfreemem(*p);
}

/*
 * Bytewise in UTF-8 is what COLLATE "C" gives in UTF-8, in SQL_ASCII (whose bytes are taken as they are) and in LATIN1,
 * where bytes sort as their code points do. Any other encoding is converted first.
 */
static bool sorts_as_utf8(PGconn *pg) {
        static const char *const encodings[] = { "UTF8", "SQL_ASCII", "LATIN1" };
        const char *encoding = PQparameterStatus(pg, "server_encoding");

        for (size_t i = 0; encoding && i < ELEMENTS(encodings); i++)
                if (strcmp(encoding, encodings[i]) == 0)
                        return true;
        return false;
}

/*
 * A literal of unknown type takes the array type that belongs to the key's own operator, so that `= ANY` can use the
 * index of the column, whatever its type is, and a key that is not of that type is an error at the literal's place.
 */
int hr_copy_statement(PGconn *pg, const char *people, const char *key_column, const char *keys, HrStatement *ret) {
        _cleanup_(pq_freep) char *column = NULL, *array = NULL;
        _cleanup_(freep) char *where = NULL, *after = NULL;
        const char *before = "COPY (SELECT q.* FROM (";
        bool plain = sorts_as_utf8(pg);
        int r;

        column = PQescapeIdentifier(pg, key_column, strlen(key_column));
        if (!column)
                return -EINVAL;

        if (keys) {
                array = PQescapeLiteral(pg, keys, strlen(keys));
                if (!array)
                        return -EDOM;
        }

        if (asprintf(&where, "%s%s%s", array ? "\n) AS q WHERE q." : "\n) AS q", array ? column : "",
                     array ? " = ANY(" : "") < 0)
                return -ENOMEM;
        if (asprintf(&after, "%s%s%s ORDER BY %sq.%s::text%s NULLS FIRST) TO STDOUT; COMMIT", where,
                     array ? array : "", array ? ")" : "", plain ? "" : "convert_to(", column,
                     plain ? " COLLATE \"C\"" : ", 'UTF8')") < 0)
                return -ENOMEM;

        r = wrap(HR_PLACE_PEOPLE, before, people, after, ret);
        if (r >= 0 && array)
                ret->keys_at = ret->query_at + count_characters(people) + count_characters(where);
        return r;
}
