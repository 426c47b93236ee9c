/*
 * A plan, entry by entry
 *
 * Findings of a dry read go through the deciding pass, the guard and decide() as those of a cycle do (invariant 12);
 * only the last step, into the queue, is not taken.
 */

#include "lib/sync/report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/time.h"
#include "lib/sync/internal.h"
#include "lib/sync/rules.h"

typedef struct Report {
        Apply apply;                    /* its slot is STAGE_DRY; it never comes to APPLY_WRITE's deeds */
        Error failure;                  /* why there is no plan */
        bool ready, done;
        Level *levels;
        size_t n_levels;
        RuleCounts rules, former;       /* of the plan's mapping, and of the one in force beside another */
        RuleTable table;
        int64_t records[LANES], after_reads;    /* the latter: takes whose record is read first, so not in a write with the others */
        PlanSummary summary;

        /* The entry that is shown, and what it points to. */
        PlanEntry entry;
        Finding finding;
        Decision decision;
        Verdict verdict;
        PlanProperty properties[PROPERTIES];
        char instants[4][INSTANT_TEXT_SIZE];
        PlanLevel *gained, *lost;
        char *why;
} Report;

static Report *report_of(Sync *sync) {
        return (Report *) sync->report;
}

const char *plan_action_name(PlanActionKind kind) {
        static const char *const names[PLAN_ACTIONS] = {
                [PLAN_REVOKE] = "revoke", [PLAN_CHANGE] = "change", [PLAN_CREATE] = "create",
                [PLAN_ADOPT] = "adopt",   [PLAN_PARK] = "park",     [PLAN_HOLD] = "hold",
        };

        return names[kind];
}

static void clear_entry(Report *report) {
        finding_deinit(&report->finding);
        report->finding = FINDING_INIT;
        decision_deinit(&report->decision);
        free(report->gained);
        free(report->lost);
        report->gained = report->lost = NULL;
        free(report->why);
        report->why = NULL;
        report->entry = (PlanEntry) { 0 };
}

void report_free(Sync *sync) {
        Report *report = report_of(sync);

        if (!report)
                return;
        clear_entry(report);
        apply_reset(&report->apply);
        error_clear(&report->failure);
        levels_free(report->levels, report->n_levels);
        rule_counts_deinit(&report->rules);
        rule_counts_deinit(&report->former);
        rule_table_deinit(&report->table);
        free(report);
        sync->report = NULL;
}

int report_open(Sync *sync, Error *reterr) {
        const Planned *planned = sync->planned.config ? &sync->planned : NULL;
        Report *report;
        int r;

        report_free(sync);
        report = calloc(1, sizeof(*report));
        if (!report)
                return error_set(reterr, -ENOMEM, "cannot make a plan: out of memory");
        report->finding = FINDING_INIT;
        report->decision = DECISION_INIT;
        sync->report = (struct Report *) report;
        r = rule_counts_init(&report->rules, planned ? &planned->config->mapping : &sync->config->mapping,
                             planned ? planned->mapping : sync->mapping);
        if (r >= 0)
                r = rule_counts_init(&report->former, &sync->config->mapping, planned ? planned->former : NULL);
        if (r < 0)
                return error_set(reterr, r, "cannot make a plan: out of memory");
        return snapshot_get_levels(sync->state, &report->levels, &report->n_levels, reterr);
}

int report_count_rules(void *userdata, const Row *row) {
        Report *report = report_of(userdata);
        int r;

        r = rule_counts_add(&report->rules, row);
        return r < 0 ? r : rule_counts_add(&report->former, row);
}

static const char *note_of(const Reading *reading, const IntakeTally *tally) {
        if (tally->rows == 0)
                return "HR brought nobody at all: such a read is refused";
        if (reading->distrusted)
                return "HR went backwards: only explicit leavers act";
        if (tally->null_keys > 0 && tally->doubled > 0)
                return "rows without a key and keys with several rows: absence proves nothing";
        if (tally->null_keys > 0)
                return "rows without a key: absence proves nothing";
        if (tally->doubled > 0)
                return "keys with several rows: absence proves nothing";
        return "";
}

int report_begin(Sync *sync, Reading *reading, const IntakeTally *tally, Now now, int result, const Error *error,
                 Error *reterr) {
        Report *report;
        int r;

        if (!sync->report) {
                r = report_open(sync, reterr);
                if (r < 0)
                        return r;
        }
        report = report_of(sync);
        if (result != 0) {
                (void) error_set(&report->failure, result, "%s", error_message(error));
                reading_reset(reading);
                return 0;
        }
        report->summary = (PlanSummary) {
                .rows = tally->rows,
                .absence_proven = !reading->distrusted && tally->null_keys == 0 && tally->doubled == 0,
                .note = note_of(reading, tally),
        };
        r = apply_begin(sync, &report->apply, STAGE_DRY, reading, tally, report->summary.absence_proven, reterr);
        if (r < 0)
                return r;
        report->apply.facts.number = INT64_MAX; /* no read is newer: it is only looked at */
        report->apply.planned = sync->planned.config ? &sync->planned : NULL;
        if (tally->rows == 0)
                report->done = true;
        report->ready = true;
        return 0;
}

static const char *level_name(const Report *report, int64_t id) {
        for (size_t i = 0; i < report->n_levels; i++)
                if (report->levels[i].id == id)
                        return report->levels[i].name;
        return "";
}

static unsigned grant_line(const Person *person, int64_t level) {
        for (size_t i = 0; i < person->n_grants; i++)
                if (person->grants[i].level == level)
                        return person->grants[i].line;
        return 0;
}

/* Levels of @a that @b lacks. */
static int level_difference(const Report *report, const User *a, const User *b, const Person *wanted, PlanLevel **ret,
                            size_t *ret_n) {
        if (a->n_levels == 0)
                return 0;
        *ret = calloc(a->n_levels, sizeof(**ret));
        if (!*ret)
                return -ENOMEM;
        for (size_t i = 0; i < a->n_levels; i++) {
                int64_t id = a->levels[i];

                if (user_has_level(b, id))
                        continue;
                (*ret)[(*ret_n)++] = (PlanLevel) {
                        .id = id,
                        .name = level_name(report, id),
                        .line = wanted ? grant_line(wanted, id) : 0,
                };
        }
        return 0;
}

static const char *instant_text(char buffer[INSTANT_TEXT_SIZE], int64_t instant) {
        if (instant == INSTANT_NONE || instant_format_iso(instant, buffer) < 0)
                return "";
        return buffer;
}

static void list_properties(Report *report, const User *before, const User *after, uint32_t mask) {
        PlanEntry *entry = &report->entry;

        for (Property p = 0; p < PROPERTIES; p++) {
                PlanProperty *property = &report->properties[entry->n_properties];

                if (!(mask & PROPERTY_BIT(p)) || p == PROPERTY_ACCESSLEVELS)
                        continue;
                *property = (PlanProperty) { .property = p, .from = "", .to = "" };
                if (p < TEXT_PROPERTIES) {
                        property->from = user_text(before, p);
                        property->to = user_text(after, p);
                } else if (p == PROPERTY_PIN) {
                        property->to = "(set)";
                } else if (p == PROPERTY_ENABLED) {
                        property->from = before->id == 0 ? "" : before->enabled ? "true" : "false";
                        property->to = after->enabled ? "true" : "false";
                } else if (p == PROPERTY_ACCESS_EFFECTIVE) {
                        property->from = instant_text(report->instants[0], before->access_effective);
                        property->to = instant_text(report->instants[1], after->access_effective);
                } else {
                        property->from = instant_text(report->instants[2], before->access_expires);
                        property->to = instant_text(report->instants[3], after->access_expires);
                }
                if (strcmp(property->from, property->to) != 0)
                        entry->n_properties++;
        }
        entry->properties = report->properties;
}

static PlanActionKind action_of(const Report *report) {
        const Decision *decision = &report->decision;
        const Plan *plan = &decision->plan;

        if (report->verdict.kind == VERDICT_HELD && report->verdict.hold != HOLD_PLAN)
                return PLAN_HOLD;
        if (decision->give_obstacle == OBSTACLE_PARKED && !plan->has_take)
                return PLAN_PARK;
        if (!plan->has_take && !plan->has_give)
                return PLAN_ADOPT;
        if (plan->create)
                return PLAN_CREATE;
        return plan->leaver || (plan->access.takes && !plan->access.gives && !plan->has_give) ? PLAN_REVOKE
                                                                                             : PLAN_CHANGE;
}

static bool clears(const PlanEntry *entry) {
        for (size_t i = 0; i < entry->n_properties; i++)
                if (entry->properties[i].from[0] && !entry->properties[i].to[0])
                        return true;
        return false;
}

static void count_entry(Report *report, Lane lane) {
        const Plan *plan = &report->decision.plan;
        PlanSummary *summary = &report->summary;

        summary->by_action[report->entry.action]++;
        summary->doubles += report->entry.action == PLAN_PARK && report->entry.park == PARK_CONFLICT;
        if (report->entry.action == PLAN_HOLD || report->entry.action == PLAN_PARK)
                return;
        summary->gaining += plan->access.gives;
        summary->losing += plan->access.takes;
        summary->clearing += clears(&report->entry);
        if (plan->has_take && report->decision.take_obstacle == OBSTACLE_READ)
                report->after_reads++;
        else if (plan->has_take || lane == LANE_TAKE)
                report->records[LANE_TAKE]++;
        if (plan->has_give)
                report->records[plan->create ? LANE_CREATE : LANE_CHANGE]++;
}

static const char *hold_reason(HoldKind kind) {
        static const char *const reasons[HOLDS] = {
                [HOLD_PLAN] = "waits for the approval of the plan",
                [HOLD_REVERT] = "would be set back by a revert",
                [HOLD_REVOKED] = "within safety.window more people than safety.max_revoked allows would lose access",
                [HOLD_RESTORED] = "more people than safety.max_restored allows would be enabled again",
                [HOLD_GRANTED] = "more people than safety.max_granted allows would gain access",
                [HOLD_CHANGED] = "more people than safety.max_changed allows would be changed",
        };

        return reasons[kind];
}

static int fill_entry(Report *report, const char *why) {
        const Decision *decision = &report->decision;
        const Plan *plan = &decision->plan;
        const Person *wanted = &report->finding.wanted;
        const User *held = &decision->held.user, *last = plan->has_give ? &plan->give : plan->has_take ? &plan->take : held;
        PlanEntry *entry = &report->entry;
        uint32_t mask = plan->create ? PROPERTY_BIT(PROPERTIES) - 1 : plan->take_mask | plan->give_mask;
        int r;

        *entry = (PlanEntry) {
                .action = action_of(report),
                .key = wanted->key,
                .first_name = user_text(wanted->wanted.text[PROPERTY_FIRST_NAME] ? &wanted->wanted : held,
                                        PROPERTY_FIRST_NAME),
                .last_name = user_text(wanted->wanted.text[PROPERTY_LAST_NAME] ? &wanted->wanted : held,
                                       PROPERTY_LAST_NAME),
                .lockt_id = held->id,
                .adopts = decision->adopts,
                .takes = plan->access.takes,
                .gives = plan->access.gives,
                .why = why,
                .reason = decision->reason ? decision->reason : "",
                .park = decision->park,
                .take = plan->has_take ? &plan->take : NULL,
                .give = plan->has_give && decision->give_obstacle != OBSTACLE_PARKED ? &plan->give : NULL,
                .take_mask = plan->take_mask,
                .give_mask = plan->give_mask,
        };
        if (entry->action == PLAN_PARK)
                entry->takes = entry->gives = false; /* not as long as it is parked */
        if (entry->action == PLAN_HOLD)
                entry->reason = hold_reason(report->verdict.hold);
        if (plan->create && !report->finding.pin_wanted)
                mask &= ~PROPERTY_BIT(PROPERTY_PIN);
        list_properties(report, held, last, mask);
        r = level_difference(report, last, held, wanted, &report->gained, &entry->n_gained);
        if (r < 0)
                return r;
        r = level_difference(report, held, last, NULL, &report->lost, &entry->n_lost);
        if (r < 0)
                return r;
        entry->gained = report->gained;
        entry->lost = report->lost;
        return 0;
}

/* Why the person is in the queue already, if he is. */
static int queued_why(Sync *sync, Report *report, Error *reterr) {
        _cleanup_(queue_row_deinit) QueueRow row = QUEUE_ROW_INIT;
        int r;

        r = queue_get(sync->state, report->finding.wanted.key, &row, reterr);
        if (r == 0)
                report->why = steal(row.why);
        return r < 0 ? r : 0;
}

/* Why, where another file may be the reason: rows that are as before can only differ by it. */
static const char *why_of(const Report *report, const QueueRow *row, const PersonRow *person, bool known) {
        const Finding *finding = &report->finding;
        const Planned *planned = report->apply.planned;
        bool out = finding->wanted.standing == STANDING_OUT;

        if (!planned || !known || person->gone || !person->has_digest ||
            strcmp(row->why, apply_why(finding, person, known)) != 0)
                return row->why;
        if (finding->kind == FINDING_ABSENT)
                return planned->same_rows ? "absent from HR" : "not in the new query";
        if (!planned->same_rows)
                return out ? "left" : "by the new file, or changed in HR";
        if (memcmp(person->digest, finding->digest, DIGEST_SIZE) != 0)
                return row->why;
        return out ? "left, by the new file" : "by the new file";
}

/* One finding: 0 with an entry, 1: nothing would be done about it. */
static int consider(Sync *sync, Report *report, Now now, Error *reterr) {
        _cleanup_(person_row_deinit) PersonRow person = PERSON_ROW_INIT;
        _cleanup_(queue_row_deinit) QueueRow row = QUEUE_ROW_INIT;
        DecideContext context;
        Lane lane;
        int r, known;

        known = person_get(sync->state, report->finding.wanted.key, &person, reterr);
        if (known < 0)
                return known;
        r = apply_finding_row(sync, &report->apply, &report->finding, &person, known == 0, &row, reterr);
        if (r != 0)
                return r;
        context = *apply_context(sync, &report->apply);
        context.dry = true;
        r = decide(&context, &row, now.real_usec, &report->decision, reterr);
        if (r < 0)
                return r;
        r = queued_why(sync, report, reterr);
        if (r < 0)
                return r;
        lane = decision_lane(&report->decision);
        if (row.wanted.excluded ||
            (lane == LANES && report->decision.give_obstacle != OBSTACLE_PARKED && !report->decision.adopts))
                return 1;
        /* What must be read first before it is known to be a change is none yet. */
        if (!report->decision.plan.has_take && !report->decision.plan.has_give &&
            report->decision.give_obstacle == OBSTACLE_READ)
                return 1;
        r = judge(sync, &report->apply, &report->finding, &row, &report->decision, now, &report->verdict, reterr);
        if (r < 0)
                return r;
        if (!report->why)
                report->why = strdup(why_of(report, &row, &person, known == 0));
        if (!report->why || fill_entry(report, report->why) < 0)
                return error_set(reterr, -ENOMEM, "cannot make a plan: out of memory");
        count_entry(report, lane);
        return 0;
}

static bool same_text(const char *a, const char *b) {
        return a && b ? strcmp(a, b) == 0 : a == b;
}

int sync_plan_use(Sync *sync, const Config *config, Mapping *mapping, const Mapping *former, MappingComplaint complain,
                  void *userdata, Error *reterr) {
        Planned planned = {
                .config = config,
                .mapping = mapping,
                .former = former,
                .same_rows = same_text(config->hr.people.text, sync->config->hr.people.text),
                .same_as_of = same_text(config->hr.as_of.text, sync->config->hr.as_of.text),
        };
        int r;

        if (!sync->levels_known)
                return error_set(reterr, -EAGAIN, "Lockt has not told its access levels yet: try again when "
                                 "`locktsyncctl status` says that Lockt was read");
        r = sync_look_up_levels(sync, mapping, complain, userdata, reterr);
        if (r >= 0)
                r = gate_foresee(sync, config, mapping, &planned.gate, &planned.same_mapping, reterr);
        if (r < 0)
                return r;
        decide_context_init(&planned.context, sync->state, config, mapping);
        sync->planned = planned;
        return 0;
}

int sync_plan_next(Sync *sync, Now now, const PlanEntry **ret, Error *reterr) {
        Report *report = report_of(sync);
        int r;

        if (!report || (!report->ready && !report->failure.code))
                return error_set(reterr, -EINVAL, "no plan was made");
        if (report->failure.code)
                return error_set(reterr, report->failure.code, "%s", error_message(&report->failure));
        if (report->done)
                return SYNC_PLAN_END;
        if (report->apply.phase == APPLY_DECIDE) {
                r = apply_decide(sync, &report->apply, now, reterr);
                return r < 0 ? r : SYNC_PLAN_AGAIN;
        }

        for (unsigned i = 0; i < PIECE; i++) {
                clear_entry(report);
                r = stage_next(sync->state, STAGE_DRY, report->apply.cursor, &report->finding, reterr);
                if (r < 0)
                        return r;
                if (r == STATE_NONE) {
                        report->done = true;
                        return SYNC_PLAN_END;
                }
                free(report->apply.cursor);
                report->apply.cursor = strdup(report->finding.wanted.key);
                if (!report->apply.cursor)
                        return error_set(reterr, -ENOMEM, "cannot make a plan: out of memory");
                r = consider(sync, report, now, reterr);
                if (r < 0)
                        return r;
                if (r == 0) {
                        *ret = &report->entry;
                        return 0;
                }
        }
        return SYNC_PLAN_AGAIN;
}

static int table_rules(const Sync *sync, Report *report) {
        const Planned *planned = report->apply.planned;
        PlanSummary *summary = &report->summary;
        int r;

        rule_table_deinit(&report->table);
        r = planned ? rule_table_compare(&report->table, &planned->config->mapping, &report->rules,
                                         &sync->config->mapping, &report->former)
                    : rule_table_fill(&report->table, &sync->config->mapping, &report->rules);
        if (r < 0)
                return r;
        summary->rules = report->table.rules;
        summary->n_rules = report->table.n;
        summary->gone = report->table.gone;
        summary->n_gone = report->table.n_gone;
        summary->counted_before = planned && planned->former;
        return 0;
}

int sync_plan_summary(Sync *sync, const PlanSummary **ret, Error *reterr) {
        Report *report = report_of(sync);
        const Planned *planned;
        DeliveryHealth health;
        int r;

        if (!report || !report->done)
                return error_set(reterr, -EINVAL, "the plan is not finished");
        planned = report->apply.planned;
        delivery_health(sync->delivery, &health);
        report->summary.writes = (report->after_reads + health.batch_limit - 1) / health.batch_limit;
        for (Lane lane = 0; lane < LANES; lane++)
                report->summary.writes += (report->records[lane] + health.batch_limit - 1) / health.batch_limit;
        r = table_rules(sync, report);
        if (r < 0)
                return error_set(reterr, r, "cannot make a plan: out of memory");
        report->summary.gate = planned ? gate_words(planned->gate) : gate_reason(sync);
        report->summary.same_mapping = planned && planned->same_mapping;
        *ret = &report->summary;
        return snapshot_count_unlinked(sync->state, &report->summary.unknown_users, reterr);
}

void sync_plan_drop(Sync *sync) {
        (void) stage_clear(sync->state, STAGE_DRY, NULL);
        reading_reset(&sync->plan);
        report_free(sync);
        sync->planned = (Planned) { 0 };
}
