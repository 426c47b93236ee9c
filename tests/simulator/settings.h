#pragma once

/*
 * Settings
 *
 * The places where the API document leaves room, each a switch. They are one table: key, type, default, bounds; the
 * administration reads and changes them while the simulator runs.
 */

#include <stdint.h>

#include "lib/base/error.h"
#include "tests/simulator/json.h"
#include "tests/simulator/text.h"

#define SETTINGS_TEXT_MAX 128

enum {
        OVERLAP_400,
        OVERLAP_429,
        OVERLAP_ALLOW,
};

enum {
        MATCH_EITHER,
        MATCH_BOTH,
};

enum {
        VALUE_KEEP,
        VALUE_CLEAR,
};

enum {
        NOBODY_404,
        NOBODY_EMPTY,
};

enum {
        PARTIAL_200,
        PARTIAL_400,
};

enum {
        SHAPE_DETAILS,
        SHAPE_COUNTS,
        SHAPE_BOTH,
};

enum {
        ORDER_FORWARD,
        ORDER_REVERSE,
};

enum {
        FOB_PUT_INSERTED,
        FOB_PUT_UPDATED,
};

enum {
        CARDS_REPLACE,
        CARDS_ADD,
};

enum {
        CREDENTIAL_USER_ARRAY,
        CREDENTIAL_USER_OBJECT,
};

enum {
        FOB_STATE_BOTH,
        FOB_STATE_OWN,
};

enum {
        EVENT_TIME_HW,
        EVENT_TIME_EVENT,
};

enum {
        EVENTS_AFTER,
        EVENTS_INCLUDING,
};

enum {
        EVENTS_NEWEST,
        EVENTS_OLDEST,
        EVENTS_SHUFFLED,
};

typedef struct Settings {
        char apiuser[SETTINGS_TEXT_MAX];
        char apikey[SETTINGS_TEXT_MAX];
        int64_t batch_limit;
        int64_t overlap;
        int64_t retry_after;
        int64_t match;
        int64_t match_id;
        int64_t absent;
        int64_t empty;
        int64_t nobody;
        int64_t put_user;
        int64_t ping;
        int64_t strict;
        int64_t partial_status;
        int64_t partial_shape;
        int64_t batch_order;
        int64_t cards;
        int64_t credential_user;
        int64_t credential_fobs;
        int64_t pending_release;
        int64_t fob_fails_batch;
        int64_t fob_twins;
        int64_t fob_put_counts;
        int64_t fob_state;
        int64_t max_events;
        int64_t events_from;
        int64_t events_order;
        int64_t event_time;
        int64_t door_offset;
        int64_t utc_offset;
        int64_t log_bodies;
} Settings;

void settings_init(Settings *settings);

/* Changes what @changes names, all or nothing, or answers -EINVAL with the reason. */
int settings_change(Settings *settings, json_object *changes, Error *reterr);

void settings_write(const Settings *settings, Text *text);
