/* Other values than those that were sent. */

#include "tests/simulator/alter.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "tests/simulator/instant.h"

/* Between characters: what is stored stays UTF-8. */
static void cut(char *value, size_t length) {
        if (strlen(value) <= length)
                return;
        while (length > 0 && (value[length] & 0xc0) == 0x80)
                length--;
        value[length] = '\0';
}

static int alter_text(User *user, UserText property, const Fault *fault) {
        _cleanup_(freep) char *value = strdup(fault->how == HOW_VALUE ? fault->value : user_text(user, property));
        size_t zeros;

        if (!value)
                return -ENOMEM;
        for (char *p = value; *p; p++) {
                if (fault->how == HOW_UPPER)
                        *p = (char) toupper((unsigned char) *p);
                else if (fault->how == HOW_LOWER)
                        *p = (char) tolower((unsigned char) *p);
        }
        if (fault->how == HOW_CUT)
                cut(value, (size_t) fault->length);
        zeros = fault->how == HOW_STRIP_ZEROS ? strspn(value, "0") : 0;
        return user_set_text(user, property, value + zeros);
}

static int alter_instant(int64_t *instant, const Fault *fault) {
        int64_t shifted = *instant + (*instant == INSTANT_NONE ? 0 : fault->seconds);

        if (fault->how == HOW_SHIFT && shifted >= INSTANT_FIRST && shifted <= INSTANT_LAST)
                *instant = shifted;
        else if (fault->how == HOW_VALUE && instant_parse(fault->value, 0, instant) != 0)
                *instant = INSTANT_NONE;
        return 0;
}

/* ruling 33 */
int alter_user(User *user, const Fault *fault) {
        for (size_t i = 0; i < USER_TEXTS; i++) {
                if (strcmp(fault->property, user_text_names[i]) == 0)
                        return alter_text(user, (UserText) i, fault);
        }
        if (strcmp(fault->property, "access_effective") == 0)
                return alter_instant(&user->effective, fault);
        if (strcmp(fault->property, "access_expires") == 0)
                return alter_instant(&user->expires, fault);
        if (strcmp(fault->property, "enabled") == 0 && fault->how == HOW_VALUE)
                user->enabled = strcmp(fault->value, "true") == 0;
        if (strcmp(fault->property, "accesslevels") == 0 && fault->how == HOW_CUT &&
            user->n_levels > (size_t) fault->length)
                user->n_levels = (size_t) fault->length;
        return 0;
}
