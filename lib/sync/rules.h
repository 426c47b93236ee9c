#pragma once

/*
 * How many people each rule of a mapping matches
 *
 * For plans: of the mapping that is planned with, and beside it of the one in force, on the same rows. Rules have no
 * names, so that those of two files are paired by what they say.
 */

#include "lib/mapping/mapping.h"
#include "lib/sync/report.h"

typedef struct RuleCounts {
        const Mapping *mapping;         /* borrowed; NULL: nothing is counted */
        size_t n;
        bool *matches;                  /* of one row */
        int64_t *people;
} RuleCounts;

/* @mapping NULL: counts nothing. 0 or -ENOMEM. */
int rule_counts_init(RuleCounts *counts, const MappingSpec *spec, const Mapping *mapping);
void rule_counts_deinit(RuleCounts *counts);
/* 0, -ENOMEM, -EBADMSG. */
int rule_counts_add(RuleCounts *counts, const Row *row);

/* The same for a reader: owned, in the order of the files. */
typedef struct RuleTable {
        size_t n, n_gone;
        PlanRule *rules, *gone;
} RuleTable;

void rule_table_deinit(RuleTable *table);
int rule_table_fill(RuleTable *table, const MappingSpec *spec, const RuleCounts *counts);
/*
 * With the counterparts in another file: first rules that say the same are paired, then those that grant the same, then
 * those with the same conditions; each only once, in the order of the files. What is left over in @former is gone.
 */
int rule_table_compare(RuleTable *table, const MappingSpec *spec, const RuleCounts *counts, const MappingSpec *former,
                       const RuleCounts *former_counts);
