/* When to try again. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/delivery/service.h"

#define SECOND INT64_C(1000000)
#define FIRST (5 * SECOND)
#define MAX (900 * SECOND)

static Service well(void) {
        Service service;

        service_init(&service, FIRST, MAX, 42);
        return service;
}

static void test_well(void **data) {
        Service service = well();

        assert_int_equal(service_from_usec(&service, true), 0);
        assert_int_equal(service_from_usec(&service, false), 0);
        (void) data;
}

static void test_backoff_doubles_up_to_its_most(void **data) {
        Service service = well();

        for (unsigned attempts = 1; attempts < 70; attempts++) {
                int64_t wait = attempts > 8 ? MAX : FIRST << (attempts - 1);

                if (wait > MAX)
                        wait = MAX;
                assert_in_range(service_backoff(&service, attempts), wait - wait / 4, wait);
        }
        (void) data;
}

/* Two daemons that failed at once do not come back at once. */
static void test_jitter(void **data) {
        Service a = well(), b = well();
        unsigned equal = 0;

        b.seed = 43;
        for (unsigned i = 0; i < 20; i++)
                equal += service_backoff(&a, 5) == service_backoff(&b, 5);
        assert_true(equal < 3);
        (void) data;
}

static void test_revocations_try_every_first(void **data) {
        Service service = well();
        int64_t now = 1000 * SECOND;

        for (unsigned i = 0; i < 10; i++)
                service_failed(&service, now, true, 0);
        assert_int_equal(service_from_usec(&service, true), now + FIRST);
        assert_true(service_from_usec(&service, false) > now + MAX / 2);
        service_well(&service);
        assert_int_equal(service_from_usec(&service, false), 0);
        (void) data;
}

static void test_revocation_tries_at_once_after_a_first_failure_of_another(void **data) {
        Service service = well();

        service_failed(&service, 1000 * SECOND, false, 0);
        assert_int_equal(service_from_usec(&service, true), 0);
        service_failed(&service, 1000 * SECOND, true, 0);
        assert_int_equal(service_from_usec(&service, true), 1000 * SECOND + FIRST);
        (void) data;
}

/* Ruling 15. */
static void test_retry_after_binds_everybody(void **data) {
        Service service = well();

        service_failed(&service, 1000 * SECOND, true, 60 * SECOND);
        assert_int_equal(service_from_usec(&service, true), 1060 * SECOND);
        assert_int_equal(service_from_usec(&service, false), 1060 * SECOND);
        (void) data;
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_well),
                cmocka_unit_test(test_backoff_doubles_up_to_its_most),
                cmocka_unit_test(test_jitter),
                cmocka_unit_test(test_revocations_try_every_first),
                cmocka_unit_test(test_revocation_tries_at_once_after_a_first_failure_of_another),
                cmocka_unit_test(test_retry_after_binds_everybody),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
