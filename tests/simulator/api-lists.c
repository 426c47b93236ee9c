/* The calls that list all records of a kind. */

#include "tests/simulator/route.h"

static int list(Request *request, ListKind kind, Reply *reply) {
        return listing_new(request->sim, kind, &request->faults, &reply->listing);
}

int api_fob_read(Request *request, Reply *reply) {
        return list(request, LIST_FOBS, reply);
}

int api_accesslevel_read(Request *request, Reply *reply) {
        return list(request, LIST_LEVELS, reply);
}

/* ruling 28 */
int api_fobcheck_read(Request *request, Reply *reply) {
        return list(request, LIST_FOBCHECK, reply);
}

int api_credential_read(Request *request, Reply *reply) {
        return list(request, LIST_CREDENTIALS, reply);
}

int api_door_read(Request *request, Reply *reply) {
        return list(request, LIST_DOORS, reply);
}

int api_doorstate_read(Request *request, Reply *reply) {
        return list(request, LIST_DOORSTATES, reply);
}

int api_schedule_read(Request *request, Reply *reply) {
        return list(request, LIST_SCHEDULES, reply);
}
