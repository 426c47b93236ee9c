/* Many people at once. See world-crowd.h. */

#include "world-crowd.h"

const char *key_of(char id[24], unsigned i) {
        (void) snprintf(id, 24, "P%04u", i);
        return id;
}

void set_status(World *w, unsigned from, unsigned n, const char *status) {
        char id[24];

        for (unsigned i = from; i < from + n; i++)
                hr_change(w, key_of(id, i), status, status);
}

void set_dept(World *w, unsigned from, unsigned n, const char *dept) {
        char id[24];

        for (unsigned i = from; i < from + n; i++)
                hr_change(w, key_of(id, i), dept, dept);
}

unsigned count_open(World *w, unsigned from, unsigned n) {
        unsigned open = 0;
        char id[24];

        for (unsigned i = from; i < from + n; i++)
                open += lockt_opens(w, key_of(id, i));
        return open;
}

unsigned count_level(World *w, int64_t level) {
        unsigned n = 0;

        for (size_t i = 0; i < w->n_users; i++)
                n += user_has_level(&w->users[i].user, level);
        return n;
}

int64_t count_held(World *w) {
        SyncStatus status;

        world_status(w, &status);
        return status.held_back;
}

int64_t n_held(World *w, HoldKind kind) {
        HoldGroup group;

        return world_held(w, kind, &group) ? group.n : 0;
}

int64_t approve_kind(World *w, HoldKind kind) {
        HoldGroup group;

        assert_true(world_held(w, kind, &group));
        return world_approve(w, group.digest, NULL);
}

void crowd_open(World *w, const WorldOptions *options, unsigned n) {
        world_open(w, options);
        hr_hire_many(w, 'P', 0, n);
        world_settle(w);
        assert_int_equal(count_open(w, 0, n), n);
        world_forget_log(w);
}
