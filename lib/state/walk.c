/* All users of the snapshot, one after the other. */

#include "lib/state/database.h"
#include "lib/state/snapshot.h"

enum { NEXT };

static const char *const texts[] = {
        [NEXT] = "SELECT id FROM user WHERE missing = 0 AND id > ? ORDER BY id LIMIT 1",
};

int snapshot_next(State *state, int64_t after, HeldUser *ret, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int64_t id;
        int r;

        r = statement_use(state, SHELF_WALK, NEXT, texts[NEXT], &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, after);
        r = statement_step(&s, "read the users of Lockt", reterr);
        if (r <= 0)
                return r < 0 ? r : STATE_NONE;
        id = take_number(&s);
        return snapshot_get(state, id, ret, reterr);
}
