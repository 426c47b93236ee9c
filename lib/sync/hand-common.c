/* What decisions by hand have in common: what they are given, how they end, and what the history keeps. */

#include <errno.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/time.h"
#include "lib/base/utf8.h"
#include "lib/sync/hand-private.h"

int hand_oom(Error *reterr) {
        return error_set(reterr, -ENOMEM, "cannot carry this out: out of memory");
}

int hand_refuse(Error *reterr, const char *format, ...) {
        _cleanup_(freep) char *sentence = NULL;
        va_list ap;
        int r;

        va_start(ap, format);
        r = vasprintf(&sentence, format, ap);
        va_end(ap);
        if (r < 0) {
                sentence = NULL;
                return hand_oom(reterr);
        }
        (void) error_set(reterr, -EPERM, "%s", sentence);
        return SYNC_REFUSED;
}

int hand_check_text(const char *what, const char *text, size_t max, Error *reterr) {
        size_t n = strlen(text);

        if (n > 0 && n <= max && utf8_is_clean(text, n))
                return 0;
        return hand_refuse(reterr, "%s is to have 1 to %zu bytes of UTF-8 without control characters", what, max);
}

int hand_check_key(const Sync *sync, const char *key, Error *reterr) {
        int r;

        r = hand_check_text("an id_num", key, KEY_MAX_BYTES, reterr);
        if (r != 0)
                return r;
        if (!mapping_excludes(sync->mapping, key))
                return 0;
        return hand_refuse(reterr, "%s is excluded by 'exclude' in the configuration: locktsync never writes to it; "
                                   "do it in Lockt by hand", key);
}

int hand_end(Sync *sync, int r, Error *reterr) {
        if (r == 0)
                return state_commit(sync->state, reterr);
        state_rollback(sync->state);
        return r;
}

int hand_answer(FILE *text, int r, HandAnswer *answer, HandAnswer *ret, Error *reterr) {
        bool complete = !ferror(text);

        if (fclose(text) != 0 || !complete)
                r = r == 0 ? hand_oom(reterr) : r;
        if (r != 0)
                return r;
        *ret = *answer;
        *answer = (HandAnswer) { 0 };
        return 0;
}

static int add(json_object *object, const char *name, json_object *value) {
        if (value && json_object_object_add(object, name, value) == 0)
                return 0;
        json_object_put(value);
        return -ENOMEM;
}

int hand_history(Sync *sync, Now now, const char *key, const char *action, const char *by, int64_t lockt_id,
                 const char *text, Error *reterr) {
        HistoryEntry entry = {
                .at_usec = now.real_usec,
                .cycle = sync->cycle,
                .key = (char *) key,
                .action = (char *) action,
        };
        json_object *detail;
        int r;

        detail = json_object_new_object();
        if (!detail)
                return hand_oom(reterr);
        r = text ? add(detail, "text", json_object_new_string(text)) : 0;
        if (r == 0 && lockt_id > 0)
                r = add(detail, "lockt_id", json_object_new_int64(lockt_id));
        if (r == 0)
                r = add(detail, "by", json_object_new_string(by));
        if (r == 0)
                entry.detail = (char *) json_object_to_json_string_ext(detail, JSON_C_TO_STRING_PLAIN);
        r = entry.detail ? history_append(sync->state, &entry, reterr) : hand_oom(reterr);
        json_object_put(detail);
        return r;
}

int hand_decide_anew(Sync *sync, const char *key, Error *reterr) {
        int r;

        r = person_forget_digest(sync->state, key, reterr);
        return r < 0 ? r : sync_want_key(sync, key, reterr);
}

int explain_lock(Sync *sync, const char *key, json_object *object, bool *ret_known, Error *reterr) {
        _cleanup_(lock_deinit) Lock lock = { 0 };
        char since[INSTANT_TEXT_SIZE];
        json_object *part;
        int r;

        r = lock_get(sync->state, key, &lock, reterr);
        if (r != 0)
                return r < 0 ? r : 0;
        *ret_known = true;
        part = json_object_new_object();
        if (!part || instant_format_iso(lock.since_usec / USEC_PER_SEC, since) < 0 ||
            add(part, "reason", json_object_new_string(lock.reason)) < 0 ||
            add(part, "by", json_object_new_string(lock.by)) < 0 ||
            add(part, "since", json_object_new_string(since)) < 0) {
                json_object_put(part);
                return hand_oom(reterr);
        }
        return add(object, "lock", part) < 0 ? hand_oom(reterr) : 0;
}
