/* What an explanation says of wishes: what HR's row becomes, what waits for an approval, what was set back. */

#include "lib/state/reverted.h"
#include "lib/sync/explain.h"

static const char *const standings[] = {
        [STANDING_IN] = "in", [STANDING_OUT] = "out", [STANDING_UNCLEAR] = "unclear", [STANDING_ABSENT] = "absent",
};

static bool is_set(const Person *person, Property property) {
        return (person->mapped & ~person->keep) & PROPERTY_BIT(property);
}

/* The values that Lockt is to have; what the mapping leaves alone is not among them. */
static json_object *properties_json(const Person *person) {
        json_object *object = json_object_new_object();

        for (Property p = 0; p < TEXT_PROPERTIES; p++)
                if (is_set(person, p) && p != PROPERTY_CREDENTIAL_KEY)
                        explain_add_text(object, property_name(p), user_text(&person->wanted, p));
        if (is_set(person, PROPERTY_ACCESS_EFFECTIVE))
                explain_add_instant(object, "access_effective", person->wanted.access_effective);
        if (is_set(person, PROPERTY_ACCESS_EXPIRES))
                explain_add_instant(object, "access_expires", person->wanted.access_expires);
        if (is_set(person, PROPERTY_ENABLED))
                explain_add(object, "enabled", json_object_new_boolean(person->wanted.enabled));
        return object;
}

/* Mapped, but HR's value is empty or can't be carried: what Lockt has stays. */
static json_object *kept_json(const Person *person) {
        json_object *array = json_object_new_array();

        for (Property p = 0; p < PROPERTIES; p++)
                if (person->mapped & person->keep & PROPERTY_BIT(p))
                        (void) json_object_array_add(array, json_object_new_string(property_name(p)));
        return array;
}

static json_object *levels_json(Sync *sync, const Person *person) {
        json_object *array = json_object_new_array();

        for (size_t i = 0; i < person->wanted.n_levels; i++) {
                json_object *level = explain_level(sync, person->wanted.levels[i]);

                for (size_t k = 0; k < person->n_grants; k++)
                        if (person->grants[k].level == person->wanted.levels[i])
                                explain_add(level, "line", json_object_new_int64(person->grants[k].line));
                (void) json_object_array_add(array, level);
        }
        return array;
}

int explain_wanted(Sync *sync, const char *key, json_object *object, Error *reterr) {
        _cleanup_(finding_deinit) Finding finding = FINDING_INIT;
        const Person *person = &finding.wanted;
        json_object *part;
        int r;

        r = stage_get(sync->state, STAGE_DRY, key, &finding, reterr);
        if (r != 0 || finding.kind == FINDING_ABSENT)
                return r < 0 ? r : 0;
        part = json_object_new_object();
        explain_add_text(part, "standing", standings[person->standing]);
        explain_add_text(part, "fault", person->fault);
        explain_add(part, "excluded", json_object_new_boolean(person->excluded));
        explain_add(part, "doubled", json_object_new_boolean(finding.kind == FINDING_DOUBLED));
        explain_add_instant(part, "boundary", person->boundary);
        explain_add(part, "properties", properties_json(person));
        explain_add(part, "kept", kept_json(person));
        explain_add(part, "levels",
                    person->mapped & PROPERTY_BIT(PROPERTY_ACCESSLEVELS) ? levels_json(sync, person) : NULL);
        explain_add(object, "wanted", part);
        return 0;
}

/* The group of a hold, with the digest that approves it. */
static int find_group(Sync *sync, const Hold *hold, HoldGroup *ret, Error *reterr) {
        int64_t level = 0;
        int r, kind = -1;

        do {
                r = hold_next_group(sync->state, kind, level, ret, reterr);
                if (r != 0)
                        return r;
                kind = (int) ret->kind;
                level = ret->level;
        } while (ret->kind != hold->kind || ret->level != hold->level);
        return 0;
}

int explain_hold(Sync *sync, Now now, const char *key, json_object *object, Error *reterr) {
        _cleanup_(hold_deinit) Hold hold = { 0 };
        HoldGroup group = { 0 };
        json_object *part;
        int r;

        r = hold_get(sync->state, key, &hold, reterr);
        if (r != 0)
                return r < 0 ? r : 0;
        if (hold.approval == 0) {
                r = find_group(sync, &hold, &group, reterr);
                if (r == 0)
                        r = hold_show(sync->state, &group, now.real_usec, reterr);
                if (r < 0)
                        return r;
        }
        part = json_object_new_object();
        explain_add_text(part, "reason", hold.what);
        explain_add_text(part, "kind", hold_kind_name(hold.kind));
        explain_add(part, "approved", json_object_new_boolean(hold.approval > 0));
        explain_add_text(part, "digest", group.digest);
        explain_add(part, "people", json_object_new_int64(group.n));
        explain_add_instant(part, "since", hold.since_usec / USEC_PER_SEC);
        explain_add(object, "held", part);
        return 0;
}

int explain_reverted(Sync *sync, const char *key, json_object *object, Error *reterr) {
        _cleanup_(reverted_deinit) Reverted reverted = { 0 };
        json_object *part;
        int r;

        r = reverted_get(sync->state, key, &reverted, reterr);
        if (r != 0)
                return r < 0 ? r : 0;
        part = json_object_new_object();
        explain_add(part, "cycle", json_object_new_int64(reverted.cycle));
        explain_add_instant(part, "since", reverted.since_usec / USEC_PER_SEC);
        explain_add(object, "reverted", part);
        return 0;
}
