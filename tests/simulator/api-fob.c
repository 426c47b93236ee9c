/* POST /fob, PUT /fob */

#include "tests/simulator/batch-fob.h"
#include "tests/simulator/route.h"

int api_fob_post(Request *request, Reply *reply) {
        static const BatchKind kind = { .list = "fobs", .fobs = true, .take = batch_take_fob };

        return batch_run(request, &kind, reply);
}

/* ruling 26: no limit is stated, so it is that of all writes. */
int api_fob_put(Request *request, Reply *reply) {
        static const BatchKind kind = { .list = "fobs", .fobs = true, .take = batch_take_fob_change };

        return batch_run(request, &kind, reply);
}
