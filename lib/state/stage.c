/* Findings of a read, in one temporary table a slot. */

#include "lib/state/stage.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "lib/state/wanted.h"

#define TABLE(name)                                                                             \
        "CREATE TEMP TABLE " name " ("                                                          \
        "       key TEXT NOT NULL PRIMARY KEY,"                                                 \
        "       kind INTEGER, counts INTEGER, gains TEXT," \
        "       digest BLOB, pin_wanted INTEGER, pin_digest BLOB, grants TEXT,"                 \
        "       standing INTEGER, mapped INTEGER, keep INTEGER, excluded INTEGER, boundary INTEGER, fault TEXT," \
        "       id_num TEXT, first_name TEXT, last_name TEXT, card_num TEXT, credential_key TEXT, email TEXT," \
        "       phone TEXT, access_effective INTEGER, access_expires INTEGER, enabled INTEGER, levels TEXT" \
        ") WITHOUT ROWID;"

#define CLAIMS(name)                                                                            \
        "CREATE INDEX temp." name "_card ON " name " (card_num) WHERE card_num IS NOT NULL;"    \
        "CREATE INDEX temp." name "_email ON " name " (email COLLATE NOCASE) WHERE email IS NOT NULL;"

/* A plan asks its findings who claims what; a cycle asks the queue, and before an adoption all that was read. */
static const char tables[] = TABLE("stage_complete") TABLE("stage_keyed") TABLE("stage_dry") CLAIMS("stage_complete")
        CLAIMS("stage_dry");

enum { CLEAR, ADD, GET, NEXT, COUNTS, DELETE, COUNT, BY_CARD_NUM, BY_EMAIL };

#define COLUMNS "key, kind, counts, gains, digest, pin_wanted, pin_digest, grants, " WANTED_COLUMNS

#define CLAIM(name, condition)                                                                  \
        "SELECT key FROM temp." name " WHERE " condition " AND key <> ?2 AND excluded = 0 AND fault IS NULL " \
        "ORDER BY standing, key LIMIT 1"

#define TEXTS(name)                                                                             \
        {                                                                                       \
                [CLEAR] = "DELETE FROM temp." name,                                             \
                [ADD] = "INSERT OR REPLACE INTO temp." name " (" COLUMNS ") VALUES "            \
                        "(?, ?, ?, ?, ?, ?, ?, ?, " WANTED_PARAMETERS ")",             \
                [GET] = "SELECT " COLUMNS " FROM temp." name " WHERE key = ?",                  \
                [NEXT] = "SELECT " COLUMNS " FROM temp." name " WHERE key > ? ORDER BY key LIMIT 1", \
                [BY_CARD_NUM] = CLAIM(name, "card_num = ?1"),                                   \
                [BY_EMAIL] = CLAIM(name, "email = ?1 COLLATE NOCASE"),                          \
                [COUNTS] = "UPDATE temp." name " SET counts = ?2, gains = ?3 WHERE key = ?1",    \
                [DELETE] = "DELETE FROM temp." name " WHERE key = ?",                           \
                [COUNT] = "SELECT count(*) FROM temp." name,                                    \
        }

static const char *const texts[STAGE_SLOTS][BY_EMAIL + 1] = {
        [STAGE_COMPLETE] = TEXTS("stage_complete"),
        [STAGE_KEYED] = TEXTS("stage_keyed"),
        [STAGE_DRY] = TEXTS("stage_dry"),
};

_Static_assert(SHELVES - SHELF_STAGE == STAGE_SLOTS, "each slot has a shelf");

static int use(State *state, StageSlot slot, unsigned which, Statement *ret, Error *reterr) {
        return statement_use(state, (unsigned) SHELF_STAGE + slot, which, texts[slot][which], ret, reterr);
}

int stage_prepare(State *state, Error *reterr) {
        return database_exec(state, tables, "make temporary tables", reterr);
}

void finding_deinit(Finding *finding) {
        person_deinit(&finding->wanted);
        free(finding->gains);
        *finding = FINDING_INIT;
}

int stage_clear(State *state, StageSlot slot, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, slot, CLEAR, &s, reterr);
        if (r < 0)
                return r;
        return statement_run(&s, "drop findings", reterr);
}

/* "12:34,13:40": level and line. NULL when memory is out. */
static char *format_grants(const Person *person) {
        enum { LONGEST = 33 };          /* a sign, 19 digits, a colon, 10 digits, a comma, and one to spare */
        size_t size, n = 0;
        char *text;

        if (__builtin_mul_overflow(person->n_grants, (size_t) LONGEST, &size))
                return NULL;
        text = malloc(size + 1);
        if (!text)
                return NULL;
        text[0] = '\0';
        for (size_t i = 0; i < person->n_grants; i++)
                n += (size_t) snprintf(text + n, size + 1 - n, "%s%" PRId64 ":%u", i > 0 ? "," : "",
                                       person->grants[i].level, person->grants[i].line);
        return text;
}

/* What format_grants() wrote. */
static int parse_grants(Person *person, const char *text) {
        size_t n = 1;
        int64_t level;
        unsigned line;
        int used;

        for (const char *p = text; *p; p++)
                n += *p == ',';
        person->grants = calloc(n, sizeof(*person->grants));
        if (!person->grants)
                return -ENOMEM;
        while (person->n_grants < n && sscanf(text, "%" SCNd64 ":%u%n", &level, &line, &used) == 2) {
                person->grants[person->n_grants++] = (Grant) { level, line };
                text += used;
                if (*text == ',')
                        text++;
        }
        return *text ? -EUCLEAN : 0;
}

static void put_grants(Statement *s, const Person *person) {
        char *text;
        int rc;

        if (person->n_grants == 0) {
                put_null(s);
                return;
        }
        text = format_grants(person);
        rc = text ? sqlite3_bind_text(s->sql, ++s->next, text, -1, free) : SQLITE_NOMEM;
        if (rc != SQLITE_OK)
                s->rc = rc;
}

static void take_grants(Statement *s, Person *person) {
        _cleanup_(freep) char *text = take_text(s);
        int r;

        if (!text)
                return;
        r = parse_grants(person, text);
        if (r < 0)
                s->rc = r == -ENOMEM ? SQLITE_NOMEM : SQLITE_CORRUPT;
}

int stage_put(State *state, StageSlot slot, const Finding *finding, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, slot, ADD, &s, reterr);
        if (r < 0)
                return r;
        put_word(&s, finding->wanted.key);
        put_number(&s, finding->kind);
        put_number(&s, finding->counts);
        put_text(&s, finding->gains);
        put_bytes(&s, finding->digest, DIGEST_SIZE);
        put_number(&s, finding->pin_wanted);
        put_bytes(&s, finding->pin_digest, DIGEST_SIZE);
        put_grants(&s, &finding->wanted);
        put_wanted(&s, &finding->wanted);
        return statement_run(&s, "keep a finding", reterr);
}

static int get_one(State *state, StageSlot slot, unsigned which, const char *key, Finding *ret, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        _cleanup_(finding_deinit) Finding finding = FINDING_INIT;
        int r;

        r = use(state, slot, which, &s, reterr);
        if (r < 0)
                return r;
        put_word(&s, key);
        r = statement_step(&s, "read a finding", reterr);
        if (r <= 0)
                return r < 0 ? r : STATE_NONE;
        finding.wanted.key = take_text(&s);
        finding.kind = (FindingKind) take_number(&s);
        finding.counts = (unsigned) take_number(&s);
        finding.gains = take_text(&s);
        (void) take_bytes(&s, finding.digest, DIGEST_SIZE);
        finding.pin_wanted = take_flag(&s);
        (void) take_bytes(&s, finding.pin_digest, DIGEST_SIZE);
        take_grants(&s, &finding.wanted);
        take_wanted(&s, &finding.wanted);
        r = statement_taken(&s, "read a finding", reterr);
        if (r < 0)
                return r;
        *ret = finding;
        finding = FINDING_INIT;
        return 0;
}

int stage_get(State *state, StageSlot slot, const char *key, Finding *ret, Error *reterr) {
        return get_one(state, slot, GET, key, ret, reterr);
}

int stage_next(State *state, StageSlot slot, const char *after, Finding *ret, Error *reterr) {
        return get_one(state, slot, NEXT, after ? after : "", ret, reterr);
}

int stage_claimant(State *state, StageSlot slot, Property property, const char *value, const char *except,
                   char **ret_key, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        char *key;
        int r;

        if (property != PROPERTY_CARD_NUM && property != PROPERTY_EMAIL)
                return error_set(reterr, -EINVAL, "nobody claims %s", property_name(property));
        r = use(state, slot, property == PROPERTY_CARD_NUM ? BY_CARD_NUM : BY_EMAIL, &s, reterr);
        if (r < 0)
                return r;
        put_text(&s, value);
        put_word(&s, except);
        r = statement_step(&s, "find who claims a value", reterr);
        if (r <= 0)
                return r < 0 ? r : STATE_NONE;
        key = take_text(&s);
        r = statement_taken(&s, "find who claims a value", reterr);
        if (r < 0) {
                free(key);
                return r;
        }
        *ret_key = key;
        return 0;
}

int stage_set_counts(State *state, StageSlot slot, const char *key, unsigned counts, const char *gains,
                     Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, slot, COUNTS, &s, reterr);
        if (r < 0)
                return r;
        put_word(&s, key);
        put_number(&s, counts);
        put_text(&s, gains);
        return statement_run(&s, "keep a verdict", reterr);
}

int stage_delete(State *state, StageSlot slot, const char *key, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, slot, DELETE, &s, reterr);
        if (r < 0)
                return r;
        put_word(&s, key);
        return statement_run(&s, "drop a finding", reterr);
}

int stage_count(State *state, StageSlot slot, int64_t *ret, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, slot, COUNT, &s, reterr);
        if (r < 0)
                return r;
        r = statement_step(&s, "count findings", reterr);
        if (r < 0)
                return r;
        *ret = take_number(&s);
        return 0;
}
