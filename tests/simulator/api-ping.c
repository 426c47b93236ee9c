/* GET /ping: connectivity and authorization (ruling 30). Its answer is not documented; this is a quiet one. */

#include "tests/simulator/route.h"

int api_ping(Request *request, Reply *reply) {
        text_puts(&reply->text, "{\"data\":[]}");
        return text_status(&reply->text);
}
