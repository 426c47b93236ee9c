#pragma once

/* People of HR as the mapping makes them, for somebody who checks it: their form is shown, not who they are. */

#include "daemon/control-call.h"

/* "text", "date", "boolean" …: the types that the mapping treats in their own way; "type 1700" for others. */
const char *check_type_name(uint32_t type);

/* Says {"person":…} of one row. 0, -ENOMEM, -EBADMSG. */
int check_person(Call *call, const Mapping *mapping, const char *line, size_t length, const Level *levels,
                 size_t n_levels);

/* "Ma…… (8 letters)": the first two characters of a name or an address, owned by the caller. NULL: memory. */
char *check_mask(const char *text);
