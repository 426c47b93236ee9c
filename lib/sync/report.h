#pragma once

/*
 * A plan, entry by entry
 *
 * What sync_plan_next() tells about each person that the next cycle would write, adopt, park or hold, made by the code
 * that decides the cycle (invariant 12). Borrowed until the next call.
 */

#include "lib/model/person.h"
#include "lib/state/ledger.h"

typedef struct PlanProperty {
        Property property;
        const char *from, *to;          /* "" for empty; times in ISO form UTC; a PIN is "(set)"/"(changed)" */
} PlanProperty;

typedef struct PlanLevel {
        int64_t id;
        const char *name;               /* "" where Lockt's list has it no more */
        unsigned line;                  /* of the rule that grants it; 0 for a level that is lost */
} PlanLevel;

typedef enum PlanActionKind {
        PLAN_REVOKE,                    /* takes access, gives none */
        PLAN_CHANGE,                    /* an update; .takes and .gives tell what it does to access */
        PLAN_CREATE,
        PLAN_ADOPT,                     /* linked as it is: already right, no write */
        PLAN_PARK,                      /* withheld; .reason */
        PLAN_HOLD,                      /* the ceiling would hold it; .reason */
        PLAN_ACTIONS,
} PlanActionKind;

/* "revoke", "change", "create", "adopt", "park", "hold". */
const char *plan_action_name(PlanActionKind kind);

struct PlanEntry {
        PlanActionKind action;
        const char *key;
        const char *first_name, *last_name;     /* for the reader of a plan, not for the journal */
        int64_t lockt_id;                       /* 0: none yet */
        bool adopts;                            /* the write also links an existing user for the first time */
        bool takes, gives;
        const char *why;                        /* "hired", "left", "absent from HR", "changed", "drift in Lockt", … */
        const char *reason;                     /* of a park or hold; "" otherwise */
        ParkKind park;                          /* of PLAN_PARK; PARK_CONFLICT: perhaps another is the same person */
        size_t n_properties;
        const PlanProperty *properties;
        size_t n_gained, n_lost;
        const PlanLevel *gained, *lost;
        const User *take, *give;                /* the records as they would be sent, in this order; NULL: none. The PIN is not in them */
        uint32_t take_mask, give_mask;          /* what differs, for PUT */
};

typedef struct PlanRule {
        unsigned line;                          /* in the plan's file; of a rule that is gone, in the one in force */
        int64_t matches;                        /* people of this read */
        int64_t was;                            /* of the same people, by its counterpart in the file in force; -1:
                                                 * no other file, no counterpart, or it can't be counted */
} PlanRule;

typedef struct PlanSummary {
        int64_t rows;                           /* people that HR has */
        int64_t by_action[PLAN_ACTIONS];
        int64_t gaining, losing;                /* people who gain, who lose access */
        int64_t writes;                         /* requests that would be made */
        int64_t unknown_users;                  /* users of Lockt that HR does not know: not touched */
        size_t n_rules;
        const PlanRule *rules;                  /* in the order of the file */
        size_t n_gone;
        const PlanRule *gone;                   /* rules of the file in force without a counterpart in the other one */
        bool counted_before;                    /* .was is known */
        int64_t clearing;                       /* people of whom a value is emptied */
        int64_t doubles;                        /* of those who are parked: PARK_CONFLICT */
        const char *gate;                       /* why nothing of it goes before it is approved; "": it goes */
        bool same_mapping;                      /* of another file: its mapping is the approved one */
        bool absence_proven;                    /* the read proves who is absent */
        const char *note;                       /* why not, what is refused; "" when all is well */
} PlanSummary;
