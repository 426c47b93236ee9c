/* Whose record is withheld, and why. */

#include <errno.h>
#include <string.h>

#include "lib/state/database.h"
#include "lib/state/ledger.h"

enum { PARK_GET, PARK_PUT, PARK_DELETE, PARK_NEXT };

static const char *const park_texts[] = {
        [PARK_GET] = "SELECT key, kind, reason, since_usec FROM park WHERE key = ?",
        [PARK_PUT] = ("INSERT INTO park (key, kind, reason, since_usec) VALUES (?, ?, ?, ?) "
                      "ON CONFLICT (key) DO UPDATE SET kind = excluded.kind, reason = excluded.reason, "
                      "since_usec = excluded.since_usec"),
        [PARK_DELETE] = "DELETE FROM park WHERE key = ?",
        [PARK_NEXT] = "SELECT key, kind, reason, since_usec FROM park WHERE key > ? ORDER BY key LIMIT 1",
};

static int use_park(State *state, unsigned which, Statement *ret, Error *reterr) {
        return statement_use(state, SHELF_PARK, which, park_texts[which], ret, reterr);
}

void park_deinit(Park *park) {
        free(park->key);
        free(park->reason);
        *park = (Park) { 0 };
}

static int get_one(State *state, unsigned which, const char *key, Park *ret, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        _cleanup_(park_deinit) Park park = { 0 };
        int r;

        r = use_park(state, which, &s, reterr);
        if (r < 0)
                return r;
        put_word(&s, key);
        r = statement_step(&s, "read who is parked", reterr);
        if (r <= 0)
                return r < 0 ? r : STATE_NONE;
        park.key = take_text(&s);
        park.kind = (ParkKind) take_number(&s);
        park.reason = take_text(&s);
        park.since_usec = take_number(&s);
        r = statement_taken(&s, "read who is parked", reterr);
        if (r < 0)
                return r;
        *ret = park;
        park = (Park) { 0 };
        return 0;
}

int park_get(State *state, const char *key, Park *ret, Error *reterr) {
        return get_one(state, PARK_GET, key, ret, reterr);
}

int park_next(State *state, const char *after, Park *ret, Error *reterr) {
        return get_one(state, PARK_NEXT, after ? after : "", ret, reterr);
}

int park_put(State *state, const Park *park, Error *reterr) {
        _cleanup_(park_deinit) Park former = { 0 };
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = park_get(state, park->key, &former, reterr);
        if (r < 0)
                return r;
        if (r == 0 && former.kind == park->kind && strcmp(former.reason ? former.reason : "", park->reason) == 0)
                return 1;

        r = use_park(state, PARK_PUT, &s, reterr);
        if (r < 0)
                return r;
        put_word(&s, park->key);
        put_number(&s, park->kind);
        put_word(&s, park->reason);
        put_number(&s, park->since_usec);
        return statement_run(&s, "park a person", reterr);
}

int park_delete(State *state, const char *key, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        bool changed;
        int r;

        r = use_park(state, PARK_DELETE, &s, reterr);
        if (r < 0)
                return r;
        put_word(&s, key);
        r = statement_changed(&s, "unpark a person", &changed, reterr);
        if (r < 0)
                return r;
        return changed ? 0 : STATE_NONE;
}

int park_count(State *state, int64_t *ret, Error *reterr) {
        return tally_get(state, "park", ret, reterr);
}

const char *park_kind_name(ParkKind kind) {
        static const char *const names[] = {
                [PARK_DATA] = "data",
                [PARK_CONFLICT] = "conflict",
                [PARK_REFUSED] = "refused",
                [PARK_STATUS] = "status",
        };

        return (size_t) kind < ELEMENTS(names) ? names[kind] : "";
}
