/*
 * The packed lists, from the first user of a listing to the last bucket
 *
 * Each bucket collects its entries in memory, a part of fixed length at a time; full parts go to a table of the listing
 * in the order in which they fill up, each with the number of the part of its bucket before it. So whatever the order of
 * the listing, nothing is sorted or moved before the end, and then one bucket after the other.
 */

#include "lib/state/packed.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#define PART 32u                /* entries: 6 MiB for all buckets */
#define CROWD 8192u             /* entries of a bucket. Ten times what a large company has, unless all have one name */
#define LETTERS 256             /* so many bytes of a value count; what they have in common, looking at the row parts */

/* What one piece of writing may take: a few milliseconds. */
#define PIECE_BUCKETS 512u
#define PIECE_ENTRIES 65536u

enum { ADD_PART, GET_PART, LEAVE, EMPTY, WRITE };

static const char *const texts[] = {
        [ADD_PART] = "INSERT INTO staged.lookup_part (number, previous, entries) VALUES (?, ?, ?)",
        [GET_PART] = "SELECT previous, entries FROM staged.lookup_part WHERE number = ?",
        [LEAVE] = "UPDATE user SET packed = 0 WHERE packed = 1",
        [EMPTY] = "DELETE FROM user_lookup",
        [WRITE] = "INSERT INTO user_lookup (bucket, entries) VALUES (?, ?)",
};

typedef struct Bucket {
        uint32_t n;             /* of entries, all parts together */
        uint32_t last_part;     /* 0: none is full yet */
} Bucket;

struct PackedLists {
        uint32_t n_parts;
        Packet gathered, sorted;
        Bucket buckets[PACKED_BUCKETS];
        uint8_t open[PACKED_BUCKETS][PART * PACKED_ENTRY];      /* the part that is not full */
};

static int use(State *state, unsigned which, Statement *ret, Error *reterr) {
        return statement_use(state, SHELF_PACKED, which, texts[which], ret, reterr);
}

PackedLists *packed_lists_new(void) {
        return calloc(1, sizeof(PackedLists));
}

PackedLists *packed_lists_free(PackedLists *lists) {
        if (!lists)
                return NULL;
        packet_deinit(&lists->gathered);
        packet_deinit(&lists->sorted);
        free(lists);
        return NULL;
}

/* Capital letters as SQLite's NOCASE has them. */
static size_t append(uint8_t *to, const char *text, size_t n, bool fold) {
        if (n > LETTERS)
                n = LETTERS;
        for (size_t i = 0; i < n; i++)
                to[i] = (uint8_t) (fold && text[i] >= 'A' && text[i] <= 'Z' ? text[i] + ('a' - 'A') : text[i]);
        return n;
}

void packed_place(const State *state, LookupKind kind, const char *value, size_t n, const char *first, size_t n_first,
                  PackedPlace *ret) {
        bool fold = kind != LOOKUP_ID_NUM && kind != LOOKUP_CARD_NUM;
        uint8_t text[2 * LETTERS + 2], digest[DIGEST_SIZE];
        size_t length = 0;

        text[length++] = (uint8_t) kind;
        length += append(text + length, value, n, fold);
        if (kind == LOOKUP_NAME) {
                text[length++] = '\0';
                length += append(text + length, first, n_first, fold);
        }
        digest_bytes(&state->lookup_key, text, length, digest);
        ret->bucket = ((uint32_t) digest[0] << 8 | digest[1]) % PACKED_BUCKETS;
        memcpy(ret->tag, digest + 2, PACKED_TAG);
}

static int flush_part(PackedLists *lists, State *state, uint32_t bucket, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, ADD_PART, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, (int64_t) lists->n_parts + 1);
        put_number(&s, lists->buckets[bucket].last_part);
        put_bytes(&s, lists->open[bucket], sizeof(lists->open[bucket]));
        r = statement_run(&s, "collect listed users", reterr);
        if (r < 0)
                return r;
        lists->buckets[bucket].last_part = ++lists->n_parts;
        return 0;
}

static int add_entry(PackedLists *lists, State *state, const PackedPlace *place, int64_t id, Error *reterr) {
        Bucket *bucket = &lists->buckets[place->bucket];
        uint8_t *entry = lists->open[place->bucket] + (bucket->n % PART) * PACKED_ENTRY;
        uint64_t number = htobe64((uint64_t) id);

        memcpy(entry, place->tag, PACKED_TAG);
        memcpy(entry + PACKED_TAG, &number, sizeof(number));
        bucket->n++;
        return bucket->n % PART == 0 ? flush_part(lists, state, place->bucket, reterr) : 0;
}

/* All the places of a user. */
static size_t find_places(const State *state, const PacketUser *user, PackedPlace places[LOOKUPS]) {
        static const Property properties[LOOKUPS] = {
                [LOOKUP_ID_NUM] = PROPERTY_ID_NUM,
                [LOOKUP_CARD_NUM] = PROPERTY_CARD_NUM,
                [LOOKUP_EMAIL] = PROPERTY_EMAIL,
                [LOOKUP_NAME] = PROPERTY_LAST_NAME,
                [LOOKUP_LAST_NAME] = PROPERTY_LAST_NAME,
        };
        size_t n = 0;

        for (size_t kind = 0; kind < LOOKUPS; kind++) {
                Property property = properties[kind];

                if (user->length[property] > 0)
                        packed_place(state, (LookupKind) kind, user->text[property], user->length[property],
                                     user->text[PROPERTY_FIRST_NAME], user->length[PROPERTY_FIRST_NAME], &places[n++]);
        }
        return n;
}

int packed_lists_add(PackedLists *lists, State *state, int64_t id, const PacketUser *user, Error *reterr) {
        PackedPlace places[LOOKUPS];
        size_t n = find_places(state, user, places);
        int r = 0;

        for (size_t i = 0; i < n; i++)
                if (lists->buckets[places[i].bucket].n >= CROWD)
                        return LOOKUP_CROWDED;
        for (size_t i = 0; i < n && r >= 0; i++)
                r = add_entry(lists, state, &places[i], id, reterr);
        return r;
}

int packed_lists_begin(State *state, Error *reterr) {
        static const unsigned steps[] = { LEAVE, EMPTY };
        int r;

        for (size_t i = 0; i < ELEMENTS(steps); i++) {
                _cleanup_(statement_done) Statement s = { 0 };

                r = use(state, steps[i], &s, reterr);
                if (r >= 0)
                        r = statement_run(&s, "begin the lists of users", reterr);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* The part @number to @to; its predecessor to @ret. */
static int get_part(State *state, uint32_t number, uint8_t *to, uint32_t *ret, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, GET_PART, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, number);
        r = statement_step(&s, "collect listed users", reterr);
        if (r < 0)
                return r;
        *ret = (uint32_t) take_number(&s);
        if (!take_bytes(&s, to, PART * PACKED_ENTRY))
                return database_fail(state, SQLITE_CORRUPT, "collect listed users", reterr);
        return 0;
}

/* By the byte at @at, those with the same one in the order that they have. False: they all have the same one. */
static bool sort_by_byte(const uint8_t *from, uint8_t *to, size_t n, size_t at) {
        uint32_t starts[256] = { 0 }, sum = 0;

        for (size_t i = 0; i < n; i++)
                starts[from[i * PACKED_ENTRY + at]]++;
        if (starts[from[at]] == n)
                return false;
        for (size_t i = 0; i < ELEMENTS(starts); i++) {
                uint32_t count = starts[i];

                starts[i] = sum;
                sum += count;
        }
        for (size_t i = 0; i < n; i++) {
                const uint8_t *entry = from + i * PACKED_ENTRY;

                memcpy(to + (size_t) starts[entry[at]]++ * PACKED_ENTRY, entry, PACKED_ENTRY);
        }
        return true;
}

/* Byte by byte from the last one: in the order of memcmp(), and as quick whatever there is. */
static void sort_entries(PackedLists *lists, size_t n) {
        for (size_t at = PACKED_ENTRY; n > 1 && at-- > 0;)
                if (sort_by_byte(lists->gathered.data, lists->sorted.data, n, at)) {
                        Packet swap = lists->gathered;

                        lists->gathered = lists->sorted;
                        lists->sorted = swap;
                }
}

/* The entries of a bucket, sorted, in .gathered. */
static int gather(PackedLists *lists, State *state, uint32_t which, Error *reterr) {
        const Bucket *bucket = &lists->buckets[which];
        size_t open = (bucket->n % PART) * PACKED_ENTRY;
        uint32_t part = bucket->last_part;
        int r;

        lists->gathered.n = lists->sorted.n = 0;
        r = packet_reserve(&lists->gathered, (size_t) bucket->n * PACKED_ENTRY);
        if (r >= 0)
                r = packet_reserve(&lists->sorted, (size_t) bucket->n * PACKED_ENTRY);
        if (r < 0)
                return error_set(reterr, r, "cannot collect listed users in the state '%s': out of memory",
                                 state->path);
        memcpy(lists->gathered.data, lists->open[which], open);
        for (size_t n = open; part > 0; n += PART * PACKED_ENTRY) {
                r = get_part(state, part, lists->gathered.data + n, &part, reterr);
                if (r < 0)
                        return r;
        }
        sort_entries(lists, bucket->n);
        return 0;
}

static int write_bucket(PackedLists *lists, State *state, uint32_t which, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = gather(lists, state, which, reterr);
        if (r >= 0)
                r = use(state, WRITE, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, which);
        put_bytes(&s, lists->gathered.data, (size_t) lists->buckets[which].n * PACKED_ENTRY);
        return statement_run(&s, "keep the lists of users", reterr);
}

int packed_lists_write(PackedLists *lists, State *state, unsigned *bucket, Error *reterr) {
        uint32_t i = *bucket, n = 0;
        int r;

        for (; i < PACKED_BUCKETS && i < *bucket + PIECE_BUCKETS && n < PIECE_ENTRIES; i++) {
                if (lists->buckets[i].n == 0)
                        continue;
                r = write_bucket(lists, state, i, reterr);
                if (r < 0)
                        return r;
                n += lists->buckets[i].n;
        }
        *bucket = i;
        return i < PACKED_BUCKETS;
}
