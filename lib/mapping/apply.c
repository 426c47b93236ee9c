/*
 * One row in, one person out
 *
 * Whether the row says in or out is found first and by itself: whatever else is wrong with it, a leaver is a leaver.
 * What can't be carried is left as Lockt has it (the property's keep bit), and the first reason is the person's fault.
 */

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/base/utf8.h"
#include "lib/mapping/compiled.h"
#include "lib/mapping/moment.h"

enum { PLACE_SIZE = 128 };

static Value normalise(const Slot *slot, const char *text, size_t length) {
        if (!text || length == 0)
                return (Value) { 0 };
        if (slot->kind == COLUMN_BOOL && length == 1)
                return text[0] == 't' ? (Value) { "true", 4 } : (Value) { "false", 5 };
        if (slot->kind == COLUMN_PADDED) {
                while (length > 0 && text[length - 1] == ' ')
                        length--;
                if (length == 0)
                        return (Value) { 0 };
        }
        return (Value) { text, length };
}

int mapping_read_row(const Mapping *mapping, const Row *row) {
        assert(mapping->bound);

        if (row->n_values != mapping->n_columns)
                return -EBADMSG;
        for (size_t i = 0; i < mapping->n_slots; i++) {
                const Slot *slot = &mapping->slots[i];

                mapping->scratch->values[i] = normalise(slot, row->values[slot->index], row->lengths[slot->index]);
        }
        return 0;
}

/* Texts are put together in the scratch; one that does not fit is as long as none may be. */
static void append(Scratch *scratch, size_t *length, const char *text, size_t n) {
        if (*length > VALUE_MAX || n > VALUE_MAX - *length) {
                *length = VALUE_MAX + 1;
                return;
        }
        memcpy(scratch->text + *length, text, n);
        *length += n;
}

/* Nothing but constants around columns that are all null is no value: "{given_name} {family_name}" is not " ". */
static Value fill_template(const Mapping *mapping, const Template *template) {
        bool any_column = false, any_value = false;
        size_t length = 0;

        for (size_t i = 0; i < template->n_segments; i++) {
                const Segment *segment = &template->segments[i];
                const Value *value;

                if (!segment->is_column) {
                        append(mapping->scratch, &length, segment->text, segment->length);
                        continue;
                }
                any_column = true;
                value = &mapping->scratch->values[segment->slot];
                if (value->text) {
                        any_value = true;
                        append(mapping->scratch, &length, value->text, value->length);
                }
        }
        if (length == 0 || (any_column && !any_value))
                return (Value) { 0 };
        return (Value) { mapping->scratch->text, length };
}

/* @value may lie in the scratch already: digits never overtake what they are taken from. */
static Value only_digits(Scratch *scratch, Value value) {
        size_t length = 0;

        if (value.text == scratch->text && value.length > VALUE_MAX)
                return value;
        for (size_t i = 0; i < value.length; i++)
                if (value.text[i] >= '0' && value.text[i] <= '9') {
                        if (length == VALUE_MAX)
                                return (Value) { scratch->text, VALUE_MAX + 1 };
                        scratch->text[length++] = value.text[i];
                }
        return length > 0 ? (Value) { scratch->text, length } : (Value) { 0 };
}

static Value evaluate(const Mapping *mapping, const PropertyMap *map) {
        Value value = { 0 };

        if (map->kind == SOURCE_COLUMN)
                value = mapping->scratch->values[map->slot];
        else if (map->kind == SOURCE_TEMPLATE)
                value = fill_template(mapping, map->template);
        else if (map->spec->source.text[0])
                value = (Value) { map->spec->source.text, strlen(map->spec->source.text) };

        return map->spec->digits && value.text ? only_digits(mapping->scratch, value) : value;
}

/* Where the value comes from, for a fault. */
static const char *place(const PropertyMap *map, char *buf) {
        if (map->kind == SOURCE_COLUMN)
                snprintf(buf, PLACE_SIZE, "column '%.100s'", map->spec->source.text);
        else
                snprintf(buf, PLACE_SIZE, "%s in line %u", map->kind == SOURCE_TEMPLATE ? "template" : "value",
                         map->spec->source.mark.line);
        return buf;
}

/* The property stays as Lockt has it. */
static int refuse(Person *person, const PropertyMap *map, const char *why) {
        char buf[PLACE_SIZE];

        person->keep |= PROPERTY_BIT(map->property);
        return person_set_fault(person, "%s %s (%s)", property_name(map->property), why, place(map, buf));
}

/* As refuse(), in the service's own words (ruling 6). */
static int refuse_as_service(Person *person, const PropertyMap *map, const char *why) {
        char buf[PLACE_SIZE];

        person->keep |= PROPERTY_BIT(map->property);
        return person_set_fault(person, "%s (%s)", why, place(map, buf));
}

static void leave_empty(Person *person, const PropertyMap *map) {
        if (map->keep_empty)
                person->keep |= PROPERTY_BIT(map->property);
}

static int apply_key(const Mapping *mapping, Person *person) {
        const PropertyMap *map = &mapping->properties[PROPERTY_ID_NUM];
        Value value = mapping->scratch->values[map->slot];
        int r;

        person->key = value.text ? strndup(value.text, value.length) : strdup("");
        if (!person->key)
                return -ENOMEM;
        person->excluded = patterns_match(mapping->exclude, mapping->spec->n_exclude, &value, false);

        if (!value.text)
                return refuse(person, map, "is empty");
        if (value.length > KEY_MAX)
                return refuse(person, map, "is longer than 200 bytes");
        if (!utf8_is_clean(value.text, value.length))
                return refuse(person, map, "holds control characters or is not UTF-8");

        r = user_set_text(&person->wanted, PROPERTY_ID_NUM, person->key);
        return r;
}

/* A status is no secret: it is shown, so that it can be added to the mapping. */
static int fault_status(const PropertyMap *map, const Value *value, Person *person) {
        char excerpt[TEXT_EXCERPT_SIZE], buf[PLACE_SIZE];

        if (!value->text)
                return person_set_fault(person, "%s is null, which is neither in nor out", place(map, buf));
        return person_set_fault(person, "%s is '%s', which the mapping names neither in nor out", place(map, buf),
                                text_excerpt(value->text, value->length > VALUE_MAX ? VALUE_MAX : value->length,
                                             excerpt));
}

static int apply_standing(const Mapping *mapping, Person *person) {
        const PropertyMap *map = &mapping->properties[PROPERTY_ENABLED];
        bool padded;
        Value value;

        person->standing = STANDING_IN;
        person->wanted.enabled = true;
        if (map->kind == SOURCE_NONE)
                return 0;

        value = evaluate(mapping, map);
        padded = map->kind == SOURCE_COLUMN && mapping->slots[map->slot].kind == COLUMN_PADDED;

        if (value.length > VALUE_MAX)
                person->standing = STANDING_UNCLEAR;
        else if (patterns_match(mapping->out, mapping->n_out, &value, padded)) {
                person->standing = STANDING_OUT;
                person->wanted.enabled = false;
                return 0;
        } else if (patterns_match(mapping->in, mapping->n_in, &value, padded))
                return 0;

        person->standing = STANDING_UNCLEAR;
        person->keep |= PROPERTY_BIT(PROPERTY_ENABLED);
        return fault_status(map, &value, person);
}

static int apply_text(const Mapping *mapping, const PropertyMap *map, Person *person) {
        char **field = map->property == PROPERTY_PIN ? &person->wanted.pin : &person->wanted.text[map->property];
        Value value = evaluate(mapping, map);

        if (!value.text) {
                leave_empty(person, map);
                return 0;
        }
        if (value.length > VALUE_MAX)
                return refuse(person, map, "is longer than 1000 bytes");
        if (!utf8_is_clean(value.text, value.length))
                return refuse(person, map, "holds control characters or is not UTF-8");
        if (map->property == PROPERTY_CARD_NUM && !text_is_digits(value.text, value.length))
                return refuse_as_service(person, map, "Non-Numeric card_num found"); /* ruling 6 */
        if (map->property == PROPERTY_EMAIL && !text_is_email(value.text, value.length))
                return refuse_as_service(person, map, "Invalid email address found"); /* ruling 6 */

        *field = strndup(value.text, value.length);
        return *field ? 0 : -ENOMEM;
}

/* 0 with a zone; 1: there is none, and the person has a fault that says so; -ENOMEM. */
static int find_zone(const Mapping *mapping, const PropertyMap *map, Person *person, Zone *ret) {
        char excerpt[TEXT_EXCERPT_SIZE];
        const Value *value;
        int r;

        if (map->zone_slot == NO_SLOT) {
                if (!map->zone_known) {
                        r = refuse(person, map, "needs a time zone, and the configured one is not known here");
                        return r < 0 ? r : 1;
                }
                *ret = map->zone;
                return 0;
        }

        value = &mapping->scratch->values[map->zone_slot];
        r = value->text ? zone_find(value->text, value->length, ret) : -ENOENT;
        if (r == 0 || r == -ENOMEM)
                return r;

        person->keep |= PROPERTY_BIT(map->property);
        if (value->text)
                r = person_set_fault(person, "%s needs a time zone, and column '%s' names none that is known: '%s'",
                                     property_name(map->property), mapping->slots[map->zone_slot].name,
                                     text_excerpt(value->text, value->length, excerpt));
        else
                r = person_set_fault(person, "%s needs a time zone, and column '%s' is null",
                                     property_name(map->property), mapping->slots[map->zone_slot].name);
        return r < 0 ? r : 1;
}

static int refuse_moment(Person *person, const PropertyMap *map, int outcome) {
        switch (outcome) {
        case MOMENT_OUT_OF_RANGE:
                return refuse(person, map, "is before the year 1 or after 9999, which can't be carried"); /* ruling 7 */
        case MOMENT_NEVER:
                return refuse(person, map, map->property == PROPERTY_ACCESS_EFFECTIVE ?
                              "is a day that never comes; who is to have no access needs a status that says so" :
                              "is before all times; who is to have no access needs a status that says so");
        case MOMENT_MALFORMED:
                return refuse(person, map, "is no date and no time");
        default:
                return refuse(person, map, "can't be reckoned: the time zone's data can't be read");
        }
}

static int apply_moment(const Mapping *mapping, const PropertyMap *map, Person *person, int64_t *ret) {
        Bound bound = map->property == PROPERTY_ACCESS_EFFECTIVE ? BOUND_BEGIN : BOUND_END;
        Value value = evaluate(mapping, map);
        Zone zone = ZONE_UTC;
        int r;

        if (!value.text) {
                leave_empty(person, map);
                return 0;
        }
        if (value.length > VALUE_MAX)
                return refuse_moment(person, map, MOMENT_MALFORMED);
        if (moment_needs_zone(value.text, value.length)) {
                r = find_zone(mapping, map, person, &zone);
                if (r != 0)
                        return r < 0 ? r : 0;
        }

        r = moment_read(value.text, value.length, bound, zone, map->spec->plus_usec, ret);
        if (r == 0 || r == -ENOMEM)
                return r;
        return refuse_moment(person, map, r);
}

static int apply_levels(const Mapping *mapping, Person *person) {
        const Scratch *scratch = mapping->scratch;
        int r;

        if (!mapping->spec->has_rules)
                return 0;
        r = mapping_collect_grants(mapping, person);
        if (r < 0)
                return r;

        person->mapped |= PROPERTY_BIT(PROPERTY_ACCESSLEVELS);
        person->wanted.levels_known = true;
        if (scratch->n_grants == 0)
                return 0;

        person->grants = reallocarray(NULL, scratch->n_grants, sizeof(Grant));
        person->wanted.levels = reallocarray(NULL, scratch->n_grants, sizeof(int64_t));
        if (!person->grants || !person->wanted.levels)
                return -ENOMEM;

        memcpy(person->grants, scratch->grants, scratch->n_grants * sizeof(Grant));
        for (size_t i = 0; i < scratch->n_grants; i++)
                person->wanted.levels[i] = scratch->grants[i].level;
        person->n_grants = person->wanted.n_levels = scratch->n_grants;
        return 0;
}

static int apply_property(const Mapping *mapping, const PropertyMap *map, Person *person) {
        switch (map->property) {
        case PROPERTY_ID_NUM:
        case PROPERTY_ENABLED:
                return 0;       /* done first */
        case PROPERTY_ACCESS_EFFECTIVE:
                return apply_moment(mapping, map, person, &person->wanted.access_effective);
        case PROPERTY_ACCESS_EXPIRES:
                return apply_moment(mapping, map, person, &person->wanted.access_expires);
        default:
                return apply_text(mapping, map, person);
        }
}

static int64_t next_boundary(const User *wanted, int64_t now) {
        int64_t begin = wanted->access_effective, end = wanted->access_expires;

        if (begin <= now)
                return end > now ? end : INSTANT_NONE;
        return end > now && end < begin ? end : begin;
}

static int apply_all(const Mapping *mapping, Person *person) {
        int r;

        r = apply_standing(mapping, person);
        if (r == 0)
                r = apply_key(mapping, person);
        for (size_t i = 0; r == 0 && i < PROPERTIES; i++) {
                const PropertyMap *map = &mapping->properties[i];

                if (map->kind == SOURCE_NONE)
                        continue;
                person->mapped |= PROPERTY_BIT(i);
                r = apply_property(mapping, map, person);
        }
        return r == 0 ? apply_levels(mapping, person) : r;
}

int mapping_apply(const Mapping *mapping, const Row *row, int64_t now, Person *ret) {
        int r;

        r = mapping_read_row(mapping, row);
        if (r < 0)
                return r;
        r = apply_all(mapping, ret);
        if (r < 0) {
                person_deinit(ret);
                return r;
        }
        ret->boundary = next_boundary(&ret->wanted, now);
        return 0;
}
