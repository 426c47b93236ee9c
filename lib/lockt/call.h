#pragma once

/*
 * A call of the client, below lockt.h: what is asked, how its answer is read, and who is told.
 *
 * The functions of lockt.h make a LocktCall, say what is expected and what is sent, and give it away with call_go().
 */

#include <systemd/sd-event.h>

#include "lib/lockt/answer.h"
#include "lib/lockt/element.h"
#include "lib/lockt/listing.h"
#include "lib/lockt/lockt.h"
#include "lib/lockt/object.h"
#include "lib/lockt/sent.h"
#include "lib/lockt/transport.h"

typedef enum CallKind {
        CALL_USERS,
        CALL_USER,
        CALL_LEVELS,
        CALL_OBJECTS,
        CALL_CARD_NUM,
        CALL_PING,
        CALL_WRITE,
} CallKind;

/* Which one there is follows from the kind of the call and of the object. */
typedef union CallEach {
        LocktEachUser user;
        LocktEachLevel level;
        LocktEachFob fob;
        LocktEachFobCheck fob_check;
        LocktEachCredential credential;
        LocktEachSummary summary;
        LocktEachEvent event;
        LocktEachDoor door;
        LocktEachDoorState door_state;
        LocktEachSchedule schedule;
        LocktEachAccessLevel access_level;
        LocktEachCardNum card_num;
} CallEach;

struct Lockt {
        sd_event *event;
        Transport *transport;
        LocktOptions options;           /* only timezone and native_booleans: the keys are the transport's */
        char *timezone;
        LocktCall *calls;
        bool writing;
};

struct LocktCall {
        Lockt *lockt;
        LocktCall *previous, *next;
        Transfer *transfer;
        CallKind kind;
        LocktObject object;             /* of CALL_OBJECTS */
        AnswerTo asked;                 /* of a read */
        char *name;                     /* "GET /fob" */
        CallEach each;
        LocktDone done;                 /* NULL: the answer stays here until lockt_wait() takes it */
        void *userdata;

        bool reading;                   /* the caller's @each is running: it may cancel, the freeing comes later */
        bool cancelled;
        Listing listing;                /* of an answer 200 that is a list */
        ElementReader reader;
        ObjectReader object_reader;
        Error fault;                    /* why the listing was given up */

        char *body;                     /* any other answer, as a whole */
        size_t length, allocated;
        bool too_long;

        Sent *sent;                     /* a write */
        int64_t id;                     /* a single user */
        char *id_num;
        char *element;
        size_t element_length;

        bool ended;
        LocktAnswer answer;             /* once ended */
};

LocktCall *call_free(LocktCall *call);
DEFINE_CLEANUP(LocktCall *, call_free)

/* 0 or -ENOMEM */
int call_new(Lockt *lockt, CallKind kind, LocktDone done, void *userdata, LocktCall **ret, Error *reterr);

/* Makes an answer 200 be read as the listing that the kind of the call says. */
void call_expect_list(LocktCall *call);

/*
 * Starts "@method @path" and gives @call away; @ret may be NULL. @body (NULL: none) is taken over, and wiped, in any
 * case.
 */
int call_go(LocktCall **call, const char *method, const char *path, char *body, size_t length, LocktCall **ret,
            Error *reterr);

/* The same for a write of what @sent describes, which is taken over: -EBUSY while another one is under way. */
int call_write(Lockt *lockt, const char *method, const char *path, Sent *sent, char *body, size_t length,
               LocktDone done, void *userdata, LocktCall **ret, Error *reterr);
/* Before a write is made: there is room for it (-EBUSY), and it has 1 to 100 records (-EINVAL). */
int call_check_write(const Lockt *lockt, size_t n_records, Error *reterr);

/* Unlinks it and tells its owner. */
void call_unlink(LocktCall *call);

/* The end of a listing of users or objects, of a single user, of a card number; in call-list.c. 0 or -ENOMEM */
int call_list_end(LocktCall *call, LocktAnswer *ret);
int call_card_num_end(LocktCall *call, LocktAnswer *ret);
