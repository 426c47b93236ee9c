/* Finding users: those in the indexes, and those in the packed lists. */

#include <endian.h>
#include <string.h>

#include "lib/state/packed.h"

#define WHO " AND missing = 0 AND id <> ?3 AND (linked = 0 OR NOT ?4)"
#define INDEXED(has) "SELECT id FROM user WHERE " has " AND packed = 0" WHO " ORDER BY id LIMIT ?5"
#define PACKED(has) "SELECT 1 FROM user WHERE id = ?5 AND packed = 1 AND " has WHO

#define ID_NUM "id_num = ?1"
#define CARD_NUM "card_num = ?1"
#define EMAIL "email = ?1 COLLATE NOCASE"
#define LAST_NAME "last_name = ?1 COLLATE NOCASE"
#define NAME LAST_NAME " AND first_name IS ?2 COLLATE NOCASE"

static const char *const indexed[LOOKUPS] = {
        [LOOKUP_ID_NUM] = INDEXED(ID_NUM),
        [LOOKUP_CARD_NUM] = INDEXED(CARD_NUM),
        [LOOKUP_EMAIL] = INDEXED(EMAIL),
        [LOOKUP_NAME] = INDEXED(NAME),
        [LOOKUP_LAST_NAME] = INDEXED(LAST_NAME),
};

static const char *const packed[LOOKUPS + 1] = {
        [LOOKUP_ID_NUM] = PACKED(ID_NUM),
        [LOOKUP_CARD_NUM] = PACKED(CARD_NUM),
        [LOOKUP_EMAIL] = PACKED(EMAIL),
        [LOOKUP_NAME] = PACKED(NAME),
        [LOOKUP_LAST_NAME] = PACKED(LAST_NAME),
        [LOOKUPS] = "SELECT entries FROM user_lookup WHERE bucket = ?",
};

typedef struct Found {
        int64_t *ids;           /* ascending */
        size_t n, max;
} Found;

static void add(Found *found, int64_t id) {
        size_t i = found->n;

        if (i == found->max) {
                if (i == 0 || found->ids[i - 1] < id)
                        return;
                i--;
        } else
                found->n++;
        for (; i > 0 && found->ids[i - 1] > id; i--)
                found->ids[i] = found->ids[i - 1];
        found->ids[i] = id;
}

static void put_lookup(Statement *s, const Lookup *lookup, int64_t last) {
        put_text(s, lookup->value);
        put_text(s, lookup->first_name);
        put_number(s, lookup->except);
        put_number(s, lookup->unlinked_only);
        put_number(s, last);
}

static int find_indexed(State *state, const Lookup *lookup, Found *found, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = statement_use(state, SHELF_LOOKUP, lookup->kind, indexed[lookup->kind], &s, reterr);
        if (r < 0)
                return r;
        put_lookup(&s, lookup, found->max > INT32_MAX ? INT32_MAX : (int64_t) found->max);
        while ((r = statement_step(&s, "find a user", reterr)) > 0)
                add(found, take_number(&s));
        return r;
}

/* An entry is a hint: 1 when the row says so too. */
static int is_packed_with(State *state, const Lookup *lookup, int64_t id, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = statement_use(state, SHELF_PACKED_LOOKUP, lookup->kind, packed[lookup->kind], &s, reterr);
        if (r < 0)
                return r;
        put_lookup(&s, lookup, id);
        return statement_step(&s, "find a user", reterr);
}

/* The first of @n entries that is not before @tag. */
static size_t find_first(const uint8_t *entries, size_t n, const uint8_t tag[PACKED_TAG]) {
        size_t from = 0, to = n;

        while (from < to) {
                size_t middle = from + (to - from) / 2;

                if (memcmp(entries + middle * PACKED_ENTRY, tag, PACKED_TAG) < 0)
                        from = middle + 1;
                else
                        to = middle;
        }
        return from;
}

static int find_among(State *state, const Lookup *lookup, const uint8_t *entries, size_t n,
                      const uint8_t tag[PACKED_TAG], Found *found, Error *reterr) {
        size_t hits = 0;
        uint64_t id;
        int r;

        for (size_t i = find_first(entries, n, tag); i < n && hits < found->max; i++) {
                const uint8_t *entry = entries + i * PACKED_ENTRY;

                if (memcmp(entry, tag, PACKED_TAG) != 0)
                        break;
                memcpy(&id, entry + PACKED_TAG, sizeof(id));
                r = is_packed_with(state, lookup, (int64_t) be64toh(id), reterr);
                if (r < 0)
                        return r;
                if (r > 0) {
                        add(found, (int64_t) be64toh(id));
                        hits++;
                }
        }
        return 0;
}

static int find_packed(State *state, const Lookup *lookup, Found *found, Error *reterr) {
        const char *first = lookup->first_name ? lookup->first_name : "";
        _cleanup_(statement_done) Statement s = { 0 };
        PackedPlace place;
        size_t size;
        int r;

        packed_place(state, lookup->kind, lookup->value, strlen(lookup->value), first, strlen(first), &place);
        r = statement_use(state, SHELF_PACKED_LOOKUP, LOOKUPS, packed[LOOKUPS], &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, place.bucket);
        r = statement_step(&s, "find a user", reterr);
        if (r <= 0)
                return r;
        size = (size_t) sqlite3_column_bytes(s.sql, 0);
        if (size % PACKED_ENTRY != 0)
                return database_fail(state, SQLITE_CORRUPT, "find a user", reterr);
        return find_among(state, lookup, sqlite3_column_blob(s.sql, 0), size / PACKED_ENTRY, place.tag, found, reterr);
}

int lookup_find(State *state, const Lookup *lookup, int64_t *ret, size_t max, size_t *ret_n, Error *reterr) {
        Found found = { .ids = ret, .max = max };
        int r = 0;

        if (lookup->value && lookup->value[0]) {
                r = find_indexed(state, lookup, &found, reterr);
                if (r >= 0)
                        r = find_packed(state, lookup, &found, reterr);
        }
        if (r < 0)
                return r;
        *ret_n = found.n;
        return 0;
}
