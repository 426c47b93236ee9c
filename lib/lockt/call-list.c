/* Answers that are lists: one element at a time on its way to the caller, and what the end of the list means. */

#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/lockt/call.h"

/* The caller gave up. Not with his own number: -EAGAIN and others mean something to the listing. */
static int stopped(int r, Error *reterr) {
        return error_set(reterr, -ECANCELED, "the listing was stopped: %s", strerror(-r));
}

/* One element of a listing, as it arrives. */
static ssize_t on_user(void *userdata, const char *bytes, size_t length, bool whole, Error *reterr) {
        LocktCall *call = userdata;
        size_t used;
        User user;
        int r;

        r = element_read_user(&call->reader, bytes, length, &user, &used, whole ? reterr : NULL);
        if (r < 0)
                return whole ? r : -EAGAIN;
        r = call->each.user(call->userdata, &user, call->reader.is_fob);
        if (r < 0)
                return stopped(r, reterr);
        return call->cancelled ? -ECANCELED : (ssize_t) used;
}

static ssize_t on_level(void *userdata, const char *bytes, size_t length, bool whole, Error *reterr) {
        LocktCall *call = userdata;
        Level level;
        size_t used;
        int r;

        r = element_read_level(&call->reader, bytes, length, &level, &used, whole ? reterr : NULL);
        if (r < 0)
                return whole ? r : -EAGAIN;
        r = call->each.level ? call->each.level(call->userdata, &level) : 0;
        if (r < 0)
                return stopped(r, reterr);
        return call->cancelled ? -ECANCELED : (ssize_t) used;
}

/* One object, to the callback that its kind has. */
static int deliver(LocktCall *call, const Object *object) {
        void *userdata = call->userdata;

        switch (call->object) {
        case LOCKT_FOB:
                return call->each.fob(userdata, &object->fob);
        case LOCKT_FOB_CHECK:
                return call->each.fob_check(userdata, &object->fob_check);
        case LOCKT_CREDENTIAL:
                return call->each.credential(userdata, &object->credential);
        case LOCKT_SUMMARY:
                return call->each.summary(userdata, &object->summary);
        case LOCKT_EVENT:
                return call->each.event(userdata, &object->event);
        case LOCKT_DOOR:
                return call->each.door(userdata, &object->door);
        case LOCKT_DOOR_STATE:
                return call->each.door_state(userdata, &object->door_state);
        case LOCKT_SCHEDULE:
                return call->each.schedule(userdata, &object->schedule);
        case LOCKT_ACCESS_LEVEL:
                return call->each.access_level(userdata, &object->access_level);
        default:
                return -EINVAL;
        }
}

static ssize_t on_object(void *userdata, const char *bytes, size_t length, bool whole, Error *reterr) {
        LocktCall *call = userdata;
        Object object;
        size_t used;
        int r;

        r = object_read(&call->object_reader, call->object, bytes, length, &object, &used, whole ? reterr : NULL);
        if (r < 0)
                return whole ? r : -EAGAIN;
        r = deliver(call, &object);
        if (r < 0)
                return stopped(r, reterr);
        return call->cancelled ? -ECANCELED : (ssize_t) used;
}

/* A single user waits until the whole answer is known to be valid. Identical twins count once (ruling 34). */
static ssize_t on_single(void *userdata, const char *bytes, size_t length, bool whole, Error *reterr) {
        LocktCall *call = userdata;

        if (!whole)
                return -EAGAIN;
        if (call->element) {
                if (call->element_length == length && memcmp(call->element, bytes, length) == 0)
                        return (ssize_t) length;
                return error_set(reterr, -EBADMSG, "the answer holds more than the user that was asked for");
        }
        call->element = malloc(length);
        if (!call->element)
                return error_set(reterr, -ENOMEM, "cannot read the user: out of memory");
        memcpy(call->element, bytes, length);
        call->element_length = length;
        return (ssize_t) length;
}

void call_expect_list(LocktCall *call) {
        listing_deinit(&call->listing);
        switch (call->kind) {
        case CALL_USERS:
                listing_init(&call->listing, on_user, call, LISTING_ELEMENT_MAX);
                break;
        case CALL_USER:
                listing_init(&call->listing, on_single, call, LISTING_ELEMENT_MAX);
                call->listing.single = true;
                break;
        case CALL_OBJECTS:
                listing_init(&call->listing, on_object, call, LISTING_WIDE_ELEMENT_MAX);
                /* The document shows no summary: one object is as likely as a list of them. */
                call->listing.single = call->object == LOCKT_SUMMARY;
                break;
        default:
                listing_init(&call->listing, on_level, call, LISTING_WIDE_ELEMENT_MAX);
                break;
        }
}

/* ruling 42: an answer about somebody else is an error. */
static bool is_asked_for(const LocktCall *call, const User *user) {
        if (call->id_num)
                return !(user->unclear & PROPERTY_BIT(PROPERTY_ID_NUM)) &&
                       strcmp(user_text(user, PROPERTY_ID_NUM), call->id_num) == 0;
        return user->id == call->id;
}

static int single_end(LocktCall *call, LocktAnswer *ret) {
        _cleanup_(error_clear) Error error = ERROR_INIT;
        size_t used;
        User user;
        int r;

        /* ruling 22 */
        if (!call->element)
                return answer_set(ret, LOCKT_ABSENT, "Lockt has no such user");

        r = element_read_user(&call->reader, call->element, call->element_length, &user, &used, &error);
        if (r >= 0 && used != call->element_length)
                r = error_set(&error, -EBADMSG, "the user of the answer is not valid JSON");
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                return answer_set(ret, LOCKT_UNKNOWN, "%s", error_message(&error));
        if (!is_asked_for(call, &user))
                return answer_set(ret, LOCKT_UNKNOWN,
                                  "Lockt answered with another user than the one that was asked for");

        call->reading = true;
        r = call->each.user(call->userdata, &user, call->reader.is_fob);
        call->reading = false;
        if (call->cancelled)
                return -ECANCELED;
        if (r < 0)
                return answer_set(ret, LOCKT_UNKNOWN, "the user was read, and could not be taken in: %s", strerror(-r));
        return answer_set(ret, LOCKT_OK, "Lockt has this user");
}

int call_list_end(LocktCall *call, LocktAnswer *ret) {
        _cleanup_(error_clear) Error error = ERROR_INIT;
        int r;

        r = listing_end(&call->listing, &error);
        if (r == LISTING_FAILED)
                return answer_judge_words(call->asked, ret->status, 0, call->listing.failure, ret);
        if (call->kind == CALL_USER && r == LISTING_NULL)
                return answer_set(ret, LOCKT_ABSENT, "Lockt has no such user");
        if (r == LISTING_NULL)
                return answer_set(ret, LOCKT_UNKNOWN, "the list is null instead of a list");
        if (r < 0)
                return answer_set(ret, LOCKT_UNKNOWN, "%s", error_message(&error));
        if (call->kind == CALL_USER)
                return single_end(call, ret);
        return answer_set(ret, LOCKT_OK, "Lockt listed %zu elements", call->listing.n_elements);
}

/* "1004", 1004, {"card_num":…} or [{"card_num":…}]: the document shows no answer. */
static const char *find_card_num(json_object *data) {
        json_object *card = data;

        if (json_object_is_type(card, json_type_array) && json_object_array_length(card) == 1)
                card = json_object_array_get_idx(card, 0);
        if (json_object_is_type(card, json_type_object)) {
                json_object *object = card;

                if (!json_object_object_get_ex(object, "card_num", &card) &&
                    !json_object_object_get_ex(object, "nextcardnum", &card))
                        return NULL;
        }
        if (!json_object_is_type(card, json_type_string) && !json_object_is_type(card, json_type_int))
                return NULL;
        return json_object_get_string(card);
}

int call_card_num_end(LocktCall *call, LocktAnswer *ret) {
        _cleanup_(json_object_putp) json_object *answer = NULL;
        json_object *data = NULL;
        const char *card_num;
        int r;

        r = answer_parse(call->body ? call->body : "", call->length, &answer);
        if (r < 0)
                return r;
        if (!json_object_is_type(answer, json_type_object) || !json_object_object_get_ex(answer, "data", &data))
                return answer_read_failure(call->asked, 200, call->body ? call->body : "", call->length, ret);
        card_num = find_card_num(data);
        if (!card_num || !text_is_digits(card_num, strlen(card_num)))
                return answer_read_failure(call->asked, 200, call->body, call->length, ret);

        call->reading = true;
        r = call->each.card_num(call->userdata, card_num);
        call->reading = false;
        if (call->cancelled)
                return -ECANCELED;
        if (r < 0)
                return answer_set(ret, LOCKT_UNKNOWN, "the card number was read, and could not be taken in: %s",
                                  strerror(-r));
        return answer_set(ret, LOCKT_OK, "Lockt named the next card number");
}
