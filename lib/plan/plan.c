/* What is against what should be, for one person: the records that lead from the one to the other. */

#include "lib/plan/plan.h"

#include <errno.h>
#include <string.h>

static bool is_mapped(const Person *person, Property property) {
        return person->mapped & PROPERTY_BIT(property);
}

/* Mapped, and HR's value (an empty one too) is to be what Lockt has. */
static bool is_set(const Person *person, Property property) {
        return is_mapped(person, property) && !(person->keep & PROPERTY_BIT(property));
}

bool plan_is_leaver(const Person *person, int64_t now) {
        if (person->standing == STANDING_OUT || person->standing == STANDING_ABSENT)
                return true;
        return person->standing == STANDING_IN && is_set(person, PROPERTY_ACCESS_EXPIRES) &&
               person->wanted.access_expires != INSTANT_NONE && person->wanted.access_expires <= now;
}

static bool same_levels(const User *a, const User *b) {
        return a->n_levels == b->n_levels &&
               (a->n_levels == 0 || memcmp(a->levels, b->levels, a->n_levels * sizeof(*a->levels)) == 0);
}

uint32_t plan_difference(const User *a, const User *b) {
        uint32_t mask = 0;

        for (Property p = 0; p < TEXT_PROPERTIES; p++)
                if (strcmp(user_text(a, p), user_text(b, p)) != 0)
                        mask |= PROPERTY_BIT(p);
        if (a->access_effective != b->access_effective)
                mask |= PROPERTY_BIT(PROPERTY_ACCESS_EFFECTIVE);
        if (a->access_expires != b->access_expires)
                mask |= PROPERTY_BIT(PROPERTY_ACCESS_EXPIRES);
        if (a->enabled != b->enabled)
                mask |= PROPERTY_BIT(PROPERTY_ENABLED);
        if (a->levels_known && b->levels_known && !same_levels(a, b))
                mask |= PROPERTY_BIT(PROPERTY_ACCESSLEVELS);
        return mask;
}

static void clear_levels(User *user) {
        user->n_levels = 0;
        user->levels_known = true;
}

bool plan_blocked_by_hand(const User *held, bool disabled_by_us, int64_t now) {
        return held && !held->enabled && !disabled_by_us &&
               (held->access_expires == INSTANT_NONE || held->access_expires > now);
}

/* Somebody whom locktsync did not disable. */
static bool is_blocked_by_hand(const PlanInput *input) {
        return plan_blocked_by_hand(input->held, input->disabled_by_us, input->now);
}

/* The end of a leaver: HR's own, where it has passed; now, where Lockt would let him in longer. An end that has passed stays. */
static void expire(const PlanInput *input, User *record) {
        const Person *person = input->wanted;
        int64_t end = record->access_expires;

        if (end != INSTANT_NONE && end <= input->now)
                return;
        record->access_expires = input->now;
        if (is_set(person, PROPERTY_ACCESS_EXPIRES) && person->wanted.access_expires != INSTANT_NONE &&
            person->wanted.access_expires < input->now)
                record->access_expires = person->wanted.access_expires;
}

/*
 * A leaver's record is the held one with access taken out of it, whatever HR's other fields hold (invariant 8), so it
 * can always be made.
 */
static int plan_leaver(const PlanRules *rules, const PlanInput *input, Plan *plan) {
        int r;

        plan->leaver = true;
        if (!input->held)
                return 0;

        r = user_copy(input->held, &plan->take);
        if (r < 0)
                return r;
        if (rules->disable)
                plan->take.enabled = false;
        if (rules->remove_levels)
                clear_levels(&plan->take);
        /* Who was blocked by hand is out already; an end of ours would hide who did it from his return (ruling 43). */
        if (rules->expire && !is_blocked_by_hand(input))
                expire(input, &plan->take);
        if (input->give_up_card) {
                r = user_set_text(&plan->take, PROPERTY_CARD_NUM, NULL);
                if (r < 0)
                        return r;
        }
        if (input->give_up_email) {
                r = user_set_text(&plan->take, PROPERTY_EMAIL, NULL);
                if (r < 0)
                        return r;
        }

        plan->take_mask = plan_difference(input->held, &plan->take);
        /* Levels that are not known may be some: taking them out is a difference (ruling 21). */
        if (rules->remove_levels && !input->held->levels_known)
                plan->take_mask |= PROPERTY_BIT(PROPERTY_ACCESSLEVELS);
        plan->has_take = plan->take_mask != 0;
        plan->access = access_compare(input->held, &plan->take, input->now);
        return 0;
}

static int want_texts(const Person *person, User *record) {
        for (Property p = 0; p < TEXT_PROPERTIES; p++) {
                int r;

                if (!is_set(person, p))
                        continue;
                r = user_set_text(record, p, person->wanted.text[p]);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* Whether an update would have to be found by something else than the number that it brings. */
static bool renumbers(const PlanRules *rules, const PlanInput *input, const User *record) {
        return !rules->by_id &&
               strcmp(user_text(input->held, PROPERTY_ID_NUM), user_text(record, PROPERTY_ID_NUM)) != 0;
}

/*
 * Another number is given to a user by an update that bears the e-mail which it has: the service finds it by that alone
 * (ruling 9). A new e-mail comes with the next one, and without an e-mail there is no such update.
 */
static int keep_findable(const PlanRules *rules, const PlanInput *input, User *record, Plan *plan) {
        const char *email = user_text(input->held, PROPERTY_EMAIL);

        if (!renumbers(rules, input, record))
                return 0;
        plan->unmatched = !email[0];
        return user_set_text(record, PROPERTY_EMAIL, email);
}

static void want_span(const PlanInput *input, User *record) {
        const Person *person = input->wanted;

        if (is_set(person, PROPERTY_ACCESS_EFFECTIVE))
                record->access_effective = person->wanted.access_effective;
        if (is_set(person, PROPERTY_ACCESS_EXPIRES))
                record->access_expires = person->wanted.access_expires;
        else if (input->disabled_by_us && record->access_expires != INSTANT_NONE &&
                 record->access_expires <= input->now)
                record->access_expires = INSTANT_NONE; /* the end that we set when he left */
}

/* Who was disabled by hand stays so (invariant 6). */
static void want_enabled(const PlanInput *input, User *record, Plan *plan) {
        const User *held = input->held;

        /* Not mapped, it stays as it is; save that what we took from him when he left comes back with him. */
        if (!is_set(input->wanted, PROPERTY_ENABLED) && held && !input->disabled_by_us)
                return;
        if (is_blocked_by_hand(input)) {
                plan->blocked_by_hand = true;
                return;
        }
        record->enabled = true;
}

static bool keeps_other(const PlanRules *rules, const PlanInput *input, int64_t level) {
        if (rules->tolerated && rules->tolerated(rules->userdata, level))
                return true;
        if (rules->remove_others)
                return false;
        return !input->granted || !user_has_level(input->granted, level);
}

static int want_levels(const PlanRules *rules, const PlanInput *input, User *record) {
        const Person *person = input->wanted;
        int r;

        if (!is_set(person, PROPERTY_ACCESSLEVELS))
                return 0;

        clear_levels(record);
        for (size_t i = 0; i < person->wanted.n_levels; i++) {
                r = user_add_level(record, person->wanted.levels[i]);
                if (r < 0)
                        return r;
        }
        for (size_t i = 0; input->held && i < input->held->n_levels; i++) {
                if (!keeps_other(rules, input, input->held->levels[i]))
                        continue;
                r = user_add_level(record, input->held->levels[i]);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* What is held, and no more than what is wanted: the part of a change that takes. */
static int restrict_to(const User *held, const User *wanted, User *ret) {
        int r;

        r = user_copy(held, ret);
        if (r < 0)
                return r;
        ret->enabled = held->enabled && wanted->enabled;
        ret->access_effective = access_later_begin(held->access_effective, wanted->access_effective);
        ret->access_expires = access_earlier_end(held->access_expires, wanted->access_expires);
        if (held->levels_known && wanted->levels_known)
                for (size_t i = held->n_levels; i > 0; i--)
                        if (!user_has_level(wanted, held->levels[i - 1]))
                                user_remove_level(ret, held->levels[i - 1]);
        if (strcmp(user_text(held, PROPERTY_CARD_NUM), user_text(wanted, PROPERTY_CARD_NUM)) != 0)
                return user_set_text(ret, PROPERTY_CARD_NUM, NULL);
        return 0;
}

static int plan_take(const PlanInput *input, const User *wanted, Plan *plan) {
        const User *held = input->held;
        int r;

        r = restrict_to(held, wanted, &plan->take);
        if (r < 0)
                return r;
        plan->has_take = access_compare(held, &plan->take, input->now).takes;

        /* A card that somebody else waits for is given up first even where it opens nothing (ruling 39). */
        if (input->give_up_card && held->text[PROPERTY_CARD_NUM] && !plan->take.text[PROPERTY_CARD_NUM])
                plan->has_take = true;
        if (input->release_email && held->text[PROPERTY_EMAIL] &&
            strcmp(held->text[PROPERTY_EMAIL], user_text(wanted, PROPERTY_EMAIL)) != 0) {
                r = user_set_text(&plan->take, PROPERTY_EMAIL, NULL);
                if (r < 0)
                        return r;
                plan->has_take = true;
        }
        plan->take_mask = plan_difference(held, &plan->take);
        return 0;
}

/* A PIN is known by the digest of what was acknowledged alone (ruling 3). */
static bool pin_differs(const PlanInput *input) {
        if (!input->pin_wanted)
                return false;
        return !input->held_pin_digest || memcmp(input->pin_digest, input->held_pin_digest, DIGEST_SIZE) != 0;
}

static int plan_update(const PlanRules *rules, const PlanInput *input, Plan *plan) {
        const User *held = input->held, *before = held;
        uint32_t mask;
        int r;

        r = user_copy(held, &plan->give);
        if (r < 0)
                return r;
        r = want_texts(input->wanted, &plan->give);
        if (r < 0)
                return r;
        r = keep_findable(rules, input, &plan->give, plan);
        if (r < 0)
                return r;
        want_span(input, &plan->give);
        want_enabled(input, &plan->give, plan);
        if (held->levels_known) {
                r = want_levels(rules, input, &plan->give);
                if (r < 0)
                        return r;
        } else
                plan->levels_missing = true;

        plan->access = access_compare(held, &plan->give, input->now);
        r = plan_take(input, &plan->give, plan);
        if (r < 0)
                return r;
        if (plan->has_take)
                before = &plan->take;

        mask = plan_difference(before, &plan->give) & ~input->echoed;
        if (pin_differs(input))
                mask |= PROPERTY_BIT(PROPERTY_PIN);
        plan->give_mask = mask;
        plan->has_give = mask != 0;
        return 0;
}

static int plan_create(const PlanRules *rules, const PlanInput *input, Plan *plan) {
        int r;

        r = want_texts(input->wanted, &plan->give);
        if (r < 0)
                return r;
        r = user_set_text(&plan->give, PROPERTY_ID_NUM, input->wanted->key);
        if (r < 0)
                return r;
        want_span(input, &plan->give);
        want_enabled(input, &plan->give, plan);
        clear_levels(&plan->give);
        r = want_levels(rules, input, &plan->give);
        if (r < 0)
                return r;

        plan->create = true;
        plan->has_give = true;
        plan->give_mask = PROPERTY_BIT(PROPERTIES) - 1;
        plan->access = access_compare(NULL, &plan->give, input->now);
        return 0;
}

/*
 * A record with a fault, or an unclear status, withholds data and grants, but never a revocation (invariant 8): the take
 * is made from the properties that are sound.
 */
void plan_withhold_give(Plan *plan) {
        user_deinit(&plan->give);
        plan->has_give = false;
        plan->give_mask = 0;
        plan->access.gives = false;
}

int plan_person(const PlanRules *rules, const PlanInput *input, Plan *ret) {
        const Person *person = input->wanted;
        int r;

        if (plan_is_leaver(person, input->now))
                return plan_leaver(rules, input, ret);

        if (!input->held) {
                /* Who has no access and is not in Lockt is not created (invariant 10). */
                if (person->standing != STANDING_IN || person->fault)
                        return 0;
                return plan_create(rules, input, ret);
        }
        if (person->standing == STANDING_UNCLEAR)
                return 0; /* keeps access as it is */

        r = plan_update(rules, input, ret);
        if (r < 0)
                return r;
        if (person->fault || ret->levels_missing || ret->unmatched)
                plan_withhold_give(ret);
        return 0;
}

void plan_deinit(Plan *plan) {
        user_deinit(&plan->take);
        user_deinit(&plan->give);
        *plan = PLAN_INIT;
}
