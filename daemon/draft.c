/* A configuration that is only looked at. See draft.h. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/draft.h"
#include "lib/config/parse.h"

int draft_new(const char *path, const char *text, size_t length, bool exposed, Draft **ret) {
        _cleanup_(draft_freep) Draft *draft = calloc(1, sizeof(*draft));
        int r;

        if (!draft)
                return -ENOMEM;
        r = config_parse(text, length, path, exposed, &draft->config, &draft->mistakes);
        if (r >= 0)
                r = mapping_new(&draft->config->mapping, &draft->mapping);
        if (r < 0 && (r != -EINVAL || draft->mistakes.n == 0))
                return -ENOMEM;
        *ret = steal(draft);
        return r;
}

Draft *draft_free(Draft *draft) {
        if (!draft)
                return NULL;
        (void) mapping_free(draft->former);
        (void) mapping_free(draft->mapping);
        (void) config_free(draft->config);
        config_errors_deinit(&draft->mistakes);
        config_errors_deinit(&draft->remarks);
        free(draft);
        return NULL;
}

static void on_mistake(void *userdata, Mark mark, const char *sentence) {
        Draft *draft = userdata;

        config_errors_add(&draft->mistakes, mark, "%s", sentence);
}

void draft_remark(void *userdata, Mark mark, const char *sentence) {
        Draft *draft = userdata;

        config_errors_add(&draft->remarks, mark, "%s", sentence);
}

/* That the query lacks a column of the file in force is no mistake: what its rules matched is not known then. */
static void on_nothing(void *userdata, Mark mark, const char *sentence) {
        (void) userdata;
        (void) mark;
        (void) sentence;
}

int draft_bind(Draft *draft, const MappingSpec *running, const HrSnapshot *snapshot) {
        _cleanup_(mapping_freep) Mapping *former = NULL;
        int r;

        r = mapping_bind_columns(draft->mapping, snapshot->columns, snapshot->n_columns, on_mistake, draft);
        if (r < 0)
                return r;
        r = mapping_new(running, &former);
        if (r < 0)
                return r;
        r = mapping_bind_columns(former, snapshot->columns, snapshot->n_columns, on_nothing, NULL);
        if (r == 0)
                draft->former = steal(former);
        return r == -ENOENT ? 0 : r;
}

static bool differs(const Text *a, const Text *b) {
        return a->text && b->text ? strcmp(a->text, b->text) != 0 : a->text != b->text;
}

size_t draft_ignored(const Draft *draft, const Config *running, const char *ret[DRAFT_IGNORED]) {
        const Config *config = draft->config;
        const struct {
                const char *key;
                const Text *theirs, *ours;
        } texts[DRAFT_IGNORED] = {
                { "hr.connection", &config->hr.connection, &running->hr.connection },
                { "lockt.url", &config->lockt.url, &running->lockt.url },
                { "lockt.apiuser", &config->lockt.apiuser, &running->lockt.apiuser },
                { "lockt.apikey", &config->lockt.apikey, &running->lockt.apikey },
        };
        size_t n = 0;

        for (size_t i = 0; i < DRAFT_IGNORED; i++)
                if (differs(texts[i].theirs, texts[i].ours))
                        ret[n++] = texts[i].key;
        return n;
}
