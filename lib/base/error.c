/* One sentence an error, and the errno that goes with it. */

#include "lib/base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int error_set(Error *reterr, int code, const char *format, ...) {
        va_list ap;

        if (!reterr || reterr->code != 0)
                return code;

        reterr->code = code;
        va_start(ap, format);
        if (vasprintf(&reterr->message, format, ap) < 0)
                reterr->message = NULL;
        va_end(ap);
        return code;
}

int error_prefix(Error *reterr, int code, const char *format, ...) {
        _cleanup_(freep) char *prefix = NULL;
        char *whole = NULL;
        va_list ap;
        int n;

        if (!reterr)
                return code;

        va_start(ap, format);
        n = vasprintf(&prefix, format, ap);
        va_end(ap);
        if (n < 0) {
                prefix = NULL;
                return code;
        }
        if (asprintf(&whole, "%s: %s", prefix, error_message(reterr)) < 0)
                return code;

        free(reterr->message);
        reterr->message = whole;
        if (reterr->code == 0)
                reterr->code = code;
        return code;
}

const char *error_message(const Error *error) {
        if (error->message)
                return error->message;
        return error->code ? strerror(error->code < 0 ? -error->code : error->code) : "no error";
}

void error_clear(Error *error) {
        free(error->message);
        *error = ERROR_INIT;
}
