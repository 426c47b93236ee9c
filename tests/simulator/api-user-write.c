/* POST /user, PUT /user, POST /uservalidate */

#include "tests/simulator/batch-user.h"
#include "tests/simulator/route.h"

enum {
        OPTIONS = BATCH_UPDATE_EXISTING | BATCH_VALIDATE_FAILS_BATCH | BATCH_REPLACE_PRIVILEGES,
};

int api_user_post(Request *request, Reply *reply) {
        static const BatchKind kind = { .list = "users", .options = OPTIONS, .take = batch_take_user };

        return batch_run(request, &kind, reply);
}

/* ruling 28: all of POST /user but that it stays. */
int api_uservalidate_post(Request *request, Reply *reply) {
        static const BatchKind kind = { .list = "users", .options = OPTIONS, .dry = true, .take = batch_take_user };

        return batch_run(request, &kind, reply);
}

/* ruling 30 */
int api_user_put(Request *request, Reply *reply) {
        static const BatchKind kind = { .list = "users", .options = OPTIONS, .take = batch_take_user_change };

        return batch_run(request, &kind, reply);
}
