/* The facts about one person, and what follows from them. */

#include "lib/decide/decide.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/config/config.h"
#include "lib/decide/internal.h"
#include "lib/state/hand.h"

#define USEC_PER_SEC INT64_C(1000000)

static bool tolerated(const void *userdata, int64_t level) {
        return mapping_level_tolerated(userdata, level);
}

void decide_context_init(DecideContext *context, State *state, const struct Config *config, const Mapping *mapping) {
        *context = (DecideContext) {
                .state = state,
                .rules = {
                        .disable = config->leavers.disable,
                        .remove_levels = config->leavers.remove_access_levels,
                        .expire = config->leavers.expire,
                        .remove_others = config->others == OTHERS_REMOVE,
                        .by_id = config->lockt.update_with == UPDATE_WITH_PUT,
                        .tolerated = tolerated,
                        .userdata = mapping,
                },
                .mapping = mapping,
                .link_by_email = config->lockt.link_by_email,
                .fresh_usec = (int64_t) config->lockt.fresh_usec,
        };
}

void decision_deinit(Decision *decision) {
        plan_deinit(&decision->plan);
        held_user_deinit(&decision->held);
        link_deinit(&decision->link);
        free(decision->reason);
        free(decision->other);
        *decision = DECISION_INIT;
}

static bool is_fresh(const DecideContext *context, const HeldUser *held, int64_t now_usec) {
        return held->seen_usec > 0 && held->seen_usec <= now_usec + USEC_PER_SEC &&
               now_usec - held->seen_usec <= context->fresh_usec;
}

/* The linked user, as the snapshot knows it. One who is not there is asked for before anything is concluded (ruling 44). */
static int gather_linked(const DecideContext *context, const QueueRow *row, int64_t now_usec, Decision *decision,
                         Error *reterr) {
        int64_t listed = 0;
        int r;

        if (decision->link.lockt_id == 0) {
                /* Created, but its id is not learnt: without it nothing can be taken either. */
                decision->give_obstacle = OBSTACLE_READ;
                if (plan_is_leaver(&row->wanted, now_usec / USEC_PER_SEC))
                        decision->take_obstacle = OBSTACLE_READ;
                return 0;
        }
        r = snapshot_get(context->state, decision->link.lockt_id, &decision->held, reterr);
        if (r < 0)
                return r;
        if (r == 0 && !decision->held.missing)
                return 0;

        /* Asked for since the last listing, there is nothing more to ask until the next one. */
        if (r == 0)
                r = snapshot_listed_usec(context->state, &listed, reterr);
        if (r < 0)
                return r;
        if (r == STATE_NONE || decision->held.seen_usec == 0 || decision->held.seen_usec < listed) {
                decision->give_obstacle = OBSTACLE_READ;
                return 0;
        }
        decision->vanished = true;
        /* Who is to be out, and is not there, is out. */
        if (plan_is_leaver(&row->wanted, now_usec / USEC_PER_SEC))
                return 0;
        return decide_park(decision, PARK_CONFLICT,
                           "its user %lld has vanished from Lockt; 'locktsyncctl link %s new' has it created again",
                           (long long) decision->link.lockt_id, row->wanted.key);
}

static int gather_echoes(const DecideContext *context, const QueueRow *row, const User *held, uint32_t *ret,
                         Error *reterr) {
        static const Property descriptive[] = {
                PROPERTY_FIRST_NAME, PROPERTY_LAST_NAME, PROPERTY_EMAIL, PROPERTY_PHONE,
        };

        for (size_t i = 0; i < ELEMENTS(descriptive); i++) {
                Property p = descriptive[i];
                int r;

                if (strcmp(user_text(&row->wanted.wanted, p), user_text(held, p)) == 0)
                        continue;
                r = echo_matches(context->state, row->wanted.key, p, user_text(&row->wanted.wanted, p),
                                 user_text(held, p), reterr);
                if (r < 0)
                        return r;
                if (r == 0)
                        *ret |= PROPERTY_BIT(p);
        }
        return 0;
}

/* A finding as the queue would hold it: what claims and yields depend on. */
static int queued_finding(const DecideContext *context, const char *key, QueueRow *ret, Error *reterr) {
        _cleanup_(finding_deinit) Finding finding = FINDING_INIT;
        int r;

        r = stage_get(context->state, STAGE_DRY, key, &finding, reterr);
        if (r != 0)
                return r;
        ret->wanted = finding.wanted;
        finding.wanted = PERSON_INIT;
        return 0;
}

/* What is queued of a person; in a plan what would be. 0, STATE_NONE. */
static int queued(const DecideContext *context, const char *key, QueueRow *ret, Error *reterr) {
        int r;

        if (context->dry) {
                r = queued_finding(context, key, ret, reterr);
                if (r != STATE_NONE)
                        return r;
        }
        return queue_get(context->state, key, ret, reterr);
}

static int first_claimant(const DecideContext *context, Property property, const char *value, const char *except,
                          char **ret_key, Error *reterr) {
        int r;

        if (context->dry) {
                r = stage_claimant(context->state, STAGE_DRY, property, value, except, ret_key, reterr);
                if (r != STATE_NONE)
                        return r;
        }
        return queue_claimant(context->state, property, value, except, ret_key, reterr);
}

/* Who in the queue is to have this value. A leaver is to have nothing. 0 with his row, or STATE_NONE. */
static int find_claimant(const DecideContext *context, Property property, const char *value, const char *except,
                         int64_t now, QueueRow *ret, Error *reterr) {
        _cleanup_(queue_row_deinit) QueueRow row = QUEUE_ROW_INIT;
        _cleanup_(freep) char *key = NULL;
        int r;

        r = first_claimant(context, property, value, except, &key, reterr);
        if (r != 0)
                return r;
        r = queued(context, key, &row, reterr);
        if (r != 0)
                return r;
        if (plan_is_leaver(&row.wanted, now))
                return STATE_NONE;
        *ret = row;
        row = QUEUE_ROW_INIT;
        return 0;
}

static int gather_claim(const DecideContext *context, const QueueRow *row, const User *held, Property property,
                        int64_t now, bool *ret, Error *reterr) {
        _cleanup_(queue_row_deinit) QueueRow claimant = QUEUE_ROW_INIT;
        int r;

        if (*ret || !user_text(held, property)[0])
                return 0;
        r = find_claimant(context, property, held->text[property], row->wanted.key, now, &claimant, reterr);
        if (r < 0)
                return r;
        *ret = r == 0;
        return 0;
}

/*
 * What somebody in the queue is to have and this person holds: a leaver gives it up (invariant 8), and an e-mail that is
 * to change is cleared before the new one is set (ruling 39).
 */
static int gather_claims(const DecideContext *context, const QueueRow *row, const User *held, PlanInput *input,
                         Error *reterr) {
        int r;

        if (plan_is_leaver(&row->wanted, input->now)) {
                r = gather_claim(context, row, held, PROPERTY_CARD_NUM, input->now, &input->give_up_card, reterr);
                if (r < 0)
                        return r;
                return gather_claim(context, row, held, PROPERTY_EMAIL, input->now, &input->give_up_email, reterr);
        }
        if (decide_same_text(&row->wanted.wanted, held, PROPERTY_EMAIL))
                return 0;
        return gather_claim(context, row, held, PROPERTY_EMAIL, input->now, &input->release_email, reterr);
}

typedef enum Yielding {
        YIELDS_NOT,
        YIELDS,                 /* queued with another value, or as a leaver who was told to */
        YIELDS_WHEN_TOLD,       /* a leaver of ours (invariant 8) */
} Yielding;

/* Whether the holder of a value is about to give it up. */
static int holder_yields(const DecideContext *context, const Link *link, int64_t id, Property property,
                         const char *value, int64_t now_usec, Yielding *ret, Error *reterr) {
        _cleanup_(queue_row_deinit) QueueRow row = QUEUE_ROW_INIT;
        _cleanup_(held_user_deinit) HeldUser held = HELD_USER_INIT;
        int r;

        *ret = YIELDS_NOT;
        r = queued(context, link->key, &row, reterr);
        if (r < 0)
                return r;
        if (r == 0 && plan_is_leaver(&row.wanted, now_usec / USEC_PER_SEC)) {
                *ret = (property == PROPERTY_CARD_NUM ? row.give_up_card : row.give_up_email) ? YIELDS
                                                                                             : YIELDS_WHEN_TOLD;
                return 0;
        }
        if (r == 0) {
                if ((row.wanted.mapped & ~row.wanted.keep & PROPERTY_BIT(property)) &&
                    strcasecmp(user_text(&row.wanted.wanted, property), value) != 0)
                        *ret = YIELDS;
                return 0;
        }

        r = snapshot_get(context->state, id, &held, reterr);
        if (r < 0)
                return r;
        if (r == 0 && link->disabled_usec > 0 && !held.user.enabled)
                *ret = YIELDS_WHEN_TOLD;
        return 0;
}

static int conflict_with_person(const DecideContext *context, const Link *holder, int64_t holder_id, Property property,
                                const char *value, int64_t now_usec, Decision *decision, Error *reterr) {
        Yielding yielding;
        int r;

        r = holder_yields(context, holder, holder_id, property, value, now_usec, &yielding, reterr);
        if (r < 0)
                return r;
        if (yielding == YIELDS_NOT) {
                decision->contested = decision->contested || decision->give_obstacle != OBSTACLE_PARKED;
                return decide_park(decision, PARK_CONFLICT, "its %s is held in Lockt by %s, who carries on with it",
                            property_name(property), holder->key);
        }

        if (decision->give_obstacle == OBSTACLE_NONE)
                decision->give_obstacle = OBSTACLE_WAITS;
        if (!decision->other) {
                decision->other = strdup(holder->key);
                if (!decision->other)
                        return decide_oom(reterr);
                decision->other_property = property;
                decision->other_must_give_up = yielding == YIELDS_WHEN_TOLD;
        }
        return 0;
}

/* Another record of Lockt has the value (rulings 9, 39, 40). */
static int check_holder(const DecideContext *context, Property property, const char *value, int64_t now_usec,
                        Decision *decision, Error *reterr) {
        int64_t ids[4];
        size_t n;
        int r;

        r = snapshot_find(context->state, property, value, decision->held.user.id, ids, ELEMENTS(ids), &n, reterr);
        if (r < 0)
                return r;
        for (size_t i = 0; i < n; i++) {
                _cleanup_(link_deinit) Link link = LINK_INIT;

                r = link_get_by_user(context->state, ids[i], &link, reterr);
                if (r < 0)
                        return r;
                if (r == STATE_NONE)
                        r = decide_park(decision, PARK_CONFLICT,
                                        "its %s belongs to user %lld of Lockt, who is not linked",
                                        property_name(property), (long long) ids[i]);
                else
                        r = conflict_with_person(context, &link, ids[i], property, value, now_usec, decision, reterr);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* Somebody else in the queue wants the same value: who came first carries on, ties by id_num (ruling 40). */
static int check_claimant(const DecideContext *context, const QueueRow *row, Property property, const char *value,
                          int64_t now_usec, Decision *decision, Error *reterr) {
        _cleanup_(queue_row_deinit) QueueRow rival = QUEUE_ROW_INIT;
        _cleanup_(park_deinit) Park parked = { 0 };
        int r;

        r = find_claimant(context, property, value, row->wanted.key, now_usec / USEC_PER_SEC, &rival, reterr);
        if (r != 0)
                return r < 0 ? r : 0;
        r = park_get(context->state, rival.wanted.key, &parked, reterr);
        if (r <= 0)
                return r; /* a parked record claims nothing */

        if ((row->queued_usec > 0 || context->dry) && (row->queued_usec < rival.queued_usec ||
                                     (row->queued_usec == rival.queued_usec &&
                                      strcmp(row->wanted.key, rival.wanted.key) < 0)))
                return 0;
        decision->contested = decision->contested || decision->give_obstacle != OBSTACLE_PARKED;
        return decide_park(decision, PARK_CONFLICT, "its %s is wanted for %s as well", property_name(property),
                    rival.wanted.key);
}

/* Values that Lockt keeps unique, where this record is to have a new one. */
static int check_unique(const DecideContext *context, const QueueRow *row, int64_t now_usec, Decision *decision,
                        Error *reterr) {
        static const Property unique[] = { PROPERTY_EMAIL, PROPERTY_CARD_NUM };
        const Plan *plan = &decision->plan;

        if (!plan->has_give)
                return 0;
        for (size_t i = 0; i < ELEMENTS(unique); i++) {
                const char *value = user_text(&plan->give, unique[i]);
                int r;

                if (!value[0])
                        continue;
                /* Who has it already keeps it. Who is about to adopt a user by it may not be the only one. */
                if (!decision->adopts && strcasecmp(value, user_text(&decision->held.user, unique[i])) == 0)
                        continue;
                r = check_holder(context, unique[i], value, now_usec, decision, reterr);
                if (r < 0)
                        return r;
                r = check_claimant(context, row, unique[i], value, now_usec, decision, reterr);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int check_person(const QueueRow *row, Decision *decision) {
        const Person *person = &row->wanted;

        if (decision->plan.leaver)
                return 0;
        if (person->standing == STANDING_UNCLEAR)
                return decide_park(decision, PARK_STATUS, "%s",
                            person->fault ? person->fault : "its status is neither in nor out");
        if (person->fault)
                return decide_park(decision, PARK_DATA, "%s", person->fault);
        if (decision->plan.unmatched)
                return decide_park(decision, PARK_CONFLICT, "Lockt would not find user %lld by this id_num, and it has no "
                                   "e-mail: give it this id_num in Lockt by hand, or use 'lockt.update_with: put'",
                                   (long long) decision->held.user.id);
        if (decision->plan.levels_missing)
                return decide_park(decision, PARK_CONFLICT, "Lockt does not tell which access levels it holds");
        return 0;
}

/*
 * Nothing that could give is built on a record that was seen too long ago, or is not understood (invariant 6); nor a
 * take that leaves access standing, since the whole record is sent. A leaver's take leaves none: it never waits.
 */
static void check_fresh(const DecideContext *context, int64_t now_usec, Decision *decision) {
        const HeldUser *held = &decision->held;
        Plan *plan = &decision->plan;

        if (held->user.id == 0 || held->missing || (is_fresh(context, held, now_usec) && !held->unclear))
                return;
        if (held->seen_usec == 0 && !plan->has_take) {
                /* After an unknown outcome, "nothing is to be taken" is no knowledge (invariants 1 and 11). */
                if (plan->leaver || (decision->give_obstacle == OBSTACLE_PARKED && !plan->has_give))
                        decision->take_obstacle = OBSTACLE_READ;
                else if (decision->give_obstacle == OBSTACLE_NONE)
                        decision->give_obstacle = OBSTACLE_READ;
        }
        if (plan->has_give && decision->give_obstacle == OBSTACLE_NONE)
                decision->give_obstacle = OBSTACLE_READ;
        if (plan->has_take && access_any(&plan->take, now_usec / USEC_PER_SEC))
                decision->take_obstacle = OBSTACLE_READ;
}

static int plan_with_facts(const DecideContext *context, const QueueRow *row, bool may_release, int64_t now_usec,
                           Decision *decision, Error *reterr) {
        const User *held = decision->held.user.id > 0 && !decision->held.missing ? &decision->held.user : NULL;
        PlanInput input = {
                .wanted = &row->wanted,
                .pin_wanted = row->pin_wanted,
                .pin_digest = row->pin_digest,
                .give_up_card = row->give_up_card,
                .give_up_email = row->give_up_email,
                .held = held,
                .disabled_by_us = decision->link.disabled_usec > 0,
                .granted = &decision->link.granted,
                .held_pin_digest = decision->link.has_pin_digest ? decision->link.pin_digest : NULL,
                .now = now_usec / USEC_PER_SEC,
        };
        int r;

        if (held) {
                r = gather_echoes(context, row, held, &input.echoed, reterr);
                if (r < 0)
                        return r;
                r = gather_claims(context, row, held, &input, reterr);
                if (r < 0)
                        return r;
        }
        input.release_email = input.release_email && may_release;
        plan_deinit(&decision->plan);
        r = plan_person(&context->rules, &input, &decision->plan);
        if (r < 0)
                return decide_oom(reterr);
        if (row->take_only)
                plan_withhold_give(&decision->plan);
        decision->releases = input.release_email && decision->plan.has_take;
        return 0;
}

static int decide_row(const DecideContext *context, const QueueRow *row, int64_t now_usec, Decision *ret,
                      Error *reterr) {
        int r;

        r = link_get(context->state, row->wanted.key, &ret->link, reterr);
        if (r < 0)
                return r;
        if (r == 0)
                r = gather_linked(context, row, now_usec, ret, reterr);
        else
                r = decide_candidate(context, row, ret, reterr);
        if (r < 0)
                return r;
        /* Not one to be written to yet: doubtful, vanished, or its record is not here. */
        if (ret->give_obstacle != OBSTACLE_NONE)
                return 0;

        r = plan_with_facts(context, row, true, now_usec, ret, reterr);
        if (r < 0)
                return r;
        r = check_person(row, ret);
        if (r < 0)
                return r == -ENOMEM ? decide_oom(reterr) : r;
        r = check_unique(context, row, now_usec, ret, reterr);
        if (r < 0)
                return r;
        /* Who does not get another e-mail now keeps the one that he has. */
        if (ret->releases && ret->give_obstacle == OBSTACLE_PARKED) {
                r = plan_with_facts(context, row, false, now_usec, ret, reterr);
                if (r < 0)
                        return r;
        }
        r = decide_double(context, row, ret, reterr);
        if (r < 0)
                return r;
        check_fresh(context, now_usec, ret);
        return 0;
}

/* Whoever is locked by hand is out, whatever a row says that came from somewhere else than his lock. */
static int decide_locked(const DecideContext *context, const QueueRow *row, int64_t now_usec, Decision *ret,
                         Error *reterr) {
        QueueRow out = *row;

        out.wanted.standing = STANDING_OUT;
        return decide_row(context, &out, now_usec, ret, reterr);
}

int decide(const DecideContext *context, const QueueRow *row, int64_t now_usec, Decision *ret, Error *reterr) {
        _cleanup_(lock_deinit) Lock lock = { 0 };
        int r;

        if (row->wanted.excluded)
                return 0;
        if (row->wanted.standing == STANDING_OUT)
                return decide_row(context, row, now_usec, ret, reterr);
        r = lock_get(context->state, row->wanted.key, &lock, reterr);
        if (r < 0)
                return r;
        return r == 0 ? decide_locked(context, row, now_usec, ret, reterr)
                      : decide_row(context, row, now_usec, ret, reterr);
}

Lane decision_lane(const Decision *decision) {
        if (decision->plan.has_take || decision->take_obstacle == OBSTACLE_READ)
                return LANE_TAKE;
        if (decision->give_obstacle == OBSTACLE_PARKED)
                return LANES;
        if (decision->plan.has_give)
                return decision->plan.create ? LANE_CREATE : LANE_CHANGE;
        return decision->give_obstacle == OBSTACLE_READ ? LANE_CHANGE : LANES;
}

bool decision_settled(const Decision *decision) {
        return decision_lane(decision) == LANES && decision->give_obstacle == OBSTACLE_NONE;
}

int decision_granted(const QueueRow *row, const User *now_held, const Link *before, User *ret) {
        const User *rules = &row->wanted.wanted;
        int r;

        for (size_t i = 0; before->unknown_give && i < before->granted.n_levels; i++) {
                r = user_add_level(ret, before->granted.levels[i]);
                if (r < 0)
                        return r;
        }

        for (size_t i = 0; i < now_held->n_levels; i++) {
                int64_t level = now_held->levels[i];

                if (!user_has_level(rules, level) && !user_has_level(&before->granted, level))
                        continue;
                r = user_add_level(ret, level);
                if (r < 0)
                        return r;
        }
        return 0;
}
