/*
 * The gate: what was never approved changes nobody (invariant 5)
 *
 * With a new ledger, another mapping or another HR database every change is held as part of a plan, but for what explicit
 * leavers lose. It opens when that plan is approved, when nothing in it waits any more, or when the reason is taken back.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/sync/internal.h"

/* Beside the causes in the ledger: gifts of before are still in the queue. */
#define GATE_DROPPING 8u

static const char *const reasons[] = {
        [0] = "",
        [GATE_FIRST] = "this ledger is new: its first plan is to be looked at",
        [GATE_MAPPING] = "the mapping has changed",
        [GATE_HR] = "HR is another database than before",
        [GATE_MAPPING | GATE_HR] = "the mapping has changed, and HR is another database than before",
};

const char *gate_words(unsigned gate) {
        /* Whatever else is new beside a ledger does not matter. */
        return reasons[gate & GATE_FIRST ? GATE_FIRST : gate];
}

const char *gate_reason(const Sync *sync) {
        return gate_words(sync->gate);
}

/* All of the configuration that decides about a person, but for the safety limits. */
static int describe_mapping(const Sync *sync, const Config *config, const Mapping *mapping,
                            char ret[2 * DIGEST_SIZE + 1], Error *reterr) {
        _cleanup_(freep) char *wish = NULL, *text = NULL;
        uint8_t digest[DIGEST_SIZE];
        DigestKey key;

        wish = mapping_wish(mapping);
        if (!wish || asprintf(&text, "%s\nquery %zu:%s others=%d leavers=%d%d%d link_by_email=%d", wish,
                              strlen(config->hr.people.text), config->hr.people.text, (int) config->others,
                              config->leavers.disable, config->leavers.remove_access_levels, config->leavers.expire,
                              config->lockt.link_by_email) < 0) {
                text = NULL;
                return error_set(reterr, -ENOMEM, "cannot compare the mapping with the approved one: out of memory");
        }
        digest_key_init(&key, sync->master, "mapping");
        digest_bytes(&key, text, strlen(text), digest);
        for (size_t i = 0; i < DIGEST_SIZE; i++)
                (void) snprintf(ret + 2 * i, 3, "%02x", digest[i]);
        return 0;
}

int gate_foresee(const Sync *sync, const Config *config, const Mapping *mapping, unsigned *ret, bool *ret_same,
                 Error *reterr) {
        _cleanup_(freep) char *approved = NULL;
        char digest[2 * DIGEST_SIZE + 1];
        unsigned others = sync->gate & ~(unsigned) GATE_MAPPING;
        int r;

        r = describe_mapping(sync, config, mapping, digest, reterr);
        if (r < 0)
                return r;
        r = state_get_text(sync->state, "mapping", &approved, reterr);
        if (r < 0)
                return r;
        *ret_same = r == 0 && strcmp(approved, digest) == 0;
        *ret = *ret_same || !config->safety.mapping_change_hold ? others : others | GATE_MAPPING;
        return 0;
}

static int set_gate(Sync *sync, unsigned gate, Error *reterr) {
        int r;

        if (gate == sync->gate)
                return 0;
        r = state_set_number(sync->state, "gate", gate != 0 ? gate | GATE_DROPPING : 0, reterr);
        if (r < 0)
                return r;
        /* Gifts that waited in the queue are part of the plan now. */
        sync->gate_dropping = gate != 0;
        sync->plan_dropping = gate == 0;
        sync->gate = gate;
        sync->plan_seq = -1;
        return 0;
}

/* A ledger that knows nobody and has done nothing is new. */
static int is_new(Sync *sync, bool *ret, Error *reterr) {
        uint8_t hash[HASH_SIZE];
        int64_t links, entry;
        int r;

        r = link_count(sync->state, &links, reterr);
        if (r >= 0)
                r = history_head(sync->state, &entry, hash, reterr);
        if (r < 0)
                return r;
        *ret = links == 0 && entry == 0;
        return 0;
}

static int approve_mapping(Sync *sync, Error *reterr) {
        char digest[2 * DIGEST_SIZE + 1];
        int r;

        r = describe_mapping(sync, sync->config, sync->mapping, digest, reterr);
        return r < 0 ? r : state_set_text(sync->state, "mapping", digest, reterr);
}

int gate_check_mapping(Sync *sync, Error *reterr) {
        _cleanup_(freep) char *approved = NULL;
        char digest[2 * DIGEST_SIZE + 1];
        int64_t gate = 0;
        bool fresh;
        int r;

        r = state_get_number(sync->state, "gate", &gate, reterr);
        if (r < 0)
                return r;
        sync->gate = (unsigned) gate & (GATE_FIRST | GATE_MAPPING | GATE_HR);
        sync->plan_dropping = sync->gate == 0;
        sync->gate_dropping = gate & GATE_DROPPING;
        sync->plan_seq = -1;
        if (sync->gate & GATE_FIRST)
                return 0;
        r = state_get_text(sync->state, "mapping", &approved, reterr);
        if (r < 0)
                return r;
        if (r == STATE_NONE) {
                r = is_new(sync, &fresh, reterr);
                if (r < 0)
                        return r;
                return fresh ? set_gate(sync, GATE_FIRST, reterr) : approve_mapping(sync, reterr);
        }
        r = describe_mapping(sync, sync->config, sync->mapping, digest, reterr);
        if (r < 0)
                return r;
        if (strcmp(approved, digest) == 0)
                return set_gate(sync, sync->gate & ~(unsigned) GATE_MAPPING, reterr);
        if (sync->config->safety.mapping_change_hold)
                return set_gate(sync, sync->gate | GATE_MAPPING, reterr);
        r = state_set_text(sync->state, "mapping", digest, reterr);
        return r < 0 ? r : set_gate(sync, sync->gate & ~(unsigned) GATE_MAPPING, reterr);
}

int gate_set_hr(Sync *sync, const char *foreign_identity, Error *reterr) {
        _cleanup_(freep) char *former = NULL;
        int r;

        if (!foreign_identity)
                return set_gate(sync, sync->gate & ~(unsigned) GATE_HR, reterr);
        r = state_get_text(sync->state, "gate_hr", &former, reterr);
        if (r < 0)
                return r;
        if (r == STATE_NONE || strcmp(former, foreign_identity) != 0)
                sync->plan_seq = -1;
        r = state_set_text(sync->state, "gate_hr", foreign_identity, reterr);
        return r < 0 ? r : set_gate(sync, sync->gate | GATE_HR, reterr);
}

/* The new database's WAL and ages have nothing to do with those of the former. */
static int approve_hr(Sync *sync, Error *reterr) {
        _cleanup_(freep) char *identity = NULL;
        int r;

        r = state_get_text(sync->state, "gate_hr", &identity, reterr);
        if (r != 0)
                return r < 0 ? r : 0;
        r = state_set_text(sync->state, "hr_identity", identity, reterr);
        if (r >= 0)
                r = state_set_number(sync->state, "hr_lsn", 0, reterr);
        if (r >= 0)
                r = state_set_number(sync->state, "hr_lost", 0, reterr);
        if (r >= 0)
                r = state_set_number(sync->state, "as_of", 0, reterr);
        return r;
}

int gate_open(Sync *sync, Error *reterr) {
        bool hr = sync->gate & GATE_HR;
        int r;

        if (sync->gate == 0)
                return 0;
        r = state_begin(sync->state, reterr);
        if (r < 0)
                return r;
        r = approve_mapping(sync, reterr);
        if (r >= 0 && hr)
                r = approve_hr(sync, reterr);
        if (r >= 0)
                r = set_gate(sync, 0, reterr);
        if (r < 0) {
                state_rollback(sync->state);
                return r;
        }
        return state_commit(sync->state, reterr);
}

int gate_note_plan(Sync *sync, const Apply *apply, Error *reterr) {
        int64_t seq = 0;
        int r;

        if (sync->gate == 0 || apply->slot != STAGE_COMPLETE || apply->facts.distrusted ||
            apply->facts.foreign != ((sync->gate & GATE_HR) != 0) || sync->plan_seq >= 0)
                return 0;
        r = state_get_number(sync->state, "holds", &seq, reterr);
        if (r < 0)
                return r;
        sync->plan_seq = seq;
        return 0;
}

bool gate_was_shown(const Sync *sync, const Shown *shown) {
        return sync->plan_seq >= 0 && shown->seq >= sync->plan_seq;
}

int gate_step(Sync *sync, Error *reterr) {
        bool gifts = sync->gate_dropping, more;
        int r;

        if (!gifts && !sync->plan_dropping)
                return 1;
        r = state_begin(sync->state, reterr);
        if (r < 0)
                return r;
        r = gifts ? queue_drop_gifts(sync->state, PIECE, reterr) : hold_drop(sync->state, HOLD_PLAN, PIECE, reterr);
        if (r == 0 && gifts)
                r = state_set_number(sync->state, "gate", sync->gate, reterr);
        if (r < 0) {
                state_rollback(sync->state);
                return r;
        }
        more = r == 1;
        r = state_commit(sync->state, reterr);
        if (r < 0 || more)
                return r;
        if (gifts)
                sync->gate_dropping = false;
        else
                sync->plan_dropping = false;
        return 0;
}
