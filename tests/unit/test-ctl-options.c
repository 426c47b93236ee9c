/* The command line of locktsyncctl. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/ctl/options.h"

#define WORDS_OF_LINE 10

static int parse(const char *line, char **copy, char **argv, Ctl *ret, Error *error) {
        int argc = 0;
        char *rest, *word;

        *copy = strdup(line);
        assert_non_null(*copy);
        argv[argc++] = (char *) "locktsyncctl";
        for (rest = *copy; (word = strsep(&rest, " "));)
                if (argc < WORDS_OF_LINE)
                        argv[argc++] = strcmp(word, "''") == 0 ? (char *) "" : word;
        argv[argc] = NULL;
        return ctl_options_parse(argc, argv, ret, error);
}

static void test_refused(void **state) {
        static const struct {
                const char *line, *words;
        } rows[] = {
                { "--json", "which command?" },
                { "statsu", "did you mean 'status'" },
                { "frobnicate", "unknown command 'frobnicate'; see --help" },
                { "status --limit 3", "'status' takes no --limit" },
                { "--accept --help", "--accept belongs to a command" },
                { "status extra", "'status' has no use for 'extra'" },
                { "explain", "'explain' needs ID_NUM" },
                { "explain ''", "empty argument" },
                { "explain 1 2", "has no use for '2'" },
                { "history --limit", "'--limit' takes a value" },
                { "history --limit -1", "takes a number of 0 or more, not '-1'" },
                { "history --limit 1x", "not '1x'" },
                { "history --cycle 99999999999999999999", "takes a number" },
                { "status --frobnicate", "unknown option '--frobnicate'" },
                { "status -x", "unknown option '-x'" },
                { "status --socket", "'--socket' takes a value" },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                _cleanup_(error_clear) Error error = ERROR_INIT;
                _cleanup_(freep) char *copy = NULL;
                char *argv[WORDS_OF_LINE + 1];
                Ctl ctl;

                assert_int_equal(parse(rows[i].line, &copy, argv, &ctl, &error), -EINVAL);
                if (!strstr(error_message(&error), rows[i].words))
                        fail_msg("'%s': %s", rows[i].line, error_message(&error));
        }
}

static void test_accepted(void **state) {
        _cleanup_(error_clear) Error error = ERROR_INIT;
        _cleanup_(freep) char *copy = NULL;
        char *argv[WORDS_OF_LINE + 1];
        Ctl ctl;

        (void) state;
        assert_int_equal(parse("--json retry 4711 --socket /tmp/s -- -12", &copy, argv, &ctl, &error), 0);
        assert_string_equal(ctl.verb->name, "retry");
        assert_string_equal(ctl.socket, "/tmp/s");
        assert_true(ctl.json);
        assert_int_equal(ctl.n_arguments, 2);
        assert_string_equal(ctl.arguments[0], "4711");
        assert_string_equal(ctl.arguments[1], "-12");
}

static void test_defaults(void **state) {
        _cleanup_(error_clear) Error error = ERROR_INIT;
        _cleanup_(freep) char *copy = NULL, *other = NULL;
        char *argv[WORDS_OF_LINE + 1];
        Ctl ctl;

        (void) state;
        assert_int_equal(parse("history", &copy, argv, &ctl, &error), 0);
        assert_string_equal(ctl.socket, "/run/locktsync/control");
        assert_int_equal(ctl.limit, -1);
        assert_int_equal(ctl.cycle, -1);
        assert_null(ctl.config);
        assert_false(ctl.json);

        assert_int_equal(parse("history --limit 0 --cycle=17 4711", &other, argv, &ctl, &error), 0);
        assert_int_equal(ctl.limit, 0);
        assert_int_equal(ctl.cycle, 17);
        assert_string_equal(ctl.arguments[0], "4711");
}

/* What is asked for help need not be complete. */
static void test_help(void **state) {
        static const char *const lines[] = { "--help", "explain --help", "--version", "--help explain" };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(lines); i++) {
                _cleanup_(error_clear) Error error = ERROR_INIT;
                _cleanup_(freep) char *copy = NULL;
                char *argv[WORDS_OF_LINE + 1];
                Ctl ctl;

                assert_int_equal(parse(lines[i], &copy, argv, &ctl, &error), 0);
                assert_true(ctl.help || ctl.version);
        }
}

/* Help is read on terminals of 80 columns; its dots and dashes are wider in bytes than on the screen. */
static void test_help_is_narrow(void **state) {
        (void) state;
        for (size_t i = 0; i <= n_verbs; i++) {
                _cleanup_(freep) char *text = NULL;
                size_t size;
                FILE *stream = open_memstream(&text, &size);

                assert_non_null(stream);
                ctl_help(stream, i < n_verbs ? &verbs[i] : NULL);
                assert_int_equal(fclose(stream), 0);
                for (const char *at = text; *at; at += strcspn(at, "\n") + 1)
                        assert_true(strcspn(at, "\n") <= 100);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_refused), cmocka_unit_test(test_accepted), cmocka_unit_test(test_defaults),
                cmocka_unit_test(test_help),    cmocka_unit_test(test_help_is_narrow),
        };

        return cmocka_run_group_tests_name("ctl-options", tests, NULL, NULL);
}
