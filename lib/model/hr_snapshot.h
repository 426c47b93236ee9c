#pragma once

/* A database snapshot of HR, as a numbered read took it. Plain values between lib/hr and lib/sync. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A column of the people query, as PostgreSQL described it. */
typedef struct Column {
        const char *name;
        uint32_t type;          /* pg_type oid: 16 bool, 1042 bpchar, 1082 date, 1114 timestamp, 1184 timestamptz, 1009 text[] … */
} Column;

/* What is known of a read once its database snapshot has been taken. */
typedef struct HrSnapshot {
        char system_identifier[32];     /* of the cluster, "" where the role may not see it */
        char database[64];
        int64_t timeline;               /* 0 where it can't be seen */
        uint64_t lsn;                   /* WAL position, replayed position on a standby */
        bool in_recovery;
        bool keyed;                     /* some keys were asked for: who is not in it is not absent */
        bool has_as_of;                 /* hr.as_of is configured and answered a time */
        bool loading;                   /* hr.as_of answered null: a load is running */
        int64_t as_of;                  /* seconds since 1970 */
        size_t n_columns;
        const Column *columns;          /* of the people query; borrowed until the read ends */
} HrSnapshot;

/* Whose SQL an error is in. */
typedef enum HrPlace { HR_PLACE_NONE, HR_PLACE_PEOPLE, HR_PLACE_AS_OF } HrPlace;

/* What is known of an error beside its sentence. */
typedef struct HrProblem {
        char sqlstate[6];       /* "" when it is not from the server */
        HrPlace place;
        unsigned line, column;  /* within the query of that place, from 1, in characters; 0 where unknown */
} HrProblem;
