/* Validation of a plan. See validate.h. */

#include "daemon/validate.h"

#include <errno.h>
#include <stdlib.h>

#include "daemon/control-json.h"
#include "lib/lockt/lockt.h"

#define BATCH 100
#define PILES 2                 /* creations and updates go with other options */

typedef struct Pile {
        LocktWrite kind;
        size_t n;
        User users[BATCH];
} Pile;

struct Validator {
        Call *call;
        LocktTurn turn;
        LocktCall *asked;
        Pile *asking;                   /* what is being validated */
        bool unreleased;
        Pile piles[PILES];
};

static void on_turn(void *userdata) {
        Validator *validator = userdata;

        call_wake(validator->call);
}

Validator *validator_new(Call *call) {
        Validator *validator = calloc(1, sizeof(*validator));

        if (!validator)
                return NULL;
        validator->call = call;
        validator->turn = (LocktTurn) { .ready = on_turn, .userdata = validator, .write = true };
        validator->piles[0].kind = LOCKT_UPDATE;
        validator->piles[1].kind = LOCKT_CREATE;
        return validator;
}

static void empty(Pile *pile) {
        for (size_t i = 0; i < pile->n; i++)
                user_deinit(&pile->users[i]);
        pile->n = 0;
}

Validator *validator_free(Validator *validator) {
        if (!validator)
                return NULL;
        if (validator->asked)
                lockt_cancel(validator->asked);
        carry_lockt_leave(&validator->turn);
        for (size_t i = 0; i < PILES; i++)
                empty(&validator->piles[i]);
        free(validator);
        return NULL;
}

int validator_add(Validator *validator, LocktWrite kind, const User *user) {
        Pile *pile = &validator->piles[kind == LOCKT_CREATE];
        int r;

        if (validator->unreleased)
                return 0;
        if (pile->n == BATCH)
                return -ENOSPC; /* the caller did not ask whether it may go on */
        r = user_copy(user, &pile->users[pile->n]);
        if (r >= 0)
                pile->n++;
        return r;
}

static void say_invalid(Validator *validator, const LocktFailure *failure) {
        struct json_object *line = json_object_new_object();

        json_add_text(line, "id_num", user_text(&validator->asking->users[failure->index], PROPERTY_ID_NUM));
        json_add_text(line, "text", failure->message);
        call_say(validator->call, "invalid", line);
        validator->call->exit = SERVICE_FAILED;
}

static void say_unreleased(Validator *validator, const char *text) {
        struct json_object *line = json_object_new_object();

        json_add_text(line, "what", "uservalidate");
        json_add_text(line, "text", text);
        call_say(validator->call, "not_released", line);
        validator->unreleased = true;
        for (size_t i = 0; i < PILES; i++)
                empty(&validator->piles[i]);
}

static void on_done(void *userdata, const LocktAnswer *answer) {
        Validator *validator = userdata;
        Call *call = validator->call;

        validator->asked = NULL;
        carry_lockt_leave(&validator->turn);
        for (size_t i = 0; i < answer->n_failures; i++)
                say_invalid(validator, &answer->failures[i]);
        if (answer->verdict == LOCKT_NOT_RELEASED)
                say_unreleased(validator, answer->message ? answer->message : "not released on this instance");
        else if (answer->verdict != LOCKT_OK && answer->n_failures == 0)
                (void) error_set(&call->error, -EIO, "can't validate the plan: %s",
                                 answer->message ? answer->message : "Lockt did not answer");
        empty(validator->asking);
        call_wake(call);
}

static void ask(Validator *validator, Pile *pile) {
        Lockt *lockt = carry_lockt_client(validator->call->service->lockt);
        const User *users[BATCH];

        for (size_t i = 0; i < pile->n; i++)
                users[i] = &pile->users[i];
        validator->asking = pile;
        (void) lockt_validate_users(lockt, pile->kind, users, pile->n, on_done, validator, &validator->asked,
                                    &validator->call->error);
}

bool validator_ready(Validator *validator, bool all) {
        for (size_t i = 0; i < PILES; i++) {
                Pile *pile = &validator->piles[i];

                if (pile->n == 0 || (!all && pile->n < BATCH))
                        continue;
                if (!validator->turn.carrier)
                        carry_lockt_queue(validator->call->service->lockt, &validator->turn);
                if (validator->turn.come && !validator->asked)
                        ask(validator, pile);
                return validator->call->error.code < 0;
        }
        return true;
}
