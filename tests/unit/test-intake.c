/* The rows of one read become findings: the merge, keys that are none, rows that are doubled. */

#include <errno.h>

#include "lib/config/config.h"
#include "lib/sync/intake.h"
#include "state-fixture.h"

static const char yaml[] =
        "version: 1\n"
        "hr:\n  connection: dbname=hr\n  timezone: UTC\n  people: SELECT 1\n"
        "lockt:\n  url: https://lockt.example/api/v1\n  apiuser: file:/u\n  apikey: file:/k\n"
        "user:\n  id_num: id\n  last_name: last\n  pin: pin\n"
        "  enabled: { column: status, in: [in], out: [out] }\n";

typedef struct Reader {
        Fixture *f;
        Config *config;
        Mapping *mapping;
        DigestKey row_key, pin_key;
        Intake *intake;
        IntakeTally tally;
        char seen[256], pins[256];
} Reader;

static void reader_open(Reader *reader, Fixture *f) {
        ConfigErrors errors = { 0 };
        char path[128];
        FILE *file;

        *reader = (Reader) { .f = f };
        (void) snprintf(path, sizeof(path), "%s", fixture_path(f, "locktsync.yaml"));
        file = fopen(path, "we");
        assert_non_null(file);
        fputs(yaml, file);
        assert_int_equal(fclose(file), 0);
        if (config_load(path, &reader->config, &errors) < 0)
                config_errors_print(&errors, stderr);
        assert_non_null(reader->config);
        config_errors_deinit(&errors);
        assert_int_equal(mapping_new(&reader->config->mapping, &reader->mapping), 0);
        digest_key_init(&reader->row_key, (const uint8_t[32]) { 1 }, "row");
        digest_key_init(&reader->pin_key, (const uint8_t[32]) { 1 }, "pin");
}

static void reader_close(Reader *reader) {
        intake_free(reader->intake);
        mapping_free(reader->mapping);
        config_free(reader->config);
}

static int keep_pin(void *userdata, const char *key, const char *pin, const uint8_t digest[DIGEST_SIZE]) {
        Reader *reader = userdata;
        size_t n = strlen(reader->pins);

        (void) digest;
        (void) snprintf(reader->pins + n, sizeof(reader->pins) - n, "%s=%s ", key, pin);
        return 0;
}

static void keep_key(void *userdata, const char *key) {
        Reader *reader = userdata;
        size_t n = strlen(reader->seen);

        (void) snprintf(reader->seen + n, sizeof(reader->seen) - n, "%s ", key);
}

static void begin(Reader *reader, bool keyed, uint32_t key_type) {
        Column columns[] = { { "id", key_type }, { "last", 25 }, { "pin", 25 }, { "status", 25 } };
        HrSnapshot snapshot = { .keyed = keyed, .n_columns = ELEMENTS(columns), .columns = columns };
        IntakeOptions options = {
                .state = reader->f->state, .mapping = reader->mapping, .slot = STAGE_COMPLETE,
                .row_key = &reader->row_key, .pin_key = &reader->pin_key, .now = 1000, .complete = !keyed,
                .pin = keep_pin, .seen = keep_key, .userdata = reader,
        };

        reader->seen[0] = reader->pins[0] = '\0';
        reader->intake = intake_free(reader->intake);
        assert_int_equal(mapping_bind_columns(reader->mapping, columns, ELEMENTS(columns), NULL, NULL), 0);
        good(reader->f, intake_new(&options, &snapshot, &reader->intake, &reader->f->error));
}

static int row(Reader *reader, const char *line) {
        error_clear(&reader->f->error);
        return intake_row(reader->intake, line, strlen(line), &reader->f->error);
}

/* The findings as "key:kind:standing" in their order. */
static const char *end(Reader *reader) {
        static char text[512];
        char after[256] = "";
        size_t n = 0;

        text[0] = '\0';
        good(reader->f, intake_end(reader->intake, &reader->tally, &reader->f->error));
        for (;;) {
                _cleanup_(finding_deinit) Finding finding = FINDING_INIT;
                int r = stage_next(reader->f->state, STAGE_COMPLETE, after, &finding, NULL);

                assert_true(r >= 0);
                if (r == STATE_NONE)
                        return text;
                n += (size_t) snprintf(text + n, sizeof(text) - n, "%s:%s:%s ", finding.wanted.key,
                                       finding.kind == FINDING_ROW ? "row" : finding.kind == FINDING_DOUBLED ? "doubled"
                                                                                                           : "absent",
                                       finding.wanted.standing == STANDING_IN        ? "in"
                                       : finding.wanted.standing == STANDING_OUT     ? "out"
                                       : finding.wanted.standing == STANDING_UNCLEAR ? "unclear"
                                                                                     : "absent");
                assert_null(finding.wanted.wanted.pin);
                (void) snprintf(after, sizeof(after), "%s", finding.wanted.key);
        }
}

/* As the applying pass does it: what was found is the ledger's from then on. */
static void remember(Reader *reader) {
        for (;;) {
                _cleanup_(finding_deinit) Finding finding = FINDING_INIT;
                PersonRow person = PERSON_ROW_INIT;
                int r = stage_next(reader->f->state, STAGE_COMPLETE, NULL, &finding, NULL);

                if (r == STATE_NONE)
                        return;
                assert_int_equal(r, 0);
                person.key = finding.wanted.key;
                person.has_digest = true;
                memcpy(person.digest, finding.digest, DIGEST_SIZE);
                good(reader->f, person_put(reader->f->state, &person, &reader->f->error));
                good(reader->f, stage_delete(reader->f->state, STAGE_COMPLETE, finding.wanted.key, &reader->f->error));
        }
}

static void test_merge(void **data) {
        Reader reader;

        reader_open(&reader, *data);
        begin(&reader, false, 25);
        assert_int_equal(row(&reader, "a\tA\t\\N\tin"), 0);
        assert_int_equal(row(&reader, "c\tC\t\\N\tin"), 0);
        assert_int_equal(row(&reader, "d\tD\t\\N\tout"), 0);
        assert_string_equal(end(&reader), "a:row:in c:row:in d:row:out ");
        assert_int_equal(reader.tally.rows, 3);
        assert_string_equal(reader.seen, "a c d ");
        remember(&reader);

        /* Unchanged costs nothing; b is new, c changed, d is absent. */
        begin(&reader, false, 25);
        assert_int_equal(row(&reader, "a\tA\t\\N\tin"), 0);
        assert_int_equal(row(&reader, "b\tB\t\\N\tin"), 0);
        assert_int_equal(row(&reader, "c\tCC\t\\N\tin"), 0);
        assert_string_equal(end(&reader), "b:row:in c:row:in d:absent:absent ");
        assert_int_equal(reader.tally.findings, 3);

        /* A keyed read says nothing of the others. */
        begin(&reader, true, 25);
        assert_int_equal(row(&reader, "c\tC\t\\N\tin"), 0);
        assert_string_equal(end(&reader), "c:row:in ");
        reader_close(&reader);
}

static void test_persons_to_be_looked_at_again(void **data) {
        Fixture *f = *data;
        Reader reader;
        PersonRow person = PERSON_ROW_INIT;

        reader_open(&reader, f);
        begin(&reader, false, 25);
        assert_int_equal(row(&reader, "a\tA\t\\N\tin"), 0);
        assert_int_equal(row(&reader, "b\tB\t\\N\tin"), 0);
        (void) end(&reader);
        remember(&reader);
        good(f, person_forget_digest(f->state, "b", &f->error));
        person.key = (char *) "z";
        person.gone = true;
        good(f, person_put(f->state, &person, &f->error));

        begin(&reader, false, 25);
        assert_int_equal(row(&reader, "a\tA\t\\N\tin"), 0);
        assert_int_equal(row(&reader, "b\tB\t\\N\tin"), 0);
        /* z: gone already, and still absent. */
        assert_string_equal(end(&reader), "b:row:in ");
        begin(&reader, false, 25);
        assert_int_equal(row(&reader, "z\tZ\t\\N\tin"), 0);
        assert_string_equal(end(&reader), "a:absent:absent b:absent:absent z:row:in ");
        reader_close(&reader);
}

static void test_keys_that_are_none(void **data) {
        Reader reader;
        char line[400];

        reader_open(&reader, *data);
        begin(&reader, false, 25);
        memset(line, 'k', sizeof(line));
        memcpy(line + 300, "\tA\t\\N\tin", 9);
        assert_int_equal(row(&reader, "\\N\tA\t\\N\tin"), 0);
        assert_int_equal(row(&reader, "\tA\t\\N\tin"), 0);
        assert_int_equal(row(&reader, "a\tA\t\\N\tin"), 0);
        assert_int_equal(row(&reader, line), 0);
        assert_string_equal(end(&reader), "a:row:in ");
        assert_int_equal(reader.tally.null_keys, 3);
        assert_int_equal(reader.tally.rows, 1);
        reader_close(&reader);
}

static void test_doubled(void **data) {
        static const struct {
                const char *title, *lines[3], *findings;
        } cases[] = {
                { "both in", { "a\tA\t\\N\tin", "a\tB\t\\N\tin" }, "a:doubled:unclear " },
                { "one in, one out", { "a\tA\t\\N\tin", "a\tB\t\\N\tout" }, "a:doubled:unclear " },
                { "one out, one in", { "a\tA\t\\N\tout", "a\tB\t\\N\tin" }, "a:doubled:unclear " },
                { "all out", { "a\tA\t\\N\tout", "a\tB\t\\N\tout" }, "a:doubled:out " },
                { "out, null, out", { "a\tA\t\\N\tout", "a\tA\t\\N\t\\N", "a\tB\t\\N\tout" }, "a:doubled:unclear " },
                { "the same row twice", { "a\tA\t\\N\tin", "a\tA\t\\N\tin" }, "a:doubled:unclear " },
        };
        Reader reader;

        reader_open(&reader, *data);
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                begin(&reader, false, 25);
                for (size_t k = 0; k < 3 && cases[i].lines[k]; k++)
                        assert_int_equal(row(&reader, cases[i].lines[k]), 0);
                if (strcmp(end(&reader), cases[i].findings) != 0)
                        fail_msg("%s: %s", cases[i].title, end(&reader));
                assert_int_equal(reader.tally.doubled, 1);
                assert_int_equal(reader.tally.rows, 1);
        }
        reader_close(&reader);
}

/* Doubled rows in another order are not a change. */
static void test_doubled_rows_have_no_order(void **data) {
        Reader reader;

        reader_open(&reader, *data);
        begin(&reader, false, 25);
        assert_int_equal(row(&reader, "a\tA\t\\N\tin"), 0);
        assert_int_equal(row(&reader, "a\tB\t\\N\tin"), 0);
        (void) end(&reader);
        remember(&reader);
        begin(&reader, false, 25);
        assert_int_equal(row(&reader, "a\tB\t\\N\tin"), 0);
        assert_int_equal(row(&reader, "a\tA\t\\N\tin"), 0);
        assert_string_equal(end(&reader), "");
        begin(&reader, false, 25);
        assert_int_equal(row(&reader, "a\tB\t\\N\tin"), 0);
        assert_string_equal(end(&reader), "a:row:in ");
        reader_close(&reader);
}

static void test_order_and_shape(void **data) {
        Reader reader;

        reader_open(&reader, *data);
        begin(&reader, false, 25);
        assert_int_equal(row(&reader, "b\tB\t\\N\tin"), 0);
        assert_int_equal(row(&reader, "a\tA\t\\N\tin"), -EBADMSG);
        begin(&reader, false, 25);
        assert_int_equal(row(&reader, "a\tA\t\\N"), 0);
        assert_int_equal(row(&reader, "b\tA\t\\N\tin"), -EBADMSG);
        /* Bytewise, also beyond ASCII; a backslash in a key. */
        begin(&reader, false, 25);
        assert_int_equal(row(&reader, "Z\tA\t\\N\tin"), 0);
        assert_int_equal(row(&reader, "a\\\\b\tA\t\\N\tin"), 0);
        assert_int_equal(row(&reader, "\xc3\xa9\tA\t\\N\tin"), 0);
        assert_string_equal(end(&reader), "Z:row:in a\\b:row:in \xc3\xa9:row:in ");
        reader_close(&reader);
}

static void test_padded_keys(void **data) {
        Reader reader;

        reader_open(&reader, *data);
        begin(&reader, false, 1042);
        assert_int_equal(row(&reader, "a   \tA\t\\N\tin"), 0);
        assert_int_equal(row(&reader, "    \tA\t\\N\tin"), 0);
        assert_string_equal(end(&reader), "a:row:in ");
        assert_int_equal(reader.tally.null_keys, 1);
        reader_close(&reader);
}

static void test_pins_leave_the_record(void **data) {
        Reader reader;

        reader_open(&reader, *data);
        begin(&reader, true, 25);
        assert_int_equal(row(&reader, "a\tA\t1234\tin"), 0);
        assert_int_equal(row(&reader, "b\tB\t\\N\tin"), 0);
        assert_string_equal(end(&reader), "a:row:in b:row:in ");
        assert_string_equal(reader.pins, "a=1234 ");
        reader_close(&reader);
}

/* Of such a row only the status is believed: a leaver is one whatever else it holds. */
static void test_row_that_is_too_long_is_his_fault_alone(void **data) {
        Reader reader;
        char *line = malloc(400000);

        assert_non_null(line);
        memset(line, 'x', 400000);
        memcpy(line, "a\t", 2);
        memcpy(line + 399980, "\t\\N\tout", 8);
        reader_open(&reader, *data);
        begin(&reader, false, 25);
        assert_int_equal(row(&reader, line), 0);
        assert_int_equal(row(&reader, "b\tB\t\\N\tin"), 0);
        assert_string_equal(end(&reader), "a:row:out b:row:in ");
        free(line);
        reader_close(&reader);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                state_test(test_merge),
                state_test(test_persons_to_be_looked_at_again),
                state_test(test_keys_that_are_none),
                state_test(test_doubled),
                state_test(test_doubled_rows_have_no_order),
                state_test(test_order_and_shape),
                state_test(test_padded_keys),
                state_test(test_pins_leave_the_record),
                state_test(test_row_that_is_too_long_is_his_fault_alone),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
