/* GET /accesslevel: all access levels, with their doors. */

#include "tests/simulator/route.h"

int api_accesslevel_read(Request *request, Reply *reply) {
        Store *store = request->sim->store;
        const Levels *levels = store_levels(store);

        text_puts(&reply->text, "{\"data\":[");
        for (size_t i = 0; i < levels_count(levels); i++) {
                int r;

                if (i > 0)
                        text_puts(&reply->text, ",");
                r = store_level_write(store, levels_id(levels, i), &reply->text);
                if (r != 0)
                        return r;
        }
        text_puts(&reply->text, "]}");
        return text_status(&reply->text);
}
