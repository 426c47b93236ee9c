/* What a request came to: its name, and its end. */

#include "lib/model/answer.h"

#include <stdlib.h>

#include "lib/base/cleanup.h"

static const char *const verdict_names[] = {
        [LOCKT_OK] = "ok",
        [LOCKT_ABSENT] = "absent",
        [LOCKT_NOT_RELEASED] = "not-released",
        [LOCKT_REFUSED] = "refused",
        [LOCKT_TOO_LARGE] = "too-large",
        [LOCKT_BUSY] = "busy",
        [LOCKT_UNAUTHORIZED] = "unauthorized",
        [LOCKT_UNAVAILABLE] = "unavailable",
        [LOCKT_UNKNOWN] = "unknown",
};

const char *lockt_verdict_name(LocktVerdict verdict) {
        return (size_t) verdict < ELEMENTS(verdict_names) ? verdict_names[verdict] : "unknown";
}

void lockt_answer_deinit(LocktAnswer *answer) {
        for (size_t i = 0; i < answer->n_failures; i++)
                free(answer->failures[i].message);
        free(answer->failures);
        free(answer->message);
        *answer = (LocktAnswer) { 0 };
}
