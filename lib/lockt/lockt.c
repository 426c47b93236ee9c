/* The client, and its calls about users. */

#include "lib/lockt/lockt.h"

#include <curl/curl.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/lockt/call.h"

int lockt_new(sd_event *event, const LocktOptions *options, Lockt **ret, Error *reterr) {
        _cleanup_(lockt_freep) Lockt *lockt = NULL;
        int r;

        lockt = calloc(1, sizeof(*lockt));
        if (!lockt)
                return error_set(reterr, -ENOMEM, "cannot set up the Lockt client: out of memory");
        lockt->timezone = strdup(options->timezone ? options->timezone : "UTC");
        if (!lockt->timezone)
                return error_set(reterr, -ENOMEM, "cannot set up the Lockt client: out of memory");
        lockt->options = (LocktOptions) { .timezone = lockt->timezone, .native_booleans = options->native_booleans };
        lockt->event = event ? sd_event_ref(event) : NULL;
        r = event ? 0 : sd_event_new(&lockt->event);
        if (r < 0)
                return error_set(reterr, r, "cannot set up an event loop for the Lockt client: %s", strerror(-r));
        r = transport_new(lockt->event, options, &lockt->transport, reterr);
        if (r < 0)
                return r;

        *ret = steal(lockt);
        return 0;
}

Lockt *lockt_free(Lockt *lockt) {
        if (!lockt)
                return NULL;

        while (lockt->calls)
                lockt_cancel(lockt->calls);
        transport_free(lockt->transport);
        sd_event_unref(lockt->event);
        free(lockt->timezone);
        free(lockt);
        return NULL;
}

int lockt_list_users(Lockt *lockt, LocktEachUser each, LocktDone done, void *userdata, LocktCall **ret, Error *reterr) {
        _cleanup_(call_freep) LocktCall *call = NULL;
        int r;

        r = call_new(lockt, CALL_USERS, done, userdata, &call, reterr);
        if (r < 0)
                return r;
        call->each.user = each;
        call_expect_list(call);
        return call_go(&call, "GET", "/user", NULL, 0, ret, reterr);
}

int lockt_list_levels(Lockt *lockt, LocktEachLevel each, LocktDone done, void *userdata, LocktCall **ret,
                      Error *reterr) {
        _cleanup_(call_freep) LocktCall *call = NULL;
        int r;

        r = call_new(lockt, CALL_LEVELS, done, userdata, &call, reterr);
        if (r < 0)
                return r;
        call->each.level = each;
        call_expect_list(call);
        return call_go(&call, "GET", "/accesslevel", NULL, 0, ret, reterr);
}

/* ruling 42: an id_num is percent-encoded. NULL: memory */
static char *user_path(int64_t id, const char *id_num) {
        char *escaped, *path;
        int n;

        if (id != 0)
                return asprintf(&path, "/user?id=%" PRId64, id) >= 0 ? path : NULL;

        escaped = curl_easy_escape(NULL, id_num, 0);
        if (!escaped)
                return NULL;
        n = asprintf(&path, "/user?idnum=%s", escaped);
        curl_free(escaped);
        return n >= 0 ? path : NULL;
}

int lockt_get_user(Lockt *lockt, int64_t id, const char *id_num, LocktEachUser each, LocktDone done, void *userdata,
                   LocktCall **ret, Error *reterr) {
        _cleanup_(call_freep) LocktCall *call = NULL;
        _cleanup_(freep) char *path = NULL;
        int r;

        if (id == 0 && (!id_num || !*id_num))
                return error_set(reterr, -EINVAL, "cannot ask Lockt for a user without id and id_num");
        r = call_new(lockt, CALL_USER, done, userdata, &call, reterr);
        if (r < 0)
                return r;
        call->each.user = each;
        call->id = id;
        call->id_num = id == 0 ? strdup(id_num) : NULL;
        path = user_path(id, id_num);
        if (!path || (id == 0 && !call->id_num))
                return error_set(reterr, -ENOMEM, "cannot ask Lockt for a user: out of memory");
        call_expect_list(call);
        return call_go(&call, "GET", path, NULL, 0, ret, reterr);
}

int lockt_ping(Lockt *lockt, LocktDone done, void *userdata, LocktCall **ret, Error *reterr) {
        _cleanup_(call_freep) LocktCall *call = NULL;
        int r;

        r = call_new(lockt, CALL_PING, done, userdata, &call, reterr);
        if (r < 0)
                return r;
        return call_go(&call, "GET", "/ping", NULL, 0, ret, reterr);
}

static int write_users(Lockt *lockt, const char *method, const char *path, LocktWrite kind, const User *const *users,
                       const uint32_t *masks, size_t n_users, const SentRules *rules, LocktDone done, void *userdata,
                       LocktCall **ret, Error *reterr) {
        _cleanup_(sent_freep) Sent *sent = NULL;
        size_t length = 0;
        char *body;
        int r;

        r = call_check_write(lockt, n_users, reterr);
        if (r < 0)
                return r;
        r = sent_new(kind, users, masks, n_users, &sent);
        if (r < 0)
                return error_set(reterr, r, "cannot send a write to Lockt: out of memory");
        if (rules)
                sent_set_rules(sent, rules);
        body = lockt_write_body(&lockt->options, kind, users, masks, n_users, false, &length);
        if (!body)
                return error_set(reterr, -errno, "cannot send a write to Lockt: %s",
                                 errno == ERANGE ? "a time is outside of the years 1 to 9999" : strerror(errno));
        return call_write(lockt, method, path, steal(sent), body, length, done, userdata, ret, reterr);
}

int lockt_write_users(Lockt *lockt, LocktWrite kind, const User *const *users, const uint32_t *masks, size_t n_users,
                      LocktDone done, void *userdata, LocktCall **ret, Error *reterr) {
        return write_users(lockt, kind == LOCKT_UPDATE_PUT ? "PUT" : "POST", "/user", kind, users, masks, n_users, NULL,
                           done, userdata, ret, reterr);
}

/* ruling 28. What it counts is not documented, and nothing is carried out: at most what was sent. */
int lockt_validate_users(Lockt *lockt, LocktWrite kind, const User *const *users, size_t n_users, LocktDone done,
                         void *userdata, LocktCall **ret, Error *reterr) {
        static const SentRules rules = {
                .asked = ANSWER_TO_NEW_WRITE, .counts = SENT_AT_MOST, .partial = true, .repeatable = true,
        };

        if (kind == LOCKT_UPDATE_PUT)
                return error_set(reterr, -EINVAL, "cannot validate a PUT: /uservalidate takes whole users");
        return write_users(lockt, "POST", "/uservalidate", kind, users, NULL, n_users, &rules, done, userdata, ret,
                           reterr);
}
