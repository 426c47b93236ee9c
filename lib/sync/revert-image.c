/* What one cycle did to one person. See revert-image.h. */

#include "lib/sync/revert-image.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/guard/guard.h"
#include "lib/state/hand.h"

/* Whose record it is does not change by going back; keys are in no history. */
#define NEVER (PROPERTY_BIT(PROPERTY_ID_NUM) | PROPERTY_BIT(PROPERTY_CREDENTIAL_KEY))

void revert_image_deinit(RevertImage *image) {
        user_deinit(&image->before);
        user_deinit(&image->after);
        *image = REVERT_IMAGE_INIT;
}

bool revert_is_change(const HistoryEntry *entry) {
        return strcmp(entry->action, "created") == 0 || strcmp(entry->action, "changed") == 0 ||
               strcmp(entry->action, "revoked") == 0;
}

static const char *text_of(json_object *object, const char *name) {
        json_object *value;

        return json_object_object_get_ex(object, name, &value) ? json_object_get_string(value) : NULL;
}

/* A record as lib/delivery/record.c describes it. 0, -EBADMSG, -ENOMEM. */
static int parse_record(json_object *object, User *ret) {
        json_object *enabled, *levels;

        if (!json_object_object_get_ex(object, "enabled", &enabled) ||
            !json_object_object_get_ex(object, "accesslevels", &levels) ||
            !json_object_is_type(levels, json_type_array))
                return -EBADMSG;
        for (Property p = 0; p < TEXT_PROPERTIES; p++)
                if (!(PROPERTY_BIT(p) & NEVER) && user_set_text(ret, p, text_of(object, property_name(p))) < 0)
                        return -ENOMEM;
        if (instant_parse_api(text_of(object, "access_effective"), "UTC", &ret->access_effective) < 0 ||
            instant_parse_api(text_of(object, "access_expires"), "UTC", &ret->access_expires) < 0)
                return -EBADMSG;
        ret->enabled = json_object_get_boolean(enabled);
        ret->levels_known = true;
        for (size_t i = 0; i < json_object_array_length(levels); i++)
                if (user_add_level(ret, json_object_get_int64(json_object_array_get_idx(levels, i))) < 0)
                        return -ENOMEM;
        return 0;
}

/* Entries come newest first: the first one has the record after, the last one the record before. */
static int take_entry(RevertImage *image, const HistoryEntry *entry) {
        json_object *detail = entry->detail ? json_tokener_parse(entry->detail) : NULL, *part;
        bool newest = image->last_id == 0;
        int r = 0;

        image->created = strcmp(entry->action, "created") == 0;
        image->first_id = entry->id;
        if (newest) {
                image->last_id = entry->id;
                image->readable = true;
                r = json_object_object_get_ex(detail, "after", &part) ? parse_record(part, &image->after) : -EBADMSG;
        }
        image->pin = image->pin || json_object_object_get_ex(detail, "pin", NULL);
        user_deinit(&image->before);
        image->before = USER_INIT;
        if (r == 0 && !image->created)
                r = json_object_object_get_ex(detail, "before", &part) ? parse_record(part, &image->before) : -EBADMSG;
        json_object_put(detail);
        if (r == -EBADMSG) {
                image->readable = false;
                r = 0;
        }
        return r;
}

int revert_image(Sync *sync, const char *key, int64_t cycle, RevertImage *ret, Error *reterr) {
        HistoryFilter filter = HISTORY_ALL;
        int64_t before = 0;
        int r;

        filter.key = key;
        filter.cycle = cycle;
        for (;;) {
                _cleanup_(history_entry_deinit) HistoryEntry entry = { 0 };

                r = history_find(sync->state, &filter, &before, &entry, reterr);
                if (r != 0)
                        return r < 0 ? r : 0;
                if (revert_is_change(&entry) && take_entry(ret, &entry) < 0)
                        return error_set(reterr, -ENOMEM, "cannot read the history: out of memory");
        }
}

typedef struct Wish {
        Sync *sync;
        const char *key;
        int64_t cycle;
        const RevertImage *image;
        Link link;
        HeldUser held;
        uint32_t mask;
        QueueRow *row;
} Wish;

static void wish_deinit(Wish *wish) {
        link_deinit(&wish->link);
        held_user_deinit(&wish->held);
}

/* What stands in the way before the records are looked at; NULL: nothing. */
static int find_obstacle(Wish *wish, const char **ret, Error *reterr) {
        _cleanup_(queue_row_deinit) QueueRow queued = QUEUE_ROW_INIT;
        _cleanup_(hold_deinit) Hold hold = { 0 };
        _cleanup_(lock_deinit) Lock lock = { 0 };
        State *state = wish->sync->state;
        int r;

        *ret = "is linked to no user of Lockt any more";
        r = link_get(state, wish->key, &wish->link, reterr);
        if (r != 0)
                return r < 0 ? r : 0;
        *ret = "the id of the new user is not known yet: try again in a minute";
        if (wish->link.lockt_id == 0)
                return 0;
        *ret = "is in Lockt no more";
        r = snapshot_get(state, wish->link.lockt_id, &wish->held, reterr);
        if (r != 0 || wish->held.missing)
                return r < 0 ? r : 0;
        *ret = "a newer change waits to be sent: see `locktsyncctl queue`";
        r = queue_get(state, wish->key, &queued, reterr);
        if (r <= 0)
                return r;
        *ret = "is locked by hand: `locktsyncctl unlock` first";
        r = lock_get(state, wish->key, &lock, reterr);
        if (r <= 0)
                return r;
        *ret = "is held for another reason: see `locktsyncctl held`";
        r = hold_get(state, wish->key, &hold, reterr);
        if (r < 0 || (r == 0 && (hold.kind != HOLD_REVERT || hold.level != wish->cycle)))
                return r < 0 ? r : 0;
        *ret = NULL;
        return 0;
}

/* The levels that were lost come back, those that were gained go; all others stay as they are. */
static int wish_levels(const Wish *wish, User *wanted) {
        const User *before = &wish->image->before, *after = &wish->image->after, *granted = &wish->link.granted;
        int r = 0;

        for (size_t i = 0; i < granted->n_levels && r >= 0; i++)
                if (user_has_level(before, granted->levels[i]) || !user_has_level(after, granted->levels[i]))
                        r = user_add_level(wanted, granted->levels[i]);
        for (size_t i = 0; i < before->n_levels && r >= 0; i++)
                if (!user_has_level(after, before->levels[i]))
                        r = user_add_level(wanted, before->levels[i]);
        wanted->levels_known = true;
        return r;
}

static int wish_properties(Wish *wish) {
        const User *before = &wish->image->before;
        User *wanted = &wish->row->wanted.wanted;

        for (Property p = 0; p < TEXT_PROPERTIES; p++)
                if ((wish->mask & PROPERTY_BIT(p)) && user_set_text(wanted, p, before->text[p]) < 0)
                        return -ENOMEM;
        wanted->access_effective = before->access_effective;
        wanted->access_expires = before->access_expires;
        wanted->enabled = true;
        return wish->mask & PROPERTY_BIT(PROPERTY_ACCESSLEVELS) ? wish_levels(wish, wanted) : 0;
}

/* Why this image can't be gone back to; NULL: it can. */
static const char *find_reason(const Wish *wish) {
        const RevertImage *image = wish->image;
        bool enables = (wish->mask & PROPERTY_BIT(PROPERTY_ENABLED)) && image->before.enabled;

        if (!image->readable)
                return "its entries in the history have no record of before";
        if (image->created)
                return NULL;
        if (wish->mask == 0)
                return image->pin ? "only its PIN was changed, and PINs are not kept: set it in HR or in Lockt"
                                  : "nothing was changed that could be set back";
        if (!wish->held.user.enabled && !enables)
                return "has no access now, by another change than this one: it stays out";
        if (!wish->held.user.enabled && wish->link.disabled_usec == 0)
                return "was disabled in Lockt by hand: that stays";
        return NULL;
}

static int fill_row(Wish *wish, Error *reterr) {
        Person *wanted = &wish->row->wanted;
        bool out = wish->image->created ||
                   ((wish->mask & PROPERTY_BIT(PROPERTY_ENABLED)) && !wish->image->before.enabled);

        wanted->key = strdup(wish->key);
        wanted->standing = out ? STANDING_OUT : STANDING_IN;
        wanted->mapped = out ? 0 : wish->mask;
        if (asprintf(&wish->row->why, "set back to before cycle %" PRId64, wish->cycle) < 0)
                wish->row->why = NULL;
        if (!wanted->key || !wish->row->why || (!out && wish_properties(wish) < 0))
                return error_set(reterr, -ENOMEM, "cannot plan a way back: out of memory");
        return 0;
}

/* What the wish would do now, by the code that decides every change. */
static int describe(const Wish *wish, Now now, char **ret_what, const char **ret_reason, Error *reterr) {
        _cleanup_(decision_deinit) Decision decision = DECISION_INIT;
        _cleanup_(freep) char *change = NULL;
        int r;

        r = decide(&wish->sync->context, wish->row, now.real_usec, &decision, reterr);
        if (r < 0)
                return r;
        if (!decision.plan.has_take && !decision.plan.has_give && decision.give_obstacle == OBSTACLE_NONE) {
                *ret_reason = "is as before already";
                return 0;
        }
        change = wish->image->created ? strdup("was created by that cycle: loses access")
                 : wish->row->wanted.standing == STANDING_OUT
                         ? strdup("loses access, as before")
                         : guard_what(wish->row, &decision, now.real_usec / USEC_PER_SEC);
        if (!change || asprintf(ret_what, "%s%s", change,
                                wish->image->pin ? "; its PIN is not set back: PINs are not kept" : "") < 0) {
                *ret_what = NULL;
                return error_set(reterr, -ENOMEM, "cannot plan a way back: out of memory");
        }
        return 0;
}

int revert_wish(Sync *sync, const char *key, int64_t cycle, const RevertImage *image, Now now, QueueRow *ret_row,
                char **ret_what, char **ret_refused, Error *reterr) {
        _cleanup_(wish_deinit) Wish wish = { sync, key, cycle, image, LINK_INIT, HELD_USER_INIT, 0, ret_row };
        const char *reason = NULL;
        int r;

        r = find_obstacle(&wish, &reason, reterr);
        if (r < 0)
                return r;
        wish.mask = plan_difference(&image->before, &image->after) & ~NEVER;
        if (!reason)
                reason = find_reason(&wish);
        if (!reason) {
                r = fill_row(&wish, reterr);
                if (r >= 0)
                        r = describe(&wish, now, ret_what, &reason, reterr);
                if (r < 0)
                        return r;
        }
        if (!reason)
                return 0;
        *ret_refused = strdup(reason);
        return *ret_refused ? 1 : error_set(reterr, -ENOMEM, "cannot plan a way back: out of memory");
}
