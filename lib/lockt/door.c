/* Doors are created by name. */

#include "lib/lockt/lockt.h"

#include <errno.h>
#include <string.h>

#include "lib/lockt/body.h"
#include "lib/lockt/call.h"

static char *doors_body(const LocktOptions *options, const LocktDoor *const *doors, size_t n_doors,
                        size_t *ret_length) {
        Body body = { 0 };

        body_raw(&body, "{\"doors\":[");
        for (size_t i = 0; i < n_doors; i++) {
                body_raw(&body, i > 0 ? ",{\"name\":" : "{\"name\":");
                body_string(&body, doors[i]->name);
                body_raw(&body, "}");
        }
        /* ruling 10, for the one option that doors have */
        body_raw(&body, "],\"options\":{");
        body_key(&body, "validate_fails_batch");
        body_boolean(&body, options, false);
        body_raw(&body, "}}");
        if (body.failed) {
                body_deinit(&body);
                return NULL;
        }
        *ret_length = body.length;
        return body.text;
}

int lockt_create_doors(Lockt *lockt, const LocktDoor *const *doors, size_t n_doors, LocktDone done, void *userdata,
                       LocktCall **ret, Error *reterr) {
        /* A door that comes twice is refused for its name; and it is not taken for a failure, if it never does. */
        static const SentRules rules = { .asked = ANSWER_TO_WRITE, .counts = SENT_INSERTED, .partial = true };
        Echo records[ANSWER_BATCH_MAX];
        Sent *sent = NULL;
        size_t length;
        char *body;
        int r;

        r = call_check_write(lockt, n_doors, reterr);
        if (r < 0)
                return r;
        for (size_t i = 0; i < n_doors; i++) {
                if (!doors[i]->name || !*doors[i]->name)
                        return error_set(reterr, -EINVAL, "cannot create a door without a name");
                records[i] = (Echo) { .name = doors[i]->name };
        }
        r = sent_new_records(&rules, records, n_doors, &sent);
        if (r < 0)
                return error_set(reterr, r, "cannot send doors to Lockt: out of memory");
        body = doors_body(&lockt->options, doors, n_doors, &length);
        if (!body) {
                sent_free(sent);
                return error_set(reterr, -ENOMEM, "cannot send doors to Lockt: out of memory");
        }
        return call_write(lockt, "POST", "/door", sent, body, length, done, userdata, ret, reterr);
}

/* ruling 28: the document has the endpoint, and not its body. */
int lockt_reissue_credentials(Lockt *lockt, const char *json, size_t n_records, LocktDone done, void *userdata,
                              LocktCall **ret, Error *reterr) {
        static const SentRules rules = { .asked = ANSWER_TO_NEW_WRITE };
        _cleanup_(freep) Echo *records = NULL;
        Sent *sent = NULL;
        Body body = { 0 };
        int r;

        r = call_check_write(lockt, n_records, reterr);
        if (r < 0)
                return r;
        if (!answer_is_json(json, strlen(json)))
                return error_set(reterr, -EINVAL, "cannot send a reissue to Lockt: the body is not JSON");
        records = calloc(n_records, sizeof(*records));
        if (!records)
                return error_set(reterr, -ENOMEM, "cannot send a reissue to Lockt: out of memory");
        r = sent_new_records(&rules, records, n_records, &sent);
        if (r < 0)
                return error_set(reterr, r, "cannot send a reissue to Lockt: out of memory");
        body_raw(&body, json);
        if (body.failed) {
                sent_free(sent);
                body_deinit(&body);
                return error_set(reterr, -ENOMEM, "cannot send a reissue to Lockt: out of memory");
        }
        return call_write(lockt, "POST", "/credential", sent, body.text, body.length, done, userdata, ret, reterr);
}
