/* Reads that delivery needs: revocations to be seen, records to be fresh, ids to be learnt, unknown outcomes. */

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "lib/delivery/internal.h"

/* From so many single reads on, one listing is considered … */
#define LISTING_MIN 20
/* … and it is cheaper when it brings at most so many users a wanted one. */
#define LISTING_SHARE 50

static int wants_listing(Delivery *delivery, int64_t wanted, bool *ret, Error *reterr) {
        int64_t users;
        int r;

        r = snapshot_count(delivery->state, &users, reterr);
        if (r < 0)
                return r;
        *ret = wanted >= LISTING_MIN && wanted * LISTING_SHARE >= users;
        return 0;
}

/* Whom somebody who is not linked may be in Lockt; 0: it is not known. One adopted by e-mail is not found by a number. */
static int find_candidate(Delivery *delivery, const char *key, int64_t *ret, Error *reterr) {
        _cleanup_(queue_row_deinit) QueueRow row = QUEUE_ROW_INIT;
        int64_t ids[2] = { 0 };
        size_t n = 0;
        int r;

        r = snapshot_find(delivery->state, PROPERTY_ID_NUM, key, 0, ids, ELEMENTS(ids), &n, reterr);
        if (r < 0)
                return r;
        if (n == 0 && delivery->context->link_by_email) {
                r = queue_get(delivery->state, key, &row, reterr);
                if (r < 0)
                        return r;
                r = snapshot_find(delivery->state, PROPERTY_EMAIL, user_text(&row.wanted.wanted, PROPERTY_EMAIL), 0,
                                  ids, ELEMENTS(ids), &n, reterr);
                if (r < 0)
                        return r;
        }
        *ret = n == 1 ? ids[0] : 0;
        return 0;
}

static int ask_for(Delivery *delivery, const char *key, DeliveryRead *ret, Error *reterr) {
        _cleanup_(link_deinit) Link link = LINK_INIT;
        int r;

        r = link_get(delivery->state, key, &link, reterr);
        if (r < 0)
                return r;
        delivery->read_id = link.lockt_id;
        if (r == STATE_NONE) {
                r = find_candidate(delivery, key, &delivery->read_id, reterr);
                if (r < 0)
                        return r;
        }
        free(delivery->read_key);
        delivery->read_key = strdup(key);
        if (!delivery->read_key)
                return error_set(reterr, -ENOMEM, "cannot read back a user: out of memory");
        delivery->reading = true;
        *ret = (DeliveryRead) { .id = delivery->read_id, .id_num = delivery->read_key };
        return 0;
}

/*
 * Ids of new users are learnt when the last one was created: one listing tells all of them, and each one before that would
 * tell most of them again. A revocation does not wait for that, nor does any other read.
 */
static int may_learn_later(Delivery *delivery, const char *probe_key, int64_t now_usec, bool *ret, Error *reterr) {
        _cleanup_(link_deinit) Link link = LINK_INIT;
        int64_t due, takes;
        int r;

        r = queue_next_usec(delivery->state, LANE_CREATE, &due, reterr);
        if (r < 0 || due > now_usec)
                return r;
        r = queue_count_probing(delivery->state, LANE_TAKE, now_usec, &takes, reterr);
        if (r < 0 || takes > 0)
                return r;
        r = link_get(delivery->state, probe_key, &link, reterr);
        if (r < 0)
                return r;
        *ret = r == 0 && link.lockt_id == 0;
        return 0;
}

bool delivery_is_written_to(const Delivery *delivery, const char *key) {
        return delivery_flight_of(delivery, key) != NULL;
}

/* The first revocation that is to be looked at and can be: NULL when all of them are being written to. */
static int next_verify(Delivery *delivery, int64_t now_usec, char **ret, Error *reterr) {
        char *keys[BATCH_MAX + 1] = { 0 };
        size_t n = 0;
        int r;

        r = verify_due(delivery->state, now_usec, ELEMENTS(keys), keys, &n, reterr);
        for (size_t i = 0; i < n; i++)
                if (r >= 0 && !*ret && !delivery_is_written_to(delivery, keys[i]))
                        *ret = keys[i];
                else
                        free(keys[i]);
        return r < 0 ? r : 0;
}

/* The first update goes before all else that is to be read: updates wait for it. */
static int next_first(Delivery *delivery, int64_t now_usec, DeliveryRead *ret, int64_t *ret_until, Error *reterr) {
        int64_t due, from = service_from_usec(&delivery->service, false);
        int r;

        if (!delivery_first_due(delivery, &due))
                return DELIVERY_NOTHING;
        if (due < from)
                due = from;
        if (due > now_usec) {
                *ret_until = due;
                return DELIVERY_NOTHING;
        }
        r = ask_for(delivery, delivery->first.key, ret, reterr);
        delivery->reading_first = r == 0;
        return r;
}

static int next_other(Delivery *delivery, int64_t now_usec, DeliveryRead *ret, int64_t *ret_until, Error *reterr) {
        _cleanup_(freep) char *verify_key = NULL, *probe_key = NULL;
        int64_t verifies, probes, due, probe_due, from;
        bool listing = false, later = false;
        int r;

        r = verify_next_usec(delivery->state, &due, reterr);
        if (r < 0)
                return r;
        r = queue_next_probe(delivery->state, &probe_key, &probe_due, reterr);
        if (r < 0)
                return r;
        if (r == 0 && probe_due < due)
                due = probe_due;
        from = service_from_usec(&delivery->service, false);
        if (due != INT64_MAX && due < from)
                due = from;
        if (due > now_usec) {
                *ret_until = due;
                return DELIVERY_NOTHING;
        }

        r = verify_count_due(delivery->state, now_usec, &verifies, reterr);
        if (r < 0)
                return r;
        if (verifies == 0 && probe_key) {
                r = may_learn_later(delivery, probe_key, now_usec, &later, reterr);
                if (r < 0)
                        return r;
        }
        if (later) {
                *ret_until = now_usec + USEC_PER_SEC;
                return DELIVERY_NOTHING;
        }
        r = queue_count_probing(delivery->state, LANES, now_usec, &probes, reterr);
        if (r < 0)
                return r;
        r = wants_listing(delivery, verifies + probes, &listing, reterr);
        if (r < 0)
                return r;
        if (listing) {
                /* One that failed, or was outrun by new writes, is not asked for again at once. */
                if (now_usec - delivery->listed_try_usec < USEC_PER_SEC && now_usec >= delivery->listed_try_usec) {
                        *ret_until = delivery->listed_try_usec + USEC_PER_SEC;
                        return DELIVERY_NOTHING;
                }
                delivery->listed_try_usec = now_usec;
                *ret = (DeliveryRead) { .listing = true };
                return 0;
        }

        if (verifies > 0) {
                r = next_verify(delivery, now_usec, &verify_key, reterr);
                if (r < 0)
                        return r;
                if (verify_key)
                        return ask_for(delivery, verify_key, ret, reterr);
        }
        if (probe_key && probe_due <= now_usec)
                return ask_for(delivery, probe_key, ret, reterr);
        *ret_until = now_usec + USEC_PER_SEC;
        return DELIVERY_NOTHING;
}

int delivery_next_read(Delivery *delivery, int64_t now_usec, DeliveryRead *ret, int64_t *ret_until, Error *reterr) {
        int64_t first = INT64_MAX, other = INT64_MAX;
        int r;

        *ret_until = INT64_MAX;
        if (delivery->reading)
                return DELIVERY_NOTHING;
        r = next_first(delivery, now_usec, ret, &first, reterr);
        if (r == DELIVERY_NOTHING)
                r = next_other(delivery, now_usec, ret, &other, reterr);
        *ret_until = first < other ? first : other;
        return r;
}

static char next_letter(const char **p) {
        while (**p && (unsigned char) **p < 0x80 && !isalnum((unsigned char) **p))
                (*p)++;
        return **p ? (char) tolower((unsigned char) *(*p)++) : '\0';
}

bool delivery_is_form_of(const char *sent, const char *seen) {
        if (!next_letter(&(const char *) { seen }))
                return false;
        for (;;) {
                char a = next_letter(&sent), b = next_letter(&seen);

                if (!b)
                        return true;
                if (a != b)
                        return false;
        }
}

/*
 * Texts that Lockt keeps in another form than we sent them (ruling 33): known from the first look after our own write,
 * so that the difference is no change to be mended for ever.
 */
static int notice_echoes(Delivery *delivery, const char *key, const HeldUser *before, const User *seen, Error *reterr) {
        static const Property descriptive[] = {
                PROPERTY_FIRST_NAME, PROPERTY_LAST_NAME, PROPERTY_EMAIL, PROPERTY_PHONE,
        };

        /* After an unknown outcome it is not known what was sent last. */
        if (before->acked_usec == 0 || before->seen_usec == 0 || before->acked_usec <= before->seen_usec)
                return 0;
        for (size_t i = 0; i < ELEMENTS(descriptive); i++) {
                const char *sent = user_text(&before->user, descriptive[i]), *got = user_text(seen, descriptive[i]);
                int r;

                if (strcmp(sent, got) == 0)
                        continue;
                r = delivery_is_form_of(sent, got) ? echo_put(delivery->state, key, descriptive[i], sent, got, reterr)
                                          : echo_suspect(delivery->state, key, descriptive[i], sent, got, reterr);
                if (r < 0)
                        return r;
                if (r == STATE_NONE)
                        continue;
                delivery_tell(delivery, NEWS_ECHO_DIFFERS, key, NULL, property_name(descriptive[i]), -1);
        }
        return 0;
}

/* Whoever is linked to a user that was seen: what its sight confirms or reveals. */
int delivery_notice(Delivery *delivery, const HeldUser *before, const User *seen, int64_t seen_usec, int64_t now_usec,
                    Error *reterr) {
        _cleanup_(link_deinit) Link link = LINK_INIT;
        int r;

        r = link_get_by_user(delivery->state, before->user.id, &link, reterr);
        if (r != 0)
                return r < 0 ? r : 0;
        if (seen) {
                r = notice_echoes(delivery, link.key, before, seen, reterr);
                if (r < 0)
                        return r;
        }
        if (delivery_is_written_to(delivery, link.key))
                return 0;
        return delivery_check_revocation(delivery, link.key, &before->user, seen, seen_usec, now_usec, reterr);
}

/*
 * Seen otherwise than it was held: as after a listing, its person is decided again at the next read of HR. No listing will
 * tell of it, since it is in the snapshot now.
 */
static int notice_drift(Delivery *delivery, const HeldUser *before, Error *reterr) {
        _cleanup_(held_user_deinit) HeldUser after = HELD_USER_INIT;
        _cleanup_(link_deinit) Link link = LINK_INIT;
        _cleanup_(person_row_deinit) PersonRow person = PERSON_ROW_INIT;
        int r;

        r = snapshot_get(delivery->state, before->user.id, &after, reterr);
        if (r != 0)
                return r < 0 ? r : 0;
        if (before->missing == after.missing &&
            (delivery->options.drift_report || plan_difference(&before->user, &after.user) == 0))
                return 0;
        r = link_get_by_user(delivery->state, before->user.id, &link, reterr);
        if (r != 0)
                return r < 0 ? r : 0;
        r = person_get(delivery->state, link.key, &person, reterr);
        if (r != 0)
                return r < 0 ? r : 0;
        person.has_digest = person.gone = false;
        return person_put(delivery->state, &person, reterr);
}

static int take_user(Delivery *delivery, const User *user, int64_t begun_usec, int64_t now_usec, Error *reterr) {
        _cleanup_(held_user_deinit) HeldUser before = HELD_USER_INIT;
        int r;

        r = snapshot_get(delivery->state, user->id, &before, reterr);
        if (r < 0)
                return r;
        /* Read before our last write was acknowledged, or while one is under way: no newer than what we know. */
        if (r == 0 && (before.acked_usec > begun_usec || delivery_is_written_to(delivery, delivery->read_key)))
                return 0;
        r = snapshot_put(delivery->state, user, SNAPSHOT_SEEN, begun_usec, reterr);
        if (r < 0)
                return r;
        if (before.user.id == 0)
                return 0;
        r = notice_drift(delivery, &before, reterr);
        return r < 0 ? r : delivery_notice(delivery, &before, user, begun_usec, now_usec, reterr);
}

static int take_absence(Delivery *delivery, int64_t begun_usec, int64_t now_usec, Error *reterr) {
        _cleanup_(held_user_deinit) HeldUser before = HELD_USER_INIT;
        int r;

        if (delivery->read_id == 0)
                return 0;
        r = snapshot_get(delivery->state, delivery->read_id, &before, reterr);
        if (r != 0)
                return r < 0 ? r : 0;
        r = snapshot_set_missing(delivery->state, delivery->read_id, begun_usec, reterr);
        if (r < 0)
                return r;
        return delivery_notice(delivery, &before, NULL, begun_usec, now_usec, reterr);
}

/* A creation that was acknowledged, and whose user can't be found: no link to nobody. */
static int forget_unlearnt(Delivery *delivery, const char *key, Error *reterr) {
        _cleanup_(link_deinit) Link link = LINK_INIT;
        int r;

        r = link_get(delivery->state, key, &link, reterr);
        if (r != 0 || link.lockt_id != 0)
                return r < 0 ? r : 0;
        r = link_delete(delivery->state, key, reterr);
        return r < 0 ? r : 0;
}

/* Its turn comes later. */
static int read_in_vain(Delivery *delivery, QueueRow *row, const char *why, int64_t now_usec, Error *reterr) {
        if (row->attempts < 1000)
                row->attempts++;
        row->next_usec = now_usec + service_backoff(&delivery->service, row->attempts);
        free(row->last_error);
        row->last_error = why ? strdup(why) : NULL;
        return queue_put(delivery->state, row, reterr);
}

/* It was created alone, was ignored, and is not there (ruling 10). */
static int park_ignored(Delivery *delivery, const QueueRow *row, int64_t now_usec, Error *reterr) {
        int r;

        r = delivery_park(delivery, row->wanted.key, PARK_REFUSED, CREATION_IGNORED, now_usec, reterr);
        if (r < 0)
                return r;
        r = verify_delete(delivery->state, row->wanted.key, reterr);
        if (r < 0)
                return r;
        r = queue_delete(delivery->state, row->wanted.key, reterr);
        return r < 0 ? r : 0;
}

static int after_read(Delivery *delivery, bool absent, int64_t now_usec, Error *reterr) {
        _cleanup_(queue_row_deinit) QueueRow row = QUEUE_ROW_INIT;
        int r;

        if (absent && delivery->read_id == 0) {
                r = forget_unlearnt(delivery, delivery->read_key, reterr);
                if (r < 0)
                        return r;
        }
        r = queue_get(delivery->state, delivery->read_key, &row, reterr);
        if (r != 0)
                return r < 0 ? r : 0;
        if (absent && row.lane == LANE_CREATE && row.last_error && strcmp(row.last_error, CREATION_IGNORED) == 0)
                return park_ignored(delivery, &row, now_usec, reterr);
        row.probing = false;
        r = delivery_requeue(delivery, &row, now_usec, reterr);
        if (r < 0 || !row.probing)
                return r;
        /* The read did not help: not again at once. */
        return read_in_vain(delivery, &row, "reading its user in Lockt did not make it clear", now_usec, reterr);
}

/* The read itself failed: this record's turn comes later, the others' goes on. */
static int read_failed(Delivery *delivery, const LocktAnswer *answer, int64_t now_usec, Error *reterr) {
        _cleanup_(queue_row_deinit) QueueRow row = QUEUE_ROW_INIT;
        _cleanup_(verify_deinit) Verify verify = { 0 };
        int r;

        r = verify_get(delivery->state, delivery->read_key, &verify, reterr);
        if (r < 0)
                return r;
        if (r == 0) {
                verify.due_usec = now_usec + delivery->options.retry_first_usec;
                r = verify_put(delivery->state, &verify, reterr);
                if (r < 0)
                        return r;
        }
        r = queue_get(delivery->state, delivery->read_key, &row, reterr);
        if (r != 0 || !row.probing)
                return r < 0 ? r : 0;
        return read_in_vain(delivery, &row, answer->message, now_usec, reterr);
}

/* Whether the read that has ended shows what the first update did. */
static bool shows_first(const Delivery *delivery) {
        return delivery->reading_first && delivery->first.stage == FIRST_SENT &&
               !delivery_is_written_to(delivery, delivery->first.key);
}

static int got(Delivery *delivery, int64_t begun_usec, int64_t now_usec, const LocktAnswer *answer, const User *user,
               FirstStage *ret_first, Error *reterr) {
        bool found = answer->verdict == LOCKT_OK && user, absent = answer->verdict == LOCKT_ABSENT;
        int r;

        if (!found && !absent) {
                if (delivery->reading_first)
                        delivery->first.next_usec = now_usec + delivery->options.retry_first_usec;
                return read_failed(delivery, answer, now_usec, reterr);
        }
        if (shows_first(delivery)) {
                r = delivery_first_seen(delivery, found ? user : NULL, now_usec, ret_first, reterr);
                if (r < 0)
                        return r;
        }
        r = found ? take_user(delivery, user, begun_usec, now_usec, reterr)
                  : take_absence(delivery, begun_usec, now_usec, reterr);
        if (r < 0)
                return r;
        r = delivery_resolve_doubt(delivery, delivery->read_key, begun_usec, now_usec, reterr);
        if (r < 0)
                return r;
        return after_read(delivery, absent, now_usec, reterr);
}

int delivery_got(Delivery *delivery, int64_t begun_usec, int64_t now_usec, const LocktAnswer *answer, const User *user,
                 Error *reterr) {
        FirstStage first = delivery->first.stage;
        int r;

        delivery->reading = false;
        delivery_judge(delivery, now_usec, false, answer);
        r = state_begin(delivery->state, reterr);
        if (r < 0)
                return r;
        r = got(delivery, begun_usec, now_usec, answer, user, &first, reterr);
        delivery->reading_first = false;
        if (r < 0) {
                state_rollback(delivery->state);
                return r;
        }
        r = state_commit(delivery->state, reterr);
        if (r >= 0)
                delivery_first_enter(delivery, first);
        return r;
}

/* One revocation that a listing has seen: unchanged by it, or it would have been noticed while it was applied. */
static int check_listed(Delivery *delivery, const char *key, int64_t listed_usec, int64_t now_usec, Error *reterr) {
        _cleanup_(link_deinit) Link link = LINK_INIT;
        _cleanup_(held_user_deinit) HeldUser held = HELD_USER_INIT;
        int r;

        r = link_get(delivery->state, key, &link, reterr);
        if (r < 0)
                return r;
        if (r == STATE_NONE)
                return delivery_resolve_doubt(delivery, key, listed_usec, now_usec, reterr);
        r = snapshot_get(delivery->state, link.lockt_id, &held, reterr);
        if (r < 0)
                return r;
        if (r == STATE_NONE || held.missing)
                return delivery_check_revocation(delivery, key, &held.user, NULL, listed_usec, now_usec, reterr);
        return delivery_check_revocation(delivery, key, &held.user, &held.user, listed_usec, now_usec, reterr);
}

int delivery_listed(Delivery *delivery, int64_t listed_usec, int64_t now_usec, Error *reterr) {
        char *keys[64] = { 0 };
        size_t n = 0;
        int r;

        r = state_begin(delivery->state, reterr);
        if (r < 0)
                return r;
        r = verify_listed(delivery->state, now_usec, listed_usec, ELEMENTS(keys), keys, &n, reterr);
        for (size_t i = 0; i < n; i++) {
                if (r >= 0)
                        r = check_listed(delivery, keys[i], listed_usec, now_usec, reterr);
                free(keys[i]);
        }
        if (r >= 0 && n < ELEMENTS(keys))
                r = queue_clear_probing(delivery->state, reterr);
        if (r < 0) {
                state_rollback(delivery->state);
                return r;
        }
        r = state_commit(delivery->state, reterr);
        if (r < 0)
                return r;
        return n < ELEMENTS(keys) ? 0 : DELIVERY_AGAIN;
}
