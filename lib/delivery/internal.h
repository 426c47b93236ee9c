#pragma once

/* What the files of delivery share: the batch under way, the health, and the steps of one record. */

#include "lib/delivery/delivery.h"
#include "lib/delivery/pins.h"
#include "lib/delivery/service.h"

#define BATCH_MAX 100u          /* the API document's limit of records in one write */
#define USEC_PER_SEC INT64_C(1000000)
#define CONTESTED_MAX 4096u     /* beyond, they wait for the next read */
#define SUSPECTS 3u             /* the same refusal of so many single records in a row is a fault of the service (ruling 18) */

/* The records of one write, or none (n 0). users, masks and flights stand side by side. */
typedef struct Batch {
        Lane lane;
        LocktWrite kind;
        int64_t number;
        size_t n;
        User users[BATCH_MAX];
        const User *pointers[BATCH_MAX];
        uint32_t masks[BATCH_MAX];
        Flight flights[BATCH_MAX];
        Link links[BATCH_MAX];  /* as it is when the write leaves; key NULL: a creation */
        bool relinks[BATCH_MAX];/* the link is not as the state has it */
        bool adopts[BATCH_MAX];
        unsigned split;         /* all its records have this one */
        bool urgent;            /* somebody in it is to be out: it waits for nobody's read */
        bool short_of_reads;    /* records of this lane wait for a read: a batch that is not full waits for them */
        bool first;             /* the first update of the instance: alone */
        HeldUser before;        /* what was held of the one record in it, as long as updates go alone */
} Batch;

/* Why a creation is parked that was ignored alone, and whose user is not there. */
#define CREATION_IGNORED "the service ignores its creation: another user may have its id_num or e-mail"

/* A single record that was refused without details: parked, unless it turns out that the service refuses everybody. */
typedef struct Suspect {
        QueueRow row;
        char *message;
} Suspect;

/* How far the first update has come; the numbers are in the state. */
typedef enum FirstStage {
        FIRST_OPEN = 0,         /* there was none, or it is not known what it did */
        FIRST_SENT = 1,         /* marked; to be read back */
        FIRST_RIGHT = 2,        /* seen to have changed what it should alone */
        FIRST_BAD = 3,          /* it changed more */
} FirstStage;

#define FIRST_NAMES_MAX 256

typedef struct First {
        FirstStage stage;
        char *key;              /* of FIRST_SENT and FIRST_BAD */
        int64_t next_usec;      /* when it is to be read */
        uint32_t changed;       /* PROPERTY_BITs of what it should not have changed */
} First;

struct Delivery {
        const DecideContext *context;
        State *state;
        DeliveryOptions options;
        DeliveryTell tell;
        void *userdata;
        bool leader;
        int64_t cycle;

        Service service;
        DeliveryHealth health;
        unsigned batch_limit;
        unsigned n_suspects;
        Suspect suspects[SUSPECTS];

        size_t n_contested;
        char *contested[CONTESTED_MAX]; /* keys that are decided again when all that was found is in the queue */
        First first;
        bool hr_read;           /* HR was read as a whole in this life, and what it said is in the queue */
        int64_t read_before;    /* the number of the last read of an earlier life */
        bool asleep;            /* rows of the queue wait for queue_wake() */
        bool unrecovered;       /* flights of a write whose answer was not recorded are in the state */
        bool writing;           /* .batch is on the wire */
        Batch *batch;           /* being gathered, or on the wire */
        Batch *ahead;           /* gathered to follow it; nothing is written down of it yet */
        Batch *answered;        /* was answered without a flaw, and is recorded when .batch is on the wire */
        Batch batches[3];       /* these three */
        LocktAnswer answer;     /* to .answered: its numbers */
        int64_t answered_usec;
        unsigned turns;         /* of the loop, until .answered is recorded */
        int64_t ahead_usec;     /* when .ahead was gathered */
        int64_t ahead_changes;  /* state_changes() when that was tried last */
        Pins pins;

        bool reading;
        bool reading_first;     /* the single read under way was begun to see the first update */
        char *read_key;         /* whom it is about */
        int64_t read_id;
        int64_t listed_try_usec;/* when a listing was asked for last */
};

/*
 * select.c: fills the batch of one lane, not marked yet; 0 (batch.n may be 0), or DELIVERY_AGAIN when there is more to
 * look at. Inside a transaction.
 */
int delivery_gather(Delivery *delivery, Lane lane, int64_t now_usec, Error *reterr);
/* One more record; it takes what it needs out of the decision. */
int delivery_add_record(Delivery *delivery, Batch *batch, const QueueRow *row, Decision *decision, Lane lane,
                        int64_t now_usec, Error *reterr);
bool delivery_has_user(const Batch *batch, int64_t id);
/* Whether the queue's row may give on the word of HR in this life. */
bool delivery_may_give(const Delivery *delivery, const QueueRow *row);
void delivery_batch_reset(Batch *batch);

/*
 * ahead.c: the next batch is gathered while one is on the wire. Reads, and writes nothing: whatever is not plain is left to
 * delivery_gather().
 */
int delivery_look_ahead(Delivery *delivery, int64_t now_usec, Error *reterr);
/* Whether it may leave as it was gathered: nothing at all has changed since, and nothing goes before it. */
int delivery_may_go_ahead(Delivery *delivery, int64_t now_usec, bool more_coming, bool *ret, Error *reterr);

/* How many more records the batch may have. */
size_t delivery_batch_room(const Delivery *delivery, const Batch *batch, Lane lane);

/*
 * first.c. The stage in memory follows the one in the state: it is entered when the transaction that changed it has been
 * committed.
 */
int delivery_first_load(Delivery *delivery, Error *reterr);
/* Whether updates of this lane go one by one; whether none goes; whether this one has to wait. */
bool delivery_first_alone(const Delivery *delivery, Lane lane);
bool delivery_first_closes(const Delivery *delivery, Lane lane);
bool delivery_first_withholds(const Delivery *delivery, const Decision *decision);
/* The batch is about to be marked, in the transaction; and it has been. */
int delivery_first_mark(Delivery *delivery, Batch *batch, int64_t now_usec, Error *reterr);
int delivery_first_marked(Delivery *delivery, const Batch *batch, Error *reterr);
int delivery_first_answered(Delivery *delivery, const Batch *batch, const LocktAnswer *answer, FirstStage *ret,
                            Error *reterr);
/* Whether it is to be read, and when. */
bool delivery_first_due(const Delivery *delivery, int64_t *ret_due);
/* What a read that was begun for it showed; NULL: nobody. */
int delivery_first_seen(Delivery *delivery, const User *seen, int64_t now_usec, FirstStage *ret, Error *reterr);
void delivery_first_enter(Delivery *delivery, FirstStage stage);

/* readback.c: letters folded, blanks and signs dropped, the end cut off: then it is what was sent (ruling 33). */
bool delivery_is_form_of(const char *sent, const char *seen);
/* While a write of this user is under way, a read may show it as before or as after: it proves nothing. */
bool delivery_is_written_to(const Delivery *delivery, const char *key);

/* settle.c: one person. All inside a transaction of the caller. */

/* The person is as wanted: out of the queue, not parked, linked, what the rules grant remembered. */
int delivery_settle(Delivery *delivery, const QueueRow *row, Decision *decision, int64_t now_usec, Error *reterr);
/* Tells a leaver of ours to give up a card or an e-mail that somebody else waits for. */
int delivery_ask_give_up(Delivery *delivery, const char *key, Property property, int64_t now_usec, Error *reterr);
/* A created user whose id is not learnt: takes it from the snapshot where that has it. 0, or STATE_NONE. */
int delivery_learn(Delivery *delivery, const char *key, Error *reterr);
/*
 * Decides about a queued person anew. One who is settled, excluded or wholly parked leaves the queue, and @ret_lane is LANES;
 * otherwise it is the lane of what is to be sent next, and the row is the caller's to store.
 */
int delivery_review(Delivery *delivery, QueueRow *row, int64_t now_usec, Decision *ret, Lane *ret_lane,
                    Error *reterr);
/* The same, and stores the row in its lane: after an answer made something known. */
int delivery_requeue(Delivery *delivery, QueueRow *row, int64_t now_usec, Error *reterr);

/* record.c: the batch marked in flight, and what an acknowledged record leaves behind. */
int delivery_mark(Delivery *delivery, int64_t now_usec, Error *reterr);
int delivery_acknowledge(Delivery *delivery, size_t i, const QueueRow *row, bool created, int64_t now_usec,
                         Error *reterr);
int delivery_history(Delivery *delivery, const char *key, const char *action, const User *before, const User *after,
                     const char *text, int64_t now_usec, Error *reterr);

/* settle.c: the record of a write under way, or just answered; NULL: none. */
const Flight *delivery_flight_of(const Delivery *delivery, const char *key);

/*
 * contest.c: somebody whose card or e-mail another of ours has, or wants: not parked before all findings are in the queue,
 * for the other may be about to give it up. 0, or STATE_NONE: there are too many.
 */
int delivery_contest(Delivery *delivery, const char *key, Error *reterr);
/* Decides about them; 0, or DELIVERY_AGAIN when there are more. */
int delivery_settle_contests(Delivery *delivery, int64_t now_usec, Error *reterr);
void delivery_forget_contests(Delivery *delivery);

/* doubt.c: the outcome of a creation is unknown; a look at its key, which the snapshot knows of. */
int delivery_doubt(Delivery *delivery, const char *key, const User *sent, int64_t now_usec, Error *reterr);
int delivery_resolve_doubt(Delivery *delivery, const char *key, int64_t seen_usec, int64_t now_usec, Error *reterr);

/* outcome.c */
void delivery_clear_suspects(Delivery *delivery);
/* What the answer to .answered leaves behind. */
int delivery_record(Delivery *delivery, const LocktAnswer *answer, int64_t now_usec, Error *reterr);
int delivery_mark_unknown(Delivery *delivery, const Flight *flight, int64_t now_usec, Error *reterr);

/* delivery.c: what an answer tells of the service's health. */
void delivery_judge(Delivery *delivery, int64_t now_usec, bool take, const LocktAnswer *answer);

/* verify.c: a leaver was seen to have no access, but a gift to him may still arrive: he is looked at again. */
int delivery_watch_leaver(Delivery *delivery, const char *key, int64_t now_usec, Error *reterr);
/* A linked user was just seen. */
int delivery_check_revocation(Delivery *delivery, const char *key, const User *expected, const User *seen,
                              int64_t seen_usec, int64_t now_usec, Error *reterr);

void delivery_tell(Delivery *delivery, NewsKind kind, const char *key, const char *action, const char *text,
                   int64_t count);
