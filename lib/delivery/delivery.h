#pragma once

/*
 * Delivery: from the queue to Lockt, and from answers to the state
 *
 * Without sockets and clocks: it is told the time and the answers, and says which write or read comes next. At most one
 * write and one read are under way. The order is that of the lanes: what takes, then changes, then creations
 * (invariant 2); an order, not a gate. A write is marked in flight before it is handed out (invariant 1). What was sent is remembered
 * as held only when it was acknowledged (invariant 11); an outcome that is not known is read back. The first update that
 * an instance ever gets is sent alone, and nothing but leavers' revocations follows it until it has been read back
 * (invariant 5).
 *
 * The next write is gathered while one is on the wire, and leaves before that one's answer is recorded, if nothing has
 * changed meanwhile; so that the line is idle for the time of one short transaction. Should the process end then, two writes are
 * found marked: the outcomes of both count as unknown, which is safe for the one that was answered.
 */

#include "lib/decide/decide.h"
#include "lib/model/answer.h"
#include "lib/model/news.h"

typedef struct Delivery Delivery;

typedef void (*DeliveryTell)(void *userdata, const News *news);

typedef struct DeliveryOptions {
        int64_t retry_first_usec, retry_max_usec;
        bool update_put;                /* lockt.update_with: put */
        bool drift_report;              /* lockt.drift: report */
        bool report_mode;               /* mode: report; nothing is written */
        uint64_t seed;                  /* of the jitter */
} DeliveryOptions;

/* @context is borrowed and may change between calls (a reload). Recovers writes that were in flight when we ended. */
int delivery_new(const DecideContext *context, const DeliveryOptions *options, int64_t now_usec, DeliveryTell tell,
                 void *userdata, Delivery **ret, Error *reterr);
Delivery *delivery_free(Delivery *delivery);
DEFINE_CLEANUP(Delivery *, delivery_free)

void delivery_set_options(Delivery *delivery, const DeliveryOptions *options);
void delivery_set_cycle(Delivery *delivery, int64_t cycle);
/* false: another instance leads; nothing is written. */
void delivery_set_leader(Delivery *delivery, bool leader);
/*
 * A complete read of HR has ended well, and all that it said is in the queue. Before that, nothing is given on the word of
 * an earlier life: the state may be a backup, and HR may have taken back since what its queue was to give (invariant 1).
 */
int delivery_hr_read(Delivery *delivery, Error *reterr);
/* Somebody has looked at what the first update changed that it should not: delivery goes on. */
int delivery_accept_first_update(Delivery *delivery, int64_t now_usec, Error *reterr);

/*
 * Brings the newest wanted values of one person into the queue, where there is something to send: decides, queues or not,
 * parks, unparks, links (adoption without a write). @row has key, wanted values, read and why; the rest is filled. Inside the
 * caller's transaction. @ret_again (may be NULL): the record is to be decided again at the next read (a conflict).
 */
int delivery_enqueue(Delivery *delivery, QueueRow *row, int64_t now_usec, bool *ret_again, Error *reterr);

/*
 * What others than a read may do to one person, inside the caller's transaction. First: somebody who is out by the last
 * word, which the queue does not hold any more. He is revoked.
 */
int delivery_enqueue_out(Delivery *delivery, const char *key, const char *why, int64_t now_usec, Error *reterr);
/* Withheld, with the reason, which is told. STATE_NONE: it was parked for this already, and nothing was told. */
int delivery_park(Delivery *delivery, const char *key, ParkKind kind, const char *reason, int64_t now_usec,
                  Error *reterr);
int delivery_unpark(Delivery *delivery, const char *key, Error *reterr);
/* Whether a write for this person is under way, or its answer is not recorded yet, or could not be. */
bool delivery_in_flight(const Delivery *delivery, const char *key);
/* Whether his creation may have been carried out without an answer. */
int delivery_doubted(Delivery *delivery, const char *key, bool *ret, Error *reterr);

/* A write that is marked in flight: users and masks are the delivery's until delivery_written(). */
typedef struct DeliveryWrite {
        LocktWrite kind;
        size_t n_users;
        const User *const *users;
        const uint32_t *masks;
} DeliveryWrite;

enum {
        DELIVERY_NOTHING = 1,   /* nothing before *ret_until */
        DELIVERY_AGAIN = 2,     /* a bounded piece of looking was done; call again */
};

/* @more_coming: findings are still being applied: nothing is given, and a batch of revocations that is not full waits. 0, DELIVERY_NOTHING, DELIVERY_AGAIN. */
int delivery_next_write(Delivery *delivery, int64_t now_usec, bool more_coming, DeliveryWrite *ret, int64_t *ret_until,
                        Error *reterr);
int delivery_written(Delivery *delivery, int64_t now_usec, const LocktAnswer *answer, Error *reterr);
/* A write is on the wire, or its answer not recorded. */
bool delivery_writing(const Delivery *delivery);

/* Keys whose PIN is needed for a write and not at hand: to be read from HR. Borrowed until the next call; 0 when none. */
size_t delivery_pins_wanted(const Delivery *delivery, const char *const **ret_keys);
/* A PIN that a read of HR brought, and its digest as the queue has it. Kept in wiped memory for a little while, for few people. */
int delivery_offer_pin(Delivery *delivery, const char *key, const char *pin, const uint8_t digest[DIGEST_SIZE]);
/* A read that was to bring them is over: whose PIN is here is looked at again, the others are asked for anew later. */
int delivery_pins_read(Delivery *delivery, Error *reterr);

typedef struct DeliveryRead {
        bool listing;           /* one listing is cheaper than so many reads */
        int64_t id;             /* GET by id, or by .id_num where it is 0 */
        const char *id_num;     /* the delivery's until the next call */
} DeliveryRead;

/* 0, DELIVERY_NOTHING. A listing that is asked for is carried out by the caller, who then calls delivery_listed(). */
int delivery_next_read(Delivery *delivery, int64_t now_usec, DeliveryRead *ret, int64_t *ret_until, Error *reterr);
/* The end of a read that delivery_next_read() gave; @user NULL unless it was found. @begun_usec: when it was sent. */
int delivery_got(Delivery *delivery, int64_t begun_usec, int64_t now_usec, const LocktAnswer *answer, const User *user,
                 Error *reterr);
/*
 * What reading showed of a user, beside its new place in the snapshot: @before is what was held, @seen what was seen (NULL:
 * nobody). Inside the caller's transaction; delivery_got() calls it, a listing's caller does for each that changed.
 */
int delivery_notice(Delivery *delivery, const HeldUser *before, const User *seen, int64_t seen_usec, int64_t now_usec,
                    Error *reterr);
/* A complete listing was applied: looks at what it confirms. In pieces: 0 done, DELIVERY_AGAIN. */
int delivery_listed(Delivery *delivery, int64_t listed_usec, int64_t now_usec, Error *reterr);
/* Any answer of the service tells of its health: levels, listings, pings too. */
void delivery_heard(Delivery *delivery, int64_t now_usec, const LocktAnswer *answer);

/* Everything due now: SIGUSR1, `retry`, credentials renewed. */
void delivery_resume(Delivery *delivery, int64_t now_usec);

typedef struct DeliveryHealth {
        bool down, unauthorized, fault;
        bool first_update_bad;          /* it changed what it should not: leavers are revoked, nothing else is written */
        bool first_update_pending;      /* it is to be read back */
        int64_t next_attempt_usec;      /* 0: at once */
        unsigned batch_limit;
        char error[256];
        int64_t revoked, changed, created, adopted, parked, writes, failures;  /* since delivery_reset_counts() */
} DeliveryHealth;

void delivery_health(const Delivery *delivery, DeliveryHealth *ret);
void delivery_reset_counts(Delivery *delivery);
