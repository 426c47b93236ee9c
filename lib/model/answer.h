#pragma once

/*
 * What a request to Lockt came to
 *
 * Plain values between the client, which makes them, and delivery, which acts on them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What an answer means for what was asked. */
typedef enum LocktVerdict {
        LOCKT_OK,               /* understood; for a write: the counts add up and every failed record is known. A
                                 * creation may have done less than was sent (ruling 10): inserted + updated + errors
                                 * < submitted */
        LOCKT_ABSENT,           /* a single GET: there is nobody (ruling 22): an empty list, null, or a 404 that is no
                                 * page */
        LOCKT_NOT_RELEASED,     /* PUT /user answers 404, 405 or 501 (rulings 28, 30): nothing was done */
        LOCKT_REFUSED,          /* 400 without per-record details (ruling 18); also one record that is "too large" */
        LOCKT_TOO_LARGE,        /* batch limit: .batch_limit is the new one, below what was sent, or 0: unknown, halve
                                 * it (rulings 16, 41). Only for more than one record */
        LOCKT_BUSY,             /* rate limit or overlap (ruling 15); .retry_after_usec may be set */
        LOCKT_UNAUTHORIZED,     /* 401, 403 (ruling 19) */
        LOCKT_UNAVAILABLE,      /* 50X, 408, dependant record, template (ruling 17), refused connection, unresolved
                                 * name, bad certificate, 404 of POST /user: it was certainly not, or not knowingly,
                                 * carried out by us: nothing was sent, or the service says it failed. Also a read
                                 * whose answer was lost */
        LOCKT_UNKNOWN,          /* lost or not understood: the outcome of a write is unknown (rulings 11 to 14, 41). A
                                 * 502 or 504 to a write is a gateway that lost the answer: unknown as well. .failures
                                 * may be set all the same: those records failed for certain, only the others are open */
} LocktVerdict;

const char *lockt_verdict_name(LocktVerdict verdict);

/* One failed record of a write: its index in what was sent, and the service's words (sanitised: one line, no input). */
typedef struct LocktFailure {
        size_t index;
        char *message;
} LocktFailure;

typedef struct LocktAnswer {
        LocktVerdict verdict;
        long status;                    /* HTTP, 0 when there was none */
        uint64_t retry_after_usec;
        unsigned batch_limit;
        bool sent;                      /* whether bytes of the request may have reached the service */
        unsigned submitted, inserted, updated, errors;  /* inserted, updated: 0 where only failures were told */
        size_t n_failures;
        LocktFailure *failures;
        char *message;                  /* one sentence for the administrator: no key, no echoed body, no names */
} LocktAnswer;

void lockt_answer_deinit(LocktAnswer *answer);

typedef enum LocktWrite {
        LOCKT_CREATE,           /* POST /user, update_existing false, validate_fails_batch false, replace_privileges
                                 * true (ruling 10) */
        LOCKT_UPDATE,           /* POST /user: true, false, true */
        LOCKT_UPDATE_PUT,       /* PUT /user: only @mask's properties and the id (ruling 30) */
} LocktWrite;
