/* What Lockt answered: levels, listings, single users, writes. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/sync/internal.h"

/* A listing that lacks more known users than this share, and than so many of them, is refused (invariant 11). */
#define VANISHED_PERCENT 5
#define VANISHED_MIN 5

typedef struct Complaints {
        char text[400];
        size_t n;
} Complaints;

static void complain(void *userdata, Mark mark, const char *sentence) {
        Complaints *complaints = userdata;

        if (complaints->n++ == 0)
                (void) snprintf(complaints->text, sizeof(complaints->text), "line %u: %s", mark.line, sentence);
}

int sync_look_up_levels(Sync *sync, Mapping *mapping, MappingComplaint complain_about, void *userdata, Error *reterr) {
        Level *levels = NULL, *previous = NULL;
        size_t n_levels = 0, n_previous = 0;
        int r;

        r = snapshot_get_levels(sync->state, &levels, &n_levels, reterr);
        if (r < 0)
                return r;
        r = snapshot_get_bindings(sync->state, &previous, &n_previous, reterr);
        if (r >= 0)
                r = mapping_bind_levels(mapping, levels, n_levels, previous, n_previous, complain_about, userdata);
        levels_free(levels, n_levels);
        levels_free(previous, n_previous);
        return r < 0 ? error_set(reterr, r, "cannot look up access levels: out of memory") : 0;
}

static int bind_levels(Sync *sync, Error *reterr) {
        Complaints complaints = { 0 };
        int r;

        r = sync_look_up_levels(sync, sync->mapping, complain, &complaints, reterr);
        if (r < 0)
                return r;
        if (complaints.n > 0)
                sync_condition_begin(sync, &sync->levels_unresolved, NEWS_LEVELS_UNRESOLVED, NULL, 0, complaints.text,
                                     (int64_t) complaints.n);
        else
                sync_condition_end(sync, &sync->levels_unresolved, NEWS_LEVELS_RESOLVED);
        sync->levels_known = true;
        return 0;
}

int sync_recall_levels(Sync *sync, Error *reterr) {
        Level *levels = NULL;
        size_t n = 0;
        int r;

        r = snapshot_get_levels(sync->state, &levels, &n, reterr);
        if (r < 0)
                return r;
        levels_free(levels, n);
        sync->levels_known = false;
        return n > 0 ? bind_levels(sync, reterr) : 0;
}

int sync_levels_listed(Sync *sync, Now now, const LocktAnswer *answer, const Level *levels, size_t n_levels,
                       Error *reterr) {
        int r;

        sync->levels_under_way = false;
        delivery_heard(sync->delivery, now.real_usec, answer);
        if (answer->verdict == LOCKT_OK) {
                r = snapshot_set_levels(sync->state, levels, n_levels, now.real_usec, reterr);
                if (r >= 0)
                        r = bind_levels(sync, reterr);
                if (r >= 0)
                        sync->levels_due = false;
                return r;
        }
        sync->cycle_failed = true;
        return 0;
}

int sync_user_listed(Sync *sync, const User *user, bool is_fob, Error *reterr) {
        int r;

        r = snapshot_listing_add(sync->state, user, is_fob, user->unclear != 0, reterr);
        sync->listing_lost = sync->listing_lost || r < 0;
        return r;
}

static int refuse_listing(Sync *sync, Now now, const char *why, int64_t count) {
        snapshot_listing_drop(sync->state);
        sync->cycle_failed = true;
        sync->listing_due = true;
        sync->listing_again_usec = now.real_usec + (int64_t) sync->config->retry.max_usec;
        sync_condition_begin(sync, &sync->listing_refused, NEWS_LISTING_REFUSED, NULL, 0, why, count);
        return 0;
}

static bool lacks_many(const ListingTally *tally) {
        return tally->vanished > VANISHED_MIN && tally->vanished * 100 > tally->known * VANISHED_PERCENT;
}

int sync_users_listed(Sync *sync, Now now, const LocktAnswer *answer, Error *reterr) {
        sync->listing_under_way = false;
        if (sync->listing_lost) {
                /* Lockt is not to blame for a full disk of ours. */
                sync->listing_lost = false;
                snapshot_listing_drop(sync->state);
                sync->listing_due = true;
                return 0;
        }
        delivery_heard(sync->delivery, now.real_usec, answer);
        if (answer->verdict != LOCKT_OK || sync->listing_void) {
                snapshot_listing_drop(sync->state);
                sync->listing_due = true;
                sync->cycle_failed = sync->cycle_failed || !sync->listing_void;
                sync->listing_void = false;
                return 0;
        }
        sync->listing_applying = true;
        sync->listing_compared = false;
        return 0;
}

/* Whether the list may be believed, once it is known what it would change; it is dropped if not. */
static int judge_listing(Sync *sync, Now now, Error *reterr) {
        ListingTally tally;
        char why[160];
        int r;

        r = snapshot_listing_tally(sync->state, &tally, reterr);
        if (r != 0)
                return r < 0 ? r : 0;
        if (lacks_many(&tally) && !sync->listing_accept) {
                (void) snprintf(why, sizeof(why),
                                "Lockt's list lacks %" PRId64 " of %" PRId64 " known users; if somebody really cleaned "
                                "up: locktsyncctl resync --accept",
                                tally.vanished, tally.known);
                sync->listing_applying = false;
                return refuse_listing(sync, now, why, tally.vanished);
        }
        sync_condition_end(sync, &sync->listing_refused, NEWS_LISTING_REFUSED_END);
        sync->listing_accept = false;
        sync->listing_due = false;
        sync->listing_compared = true;
        sync->listing_changed = false;
        return 0;
}

/* One user of Lockt is not as it was held. Whoever is linked to it is decided again at the next read of HR. */
static int on_change(void *userdata, const HeldUser *before, int64_t id) {
        Sync *sync = userdata;
        _cleanup_(held_user_deinit) HeldUser after = HELD_USER_INIT;
        _cleanup_(link_deinit) Link link = LINK_INIT;
        _cleanup_(person_row_deinit) PersonRow person = PERSON_ROW_INIT;
        Now now = { .real_usec = sync->listing_begun_usec };
        int r;

        if (!before->linked)
                return 0;
        r = link_get_by_user(sync->state, id, &link, NULL);
        if (r != 0)
                return r < 0 ? r : 0;
        r = snapshot_get(sync->state, id, &after, NULL);
        if (r < 0)
                return r;
        if (before->user.id > 0) {
                r = delivery_notice(sync->delivery, before, after.missing ? NULL : &after.user,
                                    sync->listing_begun_usec, now.real_usec, NULL);
                if (r < 0)
                        return r;
        }
        if (sync->config->lockt.drift == DRIFT_REPORT && before->user.id > 0 && !after.missing)
                return 0;
        sync->listing_changed = true;
        r = person_get(sync->state, link.key, &person, NULL);
        if (r != 0)
                return r < 0 ? r : 0;
        /* Somebody gone is decided again by his absence. */
        person.has_digest = person.gone = false;
        return person_put(sync->state, &person, NULL);
}

int listing_step(Sync *sync, Now now, Error *reterr) {
        int r;

        if (sync->listing_applying && !sync->listing_compared)
                return judge_listing(sync, now, reterr);
        if (sync->listing_applying) {
                r = snapshot_listing_apply(sync->state, PIECE, on_change, sync, reterr);
                if (r != 0)
                        return r < 0 ? error_set(reterr, r, "cannot apply a listing of Lockt's users") : 0;
                sync->listing_applying = false;
                sync->listing_checking = true;
                return 0;
        }
        r = delivery_listed(sync->delivery, sync->listing_begun_usec, now.real_usec, reterr);
        if (r < 0 || r == DELIVERY_AGAIN)
                return r < 0 ? r : 0;
        sync->listing_checking = false;
        if (sync->listing_changed)
                sync->poll_due = true;
        return 0;
}

int sync_user_got(Sync *sync, Now now, const LocktAnswer *answer, const User *user, bool is_fob, Error *reterr) {
        sync->getting = false;
        return delivery_got(sync->delivery, sync->get_begun_usec, now.real_usec, answer, is_fob ? NULL : user, reterr);
}

int sync_written(Sync *sync, Now now, const LocktAnswer *answer, Error *reterr) {
        if (answer->verdict != LOCKT_OK || answer->n_failures > 0)
                sync->cycle_failed = true;
        return delivery_written(sync->delivery, now.real_usec, answer, reterr);
}
