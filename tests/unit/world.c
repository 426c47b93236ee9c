/* The life of a played world: its files, its clocks, and who is asked next. */

#include "world.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/config/config.h"
#include "lib/state/database.h"
#include "world-private.h"

uint64_t world_random(World *w, uint64_t below) {
        w->random = w->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        return (w->random >> 33) % below;
}

static const char *or(const char *text, const char *fallback) {
        return text ? text : fallback;
}

/* Limits that a scenario does not name do not stand in its way. */
static void write_safety(FILE *f, const char *lines) {
        static const char *const limits[] = { "max_revoked", "max_restored", "max_granted", "max_changed" };

        fprintf(f, "safety:\n%s\n", or(lines, ""));
        for (size_t i = 0; i < ELEMENTS(limits); i++)
                if (!lines || !strstr(lines, limits[i]))
                        fprintf(f, "  %s: 1000000\n", limits[i]);
}

static void write_config(const World *w, const char *path) {
        const WorldOptions *o = &w->options;
        FILE *f = fopen(path, "we");

        assert_non_null(f);
        fprintf(f,
                "version: 1\n"
                "hr:\n  connection: dbname=hr\n  timezone: UTC\n  people: SELECT * FROM people\n"
                "lockt:\n  url: https://lockt.example/api/v1\n  apiuser: file:/u\n  apikey: file:/k\n%s%s\n"
                "user:\n  id_num: id\n  first_name: first\n  last_name: last\n%s\n"
                "access_levels:\n%s\n"
                "leavers:\n  absent_for: 15m\n%s\n"
                "retry: { first: 5s, max: 15m }\n"
                "%s\n",
                o->put ? "  update_with: put\n" : "", or(o->lockt, ""),
                or(o->user, o->pins ? "  email: email\n  card_num: card\n  pin: pin\n  access_expires: until\n"
                                      "  enabled: { column: status, in: [in], out: [out] }\n"
                                    : "  email: email\n  phone: phone\n  card_num: card\n  access_effective: from\n"
                                      "  access_expires: until\n  enabled: { column: status, in: [in], out: [out] }\n"),
                or(o->levels, "  rules:\n    - grant: Cardholder\n    - when: { dept: sec }\n      grant: Security\n"
                              "    - when: { dept: lab }\n      grant: Lab\n"),
                or(o->leavers, ""), or(o->rest, ""));
        write_safety(f, o->safety);
        assert_int_equal(fclose(f), 0);
}

static void load_config(World *w) {
        ConfigErrors errors = { 0 };
        char path[96];

        (void) snprintf(path, sizeof(path), "%s/locktsync.yaml", w->directory);
        write_config(w, path);
        if (config_load(path, &w->config, &errors) < 0) {
                config_errors_print(&errors, stderr);
                fail_msg("the scenario's configuration is wrong");
        }
        config_errors_deinit(&errors);
        assert_int_equal(mapping_new(&w->config->mapping, &w->mapping), 0);
}

static void hear(void *userdata, const News *news) {
        World *w = userdata;

        w->news[news->kind]++;
        if (news->kind == NEWS_HELD && strstr(news->text, "approval of the plan"))
                w->plan_waits = true;
        if (getenv("WORLD_TRACE"))
                print_message("           %s %s %s\n", news_name(news->kind), news->id_num ? news->id_num : "",
                              news->text ? news->text : "");
        if (news->kind == NEWS_PARKED && news->text)
                (void) snprintf(w->last_parked, sizeof(w->last_parked), "%s: %s", news->id_num, news->text);
}

static int refuse_commit(void *userdata) {
        World *w = userdata;

        if (w->fail_commits == 0)
                return 0;
        w->fail_commits--;
        return 1;
}

static void begin_life(World *w) {
        must(state_open(w->directory, &w->state, error));
        sqlite3_commit_hook(w->state->db, refuse_commit, w);
        must(sync_new(w->state, w->config, w->mapping, w->now, hear, w, &w->sync, error));
}

static void end_life(World *w) {
        w->sync = sync_free(w->sync);
        w->state = state_close(w->state);
        hr_forget_reading(&w->people);
        hr_forget_reading(&w->keyed);
        hr_forget_reading(&w->plan);
        w->lockt_call = SYNC_WAIT;
}

void world_open(World *w, const WorldOptions *options) {
        if (options)
                w->options = *options;
        load_config(w);
        if (!w->options.unproven) {
                must(state_open(w->directory, &w->state, error));
                must(state_set_number(w->state, "first_update", 2, error));
                w->state = state_close(w->state);
        }
        begin_life(w);
}

void world_close(World *w) {
        if (!w->sync)
                return;
        end_life(w);
        sent_deinit(&w->write);
        w->writing = false;
        w->mapping = mapping_free(w->mapping);
        w->config = config_free(w->config);
}

void world_restart(World *w, Fault of_write) {
        bool was_writing = w->writing;

        if (was_writing && of_write == FAULT_NONE)
                lockt_carry_out(w, &w->write, NULL);
        if (was_writing && of_write == FAULT_LATE)
                lockt_make_late(w, &w->write);
        world_trace(w, "killed");
        w->fail_commits = 0;
        end_life(w);
        sent_deinit(&w->write);
        w->writing = false;
        /* The other clock begins anew with the machine. */
        w->now.steady_usec = (int64_t) world_random(w, 1000) * SECOND;
        w->now.real_usec += SECOND;
        w->elapsed_usec += SECOND;
        w->mapping = mapping_free(w->mapping);
        assert_int_equal(mapping_new(&w->config->mapping, &w->mapping), 0);
        begin_life(w);
}

void world_reconfigure(World *w, const WorldOptions *options) {
        Config *config = w->config;
        Mapping *mapping = w->mapping;

        w->options = *options;
        load_config(w);
        must(sync_reconfigure(w->sync, w->now, w->config, w->mapping, error));
        mapping_free(mapping);
        config_free(config);
        /* What is read by the old mapping ends, as the daemon ends it. */
        hr_cancel(w, SYNC_PEOPLE);
        hr_cancel(w, SYNC_KEYS);
}

void world_step_clock(World *w, int64_t usec) {
        world_trace(w, "the clock is set by %jd s", (intmax_t) (usec / SECOND));
        w->now.real_usec += usec;
}

void world_pass(World *w, int64_t usec) {
        w->now.real_usec += usec;
        w->now.steady_usec += usec;
        w->elapsed_usec += usec;
}

static void start_hr(World *w, HrReading *reading, const SyncAction *action) {
        assert_false(reading->asked);
        *reading = (HrReading) { .asked = true, .for_keys = action->kind == SYNC_READ_KEYS, .n_keys = action->n_keys };
        if (action->n_keys == 0)
                return;
        reading->keys = calloc(action->n_keys, sizeof(*reading->keys));
        assert_non_null(reading->keys);
        for (size_t i = 0; i < action->n_keys; i++)
                (void) snprintf(reading->keys[i], sizeof(reading->keys[i]), "%s", action->keys[i]);
}

void world_trace(const World *w, const char *format, ...) {
        va_list ap;

        if (!getenv("WORLD_TRACE"))
                return;
        print_message("%10.3f ", w ? (double) (w->now.real_usec - BEGINNING) / 1e6 : 0);
        va_start(ap, format);
        vprint_message(format, ap);
        va_end(ap);
        print_message("\n");
}

static void trace_action(const World *w, const SyncAction *action) {
        static const char *const names[] = {
                "wait", "again", "read people", "read keys", "list levels", "list users", "get user", "write",
        };

        if (!getenv("WORLD_TRACE"))
                return;
        print_message("%10.3f %s", (double) (w->now.real_usec - BEGINNING) / 1e6, names[action->kind]);
        for (size_t i = 0; i < action->n_keys; i++)
                print_message(" %s", action->keys[i]);
        for (size_t i = 0; i < action->n_users; i++) {
                _cleanup_(freep) char *levels = user_levels_format(action->users[i]);

                print_message(" %s%s(%jd,%s,%s,%s,%s)", action->write == LOCKT_CREATE ? "+" : "",
                              user_text(action->users[i], PROPERTY_ID_NUM), (intmax_t) action->users[i]->id,
                              action->users[i]->enabled ? "on" : "off", levels,
                              user_text(action->users[i], PROPERTY_CARD_NUM),
                              action->users[i]->pin ? action->users[i]->pin : "");
        }
        if (action->kind == SYNC_GET_USER)
                print_message(" %jd %s", (intmax_t) action->id, action->id_num);
        print_message("\n");
}

static void start(World *w, const SyncAction *action) {
        trace_action(w, action);
        switch (action->kind) {
        case SYNC_READ_PEOPLE:
                w->reads++;
                start_hr(w, &w->people, action);
                break;
        case SYNC_READ_KEYS:
                w->keyed_reads++;
                assert_true(action->n_keys > 0);
                start_hr(w, &w->keyed, action);
                break;
        case SYNC_WRITE:
                lockt_start_write(w, action);
                break;
        default:
                assert_int_equal(w->lockt_call, SYNC_WAIT);
                w->lockt_call = action->kind;
                w->get_id = action->id;
                (void) snprintf(w->get_id_num, sizeof(w->get_id_num), "%s", action->id_num ? action->id_num : "");
        }
}

typedef struct Wanted {
        HoldKind kind;
        HoldGroup found;
        bool is_there;
} Wanted;

static void find_group(void *userdata, const HoldGroup *group, const char *sentence) {
        Wanted *wanted = userdata;

        assert_non_null(strstr(sentence, group->digest));
        if (group->kind != wanted->kind || wanted->is_there)
                return;
        wanted->found = *group;
        wanted->is_there = true;
}

bool world_held(World *w, HoldKind kind, HoldGroup *ret) {
        Wanted wanted = { .kind = kind };

        must(sync_each_hold(w->sync, w->now, find_group, &wanted, error));
        if (wanted.is_there)
                *ret = wanted.found;
        return wanted.is_there;
}

int64_t world_approve(World *w, const char *digest, const char *only) {
        bool found = false;
        SyncApproval approval = {
                .n_only = only ? 1 : 0, .only = &only, .found = &found, .by = "the scenario", .reason = "it was looked at",
        };

        must(sync_approve(w->sync, w->now, digest, &approval, error));
        return approval.n;
}

/* Somebody who looks at every plan at once, where the scenario is about something else. */
static void approve_plan(World *w) {
        HoldGroup group;

        w->plan_waits = false;
        if (!w->options.careful && world_held(w, HOLD_PLAN, &group))
                (void) world_approve(w, group.digest, NULL);
}

void world_pump(World *w, int64_t *ret_until) {
        for (unsigned i = 0; i < 20000; i++) {
                SyncAction action;
                Error error = ERROR_INIT;
                int r = sync_next(w->sync, w->now, &action, &error);

                assert_false(state_in_transaction(w->state));
                if (r < 0) {
                        world_fault(w, r, &error);
                        if (ret_until)
                                *ret_until = w->now.real_usec + SECOND;
                        return;
                }
                error_clear(&error);
                if (w->plan_waits && w->fail_commits == 0)
                        approve_plan(w);
                if (action.kind == SYNC_WAIT) {
                        if (ret_until)
                                *ret_until = action.until_usec;
                        return;
                }
                if (action.kind != SYNC_AGAIN)
                        start(w, &action);
        }
        fail_msg("the engine turns without end");
}

void world_fault(World *w, int r, Error *error) {
        if (w->faulted == 0 && w->fail_commits == 0)
                print_error("%d: %s\n", r, error_message(error));
        assert_true(w->faulted > 0 || w->fail_commits > 0);
        w->faulted++;
        error_clear(error);
}

static bool answer_something(World *w) {
        return world_answer_write(w) || world_answer_lockt_read(w) || world_read_hr(w, SYNC_KEYS) ||
               world_read_hr(w, SYNC_PEOPLE);
}

void world_run(World *w, int64_t usec) {
        int64_t end = w->now.steady_usec + usec;

        for (unsigned i = 0;; i++) {
                int64_t until, left;

                if (i > 200000)
                        fail_msg("seed %ju: too much happens: %u reads of users, %u listings, %u reads of HR",
                                 (uintmax_t) w->seed, w->gets, w->listings, w->reads);
                world_deliver_late(w, false);
                world_pump(w, &until);
                if (answer_something(w)) {
                        world_pass(w, 2000);
                        continue;
                }
                left = end - w->now.steady_usec;
                if (left <= 0)
                        return;
                for (size_t k = 0; k < w->n_late; k++)
                        if (w->late[k].due_usec < until)
                                until = w->late[k].due_usec;
                until -= w->now.real_usec;
                world_pass(w, until < 1000 ? 1000 : until < left ? until : left);
        }
}

void world_settle(World *w) {
        world_run(w, 90 * SECOND);
}

static void stir_time(World *w) {
        static const int64_t spans[] = { 1000, 50000, SECOND, 6 * SECOND, 20 * SECOND, 61 * SECOND };
        int64_t until, span = spans[world_random(w, ELEMENTS(spans))];

        world_pump(w, &until);
        if (until - w->now.real_usec < span && until > w->now.real_usec)
                span = until - w->now.real_usec;
        world_pass(w, span);
        world_deliver_late(w, false);
}

void world_stir(World *w) {
        world_pump(w, NULL);
        switch (world_random(w, 8)) {
        case 0:
        case 1:
                if (world_answer_write(w))
                        return;
                break;
        case 2:
        case 3:
                if (world_answer_lockt_read(w))
                        return;
                break;
        case 4:
                if (w->people.begun ? world_end_hr(w, SYNC_PEOPLE) : world_begin_hr(w, SYNC_PEOPLE))
                        return;
                break;
        case 5:
                if (w->keyed.begun ? world_end_hr(w, SYNC_KEYS) : world_begin_hr(w, SYNC_KEYS))
                        return;
                break;
        default:
                break;
        }
        stir_time(w);
}

void world_notify(World *w, const char *key) {
        must(sync_notify(w->sync, key, error));
}

static void remove_directory(const char *path) {
        DIR *directory = opendir(path);
        struct dirent *entry;

        if (!directory)
                return;
        while ((entry = readdir(directory)))
                if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
                        (void) unlinkat(dirfd(directory), entry->d_name, 0);
        closedir(directory);
        (void) rmdir(path);
}

int world_setup(void **data) {
        World *w = calloc(1, sizeof(*w));

        if (!w)
                return -1;
        w->rows = calloc(PEOPLE_MAX, sizeof(*w->rows));
        w->users = calloc(PEOPLE_MAX, sizeof(*w->users));
        if (!w->rows || !w->users)
                return -1;
        /* Where a sync to disk costs nothing, if there is such a place. */
        (void) snprintf(w->directory, sizeof(w->directory), "%s/test-sync-XXXXXX",
                        access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
        if (!mkdtemp(w->directory)) {
                free(w);
                return -1;
        }
        w->now = (Now) { .real_usec = BEGINNING, .steady_usec = 5 * MINUTE };
        w->random = 1;
        w->next_id = 100;
        w->limit = 100;
        w->lockt_call = SYNC_WAIT;
        w->strict = true;
        w->lsn = 1000;
        (void) snprintf(w->system_identifier, sizeof(w->system_identifier), "7300000000000000001");
        lockt_furnish(w);
        *data = w;
        return 0;
}

int world_teardown(void **data) {
        World *w = *data;

        world_close(w);
        world_forget_log(w);
        free(w->log);
        free(w->memories);
        free(w->rows);
        lockt_clear(w);
        remove_directory(w->directory);
        free(w);
        return 0;
}
