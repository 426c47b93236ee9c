/* Any text as a list of links: rows that are whole, or complaints. */

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/link-file.h"
#include "tests/fuzz/fuzz.h"

static void complain(void *userdata, unsigned line, const char *sentence) {
        if (line == 0 || !sentence || !*sentence)
                abort();
        *(bool *) userdata = true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(freep) char *text = NULL;
        LinkRow *rows = NULL;
        bool complained = false;
        size_t n = 0;
        int r;

        text = malloc(size + 1);
        if (!text)
                return 0;
        if (size > 0)
                memcpy(text, data, size);
        text[size] = '\0';

        r = link_file_parse(text, complain, &complained, &rows, &n);
        if (r < 0)
                return 0;
        if (complained != (r == 1) || (r == 1 && rows))
                abort();
        for (size_t i = 0; i < n; i++)
                if (rows[i].line < 2 || !rows[i].id_num || !*rows[i].id_num || rows[i].lockt_id < 0 ||
                    (i > 0 && rows[i].line <= rows[i - 1].line))
                        abort();
        link_rows_free(rows, n);
        return 0;
}
