/* The plan is the deed (invariant 12): what a plan shows is what the next cycle sends, record by record. */

#include <stdlib.h>

#include "lib/config/parse.h"
#include "lib/plan/plan.h"
#include "world.h"

typedef struct Planned {
        PlanActionKind action;
        char key[24];
        bool has_take, has_give;
        User take, give;
} Planned;

typedef struct Plans {
        size_t n;
        Planned items[600];
        int64_t writes, held, parked;
} Plans;

static void drop(Plans *plans) {
        for (size_t i = 0; i < plans->n; i++) {
                user_deinit(&plans->items[i].take);
                user_deinit(&plans->items[i].give);
        }
        free(plans);
}

static void keep(Plans *plans, const PlanEntry *entry) {
        Planned *planned = &plans->items[plans->n++];

        assert_true(plans->n < ELEMENTS(plans->items));
        *planned = (Planned) { .action = entry->action, .take = USER_INIT, .give = USER_INIT };
        (void) snprintf(planned->key, sizeof(planned->key), "%s", entry->key);
        planned->has_take = entry->take;
        planned->has_give = entry->give;
        if (entry->take)
                assert_int_equal(user_copy(entry->take, &planned->take), 0);
        if (entry->give)
                assert_int_equal(user_copy(entry->give, &planned->give), 0);
        world_trace(NULL, "plan: %s %s %s%s%s", plan_action_name(entry->action), entry->key, entry->take ? "take " : "",
                    entry->give ? "give " : "", entry->reason);
}

static Plans *make_plan(World *w) {
        Plans *plans = calloc(1, sizeof(*plans));
        const PlanSummary *summary;
        int r;

        assert_non_null(plans);
        world_read_plan(w);
        do {
                const PlanEntry *entry = NULL;
                Error error = ERROR_INIT;

                r = sync_plan_next(w->sync, w->now, &entry, &error);
                if (r < 0)
                        fail_msg("%s", error_message(&error));
                if (r == 0)
                        keep(plans, entry);
        } while (r != SYNC_PLAN_END);
        must(sync_plan_summary(w->sync, &summary, error));
        plans->writes = summary->writes;
        plans->held = summary->by_action[PLAN_HOLD];
        plans->parked = summary->by_action[PLAN_PARK];
        sync_plan_drop(w->sync);
        return plans;
}

static const Planned *find(const Plans *plans, const char *key) {
        for (size_t i = 0; i < plans->n; i++)
                if (strcmp(plans->items[i].key, key) == 0)
                        return &plans->items[i];
        return NULL;
}

/* The n-th record that was sent for this key. */
static const User *sent(const World *w, const char *key, unsigned n) {
        for (size_t i = 0; i < w->n_log; i++)
                for (size_t k = 0; k < w->log[i].n; k++)
                        if (strcmp(user_text(&w->log[i].users[k], PROPERTY_ID_NUM), key) == 0 && n-- == 0)
                                return &w->log[i].users[k];
        return NULL;
}

static void assert_same(const char *key, const User *planned, const User *done) {
        uint32_t difference;

        if (!done)
                fail_msg("%s: planned and not sent", key);
        difference = plan_difference(planned, done);
        /* An end that is set to `now` is set when it is sent. */
        if (planned->access_expires != INSTANT_NONE && done->access_expires - planned->access_expires < 120 &&
            done->access_expires >= planned->access_expires)
                difference &= ~PROPERTY_BIT(PROPERTY_ACCESS_EXPIRES);
        if (difference || planned->id != done->id)
                fail_msg("%s: sent otherwise than planned, in %x", key, difference);
}

static void compare(World *w, const Plans *plans) {
        size_t records = 0;

        for (size_t i = 0; i < w->n_log; i++)
                for (size_t k = 0; k < w->log[i].n; k++, records++) {
                        const char *key = user_text(&w->log[i].users[k], PROPERTY_ID_NUM);

                        if (!find(plans, key))
                                fail_msg("%s: sent and not planned", key);
                }
        for (size_t i = 0; i < plans->n; i++) {
                const Planned *planned = &plans->items[i];
                unsigned n = 0;

                if (planned->action == PLAN_HOLD)
                        continue;
                if (planned->has_take)
                        assert_same(planned->key, &planned->take, sent(w, planned->key, n++));
                if (planned->has_give)
                        assert_same(planned->key, &planned->give, sent(w, planned->key, n++));
                if (sent(w, planned->key, n))
                        fail_msg("%s: more was sent than planned", planned->key);
                records -= n;
                if (planned->action == PLAN_PARK)
                        assert_true(world_parked(w, planned->key, NULL));
                if (planned->action == PLAN_ADOPT)
                        assert_true(world_linked(w, planned->key));
        }
        assert_int_equal(records, 0);
        if ((size_t) plans->writes != w->n_log)
                fail_msg("%jd writes were planned, %zu made", (intmax_t) plans->writes, w->n_log);
}

static void plan_and_do(World *w) {
        Plans *plans;

        world_forget_log(w);
        plans = make_plan(w);
        assert_int_equal(w->n_log, 0);
        world_settle(w);
        compare(w, plans);
        drop(plans);
}

static void test_first_plan_of_a_mixed_world(void **data) {
        World *w = *data;

        world_open(w, NULL);
        hr_hire_many(w, 'P', 0, 30);
        hr_leave(w, "P0003");
        hr_change(w, "P0004", status, "?");
        hr_change(w, "P0005", email, "not an address");
        lockt_stranger(w, "P0006", "Last P0006", "", "");
        lockt_stranger(w, "P0007", "Nobody like him", "", "");
        lockt_stranger(w, "X1", "Stranger", "P0008@example.org", "");
        lockt_stranger(w, "P0003", "Last P0003", "", "");
        hr_change(w, "P0009", email, "P0010@example.org");
        /* Lockt is listed, HR was not read yet. */
        world_pump(w, NULL);
        while (world_answer_lockt_read(w))
                world_pump(w, NULL);
        plan_and_do(w);
}

static void test_plan_of_a_mixed_day(void **data) {
        World *w = *data;
        char mail[40];

        world_open(w, NULL);
        hr_hire_many(w, 'P', 0, 60);
        hr_change(w, "P0003", dept, "sec");
        world_settle(w);
        world_assert_converged(w, "a night");

        hr_leave(w, "P0001");
        hr_leave(w, "P0002");
        hr_change(w, "P0003", dept, "lab");
        hr_change(w, "P0004", dept, "lab");
        hr_change(w, "P0005", phone, "1");
        hr_hire(w, "Q0001");
        hr_hire(w, "A0001");
        hr_change(w, "P0006", status, "");
        hr_change(w, "P0007", card, "not digits");
        hr_change(w, "P0008", until, "2031-01-01 00:00:00");
        /* Two swap, one inherits a leaver's card, one wants what another keeps, two newcomers want the same. */
        hr_set(mail, sizeof(mail), hr_row(w, "P0010")->email);
        hr_change(w, "P0010", email, hr_row(w, "P0012")->email);
        hr_change(w, "P0012", email, mail);
        hr_change(w, "A0001", card, hr_row(w, "P0002")->card);
        hr_change(w, "P0014", card, hr_row(w, "P0015")->card);
        hr_hire(w, "Q0002");
        hr_hire(w, "Q0003");
        hr_change(w, "Q0003", email, "Q0002@example.org");
        plan_and_do(w);
        plan_and_do(w);
}

static void test_plan_says_what_is_held(void **data) {
        static const WorldOptions options = { .safety = "  max_revoked: 6\n" };
        World *w = *data;
        Plans *plans;

        world_open(w, &options);
        hr_hire_many(w, 'P', 0, 30);
        world_settle(w);
        for (unsigned i = 0; i < 10; i++) {
                char id[8];

                (void) snprintf(id, sizeof(id), "P%04u", i);
                hr_leave(w, id);
        }
        hr_hire(w, "Q0001");
        world_forget_log(w);
        plans = make_plan(w);
        assert_int_equal(plans->held, 5);
        world_settle(w);
        compare(w, plans);
        for (size_t i = 0; i < plans->n; i++)
                if (plans->items[i].action == PLAN_HOLD)
                        assert_true(lockt_opens(w, plans->items[i].key));
        drop(plans);
}

static void test_plan_of_nothing(void **data) {
        World *w = *data;
        Plans *plans;

        world_open(w, NULL);
        hr_hire_many(w, 'P', 0, 20);
        world_settle(w);
        plans = make_plan(w);
        assert_int_equal(plans->n, 0);
        assert_int_equal(plans->writes, 0);
        drop(plans);
        world_assert_quiet(w, "after a plan");
}

/* Another file, and what a plan needs of it. */
typedef struct Draft {
        Config *config;
        Mapping *mapping, *former;
        unsigned complaints;
} Draft;

static void ignore(void *userdata, Mark mark, const char *sentence) {
        Draft *draft = userdata;

        draft->complaints++;
}

/* The world's own file, with @from written as @to. */
static void draft_open(World *w, const char *from, const char *to, Draft *ret) {
        static const char *const names[] = {
                "id", "first", "last", "email", "phone", "card", "pin", "from", "until", "status", "dept",
        };
        Column columns[ELEMENTS(names)];
        ConfigErrors errors = { 0 };
        char path[96], text[4096], changed[4096];
        const char *at;
        FILE *f;
        size_t n;

        (void) snprintf(path, sizeof(path), "%s/locktsync.yaml", w->directory);
        f = fopen(path, "re");
        assert_non_null(f);
        n = fread(text, 1, sizeof(text) - 1, f);
        assert_int_equal(fclose(f), 0);
        text[n] = '\0';
        at = strstr(text, from);
        assert_non_null(at);
        (void) snprintf(changed, sizeof(changed), "%.*s%s%s", (int) (at - text), text, to, at + strlen(from));

        *ret = (Draft) { 0 };
        if (config_parse(changed, strlen(changed), "new.yaml", false, &ret->config, &errors) < 0) {
                config_errors_print(&errors, stderr);
                fail_msg("the changed file is wrong");
        }
        config_errors_deinit(&errors);
        assert_int_equal(mapping_new(&ret->config->mapping, &ret->mapping), 0);
        assert_int_equal(mapping_new(&w->config->mapping, &ret->former), 0);
        for (size_t i = 0; i < ELEMENTS(names); i++)
                columns[i] = (Column) { .name = names[i], .type = 25 };
        assert_int_equal(mapping_bind_columns(ret->mapping, columns, ELEMENTS(names), NULL, NULL), 0);
        assert_int_equal(mapping_bind_columns(ret->former, columns, ELEMENTS(names), NULL, NULL), 0);
        must(sync_plan_use(w->sync, ret->config, ret->mapping, ret->former, ignore, ret, error));
}

static void draft_close(Draft *draft) {
        mapping_free(draft->former);
        mapping_free(draft->mapping);
        config_free(draft->config);
}

static void test_a_changed_file_is_planned_with_and_changes_nothing(void **data) {
        World *w = *data;
        Plans *plans;
        Draft draft;

        world_open(w, NULL);
        hr_hire_many(w, 'P', 0, 30);
        for (unsigned i = 0; i < 6; i++) {
                char id[8];

                (void) snprintf(id, sizeof(id), "P%04u", i);
                hr_change(w, id, dept, "lab");
        }
        world_settle(w);

        world_forget_log(w);
        draft_open(w, "dept: lab", "dept: [lab, sec]", &draft);
        plans = make_plan(w);
        assert_int_equal(plans->n, 0);
        drop(plans);
        draft_close(&draft);

        draft_open(w, "grant: Lab", "grant: Security", &draft);
        plans = make_plan(w);
        assert_int_equal(plans->n, 6);
        for (size_t i = 0; i < plans->n; i++)
                assert_true(plans->items[i].action == PLAN_CHANGE && plans->items[i].has_take && plans->items[i].has_give);
        drop(plans);
        draft_close(&draft);
        assert_int_equal(w->n_log, 0);

        /* By the file in force there is nothing to be done, before and after. */
        plans = make_plan(w);
        assert_int_equal(plans->n, 0);
        drop(plans);
        world_assert_quiet(w, "after plans of another file");
}

static void test_the_gate_that_a_changed_file_would_close_is_foreseen(void **data) {
        static const struct {
                const char *from, *to, *gate;
                bool same;
        } cases[] = {
                { "grant: Lab", "grant: Security", "the mapping has changed", false },
                { "absent_for: 15m", "absent_for: 20m", "", true },
                { "absent_for: 15m", "expire: never", "the mapping has changed", false },
                { "max_revoked: 1000000", "mapping_change: go\n  max_revoked: 3", "", true },
        };
        World *w = *data;

        world_open(w, NULL);
        hr_hire_many(w, 'P', 0, 10);
        world_settle(w);
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                const PlanSummary *summary;
                const PlanEntry *entry;
                SyncStatus status;
                Draft draft;
                int r;

                draft_open(w, cases[i].from, cases[i].to, &draft);
                world_read_plan(w);
                do
                        r = sync_plan_next(w->sync, w->now, &entry, NULL);
                while (r >= 0 && r != SYNC_PLAN_END);
                assert_int_equal(r, SYNC_PLAN_END);
                must(sync_plan_summary(w->sync, &summary, error));
                assert_string_equal(summary->gate, cases[i].gate);
                assert_int_equal(summary->same_mapping, cases[i].same);
                must(sync_status(w->sync, w->now, &status, error));
                assert_string_equal(status.gate, "");
                sync_plan_drop(w->sync);
                draft_close(&draft);
        }
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                world_test(test_a_changed_file_is_planned_with_and_changes_nothing),
                world_test(test_the_gate_that_a_changed_file_would_close_is_foreseen),
                world_test(test_first_plan_of_a_mixed_world),
                world_test(test_plan_of_a_mixed_day),
                world_test(test_plan_says_what_is_held),
                world_test(test_plan_of_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
