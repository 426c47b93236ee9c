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
        LOCKT_OK,               /* understood; for a write: the counts add up and every failed record is known */
        LOCKT_ABSENT,           /* a single GET: there is nobody (ruling 22) */
        LOCKT_NOT_RELEASED,     /* 404 of a "Pending Release" endpoint (ruling 28) */
        LOCKT_REFUSED,          /* 400 without per-record details (ruling 18) */
        LOCKT_TOO_LARGE,        /* batch limit: .batch_limit is the new one, 0 unknown (rulings 16, 41) */
        LOCKT_BUSY,             /* rate limit or overlap (ruling 15); .retry_after_usec may be set */
        LOCKT_UNAUTHORIZED,     /* 401 (ruling 19) */
        LOCKT_UNAVAILABLE,      /* 50X, dependant record, template (ruling 17), refused connection, unresolved name: it
                                 * was certainly not, or not knowingly, carried out by us: nothing was sent, or the service says it failed */
        LOCKT_UNKNOWN,          /* lost or not understood: the outcome of a write is unknown (rulings 11 to 14, 41) */
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
        unsigned submitted, inserted, updated, errors;
        size_t n_failures;
        LocktFailure *failures;
        char *message;                  /* one sentence for the administrator: no key, no echoed body, no names */
} LocktAnswer;

void lockt_answer_deinit(LocktAnswer *answer);

typedef enum LocktWrite {
        LOCKT_CREATE,           /* POST /user, update_existing false, validate_fails_batch false, replace_privileges true (ruling 10) */
        LOCKT_UPDATE,           /* POST /user: true, false, true */
        LOCKT_UPDATE_PUT,       /* PUT /user: only @mask's properties and the id (ruling 30) */
} LocktWrite;
