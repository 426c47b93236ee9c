/* Access in a word. See access.h. */

#include <string.h>

#include "daemon/ctl/access.h"
#include "daemon/ctl/member.h"
#include "lib/base/time.h"

/* Times of one form compare as texts. */
const char *access_words(struct json_object *record, int64_t now_usec, bool *ret_open) {
        const char *expires = member_text(record, "access_expires"),
                   *effective = member_text(record, "access_effective");
        char now[INSTANT_TEXT_SIZE] = "";

        *ret_open = false;
        (void) instant_format_iso(now_usec / 1000000, now);
        if (!member_flag(record, "enabled"))
                return "disabled";
        if (*expires && strcmp(expires, now) <= 0)
                return "expired";
        if (*effective && strcmp(effective, now) > 0)
                return "later";
        *ret_open = true;
        return "yes";
}
