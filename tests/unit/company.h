#pragma once

/*
 * A company for the tests of the mapping
 *
 * The columns that its people query has, the row of one employee, the access levels of its Lockt instance, and a
 * mapping that uses all of them.
 */

#include "lib/mapping/mapping.h"

#define AT(literal, at_line) { .text = (char *) (literal), .mark = { .line = (at_line), .column = 9 } }
#define COLUMN_SOURCE(name, at_line) .kind = SOURCE_COLUMN, .mark = { at_line, 3 }, .source = AT(name, at_line)

enum {
        NUMBER,
        GIVEN,
        FAMILY,
        MAIL,
        MOBILE,
        BADGE,
        PIN,
        HIRED,
        LEAVES,
        ZONE,
        STATUS,
        DEPARTMENT,
        SITE,
        TITLE,
        PROFILE,
        COLUMNS,
};

extern const Column columns[COLUMNS];
extern const char *const ada[COLUMNS];
extern const MappingSpec company;
extern GrantSpec everybody_grants[1];

/* Complaints, one a line, as "LINE: sentence". */
typedef struct Complaints {
        size_t n;
        char text[2048];
} Complaints;

void complain(void *userdata, Mark mark, const char *sentence);

/* A mapping that is bound to columns of these types and to the company's levels, without complaints. */
Mapping *bound_mapping(const MappingSpec *spec, const Column *with_columns);

void apply(const Mapping *mapping, const char *const *values, int64_t now, Person *ret);
/* Ada with one value changed. */
void apply_changed(const Mapping *mapping, size_t column, const char *value, Person *ret);

/* @fault NULL: none. */
void assert_fault(const char *title, const Person *person, const char *fault);
/* @utc in the form that the API is sent; "": no bound. */
void assert_instant(const char *title, int64_t instant, const char *utc);

/* Levels and the lines that granted them, as "10@30 20@31". */
void write_grants(const Person *person, char *buf, size_t size);
