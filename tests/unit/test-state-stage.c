/* Findings of a read: staged, decided, counted, held, forgotten. */

#include "state-fixture.h"

static void put(Fixture *f, const char *key, FindingKind kind, Standing standing, bool takes) {
        Finding finding = FINDING_INIT;

        finding.kind = kind;
        finding.wanted.key = (char *) (uintptr_t) key;
        finding.wanted.standing = standing;
        finding.takes = finding.decided = takes;
        good(f, stage_put(f->state, STAGE_COMPLETE, &finding, &f->error));
}

static bool is_held(Fixture *f, const char *before, const char *key) {
        _cleanup_(finding_deinit) Finding finding = FINDING_INIT;

        good(f, stage_next(f->state, STAGE_COMPLETE, before, &finding, &f->error));
        assert_string_equal(finding.wanted.key, key);
        return finding.held;
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
        finding.pin_wanted = finding.gives = true;
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
        assert_true(got.pin_wanted && got.gives);
        assert_false(got.takes || got.held || got.decided);
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

static void test_verdicts_and_counts(void **data) {
        Fixture *f = *data;
        Finding got = FINDING_INIT;
        int64_t outspoken, absent;

        put(f, "E1", FINDING_ROW, STANDING_OUT, false);
        put(f, "E2", FINDING_ABSENT, STANDING_IN, true);
        put(f, "E3", FINDING_ROW, STANDING_ABSENT, true);
        put(f, "E4", FINDING_ROW, STANDING_IN, true);
        good(f, stage_set_verdict(f->state, STAGE_COMPLETE, "E1", true, true, false, &f->error));
        good(f, stage_next(f->state, STAGE_COMPLETE, NULL, &got, &f->error));
        assert_true(got.decided && got.takes && got.gives && !got.held);
        finding_deinit(&got);
        good(f, stage_count_takes(f->state, STAGE_COMPLETE, &outspoken, &absent, &f->error));
        assert_int_equal(outspoken, 2);
        assert_int_equal(absent, 2);
}

static void test_holding(void **data) {
        static const struct {
                const char *title;
                bool absent;
                int64_t allowed;
                bool held[4];           /* E1 absent, E2 takes, E3 takes not, E4 takes */
        } cases[] = {
                { "absent ones only", true, INT64_MAX, { true, false, false, false } },
                { "the first explicit one goes", true, 1, { true, false, false, true } },
                { "all", true, 0, { true, true, false, true } },
                { "none is allowed below none", true, -1, { true, true, false, true } },
                { "nobody", false, INT64_MAX, { false, false, false, false } },
        };
        static const char *const keys[] = { NULL, "E1", "E2", "E3", "E4" };
        Fixture *f = *data;

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                good(f, stage_clear(f->state, STAGE_COMPLETE, &f->error));
                put(f, "E1", FINDING_ABSENT, STANDING_IN, true);
                put(f, "E2", FINDING_ROW, STANDING_OUT, true);
                put(f, "E3", FINDING_ROW, STANDING_IN, false);
                put(f, "E4", FINDING_ROW, STANDING_OUT, true);
                good(f, stage_hold(f->state, STAGE_COMPLETE, cases[i].absent, cases[i].allowed, &f->error));
                for (size_t j = 0; j < 4; j++)
                        if (is_held(f, keys[j], keys[j + 1]) != cases[i].held[j])
                                fail_msg("%s: %s", cases[i].title, keys[j + 1]);
        }
}

static void test_findings_are_forgotten_by_a_restart_and_never_in_the_file(void **data) {
        Fixture *f = *data;
        Finding got = FINDING_INIT;
        char bytes[65536];
        FILE *file;
        size_t n;

        put(f, "canary-of-the-stage", FINDING_ROW, STANDING_IN, true);
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

        put(f, "E1", FINDING_ROW, STANDING_IN, true);
        good(f, state_begin(f->state, &f->error));
        put(f, "E2", FINDING_ROW, STANDING_IN, true);
        good(f, stage_delete(f->state, STAGE_COMPLETE, "E1", &f->error));
        state_rollback(f->state);
        good(f, stage_count(f->state, STAGE_COMPLETE, &n, &f->error));
        assert_int_equal(n, 1);
        assert_false(is_held(f, NULL, "E1"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                state_test(test_a_finding_comes_back_with_its_grants),
                state_test(test_verdicts_and_counts),
                state_test(test_holding),
                state_test(test_findings_are_forgotten_by_a_restart_and_never_in_the_file),
                state_test(test_a_rollback_undoes_the_stage_too),
        };

        return cmocka_run_group_tests_name("state-stage", tests, NULL, NULL);
}
