/* The metrics: their text, what is known and what is not, the file, and the manual that tells of them. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "daemon/metrics-file.h"
#include "daemon/metrics.h"
#include "lib/base/duration.h"
#include "lib/state/hold.h"

#define SECOND ((int64_t) USEC_PER_SEC)
#define NOON (INT64_C(1800014400) * SECOND)

static char *text_of(const Metrics *metrics) {
        char *text = NULL;
        size_t length = 0;

        assert_int_equal(metrics_text(metrics, "1.2.3", "/etc/a.yaml", &text, &length), 0);
        assert_int_equal(strlen(text), length);
        return text;
}

/* @line without the label that all have. */
static void assert_has(const Metrics *metrics, const char *line) {
        _cleanup_(freep) char *text = text_of(metrics), *wanted = NULL;
        size_t name = strcspn(line, "{ ");

        assert_true(asprintf(&wanted, "\n%.*s{config=\"/etc/a.yaml\"%s%s\n", (int) name, line,
                             line[name] == '{' ? "," : "}", line + name + (line[name] == '{')) > 0);
        if (!strstr(text, wanted))
                fail_msg("no line '%s' in:\n%s", line, text);
}

static void assert_lacks(const Metrics *metrics, const char *what) {
        _cleanup_(freep) char *text = text_of(metrics);

        if (strstr(text, what))
                fail_msg("'%s' is in:\n%s", what, text);
}

static void test_before_anything_is_known_there_are_totals_and_the_version(void **state) {
        Metrics metrics;

        metrics_init(&metrics);
        assert_has(&metrics, "locktsync_build_info{version=\"1.2.3\"} 1");
        assert_has(&metrics, "locktsync_revocations_total 0");
        assert_has(&metrics, "locktsync_changes_total{action=\"adopted\"} 0");
        assert_lacks(&metrics, "locktsync_hr_up");
        assert_lacks(&metrics, "locktsync_cycles_total");
        assert_lacks(&metrics, "locktsync_people");
}

static void test_what_the_status_says(void **state) {
        static const struct {
                const char *title;
                SyncStatus status;
                const char *line, *lacks;
        } cases[] = {
                { "HR is up", { .hr_up = true }, "locktsync_hr_up 1", NULL },
                { "HR is down", { .hr_up = false }, "locktsync_hr_up 0", NULL },
                { "HR's data has an age", { .as_of_usec = NOON + 250000 },
                  "locktsync_hr_data_timestamp_seconds 1800014400.250000", NULL },
                { "HR was never read", { .as_of_usec = 0 }, "locktsync_people 0", "hr_data_timestamp" },
                { "a revocation waits", { .oldest_revocation_usec = NOON },
                  "locktsync_oldest_unconfirmed_revocation_timestamp_seconds 1800014400.000000", NULL },
                { "no revocation waits", { .oldest_revocation_usec = 0 }, "locktsync_unconfirmed_revocations 0",
                  "oldest_unconfirmed" },
                { "a cycle took its time", { .last_cycle_usec = NOON, .last_cycle_duration_usec = 1500000, .cycle = 7 },
                  "locktsync_last_cycle_duration_seconds 1.500000", NULL },
                { "the clock was set back meanwhile",
                  { .last_cycle_usec = NOON, .last_cycle_duration_usec = -1500000 },
                  "locktsync_last_cycle_duration_seconds -1.500000", NULL },
                { "there was no cycle", { .cycle = 7 }, "locktsync_cycles_total 7", "last_cycle" },
                { "a plan waits", { .gate = "the mapping has changed" }, "locktsync_approval_pending 1", "mapping" },
                { "no plan waits", { .gate = "" }, "locktsync_approval_pending 0", NULL },
                { "errors have words, metrics do not", { .hr_error = "no route to 10.0.0.7" }, "locktsync_hr_up 0",
                  "10.0.0.7" },
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                Metrics metrics;

                print_message("%s\n", cases[i].title);
                metrics_init(&metrics);
                metrics_set_status(&metrics, &cases[i].status, (Alarms) { 0 });
                assert_has(&metrics, cases[i].line);
                if (cases[i].lacks)
                        assert_lacks(&metrics, cases[i].lacks);
        }
}

static void test_a_path_with_quotes_is_escaped(void **state) {
        _cleanup_(freep) char *text = NULL;
        Metrics metrics;
        size_t length;

        metrics_init(&metrics);
        assert_int_equal(metrics_text(&metrics, "1", "/etc/\"a\\b\nc", &text, &length), 0);
        assert_non_null(strstr(text, "locktsync_writes_total{config=\"/etc/\\\"a\\\\b\\nc\"} 0\n"));
}

static void test_alarms_ring_apart(void **state) {
        SyncStatus status = { 0 };
        Metrics metrics;

        metrics_init(&metrics);
        metrics_set_status(&metrics, &status, (Alarms) { .stale = true });
        assert_has(&metrics, "locktsync_alarm{alarm=\"stale\"} 1");
        assert_has(&metrics, "locktsync_alarm{alarm=\"revocation\"} 0");
}

static void test_a_kind_of_hold_has_the_name_that_the_commands_use(void **state) {
        for (HoldKind kind = 0; kind < HOLDS; kind++)
                assert_string_equal(metrics_family(METRIC_HELD)->series[kind], hold_kind_name(kind));
}

static void test_the_time_of_writing_alone_is_no_change(void **state) {
        Metrics a, b;

        metrics_init(&a);
        b = a;
        metrics_set(&b, METRIC_WRITTEN, NOON);
        assert_true(metrics_equal(&a, &b));
        metrics_count(&b, METRIC_CHANGES, METRIC_CHANGES_PARKED);
        assert_false(metrics_equal(&a, &b));
}

static void test_every_name_is_as_prometheus_advises(void **state) {
        for (Metric i = 0; i < METRICS; i++) {
                const MetricFamily *family = metrics_family(i);
                const char *total = strstr(family->name, "_total");

                assert_non_null(family->name);
                assert_int_equal(strspn(family->name, "abcdefghijklmnopqrstuvwxyz_"), strlen(family->name));
                assert_int_equal(total != NULL, strcmp(family->type, "counter") == 0);
                assert_int_equal(strstr(family->name, "_seconds") != NULL, family->seconds);
                assert_null(strpbrk(family->help, "\\\n"));
                assert_int_equal(family->help[strlen(family->help) - 1], '.');
                for (Metric other = 0; other < i; other++)
                        assert_string_not_equal(metrics_family(other)->name, family->name);
        }
}

static void test_the_manual_has_each_metric_in_this_order(void **state) {
        char line[512], wanted[512];
        const MetricFamily *family;
        Metric next = 0;
        FILE *manual;

        manual = fopen(MANUAL, "re");
        assert_non_null(manual);
        while (fgets(line, sizeof(line), manual)) {
                if (strncmp(line, ".It Cm locktsync_", 17) != 0)
                        continue;
                assert_true(next < METRICS);
                family = metrics_family(next++);
                (void) snprintf(wanted, sizeof(wanted), ".It Cm locktsync_%s%s%s%s\n", family->name,
                                family->label ? " Brq Cm " : "", family->label ? family->label : "",
                                strcmp(family->type, "counter") == 0 ? " No (counter)" : "");
                assert_string_equal(line, wanted);
                assert_non_null(fgets(line, sizeof(line), manual));
                (void) snprintf(wanted, sizeof(wanted), "%s\n", family->help);
                assert_string_equal(line, wanted);
        }
        (void) fclose(manual);
        assert_int_equal(next, METRICS);
}

typedef struct Folder {
        char path[64], file[96], beside[96];
} Folder;

static void make_folder(Folder *folder) {
        (void) snprintf(folder->path, sizeof(folder->path), "/tmp/test-metrics-XXXXXX");
        assert_non_null(mkdtemp(folder->path));
        (void) snprintf(folder->file, sizeof(folder->file), "%s/a.prom", folder->path);
        (void) snprintf(folder->beside, sizeof(folder->beside), "%s/a.prom.new", folder->path);
}

static void remove_folder(const Folder *folder) {
        (void) unlink(folder->beside);
        (void) unlink(folder->file);
        assert_int_equal(rmdir(folder->path), 0);
}

static void assert_content(const char *path, const char *content) {
        char buf[64] = "";
        FILE *file = fopen(path, "re");

        assert_non_null(file);
        assert_int_equal(fread(buf, 1, sizeof(buf) - 1, file), strlen(content));
        assert_string_equal(buf, content);
        (void) fclose(file);
}

static void test_a_file_is_replaced_and_readable_for_all(void **state) {
        mode_t mask = umask(0077);
        struct stat before, st;
        Folder folder;

        make_folder(&folder);
        assert_int_equal(metrics_file_write(folder.file, "a 1\n", 4, NULL), 0);
        assert_int_equal(stat(folder.file, &before), 0);
        assert_int_equal(metrics_file_write(folder.file, "b 2\n", 4, NULL), 0);
        assert_int_equal(stat(folder.file, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0644);
        assert_content(folder.file, "b 2\n");
        assert_int_equal(access(folder.beside, F_OK), -1);
        (void) umask(mask);
        remove_folder(&folder);
}

static void test_what_a_crash_left_beside_it_is_not_in_the_way(void **state) {
        Folder folder;
        FILE *file;

        make_folder(&folder);
        file = fopen(folder.beside, "we");
        assert_non_null(file);
        (void) fputs("half of a li", file);
        (void) fclose(file);
        assert_int_equal(metrics_file_write(folder.file, "a 1\n", 4, NULL), 0);
        assert_content(folder.file, "a 1\n");
        assert_int_equal(access(folder.beside, F_OK), -1);
        remove_folder(&folder);
}

static void test_a_link_that_somebody_put_there_is_not_followed(void **state) {
        Folder folder;
        char target[96];

        make_folder(&folder);
        (void) snprintf(target, sizeof(target), "%s/precious", folder.path);
        assert_int_equal(metrics_file_write(target, "mine\n", 5, NULL), 0);
        assert_int_equal(symlink(target, folder.beside), 0);
        assert_int_equal(metrics_file_write(folder.file, "a 1\n", 4, NULL), 0);
        assert_content(target, "mine\n");
        assert_content(folder.file, "a 1\n");
        assert_int_equal(unlink(target), 0);
        remove_folder(&folder);
}

static void test_a_directory_that_is_not_there_is_said_by_name(void **state) {
        _cleanup_(error_clear) Error error = ERROR_INIT;

        assert_int_equal(metrics_file_write("/nonexistent/a.prom", "a 1\n", 4, &error), -ENOENT);
        assert_string_equal(error_message(&error),
                            "can't write '/nonexistent/a.prom.new': No such file or directory");
}

static void test_a_place_that_is_a_directory_stays_one_and_nothing_is_left_beside_it(void **state) {
        _cleanup_(error_clear) Error error = ERROR_INIT;
        Folder folder;

        make_folder(&folder);
        assert_int_equal(mkdir(folder.file, 0700), 0);
        assert_int_equal(metrics_file_write(folder.file, "a 1\n", 4, &error), -EISDIR);
        assert_non_null(strstr(error_message(&error), folder.file));
        assert_int_equal(access(folder.beside, F_OK), -1);
        assert_int_equal(rmdir(folder.file), 0);
        remove_folder(&folder);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_before_anything_is_known_there_are_totals_and_the_version),
                cmocka_unit_test(test_what_the_status_says),
                cmocka_unit_test(test_a_path_with_quotes_is_escaped),
                cmocka_unit_test(test_alarms_ring_apart),
                cmocka_unit_test(test_a_kind_of_hold_has_the_name_that_the_commands_use),
                cmocka_unit_test(test_the_time_of_writing_alone_is_no_change),
                cmocka_unit_test(test_every_name_is_as_prometheus_advises),
                cmocka_unit_test(test_the_manual_has_each_metric_in_this_order),
                cmocka_unit_test(test_a_file_is_replaced_and_readable_for_all),
                cmocka_unit_test(test_what_a_crash_left_beside_it_is_not_in_the_way),
                cmocka_unit_test(test_a_link_that_somebody_put_there_is_not_followed),
                cmocka_unit_test(test_a_directory_that_is_not_there_is_said_by_name),
                cmocka_unit_test(test_a_place_that_is_a_directory_stays_one_and_nothing_is_left_beside_it),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
