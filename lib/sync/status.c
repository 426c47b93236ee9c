/* What the engine tells of itself. */

#include <stdio.h>
#include <string.h>

#include "lib/state/hand.h"
#include "lib/state/reverted.h"
#include "lib/sync/internal.h"

static int count_people(Sync *sync, SyncStatus *ret, Error *reterr) {
        int r;

        r = person_count(sync->state, &ret->people, reterr);
        if (r >= 0)
                r = link_count(sync->state, &ret->linked, reterr);
        if (r >= 0)
                r = queue_count(sync->state, LANES, &ret->queued, reterr);
        if (r >= 0)
                r = queue_count(sync->state, LANE_TAKE, &ret->takes_queued, reterr);
        if (r >= 0)
                r = park_count(sync->state, &ret->parked, reterr);
        if (r >= 0)
                r = hold_count(sync->state, &ret->held_back, reterr);
        if (r >= 0)
                r = verify_count(sync->state, true, &ret->unconfirmed, reterr);
        if (r >= 0)
                r = lock_count(sync->state, &ret->locked, reterr);
        if (r >= 0)
                r = snapshot_count(sync->state, &ret->users, reterr);
        if (r >= 0)
                r = snapshot_count_unlinked(sync->state, &ret->unknown_users, reterr);
        if (r >= 0)
                r = revocation_oldest_usec(sync->state, &ret->oldest_revocation_usec, reterr);
        if (r >= 0)
                r = snapshot_listed_usec(sync->state, &ret->listed_usec, reterr);
        if (r >= 0)
                r = reverted_count(sync->state, &ret->reverted, &ret->reverted_cycle, reterr);
        if (r >= 0)
                r = state_get_number(sync->state, "restored", &ret->restored_usec, reterr);
        if (r >= 0)
                r = state_get_number(sync->state, "restored_from", &ret->restored_from_usec, reterr);
        return r < 0 ? r : 0;
}

int sync_status(Sync *sync, Now now, SyncStatus *ret, Error *reterr) {
        DeliveryHealth health;

        delivery_health(sync->delivery, &health);
        *ret = (SyncStatus) {
                .leader = sync->leader,
                .report_mode = sync->config->mode == MODE_REPORT,
                .hr_up = !sync->hr_down,
                .hr_refused = sync->hr_refused,
                .lockt_up = !health.down && !health.unauthorized,
                .unauthorized = health.unauthorized,
                .service_fault = health.fault,
                .first_update_bad = health.first_update_bad,
                .held = sync->held_back > 0,
                .gate = gate_reason(sync),
                .cycle = sync->cycle,
                .last_cycle_usec = sync->last_cycle_usec,
                .last_cycle_duration_usec = sync->last_cycle_duration_usec,
                .next_cycle_usec = sync->poll_due ? now.real_usec : sync->next_poll_usec,
                .last_read_usec = sync->last_read_usec,
                .as_of_usec = sync->as_of_usec > 0 ? sync->as_of_usec : sync->last_read_usec,
                .next_attempt_usec = health.next_attempt_usec > now.real_usec ? health.next_attempt_usec : 0,
                .batch_limit = health.batch_limit,
                .reading = sync->people.under_way || sync->keyed.under_way,
                .listing = sync->listing_under_way || sync->listing_applying,
                .writing = delivery_writing(sync->delivery),
        };
        (void) snprintf(ret->hr_error, sizeof(ret->hr_error), "%s", sync->hr_error);
        (void) snprintf(ret->refused, sizeof(ret->refused), "%s", sync->hr_refused ? sync->refused : "");
        (void) snprintf(ret->lockt_error, sizeof(ret->lockt_error), "%s", health.error);
        return count_people(sync, ret, reterr);
}

#define SOON_USEC (2 * USEC_PER_SEC)

/* Whoever was just created or revoked is looked at a moment later. */
static bool looks_soon(const Sync *sync) {
        int64_t probes = 0, verify = INT64_MAX, soon = sync->last_asked_usec + SOON_USEC;

        if (queue_count_probing(sync->state, LANES, soon, &probes, NULL) < 0 ||
            verify_next_usec(sync->state, &verify, NULL) < 0)
                return false;
        return probes > 0 || verify <= soon;
}

/*
 * Whether everything that is due has been done (--once). Looks again after 1, 5 and 15 minutes are not waited for, nor is
 * what backs off; a revocation's first look is.
 */
bool sync_idle(const Sync *sync) {
        int64_t due, listed = 0;
        DeliveryHealth health;

        if (sync->people.under_way || sync->keyed.under_way || sync->n_pending > 0 ||
            apply_active(&sync->apply_people) || apply_active(&sync->apply_keyed) || delivery_writing(sync->delivery) ||
            sync->approving.under_way || sync->levels_under_way || sync->listing_under_way || sync->listing_applying || sync->listing_checking ||
            sync->getting || sync->cycle_open)
                return false;
        delivery_health(sync->delivery, &health);
        /* Without a list of Lockt's users HR is not read: then it is Lockt's trouble that ends the waiting. */
        if (snapshot_listed_usec(sync->state, &listed, NULL) < 0)
                return true;
        if (!sync->cycle_ran && sync->levels_known && listed > 0 && !sync->hr_down && !sync->hr_refused)
                return false;
        if (health.down || health.unauthorized || health.fault || health.first_update_bad || sync->hr_down ||
            sync->hr_refused || sync->listing_refused)
                return true;
        if (health.first_update_pending)
                return false;
        if (sync->poll_due || !sync->cycle_ran)
                return false;
        if (sync->config->mode == MODE_REPORT || !sync->leader)
                return true;
        return !looks_soon(sync) && (queue_next_usec(sync->state, LANES, &due, NULL) < 0 || due > sync->last_asked_usec);
}

bool sync_cycle_ran(const Sync *sync) {
        return sync->cycle_ran;
}

bool sync_clean(const Sync *sync) {
        int64_t queued = 0, parked = 0, unconfirmed = 0;
        DeliveryHealth health;

        delivery_health(sync->delivery, &health);
        if (health.first_update_bad || sync->cycle_failed || sync->held_back > 0 || sync->gate != 0 || sync->hr_down ||
            sync->hr_refused || sync->levels_unresolved)
                return false;
        if (queue_count(sync->state, LANES, &queued, NULL) < 0 || park_count(sync->state, &parked, NULL) < 0 ||
            verify_count(sync->state, true, &unconfirmed, NULL) < 0)
                return false;
        return (queued == 0 || sync->config->mode == MODE_REPORT) && parked == 0 && unconfirmed == 0;
}
