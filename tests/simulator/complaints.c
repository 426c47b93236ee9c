/* Sentences about a record, collected as JSON. */

#include "tests/simulator/complaints.h"

#include <stdarg.h>
#include <stdio.h>

void complain(Complaints *complaints, const char *format, ...) {
        _cleanup_(freep) char *sentence = NULL;
        va_list ap;
        int n;

        va_start(ap, format);
        n = vasprintf(&sentence, format, ap);
        va_end(ap);
        if (n < 0) {
                sentence = NULL;
                complaints->text.failed = true;
                return;
        }
        if (complaints->n++ > 0)
                text_puts(&complaints->text, ",");
        text_json(&complaints->text, sentence, (size_t) n);
}

int complaints_status(const Complaints *complaints) {
        return text_status(&complaints->text);
}

void complaints_deinit(Complaints *complaints) {
        text_free(&complaints->text);
}
