/* The listings of everything but users, and the one number. */

#include "lib/lockt/lockt.h"

#include <inttypes.h>
#include <stdio.h>

#include "lib/lockt/call.h"

static int list(Lockt *lockt, const char *path, AnswerTo asked, LocktObject object, CallEach each, LocktDone done,
                void *userdata, LocktCall **ret, Error *reterr) {
        _cleanup_(call_freep) LocktCall *call = NULL;
        int r;

        r = call_new(lockt, CALL_OBJECTS, done, userdata, &call, reterr);
        if (r < 0)
                return r;
        call->object = object;
        call->asked = asked;
        call->each = each;
        call_expect_list(call);
        return call_go(&call, "GET", path, NULL, 0, ret, reterr);
}

int lockt_list_access_levels(Lockt *lockt, LocktEachAccessLevel each, LocktDone done, void *userdata, LocktCall **ret,
                             Error *reterr) {
        return list(lockt, "/accesslevel", ANSWER_TO_LIST, LOCKT_ACCESS_LEVEL, (CallEach) { .access_level = each },
                    done, userdata, ret, reterr);
}

int lockt_list_fobs(Lockt *lockt, LocktEachFob each, LocktDone done, void *userdata, LocktCall **ret, Error *reterr) {
        return list(lockt, "/fob", ANSWER_TO_LIST, LOCKT_FOB, (CallEach) { .fob = each }, done, userdata, ret, reterr);
}

/* ruling 28 */
int lockt_check_fobs(Lockt *lockt, LocktEachFobCheck each, LocktDone done, void *userdata, LocktCall **ret,
                     Error *reterr) {
        return list(lockt, "/fobcheck", ANSWER_TO_NEW_LIST, LOCKT_FOB_CHECK, (CallEach) { .fob_check = each }, done,
                    userdata, ret, reterr);
}

int lockt_list_credentials(Lockt *lockt, LocktEachCredential each, LocktDone done, void *userdata, LocktCall **ret,
                           Error *reterr) {
        return list(lockt, "/credential", ANSWER_TO_LIST, LOCKT_CREDENTIAL, (CallEach) { .credential = each }, done,
                    userdata, ret, reterr);
}

int lockt_count_credentials(Lockt *lockt, LocktEachSummary each, LocktDone done, void *userdata, LocktCall **ret,
                            Error *reterr) {
        return list(lockt, "/credentialsummary", ANSWER_TO_LIST, LOCKT_SUMMARY, (CallEach) { .summary = each }, done,
                    userdata, ret, reterr);
}

int lockt_list_events(Lockt *lockt, int64_t last_id, LocktEachEvent each, LocktDone done, void *userdata,
                      LocktCall **ret, Error *reterr) {
        char path[48] = "/events";

        if (last_id > 0)
                (void) snprintf(path, sizeof(path), "/events?id=%" PRId64, last_id);
        return list(lockt, path, ANSWER_TO_LIST, LOCKT_EVENT, (CallEach) { .event = each }, done, userdata, ret,
                    reterr);
}

int lockt_list_doors(Lockt *lockt, LocktEachDoor each, LocktDone done, void *userdata, LocktCall **ret,
                     Error *reterr) {
        return list(lockt, "/door", ANSWER_TO_LIST, LOCKT_DOOR, (CallEach) { .door = each }, done, userdata, ret,
                    reterr);
}

int lockt_list_door_states(Lockt *lockt, LocktEachDoorState each, LocktDone done, void *userdata, LocktCall **ret,
                           Error *reterr) {
        return list(lockt, "/doorstate", ANSWER_TO_LIST, LOCKT_DOOR_STATE, (CallEach) { .door_state = each }, done,
                    userdata, ret, reterr);
}

int lockt_list_schedules(Lockt *lockt, LocktEachSchedule each, LocktDone done, void *userdata, LocktCall **ret,
                         Error *reterr) {
        return list(lockt, "/schedule", ANSWER_TO_LIST, LOCKT_SCHEDULE, (CallEach) { .schedule = each }, done, userdata,
                    ret, reterr);
}

/* ruling 28 */
int lockt_next_card_num(Lockt *lockt, LocktEachCardNum each, LocktDone done, void *userdata, LocktCall **ret,
                        Error *reterr) {
        _cleanup_(call_freep) LocktCall *call = NULL;
        int r;

        r = call_new(lockt, CALL_CARD_NUM, done, userdata, &call, reterr);
        if (r < 0)
                return r;
        call->asked = ANSWER_TO_NEW_LIST;
        call->each.card_num = each;
        return call_go(&call, "GET", "/nextcardnum", NULL, 0, ret, reterr);
}
