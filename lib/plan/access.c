/* What a record opens, and what a change of it takes and gives. */

#include "lib/plan/access.h"

#include <string.h>

/* No beginning is before every instant, … */
static int64_t begin_of(const User *user) {
        return user->access_effective; /* INSTANT_NONE is INT64_MIN already */
}

/* … no end is after every instant. */
static int64_t end_of(const User *user) {
        return user->access_expires == INSTANT_NONE ? INT64_MAX : user->access_expires;
}

int64_t access_later_begin(int64_t a, int64_t b) {
        return a > b ? a : b;
}

int64_t access_earlier_end(int64_t a, int64_t b) {
        if (a == INSTANT_NONE)
                return b;
        if (b == INSTANT_NONE)
                return a;
        return a < b ? a : b;
}

bool access_any(const User *user, int64_t now) {
        if (!user->enabled)
                return false;
        if (user->levels_known && user->n_levels == 0)
                return false;
        return end_of(user) > now && end_of(user) > begin_of(user);
}

/* Whether @a has a level that @b lacks. Levels that are not known are taken to be as the other's (ruling 21). */
static bool has_more_levels(const User *a, const User *b) {
        if (!a->levels_known || !b->levels_known)
                return false;
        for (size_t i = 0; i < a->n_levels; i++)
                if (!user_has_level(b, a->levels[i]))
                        return true;
        return false;
}

/* Whether @a opens at some instant from @now on at which @b does not, levels and cards apart. */
static bool spans_more(const User *a, const User *b, int64_t now) {
        int64_t begin = access_later_begin(begin_of(a), now);
        int64_t end = end_of(a);

        if (begin >= end)
                return false;
        return begin < begin_of(b) || end > end_of(b);
}

static bool opens_more(const User *a, const User *b, int64_t now) {
        if (!access_any(a, now))
                return false;
        if (!access_any(b, now))
                return true;
        if (has_more_levels(a, b) || spans_more(a, b, now))
                return true;
        /* A card of its own opens; that it is not b's is more, in this direction. */
        return user_text(a, PROPERTY_CARD_NUM)[0] &&
               strcmp(user_text(a, PROPERTY_CARD_NUM), user_text(b, PROPERTY_CARD_NUM)) != 0;
}

AccessChange access_compare(const User *before, const User *after, int64_t now) {
        static const User nobody = { .access_effective = INSTANT_NONE, .access_expires = INSTANT_NONE };

        if (!before)
                before = &nobody;
        return (AccessChange) {
                .takes = opens_more(before, after, now),
                .gives = opens_more(after, before, now),
        };
}
