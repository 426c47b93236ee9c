/* Asking and complaining. See ctl.h. */

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "daemon/ctl/client.h"
#include "daemon/ctl/ctl.h"
#include "daemon/ctl/glyph.h"

#define PATIENCE_MSEC 30000

void ctl_complain(const char *format, ...) {
        _cleanup_(freep) char *text = NULL;
        va_list ap;

        va_start(ap, format);
        if (vasprintf(&text, format, ap) < 0)
                text = NULL;
        va_end(ap);

        (void) fputs("locktsyncctl: ", stderr);
        for (const char *at = text ? text : "out of memory"; *at;) {
                Glyph glyph = glyph_first(at, strlen(at));

                (void) fwrite(glyph.bytes, 1, glyph.length, stderr);
                at += glyph.used;
        }
        (void) fputc('\n', stderr);
}

int ctl_oom(void) {
        ctl_complain("out of memory");
        return CTL_FAILED;
}

struct json_object *ctl_request(const char *name) {
        struct json_object *request = json_object_new_object(), *command = json_object_new_string(name);

        if (!request || !command || json_object_object_add(request, "command", command) < 0) {
                (void) json_object_put(command);
                (void) json_object_put(request);
                return NULL;
        }
        return request;
}

/*
 * Valid JSON has C0 characters escaped. DEL and C1 (in UTF-8: C2 80 to C2 9F) may stand in its texts, and nowhere else,
 * as they are; a terminal may take them for commands.
 */
void ctl_print_json(FILE *out, const char *line, size_t length) {
        for (size_t i = 0; i < length; i++) {
                unsigned char c = (unsigned char) line[i], next = i + 1 < length ? (unsigned char) line[i + 1] : 0;

                if (c < 0x20 || c == 0x7f)
                        (void) fprintf(out, "\\u%04x", (unsigned) c);
                else if (c == 0xc2 && next >= 0x80 && next < 0xa0) {
                        (void) fprintf(out, "\\u%04x", (unsigned) next);
                        i++;
                } else
                        (void) fputc(c, out);
        }
        (void) fputc('\n', out);
}

typedef struct Asked {
        Ctl *ctl;
        CtlShow show;
        void *userdata;
} Asked;

static int on_line(void *userdata, const char *name, struct json_object *value, const char *line, size_t length) {
        Asked *asked = userdata;

        if (asked->ctl->json) {
                ctl_print_json(asked->ctl->screen.out, line, length);
                return 0;
        }
        return asked->show(asked->userdata, name, value);
}

int ctl_ask(Ctl *ctl, struct json_object *request, bool patient, CtlShow show, void *userdata, bool *ret_complete) {
        _cleanup_(error_clear) Error error = ERROR_INIT;
        Asked asked = { ctl, show, userdata };
        int r, exit = CTL_FAILED;

        if (ret_complete)
                *ret_complete = false;
        if (!request)
                return ctl_oom();
        r = client_ask(ctl->socket, request, patient ? 0 : PATIENCE_MSEC, on_line, &asked, &exit, &error);
        (void) json_object_put(request);
        if (r == 0) {
                if (ret_complete)
                        *ret_complete = true;
                return exit;
        }
        /* What was shown so far comes first. */
        (void) fflush(ctl->screen.out);
        if (r == -ECANCELED)
                return CTL_FAILED;
        if (error.code == 0 && r == -ENOMEM)
                return ctl_oom();
        ctl_complain("%s", error.code == 0 ? strerror(-r) : error_message(&error));
        return r == CLIENT_REFUSED && exit > CTL_OK ? exit : CTL_FAILED;
}
