/*
 * Adoptions: which user of Lockt somebody is who is not linked to one (invariant 6)
 *
 * By the number with one more agreement, or by the e-mail where `link_by` says so; unique on both sides. What is
 * doubtful is parked with the commands that decide it, and so is a creation beside somebody who looks alike.
 */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/decide/internal.h"
#include "lib/state/hand.h"

#define NAMESAKES_MAX 16u

int decide_oom(Error *reterr) {
        return error_set(reterr, -ENOMEM, "cannot decide about a person: out of memory");
}

int decide_park(Decision *decision, ParkKind kind, const char *format, ...) {
        va_list ap;
        int r;

        if (decision->give_obstacle == OBSTACLE_PARKED)
                return 0; /* the first reason is the one that is told */
        decision->give_obstacle = OBSTACLE_PARKED;
        decision->park = kind;
        va_start(ap, format);
        r = vasprintf(&decision->reason, format, ap);
        va_end(ap);
        if (r < 0) {
                decision->reason = NULL;
                return -ENOMEM;
        }
        return 0;
}

bool decide_same_text(const User *a, const User *b, Property property) {
        const char *x = user_text(a, property), *y = user_text(b, property);

        return x[0] && strcasecmp(x, y) == 0;
}

static bool same_card(const User *a, const User *b) {
        const char *card = user_text(a, PROPERTY_CARD_NUM);

        return card[0] && strcmp(card, user_text(b, PROPERTY_CARD_NUM)) == 0;
}

/* An adoption needs one more agreement than the number (invariant 6). */
bool decide_agrees(const User *wanted, const User *held) {
        return decide_same_text(wanted, held, PROPERTY_LAST_NAME) || decide_same_text(wanted, held, PROPERTY_EMAIL) ||
               same_card(wanted, held);
}

char *decide_apart_reason(const char *key, int64_t lockt_id) {
        char *reason;

        if (asprintf(&reason,
                     "somebody has unlinked it from user %lld of Lockt: 'locktsyncctl link %s LOCKT_ID' links it "
                     "again, 'locktsyncctl link %s new' has it created",
                     (long long) lockt_id, key, key) < 0)
                return NULL;
        return reason;
}

static bool is_leaver(const QueueRow *row) {
        return row->wanted.standing == STANDING_OUT || row->wanted.standing == STANDING_ABSENT;
}

/* Found after a creation whose outcome was unknown: what it holds it has from us, levels too. */
static int remember_creation(const DecideContext *context, const char *key, Decision *decision, Error *reterr) {
        _cleanup_(verify_deinit) Verify doubt = { 0 };
        int r;

        r = verify_get(context->state, key, &doubt, reterr);
        if (r != 0)
                return r < 0 ? r : 0;
        for (size_t i = 0; i < decision->held.user.n_levels; i++)
                if (user_add_level(&decision->link.granted, decision->held.user.levels[i]) < 0)
                        return decide_oom(reterr);
        return 0;
}

/* Who else in HR has this card number or e-mail, as far as the read under way and the queue tell. 0, STATE_NONE. */
static int find_rival(const DecideContext *context, const char *key, Property property, const char *value,
                      char **ret_key, Error *reterr) {
        int r;

        if (!value[0])
                return STATE_NONE;
        r = stage_claimant(context->state, context->dry ? STAGE_DRY : STAGE_COMPLETE, property, value, key, ret_key,
                           reterr);
        return r != STATE_NONE ? r : queue_claimant(context->state, property, value, key, ret_key, reterr);
}

/*
 * Whether a complete read tells who has which e-mail in HR. A keyed read does not know the others; who is in the queue
 * was looked at before he came there.
 */
static int sees_everybody(const DecideContext *context, const char *key, Error *reterr) {
        _cleanup_(finding_deinit) Finding finding = FINDING_INIT;
        _cleanup_(queue_row_deinit) QueueRow row = QUEUE_ROW_INIT;
        int r;

        if (context->dry)
                return 1;
        r = stage_get(context->state, STAGE_COMPLETE, key, &finding, reterr);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = queue_get(context->state, key, &row, reterr);
        return r < 0 ? r : r == 0;
}

/* Who was parked stays so, for what he was parked for. */
static int wait_for_everybody(const DecideContext *context, const char *key, Decision *decision, Error *reterr) {
        _cleanup_(park_deinit) Park parked = { 0 };
        int r;

        r = park_get(context->state, key, &parked, reterr);
        if (r < 0)
                return r;
        if (r == 0 && parked.kind == PARK_CONFLICT)
                return decide_park(decision, PARK_CONFLICT, "%s", parked.reason);
        return decide_park(decision, PARK_CONFLICT, "user %lld of Lockt has its e-mail; whether nobody else in HR has "
                           "it, the next complete read tells", (long long) decision->held.user.id);
}

/* The e-mail alone says who it is: then it must be of nobody else in HR. */
static int check_sole(const DecideContext *context, const QueueRow *row, Decision *decision, Error *reterr) {
        _cleanup_(freep) char *rival = NULL;
        long long id = decision->held.user.id;
        int r;

        r = sees_everybody(context, row->wanted.key, reterr);
        if (r < 0)
                return r;
        if (r == 0)
                return wait_for_everybody(context, row->wanted.key, decision, reterr);
        r = find_rival(context, row->wanted.key, PROPERTY_EMAIL, user_text(&row->wanted.wanted, PROPERTY_EMAIL), &rival,
                       reterr);
        if (r != 0)
                return r < 0 ? r : 0;
        return decide_park(decision, PARK_CONFLICT, "user %lld of Lockt has its e-mail, and so has %s in HR: "
                           "'locktsyncctl link ID_NUM %lld' says who it is", id, rival, id);
}

/* The number and a last name agree, and nothing else: not where HR gives the user's e-mail or card to somebody else. */
static int check_weak(const DecideContext *context, const QueueRow *row, Decision *decision, Error *reterr) {
        static const Property telling[] = { PROPERTY_EMAIL, PROPERTY_CARD_NUM };
        const User *wanted = &row->wanted.wanted, *held = &decision->held.user;

        if (decide_same_text(wanted, held, PROPERTY_EMAIL) || same_card(wanted, held))
                return 0;
        for (size_t i = 0; i < ELEMENTS(telling); i++) {
                _cleanup_(freep) char *rival = NULL;
                int r;

                r = find_rival(context, row->wanted.key, telling[i], user_text(held, telling[i]), &rival, reterr);
                if (r < 0)
                        return r;
                if (r == 0)
                        return decide_park(decision, PARK_CONFLICT, "user %lld of Lockt has this id_num, and the %s of "
                                           "%s: 'locktsyncctl link ID_NUM %lld' says who it is", (long long) held->id,
                                           property_name(telling[i]), rival, (long long) held->id);
        }
        return 0;
}

/* Somebody else is that user already. Who is to be out has nothing that could be withheld from him. */
static int taken(const QueueRow *row, const Link *other, int64_t id, Decision *decision) {
        if (is_leaver(row))
                return 0;
        return decide_park(decision, PARK_CONFLICT, "user %lld of Lockt is linked to %s already; 'locktsyncctl link %s "
                           "%lld' takes it over when %s is out", (long long) id, other->key, row->wanted.key,
                           (long long) id, other->key);
}

/* One candidate: is it free, and is it the same person? */
static int consider_adoption(const DecideContext *context, const QueueRow *row, int64_t id, bool by_email,
                             Decision *decision, Error *reterr) {
        _cleanup_(link_deinit) Link other = LINK_INIT;
        int r;

        r = link_get_by_user(context->state, id, &other, reterr);
        if (r < 0)
                return r;
        if (r == 0)
                return taken(row, &other, id, decision);

        r = snapshot_get(context->state, id, &decision->held, reterr);
        if (r < 0)
                return r;
        if (r == STATE_NONE || decision->held.missing) {
                held_user_deinit(&decision->held);
                return 0;
        }
        if (by_email && user_text(&decision->held.user, PROPERTY_ID_NUM)[0]) {
                held_user_deinit(&decision->held);
                return 0; /* has a number of its own: another person's (the conflict over the e-mail is found later) */
        }
        if (by_email)
                r = check_sole(context, row, decision, reterr);
        else if (!decide_agrees(&row->wanted.wanted, &decision->held.user))
                r = decide_park(decision, PARK_CONFLICT, "user %lld of Lockt has this id_num, but neither last name, "
                                "e-mail nor card agree: 'locktsyncctl link %s %lld' if that is him", (long long) id,
                                row->wanted.key, (long long) id);
        else
                r = check_weak(context, row, decision, reterr);
        if (r < 0)
                return r;
        if (decision->give_obstacle == OBSTACLE_PARKED) {
                held_user_deinit(&decision->held);
                return 0;
        }
        decision->adopts = true;
        return remember_creation(context, row->wanted.key, decision, reterr);
}

static int consider_number(const DecideContext *context, const QueueRow *row, bool *ret_found, Decision *decision,
                           Error *reterr) {
        int64_t ids[2];
        size_t n;
        int r;

        r = snapshot_find(context->state, PROPERTY_ID_NUM, row->wanted.key, 0, ids, ELEMENTS(ids), &n, reterr);
        if (r < 0)
                return r;
        *ret_found = n > 0;
        if (n == 1)
                return consider_adoption(context, row, ids[0], false, decision, reterr);
        return n == 0 ? 0 : decide_park(decision, PARK_CONFLICT, "users %lld and %lld of Lockt both have this id_num",
                                        (long long) ids[0], (long long) ids[1]);
}

static int consider_email(const DecideContext *context, const QueueRow *row, Decision *decision, Error *reterr) {
        const char *email = user_text(&row->wanted.wanted, PROPERTY_EMAIL);
        int64_t ids[2];
        size_t n;
        int r;

        if (!context->link_by_email || !email[0])
                return 0;
        r = snapshot_find(context->state, PROPERTY_EMAIL, email, 0, ids, ELEMENTS(ids), &n, reterr);
        if (r < 0)
                return r;
        if (n == 1)
                return consider_adoption(context, row, ids[0], true, decision, reterr);
        return n == 0 ? 0 : decide_park(decision, PARK_CONFLICT, "users %lld and %lld of Lockt both have its e-mail",
                                        (long long) ids[0], (long long) ids[1]);
}

/* What somebody said of this person: none of them (1), not that one any more (parked), or nothing (0). */
static int ask_hand(const DecideContext *context, const QueueRow *row, Decision *decision, Error *reterr) {
        _cleanup_(freep) char *reason = NULL;
        int64_t id;
        int r;

        r = apart_get(context->state, row->wanted.key, 0, reterr);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = apart_any(context->state, row->wanted.key, &id, reterr);
        if (r != 0)
                return r < 0 ? r : 0;
        decision->apart = true;
        if (is_leaver(row))
                return 0;
        reason = decide_apart_reason(row->wanted.key, id);
        if (!reason)
                return decide_oom(reterr);
        return decide_park(decision, PARK_CONFLICT, "%s", reason);
}

int decide_candidate(const DecideContext *context, const QueueRow *row, Decision *decision, Error *reterr) {
        bool found;
        int r, is_new;

        is_new = ask_hand(context, row, decision, reterr);
        if (is_new < 0 || decision->apart)
                return is_new < 0 ? is_new : 0;
        r = consider_number(context, row, &found, decision, reterr);
        if (r < 0 || found || is_new)
                return r;
        return consider_email(context, row, decision, reterr);
}

/* Whether a user of Lockt bears the number of somebody else whom HR has: then he is nobody's double. */
static int is_known_other(const DecideContext *context, int64_t id, bool *ret, Error *reterr) {
        _cleanup_(held_user_deinit) HeldUser held = HELD_USER_INIT;
        _cleanup_(person_row_deinit) PersonRow person = PERSON_ROW_INIT;
        _cleanup_(finding_deinit) Finding finding = FINDING_INIT;
        const char *id_num;
        int r;

        *ret = false;
        r = snapshot_get(context->state, id, &held, reterr);
        if (r != 0)
                return r < 0 ? r : 0;
        id_num = user_text(&held.user, PROPERTY_ID_NUM);
        if (!id_num[0])
                return 0;
        if (context->mapping && mapping_excludes(context->mapping, id_num)) {
                *ret = true;
                return 0;
        }
        r = stage_get(context->state, context->dry ? STAGE_DRY : STAGE_COMPLETE, id_num, &finding, reterr);
        if (r < 0)
                return r;
        if (r == 0) {
                *ret = finding.kind != FINDING_ABSENT;
                return 0;
        }
        r = person_get(context->state, id_num, &person, reterr);
        if (r < 0)
                return r;
        *ret = r == 0 && !person.gone && person.absent_since_usec < 0;
        return 0;
}

int decide_double(const DecideContext *context, const QueueRow *row, Decision *decision, Error *reterr) {
        const User *wanted = &row->wanted.wanted;
        int64_t ids[NAMESAKES_MAX];
        size_t n;
        int r;

        if (!decision->plan.create || decision->give_obstacle == OBSTACLE_PARKED)
                return 0;
        r = snapshot_find_name(context->state, user_text(wanted, PROPERTY_FIRST_NAME),
                               user_text(wanted, PROPERTY_LAST_NAME), 0, true, ids, ELEMENTS(ids), &n, reterr);
        if (r < 0 || n == 0)
                return r;
        r = apart_get(context->state, row->wanted.key, 0, reterr);
        if (r <= 0)
                return r;
        for (size_t i = 0; i < n; i++) {
                bool other;

                r = is_known_other(context, ids[i], &other, reterr);
                if (r < 0)
                        return r;
                if (!other)
                        return decide_park(decision, PARK_CONFLICT, "user %lld of Lockt has the same name: "
                                           "'locktsyncctl link %s %lld', or 'locktsyncctl link %s new' if it is somebody else",
                                           (long long) ids[i], row->wanted.key, (long long) ids[i], row->wanted.key);
        }
        return 0;
}
