/* locktsyncctl link ID_NUM LOCKT_ID, link ID_NUM new, link --file CSV, unlink ID_NUM: which Lockt user a person is. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/control.h"
#include "daemon/ctl/ctl.h"
#include "daemon/ctl/hand.h"
#include "daemon/ctl/member.h"

/* The whole file. -EFBIG: more than a request can carry. */
static int read_file(const char *path, char **ret) {
        _cleanup_(freep) char *text = NULL;
        FILE *file = fopen(path, "re");
        size_t n = 0;
        int r = 0;

        if (!file)
                return -errno;
        text = malloc(CONTROL_LINE_MAX + 1);
        if (text)
                n = fread(text, 1, CONTROL_LINE_MAX, file);
        if (!text)
                r = -ENOMEM;
        else if (ferror(file))
                r = -EIO;
        else if (n == CONTROL_LINE_MAX)
                r = -EFBIG;
        else if (memchr(text, '\0', n))
                r = -EILSEQ;
        (void) fclose(file);
        if (r < 0)
                return r;
        text[n] = '\0';
        *ret = steal(text);
        return 0;
}

static const char *trouble(int r) {
        return r == -EFBIG    ? "it is too long: split it, and each part is taken whole or not at all"
               : r == -EILSEQ ? "it is no text"
                              : strerror(-r);
}

static int show_line(void *userdata, const char *name, struct json_object *row) {
        const Ctl *ctl = userdata;

        if (strcmp(name, "wrong") == 0)
                ctl_complain("%s:%" PRId64 ": %s", ctl->file, member_number(row, "line"), member_text(row, "text"));
        return hand_show(userdata, name, row);
}

static int link_file(Ctl *ctl) {
        _cleanup_(freep) char *text = NULL;
        struct json_object *request;
        bool complete;
        int exit, r;

        r = read_file(ctl->file, &text);
        if (r == 0 && (!text || !*text)) {
                ctl_complain("%s:1: the first line is to be the header id_num,lockt_id", ctl->file);
                return CTL_FAILED;
        }
        request = r == 0 ? ctl_request("link") : NULL;
        if (request && hand_add_text(request, "list", text) < 0) {
                (void) json_object_put(request);
                request = NULL;
        }
        if (request &&
            strlen(json_object_to_json_string_ext(request, JSON_C_TO_STRING_PLAIN)) >= CONTROL_LINE_MAX - 1) {
                (void) json_object_put(request);
                r = -EFBIG;
        }
        if (r < 0) {
                ctl_complain("can't take '%s': %s", ctl->file, trouble(r));
                return CTL_FAILED;
        }
        exit = ctl_ask(ctl, request, true, show_line, ctl, &complete);
        if (complete && exit != CTL_OK && !ctl->json)
                ctl_complain("nobody of '%s' was linked", ctl->file);
        return exit;
}

int verb_link(Ctl *ctl) {
        struct json_object *request;

        if (ctl->file ? ctl->n_arguments > 0 : ctl->n_arguments != 2) {
                ctl_complain("'link' takes ID_NUM and LOCKT_ID (or 'new'), or --file CSV; see 'link --help'");
                return CTL_USAGE;
        }
        if (ctl->file)
                return link_file(ctl);
        request = ctl_request("link");
        if (request && (hand_add_text(request, "id_num", ctl->arguments[0]) < 0 ||
                        hand_add_text(request, "lockt_id", ctl->arguments[1]) < 0)) {
                (void) json_object_put(request);
                return ctl_oom();
        }
        return ctl_ask(ctl, request, false, hand_show, ctl, NULL);
}

int verb_unlink(Ctl *ctl) {
        return hand_ask_one(ctl);
}
