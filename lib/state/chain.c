/* The chain of the history: how entries are hashed, and whether they still are what was written. */

#include "lib/state/chain.h"

#include <errno.h>
#include <string.h>

enum { WALK };

static const char *const texts[] = {
        [WALK] = "SELECT " HISTORY_COLUMNS ", previous, hash FROM history WHERE id > ? ORDER BY id LIMIT ?",
};

/* Little-endian, so that a chain can be verified on another machine. */
static uint8_t *add_number(uint8_t *p, uint64_t value) {
        for (unsigned i = 0; i < 8; i++)
                *p++ = (uint8_t) (value >> (8 * i));
        return p;
}

static uint8_t *add_text(uint8_t *p, const char *text, size_t n) {
        p = add_number(p, n);
        if (n > 0)
                memcpy(p, text, n);
        return p + n;
}

/* Each text after its length: no two entries share their bytes. No text counts as an empty one. */
int chain_hash(const uint8_t previous[HASH_SIZE], const HistoryEntry *entry, uint8_t ret[HASH_SIZE]) {
        const char *texts_of[] = { entry->key, entry->action, entry->detail };
        size_t lengths[ELEMENTS(texts_of)], size = 6 * 8;
        _cleanup_(freep) uint8_t *bytes = NULL;
        uint8_t *p;

        for (size_t i = 0; i < ELEMENTS(texts_of); i++) {
                lengths[i] = texts_of[i] ? strlen(texts_of[i]) : 0;
                if (__builtin_add_overflow(size, lengths[i], &size))
                        return -E2BIG;
        }
        bytes = malloc(size);
        if (!bytes)
                return -ENOMEM;
        p = add_number(bytes, (uint64_t) entry->id);
        p = add_number(p, (uint64_t) entry->at_usec);
        p = add_number(p, (uint64_t) entry->cycle);
        for (size_t i = 0; i < ELEMENTS(texts_of); i++)
                p = add_text(p, texts_of[i], lengths[i]);
        digest_chain(previous, bytes, size, ret);
        return 0;
}

/* 1: the entry follows the last one, and is the last one then; 0: it does not. */
static int follows(Statement *s, HistoryCheck *check, Error *reterr) {
        _cleanup_(history_entry_deinit) HistoryEntry entry = { 0 };
        uint8_t previous[HASH_SIZE] = { 0 }, hash[HASH_SIZE] = { 0 }, computed[HASH_SIZE];
        int r;

        r = history_take_entry(s, &entry, reterr);
        if (r < 0)
                return r;
        (void) take_bytes(s, previous, sizeof(previous));
        (void) take_bytes(s, hash, sizeof(hash));
        r = chain_hash(check->hash, &entry, computed);
        if (r < 0)
                return error_set(reterr, r, "cannot verify the history of the state '%s': %s", s->state->path,
                                 strerror(-r));
        if (entry.id != check->last_id + 1 || memcmp(previous, check->hash, HASH_SIZE) != 0 ||
            memcmp(hash, computed, HASH_SIZE) != 0)
                return 0;

        if (check->n++ == 0) {
                check->first_id = entry.id;
                check->first_usec = entry.at_usec;
        }
        check->last_id = entry.id;
        check->last_usec = entry.at_usec;
        memcpy(check->hash, hash, HASH_SIZE);
        if (check->wanted && memcmp(check->head, hash, HASH_SIZE) == 0) {
                check->found = true;
                check->found_id = entry.id;
                check->found_usec = entry.at_usec;
        }
        return 1;
}

/* From the last entry that was dropped for its age; again from there, when it has come past us meanwhile. */
static int begin(State *state, HistoryCheck *check, Error *reterr) {
        ChainEnd anchor;
        int r;

        r = chain_get_end(state, "anchor", &anchor, reterr);
        if (r < 0)
                return r;
        if (check->begun && check->last_id >= anchor.id)
                return 0;
        check->begun = true;
        check->n = check->first_id = check->first_usec = check->last_usec = 0;
        check->last_id = anchor.id;
        memcpy(check->hash, anchor.hash, HASH_SIZE);
        if (check->wanted && anchor.id > 0 && memcmp(check->head, anchor.hash, HASH_SIZE) == 0) {
                check->found = true;
                check->found_id = anchor.id;
        }
        return 0;
}

static int damaged(State *state, HistoryCheck *check, Error *reterr) {
        check->bad = check->last_id + 1;
        (void) error_set(reterr, -EUCLEAN,
                         "the history of the state '%s' was changed: entry %jd is missing or not what "
                         "was written",
                         state->path, (intmax_t) check->bad);
        return STATE_DAMAGED;
}

/* 0: no more, 1: there may be more, STATE_DAMAGED. */
static int walk(State *state, HistoryCheck *check, unsigned max, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        unsigned n = 0;
        int r;

        r = statement_use(state, SHELF_CHAIN, WALK, texts[WALK], &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, check->last_id);
        put_number(&s, max);
        while ((r = statement_step(&s, "verify the history", reterr)) > 0) {
                r = follows(&s, check, reterr);
                if (r < 0)
                        return r;
                if (r == 0)
                        return damaged(state, check, reterr);
                n++;
        }
        return r < 0 ? r : n == max;
}

int history_check(State *state, HistoryCheck *check, unsigned max, Error *reterr) {
        ChainEnd head;
        int r;

        r = begin(state, check, reterr);
        if (r >= 0)
                r = walk(state, check, max > 0 ? max : 1, reterr);
        if (r != 0)
                return r;
        r = chain_get_end(state, "head", &head, reterr);
        if (r < 0)
                return r;
        if (check->last_id != head.id || memcmp(check->hash, head.hash, HASH_SIZE) != 0)
                return damaged(state, check, reterr);
        return 0;
}
