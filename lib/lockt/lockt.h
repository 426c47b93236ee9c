#pragma once

/*
 * Lockt SecureAccess: the client of its Cloud API, version 1
 *
 * Requests go out over kept-alive connections of a libcurl multi handle on an sd_event loop: one for the writes, of
 * which there is one at a time, and another while a listing is read beside them. Answers come back by callback, or to
 * lockt_wait() for a caller without a loop.
 *
 * All knowledge of the API's forms and contradictions (the numbered rulings) is here, each in one named function. The
 * client sends what it is told and says what was answered; it decides nothing and retries nothing.
 *
 * Every call answers 0, or a negative errno with a sentence in @reterr (which may be NULL) when it could not even be
 * started. What the service said is in the LocktAnswer: a verdict, the HTTP status, the service's words, and the failed
 * records of a write.
 *
 * A client and its calls belong to one thread. No call keeps what it is given: bodies are made at once.
 */

#include <systemd/sd-event.h>

#include "lib/base/error.h"
#include "lib/lockt/objects.h"
#include "lib/model/answer.h"
#include "lib/model/level.h"
#include "lib/model/user.h"

/*
 * THE CLIENT
 */

typedef struct Lockt Lockt;

typedef struct LocktOptions {
        const char *url;                /* https://host/api/v1; http only for loopback (ruling 1) */
        const char *apiuser, *apikey;   /* copied into wiped memory */
        const char *ca_file;            /* NULL: the system's */
        const char *timezone;           /* of times that are sent (ruling 7); NULL: UTC */
        uint64_t timeout_usec;          /* of a call with one answer; a listing may last as long as bytes arrive */
        bool native_booleans;           /* sent as such, not as "true" and "false" (ruling 4) */
} LocktOptions;

/* The options are copied. @event NULL: a loop of its own, for lockt_wait(). 0, -EINVAL (url), -ENOMEM … */
int lockt_new(sd_event *event, const LocktOptions *options, Lockt **ret, Error *reterr);
/* Cancels what is under way, without calling back. */
Lockt *lockt_free(Lockt *lockt);
DEFINE_CLEANUP(Lockt *, lockt_free)

/*
 * CALLS
 */

/* A request under way; it ends by its callback, by lockt_wait() or by lockt_cancel(). */
typedef struct LocktCall LocktCall;
void lockt_cancel(LocktCall *call);

/*
 * Holds a list while its elements can't be taken in, or lets it go on. What has been taken off the network already,
 * up to some hundred KiB, still comes.
 */
void lockt_hold(LocktCall *call, bool hold);

/*
 * All callbacks run from the event loop, never from inside the call that starts them. @answer and the objects are
 * borrowed until the callback returns. A callback may start and cancel calls; LocktDone may also free the client. It is
 * the last that is heard of its call: do not cancel that one any more.
 */
typedef void (*LocktDone)(void *userdata, const LocktAnswer *answer);

/*
 * The blocking form of every call: start it with @done NULL, then wait here until it has ended. Turns the client's
 * loop, so never from inside one of its callbacks, none of which may free the client. @call is gone afterwards; @ret is
 * lockt_answer_deinit()'s to free.
 */
int lockt_wait(LocktCall *call, LocktAnswer *ret, Error *reterr);

/* GET /ping, falling back to /accesslevel on 404 (ruling 30): connectivity and rights. */
int lockt_ping(Lockt *lockt, LocktDone done, void *userdata, LocktCall **ret, Error *reterr);

/*
 * READING
 *
 * Every list is a stream (ruling 20), in bounded memory: @each for every element as it arrives (a negative answer stops
 * the list), then the answer, with LOCKT_OK only if the document was valid to its last byte. Until then nothing that
 * came may be taken for complete. An element without a usable id, or of more than 256 KiB (4 MiB for what is no
 * user), makes the whole list LOCKT_UNKNOWN. Elements that come twice are the caller's (ruling 34).
 */

/* User.unclear names the properties that were there and not understood. A fob's name is its PROPERTY_LAST_NAME. */
typedef int (*LocktEachUser)(void *userdata, const User *user, bool is_fob);
typedef int (*LocktEachLevel)(void *userdata, const Level *level);
typedef int (*LocktEachAccessLevel)(void *userdata, const LocktAccessLevel *level);
typedef int (*LocktEachFob)(void *userdata, const LocktFob *fob);
typedef int (*LocktEachFobCheck)(void *userdata, const LocktFobCheck *check);
typedef int (*LocktEachCredential)(void *userdata, const LocktCredential *credential);
typedef int (*LocktEachSummary)(void *userdata, const LocktSummary *summary);
typedef int (*LocktEachEvent)(void *userdata, const LocktEvent *event);
typedef int (*LocktEachDoor)(void *userdata, const LocktDoor *door);
typedef int (*LocktEachDoorState)(void *userdata, const LocktDoorState *state);
typedef int (*LocktEachSchedule)(void *userdata, const LocktSchedule *schedule);
typedef int (*LocktEachCardNum)(void *userdata, const char *card_num);

/* GET /user. Fobs stand among the users, and are marked (ruling 32). */
int lockt_list_users(Lockt *lockt, LocktEachUser each, LocktDone done, void *userdata, LocktCall **ret, Error *reterr);

/*
 * GET /user?id= or ?idnum= (@id 0): at most one @each, and LOCKT_ABSENT when there is nobody (ruling 22). An answer
 * about another id or id_num is LOCKT_UNKNOWN (ruling 42).
 */
int lockt_get_user(Lockt *lockt, int64_t id, const char *id_num, LocktEachUser each, LocktDone done, void *userdata,
                   LocktCall **ret, Error *reterr);

/* GET /accesslevel: names alone, or with the doors. */
int lockt_list_levels(Lockt *lockt, LocktEachLevel each, LocktDone done, void *userdata, LocktCall **ret,
                      Error *reterr);
int lockt_list_access_levels(Lockt *lockt, LocktEachAccessLevel each, LocktDone done, void *userdata, LocktCall **ret,
                             Error *reterr);

/* GET /fob. Who holds a fob is whoever holds its card number in GET /credential (ruling 24). */
int lockt_list_fobs(Lockt *lockt, LocktEachFob each, LocktDone done, void *userdata, LocktCall **ret, Error *reterr);

/* GET /fobcheck: fobs with their last activity. LOCKT_NOT_RELEASED where the instance has it not (ruling 28). */
int lockt_check_fobs(Lockt *lockt, LocktEachFobCheck each, LocktDone done, void *userdata, LocktCall **ret,
                     Error *reterr);

/* GET /credential */
int lockt_list_credentials(Lockt *lockt, LocktEachCredential each, LocktDone done, void *userdata, LocktCall **ret,
                           Error *reterr);

/* GET /credentialsummary: one object, or several, in the service's own names. */
int lockt_count_credentials(Lockt *lockt, LocktEachSummary each, LocktDone done, void *userdata, LocktCall **ret,
                            Error *reterr);

/*
 * GET /events (@last_id 0: all that the service still has, by default 5,000), or /events?id=: from @last_id on. Whether
 * that one comes again is not said, and the order neither: events count once, by id (ruling 45).
 */
int lockt_list_events(Lockt *lockt, int64_t last_id, LocktEachEvent each, LocktDone done, void *userdata,
                      LocktCall **ret, Error *reterr);

/* GET /door, /doorstate, /schedule */
int lockt_list_doors(Lockt *lockt, LocktEachDoor each, LocktDone done, void *userdata, LocktCall **ret,
                     Error *reterr);
int lockt_list_door_states(Lockt *lockt, LocktEachDoorState each, LocktDone done, void *userdata, LocktCall **ret,
                           Error *reterr);
int lockt_list_schedules(Lockt *lockt, LocktEachSchedule each, LocktDone done, void *userdata, LocktCall **ret,
                         Error *reterr);

/* GET /nextcardnum: one @each with the next free card number, or LOCKT_NOT_RELEASED (ruling 28). */
int lockt_next_card_num(Lockt *lockt, LocktEachCardNum each, LocktDone done, void *userdata, LocktCall **ret,
                        Error *reterr);

/*
 * WRITING
 *
 * One write at a time: -EBUSY while another one is under way (ruling 15). 1 to 100 records in each, else -EINVAL.
 * -ERANGE for a time outside of the years 1 to 9999, -ENOENT for a time zone that there is not.
 *
 * An answer's .failures are indices into what was sent (ruling 12). Counts that do not add up, a lost answer and one
 * that nobody understands are LOCKT_UNKNOWN (rulings 13, 14): read, before it is sent again.
 */

/*
 * What the service is sent, byte for byte: also printed by plans, with @mask_pin. Owned by the caller, who wipes it if
 * there may be a PIN in it. Of @options only timezone and native_booleans count. @masks may be NULL unless @kind is
 * LOCKT_UPDATE_PUT. A POST always sends user->levels, whether levels_known or not: it is the caller who never sends a
 * record whose levels he does not know. NULL: errno says ENOMEM, ERANGE or ENOENT.
 */
char *lockt_write_body(const LocktOptions *options, LocktWrite kind, const User *const *users, const uint32_t *masks,
                       size_t n_users, bool mask_pin, size_t *ret_length);

/*
 * POST /user, PUT /user. A card number or e-mail that the service would refuse by its own rule is the caller's to find
 * (lockt_check_user). Safe to repeat (ruling 14).
 */
int lockt_write_users(Lockt *lockt, LocktWrite kind, const User *const *users, const uint32_t *masks, size_t n_users,
                      LocktDone done, void *userdata, LocktCall **ret, Error *reterr);

/* Checked locally, in the service's words and without the value (rulings 6 and 7): 0, or 1 with a sentence. */
int lockt_check_user(const User *user, Error *reterr);

/*
 * POST /uservalidate: the same body, and nothing is carried out; .failures say which records would fail.
 * LOCKT_NOT_RELEASED where the instance has it not (ruling 28). Takes its turn with the writes, as it is a POST.
 */
int lockt_validate_users(Lockt *lockt, LocktWrite kind, const User *const *users, size_t n_users, LocktDone done,
                         void *userdata, LocktCall **ret, Error *reterr);

/*
 * POST /fob: name, id_num, card_num and both dates are sent; empty texts are left out. The ids of new fobs are learnt
 * by GET /fob. Never repeat it unread: a second one may be made (rulings 14, 35).
 */
int lockt_create_fobs(Lockt *lockt, const LocktFob *const *fobs, size_t n_fobs, LocktDone done, void *userdata,
                      LocktCall **ret, Error *reterr);

/* PUT /fob: holder and dates, at most 100 as for POST (ruling 26). Safe to repeat. */
int lockt_assign_fobs(Lockt *lockt, const LocktAssignment *assignments, size_t n_assignments, LocktDone done,
                      void *userdata, LocktCall **ret, Error *reterr);

/* The bodies of these two, as lockt_write_body() has those of users. */
char *lockt_create_fobs_body(const LocktOptions *options, const LocktFob *const *fobs, size_t n_fobs,
                             size_t *ret_length);
char *lockt_assign_fobs_body(const LocktOptions *options, const LocktAssignment *assignments, size_t n_assignments,
                             size_t *ret_length);

/* As lockt_check_user(). */
int lockt_check_fob(const LocktFob *fob, Error *reterr);

/* POST /door: only .name is sent. A name that is taken is refused. */
int lockt_create_doors(Lockt *lockt, const LocktDoor *const *doors, size_t n_doors, LocktDone done, void *userdata,
                       LocktCall **ret, Error *reterr);

/*
 * POST /credential: reissues credentials. The document has the endpoint and not its body, so @json is the caller's, as
 * the instance's own documentation has it, and @n_records how many records it holds. LOCKT_NOT_RELEASED where the
 * instance has it not (ruling 28).
 */
int lockt_reissue_credentials(Lockt *lockt, const char *json, size_t n_records, LocktDone done, void *userdata,
                              LocktCall **ret, Error *reterr);
