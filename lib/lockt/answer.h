#pragma once

/*
 * What an answer means
 *
 * The body decides, the status only helps (ruling 11). Three shapes are understood, with any of 200 and 400:
 *
 *      A  {"data":{"error":"…"}}                                              the request failed, in these words
 *      B  {"result":["…"],"errors":[{"error":["…"],"input_data":{…}}]}        these records failed
 *      C  {"data":{"submitted":N,"inserted":N,"updated":N,"errors":N}}        this was done
 *
 * B and C may come together, and "errors" may stand inside "data". Pure: bytes in, a verdict out; no socket, no curl.
 */

#include <json-c/json.h>
#include <stddef.h>

#include "lib/lockt/lockt.h"
#include "lib/lockt/sent.h"

enum {
        ANSWER_SIZE_MAX = 8 * 1024 * 1024,      /* of an answer that is no listing */
        ANSWER_BATCH_MAX = 100,
};

/*
 * The answer to a write. @ret is overwritten; .retry_after_usec, .sent and .status are the caller's business. 0 or
 * -ENOMEM: whatever the bytes are, there is a verdict.
 */
int answer_read_write(const Sent *sent, long status, const char *body, size_t length, LocktAnswer *ret);

/* The answer to a read that is no list: another status than 200. */
int answer_read_failure(AnswerTo what, long status, const char *body, size_t length, LocktAnswer *ret);

/* The verdict on the words of shape A. @n_sent: the records of the write, 0 for a read. */
int answer_judge_words(AnswerTo what, long status, size_t n_sent, const char *words, LocktAnswer *ret);

/* Sets verdict and sentence. 0 or -ENOMEM. */
int answer_set(LocktAnswer *answer, LocktVerdict verdict, const char *format, ...) _printf_(3, 4);

/* Takes the values of the service's words out, in place, so that they can be shown. */
void answer_tidy_words(char *words);

/* Statuses that decide alone, whatever the body is: 1 when this was one and @ret is filled, 0, -ENOMEM. */
int answer_judge_status(AnswerTo what, long status, size_t n_sent, const char *body, size_t length, LocktAnswer *ret);

/* The words of shape A or of a bare "result"; NULL when the body is something else. 0 or -ENOMEM. */
int answer_find_words(const char *body, size_t length, char **ret);

/* The bytes as a tree of json-c: NULL with 0 when they are no JSON text. 0 or -ENOMEM. */
int answer_parse(const char *body, size_t length, json_object **ret);

static inline void json_object_putp(json_object **object) {
        json_object_put(*object);
}

/* Whether the bytes are one JSON text. */
bool answer_is_json(const char *body, size_t length) _pure_;
