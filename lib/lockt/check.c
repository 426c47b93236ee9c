/* What the service would refuse by its own rules, found before it is asked. */

#include "lib/lockt/lockt.h"

#include <string.h>

#include "lib/base/text.h"
#include "lib/base/time.h"
#include "lib/base/utf8.h"

/* ruling 6, with the service's wording of the cause */
static int check_forms(const User *user, Error *reterr) {
        const char *card = user_text(user, PROPERTY_CARD_NUM), *email = user_text(user, PROPERTY_EMAIL);

        if (*card && !text_is_digits(card, strlen(card)))
                return error_set(reterr, 1, "Non-Numeric card_num found");
        if (*email && !text_is_email(email, strlen(email)))
                return error_set(reterr, 1, "Invalid email address found");
        return 0;
}

/* ruling 7: "2022-01-24 00:00:00" carries the years 1 to 9999. A zone may move one of their edges out of reach. */
static int check_instant(int64_t instant, Property property, Error *reterr) {
        const int64_t day = 24 * 60 * 60;

        if (instant == INSTANT_NONE || (instant >= INSTANT_FIRST + day && instant <= INSTANT_LAST - day))
                return 0;
        return error_set(reterr, 1, "%s is outside of what the service can hold (years 1 to 9999)",
                         property_name(property));
}

int lockt_check_user(const User *user, Error *reterr) {
        int r;

        for (Property property = 0; property < TEXT_PROPERTIES; property++) {
                const char *text = user_text(user, property);

                if (!utf8_is_clean(text, strlen(text)))
                        return error_set(reterr, 1, "%s has a control character or is not UTF-8",
                                         property_name(property));
        }
        r = check_forms(user, reterr);
        if (r != 0)
                return r;
        r = check_instant(user->access_effective, PROPERTY_ACCESS_EFFECTIVE, reterr);
        if (r != 0)
                return r;
        return check_instant(user->access_expires, PROPERTY_ACCESS_EXPIRES, reterr);
}
