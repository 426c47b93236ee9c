/* The line of times of an explanation (invariant 15), from what the history keeps of each acknowledged write. */

#include <string.h>

#include "lib/sync/explain.h"

#define ENTRIES_MAX 500u        /* newer than the change that is looked for */

typedef struct Times {
        HistoryEntry entry;             /* of the acknowledgement */
        json_object *detail;
        int64_t confirmed_usec;
} Times;

static void times_deinit(Times *times) {
        history_entry_deinit(&times->entry);
        json_object_put(times->detail);
}

static int64_t number(json_object *object, const char *name) {
        json_object *value;

        return json_object_object_get_ex(object, name, &value) ? json_object_get_int64(value) : 0;
}

/* The newest entry of an acknowledged write, and the first confirmation after it. STATE_NONE: there is none. */
static int find_change(Sync *sync, const char *key, Times *times, Error *reterr) {
        int64_t before = 0;

        for (unsigned i = 0; i < ENTRIES_MAX; i++) {
                _cleanup_(history_entry_deinit) HistoryEntry entry = { 0 };
                int r;

                r = history_previous(sync->state, key, before, &entry, reterr);
                if (r != 0)
                        return r;
                before = entry.id;
                if (strcmp(entry.action, "confirmed") == 0)
                        times->confirmed_usec = entry.at_usec;
                times->detail = entry.detail ? json_tokener_parse(entry.detail) : NULL;
                if (number(times->detail, "sent_usec") > 0) {
                        times->entry = entry;
                        entry = (HistoryEntry) { 0 };
                        return 0;
                }
                json_object_put(times->detail);
                times->detail = NULL;
        }
        return STATE_NONE;
}

/* Somebody approved something between the two reads: then HR may have changed long before them. */
static int approved_between(Sync *sync, int64_t since, int64_t until, bool *ret, Error *reterr) {
        HistoryFilter filter = HISTORY_ALL;
        int64_t before = 0;

        filter.since_usec = since;
        filter.until_usec = until;
        for (unsigned i = 0; i < ENTRIES_MAX && !*ret; i++) {
                _cleanup_(history_entry_deinit) HistoryEntry entry = { 0 };
                int r;

                r = history_find(sync->state, &filter, &before, &entry, reterr);
                if (r < 0 || r == STATE_NONE)
                        return r < 0 ? r : 0;
                *ret = r == 0 && strcmp(entry.action, "approved") == 0;
        }
        return 0;
}

/* Seen by a read that began after the acknowledgement; 0: not yet. */
static int read_back(Sync *sync, const char *key, const Times *times, int64_t *ret, Error *reterr) {
        _cleanup_(held_user_deinit) HeldUser held = HELD_USER_INIT;
        _cleanup_(link_deinit) Link link = LINK_INIT;
        int r;

        *ret = times->confirmed_usec;
        if (*ret > 0)
                return 0;
        r = link_get(sync->state, key, &link, reterr);
        if (r == 0)
                r = snapshot_get(sync->state, link.lockt_id, &held, reterr);
        if (r != 0)
                return r < 0 ? r : 0;
        if (!held.missing && held.seen_usec > times->entry.at_usec)
                *ret = held.seen_usec;
        return 0;
}

static void add_usec(json_object *object, const char *name, int64_t usec) {
        explain_add(object, name, usec > 0 ? json_object_new_int64(usec) : NULL);
}

int explain_times(Sync *sync, const char *key, json_object *object, Error *reterr) {
        static const char *const kept[] = {"hr_after_usec", "hr_before_usec", "notified_usec", "seen_usec",
                                           "sent_usec"};
        _cleanup_(times_deinit) Times times = { 0 };
        int64_t back = 0;
        bool approved = false;
        json_object *part;
        int r;

        r = find_change(sync, key, &times, reterr);
        if (r != 0)
                return r < 0 ? r : 0;
        r = read_back(sync, key, &times, &back, reterr);
        if (r >= 0)
                r = approved_between(sync, number(times.detail, "hr_after_usec"), times.entry.at_usec, &approved,
                                     reterr);
        if (r < 0)
                return r;

        part = json_object_new_object();
        explain_add_text(part, "action", times.entry.action);
        for (size_t i = 0; i < ELEMENTS(kept); i++)
                add_usec(part, kept[i], number(times.detail, kept[i]));
        explain_add(part, "approved_between", json_object_new_boolean(approved));
        add_usec(part, "acknowledged_usec", times.entry.at_usec);
        add_usec(part, "read_back_usec", back);
        explain_add(part, "cycle", json_object_new_int64(times.entry.cycle));
        explain_add(object, "times", part);
        return 0;
}
