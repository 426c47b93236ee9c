#pragma once

/*
 * Plan: what is against what should be, for one person
 *
 * Pure: it is told what HR wants, what Lockt holds, what locktsync remembers of its own deeds, and the time; it says
 * which records to send. What takes and what gives never share a write (invariant 2), so there are up to two: first
 * .take, made of the held record by restricting it only; then .give, the whole record as wanted (ruling 31).
 */

#include "lib/base/digest.h"
#include "lib/base/error.h"
#include "lib/model/person.h"
#include "lib/plan/access.h"

/* The `leavers:` and `others:` of the configuration, and the levels that rules named once. */
typedef struct PlanRules {
        bool disable, remove_levels, expire;
        bool remove_others;
        bool by_id;             /* an update finds its user by Lockt's own id (ruling 30); else by id_num and e-mail */
        bool (*tolerated)(const void *userdata, int64_t level);        /* NULL: none; whoever holds such a level keeps it */
        const void *userdata;
} PlanRules;

typedef struct PlanInput {
        const Person *wanted;
        bool pin_wanted;
        const uint8_t *pin_digest;              /* of the wanted PIN */
        bool give_up_card, give_up_email;       /* somebody else is to have it: a leaver gives it up (ruling 39) */
        bool release_email;                     /* somebody who waits is to have the e-mail that this person changes */
        const User *held;                       /* NULL: not in Lockt */
        uint32_t echoed;                        /* texts that differ only as Lockt always makes them differ (ruling 33) */
        bool disabled_by_us;
        const User *granted;                    /* levels that locktsync granted; NULL: none */
        const uint8_t *held_pin_digest;         /* of the PIN that was acknowledged; NULL: none */
        int64_t now;                            /* instant */
} PlanInput;

typedef struct Plan {
        bool leaver;            /* out, absent, or past the end of access */
        bool create;
        bool blocked_by_hand;   /* wanted in, but disabled in Lockt by somebody else: stays so (invariant 6) */
        bool unmatched;         /* an update with this id_num could not find its user, or would find another one */
        bool levels_missing;    /* what levels it holds is not known, so no whole record can be sent that keeps them */
        bool has_take, has_give;
        User take, give;
        uint32_t take_mask, give_mask;  /* PROPERTY_BITs in which each differs from what is held before it */
        AccessChange access;    /* of the whole, from held to wanted */
} Plan;

#define PLAN_INIT ((Plan) { .take = USER_INIT, .give = USER_INIT })

/* Makes @ret (PLAN_INIT before). A plan without take and give: nothing is to do. 0 or -ENOMEM. */
int plan_person(const PlanRules *rules, const PlanInput *input, Plan *ret);
void plan_deinit(Plan *plan);

/* Leaves only what it takes. */
void plan_withhold_give(Plan *plan);

/*
 * Whether a user is disabled in Lockt, and by somebody else than us. Ruling 43: who is seen disabled after an end that
 * has passed was not.
 */
bool plan_blocked_by_hand(const User *held, bool disabled_by_us, int64_t now);

/* Whether HR wants this person out at @now: the row says so, it is absent, or its access has ended (invariant 13). */
bool plan_is_leaver(const Person *person, int64_t now);

/* PROPERTY_BITs in which two records differ; levels count only where both are known. PINs are not looked at. */
uint32_t plan_difference(const User *a, const User *b);
