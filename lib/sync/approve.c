/* What is held, told and approved. */

#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "lib/sync/internal.h"

static const char *level_name(const Level *levels, size_t n_levels, int64_t id) {
        for (size_t i = 0; i < n_levels; i++)
                if (levels[i].id == id)
                        return levels[i].name;
        return "";
}

/* Each group with its sentence; @say answers 0 or a negative errno. */
static int each_group(Sync *sync,
                      int (*say)(void *userdata, const HoldGroup *group, const char *sentence, Error *reterr),
                      void *userdata, Error *reterr) {
        Level *levels = NULL;
        size_t n_levels = 0;
        HoldGroup group = { 0 };
        int64_t level = 0;
        int r, kind = -1;

        r = snapshot_get_levels(sync->state, &levels, &n_levels, reterr);
        while (r >= 0 && (r = hold_next_group(sync->state, kind, level, &group, reterr)) == 0) {
                _cleanup_(freep) char *sentence = NULL;

                kind = (int) group.kind;
                level = group.level;
                sentence = guard_sentence(&group, sync->config, gate_reason(sync),
                                          level_name(levels, n_levels, group.level));
                r = sentence ? say(userdata, &group, sentence, reterr)
                             : error_set(reterr, -ENOMEM, "cannot tell what is held: out of memory");
        }
        levels_free(levels, n_levels);
        return r < 0 ? r : 0;
}

typedef struct Showing {
        Sync *sync;
        Now now;
        SyncHoldSay say;
        void *userdata;
} Showing;

static int show(void *userdata, const HoldGroup *group, const char *sentence, Error *reterr) {
        const Showing *showing = userdata;
        int r;

        r = hold_show(showing->sync->state, group, showing->now.real_usec, reterr);
        if (r < 0)
                return r;
        showing->say(showing->userdata, group, sentence);
        return 0;
}

int sync_each_hold(Sync *sync, Now now, SyncHoldSay say, void *userdata, Error *reterr) {
        Showing showing = { .sync = sync, .now = now, .say = say, .userdata = userdata };

        return each_group(sync, show, &showing, reterr);
}

typedef struct Telling {
        Sync *sync;
        Now at;
        size_t n;
        HoldGroup now[TOLD_MAX];
} Telling;

static bool is_told(const HoldGroup *groups, size_t n, const HoldGroup *group) {
        for (size_t i = 0; i < n; i++)
                if (groups[i].kind == group->kind && groups[i].level == group->level)
                        return true;
        return false;
}

/* Only what is told is shown: a digest that nobody saw can't be approved. */
static int tell_new(void *userdata, const HoldGroup *group, const char *sentence, Error *reterr) {
        Telling *telling = userdata;
        Sync *sync = telling->sync;

        if (!is_told(sync->told, sync->n_told, group)) {
                int r = hold_show(sync->state, group, telling->at.real_usec, reterr);

                if (r < 0)
                        return r;
                sync_tell(sync, NEWS_HELD, NULL, sentence, group->n);
        }
        if (telling->n < TOLD_MAX)
                telling->now[telling->n++] = *group;
        return 0;
}

static const char *const ended[HOLDS] = {
        [HOLD_PLAN] = "the plan",
        [HOLD_REVERT] = "who would be set back by a revert",
        [HOLD_REVOKED] = "who would lose access",
        [HOLD_RESTORED] = "who would be enabled again",
        [HOLD_GRANTED] = "who would gain access",
        [HOLD_CHANGED] = "who would be changed",
};

int approve_tell(Sync *sync, Now now, Error *reterr) {
        Telling telling = { .sync = sync, .at = now };
        int64_t before = sync->held_back;
        int r;

        r = hold_count(sync->state, &sync->held_back, reterr);
        if (r < 0)
                return r;
        if (before == 0 && sync->held_back == 0 && sync->n_told == 0)
                return 0;
        r = each_group(sync, tell_new, &telling, reterr);
        if (r < 0)
                return r;
        for (size_t i = 0; i < sync->n_told; i++)
                if (!is_told(telling.now, telling.n, &sync->told[i]))
                        sync_tell(sync, NEWS_HELD_END, NULL, ended[sync->told[i].kind], -1);
        sync->n_told = telling.n;
        memcpy(sync->told, telling.now, telling.n * sizeof(*telling.now));
        return 0;
}

static int add(json_object *object, const char *name, json_object *value) {
        return value && json_object_object_add(object, name, value) == 0 ? 0 : -ENOMEM;
}

static int describe(const Shown *shown, const char *digest, const SyncApproval *approval, json_object *object) {
        int r;

        r = add(object, "digest", json_object_new_string(digest));
        if (r >= 0)
                r = add(object, "kind", json_object_new_string(hold_kind_name(shown->kind)));
        if (r >= 0 && shown->level != 0)
                r = add(object, "level", json_object_new_int64(shown->level));
        if (r >= 0)
                r = add(object, "shown", json_object_new_int64(shown->n));
        if (r >= 0)
                r = add(object, "by", json_object_new_string(approval->by));
        if (r >= 0 && approval->reason)
                r = add(object, "reason", json_object_new_string(approval->reason));
        if (r >= 0 && approval->n_only > 0) {
                json_object *only = json_object_new_array();

                for (size_t i = 0; only && i < approval->n_only; i++)
                        json_object_array_add(only, json_object_new_string(approval->only[i]));
                r = add(object, "only", only);
        }
        return r;
}

/* Who approved what, and why. Its id goes with each hold that it lets go. */
static int record(Sync *sync, Now now, const Shown *shown, const char *digest, const SyncApproval *approval,
                  int64_t *ret_entry, Error *reterr) {
        json_object *detail = json_object_new_object();
        HistoryEntry entry = { .at_usec = now.real_usec, .cycle = sync->cycle, .action = (char *) "approved" };
        uint8_t hash[HASH_SIZE];
        int r = -ENOMEM;

        if (detail && describe(shown, digest, approval, detail) >= 0)
                entry.detail = (char *) json_object_to_json_string_ext(detail, JSON_C_TO_STRING_PLAIN);
        r = entry.detail ? history_append(sync->state, &entry, reterr)
                         : error_set(reterr, -ENOMEM, "cannot record an approval: out of memory");
        json_object_put(detail);
        return r < 0 ? r : history_head(sync->state, ret_entry, hash, reterr);
}

static int approve_some(Sync *sync, const Shown *shown, int64_t entry, SyncApproval *approval, Error *reterr) {
        for (size_t i = 0; i < approval->n_only; i++) {
                int r = hold_approve_one(sync->state, shown, entry, approval->only[i], reterr);

                if (r >= 0) {
                        approval->found[i] = r == 0;
                        approval->n += r == 0;
                }
                if (r == 0)
                        r = sync_want_key(sync, approval->only[i], reterr);
                if (r < 0)
                        return r;
        }
        return 0;
}

int sync_approve(Sync *sync, Now now, const char *digest, SyncApproval *approval, Error *reterr) {
        Shown shown = { 0 };
        int64_t entry;
        int r;

        if (sync->approving.under_way)
                return error_set(reterr, -EBUSY, "another approval is still being carried out: try again in a moment");
        r = hold_find_shown(sync->state, digest, now.real_usec, &shown, reterr);
        if (r < 0)
                return r;
        if (r == STATE_NONE)
                return error_set(reterr, -ENOENT,
                                 "nothing was shown as '%s' within the last hour: `locktsyncctl held` shows what is held "
                                 "now", digest);
        r = state_begin(sync->state, reterr);
        if (r < 0)
                return r;
        r = record(sync, now, &shown, digest, approval, &entry, reterr);
        if (r >= 0)
                r = approve_some(sync, &shown, entry, approval, reterr);
        if (r < 0) {
                state_rollback(sync->state);
                return r;
        }
        r = state_commit(sync->state, reterr);
        if (r < 0)
                return r;
        if (approval->n_only == 0) {
                sync->approving = (Approving) { .under_way = true, .shown = shown, .entry = entry };
                approval->n = shown.n;
        }
        sync_poll(sync);
        return 0;
}

static int finish(Sync *sync, Now now, Error *reterr) {
        bool plan = sync->approving.shown.kind == HOLD_PLAN && gate_was_shown(sync, &sync->approving.shown);
        int r;

        free(sync->approving.after);
        sync->approving = (Approving) { 0 };
        if (plan) {
                r = gate_open(sync, reterr);
                if (r < 0)
                        return r;
        }
        sync_poll(sync);
        return approve_tell(sync, now, reterr);
}

static int step(Sync *sync, Error *reterr) {
        Approving *approving = &sync->approving;
        char *after = NULL;
        int64_t n;
        int r;

        r = hold_approve(sync->state, &approving->shown, approving->entry, approving->after, PIECE, &after, &n, reterr);
        if (r < 0)
                return r;
        if (after) {
                free(approving->after);
                approving->after = after;
        }
        return r == 0;
}

int approve_step(Sync *sync, Now now, Error *reterr) {
        int r, done;

        if (!sync->approving.under_way)
                return 1;
        r = state_begin(sync->state, reterr);
        if (r < 0)
                return r;
        done = step(sync, reterr);
        if (done < 0) {
                state_rollback(sync->state);
                return done;
        }
        r = state_commit(sync->state, reterr);
        if (r < 0)
                return r;
        return done ? finish(sync, now, reterr) : 0;
}
