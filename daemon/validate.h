#pragma once

/*
 * What a plan would send, shown to POST /uservalidate: nothing of it is carried out (ruling 28)
 *
 * Records are gathered until there are a hundred of a kind, and validated in the daemon's one write slot, since it is a
 * POST. Who would be refused is said to the client: {"invalid":{"id_num","text"}}; or once, that the instance has no such
 * endpoint: {"not_released":{"what","text"}}.
 */

#include "daemon/control-call.h"
#include "lib/model/answer.h"
#include "lib/model/user.h"

typedef struct Validator Validator;

Validator *validator_new(Call *call);
/* Cancels what is under way. */
Validator *validator_free(Validator *validator);

/* A record of the plan, copied. LOCKT_CREATE or LOCKT_UPDATE. 0 or -ENOMEM. */
int validator_add(Validator *validator, LocktWrite kind, const User *user);

/*
 * Whether the caller may go on: false while a full batch, or with @all anything, is still to be validated; call_wake()
 * tells when to ask again. What failed is in call->error.
 */
bool validator_ready(Validator *validator, bool all);
