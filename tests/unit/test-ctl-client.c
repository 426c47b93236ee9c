/* The client's patience: a daemon that hangs must not hang those who ask how it is. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cmocka.h>

#include "daemon/ctl/client.h"

typedef struct Place {
        char folder[32];
        struct sockaddr_un address;
        int fd;
} Place;

static void place_open(Place *place) {
        *place = (Place) { .folder = "/tmp/test-ctl-XXXXXX", .address = { .sun_family = AF_UNIX } };
        assert_non_null(mkdtemp(place->folder));
        (void) snprintf(place->address.sun_path, sizeof(place->address.sun_path), "%s/control", place->folder);
        place->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_true(place->fd >= 0);
        assert_int_equal(bind(place->fd, (const struct sockaddr *) &place->address, sizeof(place->address)), 0);
}

static void place_close(Place *place) {
        (void) close(place->fd);
        (void) unlink(place->address.sun_path);
        (void) rmdir(place->folder);
}

static int no_line(void *userdata, const char *name, struct json_object *value, const char *line, size_t length) {
        (void) userdata;
        (void) value;
        (void) line;
        (void) length;
        fail_msg("a line of '%s'", name);
        return 0;
}

static int ask(const Place *place, unsigned patience_msec, Error *reterr) {
        struct json_object *request = json_object_new_object();
        int r, exit = -1;

        assert_non_null(request);
        r = client_ask(place->address.sun_path, request, patience_msec, no_line, NULL, &exit, reterr);
        (void) json_object_put(request);
        return r;
}

static void test_hangs(void **state) {
        _cleanup_(error_clear) Error error = ERROR_INIT;
        Place place;

        (void) state;
        place_open(&place);
        assert_int_equal(listen(place.fd, 1), 0);       /* connections are queued, and nobody takes them */
        assert_int_equal(ask(&place, 10, &error), -ETIMEDOUT);
        assert_non_null(strstr(error_message(&error), "has not answered"));
        place_close(&place);
}

static void test_nobody_listens(void **state) {
        _cleanup_(error_clear) Error error = ERROR_INIT, other = ERROR_INIT;
        Place place;

        (void) state;
        place_open(&place);
        assert_int_equal(ask(&place, 10, &error), -ECONNREFUSED);
        assert_non_null(strstr(error_message(&error), "does not run"));
        place_close(&place);
        assert_int_equal(ask(&place, 10, &other), -ENOENT);
}

int main(void) {
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_hangs), cmocka_unit_test(test_nobody_listens) };

        return cmocka_run_group_tests_name("ctl-client", tests, NULL, NULL);
}
