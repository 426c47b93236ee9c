/* Whom somebody means: by id_num, name, e-mail or card number. */

#include <string.h>

#include "lib/sync/internal.h"

/* Whether the ledger knows this key, in any way. */
static int knows(Sync *sync, const char *key, bool *ret, Error *reterr) {
        _cleanup_(person_row_deinit) PersonRow person = PERSON_ROW_INIT;
        _cleanup_(link_deinit) Link link = LINK_INIT;
        _cleanup_(park_deinit) Park park = { 0 };
        int r;

        r = person_get(sync->state, key, &person, reterr);
        if (r == STATE_NONE)
                r = link_get(sync->state, key, &link, reterr);
        if (r == STATE_NONE)
                r = park_get(sync->state, key, &park, reterr);
        if (r < 0)
                return r;
        *ret = r == 0;
        return 0;
}

static int say_user(Sync *sync, int64_t id, SyncCandidateSay say, void *userdata, Error *reterr) {
        _cleanup_(held_user_deinit) HeldUser held = HELD_USER_INIT;
        _cleanup_(link_deinit) Link link = LINK_INIT;
        SyncCandidate candidate = { .lockt_id = id };
        int r;

        r = snapshot_get(sync->state, id, &held, reterr);
        if (r != 0)
                return r < 0 ? r : 0;
        r = link_get_by_user(sync->state, id, &link, reterr);
        if (r < 0)
                return r;
        candidate.linked = r == 0;
        candidate.key = r == 0 ? link.key : held.user.text[PROPERTY_ID_NUM];
        candidate.first_name = user_text(&held.user, PROPERTY_FIRST_NAME);
        candidate.last_name = user_text(&held.user, PROPERTY_LAST_NAME);
        return say(userdata, &candidate);
}

int sync_search(Sync *sync, const char *text, SyncCandidateSay say, void *userdata, Error *reterr) {
        int64_t ids[SYNC_CANDIDATES_MAX];
        bool known = false;
        size_t n = 0;
        int r;

        r = knows(sync, text, &known, reterr);
        if (r < 0)
                return r;
        if (known)
                return say(userdata, &(SyncCandidate) { .key = text, .linked = true, .exact = true });
        r = snapshot_search(sync->state, text, ids, SYNC_CANDIDATES_MAX, &n, reterr);
        for (size_t i = 0; i < n && r >= 0; i++)
                r = say_user(sync, ids[i], say, userdata, reterr);
        return r < 0 ? r : 0;
}
