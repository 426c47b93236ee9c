#pragma once

/*
 * Mapping: one HR row in, one wanted Person out
 *
 * Pure: no sockets, no clock (it is told the time), no outside library. A Mapping is made from the spec, told the
 * columns of the query and the levels of Lockt, and then applied to rows. Whatever a row holds, the answer is a Person:
 * what can't be carried becomes its fault, never a failure of the read.
 */

#include "lib/base/error.h"
#include "lib/mapping/spec.h"
#include "lib/model/hr_snapshot.h"
#include "lib/model/level.h"
#include "lib/model/person.h"

typedef struct Mapping Mapping;

/* A row: one value a column, NULL for SQL's null; texts as PostgreSQL prints them, not NUL-terminated. Borrowed. */
typedef struct Row {
        size_t n_values;
        const char *const *values;
        const size_t *lengths;
} Row;

/* Something in the YAML that does not fit the world: a column, a level. Collected, all of them. */
typedef void (*MappingComplaint)(void *userdata, Mark mark, const char *sentence);

/* @spec is borrowed and must outlive the mapping. 0; -EINVAL: what lib/config refuses (no key, no template); -ENOMEM. */
int mapping_new(const MappingSpec *spec, Mapping **ret);
Mapping *mapping_free(Mapping *mapping);
DEFINE_CLEANUP(Mapping *, mapping_free)

/*
 * Finds the columns. 0, or -ENOENT after one @complain for each column that the query lacks, with a near miss and the
 * query's columns ("no column 'badge' in hr.people; did you mean 'badge_no'? it has: …").
 */
int mapping_bind_columns(Mapping *mapping, const Column *columns, size_t n_columns, MappingComplaint complain,
                         void *userdata);

/*
 * Finds the levels that rules grant; may be called again whenever Lockt's have changed. 0, or 1 after one @complain for
 * each that Lockt lacks or has twice (then the sentence asks for { id: … } and names the ids). A level that does not
 * resolve grants nothing and takes nothing: mapping_level_tolerated() is then true for the id that it had before, if
 * this mapping or @previous knows one, and for each id that it might mean.
 */
int mapping_bind_levels(Mapping *mapping, const Level *levels, size_t n_levels, const Level *previous,
                        size_t n_previous, MappingComplaint complain, void *userdata);

/* Whether a rule's name resolved to this id once and does not now: whoever holds it keeps it. */
bool mapping_level_tolerated(const Mapping *mapping, int64_t level);

/* Whether `exclude` names this id_num: such people and users are never written to. */
bool mapping_excludes(const Mapping *mapping, const char *id_num);

/* Which column holds the key (id_num); it is also what the read is ordered by. */
const char *mapping_key_column(const Mapping *mapping);

/* The index of the key's column after mapping_bind_columns(). */
size_t mapping_key_index(const Mapping *mapping);

/*
 * Makes @ret (PERSON_INIT before, and again after a failure) of one row at @now (seconds). The key has been checked by
 * the caller to be neither null nor empty. wanted.pin is set if a PIN is mapped. 0, -ENOMEM, or -EBADMSG: the row has
 * not the number of values that was bound, so nothing in it can be trusted.
 */
int mapping_apply(const Mapping *mapping, const Row *row, int64_t now, Person *ret);

/*
 * Explains instead of applying: calls @say for each rule in order, with whether it matched and, if not, which condition
 * failed ("site is 'Annex', not one of HQ"), else NULL. For locktsyncctl explain. 0, -ENOMEM, -EBADMSG.
 */
int mapping_explain(const Mapping *mapping, const Row *row,
                    void (*say)(void *userdata, unsigned line, bool matched, const char *why), void *userdata);

/* Whether each rule matches: @ret has an element for each rule of the spec. 0, -EBADMSG. */
int mapping_match_rules(const Mapping *mapping, const Row *row, bool *ret);

/*
 * All that decides about a person beside the row: the spec without its marks, the resolved levels (all levels where
 * rules take names from HR), and how columns are read (boolean, fixed width, array). To be asked for when columns and
 * levels are bound. A stable text for hashing, owned by the caller; NULL when memory is out. Two mappings with equal
 * texts map every row alike.
 */
char *mapping_fingerprint(const Mapping *mapping);

/* The same of the file alone, whatever the columns and levels are: what somebody approves (invariant 5). */
char *mapping_wish(const Mapping *mapping);
