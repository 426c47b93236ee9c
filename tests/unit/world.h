#pragma once

/*
 * A played world
 *
 * An HR, a Lockt and two clocks, in memory, around the real engine on a real state file: what a scenario needs to let
 * months of faults pass in a moment. HR hands out its rows as they were when a read began. Lockt is strict: a card number
 * and an e-mail belong to one user, a batch is within the limit, writes do not overlap, and nobody who is not linked is
 * ever written to; it can be told to fail in every way that the API leaves open. Whatever else always holds is
 * asserted with each write, in every scenario.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/plan/access.h"
#include "lib/state/ledger.h"
#include "lib/state/snapshot.h"
#include "lib/sync/report.h"
#include "lib/state/hold.h"
#include "lib/sync/sync.h"

#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define BEGINNING (INT64_C(1700000000) * SECOND)        /* when a world begins: 2023-11-14 22:13:20 UTC */

#define PEOPLE_MAX 4096         /* rows and users stay where they are in memory, so that a scenario may hold on to them */

/* Levels of this Lockt. The mapping grants CARDHOLDER to all, the others by `dept`. */
enum { CARDHOLDER = 10, SECURITY = 20, LAB = 30, POOL = 40 };

/* A row of HR. "" is SQL's null; status: "in", "out", anything else is unclear; dept: "sec", "lab" … */
typedef struct HrRow {
        char id[24], first[24], last[24], email[40], phone[24], card[24], pin[12], from[24], until[24], status[8], dept[8];
} HrRow;

/* What becomes of a request to Lockt. */
typedef enum Fault {
        FAULT_NONE,
        FAULT_LOST_BEFORE,      /* no answer; it never arrived */
        FAULT_LOST_AFTER,       /* no answer; it was carried out */
        FAULT_LATE,             /* no answer; it is carried out later (late_usec) */
        FAULT_DOWN,             /* refused connection */
        FAULT_503,
        FAULT_BUSY,
        FAULT_401,
        FAULT_REFUSED,          /* 400 for the whole, without details */
        FAULT_COUNTS,           /* carried out, and the counts do not add up */
        FAULT_CUT,              /* a listing that ends early */
        FAULTS,
} Fault;

typedef enum HrFault {
        HR_WELL,
        HR_NO_CONNECTION,
        HR_CUT,                 /* after half of the rows */
        HR_EMPTY,
        HR_LOADING,
        HR_FAULTS,
} HrFault;

typedef struct LocktUser {
        User user;
        char pin[12];
        bool stranger;          /* put there by the scenario, not by us */
} LocktUser;

/* A write that was sent. */
typedef struct Sent {
        LocktWrite kind;
        size_t n;
        User *users;            /* with the PINs */
        uint32_t *masks;
        bool takes, gives;      /* against what Lockt held when it was sent */
        int64_t at_usec;
} Sent;

typedef struct Late {
        int64_t due_usec;
        Sent write;
} Late;

typedef struct HrReading {
        bool asked, begun;
        bool for_keys;
        size_t n_keys, n_rows, at;
        char (*keys)[24];
        HrRow *rows;
        uint64_t lsn;
        HrFault fault;
} HrReading;

typedef struct WorldOptions {
        const char *lockt, *leavers, *safety, *levels, *user, *rest;    /* more lines of these sections of the YAML */
        bool pins;              /* the PIN is mapped */
        bool put;
        bool careful;           /* nobody approves a plan but the scenario itself */
        bool unproven;          /* Lockt never got an update of this state (invariant 5) */
} WorldOptions;

/* What is remembered of a person by the world itself, to judge what is sent. */
typedef struct Memory {
        char key[24];
        int64_t last_in_read, last_out_read;    /* begins of reads that had it so; the latter ended well */
        int64_t revoked_usec;                   /* when a write that leaves it no access was acknowledged last */
} Memory;

typedef struct World {
        char directory[64];
        WorldOptions options;
        Config *config;
        Mapping *mapping;
        State *state;
        Sync *sync;
        Now now;
        int64_t elapsed_usec;   /* by a clock that nobody sets and no restart begins anew */
        uint64_t random, seed;  /* the seed is told when something fails */

        size_t n_rows;
        HrRow *rows;
        uint64_t lsn;
        bool standby;           /* HR is read from a standby */
        HrFault hr_fault;       /* of the reads that begin from now on */
        unsigned hr_faults;     /* … so many of them; 0: all */
        int64_t as_of;          /* 0: HR has none */
        HrReading people, keyed, plan;
        char system_identifier[32];

        size_t n_users;
        LocktUser *users;
        int64_t next_id;
        unsigned limit;         /* of records in a write */
        size_t n_levels;
        Level levels[8];
        Fault write_fault, read_fault;  /* of the requests that are answered from now on */
        unsigned write_faults, read_faults;     /* … so many of them; 0: all */
        int64_t late_usec;
        char refused_id[24];    /* a record of this id_num is refused … */
        bool refused_whole;     /* … without details, with its whole batch */
        char refused_words[64];
        bool echo_folds;        /* first names come back in capitals */
        uint32_t update_clears; /* PROPERTY_BITs that an update empties, whatever it says (ruling 49) */
        bool updates_vanish;    /* they are acknowledged, and nothing comes of them */
        bool levels_hidden;     /* reads do not tell levels (ruling 21) */
        char lost_id[24];       /* a write with a record of this id_num never arrives, and gets no answer */
        bool refuse_silently;   /* … in words that say nothing */
        bool refuse_bad_mail;   /* any record with an e-mail without @ is refused, naming it */
        size_t listing_lacks;   /* so many users are left out of a listing */
        Late late[64];
        size_t n_late;

        SyncActionKind lockt_call;      /* the read under way; SYNC_WAIT: none */
        int64_t get_id;
        char get_id_num[64];
        bool writing;
        Sent write;

        bool strict;            /* no write both takes and gives, judged by what Lockt holds */
        Sent *log;
        size_t n_log;
        unsigned gets, listings, reads, keyed_reads, answers;
        int64_t news[NEWS_KINDS];
        char last_parked[200];
        size_t n_memories;
        Memory *memories;
        bool plan_waits;        /* for somebody's approval */
        unsigned fail_commits;  /* the next so many commits of the state fail */
        int64_t faulted;        /* calls that a failing state ended */
} World;

void world_open(World *w, const WorldOptions *options);
void world_close(World *w);
/* As after kill -9: whatever was under way is forgotten here; the write's records may still arrive in Lockt. */
void world_restart(World *w, Fault of_write);
/* The configuration again, with other lines. */
void world_reconfigure(World *w, const WorldOptions *options);

/* Lets time pass, answers everything, until @usec have gone by. */
void world_run(World *w, int64_t usec);
/* A minute and a half: a poll and all that follows from it. */
void world_settle(World *w);
/* One small step that @random chooses: some answer, a row, a moment of time. */
void world_stir(World *w);
uint64_t world_random(World *w, uint64_t below);
void world_step_clock(World *w, int64_t usec);
/* Asks the engine until it waits. @ret_until: until when (may be NULL). */
void world_pump(World *w, int64_t *ret_until);
/* Ends what is under way; false when nothing is. */
bool world_answer_write(World *w);
bool world_answer_lockt_read(World *w);
bool world_read_hr(World *w, SyncRead read);
/* A complete read for a plan. */
void world_read_plan(World *w);
/* The same in two steps. */
bool world_begin_hr(World *w, SyncRead read);
bool world_end_hr(World *w, SyncRead read);
/* Delivers the writes that were late. */
void world_deliver_late(World *w, bool all);
void world_notify(World *w, const char *key);
void world_forget_log(World *w);
/* WORLD_TRACE=1 in the environment tells what happens. */
void world_trace(const World *w, const char *format, ...) _printf_(2, 3);

HrRow *hr_hire(World *w, const char *id);
HrRow *hr_row(World *w, const char *id);
void hr_set(char *field, size_t size, const char *value);
#define hr_change(w, id, field, value) hr_set(hr_row(w, id)->field, sizeof(hr_row(w, id)->field), value)
#define hr_leave(w, id) hr_change(w, id, status, "out")
void hr_remove(World *w, const char *id);
/* @n people, "P0000" on; with a prefix of one's own. */
void hr_hire_many(World *w, char prefix, unsigned from, unsigned n);

/* NULL: nobody. By id_num. */
LocktUser *lockt_user(World *w, const char *id_num);
/* A user that is not of our making: enabled, CARDHOLDER, with these. "" is none. */
LocktUser *lockt_stranger(World *w, const char *id_num, const char *last, const char *email, const char *card);
void lockt_set(LocktUser *user, Property property, const char *value);
void lockt_delete(World *w, const char *id_num);
/* Whether this opens a door now or later. */
bool lockt_opens(World *w, const char *id_num);
bool lockt_has_level(World *w, const char *id_num, int64_t level);
/* Carries out a write, as the service would; @ret may be NULL. */
void lockt_carry_out(World *w, const Sent *write, LocktAnswer *ret);

bool world_parked(World *w, const char *key, ParkKind *ret_kind);
bool world_queued(World *w, const char *key);
bool world_linked(World *w, const char *key);
int64_t world_count_writes(const World *w, bool takes, LocktWrite kind);
void world_status(World *w, SyncStatus *ret);
/* The first group of this kind that is held; looking at it shows its digest. */
bool world_held(World *w, HoldKind kind, HoldGroup *ret);
/* How many are let go; @only NULL: all. */
int64_t world_approve(World *w, const char *digest, const char *only);
/* Everybody as HR wants, judged apart from the engine; who is parked must have a reason that the world knows too. */
void world_assert_converged(World *w, const char *title);
/* A poll that finds nothing new writes nothing, and reads nobody. */
void world_assert_quiet(World *w, const char *title);

#define world_test(function) cmocka_unit_test_setup_teardown(function, world_setup, world_teardown)
int world_setup(void **data);
int world_teardown(void **data);

#define must(call)                                                                              \
        do {                                                                                    \
                Error _error = ERROR_INIT;                                                      \
                Error *error = &_error;                                                         \
                int _r = (call);                                                                \
                if (_r < 0)                                                                     \
                        fail_msg("%s: %d: %s", #call, _r, error_message(&_error));              \
                error_clear(&_error);                                                           \
        } while (0)
