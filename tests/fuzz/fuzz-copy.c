/* Any bytes as a line of COPY: values within the line, in its order, or refused. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/hr/hr.h"
#include "tests/fuzz/fuzz.h"

#define MAX 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(freep) char *line = NULL;
        const char *values[MAX], *end;
        size_t lengths[MAX], n = 0;
        int r;

        line = malloc(size > 0 ? size : 1);
        if (!line)
                return 0;
        if (size > 0)
                memcpy(line, data, size);

        r = hr_decode_line(line, size, values, lengths, MAX, &n);
        if (r < 0) {
                if (r != -EBADMSG && r != -E2BIG)
                        abort();
                return 0;
        }

        if (n == 0 || n > MAX)
                abort();
        end = line;
        for (size_t i = 0; i < n; i++) {
                if (!values[i]) {
                        if (lengths[i] != 0)
                                abort();
                        continue;
                }
                if (values[i] < end || values[i] + lengths[i] > line + size ||
                    memchr(values[i], '\0', lengths[i]))
                        abort();
                end = values[i] + lengths[i];
        }
        return 0;
}
