/* The played Lockt: users, strict writes, reads, and all that goes wrong. */

#include <errno.h>
#include <stdlib.h>
#include <strings.h>

#include "world-private.h"

void lockt_furnish(World *w) {
        static const Level levels[] = {
                { CARDHOLDER, (char *) "Cardholder" }, { SECURITY, (char *) "Security" },
                { LAB, (char *) "Lab" },               { POOL, (char *) "Pool" },
        };

        memcpy(w->levels, levels, sizeof(levels));
        w->n_levels = ELEMENTS(levels);
}

void lockt_clear(World *w) {
        for (size_t i = 0; i < w->n_users; i++)
                user_deinit(&w->users[i].user);
        free(w->users);
        w->users = NULL;
        w->n_users = 0;
        for (size_t i = 0; i < w->n_late; i++)
                sent_deinit(&w->late[i].write);
        w->n_late = 0;
}

void lockt_set(LocktUser *user, Property property, const char *value) {
        assert_int_equal(user_set_text(&user->user, property, value), 0);
}

LocktUser *lockt_user(World *w, const char *id_num) {
        for (size_t i = 0; i < w->n_users; i++)
                if (strcmp(user_text(&w->users[i].user, PROPERTY_ID_NUM), id_num) == 0)
                        return &w->users[i];
        return NULL;
}

LocktUser *lockt_user_of_id(World *w, int64_t id) {
        for (size_t i = 0; i < w->n_users; i++)
                if (w->users[i].user.id == id)
                        return &w->users[i];
        return NULL;
}

static LocktUser *add_user(World *w) {
        LocktUser *user;

        assert_true(w->n_users < PEOPLE_MAX);
        user = &w->users[w->n_users++];
        *user = (LocktUser) { .user = USER_INIT };
        user->user.id = w->next_id++;
        user->user.levels_known = true;
        return user;
}

LocktUser *lockt_stranger(World *w, const char *id_num, const char *last, const char *email, const char *card) {
        LocktUser *user = add_user(w);

        user->stranger = true;
        user->user.enabled = true;
        lockt_set(user, PROPERTY_ID_NUM, id_num);
        lockt_set(user, PROPERTY_FIRST_NAME, "Some");
        lockt_set(user, PROPERTY_LAST_NAME, last);
        lockt_set(user, PROPERTY_EMAIL, email);
        lockt_set(user, PROPERTY_CARD_NUM, card);
        assert_int_equal(user_add_level(&user->user, CARDHOLDER), 0);
        return user;
}

void lockt_delete(World *w, const char *id_num) {
        LocktUser *user = lockt_user(w, id_num);

        assert_non_null(user);
        user_deinit(&user->user);
        memmove(user, user + 1, (size_t) (w->users + w->n_users - user - 1) * sizeof(*user));
        w->n_users--;
}

bool lockt_opens(World *w, const char *id_num) {
        const LocktUser *user = lockt_user(w, id_num);

        return user && access_any(&user->user, w->now.real_usec / SECOND);
}

bool lockt_has_level(World *w, const char *id_num, int64_t level) {
        const LocktUser *user = lockt_user(w, id_num);

        return user && user_has_level(&user->user, level);
}

void sent_deinit(Sent *sent) {
        for (size_t i = 0; i < sent->n; i++)
                user_deinit(&sent->users[i]);
        free(sent->users);
        free(sent->masks);
        *sent = (Sent) { 0 };
}

void sent_copy(const Sent *sent, Sent *ret) {
        *ret = *sent;
        ret->users = calloc(sent->n, sizeof(*ret->users));
        ret->masks = calloc(sent->n, sizeof(*ret->masks));
        assert_true(ret->users && ret->masks);
        for (size_t i = 0; i < sent->n; i++) {
                assert_int_equal(user_copy(&sent->users[i], &ret->users[i]), 0);
                ret->masks[i] = sent->masks[i];
        }
}

void lockt_start_write(World *w, const SyncAction *action) {
        /* Rulings 15 and 26. */
        assert_false(w->writing);
        assert_in_range(action->n_users, 1, 100);
        w->write = (Sent) { .kind = action->write, .n = action->n_users, .at_usec = w->now.steady_usec };
        w->write.users = calloc(action->n_users, sizeof(*w->write.users));
        w->write.masks = calloc(action->n_users, sizeof(*w->write.masks));
        assert_true(w->write.users && w->write.masks);
        for (size_t i = 0; i < action->n_users; i++) {
                assert_int_equal(user_copy(action->users[i], &w->write.users[i]), 0);
                w->write.masks[i] = action->masks[i];
        }
        w->writing = true;
        judge_write(w, &w->write);

        w->log = reallocarray(w->log, w->n_log + 1, sizeof(*w->log));
        assert_non_null(w->log);
        sent_copy(&w->write, &w->log[w->n_log++]);
}

void world_forget_log(World *w) {
        for (size_t i = 0; i < w->n_log; i++)
                sent_deinit(&w->log[i]);
        w->n_log = 0;
        w->gets = w->listings = w->reads = w->keyed_reads = 0;
        memset(w->news, 0, sizeof(w->news));
}

/* Another user with this card number or e-mail. The order within a batch is not said: it counts as it was before it too. */
static const char *clash(const LocktUser *before, size_t n_before, const World *w, const User *user) {
        for (unsigned pass = 0; pass < 2; pass++) {
                const LocktUser *users = pass == 0 ? before : w->users;
                size_t n = pass == 0 ? n_before : w->n_users;

                for (size_t i = 0; i < n; i++) {
                        const User *other = &users[i].user;

                        if (other->id == user->id)
                                continue;
                        if (user_text(user, PROPERTY_CARD_NUM)[0] &&
                            strcmp(user_text(user, PROPERTY_CARD_NUM), user_text(other, PROPERTY_CARD_NUM)) == 0)
                                return "card_num is in use";
                        if (user_text(user, PROPERTY_EMAIL)[0] &&
                            strcasecmp(user_text(user, PROPERTY_EMAIL), user_text(other, PROPERTY_EMAIL)) == 0)
                                return "email is in use";
                }
        }
        return NULL;
}

static const char *refusal(const World *w, const User *record) {
        const char *email = user_text(record, PROPERTY_EMAIL);

        if (w->refused_id[0] && strcmp(user_text(record, PROPERTY_ID_NUM), w->refused_id) == 0)
                return w->refused_words[0] ? w->refused_words : "Unacceptable record";
        if (w->refuse_bad_mail && email[0] && !strchr(email, '@'))
                return w->refuse_silently ? "Refused" : "Invalid email address found";
        return NULL;
}

static LocktUser *matching(World *w, const User *record, bool by_id) {
        for (size_t i = 0; i < w->n_users; i++) {
                const User *user = &w->users[i].user;

                if (by_id ? user->id == record->id
                          : strcmp(user_text(user, PROPERTY_ID_NUM), user_text(record, PROPERTY_ID_NUM)) == 0 ||
                                    (user_text(record, PROPERTY_EMAIL)[0] &&
                                     strcasecmp(user_text(user, PROPERTY_EMAIL), user_text(record, PROPERTY_EMAIL)) == 0))
                        return &w->users[i];
        }
        return NULL;
}

static void replace(LocktUser *user, const User *record, uint32_t mask) {
        int64_t id = user->user.id;

        for (Property p = 0; p < TEXT_PROPERTIES; p++)
                if (mask & PROPERTY_BIT(p))
                        lockt_set(user, p, record->text[p]);
        if (mask & PROPERTY_BIT(PROPERTY_ACCESS_EFFECTIVE))
                user->user.access_effective = record->access_effective;
        if (mask & PROPERTY_BIT(PROPERTY_ACCESS_EXPIRES))
                user->user.access_expires = record->access_expires;
        if (mask & PROPERTY_BIT(PROPERTY_ENABLED))
                user->user.enabled = record->enabled;
        if (mask & PROPERTY_BIT(PROPERTY_ACCESSLEVELS)) {
                user->user.n_levels = 0;
                for (size_t i = 0; i < record->n_levels; i++)
                        assert_int_equal(user_add_level(&user->user, record->levels[i]), 0);
        }
        if (record->pin)
                (void) snprintf(user->pin, sizeof(user->pin), "%s", record->pin);
        user->user.id = id;
}

/* Properties that no update should touch, unless it says so. */
static void empty(LocktUser *user, uint32_t mask) {
        for (Property p = 0; p < TEXT_PROPERTIES; p++)
                if (mask & PROPERTY_BIT(p))
                        lockt_set(user, p, "");
        if (mask & PROPERTY_BIT(PROPERTY_ACCESS_EFFECTIVE))
                user->user.access_effective = INSTANT_NONE;
        if (mask & PROPERTY_BIT(PROPERTY_ACCESSLEVELS))
                user->user.n_levels = 0;
}

static void add_failure(LocktAnswer *answer, size_t index, const char *words) {
        answer->failures = reallocarray(answer->failures, answer->n_failures + 1, sizeof(*answer->failures));
        assert_non_null(answer->failures);
        answer->failures[answer->n_failures++] = (LocktFailure) { .index = index, .message = strdup(words) };
        answer->errors++;
}

static void carry_out_record(World *w, const Sent *write, size_t i, const LocktUser *before, size_t n_before,
                             LocktAnswer *answer) {
        const User *record = &write->users[i];
        uint32_t mask = write->kind == LOCKT_UPDATE_PUT ? write->masks[i] : PROPERTY_BIT(PROPERTIES) - 1;
        const char *words = refusal(w, record);
        LocktUser *user;

        if (write->kind == LOCKT_CREATE) {
                if (words) {
                        add_failure(answer, i, words);
                        return;
                }
                if (matching(w, record, false))
                        return; /* ignored (ruling 10) */
                words = clash(before, n_before, w, record);
                if (words) {
                        add_failure(answer, i, words);
                        return;
                }
                replace(add_user(w), record, mask);
                answer->inserted++;
                return;
        }
        user = matching(w, record, true);
        words = words ? words : user ? clash(before, n_before, w, record) : "no such user";
        if (words) {
                add_failure(answer, i, words);
                return;
        }
        if (!w->updates_vanish) {
                replace(user, record, mask);
                empty(user, w->update_clears);
        }
        answer->updated++;
}

void lockt_carry_out(World *w, const Sent *write, LocktAnswer *ret) {
        LocktAnswer answer = { .verdict = LOCKT_OK, .status = 200, .sent = true, .submitted = (unsigned) write->n };
        size_t n_before = w->n_users;
        LocktUser *before = calloc(n_before + 1, sizeof(*before));

        assert_non_null(before);
        for (size_t i = 0; i < n_before; i++)
                assert_int_equal(user_copy(&w->users[i].user, &before[i].user), 0);
        for (size_t i = 0; i < write->n; i++)
                carry_out_record(w, write, i, before, n_before, &answer);
        for (size_t i = 0; i < n_before; i++)
                user_deinit(&before[i].user);
        free(before);
        if (ret)
                *ret = answer;
        else
                lockt_answer_deinit(&answer);
}

void lockt_make_late(World *w, const Sent *write) {
        if (w->n_late == ELEMENTS(w->late))
                return;
        w->late[w->n_late].due_usec = w->now.real_usec + w->late_usec;
        sent_copy(write, &w->late[w->n_late++].write);
}

void world_deliver_late(World *w, bool all) {
        for (size_t i = 0; i < w->n_late;) {
                if (!all && w->late[i].due_usec > w->now.real_usec) {
                        i++;
                        continue;
                }
                world_trace(w, "a late write of %zu comes, %s first", w->late[i].write.n,
                            user_text(&w->late[i].write.users[0], PROPERTY_ID_NUM));
                lockt_carry_out(w, &w->late[i].write, NULL);
                sent_deinit(&w->late[i].write);
                memmove(&w->late[i], &w->late[i + 1], (w->n_late - i - 1) * sizeof(*w->late));
                w->n_late--;
        }
}

static Fault next_fault(Fault *fault, unsigned *left) {
        Fault now = *fault;

        if (*left > 0 && --*left == 0)
                *fault = FAULT_NONE;
        return now;
}

static void say(LocktAnswer *answer, LocktVerdict verdict, long status, const char *message) {
        lockt_answer_deinit(answer);
        *answer = (LocktAnswer) { .verdict = verdict, .status = status, .sent = status > 0 || verdict == LOCKT_UNKNOWN };
        answer->message = strdup(message);
}

/* What goes wrong with any request; false: nothing does. */
static bool fail_call(Fault fault, LocktAnswer *answer) {
        switch (fault) {
        case FAULT_DOWN:
                say(answer, LOCKT_UNAVAILABLE, 0, "connection refused");
                return true;
        case FAULT_503:
                say(answer, LOCKT_UNAVAILABLE, 503, "HTTP 503");
                return true;
        case FAULT_BUSY:
                say(answer, LOCKT_BUSY, 429, "HTTP 429");
                return true;
        case FAULT_401:
                say(answer, LOCKT_UNAUTHORIZED, 401, "HTTP 401");
                return true;
        case FAULT_REFUSED:
                say(answer, LOCKT_REFUSED, 400, "Bad request");
                return true;
        case FAULT_NONE:
                return false;
        default:
                say(answer, LOCKT_UNKNOWN, 0, "no answer came");
                return true;
        }
}

static void answer_to_write(World *w, LocktAnswer *answer) {
        Fault fault = next_fault(&w->write_fault, &w->write_faults);

        if (w->write.n > w->limit) {
                say(answer, LOCKT_TOO_LARGE, 400, "Batch size exceeds maximum");
                answer->batch_limit = w->limit;
                return;
        }
        if (w->refused_whole && fault == FAULT_NONE)
                for (size_t i = 0; i < w->write.n; i++)
                        if (refusal(w, &w->write.users[i])) {
                                say(answer, LOCKT_REFUSED, 400, refusal(w, &w->write.users[i]));
                                return;
                        }
        for (size_t i = 0; i < w->write.n && w->lost_id[0]; i++)
                if (strcmp(user_text(&w->write.users[i], PROPERTY_ID_NUM), w->lost_id) == 0)
                        fault = FAULT_LOST_BEFORE;
        if (fault == FAULT_NONE || fault == FAULT_LOST_AFTER || fault == FAULT_COUNTS)
                lockt_carry_out(w, &w->write, answer);
        if (fault == FAULT_LATE)
                lockt_make_late(w, &w->write);
        (void) fail_call(fault, answer);
}

bool world_answer_write(World *w) {
        LocktAnswer answer = { 0 };
        Error error = ERROR_INIT;
        int r;

        if (!w->writing)
                return false;
        world_pass(w, 1000);
        answer_to_write(w, &answer);
        world_trace(w, "answer to the write: %s, %u errors", lockt_verdict_name(answer.verdict), answer.errors);
        judge_acknowledged(w, &w->write, &answer);
        w->writing = false;
        w->answers++;
        r = sync_written(w->sync, w->now, &answer, &error);
        if (r < 0)
                world_fault(w, r, &error);
        error_clear(&error);
        sent_deinit(&w->write);
        lockt_answer_deinit(&answer);
        return true;
}

/* As a GET tells it. */
static void show(const World *w, const LocktUser *user, User *ret) {
        assert_int_equal(user_copy(&user->user, ret), 0);
        if (w->levels_hidden) {
                ret->levels_known = false;
                ret->n_levels = 0;
        }
        for (char *p = ret->text[PROPERTY_FIRST_NAME]; w->echo_folds && !user->stranger && p && *p; p++)
                if (*p >= 'a' && *p <= 'z')
                        *p = (char) (*p - 'a' + 'A');
}

static int list_users(World *w, Fault fault, Error *reterr) {
        size_t n = fault == FAULT_CUT ? w->n_users / 2 : w->n_users;
        int r = 0;

        for (size_t i = w->listing_lacks; i < n && r >= 0; i++) {
                User shown;

                show(w, &w->users[i], &shown);
                r = sync_user_listed(w->sync, &shown, false, reterr);
                user_deinit(&shown);
        }
        return r;
}

static int get_user(World *w, LocktAnswer *answer, bool failed, Error *reterr) {
        LocktUser *user = w->get_id > 0 ? lockt_user_of_id(w, w->get_id) : lockt_user(w, w->get_id_num);
        _cleanup_(user_deinit) User shown = USER_INIT;

        w->gets++;
        if (failed || !user) {
                if (!failed)
                        say(answer, LOCKT_ABSENT, 404, "nobody");
                return sync_user_got(w->sync, w->now, answer, NULL, false, reterr);
        }
        show(w, user, &shown);
        return sync_user_got(w->sync, w->now, answer, &shown, false, reterr);
}

bool world_answer_lockt_read(World *w) {
        LocktAnswer answer = { .verdict = LOCKT_OK, .status = 200, .sent = true };
        SyncActionKind call = w->lockt_call;
        Error error = ERROR_INIT;
        Fault fault;
        bool failed;
        int r;

        if (call == SYNC_WAIT)
                return false;
        world_pass(w, 1000);
        w->lockt_call = SYNC_WAIT;
        w->answers++;
        fault = next_fault(&w->read_fault, &w->read_faults);
        failed = fail_call(fault, &answer);
        if (call == SYNC_LIST_LEVELS)
                r = sync_levels_listed(w->sync, w->now, &answer, w->levels, w->n_levels, &error);
        else if (call == SYNC_GET_USER)
                r = get_user(w, &answer, failed, &error);
        else {
                w->listings++;
                r = failed && fault != FAULT_CUT ? 0 : list_users(w, fault, &error);
                if (r >= 0)
                        r = sync_users_listed(w->sync, w->now, &answer, &error);
        }
        if (r < 0)
                world_fault(w, r, &error);
        error_clear(&error);
        lockt_answer_deinit(&answer);
        return true;
}
