#pragma once

/* What the files of sync share. */

#include "lib/base/digest.h"
#include "lib/decide/decide.h"
#include "lib/delivery/delivery.h"
#include "lib/delivery/service.h"
#include "lib/state/hold.h"
#include "lib/sync/intake.h"
#include "lib/sync/report.h"
#include "lib/sync/sync.h"

#define USEC_PER_SEC INT64_C(1000000)
#define KEYS_A_READ 100u        /* keys of one keyed read */
#define KEYS_MAX 1000u          /* keys that wait; beyond, a complete read is due instead */
#define PIECE 256u              /* findings, users … that one step of work handles */
#define PEOPLE_MIN 5            /* a percentage is never less than so many people (PRODUCT's `safety`) */

/* A read of HR: from the request to its end. */
typedef struct Reading {
        bool under_way;
        Intake *intake;                 /* NULL until its database snapshot is taken */
        int64_t number, cycle;
        int64_t begun_usec, begun_steady;
        HrSnapshot facts;               /* without columns */
        bool distrusted;                /* HR went backwards, or is another database: takes by explicit leavers alone */
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
        Reading facts;                  /* of the read; its intake is NULL */
        IntakeTally tally;
        bool absence_proven;
        bool guarded;                   /* the ceiling was found to be passed */
        int64_t now_held;
        char *cursor;
} Apply;

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
        bool listing_lost;              /* the state could not take all of it */
        bool listing_void;              /* the one under way proves nothing: the clock was set meanwhile */
        int64_t listing_begun_usec, listing_again_usec;
        bool getting;
        int64_t get_begun_usec;

        /* HR. */
        Service hr_service;
        bool hr_down, hr_refused, hr_keys_bad;
        char hr_error[512], refused[512];
        bool poll_due, accept_hr, accept_held;
        int64_t next_poll_usec;
        Reading people, keyed, plan;
        size_t n_pending;
        char *pending[KEYS_MAX];
        Apply apply_people, apply_keyed;

        /* The cycle. */
        int64_t last_asked_usec;        /* when sync_next() was asked last */
        bool cycle_ran, cycle_failed, cycle_open;
        int64_t cycle, cycle_begun_usec, cycle_rows, last_cycle_usec, last_cycle_duration_usec;
        int64_t last_read_usec, as_of_usec, held_back;
        bool held;

        /* For the ceiling: how many there were at that instant, and how many links. */
        int64_t people_with_access, access_counted, links_counted;

        struct Report *report;
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
/* How many people may lose access. */
int sync_ceiling(Sync *sync, int64_t now, int64_t *ret, Error *reterr);

/* lockt.c: the levels that Lockt had will do until it has told them anew, so that HR need not wait for Lockt. */
int sync_recall_levels(Sync *sync, Error *reterr);
int listing_step(Sync *sync, Now now, Error *reterr);

/* report.c */
int report_open(Sync *sync, Error *reterr);
void report_count_rules(void *userdata, const Person *person);
int report_begin(Sync *sync, Reading *reading, const IntakeTally *tally, Now now, int result, const Error *error,
                 Error *reterr);
void report_free(Sync *sync);
