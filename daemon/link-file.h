#pragma once

/*
 * A list of links: CSV with the header id_num,lockt_id
 *
 * Separated by commas or, where the header is, by semicolons; a field may stand in double quotes; empty lines do not
 * count. lockt_id is a number, or `new`. Pure.
 */

#include <stddef.h>
#include <stdint.h>

#include "lib/base/cleanup.h"

typedef struct LinkRow {
        unsigned line;
        char *id_num;
        int64_t lockt_id;               /* 0: new */
} LinkRow;

typedef void (*LinkFileComplaint)(void *userdata, unsigned line, const char *sentence);

/*
 * All rows in their order, or 1 after one @complain for each line that is wrong (a person or a user that stands there
 * twice, too), in the order of the lines but for those. -ENOMEM.
 */
int link_file_parse(const char *text, LinkFileComplaint complain, void *userdata, LinkRow **ret, size_t *ret_n);
void link_rows_free(LinkRow *rows, size_t n);

/* "77", or "new" as 0. 0, -EINVAL. */
int link_id_parse(const char *text, int64_t *ret);
