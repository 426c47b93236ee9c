#pragma once

/*
 * Decide: the facts about one person, and what follows from them
 *
 * Gathers from the state what plan_person() needs (who this is in Lockt, what is held, who else has or wants a card or an
 * e-mail), plans, and says what stands in the way. Reads the state, writes nothing: plans, cycles and delivery all ask here,
 * so a plan is the deed (invariant 12).
 */

#include "lib/mapping/mapping.h"
#include "lib/plan/plan.h"
#include "lib/state/ledger.h"
#include "lib/state/snapshot.h"
#include "lib/state/stage.h"

typedef struct DecideContext {
        State *state;
        PlanRules rules;
        const Mapping *mapping;         /* NULL: nobody is excluded */
        bool link_by_email;             /* link_by: [id_num, email] */
        int64_t fresh_usec;             /* lockt.fresh */
        bool dry;                       /* for a plan: who is not in the queue may be in STAGE_DRY, as if he were */
} DecideContext;

/* Fills the rules from a configuration; @mapping (borrowed) tells which levels are tolerated. */
struct Config;
void decide_context_init(DecideContext *context, State *state, const struct Config *config, const Mapping *mapping);

typedef enum Obstacle {
        OBSTACLE_NONE,
        OBSTACLE_PARKED,        /* .park and .reason say why; the take, if there is one, goes on */
        OBSTACLE_READ,          /* the record must be read first: by id, or by id_num where .lockt_id is 0 */
        OBSTACLE_WAITS,         /* .other has a value that this record is to have, and is about to give it up */
} Obstacle;

typedef struct Decision {
        Plan plan;
        HeldUser held;                  /* what the plan was made from; user.id 0: not in Lockt */
        Link link;                      /* key NULL: not linked */
        bool apart;                     /* not linked, since somebody has unlinked it */
        bool adopts;                    /* not linked before: .held is to be linked with this */
        Obstacle take_obstacle;         /* in the way of .plan.take: NONE or READ */
        Obstacle give_obstacle;         /* in the way of .plan.give */
        ParkKind park;
        char *reason;
        char *other;                    /* whose value this waits for, or who is in conflict; NULL */
        Property other_property;        /* card_num or email */
        bool other_must_give_up;        /* .other is a leaver of ours who is not queued: he gives it up (ruling 39) */
        bool contested;                 /* parked because somebody of ours has or wants its card or e-mail: it may look otherwise
                                         * when all that a read found is in the queue */
        bool releases;                  /* .plan.take clears an e-mail that somebody else waits for */
        bool vanished;                  /* linked, and no longer in Lockt */
} Decision;

#define DECISION_INIT ((Decision) { .plan = PLAN_INIT, .held = HELD_USER_INIT, .link = LINK_INIT })
void decision_deinit(Decision *decision);

/* @row: the wanted values, queued or about to be. @ret is DECISION_INIT before. 0 or a negative errno. */
int decide(const DecideContext *context, const QueueRow *row, int64_t now_usec, Decision *ret, Error *reterr);

/* Whether a user of the same id_num is the same person: last name, e-mail or card agree (invariant 6). */
bool decide_agrees(const User *wanted, const User *held);

/* Why somebody is parked whose link was undone by hand: names the commands that go on. NULL when memory is out. */
char *decide_apart_reason(const char *key, int64_t lockt_id);

/* The lane of what is to be sent next; LANES: nothing is to be sent (settled, or all of it is parked). */
Lane decision_lane(const Decision *decision);

/* Nothing is to be sent and nothing stands in the way: Lockt is as HR wants. */
bool decision_settled(const Decision *decision);

/* Levels that the rules grant now are locktsync's from then on: what link.granted becomes when a record is settled. */
/* As long as a gift may still arrive late (link.unknown_give), what was granted once stays ours, held or not. */
int decision_granted(const QueueRow *row, const User *now_held, const Link *before, User *ret);
