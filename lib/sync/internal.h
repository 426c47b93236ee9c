#pragma once

/* What the files of sync share. */

#include "lib/base/digest.h"
#include "lib/decide/decide.h"
#include "lib/delivery/delivery.h"
#include "lib/delivery/service.h"
#include "lib/guard/guard.h"
#include "lib/sync/intake.h"
#include "lib/sync/report.h"
#include "lib/sync/sync.h"

#define USEC_PER_SEC INT64_C(1000000)
#define KEYS_A_READ 100u        /* keys of one keyed read */
#define KEYS_MAX 1000u          /* keys that wait; beyond, a complete read is due instead */
#define PIECE 256u              /* findings, users … that one step of work handles */

/*
 * A configuration that a plan is made with in place of the one in force (sync_plan_use()). .config NULL: there is none.
 * All borrowed.
 */
typedef struct Planned {
        const Config *config;
        const Mapping *mapping, *former;
        DecideContext context;
        unsigned gate;                  /* as it would be */
        bool same_mapping;              /* as the approved one */
        bool same_rows;                 /* hr.people is the query in force */
        bool same_as_of;
} Planned;

/* A read of HR: from the request to its end. */
typedef struct Reading {
        bool under_way;
        Intake *intake;                 /* NULL until its database snapshot is taken */
        int64_t number, cycle;
        int64_t begun_usec, begun_steady;
        int64_t previous_usec;          /* begin of the complete read before; 0: none */
        int64_t notified_usec;          /* when HR told of what is read here; 0: it did not */
        HrSnapshot facts;               /* without columns */
        bool distrusted;                /* HR went backwards: takes by explicit leavers alone */
        bool foreign;                   /* another database than the one that was approved: the gate is closed */
        size_t n_keys;                  /* of a keyed read: what was asked for, and who was found */
        char *keys[KEYS_A_READ];
        bool found[KEYS_A_READ];
        bool for_pins;
} Reading;

typedef enum ApplyPhase { APPLY_IDLE, APPLY_DECIDE, APPLY_WRITE } ApplyPhase;

/* Findings of a read that ended well, on their way into the queue, piece by piece. */
typedef struct Apply {
        ApplyPhase phase;
        StageSlot slot;
        const Planned *planned;         /* decided by another configuration; NULL: by the one in force */
        Reading facts;                  /* of the read; its intake is NULL */
        IntakeTally tally;
        bool absence_proven;
        int64_t absences_wait;          /* people who have no row, and whose absence is not believed yet */
        GuardTally changes;             /* what the deciding pass counted */
        Guard guard;
        char *cursor;
} Apply;

/* Why nothing but revocations goes before a plan is approved (invariant 5): bits. */
typedef enum GateCause {
        GATE_FIRST = 1,                 /* the ledger is new */
        GATE_MAPPING = 2,               /* the mapping is another one than was approved */
        GATE_HR = 4,                    /* HR is another database */
} GateCause;

/* An approval on its way to the holds that it reaches, piece by piece. */
typedef struct Approving {
        bool under_way;
        Shown shown;
        int64_t entry;                  /* in the history */
        char *after;
} Approving;

/* What was decided about a change before, or is now. */
typedef enum VerdictKind { VERDICT_FREE, VERDICT_HELD, VERDICT_APPROVED } VerdictKind;
typedef struct Verdict {
        VerdictKind kind;
        HoldKind hold;
        int64_t level;
        bool take_only;                 /* what it takes goes on */
        uint8_t change[DIGEST_SIZE];
} Verdict;

#define TOLD_MAX 64                     /* groups of holds that are remembered as told */

struct Sync {
        State *state;
        const Config *config;
        Mapping *mapping;
        SyncTell tell;
        void *userdata;
        DecideContext context;
        Delivery *delivery;
        uint8_t master[32];
        DigestKey row_key, pin_key;
        bool leader;

        int64_t steady_offset;          /* to the clock that goes on over restarts: what absence is measured with */
        int64_t wall_offset;            /* wall minus steady, to notice that the wall clock was set */

        /* Lockt, read side: one call at a time. */
        bool levels_due, levels_known, levels_unresolved, levels_under_way;
        bool listing_due, listing_under_way, listing_applying, listing_checking, listing_refused, listing_accept;
        bool listing_changed;
        bool listing_compared;          /* the one that is being applied was found good */
        bool listing_lost;              /* the state could not take all of it */
        bool listing_void;              /* the one under way proves nothing: the clock was set meanwhile */
        int64_t listing_begun_usec, listing_again_usec;
        bool getting;
        int64_t get_begun_usec;

        /* HR. */
        Service hr_service;
        bool hr_down, hr_refused, hr_keys_bad;
        char hr_error[512], refused[512];
        bool poll_due, accept_hr;
        int64_t next_poll_usec;
        Reading people, keyed, plan;
        size_t n_pending;
        char *pending[KEYS_MAX];
        bool notified;                  /* HR told of one of them, … */
        int64_t notified_usec;          /* … then */
        Apply apply_people, apply_keyed;

        /* The cycle. */
        int64_t last_asked_usec;        /* when sync_next() was asked last */
        bool cycle_ran, cycle_failed, cycle_open;
        int64_t cycle, cycle_begun_usec, cycle_rows, last_cycle_usec, last_cycle_duration_usec;
        int64_t last_read_usec, as_of_usec, held_back;

        int64_t head_day;               /* of which the history's head was told */

        /* Trust. */
        unsigned gate;                  /* GateCauses; 0: open */
        bool gate_dropping;             /* gifts of before are still in the queue */
        int64_t plan_seq;               /* holds that there had been when the plan was whole; -1: it is not yet */
        bool plan_dropping;             /* what was held for a plan is not any more */
        bool saved;                     /* what Lockt held before the first write has been written to a file */
        struct Save *save;              /* … is being */
        DigestKey change_key;
        GuardBase base;
        Approving approving;
        size_t n_told;
        HoldGroup told[TOLD_MAX];       /* groups that were told, and are still there */

        struct Report *report;
        Planned planned;
};

int64_t sync_steady(const Sync *sync, Now now);
void sync_tell(Sync *sync, NewsKind kind, const char *key, const char *text, int64_t count);
/* Told when it begins, silent while it lasts. @where (may be NULL) keeps the sentence for the status. */
void sync_condition_begin(Sync *sync, bool *condition, NewsKind kind, char *where, size_t size, const char *text,
                          int64_t count);
void sync_condition_end(Sync *sync, bool *condition, NewsKind kind);

/* The digests of rows hold the mapping, so that another mapping makes every row a finding. */
int sync_rekey(Sync *sync, Error *reterr);

/* Tells what the cycle brought, if it brought anything. */
void sync_close_cycle(Sync *sync, Now now);

/* reading.c */
void reading_reset(Reading *reading);
int sync_want_key(Sync *sync, const char *key, Error *reterr);

/* apply.c: 0: a piece was done, 1: nothing is to be applied. */
int apply_begin(Sync *sync, Apply *apply, StageSlot slot, Reading *reading, const IntakeTally *tally, bool absence_proven,
                Error *reterr);
int apply_step(Sync *sync, Apply *apply, Now now, Error *reterr);
/* The deciding pass alone: after the last piece, apply->phase is APPLY_WRITE. */
int apply_decide(Sync *sync, Apply *apply, Now now, Error *reterr);
/*
 * What is to be decided about a finding now. 0 with @ret_row; 1: nothing (an absence that is not proven or not old
 * enough, a read that may not give). @known: the ledger has @person.
 */
int apply_finding_row(const Sync *sync, const Apply *apply, const Finding *finding, const PersonRow *person,
                      bool known, QueueRow *ret_row, Error *reterr);
const char *apply_why(const Finding *finding, const PersonRow *person, bool known);
void apply_reset(Apply *apply);
bool apply_active(const Apply *apply);
/* By what is decided: of the plan's configuration, or of the one in force. */
const Config *apply_config(const Sync *sync, const Apply *apply);
const DecideContext *apply_context(const Sync *sync, const Apply *apply);
unsigned apply_gate(const Sync *sync, const Apply *apply);
/* judge.c: by what was decided before (the gate, a hold of this change, an approval) … */
int judge_former(const Sync *sync, const Apply *apply, const QueueRow *row, const Decision *decision, Now now,
                 Verdict *ret, Error *reterr);
/* … and by the limits; asked once for each finding of @apply, in the order of the keys. */
int judge(const Sync *sync, Apply *apply, const Finding *finding, const QueueRow *row, const Decision *decision, Now now,
          Verdict *ret, Error *reterr);

/* gate.c: compares the mapping with the approved one; at the start, and for each new configuration. */
int gate_check_mapping(Sync *sync, Error *reterr);
/* What the gate would be with another configuration, and whether its mapping is the approved one. */
int gate_foresee(const Sync *sync, const Config *config, const Mapping *mapping, unsigned *ret, bool *ret_same,
                 Error *reterr);
/* The database that a read comes from is (not) the one that was approved. */
int gate_set_hr(Sync *sync, const char *foreign_identity, Error *reterr);
/* Approved, or nothing waits: what was waited for is in force. */
int gate_open(Sync *sync, Error *reterr);
/* Everybody has been read, and what waits is the plan; before, or by another mapping, it is no plan that was shown. */
int gate_note_plan(Sync *sync, const Apply *apply, Error *reterr);
bool gate_was_shown(const Sync *sync, const Shown *shown);
/* Takes gifts of before out of the queue, or holds of an open gate away. 0: a piece was done; 1: nothing is left. */
int gate_step(Sync *sync, Error *reterr);
/* Why it is closed, in words; "" when it is open. */
const char *gate_reason(const Sync *sync);
const char *gate_words(unsigned gate);

/* approve.c: 0: a piece was done; 1: nothing is being approved. */
int approve_step(Sync *sync, Now now, Error *reterr);
/* After findings were applied: groups that are new are told, groups that are no more as well. */
int approve_tell(Sync *sync, Now now, Error *reterr);

/* save.c: what Lockt holds, to a file before the first write. 0: a piece was done; 1: it is there. */
int save_step(Sync *sync, Now now, Error *reterr);
void save_free(Sync *sync);

/* daily.c: tells the head of the history, once a day; and once that the state was restored from a copy. */
int daily_step(Sync *sync, Now now, Error *reterr);
int daily_look_for_restore(Sync *sync, Now now, Error *reterr);

/* revert.c: carries out one approved way back. Inside a transaction. */
int revert_apply(Sync *sync, const char *key, Now now, Error *reterr);
/* The next one that was approved: 0: one was carried out; 1: there is none. */
int revert_step(Sync *sync, Now now, Error *reterr);
/* A way back that nobody has approved is no hold for ever: drops what is a day old, a piece a cycle. */
int revert_lapse(Sync *sync, Now now, Error *reterr);
/* Whether HR's row is not to be acted upon at @now (instant), since the person was set back and the row has not changed. */
int revert_stands(const Sync *sync, const Finding *finding, int64_t now, bool *ret, Error *reterr);

/*
 * hand.c: who is locked is out, whatever HR's row says: makes @row say so. 1: he is locked, and no guard, hold or gate
 * stops what it takes; 0: he is not.
 */
int hand_apply_lock(const Sync *sync, const char *key, QueueRow *row, Error *reterr);
/* The member "lock" of an explanation, where there is one. */
struct json_object;
int explain_lock(Sync *sync, const char *key, struct json_object *object, bool *ret_known, Error *reterr);

/* lockt.c: the levels that Lockt had will do until it has told them anew, so that HR need not wait for Lockt. */
int sync_recall_levels(Sync *sync, Error *reterr);
/* Names to ids, by what the snapshot knows of levels. */
int sync_look_up_levels(Sync *sync, Mapping *mapping, MappingComplaint complain, void *userdata, Error *reterr);
int listing_step(Sync *sync, Now now, Error *reterr);

/* report.c */
int report_open(Sync *sync, Error *reterr);
int report_count_rules(void *userdata, const Row *row);
int report_begin(Sync *sync, Reading *reading, const IntakeTally *tally, Now now, int result, const Error *error,
                 Error *reterr);
void report_free(Sync *sync);
