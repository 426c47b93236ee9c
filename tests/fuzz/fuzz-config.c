/* Any bytes as a configuration: loaded, or refused with at least one sentence. */

#include <errno.h>
#include <stdlib.h>

#include "lib/config/parse.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(config_freep) Config *config = NULL;
        _cleanup_(config_errors_deinit) ConfigErrors errors = { 0 };
        int r;

        /* The first bit of the size is as good as any to say whether the file is open to everybody. */
        r = config_parse((const char *) data, size, "fuzz.yaml", size & 1, &config, &errors);
        if (r == 0 ? !config || errors.n > 0 : r != -EINVAL || config || errors.n == 0)
                abort();
        return 0;
}
