/* The client: what a call asks, how its answer is read, and who is told. */

#include "lib/lockt/lockt.h"

#include <curl/curl.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/lockt/answer.h"
#include "lib/lockt/body.h"
#include "lib/lockt/element.h"
#include "lib/lockt/listing.h"
#include "lib/lockt/sent.h"
#include "lib/lockt/transport.h"

typedef enum CallKind {
        CALL_USERS,
        CALL_USER,
        CALL_LEVELS,
        CALL_PING,
        CALL_WRITE,
} CallKind;

struct Lockt {
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
        LocktEachUser each_user;
        LocktEachLevel each_level;
        LocktDone done;
        void *userdata;

        bool reading;                   /* the caller's @each is running: it may cancel, the freeing comes later */
        bool cancelled;
        Listing listing;                /* of an answer 200 that is a list */
        ElementReader reader;
        Error fault;                    /* why the listing was given up */

        char *answer;                   /* any other answer, as a whole */
        size_t length, allocated;
        bool too_long;

        Sent *sent;                     /* a write */
        int64_t id;                     /* a single user */
        char *id_num;
        char *element;
        size_t element_length;
};

static LocktCall *call_free(LocktCall *call) {
        if (!call)
                return NULL;

        if (call->transfer)
                transfer_cancel(call->transfer);
        listing_deinit(&call->listing);
        element_reader_deinit(&call->reader);
        error_clear(&call->fault);
        free(call->answer);
        sent_free(call->sent);
        free(call->id_num);
        free(call->element);
        free(call);
        return NULL;
}

DEFINE_CLEANUP(LocktCall *, call_free)

static void call_unlink(LocktCall *call) {
        if (call->previous)
                call->previous->next = call->next;
        else
                call->lockt->calls = call->next;
        if (call->next)
                call->next->previous = call->previous;
        if (call->kind == CALL_WRITE)
                call->lockt->writing = false;
        call->previous = call->next = NULL;
}

static void call_link(LocktCall *call) {
        call->next = call->lockt->calls;
        if (call->next)
                call->next->previous = call;
        call->lockt->calls = call;
        if (call->kind == CALL_WRITE)
                call->lockt->writing = true;
}

void lockt_cancel(LocktCall *call) {
        call_unlink(call);
        if (call->reading)
                call->cancelled = true;         /* call_body() or call_done() frees it */
        else
                call_free(call);
}

int lockt_new(sd_event *event, const LocktOptions *options, Lockt **ret, Error *reterr) {
        _cleanup_(lockt_freep) Lockt *lockt = NULL;
        int r;

        lockt = calloc(1, sizeof(*lockt));
        if (!lockt)
                return error_set(reterr, -ENOMEM, "cannot set up the Lockt client: out of memory");
        lockt->timezone = strdup(options->timezone ? options->timezone : "UTC");
        if (!lockt->timezone)
                return error_set(reterr, -ENOMEM, "cannot set up the Lockt client: out of memory");
        lockt->options = (LocktOptions) { .timezone = lockt->timezone, .native_booleans = options->native_booleans };
        r = transport_new(event, options, &lockt->transport, reterr);
        if (r < 0)
                return r;

        *ret = steal(lockt);
        return 0;
}

Lockt *lockt_free(Lockt *lockt) {
        if (!lockt)
                return NULL;

        while (lockt->calls)
                lockt_cancel(lockt->calls);
        transport_free(lockt->transport);
        free(lockt->timezone);
        free(lockt);
        return NULL;
}

/* The caller gave up. Not with his own number: -EAGAIN and others mean something to the listing. */
static int stopped(int r, Error *reterr) {
        return error_set(reterr, -ECANCELED, "the listing was stopped: %s", strerror(-r));
}

/* One element of a listing, as it arrives. */
static ssize_t on_user(void *userdata, const char *bytes, size_t length, bool whole, Error *reterr) {
        LocktCall *call = userdata;
        size_t used;
        User user;
        int r;

        r = element_read_user(&call->reader, bytes, length, &user, &used, whole ? reterr : NULL);
        if (r < 0)
                return whole ? r : -EAGAIN;
        r = call->each_user(call->userdata, &user, call->reader.is_fob);
        if (r < 0)
                return stopped(r, reterr);
        return call->cancelled ? -ECANCELED : (ssize_t) used;
}

static ssize_t on_level(void *userdata, const char *bytes, size_t length, bool whole, Error *reterr) {
        LocktCall *call = userdata;
        Level level;
        size_t used;
        int r;

        r = element_read_level(&call->reader, bytes, length, &level, &used, whole ? reterr : NULL);
        if (r < 0)
                return whole ? r : -EAGAIN;
        r = call->each_level ? call->each_level(call->userdata, &level) : 0;
        if (r < 0)
                return stopped(r, reterr);
        return call->cancelled ? -ECANCELED : (ssize_t) used;
}

/* A single user waits until the whole answer is known to be valid. Identical twins count once (ruling 34). */
static ssize_t on_single(void *userdata, const char *bytes, size_t length, bool whole, Error *reterr) {
        LocktCall *call = userdata;

        if (!whole)
                return -EAGAIN;
        if (call->element) {
                if (call->element_length == length && memcmp(call->element, bytes, length) == 0)
                        return (ssize_t) length;
                return error_set(reterr, -EBADMSG, "the answer holds more than the user that was asked for");
        }
        call->element = malloc(length);
        if (!call->element)
                return error_set(reterr, -ENOMEM, "cannot read the user: out of memory");
        memcpy(call->element, bytes, length);
        call->element_length = length;
        return (ssize_t) length;
}

static void call_expect_list(LocktCall *call) {
        listing_deinit(&call->listing);
        switch (call->kind) {
        case CALL_USERS:
                listing_init(&call->listing, on_user, call, LISTING_ELEMENT_MAX);
                break;
        case CALL_USER:
                listing_init(&call->listing, on_single, call, LISTING_ELEMENT_MAX);
                call->listing.single = true;
                break;
        default:
                listing_init(&call->listing, on_level, call, LISTING_WIDE_ELEMENT_MAX);
                break;
        }
}

static int keep_answer(LocktCall *call, const char *bytes, size_t length) {
        if (length > ANSWER_SIZE_MAX - call->length) {
                call->too_long = true;
                return -EMSGSIZE;
        }
        if (call->length + length > call->allocated) {
                size_t allocated = call->allocated > 0 ? call->allocated : 1024;
                char *answer;

                while (allocated < call->length + length)
                        allocated *= 2;
                answer = realloc(call->answer, allocated);
                if (!answer)
                        return error_set(&call->fault, -ENOMEM, "cannot read the answer: out of memory");
                call->answer = answer;
                call->allocated = allocated;
        }
        memcpy(call->answer + call->length, bytes, length);
        call->length += length;
        return 0;
}

static int call_body(void *userdata, long status, const char *bytes, size_t length) {
        LocktCall *call = userdata;
        int r;

        if (status != 200 || !call->listing.element)
                return keep_answer(call, bytes, length);

        call->reading = true;
        r = listing_feed(&call->listing, bytes, length, &call->fault);
        call->reading = false;
        if (call->cancelled) {
                call_free(call);
                return -ECANCELED;
        }
        return r;
}

/* ruling 42: an answer about somebody else is an error. */
static bool is_asked_for(const LocktCall *call, const User *user) {
        if (call->id_num)
                return !(user->unclear & PROPERTY_BIT(PROPERTY_ID_NUM)) &&
                       strcmp(user_text(user, PROPERTY_ID_NUM), call->id_num) == 0;
        return user->id == call->id;
}

static int single_end(LocktCall *call, LocktAnswer *ret) {
        _cleanup_(error_clear) Error error = ERROR_INIT;
        size_t used;
        User user;
        int r;

        /* ruling 22 */
        if (!call->element)
                return answer_set(ret, LOCKT_ABSENT, "Lockt has no such user");

        r = element_read_user(&call->reader, call->element, call->element_length, &user, &used, &error);
        if (r >= 0 && used != call->element_length)
                r = error_set(&error, -EBADMSG, "the user of the answer is not valid JSON");
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                return answer_set(ret, LOCKT_UNKNOWN, "%s", error_message(&error));
        if (!is_asked_for(call, &user))
                return answer_set(ret, LOCKT_UNKNOWN,
                                  "Lockt answered with another user than the one that was asked for");

        call->reading = true;
        r = call->each_user(call->userdata, &user, call->reader.is_fob);
        call->reading = false;
        if (call->cancelled)
                return -ECANCELED;
        if (r < 0)
                return answer_set(ret, LOCKT_UNKNOWN, "the user was read, and could not be taken in: %s", strerror(-r));
        return answer_set(ret, LOCKT_OK, "Lockt has this user");
}

static int list_end(LocktCall *call, LocktAnswer *ret) {
        _cleanup_(error_clear) Error error = ERROR_INIT;
        int r;

        r = listing_end(&call->listing, &error);
        if (r == LISTING_FAILED)
                return answer_judge_words(ANSWER_TO_LIST, ret->status, 0, call->listing.failure, ret);
        if (call->kind == CALL_USER && r == LISTING_NULL)
                return answer_set(ret, LOCKT_ABSENT, "Lockt has no such user");
        if (r == LISTING_NULL)
                return answer_set(ret, LOCKT_UNKNOWN, "the list is null instead of a list");
        if (r < 0)
                return answer_set(ret, LOCKT_UNKNOWN, "%s", error_message(&error));
        if (call->kind == CALL_USER)
                return single_end(call, ret);
        return answer_set(ret, LOCKT_OK, "Lockt listed %zu elements", call->listing.n_elements);
}

static int judge_answer(LocktCall *call, long status, LocktAnswer *ret) {
        AnswerTo what = call->kind == CALL_USER ? ANSWER_TO_GET : ANSWER_TO_LIST;

        if (call->kind == CALL_WRITE)
                return answer_read_write(call->sent, status, call->answer ? call->answer : "", call->length, ret);

        *ret = (LocktAnswer) { .status = status };
        if (status == 200 && call->listing.element)
                return list_end(call, ret);
        return answer_read_failure(what, status, call->answer ? call->answer : "", call->length, ret);
}

/* 0 or -ENOMEM */
static int judge(LocktCall *call, const TransferEnd *end, LocktAnswer *ret) {
        bool write = call->kind == CALL_WRITE;
        int r;

        if (call->fault.code == -ENOMEM)
                return -ENOMEM;
        if (call->fault.code != 0) {
                *ret = (LocktAnswer) { .status = end->status };
                r = answer_set(ret, LOCKT_UNKNOWN, "%s", error_message(&call->fault));
        } else if (call->too_long) {
                *ret = (LocktAnswer) { .status = end->status };
                r = answer_set(ret, LOCKT_UNKNOWN, "the answer is longer than %d MiB", ANSWER_SIZE_MAX / (1024 * 1024));
        } else if (end->code != CURLE_OK)
                return transfer_judge(call->lockt->transport, end, write, ret);
        else
                r = judge_answer(call, end->status, ret);
        ret->sent = end->sent;
        ret->retry_after_usec = end->retry_after_usec;
        return r;
}

static int call_start(LocktCall *call, const char *method, const char *path, char *body, size_t length, Error *reterr);

/* ruling 30: without /ping, the levels show connectivity and rights as well. 1 when that was started. */
static int ping_otherwise(LocktCall *call, const TransferEnd *end) {
        bool understood = end->status == 200 && call->answer && answer_is_json(call->answer, call->length);

        if (call->kind != CALL_PING || call->listing.element || end->code != CURLE_OK || understood)
                return 0;
        if (end->status != 200 && end->status != 404)
                return 0;

        call->length = 0;
        call_expect_list(call);
        return call_start(call, "GET", "/accesslevel", NULL, 0, NULL) < 0 ? -ENOMEM : 1;
}

static int ping_end(const LocktCall *call, const TransferEnd *end, LocktAnswer *ret) {
        _cleanup_(freep) char *words = NULL;
        int r;

        *ret = (LocktAnswer) { .status = end->status, .sent = end->sent };
        r = answer_find_words(call->answer, call->length, &words);
        if (r < 0)
                return r;
        if (words)
                return answer_judge_words(ANSWER_TO_LIST, end->status, 0, words, ret);
        return answer_set(ret, LOCKT_OK, "Lockt answers and accepts the keys");
}

/* The last that is heard of a call; the client may be gone afterwards. */
static void call_done(void *userdata, const TransferEnd *end) {
        _cleanup_(call_freep) LocktCall *call = userdata;
        _cleanup_(lockt_answer_deinit) LocktAnswer answer = { 0 };
        int r;

        call->transfer = NULL;
        r = ping_otherwise(call, end);
        if (r > 0) {
                call = NULL;    /* goes on */
                return;
        }
        if (r == 0) {
                if (call->kind == CALL_PING && !call->listing.element && end->code == CURLE_OK && end->status == 200)
                        r = ping_end(call, end, &answer);
                else
                        r = judge(call, end, &answer);
        }
        if (call->cancelled)
                return;
        if (r < 0) {
                lockt_answer_deinit(&answer);
                answer = (LocktAnswer) { .verdict = LOCKT_UNKNOWN, .status = end->status, .sent = end->sent };
        }
        call_unlink(call);
        call->done(call->userdata, &answer);
}

static int call_start(LocktCall *call, const char *method, const char *path, char *body, size_t length, Error *reterr) {
        const TransferHandler handler = { .body = call_body, .done = call_done, .userdata = call };
        bool stream = call->kind == CALL_USERS || call->kind == CALL_LEVELS;

        return transport_start(call->lockt->transport, method, path, body, length, stream, &handler, &call->transfer,
                               reterr);
}

static int call_new(Lockt *lockt, CallKind kind, LocktDone done, void *userdata, LocktCall **ret, Error *reterr) {
        LocktCall *call;

        call = calloc(1, sizeof(*call));
        if (!call) {
                (void) error_set(reterr, -ENOMEM, "cannot ask Lockt: out of memory");
                return -ENOMEM; /* in so many words: gcc at -O3 follows the caller's pointer */
        }
        call->lockt = lockt;
        call->kind = kind;
        call->done = done;
        call->userdata = userdata;
        call->reader.timezone = lockt->timezone;
        *ret = call;
        return 0;
}

/* Starts @call, and gives it away. */
static int call_go(LocktCall **call, const char *method, const char *path, char *body, size_t length, LocktCall **ret,
                   Error *reterr) {
        int r;

        r = call_start(*call, method, path, body, length, reterr);
        if (r < 0)
                return r;
        call_link(*call);
        if (ret)
                *ret = *call;
        *call = NULL;
        return 0;
}

int lockt_list_users(Lockt *lockt, LocktEachUser each, LocktDone done, void *userdata, LocktCall **ret, Error *reterr) {
        _cleanup_(call_freep) LocktCall *call = NULL;
        int r;

        r = call_new(lockt, CALL_USERS, done, userdata, &call, reterr);
        if (r < 0)
                return r;
        call->each_user = each;
        call_expect_list(call);
        return call_go(&call, "GET", "/user", NULL, 0, ret, reterr);
}

int lockt_list_levels(Lockt *lockt, LocktEachLevel each, LocktDone done, void *userdata, LocktCall **ret,
                      Error *reterr) {
        _cleanup_(call_freep) LocktCall *call = NULL;
        int r;

        r = call_new(lockt, CALL_LEVELS, done, userdata, &call, reterr);
        if (r < 0)
                return r;
        call->each_level = each;
        call_expect_list(call);
        return call_go(&call, "GET", "/accesslevel", NULL, 0, ret, reterr);
}

/* ruling 42: an id_num is percent-encoded. NULL: memory */
static char *user_path(int64_t id, const char *id_num) {
        char *escaped, *path;
        int n;

        if (id != 0)
                return asprintf(&path, "/user?id=%" PRId64, id) >= 0 ? path : NULL;

        escaped = curl_easy_escape(NULL, id_num, 0);
        if (!escaped)
                return NULL;
        n = asprintf(&path, "/user?idnum=%s", escaped);
        curl_free(escaped);
        return n >= 0 ? path : NULL;
}

int lockt_get_user(Lockt *lockt, int64_t id, const char *id_num, LocktEachUser each, LocktDone done, void *userdata,
                   LocktCall **ret, Error *reterr) {
        _cleanup_(call_freep) LocktCall *call = NULL;
        _cleanup_(freep) char *path = NULL;
        int r;

        if (id == 0 && (!id_num || !*id_num))
                return error_set(reterr, -EINVAL, "cannot ask Lockt for a user without id and id_num");
        r = call_new(lockt, CALL_USER, done, userdata, &call, reterr);
        if (r < 0)
                return r;
        call->each_user = each;
        call->id = id;
        call->id_num = id == 0 ? strdup(id_num) : NULL;
        path = user_path(id, id_num);
        if (!path || (id == 0 && !call->id_num))
                return error_set(reterr, -ENOMEM, "cannot ask Lockt for a user: out of memory");
        call_expect_list(call);
        return call_go(&call, "GET", path, NULL, 0, ret, reterr);
}

int lockt_ping(Lockt *lockt, LocktDone done, void *userdata, LocktCall **ret, Error *reterr) {
        _cleanup_(call_freep) LocktCall *call = NULL;
        int r;

        r = call_new(lockt, CALL_PING, done, userdata, &call, reterr);
        if (r < 0)
                return r;
        return call_go(&call, "GET", "/ping", NULL, 0, ret, reterr);
}

int lockt_write_users(Lockt *lockt, LocktWrite kind, const User *const *users, const uint32_t *masks, size_t n_users,
                      LocktDone done, void *userdata, LocktCall **ret, Error *reterr) {
        _cleanup_(call_freep) LocktCall *call = NULL;
        size_t length = 0;
        char *body;
        int r;

        if (n_users < 1 || n_users > ANSWER_BATCH_MAX)
                return error_set(reterr, -EINVAL, "cannot send %zu records in a write: 1 to %d can go", n_users,
                                 ANSWER_BATCH_MAX);
        /* ruling 15 */
        if (lockt->writing)
                return error_set(reterr, -EBUSY, "cannot send a write to Lockt while another one is under way");
        r = call_new(lockt, CALL_WRITE, done, userdata, &call, reterr);
        if (r < 0)
                return r;
        r = sent_new(kind, users, masks, n_users, &call->sent);
        if (r < 0)
                return error_set(reterr, r, "cannot send a write to Lockt: out of memory");
        body = lockt_write_body(&lockt->options, kind, users, masks, n_users, false, &length);
        if (!body)
                return error_set(reterr, -errno, "cannot send a write to Lockt: %s",
                                 errno == ERANGE ? "a time is outside of the years 1 to 9999" : strerror(errno));
        return call_go(&call, kind == LOCKT_UPDATE_PUT ? "PUT" : "POST", "/user", body, length, ret, reterr);
}
