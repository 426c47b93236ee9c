/* What locktsyncd can be called with. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/options.h"

static int parse(Options *options, Error *error, const char *const *arguments) {
        char *argv[8] = { (char *) "locktsyncd" };
        int argc = 1;

        for (; *arguments; arguments++)
                argv[argc++] = (char *) *arguments;
        return options_parse(argc, argv, options, error);
}

static void test_defaults(void **state) {
        _cleanup_(options_deinit) Options options = { 0 };

        (void) unsetenv("STATE_DIRECTORY");
        (void) unsetenv("RUNTIME_DIRECTORY");
        assert_int_equal(parse(&options, NULL, (const char *const[]) { NULL }), 0);
        assert_string_equal(options.config, "/etc/locktsync/locktsync.yaml");
        assert_string_equal(options.state_dir, "/var/lib/locktsync");
        assert_string_equal(options.control, "/run/locktsync/control");
        assert_false(options.once || options.help || options.version);
}

static void test_directories_of_the_service_manager(void **state) {
        _cleanup_(options_deinit) Options options = { 0 };

        (void) setenv("STATE_DIRECTORY", "/var/lib/a:/var/lib/b", 1);
        (void) setenv("RUNTIME_DIRECTORY", "/run/a", 1);
        assert_int_equal(parse(&options, NULL, (const char *const[]) { NULL }), 0);
        assert_string_equal(options.state_dir, "/var/lib/a");
        assert_string_equal(options.control, "/run/a/control");
}

static void test_all_options(void **state) {
        _cleanup_(options_deinit) Options options = { 0 };

        assert_int_equal(parse(&options, NULL, (const char *const[]) { "--config=a", "--state-dir", "b", "--control=c",
                                                                       "--once", "--config=d", NULL }), 0);
        assert_string_equal(options.config, "d");
        assert_string_equal(options.state_dir, "b");
        assert_string_equal(options.control, "c");
        assert_true(options.once);
}

static void test_refused(void **state) {
        static const struct {
                const char *argument, *sentence;
        } cases[] = {
                { "--verbose", "unknown option '--verbose'; try --help" },
                { "-x", "unknown option '-x'; try --help" },
                { "start", "unknown argument 'start'; try --help" },
                { "--config", "option '--config' takes a value" },
                { "--once=yes", "unknown option '--once=yes'; try --help" },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(options_deinit) Options options = { 0 };
                _cleanup_(error_clear) Error error = ERROR_INIT;

                assert_int_equal(parse(&options, &error, (const char *const[]) { cases[i].argument, NULL }), -EINVAL);
                assert_string_equal(error_message(&error), cases[i].sentence);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_defaults),
                cmocka_unit_test(test_directories_of_the_service_manager),
                cmocka_unit_test(test_all_options),
                cmocka_unit_test(test_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
