/*
 * Any bytes as an object that is no user; the first byte is a digit that says of which kind. What is taken is written as
 * JSON, and that, read and written again, says the same.
 */

#include <stdlib.h>
#include <string.h>

#include "lib/lockt/json.h"
#include "lib/lockt/object.h"
#include "tests/fuzz/fuzz.h"

/* As JSON, or NULL where it is none. */
static char *read_and_write(LocktObject kind, const char *bytes, size_t length) {
        ObjectReader reader = { .timezone = "UTC" };
        size_t used = 0;
        char *written = NULL;
        Object object;

        if (object_read(&reader, kind, bytes, length, &object, &used, NULL) >= 0) {
                if (used > length)
                        abort();
                (void) lockt_object_matches(kind, &object, "a");
                written = lockt_object_format(kind, &object, false);
                if (!written || json_validate(written, strlen(written)) < 0)
                        abort();
        }
        object_reader_deinit(&reader);
        return written;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(freep) char *bytes = NULL, *once = NULL, *twice = NULL;
        LocktObject kind;

        if (size < 1 || size > 1024 * 1024)
                return 0;
        kind = (LocktObject) ((uint8_t) (data[0] - '0') % LOCKT_OBJECTS);
        bytes = malloc(size);
        if (!bytes)
                abort();
        memcpy(bytes, data + 1, size - 1);
        once = read_and_write(kind, bytes, size - 1);
        if (!once)
                return 0;
        twice = read_and_write(kind, once, strlen(once));
        if (!twice || strcmp(once, twice) != 0)
                abort();
        return 0;
}
