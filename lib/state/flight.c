/* Writes that left and whose outcome is not recorded, and texts that came back in another form. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/state/ledger.h"
#include "lib/state/record.h"

enum { FLIGHT_PUT, FLIGHT_NEXT, FLIGHT_DELETE, FLIGHT_DELETE_WRITE };
enum { ECHO_PUT, ECHO_MATCHES, ECHO_DELETE };

#define OWN_COLUMNS "key, write, lane, gives, marked_usec, read, pin_sent, pin_digest, lockt_id, "

static const char *const flight_texts[] = {
        [FLIGHT_PUT] = ("INSERT INTO flight (" OWN_COLUMNS RECORD_COLUMNS ") VALUES "
                        "(?, ?, ?, ?, ?, ?, ?, ?, ?, " RECORD_PARAMETERS ") ON CONFLICT (key) DO UPDATE SET "
                        "write = excluded.write, lane = excluded.lane, gives = excluded.gives, "
                        "marked_usec = excluded.marked_usec, read = excluded.read, pin_sent = excluded.pin_sent, "
                        "pin_digest = excluded.pin_digest, lockt_id = excluded.lockt_id, " RECORD_REPLACE),
        [FLIGHT_NEXT] = ("SELECT " OWN_COLUMNS RECORD_COLUMNS " FROM flight WHERE key > ? ORDER BY key LIMIT 1"),
        [FLIGHT_DELETE] = "DELETE FROM flight WHERE key = ?",
        [FLIGHT_DELETE_WRITE] = "DELETE FROM flight WHERE write = ?",
};

static const char *const echo_texts[] = {
        [ECHO_PUT] = ("INSERT INTO echo (key, property, sent, seen) VALUES (?, ?, ?, ?) ON CONFLICT (key, property) "
                      "DO UPDATE SET sent = excluded.sent, seen = excluded.seen"),
        [ECHO_MATCHES] = "SELECT 1 FROM echo WHERE key = ? AND property = ? AND sent = ? AND seen = ?",
        [ECHO_DELETE] = "DELETE FROM echo WHERE key = ?",
};

static int use_flight(State *state, unsigned which, Statement *ret, Error *reterr) {
        return statement_use(state, SHELF_FLIGHT, which, flight_texts[which], ret, reterr);
}

static int use_echo(State *state, unsigned which, Statement *ret, Error *reterr) {
        return statement_use(state, SHELF_ECHO, which, echo_texts[which], ret, reterr);
}

void flight_deinit(Flight *flight) {
        free(flight->key);
        user_deinit(&flight->sent);
        *flight = FLIGHT_INIT;
}

int flight_put(State *state, const Flight *flight, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use_flight(state, FLIGHT_PUT, &s, reterr);
        if (r < 0)
                return r;
        put_word(&s, flight->key);
        put_number(&s, flight->write);
        put_number(&s, flight->lane);
        put_number(&s, flight->gives);
        put_number(&s, flight->marked_usec);
        put_number(&s, flight->read);
        put_number(&s, flight->pin_sent);
        put_bytes(&s, flight->pin_digest, DIGEST_SIZE);
        put_number(&s, flight->sent.id);
        put_record(&s, &flight->sent);
        return statement_run(&s, "mark a write", reterr);
}

int flight_next(State *state, const char *after, Flight *ret, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        _cleanup_(flight_deinit) Flight flight = FLIGHT_INIT;
        int r;

        r = use_flight(state, FLIGHT_NEXT, &s, reterr);
        if (r < 0)
                return r;
        put_word(&s, after ? after : "");
        r = statement_step(&s, "read a write", reterr);
        if (r <= 0)
                return r < 0 ? r : STATE_NONE;
        flight.key = take_text(&s);
        flight.write = take_number(&s);
        flight.lane = (Lane) take_number(&s);
        flight.gives = take_flag(&s);
        flight.marked_usec = take_number(&s);
        flight.read = take_number(&s);
        flight.pin_sent = take_flag(&s);
        (void) take_bytes(&s, flight.pin_digest, DIGEST_SIZE);
        flight.sent.id = take_number(&s);
        take_record(&s, &flight.sent);
        r = statement_taken(&s, "read a write", reterr);
        if (r < 0)
                return r;
        *ret = flight;
        flight = FLIGHT_INIT;
        return 0;
}

int flight_delete(State *state, const char *key, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use_flight(state, FLIGHT_DELETE, &s, reterr);
        if (r < 0)
                return r;
        put_word(&s, key);
        return statement_run(&s, "record a write's outcome", reterr);
}

int flight_delete_write(State *state, int64_t write, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use_flight(state, FLIGHT_DELETE_WRITE, &s, reterr);
        if (r < 0)
                return r;
        put_number(&s, write);
        return statement_run(&s, "record a write's outcome", reterr);
}

static int put_echo(State *state, const char *key, const char *property, const char *sent, const char *seen,
                    Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use_echo(state, ECHO_PUT, &s, reterr);
        if (r < 0)
                return r;
        put_word(&s, key);
        put_word(&s, property);
        put_word(&s, sent ? sent : "");
        put_word(&s, seen ? seen : "");
        return statement_run(&s, "keep an echo", reterr);
}

static int find_echo(State *state, const char *key, const char *property, const char *sent, const char *seen,
                     Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use_echo(state, ECHO_MATCHES, &s, reterr);
        if (r < 0)
                return r;
        put_word(&s, key);
        put_word(&s, property);
        put_word(&s, sent ? sent : "");
        put_word(&s, seen ? seen : "");
        r = statement_step(&s, "read an echo", reterr);
        if (r < 0)
                return r;
        return r > 0 ? 0 : STATE_NONE;
}

int echo_put(State *state, const char *key, Property property, const char *sent, const char *seen, Error *reterr) {
        /* A PIN never comes back, and must not be here in any form. */
        if (property == PROPERTY_PIN)
                return error_set(reterr, -EINVAL, "a PIN has no echo");
        return put_echo(state, key, property_name(property), sent, seen, reterr);
}

int echo_suspect(State *state, const char *key, Property property, const char *sent, const char *seen, Error *reterr) {
        char name[48];
        int r;

        if (property == PROPERTY_PIN)
                return error_set(reterr, -EINVAL, "a PIN has no echo");
        /* Beside the echo itself, under a name that no property has. */
        (void) snprintf(name, sizeof(name), "%s?", property_name(property));
        r = find_echo(state, key, name, sent, seen, reterr);
        if (r < 0)
                return r;
        if (r == 0)
                return echo_put(state, key, property, sent, seen, reterr);
        r = put_echo(state, key, name, sent, seen, reterr);
        return r < 0 ? r : STATE_NONE;
}

int echo_matches(State *state, const char *key, Property property, const char *wanted, const char *held,
                 Error *reterr) {
        if (property == PROPERTY_PIN)
                return STATE_NONE;
        return find_echo(state, key, property_name(property), wanted, held, reterr);
}

int echo_delete(State *state, const char *key, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use_echo(state, ECHO_DELETE, &s, reterr);
        if (r < 0)
                return r;
        put_word(&s, key);
        return statement_run(&s, "forget an echo", reterr);
}
