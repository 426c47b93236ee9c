/* What waits for an approval, in groups that are shown with a digest. */

#include "lib/state/hold.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/state/database.h"
#include "lib/state/ledger.h"

enum { GET, ADD, DELETE, NEXT, GROUP, GROUP_NEXT, GROUP_ADD, GROUP_TAKE, GROUP_DROP, APPROVE, FIND_LATE, FIRST, APPROVED };

#define COLUMNS "key, kind, level, change, what, seq, since_usec, approval"

static const char *const texts[] = {
        [GET] = "SELECT " COLUMNS " FROM hold WHERE key = ?",
        [ADD] = "INSERT INTO hold (key, kind, level, change, what, seq, since_usec) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [DELETE] = "DELETE FROM hold WHERE key = ?",
        [NEXT] = ("SELECT " COLUMNS " FROM hold WHERE kind = ? AND level = ? AND key > ? AND approval IS NULL "
                  "ORDER BY key LIMIT 1"),
        [GROUP] = "SELECT kind, level, n, sum, since_usec FROM hold_group WHERE kind = ? AND level = ?",
        [GROUP_NEXT] = ("SELECT kind, level, n, sum, since_usec FROM hold_group WHERE (kind, level) > (?, ?) "
                        "ORDER BY kind, level LIMIT 1"),
        [GROUP_ADD] = ("INSERT INTO hold_group (kind, level, n, sum, since_usec) VALUES (?1, ?2, 1, ?3, ?4) "
                       "ON CONFLICT (kind, level) DO UPDATE SET n = n + 1, sum = ?3"),
        [GROUP_TAKE] = "UPDATE hold_group SET n = n - 1, sum = ? WHERE kind = ? AND level = ?",
        [GROUP_DROP] = "DELETE FROM hold_group WHERE kind = ? AND level = ? AND n = 0",
        [APPROVE] = "UPDATE hold SET approval = ? WHERE key = ?",
        [FIND_LATE] = ("SELECT " COLUMNS " FROM hold WHERE kind = ? AND level = ? AND key > ? AND seq <= ? "
                       "AND approval IS NULL ORDER BY key LIMIT 1"),
        [APPROVED] = "SELECT key FROM hold WHERE kind = ? AND approval IS NOT NULL ORDER BY key LIMIT 1",
        [FIRST] = "SELECT key FROM hold WHERE kind = ? AND approval IS NULL ORDER BY level, key LIMIT 1",
};

_Static_assert(ELEMENTS(texts) <= SHELF_SIZE, "the shelf is large enough");

static int use(State *state, unsigned which, Statement *ret, Error *reterr) {
        return statement_use(state, SHELF_HOLD, which, texts[which], ret, reterr);
}

const char *hold_kind_name(HoldKind kind) {
        static const char *const names[HOLDS] = {
                [HOLD_PLAN] = "plan",         [HOLD_REVERT] = "revert",   [HOLD_REVOKED] = "revoked",
                [HOLD_RESTORED] = "restored", [HOLD_GRANTED] = "granted", [HOLD_CHANGED] = "changed",
        };

        return (unsigned) kind < HOLDS ? names[kind] : "";
}

void hold_deinit(Hold *hold) {
        free(hold->key);
        free(hold->what);
        *hold = (Hold) { 0 };
}

static int take_hold(Statement *s, Hold *ret, Error *reterr) {
        Hold hold = { 0 };
        int r;

        hold.key = take_text(s);
        hold.kind = (HoldKind) take_number(s);
        hold.level = take_number(s);
        (void) take_bytes(s, hold.change, DIGEST_SIZE);
        hold.what = take_text(s);
        hold.seq = take_number(s);
        hold.since_usec = take_number(s);
        hold.approval = take_number(s);
        r = statement_taken(s, "read who is held", reterr);
        if (r < 0) {
                hold_deinit(&hold);
                return r;
        }
        *ret = hold;
        return 0;
}

int hold_get(State *state, const char *key, Hold *ret, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, GET, &s, reterr);
        if (r < 0)
                return r;
        put_word(&s, key);
        r = statement_step(&s, "read who is held", reterr);
        if (r <= 0)
                return r < 0 ? r : STATE_NONE;
        return take_hold(&s, ret, reterr);
}

/* The part of one hold in its group's sum: of the person and the change, so that equal sums mean equal pairs. */
static uint64_t share(const char *key, const uint8_t change[DIGEST_SIZE]) {
        uint64_t sum = 14695981039346656037u;

        for (const char *p = key; *p; p++)
                sum = (sum ^ (uint8_t) *p) * 1099511628211u;
        for (size_t i = 0; i < DIGEST_SIZE; i++)
                sum = (sum ^ change[i]) * 1099511628211u;
        return sum;
}

typedef struct Sum {
        int64_t n, since_usec;
        uint64_t sum;
} Sum;

/* 0, STATE_NONE. */
static int get_sum(State *state, HoldKind kind, int64_t level, Sum *ret, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, GROUP, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, kind);
        put_number(&s, level);
        r = statement_step(&s, "read what is held", reterr);
        if (r <= 0)
                return r < 0 ? r : STATE_NONE;
        (void) take_number(&s);
        (void) take_number(&s);
        ret->n = take_number(&s);
        ret->sum = (uint64_t) take_number(&s);
        ret->since_usec = take_number(&s);
        return 0;
}

static int join_group(State *state, const Hold *hold, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        Sum sum = { 0 };
        int r;

        r = get_sum(state, hold->kind, hold->level, &sum, reterr);
        if (r < 0)
                return r;
        r = use(state, GROUP_ADD, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, hold->kind);
        put_number(&s, hold->level);
        put_number(&s, (int64_t) (sum.sum + share(hold->key, hold->change)));
        put_number(&s, hold->since_usec);
        return statement_run(&s, "hold a person", reterr);
}

static int drop_group(State *state, HoldKind kind, int64_t level, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, GROUP_DROP, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, kind);
        put_number(&s, level);
        return statement_run(&s, "let go of a person", reterr);
}

static int leave_group(State *state, const Hold *hold, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        Sum sum = { 0 };
        int r;

        r = get_sum(state, hold->kind, hold->level, &sum, reterr);
        if (r != 0)
                return r < 0 ? r : 0;
        r = use(state, GROUP_TAKE, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, (int64_t) (sum.sum - share(hold->key, hold->change)));
        put_number(&s, hold->kind);
        put_number(&s, hold->level);
        r = statement_run(&s, "let go of a person", reterr);
        return r < 0 || sum.n > 1 ? r : drop_group(state, hold->kind, hold->level, reterr);
}

static int add(State *state, const Hold *hold, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int64_t seq;
        int r;

        r = state_count_up(state, "holds", &seq, reterr);
        if (r < 0)
                return r;
        r = use(state, ADD, &s, reterr);
        if (r < 0)
                return r;
        put_word(&s, hold->key);
        put_number(&s, hold->kind);
        put_number(&s, hold->level);
        put_bytes(&s, hold->change, DIGEST_SIZE);
        put_word(&s, hold->what);
        put_number(&s, seq);
        put_number(&s, hold->since_usec);
        r = statement_run(&s, "hold a person", reterr);
        return r < 0 ? r : join_group(state, hold, reterr);
}

int hold_put(State *state, const Hold *hold, Error *reterr) {
        _cleanup_(hold_deinit) Hold former = { 0 };
        int r;

        r = hold_get(state, hold->key, &former, reterr);
        if (r < 0)
                return r;
        if (r == 0 && former.approval == 0 && former.kind == hold->kind && former.level == hold->level &&
            memcmp(former.change, hold->change, DIGEST_SIZE) == 0)
                return 1;
        if (r == 0) {
                r = hold_delete(state, hold->key, reterr);
                if (r < 0)
                        return r;
        }
        return add(state, hold, reterr);
}

int hold_delete(State *state, const char *key, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        _cleanup_(hold_deinit) Hold former = { 0 };
        int r;

        r = hold_get(state, key, &former, reterr);
        if (r != 0)
                return r;
        r = use(state, DELETE, &s, reterr);
        if (r < 0)
                return r;
        put_word(&s, key);
        r = statement_run(&s, "let go of a person", reterr);
        if (r < 0 || former.approval > 0)
                return r;
        return leave_group(state, &former, reterr);
}

int hold_count(State *state, int64_t *ret, Error *reterr) {
        HoldGroup group = { .kind = HOLD_PLAN };
        int64_t level = 0;
        int r, kind = -1;

        *ret = 0;
        while ((r = hold_next_group(state, kind, level, &group, reterr)) == 0) {
                *ret += group.n;
                kind = (int) group.kind;
                level = group.level;
        }
        return r < 0 ? r : 0;
}

static void format_digest(HoldGroup *group, uint64_t sum) {
        Hold whole = { .key = (char *) "" };
        uint64_t words[4] = { group->kind, (uint64_t) group->level, (uint64_t) group->n, sum };

        _Static_assert(sizeof(words) >= DIGEST_SIZE, "the digest of a group holds all of it");
        for (size_t i = 0; i < sizeof(words); i += DIGEST_SIZE) {
                memcpy(whole.change, (const uint8_t *) words + i, DIGEST_SIZE);
                sum = sum * 31 + share(whole.key, whole.change);
        }
        (void) snprintf(group->digest, sizeof(group->digest), "%012llx",
                        (unsigned long long) (sum ^ (sum >> 48)) & 0xffffffffffffULL);
}

int hold_next_group(State *state, int kind, int64_t level, HoldGroup *ret, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        uint64_t sum;
        int r;

        r = use(state, GROUP_NEXT, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, kind);
        put_number(&s, level);
        r = statement_step(&s, "read what is held", reterr);
        if (r <= 0)
                return r < 0 ? r : STATE_NONE;
        *ret = (HoldGroup) { .kind = (HoldKind) take_number(&s) };
        ret->level = take_number(&s);
        ret->n = take_number(&s);
        sum = (uint64_t) take_number(&s);
        ret->since_usec = take_number(&s);
        format_digest(ret, sum);
        return 0;
}

int hold_next(State *state, HoldKind kind, int64_t level, const char *after, Hold *ret, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, NEXT, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, kind);
        put_number(&s, level);
        put_word(&s, after ? after : "");
        r = statement_step(&s, "read who is held", reterr);
        if (r <= 0)
                return r < 0 ? r : STATE_NONE;
        return take_hold(&s, ret, reterr);
}

/* A hold that was there when it was shown becomes approved; the person is decided again at the next read. */
static int approve(State *state, const Hold *hold, int64_t approval, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, APPROVE, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, approval);
        put_word(&s, hold->key);
        r = statement_run(&s, "approve a change", reterr);
        if (r >= 0)
                r = leave_group(state, hold, reterr);
        /* HR's row is not looked at again for the sake of a way back. */
        if (r >= 0 && hold->kind != HOLD_REVERT)
                r = person_forget_digest(state, hold->key, reterr);
        return r < 0 ? r : 0;
}

int hold_approve_one(State *state, const Shown *shown, int64_t approval, const char *key, Error *reterr) {
        _cleanup_(hold_deinit) Hold hold = { 0 };
        int r;

        r = hold_get(state, key, &hold, reterr);
        if (r != 0)
                return r;
        if (hold.approval > 0 || hold.kind != shown->kind || hold.level != shown->level || hold.seq > shown->seq)
                return STATE_NONE;
        return approve(state, &hold, approval, reterr);
}

static int next_shown(State *state, const Shown *shown, const char *after, Hold *ret, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, FIND_LATE, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, shown->kind);
        put_number(&s, shown->level);
        put_word(&s, after ? after : "");
        put_number(&s, shown->seq);
        r = statement_step(&s, "read who is held", reterr);
        if (r <= 0)
                return r < 0 ? r : STATE_NONE;
        return take_hold(&s, ret, reterr);
}

int hold_approve(State *state, const Shown *shown, int64_t approval, const char *after, unsigned max, char **ret_after,
                 int64_t *ret_n, Error *reterr) {
        _cleanup_(freep) char *cursor = NULL;

        *ret_n = 0;
        for (unsigned i = 0; i < max; i++) {
                _cleanup_(hold_deinit) Hold hold = { 0 };
                int r;

                r = next_shown(state, shown, cursor ? cursor : after, &hold, reterr);
                if (r == 0) {
                        r = approve(state, &hold, approval, reterr);
                        if (r < 0)
                                return r;
                        free(cursor);
                        cursor = steal(hold.key);
                        (*ret_n)++;
                        continue;
                }
                *ret_after = steal(cursor);
                return r < 0 ? r : 0;
        }
        *ret_after = steal(cursor);
        return 1;
}

static int next_key(State *state, unsigned which, HoldKind kind, char **ret, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, which, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, kind);
        r = statement_step(&s, "read who is held", reterr);
        if (r <= 0)
                return r < 0 ? r : STATE_NONE;
        *ret = take_text(&s);
        r = statement_taken(&s, "read who is held", reterr);
        return r < 0 ? r : 0;
}

int hold_next_approved(State *state, HoldKind kind, char **ret_key, Error *reterr) {
        return next_key(state, APPROVED, kind, ret_key, reterr);
}

int hold_drop(State *state, HoldKind kind, unsigned max, Error *reterr) {
        for (unsigned i = 0; i < max; i++) {
                _cleanup_(freep) char *key = NULL;
                int r;

                r = next_key(state, FIRST, kind, &key, reterr);
                if (r != 0)
                        return r < 0 ? r : 0;
                r = hold_delete(state, key, reterr);
                if (r >= 0)
                        r = person_forget_digest(state, key, reterr);
                if (r < 0)
                        return r;
        }
        return 1;
}
