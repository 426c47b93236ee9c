/* Finding users by one property, by their names, and by whatever a person types who looks for somebody. */

#include "lib/state/snapshot.h"

#include <errno.h>
#include <string.h>

#include "lib/state/lookup.h"

/* In bytes. What is longer is no name, e-mail or card number; and each blank in it is a question. */
#define SEARCH_MAX 512

typedef struct Found {
        int64_t *ids;
        size_t n, max;
} Found;

static void add(Found *found, int64_t id) {
        for (size_t i = 0; i < found->n; i++)
                if (found->ids[i] == id)
                        return;
        if (found->n < found->max)
                found->ids[found->n++] = id;
}

int snapshot_find(State *state, Property property, const char *value, int64_t except, int64_t *ret, size_t max,
                  size_t *ret_n, Error *reterr) {
        Lookup lookup = { .value = value, .except = except };

        if (property == PROPERTY_ID_NUM)
                lookup.kind = LOOKUP_ID_NUM;
        else if (property == PROPERTY_EMAIL)
                lookup.kind = LOOKUP_EMAIL;
        else if (property == PROPERTY_CARD_NUM)
                lookup.kind = LOOKUP_CARD_NUM;
        else
                return error_set(reterr, -EINVAL, "users can't be found by %s", property_name(property));
        return lookup_find(state, &lookup, ret, max, ret_n, reterr);
}

int snapshot_find_name(State *state, const char *first, const char *last, int64_t except, bool unlinked_only,
                       int64_t *ret, size_t max, size_t *ret_n, Error *reterr) {
        Lookup lookup = {
                .kind = LOOKUP_NAME,
                .value = last,
                .first_name = first,
                .except = except,
                .unlinked_only = unlinked_only,
        };

        return lookup_find(state, &lookup, ret, max, ret_n, reterr);
}

/* Behind what was found already; somebody may have his card number for an e-mail. */
static int search(State *state, LookupKind kind, const char *value, const char *first_name, Found *found,
                  Error *reterr) {
        Lookup lookup = { .kind = kind, .value = value, .first_name = first_name };
        int64_t *more = found->ids + found->n;
        size_t n = 0;
        int r;

        r = lookup_find(state, &lookup, more, found->max - found->n, &n, reterr);
        if (r < 0)
                return r;
        for (size_t i = 0; i < n; i++)
                add(found, more[i]);
        return 0;
}

/* Each blank may be the one between the names: there are first names of two words, and last names of three. */
static int search_names(State *state, char *text, Found *found, Error *reterr) {
        int r;

        for (char *p = strchr(text, ' '); p; p = strchr(p + 1, ' ')) {
                bool comma = p > text && p[-1] == ',';

                *p = '\0';
                r = search(state, LOOKUP_NAME, p + 1, text, found, reterr);
                if (r >= 0 && comma) {
                        p[-1] = '\0';
                        r = search(state, LOOKUP_NAME, text, p + 1, found, reterr);
                        p[-1] = ',';
                }
                *p = ' ';
                if (r < 0)
                        return r;
        }
        return search(state, LOOKUP_LAST_NAME, text, NULL, found, reterr);
}

/* One blank where there are several or a tab, one behind each comma, none at the ends. False: too long. */
static bool tidy(const char *text, char ret[SEARCH_MAX]) {
        size_t n = 0;

        for (const char *p = text; *p; p++) {
                bool blank = *p == ' ' || (*p >= '\t' && *p <= '\r');

                if (n + 3 > SEARCH_MAX)
                        return false;
                if (!blank)
                        ret[n++] = *p;
                if ((blank || *p == ',') && n > 0 && ret[n - 1] != ' ')
                        ret[n++] = ' ';
        }
        if (n > 0 && ret[n - 1] == ' ')
                n--;
        ret[n] = '\0';
        return true;
}

int snapshot_search(State *state, const char *text, int64_t *ret, size_t max, size_t *ret_n, Error *reterr) {
        Found found = { .ids = ret, .max = max };
        char tidied[SEARCH_MAX];
        int r = 0;

        if (tidy(text, tidied)) {
                r = search(state, LOOKUP_EMAIL, tidied, NULL, &found, reterr);
                if (r >= 0)
                        r = search(state, LOOKUP_CARD_NUM, tidied, NULL, &found, reterr);
                if (r >= 0)
                        r = search_names(state, tidied, &found, reterr);
        }
        if (r < 0)
                return r;
        *ret_n = found.n;
        return 0;
}
