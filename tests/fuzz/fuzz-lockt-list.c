/*
 * Any bytes as a listing, in pieces whose sizes the first byte decides. It must say the same as in one piece, and
 * what it
 * takes must be JSON to json-c as well, with as many elements.
 */

#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "lib/lockt/element.h"
#include "lib/lockt/json.h"
#include "lib/lockt/listing.h"
#include "tests/fuzz/fuzz.h"

typedef struct Outcome {
        ElementReader reader;
        size_t n;
        int64_t sum;
        int result;
} Outcome;

static ssize_t on_user(void *userdata, const char *bytes, size_t length, bool whole, Error *reterr) {
        Outcome *outcome = userdata;
        size_t used;
        User user;
        int r;

        r = element_read_user(&outcome->reader, bytes, length, &user, &used, whole ? reterr : NULL);
        if (r < 0)
                return whole ? r : -EAGAIN;
        if (user.id <= 0 || used > length || user.pin)
                abort();
        for (size_t i = 1; i < user.n_levels; i++) {
                if (user.levels[i - 1] >= user.levels[i])
                        abort();
        }
        outcome->n++;
        outcome->sum += user.id % 1000 + user.enabled + (int64_t) strlen(user_text(&user, PROPERTY_LAST_NAME));
        return (ssize_t) used;
}

static Outcome read_list(const uint8_t *data, size_t size, size_t piece) {
        Outcome outcome = { .reader = { .timezone = "UTC" } };
        Listing list;

        listing_init(&list, on_user, &outcome, LISTING_ELEMENT_MAX);
        for (size_t at = 0; at < size && outcome.result >= 0; at += piece) {
                size_t n = size - at < piece ? size - at : piece;
                _cleanup_(freep) char *bytes = malloc(n);

                if (!bytes)
                        abort();
                memcpy(bytes, data + at, n);
                outcome.result = listing_feed(&list, bytes, n, NULL);
        }
        if (outcome.result >= 0)
                outcome.result = listing_end(&list, NULL);
        listing_deinit(&list);
        element_reader_deinit(&outcome.reader);
        return outcome;
}

/* Not NULL when json-c takes it too. */
static json_object *parse(const uint8_t *data, size_t size) {
        json_tokener *tokener = json_tokener_new_ex(2 * JSON_DEPTH_MAX);
        json_object *object;

        if (!tokener)
                abort();
        json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
        object = json_tokener_parse_ex(tokener, (const char *) data, (int) size);
        if (json_tokener_get_error(tokener) != json_tokener_success)
                abort();
        json_tokener_free(tokener);
        return object;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        size_t piece = size > 0 ? 1 + data[size - 1] % 61 : 1;
        Outcome whole, parts;

        if (size > 1024 * 1024)
                return 0;
        whole = read_list(data, size, size > 0 ? size : 1);
        parts = read_list(data, size, piece);
        if (whole.result != parts.result || (whole.result >= 0 && (whole.n != parts.n || whole.sum != parts.sum)))
                abort();

        if (whole.result == 0) {
                json_object *object = parse(data, size), *list = NULL;

                if (!json_object_object_get_ex(object, "data", &list) || json_object_array_length(list) != whole.n)
                        abort();
                json_object_put(object);
        }
        return 0;
}
