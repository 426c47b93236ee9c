/* Which HR key is which Lockt user. */

#include <errno.h>

#include "lib/state/ledger.h"
#include "lib/state/record.h"

enum { GET, GET_BY_USER, PUT, DELETE, WITH_ACCESS, NEXT_UNLEARNT, COUNT_UNLEARNT, NEXT_DISABLED };

#define COLUMNS "key, lockt_id, linked_usec, disabled_usec, granted, pin_digest, unknown_give"
#define ACCESS "SELECT count(*) FROM user INDEXED BY user_access WHERE linked = 1 AND enabled = 1 AND missing = 0 AND "

static const char *const texts[] = {
        [GET] = ("SELECT " COLUMNS " FROM link WHERE key = ?"),
        [GET_BY_USER] = ("SELECT " COLUMNS " FROM link WHERE lockt_id = ? AND lockt_id <> 0"),
        [PUT] = ("INSERT INTO link (" COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET "
                 "lockt_id = excluded.lockt_id, linked_usec = excluded.linked_usec, "
                 "disabled_usec = excluded.disabled_usec, granted = excluded.granted, "
                 "pin_digest = excluded.pin_digest, unknown_give = excluded.unknown_give"),
        [DELETE] = "DELETE FROM link WHERE key = ?",
        /* No end is null; both halves are a walk over one narrow index. */
        [WITH_ACCESS] = ("SELECT (" ACCESS "access_expires IS NULL) + (" ACCESS "access_expires > ?)"),
        [NEXT_UNLEARNT] = ("SELECT " COLUMNS " FROM link WHERE lockt_id = 0 AND key > ? ORDER BY key LIMIT 1"),
        [COUNT_UNLEARNT] = "SELECT count(*) FROM link WHERE lockt_id = 0",
        [NEXT_DISABLED] = ("SELECT " COLUMNS " FROM link WHERE lockt_id = "
                           "(SELECT id FROM user INDEXED BY user_disabled WHERE linked = 1 AND enabled = 0 AND "
                           "missing = 0 AND id > ? ORDER BY id LIMIT 1) AND lockt_id <> 0"),
};

static int use(State *state, unsigned which, Statement *ret, Error *reterr) {
        return statement_use(state, SHELF_LINK, which, texts[which], ret, reterr);
}

void link_deinit(Link *link) {
        free(link->key);
        user_deinit(&link->granted);
        *link = LINK_INIT;
}

static int take_link(Statement *s, Link *ret, Error *reterr) {
        _cleanup_(link_deinit) Link link = LINK_INIT;
        int r;

        link.key = take_text(s);
        link.lockt_id = take_number(s);
        link.linked_usec = take_number(s);
        link.disabled_usec = take_number(s);
        take_levels(s, &link.granted);
        link.has_pin_digest = take_bytes(s, link.pin_digest, DIGEST_SIZE);
        link.unknown_give = take_flag(s);
        r = statement_taken(s, "read a link", reterr);
        if (r < 0)
                return r;
        *ret = link;
        link = LINK_INIT;
        return 0;
}

static int get_one(Statement *s, Link *ret, Error *reterr) {
        int r;

        r = statement_step(s, "read a link", reterr);
        if (r <= 0)
                return r < 0 ? r : STATE_NONE;
        return take_link(s, ret, reterr);
}

int link_get(State *state, const char *key, Link *ret, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, GET, &s, reterr);
        if (r < 0)
                return r;
        put_word(&s, key);
        return get_one(&s, ret, reterr);
}

int link_get_by_user(State *state, int64_t lockt_id, Link *ret, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, GET_BY_USER, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, lockt_id);
        return get_one(&s, ret, reterr);
}

int link_next_unlearnt(State *state, const char *after, Link *ret, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, NEXT_UNLEARNT, &s, reterr);
        if (r < 0)
                return r;
        put_word(&s, after ? after : "");
        return get_one(&s, ret, reterr);
}

int link_next_disabled(State *state, int64_t after, Link *ret, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, NEXT_DISABLED, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, after);
        return get_one(&s, ret, reterr);
}

int link_put(State *state, const Link *link, Error *reterr) {
        _cleanup_(freep) char *granted = NULL;
        _cleanup_(statement_done) Statement s = { 0 };     /* after what it borrows */
        int r;

        granted = user_levels_format(&link->granted);
        if (!granted)
                return error_set(reterr, -ENOMEM, "cannot keep a link in the state '%s': out of memory", state->path);

        r = use(state, PUT, &s, reterr);
        if (r < 0)
                return r;
        put_word(&s, link->key);
        put_number(&s, link->lockt_id);
        put_number(&s, link->linked_usec);
        put_number(&s, link->disabled_usec);
        put_word(&s, granted);
        if (link->has_pin_digest)
                put_bytes(&s, link->pin_digest, DIGEST_SIZE);
        else
                put_null(&s);
        put_number(&s, link->unknown_give);
        return statement_run(&s, "link a person", reterr);
}

int link_delete(State *state, const char *key, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, DELETE, &s, reterr);
        if (r < 0)
                return r;
        put_word(&s, key);
        return statement_run(&s, "forget a link", reterr);
}

int link_count(State *state, int64_t *ret, Error *reterr) {
        return tally_get(state, "link", ret, reterr);
}

int link_count_with_access(State *state, int64_t now, int64_t *ret, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, WITH_ACCESS, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, now);
        r = statement_step(&s, "count who has access", reterr);
        if (r < 0)
                return r;
        *ret = take_number(&s);
        return 0;
}

int link_count_unlearnt(State *state, int64_t *ret, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, COUNT_UNLEARNT, &s, reterr);
        if (r < 0)
                return r;
        r = statement_step(&s, "count links", reterr);
        if (r < 0)
                return r;
        *ret = take_number(&s);
        return 0;
}
