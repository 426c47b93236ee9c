#pragma once

/*
 * Faults
 *
 * What goes wrong on demand. A fault says for which requests (method, path, query, the record concerned, which of the
 * matching ones and how many, for how long) and what then happens. Requests keep a reference to the faults that apply
 * to them until their answer is out, so clearing a fault in mid-request is safe; it also lets go the requests that wait
 * for it.
 */

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "tests/simulator/json.h"
#include "tests/simulator/text.h"

typedef enum FaultAction {
        FAULT_DELAY,
        FAULT_HOLD,
        FAULT_STATUS,
        FAULT_CUT,
        FAULT_CUT_BODY,
        FAULT_STALL,
        FAULT_HTML,
        FAULT_GARBAGE,
        FAULT_BATCH_LIMIT,
        FAULT_COUNTS,
        FAULT_ECHO_NOBODY,
        FAULT_FAIL_BATCH,
        FAULT_REFUSE,
        FAULT_IGNORE,
        FAULT_ALTER,
        FAULT_LIST_SHORT,
        FAULT_LIST_BROKEN,
        FAULT_HIDE,
        FAULT_TWIN,
        FAULT_CHANGE,
        FAULT_OMIT,
        FAULT_BOOLEANS,
        FAULT_NUMBERS_AS_STRINGS,
        FAULT_STRINGS_AS_NUMBERS,
        FAULT_UNKNOWN_PROPERTIES,
        FAULT_NULLS,
        FAULT_ACTIONS,
} FaultAction;

enum {
        WHEN_BEFORE,
        WHEN_AFTER,
};

enum {
        FRAMING_LENGTH,
        FRAMING_CHUNKED,
};

enum {
        AS_STRING,
        AS_NUMBER,
};

enum {
        HOW_VALUE,
        HOW_UPPER,
        HOW_LOWER,
        HOW_CUT,
        HOW_STRIP_ZEROS,
        HOW_SHIFT,
};

enum {
        COUNT_SUBMITTED,
        COUNT_INSERTED,
        COUNT_UPDATED,
        COUNT_ERRORS,
        COUNTS,
};

typedef struct Fault {
        unsigned references;
        int64_t id;
        FaultAction action;
        bool cleared;
        json_object *spec;              /* as it was asked for; the texts below are borrowed from it */

        const char *method;             /* NULL matches all, here and in the next three */
        const char *path;
        const char *query;              /* "none", or the name of the argument */
        const char *id_num;             /* of the record concerned */
        int64_t nth;
        int64_t times;                  /* INT64_MAX: until it is cleared */
        int64_t for_ms;
        uint64_t until_usec;
        int64_t matched;
        int64_t applied;

        int64_t before_ms;
        int64_t after_ms;
        int64_t when;
        int64_t status;                 /* 0: the action's own */
        int64_t retry_after;            /* -1: none */
        int64_t reset;
        int64_t bytes;                  /* -1: the action's own */
        int64_t ms;
        int64_t framing;
        int64_t limit;
        int64_t users;
        int64_t as;
        int64_t how;
        int64_t length;
        int64_t seconds;
        int64_t count[COUNTS];          /* -1: the true one */
        const char *text;
        const char *content_type;
        const char *property;
        const char *value;
        json_object *body;
        json_object *headers;
        json_object *set;
} Fault;

enum {
        FAULT_SET_MAX = 16,
};

/* The faults that apply to one request, in the order in which they were asked for. */
typedef struct FaultSet {
        Fault *items[FAULT_SET_MAX];
        size_t n;
} FaultSet;

typedef struct Faults Faults;

/* What a fault needs to know of a request to tell whether it is meant. */
typedef struct FaultTarget {
        const char *method;
        const char *path;               /* without the base path */
        const char *query;              /* "none", "id" or "idnum" */
        bool (*concerns)(void *context, const char *id_num);
        void *context;
} FaultTarget;

int faults_new(Faults **ret);
Faults *faults_free(Faults *faults);

/* Reads one specification, or answers -EINVAL with what is wrong with it. (fault-spec.c) */
int fault_new(json_object *spec, uint64_t now_usec, Fault **ret, Error *reterr);
Fault *fault_unref(Fault *fault);
DEFINE_CLEANUP(Fault *, fault_unref)

const char *fault_action_name(FaultAction action);
bool fault_cleared(const Fault *fault);

/* Whether the action changes the users of an answer, so that it also concerns listings that contain the record. */
bool fault_action_reads(FaultAction action);

/* Takes over the reference, and draws the id. */
int faults_add(Faults *faults, Fault *fault);

/* Clears the fault @id, or all of them with 0; tells how many. */
size_t faults_clear(Faults *faults, int64_t id);

/* Appends the faults, with how often they matched and applied, as a JSON array. */
void faults_write(const Faults *faults, Text *text);

/* Counts the request and fills @ret with what applies to it. */
void faults_match(Faults *faults, const FaultTarget *target, uint64_t now_usec, FaultSet *ret);

/* The first fault with this action, or NULL; and the next one after @fault. */
Fault *fault_set_find(const FaultSet *set, FaultAction action);
Fault *fault_set_next(const FaultSet *set, const Fault *fault);

/* The first fault with this action for the record @id_num (which may be NULL: it has none). */
Fault *fault_set_find_record(const FaultSet *set, FaultAction action, const char *id_num);

void fault_set_clear(FaultSet *set);
