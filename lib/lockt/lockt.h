#pragma once

/*
 * Lockt SecureAccess: the client of its Cloud API, version 1
 *
 * Requests go out over kept-alive connections of a libcurl multi handle on an sd_event loop: one for the writes, of
 * which there is one at a time, and another while a listing is read beside them. Answers come back by callback.
 *
 * All knowledge of the API's forms and contradictions (the numbered rulings) is here, each in one named function. The
 * client sends what it is told and says what was answered; it decides nothing and retries nothing.
 */

#include <systemd/sd-event.h>

#include "lib/base/error.h"
#include "lib/model/answer.h"
#include "lib/model/level.h"
#include "lib/model/user.h"

typedef struct Lockt Lockt;

typedef struct LocktOptions {
        const char *url;                /* https://host/api/v1; http only for loopback (ruling 1) */
        const char *apiuser, *apikey;   /* copied into wiped memory */
        const char *ca_file;            /* NULL: the system's */
        const char *timezone;           /* of times that are sent (ruling 7) */
        uint64_t timeout_usec;          /* of a call with one answer; a listing may last as long as bytes arrive */
        bool native_booleans;           /* ruling 4 */
} LocktOptions;

/* The options are copied. 0, -EINVAL (url), -ENOMEM … */
int lockt_new(sd_event *event, const LocktOptions *options, Lockt **ret, Error *reterr);
/* Cancels what is under way, without calling back. */
Lockt *lockt_free(Lockt *lockt);
DEFINE_CLEANUP(Lockt *, lockt_free)

/* A request under way; it ends by its callback or by lockt_cancel(). */
typedef struct LocktCall LocktCall;
void lockt_cancel(LocktCall *call);

/*
 * All callbacks run from the event loop, never from inside the call that starts them. @answer, @user and @level are
 * borrowed until the callback returns. A callback may start and cancel calls; LocktDone may also free the client. It is
 * the last that is heard of its call: do not cancel that one any more. User.unclear names the properties that were
 * there and not understood. A fob's name is its PROPERTY_LAST_NAME.
 */
typedef void (*LocktDone)(void *userdata, const LocktAnswer *answer);
typedef int (*LocktEachUser)(void *userdata, const User *user, bool is_fob);
typedef int (*LocktEachLevel)(void *userdata, const Level *level);

/*
 * GET /user as a stream (ruling 20), in bounded memory: @each for every user as it arrives (a negative answer stops
 * it), then @done with LOCKT_OK only if the document was valid to its last byte. Fobs are marked (ruling 32). A user
 * without a usable id, or of more than 256 KiB, makes the whole list LOCKT_UNKNOWN; twins are the caller's (ruling 34).
 */
int lockt_list_users(Lockt *lockt, LocktEachUser each, LocktDone done, void *userdata, LocktCall **ret, Error *reterr);

/*
 * GET /user?id= or ?idnum= (@id 0): at most one @each. An answer about another id or id_num is LOCKT_UNKNOWN (ruling
 * 42).
 */
int lockt_get_user(Lockt *lockt, int64_t id, const char *id_num, LocktEachUser each, LocktDone done, void *userdata,
                   LocktCall **ret, Error *reterr);

int lockt_list_levels(Lockt *lockt, LocktEachLevel each, LocktDone done, void *userdata, LocktCall **ret,
                      Error *reterr);

/* GET /ping, falling back to /accesslevel on 404 (ruling 30): connectivity and rights. */
int lockt_ping(Lockt *lockt, LocktDone done, void *userdata, LocktCall **ret, Error *reterr);


/*
 * What the service is sent, byte for byte: also printed by plans, with @mask_pin. Owned by the caller, who wipes it if
 * there may be a PIN in it. Of @options only timezone and native_booleans count. @masks may be NULL unless @kind is
 * LOCKT_UPDATE_PUT. A POST always sends user->levels, whether levels_known or not: it is the caller who never sends a
 * record whose levels he does not know. NULL: errno says ENOMEM, ERANGE (a time outside of the years 1 to 9999) or
 * ENOENT (no such time zone).
 */
char *lockt_write_body(const LocktOptions *options, LocktWrite kind, const User *const *users, const uint32_t *masks,
                       size_t n_users, bool mask_pin, size_t *ret_length);

/*
 * One write of @n_users records (1..100). The users are borrowed for the call only: the body is made at once, and what
 * is needed to match failures (ruling 12) is copied. A card number or e-mail that the service would refuse by its own
 * rule is the caller's to find (lockt_check_user). -EBUSY while another write is under way (ruling 15), -ERANGE and
 * -ENOENT as lockt_write_body() has them.
 */
int lockt_write_users(Lockt *lockt, LocktWrite kind, const User *const *users, const uint32_t *masks, size_t n_users,
                      LocktDone done, void *userdata, LocktCall **ret, Error *reterr);

/* Rulings 6 and 7, checked locally, in the service's words and without the value: 0, or 1 with a sentence. */
int lockt_check_user(const User *user, Error *reterr);

