/* The times of reads. See read.h. */

#include "lib/state/read.h"

#include "lib/state/database.h"

/* Who waits in the queue for longer than so many reads is explained without HR's times. */
#define KEPT 10000

enum { PUT, FORGET, GET };

static const char *const texts[] = {
        [PUT] = ("INSERT OR REPLACE INTO hr_read (number, previous_usec, notified_usec, begun_usec, ended_usec) "
                 "VALUES (?, ?, ?, ?, ?)"),
        [FORGET] = "DELETE FROM hr_read WHERE number <= ?",
        [GET] = "SELECT number, previous_usec, notified_usec, begun_usec, ended_usec FROM hr_read WHERE number = ?",
};

static int use(State *state, unsigned which, Statement *ret, Error *reterr) {
        return statement_use(state, SHELF_READ, which, texts[which], ret, reterr);
}

static int put(State *state, const ReadTimes *times, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, PUT, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, times->number);
        put_number(&s, times->previous_usec);
        put_number(&s, times->notified_usec);
        put_number(&s, times->begun_usec);
        put_number(&s, times->ended_usec);
        return statement_run(&s, "keep the times of a read", reterr);
}

static int forget(State *state, int64_t number, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, FORGET, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, number);
        return statement_run(&s, "forget the times of old reads", reterr);
}

int read_times_put(State *state, const ReadTimes *times, Error *reterr) {
        int r;

        r = state_begin(state, reterr);
        if (r < 0)
                return r;
        r = put(state, times, reterr);
        if (r >= 0)
                r = forget(state, times->number - KEPT, reterr);
        if (r < 0) {
                state_rollback(state);
                return r;
        }
        return state_commit(state, reterr);
}

int read_times_get(State *state, int64_t number, ReadTimes *ret, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        ReadTimes times = { 0 };
        int r;

        r = use(state, GET, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, number);
        r = statement_step(&s, "read the times of a read", reterr);
        if (r <= 0)
                return r < 0 ? r : STATE_NONE;
        times.number = take_number(&s);
        times.previous_usec = take_number(&s);
        times.notified_usec = take_number(&s);
        times.begun_usec = take_number(&s);
        times.ended_usec = take_number(&s);
        r = statement_taken(&s, "read the times of a read", reterr);
        if (r < 0)
                return r;
        *ret = times;
        return 0;
}
