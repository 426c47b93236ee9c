#pragma once

/*
 * The mapping as the YAML states it
 *
 * Plain structs that lib/config fills and lib/mapping compiles: what was written, and where (for messages that come
 * later: a column that the query lacks, a level that Lockt lacks). All texts are owned; mapping_spec_deinit() frees.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/model/user.h"

/* A place in the YAML, both from 1; line 0: not written there, a default. */
typedef struct Mark {
        unsigned line;
        unsigned column;
} Mark;

typedef struct Text {           /* a text and where it stood */
        char *text;
        Mark mark;
} Text;

typedef enum SourceKind {
        SOURCE_NONE,            /* the property is not mapped */
        SOURCE_COLUMN,          /* email: work_email */
        SOURCE_VALUE,           /* { value: … } */
        SOURCE_TEMPLATE,        /* { template: "{given_name} {family_name}" }; {{ and }} are braces */
} SourceKind;

typedef enum NullPolicy {
        NULL_DEFAULT,           /* keep for card_num, pin and email; clear for the others */
        NULL_KEEP,
        NULL_CLEAR,
} NullPolicy;

typedef struct PropertySpec {
        SourceKind kind;
        Mark mark;
        Text source;            /* the column, the constant, or the template as written */
        NullPolicy null_policy;
        bool digits;            /* only the digits of the value count: "+49 (30) 1-2" becomes "493012" */
        Text timezone;          /* of a date or a time without zone: an IANA name, … */
        Text timezone_column;   /* … or the column that holds one; at most one of the two; neither: hr.timezone */
        int64_t plus_usec;      /* added to the instant; may be negative */
        size_t n_in, n_out;     /* enabled: which values mean in, which out */
        Text *in, *out;
} PropertySpec;

/* One value of a `when`: a text or glob, or null. A list of them matches when one does; `not` turns the verdict round. */
typedef struct ConditionSpec {
        Text column;
        bool negate;
        bool match_null;        /* null stood among the values */
        size_t n_patterns;
        Text *patterns;         /* `*`, `?` and […] are globs, a backslash takes their meaning away */
} ConditionSpec;

typedef struct GrantSpec {
        Text name;              /* a level's name; empty: by id */
        int64_t id;             /* { id: 574 }: where two levels have one name; 0: by name */
        Text column;            /* { column: access_profile }: a name or an array of names from HR */
} GrantSpec;

typedef struct RuleSpec {
        Mark mark;              /* its line is the name of the rule in plans and explanations */
        size_t n_conditions;    /* all must match; none: everybody */
        ConditionSpec *conditions;
        size_t n_grants;
        GrantSpec *grants;
} RuleSpec;

typedef struct MappingSpec {
        PropertySpec properties[PROPERTIES];    /* PROPERTY_ACCESSLEVELS is not used: rules say it */
        bool has_rules;                         /* false: levels are not mapped at all and stay as they are */
        size_t n_rules;
        RuleSpec *rules;
        size_t n_exclude;
        Text *exclude;                          /* globs of id_num */
        char *timezone;                         /* hr.timezone */
} MappingSpec;

void mapping_spec_deinit(MappingSpec *spec);
