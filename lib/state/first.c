/* The first update that an instance ever got, kept as facts until it is known what came of it. */

#include <errno.h>

#include "lib/state/ledger.h"
#include "lib/state/record.h"

#define KEY "first_update.key"
#define ID "first_update.id"
#define CERTAIN "first_update.certain"
#define BEFORE "first_update.before"
#define SENT "first_update.sent"

void first_update_deinit(FirstUpdate *first) {
        free(first->key);
        user_deinit(&first->before);
        user_deinit(&first->sent);
        *first = FIRST_UPDATE_INIT;
}

static int put_user(State *state, const char *name, const User *user, Error *reterr) {
        _cleanup_(packet_deinit) Packet packet = { 0 };
        int r;

        r = packet_add_user(&packet, user);
        if (r < 0)
                return error_set(reterr, r, "cannot keep the first update in the state: %s",
                                 r == -E2BIG ? "its texts are longer than 1 MiB" : "out of memory");
        return fact_put_bytes(state, name, packet.data, packet.n, reterr);
}

static int parse_user(const uint8_t *bytes, size_t n, void *userdata) {
        return packet_parse_user(bytes, n, userdata);
}

int first_update_put(State *state, const FirstUpdate *first, Error *reterr) {
        int r;

        r = state_set_text(state, KEY, first->key, reterr);
        if (r >= 0)
                r = state_set_number(state, ID, first->sent.id, reterr);
        if (r >= 0)
                r = state_set_number(state, CERTAIN, first->certain, reterr);
        if (r >= 0)
                r = put_user(state, BEFORE, &first->before, reterr);
        if (r >= 0)
                r = put_user(state, SENT, &first->sent, reterr);
        return r;
}

int first_update_get(State *state, FirstUpdate *ret, Error *reterr) {
        _cleanup_(first_update_deinit) FirstUpdate first = FIRST_UPDATE_INIT;
        int64_t id = 0, certain = 0;
        int r;

        r = state_get_text(state, KEY, &first.key, reterr);
        if (r == 0)
                r = state_get_number(state, ID, &id, reterr);
        if (r == 0)
                r = state_get_number(state, CERTAIN, &certain, reterr);
        if (r == 0)
                r = fact_use_bytes(state, BEFORE, parse_user, &first.before, reterr);
        if (r == 0)
                r = fact_use_bytes(state, SENT, parse_user, &first.sent, reterr);
        if (r != 0)
                return r;
        first.before.id = first.sent.id = id;
        first.certain = certain != 0;
        *ret = first;
        first = FIRST_UPDATE_INIT;
        return 0;
}

int first_update_delete(State *state, Error *reterr) {
        static const char *const names[] = { KEY, ID, CERTAIN, BEFORE, SENT };

        for (size_t i = 0; i < ELEMENTS(names); i++) {
                int r = fact_drop(state, names[i], reterr);
                if (r < 0)
                        return r;
        }
        return 0;
}
