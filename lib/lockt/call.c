/* The life of a call: started, read, judged, and its owner told. */

#include "lib/lockt/call.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

LocktCall *call_free(LocktCall *call) {
        if (!call)
                return NULL;

        if (call->transfer)
                transfer_cancel(call->transfer);
        listing_deinit(&call->listing);
        element_reader_deinit(&call->reader);
        object_reader_deinit(&call->object_reader);
        error_clear(&call->fault);
        free(call->name);
        free(call->body);
        sent_free(call->sent);
        free(call->id_num);
        free(call->element);
        lockt_answer_deinit(&call->answer);
        free(call);
        return NULL;
}

void call_unlink(LocktCall *call) {
        if (call->previous)
                call->previous->next = call->next;
        else
                call->lockt->calls = call->next;
        if (call->next)
                call->next->previous = call->previous;
        if (call->kind == CALL_WRITE && !call->ended)
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

void lockt_hold(LocktCall *call, bool hold) {
        if (call->transfer && !call->cancelled)
                transfer_hold(call->transfer, hold);
}

static int keep_answer(LocktCall *call, const char *bytes, size_t length) {
        if (length > ANSWER_SIZE_MAX - call->length) {
                call->too_long = true;
                return -EMSGSIZE;
        }
        if (call->length + length > call->allocated) {
                size_t allocated = call->allocated > 0 ? call->allocated : 1024;
                char *body;

                while (allocated < call->length + length)
                        allocated *= 2;
                body = realloc(call->body, allocated);
                if (!body)
                        return error_set(&call->fault, -ENOMEM, "cannot read the answer: out of memory");
                call->body = body;
                call->allocated = allocated;
        }
        memcpy(call->body + call->length, bytes, length);
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

static int judge_answer(LocktCall *call, long status, LocktAnswer *ret) {
        const char *body = call->body ? call->body : "";

        if (call->kind == CALL_WRITE)
                return answer_read_write(call->sent, status, body, call->length, ret);

        *ret = (LocktAnswer) { .status = status };
        if (status == 200 && call->listing.element)
                return call_list_end(call, ret);
        if (status == 200 && call->kind == CALL_CARD_NUM)
                return call_card_num_end(call, ret);
        return answer_read_failure(call->asked, status, body, call->length, ret);
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
        if (r >= 0 && ret->verdict == LOCKT_NOT_RELEASED)
                r = answer_set(ret, LOCKT_NOT_RELEASED, "%s is not released on this instance (HTTP %ld)", call->name,
                               ret->status);
        ret->sent = end->sent;
        ret->retry_after_usec = end->retry_after_usec;
        return r;
}

static int call_start(LocktCall *call, const char *method, const char *path, char *body, size_t length, Error *reterr);

/* ruling 30: without /ping, the levels show connectivity and rights as well. 1 when that was started. */
static int ping_otherwise(LocktCall *call, const TransferEnd *end) {
        bool understood = end->status == 200 && call->body && answer_is_json(call->body, call->length);

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
        r = answer_find_words(call->body, call->length, &words);
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
        if (!call->done) {
                if (call->kind == CALL_WRITE)
                        call->lockt->writing = false;
                call->ended = true;
                call->answer = answer;
                answer = (LocktAnswer) { 0 };
                call = NULL;    /* waits for lockt_wait() */
                return;
        }
        call_unlink(call);
        call->done(call->userdata, &answer);
}

static int call_start(LocktCall *call, const char *method, const char *path, char *body, size_t length, Error *reterr) {
        const TransferHandler handler = { .body = call_body, .done = call_done, .userdata = call };
        unsigned flags = 0;

        if (call->listing.element && call->kind != CALL_USER)
                flags |= TRANSFER_STREAM;
        /* ruling 35: libcurl sends again what it sent on a connection that had died; not everything may come twice. */
        if (call->sent && !sent_rules(call->sent)->repeatable)
                flags |= TRANSFER_FRESH;
        return transport_start(call->lockt->transport, method, path, body, length, flags, &handler, &call->transfer,
                               reterr);
}

int call_new(Lockt *lockt, CallKind kind, LocktDone done, void *userdata, LocktCall **ret, Error *reterr) {
        LocktCall *call;

        call = calloc(1, sizeof(*call));
        if (!call) {
                (void) error_set(reterr, -ENOMEM, "cannot ask Lockt: out of memory");
                return -ENOMEM; /* in so many words: gcc at -O3 follows the caller's pointer */
        }
        call->lockt = lockt;
        call->kind = kind;
        call->asked = kind == CALL_USER ? ANSWER_TO_GET : ANSWER_TO_LIST;
        call->done = done;
        call->userdata = userdata;
        call->reader.timezone = lockt->timezone;
        call->object_reader.timezone = lockt->timezone;
        *ret = call;
        return 0;
}

/* "GET /events" of "/events?id=12": keys of people stay out of sentences. */
static char *call_name(const char *method, const char *path) {
        char *name;

        return asprintf(&name, "%s %.*s", method, (int) strcspn(path, "?"), path) >= 0 ? name : NULL;
}

int call_go(LocktCall **call, const char *method, const char *path, char *body, size_t length, LocktCall **ret,
            Error *reterr) {
        int r;

        (*call)->name = call_name(method, path);
        if (!(*call)->name) {
                body_free(body, length);
                return error_set(reterr, -ENOMEM, "cannot ask Lockt: out of memory");
        }
        r = call_start(*call, method, path, body, length, reterr);
        if (r < 0)
                return r;
        call_link(*call);
        if (ret)
                *ret = *call;
        *call = NULL;
        return 0;
}

int call_check_write(const Lockt *lockt, size_t n_records, Error *reterr) {
        if (n_records < 1 || n_records > ANSWER_BATCH_MAX)
                return error_set(reterr, -EINVAL, "cannot send %zu records in a write: 1 to %d can go", n_records,
                                 ANSWER_BATCH_MAX);
        /* ruling 15 */
        if (lockt->writing)
                return error_set(reterr, -EBUSY, "cannot send a write to Lockt while another one is under way");
        return 0;
}

int call_write(Lockt *lockt, const char *method, const char *path, Sent *sent, char *body, size_t length,
               LocktDone done, void *userdata, LocktCall **ret, Error *reterr) {
        _cleanup_(call_freep) LocktCall *call = NULL;
        int r;

        r = call_new(lockt, CALL_WRITE, done, userdata, &call, reterr);
        if (r < 0) {
                sent_free(sent);
                body_free(body, length);
                return r;
        }
        call->sent = sent;
        return call_go(&call, method, path, body, length, ret, reterr);
}

int lockt_wait(LocktCall *call, LocktAnswer *ret, Error *reterr) {
        int r;

        while (!call->ended) {
                r = sd_event_run(call->lockt->event, UINT64_MAX);
                if (r < 0) {
                        lockt_cancel(call);
                        return error_set(reterr, r, "cannot wait for Lockt: %s", strerror(-r));
                }
        }
        call_unlink(call);
        *ret = call->answer;
        call->answer = (LocktAnswer) { 0 };
        call_free(call);
        return 0;
}
