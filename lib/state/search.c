/* Finding users by their names, and by whatever a person types who looks for somebody. */

#include "lib/state/snapshot.h"

#include <string.h>

#include "lib/state/database.h"

/* In bytes. What is longer is no name, e-mail or card number; and each blank in it is a question. */
#define SEARCH_MAX 512

enum { BY_NAMES, BY_LAST_NAME };

static const char *const texts[] = {
        [BY_NAMES] = ("SELECT id FROM user WHERE last_name = ?1 COLLATE NOCASE AND first_name IS ?2 COLLATE NOCASE "
                      "AND missing = 0 AND id <> ?3 AND (linked = 0 OR NOT ?4) ORDER BY id LIMIT ?5"),
        [BY_LAST_NAME] = "SELECT id FROM user WHERE last_name = ?1 COLLATE NOCASE AND missing = 0 ORDER BY id LIMIT ?2",
};

typedef struct Found {
        int64_t *ids;
        size_t n, max;
} Found;

static int use(State *state, unsigned which, Statement *ret, Error *reterr) {
        return statement_use(state, SHELF_SEARCH, which, texts[which], ret, reterr);
}

static int64_t limit(size_t max) {
        return max > INT32_MAX ? INT32_MAX : (int64_t) max;
}

static void add(Found *found, int64_t id) {
        for (size_t i = 0; i < found->n; i++)
                if (found->ids[i] == id)
                        return;
        if (found->n < found->max)
                found->ids[found->n++] = id;
}

static int add_all(Found *found, Statement *s, Error *reterr) {
        int r;

        while ((r = statement_step(s, "find a user", reterr)) > 0)
                add(found, take_number(s));
        return r;
}

static int find_name(State *state, Found *found, const char *first, const char *last, int64_t except,
                     bool unlinked_only, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, BY_NAMES, &s, reterr);
        if (r < 0)
                return r;
        put_text(&s, last);
        put_text(&s, first);
        put_number(&s, except);
        put_number(&s, unlinked_only);
        put_number(&s, limit(found->max));
        return add_all(found, &s, reterr);
}

int snapshot_find_name(State *state, const char *first, const char *last, int64_t except, bool unlinked_only,
                       int64_t *ret, size_t max, size_t *ret_n, Error *reterr) {
        Found found = { .ids = ret, .max = max };
        int r;

        r = find_name(state, &found, first, last, except, unlinked_only, reterr);
        if (r < 0)
                return r;
        *ret_n = found.n;
        return 0;
}

static int search_last_name(State *state, Found *found, const char *last, Error *reterr) {
        _cleanup_(statement_done) Statement s = { 0 };
        int r;

        r = use(state, BY_LAST_NAME, &s, reterr);
        if (r < 0)
                return r;
        put_text(&s, last);
        put_number(&s, limit(found->max));
        return add_all(found, &s, reterr);
}

static int search_property(State *state, Found *found, Property property, const char *text, Error *reterr) {
        size_t n = 0;
        int r;

        r = snapshot_find(state, property, text, 0, found->ids + found->n, found->max - found->n, &n, reterr);
        if (r < 0)
                return r;
        /* Somebody may have his card number for an e-mail. */
        for (size_t i = 0, from = found->n; i < n; i++)
                add(found, found->ids[from + i]);
        return 0;
}

/* Each blank may be the one between the names: there are first names of two words, and last names of three. */
static int search_names(State *state, Found *found, char *text, Error *reterr) {
        int r;

        for (char *p = strchr(text, ' '); p; p = strchr(p + 1, ' ')) {
                bool comma = p > text && p[-1] == ',';

                *p = '\0';
                r = find_name(state, found, text, p + 1, 0, false, reterr);
                if (r >= 0 && comma) {
                        p[-1] = '\0';
                        r = find_name(state, found, p + 1, text, 0, false, reterr);
                        p[-1] = ',';
                }
                *p = ' ';
                if (r < 0)
                        return r;
        }
        return search_last_name(state, found, text, reterr);
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
                r = search_property(state, &found, PROPERTY_EMAIL, tidied, reterr);
                if (r >= 0)
                        r = search_property(state, &found, PROPERTY_CARD_NUM, tidied, reterr);
                if (r >= 0)
                        r = search_names(state, &found, tidied, reterr);
        }
        if (r < 0)
                return r;
        *ret_n = found.n;
        return 0;
}
