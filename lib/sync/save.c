/*
 * What Lockt holds, saved before the first write of all (invariant 5)
 *
 * One user a line, as JSON objects with the API's names, in a file of the state directory: what somebody needs who has to
 * see, or to bring back, how it was.
 */

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/base/time.h"
#include "lib/sync/internal.h"

typedef struct Save {
        FILE *stream;
        char name[64];
        int64_t after;
} Save;

static Save *save_of(Sync *sync) {
        return (Save *) sync->save;
}

void save_free(Sync *sync) {
        Save *save = save_of(sync);

        if (!save)
                return;
        if (save->stream)
                (void) state_file_end(sync->state, save->name, save->stream, false, NULL);
        free(save);
        sync->save = NULL;
}

static int begin(Sync *sync, Now now, Error *reterr) {
        time_t seconds = (time_t) (now.real_usec / USEC_PER_SEC);
        struct tm when;
        Save *save;
        int r;

        save = calloc(1, sizeof(*save));
        if (!save || !gmtime_r(&seconds, &when)) {
                free(save);
                return error_set(reterr, -ENOMEM, "cannot save what Lockt holds: out of memory");
        }
        if (strftime(save->name, sizeof(save->name), "lockt-users-before-%Y%m%dT%H%M%SZ.jsonl", &when) == 0)
                save->name[0] = '\0';
        r = state_file_begin(sync->state, save->name, &save->stream, reterr);
        if (r < 0) {
                free(save);
                return r;
        }
        sync->save = (struct Save *) save;
        return 0;
}

static json_object *text_or_null(const char *text) {
        return text && text[0] ? json_object_new_string(text) : NULL;
}

static json_object *instant(int64_t value) {
        char buffer[INSTANT_TEXT_SIZE];

        return value == INSTANT_NONE || instant_format_iso(value, buffer) < 0 ? NULL : json_object_new_string(buffer);
}

static json_object *describe(const User *user) {
        json_object *object = json_object_new_object(), *levels;

        if (!object)
                return NULL;
        json_object_object_add(object, "id", json_object_new_int64(user->id));
        for (Property p = 0; p < TEXT_PROPERTIES; p++)
                json_object_object_add(object, property_name(p), text_or_null(user->text[p]));
        json_object_object_add(object, "access_effective", instant(user->access_effective));
        json_object_object_add(object, "access_expires", instant(user->access_expires));
        json_object_object_add(object, "enabled", json_object_new_boolean(user->enabled));
        levels = user->levels_known ? json_object_new_array() : NULL;
        for (size_t i = 0; levels && i < user->n_levels; i++)
                json_object_array_add(levels, json_object_new_int64(user->levels[i]));
        json_object_object_add(object, "accesslevels", levels);
        return object;
}

static int write_user(Save *save, const User *user, Error *reterr) {
        json_object *object = describe(user);
        const char *text = object ? json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN) : NULL;
        int r = 0;

        if (!text)
                r = error_set(reterr, -ENOMEM, "cannot save what Lockt holds: out of memory");
        else if (fputs(text, save->stream) == EOF || fputc('\n', save->stream) == EOF)
                r = error_set(reterr, errno > 0 ? -errno : -EIO, "cannot save what Lockt holds before the first write: %s",
                              strerror(errno > 0 ? errno : EIO));
        json_object_put(object);
        return r;
}

static int end(Sync *sync, Error *reterr) {
        Save *save = save_of(sync);
        FILE *stream = save->stream;
        int r;

        save->stream = NULL;
        r = state_file_end(sync->state, save->name, stream, true, reterr);
        if (r >= 0)
                r = state_set_text(sync->state, "saved", save->name, reterr);
        if (r >= 0) {
                sync->saved = true;
                sync_tell(sync, NEWS_SAVED, NULL, save->name, -1);
        }
        save_free(sync);
        return r;
}

int save_step(Sync *sync, Now now, Error *reterr) {
        int r = 0;

        if (sync->saved)
                return 1;
        if (!sync->save) {
                r = begin(sync, now, reterr);
                if (r < 0)
                        return r;
        }
        for (unsigned i = 0; i < PIECE && r == 0; i++) {
                _cleanup_(held_user_deinit) HeldUser held = HELD_USER_INIT;

                r = snapshot_next(sync->state, save_of(sync)->after, &held, reterr);
                if (r == 0) {
                        save_of(sync)->after = held.user.id;
                        r = write_user(save_of(sync), &held.user, reterr);
                } else if (r == STATE_NONE)
                        return end(sync, reterr);
        }
        if (r < 0)
                save_free(sync);
        return r;
}
