/* Fobs are created by POST and given to a holder by PUT. */

#include "lib/lockt/lockt.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/base/time.h"
#include "lib/base/utf8.h"
#include "lib/lockt/body.h"
#include "lib/lockt/call.h"

static void put_text(Body *body, const char *key, const char *text) {
        if (!text || !*text)
                return;
        body_key(body, key);
        body_string(body, text);
}

static int put_dates(Body *body, const LocktOptions *options, int64_t effective, int64_t expires) {
        int r;

        body_key(body, "access_effective");
        r = body_instant(body, options, effective);
        if (r < 0)
                return r;
        body_key(body, "access_expires");
        return body_instant(body, options, expires);
}

/* The properties of the document's table, in the order of its sample. rulings 5 and 8; ruling 40: nothing empty. */
static int put_fob(Body *body, const LocktOptions *options, const LocktFob *fob) {
        int r;

        body_raw(body, "{");
        put_text(body, "name", fob->name);
        put_text(body, "id_num", fob->id_num);
        put_text(body, "card_num", fob->card_num);
        r = put_dates(body, options, fob->access_effective, fob->access_expires);
        body_raw(body, "}");
        return r;
}

/* ruling 5: the fob's id is a number, the holder's a string. */
static int put_assignment(Body *body, const LocktOptions *options, const LocktAssignment *assignment) {
        char text[24];
        int r;

        body_raw(body, "{");
        body_key(body, "id");
        body_number(body, assignment->id);
        if (assignment->user_id > 0) {
                (void) snprintf(text, sizeof(text), "%lld", (long long) assignment->user_id);
                put_text(body, "user_id", text);
        }
        r = put_dates(body, options, assignment->access_effective, assignment->access_expires);
        body_raw(body, "}");
        return r;
}

static char *finish(Body *body, int r, size_t *ret_length) {
        body_raw(body, "]}");
        if (r < 0 || body->failed) {
                body_deinit(body);
                errno = r < 0 ? -r : ENOMEM;
                return NULL;
        }
        if (ret_length)
                *ret_length = body->length;
        return body->text;
}

char *lockt_create_fobs_body(const LocktOptions *options, const LocktFob *const *fobs, size_t n_fobs,
                             size_t *ret_length) {
        Body body = { 0 };
        int r = 0;

        body_raw(&body, "{\"fobs\":[");
        for (size_t i = 0; i < n_fobs && r >= 0; i++) {
                if (i > 0)
                        body_raw(&body, ",");
                r = put_fob(&body, options, fobs[i]);
        }
        return finish(&body, r, ret_length);
}

char *lockt_assign_fobs_body(const LocktOptions *options, const LocktAssignment *assignments, size_t n_assignments,
                             size_t *ret_length) {
        Body body = { 0 };
        int r = 0;

        body_raw(&body, "{\"fobs\":[");
        for (size_t i = 0; i < n_assignments && r >= 0; i++) {
                if (i > 0)
                        body_raw(&body, ",");
                r = put_assignment(&body, options, &assignments[i]);
        }
        return finish(&body, r, ret_length);
}

static int no_body(Error *reterr) {
        return error_set(reterr, -errno, "cannot send a write of fobs to Lockt: %s",
                         errno == ERANGE ? "a time is outside of the years 1 to 9999" : strerror(errno));
}

/* @records: what the failed ones may come back with (ruling 12). */
static int write_fobs(Lockt *lockt, const char *method, const SentRules *rules, const Echo *records, size_t n_records,
                      char *body, size_t length, LocktDone done, void *userdata, LocktCall **ret, Error *reterr) {
        Sent *sent;
        int r;

        r = sent_new_records(rules, records, n_records, &sent);
        if (r < 0) {
                body_free(body, length);
                return error_set(reterr, r, "cannot send a write of fobs to Lockt: out of memory");
        }
        return call_write(lockt, method, "/fob", sent, body, length, done, userdata, ret, reterr);
}

int lockt_create_fobs(Lockt *lockt, const LocktFob *const *fobs, size_t n_fobs, LocktDone done, void *userdata,
                      LocktCall **ret, Error *reterr) {
        /* rulings 14 and 35: nobody says what becomes of a fob that is created twice. */
        static const SentRules rules = { .asked = ANSWER_TO_WRITE };
        Echo records[ANSWER_BATCH_MAX];
        size_t length = 0;
        char *body;
        int r;

        r = call_check_write(lockt, n_fobs, reterr);
        if (r < 0)
                return r;
        for (size_t i = 0; i < n_fobs; i++)
                records[i] = (Echo) { .id_num = fobs[i]->id_num, .card_num = fobs[i]->card_num, .name = fobs[i]->name };
        body = lockt_create_fobs_body(&lockt->options, fobs, n_fobs, &length);
        if (!body)
                return no_body(reterr);
        return write_fobs(lockt, "POST", &rules, records, n_fobs, body, length, done, userdata, ret, reterr);
}

int lockt_assign_fobs(Lockt *lockt, const LocktAssignment *assignments, size_t n_assignments, LocktDone done,
                      void *userdata, LocktCall **ret, Error *reterr) {
        /* The same holder and dates once more are the same holder and dates. */
        static const SentRules rules = { .asked = ANSWER_TO_WRITE, .repeatable = true };
        Echo records[ANSWER_BATCH_MAX];
        size_t length = 0;
        char *body;
        int r;

        r = call_check_write(lockt, n_assignments, reterr);     /* ruling 26 */
        if (r < 0)
                return r;
        for (size_t i = 0; i < n_assignments; i++) {
                if (assignments[i].id <= 0)
                        return error_set(reterr, -EINVAL, "cannot assign a fob without its id: GET /fob tells it");
                records[i] = (Echo) { .id = assignments[i].id };
        }
        body = lockt_assign_fobs_body(&lockt->options, assignments, n_assignments, &length);
        if (!body)
                return no_body(reterr);
        return write_fobs(lockt, "PUT", &rules, records, n_assignments, body, length, done, userdata, ret, reterr);
}

static int check_text(const char *name, const char *text, Error *reterr) {
        if (!text || utf8_is_clean(text, strlen(text)))
                return 0;
        return error_set(reterr, 1, "%s has a control character or is not UTF-8", name);
}

/* ruling 7: "2022-01-24 00:00:00" carries the years 1 to 9999. A zone may move one of their edges out of reach. */
static int check_instant(const char *name, int64_t instant, Error *reterr) {
        const int64_t day = 24 * 60 * 60;

        if (instant == INSTANT_NONE || (instant >= INSTANT_FIRST + day && instant <= INSTANT_LAST - day))
                return 0;
        return error_set(reterr, 1, "%s is outside of what the service can hold (years 1 to 9999)", name);
}

int lockt_check_fob(const LocktFob *fob, Error *reterr) {
        int r;

        r = check_text("id_num", fob->id_num, reterr);
        if (r == 0)
                r = check_text("name", fob->name, reterr);
        if (r == 0)
                r = check_text("card_num", fob->card_num, reterr);
        if (r == 0 && fob->card_num && *fob->card_num && !text_is_digits(fob->card_num, strlen(fob->card_num)))
                r = error_set(reterr, 1, "Non-Numeric card_num found");        /* ruling 6 */
        if (r == 0)
                r = check_instant("access_effective", fob->access_effective, reterr);
        if (r == 0)
                r = check_instant("access_expires", fob->access_expires, reterr);
        return r;
}
