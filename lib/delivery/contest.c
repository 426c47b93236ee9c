/*
 * One card or e-mail, and several of ours
 *
 * Findings come in the order of their keys: of two people who swap their e-mails, the first would be parked because the
 * second is not known to give his up. So nobody is parked for a contest while findings are still being applied.
 */

#include <errno.h>
#include <string.h>

#include "lib/delivery/internal.h"

#define PIECE 256u

int delivery_contest(Delivery *delivery, const char *key, Error *reterr) {
        char *copy;

        if (delivery->n_contested == CONTESTED_MAX)
                return STATE_NONE;
        copy = strdup(key);
        if (!copy)
                return error_set(reterr, -ENOMEM, "cannot keep a key: out of memory");
        delivery->contested[delivery->n_contested++] = copy;
        return 0;
}

static int settle_one(Delivery *delivery, const char *key, int64_t now_usec, Error *reterr) {
        _cleanup_(queue_row_deinit) QueueRow row = QUEUE_ROW_INIT;
        int r;

        r = queue_get(delivery->state, key, &row, reterr);
        if (r != 0 || delivery_in_flight(delivery, key))
                return r < 0 ? r : 0;
        return delivery_requeue(delivery, &row, now_usec, reterr);
}

static int settle_piece(Delivery *delivery, size_t n, int64_t now_usec, Error *reterr) {
        int r;

        r = state_begin(delivery->state, reterr);
        for (size_t i = 0; r >= 0 && i < n; i++) {
                r = settle_one(delivery, delivery->contested[i], now_usec, reterr);
                if (r < 0)
                        state_rollback(delivery->state);
        }
        return r < 0 ? r : state_commit(delivery->state, reterr);
}

/* In the order in which they came; so that who came first carries on. */
int delivery_settle_contests(Delivery *delivery, int64_t now_usec, Error *reterr) {
        size_t n = delivery->n_contested < PIECE ? delivery->n_contested : PIECE;
        int r;

        if (n == 0)
                return 0;
        r = settle_piece(delivery, n, now_usec, reterr);
        if (r < 0)
                return r;
        for (size_t i = 0; i < n; i++)
                free(delivery->contested[i]);
        delivery->n_contested -= n;
        memmove(delivery->contested, delivery->contested + n, delivery->n_contested * sizeof(*delivery->contested));
        return delivery->n_contested > 0 ? DELIVERY_AGAIN : 0;
}

void delivery_forget_contests(Delivery *delivery) {
        for (size_t i = 0; i < delivery->n_contested; i++)
                free(delivery->contested[i]);
        delivery->n_contested = 0;
}
