#pragma once

/*
 * A person as HR wants it
 *
 * What the mapping makes of one row (or of several rows with one key), and what plan, queue and delivery work on.
 * Plain values, no I/O.
 */

#include "lib/model/user.h"

typedef enum Standing {
        STANDING_IN,            /* the row says: may have access */
        STANDING_OUT,           /* the row says: left (an explicit leaver) */
        STANDING_UNCLEAR,       /* the status is null or named neither `in` nor `out`: parks and keeps access */
        STANDING_ABSENT,        /* no row in complete reads for long enough (an absent leaver); not of the mapping's making */
} Standing;

/* Why a level is wanted: the line of the YAML whose rule granted it. */
typedef struct Grant {
        int64_t level;
        unsigned line;
} Grant;

typedef struct Person {
        char *key;              /* id_num, the key in HR and in Lockt */
        Standing standing;
        uint32_t mapped;        /* PROPERTY_BITs that the mapping sets; the others stay as Lockt has them */
        uint32_t keep;          /* PROPERTY_BITs that are mapped, but stay as Lockt has them: the HR value is empty and
                                 * `null` is keep, or it can't be carried (then there is a fault, too) */
        User wanted;            /* values of the mapped properties; wanted.levels: what the rules grant;
                                 * wanted.enabled is false for STANDING_OUT only */
        size_t n_grants;
        Grant *grants;          /* one a level of wanted.levels, in its order */
        bool excluded;          /* `exclude` names this id_num: never written */
        int64_t boundary;       /* the next instant after `now` at which this result changes; INSTANT_NONE: never */
        char *fault;            /* why the record can't be carried (data and grants are withheld); names no value of a
                                 * secret and no personal datum but the id_num. NULL: sound */
} Person;

#define PERSON_INIT ((Person) { .wanted = USER_INIT, .boundary = INSTANT_NONE })

/* Keeps the first fault only. 0 or -ENOMEM. */
int person_set_fault(Person *person, const char *format, ...) _printf_(2, 3);

/* Adds the level to what is wanted, too; the first rule that grants a level is the one that is named. 0 or -ENOMEM. */
int person_add_grant(Person *person, int64_t level, unsigned line);

void person_deinit(Person *person);
