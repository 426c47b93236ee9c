/* Findings of a read: staged, decided, counted, forgotten. */

#include "state-fixture.h"

static void put(Fixture *f, const char *key, FindingKind kind, Standing standing) {
        Finding finding = FINDING_INIT;

        finding.kind = kind;
        finding.wanted.key = (char *) (uintptr_t) key;
        finding.wanted.standing = standing;
        good(f, stage_put(f->state, STAGE_COMPLETE, &finding, &f->error));
}

static void expect_next(Fixture *f, const char *before, const char *key, unsigned counts, const char *gains) {
        _cleanup_(finding_deinit) Finding finding = FINDING_INIT;

        good(f, stage_next(f->state, STAGE_COMPLETE, before, &finding, &f->error));
        assert_string_equal(finding.wanted.key, key);
        assert_int_equal(finding.counts, counts);
        if (gains)
                assert_string_equal(finding.gains, gains);
        else
                assert_null(finding.gains);
}

static void test_a_finding_comes_back_with_its_grants(void **data) {
        Fixture *f = *data;
        Finding finding = FINDING_INIT, got = FINDING_INIT;
        int64_t n;

        for (StageSlot slot = STAGE_COMPLETE; slot < STAGE_SLOTS; slot++)
                expect(f, STATE_NONE, stage_next(f->state, slot, NULL, &got, &f->error));
        finding.kind = FINDING_DOUBLED;
        finding.wanted.key = strdup("E1");
        finding.wanted.standing = STANDING_UNCLEAR;
        finding.wanted.mapped = 0xff;
        finding.wanted.wanted = make_user(0, "E1", "a@example.org", "001");
        assert_int_equal(person_add_grant(&finding.wanted, 34, 7), 0);
        assert_int_equal(person_add_grant(&finding.wanted, -5, 4294967295U), 0);
        assert_int_equal(person_set_fault(&finding.wanted, "two rows"), 0);
        finding.pin_wanted = true;
        finding.counts = 5;
        memset(finding.pin_digest, 1, sizeof(finding.pin_digest));
        memset(finding.digest, 2, sizeof(finding.digest));
        good(f, stage_put(f->state, STAGE_DRY, &finding, &f->error));
        good(f, stage_put(f->state, STAGE_DRY, &finding, &f->error));

        good(f, stage_next(f->state, STAGE_DRY, NULL, &got, &f->error));
        assert_int_equal(got.kind, FINDING_DOUBLED);
        assert_int_equal(got.wanted.standing, STANDING_UNCLEAR);
        assert_string_equal(got.wanted.wanted.text[PROPERTY_CARD_NUM], "001");
        assert_string_equal(got.wanted.fault, "two rows");
        assert_int_equal(got.wanted.n_grants, 2);
        assert_int_equal(got.wanted.grants[0].level, -5);
        assert_true(got.wanted.grants[0].line == 4294967295U);
        assert_int_equal(got.wanted.grants[1].level, 34);
        assert_int_equal(got.wanted.wanted.n_levels, 3);
        assert_true(got.pin_wanted);
        assert_int_equal(got.counts, 5);
        assert_memory_equal(got.pin_digest, finding.pin_digest, sizeof(got.pin_digest));
        assert_memory_equal(got.digest, finding.digest, sizeof(got.digest));
        finding_deinit(&got);
        expect(f, STATE_NONE, stage_next(f->state, STAGE_DRY, "E1", &got, &f->error));

        /* The slots are apart. */
        expect(f, STATE_NONE, stage_next(f->state, STAGE_COMPLETE, NULL, &got, &f->error));
        good(f, stage_count(f->state, STAGE_DRY, &n, &f->error));
        assert_int_equal(n, 1);
        good(f, stage_delete(f->state, STAGE_DRY, "E1", &f->error));
        good(f, stage_count(f->state, STAGE_DRY, &n, &f->error));
        assert_int_equal(n, 0);
        finding_deinit(&finding);
}

static void test_what_a_finding_counts_against_is_kept_with_it(void **data) {
        Fixture *f = *data;

        put(f, "E1", FINDING_ROW, STANDING_OUT);
        put(f, "E2", FINDING_ABSENT, STANDING_IN);
        good(f, stage_set_counts(f->state, STAGE_COMPLETE, "E1", 20, "12,34", &f->error));
        expect_next(f, NULL, "E1", 20, "12,34");
        expect_next(f, "E1", "E2", 0, NULL);
        good(f, stage_set_counts(f->state, STAGE_COMPLETE, "E1", 4, NULL, &f->error));
        expect_next(f, NULL, "E1", 4, NULL);
}

static void test_findings_are_forgotten_by_a_restart_and_never_in_the_file(void **data) {
        Fixture *f = *data;
        Finding got = FINDING_INIT;
        char bytes[65536];
        FILE *file;
        size_t n;

        put(f, "canary-of-the-stage", FINDING_ROW, STANDING_IN);
        fixture_close(f);
        file = fopen(fixture_path(f, "state.sqlite"), "re");
        assert_non_null(file);
        while ((n = fread(bytes, 1, sizeof(bytes), file)) > 0)
                assert_null(memmem(bytes, n, "canary-of-the-stage", 19));
        (void) fclose(file);
        fixture_open(f);
        expect(f, STATE_NONE, stage_next(f->state, STAGE_COMPLETE, NULL, &got, &f->error));
}

static void test_a_rollback_undoes_the_stage_too(void **data) {
        Fixture *f = *data;
        int64_t n;

        put(f, "E1", FINDING_ROW, STANDING_IN);
        good(f, state_begin(f->state, &f->error));
        put(f, "E2", FINDING_ROW, STANDING_IN);
        good(f, stage_delete(f->state, STAGE_COMPLETE, "E1", &f->error));
        state_rollback(f->state);
        good(f, stage_count(f->state, STAGE_COMPLETE, &n, &f->error));
        assert_int_equal(n, 1);
        expect_next(f, NULL, "E1", 0, NULL);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                state_test(test_a_finding_comes_back_with_its_grants),
                state_test(test_what_a_finding_counts_against_is_kept_with_it),
                state_test(test_findings_are_forgotten_by_a_restart_and_never_in_the_file),
                state_test(test_a_rollback_undoes_the_stage_too),
        };

        return cmocka_run_group_tests_name("state-stage", tests, NULL, NULL);
}
