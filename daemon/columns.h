#pragma once

/* The columns that the mapping is bound to. */

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/error.h"
#include "lib/model/hr_snapshot.h"

typedef struct Service Service;

typedef struct Columns {
        size_t n;
        Column *items;                  /* names owned */
        bool missing;                   /* the mapping names some that the query lacks: said once */
} Columns;

/*
 * Binds the mapping of @service to the columns of a read that begins, where they are not those of the last one.
 * @alone: no other read runs; else other columns are -EAGAIN, since the rows of that one are mapped by what it began
 * with. -ENOENT: the query lacks some; each is an entry of the journal, with its place in the file.
 */
int columns_bind(Columns *columns, Service *service, const HrSnapshot *snapshot, bool alone, Error *reterr);

void columns_deinit(Columns *columns);
