#pragma once

/*
 * What was sent, as far as the answer needs it
 *
 * Failed records come back as echoes without a number (ruling 12), so that the ids, id_nums, e-mails, cards and names
 * of a write are kept until it is answered. Pure.
 */

#include <stddef.h>
#include <sys/types.h>

#include "lib/base/cleanup.h"
#include "lib/lockt/lockt.h"

/* What was asked, as far as a failed answer means different things. */
typedef enum AnswerTo {
        ANSWER_TO_LIST,
        ANSWER_TO_GET,          /* of one user: 404 is nobody (ruling 22) */
        ANSWER_TO_WRITE,
        ANSWER_TO_NEW_WRITE,    /* by a method that not every instance has (rulings 28, 30) */
        ANSWER_TO_NEW_LIST,     /* of an endpoint that not every instance has (ruling 28) */
} AnswerTo;

/* How the counts of an answer add up to what was sent (ruling 13). */
typedef enum SentCounts {
        SENT_EXACT,
        SENT_AT_MOST,           /* who is there already is ignored (ruling 10), or nothing is carried out at all */
        SENT_INSERTED,          /* "updated" says nothing */
} SentCounts;

/* What is particular to a kind of write. */
typedef struct SentRules {
        AnswerTo asked;
        SentCounts counts;
        bool partial;           /* sent with validate_fails_batch false: who is not named as failed went through */
        bool repeatable;        /* coming twice does no harm (rulings 14, 35) */
} SentRules;

typedef struct Sent Sent;

/* What a record, or its echo, may be known by. NULL or empty: not by that. */
typedef struct Echo {
        int64_t id;
        const char *id_num, *email, *card_num, *name;
} Echo;

int sent_new(LocktWrite kind, const User *const *users, const uint32_t *masks, size_t n_users, Sent **ret);
/* What @records point to is copied; @rules last. */
int sent_new_records(const SentRules *rules, const Echo *records, size_t n_records, Sent **ret);
Sent *sent_free(Sent *sent);
DEFINE_CLEANUP(Sent *, sent_free)

void sent_set_rules(Sent *sent, const SentRules *rules);
const SentRules *sent_rules(const Sent *sent) _pure_;
size_t sent_count(const Sent *sent) _pure_;

/* The index of the record that is meant, or -1 when it is none, or more than one. */
ssize_t sent_match(const Sent *sent, const Echo *echo) _pure_;
