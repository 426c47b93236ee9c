/* Bodies in pieces. */

#include "tests/simulator/body.h"

#include <errno.h>
#include <microhttpd.h>
#include <string.h>

#include "tests/simulator/sim.h"

struct Body {
        Sim *sim;
        Text text;
        size_t offset;          /* into the text */
        Listing *listing;
        BodyFaults faults;
        uint64_t sent;
};

bool body_faults_any(const BodyFaults *faults) {
        return faults->cut_at != UINT64_MAX || faults->stall_at != UINT64_MAX;
}

int body_new(Sim *sim, Text *text, Listing **listing, const BodyFaults *faults, Body **ret) {
        Body *body = calloc(1, sizeof(*body));

        if (!body)
                return -ENOMEM;
        body->sim = sim;
        body->text = *text;
        *text = (Text) { 0 };
        body->listing = steal(*listing);
        body->faults = *faults;
        *ret = body;
        return 0;
}

void body_free(void *context) {
        Body *body = context;

        text_free(&body->text);
        (void) listing_free(body->listing);
        free(body);
}

int body_promise(Body *body, uint64_t *ret) {
        uint64_t length = body->text.length;
        int r;

        if (body->listing) {
                r = listing_length(body->listing, &length);
                if (r < 0)
                        return r;
        }
        if (body->faults.cut_at != UINT64_MAX && length <= body->faults.cut_at)
                length = body->faults.cut_at + 1;
        *ret = length;
        return 0;
}

static ssize_t read_text(Body *body, char *buffer, size_t max) {
        size_t n = body->text.length - body->offset;

        if (n > max)
                n = max;
        if (n > 0)
                memcpy(buffer, body->text.data + body->offset, n);
        body->offset += n;
        return (ssize_t) n;
}

/* Whether to go on after it. */
static bool stall(Body *body) {
        Sim *sim = body->sim;
        bool go_on;

        body->faults.stall_at = UINT64_MAX;
        sim_lock(sim);
        sim_wait(sim, sim_now_usec() + body->faults.stall_usec, body->faults.stall);
        go_on = !sim->stopping;
        sim_unlock(sim);
        return go_on;
}

ssize_t body_read(void *context, uint64_t position, char *buffer, size_t max) {
        Body *body = context;
        ssize_t n;

        if (body->sent == body->faults.stall_at && !stall(body))
                return MHD_CONTENT_READER_END_WITH_ERROR;
        if (body->sent >= body->faults.cut_at)
                return MHD_CONTENT_READER_END_WITH_ERROR;
        if (max > body->faults.cut_at - body->sent)
                max = (size_t) (body->faults.cut_at - body->sent);
        if (body->faults.stall_at != UINT64_MAX && max > body->faults.stall_at - body->sent)
                max = (size_t) (body->faults.stall_at - body->sent);

        n = body->listing ? listing_read(body->listing, buffer, max) : read_text(body, buffer, max);
        if (n < 0)
                return MHD_CONTENT_READER_END_WITH_ERROR;
        if (n == 0)
                return body->faults.cut_at == UINT64_MAX ? MHD_CONTENT_READER_END_OF_STREAM
                                                         : MHD_CONTENT_READER_END_WITH_ERROR;
        body->sent += (uint64_t) n;
        return n;
}
