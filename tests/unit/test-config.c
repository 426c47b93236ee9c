/*
 * Configuration: tests/data/config/ holds files that load (y_*.yaml) and files that do not (n_*.yaml), these with all
 * that is said about them (n_*.errors). What a file means, the file around it, and secrets are below.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "lib/base/duration.h"
#include "lib/config/config.h"
#include "lib/config/parse.h"

/* Where files of a test go; made anew for each. */
static char folder[32];

static int set_up(void **state) {
        (void) snprintf(folder, sizeof(folder), "/tmp/test-config-XXXXXX");
        return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state) {
        DIR *directory = opendir(folder);
        struct dirent *entry;

        while (directory && (entry = readdir(directory)))
                (void) unlinkat(dirfd(directory), entry->d_name, 0);
        if (directory)
                (void) closedir(directory);
        return rmdir(folder);
}

static char *file_write(const char *name, const char *bytes, size_t n, mode_t mode) {
        char *path;
        FILE *file;

        assert_true(asprintf(&path, "%s/%s", folder, name) > 0);
        file = fopen(path, "we");
        assert_non_null(file);
        assert_int_equal(fwrite(bytes, 1, n, file), n);
        assert_int_equal(fclose(file), 0);
        assert_int_equal(chmod(path, mode), 0);
        return path;
}

static char *file_read(const char *path, size_t *ret_n) {
        char *bytes = calloc(1, CONFIG_SIZE_MAX + 1);
        FILE *file = fopen(path, "re");

        assert_non_null(bytes);
        if (!file)
                fail_msg("cannot open %s/%s", DATA_DIRECTORY, path);
        *ret_n = fread(bytes, 1, CONFIG_SIZE_MAX, file);
        (void) fclose(file);
        return bytes;
}

static char *errors_text(const ConfigErrors *errors) {
        char *text = NULL;
        size_t size;
        FILE *stream = open_memstream(&text, &size);

        assert_non_null(stream);
        config_errors_print(errors, stream);
        assert_int_equal(fclose(stream), 0);
        return text;
}

/* As a file that everybody can read. The path in the errors is the file's name. */
static int parse_named(const char *name, Config **ret, char **ret_errors) {
        _cleanup_(config_errors_deinit) ConfigErrors errors = { 0 };
        _cleanup_(freep) char *bytes = NULL;
        size_t n;
        int r;

        bytes = file_read(name, &n);
        r = config_parse(bytes, n, name, true, ret, &errors);
        *ret_errors = errors_text(&errors);
        return r;
}

static void check_named(const char *name) {
        _cleanup_(freep) char *said = NULL, *expected = NULL;
        _cleanup_(config_freep) Config *config = NULL;
        char other[256];
        size_t n;
        int r;

        r = parse_named(name, &config, &said);
        if (name[0] == 'y') {
                if (r != 0 || *said)
                        fail_msg("%s does not load: %s", name, said);
                return;
        }

        (void) snprintf(other, sizeof(other), "%.*s.errors", (int) strcspn(name, "."), name);
        expected = file_read(other, &n);
        if (r != -EINVAL || config)
                fail_msg("%s loads, or fails with another number: %d", name, r);
        if (strcmp(said, expected) != 0)
                fail_msg("%s: it was said:\n%sinstead of:\n%s", name, said, expected);
}

static void test_documents(void **state) {
        DIR *directory = opendir(".");
        unsigned good = 0, bad = 0;
        struct dirent *entry;

        assert_non_null(directory);
        while ((entry = readdir(directory))) {
                const char *dot = strrchr(entry->d_name, '.');

                if (!dot || strcmp(dot, ".yaml") != 0)
                        continue;
                check_named(entry->d_name);
                entry->d_name[0] == 'y' ? good++ : bad++;
        }
        (void) closedir(directory);
        assert_true(good > 10 && bad > 50);
}

static Config *load_named(const char *name) {
        _cleanup_(freep) char *said = NULL;
        Config *config = NULL;

        if (parse_named(name, &config, &said) != 0)
                fail_msg("%s", said);
        return config;
}

static void test_defaults(void **state) {
        _cleanup_(config_freep) Config *config = load_named("y_minimal.yaml");

        assert_string_equal(config->path, "y_minimal.yaml");
        assert_true(config->hr.poll_usec == 60 * USEC_PER_SEC);
        assert_null(config->hr.listen);
        assert_null(config->hr.as_of.text);
        assert_true(config->hr.statement_timeout_usec == 10 * USEC_PER_MINUTE);
        assert_true(config->hr.lock_timeout_usec == 5 * USEC_PER_SEC);
        assert_null(config->lockt.ca_file);
        assert_string_equal(config->lockt.timezone, "UTC");
        assert_true(config->lockt.resync_usec == 24 * USEC_PER_HOUR);
        assert_int_equal(config->lockt.drift, DRIFT_REPAIR);
        assert_true(config->lockt.timeout_usec == 20 * USEC_PER_SEC);
        assert_true(config->lockt.fresh_usec == 60 * USEC_PER_SEC);
        assert_false(config->lockt.link_by_email);
        assert_int_equal(config->lockt.booleans, BOOLEANS_STRING);
        assert_int_equal(config->lockt.update_with, UPDATE_WITH_POST);
        assert_int_equal(config->others, OTHERS_KEEP);
        assert_false(config->mapping.has_rules);
        assert_true(config->leavers.disable && config->leavers.remove_access_levels && config->leavers.expire);
        assert_true(config->leavers.absent_for_usec == 15 * USEC_PER_MINUTE);
        assert_true(config->safety.window_usec == 24 * USEC_PER_HOUR);
        assert_true(config->safety.max_revoked.percent && (int) config->safety.max_revoked.value == 5);
        assert_true(config->safety.max_restored.percent && (int) config->safety.max_restored.value == 2);
        assert_true(config->safety.max_granted.percent && (int) config->safety.max_granted.value == 20);
        assert_true(config->safety.max_changed.percent && (int) config->safety.max_changed.value == 50);
        assert_true(config->safety.mapping_change_hold);
        assert_true(config->retry.first_usec == 5 * USEC_PER_SEC);
        assert_true(config->retry.max_usec == 15 * USEC_PER_MINUTE);
        assert_true(config->alarm.stale_usec == 15 * USEC_PER_MINUTE);
        assert_true(config->alarm.revocation_usec == 5 * USEC_PER_MINUTE);
        assert_int_equal(config->mode, MODE_APPLY);
        assert_true(config->history_keep_usec == 2 * USEC_PER_YEAR);
        assert_null(config->metrics_textfile);
}

static void test_whole_scalars(void **state) {
        _cleanup_(config_freep) Config *config = load_named("y_whole.yaml");
        const char *people = config->hr.people.text;

        assert_string_equal(config->hr.connection.text,
                            "host=hr.example.org dbname=hr user=locktsync sslmode=verify-full");
        assert_int_equal(config->hr.connection.mark.line, 4);
        assert_int_equal(config->hr.connection.mark.column, 15);
        assert_string_equal(config->hr.listen, "locktsync");
        assert_string_equal(config->hr.timezone, "Europe/Berlin");
        assert_string_equal(config->mapping.timezone, "Europe/Berlin");
        assert_string_equal(config->hr.as_of.text, "SELECT loaded_at FROM locktsync.load");
        /* Neither the semicolon nor the newline of the block are there any more. */
        assert_string_equal(people + strlen(people) - strlen("FROM locktsync.people"), "FROM locktsync.people");
        assert_string_equal(config->lockt.url.text, "https://cloudapi.lockt.com/api/v1");
        assert_string_equal(config->lockt.apiuser.text, "credential:apiuser");
        assert_string_equal(config->lockt.apikey.text, "file:/etc/locktsync/apikey");
        assert_string_equal(config->lockt.ca_file, "/etc/ssl/private-ca.pem");
        assert_int_equal(config->lockt.drift, DRIFT_REPORT);
        assert_true(config->lockt.link_by_email);
        assert_int_equal(config->lockt.booleans, BOOLEANS_NATIVE);
        assert_int_equal(config->lockt.update_with, UPDATE_WITH_PUT);
        assert_int_equal(config->others, OTHERS_REMOVE);
        assert_false(config->leavers.disable || config->leavers.expire);
        assert_true(config->leavers.absent_for_usec == 20 * USEC_PER_MINUTE);
        assert_false(config->safety.max_revoked.percent);
        assert_int_equal((int) config->safety.max_revoked.value, 7);
        assert_int_equal((int) (config->safety.max_restored.value * 1000), 2500);
        assert_false(config->safety.mapping_change_hold);
        assert_int_equal(config->mode, MODE_REPORT);
        assert_string_equal(config->metrics_textfile, "/run/locktsync/metrics.prom");
}

static void test_whole_properties(void **state) {
        _cleanup_(config_freep) Config *config = load_named("y_whole.yaml");
        const PropertySpec *properties = config->mapping.properties, *p;

        assert_int_equal(properties[PROPERTY_PIN].kind, SOURCE_NONE);
        assert_int_equal(properties[PROPERTY_ID_NUM].kind, SOURCE_COLUMN);
        assert_string_equal(properties[PROPERTY_ID_NUM].source.text, "employee_id");
        assert_int_equal(properties[PROPERTY_ID_NUM].source.mark.column, 11);
        assert_int_equal(properties[PROPERTY_ID_NUM].mark.column, 3);
        assert_true(properties[PROPERTY_PHONE].digits);
        assert_int_equal(properties[PROPERTY_PHONE].null_policy, NULL_DEFAULT);
        assert_int_equal(properties[PROPERTY_CARD_NUM].null_policy, NULL_KEEP);

        p = &properties[PROPERTY_ACCESS_EXPIRES];
        assert_string_equal(p->source.text, "leaves_on");
        assert_null(p->timezone.text);
        assert_string_equal(p->timezone_column.text, "site_tz");
        assert_true(p->plus_usec == (int64_t) (6 * USEC_PER_HOUR));

        p = &properties[PROPERTY_ENABLED];
        assert_int_equal(p->n_in, 2);
        assert_int_equal(p->n_out, 3);
        assert_string_equal(p->in[1].text, "leave");
        assert_string_equal(p->out[2].text, "suspended");
}

static void test_whole_rules(void **state) {
        _cleanup_(config_freep) Config *config = load_named("y_whole.yaml");
        const MappingSpec *mapping = &config->mapping;
        const RuleSpec *rule;

        assert_true(mapping->has_rules);
        assert_int_equal(mapping->n_rules, 5);
        assert_int_equal(mapping->rules[0].n_conditions, 0);
        assert_string_equal(mapping->rules[0].grants[0].name.text, "Cardholder");

        rule = &mapping->rules[1];
        assert_int_equal(rule->mark.line, rule->grants[0].name.mark.line - 1);
        assert_string_equal(rule->conditions[1].column.text, "site");
        assert_int_equal(rule->conditions[1].n_patterns, 2);
        assert_string_equal(rule->conditions[1].patterns[1].text, "Annex");
        assert_int_equal(rule->n_grants, 2);

        rule = &mapping->rules[2];
        assert_string_equal(rule->conditions[0].patterns[0].text, "Housekeep*");
        assert_false(rule->conditions[0].negate);
        assert_true(rule->conditions[1].negate);

        rule = &mapping->rules[3];
        assert_true(rule->conditions[0].match_null);
        assert_int_equal(rule->conditions[0].n_patterns, 1);
        assert_true(rule->conditions[1].match_null && rule->conditions[1].negate);
        assert_int_equal(rule->grants[0].id, 574);
        assert_null(rule->grants[0].name.text);

        assert_string_equal(mapping->rules[4].grants[0].column.text, "access_profile");
        assert_int_equal(mapping->n_exclude, 2);
        assert_string_equal(mapping->exclude[1].text, "FIRE*");
}

static void test_scalars_as_written(void **state) {
        _cleanup_(config_freep) Config *config = load_named("y_scalars_as_written.yaml");
        const ConditionSpec *conditions = config->mapping.rules[0].conditions;
        const PropertySpec *enabled = &config->mapping.properties[PROPERTY_ENABLED];

        assert_string_equal(enabled->in[0].text, "YES");
        assert_string_equal(enabled->in[1].text, "0815");
        assert_string_equal(enabled->in[2].text, "1.0");
        assert_string_equal(enabled->out[0].text, "NO");

        /* site: [NO, 007, null, ~] */
        assert_int_equal(conditions[0].n_patterns, 2);
        assert_string_equal(conditions[0].patterns[1].text, "007");
        assert_true(conditions[0].match_null);
        /* wing: "null" */
        assert_false(conditions[1].match_null);
        assert_string_equal(conditions[1].patterns[0].text, "null");
        /* floor: '' */
        assert_string_equal(conditions[2].patterns[0].text, "");
        assert_string_equal(config->mapping.rules[0].grants[0].name.text, "1");
}

static void test_enabled_by_itself(void **state) {
        static const char *const names[] = { "y_enabled_boolean.yaml", "y_enabled_fixed.yaml" };

        for (size_t i = 0; i < ELEMENTS(names); i++) {
                _cleanup_(config_freep) Config *config = load_named(names[i]);
                const PropertySpec *enabled = &config->mapping.properties[PROPERTY_ENABLED];

                assert_int_equal(enabled->n_in, 1);
                assert_string_equal(enabled->in[0].text, "true");
                assert_int_equal(enabled->n_out, 1);
                assert_string_equal(enabled->out[0].text, "false");
        }
}

static void test_dates(void **state) {
        _cleanup_(config_freep) Config *config = load_named("y_dates.yaml");
        const PropertySpec *p = &config->mapping.properties[PROPERTY_ACCESS_EFFECTIVE];

        assert_string_equal(p->timezone.text, "America/New_York");
        assert_true(p->plus_usec == -(int64_t) USEC_PER_HOUR);
        assert_string_equal(config->hr.timezone, "UTC");
}

static int load_bytes(const char *bytes, size_t n, mode_t mode, char **ret_errors) {
        _cleanup_(freep) char *path = file_write("locktsync.yaml", bytes, n, mode);
        _cleanup_(config_errors_deinit) ConfigErrors errors = { 0 };
        _cleanup_(config_freep) Config *config = NULL;
        int r;

        r = config_load(path, &config, &errors);
        assert_true((r == 0) == (config != NULL) && (r == 0) == (errors.n == 0));
        *ret_errors = errors_text(&errors);
        return r;
}

static void test_load_modes(void **state) {
        _cleanup_(freep) char *bytes = NULL;
        size_t n;
        static const struct {
                const char *title;
                mode_t mode;
                int result;
                const char *says;
        } cases[] = {
                { "a password in a file for its owner", 0600, 0, "" },
                { "a password in a file for the service's group", 0640, 0, "" },
                { "a password for everybody", 0644, -EINVAL, "chmod 0640" },
                { "a file that everybody writes", 0666, -EPERM, "everybody may write it" },
        };

        bytes = file_read("n_password_exposed.yaml", &n);
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(freep) char *said = NULL;
                int r = load_bytes(bytes, n, cases[i].mode, &said);

                if (r != cases[i].result || !strstr(said, cases[i].says) || strstr(said, "hunter2"))
                        fail_msg("%s: %d, %s", cases[i].title, r, said);
        }
}

static void test_load_large(void **state) {
        _cleanup_(freep) char *bytes = malloc(CONFIG_SIZE_MAX + 1), *said = NULL;

        assert_non_null(bytes);
        memset(bytes, '#', CONFIG_SIZE_MAX + 1);
        assert_int_equal(load_bytes(bytes, CONFIG_SIZE_MAX + 1, 0600, &said), -EINVAL);
        assert_non_null(strstr(said, "larger than 1 MiB"));
}

static void test_load_impossible(void **state) {
        _cleanup_(freep) char *fifo = NULL;
        const char *absent = "/nonexistent/locktsync.yaml";

        assert_true(asprintf(&fifo, "%s/fifo", folder) > 0);
        assert_int_equal(mkfifo(fifo, 0600), 0);

        const struct {
                const char *path;
                int result;
        } cases[] = {
                { absent, -ENOENT },
                { folder, -EISDIR },
                { fifo, -EINVAL },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(config_errors_deinit) ConfigErrors errors = { 0 };
                _cleanup_(config_freep) Config *config = NULL;

                assert_int_equal(config_load(cases[i].path, &config, &errors), cases[i].result);
                assert_null(config);
                assert_int_equal(errors.n, 1);
                assert_int_equal(errors.items[0].mark.line, 0);
                assert_string_equal(errors.path, cases[i].path);
        }
}

static void test_errors_order(void **state) {
        _cleanup_(config_errors_deinit) ConfigErrors errors = { .path = strdup("x.yaml") };
        _cleanup_(freep) char *text = NULL;

        config_errors_add(&errors, (Mark) { 3, 1 }, "%s", "third");
        config_errors_add(&errors, (Mark) { 1, 9 }, "second");
        config_errors_add(&errors, (Mark) { 3, 1 }, "fourth");
        config_errors_add(&errors, (Mark) { 1, 2 }, "first");
        config_errors_add(&errors, (Mark) { 0, 0 }, "the file");

        text = errors_text(&errors);
        assert_string_equal(text, "x.yaml: the file\nx.yaml:1:2: first\nx.yaml:1:9: second\nx.yaml:3:1: third\n"
                            "x.yaml:3:1: fourth\n");
}

static void test_secret_files(void **state) {
        static char large[5000];
        static const struct {
                const char *title, *bytes;
                mode_t mode;
                int result;
                const char *secret, *says;
        } cases[] = {
                { "plain", "hunter2", 0600, 0, "hunter2", NULL },
                { "for a group", "hunter2\n", 0640, 0, "hunter2", NULL },
                { "newlines at the end", "hunter2\r\n\n", 0600, 0, "hunter2", NULL },
                { "blanks belong to it", " a b ", 0600, 0, " a b ", NULL },
                { "for everybody", "hunter2", 0644, -EPERM, NULL, "chmod" },
                { "empty", "", 0600, -ENODATA, NULL, "empty" },
                { "only a newline", "\n", 0600, -ENODATA, NULL, "empty" },
                { "two lines", "hunter2\nhunter2", 0600, -EBADMSG, NULL, "byte 8" },
                { "an escape", "hunter\033", 0600, -EBADMSG, NULL, "byte 7" },
                { "too large", large, 0600, -EFBIG, NULL, "4 KiB" },
        };

        memset(large, 'x', sizeof(large) - 1);
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                const char *bytes = cases[i].bytes;
                _cleanup_(freep) char *path = file_write("secret", bytes, strlen(bytes), cases[i].mode), *source = NULL;
                _cleanup_(secret_freep) char *secret = NULL;
                Error error = ERROR_INIT;
                int r;

                assert_true(asprintf(&source, "file:%s", path) > 0);
                r = config_read_secret(&(Text) { .text = source }, &secret, &error);
                if (r != cases[i].result || error.code != r || (r == 0 && strcmp(secret, cases[i].secret) != 0) ||
                    (r < 0 && (!strstr(error.message, cases[i].says) || strstr(error.message, "hunter"))))
                        fail_msg("%s: %d, %s", cases[i].title, r, error_message(&error));
                error_clear(&error);
        }
}

static int read_source(const char *source, char **ret, const char *says) {
        Text text = { .text = (char *) source };
        Error error = ERROR_INIT;
        int r;

        r = config_read_secret(&text, ret, &error);
        if (says && !strstr(error_message(&error), says))
                fail_msg("'%s' is not in: %s", says, error_message(&error));
        error_clear(&error);
        return r;
}

static void test_secret_places(void **state) {
        _cleanup_(freep) char *path = file_write("apikey", "hunter2\n", 8, 0644), *link = NULL, *source = NULL;
        _cleanup_(secret_freep) char *secret = NULL;

        assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
        assert_int_equal(read_source("credential:apikey", &secret, "LoadCredential=apikey:/path"), -ENOENT);

        /* The folder of a credential is closed; the file's mode says nothing. */
        assert_int_equal(setenv("CREDENTIALS_DIRECTORY", folder, 1), 0);
        assert_int_equal(read_source("credential:apikey", &secret, NULL), 0);
        assert_string_equal(secret, "hunter2");
        assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);

        secret = secret_free(secret);
        assert_true(asprintf(&link, "%s/link", folder) > 0);
        assert_int_equal(symlink(path, link), 0);
        assert_true(asprintf(&source, "file:%s", link) > 0);
        assert_int_equal(read_source(source, &secret, "symbolic link"), -ELOOP);
        assert_int_equal(read_source("file:/nonexistent/apikey", &secret, "/nonexistent/apikey"), -ENOENT);
        assert_int_equal(read_source("file:/", &secret, "no regular file"), -EINVAL);
        assert_int_equal(read_source("hunter2", &secret, "credential:NAME or file:/path"), -EINVAL);
        assert_null(secret);
}

static void test_table(void **state) {
        size_t n = 0;

        for (; config_key(n); n++) {
                const ConfigKey *key = config_key(n);

                assert_true(*key->key && *key->type && *key->meaning);
                for (size_t i = 0; i < n; i++)
                        assert_string_not_equal(config_key(i)->key, key->key);
        }
        assert_true(n > 50);
        assert_null(config_key(SIZE_MAX));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_documents),
                cmocka_unit_test(test_defaults),
                cmocka_unit_test(test_whole_scalars),
                cmocka_unit_test(test_whole_properties),
                cmocka_unit_test(test_whole_rules),
                cmocka_unit_test(test_scalars_as_written),
                cmocka_unit_test(test_enabled_by_itself),
                cmocka_unit_test(test_dates),
                cmocka_unit_test_setup_teardown(test_load_modes, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_load_large, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_load_impossible, set_up, tear_down),
                cmocka_unit_test(test_errors_order),
                cmocka_unit_test_setup_teardown(test_secret_files, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_secret_places, set_up, tear_down),
                cmocka_unit_test(test_table),
        };

        /* The files are named as the expected errors name them. */
        if (chdir(DATA_DIRECTORY) < 0)
                return EXIT_FAILURE;
        return cmocka_run_group_tests(tests, NULL, NULL);
}
