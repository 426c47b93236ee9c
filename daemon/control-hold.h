#pragma once

/* What is held, group by group, as the status and a plan's summary tell it. */

#include "daemon/control-call.h"
#include "lib/state/hold.h"

/* An array of {"digest","kind","level","people","since_usec","text"}; NULL with call->error. Whoever gets it can approve. */
struct json_object *control_holds(Call *call);
