/* What counts against the limits of `safety`, and whether they are passed. */

#include "lib/guard/guard.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define USEC_PER_SEC INT64_C(1000000)

/* A share of the limit that a crowd may not use up, so that somebody who is let go after it is out at once. */
#define RESERVE_PART 10

static const User *last_of(const Decision *decision) {
        const Plan *plan = &decision->plan;

        return plan->has_give ? &plan->give : plan->has_take ? &plan->take : &decision->held.user;
}

unsigned guard_counts(const Decision *decision, int64_t now) {
        const Plan *plan = &decision->plan;
        /* A record that is parked gives nothing; one that is contested may yet. */
        bool gives = plan->has_give && (decision->give_obstacle != OBSTACLE_PARKED || decision->contested);
        unsigned counts = 0;

        if (!plan->has_take && !gives)
                return 0;
        if (plan->access.takes && access_any(&decision->held.user, now))
                counts |= GUARD_BIT(HOLD_REVOKED);
        if (plan->leaver)
                return counts;
        if (gives && plan->access.gives) {
                counts |= GUARD_BIT(HOLD_GRANTED);
                /* Where `leavers` does not disable, it was an end, or levels, that locktsync took all access with. */
                if (decision->link.key && decision->link.disabled_usec > 0 && !access_any(&decision->held.user, now) &&
                    plan->give.enabled)
                        counts |= GUARD_BIT(HOLD_RESTORED);
        }
        if (!plan->create)
                counts |= GUARD_BIT(HOLD_CHANGED);
        return counts;
}

int guard_gains(const Decision *decision, char **ret) {
        _cleanup_(user_deinit) User gained = USER_INIT;
        const User *after = last_of(decision);

        *ret = NULL;
        if (!decision->plan.has_give)
                return 0;
        for (size_t i = 0; i < after->n_levels; i++)
                if (!user_has_level(&decision->held.user, after->levels[i]) &&
                    user_add_level(&gained, after->levels[i]) < 0)
                        return -ENOMEM;
        if (gained.n_levels == 0)
                return 0;
        *ret = user_levels_format(&gained);
        return *ret ? 0 : -ENOMEM;
}

void guard_tally_deinit(GuardTally *tally) {
        free(tally->levels);
        *tally = (GuardTally) { 0 };
}

int guard_tally_copy(const GuardTally *tally, GuardTally *ret) {
        *ret = *tally;
        if (tally->n_levels == 0) {
                ret->levels = NULL;
                return 0;
        }
        ret->levels = calloc(tally->n_levels, sizeof(*ret->levels));
        if (!ret->levels) {
                *ret = (GuardTally) { 0 };
                return -ENOMEM;
        }
        memcpy(ret->levels, tally->levels, tally->n_levels * sizeof(*ret->levels));
        return 0;
}

/* The place of a level, ascending; it may not be there. */
static size_t find_level(const GuardTally *tally, int64_t level) {
        size_t i = 0;

        while (i < tally->n_levels && tally->levels[i].level < level)
                i++;
        return i;
}

static int add_level(GuardTally *tally, int64_t level) {
        size_t i = find_level(tally, level);

        if (i == tally->n_levels || tally->levels[i].level != level) {
                struct GuardLevel *more = reallocarray(tally->levels, tally->n_levels + 1, sizeof(*more));

                if (!more)
                        return -ENOMEM;
                tally->levels = more;
                memmove(&more[i + 1], &more[i], (tally->n_levels - i) * sizeof(*more));
                more[i] = (struct GuardLevel) { .level = level };
                tally->n_levels++;
        }
        tally->levels[i].n++;
        return 0;
}

int guard_add(GuardTally *tally, unsigned counts, bool absent, const char *gains) {
        _cleanup_(user_deinit) User gained = USER_INIT;
        int r;

        for (HoldKind kind = 0; kind < HOLDS; kind++)
                tally->n[kind] += (counts & GUARD_BIT(kind)) != 0;
        tally->absent += absent && (counts & GUARD_BIT(HOLD_REVOKED));
        if (!gains || !(counts & GUARD_BIT(HOLD_GRANTED)))
                return 0;
        r = user_levels_parse(&gained, gains);
        for (size_t i = 0; r >= 0 && i < gained.n_levels; i++)
                r = add_level(tally, gained.levels[i]);
        return r;
}

void guard_subtract(GuardTally *tally, unsigned counts, bool absent, const char *gains) {
        _cleanup_(user_deinit) User gained = USER_INIT;

        for (HoldKind kind = 0; kind < HOLDS; kind++)
                tally->n[kind] -= (counts & GUARD_BIT(kind)) != 0;
        tally->absent -= absent && (counts & GUARD_BIT(HOLD_REVOKED));
        if (!gains || !(counts & GUARD_BIT(HOLD_GRANTED)) || user_levels_parse(&gained, gains) < 0)
                return;
        for (size_t i = 0; i < gained.n_levels; i++) {
                size_t at = find_level(tally, gained.levels[i]);

                if (at < tally->n_levels && tally->levels[at].level == gained.levels[i])
                        tally->levels[at].n--;
        }
}

void guard_add_pending(GuardTally *tally, const Guard *guard, const GuardTally *other) {
        for (HoldKind kind = HOLD_REVOKED; kind < HOLDS; kind++) {
                int64_t n = other->n[kind], explicit_ones = n - other->absent;

                if (guard->passed[kind] && kind == HOLD_REVOKED)
                        n = guard->explicit_left < explicit_ones ? guard->explicit_left : explicit_ones;
                else if (guard->passed[kind])
                        n = 0;
                tally->pending[kind] += n;
        }
        for (size_t i = 0; i < tally->n_levels; i++) {
                struct GuardLevel *level = &tally->levels[i];
                size_t at = find_level(other, level->level);

                if (at < other->n_levels && other->levels[at].level == level->level && !other->levels[at].passed)
                        level->pending += other->levels[at].n;
        }
}

const Limit *guard_limit(const Config *config, HoldKind kind) {
        switch (kind) {
        case HOLD_REVOKED:
                return &config->safety.max_revoked;
        case HOLD_RESTORED:
                return &config->safety.max_restored;
        case HOLD_GRANTED:
                return &config->safety.max_granted;
        case HOLD_CHANGED:
                return &config->safety.max_changed;
        default:
                return NULL;
        }
}

static int64_t people_of(const Limit *limit, int64_t base) {
        int64_t people;

        if (!limit->percent)
                return (int64_t) limit->value;
        people = (int64_t) (limit->value * (double) base / 100.0);
        return people < GUARD_PEOPLE_MIN ? GUARD_PEOPLE_MIN : people;
}

/*
 * Counting looks at everybody, which a single leaver's revocation must not wait for. Within a minute in which nobody is
 * linked, the limits themselves see to it that the number hardly changes.
 */
static int count_people(GuardBase *base, State *state, int64_t now, Error *reterr) {
        int64_t links;
        int r;

        r = link_count(state, &links, reterr);
        if (r < 0)
                return r;
        if (links == base->links && base->counted_at > 0 && now >= base->counted_at && now - base->counted_at < 60)
                return 0;
        r = link_count_with_access(state, now, &base->with_access, reterr);
        if (r < 0)
                return r;
        base->counted_at = now;
        base->links = links;
        return 0;
}

/* Whether @recent and @n together are more than the limit; *ret_limit is only told where it had to be known. */
static int passes(const Limit *limit, int64_t recent, int64_t n, GuardBase *base, State *state, int64_t now,
                  int64_t *ret_limit, bool *ret, Error *reterr) {
        int r;

        *ret = false;
        if (n == 0 || (limit->percent && recent + n <= GUARD_PEOPLE_MIN))
                return 0;
        if (limit->percent) {
                r = count_people(base, state, now, reterr);
                if (r < 0)
                        return r;
        }
        *ret_limit = people_of(limit, base->with_access);
        *ret = recent + n > *ret_limit;
        return 0;
}

/* max_granted for one level: a percentage is of those who hold it now. */
static int judge_level(struct GuardLevel *level, const Limit *limit, State *state, int64_t since, Error *reterr) {
        int64_t recent, holders = 0;
        int r;

        r = spent_count(state, HOLD_GRANTED, level->level, since, &recent, reterr);
        if (r < 0)
                return r;
        recent += level->pending;
        if (limit->percent && recent + level->n <= GUARD_PEOPLE_MIN)
                return 0;
        if (limit->percent) {
                r = snapshot_count_level(state, level->level, &holders, reterr);
                if (r < 0)
                        return r;
        }
        level->passed = recent + level->n > people_of(limit, holders);
        return 0;
}

static int64_t explicit_left(const GuardTally *tally, int64_t limit, int64_t recent) {
        int64_t room = limit > recent ? limit - recent : 0, reserve = limit / RESERVE_PART;

        if (tally->n[HOLD_REVOKED] - tally->absent <= room)
                return room;
        if (reserve < 1)
                reserve = 1;
        return room > reserve ? room - reserve : 0;
}

static int judge_kind(Guard *guard, GuardTally *tally, HoldKind kind, State *state, const Config *config,
                      GuardBase *base, int64_t now_usec, Error *reterr) {
        int64_t since = now_usec - (int64_t) config->safety.window_usec, recent;
        int r;

        if (tally->n[kind] == 0)
                return 0;
        r = spent_count(state, kind, 0, since, &recent, reterr);
        if (r < 0)
                return r;
        recent += tally->pending[kind];
        r = passes(guard_limit(config, kind), recent, tally->n[kind], base, state, now_usec / USEC_PER_SEC,
                   &guard->limit[kind], &guard->passed[kind], reterr);
        if (r >= 0 && kind == HOLD_REVOKED && guard->passed[kind])
                guard->explicit_left = explicit_left(tally, guard->limit[kind], recent);
        return r;
}

int guard_judge(Guard *guard, GuardTally *tally, State *state, const Config *config, GuardBase *base, int64_t now_usec,
                Error *reterr) {
        int64_t since = now_usec - (int64_t) config->safety.window_usec;
        int r = 0;

        *guard = (Guard) { .explicit_left = INT64_MAX };
        for (HoldKind kind = HOLD_REVOKED; kind < HOLDS && r >= 0; kind++)
                r = judge_kind(guard, tally, kind, state, config, base, now_usec, reterr);
        for (size_t i = 0; i < tally->n_levels && r >= 0; i++) {
                r = judge_level(&tally->levels[i], &config->safety.max_granted, state, since, reterr);
                guard->level_passed = guard->level_passed || tally->levels[i].passed;
        }
        return r < 0 ? r : 0;
}

/* The first gained level whose own limit is passed; 0: none. */
static int64_t passed_level(const GuardTally *tally, const char *gains) {
        _cleanup_(user_deinit) User gained = USER_INIT;

        if (!gains || user_levels_parse(&gained, gains) < 0)
                return 0;
        for (size_t i = 0; i < gained.n_levels; i++) {
                size_t at = find_level(tally, gained.levels[i]);

                if (at < tally->n_levels && tally->levels[at].level == gained.levels[i] && tally->levels[at].passed)
                        return gained.levels[i];
        }
        return 0;
}

bool guard_holds(Guard *guard, const GuardTally *tally, unsigned counts, bool absent, const char *gains,
                 HoldKind *ret_kind, int64_t *ret_level) {
        *ret_level = 0;
        *ret_kind = HOLD_REVOKED;
        if ((counts & GUARD_BIT(HOLD_REVOKED)) && guard->passed[HOLD_REVOKED]) {
                if (absent || guard->explicit_left <= 0)
                        return true;
                guard->explicit_left--;
        }
        for (HoldKind kind = HOLD_RESTORED; kind < HOLDS; kind++) {
                *ret_kind = kind;
                if (!(counts & GUARD_BIT(kind)))
                        continue;
                if (guard->passed[kind])
                        return true;
                if (kind == HOLD_GRANTED && guard->level_passed) {
                        *ret_level = passed_level(tally, gains);
                        if (*ret_level != 0)
                                return true;
                }
        }
        return false;
}

int guard_spend(State *state, const char *key, unsigned counts, const char *gains, int64_t now_usec, Error *reterr) {
        _cleanup_(user_deinit) User gained = USER_INIT;
        int r = 0;

        for (HoldKind kind = HOLD_REVOKED; kind < HOLDS && r >= 0; kind++)
                if (counts & GUARD_BIT(kind))
                        r = spent_put(state, kind, 0, key, now_usec, reterr);
        if (r < 0 || !gains || !(counts & GUARD_BIT(HOLD_GRANTED)))
                return r;
        r = user_levels_parse(&gained, gains);
        if (r < 0)
                return error_set(reterr, r, "cannot count a change: its levels can't be read");
        for (size_t i = 0; i < gained.n_levels && r >= 0; i++)
                r = spent_put(state, HOLD_GRANTED, gained.levels[i], key, now_usec, reterr);
        return r;
}
