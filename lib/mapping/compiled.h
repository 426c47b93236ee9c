#pragma once

/*
 * The mapping, compiled: what the files of this folder share, and nobody else sees
 *
 * Every column that the spec names is a slot; everything else refers to slots. Binding fills in where a slot's column
 * is in the rows of this query, and of which kind it is.
 */

#include "lib/base/zone.h"
#include "lib/mapping/levels.h"
#include "lib/mapping/mapping.h"
#include "lib/mapping/pattern.h"
#include "lib/mapping/template.h"

#define NO_SLOT SIZE_MAX

enum {
        VALUE_MAX = 1000,               /* bytes of a text that Lockt is sent */
        KEY_MAX = 200,                  /* bytes of an id_num */
};

typedef enum ColumnKind {
        COLUMN_PLAIN,
        COLUMN_BOOL,
        COLUMN_PADDED,                  /* char(n) */
        COLUMN_LIST,                    /* an array */
        COLUMN_PADDED_LIST,             /* char(n)[] */
        COLUMN_MAYBE_LIST,              /* of a type that the database made itself: an array when it looks like one */
} ColumnKind;

typedef struct Slot {
        char *name;
        Mark mark;                      /* where the YAML first names it */
        size_t index;
        ColumnKind kind;
} Slot;

typedef struct PropertyMap {
        const PropertySpec *spec;
        Property property;
        SourceKind kind;                /* SOURCE_NONE: not mapped */
        size_t slot;                    /* SOURCE_COLUMN */
        Template *template;             /* SOURCE_TEMPLATE */
        bool keep_empty;
        size_t zone_slot;               /* or NO_SLOT: … */
        Zone zone;                      /* … then this one, … */
        bool zone_known;                /* … if there is such a zone */
} PropertyMap;

typedef struct Condition {
        const ConditionSpec *spec;
        size_t slot;
        Pattern *patterns;
} Condition;

typedef struct RuleGrant {
        const GrantSpec *spec;
        size_t slot;                    /* of the column that names levels, or NO_SLOT: … */
        int64_t level;                  /* … then this one, … */
        bool resolved;                  /* … if Lockt has it */
        int64_t latest;                 /* to which it resolved the last time it did */
        bool has_latest;
} RuleGrant;

typedef struct Rule {
        const RuleSpec *spec;
        Condition *conditions;
        RuleGrant *grants;
} Rule;

/* What is made anew for every row. */
typedef struct Scratch {
        Value *values;                  /* one a slot */
        size_t n_grants, max_grants;
        Grant *grants;
        char text[VALUE_MAX + 1];
        char element[VALUE_MAX + 1];
} Scratch;

struct Mapping {
        const MappingSpec *spec;
        size_t n_slots;
        Slot *slots;
        size_t n_columns;
        bool bound;
        PropertyMap properties[PROPERTIES];
        size_t n_in, n_out;
        Pattern *in, *out;
        Rule *rules;
        Pattern *exclude;
        LevelTable levels;
        size_t n_tolerated;
        int64_t *tolerated;
        Scratch *scratch;
};

/* Fills scratch->values. 0; -EBADMSG: the row is not of the shape that was bound. */
int mapping_read_row(const Mapping *mapping, const Row *row);

/* The first condition that does not hold for the values, or NULL when the rule matches. */
const Condition *rule_failing_condition(const Mapping *mapping, const Rule *rule);

/* Collects in scratch->grants, ascending, what the rules grant. What HR got wrong is @person's fault. 0 or -ENOMEM. */
int mapping_collect_grants(const Mapping *mapping, Person *person);
