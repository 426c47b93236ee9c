/* The engine's life, its occasions, and the order of what it does next. */

#include "lib/sync/sync.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/sync/internal.h"

int64_t sync_steady(const Sync *sync, Now now) {
        return now.steady_usec + sync->steady_offset;
}

void sync_tell(Sync *sync, NewsKind kind, const char *key, const char *text, int64_t count) {
        News news = NEWS(kind);

        news.cycle = sync->cycle;
        news.id_num = key;
        news.text = text;
        news.count = count;
        sync->tell(sync->userdata, &news);
}

void sync_condition_begin(Sync *sync, bool *condition, NewsKind kind, char *where, size_t size, const char *text,
                          int64_t count) {
        if (where)
                (void) snprintf(where, size, "%s", text);
        if (*condition)
                return;
        *condition = true;
        sync_tell(sync, kind, NULL, text, count);
}

void sync_condition_end(Sync *sync, bool *condition, NewsKind kind) {
        if (!*condition)
                return;
        *condition = false;
        sync_tell(sync, kind, NULL, NULL, -1);
}

int sync_rekey(Sync *sync, Error *reterr) {
        _cleanup_(freep) char *fingerprint = NULL, *purpose = NULL;
        const Config *config = sync->config;

        fingerprint = mapping_fingerprint(sync->mapping);
        if (!fingerprint ||
            asprintf(&purpose, "hr row\n%s\nothers=%d leavers=%d%d%d link_by_email=%d", fingerprint, (int) config->others,
                     config->leavers.disable, config->leavers.remove_access_levels, config->leavers.expire,
                     config->lockt.link_by_email) < 0) {
                purpose = NULL;
                return error_set(reterr, -ENOMEM, "cannot key the digests of rows: out of memory");
        }
        digest_key_init(&sync->row_key, sync->master, purpose);
        return 0;
}

static DeliveryOptions delivery_options(const Config *config, Now now) {
        return (DeliveryOptions) {
                .retry_first_usec = (int64_t) config->retry.first_usec,
                .retry_max_usec = (int64_t) config->retry.max_usec,
                .update_put = config->lockt.update_with == UPDATE_WITH_PUT,
                .drift_report = config->lockt.drift == DRIFT_REPORT,
                .report_mode = config->mode == MODE_REPORT,
                .seed = (uint64_t) now.real_usec,
        };
}

/*
 * The ledger is bound to the Lockt instance that it was made with: another one's ids would be taken for those of the
 * people linked here.
 */
static int check_instance(State *state, const Config *config, Error *reterr) {
        _cleanup_(freep) char *known = NULL;
        int r;

        r = state_get_text(state, "lockt_url", &known, reterr);
        if (r < 0)
                return r;
        if (r == STATE_NONE)
                return state_set_text(state, "lockt_url", config->lockt.url.text, reterr);
        if (strcmp(known, config->lockt.url.text) == 0)
                return 0;
        return error_set(reterr, -EXDEV,
                         "this state belongs to the Lockt instance '%s', but lockt.url is '%s': give each instance a "
                         "state directory of its own (--state-dir), or put the former url back",
                         known, config->lockt.url.text);
}

/* Whether what Lockt held has been saved; a state of before did its first write long ago. */
static int load_saved(Sync *sync, Error *reterr) {
        _cleanup_(freep) char *name = NULL;
        int64_t writes = 0;
        int r;

        r = state_get_text(sync->state, "saved", &name, reterr);
        if (r == STATE_NONE)
                r = state_get_number(sync->state, "writes", &writes, reterr);
        if (r < 0)
                return r;
        sync->saved = name || writes > 0;
        return 0;
}

static int load_facts(Sync *sync, Now now, Error *reterr) {
        uint8_t pin_master[32];
        int64_t steady;
        int r;

        r = state_digest_key(sync->state, sync->master, reterr);
        if (r < 0)
                return r;
        r = state_pin_key(sync->state, pin_master, reterr);
        if (r < 0)
                return r;
        digest_key_init(&sync->pin_key, pin_master, "pin");
        explicit_bzero(pin_master, sizeof(pin_master));

        r = state_get_number(sync->state, "steady", &steady, reterr);
        if (r < 0)
                return r;
        sync->steady_offset = (r == 0 ? steady : 0) - now.steady_usec;
        sync->wall_offset = now.real_usec - now.steady_usec;
        r = state_get_number(sync->state, "cycles", &sync->cycle, reterr);
        if (r < 0)
                return r;
        r = state_get_number(sync->state, "last_read", &sync->last_read_usec, reterr);
        if (r < 0)
                return r;
        r = state_get_number(sync->state, "as_of", &sync->as_of_usec, reterr);
        if (r < 0)
                return r;
        digest_key_init(&sync->change_key, sync->master, "change");
        r = load_saved(sync, reterr);
        return r < 0 ? r : gate_check_mapping(sync, reterr);
}

int sync_new(State *state, const Config *config, Mapping *mapping, Now now, SyncTell tell, void *userdata, Sync **ret,
             Error *reterr) {
        _cleanup_(sync_freep) Sync *sync = NULL;
        DeliveryOptions options = delivery_options(config, now);
        int r;

        r = check_instance(state, config, reterr);
        if (r < 0)
                return r;
        sync = calloc(1, sizeof(*sync));
        if (!sync)
                return error_set(reterr, -ENOMEM, "cannot prepare the sync: out of memory");
        sync->state = state;
        sync->config = config;
        sync->mapping = mapping;
        sync->tell = tell;
        sync->userdata = userdata;
        sync->leader = true;
        sync->levels_due = sync->listing_due = sync->poll_due = true;
        service_init(&sync->hr_service, options.retry_first_usec, options.retry_max_usec, options.seed);
        decide_context_init(&sync->context, state, config, mapping);

        r = load_facts(sync, now, reterr);
        if (r < 0)
                return r;
        /* Set back while nothing ran. */
        if (sync->last_read_usec > now.real_usec) {
                r = state_clock_set(state, now.real_usec, 0, reterr);
                if (r < 0)
                        return r;
        }
        r = delivery_new(&sync->context, &options, now.real_usec, tell, userdata, &sync->delivery, reterr);
        if (r < 0)
                return r;
        delivery_set_cycle(sync->delivery, sync->cycle);
        r = sync_recall_levels(sync, reterr);
        if (r < 0)
                return r;
        r = daily_look_for_restore(sync, now, reterr);
        if (r < 0)
                return r;
        *ret = steal(sync);
        return 0;
}

Sync *sync_free(Sync *sync) {
        if (!sync)
                return NULL;
        report_free(sync);
        save_free(sync);
        free(sync->approving.after);
        reading_reset(&sync->people);
        reading_reset(&sync->keyed);
        reading_reset(&sync->plan);
        apply_reset(&sync->apply_people);
        apply_reset(&sync->apply_keyed);
        for (size_t i = 0; i < sync->n_pending; i++)
                free(sync->pending[i]);
        snapshot_listing_drop(sync->state);
        delivery_free(sync->delivery);
        explicit_bzero(sync->master, sizeof(sync->master));
        free(sync);
        return NULL;
}

int sync_reconfigure(Sync *sync, Now now, const Config *config, Mapping *mapping, Error *reterr) {
        DeliveryOptions options = delivery_options(config, now);
        int r;

        r = check_instance(sync->state, config, reterr);
        if (r < 0)
                return r;
        sync->config = config;
        sync->mapping = mapping;
        decide_context_init(&sync->context, sync->state, config, mapping);
        delivery_set_options(sync->delivery, &options);
        sync->hr_service.first_usec = options.retry_first_usec;
        sync->hr_service.max_usec = options.retry_max_usec;
        sync->levels_due = true;
        sync->plan_seq = -1;
        /* What was staged was mapped by the old one. */
        apply_reset(&sync->apply_people);
        apply_reset(&sync->apply_keyed);
        sync_poll(sync);
        r = gate_check_mapping(sync, reterr);
        return r < 0 ? r : sync_recall_levels(sync, reterr);
}

void sync_poll(Sync *sync) {
        sync->poll_due = true;
        service_well(&sync->hr_service);
}

int sync_notify(Sync *sync, const char *key, Error *reterr) {
        if (!key || !key[0]) {
                sync_poll(sync);
                return 0;
        }
        sync->notified = true;
        return sync_want_key(sync, key, reterr);
}

int sync_resync(Sync *sync, Now now, bool accept, Error *reterr) {
        sync->levels_due = sync->listing_due = true;
        sync->listing_again_usec = 0;
        sync->listing_accept = sync->listing_accept || accept;
        sync->accept_hr = sync->accept_hr || accept;
        if (accept) {
                int r = delivery_accept_first_update(sync->delivery, now.real_usec, reterr);
                if (r < 0)
                        return r;
        }
        sync_poll(sync);
        return sync_retry(sync, now, NULL, reterr);
}

int sync_retry(Sync *sync, Now now, const char *key, Error *reterr) {
        _cleanup_(park_deinit) Park park = { 0 };
        _cleanup_(queue_row_deinit) QueueRow row = QUEUE_ROW_INIT;
        int r, parked;

        if (!key) {
                delivery_resume(sync->delivery, now.real_usec);
                return queue_retry_now(sync->state, NULL, reterr);
        }
        parked = park_get(sync->state, key, &park, reterr);
        if (parked < 0)
                return parked;
        r = queue_get(sync->state, key, &row, reterr);
        if (r < 0)
                return r;
        if (r == STATE_NONE && parked == STATE_NONE)
                return -ENOENT;
        if (r == 0) {
                r = queue_retry_now(sync->state, key, reterr);
                if (r < 0)
                        return r;
        }
        if (parked == 0) {
                r = person_forget_digest(sync->state, key, reterr);
                if (r < 0)
                        return r;
        }
        delivery_resume(sync->delivery, now.real_usec);
        return sync_want_key(sync, key, reterr);
}

void sync_set_leader(Sync *sync, bool leader) {
        sync->leader = leader;
        delivery_set_leader(sync->delivery, leader);
}

void sync_credentials_renewed(Sync *sync, Now now) {
        delivery_resume(sync->delivery, now.real_usec);
}

static void void_listing(Sync *sync) {
        sync->listing_void = sync->listing_under_way;
        if (!sync->listing_under_way)
                snapshot_listing_drop(sync->state);
        sync->listing_applying = sync->listing_checking = false;
        sync->listing_due = true;
}

/* Somebody set the wall clock: what waits by it must not wait for an hour that was taken back. */
static int notice_clock(Sync *sync, Now now, Error *reterr) {
        int64_t offset = now.real_usec - now.steady_usec, step = offset - sync->wall_offset;
        int r;

        if (step > -2 * USEC_PER_SEC && step < 2 * USEC_PER_SEC)
                return 0;
        r = state_clock_set(sync->state, now.real_usec, step, reterr);
        if (r < 0)
                return r;
        sync->wall_offset = offset;
        service_well(&sync->hr_service);
        delivery_resume(sync->delivery, now.real_usec);
        sync->next_poll_usec = now.real_usec;
        sync->listing_again_usec = 0;
        /* What is being read began at a time that means nothing any more: it proves nothing, and is read again. */
        if (sync->get_begun_usec >= now.real_usec)
                sync->get_begun_usec = now.real_usec - 1;
        if (sync->listing_under_way || sync->listing_applying || sync->listing_checking)
                void_listing(sync);
        return 0;
}

static void earlier(int64_t *until, int64_t candidate) {
        if (candidate < *until)
                *until = candidate;
}

static bool lockt_reading(const Sync *sync) {
        return sync->levels_under_way || sync->listing_under_way || sync->getting;
}

/* What is to be read from Lockt: the levels, everybody, or single users that delivery asks for. 0: @ret is set. */
static int next_lockt_read(Sync *sync, Now now, SyncAction *ret, int64_t *until, Error *reterr) {
        DeliveryHealth health;
        DeliveryRead read;
        int64_t due, listed;
        int r;

        if (lockt_reading(sync) || sync->listing_applying || sync->listing_checking)
                return 1;
        delivery_health(sync->delivery, &health);
        if (sync->levels_due || sync->listing_due) {
                int64_t from = health.next_attempt_usec;

                if (!sync->levels_due && from < sync->listing_again_usec)
                        from = sync->listing_again_usec;
                if (from <= now.real_usec) {
                        if (sync->levels_due) {
                                sync->levels_under_way = true;
                                *ret = (SyncAction) { .kind = SYNC_LIST_LEVELS };
                                return 0;
                        }
                        r = snapshot_listing_begin(sync->state, now.real_usec, reterr);
                        if (r < 0)
                                return r;
                        sync->listing_under_way = true;
                        sync->listing_begun_usec = now.real_usec;
                        *ret = (SyncAction) { .kind = SYNC_LIST_USERS };
                        return 0;
                }
                earlier(until, from);
        } else {
                r = snapshot_listed_usec(sync->state, &listed, reterr);
                if (r < 0)
                        return r;
                due = listed + (int64_t) sync->config->lockt.resync_usec;
                if (due <= now.real_usec) {
                        sync->levels_due = sync->listing_due = true;
                        return 2;
                }
                earlier(until, due);
        }

        r = delivery_next_read(sync->delivery, now.real_usec, &read, &due, reterr);
        if (r < 0)
                return r;
        if (r == DELIVERY_NOTHING) {
                earlier(until, due);
                return 1;
        }
        if (read.listing) {
                sync->listing_due = true;
                sync->listing_again_usec = 0;
                return 2;
        }
        sync->getting = true;
        sync->get_begun_usec = now.real_usec;
        *ret = (SyncAction) { .kind = SYNC_GET_USER, .id = read.id, .id_num = read.id_num };
        return 0;
}

static void begin_keyed(Sync *sync, Now now, SyncAction *ret) {
        Reading *reading = &sync->keyed;
        const char *const *wanted;
        size_t n;

        reading_reset(reading);
        reading->under_way = true;
        reading->notified_usec = sync->notified_usec;
        n = delivery_pins_wanted(sync->delivery, &wanted);
        if (n > 0 && sync->n_pending == 0) {
                reading->for_pins = true;
                for (size_t i = 0; i < n && reading->n_keys < KEYS_A_READ; i++) {
                        reading->keys[reading->n_keys] = strdup(wanted[i]);
                        reading->n_keys += reading->keys[reading->n_keys] ? 1 : 0;
                }
        }
        while (sync->n_pending > 0 && reading->n_keys < KEYS_A_READ)
                reading->keys[reading->n_keys++] = sync->pending[--sync->n_pending];
        if (sync->n_pending == 0) {
                sync->notified = false;
                sync->notified_usec = 0;
        }
        *ret = (SyncAction) {
                .kind = SYNC_READ_KEYS,
                .n_keys = reading->n_keys,
                .keys = (const char *const *) reading->keys,
        };
}

/* HR is read only when it is known what Lockt holds: otherwise everybody would look new. 0: @ret is set. */
static int next_hr_read(Sync *sync, Now now, SyncAction *ret, int64_t *until, Error *reterr) {
        const char *const *pins;
        int64_t listed, from;
        bool keys;
        int r;

        if (!sync->levels_known)
                return 1;
        r = snapshot_listed_usec(sync->state, &listed, reterr);
        if (r < 0)
                return r;
        if (listed == 0)
                return 1;

        keys = sync->n_pending > 0 || delivery_pins_wanted(sync->delivery, &pins) > 0;
        from = service_from_usec(&sync->hr_service, false);
        if (keys && !sync->keyed.under_way && !apply_active(&sync->apply_keyed)) {
                if (from <= now.real_usec) {
                        begin_keyed(sync, now, ret);
                        return 0;
                }
                earlier(until, from);
        }

        if (sync->people.under_way || apply_active(&sync->apply_people))
                return 1;
        if (!sync->poll_due && from < sync->next_poll_usec)
                from = sync->next_poll_usec;
        if (from > now.real_usec) {
                earlier(until, from);
                return 1;
        }
        sync->poll_due = false;
        sync->next_poll_usec = now.real_usec + (int64_t) sync->config->hr.poll_usec;
        reading_reset(&sync->people);
        sync->people.under_way = true;
        *ret = (SyncAction) { .kind = SYNC_READ_PEOPLE };
        return 0;
}

/* Someone's access ends by itself: decided again at that instant (invariant 13). */
static int next_boundary(Sync *sync, Now now, int64_t *until, Error *reterr) {
        int64_t boundary, instant = now.real_usec / USEC_PER_SEC;
        int r;

        r = person_next_boundary(sync->state, instant, &boundary, reterr);
        if (r < 0)
                return r;
        if (boundary != INSTANT_NONE)
                earlier(until, boundary * USEC_PER_SEC);

        for (unsigned i = 0; i < PIECE; i++) {
                _cleanup_(person_row_deinit) PersonRow row = PERSON_ROW_INIT;

                r = person_due_boundary(sync->state, instant, &row, reterr);
                if (r != 0)
                        return r < 0 ? r : 0;
                row.boundary = INSTANT_NONE;
                row.has_digest = false;
                r = person_put(sync->state, &row, reterr);
                if (r < 0)
                        return r;
                r = sync_want_key(sync, row.key, reterr);
                if (r < 0)
                        return r;
                *until = now.real_usec; /* there is something to read now */
        }
        return 0;
}

/* What somebody has approved, and what is no longer held or queued. 0: a piece was done; 1: nothing of it is left. */
static int next_of_trust(Sync *sync, Now now, Error *reterr) {
        int64_t listed = 0, queued = 0;
        int r;

        r = gate_step(sync, reterr);
        if (r == 1)
                r = approve_step(sync, now, reterr);
        if (r == 1)
                r = revert_step(sync, now, reterr);
        if (r != 1 || sync->saved || !sync->leader || sync->config->mode == MODE_REPORT)
                return r;
        /* Before the first write of all. */
        r = snapshot_listed_usec(sync->state, &listed, reterr);
        if (r >= 0)
                r = queue_count(sync->state, LANES, &queued, reterr);
        if (r < 0)
                return r;
        return listed > 0 && queued > 0 ? save_step(sync, now, reterr) : 1;
}

static int next_write(Sync *sync, Now now, SyncAction *ret, int64_t *until, Error *reterr) {
        bool more = apply_active(&sync->apply_people) || apply_active(&sync->apply_keyed);
        DeliveryWrite write;
        int64_t due;
        int r;

        r = delivery_next_write(sync->delivery, now.real_usec, more, &write, &due, reterr);
        if (r < 0)
                return r;
        if (r != 0) {
                earlier(until, due);
                return r;
        }
        *ret = (SyncAction) {
                .kind = SYNC_WRITE,
                .write = write.kind,
                .n_users = write.n_users,
                .users = write.users,
                .masks = write.masks,
        };
        return 0;
}

/* One message a cycle that changed something, when what it brought has been done. */
void sync_close_cycle(Sync *sync, Now now) {
        DeliveryHealth health;
        News news = NEWS(NEWS_CYCLE_DONE);

        if (!sync->cycle_open)
                return;
        sync->cycle_open = false;
        sync->last_cycle_usec = now.real_usec;
        sync->last_cycle_duration_usec = now.real_usec - sync->cycle_begun_usec;
        delivery_health(sync->delivery, &health);
        delivery_reset_counts(sync->delivery);
        if (health.revoked + health.changed + health.created + health.adopted + health.parked == 0)
                return;
        news.cycle = sync->cycle;
        news.rows = sync->cycle_rows;
        news.revoked = health.revoked;
        news.changed = health.changed;
        news.created = health.created;
        news.adopted = health.adopted;
        news.parked = health.parked;
        news.writes = health.writes;
        news.duration_usec = sync->last_cycle_duration_usec;
        sync->tell(sync->userdata, &news);
}

/* What a complete read said is in the queue, when the last piece of it is. */
static int apply_people(Sync *sync, Now now, Error *reterr) {
        bool trusted = !sync->apply_people.facts.distrusted;
        int r;

        r = apply_step(sync, &sync->apply_people, now, reterr);
        if (r < 0 || apply_active(&sync->apply_people) || !trusted)
                return r;
        return delivery_hr_read(sync->delivery, reterr);
}

int sync_next(Sync *sync, Now now, SyncAction *ret, Error *reterr) {
        int64_t until = INT64_MAX;
        int r, trust;

        sync->last_asked_usec = now.real_usec;
        if (sync->notified && sync->notified_usec == 0)
                sync->notified_usec = now.real_usec;
        r = notice_clock(sync, now, reterr);
        if (r < 0)
                return r;
        *ret = (SyncAction) { .kind = SYNC_AGAIN };

        trust = next_of_trust(sync, now, reterr);
        /* What the queue of a gate that closes still has is not sent, nor anything before Lockt's users are saved. */
        if (trust < 0 || sync->gate_dropping || (trust == 0 && !sync->saved))
                return trust < 0 ? trust : 0;
        r = next_write(sync, now, ret, &until, reterr);
        if (r <= 0 || r == DELIVERY_AGAIN || trust == 0)
                return r < 0 ? r : 0;
        r = next_hr_read(sync, now, ret, &until, reterr);
        if (r <= 0)
                return r;
        r = next_lockt_read(sync, now, ret, &until, reterr);
        if (r != 1)
                return r < 0 ? r : 0;

        if (sync->listing_applying || sync->listing_checking) {
                r = listing_step(sync, now, reterr);
                return r < 0 ? r : 0;
        }
        if (apply_active(&sync->apply_keyed))
                return apply_step(sync, &sync->apply_keyed, now, reterr);
        if (apply_active(&sync->apply_people))
                return apply_people(sync, now, reterr);

        r = next_boundary(sync, now, &until, reterr);
        if (r < 0)
                return r;
        if (!apply_active(&sync->apply_people) && !delivery_writing(sync->delivery))
                sync_close_cycle(sync, now);
        r = daily_step(sync, now, reterr);
        if (r < 0)
                return r;
        *ret = (SyncAction) { .kind = until <= now.real_usec ? SYNC_AGAIN : SYNC_WAIT, .until_usec = until };
        return 0;
}
