/* /_sim/settings: the switches of settings.h. */

#include <errno.h>

#include "tests/simulator/route.h"

int admin_settings_get(Request *request, Reply *reply) {
        settings_write(&request->sim->settings, &reply->text);
        return text_status(&reply->text);
}

int admin_settings_put(Request *request, Reply *reply) {
        Error error = ERROR_INIT;
        int r;

        r = settings_change(&request->sim->settings, request->json, &error);
        if (r < 0) {
                r = reply_error(reply, MHD_HTTP_BAD_REQUEST, "%s", error_message(&error));
                error_clear(&error);
                return r;
        }
        return admin_settings_get(request, reply);
}
