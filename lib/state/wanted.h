#pragma once

/* A person's desired values as columns: in the queue and in the stage. Its key is apart; a PIN is never there. */

#include "lib/model/person.h"
#include "lib/state/record.h"

#define WANTED_COLUMNS "standing, mapped, keep, excluded, boundary, fault, " RECORD_COLUMNS
#define WANTED_PARAMETERS "?, ?, ?, ?, ?, ?, " RECORD_PARAMETERS

static inline void put_wanted(Statement *s, const Person *person) {
        put_number(s, person->standing);
        put_number(s, person->mapped);
        put_number(s, person->keep);
        put_number(s, person->excluded);
        put_instant(s, person->boundary);
        put_text(s, person->fault);
        put_record(s, &person->wanted);
}

static inline void take_wanted(Statement *s, Person *person) {
        person->standing = (Standing) take_number(s);
        person->mapped = (uint32_t) take_number(s);
        person->keep = (uint32_t) take_number(s);
        person->excluded = take_flag(s);
        person->boundary = take_instant(s);
        person->fault = take_text(s);
        take_record(s, &person->wanted);
}
