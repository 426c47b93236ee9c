/* Verdicts by status and words. What a write's counts and echoes mean is in counts.c. */

#include "lib/lockt/answer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/lockt/json.h"
#include "lib/lockt/wording.h"

int answer_set(LocktAnswer *answer, LocktVerdict verdict, const char *format, ...) {
        char *message;
        va_list ap;
        int n;

        va_start(ap, format);
        n = vasprintf(&message, format, ap);
        va_end(ap);
        if (n < 0)
                return -ENOMEM;

        free(answer->message);
        answer->message = message;
        answer->verdict = verdict;
        return 0;
}

void answer_tidy_words(char *words) {
        wording_tidy(words);
        wording_strip_values(words);
}

static bool is_write(AnswerTo what) {
        return what == ANSWER_TO_WRITE || what == ANSWER_TO_NEW_WRITE;
}

/*
 * ruling 16: X, bounded to 1..100, is the limit from now on. A limit that the batch had kept, or none, tells nothing
 * but
 * "smaller"; and one record can't be split.
 */
static int judge_batch_size(size_t n_sent, long limit, LocktAnswer *ret) {
        if (n_sent <= 1)
                return answer_set(ret, LOCKT_REFUSED, "Lockt calls a single record too large");

        if (limit <= 0 || (size_t) limit >= n_sent)
                limit = 0;
        if (limit > ANSWER_BATCH_MAX)
                limit = ANSWER_BATCH_MAX;
        ret->batch_limit = (unsigned) limit;
        if (limit == 0)
                return answer_set(ret, LOCKT_TOO_LARGE, "Lockt refuses a batch of %zu records as too large", n_sent);
        return answer_set(ret, LOCKT_TOO_LARGE, "Lockt refuses a batch of %zu records: its limit is %ld", n_sent,
                          limit);
}

int answer_judge_words(AnswerTo what, long status, size_t n_sent, const char *words, LocktAnswer *ret) {
        _cleanup_(freep) char *shown = NULL;
        long limit;

        shown = strdup(words);
        if (!shown)
                return -ENOMEM;
        answer_tidy_words(shown);

        limit = wording_batch_limit(words);
        if (is_write(what) && limit >= 0)
                return judge_batch_size(n_sent, limit, ret);
        /* ruling 17 */
        if (wording_is_outage(words))
                return answer_set(ret, LOCKT_UNAVAILABLE,
                                  "Lockt can't reach the instance behind its API (HTTP %ld): %s", status, shown);
        /* ruling 15 */
        if (wording_is_rate(words))
                return answer_set(ret, LOCKT_BUSY, "Lockt asks to wait (HTTP %ld): %s", status, shown);
        /* ruling 18 */
        return answer_set(ret, LOCKT_REFUSED, "Lockt refused the request (HTTP %ld): %s", status,
                          *shown ? shown : "it does not say why");
}

int answer_find_words(const char *body, size_t length, char **ret) {
        JsonToken key, value;
        int r = 0;
        Json json;

        *ret = NULL;
        if (json_validate(body, length) < 0)
                return 0;

        json_init(&json, body, length);
        if (json_value(&json, &value) != JSON_OBJECT)
                return 0;
        while (!*ret && json_member(&json, &key) > 0) {
                const char *from;

                (void) json_value(&json, &value);
                from = value.type == JSON_STRING ? value.text - 1 : value.text;
                if (json_skip(&json, &value) < 0)
                        return 0;
                if (json_text_is(&key, "data") || json_text_is(&key, "result") || json_text_is(&key, "error") ||
                    json_text_is(&key, "errors"))
                        r = wording_of_failure(from, (size_t) (json.p - from), ret);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* ruling 22, with care: a 404 that is a page and no answer may come from anywhere, and would empty the building. */
static int judge_not_found(AnswerTo what, const char *body, size_t length, LocktAnswer *ret) {
        switch (what) {
        case ANSWER_TO_GET:
                if (length == 0 || json_validate(body, length) >= 0)
                        return answer_set(ret, LOCKT_ABSENT, "Lockt has no such user");
                return answer_set(ret, LOCKT_UNKNOWN, "HTTP 404 came with a page instead of an answer of the API");
        case ANSWER_TO_NEW_WRITE:
        case ANSWER_TO_NEW_LIST:
                return answer_set(ret, LOCKT_NOT_RELEASED, "this is not released on this instance (HTTP 404)");
        default:
                /* Nothing was done: there is nothing at that address that could have. */
                return answer_set(ret, LOCKT_UNAVAILABLE,
                                  "Lockt's API is not at this address (HTTP 404): see lockt.url");
        }
}

/* ruling 41: as ruling 16, and if it says how many may come, that is believed. */
static int judge_too_large(size_t n_sent, const char *body, size_t length, LocktAnswer *ret) {
        _cleanup_(freep) char *words = NULL;
        int r;

        r = answer_find_words(body, length, &words);
        if (r < 0)
                return r;
        return judge_batch_size(n_sent, words ? wording_batch_limit(words) : 0, ret);
}

/* Statuses whose meaning the body does not change: 1 when this was one. rulings 15, 19, 22, 41 */
int answer_judge_status(AnswerTo what, long status, size_t n_sent, const char *body, size_t length, LocktAnswer *ret) {
        int r;

        if (status == 401 || status == 403)
                r = answer_set(ret, LOCKT_UNAUTHORIZED, "Lockt refuses these credentials (HTTP %ld)", status);
        else if (status == 429)
                r = answer_set(ret, LOCKT_BUSY, "Lockt asks to wait (HTTP 429)");
        else if (status == 404)
                r = judge_not_found(what, body, length, ret);
        else if ((what == ANSWER_TO_NEW_WRITE || what == ANSWER_TO_NEW_LIST) && (status == 405 || status == 501))
                r = answer_set(ret, LOCKT_NOT_RELEASED, "this is not released on this instance (HTTP %ld)", status);
        else if (status == 413 && is_write(what))
                r = judge_too_large(n_sent, body, length, ret);
        else if (is_write(what) && (status == 502 || status == 504))
                /*
                 * A gateway lost the answer of somebody who may have done the work, or may still be doing it (ruling
                 * 36).
                 */
                r = answer_set(ret, LOCKT_UNKNOWN, "a gateway before Lockt lost the answer (HTTP %ld)", status);
        else if (status >= 500 || status == 408 || status == 405)
                r = answer_set(ret, LOCKT_UNAVAILABLE, "Lockt is out of order (HTTP %ld)", status);
        else if (status >= 300 && status < 400)
                r = answer_set(ret, is_write(what) ? LOCKT_UNKNOWN : LOCKT_UNAVAILABLE,
                               "Lockt answers with a redirect (HTTP %ld), which is not followed: see lockt.url",
                               status);
        else
                return 0;
        return r < 0 ? r : 1;
}

int answer_read_failure(AnswerTo what, long status, const char *body, size_t length, LocktAnswer *ret) {
        _cleanup_(freep) char *words = NULL;
        int r;

        *ret = (LocktAnswer) { .status = status };
        r = answer_judge_status(what, status, 0, body, length, ret);
        if (r != 0)
                return r < 0 ? r : 0;

        r = answer_find_words(body, length, &words);
        if (r < 0)
                return r;
        if (words)
                return answer_judge_words(what, status, 0, words, ret);
        return answer_set(ret, LOCKT_UNKNOWN, "Lockt's answer is not what the API documents (HTTP %ld, %zu bytes)",
                          status, length);
}

bool answer_is_json(const char *body, size_t length) {
        return json_validate(body, length) >= 0;
}
