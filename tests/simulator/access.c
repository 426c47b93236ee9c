/* Whether a door opens: its own state, the card, whose it is, until when, which levels, and at which hours. */

#include "tests/simulator/access.h"

#include "tests/simulator/store-credential.h"

void access_deinit(Access *access) {
        user_deinit(&access->record);
        user_deinit(&access->holder);
        schedule_deinit(&access->schedule);
}

/* At the instant at which access expires there is none any more. */
static Verdict check_state(const User *user, int64_t now) {
        if (!user->enabled)
                return VERDICT_DISABLED;
        if (user->effective != INSTANT_NONE && now < user->effective)
                return VERDICT_NOT_YET;
        if (user->expires != INSTANT_NONE && now >= user->expires)
                return VERDICT_EXPIRED;
        return VERDICT_GRANTED;
}

/* One level at one time. */
static int check_level(Store *store, const Settings *settings, int64_t level, const Door *door, int64_t now,
                       Access *access) {
        int64_t schedule = levels_schedule(store_levels(store), level);
        int r;

        r = store_level_has_door(store, level, door->id);
        if (r != 0)
                return r < 0 ? r : 0;
        if (schedule > 0) {
                r = store_schedule_get(store, schedule, &access->schedule);
                if (r < 0)
                        return r;
                if (r == 0 && !schedule_includes(&access->schedule, now + settings->door_offset * 60)) {
                        schedule_deinit(&access->schedule);
                        access->verdict = VERDICT_SCHEDULE;
                        return 0;
                }
        }
        access->verdict = VERDICT_GRANTED;
        return 0;
}

static int check_levels(Store *store, const Settings *settings, const User *user, const Door *door, int64_t now,
                        Access *access) {
        for (size_t i = 0; access->verdict != VERDICT_GRANTED && i < user->n_levels; i++) {
                int r = check_level(store, settings, user->levels[i], door, now, access);

                if (r < 0)
                        return r;
        }
        return 0;
}

static int load(Store *store, const char *card_num, Access *access) {
        CredentialId credential;
        int r;

        r = store_credential_find(store, card_num, &credential);
        if (r == 0)
                r = store_user_get(store, credential.record, &access->record);
        if (r != 0 || access->record.holder == 0)
                return r;
        r = store_user_get(store, access->record.holder, &access->holder);
        return r < 0 ? r : 0;
}

/* Of a fob, what counts of its holder beside his levels is not documented. */
static Verdict check_states(const Settings *settings, const Access *access, int64_t now) {
        Verdict verdict = check_state(&access->record, now);

        if (verdict == VERDICT_GRANTED && access->holder.id > 0 && settings->fob_state == FOB_STATE_BOTH)
                verdict = check_state(&access->holder, now);
        return verdict;
}

int access_decide(Store *store, const Settings *settings, const char *card_num, const Door *door, int64_t now,
                  Access *ret) {
        int r;

        r = load(store, card_num, ret);
        if (r < 0)
                return r;
        if (door->battery == 0)
                ret->verdict = VERDICT_BATTERY;
        else if (!door->enabled)
                ret->verdict = VERDICT_DOOR_DISABLED;
        else if (r == STORE_NOBODY)
                ret->verdict = VERDICT_UNKNOWN;
        else
                ret->verdict = check_states(settings, ret, now);
        if (ret->verdict != VERDICT_GRANTED)
                return 0;

        ret->verdict = VERDICT_NO_LEVEL;
        r = check_levels(store, settings, &ret->record, door, now, ret);
        return r < 0 ? r : check_levels(store, settings, &ret->holder, door, now, ret);
}
