/* Another configuration for a plan: read here, by whoever may read it, and understood by the daemon. See plan.h. */

#include <inttypes.h>

#include "daemon/ctl/ctl.h"
#include "daemon/ctl/member.h"
#include "daemon/ctl/plan.h"
#include "lib/config/parse.h"
#include "lib/config/screen.h"

static int add(struct json_object *request, const char *name, struct json_object *value) {
        if (value && json_object_object_add(request, name, value) == 0)
                return CTL_OK;
        (void) json_object_put(value);
        return ctl_oom();
}

/* What could not even be sent; all else is found by the daemon. */
static int check_text(const ConfigText *text, ConfigErrors *errors) {
        if (text->n > CONFIG_SIZE_MAX) {
                config_errors_add(errors, (Mark) { 0 }, "the file is larger than 1 MiB, which no configuration is");
                return SCREEN_REFUSED;
        }
        return screen_characters(text->bytes, text->n, errors);
}

int plan_add_file(struct json_object *request, const char *path) {
        _cleanup_(config_errors_deinit) ConfigErrors errors = { 0 };
        _cleanup_(config_text_deinit) ConfigText text = { 0 };
        int exit;

        if (config_read_text(path, &text, &errors) < 0 || check_text(&text, &errors) != 0) {
                config_errors_print(&errors, stderr);
                return CTL_CONFIG;
        }
        /* An empty text is none: the daemon shall say what an empty file lacks. */
        exit = add(request, "config", text.n > 0 ? json_object_new_string_len(text.bytes, (int) text.n)
                                                 : json_object_new_string("\n"));
        if (exit == CTL_OK)
                exit = add(request, "path", json_object_new_string(path));
        return exit == CTL_OK ? add(request, "exposed", json_object_new_boolean(text.exposed)) : exit;
}

void plan_complain(const Screen *screen, const char *path, struct json_object *mistake) {
        Screen errors = *screen;
        int64_t line = member_number(mistake, "line");

        errors.out = stderr;
        errors.color = false;
        (void) screen_put(&errors, PAINT_NONE, path ? path : "configuration", SIZE_MAX);
        if (line > 0)
                (void) fprintf(stderr, ":%" PRId64 ":%" PRId64, line, member_number(mistake, "column"));
        (void) fputs(": ", stderr);
        (void) screen_put(&errors, PAINT_NONE, member_text(mistake, "text"), SIZE_MAX);
        (void) fputc('\n', stderr);
}
