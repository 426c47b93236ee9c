#pragma once

/*
 * The ledger: who is who, what locktsync did, and what it still has to do
 *
 * person   one row an HR key: the digest of the row behind its last evaluation, the read it came from, fences, absence
 * link     which HR key is which Lockt user, whom and which levels locktsync itself disabled or granted
 * queue    a key and the newest desired values, that each newer read replaces; never a PIN
 * park     whom a record is withheld for, and why
 * flight   writes that were marked before they left and whose outcome is not recorded yet
 * verify   revocations to be seen by reading
 * echo     texts that Lockt keeps in another form than they were sent (ruling 33)
 * history  append-only, hash-chained (history.h)
 */

#include "lib/base/digest.h"
#include "lib/model/person.h"
#include "lib/state/history.h"
#include "lib/state/state.h"

typedef struct PersonRow {
        char *key;
        bool has_digest;                /* false: evaluate it at the next read, whatever the row's digest is */
        uint8_t digest[DIGEST_SIZE];
        int64_t read;                   /* the number of the read behind the last evaluation */
        int64_t revoked_read;           /* the number of the read behind the last revocation; 0: none (invariant 1) */
        int64_t absent_since_usec;      /* steady time of the first complete read without it; -1: present */
        bool gone;                      /* its absence has been believed and acted upon */
        int64_t boundary;               /* instant at which it changes by itself, INSTANT_NONE: never */
} PersonRow;

#define PERSON_ROW_INIT ((PersonRow) { .absent_since_usec = -1, .boundary = INSTANT_NONE })
void person_row_deinit(PersonRow *row);

/* A page of the merge: the next persons after a key, bytewise; few columns, one buffer, reused from page to page. */
typedef struct PersonPage {
        size_t n;
        struct PersonBrief {
                const char *key;        /* in the page's buffer, NUL-terminated */
                size_t key_length;
                bool has_digest, absent, gone;
                uint8_t digest[DIGEST_SIZE];
        } *items;
        size_t allocated;
        char *buffer;
        size_t buffer_allocated;
} PersonPage;

/* Up to @max persons with key > @after (NULL: from the start). n is 0 at the end. */
int person_page_after(State *state, const char *after, size_t max, PersonPage *page, Error *reterr);
void person_page_deinit(PersonPage *page);

int person_get(State *state, const char *key, PersonRow *ret, Error *reterr);           /* 0, STATE_NONE */
int person_put(State *state, const PersonRow *row, Error *reterr);                      /* inserts or replaces */
int person_delete(State *state, const char *key, Error *reterr);
/* Makes the next read evaluate these again: one person; the person linked to a user (if any); everybody. */
int person_forget_digest(State *state, const char *key, Error *reterr);
int person_forget_digest_of_user(State *state, int64_t lockt_id, Error *reterr);
/* The first boundary after @now (instant); INSTANT_NONE: none. The next person whose boundary is at or before @now. */
int person_next_boundary(State *state, int64_t now, int64_t *ret, Error *reterr);
int person_due_boundary(State *state, int64_t now, PersonRow *ret, Error *reterr);      /* 0, STATE_NONE */
int person_count(State *state, int64_t *ret, Error *reterr);

typedef struct Link {
        char *key;
        int64_t lockt_id;               /* 0: created, its id not learnt yet */
        int64_t linked_usec;
        int64_t disabled_usec;          /* when locktsync itself disabled it; 0: it did not */
        User granted;                   /* .levels only: levels that locktsync itself granted */
        bool has_pin_digest;
        uint8_t pin_digest[DIGEST_SIZE];/* of the PIN that was acknowledged last */
        bool unknown_give;              /* a giving write's outcome was unknown since its last verified revocation */
} Link;

#define LINK_INIT ((Link) { .granted = USER_INIT })
void link_deinit(Link *link);

int link_get(State *state, const char *key, Link *ret, Error *reterr);                  /* 0, STATE_NONE */
int link_get_by_user(State *state, int64_t lockt_id, Link *ret, Error *reterr);         /* 0, STATE_NONE */
/* -EEXIST when another key is linked to that user. */
int link_put(State *state, const Link *link, Error *reterr);
int link_delete(State *state, const char *key, Error *reterr);
int link_count(State *state, int64_t *ret, Error *reterr);
/* Linked people who have access in the snapshot at @now (instant): enabled, begun or to begin, not ended or missing. */
int link_count_with_access(State *state, int64_t now, int64_t *ret, Error *reterr);
/* The next link whose id is not learnt, by key from @after (NULL: the first); 0, STATE_NONE. And how many. */
int link_next_unlearnt(State *state, const char *after, Link *ret, Error *reterr);
int link_count_unlearnt(State *state, int64_t *ret, Error *reterr);
/* The link of the next user who is disabled in Lockt, whoever did it, by the user's id from @after; 0, STATE_NONE. */
int link_next_disabled(State *state, int64_t after, Link *ret, Error *reterr);

/* The order of the lanes is the order of delivery (invariant 2). */
typedef enum Lane { LANE_TAKE, LANE_CHANGE, LANE_CREATE, LANES } Lane;

typedef struct QueueRow {
        Person wanted;                  /* without PIN and grants */
        bool pin_wanted;                /* a PIN is mapped and HR has one: its digest, … */
        uint8_t pin_digest[DIGEST_SIZE];
        bool give_up_card, give_up_email;/* somebody else is to have what this leaver holds (ruling 39) */
        bool take_only;                 /* what it gives is held (hold.h): only what it takes is sent */
        int64_t read;                   /* the number of the read behind it */
        Lane lane;                      /* of what it needs next */
        bool probing;                   /* needs its record read first (stale, or outcome unknown) */
        int64_t queued_usec;            /* when this key came into the queue (kept when values are replaced) */
        int64_t changed_usec;           /* when the wanted values came */
        unsigned attempts;              /* failures in a row */
        int64_t next_usec;              /* not before; 0: at once; QUEUE_ASLEEP: when queue_wake() is called */
        unsigned split;                 /* at most this many records in one write with it (ruling 18); 0: no bound */
        char *last_error;
        char *why;                      /* for people: "hired", "left", "absent for 15 min", "changed", "drift" … */
} QueueRow;

#define QUEUE_ASLEEP INT64_MAX
#define QUEUE_ROW_INIT ((QueueRow) { .wanted = PERSON_INIT })
void queue_row_deinit(QueueRow *row);

int queue_get(State *state, const char *key, QueueRow *ret, Error *reterr);             /* 0, STATE_NONE */
int queue_put(State *state, const QueueRow *row, Error *reterr);                        /* inserts or replaces */
int queue_delete(State *state, const char *key, Error *reterr);
/*
 * Keys that may be sent now in @lane: next_usec <= @now, not probing, not parked unless LANE_TAKE, whatever their split
 * (it bounds the write that they get into), in the order in which they came (queued_usec, then key), at most @max, from
 * a keyset position (@after_queued, @after_key; NULL: the start). Each key is owned by the caller.
 */
int queue_due(State *state, Lane lane, int64_t now_usec, const char *after_key, int64_t after_queued, size_t max,
              char **ret_keys, size_t *ret_n, Error *reterr);
/* When something of @lane (LANES: any) that is neither withheld nor probing falls due next; INT64_MAX: never. */
int queue_next_usec(State *state, Lane lane, int64_t *ret, Error *reterr);
int queue_count(State *state, Lane lane, int64_t *ret, Error *reterr);                  /* LANES: all */
/*
 * Rows that need a read first and are not withheld: the next one (by next_usec, lane, key) and when; 0 or STATE_NONE.
 * @ret_key is the caller's.
 */
int queue_next_probe(State *state, char **ret_key, int64_t *ret_due, Error *reterr);
/* How many of @lane (LANES: any) need a read first and are due at @now. */
int queue_count_probing(State *state, Lane lane, int64_t now_usec, int64_t *ret, Error *reterr);
/* A listing was applied: what was to be read has been, and is due. */
int queue_clear_probing(State *state, Error *reterr);
/* Makes all (or one key) due at once and clears splits; for SIGUSR1, `retry`, and a service that is well again. */
int queue_retry_now(State *state, const char *key, Error *reterr);
/* What the row takes goes on, what it gives does not. */
int queue_withhold(State *state, const char *key, Error *reterr);
/*
 * Takes up to @max rows that are no revocations out, and withholds what others give after they took; their persons are
 * decided anew. 0: none is left, 1: there are more.
 */
int queue_drop_gifts(State *state, unsigned max, Error *reterr);
/* Makes those due whose next_usec is QUEUE_ASLEEP: what they waited for has happened. */
int queue_wake(State *state, Error *reterr);
/* Walks the queue by key. 0, STATE_NONE. */
int queue_next(State *state, const char *after, QueueRow *ret, Error *reterr);
/*
 * Who in the queue wants this card number or e-mail (without case) beside @except, and is not to give it up; who is in
 * comes first. Owned by the caller. 0, STATE_NONE.
 */
int queue_claimant(State *state, Property property, const char *value, const char *except, char **ret_key,
                   Error *reterr);
/*
 * Since when the oldest revocation that is in LANE_TAKE or not confirmed waits, as a time; 0: none. In the queue it
 * counts from the changed_usec with which its key came into that lane.
 */
int revocation_oldest_usec(State *state, int64_t *ret, Error *reterr);

typedef enum ParkKind {
        PARK_DATA,      /* HR's record can't be carried */
        PARK_CONFLICT,  /* a card number or e-mail belongs to somebody else; an adoption is doubtful */
        PARK_REFUSED,   /* the service refused the record */
        PARK_STATUS,    /* the status says neither in nor out, or several rows with one key do not say the same */
} ParkKind;

typedef struct Park {
        char *key;
        ParkKind kind;
        char *reason;
        int64_t since_usec;
} Park;

/* "data", "conflict", "refused", "status". */
const char *park_kind_name(ParkKind kind);
void park_deinit(Park *park);
int park_get(State *state, const char *key, Park *ret, Error *reterr);                  /* 0, STATE_NONE */
/* Keeps since_usec when the reason is the same as before: then answers 1, otherwise 0. */
int park_put(State *state, const Park *park, Error *reterr);
int park_delete(State *state, const char *key, Error *reterr);          /* 0, STATE_NONE when it was not parked */
int park_next(State *state, const char *after, Park *ret, Error *reterr);
int park_count(State *state, int64_t *ret, Error *reterr);

/* One record of a write that was marked before it left. */
typedef struct Flight {
        int64_t write;                  /* number of the write */
        char *key;
        Lane lane;
        bool gives;                     /* whether it could give access */
        int64_t marked_usec;
        int64_t read;                   /* the read behind it */
        User sent;                      /* what the body says (no PIN) */
        bool pin_sent;
        uint8_t pin_digest[DIGEST_SIZE];
} Flight;

#define FLIGHT_INIT ((Flight) { .sent = USER_INIT })
void flight_deinit(Flight *flight);
int flight_put(State *state, const Flight *flight, Error *reterr);
int flight_next(State *state, const char *after, Flight *ret, Error *reterr);           /* by key; 0, STATE_NONE */
int flight_delete(State *state, const char *key, Error *reterr);
int flight_delete_write(State *state, int64_t write, Error *reterr);

/* The first update that the instance ever got: one record, until it is known what came of it (invariant 5). */
typedef struct FirstUpdate {
        char *key;
        User before;                    /* what was held when it was sent */
        User sent;                      /* the whole record as it was to be (no PIN) */
        bool certain;                   /* whatever is seen to be neither of the two is of its making */
} FirstUpdate;

#define FIRST_UPDATE_INIT ((FirstUpdate) { .before = USER_INIT, .sent = USER_INIT })
void first_update_deinit(FirstUpdate *first);
int first_update_put(State *state, const FirstUpdate *first, Error *reterr);
int first_update_get(State *state, FirstUpdate *ret, Error *reterr);                    /* 0, STATE_NONE */
int first_update_delete(State *state, Error *reterr);

/* A revocation that was acknowledged and is to be seen. */
typedef struct Verify {
        char *key;
        int64_t revoked_usec;           /* when it was decided */
        int64_t acked_usec;
        int64_t due_usec;
        unsigned step;                  /* 0: the first look; 1, 2, 3: again after 1, 5, 15 minutes (invariant 1) */
        bool confirmed;                 /* it has been seen at least once */
        User sent;                      /* of a creation in doubt: last name, e-mail and card number that were sent; else none */
} Verify;

#define VERIFY_INIT ((Verify) { .sent = USER_INIT })

void verify_deinit(Verify *verify);
int verify_put(State *state, const Verify *verify, Error *reterr);
int verify_get(State *state, const char *key, Verify *ret, Error *reterr);              /* 0, STATE_NONE */
int verify_delete(State *state, const char *key, Error *reterr);
int verify_due(State *state, int64_t now_usec, size_t max, char **ret_keys, size_t *ret_n, Error *reterr);
int verify_count_due(State *state, int64_t now_usec, int64_t *ret, Error *reterr);
/* The due ones that were acknowledged before @listed_usec: a listing that was begun then has seen them. */
int verify_listed(State *state, int64_t now_usec, int64_t listed_usec, size_t max, char **ret_keys, size_t *ret_n,
                  Error *reterr);
int verify_next_usec(State *state, int64_t *ret, Error *reterr);                        /* INT64_MAX: none */
int verify_count(State *state, bool unconfirmed_only, int64_t *ret, Error *reterr);

/* Ruling 33. */
int echo_put(State *state, const char *key, Property property, const char *sent, const char *seen, Error *reterr);
/*
 * A difference that does not look like another form of what was sent: it may be somebody's change, or an older write that
 * came late. Seen a second time after it was sent a second time, it is an echo. 0; STATE_NONE: the first time.
 */
int echo_suspect(State *state, const char *key, Property property, const char *sent, const char *seen, Error *reterr);
/* Whether @wanted was sent before and @held is how Lockt keeps it: 0 or STATE_NONE. */
int echo_matches(State *state, const char *key, Property property, const char *wanted, const char *held,
                 Error *reterr);
int echo_delete(State *state, const char *key, Error *reterr);
