#pragma once

/*
 * Sync: the engine between HR and Lockt, without sockets and clocks
 *
 * It is told the time, the rows and the answers, and says what to do next. The daemon around it only carries bytes: it
 * asks sync_next() after everything that happened, starts what it is told to start, and reports how it ended. So a test
 * can play a year of faults in a second.
 *
 *      read rows ─▶ intake (digest, merge, mapping) ─▶ stage ─▶ decide ─▶ ceiling ─▶ queue ─▶ delivery ─▶ answers ─▶ state
 *
 * A negative answer of any call is a fault of the state (disk full, damaged) or of memory: nothing was half done, nothing
 * is delivered until it works again; the daemon says so and tries again later, or ends.
 */

#include "lib/config/config.h"
#include "lib/model/hr_snapshot.h"
#include "lib/model/answer.h"
#include "lib/mapping/mapping.h"
#include "lib/state/state.h"
#include "lib/model/news.h"

typedef struct Sync Sync;

/* The time: of the wall, and one that only goes forward while the daemon runs (CLOCK_BOOTTIME), both in microseconds. */
typedef struct Now {
        int64_t real_usec;
        int64_t steady_usec;
} Now;

typedef void (*SyncTell)(void *userdata, const News *news);

/*
 * Borrows all three for its life. Recovers what a crash left (writes in flight become unknown outcomes). -EXDEV: the state
 * belongs to another Lockt instance.
 */
int sync_new(State *state, const Config *config, Mapping *mapping, Now now, SyncTell tell, void *userdata, Sync **ret,
             Error *reterr);
Sync *sync_free(Sync *sync);
DEFINE_CLEANUP(Sync *, sync_free)

typedef enum SyncActionKind {
        SYNC_WAIT,              /* nothing to do before .until_usec (wall; INT64_MAX: until something happens) */
        SYNC_AGAIN,             /* a piece of work was done; look after other events, then ask again */
        SYNC_READ_PEOPLE,       /* start a complete read of HR */
        SYNC_READ_KEYS,         /* start a read of .keys (n_keys) */
        SYNC_LIST_LEVELS,
        SYNC_LIST_USERS,
        SYNC_GET_USER,          /* .id, or .id_num where it is 0 */
        SYNC_WRITE,             /* .write .users .masks .n_users */
} SyncActionKind;

typedef struct SyncAction {
        SyncActionKind kind;
        int64_t until_usec;
        size_t n_keys;
        const char *const *keys;        /* borrowed until the next call of sync_next() */
        int64_t id;
        const char *id_num;
        LocktWrite write;
        size_t n_users;
        const User *const *users;
        const uint32_t *masks;
} SyncAction;

/* What to do next. An action other than WAIT and AGAIN is under way from here on, until its end is reported below. */
int sync_next(Sync *sync, Now now, SyncAction *ret, Error *reterr);

/* The read that SYNC_READ_PEOPLE or SYNC_READ_KEYS asked for. */
typedef enum SyncRead { SYNC_PEOPLE, SYNC_KEYS, SYNC_PLAN } SyncRead;
/* Columns must have been bound to the mapping before. Negative: end the read with this error. */
int sync_read_begun(Sync *sync, SyncRead read, Now now, const HrSnapshot *snapshot, Error *reterr);
int sync_read_row(Sync *sync, SyncRead read, const char *line, size_t length, Error *reterr);
/* @result as HrReadHandler.end() has it; @error its sentence. */
int sync_read_ended(Sync *sync, SyncRead read, Now now, int result, const Error *error, Error *reterr);

int sync_levels_listed(Sync *sync, Now now, const LocktAnswer *answer, const Level *levels, size_t n_levels,
                       Error *reterr);
/* For every user of a listing, then its end. */
int sync_user_listed(Sync *sync, const User *user, bool is_fob, Error *reterr);
int sync_users_listed(Sync *sync, Now now, const LocktAnswer *answer, Error *reterr);
/* The end of SYNC_GET_USER; @user NULL unless the answer is LOCKT_OK. */
int sync_user_got(Sync *sync, Now now, const LocktAnswer *answer, const User *user, bool is_fob,
                  Error *reterr);
int sync_written(Sync *sync, Now now, const LocktAnswer *answer, Error *reterr);

/* Occasions. They only decide when something runs (level-triggered). */
void sync_poll(Sync *sync);                                             /* a complete read, soon */
int sync_notify(Sync *sync, const char *key, Error *reterr);            /* a keyed re-read; NULL or "": as sync_poll() */
int sync_resync(Sync *sync, Now now, bool accept, Error *reterr);       /* SIGUSR1: Lockt anew, HR anew, queue now */
int sync_retry(Sync *sync, Now now, const char *key, Error *reterr);    /* NULL: all. -ENOENT: nobody of that id_num waits */
void sync_set_leader(Sync *sync, bool leader);                          /* false: stands by, writes nothing */
void sync_credentials_renewed(Sync *sync, Now now);                     /* after a reload: a pause for 401 ends */
/* Another configuration and mapping from now on. -EXDEV: it names another Lockt instance; everything stays as it was. */
int sync_reconfigure(Sync *sync, Now now, const Config *config, Mapping *mapping, Error *reterr);

/* Whether everything that is due has been done: for --once. */
bool sync_idle(const Sync *sync);
/* --once: whether a cycle has run, and whether anything failed, was parked or was held back. */
bool sync_cycle_ran(const Sync *sync);
bool sync_clean(const Sync *sync);

/* The status, all from memory and cheap counts: never secret, never personal. */
typedef struct SyncStatus {
        bool leader, report_mode;
        bool hr_up, hr_refused, lockt_up, unauthorized, service_fault, first_update_bad, state_failed, held;
        char hr_error[512], lockt_error[512], refused[512];
        int64_t cycle, last_cycle_usec, last_cycle_duration_usec, next_cycle_usec;
        int64_t last_read_usec;         /* start of the last complete, accepted read; 0: none */
        int64_t as_of_usec;             /* how old HR's data is: hr.as_of or last_read_usec; 0: unknown */
        int64_t listed_usec;            /* start of the last complete listing; 0: none */
        int64_t people, linked, queued, takes_queued, parked, held_back, unconfirmed, locked, users, unknown_users;
        int64_t oldest_revocation_usec; /* when the oldest revocation that is not confirmed was decided; 0: none */
        int64_t next_attempt_usec;      /* when delivery tries again; 0: not backing off */
        int64_t batch_limit;
        bool reading, listing, writing;
        int64_t reverted, reverted_cycle;       /* people who are as before a cycle, not as HR wants; the newest one */
        int64_t restored_usec, restored_from_usec;      /* when the state was restored, and from a copy of when; 0: never */
        const char *gate;               /* why nothing goes before a plan is approved; "": something may */
} SyncStatus;

int sync_status(Sync *sync, Now now, SyncStatus *ret, Error *reterr);

/*
 * What is held, group by group (lib/state/hold.h), with a sentence that says why and which command decides it. Whoever asks
 * is shown the digests: each can be approved for an hour from now on.
 */
typedef struct HoldGroup HoldGroup;
typedef void (*SyncHoldSay)(void *userdata, const HoldGroup *group, const char *sentence);
int sync_each_hold(Sync *sync, Now now, SyncHoldSay say, void *userdata, Error *reterr);

/*
 * Lets go what a digest stood for when it was shown, as far as it is still wanted; with .only those people alone. It is
 * carried out piece by piece, and decided again with the next read. 0; -ENOENT: nothing was shown as that within the last
 * hour; -EBUSY.
 */
typedef struct SyncApproval {
        size_t n_only;
        const char *const *only;
        bool *found;                    /* n_only: filled; whether each was held under that digest */
        const char *by;                 /* who, for the history */
        const char *reason;             /* NULL: none was given */
        int64_t n;                      /* filled: how many are let go */
} SyncApproval;
int sync_approve(Sync *sync, Now now, const char *digest, SyncApproval *approval, Error *reterr);

/*
 * A plan that somebody asked for: the daemon runs a read with SYNC_PLAN (begun, rows, ended); when it has ended well,
 * sync_plan_next() is called until it answers SYNC_PLAN_END. The entries come from the code that decides a cycle; nothing is written.
 */
typedef struct PlanEntry PlanEntry;     /* lib/sync/report.h */
typedef struct PlanSummary PlanSummary;
enum {
        SYNC_PLAN_END = 1,
        SYNC_PLAN_AGAIN = 2,    /* a piece of work was done; look after other events, then ask again */
};

/*
 * To be called when the read of a plan begins, before sync_read_begun(): it is made as if @config were in force, by
 * @mapping, which is bound to the columns of that read. @former is another mapping of the spec in force, bound to them
 * too, to count what its rules match; NULL: it can't be bound. All are borrowed until sync_plan_drop(), which must come
 * before sync_reconfigure(). Access levels are looked up, with a @complain for each that Lockt lacks. 0; -EAGAIN: they
 * are not known yet.
 */
int sync_plan_use(Sync *sync, const Config *config, Mapping *mapping, const Mapping *former, MappingComplaint complain,
                  void *userdata, Error *reterr);
int sync_plan_next(Sync *sync, Now now, const PlanEntry **ret, Error *reterr);
/* After the last entry; borrowed until sync_plan_drop(). */
int sync_plan_summary(Sync *sync, const PlanSummary **ret, Error *reterr);
void sync_plan_drop(Sync *sync);

/*
 * Whom somebody could mean by an id_num, a name, an e-mail or a card number: the one whose id_num it is, if the ledger
 * knows it, and otherwise users of Lockt, linked or not. Nobody is no failure.
 */
#define SYNC_CANDIDATES_MAX 20

typedef struct SyncCandidate {
        const char *key;                /* the id_num; NULL: the user of Lockt has none */
        const char *first_name, *last_name;     /* NULL for an exact one */
        int64_t lockt_id;               /* 0 for an exact one */
        bool exact;                     /* what was asked for is the id_num */
        bool linked;                    /* kept by HR */
} SyncCandidate;

typedef int (*SyncCandidateSay)(void *userdata, const SyncCandidate *candidate);
int sync_search(Sync *sync, const char *text, SyncCandidateSay say, void *userdata, Error *reterr);

/*
 * Explaining a person: what HR's row becomes is asked with a keyed read under SYNC_PLAN (columns bound, begun, row,
 * ended); then sync_explain() tells all that is known of the key as one JSON object text, owned by the caller: link,
 * snapshot, wanted state, queue, park, hold, verify, times. 0, or 1 when nothing at all is known of it.
 */
int sync_explain(Sync *sync, Now now, const char *key, char **ret_json, Error *reterr);
